/* test_topic_configs.c -- what can be configured of a topic. */
#include "src/base/base.h"

#include <check.h>
#include <string.h>

#include "broker/topic_configs.h"
#include "src/base/buf.h"

Suite *topic_configs_suite(void);

static struct wr_topic_values values;
static struct wr_buf why;
static struct wr_arena arena;

static void setup(void)
{
    values = (struct wr_topic_values){0};
    wr_arena_init(&arena, 4096);
}

static void teardown(void)
{
    wr_topic_values_free(&values);
    wr_buf_free(&why);
    wr_arena_free(&arena);
}

static enum wr_kafka_error change(const char *name, enum wr_config_op op, const char *value)
{
    return wr_topic_values_change(&values, &(struct wr_config_change){name, value, op}, 1, &why);
}

static struct wr_topic_config_entry shown(const char *name)
{
    const struct wr_topic_config_entry *list;
    size_t count = wr_topic_values_list(&values, &arena, &list);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(list[i].name, name) == 0) {
            return list[i];
        }
    }
    ck_abort_msg("%s is not shown", name);
}

static const struct {
    const char *name;
    const char *given;
    const char *shown;
} taken[] = {
    {"cleanup.policy", "compact", "compact"},
    {"cleanup.policy", " delete , compact ", "delete,compact"},
    {"cleanup.policy", "", ""},
    {"cleanup.policy", "compact,delete,compact", "compact,delete"},
    {"retention.ms", "-1", "-1"},
    {"retention.ms", " +0100 ", "100"},
    {"retention.bytes", "-77", "-77"},
    {"retention.ms", "9223372036854775807", "9223372036854775807"},
    {"segment.bytes", "1048576", "1048576"},
    {"max.message.bytes", "2147483647", "2147483647"},
    {"compression.gzip.level", "-1", "-1"},
    {"compression.gzip.level", "9", "9"},
    {"compression.zstd.level", "-131072", "-131072"},
    {"preallocate", "TRUE", "true"},
    {"remote.storage.enable", "False", "false"},
    {"min.cleanable.dirty.ratio", "1", "1.0"},
    {"min.cleanable.dirty.ratio", "0.01", "0.01"},
    {"min.cleanable.dirty.ratio", "5e-1", "0.5"},
    {"min.cleanable.dirty.ratio", ".25", "0.25"},
    {"message.timestamp.type", "LogAppendTime", "LogAppendTime"},
    {"compression.type", "zstd", "zstd"},
    {"leader.replication.throttled.replicas", "*", "*"},
    {"follower.replication.throttled.replicas", "0:1, 12:3", "0:1,12:3"},
};

START_TEST(a_value_is_shown_in_its_plain_form)
{
    ck_assert_int_eq(change(taken[_i].name, WR_CONFIG_SET, taken[_i].given), WR_KE_NONE);
    struct wr_topic_config_entry e = shown(taken[_i].name);
    ck_assert_str_eq(e.value, taken[_i].shown);
    ck_assert(!e.is_default);
}
END_TEST

static const struct {
    const char *name;
    const char *value;
} refused[] = {
    {"no.such.config", "1"},
    {"retention.ms", NULL},
    {"cleanup.policy", "purge"},
    {"cleanup.policy", "compact,"},
    {"cleanup.policy", ","},
    {"cleanup.policy", "Compact"},
    {"retention.ms", ""},
    {"retention.ms", "-2"},
    {"retention.ms", "1h"},
    {"retention.ms", "1.5"},
    {"retention.ms", "9223372036854775808"},
    {"segment.bytes", "1048575"},
    {"max.message.bytes", "2147483648"},
    {"compression.gzip.level", "0"},
    {"compression.gzip.level", "10"},
    {"compression.type", "none"},
    {"preallocate", "yes"},
    {"remote.storage.enable", "true"},
    {"min.cleanable.dirty.ratio", "1.01"},
    {"min.cleanable.dirty.ratio", "-0.1"},
    {"min.cleanable.dirty.ratio", "."},
    {"min.cleanable.dirty.ratio", "1e"},
    {"min.cleanable.dirty.ratio", "1e999"},
    {"min.cleanable.dirty.ratio", "nan"},
    {"message.timestamp.type", "createtime"},
    {"leader.replication.throttled.replicas", "1"},
    {"leader.replication.throttled.replicas", "1:"},
    {"leader.replication.throttled.replicas", "1:2:3"},
    {"leader.replication.throttled.replicas", "*,1:2"},
};

