/* test_groups.c -- membership: joining, handing over, static members, the end; on a real broker. */
#include "src/base/base.h"

#include <string.h>

#include "tests/unit/kafka/kafka_util.h"

Suite *groups_suite(void);

enum { TASKS = 4 };

static struct wr_kafka *k;
static struct wr_consumer *admin;
static struct weir_error err;
static const char *tasks;

static void setup(void)
{
    tasks = kt_name("tasks");
    k = kt_open(&(struct kt_options){0});
    admin = kt_consumer(k, WR_ROLE_ADMIN, NULL, NULL);
    kt_topic(admin, tasks, TASKS);
}

static void teardown(void)
{
    wr_consumer_close(admin);
    wr_kafka_close(k);
}

/* A member and what it has been given so far. */
struct member {
    struct wr_group *g;
    bool owns[TASKS + 4];
    int assigns;
    int lost;
    bool closed;
    bool fatal;
    struct wr_group_meta *meta;
};

static void poll_member(struct member *m)
{
    struct wr_group_event e;
    if (m->closed || m->fatal) {
        return;
    }
    wr_group_poll(m->g, &e);
    m->closed = e.kind == WR_GROUP_CLOSED;
    m->fatal = e.kind == WR_GROUP_FATAL;
    if (e.kind == WR_GROUP_NOTHING || m->closed || m->fatal) {
        return;
    }
    bool assign = e.kind == WR_GROUP_ASSIGN;
    m->assigns += assign;
    m->lost += e.kind == WR_GROUP_LOST;
    for (size_t i = 0; i < e.task_count; i++) {
        ck_assert_int_ne(m->owns[e.tasks[i]], assign); /* given once, taken once */
        m->owns[e.tasks[i]] = assign;
    }
    ck_assert_int_eq(wr_group_answer(m->g, &err), WEIR_OK);
    if (assign) {
        wr_group_meta_unref(m->meta);
        m->meta = wr_group_metadata(m->g);
    }
}

static int owned(const struct member *m)
{
    int n = 0;
    for (size_t i = 0; i < WR_ARRAY_LEN(m->owns); i++) {
        n += m->owns[i];
    }
    return n;
}

/* Poll both until each owns what it should. */
static void settle(struct member *a, int for_a, struct member *b, int for_b)
{
    int64_t until = kt_ms() + 25000;
    while (owned(a) != for_a || (b != NULL && owned(b) != for_b)) {
        ck_assert_msg(kt_ms() < until, "members own %d and %d tasks", owned(a),
                      b != NULL ? owned(b) : 0);
        poll_member(a);
        if (b != NULL) {
            poll_member(b);
            for (int t = 0; t < TASKS; t++) {
                ck_assert(!(a->owns[t] && b->owns[t]));
            }
        }
        kt_sleep(2);
    }
}

static void leave(struct member *m, bool give_up)
{
    int64_t until = kt_ms() + 15000;
    wr_group_leave(m->g, give_up);
    while (!m->closed && !m->fatal) {
        ck_assert_int_lt(kt_ms(), until);
        poll_member(m);
        kt_sleep(2);
    }
    wr_group_close(m->g, false);
    wr_group_meta_unref(m->meta);
    m->meta = NULL;
}

static void abandon(struct member *m)
{
    int64_t before = kt_ms();
    wr_group_close(m->g, true);
    ck_assert_int_lt(kt_ms() - before, 3000);
    wr_group_meta_unref(m->meta);
}

static size_t described(struct wr_member *first)
{
    struct wr_call *c = wr_group_describe(admin);
    size_t count;
    ck_assert_int_eq(kt_end(c, &err), WR_CALL_OK);
    const struct wr_member *m = wr_group_members(c, &count);
    if (count != 0 && first != NULL) {
        *first = *m; /* its texts are gone with the call */
        ck_assert_str_eq(m->client_id, "weir-test");
        ck_assert_uint_gt(strlen(m->member_id), 10);
        ck_assert_uint_gt(strlen(m->host), 3);
    }
    wr_call_free(c);
    return count;
}

