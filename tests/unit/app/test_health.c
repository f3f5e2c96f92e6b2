/* test_health.c -- unit tests of src/app/health.c: what is said while the application starts. */
#include "src/base/base.h"

#include <check.h>
#include <string.h>

#include "src/app/health.h"

static struct weir_app app;
static struct wr_http_answer answer;

/* The HTTP server answers from here on: nothing else is there yet. */
static void setup(void)
{
    app = (struct weir_app){.run = {.application_id = "a"}, .metrics = wr_metrics_new()};
    answer = (struct wr_http_answer){.status = 200};
    wr_health_init(&app);
}

static void teardown(void)
{
    wr_buf_free(&answer.body);
    wr_metrics_free(app.metrics);
}

static const char *ask(const char *path)
{
    for (size_t i = 0; i < wr_health_route_count; i++) {
        if (strcmp(wr_health_routes[i].path, path) == 0) {
            wr_health_routes[i].handler(&app, &answer);
        }
    }
    return wr_buf_cstr(&answer.body);
}

START_TEST(application_that_starts_is_not_ready)
{
    ck_assert_str_eq(ask("/readyz"), "{\"ready\":false,\"state\":\"starting\",\"assigned\":0,"
                                     "\"running\":0,\"restoring\":0,\"waiting_for\":\"\"}\n");
    ck_assert_int_eq(answer.status, 503);
}
END_TEST

START_TEST(metrics_of_an_application_that_starts_can_be_read)
{
    const char *text = ask("/metrics");
    ck_assert_int_eq(answer.status, 200);
    ck_assert_ptr_nonnull(strstr(text, "\nweir_app_state 0\n"));
    ck_assert_ptr_nonnull(strstr(text, "weir_app_info{application=\"a\","));
}
END_TEST

/* ---- threads --------------------------------------------------------------------------------- */

static struct wr_stats stats[3];
static struct wr_watched watched[] = {
    {"stream-0", &stats[0]}, {"restore", &stats[1]}, {"control", &stats[2]}};

static void setup_threads(void)
{
    setup();
    app.run.threads = 1;
    app.watched = watched;
    for (size_t i = 0; i < WR_ARRAY_LEN(watched); i++) {
        wr_stats_init(&stats[i], app.metrics, watched[i].name);
    }
}

static const struct {
    int64_t silent_ms; /* of the restore thread; negative: it does not run */
    int status;
    const char *text;
} beats[] = {{-1, 200, "ok\n"},
             {0, 200, "ok\n"},
             {20000, 200, "ok\n"},
             {31000, 503, "restore has been silent for 31"}};

START_TEST(an_application_is_healthy_while_its_threads_are_heard)
{
    if (beats[_i].silent_ms >= 0) {
        int64_t now = wr_mono_ms(wr_clock_system());
        atomic_store(&stats[0].heartbeat_ms, now);
        atomic_store(&stats[1].heartbeat_ms, now - beats[_i].silent_ms);
    }
    ck_assert_ptr_nonnull(strstr(ask("/healthz"), beats[_i].text));
    ck_assert_int_eq(answer.status, beats[_i].status);
}
END_TEST

START_TEST(counters_of_all_threads_are_metrics)
{
    WR_STATS_ADD(&stats[0], records, 42);
    const char *text = ask("/metrics");
    ck_assert_ptr_nonnull(strstr(text, "weir_records_total{thread=\"stream-0\"} 42\n"));
    ck_assert_ptr_nonnull(strstr(text, "weir_restored_records_total{thread=\"restore\"} 0\n"));
#define IS_THERE(field, metric, decimals, help)                                                    \
    ck_assert_ptr_nonnull(strstr(text, "# TYPE " metric " counter\n"));
    WR_STATS(IS_THERE)
#undef IS_THERE
}
END_TEST

Suite *health_suite(void)
{
    Suite *s = suite_create("health");
    TCase *t = tcase_create("health");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, application_that_starts_is_not_ready);
    tcase_add_test(t, metrics_of_an_application_that_starts_can_be_read);
    suite_add_tcase(s, t);
    TCase *threads = tcase_create("threads");
    tcase_add_checked_fixture(threads, setup_threads, teardown);
    tcase_add_loop_test(threads, an_application_is_healthy_while_its_threads_are_heard, 0,
                        WR_ARRAY_LEN(beats));
    tcase_add_test(threads, counters_of_all_threads_are_metrics);
    suite_add_tcase(s, threads);
    return s;
}
