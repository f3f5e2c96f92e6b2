/* table.c -- entries, index and clock of the table in front of the engine. */
#include "src/base/base.h"

#include <string.h>

#include "src/base/hash.h"
#include "src/base/mem.h"
#include "state/table.h"

/* TRIM_STEPS: a new entry may have to step over many touched ones to find one that can go; it gives
 * up after so many, and the limit is exceeded until the hand has come round. */
enum { INDEX_MIN = 64, TRIM_STEPS = 64 };
#define CACHE_LINE ((size_t)64)
_Static_assert(sizeof(struct wr_entry) == 2 * CACHE_LINE, "an entry is two cache lines");
_Static_assert(offsetof(struct wr_entry, cells) % 16 == 0, "values are aligned in their entries");
_Static_assert(offsetof(struct wr_cell, data) % 16 == 0, "values are aligned in their blocks");

void wr_table_init(struct wr_table *t, size_t limit, size_t uncommitted_max)
{
    *t = (struct wr_table){
        .limit = limit,
        .uncommitted_max = uncommitted_max,
        .free_slot = WR_NO_SLOT,
        .mask = INDEX_MIN - 1,
    };
    t->index = wr_calloc(INDEX_MIN, sizeof *t->index);
}

/* ---- versions -------------------------------------------------------------------------------- */

static size_t cell_size(uint32_t len)
{
    return sizeof(struct wr_cell) + (len == WR_CELL_DELETED ? 0 : len);
}

/* What a version takes outside of its entry. */
static size_t cell_room(const struct wr_cell *cell)
{
    return cell == NULL || cell->near ? 0 : wr_slab_room(cell_size(cell->len));
}

static uint32_t row_len(struct wr_row row)
{
    wr_assert(row.value.len < WR_CELL_DELETED);
    return weir_is_null(row.value) ? WR_CELL_DELETED : (uint32_t)row.value.len;
}

/* The value may be a view into the cell itself. */
static void cell_fill(struct wr_cell *cell, struct wr_row row)
{
    if (row.value.len != 0) {
        memmove(cell->data, row.value.data, row.value.len);
    }
    cell->len = row_len(row);
    cell->time = row.time;
}

static struct wr_cell *cell_new(struct wr_table *t, struct wr_entry *e, struct wr_row row)
{
    size_t size = cell_size(row_len(row));
    struct wr_cell *cell = NULL;
    for (unsigned i = 0; i < WR_ENTRY_CELLS && size <= WR_ENTRY_CELL_NEAR && cell == NULL; i++) {
        struct wr_cell *near = (struct wr_cell *)e->cells[i];
        cell = near->refs == 0 ? near : NULL;
    }
    if (cell != NULL) {
        cell->near = true;
    } else {
        cell = wr_slab_take(&t->slab, size);
        cell->near = false;
    }
    cell->refs = 1;
    cell_fill(cell, row);
    return cell;
}

/* The row can take the place of a version. */
static bool cell_fits(const struct wr_cell *cell, struct wr_row row)
{
    size_t size = cell_size(row_len(row));
    return cell->near ? size <= WR_ENTRY_CELL_NEAR : cell_room(cell) == wr_slab_room(size);
}

struct wr_row wr_cell_row(const struct wr_cell *cell)
{
    if (cell == NULL || cell->len == WR_CELL_DELETED) {
        return (struct wr_row){.time = cell == NULL ? 0 : cell->time};
    }
    return (struct wr_row){.value = weir_view(cell->data, cell->len), .time = cell->time};
}

struct wr_cell *wr_cell_share(struct wr_cell *cell)
{
    if (cell != NULL) {
        cell->refs++;
    }
    return cell;
}

void wr_cell_give(struct wr_table *t, struct wr_cell *cell)
{
    if (cell != NULL && --cell->refs == 0 && !cell->near) {
        wr_slab_give(&t->slab, cell, cell_size(cell->len));
    }
}

/* ---- index ----------------------------------------------------------------------------------- */

static uint64_t index_word(uint32_t tag, uint32_t slot)
{
    return (uint64_t)tag << 32 | ((uint64_t)slot + 1);
}

static uint32_t word_tag(uint64_t word)
{
    return (uint32_t)(word >> 32);
}

static uint32_t word_slot(uint64_t word)
{
    return (uint32_t)word - 1;
}

static void index_put(uint64_t *index, size_t mask, uint64_t word)
{
    size_t i = word_tag(word) & mask;
    while (index[i] != 0) {
        i = (i + 1) & mask;
    }
    index[i] = word;
}

static void index_grow(struct wr_table *t)
{
    size_t mask = t->mask * 2 + 1;
    uint64_t *index = wr_calloc(mask + 1, sizeof *index);
    for (size_t i = 0; i <= t->mask; i++) {
        if (t->index[i] != 0) {
            index_put(index, mask, t->index[i]);
        }
    }
    wr_free(t->index);
    t->index = index;
    t->mask = mask;
}

