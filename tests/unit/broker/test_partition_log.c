/* test_partition_log.c -- appending to a log, reading from it, deleting from its start. */
#include "src/base/base.h"

#include "src/base/endian.h"
#include "tests/unit/broker/log_kit.h"
#include "tests/unit/suite.h"

static struct log_kit k;

static void set_up(void)
{
    log_kit_init(&k);
}

static void tear_down(void)
{
    log_kit_free(&k);
}

enum { P = 7, Q = 8 };

/* ---- appending ------------------------------------------------------------------------------- */

START_TEST(offsets_are_given_in_order)
{
    ck_assert_int_eq(KIT_SEND(&k, .count = 3, .key = "a"), WR_KE_NONE);
    ck_assert_int_eq(k.appended.base_offset, 0);
    ck_assert_int_eq(KIT_SEND(&k, .key = "b"), WR_KE_NONE);
    ck_assert_int_eq(k.appended.base_offset, 3);
    ck_assert_int_eq(k.appended.append_time, -1);
    ck_assert_int_eq(k.appended.log_start, 0);
    ck_assert(!k.appended.duplicate);
    ck_assert_int_eq(wr_partition_log_end(k.log), 4);
    ck_assert_str_eq(kit_show(&k), "0:a=v 1:a=v 2:a=v 3:b=v");
}
END_TEST

static struct wr_batch first_batch(void)
{
    struct wr_log_read r = {.max_bytes = SIZE_MAX, .out = &k.bytes};
    struct wr_batch b;
    wr_buf_reset(&k.bytes);
    ck_assert_int_eq(wr_partition_log_read(k.log, &r, &k.arena), WR_KE_NONE);
    ck_assert(wr_batch_read(wr_buf_view(&k.bytes), &b));
    ck_assert(wr_batch_valid(&b));
    return b;
}

START_TEST(leader_epoch_is_set_and_nothing_else)
{
    struct weir_bytes sent = kit_build(&k, &(struct kit_batch){.producer = P, .count = 2});
    unsigned char *copy = wr_arena_dup(&k.arena, sent.data, sent.len);
    ck_assert_int_eq(kit_append(&k, sent), WR_KE_NONE);
    struct wr_batch b = first_batch();
    ck_assert_int_eq(b.leader_epoch, 5);
    wr_batch_set_leader_epoch(copy, 5);
    ck_assert_uint_eq(b.bytes.len, sent.len);
    ck_assert_mem_eq(b.bytes.data, copy, sent.len);
}
END_TEST

START_TEST(greatest_time_is_put_right)
{
    kit_build(&k, &(struct kit_batch){.time = 700});
    wr_batch_set_max_time(k.bytes.data, 99999, false);
    ck_assert_int_eq(kit_append(&k, wr_buf_view(&k.bytes)), WR_KE_NONE);
    ck_assert_int_eq(first_batch().max_time, 700);
}
END_TEST

START_TEST(time_of_append_replaces_the_times)
{
    k.config.log_append_time = true;
    ck_assert_int_eq(KIT_SEND(&k, .time = 1), WR_KE_NONE);
    ck_assert_int_eq(k.appended.append_time, k.now);
    struct wr_batch b = first_batch();
    ck_assert_int_eq(b.max_time, k.now);
    ck_assert_int_eq(b.first_time, 1);
    ck_assert_uint_eq(b.attributes, WR_BATCH_LOG_APPEND_TIME);
}
END_TEST

enum spoil_kind { AS_IS, CUT_LAST, PUT, PUT_SUM, TWICE, LONGER };

/* A batch of two records, changed: a number of `size` bytes is put somewhere, with a right checksum
 * or not. */
