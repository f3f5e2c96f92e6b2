/* bytes_store.h -- the seam below the stores: what a storage engine does.
 *
 * An engine keeps one task's rows: named stores that change together in one transaction, and small
 * meta records beside them. It only ever holds *committed* data (rule R1): uncommitted writes live
 * above it, in the table of each store (table.h). LMDB is behind it (lmdb_engine.c), or a tree in
 * memory (memory_engine.c); a background flusher or a simulated disk can be.
 *
 * Keys of any length, ordered by their bytes, the empty key included. A cell is the row as the
 * store above encodes it (row.h); engines do not look inside.
 *
 * Thread: the owner of the task, except for snapshots.
 */
#ifndef WR_BYTES_STORE_H
#define WR_BYTES_STORE_H

#include <weir/store.h>

#include "src/base/base.h"
#include "src/base/buf.h"

struct wr_engine;       /* the storage of one task */
struct wr_bytes_store;  /* one named store in it; lives as long as the engine */
struct wr_bytes_cursor; /* an open scan */
struct wr_snapshot;     /* a committed image for another thread */

struct wr_engine_ops {
    const char *name; /* "lmdb", "memory" */

    /* Open or create a store. */
    enum weir_code (*store)(struct wr_engine *e, const char *name, struct wr_bytes_store **out,
                            struct weir_error *err);

    /* Committed reads. The view lives until the next write transaction of the engine begins. */
    enum weir_code (*get)(struct wr_bytes_store *s, struct weir_bytes key, struct weir_bytes *cell,
                          struct weir_error *err);
    uint64_t (*count)(struct wr_bytes_store *s);

    /* Scan committed rows, from <= key <= to, null = open; the bounds are copied. No write
     * transaction may begin while a cursor is open. next: WEIR_END after the last row; views live
     * until the next call on the cursor. */
    enum weir_code (*range)(struct wr_bytes_store *s, struct weir_bytes from, struct weir_bytes to,
                            enum weir_direction direction, struct wr_bytes_cursor **out,
                            struct weir_error *err);
    enum weir_code (*next)(struct wr_bytes_cursor *c, struct weir_bytes *key,
                           struct weir_bytes *cell, struct weir_error *err);
    void (*close_cursor)(struct wr_bytes_cursor *c);

    /* One write transaction: begin, then put, del, put_meta, drop (empty a store) in any order,
     * then commit or rollback. At most WR_ENGINE_CHUNK puts and deletes in one transaction. After a
     * failure of any of them only rollback is legal. WEIR_EFULL: the map or the disk is full; what
     * was committed is intact. WEIR_EAGAIN: the next transaction has more room; roll back and do
     * the same again. Sorted keys are much cheaper than unsorted ones. */
    enum weir_code (*begin)(struct wr_engine *e, struct weir_error *err);
    enum weir_code (*put)(struct wr_bytes_store *s, struct weir_bytes key, struct weir_bytes cell,
                          struct weir_error *err);
    enum weir_code (*del)(struct wr_bytes_store *s, struct weir_bytes key, struct weir_error *err);
    enum weir_code (*drop)(struct wr_bytes_store *s, struct weir_error *err);
    enum weir_code (*put_meta)(struct wr_engine *e, const char *name, struct weir_bytes value,
                               struct weir_error *err);
    enum weir_code (*commit)(struct wr_engine *e, struct weir_error *err);
    void (*rollback)(struct wr_engine *e);

    /* A meta record; WEIR_ENOTFOUND if there is none. */
    enum weir_code (*get_meta)(struct wr_engine *e, const char *name, struct wr_buf *out,
                               struct weir_error *err);

    /* Several transactions that belong together: between hold and release new snapshots wait, so
     * that they see all of them or none. The caller is quick about it. */
    void (*hold)(struct wr_engine *e);
    void (*release)(struct wr_engine *e);

    /* A committed image for reading on any one thread; bounded in age by the caller. Thread: any.
     */
    enum weir_code (*snapshot)(struct wr_engine *e, struct wr_snapshot **out,
                               struct weir_error *err);
    enum weir_code (*snapshot_get)(struct wr_snapshot *s, const char *store, struct weir_bytes key,
                                   struct wr_buf *cell, struct weir_error *err);
    void (*snapshot_end)(struct wr_snapshot *s);

    /* Bytes on disk or in memory. */
    uint64_t (*bytes)(struct wr_engine *e);

    /* Verify the structure of what is stored, not the cells. */
    enum weir_code (*check)(struct wr_engine *e, struct weir_error *err);

    /* Make everything durable against a crash of the machine. */
    enum weir_code (*sync)(struct wr_engine *e, struct weir_error *err);

    /* Close; nothing is made durable. Cursors and snapshots have ended before. */
    void (*close)(struct wr_engine *e);
};

enum { WR_ENGINE_CHUNK = 20000 };

struct wr_engine {
    const struct wr_engine_ops *ops;
};

struct wr_bytes_store {
    struct wr_engine *engine;
    const char *name;
};

#endif
