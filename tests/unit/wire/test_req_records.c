/* test_req_records.c -- Produce, Fetch, ListOffsets and DeleteRecords. */
#include "src/base/base.h"

#include "tests/unit/wire/wire_kit.h"

static const struct wk_batch two = {.count = 2, .producer_id = -1, .epoch = -1, .sequence = -1};

static struct wr_partition_log *log_of(const char *topic, int32_t partition)
{
    return wr_topics_partition(wk_wire.broker->topics, topic, partition);
}

/* ---- Produce --------------------------------------------------------------------------------- */

struct produce {
    int16_t version;
    int16_t acks;
    const char *topic;
    int32_t partition;
    struct weir_bytes records;
};

static void send_produce(const struct produce *p)
{
    struct wr_writer *w = wk_begin(&wk_one, WK_PRODUCE, p->version);
    wr_write_cstr(w, NULL);
    wr_write_i16(w, p->acks);
    wr_write_i32(w, 1000);
    wr_write_count(w, 1);
    wr_write_cstr(w, p->topic);
    wr_write_count(w, 1);
    wr_write_i32(w, p->partition);
    wr_write_bytes(w, p->records);
    wr_write_tags(w);
    wr_write_tags(w);
    wk_send(&wk_one);
}

static void expect_produced(const struct produce *p, enum wr_kafka_error error, int64_t offset)
{
    struct wr_reader *r = wk_answer(&wk_one);
    wk_count(r, 1);
    wk_text(r, p->topic);
    wk_count(r, 1);
    wk_i32(r, p->partition);
    wk_i16(r, error);
    wk_i64(r, offset);
    wk_i64(r, -1);
    if (p->version >= 5) {
        wk_i64(r, error == WR_KE_NONE ? 0 : -1);
    }
    if (p->version >= 8) {
        wk_count(r, 0);
        wk_text(r, NULL);
    }
    wr_read_tags(r);
    wr_read_tags(r);
    wk_i32(r, 0);
    wk_end(r);
}

START_TEST(records_get_their_offsets)
{
    struct produce p = {_i, -1, "a", 1, wk_batch(&two)};
    send_produce(&p);
    expect_produced(&p, WR_KE_NONE, 0);
    send_produce(&p);
    expect_produced(&p, WR_KE_NONE, 2);
    ck_assert_int_eq(wr_partition_log_end(log_of("a", 1)), 4);
    ck_assert_int_eq(wr_partition_log_end(log_of("a", 0)), 0);
}
END_TEST

enum what { GOOD, NULL_RECORDS, EMPTY, CUT_OFF, BROKEN, TWICE, ZSTD };

static struct weir_bytes records(enum what what)
{
    static struct wr_buf buf;
    struct wk_batch b = two;
    b.attributes = what == ZSTD ? 4 : 0;
    struct weir_bytes good = wk_batch(&b);
    wr_buf_reset(&buf);
    wr_buf_bytes(&buf, good);
    switch (what) {
    case NULL_RECORDS:
        return WEIR_NULL;
    case EMPTY:
        return weir_str("");
    case CUT_OFF:
        return weir_view(buf.data, buf.len - 1);
    case BROKEN:
        buf.data[buf.len - 1] ^= 1;
        break;
    case TWICE:
        wr_buf_bytes(&buf, good);
        break;
    case GOOD:
    case ZSTD:
        break;
    }
    return wr_buf_view(&buf);
}

static const struct {
    int16_t version;
    int16_t acks;
    const char *topic;
    int32_t partition;
    enum what what;
    enum wr_kafka_error error;
} bad_produce[] = {
    {7, -1, "c", 0, GOOD, WR_KE_UNKNOWN_TOPIC_OR_PARTITION},
    {7, -1, "a", 2, GOOD, WR_KE_UNKNOWN_TOPIC_OR_PARTITION},
    {7, -1, "a", -1, GOOD, WR_KE_UNKNOWN_TOPIC_OR_PARTITION},
    {7, 2, "a", 0, GOOD, WR_KE_INVALID_REQUIRED_ACKS},
    {7, -1, "a", 0, NULL_RECORDS, WR_KE_INVALID_RECORD},
    {7, -1, "a", 0, EMPTY, WR_KE_INVALID_RECORD},
    {7, -1, "a", 0, CUT_OFF, WR_KE_INVALID_RECORD},
    {7, -1, "a", 0, BROKEN, WR_KE_CORRUPT_MESSAGE},
    {7, -1, "a", 0, TWICE, WR_KE_INVALID_RECORD},
    {6, -1, "a", 0, ZSTD, WR_KE_UNSUPPORTED_COMPRESSION_TYPE},
};

