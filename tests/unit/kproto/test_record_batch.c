/* test_record_batch.c -- record batches, against bytes out of the logs of Apache Kafka 4.3. */
#include "src/base/base.h"

#include <stdio.h>

#include "src/base/arena.h"
#include "src/base/endian.h"
#include "src/base/rng.h"
#include "src/kproto/record_batch.h"
#include "tests/unit/suite.h"

static struct wr_arena arena;
static struct wr_buf out;

static void set_up(void)
{
    wr_arena_init(&arena, 4096);
    out = (struct wr_buf){0};
}

static void tear_down(void)
{
    wr_arena_free(&arena);
    wr_buf_free(&out);
}

/* ---- bytes of Apache Kafka ------------------------------------------------------------------- */

static struct weir_bytes from_hex(const char *hex)
{
    size_t len = strlen(hex) / 2;
    unsigned char *bytes = wr_arena_alloc(&arena, len);
    for (size_t i = 0; i < len; i++) {
        unsigned int byte;
        ck_assert_int_eq(sscanf(hex + 2 * i, "%2x", &byte), 1);
        bytes[i] = (unsigned char)byte;
    }
    return weir_view(bytes, len);
}

static struct wr_batch read_whole(struct weir_bytes data)
{
    struct wr_batch b;
    ck_assert(wr_batch_read(data, &b));
    ck_assert_uint_eq(b.bytes.len, data.len);
    return b;
}

static const struct {
    const char *what;
    const char *hex;
    struct wr_batch head;
    const char *records; /* offset, time, key, value, length of the headers' bytes */
} stored[] = {
    {.what = "two records in a transaction",
     .hex =
         "00000000000000090000005d0000000002d19e73dc0010000000010000014206567a400000014206567a4000"
         "0000000000000400000000000600000002280000000c4236204a464b10000000000000193e002c00bfa90702"
         "0c5553204557521000000000000002c100",
     .head = {.base_offset = 9,
              .leader_epoch = 0,
              .attributes = 0x10,
              .last_offset_delta = 1,
              .first_time = 1383085800000,
              .max_time = 1383085800000,
              .producer_id = 4,
              .producer_epoch = 0,
              .base_sequence = 6,
              .count = 2},
     .records = "9@1383085800000 B6 JFK=\\00\\00\\00\\00\\00\\00\\19> 1; 10@1383085740000 US "
                "EWR=\\00\\00\\00\\00\\00\\00\\02\\c1 1; "},
    {.what = "marker of a commit",
     .hex =
         "00000000000067460000004200000000028d737af5003000000000000001a204fc2f8d000001a204fc2f8d00"
         "000000000000000000ffffffff000000012000000008000000010c00000000000000",
     .head = {.base_offset = 26438,
              .leader_epoch = 0,
              .attributes = 0x30,
              .last_offset_delta = 0,
              .first_time = 1795379965837,
              .max_time = 1795379965837,
              .producer_id = 0,
              .producer_epoch = 0,
              .base_sequence = -1,
              .count = 1},
     .records = "26438@1795379965837 \\00\\00\\00\\01=\\00\\00\\00\\00\\00\\00 1; "},
    {.what = "tombstone with a delete horizon",
     .hex =
         "00000000000000010000003b000000000270b7cdaa004000000000000001a20692d11b000001a20692b087ff"
         "ffffffffffffffffffffffffff000000011200a782010002610100",
     .head = {.base_offset = 1,
              .leader_epoch = 0,
              .attributes = 0x40,
              .last_offset_delta = 0,
              .first_time = 1795406614811,
              .max_time = 1795406606471,
              .producer_id = -1,
              .producer_epoch = -1,
              .base_sequence = -1,
              .count = 1},
     .records = "1@1795406606471 a=null 1; "},
    {.what = "last batch of a producer, emptied by compaction",
     .hex =
         "0000000000000001000000310000000002a8a59b7a001000000000ffffffffffffffff000001a20692bb2c00"
         "0000000000232800000000000100000000",
     .head = {.base_offset = 1,
              .leader_epoch = 0,
              .attributes = 0x10,
              .last_offset_delta = 0,
              .first_time = -1,
              .max_time = 1795406609196,
              .producer_id = 9000,
              .producer_epoch = 0,
              .base_sequence = 1,
              .count = 0},
     .records = ""},
};

