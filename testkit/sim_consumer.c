/* sim_consumer.c -- consumers of a simulation: each partition fetches ahead what a read_committed
 * reader may see, and is told by its log when there is more.
 *
 * An end of partition is reported each time that the position comes to the last stable offset, also
 * when only records that nobody may see lie between. */
#include "src/base/base.h"

#include <string.h>

#include "src/base/err.h"
#include "src/kproto/varint.h"
#include "testkit/sim_impl.h"

enum { AHEAD_MAX = 64, FETCH_BYTES = 4096, ABORTED_MAX = 64 };

/* What one fetch has brought; its messages are views into it. */
struct chunk {
    struct wr_buf bytes;
    size_t refs;
};

struct partition {
    struct wr_partition base;
    struct wr_sim_consumer *consumer;
    struct wr_sim_watch watch;
    const struct wr_partition_log *log;
    struct wr_sim_event fetch;
    int64_t next; /* to fetch */
    int64_t eof;  /* the last end that was reported; -1: none */
    bool failed;  /* out of range: until it is rewound */
    struct wr_message *queue;
    size_t count;
    size_t cap;
    size_t taken; /* of the queue */
};

static struct wr_sim *sim_of(const struct partition *p)
{
    return wr_sim_of(p->consumer->k);
}

/* ---- handles --------------------------------------------------------------------------------- */

enum weir_code wr_sim_consumer_open(struct wr_kafka *k, const struct wr_consumer_options *options,
                                    struct wr_consumer **out, struct weir_error *err)
{
    WR_UNUSED(err);
    struct wr_sim_consumer *c = WR_NEW(struct wr_sim_consumer);
    c->base.ops = &wr_sim_ops;
    c->k = (struct wr_sim_kafka *)k;
    c->wake = options->wake;
    *out = &c->base;
    return WEIR_OK;
}

void wr_sim_consumer_close(struct wr_consumer *base)
{
    struct wr_sim_consumer *c = (struct wr_sim_consumer *)base;
    while (c->partitions.count != 0) {
        wr_sim_unassign(c->partitions.items[c->partitions.count - 1]);
    }
    wr_ptrs_free(&c->partitions);
    wr_free(c);
}

bool wr_sim_consumer_error(struct wr_consumer *c, struct wr_handle_error *e)
{
    return wr_sim_handle_error(((struct wr_sim_consumer *)c)->k, e);
}

/* ---- fetching -------------------------------------------------------------------------------- */

static struct wr_message *push(struct partition *p, enum wr_message_kind kind, int64_t offset)
{
    if (p->taken == p->count) {
        p->taken = p->count = 0;
    }
    if (p->count == p->cap) {
        p->cap = 2 * p->cap + 16;
        p->queue = wr_realloc_array(p->queue, p->cap, sizeof *p->queue);
    }
    struct wr_message *m = &p->queue[p->count++];
    *m = (struct wr_message){.kind = kind, .offset = offset, .time = -1, .ops = &wr_sim_ops};
    return m;
}

static void unref(struct chunk *c)
{
    if (--c->refs == 0) {
        wr_buf_free(&c->bytes);
        wr_free(c);
    }
}

static void push_records(struct partition *p, struct chunk *chunk, const struct wr_batch *b)
{
    struct wr_batch_iter it;
    struct wr_batch_record r;
    wr_batch_iter_init(&it, b);
    while (wr_batch_next(&it, &r) > 0) {
        if (r.offset >= p->next) {
            struct wr_message *m = push(p, WR_MESSAGE_RECORD, r.offset);
            m->key = r.key;
            m->value = r.value;
            m->time = r.time;
            m->has_headers = r.headers.len > 1;
            m->owner = chunk;
            chunk->refs++;
        }
    }
}

/* The aborted transactions that touch what was read; those whose marker was seen are over. */
struct aborting {
    const struct wr_aborted *list;
    size_t count;
    bool over[ABORTED_MAX];
};

/* Whether a batch belongs to one of them. */
static bool is_aborted(struct aborting *a, const struct wr_batch *b)
{
    bool aborted = false;
    for (size_t i = 0; i < a->count; i++) {
        if (!a->over[i] && a->list[i].producer_id == b->producer_id &&
            a->list[i].first_offset <= b->base_offset) {
            aborted = true;
            a->over[i] = (b->attributes & WR_BATCH_CONTROL) != 0;
        }
    }
    return aborted;
}

static void decode(struct partition *p, struct chunk *chunk, const struct wr_log_read *r)
{
    struct aborting aborting = {.list = r->aborted, .count = r->aborted_count};
    wr_assert(r->aborted_count <= ABORTED_MAX);
    size_t at = 0;
    struct wr_batch b;
    while (at < chunk->bytes.len &&
           wr_batch_read(weir_view(chunk->bytes.data + at, chunk->bytes.len - at), &b)) {
        bool aborted = is_aborted(&aborting, &b);
        if ((b.attributes & WR_BATCH_CONTROL) == 0 &&
            !(aborted && (b.attributes & WR_BATCH_TRANSACTIONAL) != 0)) {
            push_records(p, chunk, &b);
        }
        p->next = wr_max_i64(p->next, wr_batch_last_offset(&b) + 1);
        at += b.bytes.len;
    }
}

static void wake(const struct partition *p)
{
    if (p->consumer->wake != NULL) {
        wr_wake_signal(p->consumer->wake);
    }
}

static void plan_fetch(struct partition *p)
{
    if (!wr_sim_waits(&p->fetch) && !p->failed && p->count - p->taken < AHEAD_MAX) {
        wr_sim_at(sim_of(p), &p->fetch, sim_of(p)->now + wr_sim_way(sim_of(p)));
    }
}

