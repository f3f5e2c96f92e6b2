/* log_journal.c -- a log's records in the journal, and a log from such records.
 *
 * What is read was checked for damage, not for sense: whatever does not fit the log is refused, so
 * that no file breaks an invariant. Thread: one.
 */
#include "src/base/base.h"

#include <string.h>

#include "broker/log_internal.h"
#include "src/base/endian.h"
#include "src/base/mem.h"

/* Bytes of a batch of a producer, of an aborted transaction, of a producer without batches. */
enum { KEPT = 24, ABORT = 24, WRITER_MIN = 34 };

/* ---- recording ------------------------------------------------------------------------------- */

void wr_partition_log_keep(struct wr_partition_log *log, struct wr_journal *journal,
                           const char *topic, int32_t partition)
{
    log->journal = journal;
    log->topic = topic;
    log->partition = partition;
}

static bool begin(const struct wr_partition_log *log, struct wr_journal *j,
                  enum wr_journal_type type, struct wr_writer *w)
{
    if (!wr_journal_begin(j, type, w)) {
        return false;
    }
    wr_journal_put_text(w, log->topic);
    wr_write_i32(w, log->partition);
    return true;
}

static void put_batch(const struct wr_partition_log *log, struct wr_journal *j,
                      const struct wr_log_segment *s, size_t slot, bool appended)
{
    struct wr_writer w;
    if (begin(log, j, WR_JOURNAL_BATCH, &w)) {
        size_t from = s->slots[slot].at;
        size_t to = slot + 1 < s->count ? s->slots[slot + 1].at : s->bytes.len;
        wr_write_i64(&w, s->modified);
        wr_write_i64(&w, slot == 0 ? s->base_offset : -1);
        wr_write_i64(&w, s->created);
        wr_write_bool(&w, appended);
        wr_buf_append(w.out, s->bytes.data + from, to - from);
        wr_journal_end(j);
    }
}

void wr_log_record_batch(const struct wr_partition_log *log, const struct wr_log_segment *s)
{
    put_batch(log, log->journal, s, s->count - 1, true);
}

void wr_log_record_start(const struct wr_partition_log *log)
{
    struct wr_writer w;
    if (begin(log, log->journal, WR_JOURNAL_LOG_START, &w)) {
        wr_write_i64(&w, log->start);
        wr_journal_end(log->journal);
    }
}

void wr_log_record_cleaned(const struct wr_partition_log *log, int64_t now,
                           int64_t producer_idle_ms)
{
    struct wr_writer w;
    if (begin(log, log->journal, WR_JOURNAL_CLEANED, &w)) {
        wr_write_i64(&w, now);
        wr_write_i64(&w, producer_idle_ms);
        wr_journal_end(log->journal);
    }
}

/* ---- a copy ---------------------------------------------------------------------------------- */

static void put_writer(struct wr_writer *w, const struct wr_log_writer *of)
{
    wr_write_i64(w, of->id);
    wr_write_i64(w, of->txn_start);
    wr_write_i64(w, of->last_time);
    wr_write_i32(w, of->coordinator_epoch);
    wr_write_i16(w, of->epoch);
    wr_write_count(w, of->kept_count);
    for (size_t i = 0; i < of->kept_count; i++) {
        wr_write_i32(w, of->kept[i].last_sequence);
        wr_write_i32(w, of->kept[i].offset_delta);
        wr_write_i64(w, of->kept[i].last_offset);
        wr_write_i64(w, of->kept[i].max_time);
    }
}

