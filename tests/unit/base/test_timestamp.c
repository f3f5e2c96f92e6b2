/* test_timestamp.c -- moments as texts, and back. */
#include "src/base/base.h"

#include <check.h>
#include <string.h>

#include "src/base/timestamp.h"
#include "tests/unit/suite.h"

static const struct {
    int64_t ms;
    const char *text;
} moments[] = {
    {0, "1970-01-01T00:00:00.000Z"},
    {1700000000123, "2023-11-14T22:13:20.123Z"},
    {-1, "1969-12-31T23:59:59.999Z"},
    {951782400000, "2000-02-29T00:00:00.000Z"},
    {4107542400000, "2100-03-01T00:00:00.000Z"},
    {-62167219200000, "0000-01-01T00:00:00.000Z"},
    {253402300799999, "9999-12-31T23:59:59.999Z"},
};

START_TEST(moment_is_written_and_read_back)
{
    char text[WR_TIMESTAMP_MAX];
    int64_t ms = 1;
    wr_timestamp_format(text, moments[_i].ms);
    ck_assert_str_eq(text, moments[_i].text);
    ck_assert(wr_timestamp_parse(text, &ms));
    ck_assert_int_eq(ms, moments[_i].ms);
}
END_TEST

START_TEST(moment_without_a_year_of_four_digits_is_a_number)
{
    char text[WR_TIMESTAMP_MAX];
    wr_timestamp_format(text, INT64_MAX);
    ck_assert_str_eq(text, "9223372036854775807");
    wr_timestamp_format(text, INT64_MIN);
    ck_assert_str_eq(text, "-9223372036854775808");
}
END_TEST

static const struct {
    const char *text;
    int64_t ms;
} written[] = {
    {"2023-11-14T22:13:20", 1700000000000},       {"2023-11-14T22:13:20Z", 1700000000000},
    {"2023-11-14T22:13:20.5", 1700000000500},     {"2023-11-14T22:13:20.05Z", 1700000000050},
    {"2023-11-14T23:13:20+01:00", 1700000000000}, {"2023-11-14T16:43:20.000-0530", 1700000000000},
};

START_TEST(fraction_and_zone_may_be_left_out)
{
    int64_t ms = 0;
    ck_assert(wr_timestamp_parse(written[_i].text, &ms));
    ck_assert_int_eq(ms, written[_i].ms);
}
END_TEST

static const char *const refused[] = {
    "",
    "now",
    "2023-11-14",
    "2023-11-14 22:13:20",
    "2023-13-14T22:13:20",
    "2023-02-29T22:13:20",
    "2023-11-14T24:00:00",
    "2023-11-14T22:13:60",
    "2023-11-14T22:13:20.",
    "2023-11-14T22:13:20.1234",
    "2023-11-14T22:13:20+1",
    "2023-11-14T22:13:20 ",
    "2023-11-14T22:13:20Zulu",
};

START_TEST(text_that_is_no_moment_is_refused_and_changes_nothing)
{
    int64_t ms = 7;
    ck_assert(!wr_timestamp_parse(refused[_i], &ms));
    ck_assert_int_eq(ms, 7);
}
END_TEST

Suite *timestamp_suite(void)
{
    Suite *s = suite_create("timestamp");
    TCase *t = tcase_create("timestamp");
    tcase_add_loop_test(t, moment_is_written_and_read_back, 0, (int)WR_ARRAY_LEN(moments));
    tcase_add_test(t, moment_without_a_year_of_four_digits_is_a_number);
    tcase_add_loop_test(t, fraction_and_zone_may_be_left_out, 0, (int)WR_ARRAY_LEN(written));
    tcase_add_loop_test(t, text_that_is_no_moment_is_refused_and_changes_nothing, 0,
                        (int)WR_ARRAY_LEN(refused));
    suite_add_tcase(s, t);
    return s;
}
