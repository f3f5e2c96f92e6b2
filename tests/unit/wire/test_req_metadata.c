/* test_req_metadata.c -- Metadata and DescribeTopicPartitions. */
#include "src/base/base.h"

#include "tests/unit/wire/wire_kit.h"

static const unsigned char zero_id[16];

static const struct wr_topic_entry *topic(const char *name)
{
    return wr_topics_find(wk_wire.broker->topics, name);
}

/* ---- Metadata -------------------------------------------------------------------------------- */

enum { ALL = -1, NONE = 0 };

/* Ask for one topic by name, or for all or none. */
static struct wr_reader *ask(int16_t version, int32_t count, const char *name, bool create)
{
    struct wr_writer *w = wk_begin(&wk_one, WK_METADATA, version);
    wr_write_count(w, count);
    if (count > 0) {
        if (version >= 10) {
            wr_write_uuid(w, zero_id);
        }
        wr_write_cstr(w, name);
        wr_write_tags(w);
    }
    if (version >= 4) {
        wr_write_bool(w, create);
    }
    if (version >= 8 && version <= 10) {
        wr_write_bool(w, true);
    }
    if (version >= 8) {
        wr_write_bool(w, true);
    }
    return wk_ask(&wk_one);
}

static void expect_head(struct wr_reader *r, int16_t version)
{
    if (version >= 3) {
        wk_i32(r, 0);
    }
    wk_count(r, 1);
    wk_i32(r, WK_NODE);
    wk_text(r, "127.0.0.1");
    wk_i32(r, WK_PORT);
    if (version >= 1) {
        wk_text(r, NULL);
    }
    wr_read_tags(r);
    if (version >= 2) {
        wk_text(r, wk_wire.broker->cluster_id);
    }
    if (version >= 1) {
        wk_i32(r, WK_NODE);
    }
}

static void expect_partition(struct wr_reader *r, int16_t version, int32_t partition)
{
    wk_i16(r, WR_KE_NONE);
    wk_i32(r, partition);
    wk_i32(r, WK_NODE);
    if (version >= 7) {
        wk_i32(r, 0);
    }
    for (int list = 0; list < 2; list++) { /* replicas, in sync */
        wk_count(r, 1);
        wk_i32(r, WK_NODE);
    }
    if (version >= 5) {
        wk_count(r, 0);
    }
    wr_read_tags(r);
}

static void expect_topic(struct wr_reader *r, int16_t version, const char *name, int32_t partitions)
{
    unsigned char id[16];
    wk_i16(r, WR_KE_NONE);
    wk_text(r, name);
    if (version >= 10) {
        wr_read_uuid(r, id);
        ck_assert_mem_eq(id, topic(name)->id, 16);
    }
    if (version >= 1) {
        wk_i8(r, false);
    }
    wk_count(r, partitions);
    for (int32_t i = 0; i < partitions; i++) {
        expect_partition(r, version, i);
    }
    if (version >= 8) {
        wk_i32(r, WR_MAY_TOPIC);
    }
    wr_read_tags(r);
}

static void expect_tail(struct wr_reader *r, int16_t version)
{
    if (version >= 8 && version <= 10) {
        wk_i32(r, WR_MAY_CLUSTER);
    }
    if (version >= 13) {
        wk_i16(r, WR_KE_NONE);
    }
    wk_end(r);
}

START_TEST(all_topics_are_described)
{
    struct wr_reader *r = ask(_i, _i == 0 ? 0 : ALL, NULL, false);
    expect_head(r, _i);
    wk_count(r, 2);
    expect_topic(r, _i, "a", 2);
    expect_topic(r, _i, "b", 1);
    expect_tail(r, _i);
}
END_TEST

START_TEST(one_topic_is_described)
{
    struct wr_reader *r = ask(_i, 1, "b", false);
    expect_head(r, _i);
    wk_count(r, 1);
    expect_topic(r, _i, "b", 1);
    expect_tail(r, _i);
}
END_TEST

START_TEST(empty_array_asks_for_no_topic)
{
    struct wr_reader *r = ask(1, NONE, NULL, true);
    expect_head(r, 1);
    wk_count(r, 0);
    expect_tail(r, 1);
}
END_TEST

