/* sim_read.c -- the checkers' own readers of logs: what a read_committed reader sees, and what has
 * been decided, also behind a transaction that is still open. */
#include "src/base/base.h"

#include "broker/broker.h"
#include "src/base/endian.h"
#include "src/base/mem.h"
#include "testkit/sim_world_impl.h"

enum { READ_BYTES = 1 << 20, PRODUCERS_MAX = 64, MARKERS_MAX = 512 };

/* ---- read_committed -------------------------------------------------------------------------- */

struct reader {
    const struct wr_aborted *aborted;
    size_t aborted_count;
    struct {
        int64_t id;
        bool is;
    } aborting[PRODUCERS_MAX];
    size_t count;
};

/* Whether a batch belongs to an aborted transaction: one of its producer began at or before it and
 * was not over. */
static bool *aborting(struct reader *r, const struct wr_batch *b)
{
    size_t i = 0;
    while (i < r->count && r->aborting[i].id != b->producer_id) {
        i++;
    }
    if (i == r->count) {
        wr_assert(i < PRODUCERS_MAX);
        r->aborting[r->count].is = false;
        r->aborting[r->count++].id = b->producer_id;
    }
    for (size_t k = 0; k < r->aborted_count; k++) {
        if (r->aborted[k].producer_id == b->producer_id &&
            r->aborted[k].first_offset == b->base_offset) {
            r->aborting[i].is = true;
        }
    }
    return &r->aborting[i].is;
}

/* Read on from an offset; returns where to go on. */
static int64_t see_some(const struct wr_partition_log *log, int64_t from, struct reader *reader,
                        int64_t below, void (*each)(void *arg, const struct wr_sim_seen *r),
                        void *arg)
{
    struct wr_buf bytes = {0};
    struct wr_arena arena;
    wr_arena_init(&arena, 4096);
    struct wr_log_read read = {.offset = from,
                               .max_bytes = READ_BYTES,
                               .at_least_one = true,
                               .committed = true,
                               .out = &bytes};
    enum wr_kafka_error e = wr_partition_log_read(log, &read, &arena);
    wr_assert(e == WR_KE_NONE);
    reader->aborted = read.aborted;
    reader->aborted_count = read.aborted_count;
    struct wr_batch b;
    for (size_t at = 0;
         at < bytes.len && wr_batch_read(weir_view(bytes.data + at, bytes.len - at), &b);
         at += b.bytes.len) {
        bool *is = aborting(reader, &b);
        struct wr_batch_iter it;
        struct wr_batch_record r;
        bool control = (b.attributes & WR_BATCH_CONTROL) != 0;
        bool transactional = (b.attributes & WR_BATCH_TRANSACTIONAL) != 0;
        from = wr_batch_last_offset(&b) + 1;
        *is = *is && !control;
        wr_batch_iter_init(&it, &b);
        while (!control && !(*is && transactional) && wr_batch_next(&it, &r) > 0 &&
               r.offset < below) {
            each(arg, &(struct wr_sim_seen){r.offset, r.time, r.key, r.value});
        }
    }
    wr_arena_free(&arena);
    wr_buf_free(&bytes);
    return from;
}

void wr_sim_see(const struct wr_partition_log *log, int64_t below,
                void (*each)(void *arg, const struct wr_sim_seen *r), void *arg)
{
    struct reader reader = {.count = 0};
    int64_t at = wr_partition_log_start(log);
    int64_t end = wr_min_i64(below, wr_partition_log_stable(log));
    while (at < end) {
        int64_t next = see_some(log, at, &reader, below, each, arg);
        wr_assert(next > at);
        at = next;
    }
}

/* ---- what has been decided ------------------------------------------------------------------- */

struct marker {
    struct wr_marker what;
    int64_t offset;
};

struct markers {
    struct marker list[MARKERS_MAX];
    size_t count;
};

/* The whole log, batch by batch. */
static void each_batch(const struct wr_partition_log *log,
                       void (*each)(void *arg, const struct wr_batch *b), void *arg)
{
    struct wr_buf bytes = {0};
    struct wr_arena arena;
    struct wr_batch b;
    int64_t at = wr_partition_log_start(log);
    wr_arena_init(&arena, 512);
    while (at < wr_partition_log_end(log)) {
        struct wr_log_read read = {
            .offset = at, .max_bytes = READ_BYTES, .at_least_one = true, .out = &bytes};
        wr_buf_reset(&bytes);
        enum wr_kafka_error e = wr_partition_log_read(log, &read, &arena);
        wr_assert(e == WR_KE_NONE && bytes.len != 0);
        for (size_t i = 0; i < bytes.len; i += b.bytes.len) {
            bool whole = wr_batch_read(weir_view(bytes.data + i, bytes.len - i), &b);
            wr_assert(whole);
            each(arg, &b);
            at = wr_batch_last_offset(&b) + 1;
        }
    }
    wr_arena_free(&arena);
    wr_buf_free(&bytes);
}

static void take_marker(void *arg, const struct wr_batch *b)
{
    struct markers *m = arg;
    struct marker found = {.offset = b->base_offset};
    if ((b->attributes & WR_BATCH_CONTROL) == 0 || b->count == 0) {
        return;
    }
    wr_assert(m->count < MARKERS_MAX && wr_batch_read_marker(b, &found.what));
    m->list[m->count++] = found;
}

struct decided {
    struct markers markers;
    void (*each)(void *arg, const struct wr_sim_seen *r);
    void *arg;
};

static bool is_committed(const struct decided *d, const struct wr_batch *b)
{
    for (size_t i = 0; i < d->markers.count; i++) {
        const struct marker *m = &d->markers.list[i];
        if (m->what.producer_id == b->producer_id && m->offset > b->base_offset) {
            return m->what.commit;
        }
    }
    return false;
}

static void take_batch(void *arg, const struct wr_batch *b)
{
    const struct decided *d = arg;
    bool transactional = (b->attributes & WR_BATCH_TRANSACTIONAL) != 0;
    struct wr_batch_iter it;
    struct wr_batch_record r;
    if ((b->attributes & WR_BATCH_CONTROL) != 0 || (transactional && !is_committed(d, b))) {
        return;
    }
    wr_batch_iter_init(&it, b);
    while (wr_batch_next(&it, &r) > 0) {
        d->each(d->arg, &(struct wr_sim_seen){r.offset, r.time, r.key, r.value});
    }
}

void wr_sim_see_decided(const struct wr_partition_log *log,
                        void (*each)(void *arg, const struct wr_sim_seen *r), void *arg)
{
    struct decided d = {.each = each, .arg = arg};
    each_batch(log, take_marker, &d.markers);
    each_batch(log, take_batch, &d);
}
