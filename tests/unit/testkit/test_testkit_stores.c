/* test_testkit_stores.c -- rows of stores and counts of records, looked at from a test. */
#include "src/base/base.h"

#include <string.h>

#include "tests/unit/suite.h"
#include "tests/unit/testkit/kit.h"

static struct kit kit;

static void counts(weir_topology *t, void *arg)
{
    WR_UNUSED(arg);
    struct weir_source src = WEIR_SOURCE_INIT;
    src.key = weir_i64(t);
    weir_grouped *g = weir_group_by_key(weir_from(t, "in", &src), NULL);
    weir_to(weir_changes(weir_count(g, "counts", NULL)), "out", NULL);
}

static const struct weir_test_text numbers[] = {{"5", "", 50}, {"-1", "", 60}, {"5", "", 40}};

static void begin(void)
{
    kit_start(&kit, counts, NULL, NULL);
    ck_assert_int_eq(weir_test_pipe_all(kit.t, "in", numbers, WR_ARRAY_LEN(numbers), &kit.err),
                     WEIR_OK);
}

static void end(void)
{
    kit_free(&kit);
}

/* ---- one row --------------------------------------------------------------------------------- */

START_TEST(row_is_found_by_its_key)
{
    struct weir_row row;
    int64_t count = 0;
    struct weir_bytes key = weir_test_i64(kit.t, 5);
    ck_assert_int_eq(weir_test_get(kit.t, "counts", key, &row, &kit.err), WEIR_OK);
    ck_assert(weir_equal(row.key, key));
    ck_assert_int_eq(weir_test_get_i64(row.value, &count), WEIR_OK);
    ck_assert_int_eq(count, 2);
    ck_assert_int_eq(row.time, 50);
}
END_TEST

START_TEST(row_outlives_what_happens_to_the_store)
{
    struct weir_row row;
    int64_t count = 0;
    ck_assert_int_eq(weir_test_get(kit.t, "counts", weir_test_i64(kit.t, 5), &row, &kit.err),
                     WEIR_OK);
    kit_pipe(&kit, "in", "5", "", 70);
    ck_assert_int_eq(weir_test_get_i64(row.value, &count), WEIR_OK);
    ck_assert_int_eq(count, 2);
    ck_assert_pstr_eq(weir_test_row(kit.t, "counts", "5"), "3@70");
}
END_TEST

START_TEST(key_without_a_row_leaves_the_answer_alone)
{
    struct weir_row row = {.time = 77};
    ck_assert_int_eq(weir_test_get(kit.t, "counts", weir_test_i64(kit.t, 6), &row, &kit.err),
                     WEIR_ENOTFOUND);
    ck_assert_int_eq(row.time, 77);
    ck_assert_pstr_eq(weir_test_row(kit.t, "counts", "6"), NULL);
}
END_TEST

START_TEST(store_that_is_not_there_is_an_error)
{
    static const char none[] = "the topology has no store \"count\"";
    struct weir_row row = {.time = 77};
    weir_kv_iter *iter = (weir_kv_iter *)&row;
    ck_assert_int_eq(weir_test_get(kit.t, "count", weir_str("k"), &row, &kit.err), WEIR_EINVAL);
    ck_assert_str_eq(kit.err.text, none);
    ck_assert_int_eq(row.time, 77);
    ck_assert_int_eq(weir_test_scan(kit.t, "count", 0, &iter, &kit.err), WEIR_EINVAL);
    ck_assert_str_eq(kit.err.text, none);
    ck_assert_ptr_null(iter);
    ck_assert_pstr_eq(weir_test_row(kit.t, "count", "5"), none);
    ck_assert_pstr_eq(weir_test_rows(kit.t, "count"), none);
}
END_TEST

START_TEST(key_that_cannot_be_asked_for_is_an_error)
{
    struct weir_row row;
    ck_assert_int_eq(weir_test_get(kit.t, "counts", WEIR_NULL, &row, &kit.err), WEIR_EINVAL);
    ck_assert_ptr_nonnull(strstr(kit.err.text, "key is null"));
    ck_assert_ptr_nonnull(strstr(weir_test_row(kit.t, "counts", "five"), "\"five\" is not i64"));
    ck_assert_ptr_nonnull(strstr(weir_test_row(kit.t, "counts", NULL), "key is null"));
}
END_TEST

