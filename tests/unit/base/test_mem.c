/* test_mem.c -- memory from the heap. */
#include "src/base/base.h"

#include <signal.h>

#include "src/base/mem.h"
#include "tests/unit/suite.h"

START_TEST(nothing_is_never_null)
{
    void *a = wr_alloc(0);
    void *b = wr_calloc(0, 8);
    a = wr_realloc(a, 0);
    ck_assert_ptr_nonnull(a);
    ck_assert_ptr_nonnull(b);
    wr_free(a);
    wr_free(b);
    wr_free(NULL);
}
END_TEST

START_TEST(copies_are_equal_and_terminated)
{
    char *a = wr_strdup("text");
    char *b = wr_strndup("text", 2);
    char *c = wr_memdup("te\0t", 4);
    char *d = wr_asprintf("%s %d", "text", 7);
    char *e = wr_strndup(NULL, 0);
    ck_assert_str_eq(a, "text");
    ck_assert_str_eq(b, "te");
    ck_assert_mem_eq(c, "te\0t", 4);
    ck_assert_str_eq(d, "text 7");
    ck_assert_str_eq(e, "");
    ck_assert_ptr_null(wr_strdup(NULL));
    wr_free(a);
    wr_free(b);
    wr_free(c);
    wr_free(d);
    wr_free(e);
}
END_TEST

START_TEST(new_object_is_zero)
{
    int64_t *p = WR_NEW(int64_t);
    ck_assert_int_eq(*p, 0);
    wr_free(p);
}
END_TEST

START_TEST(array_too_large_for_memory_ends_the_process)
{
    wr_free(wr_realloc_array(NULL, SIZE_MAX / 4, 8));
}
END_TEST

Suite *mem_suite(void)
{
    Suite *s = suite_create("mem");
    TCase *t = tcase_create("mem");
    tcase_add_test(t, nothing_is_never_null);
    tcase_add_test(t, copies_are_equal_and_terminated);
    tcase_add_test(t, new_object_is_zero);
    tcase_add_test_raise_signal(t, array_too_large_for_memory_ends_the_process, SIGABRT);
    suite_add_tcase(s, t);
    return s;
}
