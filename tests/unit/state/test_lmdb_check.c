/* test_lmdb_check.c -- damaged files are refused before LMDB sees them.
 *
 * Each damaged file is opened by a child process: what would be a crash in production is one here,
 * and is counted.
 */
#include "src/base/base.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/base/fs.h"
#include "src/base/mem.h"
#include "state/lmdb_check.h"
#include "state/lmdb_engine.h"
#include "state/lmdb_format.h"
#include "state/row.h"
#include "tests/unit/state/state_help.h"

enum { ROWS = 3000, STORES = 2, PAGE = 4096 };

static const char *const store_names[STORES] = {"left", "right"};

static struct wr_engine *e;
static struct wr_bytes_store *stores[STORES];

static void open_stores(void)
{
    ck_assert_ok(wr_lmdb_engine_open(&e, test_dir(), 64 << 20, STORES, &test_err));
    for (int i = 0; i < STORES; i++) {
        ck_assert_ok(e->ops->store(e, store_names[i], &stores[i], &test_err));
    }
}

/* Row n of a store: some keys are long, some values have pages of their own. */
static struct weir_bytes key_of(unsigned n)
{
    static char key[700];
    memset(key, 'k', 500);
    int len = snprintf(key + (n % 50 == 0 ? 600 : 0), 100, "key %06u", n * 2654435761u % 1000000);
    return weir_view(key, (size_t)len + (n % 50 == 0 ? 600 : 0));
}

static struct wr_row row_of(unsigned n)
{
    static char value[20000];
    size_t len = n % 37 == 0 ? 3000 + n % 16000 : 10 + n % 60;
    memset(value, 'a' + (int)(n % 26), len);
    return (struct wr_row){weir_view(value, len), n};
}

static bool is_deleted(unsigned n)
{
    return n % 5 == 0 && n % 50 != 0;
}

static void write_rows(unsigned from, unsigned to, bool deletions)
{
    struct wr_buf cell = {0};
    ck_assert_ok(e->ops->begin(e, &test_err));
    for (unsigned n = from; n < to; n++) {
        wr_buf_reset(&cell);
        wr_row_encode(&cell, key_of(n), row_of(n));
        for (int i = 0; i < STORES; i++) {
            if (!deletions) {
                ck_assert_ok(e->ops->put(stores[i], key_of(n), wr_buf_view(&cell), &test_err));
            } else if (is_deleted(n)) {
                ck_assert_ok(e->ops->del(stores[i], key_of(n), &test_err));
            }
        }
    }
    ck_assert_ok(e->ops->put_meta(e, "m", str("value"), &test_err));
    ck_assert_ok(e->ops->commit(e, &test_err));
    wr_buf_free(&cell);
}

/* A file with free pages; its last two transactions have the same rows, so that it does not matter
 * which of the two meta pages is believed. */
static void make_file(void)
{
    open_stores();
    for (unsigned n = 0; n < ROWS; n += 300) {
        write_rows(n, n + 300, false);
    }
    write_rows(0, ROWS, true);
    write_rows(0, 0, false);
    write_rows(0, 0, false);
    e->ops->close(e);
}

static void read_file(struct wr_buf *out)
{
    char *path = test_path("data.mdb");
    wr_buf_reset(out);
    ck_assert_ok(wr_fs_posix()->read(wr_fs_posix(), path, out, &test_err));
    wr_free(path);
}

static void write_file(struct weir_bytes bytes)
{
    char *path = test_path("data.mdb");
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, bytes.data, bytes.len), bytes.len);
    close(fd);
    wr_free(path);
}

static enum weir_code check_file(enum wr_lmdb_check_depth depth)
{
    char *path = test_path("data.mdb");
    int fd = open(path, O_RDONLY);
    enum weir_code code = wr_lmdb_check(fd, test_dir(), depth, &test_err);
    close(fd);
    wr_free(path);
    return code;
}

/* ---- intact files ---------------------------------------------------------------------------- */

START_TEST(intact_file_passes)
{
    make_file();
    ck_assert_ok(check_file(WR_LMDB_CHECK_BRANCHES));
    ck_assert_ok(check_file(WR_LMDB_CHECK_LEAVES));
}
END_TEST

START_TEST(empty_and_new_files_pass)
{
    write_file(weir_view("", 0));
    ck_assert_ok(check_file(WR_LMDB_CHECK_LEAVES));
    open_stores();
    ck_assert_ok(check_file(WR_LMDB_CHECK_LEAVES));
    e->ops->close(e);
    ck_assert_ok(check_file(WR_LMDB_CHECK_LEAVES));
}
END_TEST

