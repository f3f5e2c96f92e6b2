/* test_kv_scan.c -- scans see the store as it was when they were opened. */
#include "src/base/base.h"

#include <stdio.h>

#include "tests/unit/state/state_help.h"

enum { MEMORY, LMDB, ENGINES };

static struct wr_state_dir *dir;
static struct wr_task_state *state;
static struct weir_kv *kv;

static const struct wr_store_spec spec = {.name = "rows"};
static const int64_t no_positions[] = {-1};

static void open_store(int which)
{
    dir = which == LMDB ? test_state_dir() : NULL;
    struct wr_task_state_options o = test_options(dir, &spec, 1);
    o.cache_bytes = 0;
    state = test_open(&o, WR_QUARANTINE_NONE);
    kv = wr_task_state_store(state, 0);
}

static void close_store(void)
{
    wr_task_state_close(state, false);
    wr_state_dir_close(dir);
}

static void commit(void)
{
    ck_assert_ok(wr_task_state_committed(state, no_positions, weir_null(), &test_err));
}

/* One row for each letter: key and value are the letter. */
static void put_letters(const char *letters)
{
    for (; *letters != '\0'; letters++) {
        ck_assert_int_eq(weir_kv_put(kv, weir_view(letters, 1), weir_view(letters, 1)), WEIR_OK);
    }
}

static void delete_letters(const char *letters)
{
    for (; *letters != '\0'; letters++) {
        ck_assert_int_eq(weir_kv_delete(kv, weir_view(letters, 1), NULL), WEIR_OK);
    }
}

/* The rest of a scan: its values, one behind the other. */
static const char *drain(weir_kv_iter *it)
{
    static char text[512];
    struct weir_row row;
    enum weir_code code;
    size_t len = 0;
    while ((code = weir_kv_next(it, &row)) == WEIR_OK) {
        len += (size_t)snprintf(text + len, sizeof text - len, "%.*s", (int)row.value.len,
                                (const char *)row.value.data);
    }
    ck_assert_int_eq(code, WEIR_END);
    ck_assert_int_eq(weir_kv_next(it, &row), WEIR_END);
    weir_kv_close(it);
    text[len] = '\0';
    return text;
}

static const char *range(const char *from, const char *to, enum weir_direction direction)
{
    weir_kv_iter *it;
    ck_assert_int_eq(weir_kv_range(kv, str(from), str(to), direction, &it), WEIR_OK);
    return drain(it);
}

static const char *prefix(struct weir_bytes p, enum weir_direction direction)
{
    weir_kv_iter *it;
    ck_assert_int_eq(weir_kv_prefix(kv, p, direction, &it), WEIR_OK);
    return drain(it);
}

START_TEST(scan_merges_touched_and_committed_rows)
{
    open_store(_i);
    put_letters("acegi");
    commit();
    put_letters("bhj");
    delete_letters("eg");
    ck_assert_int_eq(weir_kv_put(kv, str("c"), str("C")), WEIR_OK);
    ck_assert_str_eq(range(NULL, NULL, WEIR_FORWARD), "abChij");
    ck_assert_str_eq(range(NULL, NULL, WEIR_BACKWARD), "jihCba");
    ck_assert_str_eq(range("b", "h", WEIR_FORWARD), "bCh");
    ck_assert_str_eq(range("b", "h", WEIR_BACKWARD), "hCb");
    ck_assert_str_eq(range("d", "g", WEIR_FORWARD), "");
    ck_assert_str_eq(range("h", "b", WEIR_FORWARD), "");
    ck_assert_str_eq(range("i", NULL, WEIR_BACKWARD), "ji");
    commit();
    ck_assert_str_eq(range(NULL, NULL, WEIR_FORWARD), "abChij");
    close_store();
}
END_TEST

START_TEST(prefix_scan_gives_the_rows_that_start_so)
{
    static const char *const keys[] = {"", "a", "ab", "abc", "abd", "ac", "b", "\xff", "\xff\xff"};
    open_store(_i);
    for (size_t i = 0; i < WR_ARRAY_LEN(keys); i++) {
        char value[] = {(char)('0' + i), '\0'};
        ck_assert_int_eq(weir_kv_put(kv, str(keys[i]), str(value)), WEIR_OK);
        if (i == 4) {
            commit(); /* some rows are stored, some touched */
        }
    }
    ck_assert_str_eq(prefix(str("ab"), WEIR_FORWARD), "234");
    ck_assert_str_eq(prefix(str("ab"), WEIR_BACKWARD), "432");
    ck_assert_str_eq(prefix(str("a"), WEIR_FORWARD), "12345");
    ck_assert_str_eq(prefix(str(""), WEIR_FORWARD), "012345678");
    ck_assert_str_eq(prefix(str("\xff"), WEIR_FORWARD), "78");
    ck_assert_str_eq(prefix(str("\xff"), WEIR_BACKWARD), "87");
    ck_assert_str_eq(prefix(str("x"), WEIR_FORWARD), "");
    weir_kv_iter *it;
    ck_assert_int_eq(weir_kv_prefix(kv, WEIR_NULL, WEIR_FORWARD, &it), WEIR_EINVAL);
    ck_assert_ptr_null(it);
    close_store();
}
END_TEST

START_TEST(writes_during_a_scan_are_not_seen_by_it)
{
    weir_kv_iter *it;
    struct weir_row row;
    open_store(_i);
    put_letters("aceg");
    commit();
    put_letters("bf");
    ck_assert_int_eq(weir_kv_range(kv, WEIR_NULL, WEIR_NULL, WEIR_FORWARD, &it), WEIR_OK);
    ck_assert_int_eq(weir_kv_next(it, &row), WEIR_OK);
    ck_assert_bytes_eq(row.value, "a");
    put_letters("adh");
    delete_letters("bcf");
    ck_assert_int_eq(weir_kv_put(kv, str("e"), str("E")), WEIR_OK);
    ck_assert_int_eq(weir_kv_put(kv, str("g"), str("a longer value")), WEIR_OK);
    ck_assert_bytes_eq(row.value, "a"); /* writes are no calls on the scan */
    ck_assert_str_eq(drain(it), "bcefg");
    ck_assert_str_eq(range(NULL, "f", WEIR_FORWARD), "adE");
    close_store();
}
END_TEST