/* A producer that only tried to write is forgotten, as by a restarted leader. */
static void put_state(const struct wr_partition_log *log, struct wr_writer *w)
{
    const struct wr_log_producers *p = &log->producers;
    int32_t count = 0;
    for (size_t i = 0; i < p->count; i++) {
        count += p->items[i].epoch >= 0;
    }
    wr_write_i64(w, log->start);
    wr_write_i64(w, log->end);
    wr_write_i64(w, log->clean_end);
    wr_write_i32(w, log->leader_epoch);
    wr_write_count(w, count);
    for (size_t i = 0; i < p->count; i++) {
        if (p->items[i].epoch >= 0) {
            put_writer(w, &p->items[i]);
        }
    }
    wr_write_count(w, (int32_t)log->abort_count);
    for (size_t i = 0; i < log->abort_count; i++) {
        wr_write_i64(w, log->aborts[i].producer_id);
        wr_write_i64(w, log->aborts[i].first_offset);
        wr_write_i64(w, log->aborts[i].last_offset);
    }
}

void wr_partition_log_save(const struct wr_partition_log *log, struct wr_journal *to)
{
    struct wr_writer w;
    for (size_t i = 0; i < log->segments.count; i++) {
        for (size_t slot = 0; slot < log->segments.items[i].count; slot++) {
            put_batch(log, to, &log->segments.items[i], slot, false);
        }
    }
    if (begin(log, to, WR_JOURNAL_LOG, &w)) {
        put_state(log, &w);
        wr_journal_end(to);
    }
}

uint64_t wr_partition_log_copy_size(const struct wr_partition_log *log)
{
    enum { AROUND_BATCH = 46 }; /* of a record, without the topic */
    uint64_t size = 0;
    for (size_t i = 0; i < log->segments.count; i++) {
        const struct wr_log_segment *s = &log->segments.items[i];
        size += s->bytes.len + s->count * (AROUND_BATCH + strlen(log->topic));
    }
    return size;
}

/* ---- loading: batches ------------------------------------------------------------------------ */

static bool batch_fits(const struct wr_partition_log *log, struct weir_bytes bytes, bool appended,
                       struct wr_batch *b)
{
    struct wr_marker m;
    if (!wr_batch_read(bytes, b) || b->bytes.len != bytes.len || !wr_batch_valid(b) ||
        b->max_time < -1 || b->base_offset < log->end || b->base_offset > INT64_MAX / 4 ||
        (appended && b->base_offset != log->end)) {
        return false;
    }
    bool control = (b->attributes & WR_BATCH_CONTROL) != 0;
    if (control && (b->attributes & WR_BATCH_COMPRESSION) != 0) {
        return false;
    }
    return !control || (!appended && b->count == 0) || wr_batch_read_marker(b, &m);
}

static void note(struct wr_partition_log *log, const struct wr_batch *b)
{
    struct wr_marker m;
    if ((b->attributes & WR_BATCH_CONTROL) != 0) {
        wr_assert(wr_batch_read_marker(b, &m));
        wr_log_note_end(log, &m, b->max_time);
    } else if (b->producer_id >= 0) {
        wr_log_note(&log->producers, b);
    }
}

static bool load_batch(struct wr_partition_log *log, struct wr_reader *r)
{
    struct wr_batch b;
    struct wr_log_segments *segments = &log->segments;
    int64_t now = wr_journal_time(r);
    int64_t base_offset = wr_read_i64(r);
    int64_t created = wr_journal_time(r);
    bool appended = wr_read_bool(r);
    struct weir_bytes bytes = weir_view(r->at, (size_t)(r->end - r->at));
    if (r->failed || !batch_fits(log, bytes, appended, &b) ||
        (base_offset < 0 ? segments->count == 0
                         : base_offset < log->end || base_offset > b.base_offset)) {
        return false;
    }
    if (base_offset >= 0) {
        wr_log_segment_add(segments, base_offset, created);
    }
    struct wr_log_segment *s = &segments->items[segments->count - 1];
    wr_buf_bytes(&s->bytes, bytes);
    wr_log_segment_added(s, bytes.len, &b, now);
    log->end = wr_batch_last_offset(&b) + 1;
    if (appended) {
        note(log, &b);
    }
    return true;
}

/* ---- loading: the rest of a copy ------------------------------------------------------------- */