static void show(struct wr_buf *text, struct weir_bytes v)
{
    if (weir_is_null(v)) {
        wr_buf_str(text, "null");
    }
    for (size_t i = 0; i < v.len; i++) {
        unsigned char c = ((const unsigned char *)v.data)[i];
        wr_buf_printf(text, c >= 0x20 && c < 0x7f ? "%c" : "\\%02x", c);
    }
}

START_TEST(stored_batch_is_read)
{
    const struct wr_batch *want = &stored[_i].head;
    struct wr_batch b = read_whole(from_hex(stored[_i].hex));
    struct wr_batch_iter it;
    struct wr_batch_record r;
    ck_assert_msg(wr_batch_valid(&b), "%s", stored[_i].what);
    ck_assert_int_eq(b.magic, 2);
    ck_assert_int_eq(b.base_offset, want->base_offset);
    ck_assert_int_eq(b.leader_epoch, want->leader_epoch);
    ck_assert_uint_eq(b.attributes, want->attributes);
    ck_assert_int_eq(b.last_offset_delta, want->last_offset_delta);
    ck_assert_int_eq(b.first_time, want->first_time);
    ck_assert_int_eq(b.max_time, want->max_time);
    ck_assert_int_eq(b.producer_id, want->producer_id);
    ck_assert_int_eq(b.producer_epoch, want->producer_epoch);
    ck_assert_int_eq(b.base_sequence, want->base_sequence);
    ck_assert_int_eq(b.count, want->count);
    wr_batch_iter_init(&it, &b);
    while (wr_batch_next(&it, &r) == 1) {
        wr_buf_printf(&out, "%lld@%lld ", (long long)r.offset, (long long)r.time);
        show(&out, r.key);
        wr_buf_char(&out, '=');
        show(&out, r.value);
        wr_buf_printf(&out, " %zu; ", r.headers.len);
    }
    ck_assert_str_eq(wr_buf_cstr(&out), stored[_i].records);
}
END_TEST

/* As compaction does it: same head, same records, same last offset. */
START_TEST(batch_that_was_read_is_written_with_the_same_bytes)
{
    struct weir_bytes bytes = from_hex(stored[_i].hex);
    struct wr_batch b = read_whole(bytes);
    struct wr_batch_builder builder;
    struct wr_batch_iter it;
    struct wr_batch_record r;
    wr_batch_start(&builder, &out, &b);
    wr_batch_iter_init(&it, &b);
    while (wr_batch_next(&it, &r) == 1) {
        wr_batch_add(&builder, &r);
    }
    builder.last_offset = wr_batch_last_offset(&b);
    builder.max_time = b.max_time;
    wr_batch_finish(&builder);
    ck_assert_uint_eq(out.len, bytes.len);
    ck_assert_mem_eq(out.data, bytes.data, bytes.len);
}
END_TEST

START_TEST(batch_that_is_cut_off_is_not_read)
{
    struct wr_batch b;
    struct weir_bytes bytes = from_hex(stored[_i].hex);
    for (size_t len = 0; len < bytes.len; len++) {
        ck_assert(!wr_batch_read(weir_view(bytes.data, len), &b));
    }
}
END_TEST

/* Base offset, length, leader epoch and magic lie before the checksum. */
START_TEST(any_wrong_bit_behind_the_magic_is_noticed)
{
    struct weir_bytes bytes = from_hex(stored[_i].hex);
    struct wr_batch b;
    for (size_t i = 16 * 8; i < bytes.len * 8; i++) {
        unsigned char *p = (unsigned char *)bytes.data;
        p[i / 8] ^= (unsigned char)(1 << i % 8);
        ck_assert(wr_batch_read(bytes, &b) && !wr_batch_valid(&b));
        p[i / 8] ^= (unsigned char)(1 << i % 8);
    }
}
END_TEST

