/* test_req_group_offsets.c -- OffsetCommit, OffsetFetch, OffsetDelete; TxnOffsetCommit is in
 * test_req_txn.c. */
#include "src/base/base.h"

#include "tests/unit/wire/wire_kit.h"

static const unsigned char no_topic[] = "0123456789abcdef";

static const unsigned char *id_of(const char *topic)
{
    const struct wr_topic_entry *e = wr_topics_find(wk_wire.broker->topics, topic);
    return e != NULL ? e->id : no_topic;
}

static void put_topic(struct wr_writer *w, const char *topic, bool by_id)
{
    if (by_id) {
        wr_write_uuid(w, id_of(topic));
    } else {
        wr_write_cstr(w, topic);
    }
}

static void expect_topic(struct wr_reader *r, const char *topic, bool by_id)
{
    unsigned char id[16];
    if (by_id) {
        wr_read_uuid(r, id);
        ck_assert_mem_eq(id, id_of(topic), 16);
    } else {
        wk_text(r, topic);
    }
}

/* Offset 7 of partition 1 of "a", and one of a partition of a topic of the caller's choice. */
struct commit {
    int16_t version;
    int32_t generation;
    const char *other;
    int32_t other_partition;
};

static void put_position(struct wr_writer *w, int16_t version, int32_t partition)
{
    wr_write_count(w, 1);
    wr_write_i32(w, partition);
    wr_write_i64(w, 7);
    if (version >= 6) {
        wr_write_i32(w, 0);
    }
    wr_write_cstr(w, "note");
    wr_write_tags(w);
    wr_write_tags(w);
}

/* Returns the error of "a"; *other is the other one's. */
static enum wr_kafka_error commit(const struct commit *m, enum wr_kafka_error *other)
{
    int16_t version = m->version;
    struct wr_writer *w = wk_begin(&wk_one, WK_OFFSET_COMMIT, version);
    wr_write_cstr(w, "g");
    wr_write_i32(w, m->generation);
    wr_write_cstr(w, "");
    if (version >= 7) {
        wr_write_cstr(w, NULL);
    }
    if (version <= 4) {
        wr_write_i64(w, -1);
    }
    wr_write_count(w, 2);
    put_topic(w, m->other, version >= 10);
    put_position(w, version, m->other_partition);
    put_topic(w, "a", version >= 10);
    put_position(w, version, 1);
    struct wr_reader *r = wk_ask(&wk_one);
    enum wr_kafka_error errors[2];
    if (version >= 3) {
        wk_i32(r, 0);
    }
    wk_count(r, 2);
    for (int i = 0; i < 2; i++) {
        expect_topic(r, i == 0 ? m->other : "a", version >= 10);
        wk_count(r, 1);
        wk_i32(r, i == 0 ? m->other_partition : 1);
        errors[i] = (enum wr_kafka_error)wr_read_i16(r);
        wr_read_tags(r);
        wr_read_tags(r);
    }
    wk_end(r);
    *other = errors[0];
    return errors[1];
}

static struct wr_offset_commit committed(const char *topic, int32_t partition)
{
    return wr_groups_fetch(wk_wire.broker->groups, "g", topic, partition, false);
}

START_TEST(positions_are_committed)
{
    struct commit m = {_i, -1, "b", 0};
    enum wr_kafka_error other;
    ck_assert_int_eq(commit(&m, &other), WR_KE_NONE);
    ck_assert_int_eq(other, WR_KE_NONE);
    ck_assert_int_eq(committed("a", 1).offset, 7);
    ck_assert_str_eq(committed("a", 1).metadata, "note");
    ck_assert_int_eq(committed("a", 1).leader_epoch, _i >= 6 ? 0 : -1);
    ck_assert_int_eq(committed("b", 0).offset, 7);
}
END_TEST

