/* task_internal.h -- the state of a task from inside: what the task_*.c files share. */
#ifndef WR_TASK_INTERNAL_H
#define WR_TASK_INTERNAL_H

#include "src/base/arena.h"
#include "src/base/base.h"
#include "state/bytes_store.h"
#include "state/kv_internal.h"
#include "state/table.h"
#include "state/task_state.h"

struct wr_task_store {
    struct weir_kv *kv;
    bool timestamped;
    bool memory;     /* in the memory engine although the task has a file */
    char *changelog; /* "": not logged */
    char *changelog_id;
    int64_t restore_from; /* see task_meta.h */
    int64_t flush_until;
};

/* One changelog record waiting to be written. */
struct wr_restored {
    const char *bytes; /* key, value */
    uint32_t key_len;
    uint32_t value_len;
    int64_t time;
    uint32_t store;
    bool deleted;
};

struct wr_restore_buffer {
    struct wr_arena arena;
    struct wr_restored *records;
    size_t count;
    size_t cap;
    size_t bytes;
    size_t bytes_max;
    uint32_t *order; /* of records: by store and key, one a key */
    size_t order_cap;
    struct wr_key_sorter sorter;
};

struct wr_task_state {
    struct wr_state_dir *dir; /* NULL: no files */
    char *task_id;
    char *identity;
    char *path; /* of the task's folder, while it is taken */
    uint64_t map_bytes;
    int64_t delete_retention_ms;
    bool check_all_rows;
    size_t chunk_rows; /* WR_APPLY_ROWS, unless a test wants other chunks */

    struct wr_engine *disk;   /* NULL: no store is kept in a file */
    struct wr_engine *memory; /* NULL: all are */
    struct wr_table table;
    struct wr_task_store *stores;
    size_t store_count;

    struct wr_buf inputs;
    bool has_inputs;
    int64_t as_of;
    bool live;   /* a transaction was committed since it was opened: the rows are up to date */
    bool failed; /* an apply failed */
    struct wr_buf scratch;
    struct wr_restore_buffer restore;
};

static inline bool wr_task_store_on_disk(const struct wr_task_state *s, size_t i)
{
    return s->disk != NULL && !s->stores[i].memory;
}

/* ---- task_apply.c ---------------------------------------------------------------------------- */

/* Rows of one write transaction. Small ones are fastest: what LMDB has in memory for a transaction
 * stays in the processor's cache, and pages are reused while they are still warm. It also keeps the
 * memory small that LMDB never gives back, and the file. Few in builds with failpoints, so that
 * those between two transactions are reached. */
#ifdef WR_FAILPOINTS
enum { WR_APPLY_ROWS = 4 };
#else
enum { WR_APPLY_ROWS = 64 };
#endif

struct wr_apply_row {
    size_t store;
    struct weir_bytes key;
    struct wr_row row; /* value null: deleted */
};

/* A place among the rows to be written; zeros: before the first. */
struct wr_apply_at {
    size_t store;
    size_t row;
};

struct wr_apply {
    /* The next row at or behind *at, in the order of stores and keys, of the stores that are on
     * disk or of the others. False at the end. */
    bool (*next)(struct wr_task_state *s, bool on_disk, struct wr_apply_at *at,
                 struct wr_apply_row *out);
    const int64_t *positions;        /* by store; negative: unchanged */
    const struct weir_bytes *inputs; /* NULL: unchanged */
    int64_t as_of;
    bool commits; /* a Kafka transaction, and no restore: snapshots see all of it or nothing */
};

/* Write rows and what the meta record says of them. After a failure the state is unusable. */
WR_MUST_CHECK enum weir_code wr_task_apply(struct wr_task_state *s, const struct wr_apply *apply,
                                           struct weir_error *err);

/* Write the meta record in a transaction of its own. */
WR_MUST_CHECK enum weir_code wr_task_write_meta(struct wr_task_state *s, struct weir_error *err);

/* ---- task_state.c ---------------------------------------------------------------------------- */

/* Read every row of every store in the engines. */
WR_MUST_CHECK enum weir_code wr_task_check_rows(struct wr_task_state *s, struct weir_error *err);

/* ---- task_restore.c -------------------------------------------------------------------------- */

void wr_restore_buffer_init(struct wr_restore_buffer *b, size_t bytes_max);

/* Forget what is buffered and give the memory back; it may be filled again. */
void wr_restore_buffer_release(struct wr_restore_buffer *b);

#endif
