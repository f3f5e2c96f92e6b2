/* test_core_settings.c -- the core table and its rules. */
#include "src/base/base.h"

#include <string.h>

#include "src/conf/conf_internal.h"
#include "src/conf/core_settings.h"
#include "src/conf/foreign_names.h"
#include "src/obs/log.h"
#include "tests/unit/conf/conf_fixture.h"

static struct weir_error err;

static void setup(void)
{
    static const struct wr_conf_table *const tables[] = {&wr_core_table};
    conf = wr_conf_new(tables, 1);
    wr_conf_set(conf, WR_CONF_CODE, "code", "application.id", "clicks");
    wr_conf_set(conf, WR_CONF_CODE, "code", "bootstrap.servers", "localhost:9092");
}

START_TEST(defaults_are_a_good_configuration)
{
    ck_assert_int_eq(wr_conf_check(conf, &err), WEIR_OK);
    ck_assert_int_eq(wr_conf_int(conf, WR_CORE(COMMIT_INTERVAL)), 100);
    ck_assert_int_eq(wr_conf_int(conf, WR_CORE(STORE_CACHE_BYTES)), 16 << 20);
    ck_assert_str_eq(wr_conf_text(conf, WR_CORE(STATE_DIR)), "/var/lib/weir");
    ck_assert(wr_conf_is(conf, WR_CORE(EMIT), "commit"));
    ck_assert(wr_conf_bool(conf, WR_CORE(EXPLICIT_NAMING)));
}
END_TEST

START_TEST(names_and_variables_are_unique_and_no_one_elses)
{
    char a[WR_ENV_NAME_MAX];
    char b[WR_ENV_NAME_MAX];
    for (size_t i = 0; i < WR_CORE_COUNT; i++) {
        const char *name = wr_core_settings[i].name;
        struct wr_foreign f = wr_foreign_look_up(name);
        ck_assert_msg(f.scope == NULL && f.instead == NULL, "%s", name);
        wr_conf_env_name(a, name);
        for (size_t j = 0; j < i; j++) {
            wr_conf_env_name(b, wr_core_settings[j].name);
            ck_assert_str_ne(a, b);
        }
    }
}
END_TEST

START_TEST(every_setting_has_a_doc_that_is_a_sentence)
{
    for (size_t i = 0; i < WR_CORE_COUNT; i++) {
        const char *doc = wr_core_settings[i].doc;
        ck_assert_msg(doc[strlen(doc) - 1] == '.', "%s", wr_core_settings[i].name);
    }
}
END_TEST

START_TEST(levels_that_may_be_set_are_those_of_the_log)
{
    enum wr_log_level level;
    const char *choices = WR_CORE(LOG_LEVEL)->choices;
    for (int i = 0; i <= WR_LOG_DEBUG; i++) {
        const char *name = wr_log_level_name((enum wr_log_level)i);
        ck_assert(wr_setting_has_choice(choices, name, strlen(name), NULL));
        ck_assert(wr_log_level_parse(name, &level));
    }
}
END_TEST

static const struct {
    const char *name;
    const char *value;
    const char *text; /* part of the finding */
} wrong[] = {
    {"processing.guarantee", "exactly_once",
     "\"exactly_once\" is none of exactly_once_v2, at_least_once"},
    {"event.time", "watermark", "\"watermark\" is not built yet; what there is: stream-time"},
    {"application.id", "my app", "is no name"},
    {"application.id", ".app", "begins with a dot"},
    {"commit.interval.ms", "6000", "is more than half of transaction.timeout.ms (10000)"},
    {"heartbeat.interval.ms", "4s", "is more than a third of session.timeout.ms (10000)"},
    {"replication.factor", "0", "use -1 for the broker's default"},
    {"topology.optimization", "all,single.store.self.join", "stand alone"},
    {"topology.optimization", "some", "\"some\" is none of none, all"},
    {"bootstrap.servers", "a:1,,b:2", "an item of the list is empty"},
};

START_TEST(wrong_value_is_refused)
{
    wr_conf_set(conf, WR_CONF_FILE, "weir.conf:1", wrong[_i].name, wrong[_i].value);
    ck_assert_int_eq(wr_conf_check(conf, &err), WEIR_ECONFIG);
    ck_assert_msg(strstr(err.text, wrong[_i].text) != NULL, "%s", err.text);
    ck_assert_uint_eq(findings(), 1);
}
END_TEST

/* There is no transaction that could become too old between two commits. */
START_TEST(at_least_once_commits_may_be_as_far_apart_as_one_likes)
{
    wr_conf_set(conf, WR_CONF_FILE, "weir.conf:1", "processing.guarantee", "at_least_once");
    wr_conf_set(conf, WR_CONF_FILE, "weir.conf:2", "commit.interval.ms", "30s");
    ck_assert_int_eq(wr_conf_check(conf, &err), WEIR_OK);
}
END_TEST

START_TEST(several_optimizations_may_be_named)
{
    wr_conf_set(conf, WR_CONF_FILE, "weir.conf:1", "topology.optimization",
                "reuse.ktable.source.topics, single.store.self.join");
    ck_assert_int_eq(wr_conf_check(conf, &err), WEIR_OK);
    ck_assert(wr_conf_is(conf, WR_CORE(TOPOLOGY_OPTIMIZATION), "single.store.self.join"));
    ck_assert(!wr_conf_is(conf, WR_CORE(TOPOLOGY_OPTIMIZATION), "merge.repartition.topics"));
}
END_TEST

Suite *core_settings_suite(void)
{
    Suite *s = suite_create("core_settings");
    TCase *t = tcase_create("core_settings");
    tcase_add_checked_fixture(t, setup, conf_teardown);
    tcase_add_test(t, defaults_are_a_good_configuration);
    tcase_add_test(t, names_and_variables_are_unique_and_no_one_elses);
    tcase_add_test(t, every_setting_has_a_doc_that_is_a_sentence);
    tcase_add_test(t, levels_that_may_be_set_are_those_of_the_log);
    tcase_add_loop_test(t, wrong_value_is_refused, 0, WR_ARRAY_LEN(wrong));
    tcase_add_test(t, at_least_once_commits_may_be_as_far_apart_as_one_likes);
    tcase_add_test(t, several_optimizations_may_be_named);
    suite_add_tcase(s, t);
    return s;
}