START_TEST(records_that_cannot_be_taken_are_refused)
{
    struct produce p = {bad_produce[_i].version, bad_produce[_i].acks, bad_produce[_i].topic,
                        bad_produce[_i].partition, records(bad_produce[_i].what)};
    send_produce(&p);
    expect_produced(&p, bad_produce[_i].error, -1);
    ck_assert_int_eq(wr_partition_log_end(log_of("a", 0)), 0);
}
END_TEST

START_TEST(producer_without_acknowledgements_gets_no_answer)
{
    struct produce p = {7, 0, "a", 0, wk_batch(&two)};
    send_produce(&p);
    ck_assert(wk_silent(&wk_one));
    ck_assert(!wk_one.conn.broken);
    ck_assert_int_eq(wr_partition_log_end(log_of("a", 0)), 2);
}
END_TEST

START_TEST(producer_without_acknowledgements_learns_of_failures_by_the_end)
{
    struct produce p = {7, 0, "a", 9, wk_batch(&two)};
    send_produce(&p);
    ck_assert(wk_silent(&wk_one));
    ck_assert(wk_one.conn.broken);
}
END_TEST

START_TEST(malformed_request_produces_nothing)
{
    struct produce p = {7, -1, "a", 0, wk_batch(&two)};
    struct wr_writer *w = wk_begin(&wk_one, WK_PRODUCE, 7);
    wr_write_cstr(w, NULL);
    wr_write_i16(w, -1);
    wr_write_i32(w, 1000);
    wr_write_count(w, 2); /* the second topic is missing */
    wr_write_cstr(w, p.topic);
    wr_write_count(w, 1);
    wr_write_i32(w, p.partition);
    wr_write_bytes(w, p.records);
    wk_send(&wk_one);
    ck_assert(wk_one.conn.broken);
    ck_assert_int_eq(wr_partition_log_end(log_of("a", 0)), 0);
}
END_TEST

/* ---- Fetch ----------------------------------------------------------------------------------- */

struct fetch {
    int16_t version;
    int32_t wait_ms;
    int32_t min_bytes;
    bool committed;
    int32_t session_id;
    int32_t session_epoch;
    const char *topic; /* NULL: an id that no topic has */
    int32_t partition;
    int32_t leader_epoch;
    int64_t offset;
};

static const struct fetch plain = {.version = 11,
                                   .wait_ms = 500,
                                   .min_bytes = 1,
                                   .session_epoch = -1,
                                   .topic = "a",
                                   .leader_epoch = -1};

static void send_fetch(struct wk_client *c, const struct fetch *f)
{
    struct wr_writer *w = wk_begin(c, WK_FETCH, f->version);
    if (f->version <= 14) {
        wr_write_i32(w, -1);
    }
    wr_write_i32(w, f->wait_ms);
    wr_write_i32(w, f->min_bytes);
    wr_write_i32(w, 50 << 20);
    wr_write_i8(w, f->committed);
    if (f->version >= 7) {
        wr_write_i32(w, f->session_id);
        wr_write_i32(w, f->session_epoch);
    }
    wr_write_count(w, 1);
    if (f->version < 13) {
        wr_write_cstr(w, f->topic);
    } else {
        wr_write_uuid(w, f->topic != NULL ? wr_topics_find(wk_wire.broker->topics, f->topic)->id
                                          : (const unsigned char *)"0123456789abcdef");
    }
    wr_write_count(w, 1);
    wr_write_i32(w, f->partition);
    if (f->version >= 9) {
        wr_write_i32(w, f->leader_epoch);
    }
    wr_write_i64(w, f->offset);
    if (f->version >= 12) {
        wr_write_i32(w, -1);
    }
    if (f->version >= 5) {
        wr_write_i64(w, -1);
    }
    wr_write_i32(w, 1 << 20);
    wr_write_tags(w);
    wr_write_tags(w);
    if (f->version >= 7) {
        wr_write_count(w, 0);
    }
    if (f->version >= 11) {
        wr_write_cstr(w, "");
    }
    wk_send(c);
}

struct found {
    enum wr_kafka_error error;
    int64_t high;
    int64_t stable;
    int64_t start;
    int32_t aborted; /* -1: null */
    size_t bytes;
};

