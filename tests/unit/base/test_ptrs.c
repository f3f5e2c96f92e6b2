/* test_ptrs.c -- arrays of pointers. */
#include "src/base/base.h"

#include "src/base/mem.h"
#include "src/base/ptrs.h"
#include "tests/unit/suite.h"

START_TEST(pointers_keep_their_order_also_when_one_is_removed)
{
    int x[100] = {0};
    struct wr_ptrs p = {0};
    ck_assert(!wr_ptrs_has(&p, &x[0]));
    for (size_t i = 0; i < WR_ARRAY_LEN(x); i++) {
        wr_ptrs_push(&p, &x[i]);
    }
    ck_assert(wr_ptrs_has(&p, &x[99]));
    ck_assert(wr_ptrs_remove(&p, &x[50]));
    ck_assert(!wr_ptrs_remove(&p, &x[50]));
    ck_assert(!wr_ptrs_has(&p, &x[50]));
    ck_assert_uint_eq(p.count, 99);
    ck_assert_ptr_eq(p.items[49], &x[49]);
    ck_assert_ptr_eq(p.items[50], &x[51]);
    ck_assert_ptr_eq(p.items[98], &x[99]);
    wr_ptrs_free(&p);
    ck_assert_uint_eq(p.count, 0);
}
END_TEST

START_TEST(only_the_first_of_equal_pointers_is_removed)
{
    int x = 0;
    struct wr_ptrs p = {0};
    wr_ptrs_push(&p, &x);
    wr_ptrs_push(&p, &x);
    ck_assert(wr_ptrs_remove(&p, &x));
    ck_assert(wr_ptrs_has(&p, &x));
    wr_ptrs_free(&p);
}
END_TEST

START_TEST(pointer_is_inserted_before_a_place)
{
    int x[3] = {0};
    struct wr_ptrs p = {0};
    wr_ptrs_insert(&p, 0, &x[2]);
    wr_ptrs_insert(&p, 0, &x[0]);
    wr_ptrs_insert(&p, 1, &x[1]);
    for (size_t i = 0; i < 3; i++) {
        ck_assert_ptr_eq(p.items[i], &x[i]);
    }
    wr_ptrs_free(&p);
}
END_TEST

/* That nothing leaks is seen under AddressSanitizer. */
START_TEST(what_pointers_own_is_freed_with_them)
{
    struct wr_ptrs p = {0};
    wr_ptrs_push(&p, wr_strdup("a"));
    wr_ptrs_push(&p, wr_strdup("b"));
    wr_ptrs_free_all(&p);
    ck_assert_uint_eq(p.count, 0);
    ck_assert_ptr_null(p.items);
}
END_TEST

Suite *ptrs_suite(void)
{
    Suite *s = suite_create("ptrs");
    TCase *t = tcase_create("ptrs");
    tcase_add_test(t, pointers_keep_their_order_also_when_one_is_removed);
    tcase_add_test(t, pointer_is_inserted_before_a_place);
    tcase_add_test(t, what_pointers_own_is_freed_with_them);
    tcase_add_test(t, only_the_first_of_equal_pointers_is_removed);
    suite_add_tcase(s, t);
    return s;
}
