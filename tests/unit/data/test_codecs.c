/* test_codecs.c -- the built-in codecs: bytes, and the same as JSON. */
#include "src/base/base.h"

#include <string.h>

#include "src/conf/core_settings.h"
#include "src/data/codecs.h"
#include "tests/unit/suite.h"

static struct wr_arena arena;
static struct weir_error err;

static void setup(void)
{
    wr_arena_init(&arena, 1024);
}

static void teardown(void)
{
    wr_arena_free(&arena);
}

#define BYTES(s) s, sizeof(s) - 1

/* Bytes, and how people see them; rows read back give the same bytes. */
static const struct {
    const char *codec;
    const char *bytes;
    size_t len;
    const char *json;
} values[] = {
    {"bytes", BYTES(""), "\"\""},
    {"bytes", BYTES("\0\xff\x10"), "\"AP8Q\""},
    {"string", BYTES(""), "\"\""},
    {"string", BYTES("caf\xc3\xa9 \"x\"\n"), "\"caf\xc3\xa9 \\\"x\\\"\\n\""},
    {"i32", BYTES("\0\0\0\7"), "7"},
    {"i32", BYTES("\xff\xff\xff\xff"), "-1"},
    {"i32", BYTES("\x80\0\0\0"), "-2147483648"},
    {"i64", BYTES("\0\0\0\0\0\0\1\0"), "256"},
    {"i64", BYTES("\x80\0\0\0\0\0\0\0"), "-9223372036854775808"},
    {"f64", BYTES("\x3f\xb9\x99\x99\x99\x99\x99\x9a"), "0.1"},
    {"f64", BYTES("\x80\0\0\0\0\0\0\0"), "-0"},
    {"f64", BYTES("\x7f\xf0\0\0\0\0\0\0"), "\"Infinity\""},
    {"f64", BYTES("\xff\xf0\0\0\0\0\0\0"), "\"-Infinity\""},
    {"f64", BYTES("\x7f\xf8\0\0\0\0\0\0"), "\"NaN\""},
    {"json", BYTES("{\"a\":[1,\"x y\"]}"), "{\"a\":[1,\"x y\"]}"},
    {"json", BYTES("null"), "null"},
};

START_TEST(value_is_valid_and_shown_as_json)
{
    const struct weir_codec *c = wr_codec_by_name(values[_i].codec);
    struct weir_bytes b = weir_view(values[_i].bytes, values[_i].len);
    struct wr_buf out = {0};
    ck_assert_int_eq(c->ops->validate(c, b, &err), WEIR_OK);
    c->ops->to_json(c, b, &out);
    ck_assert_str_eq(wr_buf_cstr(&out), values[_i].json);
    wr_buf_free(&out);
}
END_TEST

START_TEST(value_is_made_from_json)
{
    const struct weir_codec *c = wr_codec_by_name(values[_i].codec);
    struct wr_buf out = {0};
    if (strcmp(values[_i].json, "-0") == 0) {
        return; /* an integer to JSON; only "-0.0" keeps its sign */
    }
    ck_assert_int_eq(c->ops->from_json(c, weir_str(values[_i].json), &out, &err), WEIR_OK);
    ck_assert(weir_equal(wr_buf_view(&out), weir_view(values[_i].bytes, values[_i].len)));
    wr_buf_free(&out);
}
END_TEST

static const char *const names[] = {"bytes", "string", "i32", "i64", "f64", "json"};

START_TEST(null_is_shown_as_null)
{
    const struct weir_codec *c = wr_codec_by_name(names[_i]);
    struct wr_buf out = {0};
    c->ops->to_json(c, WEIR_NULL, &out);
    ck_assert_str_eq(wr_buf_cstr(&out), "null");
    wr_buf_free(&out);
}
END_TEST

