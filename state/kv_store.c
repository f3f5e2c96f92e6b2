/* kv_store.c -- weir_kv: the table in front, the engine behind it.
 *
 * The record's way: a get looks into the table and, the first time a key is asked for, into the
 * engine; a put replaces the current version there. Nothing reaches the engine before the Kafka
 * transaction is known to be committed (task_apply.c).
 *
 * Invariants: 1. every touched slot is in `touched` once; 2. what a call returns views into is held
 * (entry) or kept (version) until the next call on this store ends, so that arguments may be views
 * that the last call returned.
 */
#include "src/base/base.h"

#include <string.h>

#include "src/base/broken.h"
#include "src/base/err.h"
#include "src/base/mem.h"
#include "state/kv_internal.h"

/* What a touched entry costs beside the bytes of its key and value. */
enum { ENTRY_COST = sizeof(struct wr_entry) + sizeof(struct wr_cell) };

/* What a build that breaks R9 knows of a cell: the bytes around its value, and those behind it. */
enum { CELL_AROUND = 13, CELL_END = 4 };

/* Up to this part of the sorted slots is inserted one by one, beyond it all are sorted again. */
enum { INSERT_PART = 16 };

struct weir_kv *wr_kv_new(const char *name, uint16_t id, struct wr_table *table)
{
    struct weir_kv *kv = WR_NEW(struct weir_kv);
    kv->name = wr_strdup(name);
    kv->id = id;
    kv->table = table;
    kv->held = WR_NO_SLOT;
    return kv;
}

static void hold(struct weir_kv *kv, uint32_t slot)
{
    if (kv->held != WR_NO_SLOT) {
        wr_table_entry(kv->table, kv->held)->flags &= (uint8_t)~WR_ENTRY_HELD;
    }
    if (slot != WR_NO_SLOT) {
        wr_table_entry(kv->table, slot)->flags |= WR_ENTRY_HELD;
    }
    kv->held = slot;
}

static void keep(struct weir_kv *kv, struct wr_cell *cell)
{
    wr_cell_give(kv->table, kv->kept);
    kv->kept = cell;
}

void wr_kv_free(struct weir_kv *kv)
{
    if (kv == NULL) {
        return;
    }
    wr_kv_free_scans(kv);
    wr_kv_revert(kv);
    wr_key_sorter_free(&kv->sorter);
    wr_free(kv->touched);
    wr_free(kv->sorted);
    wr_free(kv->name);
    wr_free(kv);
}

/* ---- reading --------------------------------------------------------------------------------- */

enum weir_code wr_kv_decode(struct weir_kv *kv, struct weir_bytes key, struct weir_bytes cell,
                            struct wr_row *out)
{
    enum weir_code code = wr_row_decode(key, cell, out, &kv->error);
    if (WR_BROKEN(R9) && code == WEIR_ECORRUPT && cell.len > CELL_AROUND) {
        const char *value = (const char *)cell.data + CELL_AROUND - CELL_END;
        *out = (struct wr_row){.value = weir_view(value, cell.len - CELL_AROUND)};
        code = WEIR_OK;
    }
    return code == WEIR_OK ? code : wr_fail_prefix(&kv->error, "store \"%s\"", kv->name);
}

static enum weir_code load_from_engine(struct weir_kv *kv, struct weir_bytes key, uint32_t tag,
                                       uint32_t *slot)
{
    struct weir_bytes cell;
    struct wr_row row = {0};
    enum weir_code code = kv->store->engine->ops->get(kv->store, key, &cell, &kv->error);
    if (code == WEIR_OK) {
        code = wr_kv_decode(kv, key, cell, &row);
    } else if (code == WEIR_ENOTFOUND) {
        code = WEIR_OK;
    } else {
        code = wr_fail_prefix(&kv->error, "store \"%s\"", kv->name);
    }
    if (code == WEIR_OK) {
        *slot = wr_table_add(kv->table, kv->id, key, tag, row);
    }
    return code;
}

enum weir_code wr_kv_load(struct weir_kv *kv, struct weir_bytes key, uint32_t *slot)
{
    /* A get and the put that follows it ask for the same key. */
    if (kv->held != WR_NO_SLOT &&
        weir_equal(wr_entry_key(wr_table_entry(kv->table, kv->held)), key)) {
        *slot = kv->held;
        return WEIR_OK;
    }
    uint32_t tag = wr_table_tag(kv->id, key);
    *slot = wr_table_find(kv->table, kv->id, key, tag);
    if (*slot == WR_NO_SLOT) {
        enum weir_code code = load_from_engine(kv, key, tag, slot);
        if (code != WEIR_OK) {
            return code;
        }
    } else {
        wr_table_entry(kv->table, *slot)->flags |= WR_ENTRY_RECENT;
    }
    hold(kv, *slot);
    return WEIR_OK;
}