START_TEST(what_is_no_value_is_refused_and_changes_nothing)
{
    ck_assert_int_eq(change("retention.ms", WR_CONFIG_SET, "5"), WR_KE_NONE);
    struct wr_config_change changes[] = {
        {"retention.ms", "6", WR_CONFIG_SET},
        {refused[_i].name, refused[_i].value, WR_CONFIG_SET},
    };
    ck_assert_int_eq(wr_topic_values_change(&values, changes, 2, &why), WR_KE_INVALID_CONFIG);
    ck_assert_ptr_nonnull(strstr(wr_buf_cstr(&why), refused[_i].name));
    ck_assert_str_eq(shown("retention.ms").value, "5");
}
END_TEST

START_TEST(compaction_lags_must_not_cross)
{
    ck_assert_int_eq(change("max.compaction.lag.ms", WR_CONFIG_SET, "10"), WR_KE_NONE);
    ck_assert_int_eq(change("min.compaction.lag.ms", WR_CONFIG_SET, "11"), WR_KE_INVALID_CONFIG);
    ck_assert_ptr_nonnull(strstr(wr_buf_cstr(&why), "min.compaction.lag.ms"));
    ck_assert_int_eq(change("min.compaction.lag.ms", WR_CONFIG_SET, "10"), WR_KE_NONE);
}
END_TEST

static const struct {
    const char *before; /* NULL: the default, "delete" */
    enum wr_config_op op;
    const char *value;
    const char *after; /* NULL: INVALID_CONFIG */
} lists[] = {
    {NULL, WR_CONFIG_APPEND, "compact", "delete,compact"},
    {NULL, WR_CONFIG_APPEND, "delete", "delete"},
    {NULL, WR_CONFIG_APPEND, "purge", NULL},
    {NULL, WR_CONFIG_SUBTRACT, "delete", ""},
    {NULL, WR_CONFIG_SUBTRACT, "compact", "delete"},
    {"compact,delete", WR_CONFIG_SUBTRACT, "compact", "delete"},
    {"compact,delete", WR_CONFIG_SUBTRACT, "delete,compact", ""},
    {"", WR_CONFIG_APPEND, "compact,delete", "compact,delete"},
};

START_TEST(a_list_is_added_to_and_taken_from)
{
    if (lists[_i].before != NULL) {
        ck_assert_int_eq(change("cleanup.policy", WR_CONFIG_SET, lists[_i].before), WR_KE_NONE);
    }
    enum wr_kafka_error error = change("cleanup.policy", lists[_i].op, lists[_i].value);
    ck_assert_int_eq(error, lists[_i].after == NULL ? WR_KE_INVALID_CONFIG : WR_KE_NONE);
    if (lists[_i].after != NULL) {
        ck_assert_str_eq(shown("cleanup.policy").value, lists[_i].after);
    }
}
END_TEST

START_TEST(only_lists_are_added_to)
{
    ck_assert_int_eq(change("retention.ms", WR_CONFIG_APPEND, "1"), WR_KE_INVALID_CONFIG);
    ck_assert_int_eq(change("retention.ms", WR_CONFIG_SUBTRACT, "1"), WR_KE_INVALID_CONFIG);
    ck_assert(shown("retention.ms").is_default);
}
END_TEST

