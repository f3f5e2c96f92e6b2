/* partition_log.c -- a log as a leader keeps it: append, mark, read, stable offset, aborted
 * transactions.
 *
 * An append is one pass over the records (none if they are compressed), one checksum and one copy;
 * a read is one copy. Thread: one.
 */
#include "src/base/base.h"

#include <string.h>

#include "broker/log_internal.h"
#include "src/base/mem.h"

struct wr_partition_log *wr_partition_log_new(const struct wr_log_config *config)
{
    struct wr_partition_log *log = WR_NEW(struct wr_partition_log);
    log->config = config;
    return log;
}

void wr_partition_log_free(struct wr_partition_log *log)
{
    if (log != NULL) {
        wr_log_segments_free(&log->segments);
        wr_log_producers_free(&log->producers);
        wr_free(log->aborts);
        wr_free(log);
    }
}

/* ---- writing --------------------------------------------------------------------------------- */

/* The segment for size more bytes whose greatest time is max_time: the active one, unless it is
 * full or of age. Like Apache Kafka's it ages by the times of records, only when one is appended,
 * and by the clock if they have none. */
static struct wr_log_segment *room(struct wr_partition_log *log, size_t size, int64_t max_time,
                                   int64_t now)
{
    const struct wr_log_config *config = log->config;
    if (log->segments.count != 0) {
        struct wr_log_segment *s = &log->segments.items[log->segments.count - 1];
        int64_t age = s->first_time >= 0 ? max_time - s->first_time : now - s->created;
        bool full =
            config->segment_bytes >= 0 && s->bytes.len + size > (uint64_t)config->segment_bytes;
        if (!full && (config->segment_ms < 0 || age <= config->segment_ms)) {
            return s;
        }
    }
    return wr_log_segment_add(&log->segments, log->end, now);
}

static void added(struct wr_partition_log *log, struct wr_log_segment *s, const struct wr_batch *b,
                  int64_t now)
{
    char *bytes = s->bytes.data + s->bytes.len - b->bytes.len;
    wr_batch_set_base_offset(bytes, b->base_offset);
    wr_batch_set_leader_epoch(bytes, log->leader_epoch);
    wr_log_segment_added(s, b->bytes.len, b, now);
    log->end = wr_batch_last_offset(b) + 1;
    log->version++;
    wr_log_record_batch(log, s);
}

static void store(struct wr_partition_log *log, struct wr_batch *b, bool restamp, int64_t now)
{
    struct wr_log_segment *s = room(log, b->bytes.len, b->max_time, now);
    wr_buf_bytes(&s->bytes, b->bytes);
    if (restamp) {
        wr_batch_set_max_time(s->bytes.data + s->bytes.len - b->bytes.len, b->max_time,
                              log->config->log_append_time);
    }
    b->base_offset = log->end;
    added(log, s, b, now);
}

enum wr_kafka_error wr_partition_log_append(struct wr_partition_log *log, const struct wr_append *a,
                                            struct wr_appended *out)
{
    struct wr_batch b;
    const struct wr_log_kept *duplicate = NULL;
    bool restamp = false;
    *out = (struct wr_appended){.base_offset = -1, .append_time = -1, .log_start = log->start};
    enum wr_kafka_error error = wr_log_sole_batch(a->batches, &b);
    if (error == WR_KE_NONE) {
        error = wr_log_verify(&log->producers, &b, a->coordinator, a->now);
    }
    if (error == WR_KE_NONE) {
        error = wr_log_check_batch(log->config, &b, a->now, &restamp);
    }
    if (error == WR_KE_NONE && b.producer_id >= 0) {
        error = wr_log_judge(&log->producers, &b, &duplicate);
    }
    if (error != WR_KE_NONE) {
        return error;
    }
    if (duplicate != NULL) {
        out->duplicate = true;
        out->base_offset = duplicate->last_offset - duplicate->offset_delta;
        out->append_time = duplicate->max_time;
        return WR_KE_NONE;
    }
    log->leader_epoch = a->leader_epoch;
    store(log, &b, restamp, a->now);
    if (b.producer_id >= 0) {
        wr_log_note(&log->producers, &b);
    }
    out->base_offset = b.base_offset;
    out->append_time = log->config->log_append_time ? a->now : -1;
    return WR_KE_NONE;
}

