/* sim_producer.c -- producers of a simulation: records are buffered, put into batches and sent some
 * time later, in order for each partition, with the sequences of an idempotent producer.
 *
 * A partition is added to the transaction by a request of its own before its first batch. What is
 * on its way when a transaction is aborted is waited for (sim_txn.c). A producer without
 * transactions has its identity from the beginning, and may give up what it has not sent yet. */
#include "src/base/base.h"

#include <string.h>

#include "src/base/err.h"
#include "testkit/sim_impl.h"

enum {
    LINGER_MS = 8,
    BATCH_BYTES = 16384,
    MAX_RECORD = 1000000,
    SHORT_BATCH = 8,
    UNKNOWN_MS = 300
};

enum weir_code wr_sim_producer_open(struct wr_kafka *k, const char *transactional_id,
                                    const char *const *topics, size_t count,
                                    struct wr_producer **out, struct weir_error *err)
{
    WR_UNUSED(err);
    struct wr_sim_producer *p = WR_NEW(struct wr_sim_producer);
    p->base.ops = &wr_sim_ops;
    p->k = (struct wr_sim_kafka *)k;
    p->id = wr_strdup(transactional_id);
    if (p->id == NULL) {
        const struct wr_producer_identity nobody = {-1, -1};
        enum wr_kafka_error e = wr_txns_init(wr_sim_broker(p->k)->txns, NULL, 0, &nobody,
                                             wr_sim_now_wall(p->k), &p->who);
        wr_assert(e == WR_KE_NONE);
        p->state = WR_SIM_OPEN;
    }
    for (size_t i = 0; i < count; i++) {
        (void)wr_sim_producer_topic(&p->base, topics[i]);
    }
    *out = &p->base;
    return WEIR_OK;
}

static void free_batch(struct wr_sim_batch *b)
{
    wr_buf_free(&b->bytes);
    wr_free(b->reports);
    wr_free(b);
}

void wr_sim_producer_close(struct wr_producer *base)
{
    struct wr_sim_producer *p = (struct wr_sim_producer *)base;
    wr_sim_txn_leave(p);
    wr_sim_txn_orphan(p);
    for (size_t i = 0; i < p->lanes.count; i++) {
        struct wr_sim_lane *lane = p->lanes.items[i];
        wr_sim_cancel(wr_sim_of(p->k), &lane->linger);
        for (size_t n = 0; n < lane->batches.count; n++) {
            free_batch(lane->batches.items[n]);
        }
        wr_ptrs_free(&lane->batches);
        wr_free(lane);
    }
    for (size_t i = 0; i < p->topics.count; i++) {
        struct wr_sim_topic *t = p->topics.items[i];
        wr_free(t->name);
        wr_free(t);
    }
    wr_ptrs_free(&p->lanes);
    wr_ptrs_free(&p->topics);
    wr_ptrs_free(&p->asks);
    wr_free(p->id);
    wr_free(p);
}

bool wr_sim_producer_error(struct wr_producer *p, struct wr_handle_error *e)
{
    return wr_sim_handle_error(((struct wr_sim_producer *)p)->k, e);
}

/* ---- topics ---------------------------------------------------------------------------------- */

struct wr_topic *wr_sim_producer_topic(struct wr_producer *base, const char *name)
{
    struct wr_sim_producer *p = (struct wr_sim_producer *)base;
    for (size_t i = 0; i < p->topics.count; i++) {
        struct wr_sim_topic *known = p->topics.items[i];
        if (strcmp(known->name, name) == 0) {
            return &known->base;
        }
    }
    struct wr_sim_topic *t = WR_NEW(struct wr_sim_topic);
    t->base = (struct wr_topic){.ops = &wr_sim_ops, .producer = base};
    t->name = wr_strdup(name);
    wr_ptrs_push(&p->topics, t);
    return &t->base;
}

