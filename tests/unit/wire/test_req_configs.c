/* test_req_configs.c -- DescribeConfigs, AlterConfigs and IncrementalAlterConfigs. */
#include "src/base/base.h"

#include "tests/unit/wire/wire_kit.h"

enum { TOPIC = 2, BROKER = 4, BROKER_LOGGER = 8 };

static struct wr_topic_entry *topic(const char *name)
{
    return wr_topics_find(wk_wire.broker->topics, name);
}

/* ---- DescribeConfigs ------------------------------------------------------------------------- */

struct describe {
    int16_t version;
    int8_t type;
    const char *name;
    const char *key; /* NULL: all */
    bool synonyms;
    bool docs;
};

static struct wr_reader *describe(const struct describe *d, enum wr_kafka_error error)
{
    struct wr_writer *w = wk_begin(&wk_one, WK_DESCRIBE_CONFIGS, d->version);
    wr_write_count(w, 1);
    wr_write_i8(w, d->type);
    wr_write_cstr(w, d->name);
    wr_write_count(w, d->key != NULL ? 1 : -1);
    if (d->key != NULL) {
        wr_write_cstr(w, d->key);
    }
    wr_write_tags(w);
    wr_write_bool(w, d->synonyms);
    if (d->version >= 3) {
        wr_write_bool(w, d->docs);
    }
    struct wr_reader *r = wk_ask(&wk_one);
    wk_i32(r, 0);
    wk_count(r, 1);
    wk_i16(r, error);
    wr_read_string(r); /* why */
    wk_i8(r, d->type);
    wk_text(r, d->name);
    return r;
}

START_TEST(setting_of_a_topic_is_described)
{
    const struct wr_config_change set = {"retention.ms", "1000", WR_CONFIG_SET};
    const struct describe d = {_i, TOPIC, "a", "retention.ms", true, true};
    const char *why;
    wr_topic_config_change(wk_wire.broker->topics, topic("a"), &set, 1, false, &why);
    struct wr_reader *r = describe(&d, WR_KE_NONE);
    wk_count(r, 1);
    wk_text(r, "retention.ms");
    wk_text(r, "1000");
    wk_i8(r, false);
    wk_i8(r, WR_SOURCE_TOPIC);
    wk_i8(r, false);
    wk_count(r, 2);
    wk_text(r, "retention.ms");
    wk_text(r, "1000");
    wk_i8(r, WR_SOURCE_TOPIC);
    wr_read_tags(r);
    wk_text(r, "retention.ms");
    wk_text(r, "604800000");
    wk_i8(r, WR_SOURCE_DEFAULT);
    wr_read_tags(r);
    if (_i >= 3) {
        wk_i8(r, 5); /* long */
        ck_assert(!weir_is_null(wr_read_string(r)));
    }
    wr_read_tags(r);
    wr_read_tags(r);
    wk_end(r);
}
END_TEST

START_TEST(all_settings_of_a_topic_are_described)
{
    const struct describe d = {1, TOPIC, "a", NULL, false, false};
    struct wr_reader *r = describe(&d, WR_KE_NONE);
    int32_t count = wr_read_count(r, 1);
    ck_assert_int_gt(count, 10);
    for (int32_t i = 0; i < count; i++) {
        ck_assert_uint_gt(wr_read_string(r).len, 0);
        wr_read_string(r);
        wk_i8(r, false);
        wk_i8(r, WR_SOURCE_DEFAULT);
        wk_i8(r, false);
        wk_count(r, 0);
    }
    wk_end(r);
}
END_TEST

START_TEST(settings_of_the_broker_are_read_only)
{
    const struct describe d = {4, BROKER, "1", "num.partitions", true, false};
    struct wr_reader *r = describe(&d, WR_KE_NONE);
    wk_count(r, 1);
    wk_text(r, "num.partitions");
    wk_text(r, "1");
    wk_i8(r, true);
    wk_i8(r, WR_SOURCE_STATIC);
    wk_i8(r, false);
    wk_count(r, 1);
    wk_text(r, "num.partitions");
    wk_text(r, "1");
    wk_i8(r, WR_SOURCE_STATIC);
    wr_read_tags(r);
    wk_i8(r, 3); /* int */
    wk_text(r, NULL);
    wr_read_tags(r);
    wr_read_tags(r);
    wk_end(r);
}
END_TEST

static const struct {
    int8_t type;
    const char *name;
    enum wr_kafka_error error;
} resources[] = {
    {TOPIC, "c", WR_KE_UNKNOWN_TOPIC_OR_PARTITION},
    {TOPIC, "c/d", WR_KE_INVALID_TOPIC_EXCEPTION},
    {BROKER, "2", WR_KE_INVALID_REQUEST},
    {BROKER, "1x", WR_KE_INVALID_REQUEST},
    {BROKER, "", WR_KE_NONE},
    {BROKER_LOGGER, "1", WR_KE_INVALID_REQUEST},
};

START_TEST(resource_without_settings_has_none)
{
    const struct describe d = {1, resources[_i].type, resources[_i].name, NULL, false, false};
    struct wr_reader *r = describe(&d, resources[_i].error);
    wk_count(r, 0);
    wk_end(r);
}
END_TEST

/* ---- AlterConfigs, IncrementalAlterConfigs --------------------------------------------------- */

struct alter {
    int16_t key;
    int16_t version;
    int8_t type;
    const char *name;
    const char *setting;
    int8_t op; /* of the incremental one */
    const char *value;
    bool validate_only;
};