START_TEST(marker_has_the_bytes_of_apache_kafka)
{
    const char *hex = "0000000000006746000000420000000002" /* offset and epoch are set later */
                      "8d737af5003000000000000001a204fc2f8d000001a204fc2f8d00000000000000000000"
                      "ffffffff000000012000000008000000010c00000000000000";
    struct wr_marker m = {.producer_id = 0, .producer_epoch = 0, .commit = true};
    struct weir_bytes want = from_hex(hex);
    wr_batch_marker(&out, &m, 0x1a204fc2f8d);
    wr_batch_set_base_offset(out.data, 0x6746);
    ck_assert_uint_eq(out.len, want.len);
    ck_assert_mem_eq(out.data, want.data, want.len);
}
END_TEST

START_TEST(marker_is_read_as_it_was_written)
{
    const struct wr_marker written = {.producer_id = INT64_C(1) << 40,
                                      .producer_epoch = 7,
                                      .coordinator_epoch = 70000,
                                      .commit = _i};
    struct wr_marker m;
    struct wr_batch b;
    wr_batch_marker(&out, &written, 5);
    ck_assert(wr_batch_read(wr_buf_view(&out), &b));
    ck_assert(wr_batch_read_marker(&b, &m));
    ck_assert_int_eq(m.producer_id, written.producer_id);
    ck_assert_int_eq(m.producer_epoch, written.producer_epoch);
    ck_assert_int_eq(m.coordinator_epoch, written.coordinator_epoch);
    ck_assert_int_eq(m.commit, written.commit);
}
END_TEST

/* ---- building -------------------------------------------------------------------------------- */

static const struct wr_batch plain = {.base_offset = 40,
                                      .leader_epoch = 3,
                                      .producer_id = -1,
                                      .producer_epoch = -1,
                                      .base_sequence = -1};

static struct wr_batch build(const struct wr_batch *head, const struct wr_batch_record *records,
                             size_t count)
{
    struct wr_batch_builder builder;
    size_t at = out.len;
    wr_batch_start(&builder, &out, head);
    for (size_t i = 0; i < count; i++) {
        wr_batch_add(&builder, &records[i]);
    }
    wr_batch_finish(&builder);
    return read_whole(weir_view(out.data + at, out.len - at));
}

START_TEST(null_and_empty_stay_apart)
{
    const struct wr_batch_record records[] = {
        {.offset = 40, .time = 7, .key = WEIR_NULL, .value = weir_str("")},
        {.offset = 41, .time = 5, .key = weir_str(""), .value = WEIR_NULL},
    };
    struct wr_batch b = build(&plain, records, 2);
    struct wr_batch_iter it;
    struct wr_batch_record r;
    ck_assert(wr_batch_valid(&b));
    ck_assert_int_eq(b.first_time, 7);
    ck_assert_int_eq(b.max_time, 7);
    wr_batch_iter_init(&it, &b);
    for (size_t i = 0; i < 2; i++) {
        ck_assert_int_eq(wr_batch_next(&it, &r), 1);
        ck_assert_int_eq(r.offset, records[i].offset);
        ck_assert_int_eq(r.time, records[i].time);
        ck_assert(weir_equal(r.key, records[i].key));
        ck_assert(weir_equal(r.value, records[i].value));
        ck_assert_uint_eq(r.headers.len, 1);
    }
    ck_assert_int_eq(wr_batch_next(&it, &r), 0);
}
END_TEST