static const struct {
    const char *name;
    bool client;
    bool broker;
    enum wr_kafka_error error;
} missing[] = {
    {"new", true, true, WR_KE_NONE},
    {"new", false, true, WR_KE_UNKNOWN_TOPIC_OR_PARTITION},
    {"new", true, false, WR_KE_UNKNOWN_TOPIC_OR_PARTITION},
    {"no/name", true, true, WR_KE_INVALID_TOPIC_EXCEPTION},
    {"", true, true, WR_KE_INVALID_TOPIC_EXCEPTION},
};

START_TEST(missing_topic_comes_to_be_if_all_want_it)
{
    wk_wire.broker->options.auto_create_topics = missing[_i].broker;
    struct wr_reader *r = ask(4, 1, missing[_i].name, missing[_i].client);
    expect_head(r, 4);
    wk_count(r, 1);
    wk_i16(r, missing[_i].error);
    wk_text(r, missing[_i].name);
    ck_assert_int_eq(topic(missing[_i].name) != NULL, missing[_i].error == WR_KE_NONE);
}
END_TEST

START_TEST(topic_is_found_by_its_id)
{
    struct wr_writer *w = wk_begin(&wk_one, WK_METADATA, 12);
    wr_write_count(w, 2);
    wr_write_uuid(w, topic("a")->id);
    wr_write_cstr(w, NULL);
    wr_write_tags(w);
    wr_write_uuid(w, (const unsigned char *)"0123456789abcdef");
    wr_write_cstr(w, NULL);
    wr_write_tags(w);
    wr_write_bool(w, true);
    wr_write_bool(w, true);
    struct wr_reader *r = wk_ask(&wk_one);
    unsigned char id[16];
    expect_head(r, 12);
    wk_count(r, 2);
    expect_topic(r, 12, "a", 2);
    wk_i16(r, WR_KE_UNKNOWN_TOPIC_ID);
    wk_text(r, NULL);
    wr_read_uuid(r, id);
    ck_assert_mem_eq(id, "0123456789abcdef", 16);
    wk_i8(r, false);
    wk_count(r, 0);
    wk_i32(r, WR_MAY_TOPIC);
    wr_read_tags(r);
    expect_tail(r, 12);
}
END_TEST

START_TEST(name_may_be_missing_only_where_ids_are_known)
{
    struct wr_writer *w = wk_begin(&wk_one, WK_METADATA, 9);
    wr_write_count(w, 1);
    wr_write_cstr(w, NULL);
    wr_write_tags(w);
    wr_write_bool(w, true);
    wr_write_bool(w, true);
    wr_write_bool(w, true);
    wk_send(&wk_one);
    ck_assert(wk_one.conn.broken);
}
END_TEST

/* ---- DescribeTopicPartitions ----------------------------------------------------------------- */

struct cursor {
    const char *topic; /* NULL: none */
    int32_t partition;
};

static struct wr_reader *describe(const char *const *names, int32_t limit, struct cursor from)
{
    struct wr_writer *w = wk_begin(&wk_one, WK_DESCRIBE_TOPIC_PARTITIONS, 0);
    int32_t count = 0;
    while (names[count] != NULL) {
        count++;
    }
    wr_write_count(w, count);
    for (int32_t i = 0; i < count; i++) {
        wr_write_cstr(w, names[i]);
        wr_write_tags(w);
    }
    wr_write_i32(w, limit);
    wr_write_i8(w, from.topic != NULL ? 1 : -1);
    if (from.topic != NULL) {
        wr_write_cstr(w, from.topic);
        wr_write_i32(w, from.partition);
        wr_write_tags(w);
    }
    struct wr_reader *r = wk_ask(&wk_one);
    wk_i32(r, 0);
    return r;
}

