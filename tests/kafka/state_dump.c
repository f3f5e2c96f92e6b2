/* state_dump.c -- prints the stores in the folder of one task, for scripts/exact.
 *
 *     state_dump TASK_FOLDER
 *
 * No process may have it open. One line per store, then one per row, all bytes as hex:
 *
 *     store NAME CHANGELOG RESTORE_FROM FLUSH_UNTIL
 *     row KEY TIME VALUE
 *
 * LMDB is read without the engine, so that nothing is written and nothing is repaired. A folder
 * without a meta record prints nothing. What cannot be read ends the program with code 1.
 */
#include "src/base/base.h"

#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>

#include "src/base/err.h"
#include "state/key_codec.h"
#include "state/lmdb_format.h"
#include "state/row.h"
#include "state/task_meta.h"

enum { FAILED = 1, USAGE = 2 };

static int fail(const char *what, const char *why)
{
    fprintf(stderr, "state_dump: %s: %s\n", what, why);
    return FAILED;
}

static void print_hex(struct weir_bytes b)
{
    if (b.len == 0) {
        putchar('-');
    }
    for (size_t i = 0; i < b.len; i++) {
        printf("%02x", ((const unsigned char *)b.data)[i]);
    }
}

static int print_row(MDB_val k, MDB_val v)
{
    struct weir_error err;
    struct weir_bytes key;
    struct weir_bytes cell;
    struct wr_row row;
    enum weir_code code = wr_stored_pair_decode(weir_view(k.mv_data, k.mv_size),
                                                weir_view(v.mv_data, v.mv_size), &key, &cell, &err);
    if (code == WEIR_OK) {
        code = wr_row_decode(key, cell, &row, &err);
    }
    if (code != WEIR_OK) {
        return fail("row", err.text);
    }
    printf("row ");
    print_hex(key);
    printf(" %lld ", (long long)row.time);
    print_hex(row.value);
    putchar('\n');
    return 0;
}

static int print_store(MDB_txn *txn, const struct wr_task_meta_store *s)
{
    MDB_dbi dbi;
    MDB_cursor *cursor = NULL;
    MDB_val k;
    MDB_val v;
    char *name = strndup(s->name.data, s->name.len);
    printf("store %s %.*s %lld %lld\n", name, (int)s->changelog.len,
           s->changelog.len != 0 ? (const char *)s->changelog.data : "-",
           (long long)s->restore_from, (long long)s->flush_until);
    int rc = mdb_dbi_open(txn, name, 0, &dbi);
    int status = 0;
    if (rc == 0) {
        rc = mdb_cursor_open(txn, dbi, &cursor);
    }
    while (rc == 0 && status == 0) {
        rc = mdb_cursor_get(cursor, &k, &v, MDB_NEXT);
        status = rc == 0 ? print_row(k, v) : 0;
    }
    if (rc != 0 && rc != MDB_NOTFOUND) {
        status = fail(name, mdb_strerror(rc));
    }
    mdb_cursor_close(cursor);
    free(name);
    return status;
}

static int print_all(MDB_txn *txn)
{
    MDB_dbi dbi;
    MDB_val k = {strlen(WR_TASK_META_NAME), (void *)(uintptr_t)WR_TASK_META_NAME};
    MDB_val v;
    struct wr_task_meta meta;
    struct weir_error err;
    int rc = mdb_dbi_open(txn, WR_LMDB_META_STORE, 0, &dbi);
    if (rc == 0) {
        rc = mdb_get(txn, dbi, &k, &v);
    }
    if (rc == MDB_NOTFOUND) {
        return 0;
    }
    if (rc != 0) {
        return fail("meta record", mdb_strerror(rc));
    }
    if (wr_task_meta_decode(weir_view(v.mv_data, v.mv_size), &meta, &err) != WEIR_OK) {
        return fail("meta record", err.text);
    }
    int status = 0;
    for (size_t i = 0; i < meta.store_count && status == 0; i++) {
        status = print_store(txn, &meta.stores[i]);
    }
    wr_task_meta_free(&meta);
    return status;
}

int main(int argc, char **argv)
{
    MDB_env *env = NULL;
    MDB_txn *txn = NULL;
    if (argc != 2) {
        fprintf(stderr, "usage: state_dump TASK_FOLDER\n");
        return USAGE;
    }
    int rc = mdb_env_create(&env);
    if (rc == 0) {
        rc = mdb_env_set_maxdbs(env, WR_TASK_STORES_MAX + 1);
    }
    if (rc == 0) {
        rc = mdb_env_open(env, argv[1], MDB_RDONLY | MDB_NOLOCK, 0);
    }
    if (rc == 0) {
        rc = mdb_txn_begin(env, NULL, MDB_RDONLY, &txn);
    }
    int status = rc != 0 ? fail(argv[1], mdb_strerror(rc)) : print_all(txn);
    mdb_txn_abort(txn);
    mdb_env_close(env);
    return status;
}
