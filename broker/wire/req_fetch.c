/* req_fetch.c -- Fetch: waits until there is enough to read or the client's time is over.
 *
 * Sessions (KIP-227) are refused by the session id 0, as a broker without room for them does:
 * clients then name all partitions each time. A waiting fetch is tried anew, from the request,
 * whenever something may have changed; nothing of the logs is held meanwhile.
 */
#include "src/base/base.h"

#include "broker/wire/wire_call.h"

enum {
    RESPONSE_MAX = 55 * 1024 * 1024, /* fetch.max.bytes of a broker */
    SESSION_FIRST = 0,
    SESSION_LAST = -1,
};

struct part {
    int32_t index;
    int32_t leader_epoch;
    int64_t offset;
    int32_t max_bytes;
};

struct topic {
    struct wr_topic_ref ref;
    struct part *parts;
    int32_t part_count;
};

struct fetch {
    int32_t max_wait_ms;
    int32_t min_bytes;
    int32_t max_bytes;
    bool committed;
    int32_t session_id;
    int32_t session_epoch;
    struct topic *topics;
    int32_t topic_count;
};

/* What a try has found. */
struct outcome {
    size_t bytes;
    bool failed; /* an error that the client should know at once */
    bool any;    /* a partition that exists */
};

static void read_part(struct wr_call *c, struct part *p)
{
    p->index = wr_read_i32(&c->in);
    p->leader_epoch = c->version >= 9 ? wr_read_i32(&c->in) : -1;
    p->offset = wr_read_i64(&c->in);
    if (c->version >= 12) {
        wr_read_i32(&c->in); /* last fetched epoch: logs are never cut back here */
    }
    if (c->version >= 5) {
        wr_read_i64(&c->in); /* a follower's log start */
    }
    p->max_bytes = wr_read_i32(&c->in);
    wr_read_tags(&c->in);
}

static bool read_fetch(struct wr_call *c, struct fetch *f)
{
    if (c->version <= 14) {
        wr_read_i32(&c->in); /* replica */
    }
    f->max_wait_ms = wr_read_i32(&c->in);
    f->min_bytes = wr_read_i32(&c->in);
    f->max_bytes = wr_read_i32(&c->in);
    f->committed = wr_read_i8(&c->in) == 1;
    if (c->version >= 7) {
        f->session_id = wr_read_i32(&c->in);
        f->session_epoch = wr_read_i32(&c->in);
    }
    f->topics = wr_call_array(c, 3, sizeof *f->topics, &f->topic_count);
    for (int32_t i = 0; i < f->topic_count; i++) {
        struct topic *t = &f->topics[i];
        t->ref = wr_call_topic(c, c->version >= 13);
        t->parts = wr_call_array(c, 16, sizeof *t->parts, &t->part_count);
        for (int32_t j = 0; j < t->part_count; j++) {
            read_part(c, &t->parts[j]);
        }
        wr_read_tags(&c->in);
    }
    if (c->version >= 7) {
        wr_call_topics(c, c->version >= 13); /* forgotten ones: of sessions */
    }
    if (c->version >= 11) {
        wr_read_string(&c->in); /* rack */
    }
    wr_read_tags(&c->in);
    return wr_read_ok(&c->in);
}

static void put_head(struct wr_call *c, enum wr_kafka_error error, int32_t topic_count)
{
    wr_call_put_throttle(c);
    if (c->version >= 7) {
        wr_call_put_error(c, error);
        wr_write_i32(&c->out, 0); /* session */
    }
    wr_write_count(&c->out, topic_count);
}

/* Null for who does not care; a partition that is not there has none. */
static void put_aborted(struct wr_call *c, const struct wr_partition_log *log,
                        const struct wr_log_read *r)
{
    if (!r->committed && log != NULL) {
        wr_write_count(&c->out, -1);
        return;
    }
    wr_write_count(&c->out, (int32_t)r->aborted_count);
    for (size_t i = 0; i < r->aborted_count; i++) {
        wr_write_i64(&c->out, r->aborted[i].producer_id);
        wr_write_i64(&c->out, r->aborted[i].first_offset);
        wr_write_tags(&c->out);
    }
}

