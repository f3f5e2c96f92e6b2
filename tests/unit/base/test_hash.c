/* test_hash.c -- XXH3: the store format depends on these numbers. */
#include "src/base/base.h"

#include "src/base/hash.h"
#include "tests/unit/suite.h"

START_TEST(hashes_are_those_of_xxh3)
{
    unsigned char out[16];
    ck_assert_uint_eq(wr_hash64("", 0), UINT64_C(0x2d06800538d394c2));
    wr_hash128("", 0, out);
    ck_assert_mem_eq(out, "\x99\xaa\x06\xd3\x01\x47\x98\xd8\x60\x01\xc3\x24\x46\x8d\x49\x7f", 16);
}
END_TEST

Suite *hash_suite(void)
{
    Suite *s = suite_create("hash");
    TCase *t = tcase_create("hash");
    tcase_add_test(t, hashes_are_those_of_xxh3);
    suite_add_tcase(s, t);
    return s;
}
