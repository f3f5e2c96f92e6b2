/* task_state.c -- the transaction of a task's stores, and looking at them. */
#include "src/base/base.h"

#include <string.h>

#include "src/base/err.h"
#include "src/base/mem.h"
#include "state/task_internal.h"

const char *wr_quarantine_reason_text(enum wr_quarantine_reason reason)
{
    static const char *const texts[] = {
        [WR_QUARANTINE_NONE] = "none",
        [WR_QUARANTINE_UNCLEAN_BOOT] = "unclean-boot",
        [WR_QUARANTINE_CORRUPT] = "corrupt",
        [WR_QUARANTINE_FORMAT] = "format",
        [WR_QUARANTINE_IDENTITY] = "identity",
        [WR_QUARANTINE_TOO_OLD] = "too-old",
        [WR_QUARANTINE_BEYOND_LOG] = "beyond-log",
    };
    return (size_t)reason < WR_ARRAY_LEN(texts) ? texts[reason] : "unknown";
}

size_t wr_task_state_store_count(const struct wr_task_state *s)
{
    return s->store_count;
}

struct weir_kv *wr_task_state_store(struct wr_task_state *s, size_t i)
{
    wr_assert(i < s->store_count);
    return s->stores[i].kv;
}

struct weir_kv *wr_task_state_find(struct wr_task_state *s, const char *name)
{
    for (size_t i = 0; i < s->store_count; i++) {
        if (strcmp(wr_kv_name(s->stores[i].kv), name) == 0) {
            return s->stores[i].kv;
        }
    }
    return NULL;
}

int64_t wr_task_state_position(const struct wr_task_state *s, size_t i)
{
    wr_assert(i < s->store_count);
    return s->stores[i].restore_from;
}

struct weir_bytes wr_task_state_inputs(const struct wr_task_state *s)
{
    return s->has_inputs ? weir_view(s->inputs.data, s->inputs.len) : weir_null();
}

/* ---- one transaction ------------------------------------------------------------------------- */

size_t wr_task_state_uncommitted(const struct wr_task_state *s)
{
    return s->table.uncommitted;
}

static bool next_touched(struct wr_task_state *s, bool on_disk, struct wr_apply_at *at,
                         struct wr_apply_row *out)
{
    for (; at->store < s->store_count; *at = (struct wr_apply_at){at->store + 1, 0}) {
        struct weir_kv *kv = s->stores[at->store].kv;
        if (wr_task_store_on_disk(s, at->store) == on_disk && at->row < kv->touched_count) {
            const struct wr_entry *e = wr_table_entry(&s->table, wr_kv_sorted(kv)[at->row++]);
            *out = (struct wr_apply_row){at->store, wr_entry_key(e), wr_cell_row(e->current)};
            return true;
        }
    }
    return false;
}

enum weir_code wr_task_state_committed(struct wr_task_state *s, const int64_t *positions,
                                       struct weir_bytes inputs, struct weir_error *err)
{
    wr_assert(s->restore.count == 0);
    if (s->restore.cap != 0) {
        wr_restore_buffer_release(&s->restore); /* restoring is over */
    }
    for (size_t i = 0; i < s->store_count; i++) {
        wr_kv_close_scans(s->stores[i].kv);
    }
    struct wr_apply apply = {
        .next = next_touched,
        .positions = positions,
        .inputs = &inputs,
        .as_of = s->dir != NULL ? wr_wall_ms(wr_state_dir_clock(s->dir)) : 0,
        .commits = true,
    };
    enum weir_code code = wr_task_apply(s, &apply, err);
    if (code != WEIR_OK) {
        return code;
    }
    for (size_t i = 0; i < s->store_count; i++) {
        wr_kv_settle(s->stores[i].kv);
    }
    wr_table_trim(&s->table);
    s->live = true;
    return WEIR_OK;
}

void wr_task_state_aborted(struct wr_task_state *s)
{
    for (size_t i = 0; i < s->store_count; i++) {
        wr_kv_revert(s->stores[i].kv);
    }
    wr_table_trim(&s->table);
}

/* ---- looking at it --------------------------------------------------------------------------- */

void wr_task_state_stats(struct wr_task_state *s, struct wr_task_state_stats *out)
{
    *out = (struct wr_task_state_stats){
        .disk_bytes = s->disk != NULL ? s->disk->ops->bytes(s->disk) : 0,
        .cache_bytes = wr_table_bytes(&s->table),
    };
    for (size_t i = 0; i < s->store_count; i++) {
        out->rows += weir_kv_count_about(s->stores[i].kv);
    }
}

/* Every row as the engine has it: readable, and in order. */
static enum weir_code check_rows(struct weir_kv *kv, struct weir_error *err)
{
    const struct wr_engine_ops *ops = kv->store->engine->ops;
    struct wr_bytes_cursor *cursor;
    struct wr_buf before = {0};
    uint64_t count = 0;
    struct weir_bytes key;
    struct weir_bytes cell;
    struct wr_row row;
    enum weir_code code =
        ops->range(kv->store, weir_null(), weir_null(), WEIR_FORWARD, &cursor, err);
    if (code != WEIR_OK) {
        return code;
    }
    while ((code = ops->next(cursor, &key, &cell, err)) == WEIR_OK) {
        code = wr_row_decode(key, cell, &row, err);
        if (code == WEIR_OK && count != 0 && wr_key_compare(wr_buf_view(&before), key) >= 0) {
            code = wr_fail(err, WEIR_ECORRUPT, "rows are out of order");
        }
        if (code != WEIR_OK) {
            break;
        }
        wr_buf_reset(&before);
        wr_buf_bytes(&before, key);
        count++;
    }
    ops->close_cursor(cursor);
    wr_buf_free(&before);
    if (code == WEIR_END) {
        code = count == ops->count(kv->store)
                   ? WEIR_OK
                   : wr_fail(err, WEIR_ECORRUPT, "it has %llu rows and counts %llu",
                             (unsigned long long)count, (unsigned long long)ops->count(kv->store));
    }
    if (code != WEIR_OK) {
        wr_fail_prefix(err, "store \"%s\"", wr_kv_name(kv));
    }
    return code;
}

enum weir_code wr_task_check_rows(struct wr_task_state *s, struct weir_error *err)
{
    enum weir_code code = WEIR_OK;
    for (size_t i = 0; i < s->store_count && code == WEIR_OK; i++) {
        code = check_rows(s->stores[i].kv, err);
    }
    return code;
}

enum weir_code wr_task_state_check(struct wr_task_state *s, struct weir_error *err)
{
    enum weir_code code = WEIR_OK;
    wr_table_check(&s->table);
    if (s->memory != NULL) {
        code = s->memory->ops->check(s->memory, err);
    }
    if (code == WEIR_OK && s->disk != NULL) {
        code = s->disk->ops->check(s->disk, err);
    }
    return code == WEIR_OK ? wr_task_check_rows(s, err) : code;
}