static bool read_writer(struct wr_reader *r, struct wr_log_writer *w, int64_t end)
{
    *w = (struct wr_log_writer){.tried_sequence = -1};
    w->id = wr_read_i64(r);
    w->txn_start = wr_read_i64(r);
    w->last_time = wr_read_i64(r);
    w->coordinator_epoch = wr_read_i32(r);
    w->epoch = wr_read_i16(r);
    int32_t kept = wr_read_count(r, KEPT);
    if (kept < 0 || kept > WR_LOG_KEPT_BATCHES) {
        return false;
    }
    w->kept_count = (uint16_t)kept;
    for (int32_t i = 0; i < kept; i++) {
        struct wr_log_kept *k = &w->kept[i];
        k->last_sequence = wr_read_i32(r);
        k->offset_delta = wr_read_i32(r);
        k->last_offset = wr_read_i64(r);
        k->max_time = wr_read_i64(r);
        if (k->last_offset >= end || (i > 0 && k->last_offset <= k[-1].last_offset)) {
            return false;
        }
    }
    return !r->failed && w->epoch >= 0 && w->txn_start >= -1 && w->txn_start < end &&
           w->last_time >= -1;
}

static bool read_aborts(struct wr_reader *r, struct wr_partition_log *log)
{
    int32_t count = wr_read_count(r, ABORT);
    for (int32_t i = 0; i < count; i++) {
        int64_t producer_id = wr_read_i64(r);
        int64_t first = wr_read_i64(r);
        int64_t last = wr_read_i64(r);
        int64_t before = log->abort_count != 0 ? log->aborts[log->abort_count - 1].last_offset : -1;
        if (first < 0 || first >= last || last <= before || last < log->start || last >= log->end) {
            return false;
        }
        wr_log_note_abort(log, &(struct wr_log_abort){producer_id, first, last});
    }
    return true;
}

static bool load_state(struct wr_partition_log *log, struct wr_reader *r)
{
    struct wr_log_writer w;
    int64_t start = wr_read_i64(r);
    int64_t end = wr_read_i64(r);
    log->clean_end = wr_read_i64(r);
    log->leader_epoch = wr_read_i32(r);
    int32_t count = wr_read_count(r, WRITER_MIN);
    if (start < 0 || start > end || end > INT64_MAX / 4 || log->producers.count != 0 ||
        log->abort_count != 0 || (log->segments.count != 0 ? end != log->end : end < log->end) ||
        log->clean_end < 0 || log->clean_end > end) {
        return false;
    }
    log->start = start;
    log->end = end;
    for (int32_t i = 0; i < count; i++) {
        if (!read_writer(r, &w, end) || !wr_log_writer_load(&log->producers, &w)) {
            return false;
        }
    }
    return read_aborts(r, log) && wr_read_whole(r);
}

/* ---- loading: changes ------------------------------------------------------------------------ */

static bool load_start(struct wr_partition_log *log, struct wr_reader *r)
{
    int64_t start = wr_read_i64(r);
    if (!wr_read_whole(r) || start <= log->start || start > log->end) {
        return false;
    }
    wr_log_start_at(log, start);
    return true;
}

static bool load_cleaned(struct wr_partition_log *log, struct wr_reader *r)
{
    int64_t now = wr_journal_time(r);
    int64_t producer_idle_ms = wr_journal_time(r);
    if (!wr_read_whole(r)) {
        return false;
    }
    wr_partition_log_clean(log, now, producer_idle_ms);
    return true;
}

bool wr_partition_log_load(struct wr_partition_log *log, enum wr_journal_type type,
                           struct wr_reader *r)
{
    log->version++;
    switch (type) {
    case WR_JOURNAL_BATCH:
        return load_batch(log, r);
    case WR_JOURNAL_LOG:
        return load_state(log, r);
    case WR_JOURNAL_LOG_START:
        return load_start(log, r);
    case WR_JOURNAL_CLEANED:
        return load_cleaned(log, r);
    default:
        return false;
    }
}
