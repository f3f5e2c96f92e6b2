/* test_kv_store.c -- what store.h promises about single rows, over both engines. */
#include "src/base/base.h"

#include <stdio.h>

#include "tests/unit/state/state_help.h"

enum { MEMORY, LMDB, ENGINES };

static struct wr_state_dir *dir;
static struct wr_task_state *state;
static struct weir_kv *kv;
static struct weir_kv *other;

static const struct wr_store_spec specs[] = {{.name = "rows"}, {.name = "other"}};
static const int64_t no_positions[] = {-1, -1};

static void open_store_with(int which, size_t cache_bytes, size_t uncommitted_max)
{
    dir = which == LMDB ? test_state_dir() : NULL;
    struct wr_task_state_options o = test_options(dir, specs, 2);
    o.cache_bytes = cache_bytes;
    o.uncommitted_max_bytes = uncommitted_max;
    state = test_open(&o, WR_QUARANTINE_NONE);
    kv = wr_task_state_store(state, 0);
    other = wr_task_state_store(state, 1);
}

static void open_store(int which)
{
    open_store_with(which, 0, 0); /* no cache: what was committed is read from the engine */
}

static void close_store(void)
{
    ck_assert_ok(wr_task_state_check(state, &test_err));
    wr_task_state_close(state, false);
    wr_state_dir_close(dir);
}

static void commit(void)
{
    ck_assert_ok(wr_task_state_committed(state, no_positions, weir_null(), &test_err));
}

static void put(const char *key, const char *value)
{
    ck_assert_int_eq(weir_kv_put(kv, str(key), str(value)), WEIR_OK);
}

/* The value as a text, "-" if there is none. */
static const char *get(const char *key)
{
    static char text[256];
    struct weir_row row = {0};
    enum weir_code code = weir_kv_get(kv, str(key), &row);
    if (code == WEIR_ENOTFOUND) {
        ck_assert(weir_is_null(row.key));
        return "-";
    }
    ck_assert_int_eq(code, WEIR_OK);
    ck_assert_bytes_eq(row.key, key);
    snprintf(text, sizeof text, "%.*s", (int)row.value.len, (const char *)row.value.data);
    return text;
}

START_TEST(last_put_wins)
{
    open_store(_i);
    put("k", "old");
    put("k", "new");
    ck_assert_str_eq(get("k"), "new");
    commit();
    ck_assert_str_eq(get("k"), "new");
    close_store();
}
END_TEST

START_TEST(aborted_writes_leave_no_trace)
{
    open_store(_i);
    put("kept", "old");
    put("deleted", "old");
    commit();
    put("kept", "new");
    put("kept", "newer");
    put("added", "new");
    ck_assert_int_eq(weir_kv_delete(kv, str("deleted"), NULL), WEIR_OK);
    ck_assert_uint_gt(wr_task_state_uncommitted(state), 0);
    wr_task_state_aborted(state);
    ck_assert_uint_eq(wr_task_state_uncommitted(state), 0);
    ck_assert_uint_eq(wr_kv_change_count(kv), 0);
    ck_assert_str_eq(get("kept"), "old");
    ck_assert_str_eq(get("deleted"), "old");
    ck_assert_str_eq(get("added"), "-");
    close_store();
}
END_TEST

START_TEST(null_key_is_refused_and_leaves_no_trace)
{
    struct weir_row row;
    open_store(_i);
    ck_assert_int_eq(weir_kv_put(kv, WEIR_NULL, str("v")), WEIR_EINVAL);
    ck_assert_ptr_nonnull(strstr(wr_kv_error(kv)->text, "key is null"));
    ck_assert_ptr_nonnull(strstr(wr_kv_error(kv)->text, "rows"));
    ck_assert_int_eq(weir_kv_get(kv, WEIR_NULL, &row), WEIR_EINVAL);
    ck_assert_int_eq(weir_kv_delete(kv, WEIR_NULL, &row), WEIR_EINVAL);
    ck_assert_int_eq(weir_kv_put_if_absent(kv, WEIR_NULL, str("v"), &row), WEIR_EINVAL);
    ck_assert_uint_eq(wr_kv_change_count(kv), 0);
    close_store();
}
END_TEST

