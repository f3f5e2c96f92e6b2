/* test_json_get.c -- reading fields of JSON values. */
#include "src/base/base.h"

#include <string.h>

#include "src/base/mem.h"
#include "src/data/codecs.h"
#include "src/data/json_text.h"
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

static enum weir_code get(struct weir_bytes value, const char *path, struct weir_scalar *out)
{
    const struct weir_codec *json = wr_codec_builtin(WR_CODEC_JSON);
    struct weir_field *field;
    ck_assert_int_eq(wr_field_compile(&arena, json, path, &field, &err), WEIR_OK);
    return json->ops->get(field, value, &arena, out, &err);
}

/* The scalar in words, so that rows of the table can say it. */
static void show(const struct weir_scalar *v, struct wr_buf *out)
{
    switch (v->type) {
    case WEIR_TYPE_NULL:
        wr_buf_str(out, "null");
        break;
    case WEIR_TYPE_BOOL:
        wr_buf_str(out, v->u.b ? "true" : "false");
        break;
    case WEIR_TYPE_I64:
        wr_buf_printf(out, "i64 %lld", (long long)v->u.i);
        break;
    case WEIR_TYPE_F64:
        wr_buf_printf(out, "f64 %.17g", v->u.f);
        break;
    case WEIR_TYPE_STRING:
    case WEIR_TYPE_RAW:
        wr_buf_str(out, v->type == WEIR_TYPE_RAW ? "raw " : "string ");
        wr_buf_bytes(out, v->u.s);
        break;
    }
}

#define ORDER                                                                                      \
    " { \"id\" : \"o-1\", \"note\":\"line\\nbreak \\ud83d\\ude00\", \"n\":{\"deep\":[1,[2,3],"     \
    "{\"x\":\"}]\\\"\",\"y\":-4.5}]} , \"empty\":{}, \"none\":[] , \"ok\":true, \"no\":false,"     \
    "\"nil\":null, \"big\":12345678901234567890, \"odd name\":1, \"a\\\"b\":2, \"\\u0063\":3,"     \
    "\"\":4, \"dup\":\"first\", \"dup\":\"second\", \"last\":0 } "

static const struct {
    const char *text;
    const char *path;
    const char *found; /* NULL: nothing is there */
} fields[] = {
    {ORDER, "id", "string o-1"},
    {ORDER, "note", "string line\nbreak \xf0\x9f\x98\x80"},
    {ORDER, "n.deep[0]", "i64 1"},
    {ORDER, "n.deep[1]", "raw [2,3]"},
    {ORDER, "n.deep[1][1]", "i64 3"},
    {ORDER, "n.deep[2].x", "string }]\""},
    {ORDER, "n.deep[2].y", "f64 -4.5"},
    {ORDER, "n.deep[3]", NULL},
    {ORDER, "n.deep.x", NULL},
    {ORDER, "n[0]", NULL},
    {ORDER, "empty", "raw {}"},
    {ORDER, "empty.x", NULL},
    {ORDER, "none", "raw []"},
    {ORDER, "none[0]", NULL},
    {ORDER, "ok", "true"},
    {ORDER, "no", "false"},
    {ORDER, "nil", "null"},
    {ORDER, "nil.x", NULL},
    {ORDER, "big", "f64 1.2345678901234567e+19"},
    {ORDER, "['odd name']", "i64 1"},
    {ORDER, "['a\"b']", "i64 2"},
    {ORDER, "c", "i64 3"},
    {ORDER, "['']", "i64 4"},
    {ORDER, "dup", "string first"},
    {ORDER, "last", "i64 0"},
    {ORDER, "las", NULL},
    {ORDER, "lastly", NULL},
    {"{\"a\\\\\":1,\"a\":2}", "['a\\\\']", "i64 1"},
    {"[[1],[2]]", "[1][0]", "i64 2"},
    {" 7 ", "", "i64 7"},
    {"\"x\"", "", "string x"},
    {" [ 1 ] ", "", "raw [ 1 ]"},
    {"7", "a", NULL},
};