START_TEST(headers_are_written_and_copied)
{
    const struct weir_header items[] = {{weir_str("a"), weir_str("1")}, {weir_str("b"), WEIR_NULL}};
    const unsigned char want[] = {4, 2, 'a', 2, '1', 2, 'b', 1};
    struct wr_batch_record r = {.offset = 40, .time = 1, .value = weir_str("v")};
    struct wr_batch_builder builder;
    struct wr_batch_iter it;
    wr_batch_start(&builder, &out, &plain);
    wr_batch_add_headers(&builder, &r, (struct weir_headers){items, 2});
    wr_batch_finish(&builder);
    struct wr_batch b = read_whole(wr_buf_view(&out));
    ck_assert(wr_batch_valid(&b));
    wr_batch_iter_init(&it, &b);
    ck_assert_int_eq(wr_batch_next(&it, &r), 1);
    ck_assert_uint_eq(r.headers.len, sizeof want);
    ck_assert_mem_eq(r.headers.data, want, sizeof want);

    struct wr_buf first = out;
    out = (struct wr_buf){0};
    build(&plain, &r, 1);
    ck_assert_uint_eq(out.len, first.len);
    ck_assert_mem_eq(out.data, first.data, out.len);
    wr_buf_free(&first);
}
END_TEST

START_TEST(time_of_append_is_the_time_of_every_record)
{
    const struct wr_batch_record records[] = {{.offset = 40, .time = 7}, {.offset = 41, .time = 9}};
    struct wr_batch b = build(&plain, records, 2);
    struct wr_batch_iter it;
    struct wr_batch_record r;
    wr_batch_set_max_time(out.data, 500, true);
    b = read_whole(wr_buf_view(&out));
    ck_assert(wr_batch_valid(&b));
    ck_assert_uint_eq(b.attributes, WR_BATCH_LOG_APPEND_TIME);
    for (wr_batch_iter_init(&it, &b); wr_batch_next(&it, &r) == 1;) {
        ck_assert_int_eq(r.time, 500);
    }
    wr_batch_set_max_time(out.data, 9, false);
    b = read_whole(wr_buf_view(&out));
    ck_assert(wr_batch_valid(&b));
    ck_assert_uint_eq(b.attributes, 0);
}
END_TEST

START_TEST(offset_and_epoch_are_set_without_touching_the_checksum)
{
    const struct wr_batch_record record = {.offset = 40};
    build(&plain, &record, 1);
    wr_batch_set_base_offset(out.data, 1000000000000);
    wr_batch_set_leader_epoch(out.data, 9);
    struct wr_batch b = read_whole(wr_buf_view(&out));
    ck_assert(wr_batch_valid(&b));
    ck_assert_int_eq(b.base_offset, 1000000000000);
    ck_assert_int_eq(b.leader_epoch, 9);
}
END_TEST

START_TEST(delete_horizon_is_kept_as_the_first_time)
{
    const struct wr_batch_record record = {.offset = 42, .time = 7, .key = weir_str("k")};
    struct wr_batch head = plain;
    head.attributes = WR_BATCH_DELETE_HORIZON;
    head.first_time = 90000;
    struct wr_batch b = build(&head, &record, 1);
    struct wr_batch_iter it;
    struct wr_batch_record r;
    ck_assert(wr_batch_valid(&b));
    ck_assert_int_eq(b.first_time, 90000);
    ck_assert_int_eq(b.max_time, 7);
    ck_assert_int_eq(b.last_offset_delta, 2);
    wr_batch_iter_init(&it, &b);
    ck_assert_int_eq(wr_batch_next(&it, &r), 1);
    ck_assert_int_eq(r.time, 7);
    ck_assert_int_eq(r.offset, 42);
}
END_TEST

START_TEST(other_batch_is_no_marker)
{
    const struct wr_batch_record fits[] = {
        {.offset = 40, .key = weir_str("keys"), .value = weir_str("values")},
        {.offset = 41, .key = weir_str("keys"), .value = weir_str("values")}};
    const struct wr_batch_record short_key = {
        .offset = 40, .key = weir_str("key"), .value = weir_str("values")};
    const struct wr_batch_record short_value = {
        .offset = 40, .key = weir_str("keys"), .value = weir_str("value")};
    struct wr_batch control = plain;
    struct wr_marker m;
    control.attributes = WR_BATCH_CONTROL;
    const struct {
        const struct wr_batch *head;
        const struct wr_batch_record *records;
        size_t count;
        bool is;
    } cases[] = {
        {&control, fits, 1, true},        {&plain, fits, 1, false},
        {&control, fits, 2, false},       {&control, fits, 0, false},
        {&control, &short_key, 1, false}, {&control, &short_value, 1, false},
    };
    for (size_t i = 0; i < WR_ARRAY_LEN(cases); i++) {
        struct wr_batch b = build(cases[i].head, cases[i].records, cases[i].count);
        ck_assert_int_eq(wr_batch_read_marker(&b, &m), cases[i].is);
    }
}
END_TEST