START_TEST(empty_key_and_empty_value_are_a_row)
{
    struct weir_row row;
    open_store(_i);
    put("", "");
    for (int round = 0; round < 2; round++) {
        ck_assert_int_eq(weir_kv_get(kv, str(""), &row), WEIR_OK);
        ck_assert(!weir_is_null(row.key) && row.key.len == 0);
        ck_assert(!weir_is_null(row.value) && row.value.len == 0);
        commit();
    }
    ck_assert_uint_eq(weir_kv_count_about(kv), 1);
    close_store();
}
END_TEST

START_TEST(null_value_deletes)
{
    open_store(_i);
    put("k", "v");
    commit();
    ck_assert_int_eq(weir_kv_put(kv, str("k"), WEIR_NULL), WEIR_OK);
    ck_assert_str_eq(get("k"), "-");
    commit();
    ck_assert_str_eq(get("k"), "-");
    ck_assert_uint_eq(weir_kv_count_about(kv), 0);
    close_store();
}
END_TEST

START_TEST(rows_have_the_time_of_the_record_or_their_own)
{
    struct weir_row row;
    open_store(_i);
    wr_kv_set_time(kv, 5000);
    put("a", "v");
    ck_assert_int_eq(weir_kv_put_at(kv, str("b"), str("v"), 7), WEIR_OK);
    commit();
    ck_assert_int_eq(weir_kv_get(kv, str("a"), &row), WEIR_OK);
    ck_assert_int_eq(row.time, 5000);
    ck_assert_int_eq(weir_kv_get(kv, str("b"), &row), WEIR_OK);
    ck_assert_int_eq(row.time, 7);
    close_store();
}
END_TEST

START_TEST(delete_gives_the_row_that_was_there)
{
    struct weir_row row;
    open_store(_i);
    put("committed", "old");
    commit();
    put("touched", "new");
    put("touched", "newer");
    ck_assert_int_eq(weir_kv_delete(kv, str("committed"), &row), WEIR_OK);
    ck_assert_bytes_eq(row.key, "committed");
    ck_assert_bytes_eq(row.value, "old");
    ck_assert_int_eq(weir_kv_delete(kv, str("touched"), &row), WEIR_OK);
    ck_assert_bytes_eq(row.value, "newer");
    ck_assert_int_eq(weir_kv_delete(kv, str("touched"), &row), WEIR_OK);
    ck_assert(weir_is_null(row.key) && weir_is_null(row.value));
    close_store();
}
END_TEST

START_TEST(put_if_absent_puts_only_then)
{
    struct weir_row row;
    open_store(_i);
    ck_assert_int_eq(weir_kv_put_if_absent(kv, str("k"), str("first"), &row), WEIR_OK);
    ck_assert(weir_is_null(row.key));
    ck_assert_int_eq(weir_kv_put_if_absent(kv, str("k"), str("second"), &row), WEIR_OK);
    ck_assert_bytes_eq(row.key, "k");
    ck_assert_bytes_eq(row.value, "first");
    commit();
    ck_assert_int_eq(weir_kv_put_if_absent(kv, str("k"), str("third"), NULL), WEIR_OK);
    ck_assert_str_eq(get("k"), "first");
    ck_assert_uint_eq(wr_kv_change_count(kv), 0);
    ck_assert_int_eq(weir_kv_put_if_absent(kv, str("null"), WEIR_NULL, &row), WEIR_OK);
    ck_assert_str_eq(get("null"), "-");
    ck_assert_uint_eq(wr_kv_change_count(kv), 0);
    close_store();
}
END_TEST

