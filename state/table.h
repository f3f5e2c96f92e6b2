/* table.h -- the rows in memory in front of a task's engine: what the open transaction has touched,
 * and a cache of what it has not.
 *
 * One table serves all stores of a task, so that they share one budget. An entry has two versions
 * while it is touched: the current one, which the task reads, and the one of the last commit.
 * Commit makes the current one the committed one without copying; abort the other way round.
 *
 *     index    64-bit words: tag (part of the hash) and slot; open addressing, at most half full
 *     entries  two cache lines each, in blocks that never move; keys of up to 32 bytes are inside
 *     cells    values at multiples of 16 bytes, shared with open scans by a count: two of up to 16
 *              bytes (counters) have room in their entry, others are in slab blocks
 *
 * Invariants: 1. a touched entry stays until its transaction ends; 2. an entry that is not touched
 * equals the engine; 3. the clean ones take about `limit` bytes at most (CLOCK chooses what
 * goes); 4. an entry that is held (a caller has views into it) stays.
 *
 * Thread: the owner of the task.
 */
#ifndef WR_TABLE_H
#define WR_TABLE_H

#include "src/base/base.h"
#include "state/row.h"
#include "state/slab.h"

/* One version of a row: time and value, or the fact that it was deleted at that time. */
struct wr_cell {
    uint32_t refs : 31; /* 0: its place in an entry is free */
    uint32_t near : 1;  /* it lies in its entry */
    uint32_t len;
    int64_t time;
    unsigned char data[];
};
#define WR_CELL_DELETED UINT32_MAX

enum { WR_ENTRY_KEY_NEAR = 32, WR_ENTRY_CELL_NEAR = 32, WR_ENTRY_CELLS = 2 };

struct wr_entry {
    struct wr_cell *current;   /* NULL: there is no row */
    struct wr_cell *committed; /* while touched: the version of the last commit */
    uint32_t tag;
    uint32_t key_len;
    uint32_t next_free;
    uint16_t store;
    uint8_t flags;
    union {
        unsigned char near[WR_ENTRY_KEY_NEAR];
        unsigned char *far;
    } key;
    unsigned char cells[WR_ENTRY_CELLS][WR_ENTRY_CELL_NEAR]; /* struct wr_cell */
};

enum {
    WR_ENTRY_USED = 1,
    WR_ENTRY_TOUCHED = 2,
    WR_ENTRY_RECENT = 4, /* asked for since the clock's hand last came by */
    WR_ENTRY_HELD = 8,
};

enum { WR_ENTRY_BLOCK = 1024 };
#define WR_NO_SLOT UINT32_MAX

struct wr_table {
    struct wr_slab slab;
    uint64_t *index;
    size_t mask;
    size_t count; /* entries */
    struct wr_entry **blocks;
    size_t block_count;
    uint32_t slot_count; /* slots handed out so far */
    uint32_t free_slot;  /* first of the free ones, linked by next_free */
    uint32_t hand;       /* of the clock */
    size_t clean_bytes;
    size_t limit;
    size_t uncommitted;     /* bytes of writes of the open transaction, kept by the stores */
    size_t uncommitted_max; /* which they refuse to exceed */
};

void wr_table_init(struct wr_table *t, size_t limit, size_t uncommitted_max);
void wr_table_free(struct wr_table *t);

static inline struct wr_entry *wr_table_entry(const struct wr_table *t, uint32_t slot)
{
    return &t->blocks[slot / WR_ENTRY_BLOCK][slot % WR_ENTRY_BLOCK];
}

static inline struct weir_bytes wr_entry_key(const struct wr_entry *e)
{
    return weir_view(e->key_len <= WR_ENTRY_KEY_NEAR ? e->key.near : e->key.far, e->key_len);
}

/* The row of a version; the null view as value if there is none. */
struct wr_row wr_cell_row(const struct wr_cell *cell);

/* What find and add need to know about a key besides its bytes. */
uint32_t wr_table_tag(uint16_t store, struct weir_bytes key);

/* The slot of a key, or WR_NO_SLOT. */
uint32_t wr_table_find(const struct wr_table *t, uint16_t store, struct weir_bytes key,
                       uint32_t tag);

/* Add a key that is not there, clean, with the row the engine has (value null: none). Makes room
 * first. The views may be into entries that are touched or held. */
uint32_t wr_table_add(struct wr_table *t, uint16_t store, struct weir_bytes key, uint32_t tag,
                      struct wr_row row);

/* Make row (value null: deleted at row.time) the current version. True if the entry was not touched
 * before. *kept, if kept is not NULL, is the version that was current (NULL: none), for
 * wr_cell_give(). */
bool wr_table_write(struct wr_table *t, uint32_t slot, struct wr_row row, struct wr_cell **kept);

/* The end of the transaction for a touched entry: it is clean and may go. */
void wr_table_settle(struct wr_table *t, uint32_t slot);
void wr_table_revert(struct wr_table *t, uint32_t slot);

/* Forget a clean entry. */
void wr_table_forget(struct wr_table *t, uint32_t slot);

/* Let clean entries go until they take at most `limit` bytes. */
void wr_table_trim(struct wr_table *t);

/* Bytes of memory in use. */
size_t wr_table_bytes(const struct wr_table *t);

/* Share a version and give it back; NULL is let through. */
struct wr_cell *wr_cell_share(struct wr_cell *cell);
void wr_cell_give(struct wr_table *t, struct wr_cell *cell);

/* Ask the processor for what a find will read. */
void wr_table_prefetch_index(const struct wr_table *t, uint32_t tag);
void wr_table_prefetch_entry(const struct wr_table *t, uint32_t tag);
void wr_table_prefetch_value(const struct wr_table *t, uint32_t tag);

/* Verify every invariant; ends the process if one is broken. */
void wr_table_check(const struct wr_table *t);

#endif
