/* test_varint.c -- zig-zag variable-length integers. */
#include "src/base/base.h"

#include "src/base/rng.h"
#include "src/kproto/varint.h"
#include "tests/unit/suite.h"

static const struct {
    int64_t v;
    const char *bytes;
    size_t len;
} vectors[] = {
    {0, "\x00", 1},
    {-1, "\x01", 1},
    {1, "\x02", 1},
    {63, "\x7e", 1},
    {-64, "\x7f", 1},
    {64, "\x80\x01", 2},
    {8191, "\xfe\x7f", 2},
    {INT32_MAX, "\xfe\xff\xff\xff\x0f", 5},
    {INT32_MIN, "\xff\xff\xff\xff\x0f", 5},
    {INT64_MAX, "\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10},
    {INT64_MIN, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10},
};

START_TEST(number_is_written_and_read)
{
    unsigned char out[WR_VARINT_MAX];
    int64_t back = 77;
    ck_assert_uint_eq(wr_varint_encode(out, vectors[_i].v), vectors[_i].len);
    ck_assert_mem_eq(out, vectors[_i].bytes, vectors[_i].len);
    ck_assert_uint_eq(wr_varint_decode(out, sizeof out, &back), vectors[_i].len);
    ck_assert_int_eq(back, vectors[_i].v);
}
END_TEST

START_TEST(number_that_is_cut_off_is_refused)
{
    int64_t v = 77;
    for (size_t len = 0; len < vectors[_i].len; len++) {
        ck_assert_uint_eq(wr_varint_decode(vectors[_i].bytes, len, &v), 0);
    }
    ck_assert_int_eq(v, 77);
}
END_TEST

START_TEST(number_beyond_64_bits_is_refused)
{
    int64_t v = 77;
    ck_assert_uint_eq(wr_varint_decode("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10, &v), 0);
    ck_assert_uint_eq(wr_varint_decode("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\0", 11, &v), 0);
    ck_assert_int_eq(v, 77);
}
END_TEST

START_TEST(any_number_is_read_back)
{
    struct wr_rng rng;
    wr_rng_seed(&rng, 1);
    for (int i = 0; i < 10000; i++) {
        unsigned char out[WR_VARINT_MAX];
        int64_t v = (int64_t)(wr_rng_next(&rng) >> wr_rng_below(&rng, 64));
        int64_t back;
        size_t len = wr_varint_encode(out, v);
        ck_assert_uint_eq(wr_varint_decode(out, len, &back), len);
        ck_assert_int_eq(back, v);
    }
}
END_TEST

Suite *varint_suite(void)
{
    Suite *s = suite_create("varint");
    TCase *t = tcase_create("varint");
    tcase_add_loop_test(t, number_is_written_and_read, 0, WR_ARRAY_LEN(vectors));
    tcase_add_loop_test(t, number_that_is_cut_off_is_refused, 0, WR_ARRAY_LEN(vectors));
    tcase_add_test(t, number_beyond_64_bits_is_refused);
    tcase_add_test(t, any_number_is_read_back);
    suite_add_tcase(s, t);
    return s;
}
