/* test_json_random.c -- the JSON reader against jansson, on random texts.
 *
 * Where the two differ and the tests look away: jansson takes more depth (2048), refuses integers
 * beyond 64 bits and numbers beyond a double already when it judges, takes no name with a zero byte
 * in it, and overlooks a zero byte right after a number.
 */
#include "src/base/base.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/base/rng.h"
#include "src/data/codecs.h"
#include "src/data/json_scan.h"
#include "src/data/json_text.h"
#include "tests/unit/suite.h"

static struct wr_arena arena;
static struct wr_rng rng;
static struct weir_error err;

static void setup(void)
{
    wr_arena_init(&arena, 1 << 16);
    wr_rng_seed(&rng, 20);
}

static void teardown(void)
{
    wr_arena_free(&arena);
}

static uint64_t below(uint64_t bound)
{
    return wr_rng_below(&rng, bound);
}

static void put_space(struct wr_buf *out)
{
    static const char *const spaces[] = {"", "", "", " ", "\n", "\t \r"};
    wr_buf_str(out, spaces[below(WR_ARRAY_LEN(spaces))]);
}

static void put_string(struct wr_buf *out)
{
    static const char *const parts[] = {"a",
                                        "Z9",
                                        "/ ",
                                        "\xc3\xa9",
                                        "\xf0\x9f\x98\x80",
                                        "\\n",
                                        "\\\"",
                                        "\\\\",
                                        "\\u00e9",
                                        "\\ud83d\\ude00",
                                        "long enough for a whole register"};
    wr_buf_char(out, '"');
    for (uint64_t n = below(5); n > 0; n--) {
        wr_buf_str(out, parts[below(WR_ARRAY_LEN(parts))]);
    }
    wr_buf_char(out, '"');
}

static void put_number(struct wr_buf *out)
{
    if (below(2) != 0) {
        wr_buf_printf(out, "%lld", (long long)(int64_t)(wr_rng_next(&rng) >> below(64)));
    } else {
        wr_buf_printf(out, "%s%u.%06ue%d", below(2) != 0 ? "-" : "", (unsigned)below(1000000),
                      (unsigned)below(1000000), (int)below(40) - 20);
    }
}

static void put_value(struct wr_buf *out, int depth)
{
    static const char *const words[] = {"true", "false", "null", "0", "{}", "[]"};
    put_space(out);
    uint64_t kind = below(depth > 0 ? 6 : 4);
    if (kind == 0) {
        wr_buf_str(out, words[below(WR_ARRAY_LEN(words))]);
    } else if (kind == 1) {
        put_number(out);
    } else if (kind <= 3) {
        put_string(out);
    } else {
        bool object = kind == 5;
        uint64_t count = below(5);
        wr_buf_char(out, object ? '{' : '[');
        for (uint64_t i = 0; i < count; i++) {
            wr_buf_str(out, i > 0 ? "," : "");
            put_space(out);
            if (object) {
                put_string(out);
                out->len--;
                wr_buf_printf(out, "%u\"", (unsigned)i); /* names do not repeat */
                put_space(out);
                wr_buf_char(out, ':');
            }
            put_value(out, depth - 1);
        }
        put_space(out);
        wr_buf_char(out, object ? '}' : ']');
    }
    put_space(out);
}

static void compare(struct weir_bytes text, struct wr_buf *path, json_t *want);

static void compare_members(struct weir_bytes text, struct wr_buf *path, json_t *want)
{
    size_t len = path->len;
    const char *key;
    json_t *value;
    json_object_foreach(want, key, value)
    {
        wr_buf_str(path, "['");
        for (const char *p = key; *p != '\0'; p++) {
            wr_buf_str(path, *p == '\'' || *p == '\\' ? "\\" : "");
            wr_buf_char(path, *p);
        }
        wr_buf_str(path, "']");
        compare(text, path, value);
        path->len = len;
    }
}

static void compare_container(struct weir_bytes text, struct wr_buf *path, json_t *want,
                              struct weir_bytes raw)
{
    size_t len = path->len;
    json_t *again = json_loadb(raw.data, raw.len, 0, NULL);
    ck_assert(json_equal(again, want));
    json_decref(again);
    for (size_t i = 0; i < json_array_size(want); i++) {
        wr_buf_printf(path, "[%zu]", i);
        compare(text, path, json_array_get(want, i));
        path->len = len;
    }
    if (json_is_object(want)) {
        compare_members(text, path, want);
    }
}