void wr_log_note_abort(struct wr_partition_log *log, const struct wr_log_abort *a)
{
    if (log->abort_count == log->abort_cap) {
        log->abort_cap = log->abort_cap != 0 ? log->abort_cap * 2 : 4;
        log->aborts = wr_realloc_array(log->aborts, log->abort_cap, sizeof *log->aborts);
    }
    log->aborts[log->abort_count++] = *a;
}

void wr_log_note_end(struct wr_partition_log *log, const struct wr_marker *m, int64_t now)
{
    int64_t first_offset = wr_log_note_marker(&log->producers, m, now);
    if (first_offset >= 0 && !m->commit) {
        wr_log_note_abort(log, &(struct wr_log_abort){.producer_id = m->producer_id,
                                                      .first_offset = first_offset,
                                                      .last_offset = log->end - 1});
    }
}

enum wr_kafka_error wr_partition_log_mark(struct wr_partition_log *log, const struct wr_marker *m,
                                          int64_t now)
{
    enum { MARKER_SIZE = 78 };
    enum wr_kafka_error error = wr_log_judge_marker(&log->producers, m);
    if (error != WR_KE_NONE) {
        return error;
    }
    struct wr_batch b;
    struct wr_log_segment *s = room(log, MARKER_SIZE, now, now);
    size_t at = s->bytes.len;
    wr_batch_marker(&s->bytes, m, now);
    wr_assert(wr_batch_read(weir_view(s->bytes.data + at, s->bytes.len - at), &b));
    b.base_offset = log->end;
    added(log, s, &b, now);
    wr_log_note_end(log, m, now);
    return WR_KE_NONE;
}

void wr_log_start_at(struct wr_partition_log *log, int64_t offset)
{
    size_t gone = 0;
    size_t reached = wr_log_segments_to(&log->segments, offset);
    log->start = offset;
    if (offset == log->end) {
        wr_log_segments_drop(&log->segments, log->segments.count);
    } else {
        wr_log_segments_drop(&log->segments, reached != 0 ? reached - 1 : 0);
    }
    while (gone < log->abort_count && log->aborts[gone].last_offset < offset) {
        gone++;
    }
    if (gone != 0) {
        log->abort_count -= gone;
        memmove(log->aborts, log->aborts + gone, log->abort_count * sizeof *log->aborts);
    }
    log->version++;
}

enum wr_kafka_error wr_partition_log_delete_before(struct wr_partition_log *log, int64_t offset)
{
    enum { HIGH_WATERMARK = -1 };
    if (log->config->compact && !log->config->remove) {
        return WR_KE_POLICY_VIOLATION;
    }
    int64_t to = offset == HIGH_WATERMARK ? log->end : offset;
    if (to < 0 || to > log->end) {
        return WR_KE_OFFSET_OUT_OF_RANGE;
    }
    if (to > log->start) {
        wr_log_start_at(log, to);
        wr_log_record_start(log);
    }
    return WR_KE_NONE;
}

/* ---- reading --------------------------------------------------------------------------------- */

int64_t wr_partition_log_start(const struct wr_partition_log *log)
{
    return log->start;
}

int64_t wr_partition_log_end(const struct wr_partition_log *log)
{
    return log->end;
}

int64_t wr_partition_log_stable(const struct wr_partition_log *log)
{
    return wr_max_i64(log->start, wr_log_first_open(&log->producers, log->end));
}

size_t wr_partition_log_bytes(const struct wr_partition_log *log)
{
    size_t sum = 0;
    for (size_t i = 0; i < log->segments.count; i++) {
        sum += log->segments.items[i].bytes.len;
    }
    return sum;
}

uint64_t wr_partition_log_version(const struct wr_partition_log *log)
{
    return log->version;
}

static size_t slot_start(const struct wr_log_segment *s, size_t slot)
{
    return slot < s->count ? s->slots[slot].at : s->bytes.len;
}