static const struct {
    const char *what;
    enum spoil_kind kind;
    enum wr_kafka_error want;
    size_t at;
    size_t size;
    uint64_t number;
} spoiled[] = {
    {"as it is", AS_IS, WR_KE_NONE, 0, 0, 0},
    {"cut off", CUT_LAST, WR_KE_INVALID_RECORD, 0, 0, 0},
    {"two batches", TWICE, WR_KE_INVALID_RECORD, 0, 0, 0},
    {"bytes behind it that are no batch", LONGER, WR_KE_NONE, 0, 0, 0},
    {"length too small for a batch", PUT, WR_KE_CORRUPT_MESSAGE, 8, 4, 13},
    {"length too small for a header", PUT, WR_KE_CORRUPT_MESSAGE, 8, 4, 20},
    {"length beyond the bytes", PUT, WR_KE_INVALID_RECORD, 8, 4, 5000},
    {"negative length", PUT, WR_KE_CORRUPT_MESSAGE, 8, 4, UINT32_MAX},
    {"magic 1", PUT, WR_KE_INVALID_RECORD, 16, 1, 1},
    {"magic 3", PUT, WR_KE_CORRUPT_MESSAGE, 16, 1, 3},
    {"magic -1", PUT, WR_KE_CORRUPT_MESSAGE, 16, 1, 0xff},
    {"wrong checksum", PUT, WR_KE_CORRUPT_MESSAGE, 17, 4, 1},
    {"base offset not 0", PUT, WR_KE_INVALID_RECORD, 0, 8, 1},
    {"no such compression", PUT_SUM, WR_KE_UNKNOWN_SERVER_ERROR, 21, 2, 5},
    {"control batch", PUT_SUM, WR_KE_INVALID_RECORD, 21, 2, WR_BATCH_CONTROL},
    {"time of append from a client", PUT_SUM, WR_KE_NONE, 21, 2, WR_BATCH_LOG_APPEND_TIME},
    {"negative last offset", PUT_SUM, WR_KE_INVALID_RECORD, 23, 4, UINT32_MAX},
    {"last offset beyond the count", PUT_SUM, WR_KE_INVALID_RECORD, 23, 4, 2},
    {"count 0", PUT_SUM, WR_KE_INVALID_RECORD, 57, 4, 0},
    {"negative count", PUT_SUM, WR_KE_INVALID_RECORD, 57, 4, UINT32_MAX},
    {"negative sequence", PUT_SUM, WR_KE_INVALID_RECORD, 53, 4, UINT32_MAX},
    {"bytes that are no record", PUT_SUM, WR_KE_INVALID_RECORD, 61, 1, 1},
};

static void put(char *p, size_t size, uint64_t number)
{
    for (size_t i = 0; i < size; i++) {
        p[i] = (char)(number >> 8 * (size - 1 - i));
    }
}

START_TEST(what_is_no_batch_of_a_client_is_refused)
{
    struct weir_bytes sent = kit_build(&k, &(struct kit_batch){.producer = P, .count = 2});
    put(k.bytes.data + spoiled[_i].at, spoiled[_i].size, spoiled[_i].number);
    switch (spoiled[_i].kind) {
    case CUT_LAST:
        sent.len--;
        break;
    case TWICE:
        wr_buf_bytes(&k.bytes, weir_view(wr_arena_dup(&k.arena, sent.data, sent.len), sent.len));
        sent = wr_buf_view(&k.bytes);
        break;
    case LONGER:
        wr_buf_char(&k.bytes, 0);
        sent = wr_buf_view(&k.bytes);
        break;
    case PUT_SUM: {
        bool append_time = (k.bytes.data[22] & WR_BATCH_LOG_APPEND_TIME) != 0;
        wr_batch_set_max_time(k.bytes.data, k.now, append_time);
        break;
    }
    default:
        break;
    }
    enum wr_kafka_error got = kit_append(&k, sent);
    ck_assert_msg(got == spoiled[_i].want, "%s: %s", spoiled[_i].what, wr_kafka_error_name(got));
    ck_assert_int_eq(wr_partition_log_end(k.log), got == WR_KE_NONE ? 2 : 0);
    ck_assert_int_eq(k.appended.base_offset, got == WR_KE_NONE ? 0 : -1);
}
END_TEST

