/* task_restore.c -- changelog records on their way back into the engine.
 *
 * They are buffered, sorted by store and key, and of several with one key only the last is written.
 * A flush writes what is buffered of all stores together with their positions, so that no row comes
 * from behind the position that is stored with it.
 */
#include "src/base/base.h"

#include <string.h>

#include "src/base/err.h"
#include "src/base/failpoint.h"
#include "src/base/mem.h"
#include "state/task_internal.h"

enum { ARENA_CHUNK = 1024 * 1024, BYTES_DEFAULT = 64 * 1024 * 1024, RECORD_COST = 64 };

void wr_restore_buffer_init(struct wr_restore_buffer *b, size_t bytes_max)
{
    *b = (struct wr_restore_buffer){.bytes_max = bytes_max != 0 ? bytes_max : BYTES_DEFAULT};
    wr_arena_init(&b->arena, ARENA_CHUNK);
}

void wr_restore_buffer_release(struct wr_restore_buffer *b)
{
    wr_arena_free(&b->arena);
    wr_free(b->records);
    wr_free(b->order);
    wr_key_sorter_free(&b->sorter);
    wr_restore_buffer_init(b, b->bytes_max);
}

enum weir_code wr_restore_record(struct wr_task_state *s, size_t i, struct weir_bytes key,
                                 struct weir_bytes value, int64_t time, struct weir_error *err)
{
    struct wr_restore_buffer *b = &s->restore;
    wr_assert(i < s->store_count);
    if (weir_is_null(key) || key.len > INT32_MAX || value.len > INT32_MAX) {
        return wr_fail(err, WEIR_ECORRUPT,
                       "changelog \"%s\" has a record whose key is null or "
                       "which is too long",
                       s->stores[i].changelog);
    }
    if (b->count == b->cap) {
        b->cap = b->cap * 2 + 1024;
        b->records = wr_realloc_array(b->records, b->cap, sizeof *b->records);
    }
    char *bytes = wr_arena_alloc(&b->arena, key.len + value.len);
    if (key.len != 0) {
        memcpy(bytes, key.data, key.len);
    }
    if (value.len != 0) {
        memcpy(bytes + key.len, value.data, value.len);
    }
    b->records[b->count++] = (struct wr_restored){
        .bytes = bytes,
        .key_len = (uint32_t)key.len,
        .value_len = (uint32_t)value.len,
        .time = time,
        .store = (uint32_t)i,
        .deleted = weir_is_null(value),
    };
    b->bytes += RECORD_COST + key.len + value.len;
    return WEIR_OK;
}

bool wr_restore_is_full(const struct wr_task_state *s)
{
    return s->restore.bytes >= s->restore.bytes_max || s->restore.count >= UINT32_MAX / 2;
}

static struct weir_bytes record_key(const void *ctx, uint32_t i)
{
    const struct wr_restored *r = &((const struct wr_restored *)ctx)[i];
    return weir_view(r->bytes, r->key_len);
}

/* Sort what is buffered for one store to order[at..] and keep the last record of each key; returns
 * the end. */
static size_t order_store(struct wr_restore_buffer *b, uint32_t store, size_t at)
{
    size_t end = at;
    for (size_t i = 0; i < b->count; i++) {
        if (b->records[i].store == store) {
            b->order[end++] = (uint32_t)i;
        }
    }
    wr_key_sort(&b->sorter, b->order + at, end - at, record_key, b->records);
    size_t kept = at;
    for (size_t i = at; i < end; i++) {
        bool last = i + 1 == end || !weir_equal(record_key(b->records, b->order[i]),
                                                record_key(b->records, b->order[i + 1]));
        if (last) {
            b->order[kept++] = b->order[i];
        }
    }
    return kept;
}

/* Bring the buffer into the order in which it is written. */
static void order_records(struct wr_task_state *s)
{
    struct wr_restore_buffer *b = &s->restore;
    if (b->order_cap < b->count) {
        b->order_cap = b->cap;
        b->order = wr_realloc_array(b->order, b->order_cap, sizeof *b->order);
    }
    size_t kept = 0;
    for (uint32_t i = 0; i < s->store_count; i++) {
        kept = order_store(b, i, kept);
    }
    b->count = kept; /* of order; the records behind it stay where they are */
}

static bool next_restored(struct wr_task_state *s, bool on_disk, struct wr_apply_at *at,
                          struct wr_apply_row *out)
{
    const struct wr_restore_buffer *b = &s->restore;
    while (at->row < b->count) {
        const struct wr_restored *r = &b->records[b->order[at->row++]];
        if (wr_task_store_on_disk(s, r->store) != on_disk) {
            continue;
        }
        struct weir_bytes value = weir_view(r->bytes + r->key_len, r->value_len);
        *out = (struct wr_apply_row){
            .store = r->store,
            .key = weir_view(r->bytes, r->key_len),
            .row = {r->deleted ? weir_null() : value, r->time},
        };
        return true;
    }
    return false;
}

/* Rows that were read before are in the table as they were. */
static void forget_restored(struct wr_task_state *s)
{
    const struct wr_restore_buffer *b = &s->restore;
    for (size_t i = 0; i < b->count && s->table.count != 0; i++) {
        const struct wr_restored *r = &b->records[b->order[i]];
        wr_kv_forget(s->stores[r->store].kv, weir_view(r->bytes, r->key_len));
    }
}

enum weir_code wr_restore_flush(struct wr_task_state *s, const int64_t *positions,
                                struct weir_error *err)
{
    wr_assert(wr_task_state_uncommitted(s) == 0);
    order_records(s);
    struct wr_apply apply = {.next = next_restored, .positions = positions, .as_of = s->as_of};
    enum weir_code code = wr_task_apply(s, &apply, err);
    if (code == WEIR_OK) {
        forget_restored(s);
    }
    wr_arena_reset(&s->restore.arena);
    s->restore.count = s->restore.bytes = 0;
    if (code == WEIR_OK && WR_FAILPOINT(RESTORE_BATCH)) {
        s->failed = true;
        return wr_fail(err, WEIR_EIO, "failpoint: a restored batch is written");
    }
    return code;
}
