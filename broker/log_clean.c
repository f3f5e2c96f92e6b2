/* log_clean.c -- what a broker does with old data: retention and compaction.
 *
 * Compaction goes as Apache Kafka's: over whole segments, never the active one, nor one that is not
 * yet stable or too young. Of each key the last record that was not aborted stays. A tombstone, or
 * a marker whose transaction has no batch left, gets a delete horizon when it is first seen
 * (KIP-534) and goes when that is past. The last batch of a producer stays, if need be without
 * records, because a restarted broker learns the producer's sequence from it, and so does the last
 * batch of a run.
 * LIMIT: a compressed batch stays as it is unless it was aborted; its keys are not looked at.
 * Thread: one.
 */
#include "src/base/base.h"

#include <string.h>

#include "broker/log_internal.h"
#include "src/base/mem.h"

/* ---- retention ------------------------------------------------------------------------------- */

static void retain(struct wr_partition_log *log, int64_t now)
{
    const struct wr_log_config *config = log->config;
    const struct wr_log_segments *segments = &log->segments;
    size_t gone = 0;
    if (config->retention_bytes >= 0) {
        uint64_t size = wr_partition_log_bytes(log);
        while (gone < segments->count && size >= (uint64_t)config->retention_bytes &&
               size - (uint64_t)config->retention_bytes >= segments->items[gone].bytes.len) {
            size -= segments->items[gone++].bytes.len;
        }
    }
    while (config->retention_ms >= 0 && gone < segments->count &&
           now - wr_log_segment_time(&segments->items[gone]) > config->retention_ms) {
        gone++;
    }
    if (gone != 0) {
        int64_t start = gone < segments->count ? segments->items[gone].base_offset : log->end;
        wr_log_start_at(log, wr_max_i64(log->start, start));
    }
}

/* ---- compaction: what to look at ------------------------------------------------------------- */

struct cleaning {
    struct wr_partition_log *log;
    int64_t now;
    size_t segments; /* as many are compacted */
    int64_t from;    /* the first offset that was not looked at before */
    int64_t to;      /* where the first segment that is not compacted begins */
    struct wr_log_keys keys;
    struct wr_log_fates fates;
    struct wr_log_abort *aborts; /* those that are still needed */
    size_t abort_count;
};

/* Which segments may be compacted, and whether it is worth it. */
static bool find_work(struct cleaning *c)
{
    struct wr_partition_log *log = c->log;
    const struct wr_log_segments *segments = &log->segments;
    if (segments->count < 2) {
        return false;
    }
    c->from = wr_max_i64(log->clean_end, log->start);
    size_t dirty = wr_log_segments_to(segments, c->from);
    dirty -= dirty != 0;
    size_t last = wr_log_segments_to(segments, wr_partition_log_stable(log));
    last = wr_min_size(last - (last != 0), segments->count - 1);
    c->segments = dirty;
    size_t dirty_bytes = 0;
    size_t clean_bytes = 0;
    while (c->segments < last && (log->config->min_compaction_lag_ms <= 0 ||
                                  wr_log_segment_time(&segments->items[c->segments]) <=
                                      c->now - log->config->min_compaction_lag_ms)) {
        dirty_bytes += segments->items[c->segments++].bytes.len;
    }
    c->to = segments->items[c->segments].base_offset;
    for (size_t i = 0; i < c->segments && segments->items[i].base_offset < c->from; i++) {
        clean_bytes += segments->items[i].bytes.len;
    }
    return dirty_bytes != 0 && (double)dirty_bytes / (double)(dirty_bytes + clean_bytes) >
                                   log->config->min_cleanable_ratio;
}

static void find_keys(struct cleaning *c)
{
    struct wr_log_place at;
    struct wr_batch b;
    struct wr_batch_iter it;
    struct wr_batch_record r;
    const struct wr_log_abort *abort;
    wr_log_fates_init(&c->fates, c->log, c->from);
    wr_log_find(&c->log->segments, c->from, &at);
    while (at.segment < c->segments && wr_log_next(&c->log->segments, &at, &b)) {
        if (wr_log_fates_see(&c->fates, &b, &abort) ||
            (b.attributes & (WR_BATCH_CONTROL | WR_BATCH_COMPRESSION)) != 0) {
            continue;
        }
        for (wr_batch_iter_init(&it, &b); wr_batch_next(&it, &r) == 1;) {
            if (!weir_is_null(r.key)) {
                wr_log_keys_put(&c->keys, r.key, r.offset);
            }
        }
    }
    wr_log_fates_free(&c->fates);
}