START_TEST(time_of_append_is_not_taken_from_a_client)
{
    kit_build(&k, &(struct kit_batch){.time = 700});
    wr_batch_set_max_time(k.bytes.data, 900, true);
    ck_assert_int_eq(kit_append(&k, wr_buf_view(&k.bytes)), WR_KE_NONE);
    struct wr_batch b = first_batch();
    ck_assert_uint_eq(b.attributes, 0);
    ck_assert_int_eq(b.max_time, 900);
    k.config.log_append_time = true;
    kit_build(&k, &(struct kit_batch){.time = 700});
    wr_batch_set_max_time(k.bytes.data, 900, true);
    ck_assert_int_eq(kit_append(&k, wr_buf_view(&k.bytes)), WR_KE_INVALID_TIMESTAMP);
}
END_TEST

START_TEST(bytes_that_end_within_a_header_are_refused)
{
    struct weir_bytes sent = kit_build(&k, &(struct kit_batch){.count = 2});
    for (size_t len = 0; len < sent.len; len++) {
        ck_assert_int_eq(kit_append(&k, weir_view(sent.data, len)), WR_KE_INVALID_RECORD);
    }
}
END_TEST

START_TEST(batch_may_have_max_message_bytes_and_no_more)
{
    size_t size = kit_build(&k, &(struct kit_batch){.count = 2}).len;
    k.config.max_message_bytes = (int64_t)size - 1;
    ck_assert_int_eq(KIT_SEND(&k, .count = 2), WR_KE_MESSAGE_TOO_LARGE);
    k.config.max_message_bytes = (int64_t)size;
    ck_assert_int_eq(KIT_SEND(&k, .count = 2), WR_KE_NONE);
    k.config.segment_bytes = (int64_t)size - 1;
    ck_assert_int_eq(KIT_SEND(&k, .count = 2), WR_KE_RECORD_LIST_TOO_LARGE);
    ck_assert_int_eq(wr_partition_log_end(k.log), 2);
}
END_TEST

static const struct {
    int64_t time;
    enum wr_kafka_error want;
} times[] = {
    {900000, WR_KE_NONE},
    {899999, WR_KE_INVALID_TIMESTAMP},
    {1000050, WR_KE_NONE},
    {1000051, WR_KE_INVALID_TIMESTAMP},
    {INT64_MAX, WR_KE_INVALID_TIMESTAMP},
    {INT64_MIN, WR_KE_INVALID_TIMESTAMP},
    {-1, WR_KE_NONE}, /* no time */
};

START_TEST(time_must_be_near)
{
    for (uint16_t compression = 0; compression < 2; compression++) {
        if (times[_i].time == INT64_MIN && compression != 0) {
            continue; /* the header of a compressed batch then says that it has no time */
        }
        k.config.timestamp_before_max_ms = 100000;
        k.config.timestamp_after_max_ms = 50;
        ck_assert_int_eq(KIT_SEND(&k, .time = times[_i].time, .compression = compression),
                         times[_i].want);
        k.config.log_append_time = true;
        ck_assert_int_eq(KIT_SEND(&k, .time = times[_i].time, .compression = compression),
                         WR_KE_NONE);
        k.config.log_append_time = false;
    }
}
END_TEST

static enum wr_kafka_error send_two(struct weir_bytes first_key, int64_t second_time)
{
    const struct wr_batch head = {.producer_id = -1, .producer_epoch = -1, .base_sequence = -1};
    struct wr_batch_builder builder;
    wr_buf_reset(&k.bytes);
    wr_batch_start(&builder, &k.bytes, &head);
    wr_batch_add(&builder, &(struct wr_batch_record){.time = k.now, .key = first_key});
    wr_batch_add(&builder,
                 &(struct wr_batch_record){.offset = 1, .time = second_time, .key = weir_str("k")});
    wr_batch_finish(&builder);
    return kit_append(&k, wr_buf_view(&k.bytes));
}

