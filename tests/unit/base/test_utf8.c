/* test_utf8.c -- UTF-8, one character at a time. */
#include "src/base/base.h"

#include <string.h>

#include "src/base/utf8.h"
#include "tests/unit/suite.h"

START_TEST(every_character_is_written_and_judged_well_formed)
{
    char text[4];
    for (uint32_t c = 0; c <= 0x10ffff; c++) {
        if (c >= 0xd800 && c < 0xe000) {
            continue;
        }
        size_t len = wr_utf8_put(text, c);
        if (len != wr_utf8_len((unsigned char *)text, len) ||
            len != (c < 0x80      ? 1U
                    : c < 0x800   ? 2U
                    : c < 0x10000 ? 3U
                                  : 4U) ||
            (len > 1 && wr_utf8_len((unsigned char *)text, len - 1) != 0)) {
            ck_abort_msg("character %x", c);
        }
    }
}
END_TEST

static const char *const broken[] = {
    "\x80",
    "\xbf",
    "\xc0\x80",
    "\xc1\xbf",
    "\xc2",
    "\xc2\x20",
    "\xe0\x9f\xbf",
    "\xe2\x82",
    "\xe2\x82\x20",
    "\xed\xa0\x80",
    "\xed\xbf\xbf",
    "\xf0\x8f\xbf\xbf",
    "\xf4\x90\x80\x80",
    "\xf5\x80\x80\x80",
    "\xff",
    "\xf0\x9f\x98",
};

START_TEST(broken_bytes_are_no_character)
{
    ck_assert_uint_eq(wr_utf8_len((const unsigned char *)broken[_i], strlen(broken[_i])), 0);
}
END_TEST

static const struct {
    const char *digits;
    int32_t v;
} numbers[] = {{"0000", 0},  {"00e9", 0xe9}, {"20AC", 0x20ac}, {"ffff", 0xffff},
               {"00g0", -1}, {"", -1},       {"12", -1},       {"-123", -1}};

START_TEST(four_hexadecimal_digits_are_a_number)
{
    ck_assert_int_eq(wr_hex4((const unsigned char *)numbers[_i].digits), numbers[_i].v);
}
END_TEST

Suite *utf8_suite(void)
{
    Suite *s = suite_create("utf8");
    TCase *t = tcase_create("utf8");
    tcase_add_test(t, every_character_is_written_and_judged_well_formed);
    tcase_add_loop_test(t, broken_bytes_are_no_character, 0, WR_ARRAY_LEN(broken));
    tcase_add_loop_test(t, four_hexadecimal_digits_are_a_number, 0, WR_ARRAY_LEN(numbers));
    suite_add_tcase(s, t);
    return s;
}