START_TEST(views_of_the_last_call_may_be_arguments_of_the_next)
{
    struct weir_row row;
    open_store(_i);
    put("a", "0123456789");
    commit();
    for (int i = 0; i < 3; i++) { /* a value of its own row, of another row, as a key */
        ck_assert_int_eq(weir_kv_get(kv, str("a"), &row), WEIR_OK);
        ck_assert_int_eq(
            weir_kv_put(kv, row.key,
                        weir_view((const char *)row.value.data + 1, row.value.len - 1)),
            WEIR_OK);
        ck_assert_int_eq(weir_kv_get(kv, str("a"), &row), WEIR_OK);
        ck_assert_int_eq(weir_kv_put(kv, str("copy"), row.value), WEIR_OK);
        ck_assert_int_eq(weir_kv_get(kv, str("a"), &row), WEIR_OK);
        ck_assert_int_eq(weir_kv_put(kv, row.value, row.value), WEIR_OK);
        ck_assert_int_eq(weir_kv_delete(kv, str("copy"), &row), WEIR_OK);
        ck_assert_int_eq(weir_kv_put(kv, str("again"), row.value), WEIR_OK);
    }
    ck_assert_str_eq(get("a"), "3456789");
    ck_assert_str_eq(get("again"), "3456789");
    ck_assert_str_eq(get("23456789"), "23456789");
    close_store();
}
END_TEST

START_TEST(view_outlives_calls_on_other_stores)
{
    char key[16];
    struct weir_row row;
    struct weir_row ignored;
    open_store_with(_i, 1000, 0);
    put("k", "value");
    commit();
    ck_assert_int_eq(weir_kv_get(kv, str("k"), &row), WEIR_OK);
    for (int i = 0; i < 1000; i++) { /* the cache has room for a few of them */
        snprintf(key, sizeof key, "%d", i);
        ck_assert_int_eq(weir_kv_get(other, str(key), &ignored), WEIR_ENOTFOUND);
    }
    ck_assert_bytes_eq(row.key, "k");
    ck_assert_bytes_eq(row.value, "value");
    close_store();
}
END_TEST

START_TEST(values_are_aligned_for_structures)
{
    struct weir_row row;
    open_store(_i);
    for (size_t len = 16; len < 64; len++) {
        ck_assert_int_eq(weir_kv_put(kv, str("k"), weir_view(filled(64, 's').data, len)), WEIR_OK);
        commit();
        ck_assert_int_eq(weir_kv_get(kv, str("k"), &row), WEIR_OK);
        ck_assert_uint_eq((uintptr_t)row.value.data % 8, 0);
    }
    close_store();
}
END_TEST

START_TEST(writes_beyond_the_limit_are_refused)
{
    open_store_with(_i, 0, 10000);
    put("k", "old");
    ck_assert_int_eq(weir_kv_put(other, str("k"), filled(6000, 'x')), WEIR_OK);
    ck_assert_int_eq(weir_kv_put(kv, str("big"), filled(6000, 'x')), WEIR_EFULL);
    ck_assert_ptr_nonnull(strstr(wr_kv_error(kv)->text, "statestore.uncommitted.max.bytes"));
    ck_assert_str_eq(get("k"), "old");
    ck_assert_str_eq(get("big"), "-");
    ck_assert_int_eq(weir_kv_put(other, str("k"), str("small")), WEIR_OK); /* gives room back */
    ck_assert_int_eq(weir_kv_put(kv, str("big"), filled(6000, 'x')), WEIR_OK);
    wr_task_state_aborted(state);
    close_store();
}
END_TEST

START_TEST(uncommitted_bytes_are_counted)
{
    open_store(_i);
    size_t none = wr_task_state_uncommitted(state);
    put("k", "12345");
    size_t five = wr_task_state_uncommitted(state);
    put("k", "1234567");
    ck_assert_uint_eq(none, 0);
    ck_assert_uint_gt(five, 6);
    ck_assert_uint_eq(wr_task_state_uncommitted(state), five + 2);
    ck_assert_uint_eq(wr_kv_uncommitted(kv), five + 2);
    ck_assert_uint_eq(wr_kv_uncommitted(other), 0);
    commit();
    ck_assert_uint_eq(wr_task_state_uncommitted(state), 0);
    close_store();
}
END_TEST