START_TEST(time_of_a_compressed_batch_is_no_less_than_none)
{
    ck_assert_int_eq(KIT_SEND(&k, .time = INT64_MIN, .compression = 1), WR_KE_NONE);
    ck_assert_int_eq(first_batch().max_time, -1);
}
END_TEST

START_TEST(compacted_log_wants_keys)
{
    ck_assert_int_eq(send_two(WEIR_NULL, k.now), WR_KE_NONE);
    k.config.compact = true;
    ck_assert_int_eq(send_two(WEIR_NULL, k.now), WR_KE_INVALID_RECORD);
    ck_assert_int_eq(send_two(weir_str(""), k.now), WR_KE_NONE);
    k.config.timestamp_after_max_ms = 10;
    ck_assert_int_eq(send_two(WEIR_NULL, k.now + 11), WR_KE_INVALID_TIMESTAMP);
}
END_TEST

/* ---- transactions ---------------------------------------------------------------------------- */

START_TEST(stable_offset_is_where_the_oldest_open_transaction_begins)
{
    KIT_SEND(&k, .key = "a");
    ck_assert_int_eq(wr_partition_log_stable(k.log), 1);
    KIT_SEND(&k, .producer = P, .transactional = true);
    KIT_SEND(&k, .producer = Q, .transactional = true, .count = 2);
    ck_assert_int_eq(wr_partition_log_stable(k.log), 1);
    KIT_SEND(&k, .producer = P, .marker = 'c');
    ck_assert_int_eq(wr_partition_log_stable(k.log), 2);
    KIT_SEND(&k, .key = "b");
    KIT_SEND(&k, .producer = Q, .marker = 'a');
    ck_assert_int_eq(wr_partition_log_stable(k.log), 7);
    ck_assert_str_eq(kit_show(&k), "0:a=v 1:k=v 2:k=v 3:k=v 4:commit 5:b=v 6:abort");
    ck_assert_str_eq(kit_show_committed(&k), "0:a=v 1:k=v 5:b=v");
}
END_TEST

START_TEST(marker_without_a_transaction_is_written)
{
    ck_assert_int_eq(KIT_SEND(&k, .producer = P, .marker = 'a'), WR_KE_NONE);
    ck_assert_str_eq(kit_show(&k), "0:abort");
    ck_assert_int_eq(wr_partition_log_stable(k.log), 1);
}
END_TEST

static struct wr_log_read read_committed(int64_t offset, size_t max_bytes)
{
    struct wr_log_read r = {
        .offset = offset, .max_bytes = max_bytes, .committed = true, .out = &k.bytes};
    wr_buf_reset(&k.bytes);
    ck_assert_int_eq(wr_partition_log_read(k.log, &r, &k.arena), WR_KE_NONE);
    return r;
}

START_TEST(read_names_the_aborted_transactions_that_it_touches)
{
    for (int i = 0; i < 3; i++) { /* data at 0, 2, 4; markers at 1, 3, 5 */
        KIT_SEND(&k, .producer = P + i, .transactional = true);
        KIT_SEND(&k, .producer = P + i, .marker = i == 1 ? 'c' : 'a');
    }
    struct wr_log_read r = read_committed(0, SIZE_MAX);
    ck_assert_uint_eq(r.aborted_count, 2);
    ck_assert_int_eq(r.aborted[0].producer_id, P);
    ck_assert_int_eq(r.aborted[0].first_offset, 0);
    ck_assert_int_eq(r.aborted[1].producer_id, P + 2);
    ck_assert_int_eq(r.aborted[1].first_offset, 4);
    r = read_committed(1, SIZE_MAX); /* still in front of the marker */
    ck_assert_uint_eq(r.aborted_count, 2);
    r = read_committed(2, SIZE_MAX);
    ck_assert_uint_eq(r.aborted_count, 1);
    ck_assert_int_eq(r.aborted[0].producer_id, P + 2);
    r = read_committed(0, 160);
    ck_assert_uint_gt(k.bytes.len, 0);
    ck_assert_uint_eq(r.aborted_count, 1);
    r = read_committed(6, SIZE_MAX);
    ck_assert_uint_eq(k.bytes.len, 0);
    ck_assert_uint_eq(r.aborted_count, 0);
}
END_TEST

