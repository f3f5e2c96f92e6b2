/* test_topic_name.c -- names of topics. */
#include "src/base/base.h"

#include <check.h>
#include <string.h>

#include "src/kproto/topic_name.h"

Suite *topic_name_suite(void);

static const struct {
    const char *text;
    bool legal;
} names[] = {
    {"a", true},         {"clicks-by.page_2", true},
    {".hidden", true},   {"...", true},
    {"", false},         {".", false},
    {"..", false},       {"a b", false},
    {"a/b", false},      {"a\n", false},
    {"\xc3\xbc", false},
};

START_TEST(a_name_has_certain_bytes_only)
{
    ck_assert_int_eq(wr_is_name(names[_i].text), names[_i].legal);
}
END_TEST

START_TEST(a_name_has_a_length)
{
    char text[WR_NAME_MAX + 2];
    memset(text, 'x', sizeof text);
    text[WR_NAME_MAX] = '\0';
    ck_assert(wr_is_name(text));
    text[WR_NAME_MAX] = 'x';
    text[WR_NAME_MAX + 1] = '\0';
    ck_assert(!wr_is_name(text));
}
END_TEST

Suite *topic_name_suite(void)
{
    Suite *s = suite_create("topic_name");
    TCase *t = tcase_create("topic_name");
    tcase_add_loop_test(t, a_name_has_certain_bytes_only, 0, WR_ARRAY_LEN(names));
    tcase_add_test(t, a_name_has_a_length);
    suite_add_tcase(s, t);
    return s;
}