/* How far whole batches from the slot on fit into max_bytes and lie below limit. */
static size_t slots_that_fit(const struct wr_log_segment *s, size_t from, size_t max_bytes,
                             int64_t limit)
{
    size_t low = from;
    size_t high = s->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (slot_start(s, middle + 1) - s->slots[from].at <= max_bytes &&
            s->slots[middle].last_offset < limit) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Transactions that were aborted between two offsets, by the offsets of their markers. */
static void list_aborted(const struct wr_partition_log *log, int64_t from, int64_t to,
                         struct wr_log_read *r, struct wr_arena *arena)
{
    size_t first = 0;
    size_t high = log->abort_count;
    while (first < high) {
        size_t middle = first + (high - first) / 2;
        if (log->aborts[middle].last_offset < from) {
            first = middle + 1;
        } else {
            high = middle;
        }
    }
    if (first == log->abort_count) {
        return;
    }
    struct wr_aborted *list = wr_arena_alloc(arena, (log->abort_count - first) * sizeof *list);
    size_t count = 0;
    for (size_t i = first; i < log->abort_count; i++) {
        if (log->aborts[i].first_offset < to) {
            list[count++] = (struct wr_aborted){.producer_id = log->aborts[i].producer_id,
                                                .first_offset = log->aborts[i].first_offset};
        }
    }
    r->aborted = list;
    r->aborted_count = count;
}

enum wr_kafka_error wr_partition_log_read(const struct wr_partition_log *log, struct wr_log_read *r,
                                          struct wr_arena *arena)
{
    struct wr_log_place at;
    r->aborted = NULL;
    r->aborted_count = 0;
    if (r->offset < log->start || r->offset > log->end) {
        return WR_KE_OFFSET_OUT_OF_RANGE;
    }
    int64_t limit = r->committed ? wr_partition_log_stable(log) : log->end;
    if (r->offset >= limit || !wr_log_find(&log->segments, r->offset, &at)) {
        return WR_KE_NONE;
    }
    const struct wr_log_segment *s = &log->segments.items[at.segment];
    size_t to = slots_that_fit(s, at.slot, r->max_bytes, limit);
    if (to == at.slot && r->at_least_one) {
        to++;
    }
    if (to != at.slot) {
        size_t from = s->slots[at.slot].at;
        wr_buf_append(r->out, s->bytes.data + from, slot_start(s, to) - from);
        if (r->committed) {
            list_aborted(log, r->offset, s->slots[to - 1].last_offset + 1, r, arena);
        }
    }
    return WR_KE_NONE;
}

size_t wr_partition_log_producers(const struct wr_partition_log *log, struct wr_arena *arena,
                                  const struct wr_log_producer **out)
{
    const struct wr_log_producers *p = &log->producers;
    struct wr_log_producer *list = wr_arena_alloc(arena, p->count * sizeof *list);
    size_t count = 0;
    for (size_t i = 0; i < p->count; i++) {
        const struct wr_log_writer *w = &p->items[i];
        if (w->epoch >= 0) {
            list[count++] = (struct wr_log_producer){
                .producer_id = w->id,
                .epoch = w->epoch,
                .last_sequence = w->kept_count != 0 ? w->kept[w->kept_count - 1].last_sequence : -1,
                .last_time = w->last_time,
                .coordinator_epoch = w->coordinator_epoch,
                .txn_start = w->txn_start};
        }
    }
    *out = list;
    return count;
}

void wr_partition_log_check(const struct wr_partition_log *log)
{
    int64_t stable = wr_partition_log_stable(log);
    wr_assert(log->start >= 0 && log->start <= stable && stable <= log->end);
    wr_log_segments_check(&log->segments, log->end);
    wr_log_producers_check(&log->producers, log->end);
    for (size_t i = 0; i < log->abort_count; i++) {
        const struct wr_log_abort *a = &log->aborts[i];
        wr_assert(a->first_offset < a->last_offset && a->last_offset < log->end);
        wr_assert(a->last_offset >= log->start);
        wr_assert(i == 0 || log->aborts[i - 1].last_offset < a->last_offset);
    }
}