START_TEST(batch_without_records_is_valid)
{
    struct wr_batch b = build(&plain, NULL, 0);
    struct wr_batch_iter it;
    struct wr_batch_record r;
    ck_assert(wr_batch_valid(&b));
    ck_assert_int_eq(b.first_time, -1);
    ck_assert_int_eq(b.max_time, -1);
    wr_batch_iter_init(&it, &b);
    ck_assert_int_eq(wr_batch_next(&it, &r), 0);
}
END_TEST

/* ---- refused --------------------------------------------------------------------------------- */

/* A batch with these bytes for records, and a right checksum. */
static struct wr_batch with_records(const char *hex, int32_t count, int32_t last_delta)
{
    struct weir_bytes records = from_hex(hex);
    build(&plain, NULL, 0);
    wr_buf_bytes(&out, records);
    wr_put_be32(out.data + 8, (uint32_t)(out.len - 12));
    wr_put_be32(out.data + 23, (uint32_t)last_delta);
    wr_put_be32(out.data + 57, (uint32_t)count);
    wr_batch_set_max_time(out.data, 0, false);
    return read_whole(wr_buf_view(&out));
}

static const struct {
    const char *what;
    const char *records;
    int32_t count;
    int32_t last_delta;
    bool valid;
} payloads[] = {
    {"a record of nulls", "0c000000010100", 1, 0, true},
    {"two records", "0c0000000101000c000002010100", 2, 1, true},
    {"two records with a gap", "0c0000000101000c000006010100", 2, 5, true},
    {"fewer than counted", "0c000000010100", 2, 1, false},
    {"more than counted", "0c0000000101000c000002010100", 1, 1, false},
    {"offset beyond the last", "0c0000000101000c000004010100", 2, 1, false},
    {"offset twice", "0c0000000101000c000000010100", 2, 1, false},
    {"negative offset", "0c000001010100", 1, 0, false},
    {"no count of headers", "0a0000000101", 1, 0, false},
    {"length of a record too long", "0e000000010100", 1, 0, false},
    {"length of a record too short", "0a000000010100", 1, 0, false},
    {"length of a record 0", "00000000010100", 1, 0, false},
    {"negative length of a record", "0b000000010100", 1, 0, false},
    {"key beyond the record", "0c000000060100", 1, 0, false},
    {"length of a key below -1", "0c000000030100", 1, 0, false},
    {"value beyond the record", "0c000000010600", 1, 0, false},
    {"negative count of headers", "0c000000010101", 1, 0, false},
    {"more headers than bytes", "0c0000000101fe", 1, 0, false},
    {"header without a name", "1000000001010201 01", 1, 0, false},
    {"bytes behind the headers", "0e00000001010000", 1, 0, false},
    {"number that does not end", "ffffffffffffffffffffff", 1, 0, false},
};

START_TEST(records_are_checked)
{
    struct wr_batch b =
        with_records(payloads[_i].records, payloads[_i].count, payloads[_i].last_delta);
    ck_assert_msg(wr_batch_valid(&b) == payloads[_i].valid, "%s", payloads[_i].what);
}
END_TEST

START_TEST(records_of_a_compressed_batch_are_not_looked_at)
{
    struct wr_batch head = plain;
    head.attributes = 4;
    build(&head, NULL, 0);
    wr_buf_str(&out, "compressed");
    wr_put_be32(out.data + 8, (uint32_t)(out.len - 12));
    wr_batch_set_max_time(out.data, 0, false);
    struct wr_batch b = read_whole(wr_buf_view(&out));
    ck_assert(wr_batch_valid(&b));
}
END_TEST