START_TEST(every_file_that_random_writes_make_passes)
{
    struct wr_rng rng;
    struct wr_buf cell = {0};
    wr_rng_seed(&rng, 9);
    open_stores();
    for (int txn = 0; txn < 150; txn++) {
        ck_assert_ok(e->ops->begin(e, &test_err));
        struct wr_bytes_store *s = stores[txn % STORES];
        unsigned base = (unsigned)wr_rng_below(&rng, ROWS);
        unsigned count = (unsigned)wr_rng_below(&rng, 400);
        bool deletes = wr_rng_below(&rng, 3) == 0;
        for (unsigned i = 0; i < count; i++) {
            unsigned n = txn % 4 == 0 ? base + i : (unsigned)wr_rng_below(&rng, ROWS);
            wr_buf_reset(&cell);
            wr_row_encode(&cell, key_of(n), row_of(n + (unsigned)txn));
            ck_assert_ok(deletes ? e->ops->del(s, key_of(n), &test_err)
                                 : e->ops->put(s, key_of(n), wr_buf_view(&cell), &test_err));
        }
        if (txn % 40 == 39) {
            ck_assert_ok(e->ops->drop(s, &test_err));
        }
        if (wr_rng_below(&rng, 10) == 0) {
            e->ops->rollback(e);
        } else {
            ck_assert_ok(e->ops->commit(e, &test_err));
        }
        ck_assert_ok(e->ops->check(e, &test_err));
    }
    e->ops->close(e);
    wr_buf_free(&cell);
}
END_TEST

/* ---- damaged files --------------------------------------------------------------------------- */

enum outcome { REFUSED, RIGHT, WRONG_ANSWER, CRASHED };

static bool row_is_right(struct weir_bytes cell, unsigned n)
{
    struct wr_row row;
    struct wr_row expected = row_of(n);
    return wr_row_decode(key_of(n), cell, &row, NULL) == WEIR_OK && row.time == expected.time &&
           weir_equal(row.value, expected.value);
}

/* Scan a store; false if it fails or, with cells, if one of them is not a row of its key. */
static bool scan(struct wr_bytes_store *s, bool cells, unsigned *count)
{
    struct weir_bytes key;
    struct weir_bytes cell;
    struct wr_row row;
    struct wr_bytes_cursor *c;
    *count = 0;
    enum weir_code code = e->ops->range(s, weir_null(), weir_null(), WEIR_FORWARD, &c, NULL);
    if (code != WEIR_OK) {
        return false;
    }
    while (code == WEIR_OK && (code = e->ops->next(c, &key, &cell, NULL)) == WEIR_OK) {
        *count += 1;
        code = cells ? wr_row_decode(key, cell, &row, NULL) : WEIR_OK;
    }
    e->ops->close_cursor(c);
    return code == WEIR_END;
}

static enum outcome read_rows(struct wr_bytes_store *s)
{
    struct weir_bytes cell;
    for (unsigned n = 0; n < ROWS; n++) {
        enum weir_code code = e->ops->get(s, key_of(n), &cell, NULL);
        if (code == WEIR_ECORRUPT) {
            return REFUSED;
        }
        if (code == WEIR_OK ? is_deleted(n) || !row_is_right(cell, n)
                            : code != WEIR_ENOTFOUND || !is_deleted(n)) {
            return WRONG_ANSWER;
        }
    }
    return RIGHT;
}

static enum outcome read_stores(bool cells)
{
    enum outcome worst = RIGHT;
    unsigned count;
    for (int i = 0; i < STORES; i++) {
        if (e->ops->store(e, store_names[i], &stores[i], NULL) != WEIR_OK ||
            !scan(stores[i], cells, &count)) {
            return REFUSED;
        }
        enum outcome got = read_rows(stores[i]);
        if (got == RIGHT && count != ROWS - ROWS / 5 + ROWS / 50) {
            got = WRONG_ANSWER;
        }
        worst = got == RIGHT ? worst : got;
    }
    return worst;
}

/* What a process gets to see that opens the file; with LEAVES, every row is read before, as
 * check_all_rows of a task's state does. */
static enum outcome use_file(enum wr_lmdb_check_depth depth)
{
    if (check_file(depth) != WEIR_OK ||
        wr_lmdb_engine_open(&e, test_dir(), 64 << 20, STORES, NULL) != WEIR_OK) {
        return REFUSED;
    }
    enum outcome outcome = read_stores(depth == WR_LMDB_CHECK_LEAVES);
    if (outcome == RIGHT) { /* writing uses the free list */
        write_rows(0, ROWS, false);
        outcome = e->ops->check(e, NULL) == WEIR_OK ? RIGHT : WRONG_ANSWER;
    }
    e->ops->close(e);
    return outcome;
}

static enum outcome use_file_in_child(enum wr_lmdb_check_depth depth)
{
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        struct rlimit no_core = {0, 0};
        setrlimit(RLIMIT_CORE, &no_core);
        close(STDERR_FILENO); /* LMDB's last words */
        _exit((int)use_file(depth));
    }
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) && WEXITSTATUS(status) <= WRONG_ANSWER
               ? (enum outcome)WEXITSTATUS(status)
               : CRASHED;
}

