/* test_req_topics.c -- CreateTopics, DeleteTopics and CreatePartitions. */
#include "src/base/base.h"

#include "tests/unit/wire/wire_kit.h"

static const unsigned char no_id[16];

static struct wr_topic_entry *topic(const char *name)
{
    return wr_topics_find(wk_wire.broker->topics, name);
}

/* ---- CreateTopics ---------------------------------------------------------------------------- */

struct create {
    const char *name;
    int32_t partitions;
    int16_t replication;
    int32_t assigned; /* to how many brokers partition 0 is assigned; 0: not */
    int32_t broker;
    const char *setting; /* "retention.ms" or NULL */
    const char *value;
};

static void put_create(struct wr_writer *w, const struct create *t)
{
    wr_write_cstr(w, t->name);
    wr_write_i32(w, t->partitions);
    wr_write_i16(w, t->replication);
    wr_write_count(w, t->assigned > 0);
    if (t->assigned > 0) {
        wr_write_i32(w, 0);
        wr_write_count(w, t->assigned);
        for (int32_t i = 0; i < t->assigned; i++) {
            wr_write_i32(w, t->broker + i);
        }
        wr_write_tags(w);
    }
    wr_write_count(w, t->setting != NULL);
    if (t->setting != NULL) {
        wr_write_cstr(w, t->setting);
        wr_write_cstr(w, t->value);
        wr_write_tags(w);
    }
    wr_write_tags(w);
}

static struct wr_reader *create(int16_t version, const struct create *topics, int32_t count,
                                bool validate_only)
{
    struct wr_writer *w = wk_begin(&wk_one, WK_CREATE_TOPICS, version);
    wr_write_count(w, count);
    for (int32_t i = 0; i < count; i++) {
        put_create(w, &topics[i]);
    }
    wr_write_i32(w, 1000);
    wr_write_bool(w, validate_only);
    struct wr_reader *r = wk_ask(&wk_one);
    wk_i32(r, 0);
    wk_count(r, count);
    return r;
}

/* The value that the answer has for a setting. */
static void expect_setting(struct wr_reader *r, const char *name, const char *value)
{
    bool found = false;
    int32_t count = wr_read_count(r, 1);
    ck_assert_int_gt(count, 0);
    for (int32_t i = 0; i < count; i++) {
        bool this_one = weir_equal(wr_read_string(r), weir_str(name));
        struct weir_bytes has = wr_read_string(r);
        wk_i8(r, false);
        int8_t source = wr_read_i8(r);
        if (this_one) {
            ck_assert(weir_equal(has, weir_str(value)));
            ck_assert_int_eq(source, WR_SOURCE_TOPIC);
            found = true;
        }
        wk_i8(r, false);
        wr_read_tags(r);
    }
    ck_assert(found);
}

START_TEST(topic_is_created)
{
    const struct create t = {"new", 3, 1, 0, 0, "retention.ms", "1000"};
    struct wr_reader *r = create(_i, &t, 1, false);
    const struct wr_topic_entry *e = topic("new");
    unsigned char id[16];
    ck_assert_ptr_nonnull(e);
    ck_assert_int_eq(e->partition_count, 3);
    ck_assert_int_eq(e->log_config.retention_ms, 1000);
    wk_text(r, "new");
    if (_i >= 7) {
        wr_read_uuid(r, id);
        ck_assert_mem_eq(id, e->id, 16);
    }
    wk_i16(r, WR_KE_NONE);
    wk_text(r, NULL);
    if (_i >= 5) {
        wk_i32(r, 3);
        wk_i16(r, 1);
        expect_setting(r, "retention.ms", "1000");
    }
    wr_read_tags(r);
    wk_end(r);
}
END_TEST

START_TEST(topic_that_would_be_created_is_described)
{
    const struct create t = {"new", -1, -1, 0, 0, "retention.ms", "1000"};
    struct wr_reader *r = create(7, &t, 1, true);
    unsigned char id[16];
    wk_text(r, "new");
    wr_read_uuid(r, id);
    ck_assert_mem_ne(id, no_id, 16);
    wk_i16(r, WR_KE_NONE);
    wk_text(r, NULL);
    wk_i32(r, 1);
    wk_i16(r, 1);
    expect_setting(r, "retention.ms", "1000");
    wr_read_tags(r);
    wk_end(r);
    ck_assert_ptr_null(topic("new"));
}
END_TEST

