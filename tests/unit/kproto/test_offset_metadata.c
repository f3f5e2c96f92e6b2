/* test_offset_metadata.c -- the text beside a committed position. */
#include "src/base/base.h"

#include "src/base/base64.h"
#include "src/kproto/offset_metadata.h"
#include "tests/unit/suite.h"

static struct wr_arena arena;
static struct wr_buf text;

static void setup(void)
{
    wr_arena_init(&arena, 1024);
    text = (struct wr_buf){0};
}

static void teardown(void)
{
    wr_arena_free(&arena);
    wr_buf_free(&text);
}

struct named {
    const char *name;
    int64_t number;
};

/* What Kafka Streams itself writes. */
static const struct {
    int64_t time;
    size_t count;
    struct named entries[2];
    const char *text;
} facts[] = {
    {-1, 0, {{NULL, 0}}, "Av//////////"},
    {-1, 1, {{"store", 4}}, "Av//////////AAAAAQAAAAVzdG9yZQAAAAAAAAAE"},
    {-1, 2, {{"a", 0}, {"b", 0}}, "Av//////////AAAAAgAAAAFhAAAAAAAAAAAAAAABYgAAAAAAAAAA"},
    {0, 0, {{NULL, 0}}, "AgAAAAAAAAAA"},
    {0, 1, {{"store", 5}}, "AgAAAAAAAAAAAAAAAQAAAAVzdG9yZQAAAAAAAAAF"},
    {0, 2, {{"a", 1}, {"b", 1}}, "AgAAAAAAAAAAAAAAAgAAAAFhAAAAAAAAAAEAAAABYgAAAAAAAAAB"},
    {42, 0, {{NULL, 0}}, "AgAAAAAAAAAq"},
    {42, 1, {{"store", 47}}, "AgAAAAAAAAAqAAAAAQAAAAVzdG9yZQAAAAAAAAAv"},
    {42, 2, {{"a", 43}, {"b", 43}}, "AgAAAAAAAAAqAAAAAgAAAAFhAAAAAAAAACsAAAABYgAAAAAAAAAr"},
    {1700000000000, 0, {{NULL, 0}}, "AgAAAYvP5WgA"},
    {1700000000000, 1, {{"store", 1700000000005}}, "AgAAAYvP5WgAAAAAAQAAAAVzdG9yZQAAAYvP5WgF"},
    {1700000000000,
     2,
     {{"a", 1700000000001}, {"b", 1700000000001}},
     "AgAAAYvP5WgAAAAAAgAAAAFhAAABi8/laAEAAAABYgAAAYvP5WgB"},
};

START_TEST(metadata_is_written_as_kafka_streams_writes_it)
{
    struct wr_offset_entry entries[2];
    for (size_t i = 0; i < facts[_i].count; i++) {
        entries[i].name = weir_str(facts[_i].entries[i].name);
        entries[i].number = facts[_i].entries[i].number;
    }
    struct wr_offset_metadata m = {facts[_i].time, entries, facts[_i].count};
    wr_offset_metadata_encode(&m, &text);
    ck_assert_str_eq(wr_buf_cstr(&text), facts[_i].text);
}
END_TEST

START_TEST(metadata_of_kafka_streams_is_read)
{
    struct wr_offset_metadata m;
    ck_assert(wr_offset_metadata_decode(facts[_i].text, &arena, &m));
    ck_assert_int_eq(m.partition_time, facts[_i].time);
    ck_assert_uint_eq(m.count, facts[_i].count);
    for (size_t i = 0; i < m.count; i++) {
        ck_assert_int_eq(wr_offset_metadata_get(&m, facts[_i].entries[i].name, -7),
                         facts[_i].entries[i].number);
    }
    ck_assert_int_eq(wr_offset_metadata_get(&m, "other", -7), -7);
}
END_TEST

