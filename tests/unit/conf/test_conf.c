/* test_conf.c -- who wins, what is passed through, and what is wrong. */
#include "src/base/base.h"

#include <signal.h>
#include <string.h>

#include "tests/unit/conf/conf_fixture.h"

static struct weir_error err;

START_TEST(default_counts_until_somebody_sets_a_value)
{
    ck_assert_int_eq(wr_conf_int(conf, &test_settings[T_THREADS]), 1);
    ck_assert_int_eq(wr_conf_int(conf, &test_settings[T_ROOM]), 1024);
    ck_assert(!wr_conf_bool(conf, &test_settings[T_DRY]));
    ck_assert_str_eq(wr_conf_text(conf, &test_settings[T_TEXT]), "a text");
    ck_assert_ptr_null(wr_conf_text(conf, &test_settings[T_NAME]));
    ck_assert_int_eq(wr_conf_origin_of(conf, &test_settings[T_THREADS]), WR_CONF_DEFAULT);
    wr_conf_set(conf, WR_CONF_CODE, "code", "threads", "2");
    ck_assert_int_eq(wr_conf_int(conf, &test_settings[T_THREADS]), 2);
    ck_assert_int_eq(wr_conf_origin_of(conf, &test_settings[T_THREADS]), WR_CONF_CODE);
}
END_TEST

START_TEST(stronger_origin_wins_in_whatever_order_they_come)
{
    static const enum wr_conf_origin order[] = {WR_CONF_ENV, WR_CONF_CODE, WR_CONF_FLAG,
                                                WR_CONF_FILE};
    static const char *const value[] = {"4", "2", "5", "3"};
    static const int64_t then[] = {4, 4, 5, 5};
    for (size_t i = 0; i < WR_ARRAY_LEN(order); i++) {
        wr_conf_set(conf, order[i], "somewhere", "threads", value[i]);
        ck_assert_int_eq(wr_conf_int(conf, &test_settings[T_THREADS]), then[i]);
    }
}
END_TEST

START_TEST(later_value_of_the_same_origin_wins)
{
    wr_conf_set(conf, WR_CONF_FLAG, "--threads", "threads", "2");
    wr_conf_set(conf, WR_CONF_FLAG, "--threads", "threads", "3");
    ck_assert_int_eq(wr_conf_int(conf, &test_settings[T_THREADS]), 3);
}
END_TEST

START_TEST(wrong_value_is_a_finding_and_changes_nothing)
{
    wr_conf_set(conf, WR_CONF_FLAG, "--threads", "threads", "many");
    ck_assert_int_eq(wr_conf_int(conf, &test_settings[T_THREADS]), 1);
    ck_assert_int_eq(wr_conf_origin_of(conf, &test_settings[T_THREADS]), WR_CONF_DEFAULT);
    ck_assert_str_eq(finding(0), "--threads: wrong value of setting \"threads\": \"many\" is no "
                                 "number; allowed is 1 to 8");
}
END_TEST

START_TEST(choices_and_items_of_lists_are_asked_for_by_name)
{
    wr_conf_set(conf, WR_CONF_CODE, "code", "parts", "a , c");
    ck_assert(wr_conf_is(conf, &test_settings[T_PARTS], "c"));
    ck_assert(!wr_conf_is(conf, &test_settings[T_PARTS], "b"));
    ck_assert(wr_conf_is(conf, &test_settings[T_MODE], "fast"));
}
END_TEST

START_TEST(asking_for_a_choice_that_does_not_exist_is_a_mistake_of_the_program)
{
    (void)wr_conf_is(conf, &test_settings[T_MODE], "fats");
}
END_TEST

static const struct {
    const char *name;
    const char *text;
} unknown[] = {
    {"thread", "here: unknown setting \"thread\"; did you mean \"threads\"?"},
    {"weir.mdoe", "here: unknown setting \"weir.mdoe\"; did you mean \"weir.mode\"?"},
    {"linger.sm", "here: unknown setting \"linger.sm\"; did you mean \"linger.ms\"?"},
    {"consumer.", "here: unknown setting \"consumer.\"; \"config dump\" shows all settings"},
    {"", "here: unknown setting \"\"; \"config dump\" shows all settings"},
    {"sasl.jaas.config",
     "here: setting \"sasl.jaas.config\" is not used here: librdkafka has sasl.username and "
     "sasl.password, or sasl.kerberos.principal and sasl.kerberos.keytab"},
    {"consumer.ssl.truststore.location",
     "here: setting \"consumer.ssl.truststore.location\" is not used here: librdkafka calls this "
     "ssl.ca.location: a file or directory of trusted certificates in PEM form"},
};

START_TEST(unknown_name_is_a_finding_that_says_what_to_do)
{
    wr_conf_set(conf, WR_CONF_FILE, "here", unknown[_i].name, "x");
    ck_assert_str_eq(finding(0), unknown[_i].text);
    ck_assert_uint_eq(findings(), 1);
}
END_TEST

