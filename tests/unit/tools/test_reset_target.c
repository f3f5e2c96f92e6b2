/* test_reset_target.c -- new positions, durations, and names of internal topics. */
#include "src/base/base.h"

#include <check.h>

#include "tests/unit/suite.h"
#include "tools/reset_target.h"

/* Of a partition with the offsets 10 to 99, committed at 50, whose records of the time asked for
 * begin at 70. */
static const struct {
    struct wr_reset_target target;
    int64_t to;
} targets[] = {
    {{WR_RESET_EARLIEST, 0}, 10}, {{WR_RESET_LATEST, 0}, 100},   {{WR_RESET_OFFSET, 42}, 42},
    {{WR_RESET_OFFSET, 0}, 10},   {{WR_RESET_OFFSET, 500}, 100}, {{WR_RESET_SHIFT, -7}, 43},
    {{WR_RESET_SHIFT, 7}, 57},    {{WR_RESET_SHIFT, -70}, 10},   {{WR_RESET_SHIFT, INT64_MAX}, 100},
    {{WR_RESET_TIME, 1}, 70},
};

START_TEST(position_is_where_it_was_asked_for_within_the_log)
{
    const struct wr_reset_facts f = {10, 100, 50, 70};
    ck_assert_int_eq(wr_reset_position(&targets[_i].target, &f), targets[_i].to);
}
END_TEST

START_TEST(shift_without_a_position_is_from_the_first_offset)
{
    const struct wr_reset_target t = {WR_RESET_SHIFT, 5};
    const struct wr_reset_facts f = {10, 100, -1, -1};
    ck_assert_int_eq(wr_reset_position(&t, &f), 15);
}
END_TEST

START_TEST(time_behind_the_last_record_is_the_end)
{
    const struct wr_reset_target t = {WR_RESET_TIME, 5};
    const struct wr_reset_facts f = {10, 100, 50, -1};
    ck_assert_int_eq(wr_reset_position(&t, &f), 100);
}
END_TEST

static const struct {
    const char *text;
    int64_t ms;
} durations[] = {
    {"P1D", 86400000},        {"PT1H", 3600000},
    {"PT90M", 5400000},       {"PT1S", 1000},
    {"P1DT2H3M4S", 93784000}, {"PT0S", 0},
    {"P7DT1S", 604801000},    {"P3650000D", 315360000000000},
};

START_TEST(duration_is_read)
{
    int64_t ms = -1;
    ck_assert_msg(wr_reset_duration(durations[_i].text, &ms), "%s", durations[_i].text);
    ck_assert_int_eq(ms, durations[_i].ms);
}
END_TEST

static const char *const no_durations[] = {
    "",     "P",     "PT",    "1D",         "P1",
    "P1H",  "PT1D",  "P1M",   "PT1M1H",     "PT1S1S",
    "P-1D", "P1DT",  "P1D1D", "PT1.5S",     "P1D ",
    "p1d",  "P1DT1", "PD",    "P99999999D", "P99999999999999999999D",
};

START_TEST(what_is_no_duration_is_refused)
{
    int64_t ms = 7;
    ck_assert_msg(!wr_reset_duration(no_durations[_i], &ms), "%s", no_durations[_i]);
    ck_assert_int_eq(ms, 7);
}
END_TEST

static const struct {
    const char *topic;
    bool internal;
} topics[] = {
    {"app-tasks", true},
    {"app-counts-changelog", true},
    {"app-by-word-repartition", true},
    {"app-KTABLE-0001-subscription-registration-topic", true},
    {"app-KTABLE-0001-subscription-response-topic", true},
    {"app-old-tasks", false}, /* the task topic of application "app-old" */
    {"app-old-counts-changelog", false},
    {"app-older-counts-changelog", true},
    {"app-counts", false},
    {"app", false},
    {"apple-counts-changelog", false},
    {"my-app-counts-changelog", false},
    {"app-counts-changelog-copy", false},
};

START_TEST(internal_topics_are_known_by_their_names)
{
    const char *const longer[] = {"app-old", NULL};
    ck_assert_int_eq(wr_reset_is_internal(topics[_i].topic, "app", longer), topics[_i].internal);
}
END_TEST

START_TEST(application_of_a_task_topic_is_known)
{
    ck_assert_uint_eq(wr_reset_task_topic("app-tasks"), 3);
    ck_assert_uint_eq(wr_reset_task_topic("app-old-tasks"), 7);
    ck_assert_uint_eq(wr_reset_task_topic("app-counts-changelog"), 0);
    ck_assert_uint_eq(wr_reset_task_topic("tasks"), 0);
}
END_TEST

Suite *reset_target_suite(void)
{
    Suite *s = suite_create("reset_target");
    TCase *t = tcase_create("reset_target");
    tcase_add_loop_test(t, position_is_where_it_was_asked_for_within_the_log, 0,
                        (int)WR_ARRAY_LEN(targets));
    tcase_add_test(t, shift_without_a_position_is_from_the_first_offset);
    tcase_add_test(t, time_behind_the_last_record_is_the_end);
    tcase_add_loop_test(t, duration_is_read, 0, (int)WR_ARRAY_LEN(durations));
    tcase_add_loop_test(t, what_is_no_duration_is_refused, 0, (int)WR_ARRAY_LEN(no_durations));
    tcase_add_loop_test(t, internal_topics_are_known_by_their_names, 0, (int)WR_ARRAY_LEN(topics));
    tcase_add_test(t, application_of_a_task_topic_is_known);
    suite_add_tcase(s, t);
    return s;
}