static struct found fetched(struct wk_client *c, const struct fetch *f)
{
    struct found o;
    unsigned char id[16];
    struct wr_reader *r = wk_answer(c);
    wk_i32(r, 0);
    if (f->version >= 7) {
        wk_i16(r, WR_KE_NONE);
        wk_i32(r, 0);
    }
    wk_count(r, 1);
    if (f->version < 13) {
        wk_text(r, f->topic);
    } else {
        wr_read_uuid(r, id);
    }
    wk_count(r, 1);
    wk_i32(r, f->partition);
    o.error = (enum wr_kafka_error)wr_read_i16(r);
    o.high = wr_read_i64(r);
    o.stable = wr_read_i64(r);
    o.start = f->version >= 5 ? wr_read_i64(r) : 0;
    o.aborted = wr_read_count(r, 16);
    for (int32_t i = 0; i < o.aborted; i++) {
        wr_read_i64(r);
        wr_read_i64(r);
        wr_read_tags(r);
    }
    if (f->version >= 11) {
        wk_i32(r, -1);
    }
    o.bytes = wr_read_bytes(r).len;
    wr_read_tags(r);
    wr_read_tags(r);
    wk_end(r);
    return o;
}

START_TEST(records_are_read_as_they_were_written)
{
    struct fetch f = plain;
    f.version = _i;
    size_t len = wk_batch(&two).len;
    ck_assert_int_eq(wk_produce(&wk_one, "a", 0, &two), WR_KE_NONE);
    send_fetch(&wk_one, &f);
    struct found o = fetched(&wk_one, &f);
    ck_assert_int_eq(o.error, WR_KE_NONE);
    ck_assert_int_eq(o.high, 2);
    ck_assert_int_eq(o.stable, 2);
    ck_assert_int_eq(o.start, 0);
    ck_assert_int_eq(o.aborted, -1);
    ck_assert_uint_eq(o.bytes, len);
}
END_TEST

START_TEST(fetch_at_the_end_waits_for_records)
{
    struct fetch f = plain;
    send_fetch(&wk_one, &f);
    ck_assert(wk_silent(&wk_one));
    ck_assert_int_eq(wk_produce(&wk_two, "a", 1, &two), WR_KE_NONE);
    ck_assert(!wr_wire_conn_step(&wk_one.conn));
    ck_assert_int_eq(wk_produce(&wk_two, "a", 0, &two), WR_KE_NONE);
    ck_assert(wr_wire_conn_step(&wk_one.conn));
    ck_assert_int_eq(fetched(&wk_one, &f).high, 2);
}
END_TEST

START_TEST(fetch_waits_for_as_many_bytes_as_it_wants)
{
    struct fetch f = plain;
    f.min_bytes = (int32_t)(2 * wk_batch(&two).len);
    wk_produce(&wk_two, "a", 0, &two);
    send_fetch(&wk_one, &f);
    ck_assert(wk_silent(&wk_one));
    wk_produce(&wk_two, "a", 0, &two);
    ck_assert(wr_wire_conn_step(&wk_one.conn));
    ck_assert_uint_eq(fetched(&wk_one, &f).bytes, (size_t)f.min_bytes);
}
END_TEST

START_TEST(fetch_that_has_waited_long_enough_gets_what_there_is)
{
    struct fetch f = plain;
    send_fetch(&wk_one, &f);
    wk_advance(f.wait_ms - 1);
    ck_assert(wk_silent(&wk_one));
    wk_advance(1);
    struct found o = fetched(&wk_one, &f);
    ck_assert_int_eq(o.error, WR_KE_NONE);
    ck_assert_uint_eq(o.bytes, 0);
}
END_TEST

START_TEST(deleted_topic_ends_the_wait)
{
    struct fetch f = plain;
    send_fetch(&wk_one, &f);
    wr_broker_delete_topic(wk_wire.broker, "a");
    ck_assert(wr_wire_conn_step(&wk_one.conn));
    ck_assert_int_eq(fetched(&wk_one, &f).error, WR_KE_UNKNOWN_TOPIC_OR_PARTITION);
}
END_TEST

