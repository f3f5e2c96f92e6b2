/* test_json_text.c -- escapes of JSON strings. */
#include "src/base/base.h"

#include <string.h>

#include "src/data/json_text.h"
#include "tests/unit/suite.h"

static const struct {
    const char *text;
    const char *bytes;
    size_t len;
} escaped[] = {
    {"", "", 0},
    {"plain", "plain", 5},
    {"\\\"\\\\\\/", "\"\\/", 3},
    {"\\b\\f\\n\\r\\t", "\b\f\n\r\t", 5},
    {"a\\u0041z", "aAz", 3},
    {"\\u00E9\\u20ac", "\xc3\xa9\xe2\x82\xac", 5},
    {"\\ud83d\\uDE00", "\xf0\x9f\x98\x80", 4},
    {"\\u0000x", "\0x", 2},
};

START_TEST(escapes_are_resolved)
{
    const unsigned char *p = (const unsigned char *)escaped[_i].text;
    const unsigned char *end = p + strlen(escaped[_i].text);
    char out[64];
    ck_assert_uint_eq(wr_json_unescape(p, end, out), escaped[_i].len);
    ck_assert(memcmp(out, escaped[_i].bytes, escaped[_i].len) == 0);
    ck_assert(wr_json_string_is(p, end, weir_view(escaped[_i].bytes, escaped[_i].len)));
    ck_assert(!wr_json_string_is(p, end, weir_str("plaiN")));
    ck_assert(!wr_json_string_is(p, end, weir_str("plain and more")));
}
END_TEST

static const char *const wrong[] = {
    "\\",      "\\x",     "\\u",      "\\u123",         "\\u123g",
    "\\ud83d", "\\ude00", "\\ud83dx", "\\ud83d\\n1234", "\\ud83d\\u0041"};

START_TEST(wrong_escape_is_told)
{
    const unsigned char *p = (const unsigned char *)wrong[_i];
    char out[64];
    ck_assert_uint_eq(wr_json_unescape(p, p + strlen(wrong[_i]), out), SIZE_MAX);
    ck_assert(!wr_json_string_is(p, p + strlen(wrong[_i]), weir_str("x")));
}
END_TEST

static const struct {
    const char *bytes;
    const char *text;
} written[] = {
    {"", "\"\""},
    {"a\"b\\c/", "\"a\\\"b\\\\c/\""},
    {"\n\r\t\b\x1f\x7f", "\"\\n\\r\\t\\u0008\\u001f\x7f\""},
    {"\xc3\xa9\xf0\x9f\x98\x80", "\"\xc3\xa9\xf0\x9f\x98\x80\""},
    {"a\xff\xc3z\xed\xa0\x80",
     "\"a\xef\xbf\xbd\xef\xbf\xbdz\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
};

START_TEST(string_is_written_with_its_escapes_and_without_broken_bytes)
{
    struct wr_buf out = {0};
    wr_json_put_string(&out, weir_str(written[_i].bytes));
    ck_assert_str_eq(wr_buf_cstr(&out), written[_i].text);
    wr_buf_free(&out);
}
END_TEST

Suite *json_text_suite(void)
{
    Suite *s = suite_create("json_text");
    TCase *t = tcase_create("json_text");
    tcase_add_loop_test(t, escapes_are_resolved, 0, WR_ARRAY_LEN(escaped));
    tcase_add_loop_test(t, wrong_escape_is_told, 0, WR_ARRAY_LEN(wrong));
    tcase_add_loop_test(t, string_is_written_with_its_escapes_and_without_broken_bytes, 0,
                        WR_ARRAY_LEN(written));
    suite_add_tcase(s, t);
    return s;
}