int32_t wr_sim_topic_partitions(struct wr_topic *base)
{
    struct wr_sim_topic *t = (struct wr_sim_topic *)base;
    const struct wr_sim_producer *p = (const struct wr_sim_producer *)base->producer;
    struct wr_sim *s = wr_sim_of(p->k);
    if (!t->asked) {
        t->asked = true;
        t->known_at = wr_sim_strikes(s, WR_SIM_LATE_METADATA)
                          ? s->now + 1 + wr_sim_draw_bad(s, UNKNOWN_MS)
                          : s->now;
    }
    if (s->now < t->known_at && !p->k->cut) {
        wr_sim_effect(s, WR_SIM_ASKED_AGAIN);
        return 0;
    }
    const struct wr_topic_entry *e = wr_topics_find(wr_sim_broker(p->k)->topics, t->name);
    return e != NULL ? e->partition_count : -1;
}

size_t wr_sim_producer_max_record(const struct wr_producer *p)
{
    WR_UNUSED(p);
    return MAX_RECORD;
}

/* ---- failures -------------------------------------------------------------------------------- */

bool wr_sim_is_fatal(enum wr_kafka_error e)
{
    return e == WR_KE_INVALID_PRODUCER_EPOCH || e == WR_KE_PRODUCER_FENCED ||
           e == WR_KE_INVALID_PRODUCER_ID_MAPPING || e == WR_KE_OUT_OF_ORDER_SEQUENCE_NUMBER;
}

void wr_sim_producer_fail(struct wr_sim_producer *p, enum wr_kafka_error error)
{
    if (p->state != WR_SIM_DEAD) {
        bool fatal = wr_sim_is_fatal(error) || p->id == NULL; /* there is nothing to abort */
        p->state = fatal ? WR_SIM_DEAD : WR_SIM_FAILED;
        p->error = error;
    }
}

/* ---- lanes ----------------------------------------------------------------------------------- */

static void pump(struct wr_sim_lane *lane);

static void added(struct wr_sim_txn_ask *a, const struct wr_sim_answer *answer)
{
    a->lane->busy = false;
    if (answer->error == WR_KE_NONE) {
        a->lane->added = true;
        pump(a->lane);
    } else {
        wr_sim_producer_fail(a->producer, answer->error);
        if (answer->error == WR_KE_INVALID_TXN_STATE) {
            a->producer->state = WR_SIM_DEAD;
        }
    }
}

static void execute_add(struct wr_sim_request *r, struct wr_sim_answer *answer)
{
    struct wr_sim_txn_ask *a = WR_CONTAINER_OF(r, struct wr_sim_txn_ask, request);
    struct wr_txn_request request = {a->id, a->who, wr_sim_wall(a->request.net->sim)};
    struct wr_txn_partition partition = {.topic = a->topic, .partition = a->partition};
    answer->error = wr_txns_add_partitions(a->request.net->broker->txns, &request, &partition, 1);
}

static void report(const struct wr_sim_batch *b, int64_t base_offset)
{
    for (size_t i = 0; i < b->report_count; i++) {
        struct wr_delivery *d = b->reports[i].delivery;
        d->next = wr_max_i64(d->next, base_offset + b->reports[i].delta + 1);
    }
}

static void produced(struct wr_sim_txn_ask *a, const struct wr_sim_answer *answer)
{
    struct wr_sim_lane *lane = a->lane;
    struct wr_sim_batch *b = lane->batches.items[0];
    lane->busy = false;
    if (answer->error == WR_KE_NONE && wr_sim_strikes(a->request.net->sim, WR_SIM_DEAD_PRODUCER)) {
        wr_sim_producer_fail(a->producer, WR_KE_OUT_OF_ORDER_SEQUENCE_NUMBER);
    } else if (answer->error == WR_KE_NONE) {
        report(b, answer->offset);
        a->producer->reported += (size_t)b->count;
        wr_ptrs_remove(&lane->batches, b);
        free_batch(b);
        pump(lane);
    } else {
        wr_sim_producer_fail(a->producer, answer->error);
    }
}

static void execute_produce(struct wr_sim_request *r, struct wr_sim_answer *answer)
{
    struct wr_sim_txn_ask *a = WR_CONTAINER_OF(r, struct wr_sim_txn_ask, request);
    struct wr_appended out = {0};
    answer->error = wr_broker_produce(a->request.net->broker, a->topic, a->partition, a->bytes,
                                      wr_sim_wall(a->request.net->sim), &out);
    answer->offset = out.base_offset;
}

