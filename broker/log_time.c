/* log_time.c -- finding records by time, as ListOffsets asks. Thread: one. */
#include "src/base/base.h"

#include "broker/log_internal.h"

/* The first slot up to which a time of at least `time` was seen. */
static size_t first_slot_since(const struct wr_log_segment *s, int64_t time)
{
    size_t low = 0;
    size_t high = s->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (s->slots[middle].max_time < time) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* The first record of a batch at or after a time and an offset. Of a compressed batch no record can
 * be seen: it stands for itself. */
static bool find_in_batch(const struct wr_batch *b, int64_t time, int64_t from,
                          struct wr_batch_record *out)
{
    struct wr_batch_iter it;
    if (b->max_time < time || wr_batch_last_offset(b) < from) {
        return false;
    }
    if ((b->attributes & WR_BATCH_COMPRESSION) != 0) {
        *out = (struct wr_batch_record){.offset = wr_max_i64(b->base_offset, from),
                                        .time = b->max_time};
        return true;
    }
    wr_batch_iter_init(&it, b);
    while (wr_batch_next(&it, out) == 1) {
        if (out->time >= time && out->offset >= from) {
            return true;
        }
    }
    return false;
}

void wr_partition_log_find_time(const struct wr_partition_log *log, int64_t time, bool committed,
                                int64_t *offset, int64_t *found_time)
{
    const struct wr_log_segments *segments = &log->segments;
    int64_t limit = committed ? wr_partition_log_stable(log) : log->end;
    struct wr_log_place at;
    struct wr_batch b;
    struct wr_batch_record r;
    *offset = -1;
    *found_time = -1;
    if (!wr_log_find(segments, log->start, &at)) {
        return;
    }
    for (size_t i = at.segment; i < segments->count; i++) {
        const struct wr_log_segment *s = &segments->items[i];
        at = (struct wr_log_place){.segment = i, .slot = first_slot_since(s, time)};
        while (at.slot != s->count && at.segment == i && wr_log_next(segments, &at, &b)) {
            if (find_in_batch(&b, time, log->start, &r)) {
                if (r.offset < limit) {
                    *offset = r.offset;
                    *found_time = r.time;
                }
                return;
            }
        }
    }
}

/* Like Apache Kafka's this looks at all that is still there, also below the start of the log. */
void wr_partition_log_max_time(const struct wr_partition_log *log, int64_t *offset,
                               int64_t *found_time)
{
    const struct wr_log_segments *segments = &log->segments;
    struct wr_log_place at = {0};
    struct wr_batch b;
    struct wr_batch_record r;
    *offset = -1;
    *found_time = -1;
    int64_t greatest = -1;
    for (size_t i = 0; i < segments->count; i++) {
        const struct wr_log_segment *s = &segments->items[i];
        int64_t time = s->slots[s->count - 1].max_time;
        if (i == 0 || time > greatest) {
            at = (struct wr_log_place){.segment = i, .slot = first_slot_since(s, time)};
            greatest = time;
        }
    }
    if (wr_log_next(segments, &at, &b) && find_in_batch(&b, b.max_time, b.base_offset, &r)) {
        *offset = r.offset;
        *found_time = r.time;
    }
}
