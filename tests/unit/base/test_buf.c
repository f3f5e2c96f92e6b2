/* test_buf.c -- growing buffers. */
#include "src/base/base.h"

#include "src/base/buf.h"
#include "src/base/mem.h"
#include "tests/unit/suite.h"

START_TEST(pieces_follow_each_other)
{
    struct wr_buf b = {0};
    wr_buf_str(&b, "one ");
    wr_buf_char(&b, '2');
    wr_buf_append(&b, " three", 6);
    wr_buf_bytes(&b, weir_str(" four"));
    wr_buf_printf(&b, " %d %s", 5, "six");
    ck_assert_str_eq(wr_buf_cstr(&b), "one 2 three four 5 six");
    ck_assert_uint_eq(b.len, 22);
    wr_buf_free(&b);
    ck_assert_ptr_null(b.data);
}
END_TEST

START_TEST(integers_are_big_endian)
{
    struct wr_buf b = {0};
    wr_buf_u16(&b, 0x0102);
    wr_buf_u32(&b, 0x03040506);
    wr_buf_u64(&b, UINT64_C(0x0708090a0b0c0d0e));
    ck_assert(weir_equal(wr_buf_view(&b), weir_view("\1\2\3\4\5\6\7\10\11\12\13\14\15\16", 14)));
    wr_buf_free(&b);
}
END_TEST

START_TEST(contents_survive_growth)
{
    struct wr_buf b = {0};
    for (int i = 0; i < 10000; i++) {
        wr_buf_u32(&b, (uint32_t)i);
    }
    ck_assert_uint_eq(b.len, 40000);
    ck_assert_mem_eq(b.data + 4 * 258, "\0\0\1\2", 4);
    wr_buf_free(&b);
}
END_TEST

static const int text_len[] = {0, 1, 62, 63, 64, 65, 127, 128, 129, 5000};

START_TEST(formatted_text_of_any_length_is_whole)
{
    struct wr_buf b = {0};
    wr_buf_str(&b, "before");
    wr_buf_printf(&b, "%*s", text_len[_i], "");
    ck_assert_uint_eq(b.len, 6 + (size_t)text_len[_i]);
    wr_buf_printf(&b, "%c", 'x');
    const char *text = wr_buf_cstr(&b);
    ck_assert_mem_eq(text, "before", 6);
    ck_assert_uint_eq(strspn(text + 6, " "), (size_t)text_len[_i]);
    ck_assert_str_eq(text + 6 + text_len[_i], "x");
    wr_buf_free(&b);
}
END_TEST

static const struct {
    int64_t v;
    const char *text;
} decimals[] = {
    {0, "0"},
    {7, "7"},
    {-1, "-1"},
    {1234567890, "1234567890"},
    {INT64_MAX, "9223372036854775807"},
    {INT64_MIN, "-9223372036854775808"},
};

START_TEST(decimal_number_is_written_whole)
{
    struct wr_buf b = {0};
    wr_buf_str(&b, "n");
    wr_buf_decimal(&b, decimals[_i].v);
    ck_assert_str_eq(wr_buf_cstr(&b) + 1, decimals[_i].text);
    wr_buf_free(&b);
}
END_TEST

START_TEST(view_of_an_empty_buffer_is_empty_and_not_null)
{
    struct wr_buf b = {0};
    wr_buf_bytes(&b, WEIR_NULL);
    ck_assert(!weir_is_null(wr_buf_view(&b)));
    ck_assert_uint_eq(wr_buf_view(&b).len, 0);
    ck_assert_str_eq(wr_buf_cstr(&b), "");
    wr_buf_free(&b);
}
END_TEST

START_TEST(stolen_text_leaves_an_empty_buffer)
{
    struct wr_buf b = {0};
    wr_buf_str(&b, "text");
    char *text = wr_buf_steal(&b);
    ck_assert_str_eq(text, "text");
    ck_assert_ptr_null(b.data);
    ck_assert_uint_eq(b.len, 0);
    wr_free(text);
}
END_TEST

START_TEST(reset_keeps_the_memory)
{
    struct wr_buf b = {0};
    wr_buf_str(&b, "text");
    const char *data = b.data;
    wr_buf_reset(&b);
    wr_buf_str(&b, "next");
    ck_assert_ptr_eq(b.data, data);
    ck_assert_str_eq(wr_buf_cstr(&b), "next");
    wr_buf_free(&b);
}
END_TEST

Suite *buf_suite(void)
{
    Suite *s = suite_create("buf");
    TCase *t = tcase_create("buf");
    tcase_add_test(t, pieces_follow_each_other);
    tcase_add_test(t, integers_are_big_endian);
    tcase_add_test(t, contents_survive_growth);
    tcase_add_loop_test(t, formatted_text_of_any_length_is_whole, 0, (int)WR_ARRAY_LEN(text_len));
    tcase_add_loop_test(t, decimal_number_is_written_whole, 0, (int)WR_ARRAY_LEN(decimals));
    tcase_add_test(t, view_of_an_empty_buffer_is_empty_and_not_null);
    tcase_add_test(t, stolen_text_leaves_an_empty_buffer);
    tcase_add_test(t, reset_keeps_the_memory);
    suite_add_tcase(s, t);
    return s;
}
