/* test_lmdb_env.c -- room that runs out, and views that would leave the file. */
#include "src/base/base.h"

#include <stdio.h>
#include <sys/stat.h>

#include "src/base/mem.h"
#include "state/lmdb_engine.h"
#include "state/lmdb_env.h"
#include "tests/unit/state/state_help.h"

static struct wr_engine *e;
static struct wr_bytes_store *s;

static void open_engine(uint64_t map_bytes)
{
    ck_assert_ok(wr_lmdb_engine_open(&e, test_dir(), map_bytes, 1, &test_err));
    ck_assert_ok(e->ops->store(e, "rows", &s, &test_err));
}

static enum weir_code write_rows(unsigned from, unsigned count)
{
    char key[16];
    enum weir_code code = e->ops->begin(e, &test_err);
    if (code != WEIR_OK) {
        return code;
    }
    for (unsigned i = from; i < from + count && code == WEIR_OK; i++) {
        snprintf(key, sizeof key, "%08u", i);
        code = e->ops->put(s, str(key), filled(1000, 'x'), &test_err);
    }
    if (code != WEIR_OK) {
        e->ops->rollback(e);
        return code;
    }
    return e->ops->commit(e, &test_err);
}

START_TEST(full_map_is_enlarged_for_the_next_transaction)
{
    unsigned again = 0;
    open_engine(128 * 1024);
    for (unsigned from = 0; from < 5000; from += 1000) {
        enum weir_code code;
        while ((code = write_rows(from, 1000)) == WEIR_EAGAIN) {
            ck_assert_uint_eq(e->ops->count(s), from); /* nothing of it is there */
            ck_assert_uint_lt(again++, 20);
        }
        ck_assert_ok(code);
    }
    ck_assert_uint_gt(again, 3);
    ck_assert_uint_eq(e->ops->count(s), 5000);
    ck_assert_ok(e->ops->check(e, &test_err));
    e->ops->close(e);
    open_engine(128 * 1024); /* smaller than the file */
    ck_assert_uint_eq(e->ops->count(s), 5000);
    e->ops->close(e);
}
END_TEST

START_TEST(map_is_not_moved_under_a_snapshot)
{
    struct wr_snapshot *snap;
    struct wr_buf cell = {0};
    enum weir_code code;
    open_engine(256 * 1024);
    ck_assert_ok(write_rows(0, 10));
    ck_assert_ok(e->ops->snapshot(e, &snap, &test_err));
    ck_assert_code(write_rows(10, 1000), WEIR_EAGAIN);
    ck_assert_code(write_rows(10, 1000), WEIR_EFULL);
    ck_assert_ok(e->ops->snapshot_get(snap, "rows", str("00000003"), &cell, &test_err));
    ck_assert_uint_eq(cell.len, 1000);
    wr_buf_free(&cell);
    e->ops->snapshot_end(snap);
    while ((code = write_rows(10, 1000)) == WEIR_EAGAIN) {
    }
    ck_assert_ok(code);
    ck_assert_uint_eq(e->ops->count(s), 1010);
    e->ops->close(e);
}
END_TEST

START_TEST(lock_file_has_its_blocks)
{
    struct stat st;
    open_engine(1 << 20);
    char *path = test_path("lock.mdb");
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_int_ge(st.st_blocks * 512, st.st_size);
    wr_free(path);
    e->ops->close(e);
}
END_TEST

START_TEST(view_outside_of_the_file_is_refused)
{
    static const char file[100];
    struct wr_lmdb_extent extent = {file, sizeof file};
    struct weir_bytes out;
    static const struct {
        ptrdiff_t at;
        size_t len;
        enum weir_code code;
    } table[] = {
        {0, 100, WEIR_OK},
        {100, 0, WEIR_OK},
        {40, 60, WEIR_OK},
        {40, 61, WEIR_ECORRUPT},
        {101, 0, WEIR_ECORRUPT},
        {0, SIZE_MAX, WEIR_ECORRUPT},
        {50, SIZE_MAX, WEIR_ECORRUPT},
        {-1, 1, WEIR_ECORRUPT},
    };
    for (size_t i = 0; i < WR_ARRAY_LEN(table); i++) {
        MDB_val v = {.mv_size = table[i].len,
                     .mv_data = (void *)((uintptr_t)file + (uintptr_t)table[i].at)};
        ck_assert_code(wr_lmdb_view(extent, v, &out, &test_err), table[i].code);
    }
}
END_TEST

Suite *lmdb_env_suite(void)
{
    Suite *suite = suite_create("lmdb_env");
    TCase *tc = tcase_create("lmdb_env");
    tcase_set_timeout(tc, 30);
    tcase_add_checked_fixture(tc, test_dir_make, test_dir_remove);
    tcase_add_test(tc, full_map_is_enlarged_for_the_next_transaction);
    tcase_add_test(tc, map_is_not_moved_under_a_snapshot);
    tcase_add_test(tc, lock_file_has_its_blocks);
    tcase_add_test(tc, view_outside_of_the_file_is_refused);
    suite_add_tcase(suite, tc);
    return suite;
}