/* ---- compaction: a batch --------------------------------------------------------------------- */

enum keep { KEEP_NOTHING, KEEP_HEADER, KEEP_SOME, KEEP_ALL };

static bool past_horizon(const struct cleaning *c, const struct wr_batch *b)
{
    return (b->attributes & WR_BATCH_DELETE_HORIZON) != 0 && b->first_time <= c->now;
}

static bool record_stays(const struct cleaning *c, const struct wr_batch *b,
                         const struct wr_batch_record *r)
{
    if ((b->attributes & WR_BATCH_CONTROL) != 0) {
        return true;
    }
    return !weir_is_null(r->key) && r->offset >= wr_log_keys_get(&c->keys, r->key) &&
           (!weir_is_null(r->value) || !past_horizon(c, b));
}

/* Whether the batch is where the producer's state comes from. */
static bool last_of_producer(const struct cleaning *c, const struct wr_batch *b)
{
    const struct wr_log_writer *w = wr_log_writer_find(&c->log->producers, b->producer_id);
    if (b->producer_id < 0 || w == NULL) {
        return false;
    }
    if (w->kept_count != 0) {
        return wr_batch_last_offset(b) == w->kept[w->kept_count - 1].last_offset;
    }
    return (b->attributes & WR_BATCH_CONTROL) != 0 && b->producer_epoch == w->epoch;
}

/* What stays of a batch of which the transaction's end says that it is needless or not. *tombstones
 * is whether a record without a value stays. */
static enum keep judge(const struct cleaning *c, const struct wr_batch *b, bool needless,
                       bool *tombstones)
{
    struct wr_batch_iter it;
    struct wr_batch_record r;
    bool control = (b->attributes & WR_BATCH_CONTROL) != 0;
    int32_t stays = 0;
    *tombstones = false;
    if (!needless || (control && !past_horizon(c, b))) {
        if ((b->attributes & WR_BATCH_COMPRESSION) != 0) {
            return KEEP_ALL;
        }
        for (wr_batch_iter_init(&it, b); wr_batch_next(&it, &r) == 1;) {
            if (record_stays(c, b, &r)) {
                stays++;
                *tombstones = *tombstones || weir_is_null(r.value);
            }
        }
    }
    if (stays != 0) {
        return stays == b->count ? KEEP_ALL : KEEP_SOME;
    }
    return last_of_producer(c, b) || wr_batch_last_offset(b) + 1 == c->to ? KEEP_HEADER
                                                                          : KEEP_NOTHING;
}

/* Write what stays of a batch; horizon -1: it has one already, or needs none. */
static void rewrite(const struct cleaning *c, const struct wr_batch *b, enum keep keep,
                    int64_t horizon, struct wr_buf *out)
{
    struct wr_batch_builder builder;
    struct wr_batch_iter it;
    struct wr_batch_record r;
    struct wr_batch head = *b;
    if (horizon >= 0) {
        head.attributes |= WR_BATCH_DELETE_HORIZON;
        head.first_time = horizon;
    }
    if (keep == KEEP_HEADER) {
        head.attributes &= (uint16_t) ~(WR_BATCH_DELETE_HORIZON | WR_BATCH_COMPRESSION);
    }
    wr_batch_start(&builder, out, &head);
    wr_batch_iter_init(&it, b);
    while (keep != KEEP_HEADER && wr_batch_next(&it, &r) == 1) {
        if (record_stays(c, b, &r)) {
            wr_batch_add(&builder, &r);
        }
    }
    if (keep == KEEP_HEADER) {
        builder.max_time = b->max_time;
    }
    builder.last_offset = wr_batch_last_offset(b);
    wr_batch_finish(&builder);
}