START_TEST(long_aborted_transaction_is_named_wherever_it_is_read)
{
    KIT_SEND(&k, .producer = P, .transactional = true);
    for (int i = 0; i < 10; i++) {
        KIT_SEND(&k, .producer = Q, .sequence = i, .transactional = true);
        KIT_SEND(&k, .producer = Q, .marker = 'a');
    }
    KIT_SEND(&k, .producer = P, .sequence = 1, .transactional = true);
    KIT_SEND(&k, .producer = P, .marker = 'a');
    struct wr_log_read r = read_committed(21, SIZE_MAX);
    ck_assert_uint_eq(r.aborted_count, 1);
    ck_assert_int_eq(r.aborted[0].first_offset, 0);
    r = read_committed(1, 1000);
    ck_assert_uint_gt(r.aborted_count, 1);
    ck_assert_int_eq(r.aborted[r.aborted_count - 1].producer_id, P);
    ck_assert_str_eq(kit_show_committed(&k), "");
}
END_TEST

/* ---- reading --------------------------------------------------------------------------------- */

START_TEST(only_offsets_of_the_log_can_be_read)
{
    struct wr_log_read r = {.max_bytes = SIZE_MAX, .out = &k.bytes};
    KIT_SEND(&k, .count = 4);
    KIT_SEND(&k, .count = 4);
    ck_assert_int_eq(wr_partition_log_delete_before(k.log, 2), WR_KE_NONE);
    wr_buf_reset(&k.bytes);
    for (int64_t offset = -1; offset < 10; offset++) {
        r.offset = offset;
        ck_assert_int_eq(wr_partition_log_read(k.log, &r, &k.arena),
                         offset < 2 || offset > 8 ? WR_KE_OFFSET_OUT_OF_RANGE : WR_KE_NONE);
    }
    ck_assert_uint_gt(k.bytes.len, 0);
    wr_buf_reset(&k.bytes);
    r.offset = 8; /* the end */
    ck_assert_int_eq(wr_partition_log_read(k.log, &r, &k.arena), WR_KE_NONE);
    ck_assert_uint_eq(k.bytes.len, 0);
}
END_TEST

START_TEST(read_begins_with_the_batch_that_has_the_offset)
{
    struct wr_log_read r = {.offset = 5, .max_bytes = SIZE_MAX, .out = &k.bytes};
    struct wr_batch b;
    KIT_SEND(&k, .count = 4);
    KIT_SEND(&k, .count = 4);
    wr_buf_reset(&k.bytes);
    ck_assert_int_eq(wr_partition_log_read(k.log, &r, &k.arena), WR_KE_NONE);
    ck_assert(wr_batch_read(wr_buf_view(&k.bytes), &b));
    ck_assert_int_eq(b.base_offset, 4);
    ck_assert_uint_eq(b.bytes.len, k.bytes.len);
}
END_TEST

START_TEST(only_whole_batches_are_given)
{
    size_t size = kit_build(&k, &(struct kit_batch){0}).len;
    const struct {
        size_t max_bytes;
        bool at_least_one;
        size_t want;
    } rows[] = {
        {0, false, 0},        {0, true, 1},        {size - 1, false, 0},
        {size - 1, true, 1},  {size, false, 1},    {2 * size - 1, true, 1},
        {2 * size, false, 2}, {SIZE_MAX, true, 3},
    };
    for (int i = 0; i < 3; i++) {
        KIT_SEND(&k, .key = "k");
    }
    for (size_t i = 0; i < WR_ARRAY_LEN(rows); i++) {
        struct wr_log_read r = {
            .max_bytes = rows[i].max_bytes, .at_least_one = rows[i].at_least_one, .out = &k.bytes};
        wr_buf_reset(&k.bytes);
        ck_assert_int_eq(wr_partition_log_read(k.log, &r, &k.arena), WR_KE_NONE);
        ck_assert_uint_eq(k.bytes.len, rows[i].want * size);
    }
}
END_TEST

