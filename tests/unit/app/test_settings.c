/* test_settings.c -- unit tests of src/run/settings.c and of making an application: from names to
 * what the layers below are told. */
#include "src/base/base.h"

#include <check.h>
#include <weir/weir.h>

#include "src/app/app_impl.h"
#include "src/base/mem.h"

static struct wr_conf *conf;
static struct weir_error err;

static void set(const char *name, const char *value)
{
    wr_conf_set(conf, WR_CONF_FLAG, "--set", name, value);
}

static void setup(void)
{
    conf = wr_conf_new(wr_app_tables, wr_app_table_count);
    set("application.id", "app");
    set("bootstrap.servers", "b:9092");
}

static void teardown(void)
{
    wr_conf_free(conf);
}

static void check_ok(void)
{
    enum weir_code code = wr_conf_check(conf, &err);
    ck_assert_msg(code == WEIR_OK, "%s", err.text);
}

/* ---- numbers, choices and texts -------------------------------------------------------------- */

#define FIELD(member)                                                                              \
    offsetof(struct wr_run_settings, member), sizeof(((struct wr_run_settings *)0)->member)

static const struct {
    const char *name;
    const char *value;
    size_t offset;
    size_t size;
    int64_t expected;
} numbers[] = {
    {"num.stream.threads", "7", FIELD(threads), 7},
    {"commit.interval.ms", "2s", FIELD(commit_interval_ms), 2000},
    {"max.task.idle.ms", "-1", FIELD(max_task_idle_ms), -1},
    {"transaction.timeout.ms", "20s", FIELD(transaction_timeout_ms), 20000},
    {"heartbeat.interval.ms", "2s", FIELD(heartbeat_interval_ms), 2000},
    {"max.poll.interval.ms", "60s", FIELD(max_poll_interval_ms), 60000},
    {"repartition.purge.interval.ms", "5", FIELD(purge_interval_ms), 5},
    {"weir.offsets.keepalive.ms", "1h", FIELD(keepalive_ms), 3600000},
    {"state.cleanup.delay.ms", "9", FIELD(cleanup_delay_ms), 9},
    {"weir.shutdown.timeout.ms", "3s", FIELD(shutdown_timeout_ms), 3000},
    {"statestore.cache.max.bytes", "1MiB", FIELD(cache_bytes), 1 << 20},
    {"statestore.uncommitted.max.bytes", "64KiB", FIELD(uncommitted_max_bytes), 65536},
    {"statestore.uncommitted.max.bytes", "-1", FIELD(uncommitted_max_bytes), (int64_t)SIZE_MAX},
    {"weir.state.map.bytes", "2GiB", FIELD(map_bytes), 2LL << 30},
    {"weir.state.check.rows", "true", FIELD(check_rows), 1},
    {"replication.factor", "3", FIELD(replication), 3},
    {"processing.guarantee", "exactly_once_v2", FIELD(at_least_once), 0},
    {"processing.guarantee", "at_least_once", FIELD(at_least_once), 1},
    {"weir.emit", "each", FIELD(emit_at_commit), 0},
    {"weir.emit", "commit", FIELD(emit_at_commit), 1},
    {"auto.offset.reset", "latest", FIELD(reset_to_latest), 1},
    {"auto.offset.reset", "earliest", FIELD(reset_to_latest), 0},
    {"auto.offset.reset", "none", FIELD(reset_to_none), 1},
    {"weir.errors.deserialization", "skip", FIELD(on_deserialization), WR_POLICY_SKIP},
    {"weir.errors.processing", "skip", FIELD(on_processing), WR_POLICY_SKIP},
    {"weir.errors.production", "skip", FIELD(on_production), WR_POLICY_SKIP},
    {"weir.errors.timestamp", "skip", FIELD(on_timestamp), WR_POLICY_SKIP},
};

static int64_t read_number(const void *at, size_t size)
{
    int64_t wide = 0;
    int32_t narrow = 0;
    if (size == 1) {
        return *(const unsigned char *)at;
    }
    if (size == sizeof narrow) {
        memcpy(&narrow, at, size);
        return narrow;
    }
    memcpy(&wide, at, sizeof wide);
    return wide;
}

START_TEST(each_setting_reaches_the_runtime)
{
    struct wr_run_settings s;
    set(numbers[_i].name, numbers[_i].value);
    check_ok();
    wr_app_run_settings(conf, &s);
    ck_assert_int_eq(read_number((const char *)&s + numbers[_i].offset, numbers[_i].size),
                     numbers[_i].expected);
}
END_TEST

