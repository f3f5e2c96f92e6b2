/* test_endian.c -- big-endian integers in unaligned memory. */
#include "src/base/base.h"

#include "src/base/endian.h"
#include "tests/unit/suite.h"

START_TEST(integers_are_written_most_significant_byte_first_and_read_back)
{
    unsigned char raw[9] = {0};
    unsigned char *p = raw + 1; /* unaligned on purpose */
    wr_put_be16(p, 0x0102);
    ck_assert_mem_eq(p, "\1\2", 2);
    ck_assert_uint_eq(wr_get_be16(p), 0x0102);
    wr_put_be32(p, 0xf1020304);
    ck_assert_mem_eq(p, "\xf1\2\3\4", 4);
    ck_assert_uint_eq(wr_get_be32(p), 0xf1020304);
    wr_put_be64(p, UINT64_C(0xf102030405060708));
    ck_assert_mem_eq(p, "\xf1\2\3\4\5\6\7\10", 8);
    ck_assert_uint_eq(wr_get_be64(p), UINT64_C(0xf102030405060708));
}
END_TEST

Suite *endian_suite(void)
{
    Suite *s = suite_create("endian");
    TCase *t = tcase_create("endian");
    tcase_add_test(t, integers_are_written_most_significant_byte_first_and_read_back);
    suite_add_tcase(s, t);
    return s;
}
