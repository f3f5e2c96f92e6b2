/* test_metrics.c -- metrics and their text. */
#include "src/base/base.h"

#include <signal.h>
#include <string.h>

#include "src/base/thread.h"
#include "src/obs/metrics.h"
#include "tests/unit/suite.h"

static const struct wr_metric_family records = {
    "weir_records_total", "Records processed.", WR_COUNTER, 0, NULL, 0};
static const struct wr_metric_family lag = {
    "weir_lag_seconds", "Age of the oldest record\nnot processed, a \\ b.", WR_GAUGE, 3, NULL, 0};
static const int64_t bounds[] = {1000, 10000, 2500000};
static const struct wr_metric_family commits = {
    "weir_commit_seconds", "Duration of commits.", WR_HISTOGRAM, 6, bounds, 3};

static struct wr_metrics *registry;
static struct wr_buf text;

static void setup(void)
{
    registry = wr_metrics_new();
    text = (struct wr_buf){0};
}

static void teardown(void)
{
    wr_metrics_free(registry);
    wr_buf_free(&text);
}

static const char *rendered(void)
{
    wr_buf_reset(&text);
    wr_metrics_render(registry, &text);
    return wr_buf_cstr(&text);
}

static struct wr_metric *add(const struct wr_metric_family *f, const char *task)
{
    struct wr_label label = {"task", task};
    return wr_metrics_add(registry, f, &label, task != NULL ? 1 : 0);
}

START_TEST(families_come_by_name_and_metrics_by_labels_whatever_the_order_of_registration)
{
    wr_metric_add(add(&records, "0_1"), 5);
    wr_metric_set(add(&lag, NULL), 1500);
    wr_metric_add(add(&records, "0_0"), 7);
    ck_assert_str_eq(rendered(),
                     "# HELP weir_lag_seconds Age of the oldest record\\nnot processed, a \\\\ b.\n"
                     "# TYPE weir_lag_seconds gauge\n"
                     "weir_lag_seconds 1.5\n"
                     "# HELP weir_records_total Records processed.\n"
                     "# TYPE weir_records_total counter\n"
                     "weir_records_total{task=\"0_0\"} 7\n"
                     "weir_records_total{task=\"0_1\"} 5\n");
}
END_TEST

START_TEST(histogram_has_rising_buckets_and_its_count_is_the_last)
{
    struct wr_metric *x = add(&commits, "0_0");
    static const int64_t observed[] = {0, 1000, 1001, 2500000, 2500001, 90000000};
    for (size_t i = 0; i < WR_ARRAY_LEN(observed); i++) {
        wr_metric_observe(x, observed[i]);
    }
    ck_assert_str_eq(rendered(), "# HELP weir_commit_seconds Duration of commits.\n"
                                 "# TYPE weir_commit_seconds histogram\n"
                                 "weir_commit_seconds_bucket{task=\"0_0\",le=\"0.001\"} 2\n"
                                 "weir_commit_seconds_bucket{task=\"0_0\",le=\"0.01\"} 3\n"
                                 "weir_commit_seconds_bucket{task=\"0_0\",le=\"2.5\"} 4\n"
                                 "weir_commit_seconds_bucket{task=\"0_0\",le=\"+Inf\"} 6\n"
                                 "weir_commit_seconds_sum{task=\"0_0\"} 95.002002\n"
                                 "weir_commit_seconds_count{task=\"0_0\"} 6\n");
}
END_TEST

START_TEST(histogram_without_labels_is_written_without_empty_braces)
{
    add(&commits, NULL);
    ck_assert_ptr_nonnull(strstr(rendered(), "\nweir_commit_seconds_bucket{le=\"0.001\"} 0\n"));
    ck_assert_ptr_nonnull(strstr(rendered(), "\nweir_commit_seconds_sum 0\n"));
}
END_TEST

static const struct {
    int64_t v;
    const char *shown;
} numbers[] = {
    {0, " 0\n"},       {1, " 0.001\n"},       {1000, " 1\n"},
    {-1, " -0.001\n"}, {-12340, " -12.34\n"}, {INT64_MIN, " -9223372036854775.808\n"},
};

START_TEST(number_is_shown_in_base_units)
{
    wr_metric_set(add(&lag, NULL), numbers[_i].v);
    ck_assert_ptr_nonnull(strstr(rendered(), numbers[_i].shown));
}
END_TEST