START_TEST(names_reach_the_runtime)
{
    struct wr_run_settings s;
    set("group.instance.id", "one");
    set("upgrade.from", "0123,4567");
    set("errors.dead.letter.queue.topic.name", "dead");
    check_ok();
    wr_app_run_settings(conf, &s);
    ck_assert_str_eq(s.application_id, "app");
    ck_assert_str_eq(s.instance_id, "one");
    ck_assert_str_eq(s.upgrade_from, "0123,4567");
    ck_assert_str_eq(s.dead_letter_topic, "dead");
}
END_TEST

START_TEST(names_that_are_not_set_are_none)
{
    struct wr_run_settings s;
    check_ok();
    wr_app_run_settings(conf, &s);
    ck_assert_ptr_null(s.instance_id);
    ck_assert_ptr_null(s.upgrade_from);
    ck_assert_ptr_null(s.dead_letter_topic);
    ck_assert_int_eq(s.on_deserialization, WR_POLICY_FAIL);
}
END_TEST

static const struct {
    const char *value;
    bool sources;
    bool repartitions;
} optimizations[] = {
    {"none", false, false},
    {"all", true, true},
    {"reuse.ktable.source.topics", true, false},
    {"merge.repartition.topics", false, true},
    {"merge.repartition.topics,reuse.ktable.source.topics", true, true},
};

START_TEST(optimizations_reach_the_topology)
{
    struct wr_topology_options o;
    set("topology.optimization", optimizations[_i].value);
    set("ensure.explicit.internal.resource.naming", "false");
    set("weir.default.value.codec", "json");
    check_ok();
    wr_app_topology_options(conf, &o);
    ck_assert_int_eq(o.reuse_source_topics, optimizations[_i].sources);
    ck_assert_int_eq(o.merge_repartitions, optimizations[_i].repartitions);
    ck_assert(!o.explicit_names);
    ck_assert_str_eq(o.default_key, "bytes");
    ck_assert_str_eq(o.default_value, "json");
}
END_TEST

/* ---- what goes through ----------------------------------------------------------------------- */

START_TEST(settings_of_the_client_library_go_through_with_their_scope)
{
    size_t count = 0;
    set("producer.linger.ms", "7");
    set("topic.min.insync.replicas", "2");
    set("main.consumer.fetch.wait.max.ms", "9");
    set("sasl.username", "me");
    check_ok();
    struct wr_kafka_setting *s = wr_app_kafka_settings(conf, &count);
    struct wr_buf text = {0};
    for (size_t i = 0; i < count; i++) {
        wr_buf_printf(&text, "%s|%s=%s ", s[i].scope, s[i].name, s[i].value);
    }
    ck_assert_str_eq(wr_buf_cstr(&text), "|bootstrap.servers=b:9092 producer.|linger.ms=7 "
                                         "main.consumer.|fetch.wait.max.ms=9 |sasl.username=me ");
    wr_buf_free(&text);
    wr_free(s);
}
END_TEST

START_TEST(settings_of_topics_go_to_internal_topics)
{
    size_t count = 0;
    set("producer.linger.ms", "7");
    set("topic.min.insync.replicas", "2");
    set("topic.segment.ms", "100");
    check_ok();
    struct weir_topic_setting *s = wr_app_topic_settings(conf, &count);
    ck_assert_uint_eq(count, 2);
    ck_assert_str_eq(s[0].name, "min.insync.replicas");
    ck_assert_str_eq(s[1].name, "segment.ms");
    ck_assert_str_eq(s[1].value, "100");
    wr_free(s);
}
END_TEST

Suite *settings_suite(void)
{
    Suite *s = suite_create("settings");
    TCase *tc = tcase_create("settings");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_loop_test(tc, each_setting_reaches_the_runtime, 0, WR_ARRAY_LEN(numbers));
    tcase_add_test(tc, names_reach_the_runtime);
    tcase_add_test(tc, names_that_are_not_set_are_none);
    tcase_add_loop_test(tc, optimizations_reach_the_topology, 0, WR_ARRAY_LEN(optimizations));
    tcase_add_test(tc, settings_of_the_client_library_go_through_with_their_scope);
    tcase_add_test(tc, settings_of_topics_go_to_internal_topics);
    suite_add_tcase(s, tc);
    return s;
}
