/* req_produce.c -- Produce. */
#include "src/base/base.h"

#include "broker/wire/wire_call.h"

enum { COMPRESSION_ZSTD = 4, FIRST_WITH_ZSTD = 7, FIRST_WITH_ABORTABLE = 11 };

struct part {
    int32_t index;
    struct weir_bytes records;
};

struct topic {
    const char *name;
    struct part *parts;
    int32_t part_count;
};

struct produce {
    int16_t acks;
    struct topic *topics;
    int32_t topic_count;
};

static bool read_produce(struct wr_call *c, struct produce *p)
{
    wr_read_string(&c->in); /* the transactional id: the producer's id and epoch say as much */
    p->acks = wr_read_i16(&c->in);
    wr_read_i32(&c->in); /* a time-out for replicas, of which there are none */
    p->topics = wr_call_array(c, 3, sizeof *p->topics, &p->topic_count);
    for (int32_t i = 0; i < p->topic_count; i++) {
        struct topic *t = &p->topics[i];
        t->name = wr_call_text(c);
        t->parts = wr_call_array(c, 5, sizeof *t->parts, &t->part_count);
        for (int32_t j = 0; j < t->part_count; j++) {
            t->parts[j].index = wr_read_i32(&c->in);
            t->parts[j].records = wr_read_bytes(&c->in);
            wr_read_tags(&c->in);
        }
        wr_read_tags(&c->in);
    }
    wr_read_tags(&c->in);
    return wr_read_ok(&c->in);
}

/* Whether a batch is compressed in a way that this version of the request does not know. */
static bool is_too_new(const struct wr_call *c, struct weir_bytes records)
{
    struct wr_batch batch;
    return c->version < FIRST_WITH_ZSTD && wr_batch_read(records, &batch) &&
           (batch.attributes & WR_BATCH_COMPRESSION) == COMPRESSION_ZSTD;
}

static enum wr_kafka_error append(struct wr_call *c, const struct produce *p, const char *topic,
                                  const struct part *part, struct wr_appended *out)
{
    if (p->acks < -1 || p->acks > 1) {
        return WR_KE_INVALID_REQUIRED_ACKS;
    }
    if (is_too_new(c, part->records)) {
        return WR_KE_UNSUPPORTED_COMPRESSION_TYPE;
    }
    enum wr_kafka_error error =
        wr_broker_produce(c->wire->broker, topic, part->index, part->records, c->wire->now, out);
    /* A producer that left out AddPartitionsToTxn is told to abort, if it knows how. */
    if (error == WR_KE_INVALID_TXN_STATE && c->version >= FIRST_WITH_ABORTABLE) {
        return WR_KE_TRANSACTION_ABORTABLE;
    }
    return error;
}

static enum wr_kafka_error produce_part(struct wr_call *c, const struct produce *p,
                                        const char *topic, const struct part *part)
{
    struct wr_appended done = {0};
    enum wr_kafka_error error = append(c, p, topic, part, &done);
    bool ok = error == WR_KE_NONE;
    wr_write_i32(&c->out, part->index);
    wr_call_put_error(c, error);
    wr_write_i64(&c->out, ok ? done.base_offset : -1);
    wr_write_i64(&c->out, ok ? done.append_time : -1);
    if (c->version >= 5) {
        wr_write_i64(&c->out, ok ? done.log_start : -1);
    }
    if (c->version >= 8) {
        wr_write_count(&c->out, 0); /* errors of single records */
        wr_write_cstr(&c->out, NULL);
    }
    wr_write_tags(&c->out);
    return error;
}

/* A producer that wants no answers is told of a failure by the end of its connection. */
enum wr_outcome wr_req_produce(struct wr_call *c)
{
    struct produce p;
    bool failed = false;
    if (!read_produce(c, &p)) {
        return WR_REFUSED;
    }
    wr_write_count(&c->out, p.topic_count);
    for (int32_t i = 0; i < p.topic_count; i++) {
        const struct topic *t = &p.topics[i];
        wr_write_cstr(&c->out, t->name);
        wr_write_count(&c->out, t->part_count);
        for (int32_t j = 0; j < t->part_count; j++) {
            failed |= produce_part(c, &p, t->name, &t->parts[j]) != WR_KE_NONE;
        }
        wr_write_tags(&c->out);
    }
    wr_call_put_throttle(c);
    wr_write_tags(&c->out);
    if (p.acks != 0) {
        return WR_ANSWERED;
    }
    return failed ? WR_REFUSED : WR_SILENT;
}