START_TEST(settings_of_the_client_library_are_passed_through_with_their_scope)
{
    static const struct {
        const char *given;
        const char *scope;
        const char *name;
    } rows[] = {
        {"sasl.username", "", "sasl.username"},
        {"consumer.fetch.min.bytes", "consumer.", "fetch.min.bytes"},
        {"main.consumer.x.y", "main.consumer.", "x.y"},
        {"restore.consumer.x", "restore.consumer.", "x"},
        {"linger.ms", "producer.", "linger.ms"},
        {"admin.x", "admin.", "x"},
        {"topic.retention.ms", "topic.", "retention.ms"},
    };
    size_t count;
    for (size_t i = 0; i < WR_ARRAY_LEN(rows); i++) {
        wr_conf_set(conf, WR_CONF_FILE, "here", rows[i].given, rows[i].name);
    }
    wr_conf_set(conf, WR_CONF_FILE, "here", "app.name", "x");
    ck_assert_int_eq(wr_conf_check(conf, &err), WEIR_OK);
    const struct wr_conf_passed *passed = wr_conf_passed(conf, &count);
    ck_assert_uint_eq(count, WR_ARRAY_LEN(rows));
    for (size_t i = 0; i < count; i++) {
        ck_assert_str_eq(passed[i].scope, rows[i].scope);
        ck_assert_str_eq(passed[i].name, rows[i].name);
        ck_assert_str_eq(passed[i].value, rows[i].name);
    }
}
END_TEST

START_TEST(name_with_and_without_its_prefix_is_one_setting)
{
    size_t count;
    wr_conf_set(conf, WR_CONF_FLAG, "--linger", "linger.ms", "1");
    wr_conf_set(conf, WR_CONF_FILE, "here", "producer.linger.ms", "2");
    wr_conf_set(conf, WR_CONF_FILE, "here", "app.name", "x");
    ck_assert_int_eq(wr_conf_check(conf, &err), WEIR_OK);
    const struct wr_conf_passed *passed = wr_conf_passed(conf, &count);
    ck_assert_uint_eq(count, 1);
    ck_assert_str_eq(passed[0].value, "1");
}
END_TEST

START_TEST(one_mistake_is_reported_as_it_is)
{
    ck_assert_int_eq(wr_conf_check(conf, &err), WEIR_ECONFIG);
    ck_assert_str_eq(err.text, "app.name: is required and has no value; set it in the file, as "
                               "WEIR_APP_NAME or by a flag");
}
END_TEST

START_TEST(all_mistakes_are_reported_together)
{
    wr_conf_set(conf, WR_CONF_FILE, "weir.conf:1", "threads", "9");
    wr_conf_set(conf, WR_CONF_FILE, "weir.conf:2", "dry", "true");
    wr_conf_set(conf, WR_CONF_FLAG, "--threads", "threads", "3");
    wr_conf_set(conf, WR_CONF_FLAG, "--nothing", "nothing", "3");
    ck_assert_int_eq(wr_conf_check(conf, &err), WEIR_ECONFIG);
    ck_assert_uint_eq(findings(), 4);
    ck_assert_str_eq(
        err.text,
        "4 mistakes in the configuration:\n"
        "  weir.conf:1: wrong value of setting \"threads\": \"9\" is too large; allowed is 1 to 8\n"
        "  --nothing: unknown setting \"nothing\"; \"config dump\" shows all settings\n"
        "  app.name: is required and has no value; set it in the file, as WEIR_APP_NAME or by a "
        "flag\n"
        "  dry: one thread is enough to pretend; set threads to 1");
}
END_TEST

START_TEST(deprecated_setting_is_a_warning_and_works)
{
    size_t count;
    wr_conf_set(conf, WR_CONF_FILE, "weir.conf:1", "old", "x");
    wr_conf_set(conf, WR_CONF_FILE, "weir.conf:2", "app.name", "x");
    ck_assert_int_eq(wr_conf_check(conf, &err), WEIR_OK);
    const struct wr_conf_finding *all = wr_conf_findings(conf, &count);
    ck_assert_uint_eq(count, 1);
    ck_assert(all[0].warning);
    ck_assert_str_eq(all[0].text, "weir.conf:1: setting \"old\" is deprecated: use threads");
    ck_assert_str_eq(wr_conf_text(conf, &test_settings[T_OLD]), "x");
}
END_TEST

Suite *conf_suite(void)
{
    Suite *s = suite_create("conf");
    TCase *t = tcase_create("conf");
    tcase_add_checked_fixture(t, conf_setup, conf_teardown);
    tcase_add_test(t, default_counts_until_somebody_sets_a_value);
    tcase_add_test(t, stronger_origin_wins_in_whatever_order_they_come);
    tcase_add_test(t, later_value_of_the_same_origin_wins);
    tcase_add_test(t, wrong_value_is_a_finding_and_changes_nothing);
    tcase_add_test(t, choices_and_items_of_lists_are_asked_for_by_name);
    tcase_add_test_raise_signal(
        t, asking_for_a_choice_that_does_not_exist_is_a_mistake_of_the_program, SIGABRT);
    tcase_add_loop_test(t, unknown_name_is_a_finding_that_says_what_to_do, 0,
                        WR_ARRAY_LEN(unknown));
    tcase_add_test(t, settings_of_the_client_library_are_passed_through_with_their_scope);
    tcase_add_test(t, name_with_and_without_its_prefix_is_one_setting);
    tcase_add_test(t, one_mistake_is_reported_as_it_is);
    tcase_add_test(t, all_mistakes_are_reported_together);
    tcase_add_test(t, deprecated_setting_is_a_warning_and_works);
    suite_add_tcase(s, t);
    return s;
}