static void set_row(struct weir_row *row, const struct wr_entry *e, const struct wr_cell *cell)
{
    struct wr_row r = wr_cell_row(cell);
    if (row != NULL) {
        bool there = !weir_is_null(r.value);
        *row =
            (struct weir_row){there ? wr_entry_key(e) : weir_null(), r.value, there ? r.time : 0};
    }
}

enum weir_code weir_kv_get(weir_kv *kv, struct weir_bytes key, struct weir_row *row)
{
    uint32_t slot;
    if (weir_is_null(key)) {
        return wr_fail(&kv->error, WEIR_EINVAL, "store \"%s\": key is null", kv->name);
    }
    enum weir_code code = wr_kv_load(kv, key, &slot);
    if (code == WEIR_OK) {
        const struct wr_entry *e = wr_table_entry(kv->table, slot);
        if (weir_is_null(wr_cell_row(e->current).value)) {
            code = WEIR_ENOTFOUND;
        } else {
            set_row(row, e, e->current);
        }
    }
    keep(kv, NULL);
    return code;
}

void wr_kv_prefetch(struct weir_kv *kv, struct weir_bytes key)
{
    if (weir_is_null(key)) {
        return;
    }
    /* One step for each of three keys: the index of this one, the entry of an earlier one whose
     * index has arrived, the value of one whose entry has. */
    const unsigned mask = WR_KV_PREFETCH_RING - 1;
    unsigned now = kv->asked_next++;
    uint32_t tag = wr_table_tag(kv->id, key);
    kv->asked[now & mask] = tag;
    wr_table_prefetch_index(kv->table, tag);
    wr_table_prefetch_entry(kv->table, kv->asked[(now - WR_KV_PREFETCH_DISTANCE) & mask]);
    wr_table_prefetch_value(kv->table, kv->asked[(now - 2 * WR_KV_PREFETCH_DISTANCE) & mask]);
}

uint64_t weir_kv_count_about(const weir_kv *kv)
{
    return kv->store->engine->ops->count(kv->store);
}

/* ---- writing --------------------------------------------------------------------------------- */

static void push_touched(struct weir_kv *kv, uint32_t slot)
{
    if (kv->touched_count == kv->touched_cap) {
        kv->touched_cap = kv->touched_cap * 2 + 64;
        kv->touched = wr_realloc_array(kv->touched, kv->touched_cap, sizeof *kv->touched);
    }
    kv->touched[kv->touched_count++] = slot;
}

static enum weir_code check_args(struct weir_kv *kv, struct weir_bytes key, struct weir_bytes value)
{
    if (weir_is_null(key)) {
        return wr_fail(&kv->error, WEIR_EINVAL, "store \"%s\": key is null", kv->name);
    }
    if (key.len > INT32_MAX || value.len > INT32_MAX) {
        return wr_fail(&kv->error, WEIR_EINVAL,
                       "store \"%s\": a key of %zu or a value of %zu bytes is too long", kv->name,
                       key.len, value.len);
    }
    return WEIR_OK;
}

/* Make row (value null: deleted) the current version of a loaded entry. */
static enum weir_code write(struct weir_kv *kv, uint32_t slot, struct wr_row row,
                            struct wr_cell **kept)
{
    const struct wr_entry *e = wr_table_entry(kv->table, slot);
    size_t before = (e->flags & WR_ENTRY_TOUCHED) == 0
                        ? 0
                        : ENTRY_COST + e->key_len + wr_cell_row(e->current).value.len;
    size_t after = ENTRY_COST + e->key_len + row.value.len;
    struct wr_table *t = kv->table;
    if (after > before && after - before > t->uncommitted_max - t->uncommitted) {
        return wr_fail(&kv->error, WEIR_EFULL,
                       "store \"%s\": the uncommitted writes of the task have reached %zu bytes: "
                       "commit more often or raise statestore.uncommitted.max.bytes",
                       kv->name, t->uncommitted);
    }
    t->uncommitted = t->uncommitted - before + after;
    kv->uncommitted = kv->uncommitted - before + after;
    if (wr_table_write(t, slot, row, kept)) {
        push_touched(kv, slot);
    }
    return WEIR_OK;
}

enum weir_code weir_kv_put_at(weir_kv *kv, struct weir_bytes key, struct weir_bytes value,
                              int64_t time)
{
    uint32_t slot;
    enum weir_code code = check_args(kv, key, value);
    if (code == WEIR_OK) {
        code = wr_kv_load(kv, key, &slot);
    }
    if (code == WEIR_OK) {
        code = write(kv, slot, (struct wr_row){value, time}, NULL);
    }
    keep(kv, NULL);
    return code;
}

enum weir_code weir_kv_put(weir_kv *kv, struct weir_bytes key, struct weir_bytes value)
{
    return weir_kv_put_at(kv, key, value, kv->time);
}