/* Read what path leads to and everything below it, and compare with jansson's. */
static void compare(struct weir_bytes text, struct wr_buf *path, json_t *want)
{
    const struct weir_codec *json = wr_codec_builtin(WR_CODEC_JSON);
    struct weir_field *field;
    struct weir_scalar v;
    ck_assert_int_eq(wr_field_compile(&arena, json, wr_buf_cstr(path), &field, &err), WEIR_OK);
    ck_assert_int_eq(json->ops->get(field, text, &arena, &v, &err), WEIR_OK);
    switch (v.type) {
    case WEIR_TYPE_NULL:
        ck_assert(json_is_null(want));
        break;
    case WEIR_TYPE_BOOL:
        ck_assert(json_is_boolean(want) && json_is_true(want) == v.u.b);
        break;
    case WEIR_TYPE_I64:
        ck_assert(json_is_integer(want) && json_integer_value(want) == v.u.i);
        break;
    case WEIR_TYPE_F64:
        ck_assert(json_is_real(want) && json_real_value(want) == v.u.f);
        break;
    case WEIR_TYPE_STRING:
        ck_assert(json_is_string(want) &&
                  weir_equal(v.u.s, weir_view(json_string_value(want), json_string_length(want))));
        break;
    case WEIR_TYPE_RAW:
        compare_container(text, path, want, v.u.s);
        break;
    }
}

START_TEST(every_value_of_a_random_text_is_the_one_jansson_reads)
{
    struct wr_buf text = {0};
    struct wr_buf path = {0};
    for (int i = 0; i < 5000; i++) {
        struct wr_json_fault fault;
        json_error_t error;
        wr_buf_reset(&text);
        put_value(&text, 4);
        json_t *want = json_loadb(text.data, text.len, JSON_DECODE_ANY, &error);
        ck_assert_msg(want != NULL, "%s in %s", error.text, wr_buf_cstr(&text));
        ck_assert(wr_json_check(wr_buf_view(&text), &fault));
        compare(wr_buf_view(&text), &path, want);
        json_decref(want);
        wr_arena_reset(&arena);
    }
    wr_buf_free(&text);
    wr_buf_free(&path);
}
END_TEST

static void damage(struct wr_buf *text)
{
    static const char interesting[] = "{}[]\",:\\ue0123456789-+.tfn \n\x01\x7f\x80\xc3\xed\xf0\xff";
    for (uint64_t n = 1 + below(3); n > 0 && text->len > 0; n--) {
        size_t at = below(text->len);
        size_t to = below(text->len);
        switch (below(4)) {
        case 0:
            text->data[at] = interesting[below(sizeof interesting - 1)];
            break;
        case 1:
            memmove(text->data + at, text->data + at + 1, text->len - at - 1);
            text->len--;
            break;
        case 2:
            text->data[at] = text->data[to];
            break;
        default:
            text->len = at;
            break;
        }
    }
}

static bool differs_on_purpose(const json_error_t *error, const struct wr_json_fault *fault)
{
    enum json_error_code code = json_error_code(error);
    return code == json_error_numeric_overflow || code == json_error_null_byte_in_key ||
           (fault->why != NULL && strstr(fault->why, "64 deep") != NULL);
}

START_TEST(damaged_text_gets_the_verdict_that_jansson_gives)
{
    struct wr_buf text = {0};
    int refused = 0;
    for (int i = 0; i < 30000; i++) {
        struct wr_json_fault fault = {0};
        json_error_t error = {0};
        wr_buf_reset(&text);
        put_value(&text, 3);
        damage(&text);
        char *copy = wr_memdup(text.data, text.len); /* the sanitizer sees its end */
        json_t *theirs = json_loadb(copy, text.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
        bool ours = wr_json_check(weir_view(copy, text.len), &fault);
        if (ours != (theirs != NULL) && !differs_on_purpose(&error, &fault)) {
            ck_abort_msg("\"%s\": jansson says %s, we say %s", wr_buf_cstr(&text), error.text,
                         ours ? "yes" : fault.why);
        }
        refused += !ours;
        json_decref(theirs);
        wr_free(copy);
    }
    ck_assert_int_gt(refused, 10000); /* else the damage is too mild to test anything */
    wr_buf_free(&text);
}
END_TEST

START_TEST(any_bytes_written_as_a_string_are_read_back_by_jansson)
{
    struct wr_buf text = {0};
    for (int i = 0; i < 20000; i++) {
        char bytes[24];
        size_t len = below(sizeof bytes + 1);
        for (size_t b = 0; b < len; b++) {
            bytes[b] = (char)(below(2) != 0 ? below(128) : below(256));
        }
        wr_buf_reset(&text);
        wr_json_put_string(&text, weir_view(bytes, len));
        json_t *back = json_loadb(text.data, text.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
        ck_assert_ptr_nonnull(back);
        json_t *same = json_stringn(bytes, len); /* NULL if the bytes are not UTF-8 */
        ck_assert(same == NULL || json_equal(same, back));
        json_decref(same);
        json_decref(back);
    }
    wr_buf_free(&text);
}
END_TEST

Suite *json_random_suite(void)
{
    Suite *s = suite_create("json_random");
    TCase *t = tcase_create("json_random");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_set_timeout(t, 60);
    tcase_add_test(t, every_value_of_a_random_text_is_the_one_jansson_reads);
    tcase_add_test(t, damaged_text_gets_the_verdict_that_jansson_gives);
    tcase_add_test(t, any_bytes_written_as_a_string_are_read_back_by_jansson);
    suite_add_tcase(s, t);
    return s;
}
