/* test_conf_value.c -- texts as values of a type. */
#include "src/base/base.h"

#include "src/conf/conf_internal.h"
#include "tests/unit/conf/conf_fixture.h"

static const struct {
    int setting;
    const char *text;
    int64_t number;
} good[] = {
    {T_NAME, "click-counts_2.x", 0},
    {T_TEXT, "", 0},
    {T_THREADS, "1", 1},
    {T_THREADS, "8", 8},
    {T_DRY, "true", 1},
    {T_DRY, "False", 0},
    {T_MODE, "slow", 0},
    {T_WAIT, "-1", -1},
    {T_WAIT, "250", 250},
    {T_WAIT, "250ms", 250},
    {T_WAIT, "10s", 10000},
    {T_WAIT, "5m", 300000},
    {T_WAIT, "2h", 7200000},
    {T_WAIT, "7d", 604800000},
    {T_WAIT, "9223372036854775807", WR_DURATION_MAX},
    {T_ROOM, "512", 512},
    {T_ROOM, "512B", 512},
    {T_ROOM, "4KiB", 4096},
    {T_ROOM, "3MiB", 3145728},
    {T_ROOM, "64GiB", INT64_C(68719476736)},
    {T_PARTS, "a", 0},
    {T_PARTS, "a, c ,b", 0},
};

START_TEST(text_is_a_value_of_the_type)
{
    struct wr_buf why = {0};
    int64_t number = 0;
    ck_assert(wr_setting_parse(&test_settings[good[_i].setting], good[_i].text, &number, &why));
    ck_assert_int_eq(number, good[_i].number);
    ck_assert_uint_eq(why.len, 0);
    wr_buf_free(&why);
}
END_TEST

static const struct {
    int setting;
    const char *text;
    const char *why;
} bad[] = {
    {T_NAME, "",
     "\"\" is no name; names have letters, digits, '.', '_' and '-', at most 249 of "
     "them"},
    {T_NAME, "a b",
     "\"a b\" is no name; names have letters, digits, '.', '_' and '-', at most "
     "249 of them"},
    {T_NAME, "..",
     "\"..\" is no name; names have letters, digits, '.', '_' and '-', at most 249 "
     "of them"},
    {T_THREADS, "0", "\"0\" is too small; allowed is 1 to 8"},
    {T_THREADS, "9", "\"9\" is too large; allowed is 1 to 8"},
    {T_THREADS, "two", "\"two\" is no number; allowed is 1 to 8"},
    {T_THREADS, "2s", "\"2s\" is no number; allowed is 1 to 8"},
    {T_THREADS, " 2", "\" 2\" is no number; allowed is 1 to 8"},
    {T_THREADS, "", "\"\" is no number; allowed is 1 to 8"},
    {T_THREADS, "99999999999999999999", "\"99999999999999999999\" is no number; allowed is 1 to 8"},
    {T_WAIT, "10 s", "\"10 s\" is no duration (ms, or with s, m, h, d); allowed is -1 or more"},
    {T_WAIT, "-2", "\"-2\" is too small; allowed is -1 or more"},
    {T_WAIT, "9223372036854775807d",
     "\"9223372036854775807d\" is no duration (ms, or with s, m, h, d); allowed is -1 or more"},
    {T_ROOM, "1KB", "\"1KB\" is no size (bytes, or with KiB, MiB, GiB); allowed is 0 or more"},
    {T_DRY, "yes", "\"yes\" is neither true nor false"},
    {T_MODE, "quick", "\"quick\" is none of fast, slow"},
    {T_MODE, "", "\"\" is none of fast, slow"},
    {T_MODE, "exact", "\"exact\" is not built yet; what there is: fast, slow"},
    {T_PARTS, "a,,b", "an item of the list is empty"},
    {T_PARTS, "a,d", "\"d\" is none of a, b, c"},
};

START_TEST(other_text_is_refused_with_the_reason_and_what_is_allowed)
{
    struct wr_buf why = {0};
    int64_t number = 0;
    ck_assert(!wr_setting_parse(&test_settings[bad[_i].setting], bad[_i].text, &number, &why));
    ck_assert_str_eq(wr_buf_cstr(&why), bad[_i].why);
    wr_buf_free(&why);
}
END_TEST

Suite *conf_value_suite(void)
{
    Suite *s = suite_create("conf_value");
    TCase *t = tcase_create("conf_value");
    tcase_add_loop_test(t, text_is_a_value_of_the_type, 0, WR_ARRAY_LEN(good));
    tcase_add_loop_test(t, other_text_is_refused_with_the_reason_and_what_is_allowed, 0,
                        WR_ARRAY_LEN(bad));
    suite_add_tcase(s, t);
    return s;
}
