/* test_strmap.c -- maps from names to pointers. */
#include "src/base/base.h"

#include <stdio.h>

#include "src/base/strmap.h"
#include "tests/unit/suite.h"

START_TEST(names_are_found_and_listed_in_order_of_addition)
{
    struct wr_strmap m = {0};
    char name[16];
    static int values[1000];
    ck_assert_ptr_null(wr_strmap_get(&m, "none"));
    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "n%d", i);
        ck_assert(wr_strmap_put(&m, name, &values[i]));
    }
    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "n%d", i);
        ck_assert_ptr_eq(wr_strmap_get(&m, name), &values[i]);
        ck_assert_str_eq(m.entries[i].name, name);
    }
    ck_assert_ptr_null(wr_strmap_get(&m, "n1000"));
    ck_assert(!wr_strmap_has(&m, "n1000"));
    ck_assert_uint_eq(m.count, 1000);
    wr_strmap_free(&m);
    ck_assert_uint_eq(m.count, 0);
}
END_TEST

START_TEST(last_value_of_a_name_counts_and_its_place_stays)
{
    struct wr_strmap m = {0};
    int a = 0;
    int b = 0;
    wr_strmap_put(&m, "x", &a);
    wr_strmap_put(&m, "y", &a);
    ck_assert(!wr_strmap_put(&m, "x", &b));
    ck_assert_ptr_eq(wr_strmap_get(&m, "x"), &b);
    ck_assert_str_eq(m.entries[0].name, "x");
    ck_assert_uint_eq(m.count, 2);
    wr_strmap_free(&m);
}
END_TEST

START_TEST(name_may_have_no_value)
{
    struct wr_strmap m = {0};
    ck_assert(wr_strmap_put(&m, "", NULL));
    ck_assert(wr_strmap_has(&m, ""));
    ck_assert_ptr_null(wr_strmap_get(&m, ""));
    wr_strmap_free(&m);
}
END_TEST

Suite *strmap_suite(void)
{
    Suite *s = suite_create("strmap");
    TCase *t = tcase_create("strmap");
    tcase_add_test(t, names_are_found_and_listed_in_order_of_addition);
    tcase_add_test(t, last_value_of_a_name_counts_and_its_place_stays);
    tcase_add_test(t, name_may_have_no_value);
    suite_add_tcase(s, t);
    return s;
}
