/* req_txn.c -- transactions: what producers ask. */
#include "src/base/base.h"

#include "broker/wire/wire_call.h"

/* Clients of older versions do not know PRODUCER_FENCED. */
static enum wr_kafka_error fenced_for(const struct wr_call *c, int16_t since,
                                      enum wr_kafka_error error)
{
    return error == WR_KE_PRODUCER_FENCED && c->version < since ? WR_KE_INVALID_PRODUCER_EPOCH
                                                                : error;
}

/* Transactional id, producer id and epoch: how a producer's requests begin. */
static struct wr_txn_request read_producer(struct wr_call *c)
{
    struct wr_txn_request r = {.now = c->wire->now};
    r.id = wr_call_text(c);
    r.producer.id = wr_read_i64(&c->in);
    r.producer.epoch = wr_read_i16(&c->in);
    return r;
}

static enum wr_outcome answer_error(struct wr_call *c, enum wr_kafka_error error)
{
    wr_call_put_throttle(c);
    wr_call_put_error(c, error);
    wr_write_tags(&c->out);
    return WR_ANSWERED;
}

enum wr_outcome wr_req_init_producer_id(struct wr_call *c)
{
    struct wr_producer_identity current = {-1, -1};
    struct wr_producer_identity got = {-1, -1};
    const char *id = wr_read_cstr(&c->in, &c->arena);
    int32_t timeout_ms = wr_read_i32(&c->in);
    if (c->version >= 3) {
        current.id = wr_read_i64(&c->in);
        current.epoch = wr_read_i16(&c->in);
    }
    wr_read_tags(&c->in);
    if (!wr_read_ok(&c->in)) {
        return WR_REFUSED;
    }
    enum wr_kafka_error error = WR_KE_INVALID_REQUEST;
    if ((current.id == -1) == (current.epoch == -1)) {
        error = wr_txns_init(c->wire->broker->txns, id, timeout_ms, &current, c->wire->now, &got);
    }
    bool ok = error == WR_KE_NONE;
    wr_call_put_throttle(c);
    wr_call_put_error(c, fenced_for(c, 4, error));
    wr_write_i64(&c->out, ok ? got.id : -1);
    wr_write_i16(&c->out, ok ? got.epoch : -1);
    wr_write_tags(&c->out);
    return WR_ANSWERED;
}

/* ---- AddPartitionsToTxn ---------------------------------------------------------------------- */

struct add {
    struct wr_txn_request r;
    struct wr_call_topics topics;
    struct wr_txn_partition *flat; /* in the order of the request */
    size_t flat_count;
};

static bool read_add(struct wr_call *c, struct add *a)
{
    *a = (struct add){.r = read_producer(c)};
    a->topics = wr_call_topics(c, false);
    wr_read_tags(&c->in);
    return wr_read_ok(&c->in);
}

static void flatten(struct wr_call *c, struct add *a)
{
    for (int32_t i = 0; i < a->topics.count; i++) {
        a->flat_count += (size_t)a->topics.at[i].parts.count;
    }
    struct wr_txn_partition *next = wr_arena_zalloc(&c->arena, a->flat_count * sizeof *a->flat);
    a->flat = next;
    for (int32_t i = 0; i < a->topics.count; i++) {
        const struct wr_topic_parts *t = &a->topics.at[i];
        for (int32_t j = 0; j < t->parts.count; j++) {
            next->topic = t->ref.name;
            next->partition = t->parts.at[j];
            next++;
        }
    }
}

enum wr_outcome wr_req_add_partitions_to_txn(struct wr_call *c)
{
    struct add a;
    if (!read_add(c, &a)) {
        return WR_REFUSED;
    }
    flatten(c, &a);
    wr_txns_add_partitions(c->wire->broker->txns, &a.r, a.flat, a.flat_count);
    const struct wr_txn_partition *next = a.flat;
    wr_call_put_throttle(c);
    wr_write_count(&c->out, a.topics.count);
    for (int32_t i = 0; i < a.topics.count; i++) {
        const struct wr_topic_parts *t = &a.topics.at[i];
        wr_write_cstr(&c->out, t->ref.name);
        wr_write_count(&c->out, t->parts.count);
        for (int32_t j = 0; j < t->parts.count; j++) {
            wr_write_i32(&c->out, next->partition);
            wr_call_put_error(c, fenced_for(c, 2, next->error));
            wr_write_tags(&c->out);
            next++;
        }
        wr_write_tags(&c->out);
    }
    wr_write_tags(&c->out);
    return WR_ANSWERED;
}

/* ---- AddOffsetsToTxn, EndTxn ----------------------------------------------------------------- */

enum wr_outcome wr_req_add_offsets_to_txn(struct wr_call *c)
{
    struct wr_txn_request r = read_producer(c);
    const char *group = wr_call_text(c);
    wr_read_tags(&c->in);
    if (!wr_read_ok(&c->in)) {
        return WR_REFUSED;
    }
    return answer_error(c, fenced_for(c, 2, wr_txns_add_group(c->wire->broker->txns, &r, group)));
}

enum wr_outcome wr_req_end_txn(struct wr_call *c)
{
    struct wr_txn_request r = read_producer(c);
    bool commit = wr_read_bool(&c->in);
    wr_read_tags(&c->in);
    if (!wr_read_ok(&c->in)) {
        return WR_REFUSED;
    }
    return answer_error(c, fenced_for(c, 2, wr_txns_end(c->wire->broker->txns, &r, commit)));
}
