/* test_app.c -- the life of an application, as a program that embeds it sees it. */
#include "src/base/base.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <weir/weir.h>

#include "src/base/fs.h"

Suite *app_suite(void);

static struct weir_error err;

static void build_pass(weir_topology *t, void *arg)
{
    struct weir_source s = WEIR_SOURCE_INIT;
    *(int *)arg += 1;
    weir_to(weir_from(t, "in", &s), "out", NULL);
}

static void build_wrong(weir_topology *t, void *arg)
{
    struct weir_source s = WEIR_SOURCE_INIT;
    WR_UNUSED(arg);
    weir_to(weir_from(t, "no such name!", &s), "also wrong!", NULL);
}

START_TEST(an_application_is_made_from_settings_and_a_topology)
{
    const struct weir_setting s[] = {{"application.id", "app"}, {"bootstrap.servers", "b:1"}};
    weir_app *app = NULL;
    int built = 0;
    ck_assert_int_eq(weir_app_new(&app, s, 2, build_pass, &built, &err), WEIR_OK);
    ck_assert_int_eq(built, 1);
    weir_app_free(app);
    weir_app_free(NULL);
}
END_TEST

START_TEST(an_application_with_wrong_settings_is_not_made)
{
    const struct weir_setting s[] = {{"application.id", "a b"}, {"commit.interval.ms", "soon"}};
    weir_app *app = NULL;
    int built = 0;
    ck_assert_int_eq(weir_app_new(&app, s, 2, build_pass, &built, &err), WEIR_ECONFIG);
    ck_assert_ptr_null(app);
    ck_assert_ptr_nonnull(strstr(err.text, "application.id"));
    ck_assert_ptr_nonnull(strstr(err.text, "commit.interval.ms"));
    ck_assert_ptr_nonnull(strstr(err.text, "bootstrap.servers"));
}
END_TEST

START_TEST(an_application_with_a_wrong_topology_is_not_made)
{
    const struct weir_setting s[] = {{"application.id", "app"}, {"bootstrap.servers", "b:1"}};
    weir_app *app = NULL;
    ck_assert_int_eq(weir_app_new(&app, s, 2, build_wrong, NULL, &err), WEIR_ETOPOLOGY);
    ck_assert_ptr_null(app);
    ck_assert_ptr_nonnull(strstr(err.text, "no such name!"));
    ck_assert_ptr_nonnull(strstr(err.text, "also wrong!"));
}
END_TEST

/* With ThreadSanitizer no client is made (kafka_test.c says why). */
#ifndef __SANITIZE_THREAD__
START_TEST(a_stop_before_the_start_is_not_forgotten)
{
    char path[] = "app-test-XXXXXX";
    int built = 0;
    ck_assert_ptr_nonnull(mkdtemp(path));
    const struct weir_setting s[] = {{"application.id", "app"},
                                     {"bootstrap.servers", "127.0.0.1:1"},
                                     {"state.dir", path},
                                     {"weir.state.allow.temporary", "true"},
                                     {"weir.http.listen", "off"}};
    weir_app *app = NULL;
    ck_assert_int_eq(weir_app_new(&app, s, WR_ARRAY_LEN(s), build_pass, &built, &err), WEIR_OK);
    weir_app_stop(app);
    ck_assert_int_eq(weir_app_start(app, &err), WEIR_OK);
    ck_assert_int_eq(weir_app_wait(app, &err), WEIR_OK);
    weir_app_free(app);
    ck_assert_int_eq(wr_fs_posix()->remove(wr_fs_posix(), path, &err), WEIR_OK);
}
END_TEST
#endif

Suite *app_suite(void)
{
    Suite *s = suite_create("app");
    TCase *t = tcase_create("app");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, an_application_is_made_from_settings_and_a_topology);
    tcase_add_test(t, an_application_with_wrong_settings_is_not_made);
    tcase_add_test(t, an_application_with_a_wrong_topology_is_not_made);
#ifndef __SANITIZE_THREAD__
    tcase_add_test(t, a_stop_before_the_start_is_not_forgotten);
#endif
    suite_add_tcase(s, t);
    return s;
}
