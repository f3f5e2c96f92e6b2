/* test_conf_env.c -- settings from environment variables. */
#include "src/base/base.h"

#include "src/conf/conf_internal.h"
#include "tests/unit/conf/conf_fixture.h"

static void load(struct wr_fs *fs, const char *first, const char *second)
{
    char *environment[] = {(char *)"HOME=/home/me", (char *)first, (char *)second, NULL};
    wr_conf_load_env(conf, fs, environment);
}

START_TEST(variable_sets_the_setting_of_its_name)
{
    load(NULL, "WEIR_SOME_TEXT=x", "WEIR_MODE=slow");
    ck_assert_str_eq(wr_conf_text(conf, &test_settings[T_TEXT]), "x");
    ck_assert(wr_conf_is(conf, &test_settings[T_MODE], "slow"));
    ck_assert_int_eq(wr_conf_origin_of(conf, &test_settings[T_MODE]), WR_CONF_ENV);
    ck_assert_uint_eq(findings(), 0);
}
END_TEST

START_TEST(variable_passes_settings_of_the_client_library)
{
    struct weir_error err;
    size_t count;
    load(NULL, "WEIR_SASL_USERNAME=me", "WEIR_MAIN_CONSUMER_FETCH_MIN_BYTES=7");
    wr_conf_set(conf, WR_CONF_FLAG, "--name", "app.name", "x");
    ck_assert_int_eq(wr_conf_check(conf, &err), WEIR_OK);
    const struct wr_conf_passed *passed = wr_conf_passed(conf, &count);
    ck_assert_uint_eq(count, 2);
    ck_assert_str_eq(passed[0].name, "sasl.username");
    ck_assert_str_eq(passed[1].scope, "main.consumer.");
    ck_assert_str_eq(passed[1].name, "fetch.min.bytes");
    ck_assert_str_eq(passed[1].value, "7");
}
END_TEST

START_TEST(empty_variable_counts_as_not_set)
{
    load(NULL, "WEIR_THREADS=", "WEIR_NOTHING=");
    ck_assert_uint_eq(findings(), 0);
    ck_assert_int_eq(wr_conf_origin_of(conf, &test_settings[T_THREADS]), WR_CONF_DEFAULT);
}
END_TEST

static const char *const others[] = {
    "WEIR_BROKEN_RULE=R1",
    "WEIR_FAILPOINTS=x",
    "WEIR_SRCDIR=/src",
    "WEIR_CONFIG=weir.conf",
    "WEIR_SERVICE_HOST=10.0.0.1",
    "WEIR_PORT_7070_TCP_ADDR=x",
    "WEIRD=x",
};

START_TEST(variable_that_is_no_setting_is_left_alone)
{
    load(NULL, others[_i], NULL);
    ck_assert_uint_eq(findings(), 0);
}
END_TEST

START_TEST(variable_like_a_setting_is_a_mistake_and_any_other_a_warning)
{
    size_t count;
    load(NULL, "WEIR_THREDS=2", "WEIR_SOMETHING_ELSE=2");
    const struct wr_conf_finding *all = wr_conf_findings(conf, &count);
    ck_assert_uint_eq(count, 2);
    ck_assert_str_eq(all[0].text,
                     "WEIR_THREDS: unknown setting \"threds\"; did you mean \"threads\"?");
    ck_assert(!all[0].warning);
    ck_assert_str_eq(all[1].text, "WEIR_SOMETHING_ELSE: unknown setting \"something.else\"; "
                                  "\"config dump\" shows all settings");
    ck_assert(all[1].warning);
}
END_TEST

START_TEST(file_variable_reads_the_value_without_its_last_line_ends)
{
    load(fs_with("/run/secret", "pass word\r\n"), "WEIR_KEY_FILE=/run/secret", NULL);
    ck_assert_str_eq(wr_conf_text(conf, &test_settings[T_TOKEN]), "pass word");
    ck_assert_uint_eq(findings(), 0);
}
END_TEST

START_TEST(file_that_cannot_be_read_is_a_finding)
{
    load(fs_with("/run/secret", ""), "WEIR_KEY_FILE=/run/other", NULL);
    ck_assert_str_eq(finding(0), "WEIR_KEY_FILE: could not open \"/run/other\"");
}
END_TEST

START_TEST(value_and_file_together_are_a_finding)
{
    load(fs_with("/run/secret", "a"), "WEIR_KEY_FILE=/run/secret", "WEIR_KEY=b");
    ck_assert_str_eq(finding(0), "WEIR_KEY_FILE: WEIR_KEY is set too; set only one of the two");
}
END_TEST

Suite *conf_env_suite(void)
{
    Suite *s = suite_create("conf_env");
    TCase *t = tcase_create("conf_env");
    tcase_add_checked_fixture(t, conf_setup, conf_teardown);
    tcase_add_test(t, variable_sets_the_setting_of_its_name);
    tcase_add_test(t, variable_passes_settings_of_the_client_library);
    tcase_add_test(t, empty_variable_counts_as_not_set);
    tcase_add_loop_test(t, variable_that_is_no_setting_is_left_alone, 0, WR_ARRAY_LEN(others));
    tcase_add_test(t, variable_like_a_setting_is_a_mistake_and_any_other_a_warning);
    tcase_add_test(t, file_variable_reads_the_value_without_its_last_line_ends);
    tcase_add_test(t, file_that_cannot_be_read_is_a_finding);
    tcase_add_test(t, value_and_file_together_are_a_finding);
    suite_add_tcase(s, t);
    return s;
}