START_TEST(tasks_are_handed_over_when_a_member_joins_and_leaves)
{
    struct member a = {.g = kt_group(k, tasks, NULL)};
    settle(&a, TASKS, NULL, 0);
    ck_assert_ptr_nonnull(a.meta);
    int32_t generation = wr_group_meta_generation(a.meta);
    struct wr_member first;
    ck_assert_uint_eq(described(&first), 1);
    ck_assert_uint_eq(first.task_count, TASKS);

    struct member b = {.g = kt_group(k, tasks, NULL)};
    settle(&a, TASKS / 2, &b, TASKS / 2);
    ck_assert_uint_eq(described(NULL), 2);
    ck_assert_int_gt(wr_group_meta_generation(a.meta), generation);
    ck_assert_str_ne(wr_group_meta_member(a.meta), wr_group_meta_member(b.meta));

    leave(&b, false);
    ck_assert_int_eq(owned(&b), 0);
    settle(&a, TASKS, NULL, 0);
    ck_assert_int_eq(a.lost + b.lost, 0);
    leave(&a, false);
    ck_assert_uint_eq(described(NULL), 0);
}
END_TEST

START_TEST(grown_task_topic_gives_new_tasks)
{
    struct member a = {.g = kt_group(k, tasks, NULL)};
    settle(&a, TASKS, NULL, 0);
    kt_ok(wr_topic_grow(admin, tasks, TASKS + 2));
    settle(&a, TASKS + 2, NULL, 0);
    leave(&a, false);
}
END_TEST

START_TEST(static_member_that_restarts_keeps_its_generation)
{
    struct member a = {.g = kt_group(k, tasks, "process-1")};
    settle(&a, TASKS, NULL, 0);
    int32_t generation = wr_group_meta_generation(a.meta);
    abandon(&a);
    struct member again = {.g = kt_group(k, tasks, "process-1")};
    int64_t before = kt_ms();
    settle(&again, TASKS, NULL, 0);
    ck_assert_int_lt(kt_ms() - before, 3000); /* shorter than the session */
    ck_assert_int_eq(wr_group_meta_generation(again.meta), generation);
    leave(&again, false);
    struct wr_member first;
    ck_assert_uint_eq(described(&first), 1); /* it told nobody */
}
END_TEST

START_TEST(static_member_that_gives_up_is_gone)
{
    struct member a = {.g = kt_group(k, tasks, "process-1")};
    settle(&a, TASKS, NULL, 0);
    leave(&a, true);
    ck_assert_uint_eq(described(NULL), 0);
}
END_TEST

static void expect_refused(struct wr_call *c)
{
    ck_assert_int_eq(kt_end(c, &err), WR_CALL_FAILED);
    ck_assert_int_eq(err.code, WEIR_ESTATE);
    ck_assert_ptr_nonnull(strstr(err.text, "has members"));
    wr_call_free(c);
}

START_TEST(group_with_members_is_neither_deleted_nor_moved_from_outside)
{
    const struct wr_position at = {tasks, 0, 7, NULL};
    size_t count;
    struct member a = {.g = kt_group(k, tasks, NULL)};
    settle(&a, TASKS, NULL, 0);
    expect_refused(wr_group_delete(admin));
    expect_refused(wr_offsets_alter(admin, &at, 1));
    struct wr_call *c = wr_offsets_fetch(admin, &at, 1, true);
    ck_assert_int_eq(kt_end(c, &err), WR_CALL_OK);
    ck_assert_int_eq(wr_offsets_result(c, &count)->offset, WR_OFFSET_NONE);
    wr_call_free(c);
    leave(&a, false);
    kt_ok(wr_offsets_alter(admin, &at, 1));
    kt_ok(wr_group_delete(admin));
}
END_TEST

START_TEST(member_without_tasks_gives_up_as_quickly)
{
    struct member a[TASKS + 1];
    memset(a, 0, sizeof a);
    for (int i = 0; i <= TASKS; i++) {
        a[i].g = kt_group(k, tasks, NULL);
    }
    int64_t until = kt_ms() + 25000;
    int sum = 0;
    while (sum != TASKS || a[TASKS].assigns == 0) {
        ck_assert_int_lt(kt_ms(), until);
        sum = 0;
        for (int i = 0; i <= TASKS; i++) {
            poll_member(&a[i]);
            sum += owned(&a[i]);
        }
        kt_sleep(2);
    }
    for (int i = 0; i <= TASKS; i++) {
        int64_t before = kt_ms();
        leave(&a[i], true);
        ck_assert_int_lt(kt_ms() - before, 5000);
    }
}
END_TEST