static const struct {
    struct create t;
    enum wr_kafka_error error;
} creations[] = {
    {{"new", -1, -1, 0, 0, NULL, NULL}, WR_KE_NONE},
    {{"new", -1, -1, 1, WK_NODE, NULL, NULL}, WR_KE_NONE},
    {{"new", -1, -1, 1, WK_NODE + 1, NULL, NULL}, WR_KE_INVALID_REPLICA_ASSIGNMENT},
    {{"new", -1, -1, 2, WK_NODE, NULL, NULL}, WR_KE_INVALID_REPLICA_ASSIGNMENT},
    {{"new", 1, -1, 1, WK_NODE, NULL, NULL}, WR_KE_INVALID_REPLICA_ASSIGNMENT},
    {{"new", 0, 1, 0, 0, NULL, NULL}, WR_KE_INVALID_PARTITIONS},
    {{"new", 1, 0, 0, 0, NULL, NULL}, WR_KE_INVALID_REPLICATION_FACTOR},
    {{"new", 1, 1, 0, 0, "retention.ms", "soon"}, WR_KE_INVALID_CONFIG},
    {{"new/", 1, 1, 0, 0, NULL, NULL}, WR_KE_INVALID_TOPIC_EXCEPTION},
    {{"a", 1, 1, 0, 0, NULL, NULL}, WR_KE_TOPIC_ALREADY_EXISTS},
};

START_TEST(topic_is_created_or_it_is_said_why_not)
{
    struct wr_reader *r = create(7, &creations[_i].t, 1, false);
    bool ok = creations[_i].error == WR_KE_NONE;
    unsigned char id[16];
    wk_text(r, creations[_i].t.name);
    wr_read_uuid(r, id);
    ck_assert_int_eq(memcmp(id, no_id, 16) != 0, ok);
    wk_i16(r, creations[_i].error);
    ck_assert_int_eq(weir_is_null(wr_read_string(r)), ok);
    wk_i32(r, ok ? 1 : -1);
    wk_i16(r, ok ? 1 : -1);
    ck_assert_int_eq(wr_read_count(r, 1) > 0, ok);
    ck_assert_int_eq(topic("new") != NULL, ok);
}
END_TEST

START_TEST(topic_that_is_named_twice_is_not_created)
{
    const struct create t[] = {{.name = "new", .partitions = 1, .replication = 1},
                               {.name = "new", .partitions = 2, .replication = 1}};
    struct wr_reader *r = create(4, t, 2, false);
    for (int i = 0; i < 2; i++) {
        wk_text(r, "new");
        wk_i16(r, WR_KE_INVALID_REQUEST);
        ck_assert(!weir_is_null(wr_read_string(r)));
    }
    wk_end(r);
    ck_assert_ptr_null(topic("new"));
}
END_TEST

START_TEST(topic_that_is_only_checked_is_not_created)
{
    const struct create t = {"new", 3, 1, 0, 0, NULL, NULL};
    struct wr_reader *r = create(4, &t, 1, true);
    wk_text(r, "new");
    wk_i16(r, WR_KE_NONE);
    wk_text(r, NULL);
    wk_end(r);
    ck_assert_ptr_null(topic("new"));
}
END_TEST

/* ---- DeleteTopics ---------------------------------------------------------------------------- */

static void expect_deleted(struct wr_reader *r, int16_t version, const char *name,
                           enum wr_kafka_error error)
{
    unsigned char id[16];
    wk_text(r, name);
    if (version >= 6) {
        wr_read_uuid(r, id);
    }
    wk_i16(r, error);
    if (version >= 5) {
        wk_text(r, NULL);
    }
    wr_read_tags(r);
}

START_TEST(topics_are_deleted)
{
    struct wr_writer *w = wk_begin(&wk_one, WK_DELETE_TOPICS, _i);
    wr_write_count(w, 2);
    wr_write_cstr(w, "a");
    if (_i >= 6) {
        wr_write_uuid(w, no_id);
        wr_write_tags(w);
    }
    wr_write_cstr(w, "c");
    if (_i >= 6) {
        wr_write_uuid(w, no_id);
        wr_write_tags(w);
    }
    wr_write_i32(w, 1000);
    struct wr_reader *r = wk_ask(&wk_one);
    wk_i32(r, 0);
    wk_count(r, 2);
    expect_deleted(r, _i, "a", WR_KE_NONE);
    expect_deleted(r, _i, "c", WR_KE_UNKNOWN_TOPIC_OR_PARTITION);
    wk_end(r);
    ck_assert_ptr_null(topic("a"));
    ck_assert_ptr_nonnull(topic("b"));
}
END_TEST