/* log is NULL if there is none. */
static void put_part(struct wr_call *c, int32_t index, enum wr_kafka_error error,
                     const struct wr_partition_log *log, const struct wr_log_read *r)
{
    bool ok = error == WR_KE_NONE;
    wr_write_i32(&c->out, index);
    wr_call_put_error(c, error);
    wr_write_i64(&c->out, ok ? wr_partition_log_end(log) : -1);
    wr_write_i64(&c->out, ok ? wr_partition_log_stable(log) : -1);
    if (c->version >= 5) {
        wr_write_i64(&c->out, ok ? wr_partition_log_start(log) : -1);
    }
    put_aborted(c, log, r);
    if (c->version >= 11) {
        wr_write_i32(&c->out, -1); /* no better replica */
    }
    wr_write_bytes(&c->out, wr_buf_view(r->out));
    wr_write_tags(&c->out);
}

static void try_part(struct wr_call *c, const struct fetch *f, const struct topic *t,
                     const struct part *p, struct outcome *o)
{
    const struct wr_topic_entry *e = wr_call_find(c, &t->ref);
    const struct wr_partition_log *log = NULL;
    size_t left = (size_t)wr_max_i64(0, wr_min_i64(f->max_bytes, RESPONSE_MAX));
    left = left > o->bytes ? left - o->bytes : 0;
    struct wr_log_read r = {
        .offset = p->offset,
        .max_bytes = wr_min_size((size_t)wr_max_i64(0, p->max_bytes), left),
        .at_least_one = o->bytes == 0,
        .committed = f->committed,
        .out = &c->wire->records,
    };
    enum wr_kafka_error error = wr_call_missing(&t->ref);
    wr_buf_reset(r.out);
    wr_arena_reset(&c->wire->scratch);
    if (wr_topic_has(e, p->index)) {
        o->any = true;
        log = e->partitions[p->index];
        error = wr_call_check_epoch(p->leader_epoch);
        if (error == WR_KE_NONE) {
            error = wr_partition_log_read(log, &r, &c->wire->scratch);
        }
        o->failed |= error != WR_KE_NONE;
    } else if (e != NULL) {
        error = WR_KE_UNKNOWN_TOPIC_OR_PARTITION;
    }
    o->bytes += r.out->len;
    put_part(c, p->index, error, log, &r);
    if (r.out->cap > WR_WIRE_KEEP) {
        wr_buf_free(r.out);
    }
}

/* Write the whole answer, and take it back if the client would rather wait. */
static enum wr_outcome try_fetch(struct wr_call *c)
{
    const struct fetch *f = c->state;
    struct outcome o = {0};
    size_t start = c->out.out->len;
    put_head(c, WR_KE_NONE, f->topic_count);
    for (int32_t i = 0; i < f->topic_count; i++) {
        const struct topic *t = &f->topics[i];
        wr_call_put_topic(c, &t->ref);
        wr_write_count(&c->out, t->part_count);
        for (int32_t j = 0; j < t->part_count; j++) {
            try_part(c, f, t, &t->parts[j], &o);
        }
        wr_write_tags(&c->out);
    }
    wr_write_tags(&c->out);
    bool enough = (int64_t)o.bytes >= f->min_bytes || o.failed || !o.any;
    if (enough || c->wire->now >= c->deadline) {
        return WR_ANSWERED;
    }
    c->out.out->len = start;
    return WR_WAITS;
}

enum wr_outcome wr_req_fetch(struct wr_call *c)
{
    struct fetch *f = WR_ARENA_NEW(&c->arena, struct fetch);
    f->session_epoch = SESSION_LAST;
    if (!read_fetch(c, f)) {
        return WR_REFUSED;
    }
    if (f->session_epoch != SESSION_FIRST && f->session_epoch != SESSION_LAST) {
        put_head(c, WR_KE_FETCH_SESSION_ID_NOT_FOUND, 0);
        wr_write_tags(&c->out);
        return WR_ANSWERED;
    }
    c->state = f;
    c->again = try_fetch;
    c->deadline = c->wire->now + f->max_wait_ms;
    return try_fetch(c);
}