START_TEST(second_member_with_the_same_instance_makes_the_first_fatal)
{
    struct member a = {.g = kt_group(k, tasks, "process-1")};
    settle(&a, TASKS, NULL, 0);
    struct member b = {.g = kt_group(k, tasks, "process-1")};
    int64_t until = kt_ms() + 15000;
    while (!a.fatal) {
        ck_assert_int_lt(kt_ms(), until);
        poll_member(&a);
        poll_member(&b);
        kt_sleep(2);
    }
    abandon(&a);
    settle(&b, TASKS, NULL, 0);
    abandon(&b);
}
END_TEST

START_TEST(member_that_leaves_before_its_first_assignment_ends_well)
{
    struct member a = {.g = kt_group(k, tasks, NULL)};
    kt_sleep(_i * 20);
    leave(&a, _i % 2 != 0);
    ck_assert_uint_eq(described(NULL), 0);
}
END_TEST

START_TEST(member_that_is_abandoned_at_any_moment_ends_well)
{
    struct member a = {.g = kt_group(k, tasks, NULL)};
    kt_sleep(_i * 20);
    abandon(&a);
}
END_TEST

START_TEST(handle_that_never_joined_closes)
{
    struct wr_group *g;
    struct wr_group_options o = {.topic = tasks};
    ck_assert_int_eq(wr_group_open(k, &o, &g, &err), WEIR_OK);
    ck_assert_ptr_null(wr_group_metadata(g));
    wr_group_leave(g, false);
    struct wr_group_event e;
    wr_group_poll(g, &e);
    ck_assert_int_eq(e.kind, WR_GROUP_CLOSED);
    wr_group_close(g, false);
}
END_TEST

START_TEST(wake_tells_of_an_event)
{
    struct wr_wake wake;
    wr_wake_init(&wake);
    struct member a = {0};
    struct wr_group_options o = {.topic = tasks, .wake = &wake};
    ck_assert_int_eq(wr_group_open(k, &o, &a.g, &err), WEIR_OK);
    ck_assert_int_eq(wr_group_join(a.g, &err), WEIR_OK);
    while (owned(&a) != TASKS) {
        ck_assert(wr_wake_wait(&wake, 20000));
        for (int i = 0; i < 5; i++) {
            poll_member(&a);
        }
    }
    wr_group_leave(a.g, false);
    while (!a.closed) {
        poll_member(&a);
        (void)wr_wake_wait(&wake, 50);
    }
    wr_group_close(a.g, false);
    wr_group_meta_unref(a.meta);
    wr_wake_free(&wake);
}
END_TEST

Suite *groups_suite(void)
{
    Suite *s = suite_create("groups");
    TCase *t = tcase_create("groups");
    tcase_set_timeout(t, 90);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, tasks_are_handed_over_when_a_member_joins_and_leaves);
    tcase_add_test(t, grown_task_topic_gives_new_tasks);
    tcase_add_test(t, static_member_that_restarts_keeps_its_generation);
    tcase_add_test(t, static_member_that_gives_up_is_gone);
    tcase_add_test(t, group_with_members_is_neither_deleted_nor_moved_from_outside);
    tcase_add_test(t, member_without_tasks_gives_up_as_quickly);
    tcase_add_test(t, second_member_with_the_same_instance_makes_the_first_fatal);
    tcase_add_test(t, handle_that_never_joined_closes);
    tcase_add_test(t, wake_tells_of_an_event);
    suite_add_tcase(s, t);
    TCase *early = tcase_create("early ends");
    tcase_set_timeout(early, 60);
    tcase_add_checked_fixture(early, setup, teardown);
    tcase_add_loop_test(early, member_that_leaves_before_its_first_assignment_ends_well, 0, 8);
    tcase_add_loop_test(early, member_that_is_abandoned_at_any_moment_ends_well, 0, 8);
    suite_add_tcase(s, early);
    return s;
}