enum weir_code weir_kv_put_if_absent(weir_kv *kv, struct weir_bytes key, struct weir_bytes value,
                                     struct weir_row *row)
{
    uint32_t slot;
    enum weir_code code = check_args(kv, key, value);
    if (code == WEIR_OK) {
        code = wr_kv_load(kv, key, &slot);
    }
    if (code == WEIR_OK) {
        const struct wr_entry *e = wr_table_entry(kv->table, slot);
        bool absent = weir_is_null(wr_cell_row(e->current).value);
        if (absent && !weir_is_null(value)) {
            code = write(kv, slot, (struct wr_row){value, kv->time}, NULL);
        }
        if (code == WEIR_OK) {
            set_row(row, e, absent ? NULL : e->current);
        }
    }
    keep(kv, NULL);
    return code;
}

enum weir_code weir_kv_delete(weir_kv *kv, struct weir_bytes key, struct weir_row *row)
{
    uint32_t slot;
    struct wr_cell *old = NULL;
    enum weir_code code = check_args(kv, key, weir_null());
    if (code == WEIR_OK) {
        code = wr_kv_load(kv, key, &slot);
    }
    if (code == WEIR_OK) {
        code = write(kv, slot, (struct wr_row){.time = kv->time}, &old);
    }
    if (code == WEIR_OK) {
        set_row(row, wr_table_entry(kv->table, slot), old);
    }
    keep(kv, old);
    return code;
}

/* ---- the transaction ------------------------------------------------------------------------- */

static struct weir_bytes slot_key(const void *ctx, uint32_t slot)
{
    return wr_entry_key(wr_table_entry(ctx, slot));
}

static void insert_sorted(struct weir_kv *kv, uint32_t slot)
{
    struct weir_bytes key = slot_key(kv->table, slot);
    size_t low = 0;
    size_t high = kv->sorted_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (wr_key_compare(slot_key(kv->table, kv->sorted[middle]), key) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    memmove(&kv->sorted[low + 1], &kv->sorted[low], (kv->sorted_count - low) * sizeof(uint32_t));
    kv->sorted[low] = slot;
    kv->sorted_count++;
}

const uint32_t *wr_kv_sorted(struct weir_kv *kv)
{
    size_t count = kv->touched_count;
    if (kv->sorted_cap < count) {
        kv->sorted_cap = kv->touched_cap;
        kv->sorted = wr_realloc_array(kv->sorted, kv->sorted_cap, sizeof *kv->sorted);
    }
    if ((count - kv->sorted_count) * INSERT_PART <= kv->sorted_count) {
        while (kv->sorted_count < count) {
            insert_sorted(kv, kv->touched[kv->sorted_count]);
        }
    } else {
        memcpy(kv->sorted, kv->touched, count * sizeof *kv->sorted);
        kv->sorted_count = count;
        wr_key_sort(&kv->sorter, kv->sorted, count, slot_key, kv->table);
    }
    return kv->sorted;
}

static void end_transaction(struct weir_kv *kv, void (*end)(struct wr_table *t, uint32_t slot))
{
    wr_kv_close_scans(kv);
    keep(kv, NULL);
    hold(kv, WR_NO_SLOT);
    for (size_t i = 0; i < kv->touched_count; i++) {
        end(kv->table, kv->touched[i]);
    }
    kv->touched_count = 0;
    kv->sorted_count = 0;
    kv->emitted = 0;
    kv->table->uncommitted -= kv->uncommitted;
    kv->uncommitted = 0;
}

void wr_kv_settle(struct weir_kv *kv)
{
    end_transaction(kv, wr_table_settle);
}

void wr_kv_revert(struct weir_kv *kv)
{
    end_transaction(kv, wr_table_revert);
}

void wr_kv_forget(struct weir_kv *kv, struct weir_bytes key)
{
    uint32_t slot = wr_table_find(kv->table, kv->id, key, wr_table_tag(kv->id, key));
    if (slot != WR_NO_SLOT) {
        hold(kv, WR_NO_SLOT);
        wr_table_forget(kv->table, slot);
    }
}

bool wr_kv_next_change(struct weir_kv *kv, size_t *cursor, struct wr_kv_change *out)
{
    if (*cursor >= kv->touched_count) {
        return false;
    }
    const struct wr_entry *e = wr_table_entry(kv->table, kv->touched[(*cursor)++]);
    struct wr_row now = wr_cell_row(e->current);
    struct wr_row before = wr_cell_row(e->committed);
    *out = (struct wr_kv_change){wr_entry_key(e), now.value, now.time, before.value, before.time};
    return true;
}

size_t wr_kv_change_count(const struct weir_kv *kv)
{
    return kv->touched_count;
}

size_t *wr_kv_emitted(struct weir_kv *kv)
{
    return &kv->emitted;
}

size_t wr_kv_uncommitted(const struct weir_kv *kv)
{
    return kv->uncommitted;
}

const char *wr_kv_name(const struct weir_kv *kv)
{
    return kv->name;
}

void wr_kv_set_time(struct weir_kv *kv, int64_t time)
{
    kv->time = time;
}

const struct weir_error *wr_kv_error(const struct weir_kv *kv)
{
    return &kv->error;
}