START_TEST(cut_file_is_refused)
{
    struct wr_buf file = {0};
    make_file();
    read_file(&file);
    ck_assert_uint_gt(file.len, 300 * PAGE);
    size_t refused = 0;
    for (size_t i = 0; i < 120; i += test_is_slow() ? 7 : 1) {
        /* every length near the start, then further and further apart, whole pages and not */
        size_t len = i < 40 ? 1 + i * 500 : (file.len - 1) / 80 * (i - 39) / PAGE * PAGE + i % 3;
        write_file(weir_view(file.data, len));
        enum outcome quick = use_file_in_child(WR_LMDB_CHECK_BRANCHES);
        write_file(weir_view(file.data, len));
        enum outcome full = use_file_in_child(WR_LMDB_CHECK_LEAVES);
        ck_assert_msg(quick <= RIGHT && full <= RIGHT, "cut to %zu of %zu: %d %d", len, file.len,
                      quick, full);
        refused += full == REFUSED;
    }
    ck_assert_uint_gt(refused, 15);
    wr_buf_free(&file);
}
END_TEST

/* Is the page that byte `at` lies in a branch, by its own word? */
static bool in_branch(const struct wr_buf *file, size_t at)
{
    const unsigned char *page = (const unsigned char *)file->data + at / PAGE * PAGE;
    return at >= 2 * PAGE && wr_lmdb_u16(page + WR_LMDB_PAGE_FLAGS) == WR_LMDB_BRANCH;
}

/* Overwrite 16 bytes in each of `cases` files. Some must be refused, the others be as good as new.
 */
static void scribble(enum wr_lmdb_check_depth depth, bool branches_only, unsigned cases,
                     enum outcome worst)
{
    struct wr_buf file = {0};
    struct wr_rng rng;
    char saved[16];
    size_t refused = 0;
    cases = test_is_slow() ? cases / 10 : cases;
    wr_rng_seed(&rng, 2024);
    make_file();
    read_file(&file);
    for (unsigned i = 0; i < cases;) {
        /* Every fourth into the meta pages and the few pages behind them. */
        size_t range = i % 4 == 0 && !branches_only ? 8 * PAGE : file.len;
        size_t at = wr_rng_below(&rng, range - sizeof saved);
        if (branches_only && !in_branch(&file, at)) {
            continue;
        }
        memcpy(saved, file.data + at, sizeof saved);
        for (size_t b = 0; b < sizeof saved; b++) {
            /* random bytes, zeros, or one small change */
            unsigned char r = (unsigned char)wr_rng_next(&rng);
            file.data[at + b] = i % 3 == 0 ? (char)r : i % 3 == 1 ? 0 : file.data[at + b];
        }
        file.data[at] = (char)(file.data[at] ^ (1 << i % 8));
        write_file(wr_buf_view(&file));
        enum outcome got = use_file_in_child(depth);
        ck_assert_msg(got <= worst, "case %u: 16 bytes at %zu (page %zu): %s", i, at, at / PAGE,
                      got == CRASHED ? "crash" : "wrong answer");
        refused += got == REFUSED;
        memcpy(file.data + at, saved, sizeof saved);
        i++;
    }
    ck_assert_uint_gt(refused, cases / 8);
    wr_buf_free(&file);
}

START_TEST(scribbled_file_never_gives_a_wrong_answer_after_a_full_check)
{
    scribble(WR_LMDB_CHECK_LEAVES, false, 400, RIGHT);
}
END_TEST

START_TEST(scribbled_branch_page_never_crashes_after_a_quick_check)
{
    scribble(WR_LMDB_CHECK_BRANCHES, true, 150, WRONG_ANSWER);
}
END_TEST

START_TEST(refusal_says_what_and_where)
{
    static const unsigned char foreign[2 * PAGE] = "something else";
    write_file(weir_view(foreign, sizeof foreign));
    ck_assert_code(check_file(WR_LMDB_CHECK_BRANCHES), WEIR_ECORRUPT);
    ck_assert_ptr_nonnull(strstr(test_err.text, test_dir()));
    ck_assert_ptr_nonnull(strstr(test_err.text, "meta page 0"));
}
END_TEST

Suite *lmdb_check_suite(void)
{
    Suite *suite = suite_create("lmdb_check");
    TCase *tc = tcase_create("intact");
    tcase_set_timeout(tc, 60);
    tcase_add_checked_fixture(tc, test_dir_make, test_dir_remove);
    tcase_add_test(tc, intact_file_passes);
    tcase_add_test(tc, empty_and_new_files_pass);
    tcase_add_test(tc, every_file_that_random_writes_make_passes);
    tcase_add_test(tc, refusal_says_what_and_where);
    suite_add_tcase(suite, tc);
    tc = tcase_create("damaged");
    tcase_set_timeout(tc, 180);
    tcase_add_checked_fixture(tc, test_dir_make, test_dir_remove);
    tcase_add_test(tc, cut_file_is_refused);
    tcase_add_test(tc, scribbled_file_never_gives_a_wrong_answer_after_a_full_check);
    tcase_add_test(tc, scribbled_branch_page_never_crashes_after_a_quick_check);
    suite_add_tcase(suite, tc);
    return suite;
}