static void close_batch(struct wr_sim_lane *lane, struct wr_sim_batch *b)
{
    if (!b->closed) {
        wr_batch_finish(&b->builder);
        b->closed = true;
        lane->next_sequence = b->base_sequence + b->count;
    }
}

/* Send what is next, if there is something and nothing is on its way. */
static void pump(struct wr_sim_lane *lane)
{
    struct wr_sim_producer *p = lane->producer;
    struct wr_sim_batch *b = lane->batches.count != 0 ? lane->batches.items[0] : NULL;
    if (lane->busy || b == NULL || !b->closed || p->state != WR_SIM_OPEN || p->k->cut) {
        return;
    }
    struct wr_sim_txn_ask *a = lane->added
                                   ? wr_sim_txn_ask_new(p, "produce", execute_produce, produced)
                                   : wr_sim_txn_ask_new(p, "add partition", execute_add, added);
    a->lane = lane;
    a->topic = wr_arena_strdup(&a->arena, lane->topic->name);
    a->partition = lane->partition;
    if (lane->added) {
        a->bytes = wr_arena_bytes(&a->arena, wr_buf_view(&b->bytes));
    }
    lane->busy = p->registered = true;
    wr_sim_txn_send(a);
}

static void fire_linger(struct wr_sim_event *e)
{
    struct wr_sim_lane *lane = WR_CONTAINER_OF(e, struct wr_sim_lane, linger);
    struct wr_sim_producer *p = lane->producer;
    if (lane->batches.count == 0) {
        return;
    }
    if (p->id == NULL && wr_sim_strikes(wr_sim_of(p->k), WR_SIM_GIVEN_UP)) {
        wr_sim_producer_purge(p);
        p->lost = true;
        wr_sim_txn_go_on(p);
    } else {
        close_batch(lane, lane->batches.items[lane->batches.count - 1]);
        pump(lane);
    }
}

bool wr_sim_producer_drain(struct wr_sim_producer *p)
{
    bool empty = true;
    for (size_t i = 0; i < p->lanes.count; i++) {
        struct wr_sim_lane *lane = p->lanes.items[i];
        if (lane->batches.count != 0) {
            empty = false;
            close_batch(lane, lane->batches.items[lane->batches.count - 1]);
            pump(lane);
        }
    }
    return empty;
}

void wr_sim_producer_purge(struct wr_sim_producer *p)
{
    for (size_t i = 0; i < p->lanes.count; i++) {
        struct wr_sim_lane *lane = p->lanes.items[i];
        size_t keep = lane->busy && lane->added ? 1 : 0;
        if (lane->batches.count > keep) {
            const struct wr_sim_batch *first = lane->batches.items[keep];
            lane->next_sequence = first->base_sequence;
        }
        while (lane->batches.count > keep) {
            struct wr_sim_batch *b = lane->batches.items[--lane->batches.count];
            p->reported += (size_t)b->count;
            free_batch(b);
        }
    }
}

static struct wr_sim_lane *lane_of(struct wr_sim_producer *p, const struct wr_sim_topic *t,
                                   int32_t partition)
{
    for (size_t i = 0; i < p->lanes.count; i++) {
        struct wr_sim_lane *lane = p->lanes.items[i];
        if (lane->topic == t && lane->partition == partition) {
            return lane;
        }
    }
    struct wr_sim_lane *lane = WR_NEW(struct wr_sim_lane);
    lane->producer = p;
    lane->topic = t;
    lane->partition = partition;
    lane->added = p->id == NULL;
    lane->linger = (struct wr_sim_event){.fire = fire_linger, .process = p->k->o.process};
    wr_ptrs_push(&p->lanes, lane);
    return lane;
}

