/* test_actor.c -- actors on threads of their own and with a host. */
#include "src/base/base.h"

#include "src/base/actor.h"
#include "tests/unit/suite.h"

static struct wr_actor actor;
static struct weir_error err;
static int steps;
static int joined;

static int step(struct wr_actor *a, bool *ended)
{
    ck_assert_ptr_eq(a, &actor);
    *ended = ++steps == 3;
    return steps == 1 ? 0 : 1;
}

static void setup(void)
{
    steps = joined = 0;
    wr_actor_init(&actor, "test", step);
}

static void teardown(void)
{
    wr_actor_free(&actor);
}

START_TEST(an_actor_without_a_host_is_stepped_by_a_thread_until_it_ends)
{
    ck_assert_int_eq(wr_actor_start(&actor, NULL, &err), WEIR_OK);
    wr_actor_join(&actor, NULL);
    ck_assert_int_eq(steps, 3);
}
END_TEST

static enum weir_code host_start(struct wr_actor_host *h, struct wr_actor *a, struct weir_error *e)
{
    bool ended = false;
    WR_UNUSED(h);
    WR_UNUSED(e);
    (void)a->step(a, &ended);
    return WEIR_OK;
}

static void host_join(struct wr_actor_host *h, struct wr_actor *a)
{
    WR_UNUSED(h);
    joined += a == &actor;
}

START_TEST(a_host_steps_its_actors_as_it_likes)
{
    struct wr_actor_host host = {host_start, host_join};
    ck_assert_int_eq(wr_actor_start(&actor, &host, &err), WEIR_OK);
    ck_assert_int_eq(steps, 1);
    wr_actor_join(&actor, &host);
    ck_assert_int_eq(joined, 1);
}
END_TEST

Suite *actor_suite(void)
{
    Suite *s = suite_create("actor");
    TCase *t = tcase_create("actor");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, an_actor_without_a_host_is_stepped_by_a_thread_until_it_ends);
    tcase_add_test(t, a_host_steps_its_actors_as_it_likes);
    suite_add_tcase(s, t);
    return s;
}
