/* kv_internal.h -- a key-value store from inside: what kv_store.c, kv_iter.c and the task's state
 * share.
 */
#ifndef WR_KV_INTERNAL_H
#define WR_KV_INTERNAL_H

#include "src/base/base.h"
#include "src/base/ptrs.h"
#include "state/bytes_store.h"
#include "state/key_sort.h"
#include "state/kv_store.h"
#include "state/table.h"

/* So many keys further on, what was asked of the processor has arrived. */
enum { WR_KV_PREFETCH_DISTANCE = 8, WR_KV_PREFETCH_RING = 32 };

struct weir_kv {
    char *name;
    uint16_t id; /* in the table */
    struct wr_table *table;
    struct wr_bytes_store *store; /* replaced when the task's state is reset */
    int64_t time;

    uint32_t *touched; /* slots of the table, in order of first touch */
    size_t touched_count;
    size_t touched_cap;
    uint32_t *sorted; /* the first sorted_count of them, in order of their keys */
    size_t sorted_count;
    size_t sorted_cap;
    struct wr_key_sorter sorter;
    size_t emitted;
    size_t uncommitted;

    uint32_t held;        /* slot of the entry that the last call gave views into */
    struct wr_cell *kept; /* version that the last call gave views into and replaced */

    struct wr_ptrs scans;  /* open ones */
    struct wr_ptrs unused; /* closed ones, for reuse */

    uint32_t asked[WR_KV_PREFETCH_RING]; /* tags of the last keys named for prefetching */
    unsigned asked_next;
    struct weir_error error;
};

struct weir_kv *wr_kv_new(const char *name, uint16_t id, struct wr_table *table);
void wr_kv_free(struct weir_kv *kv); /* accepts NULL; open scans end */

/* The row of a key as this transaction sees it: *slot is its place in the table. */
WR_MUST_CHECK enum weir_code wr_kv_load(struct weir_kv *kv, struct weir_bytes key, uint32_t *slot);

/* What a stored cell says. The error of the store is set after a failure. */
WR_MUST_CHECK enum weir_code wr_kv_decode(struct weir_kv *kv, struct weir_bytes key,
                                          struct weir_bytes cell, struct wr_row *out);

/* Slots of all touched entries in the order of their keys; lives until the next touch. */
const uint32_t *wr_kv_sorted(struct weir_kv *kv);

/* End the transaction in memory; the engine has what it should have. */
void wr_kv_settle(struct weir_kv *kv);
void wr_kv_revert(struct weir_kv *kv);

/* A row came from the changelog into the engine: forget what is cached. */
void wr_kv_forget(struct weir_kv *kv, struct weir_bytes key);

void wr_kv_free_scans(struct weir_kv *kv);

#endif