static const struct {
    struct commit m;
    enum wr_kafka_error a;
    enum wr_kafka_error other;
} bad_commits[] = {
    {{8, -1, "b", 1}, WR_KE_NONE, WR_KE_UNKNOWN_TOPIC_OR_PARTITION},
    {{8, -1, "c", 0}, WR_KE_NONE, WR_KE_UNKNOWN_TOPIC_OR_PARTITION},
    {{10, -1, "c", 0}, WR_KE_NONE, WR_KE_UNKNOWN_TOPIC_ID},
    {{10, -1, "b", 1}, WR_KE_NONE, WR_KE_UNKNOWN_TOPIC_OR_PARTITION},
    {{8, 5, "b", 0}, WR_KE_ILLEGAL_GENERATION, WR_KE_ILLEGAL_GENERATION},
    {{9, 5, "b", 0}, WR_KE_GROUP_ID_NOT_FOUND, WR_KE_GROUP_ID_NOT_FOUND},
    {{8, 5, "c", 0}, WR_KE_ILLEGAL_GENERATION, WR_KE_UNKNOWN_TOPIC_OR_PARTITION},
};

START_TEST(each_position_has_its_error)
{
    enum wr_kafka_error other;
    ck_assert_int_eq(commit(&bad_commits[_i].m, &other), bad_commits[_i].a);
    ck_assert_int_eq(other, bad_commits[_i].other);
    ck_assert_int_eq(committed("a", 1).offset, bad_commits[_i].a == WR_KE_NONE ? 7 : -1);
}
END_TEST

/* ---- OffsetFetch ----------------------------------------------------------------------------- */

static void commit_one(const char *topic, int32_t partition, int64_t offset)
{
    const struct wr_group_client who = {.group = "g", .generation = -1, .member = ""};
    struct wr_offset_commit p = {topic, partition, offset, 3, "note", WR_KE_NONE};
    ck_assert_int_eq(wr_groups_commit(wk_wire.broker->groups, &who, &p, 1, wk_wire.now),
                     WR_KE_NONE);
}

static void expect_position(struct wr_reader *r, int16_t version, int32_t partition, int64_t offset)
{
    wk_i32(r, partition);
    wk_i64(r, offset);
    if (version >= 5) {
        wk_i32(r, offset >= 0 ? 3 : -1);
    }
    wk_text(r, offset >= 0 ? "note" : "");
    wk_i16(r, WR_KE_NONE);
    wr_read_tags(r);
}

/* The parts of one group before its topics and behind them. */
static void put_group_head(struct wr_writer *w, int16_t version)
{
    if (version >= 8) {
        wr_write_count(w, 1);
    }
    wr_write_cstr(w, "g");
    if (version >= 9) {
        wr_write_cstr(w, NULL);
        wr_write_i32(w, -1);
    }
}

static struct wr_reader *fetch_answer(struct wr_writer *w, int16_t version)
{
    if (version >= 8) {
        wr_write_tags(w);
    }
    if (version >= 7) {
        wr_write_bool(w, true);
    }
    struct wr_reader *r = wk_ask(&wk_one);
    if (version >= 3) {
        wk_i32(r, 0);
    }
    if (version >= 8) {
        wk_count(r, 1);
        wk_text(r, "g");
    }
    return r;
}

static void expect_group_tail(struct wr_reader *r, int16_t version)
{
    if (version >= 2) {
        wk_i16(r, WR_KE_NONE);
    }
    if (version >= 8) {
        wr_read_tags(r);
    }
    wk_end(r);
}

START_TEST(positions_are_fetched)
{
    commit_one("a", 1, 7);
    struct wr_writer *w = wk_begin(&wk_one, WK_OFFSET_FETCH, _i);
    put_group_head(w, _i);
    wr_write_count(w, 1);
    put_topic(w, "a", _i >= 10);
    wr_write_count(w, 2);
    wr_write_i32(w, 1);
    wr_write_i32(w, 0);
    wr_write_tags(w);
    struct wr_reader *r = fetch_answer(w, _i);
    wk_count(r, 1);
    expect_topic(r, "a", _i >= 10);
    wk_count(r, 2);
    expect_position(r, _i, 1, 7);
    expect_position(r, _i, 0, -1);
    wr_read_tags(r);
    expect_group_tail(r, _i);
}
END_TEST

