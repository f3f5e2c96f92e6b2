/* test_field_path.c -- compiling field paths. */
#include "src/base/base.h"

#include <string.h>

#include "src/base/buf.h"
#include "src/data/field_path.h"
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

/* What the steps are written like: <name> or #index. */
static const struct {
    const char *path;
    const char *steps;
} good[] = {
    {"", ""},
    {"a", "<a>"},
    {"a.b", "<a><b>"},
    {"items[2].price", "<items>#2<price>"},
    {"[0][12]", "#0#12"},
    {"[0].a", "#0<a>"},
    {"['odd name']", "<odd name>"},
    {"a['b.c'].d", "<a><b.c><d>"},
    {"['it\\'s \\\\ a \\n']", "<it's \\ a \\n>"},
    {"['']", "<>"},
    {"['a\"b']", "<a\"b>"},
    {"user-id_2.0", "<user-id_2><0>"},
    {"['\xc3\xa9']", "<\xc3\xa9>"},
};

START_TEST(path_has_these_steps)
{
    const struct wr_path_step *steps;
    size_t count;
    struct wr_buf text = {0};
    ck_assert_int_eq(wr_path_compile(&arena, good[_i].path, &steps, &count, &err), WEIR_OK);
    for (size_t i = 0; i < count; i++) {
        if (weir_is_null(steps[i].name)) {
            wr_buf_printf(&text, "#%zu", steps[i].index);
        } else {
            wr_buf_char(&text, '<');
            wr_buf_bytes(&text, steps[i].name);
            wr_buf_char(&text, '>');
        }
    }
    ck_assert_str_eq(wr_buf_cstr(&text), good[_i].steps);
    wr_buf_free(&text);
}
END_TEST

static const struct {
    const char *path;
    const char *why;
} bad[] = {
    {".a", "a name is missing at byte 1"},
    {"a.", "a name is missing at byte 3"},
    {"a..b", "a name is missing at byte 3"},
    {"a.[0]", "a name is missing at byte 3"},
    {"a b", "\".\" or \"[\" is missing at byte 2"},
    {"\xc3\xa9", "this character needs ['...'] around the name at byte 1"},
    {"a[0]b", "\".\" or \"[\" is missing at byte 5"},
    {"a[", "an index of up to 9 digits or a name in quotes is missing at byte 3"},
    {"a[-1]", "an index of up to 9 digits or a name in quotes is missing at byte 3"},
    {"a[1234567890]", "an index of up to 9 digits or a name in quotes is missing at byte 3"},
    {"a[1", "\"]\" is missing at byte 4"},
    {"a['b", "\"']\" is missing at byte 5"},
    {"a['b'", "\"']\" is missing at byte 5"},
    {"a['b'x]", "\"']\" is missing at byte 5"},
};

START_TEST(path_is_refused_with_the_place_of_the_mistake)
{
    const struct wr_path_step *steps;
    size_t count;
    ck_assert_int_eq(wr_path_compile(&arena, bad[_i].path, &steps, &count, &err), WEIR_EINVAL);
    ck_assert_msg(strstr(err.text, bad[_i].why) != NULL, "%s", err.text);
    ck_assert_ptr_nonnull(strstr(err.text, bad[_i].path));
}
END_TEST

Suite *field_path_suite(void)
{
    Suite *s = suite_create("field_path");
    TCase *t = tcase_create("field_path");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, path_has_these_steps, 0, WR_ARRAY_LEN(good));
    tcase_add_loop_test(t, path_is_refused_with_the_place_of_the_mistake, 0, WR_ARRAY_LEN(bad));
    suite_add_tcase(s, t);
    return s;
}