START_TEST(order_of_entries_is_kept)
{
    struct wr_offset_entry entries[] = {{weir_str("z"), 1}, {weir_str(""), 2}, {weir_str("a"), 3}};
    struct wr_offset_metadata m = {5, entries, WR_ARRAY_LEN(entries)};
    struct wr_offset_metadata back;
    wr_offset_metadata_encode(&m, &text);
    ck_assert(wr_offset_metadata_decode(wr_buf_cstr(&text), &arena, &back));
    ck_assert_uint_eq(back.count, 3);
    for (size_t i = 0; i < 3; i++) {
        ck_assert(weir_equal(back.entries[i].name, entries[i].name));
        ck_assert_int_eq(back.entries[i].number, entries[i].number);
    }
}
END_TEST

static const char *base64_of(const char *bytes, size_t len)
{
    wr_base64_encode(&text, weir_view(bytes, len));
    return wr_buf_cstr(&text);
}

START_TEST(older_form_has_only_the_time)
{
    struct wr_offset_metadata m;
    ck_assert(wr_offset_metadata_decode(base64_of("\1\0\0\0\0\0\0\0\52", 9), &arena, &m));
    ck_assert_int_eq(m.partition_time, 42);
    ck_assert_uint_eq(m.count, 0);
}
END_TEST

#define TIME "\0\0\0\0\0\0\0\52"
#define BYTES(s) s, sizeof(s) - 1

static const struct {
    const char *bytes;
    size_t len;
} damaged[] = {
    {BYTES("")},
    {BYTES("\2")},
    {BYTES("\2\0\0\0\0\0\0\0")},
    {BYTES("\0" TIME)},
    {BYTES("\3" TIME)},
    {BYTES("\2" TIME "\0\0\0")},
    {BYTES("\2" TIME "\0\0\0\1")},
    {BYTES("\2" TIME "\0\0\0\1\0\0\0\1" TIME)},
    {BYTES("\2" TIME "\0\0\0\2\0\0\0\1x" TIME "\0\0\0\1x\0\0\0\0\0\0\0")},
    {BYTES("\2" TIME "\xff\xff\xff\xff\0\0\0\1x" TIME)},
    {BYTES("\2" TIME "\0\0\0\1\xff\xff\xff\xffx" TIME)},
};

static void assert_unknown(const char *given)
{
    struct wr_offset_metadata m;
    ck_assert(!wr_offset_metadata_decode(given, &arena, &m));
    ck_assert_int_eq(m.partition_time, -1);
    ck_assert_uint_eq(m.count, 0);
}

START_TEST(damaged_metadata_says_nothing)
{
    assert_unknown(base64_of(damaged[_i].bytes, damaged[_i].len));
}
END_TEST

START_TEST(text_of_others_says_nothing)
{
    assert_unknown(NULL);
    assert_unknown("");
    assert_unknown("committed by somebody else");
}
END_TEST

START_TEST(bytes_after_the_entries_are_ignored)
{
    struct wr_offset_metadata m;
    const char *given = base64_of(BYTES("\2" TIME "\0\0\0\1\0\0\0\1x" TIME "more"));
    ck_assert(wr_offset_metadata_decode(given, &arena, &m));
    ck_assert_int_eq(m.partition_time, 42);
    ck_assert_int_eq(wr_offset_metadata_get(&m, "x", -1), 42);
}
END_TEST

Suite *offset_metadata_suite(void)
{
    Suite *s = suite_create("offset_metadata");
    TCase *t = tcase_create("offset_metadata");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, metadata_is_written_as_kafka_streams_writes_it, 0, WR_ARRAY_LEN(facts));
    tcase_add_loop_test(t, metadata_of_kafka_streams_is_read, 0, WR_ARRAY_LEN(facts));
    tcase_add_test(t, order_of_entries_is_kept);
    tcase_add_test(t, older_form_has_only_the_time);
    tcase_add_loop_test(t, damaged_metadata_says_nothing, 0, WR_ARRAY_LEN(damaged));
    tcase_add_test(t, text_of_others_says_nothing);
    tcase_add_test(t, bytes_after_the_entries_are_ignored);
    suite_add_tcase(s, t);
    return s;
}