static const struct {
    struct fetch f;
    enum wr_kafka_error error;
} bad_fetch[] = {
    {{.version = 11, .topic = "c", .leader_epoch = -1}, WR_KE_UNKNOWN_TOPIC_OR_PARTITION},
    {{.version = 11, .topic = "a", .partition = 2, .leader_epoch = -1},
     WR_KE_UNKNOWN_TOPIC_OR_PARTITION},
    {{.version = 13, .topic = NULL, .leader_epoch = -1}, WR_KE_UNKNOWN_TOPIC_ID},
    {{.version = 13, .topic = "a", .partition = 2, .leader_epoch = -1},
     WR_KE_UNKNOWN_TOPIC_OR_PARTITION},
    {{.version = 11, .topic = "a", .offset = 1, .leader_epoch = -1}, WR_KE_OFFSET_OUT_OF_RANGE},
    {{.version = 11, .topic = "a", .offset = -1, .leader_epoch = -1}, WR_KE_OFFSET_OUT_OF_RANGE},
    {{.version = 11, .topic = "a", .leader_epoch = 1}, WR_KE_UNKNOWN_LEADER_EPOCH},
};

START_TEST(fetch_of_what_is_not_there_does_not_wait)
{
    struct fetch f = bad_fetch[_i].f;
    f.wait_ms = 500;
    f.min_bytes = 1;
    f.session_epoch = -1;
    send_fetch(&wk_one, &f);
    struct found o = fetched(&wk_one, &f);
    ck_assert_int_eq(o.error, bad_fetch[_i].error);
    ck_assert_int_eq(o.high, -1);
    ck_assert_int_eq(o.stable, -1);
    ck_assert_int_eq(o.start, -1);
    ck_assert_uint_eq(o.bytes, 0);
}
END_TEST

static const struct {
    int32_t id;
    int32_t epoch;
    bool taken;
} sessions[] = {{0, 0, true}, {0, -1, true}, {7, -1, true},
                {7, 0, true}, {7, 1, false}, {0, 1, false}};

START_TEST(sessions_are_never_begun)
{
    struct fetch f = plain;
    f.session_id = sessions[_i].id;
    f.session_epoch = sessions[_i].epoch;
    f.wait_ms = 0;
    send_fetch(&wk_one, &f);
    if (sessions[_i].taken) {
        ck_assert_int_eq(fetched(&wk_one, &f).error, WR_KE_NONE);
        return;
    }
    struct wr_reader *r = wk_answer(&wk_one);
    wk_i32(r, 0);
    wk_i16(r, WR_KE_FETCH_SESSION_ID_NOT_FOUND);
    wk_i32(r, 0);
    wk_count(r, 0);
    wk_end(r);
}
END_TEST

/* ---- ListOffsets ----------------------------------------------------------------------------- */

struct listed {
    enum wr_kafka_error error;
    int64_t time;
    int64_t offset;
};

static struct listed list(int16_t version, const char *topic, int32_t partition, int64_t time)
{
    struct listed l;
    struct wr_writer *w = wk_begin(&wk_one, WK_LIST_OFFSETS, version);
    wr_write_i32(w, -1);
    if (version >= 2) {
        wr_write_i8(w, 0);
    }
    wr_write_count(w, 1);
    wr_write_cstr(w, topic);
    wr_write_count(w, 1);
    wr_write_i32(w, partition);
    if (version >= 4) {
        wr_write_i32(w, -1);
    }
    wr_write_i64(w, time);
    wr_write_tags(w);
    wr_write_tags(w);
    if (version >= 10) {
        wr_write_i32(w, 1000);
    }
    struct wr_reader *r = wk_ask(&wk_one);
    if (version >= 2) {
        wk_i32(r, 0);
    }
    wk_count(r, 1);
    wk_text(r, topic);
    wk_count(r, 1);
    wk_i32(r, partition);
    l.error = (enum wr_kafka_error)wr_read_i16(r);
    l.time = wr_read_i64(r);
    l.offset = wr_read_i64(r);
    if (version >= 4) {
        wk_i32(r, l.offset >= 0 ? 0 : -1);
    }
    wr_read_tags(r);
    wr_read_tags(r);
    wk_end(r);
    return l;
}

START_TEST(first_and_last_offsets_are_listed)
{
    wk_produce(&wk_one, "a", 0, &two);
    ck_assert_int_eq(wr_partition_log_delete_before(log_of("a", 0), 1), WR_KE_NONE);
    struct listed l = list(_i, "a", 0, -2);
    ck_assert_int_eq(l.error, WR_KE_NONE);
    ck_assert_int_eq(l.offset, 1);
    l = list(_i, "a", 0, -1);
    ck_assert_int_eq(l.error, WR_KE_NONE);
    ck_assert_int_eq(l.offset, 2);
    ck_assert_int_eq(l.time, -1);
}
END_TEST