/* Later words of the same run move up, so that no probe stops at the hole. */
static void index_remove(struct wr_table *t, uint64_t word)
{
    size_t hole = word_tag(word) & t->mask;
    while (t->index[hole] != word) {
        hole = (hole + 1) & t->mask;
    }
    for (size_t i = (hole + 1) & t->mask; t->index[i] != 0; i = (i + 1) & t->mask) {
        size_t home = word_tag(t->index[i]) & t->mask;
        if (((i - home) & t->mask) >= ((i - hole) & t->mask)) {
            t->index[hole] = t->index[i];
            hole = i;
        }
    }
    t->index[hole] = 0;
}

uint32_t wr_table_tag(uint16_t store, struct weir_bytes key)
{
    uint64_t h = wr_hash64(key.data, key.len) + store * UINT64_C(0x9e3779b97f4a7c15);
    return (uint32_t)(h ^ h >> 32);
}

uint32_t wr_table_find(const struct wr_table *t, uint16_t store, struct weir_bytes key,
                       uint32_t tag)
{
    for (size_t i = tag & t->mask;; i = (i + 1) & t->mask) {
        uint64_t word = t->index[i];
        if (word == 0) {
            return WR_NO_SLOT;
        }
        if (word_tag(word) != tag) {
            continue;
        }
        const struct wr_entry *e = wr_table_entry(t, word_slot(word));
        if (e->store == store && weir_equal(wr_entry_key(e), key)) {
            return word_slot(word);
        }
    }
}

void wr_table_prefetch_index(const struct wr_table *t, uint32_t tag)
{
    __builtin_prefetch(&t->index[tag & t->mask]);
}

/* Mostly the entry of the key that has this tag; NULL if there is none. */
static const struct wr_entry *likely_entry(const struct wr_table *t, uint32_t tag)
{
    for (size_t i = tag & t->mask; t->index[i] != 0; i = (i + 1) & t->mask) {
        if (word_tag(t->index[i]) == tag) {
            return wr_table_entry(t, word_slot(t->index[i]));
        }
    }
    return NULL;
}

void wr_table_prefetch_entry(const struct wr_table *t, uint32_t tag)
{
    const struct wr_entry *e = likely_entry(t, tag);
    if (e != NULL) {
        __builtin_prefetch(e);
        __builtin_prefetch(e->cells);
    }
}

void wr_table_prefetch_value(const struct wr_table *t, uint32_t tag)
{
    const struct wr_entry *e = likely_entry(t, tag);
    if (e != NULL) {
        __builtin_prefetch(e->current);
    }
}

static void trim(struct wr_table *t, uint64_t steps);

/* ---- entries --------------------------------------------------------------------------------- */

static uint32_t take_slot(struct wr_table *t)
{
    uint32_t slot = t->free_slot;
    if (slot != WR_NO_SLOT) {
        t->free_slot = wr_table_entry(t, slot)->next_free;
        return slot;
    }
    if (t->slot_count == t->block_count * (size_t)WR_ENTRY_BLOCK) {
        t->blocks = wr_realloc_array(t->blocks, t->block_count + 1, sizeof(struct wr_entry *));
        t->blocks[t->block_count++] =
            wr_alloc_aligned(2 * CACHE_LINE, WR_ENTRY_BLOCK * sizeof(struct wr_entry));
    }
    wr_assert(t->slot_count < WR_NO_SLOT - 1);
    return t->slot_count++;
}

/* What an entry takes while it is clean; its words of the index are counted in. */
static size_t clean_size(const struct wr_entry *e)
{
    size_t far = e->key_len > WR_ENTRY_KEY_NEAR ? wr_slab_room(e->key_len) : 0;
    return sizeof *e + 2 * sizeof(uint64_t) + far + cell_room(e->current);
}

uint32_t wr_table_add(struct wr_table *t, uint16_t store, struct weir_bytes key, uint32_t tag,
                      struct wr_row row)
{
    wr_assert(key.len <= UINT32_MAX);
    trim(t, TRIM_STEPS);
    if ((t->count + 1) * 2 > t->mask + 1) {
        index_grow(t);
    }
    uint32_t slot = take_slot(t);
    struct wr_entry *e = wr_table_entry(t, slot);
    *e = (struct wr_entry){
        .tag = tag,
        .key_len = (uint32_t)key.len,
        .store = store,
        .flags = WR_ENTRY_USED,
    };
    if (!weir_is_null(row.value)) {
        e->current = cell_new(t, e, row);
    }
    unsigned char *to = e->key.near;
    if (key.len > WR_ENTRY_KEY_NEAR) {
        to = e->key.far = wr_slab_take(&t->slab, key.len);
    }
    if (key.len != 0) {
        memcpy(to, key.data, key.len);
    }
    index_put(t->index, t->mask, index_word(tag, slot));
    t->count++;
    t->clean_bytes += clean_size(e);
    return slot;
}

void wr_table_forget(struct wr_table *t, uint32_t slot)
{
    struct wr_entry *e = wr_table_entry(t, slot);
    wr_assert((e->flags & (WR_ENTRY_USED | WR_ENTRY_TOUCHED)) == WR_ENTRY_USED);
    t->clean_bytes -= clean_size(e);
    t->count--;
    index_remove(t, index_word(e->tag, slot));
    wr_cell_give(t, e->current);
    if (e->key_len > WR_ENTRY_KEY_NEAR) {
        wr_slab_give(&t->slab, e->key.far, e->key_len);
    }
    *e = (struct wr_entry){.next_free = t->free_slot};
    t->free_slot = slot;
}

