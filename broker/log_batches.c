/* log_batches.c -- the bytes of a log: segments of whole batches, and where each batch is.
 *
 * Offsets, positions and greatest times rise from slot to slot, so that all look-ups are binary
 * searches. Buffers double, which keeps an empty log small and an append one copy. Thread: one.
 */
#include "src/base/base.h"

#include <string.h>

#include "broker/log_internal.h"
#include "src/base/mem.h"

static void free_segment(struct wr_log_segment *s)
{
    wr_buf_free(&s->bytes);
    wr_free(s->slots);
}

void wr_log_segments_free(struct wr_log_segments *s)
{
    wr_log_segments_drop(s, s->count);
    wr_free(s->items);
    *s = (struct wr_log_segments){0};
}

struct wr_log_segment *wr_log_segment_add(struct wr_log_segments *s, int64_t base_offset,
                                          int64_t now)
{
    if (s->count == s->cap) {
        s->cap = s->cap != 0 ? s->cap * 2 : 1;
        s->items = wr_realloc_array(s->items, s->cap, sizeof *s->items);
    }
    struct wr_log_segment *added = &s->items[s->count++];
    *added = (struct wr_log_segment){
        .base_offset = base_offset, .first_time = -1, .created = now, .modified = now};
    return added;
}

void wr_log_segments_drop(struct wr_log_segments *s, size_t count)
{
    if (count == 0) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        free_segment(&s->items[i]);
    }
    s->count -= count;
    memmove(s->items, s->items + count, s->count * sizeof *s->items);
}

void wr_log_segment_added(struct wr_log_segment *s, size_t added, const struct wr_batch *b,
                          int64_t now)
{
    int64_t before = s->count != 0 ? s->slots[s->count - 1].max_time : -1;
    if (s->count == s->cap) {
        s->cap = s->cap != 0 ? s->cap * 2 : 4;
        s->slots = wr_realloc_array(s->slots, s->cap, sizeof *s->slots);
    }
    if (s->count == 0) {
        s->first_time = b->max_time;
    }
    s->slots[s->count++] = (struct wr_log_slot){.last_offset = wr_batch_last_offset(b),
                                                .max_time = wr_max_i64(before, b->max_time),
                                                .at = s->bytes.len - added};
    s->modified = now;
}

int64_t wr_log_segment_time(const struct wr_log_segment *s)
{
    int64_t time = s->slots[s->count - 1].max_time;
    return time >= 0 ? time : s->modified;
}

size_t wr_log_segments_to(const struct wr_log_segments *s, int64_t offset)
{
    size_t low = 0;
    size_t high = s->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (s->items[middle].base_offset <= offset) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static size_t first_slot_to(const struct wr_log_segment *s, int64_t offset)
{
    size_t low = 0;
    size_t high = s->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (s->slots[middle].last_offset < offset) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

bool wr_log_find(const struct wr_log_segments *s, int64_t offset, struct wr_log_place *at)
{
    size_t before = wr_log_segments_to(s, offset);
    *at = (struct wr_log_place){.segment = before != 0 ? before - 1 : 0};
    if (before != 0) {
        at->slot = first_slot_to(&s->items[at->segment], offset);
        if (at->slot == s->items[at->segment].count) {
            *at = (struct wr_log_place){.segment = before}; /* the gap that compaction left */
        }
    }
    return at->segment < s->count;
}

bool wr_log_next(const struct wr_log_segments *s, struct wr_log_place *at, struct wr_batch *out)
{
    if (at->segment == s->count) {
        return false;
    }
    const struct wr_log_segment *segment = &s->items[at->segment];
    size_t from = segment->slots[at->slot].at;
    wr_assert(wr_batch_read(weir_view(segment->bytes.data + from, segment->bytes.len - from), out));
    if (++at->slot == segment->count) {
        *at = (struct wr_log_place){.segment = at->segment + 1};
    }
    return true;
}

static void check_segment(const struct wr_log_segment *s, int64_t *next_offset)
{
    size_t at = 0;
    int64_t max_time = -1;
    wr_assert(s->count != 0 && s->base_offset >= *next_offset);
    *next_offset = s->base_offset;
    for (size_t i = 0; i < s->count; i++) {
        struct wr_batch b;
        wr_assert(s->slots[i].at == at);
        wr_assert(wr_batch_read(weir_view(s->bytes.data + at, s->bytes.len - at), &b));
        wr_assert(b.base_offset >= *next_offset && b.last_offset_delta >= 0);
        wr_assert(s->slots[i].last_offset == wr_batch_last_offset(&b));
        max_time = wr_max_i64(max_time, b.max_time);
        wr_assert(s->slots[i].max_time == max_time);
        *next_offset = s->slots[i].last_offset + 1;
        at += b.bytes.len;
    }
    wr_assert(at == s->bytes.len);
}

void wr_log_segments_check(const struct wr_log_segments *s, int64_t end)
{
    int64_t next_offset = 0;
    for (size_t i = 0; i < s->count; i++) {
        check_segment(&s->items[i], &next_offset);
    }
    /* Compaction keeps the last batch, and the active segment is not touched. */
    wr_assert(s->count == 0 || next_offset == end);
}