START_TEST(topics_are_deleted_by_their_ids)
{
    struct wr_writer *w = wk_begin(&wk_one, WK_DELETE_TOPICS, 6);
    wr_write_count(w, 2);
    wr_write_cstr(w, NULL);
    wr_write_uuid(w, topic("b")->id);
    wr_write_tags(w);
    wr_write_cstr(w, NULL);
    wr_write_uuid(w, (const unsigned char *)"0123456789abcdef");
    wr_write_tags(w);
    wr_write_i32(w, 1000);
    struct wr_reader *r = wk_ask(&wk_one);
    wk_i32(r, 0);
    wk_count(r, 2);
    expect_deleted(r, 6, "b", WR_KE_NONE);
    expect_deleted(r, 6, NULL, WR_KE_UNKNOWN_TOPIC_ID);
    wk_end(r);
    ck_assert_ptr_null(topic("b"));
}
END_TEST

/* ---- CreatePartitions ------------------------------------------------------------------------ */

static const struct {
    const char *name;
    int32_t count;
    int32_t assigned; /* new partitions with an assignment; -1: a null array */
    int32_t broker;
    bool validate_only;
    enum wr_kafka_error error;
} growths[] = {
    {"b", 3, -1, 0, false, WR_KE_NONE},
    {"b", 3, -1, 0, true, WR_KE_NONE},
    {"b", 3, 2, WK_NODE, false, WR_KE_NONE},
    {"b", 3, 1, WK_NODE, false, WR_KE_INVALID_REPLICA_ASSIGNMENT},
    {"b", 3, 2, WK_NODE + 1, false, WR_KE_INVALID_REPLICA_ASSIGNMENT},
    {"b", 1, -1, 0, false, WR_KE_INVALID_PARTITIONS},
    {"c", 3, -1, 0, false, WR_KE_UNKNOWN_TOPIC_OR_PARTITION},
};

static struct wr_reader *grow(int16_t version, int i)
{
    struct wr_writer *w = wk_begin(&wk_one, WK_CREATE_PARTITIONS, version);
    wr_write_count(w, 1);
    wr_write_cstr(w, growths[i].name);
    wr_write_i32(w, growths[i].count);
    wr_write_count(w, growths[i].assigned);
    for (int32_t j = 0; j < growths[i].assigned; j++) {
        wr_write_count(w, 1);
        wr_write_i32(w, growths[i].broker);
        wr_write_tags(w);
    }
    wr_write_tags(w);
    wr_write_i32(w, 1000);
    wr_write_bool(w, growths[i].validate_only);
    return wk_ask(&wk_one);
}

START_TEST(topic_gets_more_partitions)
{
    for (int16_t version = 0; version <= 3; version++) {
        bool ok = growths[_i].error == WR_KE_NONE;
        wk_teardown();
        wk_setup();
        struct wr_reader *r = grow(version, _i);
        wk_i32(r, 0);
        wk_count(r, 1);
        wk_text(r, growths[_i].name);
        wk_i16(r, growths[_i].error);
        ck_assert_int_eq(weir_is_null(wr_read_string(r)), ok);
        wr_read_tags(r);
        wk_end(r);
        ck_assert_int_eq(topic("b")->partition_count, ok && !growths[_i].validate_only ? 3 : 1);
    }
}
END_TEST

Suite *req_topics_suite(void)
{
    Suite *s = suite_create("req_topics");
    TCase *t = tcase_create("req_topics");
    tcase_add_checked_fixture(t, wk_setup, wk_teardown);
    tcase_add_loop_test(t, topic_is_created, 2, 8);
    tcase_add_test(t, topic_that_would_be_created_is_described);
    tcase_add_loop_test(t, topic_is_created_or_it_is_said_why_not, 0, WR_ARRAY_LEN(creations));
    tcase_add_test(t, topic_that_is_named_twice_is_not_created);
    tcase_add_test(t, topic_that_is_only_checked_is_not_created);
    tcase_add_loop_test(t, topics_are_deleted, 1, 7);
    tcase_add_test(t, topics_are_deleted_by_their_ids);
    tcase_add_loop_test(t, topic_gets_more_partitions, 0, WR_ARRAY_LEN(growths));
    suite_add_tcase(s, t);
    return s;
}
