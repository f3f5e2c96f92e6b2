/* test_proto.c -- Kafka's protocol primitives, both ways and in both forms. */
#include "src/base/base.h"

#include "src/base/rng.h"
#include "src/kproto/proto_read.h"
#include "src/kproto/proto_write.h"
#include "tests/unit/suite.h"

#define BYTES(literal) weir_view((literal), sizeof(literal) - 1)

static struct wr_buf out;
static struct wr_arena arena;

static void setup(void)
{
    wr_arena_init(&arena, 1024);
}

static void teardown(void)
{
    wr_buf_free(&out);
    wr_arena_free(&arena);
}

static struct wr_reader reader(struct weir_bytes data, bool flexible)
{
    struct wr_reader r;
    wr_reader_init(&r, data, flexible);
    return r;
}

static struct wr_writer writer(bool flexible)
{
    wr_buf_reset(&out);
    return (struct wr_writer){.out = &out, .flexible = flexible};
}

#define ck_assert_written(literal)                                                                 \
    do {                                                                                           \
        ck_assert_uint_eq(out.len, sizeof(literal) - 1);                                           \
        ck_assert_mem_eq(out.data, (literal), sizeof(literal) - 1);                                \
    } while (0)

START_TEST(integers_are_big_endian)
{
    struct wr_writer w = writer(_i);
    wr_write_i8(&w, -2);
    wr_write_i16(&w, 0x1234);
    wr_write_i32(&w, -1);
    wr_write_i64(&w, 0x0102030405060708);
    wr_write_bool(&w, true);
    ck_assert_written("\xfe\x12\x34\xff\xff\xff\xff\x01\x02\x03\x04\x05\x06\x07\x08\x01");

    struct wr_reader r = reader(wr_buf_view(&out), _i);
    ck_assert_int_eq(wr_read_i8(&r), -2);
    ck_assert_int_eq(wr_read_i16(&r), 0x1234);
    ck_assert_int_eq(wr_read_i32(&r), -1);
    ck_assert_int_eq(wr_read_i64(&r), 0x0102030405060708);
    ck_assert(wr_read_ok(&r) && !wr_read_whole(&r));
    ck_assert(wr_read_bool(&r));
    ck_assert(wr_read_ok(&r) && wr_read_whole(&r));
}
END_TEST

static const struct {
    uint32_t v;
    const char *bytes;
    size_t len;
} uvarints[] = {
    {0, "\x00", 1},
    {127, "\x7f", 1},
    {128, "\x80\x01", 2},
    {16384, "\x80\x80\x01", 3},
    {UINT32_MAX, "\xff\xff\xff\xff\x0f", 5},
};

START_TEST(uvarint_is_written_and_read)
{
    struct wr_writer w = writer(true);
    wr_write_uvarint(&w, uvarints[_i].v);
    ck_assert_uint_eq(out.len, uvarints[_i].len);
    ck_assert_mem_eq(out.data, uvarints[_i].bytes, uvarints[_i].len);
    struct wr_reader r = reader(wr_buf_view(&out), true);
    ck_assert_uint_eq(wr_read_uvarint(&r), uvarints[_i].v);
    ck_assert(wr_read_whole(&r));
    for (size_t len = 0; len < uvarints[_i].len; len++) {
        r = reader(weir_view(uvarints[_i].bytes, len), true);
        ck_assert_uint_eq(wr_read_uvarint(&r), 0);
        ck_assert(r.failed);
    }
}
END_TEST

START_TEST(uvarint_beyond_32_bits_is_refused)
{
    struct wr_reader r = reader(BYTES("\xff\xff\xff\xff\x10"), true);
    ck_assert_uint_eq(wr_read_uvarint(&r), 0);
    ck_assert(r.failed);
    r = reader(BYTES("\x80\x80\x80\x80\x80\x00"), true);
    ck_assert_uint_eq(wr_read_uvarint(&r), 0);
    ck_assert(r.failed);
}
END_TEST

