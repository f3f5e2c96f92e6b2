/* test_num.c -- doubles as text, in every locale. */
#include "src/base/base.h"

#include <locale.h>
#include <math.h>

#include "src/base/num.h"
#include "tests/unit/suite.h"

static const struct {
    double number;
    const char *text;
} shortest[] = {
    {0.0, "0"},
    {-0.0, "-0"},
    {1.0, "1"},
    {0.1, "0.1"},
    {-2.5, "-2.5"},
    {1.0 / 3, "0.3333333333333333"},
    {5e-324, "5e-324"},
    {1.7976931348623157e308, "1.7976931348623157e+308"},
    {9007199254740993.0, "9007199254740992"},
};

START_TEST(number_is_written_as_short_as_it_can_be_read_back)
{
    char text[WR_F64_TEXT_MAX];
    wr_format_f64(text, shortest[_i].number);
    ck_assert_str_eq(text, shortest[_i].text);
    ck_assert(wr_parse_f64(text) == shortest[_i].number);
}
END_TEST

START_TEST(decimal_point_is_a_point_also_where_the_locale_has_a_comma)
{
    char text[WR_F64_TEXT_MAX];
    /* Where the machine has no such locale the test still says that "C" works. */
    setlocale(LC_ALL, "de_DE.UTF-8");
    wr_format_f64(text, 1.5);
    ck_assert_str_eq(text, "1.5");
    ck_assert(wr_parse_f64("1.5") == 1.5);
    setlocale(LC_ALL, "C");
}
END_TEST

START_TEST(number_beyond_the_range_is_infinite)
{
    ck_assert(isinf(wr_parse_f64("1e999")));
    ck_assert(wr_parse_f64("1e-999") == 0.0);
}
END_TEST

Suite *num_suite(void)
{
    Suite *s = suite_create("num");
    TCase *t = tcase_create("num");
    tcase_add_loop_test(t, number_is_written_as_short_as_it_can_be_read_back, 0,
                        WR_ARRAY_LEN(shortest));
    tcase_add_test(t, decimal_point_is_a_point_also_where_the_locale_has_a_comma);
    tcase_add_test(t, number_beyond_the_range_is_infinite);
    suite_add_tcase(s, t);
    return s;
}