static const struct {
    int16_t version;
    const char *topic;
    int32_t partition;
    int64_t time; /* from 0 on: beside that of the records */
    enum wr_kafka_error error;
    int64_t offset;
} listings[] = {
    {1, "a", 0, 0, WR_KE_NONE, 0},
    {1, "a", 0, 1, WR_KE_NONE, -1},
    {7, "a", 0, -3, WR_KE_NONE, 0},
    {6, "a", 0, -3, WR_KE_UNSUPPORTED_VERSION, -1},
    {8, "a", 0, -4, WR_KE_NONE, 0},
    {7, "a", 0, -4, WR_KE_UNSUPPORTED_VERSION, -1},
    {9, "a", 0, -5, WR_KE_NONE, -1},
    {11, "a", 0, -6, WR_KE_NONE, -1},
    {10, "a", 0, -6, WR_KE_UNSUPPORTED_VERSION, -1},
    {11, "a", 0, -7, WR_KE_UNSUPPORTED_VERSION, -1},
    {5, "a", 2, -1, WR_KE_UNKNOWN_TOPIC_OR_PARTITION, -1},
    {5, "c", 0, -1, WR_KE_UNKNOWN_TOPIC_OR_PARTITION, -1},
};

START_TEST(offset_of_a_time_is_listed)
{
    int64_t time = listings[_i].time;
    wk_produce(&wk_one, "a", 0, &two);
    struct listed l = list(listings[_i].version, listings[_i].topic, listings[_i].partition,
                           time >= 0 ? wk_wire.now + time : time);
    ck_assert_int_eq(l.error, listings[_i].error);
    ck_assert_int_eq(l.offset, listings[_i].offset);
}
END_TEST

/* ---- OffsetForLeaderEpoch -------------------------------------------------------------------- */

/* Of a log with the offsets 1 to 3, whose only epoch is 0. */
static const struct {
    const char *topic;
    int32_t current;
    int32_t asked;
    enum wr_kafka_error error;
    int32_t epoch;
    int64_t end;
} epochs[] = {
    {"a", -1, 0, WR_KE_NONE, 0, 4},
    {"a", 0, 0, WR_KE_NONE, 0, 4},
    {"a", 0, 1, WR_KE_NONE, -1, -1},
    {"a", 0, -1, WR_KE_NONE, -1, -1},
    {"a", 0, -2, WR_KE_NONE, -2, 1},
    {"a", 1, 0, WR_KE_UNKNOWN_LEADER_EPOCH, -1, -1},
    {"none", 0, 0, WR_KE_UNKNOWN_TOPIC_OR_PARTITION, -1, -1},
};

static void expect_epoch(int16_t version, size_t row)
{
    struct wr_writer *w = wk_begin(&wk_one, WK_OFFSET_FOR_LEADER_EPOCH, version);
    if (version >= 3) {
        wr_write_i32(w, -1);
    }
    wr_write_count(w, 1);
    wr_write_cstr(w, epochs[row].topic);
    wr_write_count(w, 1);
    wr_write_i32(w, 0);
    wr_write_i32(w, epochs[row].current);
    wr_write_i32(w, epochs[row].asked);
    wr_write_tags(w);
    wr_write_tags(w);
    struct wr_reader *r = wk_ask(&wk_one);
    wk_i32(r, 0);
    wk_count(r, 1);
    wk_text(r, epochs[row].topic);
    wk_count(r, 1);
    wk_i16(r, epochs[row].error);
    wk_i32(r, 0);
    wk_i32(r, epochs[row].epoch);
    wk_i64(r, epochs[row].end);
    wr_read_tags(r);
    wr_read_tags(r);
    wk_end(r);
}

START_TEST(end_of_an_epoch_is_told)
{
    wk_produce(&wk_one, "a", 0, &two);
    wk_produce(&wk_one, "a", 0, &two);
    ck_assert_int_eq(wr_partition_log_delete_before(log_of("a", 0), 1), WR_KE_NONE);
    for (int16_t version = 2; version <= 4; version++) {
        expect_epoch(version, (size_t)_i);
    }
}
END_TEST

/* ---- DeleteRecords --------------------------------------------------------------------------- */