START_TEST(label_values_are_escaped)
{
    struct wr_label labels[] = {{"topic", "a\"b\\c\nd"}, {"partition", "3"}};
    wr_metrics_add(registry, &records, labels, 2);
    ck_assert_ptr_nonnull(
        strstr(rendered(), "weir_records_total{topic=\"a\\\"b\\\\c\\nd\",partition=\"3\"} 0\n"));
}
END_TEST

START_TEST(removed_metric_is_gone_and_its_family_with_the_last_one)
{
    struct wr_metric *a = add(&records, "0_0");
    struct wr_metric *b = add(&records, "0_1");
    wr_metrics_remove(registry, a);
    ck_assert_ptr_null(strstr(rendered(), "0_0"));
    ck_assert_ptr_nonnull(strstr(rendered(), "0_1"));
    wr_metrics_remove(registry, b);
    wr_metrics_remove(registry, NULL);
    ck_assert_str_eq(rendered(), "");
    ck_assert_int_eq(wr_metric_get(add(&records, "0_0")), 0);
}
END_TEST

static void move_tasks(void *arg)
{
    struct wr_label label = {"task", arg};
    for (int i = 0; i < 2000; i++) {
        struct wr_metric *x = wr_metrics_add(registry, &records, &label, 1);
        wr_metric_add(x, 1);
        wr_metrics_remove(registry, x);
    }
}

START_TEST(metrics_may_come_and_go_while_others_are_read)
{
    struct wr_thread threads[2];
    char tasks[2][4] = {"0_0", "0_1"};
    wr_metric_add(add(&records, "stays"), 7);
    ck_assert_int_eq(wr_thread_start(&threads[0], "a", move_tasks, tasks[0], NULL), WEIR_OK);
    ck_assert_int_eq(wr_thread_start(&threads[1], "b", move_tasks, tasks[1], NULL), WEIR_OK);
    for (int i = 0; i < 500; i++) {
        ck_assert_ptr_nonnull(strstr(rendered(), "weir_records_total{task=\"stays\"} 7\n"));
    }
    wr_thread_join(&threads[0]);
    wr_thread_join(&threads[1]);
}
END_TEST

START_TEST(same_metric_cannot_be_registered_twice)
{
    add(&records, "0_0");
    add(&records, "0_0");
}
END_TEST

static const struct wr_metric_family bad_families[] = {
    {"records_total", "No prefix.", WR_COUNTER, 0, NULL, 0},
    {"weir_records", "A counter.", WR_COUNTER, 0, NULL, 0},
    {"weir_lag_total", "A gauge.", WR_GAUGE, 0, NULL, 0},
    {"weir_Lag", "Letters.", WR_GAUGE, 0, NULL, 0},
    {"weir_commit_seconds", "No bounds.", WR_HISTOGRAM, 6, NULL, 0},
    {"weir_lag_seconds", "Too fine.", WR_GAUGE, 10, NULL, 0},
};

START_TEST(family_against_the_rules_of_naming_is_refused)
{
    add(&bad_families[_i], NULL);
}
END_TEST

Suite *metrics_suite(void)
{
    Suite *s = suite_create("metrics");
    TCase *t = tcase_create("metrics");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t,
                   families_come_by_name_and_metrics_by_labels_whatever_the_order_of_registration);
    tcase_add_test(t, histogram_has_rising_buckets_and_its_count_is_the_last);
    tcase_add_test(t, histogram_without_labels_is_written_without_empty_braces);
    tcase_add_loop_test(t, number_is_shown_in_base_units, 0, WR_ARRAY_LEN(numbers));
    tcase_add_test(t, label_values_are_escaped);
    tcase_add_test(t, removed_metric_is_gone_and_its_family_with_the_last_one);
    tcase_add_test(t, metrics_may_come_and_go_while_others_are_read);
    tcase_add_test_raise_signal(t, same_metric_cannot_be_registered_twice, SIGABRT);
    tcase_add_loop_test_raise_signal(t, family_against_the_rules_of_naming_is_refused, SIGABRT, 0,
                                     WR_ARRAY_LEN(bad_families));
    suite_add_tcase(s, t);
    return s;
}