START_TEST(all_positions_are_fetched)
{
    commit_one("b", 0, 5);
    commit_one("a", 1, 7);
    commit_one("a", 0, 6);
    struct wr_writer *w = wk_begin(&wk_one, WK_OFFSET_FETCH, _i);
    put_group_head(w, _i);
    wr_write_count(w, -1);
    struct wr_reader *r = fetch_answer(w, _i);
    wk_count(r, 2);
    expect_topic(r, "a", _i >= 10);
    wk_count(r, 2);
    expect_position(r, _i, 0, 6);
    expect_position(r, _i, 1, 7);
    wr_read_tags(r);
    expect_topic(r, "b", _i >= 10);
    wk_count(r, 1);
    expect_position(r, _i, 0, 5);
    wr_read_tags(r);
    expect_group_tail(r, _i);
}
END_TEST

START_TEST(group_that_is_not_there_has_no_positions)
{
    struct wr_writer *w = wk_begin(&wk_one, WK_OFFSET_FETCH, 8);
    put_group_head(w, 8);
    wr_write_count(w, -1);
    struct wr_reader *r = fetch_answer(w, 8);
    wk_count(r, 0);
    expect_group_tail(r, 8);
}
END_TEST

START_TEST(position_by_an_id_that_no_topic_has_is_an_error)
{
    struct wr_writer *w = wk_begin(&wk_one, WK_OFFSET_FETCH, 10);
    put_group_head(w, 10);
    wr_write_count(w, 1);
    put_topic(w, "c", true);
    wr_write_count(w, 1);
    wr_write_i32(w, 0);
    wr_write_tags(w);
    struct wr_reader *r = fetch_answer(w, 10);
    wk_count(r, 1);
    expect_topic(r, "c", true);
    wk_count(r, 1);
    wk_i32(r, 0);
    wk_i64(r, -1);
    wk_i32(r, -1);
    wk_text(r, "");
    wk_i16(r, WR_KE_UNKNOWN_TOPIC_ID);
    wr_read_tags(r);
    wr_read_tags(r);
    expect_group_tail(r, 10);
}
END_TEST

/* ---- OffsetDelete ---------------------------------------------------------------------------- */

static struct wr_reader *delete_positions(const char *group)
{
    struct wr_writer *w = wk_begin(&wk_one, WK_OFFSET_DELETE, 0);
    wr_write_cstr(w, group);
    wr_write_count(w, 1);
    wr_write_cstr(w, "a");
    wr_write_count(w, 2);
    wr_write_i32(w, 1);
    wr_write_i32(w, 2);
    return wk_ask(&wk_one);
}

START_TEST(positions_are_deleted)
{
    commit_one("a", 1, 7);
    struct wr_reader *r = delete_positions("g");
    wk_i16(r, WR_KE_NONE);
    wk_i32(r, 0);
    wk_count(r, 1);
    wk_text(r, "a");
    wk_count(r, 2);
    wk_i32(r, 1);
    wk_i16(r, WR_KE_NONE);
    wk_i32(r, 2);
    wk_i16(r, WR_KE_UNKNOWN_TOPIC_OR_PARTITION);
    wk_end(r);
    ck_assert_int_eq(committed("a", 1).offset, -1);
}
END_TEST

START_TEST(error_of_the_group_stands_for_all_its_positions)
{
    struct wr_reader *r = delete_positions("x");
    wk_i16(r, WR_KE_GROUP_ID_NOT_FOUND);
    wk_i32(r, 0);
    wk_count(r, 0);
    wk_end(r);
}
END_TEST

Suite *req_group_offsets_suite(void)
{
    Suite *s = suite_create("req_group_offsets");
    TCase *t = tcase_create("req_group_offsets");
    tcase_add_checked_fixture(t, wk_setup, wk_teardown);
    tcase_add_loop_test(t, positions_are_committed, 2, 11);
    tcase_add_loop_test(t, each_position_has_its_error, 0, WR_ARRAY_LEN(bad_commits));
    tcase_add_loop_test(t, positions_are_fetched, 1, 11);
    tcase_add_loop_test(t, all_positions_are_fetched, 2, 11);
    tcase_add_test(t, group_that_is_not_there_has_no_positions);
    tcase_add_test(t, position_by_an_id_that_no_topic_has_is_an_error);
    tcase_add_test(t, positions_are_deleted);
    tcase_add_test(t, error_of_the_group_stands_for_all_its_positions);
    suite_add_tcase(s, t);
    return s;
}