static struct wr_sim_batch *open_batch(struct wr_sim_lane *lane)
{
    struct wr_sim_batch *last =
        lane->batches.count != 0 ? lane->batches.items[lane->batches.count - 1] : NULL;
    if (last != NULL && !last->closed) {
        return last;
    }
    const struct wr_sim_producer *p = lane->producer;
    struct wr_sim *s = wr_sim_of(p->k);
    struct wr_sim_batch *b = WR_NEW(struct wr_sim_batch);
    struct wr_batch head = {
        .leader_epoch = -1,
        .magic = 2,
        .attributes = p->id != NULL ? WR_BATCH_TRANSACTIONAL : 0,
        .producer_id = p->who.id,
        .producer_epoch = p->who.epoch,
        .base_sequence = lane->next_sequence,
    };
    b->base_sequence = lane->next_sequence;
    wr_batch_start(&b->builder, &b->bytes, &head);
    wr_ptrs_push(&lane->batches, b);
    wr_sim_at(s, &lane->linger, s->now + wr_sim_draw(s, LINGER_MS));
    return b;
}

/* ---- the record path ------------------------------------------------------------------------- */

static void add_record(struct wr_sim_batch *b, const struct wr_outgoing *o)
{
    struct wr_batch_record r = {
        .offset = b->count,
        .time = o->time != 0 ? o->time : 1,
        .key = o->key,
        .value = o->value,
    };
    wr_batch_add_headers(&b->builder, &r, o->headers);
    if (o->delivery != NULL) {
        if (b->report_count == b->report_cap) {
            b->report_cap = 2 * b->report_cap + 4;
            b->reports = wr_realloc_array(b->reports, b->report_cap, sizeof *b->reports);
        }
        b->reports[b->report_count++] = (struct wr_sim_report){o->delivery, b->count};
    }
    b->count++;
}

/* A buffer is full until somebody takes the report of a delivery. */
static bool has_room(struct wr_sim_producer *p)
{
    struct wr_sim *s = wr_sim_of(p->k);
    if (p->room == 0 && p->queued != 0 && wr_sim_strikes(s, WR_SIM_FULL_BUFFER)) {
        p->room = p->queued;
        wr_sim_effect(s, WR_SIM_WAITED);
    }
    if (p->queued < p->room) {
        p->room = 0;
    }
    return p->room == 0;
}

enum weir_code wr_sim_producer_send(struct wr_producer *base, const struct wr_outgoing *o,
                                    struct weir_error *err)
{
    struct wr_sim_producer *p = (struct wr_sim_producer *)base;
    if (p->k->cut) {
        return WEIR_OK;
    }
    if (p->state == WR_SIM_DEAD || p->state == WR_SIM_FAILED) {
        return wr_fail(err, p->state == WR_SIM_DEAD ? WEIR_EPRODUCER : WEIR_EABORT,
                       "a record cannot be written: %s", wr_kafka_error_name(p->error));
    }
    wr_assert(p->state == WR_SIM_OPEN);
    if (!has_room(p)) {
        return WEIR_PENDING;
    }
    p->queued++;
    struct wr_sim_lane *lane = lane_of(p, (const struct wr_sim_topic *)o->topic, o->partition);
    struct wr_sim_batch *b = open_batch(lane);
    add_record(b, o);
    if (b->bytes.len > BATCH_BYTES || wr_sim_draw(wr_sim_of(p->k), SHORT_BATCH) == 0) {
        close_batch(lane, b);
        pump(lane);
    }
    return WEIR_OK;
}

void wr_sim_producer_serve(struct wr_producer *base, int timeout_ms)
{
    struct wr_sim_producer *p = (struct wr_sim_producer *)base;
    if (timeout_ms != 0 && p->reported == 0 && !p->k->cut) {
        p->k->o.stepper->sleep(p->k->o.stepper, timeout_ms);
    }
    p->queued -= p->reported;
    p->reported = 0;
}

int wr_sim_producer_endtxn_sent(const struct wr_producer *base)
{
    return ((const struct wr_sim_producer *)base)->endtxn_sent;
}

int wr_sim_producer_offsets_sent(const struct wr_producer *base)
{
    return ((const struct wr_sim_producer *)base)->offsets_sent;
}
