/* test_demo_counts.c -- what is lost and what is counted twice is found, page by page. */
#include "src/base/base.h"

#include <check.h>
#include <stdio.h>

#include "src/base/endian.h"
#include "tests/unit/suite.h"
#include "tools/demo_counts.h"

static struct wr_demo_counts counts;
static struct weir_error err;

static void end(void)
{
    wr_demo_counts_free(&counts);
}

static void click(const char *page, int times)
{
    char json[64];
    snprintf(json, sizeof json, "{\"id\":1,\"page\":\"%s\"}", page);
    for (int i = 0; i < times; i++) {
        ck_assert_int_eq(wr_demo_click(&counts, weir_str(json), &err), WEIR_OK);
    }
}

static void count(const char *page, int64_t n)
{
    char value[8];
    wr_put_be64(value, (uint64_t)n);
    ck_assert_int_eq(wr_demo_update(&counts, weir_str(page), weir_view(value, sizeof value), &err),
                     WEIR_OK);
}

START_TEST(equal_counts_are_exact)
{
    click("/a", 3);
    click("/b", 1);
    count("/a", 1);
    count("/b", 1);
    count("/a", 3);
    struct wr_demo_verdict v = wr_demo_judge(&counts, 4);
    ck_assert(v.exact);
    ck_assert_int_eq(v.lost + v.duplicated, 0);
    ck_assert_ptr_null(v.worst);
    ck_assert_int_eq(counts.clicks, 4);
    ck_assert_int_eq(counts.counted, 4);
    ck_assert_int_eq(counts.updates, 3);
    ck_assert_int_eq(counts.repeated, 0);
}
END_TEST

/* Page /a is clicked three times and /b once; 0 is a count that was never written. */
static const struct {
    int64_t a;
    int64_t b;
    int64_t sent;
    int64_t lost;
    int64_t duplicated;
    const char *worst;
} planted[] = {
    {2, 1, 4, 1, 0, "/a"}, {3, 0, 4, 1, 0, "/b"}, {4, 1, 4, 0, 1, "/a"},
    {3, 3, 4, 0, 2, "/b"}, {1, 2, 4, 2, 1, "/a"}, {0, 0, 4, 4, 0, "/a"},
    {3, 1, 5, 1, 0, NULL}, {3, 1, 3, 0, 1, NULL}, {4, 1, 5, 1, 1, "/a"},
};

START_TEST(planted_difference_is_found)
{
    click("/a", 3);
    click("/b", 1);
    if (planted[_i].a > 0) {
        count("/a", planted[_i].a);
    }
    if (planted[_i].b > 0) {
        count("/b", planted[_i].b);
    }
    struct wr_demo_verdict v = wr_demo_judge(&counts, planted[_i].sent);
    ck_assert(!v.exact);
    ck_assert_int_eq(v.lost, planted[_i].lost);
    ck_assert_int_eq(v.duplicated, planted[_i].duplicated);
    ck_assert_pstr_eq(v.worst != NULL ? v.worst->name : NULL, planted[_i].worst);
}
END_TEST

START_TEST(page_that_nobody_clicked_is_counted_twice)
{
    click("/a", 1);
    count("/a", 1);
    count("/c", 1);
    struct wr_demo_verdict v = wr_demo_judge(&counts, 1);
    ck_assert(!v.exact);
    ck_assert_int_eq(v.duplicated, 1);
}
END_TEST

static const int64_t second_count[] = {2, 1};

START_TEST(count_that_did_not_grow_is_not_exact)
{
    click("/a", 2);
    count("/a", 2);
    count("/a", second_count[_i]);
    count("/a", 2);
    ck_assert_int_eq(counts.repeated, 2 - _i);
    ck_assert(!wr_demo_judge(&counts, 2).exact);
}
END_TEST

START_TEST(nothing_at_all_is_not_exact)
{
    ck_assert(!wr_demo_judge(&counts, 0).exact);
}
END_TEST

static const char *const no_clicks[] = {"", "{", "{\"pages\":\"/a\"}", "{\"page\":1}", "[]"};

START_TEST(what_is_no_click_is_refused_and_not_counted)
{
    ck_assert_int_eq(wr_demo_click(&counts, weir_str(no_clicks[_i]), &err), WEIR_EDECODE);
    ck_assert_int_eq(counts.clicks, 0);
}
END_TEST

START_TEST(what_is_no_count_is_refused_and_not_counted)
{
    ck_assert_int_eq(wr_demo_update(&counts, weir_str("/a"), weir_str("1"), &err), WEIR_EDECODE);
    ck_assert_int_eq(wr_demo_update(&counts, weir_str("/a"), WEIR_NULL, &err), WEIR_EDECODE);
    ck_assert_int_eq(wr_demo_update(&counts, WEIR_NULL, weir_str("12345678"), &err), WEIR_EDECODE);
    ck_assert_int_eq(counts.updates, 0);
}
END_TEST

START_TEST(top_is_by_count_then_by_name)
{
    const struct wr_demo_page *top[3];
    ck_assert_uint_eq(wr_demo_top(&counts, top, 3), 0);
    count("/d", 1);
    count("/b", 7);
    ck_assert_uint_eq(wr_demo_top(&counts, top, 3), 2);
    count("/c", 7);
    count("/a", 9);
    ck_assert_uint_eq(wr_demo_top(&counts, top, 3), 3);
    ck_assert_str_eq(top[0]->name, "/a");
    ck_assert_str_eq(top[1]->name, "/b");
    ck_assert_str_eq(top[2]->name, "/c");
    ck_assert_uint_eq(wr_demo_top(&counts, top, 0), 0);
}
END_TEST

Suite *demo_counts_suite(void);
Suite *demo_counts_suite(void)
{
    Suite *s = suite_create("demo_counts");
    TCase *tc = tcase_create("demo_counts");
    tcase_add_checked_fixture(tc, NULL, end);
    tcase_add_test(tc, equal_counts_are_exact);
    tcase_add_loop_test(tc, planted_difference_is_found, 0, (int)WR_ARRAY_LEN(planted));
    tcase_add_test(tc, page_that_nobody_clicked_is_counted_twice);
    tcase_add_loop_test(tc, count_that_did_not_grow_is_not_exact, 0,
                        (int)WR_ARRAY_LEN(second_count));
    tcase_add_test(tc, nothing_at_all_is_not_exact);
    tcase_add_loop_test(tc, what_is_no_click_is_refused_and_not_counted, 0,
                        (int)WR_ARRAY_LEN(no_clicks));
    tcase_add_test(tc, what_is_no_count_is_refused_and_not_counted);
    tcase_add_test(tc, top_is_by_count_then_by_name);
    suite_add_tcase(s, tc);
    return s;
}
