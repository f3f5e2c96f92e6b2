/* test_json_scan.c -- which texts are JSON, and what is wrong with the others. */
#include "src/base/base.h"

#include <string.h>

#include "src/base/mem.h"
#include "src/data/json_scan.h"
#include "tests/unit/suite.h"

/* A copy without anything behind it, so that the sanitizer sees a read beyond the end. */
static bool check(const char *text, size_t len, struct wr_json_fault *fault)
{
    char *copy = wr_memdup(text, len);
    bool ok = wr_json_check(weir_view(copy, len), fault);
    wr_free(copy);
    return ok;
}

static const char *const valid[] = {
    "{}",
    "[]",
    "0",
    "-0",
    "\"\"",
    "null",
    "true",
    "false",
    " \t\r\n{ \"a\" : [ 1 , 2.5e-3 , { } , [ ] ] } \n",
    "[-1,0.0,1e5,1E+5,1e-5,123456789012345678901234567890]",
    "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00e9\\ud83d\\ude00\\u0000\"",
    "\"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80 \x7f\"",
    "{\"a\":1,\"a\":2}",
    "{\"a name longer than sixteen bytes\":\"a string longer than sixteen bytes\"}",
    "1e999",
};

START_TEST(text_is_json)
{
    struct wr_json_fault fault = {0};
    ck_assert_msg(check(valid[_i], strlen(valid[_i]), &fault), "%s at %zu", fault.why, fault.at);
}
END_TEST

static const struct {
    const char *text;
    size_t at;
    const char *why;
} invalid[] = {
    {"", 0, "a value is expected"},
    {"  ", 2, "a value is expected"},
    {"nul", 0, "a value is expected"},
    {"True", 0, "a value is expected"},
    {"truex", 4, "there is more after the value"},
    {"{} {}", 3, "there is more after the value"},
    {"}", 0, "a value is expected"},
    {"[1,]", 3, "a value is expected"},
    {"[,1]", 1, "a value is expected"},
    {"[1 2]", 3, "\",\" or \"]\" is expected"},
    {"[1}", 2, "\",\" or \"]\" is expected"},
    {"[1", 2, "\",\" or \"]\" is expected"},
    {"{", 1, "a name in quotes is expected"},
    {"{a:1}", 1, "a name in quotes is expected"},
    {"{'a':1}", 1, "a name in quotes is expected"},
    {"{\"a\":1,}", 7, "a name in quotes is expected"},
    {"{\"a\"}", 4, "\":\" is expected"},
    {"{\"a\" 1}", 5, "\":\" is expected"},
    {"{\"a\":}", 5, "a value is expected"},
    {"{\"a\":1]", 6, "\",\" or \"}\" is expected"},
    {"{\"a\":1", 6, "\",\" or \"}\" is expected"},
    {"01", 0, "a number begins with 0"},
    {"-01", 1, "a number begins with 0"},
    {"-", 1, "a value is expected"},
    {"+1", 0, "a value is expected"},
    {".5", 0, "a value is expected"},
    {"5.", 2, "a number has no digits after its point"},
    {"5.e1", 2, "a number has no digits after its point"},
    {"5e", 2, "a number has no digits in its exponent"},
    {"5e+", 3, "a number has no digits in its exponent"},
    {"0x10", 1, "there is more after the value"},
    {"NaN", 0, "a value is expected"},
    {"\"a", 2, "a string does not end"},
    {"\"a string longer than sixteen bytes", 35, "a string does not end"},
    {"\"\\", 1, "an escape is wrong"},
    {"\"\\x\"", 1, "an escape is wrong"},
    {"\"\\u12g4\"", 1, "an escape is wrong"},
    {"\"\\ud800\"", 1, "an escape is wrong"},
    {"\"\\udc00\"", 1, "an escape is wrong"},
    {"\"\\ud800\\u0041\"", 1, "an escape is wrong"},
    {"\"\t\"", 1, "a control character in a string is not escaped"},
    {"\"sixteen bytes and\x01more\"", 18, "a control character in a string is not escaped"},
    {"\"\xff\"", 1, "a character is not UTF-8"},
    {"\"\xed\xa0\x80\"", 1, "a character is not UTF-8"},
    {"\"\xc3", 1, "a character is not UTF-8"},
    {"\xef\xbb\xbf{}", 0, "a value is expected"},
    {"/**/1", 0, "a value is expected"},
};

START_TEST(text_is_not_json_and_the_fault_is_named)
{
    struct wr_json_fault fault = {0};
    ck_assert(!check(invalid[_i].text, strlen(invalid[_i].text), &fault));
    ck_assert_str_eq(fault.why, invalid[_i].why);
    ck_assert_uint_eq(fault.at, invalid[_i].at);
}
END_TEST

START_TEST(null_view_and_zero_bytes_are_not_json)
{
    struct wr_json_fault fault;
    ck_assert(!wr_json_check(WEIR_NULL, &fault));
    ck_assert(!check("1\0", 2, &fault));
    ck_assert(!check("\"\0\"", 3, &fault));
}
END_TEST

START_TEST(no_beginning_of_a_text_is_json)
{
    static const char text[] = "{\"a\":[1,\"x\\u0041\xc3\xa9\",{\"b\":null}],\"c\":-2.5e1}";
    struct wr_json_fault fault;
    for (size_t len = 0; len < sizeof text - 1; len++) {
        ck_assert(!check(text, len, &fault));
        ck_assert_uint_le(fault.at, len);
    }
    ck_assert(check(text, sizeof text - 1, &fault));
}
END_TEST

START_TEST(depth_is_limited)
{
    char text[2 * WR_JSON_DEPTH_MAX + 2];
    struct wr_json_fault fault;
    for (int i = 0; i < WR_JSON_DEPTH_MAX; i++) {
        text[i] = '[';
        text[2 * WR_JSON_DEPTH_MAX - 1 - i] = ']';
    }
    ck_assert(check(text, (size_t)2 * WR_JSON_DEPTH_MAX, &fault));
    memset(text, '[', WR_JSON_DEPTH_MAX + 1);
    memset(text + WR_JSON_DEPTH_MAX + 1, ']', WR_JSON_DEPTH_MAX + 1);
    ck_assert(!check(text, sizeof text, &fault));
    ck_assert_uint_eq(fault.at, WR_JSON_DEPTH_MAX);
}
END_TEST

Suite *json_scan_suite(void)
{
    Suite *s = suite_create("json_scan");
    TCase *t = tcase_create("json_scan");
    tcase_add_loop_test(t, text_is_json, 0, WR_ARRAY_LEN(valid));
    tcase_add_loop_test(t, text_is_not_json_and_the_fault_is_named, 0, WR_ARRAY_LEN(invalid));
    tcase_add_test(t, null_view_and_zero_bytes_are_not_json);
    tcase_add_test(t, no_beginning_of_a_text_is_json);
    tcase_add_test(t, depth_is_limited);
    suite_add_tcase(s, t);
    return s;
}