static struct listed delete_before(int16_t version, const char *topic, int64_t before)
{
    struct listed l = {0};
    struct wr_writer *w = wk_begin(&wk_one, WK_DELETE_RECORDS, version);
    wr_write_count(w, 1);
    wr_write_cstr(w, topic);
    wr_write_count(w, 1);
    wr_write_i32(w, 0);
    wr_write_i64(w, before);
    wr_write_tags(w);
    wr_write_tags(w);
    wr_write_i32(w, 1000);
    struct wr_reader *r = wk_ask(&wk_one);
    wk_i32(r, 0);
    wk_count(r, 1);
    wk_text(r, topic);
    wk_count(r, 1);
    wk_i32(r, 0);
    l.offset = wr_read_i64(r);
    l.error = (enum wr_kafka_error)wr_read_i16(r);
    wr_read_tags(r);
    wr_read_tags(r);
    wk_end(r);
    return l;
}

START_TEST(records_are_deleted_up_to_an_offset)
{
    wk_produce(&wk_one, "a", 0, &two);
    struct listed l = delete_before(_i, "a", 1);
    ck_assert_int_eq(l.error, WR_KE_NONE);
    ck_assert_int_eq(l.offset, 1);
    l = delete_before(_i, "a", -1);
    ck_assert_int_eq(l.offset, 2);
    l = delete_before(_i, "a", 3);
    ck_assert_int_eq(l.error, WR_KE_OFFSET_OUT_OF_RANGE);
    ck_assert_int_eq(l.offset, -1);
    ck_assert_int_eq(wr_partition_log_start(log_of("a", 0)), 2);
    ck_assert_int_eq(delete_before(_i, "c", 0).error, WR_KE_UNKNOWN_TOPIC_OR_PARTITION);
}
END_TEST

START_TEST(records_of_a_compacted_topic_are_not_deleted)
{
    const struct wr_config_change compact = {"cleanup.policy", "compact", WR_CONFIG_SET};
    struct wr_topics *topics = wk_wire.broker->topics;
    const char *why;
    wk_produce(&wk_one, "a", 0, &two);
    ck_assert_int_eq(
        wr_topic_config_change(topics, wr_topics_find(topics, "a"), &compact, 1, false, &why),
        WR_KE_NONE);
    ck_assert_int_eq(delete_before(2, "a", 1).error, WR_KE_POLICY_VIOLATION);
    ck_assert_int_eq(wr_partition_log_start(log_of("a", 0)), 0);
}
END_TEST

Suite *req_records_suite(void)
{
    Suite *s = suite_create("req_records");
    TCase *t = wk_case(s, "produce");
    tcase_add_loop_test(t, records_get_their_offsets, 3, 12);
    tcase_add_loop_test(t, records_that_cannot_be_taken_are_refused, 0, WR_ARRAY_LEN(bad_produce));
    tcase_add_test(t, producer_without_acknowledgements_gets_no_answer);
    tcase_add_test(t, producer_without_acknowledgements_learns_of_failures_by_the_end);
    tcase_add_test(t, malformed_request_produces_nothing);
    t = wk_case(s, "fetch");
    tcase_add_loop_test(t, records_are_read_as_they_were_written, 4, 19);
    tcase_add_test(t, fetch_at_the_end_waits_for_records);
    tcase_add_test(t, fetch_waits_for_as_many_bytes_as_it_wants);
    tcase_add_test(t, fetch_that_has_waited_long_enough_gets_what_there_is);
    tcase_add_test(t, deleted_topic_ends_the_wait);
    tcase_add_loop_test(t, fetch_of_what_is_not_there_does_not_wait, 0, WR_ARRAY_LEN(bad_fetch));
    tcase_add_loop_test(t, sessions_are_never_begun, 0, WR_ARRAY_LEN(sessions));
    t = wk_case(s, "list_offsets");
    tcase_add_loop_test(t, first_and_last_offsets_are_listed, 1, 12);
    tcase_add_loop_test(t, offset_of_a_time_is_listed, 0, WR_ARRAY_LEN(listings));
    t = wk_case(s, "offset_for_leader_epoch");
    tcase_add_loop_test(t, end_of_an_epoch_is_told, 0, WR_ARRAY_LEN(epochs));
    t = wk_case(s, "delete_records");
    tcase_add_loop_test(t, records_are_deleted_up_to_an_offset, 0, 3);
    tcase_add_test(t, records_of_a_compacted_topic_are_not_deleted);
    return s;
}