START_TEST(changes_are_those_since_the_last_commit)
{
    struct wr_kv_change c;
    size_t cursor = 0;
    open_store(_i);
    wr_kv_set_time(kv, 1);
    put("a", "old");
    commit();
    wr_kv_set_time(kv, 2);
    put("b", "new");
    put("a", "newer");
    put("b", "newest");
    ck_assert_int_eq(weir_kv_delete(kv, str("a"), NULL), WEIR_OK);
    ck_assert_uint_eq(wr_kv_change_count(kv), 2);
    ck_assert(wr_kv_next_change(kv, &cursor, &c));
    ck_assert_bytes_eq(c.key, "b");
    ck_assert_bytes_eq(c.value, "newest");
    ck_assert(weir_is_null(c.before));
    put("seen", "while walking");
    ck_assert(wr_kv_next_change(kv, &cursor, &c));
    ck_assert_bytes_eq(c.key, "a");
    ck_assert(weir_is_null(c.value));
    ck_assert_int_eq(c.time, 2);
    ck_assert_bytes_eq(c.before, "old");
    ck_assert_int_eq(c.before_time, 1);
    ck_assert(wr_kv_next_change(kv, &cursor, &c));
    ck_assert_bytes_eq(c.key, "seen");
    ck_assert(!wr_kv_next_change(kv, &cursor, &c));
    close_store();
}
END_TEST

START_TEST(emitted_cursor_begins_again_with_each_transaction)
{
    open_store(_i);
    put("k", "v");
    *wr_kv_emitted(kv) = 1;
    commit();
    ck_assert_uint_eq(*wr_kv_emitted(kv), 0);
    put("k", "w");
    *wr_kv_emitted(kv) = 1;
    wr_task_state_aborted(state);
    ck_assert_uint_eq(*wr_kv_emitted(kv), 0);
    close_store();
}
END_TEST

START_TEST(prefetching_changes_nothing)
{
    char key[16];
    open_store_with(_i, 1 << 20, 0);
    for (int i = 0; i < 200; i++) {
        snprintf(key, sizeof key, "%d", i);
        put(key, key);
    }
    for (int i = 0; i < 300; i++) {
        snprintf(key, sizeof key, "%d", i);
        wr_kv_prefetch(kv, str(key));
    }
    wr_kv_prefetch(kv, WEIR_NULL);
    ck_assert_str_eq(get("17"), "17");
    ck_assert_str_eq(get("250"), "-");
    ck_assert_uint_eq(wr_kv_change_count(kv), 200);
    close_store();
}
END_TEST

Suite *kv_store_suite(void)
{
    Suite *s = suite_create("kv_store");
    TCase *tc = tcase_create("kv_store");
    tcase_add_checked_fixture(tc, test_dir_make, test_dir_remove);
    tcase_add_loop_test(tc, last_put_wins, 0, ENGINES);
    tcase_add_loop_test(tc, aborted_writes_leave_no_trace, 0, ENGINES);
    tcase_add_loop_test(tc, null_key_is_refused_and_leaves_no_trace, 0, ENGINES);
    tcase_add_loop_test(tc, empty_key_and_empty_value_are_a_row, 0, ENGINES);
    tcase_add_loop_test(tc, null_value_deletes, 0, ENGINES);
    tcase_add_loop_test(tc, rows_have_the_time_of_the_record_or_their_own, 0, ENGINES);
    tcase_add_loop_test(tc, delete_gives_the_row_that_was_there, 0, ENGINES);
    tcase_add_loop_test(tc, put_if_absent_puts_only_then, 0, ENGINES);
    tcase_add_loop_test(tc, views_of_the_last_call_may_be_arguments_of_the_next, 0, ENGINES);
    tcase_add_loop_test(tc, view_outlives_calls_on_other_stores, 0, ENGINES);
    tcase_add_loop_test(tc, values_are_aligned_for_structures, 0, ENGINES);
    tcase_add_loop_test(tc, writes_beyond_the_limit_are_refused, 0, ENGINES);
    tcase_add_loop_test(tc, uncommitted_bytes_are_counted, 0, ENGINES);
    tcase_add_loop_test(tc, changes_are_those_since_the_last_commit, 0, ENGINES);
    tcase_add_loop_test(tc, emitted_cursor_begins_again_with_each_transaction, 0, ENGINES);
    tcase_add_loop_test(tc, prefetching_changes_nothing, 0, ENGINES);
    suite_add_tcase(s, tc);
    return s;
}