START_TEST(row_of_a_scan_may_be_written_back)
{
    weir_kv_iter *it;
    struct weir_row row;
    open_store(_i);
    put_letters("abc");
    commit();
    put_letters("d");
    ck_assert_int_eq(weir_kv_range(kv, WEIR_NULL, WEIR_NULL, WEIR_FORWARD, &it), WEIR_OK);
    while (weir_kv_next(it, &row) == WEIR_OK) {
        char doubled[8];
        snprintf(doubled, sizeof doubled, "%.1s%.1s", (const char *)row.value.data,
                 (const char *)row.value.data);
        ck_assert_int_eq(weir_kv_put(kv, row.key, str(doubled)), WEIR_OK);
    }
    weir_kv_close(it);
    ck_assert_str_eq(range(NULL, NULL, WEIR_FORWARD), "aabbccdd");
    close_store();
}
END_TEST

START_TEST(several_scans_are_independent)
{
    weir_kv_iter *a;
    weir_kv_iter *b;
    struct weir_row row;
    open_store(_i);
    put_letters("ac");
    commit();
    put_letters("b");
    ck_assert_int_eq(weir_kv_range(kv, WEIR_NULL, WEIR_NULL, WEIR_FORWARD, &a), WEIR_OK);
    delete_letters("b");
    ck_assert_int_eq(weir_kv_range(kv, WEIR_NULL, WEIR_NULL, WEIR_BACKWARD, &b), WEIR_OK);
    ck_assert_int_eq(weir_kv_next(b, &row), WEIR_OK);
    ck_assert_bytes_eq(row.value, "c");
    ck_assert_str_eq(drain(a), "abc");
    ck_assert_str_eq(drain(b), "a");
    close_store();
}
END_TEST

START_TEST(scans_left_open_are_closed_by_the_runtime)
{
    weir_kv_iter *it[3];
    open_store(_i);
    put_letters("abc");
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(weir_kv_range(kv, WEIR_NULL, WEIR_NULL, WEIR_FORWARD, &it[i]), WEIR_OK);
    }
    weir_kv_close(it[1]);
    weir_kv_close(NULL);
    ck_assert_uint_eq(wr_kv_close_scans(kv), 2);
    ck_assert_uint_eq(wr_kv_close_scans(kv), 0);
    weir_kv_close(it[0]); /* late, and harmless */
    ck_assert_int_eq(weir_kv_range(kv, WEIR_NULL, WEIR_NULL, WEIR_FORWARD, &it[0]), WEIR_OK);
    commit(); /* ends it, too */
    ck_assert_uint_eq(wr_kv_close_scans(kv), 0);
    ck_assert_int_eq(weir_kv_range(kv, WEIR_NULL, WEIR_NULL, WEIR_FORWARD, &it[0]), WEIR_OK);
    wr_task_state_aborted(state);
    ck_assert_uint_eq(wr_kv_close_scans(kv), 0);
    close_store();
}
END_TEST

START_TEST(scan_after_each_write_sees_all_writes)
{
    /* The list of touched rows is sorted in different ways as it grows. */
    struct wr_rng rng;
    char key[16];
    open_store(_i);
    wr_rng_seed(&rng, 4);
    for (unsigned n = 1; n <= 400; n++) {
        weir_kv_iter *it;
        struct weir_row row;
        struct weir_bytes before = weir_null();
        char last[16];
        unsigned count = 0;
        snprintf(key, sizeof key, "%08x", (unsigned)wr_rng_next(&rng));
        ck_assert_int_eq(weir_kv_put(kv, str(key), str("v")), WEIR_OK);
        if (n % 100 == 0) {
            commit();
        }
        ck_assert_int_eq(weir_kv_range(kv, WEIR_NULL, WEIR_NULL, WEIR_FORWARD, &it), WEIR_OK);
        while (weir_kv_next(it, &row) == WEIR_OK) {
            ck_assert(weir_is_null(before) || memcmp(last, row.key.data, 8) < 0);
            memcpy(last, row.key.data, 8);
            before = weir_view(last, 8);
            count++;
        }
        weir_kv_close(it);
        ck_assert_uint_eq(count, n);
    }
    close_store();
}
END_TEST

Suite *kv_scan_suite(void)
{
    Suite *s = suite_create("kv_scan");
    TCase *tc = tcase_create("kv_scan");
    tcase_set_timeout(tc, 30);
    tcase_add_checked_fixture(tc, test_dir_make, test_dir_remove);
    tcase_add_loop_test(tc, scan_merges_touched_and_committed_rows, 0, ENGINES);
    tcase_add_loop_test(tc, prefix_scan_gives_the_rows_that_start_so, 0, ENGINES);
    tcase_add_loop_test(tc, writes_during_a_scan_are_not_seen_by_it, 0, ENGINES);
    tcase_add_loop_test(tc, row_of_a_scan_may_be_written_back, 0, ENGINES);
    tcase_add_loop_test(tc, several_scans_are_independent, 0, ENGINES);
    tcase_add_loop_test(tc, scans_left_open_are_closed_by_the_runtime, 0, ENGINES);
    tcase_add_loop_test(tc, scan_after_each_write_sees_all_writes, 0, ENGINES);
    suite_add_tcase(s, tc);
    return s;
}