/* ---- all rows -------------------------------------------------------------------------------- */

START_TEST(rows_are_in_the_order_of_the_bytes_of_their_keys)
{
    ck_assert_str_eq(weir_test_rows(kit.t, "counts"), "5=2@50\n-1=1@60\n");
}
END_TEST

START_TEST(rows_are_scanned)
{
    weir_kv_iter *iter;
    struct weir_row row;
    int64_t key = 0;
    ck_assert_int_eq(weir_test_scan(kit.t, "counts", 0, &iter, &kit.err), WEIR_OK);
    ck_assert_int_eq(weir_kv_next(iter, &row), WEIR_OK);
    ck_assert_int_eq(weir_test_get_i64(row.key, &key), WEIR_OK);
    ck_assert_int_eq(key, 5);
    ck_assert_int_eq(weir_kv_next(iter, &row), WEIR_OK);
    ck_assert_int_eq(weir_kv_next(iter, &row), WEIR_END);
    weir_kv_close(iter);
}
END_TEST

START_TEST(partition_that_is_not_there_is_refused)
{
    weir_kv_iter *iter;
    ck_assert_int_eq(weir_test_scan(kit.t, "counts", 1, &iter, &kit.err), WEIR_EPARTITIONS);
    ck_assert_ptr_null(iter);
    ck_assert_int_eq(weir_test_scan(kit.t, "counts", -1, &iter, &kit.err), WEIR_EPARTITIONS);
    ck_assert_str_eq(kit.err.text,
                     "store \"counts\" has no partition -1: there are 1, counted from 0");
}
END_TEST

START_TEST(store_without_rows_is_empty)
{
    struct kit fresh;
    kit_start(&fresh, counts, NULL, NULL);
    ck_assert_str_eq(weir_test_rows(fresh.t, "counts"), "");
    kit_free(&fresh);
}
END_TEST

/* ---- counts ---------------------------------------------------------------------------------- */

static void by_page(weir_topology *t, void *arg)
{
    WR_UNUSED(arg);
    struct weir_source src = WEIR_SOURCE_INIT;
    src.value = weir_json(t);
    weir_stream *in = weir_from(t, "in", &src);
    weir_count(weir_group_by_field(in, "by-page", "page", weir_string(t)), "pages", NULL);
    weir_count(weir_group_by_key(in, NULL), "keys", NULL);
}

START_TEST(dropped_and_unkeyed_records_are_counted)
{
    struct kit pages;
    kit_start(&pages, by_page, NULL, NULL);
    kit_pipe(&pages, "in", "k", "{\"page\":\"a\"}", 1);
    ck_assert_int_eq(weir_test_dropped(pages.t), 0);
    ck_assert_int_eq(weir_test_unkeyed(pages.t), 0);
    kit_pipe(&pages, "in", "k", "{}", 2);
    ck_assert_int_eq(weir_test_dropped(pages.t), 0);
    ck_assert_int_eq(weir_test_unkeyed(pages.t), 1);
    kit_pipe(&pages, "in", NULL, "{\"page\":\"a\"}", 3);
    ck_assert_int_eq(weir_test_dropped(pages.t), 1);
    ck_assert_int_eq(weir_test_unkeyed(pages.t), 1);
    kit_free(&pages);
}
END_TEST

Suite *testkit_stores_suite(void)
{
    Suite *s = suite_create("testkit_stores");
    TCase *tc = tcase_create("stores");
    tcase_add_checked_fixture(tc, begin, end);
    tcase_add_test(tc, row_is_found_by_its_key);
    tcase_add_test(tc, row_outlives_what_happens_to_the_store);
    tcase_add_test(tc, key_without_a_row_leaves_the_answer_alone);
    tcase_add_test(tc, store_that_is_not_there_is_an_error);
    tcase_add_test(tc, key_that_cannot_be_asked_for_is_an_error);
    tcase_add_test(tc, rows_are_in_the_order_of_the_bytes_of_their_keys);
    tcase_add_test(tc, rows_are_scanned);
    tcase_add_test(tc, partition_that_is_not_there_is_refused);
    tcase_add_test(tc, store_without_rows_is_empty);
    tcase_add_test(tc, dropped_and_unkeyed_records_are_counted);
    suite_add_tcase(s, tc);
    return s;
}
