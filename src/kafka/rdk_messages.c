/* rdk_messages.c -- the record path in: messages of a partition, taken and given back.
 *
 * Nothing here allocates, locks or reads a clock per message beyond what librdkafka itself does.
 * One message at a time before 2.13.2, whose batches lose messages around a rebalance
 * (before 2.1.0) or skip one at an end of partition (2.2.0 to 2.13.1); batches after. Thread: the
 * handle's.
 */
#include "src/base/base.h"

#include "src/kafka/rdk.h"

/* ---- records without headers ---- */

enum { VARINT_MAX = 5 };

/* Number of bytes of the zigzag varint that says len, if it stands at p; 0 if something else does.
 */
static size_t length_at(const unsigned char *p, size_t room, size_t len)
{
    uint64_t zigzag = (uint64_t)len << 1;
    for (size_t n = 0; n < room; n++) {
        bool last = zigzag < 0x80;
        if (p[n] != (unsigned char)((zigzag & 0x7f) | (last ? 0 : 0x80))) {
            return 0;
        }
        if (last) {
            return n + 1;
        }
        zigzag >>= 7;
    }
    return 0;
}

/* True only if the record surely has no headers.
 *
 * librdkafka parses the headers of a record when it is first asked for them, also to find none,
 * which costs as much as all the rest here. Its messages point into what was fetched, where key,
 * length of the value, value and number of headers of a record stand one behind the other. That is
 * checked, not assumed: what looks different, like a record without a key, is asked for. */
static bool surely_bare(const rd_kafka_message_t *m)
{
    if (m->key == NULL || m->payload == NULL) {
        return false;
    }
    const unsigned char *value = m->payload;
    const unsigned char *after_key = (const unsigned char *)m->key + m->key_len;
    uintptr_t gap = (uintptr_t)value - (uintptr_t)after_key;
    return gap >= 1 && gap <= VARINT_MAX && length_at(after_key, gap, m->len) == gap &&
           value[m->len] == 0;
}

static bool has_headers(const rd_kafka_message_t *m)
{
    rd_kafka_headers_t *headers;
    return !surely_bare(m) && rd_kafka_message_headers(m, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR &&
           rd_kafka_header_cnt(headers) != 0;
}

struct weir_headers wr_rdk_headers(const struct wr_message *m, struct wr_arena *arena)
{
    rd_kafka_headers_t *headers;
    if (rd_kafka_message_headers(m->owner, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return (struct weir_headers){NULL, 0};
    }
    size_t count = rd_kafka_header_cnt(headers);
    struct weir_header *items = wr_arena_alloc(arena, count * sizeof *items);
    for (size_t i = 0; i < count; i++) {
        const char *name;
        const void *value;
        size_t size;
        (void)rd_kafka_header_get_all(headers, i, &name, &value, &size);
        items[i] = (struct weir_header){weir_str(name), weir_view(value, size)};
    }
    return (struct weir_headers){items, count};
}

/* ---- waking the fetcher ---- */

/* Before 2.2.0 a fetcher that found enough in a partition's queue looks again when something else
 * wakes it, or after a second: taking faster than it fetched then stops for most of a second,
 * unless a second's worth of records is kept in memory. Nothing in the interface asks it to look,
 * but renewing the SASL credentials wakes the threads of all brokers and otherwise only concerns
 * later connections, so the same ones are set again each time half of the limit has been taken. */
static void wake_fetcher(struct wr_rdk_partition *p, const struct wr_message *taken, size_t n)
{
    struct wr_rdk_consumer *c = p->consumer;
    for (size_t i = 0; i < n; i++) {
        p->since += taken[i].key.len + taken[i].value.len + WR_RDK_MESSAGE_COST;
    }
    if (p->since >= c->wake_every) {
        p->since = 0;
        rd_kafka_error_destroy(
            rd_kafka_sasl_set_credentials(c->handle.rk, c->sasl_username, c->sasl_password));
    }
}

/* ---- taking ---- */

enum { BATCH = 64 };

/* Turn one of librdkafka's messages into one of ours; false if it is to be dropped. */
static bool convert(struct wr_rdk_partition *p, rd_kafka_message_t *m, struct wr_message *out)
{
    *out = (struct wr_message){.ops = &wr_rdk_ops, .offset = m->offset, .time = -1};
    if (WR_LIKELY(m->err == RD_KAFKA_RESP_ERR_NO_ERROR)) {
        if (m->offset < p->next) {
            rd_kafka_message_destroy(m);
            return false;
        }
        p->next = m->offset + 1;
        rd_kafka_timestamp_type_t type;
        out->key = weir_view(m->key, m->key_len);
        out->value = weir_view(m->payload, m->len);
        out->time = rd_kafka_message_timestamp(m, &type);
        out->has_headers = has_headers(m);
        out->owner = m;
        return true;
    }
    if (m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        out->kind = WR_MESSAGE_EOF;
    } else {
        out->kind = WR_MESSAGE_ERROR;
        out->code = wr_rdk_code(m->err);
        wr_rdk_box_note(&p->consumer->handle.box, m->err, rd_kafka_message_errstr(m));
    }
    rd_kafka_message_destroy(m);
    return true;
}

static size_t take_single(struct wr_rdk_partition *p, struct wr_message *out, size_t max)
{
    size_t n = 0;
    rd_kafka_message_t *m;
    while (n < max && (m = rd_kafka_consume_queue(p->queue, 0)) != NULL) {
        n += convert(p, m, &out[n]);
    }
    return n;
}

static size_t take_batch(struct wr_rdk_partition *p, struct wr_message *out, size_t max)
{
    rd_kafka_message_t *m[BATCH];
    size_t n = 0;
    ssize_t got = BATCH;
    while (n < max && got == BATCH) {
        got = rd_kafka_consume_batch_queue(p->queue, 0, m, wr_min_size(BATCH, max - n));
        for (ssize_t i = 0; i < got; i++) {
            n += convert(p, m[i], &out[n]);
        }
    }
    return n;
}

size_t wr_rdk_take(struct wr_partition *base, struct wr_message *out, size_t max)
{
    struct wr_rdk_partition *p = (struct wr_rdk_partition *)base;
    size_t n =
        rd_kafka_version() >= WR_RDK_2_13_2 ? take_batch(p, out, max) : take_single(p, out, max);
    if (p->consumer->wake_every != 0) {
        wake_fetcher(p, out, n);
    }
    return n;
}

void wr_rdk_release(struct wr_message *messages, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (messages[i].owner != NULL) {
            rd_kafka_message_destroy(messages[i].owner);
            messages[i].owner = NULL;
        }
    }
}
