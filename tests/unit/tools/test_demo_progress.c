/* test_demo_progress.c -- what an instance does, told by lines as src/obs/log.c writes them. */
#include "src/base/base.h"

#include <check.h>

#include "tests/unit/suite.h"
#include "tools/demo_progress.h"

#define AT "ts=2026-11-23T06:14:00.537Z level=info event="

static struct wr_demo_progress p;

static void start(void)
{
    p = (struct wr_demo_progress){0};
}

START_TEST(tasks_are_those_given_less_those_taken_back)
{
    wr_demo_progress_line(&p, AT "group.assigned count=8 tasks=0,1,2,3,4,5,6,7");
    ck_assert_int_eq(wr_demo_task_count(p.tasks), 8);
    wr_demo_progress_line(&p, AT "group.revoked count=4 tasks=3,2,1,0");
    ck_assert_uint_eq(p.tasks, 0xf0);
    wr_demo_progress_line(&p, AT "group.assigned count=0 tasks=\"\"");
    ck_assert_uint_eq(p.tasks, 0xf0);
    wr_demo_progress_line(&p, AT "group.assigned count=1 tasks=63");
    ck_assert_int_eq(wr_demo_task_count(p.tasks), 5);
}
END_TEST

static const char *const ends[] = {
    AT "group.lost count=2 tasks=1,2",
    "ts=x level=warn event=group.fatal reason=\"fenced\"",
};

START_TEST(lost_membership_takes_all_tasks)
{
    wr_demo_progress_line(&p, AT "group.assigned count=3 tasks=1,2,3");
    wr_demo_progress_line(&p, ends[_i]);
    ck_assert_uint_eq(p.tasks, 0);
}
END_TEST

START_TEST(restored_records_are_added_up_and_the_longest_time_is_kept)
{
    wr_demo_progress_line(&p, AT "task.restored task=1_3 records=685 ms=57");
    wr_demo_progress_line(&p, AT "task.restored task=1_2 records=754 ms=108");
    wr_demo_progress_line(&p, AT "task.restored task=1_1 records=1 ms=9");
    wr_demo_progress_line(&p, AT "task.running task=1_3 thread=0");
    ck_assert_int_eq(p.restored, 1440);
    ck_assert_int_eq(p.restore_ms, 108);
    ck_assert_int_eq(p.running, 1);
}
END_TEST

START_TEST(mark_keeps_the_tasks_and_counts_anew)
{
    wr_demo_progress_line(&p, AT "group.assigned count=2 tasks=4,5");
    wr_demo_progress_line(&p, AT "task.restored task=1_3 records=685 ms=57");
    wr_demo_progress_line(&p, AT "task.running task=1_3 thread=0");
    wr_demo_progress_mark(&p);
    ck_assert_int_eq(wr_demo_task_count(p.tasks), 2);
    ck_assert_int_eq(p.restored, 0);
    ck_assert_int_eq(p.restore_ms, 0);
    ck_assert_int_eq(p.running, 0);
}
END_TEST

START_TEST(address_is_kept)
{
    wr_demo_progress_line(&p, AT "http.listen address=127.0.0.1:45377");
    ck_assert_str_eq(p.address, "127.0.0.1:45377");
    wr_demo_progress_mark(&p);
    ck_assert_str_eq(p.address, "127.0.0.1:45377");
}
END_TEST

static const char *const others[] = {
    "",
    "event",
    "no line of a log",
    AT "task.runningx task=1_0",
    AT "group.assigned count=3",
    AT "group.assigned count=3 tasks=none",
    AT "group.assigned count=1 tasks=64",
    AT "xgroup.assigned tasks=1",
    "ts=x level=info otherevent=task.running task=1_0",
};

START_TEST(other_lines_say_nothing)
{
    wr_demo_progress_line(&p, others[_i]);
    ck_assert_uint_eq(p.tasks, 0);
    ck_assert_int_eq(p.running, 0);
}
END_TEST

Suite *demo_progress_suite(void);
Suite *demo_progress_suite(void)
{
    Suite *s = suite_create("demo_progress");
    TCase *tc = tcase_create("demo_progress");
    tcase_add_checked_fixture(tc, start, NULL);
    tcase_add_test(tc, tasks_are_those_given_less_those_taken_back);
    tcase_add_loop_test(tc, lost_membership_takes_all_tasks, 0, (int)WR_ARRAY_LEN(ends));
    tcase_add_test(tc, restored_records_are_added_up_and_the_longest_time_is_kept);
    tcase_add_test(tc, mark_keeps_the_tasks_and_counts_anew);
    tcase_add_test(tc, address_is_kept);
    tcase_add_loop_test(tc, other_lines_say_nothing, 0, (int)WR_ARRAY_LEN(others));
    suite_add_tcase(s, tc);
    return s;
}