START_TEST(path_leads_to_this_value)
{
    struct weir_scalar v;
    struct wr_buf text = {0};
    struct weir_bytes value = weir_str(fields[_i].text);
    const struct weir_codec *json = wr_codec_builtin(WR_CODEC_JSON);
    ck_assert_int_eq(json->ops->validate(json, value, &err), WEIR_OK);
    enum weir_code code = get(value, fields[_i].path, &v);
    ck_assert_int_eq(code, fields[_i].found != NULL ? WEIR_OK : WEIR_ENOTFOUND);
    if (code == WEIR_OK) {
        show(&v, &text);
        ck_assert_str_eq(wr_buf_cstr(&text), fields[_i].found);
    }
    wr_buf_free(&text);
}
END_TEST

START_TEST(string_without_escapes_is_a_view_and_allocates_nothing)
{
    const char *text = "{\"a\":\"plain\"}";
    struct weir_scalar v;
    struct weir_field *field;
    const struct weir_codec *json = wr_codec_builtin(WR_CODEC_JSON);
    ck_assert_int_eq(wr_field_compile(&arena, json, "a", &field, &err), WEIR_OK);
    char *before = arena.next;
    ck_assert_int_eq(json->ops->get(field, weir_str(text), &arena, &v, &err), WEIR_OK);
    ck_assert_ptr_eq(v.u.s.data, text + 6);
    ck_assert_ptr_eq(arena.next, before);
}
END_TEST

START_TEST(null_value_has_no_fields_and_the_answer_leaves_everything_alone)
{
    struct weir_scalar v = {.type = WEIR_TYPE_I64, .u.i = 77};
    err = (struct weir_error){.text = "untouched"};
    ck_assert_int_eq(get(WEIR_NULL, "", &v), WEIR_ENOTFOUND);
    ck_assert_int_eq(get(weir_str("{}"), "a", &v), WEIR_ENOTFOUND);
    ck_assert_int_eq(v.u.i, 77);
    ck_assert_str_eq(err.text, "untouched");
}
END_TEST

START_TEST(number_beyond_a_double_cannot_be_read)
{
    struct weir_scalar v = {.type = WEIR_TYPE_I64, .u.i = 77};
    ck_assert_int_eq(get(weir_str("{\"a\":1e999}"), "a", &v), WEIR_EDECODE);
    ck_assert_ptr_nonnull(strstr(err.text, "field \"a\" cannot be read"));
    ck_assert_int_eq(v.u.i, 77);
}
END_TEST

/* get() trusts that the value was judged, but no bytes may make it read outside of them. */
START_TEST(damaged_value_is_never_read_beyond_its_end)
{
    static const char *const paths[] = {"", "n.deep[2].y", "last", "zzz", "note", "['a\"b']"};
    size_t len = strlen(ORDER);
    for (size_t cut = 0; cut < len; cut++) {
        char *copy = wr_memdup(ORDER, cut);
        for (size_t p = 0; p < WR_ARRAY_LEN(paths); p++) {
            struct weir_scalar v;
            (void)get(weir_view(copy, cut), paths[p], &v);
        }
        wr_free(copy);
        wr_arena_reset(&arena);
    }
}
END_TEST

Suite *json_get_suite(void)
{
    Suite *s = suite_create("json_get");
    TCase *t = tcase_create("json_get");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, path_leads_to_this_value, 0, WR_ARRAY_LEN(fields));
    tcase_add_test(t, string_without_escapes_is_a_view_and_allocates_nothing);
    tcase_add_test(t, null_value_has_no_fields_and_the_answer_leaves_everything_alone);
    tcase_add_test(t, number_beyond_a_double_cannot_be_read);
    tcase_add_test(t, damaged_value_is_never_read_beyond_its_end);
    suite_add_tcase(s, t);
    return s;
}
