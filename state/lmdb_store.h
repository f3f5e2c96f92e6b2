/* lmdb_store.h -- what the parts of the LMDB engine share. */
#ifndef WR_LMDB_STORE_H
#define WR_LMDB_STORE_H

#include "src/base/base.h"
#include "src/base/ptrs.h"
#include "state/bytes_store.h"
#include "state/lmdb_env.h"

struct wr_lmdb_engine {
    struct wr_engine base;
    struct wr_lmdb_env env;
    MDB_dbi meta;
    struct wr_ptrs stores;    /* struct wr_lmdb_store; none is added once snapshots are taken */
    struct wr_buf long_value; /* being put */
    size_t written;           /* rows of the open write transaction */
    size_t open_cursors;
};

struct wr_lmdb_store {
    struct wr_bytes_store base;
    MDB_dbi dbi;
    MDB_cursor *writer;     /* of the open write transaction, NULL before its first write */
    bool appending;         /* every row of it so far went behind the last one of the store */
    struct wr_ptrs cursors; /* closed ones, for reuse */
};

static inline struct wr_lmdb_engine *wr_lmdb_engine_of(struct wr_engine *e)
{
    return WR_CONTAINER_OF(e, struct wr_lmdb_engine, base);
}

static inline struct wr_lmdb_store *wr_lmdb_store_of(struct wr_bytes_store *s)
{
    return WR_CONTAINER_OF(s, struct wr_lmdb_store, base);
}

/* lmdb_cursor.c: the scans of bytes_store.h. */
enum weir_code wr_lmdb_range(struct wr_bytes_store *s, struct weir_bytes from, struct weir_bytes to,
                             enum weir_direction direction, struct wr_bytes_cursor **out,
                             struct weir_error *err);
enum weir_code wr_lmdb_next(struct wr_bytes_cursor *c, struct weir_bytes *key,
                            struct weir_bytes *cell, struct weir_error *err);
void wr_lmdb_close_cursor(struct wr_bytes_cursor *c);
void wr_lmdb_free_cursors(struct wr_lmdb_store *s);

#endif
