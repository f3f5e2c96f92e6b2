/* lmdb_env.h -- one LMDB environment and its owner's transactions. Private to the LMDB engine.
 *
 * Flags NOSYNC and NOTLS and no others. NOSYNC: a commit costs no fsync; the file is good after
 * SIGKILL, and after a crash of the machine task_state.c does not trust it. NOTLS: a read
 * transaction belongs to whoever holds it, so that a task can move to another thread. The map is
 * read-only, so a stray pointer faults instead of damaging rows. NORDAHEAD is not set: while the
 * file fits into memory it makes no difference, and where it does not, scans and the check at open
 * live on read-ahead; a store whose point reads miss memory is too large for its machine either
 * way.
 *
 * The owner's read transaction is open whenever no write transaction is, and begins anew after
 * each: it never keeps pages of more than one commit alive.
 *
 * An environment can also be opened only to look at it. Then not a byte of its folder changes:
 * LMDB's lock file is left alone, and the caller has seen to it that nobody writes.
 *
 * Thread: the owner of the task; only what says so: any.
 */
#ifndef WR_LMDB_ENV_H
#define WR_LMDB_ENV_H

#include <lmdb.h>
#include <pthread.h>

#include "src/base/base.h"

/* Where the file lies in memory and how long it is. */
struct wr_lmdb_extent {
    const char *map;
    uint64_t bytes;
};

/* A read transaction and what it may look at. */
struct wr_lmdb_read {
    MDB_txn *txn;
    struct wr_lmdb_extent extent;
};

struct wr_lmdb_env {
    MDB_env *mdb;
    char *path;
    struct wr_lmdb_read read; /* the owner's */
    MDB_txn *write;           /* NULL: none is open */
    bool read_only;
    bool too_small; /* the last write transaction found the map full */
    uint64_t map_bytes;
    pthread_mutex_t held; /* by the writer while snapshots have to wait */
    pthread_mutex_t lock; /* of read.extent and what follows */
    size_t snapshots;     /* read transactions of other threads: the map stays where it is */
};

/* Open or create the environment in a directory. At most max_stores named databases. */
WR_MUST_CHECK enum weir_code wr_lmdb_env_open(struct wr_lmdb_env *env, const char *path,
                                              uint64_t map_bytes, unsigned max_stores,
                                              struct weir_error *err);
void wr_lmdb_env_close(struct wr_lmdb_env *env); /* accepts a cleared one */

/* Open an environment that is there to look at it. Nothing can be written. */
WR_MUST_CHECK enum weir_code wr_lmdb_env_view(struct wr_lmdb_env *env, const char *path,
                                              unsigned max_stores, struct weir_error *err);

/* Open or create a named database; to look at: WEIR_ENOTFOUND if there is none. */
WR_MUST_CHECK enum weir_code wr_lmdb_env_database(struct wr_lmdb_env *env, const char *name,
                                                  MDB_dbi *out, struct weir_error *err);

/* begin makes room first if the last transaction ran out of it. */
WR_MUST_CHECK enum weir_code wr_lmdb_env_begin(struct wr_lmdb_env *env, struct weir_error *err);
WR_MUST_CHECK enum weir_code wr_lmdb_env_commit(struct wr_lmdb_env *env, struct weir_error *err);
void wr_lmdb_env_rollback(struct wr_lmdb_env *env);

/* A read transaction for another thread. Thread: any. */
WR_MUST_CHECK enum weir_code wr_lmdb_env_snapshot(struct wr_lmdb_env *env, struct wr_lmdb_read *out,
                                                  struct weir_error *err);
void wr_lmdb_env_snapshot_end(struct wr_lmdb_env *env, MDB_txn *txn);

/* All that LMDB's codes mean to the layers above. Thread: any. */
enum weir_code wr_lmdb_fail(struct wr_lmdb_env *env, int rc, const char *doing,
                            struct weir_error *err);

/* LMDB takes lengths and offsets from pages on trust: what it returns is looked at only if it lies
 * inside the file. */
WR_MUST_CHECK enum weir_code wr_lmdb_view(struct wr_lmdb_extent extent, MDB_val v,
                                          struct weir_bytes *out, struct weir_error *err);

#endif