START_TEST(deleting_brings_the_default_back)
{
    ck_assert_int_eq(change("retention.ms", WR_CONFIG_SET, "5"), WR_KE_NONE);
    ck_assert_int_eq(change("retention.ms", WR_CONFIG_DELETE, NULL), WR_KE_NONE);
    ck_assert_str_eq(shown("retention.ms").value, "604800000");
    ck_assert(shown("retention.ms").is_default);
    ck_assert_int_eq(change("no.such.config", WR_CONFIG_DELETE, NULL), WR_KE_NONE);
}
END_TEST

START_TEST(every_default_is_a_value_and_every_setting_has_a_sentence)
{
    const struct wr_topic_config_entry *list;
    size_t count = wr_topic_values_list(&values, &arena, &list);
    ck_assert_uint_eq(count, WR_TOPIC_CONFIG_COUNT);
    for (size_t i = 0; i < count; i++) {
        ck_assert(i == 0 || strcmp(list[i - 1].name, list[i].name) < 0);
        ck_assert(list[i].is_default);
        ck_assert_str_eq(list[i].value, list[i].default_value);
        ck_assert_ptr_nonnull(strchr(list[i].doc, '.'));
        ck_assert_int_eq(change(list[i].name, WR_CONFIG_SET, list[i].default_value), WR_KE_NONE);
        ck_assert_str_eq(shown(list[i].name).value, list[i].default_value);
    }
}
END_TEST

START_TEST(logs_get_what_concerns_them)
{
    struct wr_log_config c;
    wr_topic_values_log_config(&values, &c);
    ck_assert(!c.compact && c.remove && !c.log_append_time);
    ck_assert_int_eq(c.retention_ms, 604800000);
    ck_assert_int_eq(c.retention_bytes, -1);
    ck_assert_int_eq(c.max_message_bytes, 1048588);
    ck_assert_int_eq(c.timestamp_after_max_ms, 3600000);
    ck_assert_int_eq(c.timestamp_before_max_ms, INT64_MAX);
    ck_assert(c.min_cleanable_ratio == 0.5);

    static const struct wr_config_change changes[] = {
        {"cleanup.policy", "compact", WR_CONFIG_SET},
        {"message.timestamp.type", "LogAppendTime", WR_CONFIG_SET},
        {"segment.bytes", "1048576", WR_CONFIG_SET},
        {"segment.ms", "7", WR_CONFIG_SET},
        {"delete.retention.ms", "8", WR_CONFIG_SET},
        {"min.compaction.lag.ms", "9", WR_CONFIG_SET},
    };
    ck_assert_int_eq(wr_topic_values_change(&values, changes, WR_ARRAY_LEN(changes), &why),
                     WR_KE_NONE);
    wr_topic_values_log_config(&values, &c);
    ck_assert(c.compact && !c.remove && c.log_append_time);
    ck_assert_int_eq(c.segment_bytes, 1048576);
    ck_assert_int_eq(c.segment_ms, 7);
    ck_assert_int_eq(c.delete_retention_ms, 8);
    ck_assert_int_eq(c.min_compaction_lag_ms, 9);
}
END_TEST

Suite *topic_configs_suite(void)
{
    Suite *s = suite_create("topic_configs");
    TCase *t = tcase_create("topic_configs");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, a_value_is_shown_in_its_plain_form, 0, WR_ARRAY_LEN(taken));
    tcase_add_loop_test(t, what_is_no_value_is_refused_and_changes_nothing, 0,
                        WR_ARRAY_LEN(refused));
    tcase_add_test(t, compaction_lags_must_not_cross);
    tcase_add_loop_test(t, a_list_is_added_to_and_taken_from, 0, WR_ARRAY_LEN(lists));
    tcase_add_test(t, only_lists_are_added_to);
    tcase_add_test(t, deleting_brings_the_default_back);
    tcase_add_test(t, every_default_is_a_value_and_every_setting_has_a_sentence);
    tcase_add_test(t, logs_get_what_concerns_them);
    suite_add_tcase(s, t);
    return s;
}