static void trim(struct wr_table *t, uint64_t steps)
{
    for (; t->clean_bytes > t->limit && steps != 0; steps--) {
        uint32_t slot = t->hand;
        t->hand = slot + 1 < t->slot_count ? slot + 1 : 0;
        struct wr_entry *e = wr_table_entry(t, slot);
        if ((e->flags & (WR_ENTRY_USED | WR_ENTRY_TOUCHED | WR_ENTRY_HELD)) != WR_ENTRY_USED) {
            continue;
        }
        if ((e->flags & WR_ENTRY_RECENT) != 0) {
            e->flags &= (uint8_t)~WR_ENTRY_RECENT;
            continue;
        }
        wr_table_forget(t, slot);
    }
}

void wr_table_trim(struct wr_table *t)
{
    /* Two rounds of the hand: the first may find every entry recent. */
    trim(t, (uint64_t)t->slot_count * 2);
}

/* ---- the transaction ------------------------------------------------------------------------- */

bool wr_table_write(struct wr_table *t, uint32_t slot, struct wr_row row, struct wr_cell **kept)
{
    struct wr_entry *e = wr_table_entry(t, slot);
    struct wr_cell *old = e->current;
    bool first = (e->flags & WR_ENTRY_TOUCHED) == 0;
    if (first) {
        t->clean_bytes -= clean_size(e);
        e->flags |= WR_ENTRY_TOUCHED;
        e->committed = wr_cell_share(old);
    }
    /* A version that nobody else sees and whose block fits is overwritten. */
    if (kept == NULL && old != NULL && old->refs == 1 && cell_fits(old, row)) {
        cell_fill(old, row);
        return first;
    }
    e->current = cell_new(t, e, row);
    if (kept != NULL) {
        *kept = old;
    } else {
        wr_cell_give(t, old);
    }
    return first;
}

static void end_touched(struct wr_table *t, uint32_t slot, bool settle)
{
    struct wr_entry *e = wr_table_entry(t, slot);
    wr_assert((e->flags & WR_ENTRY_TOUCHED) != 0);
    struct wr_cell *dropped = settle ? e->committed : e->current;
    e->current = settle ? e->current : e->committed;
    e->committed = NULL;
    e->flags &= (uint8_t)~WR_ENTRY_TOUCHED;
    wr_cell_give(t, dropped);
    if (e->current != NULL && e->current->len == WR_CELL_DELETED) {
        wr_cell_give(t, e->current);
        e->current = NULL;
    }
    t->clean_bytes += clean_size(e);
}

void wr_table_settle(struct wr_table *t, uint32_t slot)
{
    end_touched(t, slot, true);
}

void wr_table_revert(struct wr_table *t, uint32_t slot)
{
    end_touched(t, slot, false);
}

size_t wr_table_bytes(const struct wr_table *t)
{
    return t->slab.bytes + t->count * sizeof(struct wr_entry) + (t->mask + 1) * sizeof *t->index;
}

/* ---- checking and freeing -------------------------------------------------------------------- */

void wr_table_check(const struct wr_table *t)
{
    size_t used = 0;
    size_t words = 0;
    size_t clean = 0;
    for (uint32_t slot = 0; slot < t->slot_count; slot++) {
        const struct wr_entry *e = wr_table_entry(t, slot);
        if ((e->flags & WR_ENTRY_USED) == 0) {
            wr_assert(e->flags == 0);
            continue;
        }
        bool touched = (e->flags & WR_ENTRY_TOUCHED) != 0;
        wr_assert(touched ? e->current != NULL : e->committed == NULL);
        wr_assert(e->tag == wr_table_tag(e->store, wr_entry_key(e)));
        wr_assert(wr_table_find(t, e->store, wr_entry_key(e), e->tag) == slot);
        wr_assert(touched || e->current == NULL || e->current->len != WR_CELL_DELETED);
        clean += touched ? 0 : clean_size(e);
        used++;
    }
    for (size_t i = 0; i <= t->mask; i++) {
        words += t->index[i] != 0;
    }
    wr_assert(used == t->count && words == used && words * 2 <= t->mask + 1);
    wr_assert(clean == t->clean_bytes);
}

void wr_table_free(struct wr_table *t)
{
    for (uint32_t slot = 0; slot < t->slot_count; slot++) {
        struct wr_entry *e = wr_table_entry(t, slot);
        if ((e->flags & WR_ENTRY_TOUCHED) != 0) {
            wr_table_revert(t, slot);
        }
        if ((e->flags & WR_ENTRY_USED) != 0) {
            wr_table_forget(t, slot);
        }
    }
    wr_assert(t->slab.bytes == 0);
    wr_slab_free(&t->slab);
    for (size_t i = 0; i < t->block_count; i++) {
        wr_free(t->blocks[i]);
    }
    wr_free(t->blocks);
    wr_free(t->index);
    *t = (struct wr_table){0};
}