static void clean_batch(struct cleaning *c, const struct wr_batch *b, struct wr_log_segment *into)
{
    const struct wr_log_abort *abort;
    struct wr_batch written;
    bool tombstones;
    bool needless = wr_log_fates_see(&c->fates, b, &abort);
    enum keep keep = judge(c, b, needless, &tombstones);
    if (abort != NULL) {
        c->aborts[c->abort_count++] = *abort;
    }
    if (keep == KEEP_NOTHING) {
        return;
    }
    bool marker = needless && (b->attributes & WR_BATCH_CONTROL) != 0;
    bool new_horizon = (tombstones || marker) && (b->attributes & WR_BATCH_DELETE_HORIZON) == 0;
    size_t at = into->bytes.len;
    if (keep == KEEP_ALL && !new_horizon) {
        wr_buf_bytes(&into->bytes, b->bytes);
    } else {
        int64_t horizon = new_horizon ? c->now + c->log->config->delete_retention_ms : -1;
        rewrite(c, b, keep, horizon, &into->bytes);
    }
    wr_assert(wr_batch_read(weir_view(into->bytes.data + at, into->bytes.len - at), &written));
    wr_log_segment_added(into, written.bytes.len, &written, c->now);
}

/* ---- compaction: segments -------------------------------------------------------------------- */

/* Clean segments from `first` on into one, as many as surely fit; returns the next one. */
static size_t clean_group(struct cleaning *c, size_t first, struct wr_log_segments *out)
{
    const struct wr_log_segments *segments = &c->log->segments;
    const struct wr_log_config *config = c->log->config;
    struct wr_log_segment *into =
        wr_log_segment_add(out, segments->items[first].base_offset, c->now);
    struct wr_log_place at = {.segment = first};
    struct wr_batch b;
    uint64_t size = segments->items[first].bytes.len;
    size_t end = first + 1;
    while (end < c->segments &&
           (config->segment_bytes < 0 ||
            size + segments->items[end].bytes.len <= (uint64_t)config->segment_bytes)) {
        size += segments->items[end++].bytes.len;
    }
    while (at.segment < end && wr_log_next(segments, &at, &b)) {
        clean_batch(c, &b, into);
    }
    into->modified = segments->items[end - 1].modified;
    if (into->count == 0) {
        out->count--; /* nothing was allocated */
    }
    return end;
}

/* Put the cleaned segments in the place of the first c->segments ones. */
static void replace(struct cleaning *c, struct wr_log_segments *cleaned)
{
    struct wr_log_segments *segments = &c->log->segments;
    wr_log_segments_drop(segments, c->segments);
    wr_assert(cleaned->count <= c->segments);
    memmove(segments->items + cleaned->count, segments->items,
            segments->count * sizeof *segments->items);
    memcpy(segments->items, cleaned->items, cleaned->count * sizeof *cleaned->items);
    segments->count += cleaned->count;
    wr_free(cleaned->items);
}

/* Forget the aborted transactions of which nothing is left. */
static void keep_aborts(struct cleaning *c)
{
    struct wr_partition_log *log = c->log;
    size_t i = 0;
    while (i < log->abort_count && log->aborts[i].last_offset < c->to) {
        i++;
    }
    size_t later = log->abort_count - i;
    wr_assert(c->abort_count <= i);
    memmove(log->aborts + c->abort_count, log->aborts + i, later * sizeof *log->aborts);
    memcpy(log->aborts, c->aborts, c->abort_count * sizeof *log->aborts);
    log->abort_count = c->abort_count + later;
}

static void compact(struct wr_partition_log *log, int64_t now)
{
    struct cleaning c = {.log = log, .now = now};
    struct wr_log_segments cleaned = {0};
    if (!find_work(&c)) {
        return;
    }
    find_keys(&c);
    wr_log_fates_init(&c.fates, log, 0);
    if (log->abort_count != 0) {
        c.aborts = wr_calloc(log->abort_count, sizeof *c.aborts);
    }
    for (size_t i = 0; i < c.segments;) {
        i = clean_group(&c, i, &cleaned);
    }
    replace(&c, &cleaned);
    if (c.aborts != NULL) {
        keep_aborts(&c);
    }
    log->clean_end = c.to;
    log->version++;
    wr_log_keys_free(&c.keys);
    wr_log_fates_free(&c.fates);
    wr_free(c.aborts);
}

bool wr_partition_log_clean(struct wr_partition_log *log, int64_t now, int64_t producer_idle_ms)
{
    uint64_t before = log->version;
    if (log->config->remove) {
        retain(log, now);
    }
    if (log->config->compact) {
        compact(log, now);
    }
    log->version += wr_log_producers_expire(&log->producers, now, producer_idle_ms);
    bool changed = log->version != before;
    if (changed) {
        wr_log_record_cleaned(log, now, producer_idle_ms);
    }
    return changed;
}
