/* test_full_disk.c -- a disk or a limit that is reached takes nothing that was committed.
 *
 * A child limits the size of its files (RLIMIT_FSIZE); where the test may mount one, a file system
 * of 2 MiB runs full as well.
 */
#include "src/base/base.h"

#include <signal.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/state/state_help.h"

enum { ROWS = 200, TRANSACTIONS_MAX = 1000 };

static const struct wr_store_spec spec = {.name = "rows", .changelog = "log"};
static struct wr_state_dir *dir;
static struct wr_task_state *state;

static void open_state(void)
{
    dir = test_state_dir();
    struct wr_task_state_options o = test_options(dir, &spec, 1);
    state = test_open(&o, WR_QUARANTINE_NONE);
}

static void close_state(void)
{
    wr_task_state_close(state, true);
    wr_state_dir_close(dir);
}

static enum weir_code commit(int64_t n)
{
    char key[32];
    for (int i = 0; i < ROWS; i++) {
        snprintf(key, sizeof key, "%lld-%d", (long long)n, i);
        ck_assert_int_eq(weir_kv_put(wr_task_state_store(state, 0), str(key), filled(200, 'v')),
                         WEIR_OK);
    }
    return wr_task_state_committed(state, &n, weir_null(), &test_err);
}

/* Commit until it fails; returns the last position that worked. */
static int64_t fill_up(enum weir_code *code)
{
    int64_t n = 0;
    do {
        *code = commit(++n);
    } while (*code == WEIR_OK && n < TRANSACTIONS_MAX);
    return n - 1;
}

/* What was committed is there, and nothing else but rows of the transaction that failed. */
static void expect_rows(int64_t transactions)
{
    char key[32];
    struct weir_row row;
    struct wr_task_state_stats stats;
    ck_assert_int_eq(wr_task_state_position(state, 0), transactions);
    for (int64_t n = 1; n <= transactions; n++) {
        for (int i = 0; i < ROWS; i++) {
            snprintf(key, sizeof key, "%lld-%d", (long long)n, i);
            ck_assert_int_eq(weir_kv_get(wr_task_state_store(state, 0), str(key), &row), WEIR_OK);
            ck_assert_uint_eq(row.value.len, 200);
        }
    }
    wr_task_state_stats(state, &stats);
    ck_assert_uint_lt(stats.rows, (uint64_t)(transactions + 1) * ROWS);
    ck_assert_ok(wr_task_state_check(state, &test_err));
}

static void limit_files(rlim_t bytes)
{
    struct rlimit l;
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &l), 0);
    l.rlim_cur = bytes;
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &l), 0);
}

START_TEST(file_that_may_not_grow_keeps_what_was_committed)
{
    static const rlim_t limits[] = {600000, 1048576, 2000001};
    enum weir_code code;
    struct rlimit before;
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, SIG_IGN);
    open_state();
    limit_files(limits[_i]);
    int64_t last = fill_up(&code);
    limit_files(before.rlim_cur);
    ck_assert_int_gt(last, 0);
    ck_assert(code == WEIR_EFULL || code == WEIR_EIO); /* LMDB makes EIO of a short write */
    ck_assert_code(commit(last + 1), WEIR_ESTATE);
    close_state();
    open_state();
    expect_rows(last);
    for (int64_t n = last + 1; n < last + 5; n++) {
        ck_assert_ok(commit(n));
    }
    expect_rows(last + 4);
    close_state();
}
END_TEST

START_TEST(full_file_system_keeps_what_was_committed)
{
    enum weir_code code;
    struct wr_task_state *ignored;
    enum wr_quarantine_reason reason;
    if (mount("weir-test", test_dir(), "tmpfs", 0, "size=2m") != 0) {
        return; /* needs a privilege */
    }
    open_state();
    int64_t last = fill_up(&code);
    ck_assert_int_gt(last, 0);
    ck_assert_code(code, WEIR_EFULL);
    close_state();
    dir = test_state_dir();
    struct wr_task_state_options o = test_options(dir, &spec, 1);
    code = wr_task_state_open(&ignored, &o, &reason, NULL, &test_err);
    if (code == WEIR_OK) { /* there was room for the small files */
        wr_task_state_close(ignored, false);
    } else {
        ck_assert_code(code, WEIR_EFULL);
    }
    wr_state_dir_close(dir);
    ck_assert_int_eq(mount("weir-test", test_dir(), "tmpfs", MS_REMOUNT, "size=8m"), 0);
    open_state();
    expect_rows(last);
    ck_assert_ok(commit(last + 1));
    expect_rows(last + 1);
    close_state();
    ck_assert_int_eq(umount(test_dir()), 0);
}
END_TEST

Suite *full_disk_suite(void)
{
    Suite *s = suite_create("full_disk");
    TCase *tc = tcase_create("full_disk");
    tcase_set_timeout(tc, 60);
    tcase_add_checked_fixture(tc, test_dir_make, test_dir_remove);
    tcase_add_loop_test(tc, file_that_may_not_grow_keeps_what_was_committed, 0, 3);
    tcase_add_test(tc, full_file_system_keeps_what_was_committed);
    suite_add_tcase(s, tc);
    return s;
}
