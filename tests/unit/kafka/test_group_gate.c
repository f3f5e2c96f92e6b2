/* test_group_gate.c -- when positions may be sent. */
#include "src/base/base.h"

#include <pthread.h>
#include <stdatomic.h>

#include "src/kafka/group_gate.h"
#include "tests/unit/kafka/kafka_util.h"

Suite *group_gate_suite(void);

enum { JOIN_MS = 3000, DRAIN_MS = 100 };

static struct wr_clock_manual time_;
static struct wr_group_gate *gate;

static void setup(void)
{
    wr_clock_manual_init(&time_, 0);
    struct wr_group_gate_limits limits = {JOIN_MS, DRAIN_MS};
    gate = wr_group_gate_new(&time_.clock, &limits);
}

static void teardown(void)
{
    wr_group_gate_unref(gate);
    wr_group_gate_unref(NULL);
}

static void expect(bool open)
{
    ck_assert_int_eq(wr_group_gate_is_open(gate), open);
    bool entered = wr_group_gate_enter(gate);
    ck_assert_int_eq(entered, open);
    if (entered) {
        wr_group_gate_leave(gate);
    }
}

START_TEST(it_is_open_until_a_join_and_from_the_publication_on)
{
    expect(true);
    wr_group_gate_joining(gate);
    expect(false);
    wr_group_gate_open(gate);
    expect(true);
}
END_TEST

START_TEST(it_opens_by_itself_in_the_end)
{
    wr_group_gate_joining(gate);
    wr_clock_manual_advance(&time_, JOIN_MS - 1);
    wr_group_gate_joining(gate); /* another one changes nothing */
    expect(false);
    wr_clock_manual_advance(&time_, 1);
    expect(true);
}
END_TEST

START_TEST(a_moment_does_not_shorten_a_join)
{
    wr_group_gate_joining(gate);
    wr_group_gate_before_join(gate);
    wr_clock_manual_advance(&time_, JOIN_MS - 1);
    expect(false);
}
END_TEST

START_TEST(a_moment_is_longer_where_threads_wait_for_each_other)
{
    wr_group_gate_before_join(gate);
    wr_clock_manual_advance(&time_, _i == 0 ? 5 : WR_GATE_HANDOVER_MAX + 1);
    wr_group_gate_before_join(gate);
    wr_clock_manual_advance(&time_, WR_GATE_MOMENT_MS);
    expect(_i != 0);
    wr_clock_manual_advance(&time_, WR_GATE_HANDOVERS * 5);
    expect(true);
}
END_TEST

static atomic_bool out;

static void *come_out(void *arg)
{
    kt_sleep(20);
    atomic_store(&out, true);
    wr_group_gate_leave(arg);
    return NULL;
}

START_TEST(a_join_waits_for_those_inside)
{
    pthread_t thread;
    atomic_store(&out, false);
    ck_assert(wr_group_gate_enter(gate));
    ck_assert_int_eq(pthread_create(&thread, NULL, come_out, gate), 0);
    wr_group_gate_before_join(gate);
    ck_assert(atomic_load(&out));
    expect(false);
    pthread_join(thread, NULL);
}
END_TEST

START_TEST(a_join_does_not_wait_for_ever)
{
    ck_assert(wr_group_gate_enter(gate));
    int64_t before = kt_ms();
    wr_group_gate_before_join(gate);
    ck_assert_int_ge(kt_ms() - before, DRAIN_MS);
    wr_group_gate_leave(gate);
}
END_TEST

START_TEST(it_lives_as_long_as_somebody_has_it)
{
    struct wr_group_gate *mine = wr_group_gate_ref(gate);
    wr_group_gate_joining(gate);
    wr_group_gate_unref(mine);
    expect(false);
}
END_TEST

Suite *group_gate_suite(void)
{
    Suite *s = suite_create("group_gate");
    TCase *t = tcase_create("group_gate");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, it_is_open_until_a_join_and_from_the_publication_on);
    tcase_add_test(t, it_opens_by_itself_in_the_end);
    tcase_add_test(t, a_moment_does_not_shorten_a_join);
    tcase_add_loop_test(t, a_moment_is_longer_where_threads_wait_for_each_other, 0, 2);
    tcase_add_test(t, a_join_waits_for_those_inside);
    tcase_add_test(t, a_join_does_not_wait_for_ever);
    tcase_add_test(t, it_lives_as_long_as_somebody_has_it);
    suite_add_tcase(s, t);
    return s;
}