START_TEST(codec_is_found_by_its_name)
{
    const struct weir_codec *c = wr_codec_builtin((enum wr_codec_kind)_i);
    ck_assert_ptr_eq(wr_codec_by_name(names[_i]), c);
    ck_assert_int_eq(c->kind, _i);
    ck_assert_ptr_null(wr_codec_by_name("avro"));
}
END_TEST

START_TEST(codec_that_may_be_the_default_exists)
{
    const char *p = WR_CORE(DEFAULT_KEY_CODEC)->choices;
    ck_assert_str_eq(p, WR_CORE(DEFAULT_VALUE_CODEC)->choices);
    while (*p != '\0') {
        char name[16] = "";
        size_t len = strcspn(p, "|");
        memcpy(name, p, len);
        ck_assert_ptr_nonnull(wr_codec_by_name(name));
        p += len + (p[len] == '|');
    }
}
END_TEST

static const struct {
    const char *codec;
    const char *bytes;
    size_t len;
    const char *why;
} invalid[] = {
    {"i32", BYTES(""), "needs 4 bytes, there are 0"},
    {"i32", BYTES("12345"), "codec \"i32\" needs 4 bytes, there are 5"},
    {"i64", BYTES("1234567"), "needs 8 bytes"},
    {"f64", BYTES("123456789"), "needs 8 bytes"},
    {"json", BYTES(""), "not a JSON text: a value is expected at byte 1 of 0"},
    {"json", BYTES("{\"a\":x}"), "not a JSON text: a value is expected at byte 6 of 7"},
};

START_TEST(bytes_that_are_no_value_are_refused)
{
    const struct weir_codec *c = wr_codec_by_name(invalid[_i].codec);
    struct weir_bytes b = weir_view(invalid[_i].bytes, invalid[_i].len);
    ck_assert_int_eq(c->ops->validate(c, b, &err), WEIR_EDECODE);
    ck_assert_msg(strstr(err.text, invalid[_i].why) != NULL, "%s", err.text);
}
END_TEST

static const struct {
    const char *codec;
    const char *json;
} not_values[] = {
    {"bytes", "1"},        {"bytes", "\"***\""},
    {"bytes", "null"},     {"string", "1"},
    {"string", "null"},    {"string", "\"x"},
    {"i32", "2147483648"}, {"i32", "1.5"},
    {"i32", "\"1\""},      {"i64", "9223372036854775808"},
    {"i64", "1e3"},        {"i64", "null"},
    {"f64", "\"inf\""},    {"f64", "1e999"},
    {"f64", "true"},       {"json", "{"},
    {"json", ""},
};

START_TEST(json_that_is_no_value_is_refused_and_nothing_is_appended)
{
    const struct weir_codec *c = wr_codec_by_name(not_values[_i].codec);
    struct wr_buf out = {0};
    wr_buf_str(&out, "before");
    ck_assert_int_eq(c->ops->from_json(c, weir_str(not_values[_i].json), &out, &err), WEIR_EDECODE);
    ck_assert_str_eq(wr_buf_cstr(&out), "before");
    wr_buf_free(&out);
}
END_TEST

START_TEST(integers_are_read_as_doubles_where_a_double_is_wanted)
{
    const struct weir_codec *c = wr_codec_by_name("f64");
    struct wr_buf out = {0};
    ck_assert_int_eq(c->ops->from_json(c, weir_str("-2"), &out, &err), WEIR_OK);
    ck_assert(weir_equal(wr_buf_view(&out), weir_view("\xc0\0\0\0\0\0\0\0", 8)));
    wr_buf_free(&out);
}
END_TEST

START_TEST(json_is_shown_on_one_line_and_broken_text_as_replacement)
{
    struct wr_buf out = {0};
    const struct weir_codec *json = wr_codec_by_name("json");
    const struct weir_codec *string = wr_codec_by_name("string");
    json->ops->to_json(json, weir_str(" {\n  \"a b\" : [ 1 , \"x \\\" y\" ]\n} "), &out);
    ck_assert_str_eq(wr_buf_cstr(&out), "{\"a b\":[1,\"x \\\" y\"]}");
    wr_buf_reset(&out);
    ck_assert_int_eq(string->ops->validate(string, weir_str("\xff"), &err), WEIR_OK);
    string->ops->to_json(string, weir_str("a\xffz"), &out);
    ck_assert_str_eq(wr_buf_cstr(&out), "\"a\xef\xbf\xbdz\"");
    wr_buf_free(&out);
}
END_TEST