static void fire_fetch(struct wr_sim_event *e)
{
    struct partition *p = WR_CONTAINER_OF(e, struct partition, fetch);
    struct chunk *chunk = WR_NEW(struct chunk);
    struct wr_arena arena;
    wr_arena_init(&arena, 512);
    chunk->refs = 1;
    struct wr_log_read r = {
        .offset = p->next,
        .max_bytes = FETCH_BYTES,
        .at_least_one = true,
        .committed = true,
        .out = &chunk->bytes,
    };
    size_t before = p->count - p->taken;
    int64_t from = p->next;
    enum wr_kafka_error error = wr_partition_log_read(p->log, &r, &arena);
    if (error == WR_KE_NONE) {
        decode(p, chunk, &r);
    } else {
        p->failed = true;
        push(p, WR_MESSAGE_ERROR, p->next)->code = wr_sim_code(error);
    }
    wr_arena_free(&arena);
    unref(chunk);
    wr_sim_note(sim_of(p), "fetch", from, p->next);
    if (!p->failed && p->next >= wr_partition_log_stable(p->log)) {
        if (p->eof != p->next) {
            p->eof = p->next;
            push(p, WR_MESSAGE_EOF, p->next);
        }
    } else {
        plan_fetch(p);
    }
    if (p->count - p->taken != before) {
        wake(p);
    }
}

static void log_changed(struct wr_sim_watch *w)
{
    plan_fetch(WR_CONTAINER_OF(w, struct partition, watch));
}

/* ---- assignment ------------------------------------------------------------------------------ */

enum weir_code wr_sim_assign(struct wr_consumer *base, const char *topic, int32_t partition,
                             int64_t offset, struct wr_partition **out, struct weir_error *err)
{
    struct wr_sim_consumer *c = (struct wr_sim_consumer *)base;
    const struct wr_partition_log *log =
        wr_topics_partition(wr_sim_broker(c->k)->topics, topic, partition);
    if (log == NULL) {
        return wr_fail(err, WEIR_ENOTOPIC, "topic \"%s\" has no partition %d", topic,
                       (int)partition);
    }
    struct partition *p = WR_NEW(struct partition);
    p->base.ops = &wr_sim_ops;
    p->consumer = c;
    p->log = log;
    p->watch = (struct wr_sim_watch){.log = log, .changed = log_changed};
    p->fetch = (struct wr_sim_event){.fire = fire_fetch, .process = c->k->o.process};
    p->next = offset;
    p->eof = -1;
    wr_ptrs_push(&c->partitions, p);
    wr_sim_watch(c->k->o.net, &p->watch);
    if (!c->k->cut) {
        plan_fetch(p);
    }
    *out = &p->base;
    return WEIR_OK;
}

static void drop_queue(struct partition *p)
{
    if (p->count != p->taken) {
        wr_sim_release(p->queue + p->taken, p->count - p->taken);
    }
    p->taken = p->count = 0;
}

void wr_sim_unassign(struct wr_partition *base)
{
    struct partition *p = (struct partition *)base;
    drop_queue(p);
    wr_sim_cancel(sim_of(p), &p->fetch);
    wr_sim_unwatch(p->consumer->k->o.net, &p->watch);
    wr_ptrs_remove(&p->consumer->partitions, p);
    wr_free(p->queue);
    wr_free(p);
}

enum weir_code wr_sim_rewind(struct wr_partition *base, int64_t offset, struct weir_error *err)
{
    struct partition *p = (struct partition *)base;
    WR_UNUSED(err);
    drop_queue(p);
    p->next = offset;
    p->eof = -1;
    p->failed = false;
    plan_fetch(p);
    return WEIR_OK;
}

/* ---- messages -------------------------------------------------------------------------------- */

size_t wr_sim_take(struct wr_partition *base, struct wr_message *out, size_t max)
{
    struct partition *p = (struct partition *)base;
    size_t n = wr_min_size(max, p->count - p->taken);
    if (n > 1 && wr_sim_draw(sim_of(p), 4) == 0) {
        n = 1 + (size_t)wr_sim_draw(sim_of(p), (int64_t)n);
    }
    if (p->consumer->k->cut || n == 0) {
        return 0;
    }
    memcpy(out, p->queue + p->taken, n * sizeof *out);
    p->taken += n;
    if (p->next < wr_partition_log_stable(p->log)) {
        plan_fetch(p);
    }
    return n;
}

void wr_sim_release(struct wr_message *messages, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (messages[i].owner != NULL) {
            unref(messages[i].owner);
            messages[i].owner = NULL;
        }
    }
}

/* Name or value of a header; the null view if it has none. */
static struct weir_bytes header_part(const char **at, const char *end)
{
    int64_t len = -1;
    *at += wr_varint_decode(*at, (size_t)(end - *at), &len);
    if (len < 0) {
        return weir_null();
    }
    wr_assert(len <= end - *at);
    struct weir_bytes part = weir_view(*at, (size_t)len);
    *at += len;
    return part;
}

/* The headers of a message lie behind its value. */
struct weir_headers wr_sim_headers(const struct wr_message *m, struct wr_arena *arena)
{
    const struct chunk *c = m->owner;
    const char *end = c->bytes.data + c->bytes.len;
    struct weir_bytes last = m->value.data != NULL ? m->value : m->key;
    int64_t count = 0;
    const char *at = (const char *)last.data + last.len;
    at += m->value.data == NULL; /* the length of a null value is one byte */
    at += wr_varint_decode(at, (size_t)(end - at), &count);
    struct weir_header *items = wr_arena_alloc(arena, (size_t)count * sizeof *items);
    for (int64_t i = 0; i < count; i++) {
        items[i].name = header_part(&at, end);
        items[i].value = header_part(&at, end);
    }
    return (struct weir_headers){items, (size_t)count};
}