static void expect_described(struct wr_reader *r, const char *name, int32_t first, int32_t count)
{
    unsigned char id[16];
    wk_i16(r, WR_KE_NONE);
    wk_text(r, name);
    wr_read_uuid(r, id);
    ck_assert_mem_eq(id, topic(name)->id, 16);
    wk_i8(r, false);
    wk_count(r, count);
    for (int32_t i = first; i < first + count; i++) {
        wk_i16(r, WR_KE_NONE);
        wk_i32(r, i);
        wk_i32(r, WK_NODE);
        wk_i32(r, 0);
        for (int list = 0; list < 2; list++) {
            wk_count(r, 1);
            wk_i32(r, WK_NODE);
        }
        for (int list = 0; list < 3; list++) {
            wk_count(r, 0);
        }
        wr_read_tags(r);
    }
    wk_i32(r, WR_MAY_TOPIC);
    wr_read_tags(r);
}

static void expect_next(struct wr_reader *r, struct cursor next)
{
    wk_i8(r, next.topic != NULL ? 1 : -1);
    if (next.topic != NULL) {
        wk_text(r, next.topic);
        wk_i32(r, next.partition);
        wr_read_tags(r);
    }
    wk_end(r);
}

static const char *const no_names[] = {NULL};

START_TEST(topics_are_described_in_order_each_once)
{
    static const char *const names[] = {"b", "a", "b", NULL};
    struct wr_reader *r = describe(_i == 0 ? no_names : names, 2000, (struct cursor){0});
    wk_count(r, 2);
    expect_described(r, "a", 0, 2);
    expect_described(r, "b", 0, 1);
    expect_next(r, (struct cursor){0});
}
END_TEST

START_TEST(limit_says_where_to_go_on)
{
    struct wr_reader *r = describe(no_names, 1, (struct cursor){0});
    wk_count(r, 1);
    expect_described(r, "a", 0, 1);
    expect_next(r, (struct cursor){"a", 1});

    r = describe(no_names, 1, (struct cursor){"a", 1});
    wk_count(r, 1);
    expect_described(r, "a", 1, 1);
    expect_next(r, (struct cursor){"b", 0});

    r = describe(no_names, 1, (struct cursor){"b", 0});
    wk_count(r, 1);
    expect_described(r, "b", 0, 1);
    expect_next(r, (struct cursor){0});
}
END_TEST

START_TEST(missing_topic_is_described_as_missing)
{
    static const char *const names[] = {"c", NULL};
    unsigned char id[16];
    struct wr_reader *r = describe(names, 10, (struct cursor){0});
    wk_count(r, 1);
    wk_i16(r, WR_KE_UNKNOWN_TOPIC_OR_PARTITION);
    wk_text(r, "c");
    wr_read_uuid(r, id);
    ck_assert_mem_eq(id, zero_id, 16);
    wk_i8(r, false);
    wk_count(r, 0);
    wk_i32(r, WR_MAY_UNASKED);
    wr_read_tags(r);
    expect_next(r, (struct cursor){0});
    ck_assert_ptr_null(topic("c"));
}
END_TEST

START_TEST(cursor_beyond_the_end_finds_nothing)
{
    struct wr_reader *r = describe(no_names, 10, (struct cursor){"z", 5});
    wk_count(r, 0);
    expect_next(r, (struct cursor){0});
}
END_TEST

Suite *req_metadata_suite(void)
{
    Suite *s = suite_create("req_metadata");
    TCase *t = tcase_create("req_metadata");
    tcase_add_checked_fixture(t, wk_setup, wk_teardown);
    tcase_add_loop_test(t, all_topics_are_described, 0, 14);
    tcase_add_loop_test(t, one_topic_is_described, 0, 14);
    tcase_add_test(t, empty_array_asks_for_no_topic);
    tcase_add_loop_test(t, missing_topic_comes_to_be_if_all_want_it, 0, WR_ARRAY_LEN(missing));
    tcase_add_test(t, topic_is_found_by_its_id);
    tcase_add_test(t, name_may_be_missing_only_where_ids_are_known);
    tcase_add_loop_test(t, topics_are_described_in_order_each_once, 0, 2);
    tcase_add_test(t, limit_says_where_to_go_on);
    tcase_add_test(t, missing_topic_is_described_as_missing);
    tcase_add_test(t, cursor_beyond_the_end_finds_nothing);
    suite_add_tcase(s, t);
    return s;
}