static const struct {
    const char *codec;
    enum weir_type type;
} whole[] = {
    {"bytes", WEIR_TYPE_RAW},
    {"string", WEIR_TYPE_STRING},
    {"i64", WEIR_TYPE_I64},
    {"f64", WEIR_TYPE_F64},
};

START_TEST(empty_path_is_the_whole_value)
{
    const struct weir_codec *c = wr_codec_by_name(whole[_i].codec);
    struct weir_field *f;
    struct weir_scalar v;
    struct weir_bytes eight = weir_view("\0\0\0\0\0\0\0\0", 8);
    ck_assert_int_eq(wr_field_compile(&arena, c, "", &f, &err), WEIR_OK);
    ck_assert_int_eq(c->ops->get(f, eight, &arena, &v, &err), WEIR_OK);
    ck_assert_int_eq(v.type, whole[_i].type);
    ck_assert_int_eq(c->ops->get(f, WEIR_NULL, &arena, &v, &err), WEIR_ENOTFOUND);
}
END_TEST

START_TEST(number_of_the_wrong_size_cannot_be_read)
{
    struct weir_field *f;
    struct weir_scalar v;
    const struct weir_codec *c = wr_codec_by_name("i64");
    ck_assert_int_eq(wr_field_compile(&arena, c, "", &f, &err), WEIR_OK);
    ck_assert_int_eq(c->ops->get(f, weir_str("1234"), &arena, &v, &err), WEIR_EDECODE);
}
END_TEST

START_TEST(path_into_a_value_without_fields_is_refused)
{
    struct weir_field *f = NULL;
    ck_assert_int_eq(wr_field_compile(&arena, wr_codec_by_name("i64"), "a", &f, &err), WEIR_EINVAL);
    ck_assert_ptr_nonnull(strstr(err.text, "values of codec \"i64\" have no fields"));
    ck_assert_int_eq(wr_field_compile(&arena, wr_codec_by_name("json"), "a..b", &f, &err),
                     WEIR_EINVAL);
    ck_assert_ptr_null(f);
}
END_TEST

Suite *codecs_suite(void)
{
    Suite *s = suite_create("codecs");
    TCase *t = tcase_create("codecs");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, value_is_valid_and_shown_as_json, 0, WR_ARRAY_LEN(values));
    tcase_add_loop_test(t, value_is_made_from_json, 0, WR_ARRAY_LEN(values));
    tcase_add_loop_test(t, null_is_shown_as_null, 0, WR_ARRAY_LEN(names));
    tcase_add_loop_test(t, codec_is_found_by_its_name, 0, WR_ARRAY_LEN(names));
    tcase_add_test(t, codec_that_may_be_the_default_exists);
    tcase_add_loop_test(t, bytes_that_are_no_value_are_refused, 0, WR_ARRAY_LEN(invalid));
    tcase_add_loop_test(t, json_that_is_no_value_is_refused_and_nothing_is_appended, 0,
                        WR_ARRAY_LEN(not_values));
    tcase_add_test(t, integers_are_read_as_doubles_where_a_double_is_wanted);
    tcase_add_test(t, json_is_shown_on_one_line_and_broken_text_as_replacement);
    tcase_add_loop_test(t, empty_path_is_the_whole_value, 0, WR_ARRAY_LEN(whole));
    tcase_add_test(t, number_of_the_wrong_size_cannot_be_read);
    tcase_add_test(t, path_into_a_value_without_fields_is_refused);
    suite_add_tcase(s, t);
    return s;
}
