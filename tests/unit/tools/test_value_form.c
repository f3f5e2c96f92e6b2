/* test_value_form.c -- keys and values as they are shown and written. */
#include "src/base/base.h"

#include <check.h>
#include <string.h>

#include "tests/unit/suite.h"
#include "tools/value_form.h"

#define BYTES(text) text, sizeof(text) - 1

static const struct {
    enum wr_value_form form;
    const char *data;
    size_t len;
    const char *shown;
} shown[] = {
    {WR_VALUE_AUTO, BYTES("plain"), "\"plain\""},
    {WR_VALUE_AUTO, BYTES(""), "\"\""},
    {WR_VALUE_AUTO, BYTES("a \"b\"\n\tc"), "\"a \\\"b\\\"\\n\\tc\""},
    {WR_VALUE_AUTO, BYTES("\xC3\xA4"), "\"\xC3\xA4\""},
    {WR_VALUE_AUTO, BYTES("\xC2\x85"), "\"0xc285\""}, /* a control character */
    {WR_VALUE_AUTO, BYTES("a\0"), "\"0x6100\""},
    {WR_VALUE_AUTO, BYTES("\x7F"), "\"0x7f\""},
    {WR_VALUE_AUTO, BYTES("\xFF"), "\"0xff\""},
    {WR_VALUE_HEX, BYTES("az"), "\"617a\""},
    {WR_VALUE_HEX, BYTES(""), "\"\""},
    {WR_VALUE_STRING, BYTES("a\x01"), "\"a\\u0001\""},
    {WR_VALUE_I32, BYTES("\xFF\xFF\xFF\xFE"), "-2"},
    {WR_VALUE_I64, BYTES("\0\0\0\0\0\0\1\0"), "256"},
    {WR_VALUE_F64, BYTES("\x3F\xF8\0\0\0\0\0\0"), "1.5"},
    {WR_VALUE_JSON, BYTES("{\"a\":\n1}"), "{\"a\":1}"},
};

START_TEST(value_is_shown_as_json)
{
    struct wr_buf out = {0};
    struct weir_error err;
    ck_assert_int_eq(
        wr_value_show(shown[_i].form, weir_view(shown[_i].data, shown[_i].len), &out, &err),
        WEIR_OK);
    ck_assert_str_eq(wr_buf_cstr(&out), shown[_i].shown);
    wr_buf_free(&out);
}
END_TEST

static const struct {
    enum wr_value_form form;
    const char *data;
    size_t len;
} other_forms[] = {
    {WR_VALUE_I32, BYTES("12345678")},
    {WR_VALUE_I64, BYTES("1234")},
    {WR_VALUE_F64, BYTES("")},
    {WR_VALUE_JSON, BYTES("{")},
};

START_TEST(value_of_another_form_is_refused)
{
    struct wr_buf out = {0};
    struct weir_error err;
    struct weir_bytes value = weir_view(other_forms[_i].data, other_forms[_i].len);
    ck_assert_int_eq(wr_value_show(other_forms[_i].form, value, &out, &err), WEIR_EDECODE);
    ck_assert_uint_eq(out.len, 0);
    wr_buf_free(&out);
}
END_TEST

static const struct {
    enum wr_value_form form;
    const char *text;
    const char *data;
    size_t len;
} written[] = {
    {WR_VALUE_AUTO, "0x61", BYTES("0x61")},
    {WR_VALUE_STRING, "", BYTES("")},
    {WR_VALUE_HEX, "0x617A7a", BYTES("azz")},
    {WR_VALUE_HEX, "ff00", BYTES("\xFF\0")},
    {WR_VALUE_HEX, "", BYTES("")},
    {WR_VALUE_I32, "-2", BYTES("\xFF\xFF\xFF\xFE")},
    {WR_VALUE_I64, "256", BYTES("\0\0\0\0\0\0\1\0")},
    {WR_VALUE_F64, "1.5", BYTES("\x3F\xF8\0\0\0\0\0\0")},
};

START_TEST(key_is_read_as_it_is_written)
{
    struct wr_buf out = {0};
    struct weir_error err;
    ck_assert_int_eq(wr_value_read(written[_i].form, written[_i].text, &out, &err), WEIR_OK);
    ck_assert(weir_equal(wr_buf_view(&out), weir_view(written[_i].data, written[_i].len)));
    wr_buf_free(&out);
}
END_TEST

static const struct {
    enum wr_value_form form;
    const char *text;
} unreadable[] = {
    {WR_VALUE_HEX, "abc"},        {WR_VALUE_HEX, "0xzz"}, {WR_VALUE_HEX, "61 62"},
    {WR_VALUE_I32, "2147483648"}, {WR_VALUE_I64, "1.5"},  {WR_VALUE_I64, "x"},
    {WR_VALUE_F64, ""},           {WR_VALUE_JSON, "{"},
};

START_TEST(text_that_is_no_key_is_refused)
{
    struct wr_buf out = {0};
    struct weir_error err;
    ck_assert_int_eq(wr_value_read(unreadable[_i].form, unreadable[_i].text, &out, &err),
                     WEIR_EDECODE);
    ck_assert_uint_eq(out.len, 0);
    wr_buf_free(&out);
}
END_TEST

START_TEST(forms_are_known_by_name)
{
    static const char *const names[] = {"auto", "hex", "string", "i32", "i64", "f64", "json"};
    enum wr_value_form form;
    for (size_t i = 0; i < WR_ARRAY_LEN(names); i++) {
        ck_assert(wr_value_form_of(names[i], &form));
        ck_assert_uint_eq(form, i);
    }
    ck_assert(!wr_value_form_of("bytes", &form));
    ck_assert(!wr_value_form_of("", &form));
}
END_TEST

Suite *value_form_suite(void)
{
    Suite *s = suite_create("value_form");
    TCase *t = tcase_create("value_form");
    tcase_add_loop_test(t, value_is_shown_as_json, 0, (int)WR_ARRAY_LEN(shown));
    tcase_add_loop_test(t, value_of_another_form_is_refused, 0, (int)WR_ARRAY_LEN(other_forms));
    tcase_add_loop_test(t, key_is_read_as_it_is_written, 0, (int)WR_ARRAY_LEN(written));
    tcase_add_loop_test(t, text_that_is_no_key_is_refused, 0, (int)WR_ARRAY_LEN(unreadable));
    tcase_add_test(t, forms_are_known_by_name);
    suite_add_tcase(s, t);
    return s;
}