static enum wr_kafka_error alter(const struct alter *a)
{
    struct wr_writer *w = wk_begin(&wk_one, a->key, a->version);
    wr_write_count(w, 1);
    wr_write_i8(w, a->type);
    wr_write_cstr(w, a->name);
    wr_write_count(w, 1);
    wr_write_cstr(w, a->setting);
    if (a->key == WK_INCREMENTAL_ALTER_CONFIGS) {
        wr_write_i8(w, a->op);
    }
    wr_write_cstr(w, a->value);
    wr_write_tags(w);
    wr_write_tags(w);
    wr_write_bool(w, a->validate_only);
    struct wr_reader *r = wk_ask(&wk_one);
    wk_i32(r, 0);
    wk_count(r, 1);
    enum wr_kafka_error error = (enum wr_kafka_error)wr_read_i16(r);
    wr_read_string(r); /* why */
    wk_i8(r, a->type);
    wk_text(r, a->name);
    wr_read_tags(r);
    wk_end(r);
    return error;
}

enum { ALL = WK_ALTER_CONFIGS, SOME = WK_INCREMENTAL_ALTER_CONFIGS, UNCHANGED = 5000 };

/* The topic has retention.ms=5000 and segment.ms=6000 before. */
static const struct {
    struct alter a;
    enum wr_kafka_error error;
    int64_t retention_ms;
    bool keeps_segment;
} alterations[] = {
    {{ALL, 0, TOPIC, "a", "retention.ms", 0, "1", false}, WR_KE_NONE, 1, false},
    {{ALL, 2, TOPIC, "a", "retention.ms", 0, "1", false}, WR_KE_NONE, 1, false},
    {{ALL, 2, TOPIC, "a", "retention.ms", 0, "1", true}, WR_KE_NONE, UNCHANGED, true},
    {{ALL, 2, TOPIC, "a", "no.such", 0, "1", false}, WR_KE_INVALID_CONFIG, UNCHANGED, true},
    {{SOME, 0, TOPIC, "a", "retention.ms", 0, "1", false}, WR_KE_NONE, 1, true},
    {{SOME, 1, TOPIC, "a", "retention.ms", 0, "1", false}, WR_KE_NONE, 1, true},
    {{SOME, 1, TOPIC, "a", "retention.ms", 1, NULL, false}, WR_KE_NONE, 604800000, true},
    {{SOME, 1, TOPIC, "a", "retention.ms", 0, "1", true}, WR_KE_NONE, UNCHANGED, true},
    {{SOME, 1, TOPIC, "a", "retention.ms", 4, "1", false}, WR_KE_INVALID_REQUEST, UNCHANGED, true},
    {{SOME, 1, TOPIC, "a", "retention.ms", -1, "1", false}, WR_KE_INVALID_REQUEST, UNCHANGED, true},
    {{SOME, 1, TOPIC, "a", "retention.ms", 0, "x", false}, WR_KE_INVALID_CONFIG, UNCHANGED, true},
    {{SOME, 1, TOPIC, "c", "retention.ms", 0, "1", false},
     WR_KE_UNKNOWN_TOPIC_OR_PARTITION,
     UNCHANGED,
     true},
    {{SOME, 1, TOPIC, "c", "retention.ms", 0, "x", false}, WR_KE_INVALID_CONFIG, UNCHANGED, true},
    {{ALL, 1, TOPIC, "c", "retention.ms", 0, "x", true}, WR_KE_INVALID_CONFIG, UNCHANGED, true},
    {{ALL, 1, TOPIC, "c", "retention.ms", 0, "1", false},
     WR_KE_UNKNOWN_TOPIC_OR_PARTITION,
     UNCHANGED,
     true},
    {{SOME, 1, TOPIC, "c/d", "retention.ms", 0, "x", false},
     WR_KE_INVALID_TOPIC_EXCEPTION,
     UNCHANGED,
     true},
    {{SOME, 1, BROKER, "1", "num.partitions", 0, "1", false},
     WR_KE_INVALID_REQUEST,
     UNCHANGED,
     true},
    {{ALL, 1, BROKER_LOGGER, "1", "root", 0, "1", false}, WR_KE_INVALID_REQUEST, UNCHANGED, true},
};

START_TEST(settings_of_a_topic_are_altered_or_left_alone)
{
    const struct wr_config_change before[] = {{"retention.ms", "5000", WR_CONFIG_SET},
                                              {"segment.ms", "6000", WR_CONFIG_SET}};
    const char *why;
    ck_assert_int_eq(
        wr_topic_config_change(wk_wire.broker->topics, topic("a"), before, 2, false, &why),
        WR_KE_NONE);
    ck_assert_int_eq(alter(&alterations[_i].a), alterations[_i].error);
    const struct wr_log_config *now = &topic("a")->log_config;
    ck_assert_int_eq(now->retention_ms, alterations[_i].retention_ms);
    ck_assert_int_eq(now->segment_ms == 6000, alterations[_i].keeps_segment);
}
END_TEST

Suite *req_configs_suite(void)
{
    Suite *s = suite_create("req_configs");
    TCase *t = tcase_create("req_configs");
    tcase_add_checked_fixture(t, wk_setup, wk_teardown);
    tcase_add_loop_test(t, setting_of_a_topic_is_described, 1, 5);
    tcase_add_test(t, all_settings_of_a_topic_are_described);
    tcase_add_test(t, settings_of_the_broker_are_read_only);
    tcase_add_loop_test(t, resource_without_settings_has_none, 0, WR_ARRAY_LEN(resources));
    tcase_add_loop_test(t, settings_of_a_topic_are_altered_or_left_alone, 0,
                        WR_ARRAY_LEN(alterations));
    suite_add_tcase(s, t);
    return s;
}