START_TEST(reading_committed_stops_at_the_open_transaction)
{
    KIT_SEND(&k, .producer = P, .transactional = true);
    struct wr_log_read r = {
        .max_bytes = SIZE_MAX, .at_least_one = true, .committed = true, .out = &k.bytes};
    wr_buf_reset(&k.bytes);
    for (r.offset = 0; r.offset < 2; r.offset++) {
        ck_assert_int_eq(wr_partition_log_read(k.log, &r, &k.arena), WR_KE_NONE);
        ck_assert_uint_eq(k.bytes.len, 0);
    }
}
END_TEST

START_TEST(segments_do_not_show)
{
    size_t size = kit_build(&k, &(struct kit_batch){0}).len;
    k.config.segment_bytes = (int64_t)(2 * size);
    for (int i = 0; i < 5; i++) {
        KIT_SEND(&k, .key = "k");
    }
    ck_assert_str_eq(kit_show(&k), "0:k=v 1:k=v 2:k=v 3:k=v 4:k=v");
    ck_assert_uint_eq(wr_partition_log_bytes(k.log), 5 * size);
}
END_TEST

START_TEST(every_change_has_a_version)
{
    uint64_t version = wr_partition_log_version(k.log);
    KIT_SEND(&k, .key = "k");
    ck_assert_uint_ne(wr_partition_log_version(k.log), version);
    version = wr_partition_log_version(k.log);
    KIT_SEND(&k, .producer = P, .marker = 'c');
    ck_assert_uint_ne(wr_partition_log_version(k.log), version);
    version = wr_partition_log_version(k.log);
    wr_partition_log_delete_before(k.log, 1);
    ck_assert_uint_ne(wr_partition_log_version(k.log), version);
    version = wr_partition_log_version(k.log);
    ck_assert_int_ne(kit_append(&k, weir_str("?")), WR_KE_NONE);
    wr_partition_log_delete_before(k.log, 1);
    ck_assert(!wr_partition_log_clean(k.log, k.now, INT64_MAX));
    ck_assert_uint_eq(wr_partition_log_version(k.log), version);
}
END_TEST

/* ---- deleting from the start ----------------------------------------------------------------- */

static const struct {
    int64_t offset;
    enum wr_kafka_error want;
    int64_t start;
} deletions[] = {
    {-2, WR_KE_OFFSET_OUT_OF_RANGE, 2},
    {7, WR_KE_OFFSET_OUT_OF_RANGE, 2},
    {0, WR_KE_NONE, 2},
    {2, WR_KE_NONE, 2},
    {3, WR_KE_NONE, 3},
    {6, WR_KE_NONE, 6},
    {-1, WR_KE_NONE, 6},
};

START_TEST(start_moves_up_only)
{
    KIT_SEND(&k, .count = 4);
    KIT_SEND(&k, .count = 2);
    ck_assert_int_eq(wr_partition_log_delete_before(k.log, 2), WR_KE_NONE);
    ck_assert_int_eq(wr_partition_log_delete_before(k.log, deletions[_i].offset),
                     deletions[_i].want);
    wr_partition_log_check(k.log);
    ck_assert_int_eq(wr_partition_log_start(k.log), deletions[_i].start);
    KIT_SEND(&k, .key = "new");
    ck_assert_int_eq(k.appended.base_offset, 6);
    ck_assert_int_eq(k.appended.log_start, deletions[_i].start);
}
END_TEST

