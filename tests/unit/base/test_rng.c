/* test_rng.c -- pseudo-random numbers and identities. */
#include "src/base/base.h"

#include <string.h>

#include "src/base/rng.h"
#include "tests/unit/suite.h"

START_TEST(same_seed_gives_the_same_numbers_and_another_seed_others)
{
    struct wr_rng a;
    struct wr_rng b;
    struct wr_rng c;
    wr_rng_seed(&a, 7);
    wr_rng_seed(&b, 7);
    wr_rng_seed(&c, 8);
    int equal = 0;
    for (int i = 0; i < 1000; i++) {
        uint64_t x = wr_rng_next(&a);
        ck_assert_uint_eq(x, wr_rng_next(&b));
        equal += x == wr_rng_next(&c);
    }
    ck_assert_int_eq(equal, 0);
}
END_TEST

/* A seed is written down to repeat a run: the numbers may never change. splitmix64 of 0 gives the
 * published start values; xoshiro256** turns them into these. */
START_TEST(numbers_of_a_seed_are_fixed)
{
    struct wr_rng r;
    wr_rng_seed(&r, 0);
    ck_assert_uint_eq(r.s[0], UINT64_C(0xe220a8397b1dcdaf));
    ck_assert_uint_eq(r.s[1], UINT64_C(0x6e789e6aa1b965f4));
    r = (struct wr_rng){{1, 2, 3, 4}};
    ck_assert_uint_eq(wr_rng_next(&r), 11520);
    ck_assert_uint_eq(wr_rng_next(&r), 0);
    ck_assert_uint_eq(wr_rng_next(&r), 1509978240);
}
END_TEST

static const uint64_t bounds[] = {1, 2, 3, 10, UINT64_C(1) << 63, UINT64_MAX};

START_TEST(bounded_number_stays_below_its_bound)
{
    struct wr_rng r;
    wr_rng_seed(&r, 1);
    for (int i = 0; i < 1000; i++) {
        ck_assert_uint_lt(wr_rng_below(&r, bounds[_i]), bounds[_i]);
    }
}
END_TEST

START_TEST(identities_are_32_hexadecimal_digits_and_differ)
{
    char a[33];
    char b[33];
    wr_random_id(a);
    wr_random_id(b);
    ck_assert_uint_eq(strspn(a, "0123456789abcdef"), 32);
    ck_assert_uint_eq(strlen(a), 32);
    ck_assert_str_ne(a, b);
}
END_TEST

Suite *rng_suite(void)
{
    Suite *s = suite_create("rng");
    TCase *t = tcase_create("rng");
    tcase_add_test(t, same_seed_gives_the_same_numbers_and_another_seed_others);
    tcase_add_test(t, numbers_of_a_seed_are_fixed);
    tcase_add_loop_test(t, bounded_number_stays_below_its_bound, 0, WR_ARRAY_LEN(bounds));
    tcase_add_test(t, identities_are_32_hexadecimal_digits_and_differ);
    suite_add_tcase(s, t);
    return s;
}