START_TEST(length_that_is_too_small_is_not_read)
{
    struct wr_batch b;
    build(&plain, NULL, 0);
    wr_put_be32(out.data + 8, 48);
    ck_assert(!wr_batch_read(wr_buf_view(&out), &b));
    wr_put_be32(out.data + 8, UINT32_MAX);
    ck_assert(!wr_batch_read(wr_buf_view(&out), &b));
}
END_TEST

START_TEST(other_magic_is_not_valid)
{
    const struct wr_batch_record record = {.offset = 40};
    build(&plain, &record, 1);
    out.data[16] = 1;
    struct wr_batch b = read_whole(wr_buf_view(&out));
    ck_assert(!wr_batch_valid(&b));
}
END_TEST

START_TEST(any_records_are_read_back)
{
    enum { COUNT = 200 };
    struct wr_batch_record records[COUNT];
    struct wr_rng rng;
    struct wr_batch_iter it;
    struct wr_batch_record r;
    static const char bytes[300];
    int64_t offset = plain.base_offset;
    wr_rng_seed(&rng, 7);
    for (int i = 0; i < COUNT; i++) {
        records[i] = (struct wr_batch_record){
            .offset = offset,
            .time = (int64_t)(wr_rng_next(&rng) >> (1 + wr_rng_below(&rng, 60))),
            .key = weir_view(bytes, wr_rng_below(&rng, sizeof bytes)),
            .value = weir_view(bytes, wr_rng_below(&rng, sizeof bytes))};
        offset += 1 + (int64_t)wr_rng_below(&rng, 1000);
    }
    struct wr_batch b = build(&plain, records, COUNT);
    ck_assert(wr_batch_valid(&b));
    wr_batch_iter_init(&it, &b);
    for (int i = 0; i < COUNT; i++) {
        ck_assert_int_eq(wr_batch_next(&it, &r), 1);
        ck_assert_int_eq(r.offset, records[i].offset);
        ck_assert_int_eq(r.time, records[i].time);
        ck_assert(weir_equal(r.key, records[i].key) && weir_equal(r.value, records[i].value));
    }
    ck_assert_int_eq(wr_batch_next(&it, &r), 0);
}
END_TEST

Suite *record_batch_suite(void)
{
    Suite *s = suite_create("record_batch");
    TCase *t = tcase_create("record_batch");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_loop_test(t, stored_batch_is_read, 0, WR_ARRAY_LEN(stored));
    tcase_add_loop_test(t, batch_that_was_read_is_written_with_the_same_bytes, 0,
                        WR_ARRAY_LEN(stored));
    tcase_add_loop_test(t, batch_that_is_cut_off_is_not_read, 0, WR_ARRAY_LEN(stored));
    tcase_add_loop_test(t, any_wrong_bit_behind_the_magic_is_noticed, 0, WR_ARRAY_LEN(stored));
    tcase_add_test(t, marker_has_the_bytes_of_apache_kafka);
    tcase_add_loop_test(t, marker_is_read_as_it_was_written, 0, 2);
    tcase_add_test(t, other_batch_is_no_marker);
    tcase_add_test(t, null_and_empty_stay_apart);
    tcase_add_test(t, headers_are_written_and_copied);
    tcase_add_test(t, time_of_append_is_the_time_of_every_record);
    tcase_add_test(t, offset_and_epoch_are_set_without_touching_the_checksum);
    tcase_add_test(t, delete_horizon_is_kept_as_the_first_time);
    tcase_add_test(t, batch_without_records_is_valid);
    tcase_add_loop_test(t, records_are_checked, 0, WR_ARRAY_LEN(payloads));
    tcase_add_test(t, records_of_a_compressed_batch_are_not_looked_at);
    tcase_add_test(t, length_that_is_too_small_is_not_read);
    tcase_add_test(t, other_magic_is_not_valid);
    tcase_add_test(t, any_records_are_read_back);
    suite_add_tcase(s, t);
    return s;
}