START_TEST(uuid_is_sixteen_bytes)
{
    unsigned char id[16];
    struct wr_writer w = writer(true);
    wr_write_uuid(&w, (const unsigned char *)"0123456789abcdef");
    struct wr_reader r = reader(wr_buf_view(&out), true);
    wr_read_uuid(&r, id);
    ck_assert_mem_eq(id, "0123456789abcdef", 16);
    ck_assert(wr_read_whole(&r));
    wr_read_uuid(&r, id);
    ck_assert(r.failed);
    ck_assert_mem_eq(id, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
}
END_TEST

START_TEST(string_has_a_short_or_a_compact_length)
{
    struct wr_writer w = writer(false);
    wr_write_cstr(&w, "ab");
    wr_write_cstr(&w, "");
    wr_write_cstr(&w, NULL);
    ck_assert_written("\0\x02"
                      "ab\0\0\xff\xff");
    w = writer(true);
    wr_write_cstr(&w, "ab");
    wr_write_cstr(&w, "");
    wr_write_cstr(&w, NULL);
    ck_assert_written("\x03"
                      "ab\x01\0");
}
END_TEST

START_TEST(bytes_have_a_long_or_a_compact_length)
{
    struct wr_writer w = writer(false);
    wr_write_bytes(&w, weir_str("ab"));
    wr_write_bytes(&w, WEIR_NULL);
    ck_assert_written("\0\0\0\x02"
                      "ab\xff\xff\xff\xff");
    w = writer(true);
    wr_write_bytes(&w, weir_str("ab"));
    wr_write_bytes(&w, WEIR_NULL);
    ck_assert_written("\x03"
                      "ab\0");
}
END_TEST

START_TEST(null_empty_and_full_are_three_things)
{
    struct wr_writer w = writer(_i);
    wr_write_string(&w, WEIR_NULL);
    wr_write_string(&w, weir_str(""));
    wr_write_string(&w, weir_str("x"));
    wr_write_bytes(&w, WEIR_NULL);
    wr_write_bytes(&w, weir_str(""));
    wr_write_bytes(&w, weir_str("y"));
    wr_write_count(&w, -1);
    wr_write_count(&w, 0);
    struct wr_reader r = reader(wr_buf_view(&out), _i);
    ck_assert(weir_equal(wr_read_string(&r), WEIR_NULL));
    ck_assert(weir_equal(wr_read_string(&r), weir_str("")));
    ck_assert(weir_equal(wr_read_string(&r), weir_str("x")));
    ck_assert(weir_equal(wr_read_bytes(&r), WEIR_NULL));
    ck_assert(weir_equal(wr_read_bytes(&r), weir_str("")));
    ck_assert(weir_equal(wr_read_bytes(&r), weir_str("y")));
    ck_assert_int_eq(wr_read_count(&r, 1), -1);
    ck_assert_int_eq(wr_read_count(&r, 1), 0);
    ck_assert(wr_read_whole(&r));
}
END_TEST

START_TEST(string_beyond_32767_bytes_is_refused)
{
    struct wr_writer w = writer(true);
    char *text = wr_arena_zalloc(&arena, 40000);
    wr_write_bytes(&w, weir_view(text, 32767));
    struct wr_reader r = reader(wr_buf_view(&out), true);
    ck_assert_uint_eq(wr_read_string(&r).len, 32767);
    w = writer(true);
    wr_write_bytes(&w, weir_view(text, 32768));
    r = reader(wr_buf_view(&out), true);
    ck_assert(weir_is_null(wr_read_string(&r)));
    ck_assert(r.failed);
}
END_TEST

static const struct {
    struct weir_bytes data;
    bool flexible;
} lying[] = {
    {{"\0\x03"
      "ab",
      4},
     false},
    {{"\xff\xfe", 2}, false}, /* -2 */
    {{"\0", 1}, false},
    {{"\x04"
      "ab",
      3},
     true},
    {{"\x80", 1}, true},
};

START_TEST(length_that_the_bytes_do_not_hold_is_refused)
{
    struct wr_reader r = reader(lying[_i].data, lying[_i].flexible);
    ck_assert(weir_is_null(wr_read_string(&r)));
    ck_assert(r.failed);
}
END_TEST

START_TEST(count_that_the_bytes_cannot_hold_is_refused)
{
    struct wr_reader r = reader(BYTES("\0\0\0\x02\0\0\0\0\0\0\0\0"), false);
    ck_assert_int_eq(wr_read_count(&r, 4), 2);
    r = reader(BYTES("\0\0\0\x02\0\0\0\0\0\0\0"), false);
    ck_assert_int_eq(wr_read_count(&r, 4), 0);
    ck_assert(r.failed);
    r = reader(BYTES("\xff\xff\xff\xfe"), false);
    ck_assert_int_eq(wr_read_count(&r, 1), 0);
    ck_assert(r.failed);
    r = reader(BYTES("\xff\xff\xff\xff\x0f"), true);
    ck_assert_int_eq(wr_read_count(&r, 1), 0);
    ck_assert(r.failed);
}
END_TEST

START_TEST(tagged_fields_are_skipped)
{
    struct wr_reader r = reader(BYTES("\x02\x00\x01x\x05\x02yz\x07"), true);
    wr_read_tags(&r);
    ck_assert_int_eq(wr_read_i8(&r), 7);
    ck_assert(wr_read_whole(&r));
    r = reader(BYTES("\x07"), false);
    wr_read_tags(&r);
    ck_assert_int_eq(wr_read_i8(&r), 7);
    ck_assert(wr_read_whole(&r));
}
END_TEST

START_TEST(tagged_fields_that_do_not_end_are_refused)
{
    struct wr_reader r = reader(BYTES("\xff\xff\xff\xff\x0f\x00\x01x"), true);
    wr_read_tags(&r);
    ck_assert(r.failed);
    r = reader(BYTES("\x01\x00\x05x"), true);
    wr_read_tags(&r);
    ck_assert(r.failed);
}
END_TEST

START_TEST(no_tagged_fields_are_one_byte_or_none)
{
    struct wr_writer w = writer(true);
    wr_write_tags(&w);
    ck_assert_written("\0");
    w = writer(false);
    wr_write_tags(&w);
    ck_assert_uint_eq(out.len, 0);
}
END_TEST

START_TEST(text_gets_an_end_and_must_not_have_one_inside)
{
    struct wr_reader r = reader(BYTES("\x03"
                                      "ab\0\x01\x04"
                                      "a\0b"),
                                true);
    ck_assert_str_eq(wr_read_cstr(&r, &arena), "ab");
    ck_assert_ptr_null(wr_read_cstr(&r, &arena));
    ck_assert(!r.failed);
    ck_assert_str_eq(wr_read_cstr(&r, &arena), "");
    ck_assert_ptr_null(wr_read_cstr(&r, &arena));
    ck_assert(r.failed);
}
END_TEST

START_TEST(after_a_failure_everything_is_nothing)
{
    unsigned char id[16] = {1};
    struct wr_reader r = reader(BYTES("\1\1\1"), _i);
    ck_assert_int_eq(wr_read_i32(&r), 0);
    ck_assert_int_eq(wr_read_i8(&r), 0);
    ck_assert_uint_eq(wr_read_uvarint(&r), 0);
    ck_assert(weir_is_null(wr_read_string(&r)));
    ck_assert(weir_is_null(wr_read_bytes(&r)));
    ck_assert_ptr_null(wr_read_cstr(&r, &arena));
    ck_assert_int_eq(wr_read_count(&r, 1), 0);
    wr_read_uuid(&r, id);
    ck_assert_uint_eq(id[0], 0);
    wr_read_tags(&r);
    ck_assert(!wr_read_ok(&r) && !wr_read_whole(&r));
}
END_TEST

/* Reads whatever is there; what is found must lie within the bytes. */
static void read_anything(struct wr_rng *rng, struct weir_bytes data)
{
    struct wr_reader r = reader(data, wr_rng_below(rng, 2) != 0);
    while (!r.failed && r.at < r.end) {
        struct weir_bytes v = WEIR_NULL;
        switch (wr_rng_below(rng, 5)) {
        case 0:
            v = wr_read_string(&r);
            break;
        case 1:
            v = wr_read_bytes(&r);
            break;
        case 2:
            ck_assert_int_le(wr_read_count(&r, 1), (int64_t)data.len);
            break;
        case 3:
            wr_read_tags(&r);
            break;
        default:
            wr_read_i16(&r);
            break;
        }
        const unsigned char *p = v.data;
        ck_assert(p == NULL || p + v.len <= r.end);
    }
    ck_assert(r.at <= r.end);
}

START_TEST(random_bytes_are_never_read_beyond_their_end)
{
    struct wr_rng rng;
    wr_rng_seed(&rng, 7);
    for (int round = 0; round < 20000; round++) {
        unsigned char data[24];
        size_t len = wr_rng_below(&rng, sizeof data + 1);
        for (size_t i = 0; i < len; i++) {
            data[i] = (unsigned char)wr_rng_below(&rng, wr_rng_below(&rng, 2) != 0 ? 4 : 256);
        }
        read_anything(&rng, weir_view(data, len));
    }
}
END_TEST

Suite *proto_suite(void)
{
    Suite *s = suite_create("proto");
    TCase *t = tcase_create("proto");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, integers_are_big_endian, 0, 2);
    tcase_add_loop_test(t, uvarint_is_written_and_read, 0, WR_ARRAY_LEN(uvarints));
    tcase_add_test(t, uvarint_beyond_32_bits_is_refused);
    tcase_add_test(t, uuid_is_sixteen_bytes);
    tcase_add_test(t, string_has_a_short_or_a_compact_length);
    tcase_add_test(t, bytes_have_a_long_or_a_compact_length);
    tcase_add_loop_test(t, null_empty_and_full_are_three_things, 0, 2);
    tcase_add_test(t, string_beyond_32767_bytes_is_refused);
    tcase_add_loop_test(t, length_that_the_bytes_do_not_hold_is_refused, 0, WR_ARRAY_LEN(lying));
    tcase_add_test(t, count_that_the_bytes_cannot_hold_is_refused);
    tcase_add_test(t, tagged_fields_are_skipped);
    tcase_add_test(t, tagged_fields_that_do_not_end_are_refused);
    tcase_add_test(t, no_tagged_fields_are_one_byte_or_none);
    tcase_add_test(t, text_gets_an_end_and_must_not_have_one_inside);
    tcase_add_loop_test(t, after_a_failure_everything_is_nothing, 0, 2);
    tcase_add_test(t, random_bytes_are_never_read_beyond_their_end);
    suite_add_tcase(s, t);
    return s;
}