START_TEST(compacted_log_is_not_deleted_from)
{
    KIT_SEND(&k, .count = 4);
    k.config.compact = true;
    ck_assert_int_eq(wr_partition_log_delete_before(k.log, 2), WR_KE_NONE);
    k.config.remove = false;
    ck_assert_int_eq(wr_partition_log_delete_before(k.log, 3), WR_KE_POLICY_VIOLATION);
    ck_assert_int_eq(wr_partition_log_start(k.log), 2);
}
END_TEST

START_TEST(whole_segments_below_the_start_go)
{
    size_t size = kit_build(&k, &(struct kit_batch){.count = 2}).len;
    k.config.segment_bytes = (int64_t)size;
    for (int i = 0; i < 3; i++) {
        KIT_SEND(&k, .count = 2);
    }
    wr_partition_log_delete_before(k.log, 3);
    ck_assert_uint_eq(wr_partition_log_bytes(k.log), 2 * size);
    wr_partition_log_delete_before(k.log, 4);
    ck_assert_uint_eq(wr_partition_log_bytes(k.log), size);
    wr_partition_log_delete_before(k.log, -1);
    ck_assert_uint_eq(wr_partition_log_bytes(k.log), 0);
    ck_assert_int_eq(wr_partition_log_start(k.log), 6);
    ck_assert_int_eq(wr_partition_log_end(k.log), 6);
}
END_TEST

START_TEST(stable_offset_is_not_below_the_start)
{
    KIT_SEND(&k, .producer = P, .transactional = true, .count = 2);
    KIT_SEND(&k, .count = 2);
    ck_assert_int_eq(wr_partition_log_delete_before(k.log, 3), WR_KE_NONE);
    wr_partition_log_check(k.log);
    ck_assert_int_eq(wr_partition_log_stable(k.log), 3);
    KIT_SEND(&k, .producer = P, .marker = 'a');
    ck_assert_int_eq(wr_partition_log_stable(k.log), 5);
    ck_assert_str_eq(kit_show_committed(&k), "2:k=v 3:k=v");
}
END_TEST

Suite *partition_log_suite(void)
{
    Suite *s = suite_create("partition_log");
    TCase *t = tcase_create("partition_log");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, offsets_are_given_in_order);
    tcase_add_test(t, leader_epoch_is_set_and_nothing_else);
    tcase_add_test(t, greatest_time_is_put_right);
    tcase_add_test(t, time_of_append_replaces_the_times);
    tcase_add_loop_test(t, what_is_no_batch_of_a_client_is_refused, 0, WR_ARRAY_LEN(spoiled));
    tcase_add_test(t, time_of_append_is_not_taken_from_a_client);
    tcase_add_test(t, bytes_that_end_within_a_header_are_refused);
    tcase_add_test(t, batch_may_have_max_message_bytes_and_no_more);
    tcase_add_loop_test(t, time_must_be_near, 0, WR_ARRAY_LEN(times));
    tcase_add_test(t, time_of_a_compressed_batch_is_no_less_than_none);
    tcase_add_test(t, compacted_log_wants_keys);
    tcase_add_test(t, stable_offset_is_where_the_oldest_open_transaction_begins);
    tcase_add_test(t, marker_without_a_transaction_is_written);
    tcase_add_test(t, read_names_the_aborted_transactions_that_it_touches);
    tcase_add_test(t, long_aborted_transaction_is_named_wherever_it_is_read);
    tcase_add_test(t, only_offsets_of_the_log_can_be_read);
    tcase_add_test(t, read_begins_with_the_batch_that_has_the_offset);
    tcase_add_test(t, only_whole_batches_are_given);
    tcase_add_test(t, reading_committed_stops_at_the_open_transaction);
    tcase_add_test(t, segments_do_not_show);
    tcase_add_test(t, every_change_has_a_version);
    tcase_add_loop_test(t, start_moves_up_only, 0, WR_ARRAY_LEN(deletions));
    tcase_add_test(t, compacted_log_is_not_deleted_from);
    tcase_add_test(t, whole_segments_below_the_start_go);
    tcase_add_test(t, stable_offset_is_not_below_the_start);
    suite_add_tcase(s, t);
    return s;
}
