/* task_state.h -- all state of one task: its stores, how far each one has come, and the rules that
 * decide whether what lies on disk may be used (rules R1, R5, R9 of the commit protocol).
 *
 * Life: open -> restore until caught up -> (process ... committed | aborted)* -> close.
 *
 * Thread: the owner of the task. Ownership moves only while no transaction is open, that is after
 * open, committed, aborted or restore_flush.
 */
#ifndef WR_TASK_STATE_H
#define WR_TASK_STATE_H

#include "state/kv_store.h"
#include "state/state_dir.h"

struct wr_task_state;

struct wr_store_spec {
    const char *name;
    bool timestamped;
    bool memory;              /* backend: memory, rebuilt from the changelog at every open */
    const char *changelog;    /* topic; NULL: not logged */
    const char *changelog_id; /* the broker's identity of that topic, "" if not known */
};

struct wr_task_state_options {
    struct wr_state_dir *dir; /* NULL: everything in memory (driver, simulator) */
    const char *task_id;      /* "0_3" */
    const char *identity;     /* hash of inputs, stores, formats and partition counts */
    const struct wr_store_spec *stores;
    size_t store_count;
    size_t cache_bytes;           /* clean rows kept in memory, all stores together */
    int64_t delete_retention_ms;  /* a copy older than this less a margin is rebuilt (tombstones are
                                     gone) */
    size_t uncommitted_max_bytes; /* writes beyond it are refused; 0: no limit */
    uint64_t map_bytes;           /* address space reserved for the file; 0: 64 GiB */
    size_t restore_bytes;         /* changelog records buffered before a flush; 0: 64 MiB */
    bool check_all_rows;          /* verify every row when opening, not only the structure */
};

/* Why the stores of a task were set aside and begin empty. */
enum wr_quarantine_reason {
    WR_QUARANTINE_NONE,
    WR_QUARANTINE_UNCLEAN_BOOT, /* written, not synced, and the machine was restarted since */
    WR_QUARANTINE_CORRUPT,
    WR_QUARANTINE_FORMAT,
    WR_QUARANTINE_IDENTITY, /* another version of the topology, or another topic of the same name */
    WR_QUARANTINE_TOO_OLD,
    WR_QUARANTINE_BEYOND_LOG, /* a position beyond the end of the changelog: asked for by the caller
                               */
};
const char *wr_quarantine_reason_text(enum wr_quarantine_reason reason);

/* Open the stores of a task. What cannot be used is set aside and the stores begin empty; *reason
 * says so and *detail, if not NULL, why in words. WEIR_EIDENTITY only for another application's or
 * cluster's data, which is left alone; WEIR_EIO, WEIR_EFULL from the disk. */
WR_MUST_CHECK enum weir_code wr_task_state_open(struct wr_task_state **out,
                                                const struct wr_task_state_options *options,
                                                enum wr_quarantine_reason *reason,
                                                struct weir_error *detail, struct weir_error *err);

/* Close (accepts NULL); uncommitted writes are dropped. With `clean` the data is synced and marked
 * as good for any boot of the machine (takes an fsync); without, it is good for this boot. */
void wr_task_state_close(struct wr_task_state *s, bool clean);

/* Set the files aside and begin empty, in place. No transaction may be open. */
WR_MUST_CHECK enum weir_code wr_task_state_reset(struct wr_task_state *s,
                                                 enum wr_quarantine_reason reason,
                                                 const char *detail, struct weir_error *err);

size_t wr_task_state_store_count(const struct wr_task_state *s);
struct weir_kv *wr_task_state_store(struct wr_task_state *s, size_t i); /* as in options->stores */
struct weir_kv *wr_task_state_find(struct wr_task_state *s, const char *name); /* NULL: none */

/* The position of store i in its changelog as of the last commit: every committed record below it
 * is in the store (R5: own last delivered + 1, or what restore has applied). 0 for an empty store.
 */
int64_t wr_task_state_position(const struct wr_task_state *s, size_t i);

/* ---- one transaction ------------------------------------------------------------------------- */

/* Bytes of uncommitted writes of all stores, for statestore.uncommitted.max.bytes. */
size_t wr_task_state_uncommitted(const struct wr_task_state *s);

/* The Kafka transaction is known to be committed: make the touched rows committed and write them
 * with the new positions (positions[i] < 0: unchanged) and `inputs` (opaque; positions and time of
 * the inputs) to the engine. Larger sets are written in chunks, positions last: after a crash
 * between chunks the rest is replayed from the changelog, which is idempotent. What was on disk
 * stays good whatever fails; after a failure the state can only be closed and opened again, and
 * then restores from the changelog what is missing. */
WR_MUST_CHECK enum weir_code wr_task_state_committed(struct wr_task_state *s,
                                                     const int64_t *positions,
                                                     struct weir_bytes inputs,
                                                     struct weir_error *err);

/* The transaction is known to be aborted, or its outcome is unknown: drop the uncommitted writes.
 */
void wr_task_state_aborted(struct wr_task_state *s);

/* What was last committed as `inputs`; the null view if nothing. Lives until the next commit. */
struct weir_bytes wr_task_state_inputs(const struct wr_task_state *s);

/* ---- restore --------------------------------------------------------------------------------- */

/* Apply one changelog record to store i. Buffered; copies. */
WR_MUST_CHECK enum weir_code wr_restore_record(struct wr_task_state *s, size_t i,
                                               struct weir_bytes key, struct weir_bytes value,
                                               int64_t time, struct weir_error *err);

/* True when enough is buffered that it should be flushed. */
bool wr_restore_is_full(const struct wr_task_state *s);

/* Write what is buffered, with the position that each store has come to: behind its last record, or
 * further; positions[i] < 0 if nothing of store i is buffered. */
WR_MUST_CHECK enum weir_code wr_restore_flush(struct wr_task_state *s, const int64_t *positions,
                                              struct weir_error *err);

/* ---- looking at it --------------------------------------------------------------------------- */

struct wr_task_state_stats {
    uint64_t disk_bytes;
    uint64_t cache_bytes;
    uint64_t rows;
};
void wr_task_state_stats(struct wr_task_state *s, struct wr_task_state_stats *out);

/* Walk everything and check every invariant and checksum; for tests, debug builds and tools. */
WR_MUST_CHECK enum weir_code wr_task_state_check(struct wr_task_state *s, struct weir_error *err);

#endif
