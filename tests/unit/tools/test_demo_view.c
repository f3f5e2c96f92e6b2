/* test_demo_view.c -- the table and the line that the demo shows. */
#include "src/base/base.h"

#include <check.h>

#include "src/base/endian.h"
#include "tests/unit/suite.h"
#include "tools/demo_view.h"

static struct wr_demo_counts counts;
static struct wr_buf out;
static struct wr_demo_view view;

static void count(const char *page, int64_t n)
{
    char value[8];
    struct weir_error err;
    wr_put_be64(value, (uint64_t)n);
    ck_assert_int_eq(wr_demo_update(&counts, weir_str(page), weir_view(value, sizeof value), &err),
                     WEIR_OK);
}

static void start(void)
{
    view = (struct wr_demo_view){.counts = &counts, .sent = 12345, .instances = {{true, 4}}};
    count("/", 4000);
    count("/search", 1000);
    count("/a-very-long-page", 10);
}

static void end(void)
{
    wr_demo_counts_free(&counts);
    wr_buf_free(&out);
}

static const struct {
    int64_t n;
    const char *text;
} numbers[] = {
    {0, "0"},          {999, "999"},
    {1000, "1,000"},   {1234567, "1,234,567"},
    {-1000, "-1,000"}, {INT64_MIN, "-9,223,372,036,854,775,808"},
};

START_TEST(number_has_a_comma_before_each_three_digits)
{
    wr_demo_put_number(&out, numbers[_i].n);
    ck_assert_str_eq(wr_buf_cstr(&out), numbers[_i].text);
}
END_TEST

START_TEST(table_fits_its_width)
{
    int lines = wr_demo_draw_table(&out, &view, 44, 24);
    ck_assert_int_eq(lines, 6);
    ck_assert_str_eq(wr_buf_cstr(&out), "         /                   4,000  ████████\n"
                                        "         /search             1,000  ██\n"
                                        "         /a-very-long-p         10  \n"
                                        "         12,345 clicks, 5,010 counted;\n"
                                        "         instance 1: 4 tasks, instance 2:\n"
                                        "         down\n");
}
END_TEST

START_TEST(low_screen_has_fewer_pages)
{
    wr_demo_draw_table(&out, &view, 200, 4);
    ck_assert_str_eq(
        wr_buf_cstr(&out),
        "         /                   4,000  ████████████████████████████████████████\n"
        "         12,345 clicks, 5,010 counted; instance 1: 4 tasks, instance 2: "
        "down\n");
}
END_TEST

START_TEST(line_has_the_first_pages)
{
    wr_demo_draw_line(&out, &view);
    ck_assert_str_eq(wr_buf_cstr(&out), "12,345 clicks, 5,010 counted; instance 1: 4 tasks, "
                                        "instance 2: down; / 4,000, /search 1,000, "
                                        "/a-very-long-page 10");
}
END_TEST

START_TEST(text_is_broken_between_words)
{
    wr_demo_put_wrapped(&out, "one two  three a-word-that-is-far-too-long four", 2, 20);
    ck_assert_str_eq(wr_buf_cstr(&out), "one two three\n"
                                        "  a-word-that-is-far-too-long\n"
                                        "  four");
}
END_TEST

Suite *demo_view_suite(void);
Suite *demo_view_suite(void)
{
    Suite *s = suite_create("demo_view");
    TCase *tc = tcase_create("demo_view");
    tcase_add_checked_fixture(tc, start, end);
    tcase_add_loop_test(tc, number_has_a_comma_before_each_three_digits, 0,
                        (int)WR_ARRAY_LEN(numbers));
    tcase_add_test(tc, table_fits_its_width);
    tcase_add_test(tc, low_screen_has_fewer_pages);
    tcase_add_test(tc, line_has_the_first_pages);
    tcase_add_test(tc, text_is_broken_between_words);
    suite_add_tcase(s, tc);
    return s;
}
