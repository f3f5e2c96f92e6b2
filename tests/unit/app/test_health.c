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

Suite *health_suite(void)
{
    Suite *s = suite_create("health");
    TCase *t = tcase_create("health");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, application_that_starts_is_not_ready);
    tcase_add_test(t, metrics_of_an_application_that_starts_can_be_read);
    suite_add_tcase(s, t);
    return s;
}
