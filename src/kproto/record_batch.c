/* record_batch.c -- reading and writing record batches of format 2. Thread: any. */
#include "src/base/base.h"

#include <string.h>

#include "src/base/endian.h"
#include "src/kproto/crc32c.h"
#include "src/kproto/record_batch.h"
#include "src/kproto/varint.h"

/* Where the fields of the header are. */
enum {
    AT_BASE_OFFSET = 0,
    AT_LENGTH = 8, /* of what follows it */
    AT_LEADER_EPOCH = 12,
    AT_MAGIC = 16,
    AT_CHECKSUM = 17, /* of what follows it */
    AT_ATTRIBUTES = 21,
    AT_LAST_DELTA = 23,
    AT_FIRST_TIME = 27,
    AT_MAX_TIME = 35,
    AT_PRODUCER_ID = 43,
    AT_PRODUCER_EPOCH = 51,
    AT_BASE_SEQUENCE = 53,
    AT_COUNT = 57,
};

enum { MAGIC = 2, BEFORE_LENGTH = 12, NO_TIME = -1 };

/* ---- header ---------------------------------------------------------------------------------- */

bool wr_batch_read(struct weir_bytes data, struct wr_batch *out)
{
    const unsigned char *p = data.data;
    if (data.len < WR_BATCH_HEADER) {
        return false;
    }
    uint32_t length = wr_get_be32(p + AT_LENGTH);
    if (length < WR_BATCH_HEADER - BEFORE_LENGTH || length > data.len - BEFORE_LENGTH) {
        return false;
    }
    *out = (struct wr_batch){
        .bytes = weir_view(p, BEFORE_LENGTH + (size_t)length),
        .base_offset = (int64_t)wr_get_be64(p + AT_BASE_OFFSET),
        .leader_epoch = (int32_t)wr_get_be32(p + AT_LEADER_EPOCH),
        .magic = (int8_t)p[AT_MAGIC],
        .attributes = wr_get_be16(p + AT_ATTRIBUTES),
        .last_offset_delta = (int32_t)wr_get_be32(p + AT_LAST_DELTA),
        .first_time = (int64_t)wr_get_be64(p + AT_FIRST_TIME),
        .max_time = (int64_t)wr_get_be64(p + AT_MAX_TIME),
        .producer_id = (int64_t)wr_get_be64(p + AT_PRODUCER_ID),
        .producer_epoch = (int16_t)wr_get_be16(p + AT_PRODUCER_EPOCH),
        .base_sequence = (int32_t)wr_get_be32(p + AT_BASE_SEQUENCE),
        .count = (int32_t)wr_get_be32(p + AT_COUNT),
    };
    return true;
}

static uint32_t checksum(const unsigned char *batch, size_t len)
{
    return wr_crc32c(0, batch + AT_ATTRIBUTES, len - AT_ATTRIBUTES);
}

bool wr_batch_checksum_ok(const struct wr_batch *b)
{
    const unsigned char *p = b->bytes.data;
    return wr_get_be32(p + AT_CHECKSUM) == checksum(p, b->bytes.len);
}

bool wr_batch_valid(const struct wr_batch *b)
{
    struct wr_batch_iter it;
    struct wr_batch_record r;
    int more = 1;
    if (b->magic != MAGIC || b->last_offset_delta < 0 || b->count < 0 || !wr_batch_checksum_ok(b)) {
        return false;
    }
    if ((b->attributes & WR_BATCH_COMPRESSION) != 0) {
        return true;
    }
    for (wr_batch_iter_init(&it, b); more == 1;) {
        more = wr_batch_next(&it, &r);
    }
    return more == 0;
}

void wr_batch_set_base_offset(void *batch, int64_t offset)
{
    wr_put_be64((unsigned char *)batch + AT_BASE_OFFSET, (uint64_t)offset);
}

void wr_batch_set_leader_epoch(void *batch, int32_t epoch)
{
    wr_put_be32((unsigned char *)batch + AT_LEADER_EPOCH, (uint32_t)epoch);
}

void wr_batch_set_max_time(void *batch, int64_t time, bool log_append_time)
{
    unsigned char *p = batch;
    uint16_t attributes = wr_get_be16(p + AT_ATTRIBUTES);
    attributes = (uint16_t)(log_append_time ? attributes | WR_BATCH_LOG_APPEND_TIME
                                            : attributes & ~WR_BATCH_LOG_APPEND_TIME);
    wr_put_be16(p + AT_ATTRIBUTES, attributes);
    wr_put_be64(p + AT_MAX_TIME, (uint64_t)time);
    wr_put_be32(p + AT_CHECKSUM, checksum(p, BEFORE_LENGTH + (size_t)wr_get_be32(p + AT_LENGTH)));
}

/* ---- records: reading ------------------------------------------------------------------------ */

/* Bytes of which no one but the sender vouches: sums wrap, they do not overflow. */
static int64_t plus(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a + (uint64_t)b);
}

static int64_t minus(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a - (uint64_t)b);
}

static bool take_number(struct wr_batch_iter *it, const unsigned char *end, int64_t *v)
{
    if (WR_LIKELY(it->at < end && *it->at < 0x80)) { /* most numbers are one byte */
        unsigned char z = *it->at++;
        *v = (z >> 1) ^ -(int64_t)(z & 1);
        return true;
    }
    size_t n = wr_varint_decode(it->at, (size_t)(end - it->at), v);
    it->at += n;
    return n != 0;
}

/* A length and as many bytes; length -1 is null. */
static bool take_bytes(struct wr_batch_iter *it, const unsigned char *end, struct weir_bytes *out)
{
    int64_t len;
    if (!take_number(it, end, &len) || len < -1 || len > end - it->at) {
        return false;
    }
    *out = len < 0 ? WEIR_NULL : weir_view(it->at, (size_t)len);
    it->at += len < 0 ? 0 : len;
    return true;
}

static bool take_headers(struct wr_batch_iter *it, const unsigned char *end, struct weir_bytes *out)
{
    const unsigned char *start = it->at;
    struct weir_bytes name;
    struct weir_bytes value;
    int64_t count;
    if (!take_number(it, end, &count) || count < 0 || count > end - it->at) {
        return false;
    }
    for (; count != 0; count--) {
        if (!take_bytes(it, end, &name) || weir_is_null(name) || !take_bytes(it, end, &value)) {
            return false;
        }
    }
    *out = weir_view(start, (size_t)(it->at - start));
    return it->at == end;
}

void wr_batch_iter_init(struct wr_batch_iter *it, const struct wr_batch *b)
{
    const unsigned char *p = b->bytes.data;
    *it = (struct wr_batch_iter){.batch = b,
                                 .at = p + WR_BATCH_HEADER,
                                 .end = p + b->bytes.len,
                                 .left = b->count,
                                 .delta = -1};
}

int wr_batch_next(struct wr_batch_iter *it, struct wr_batch_record *out)
{
    const struct wr_batch *b = it->batch;
    int64_t len;
    int64_t time;
    int64_t delta;
    if (it->left <= 0) {
        return it->at == it->end ? 0 : -1;
    }
    if (!take_number(it, it->end, &len) || len < 1 || len > it->end - it->at) {
        return -1;
    }
    const unsigned char *end = it->at + len;
    it->at++; /* attributes of a record: none are in use */
    if (!take_number(it, end, &time) || !take_number(it, end, &delta) || delta <= it->delta ||
        delta > b->last_offset_delta || !take_bytes(it, end, &out->key) ||
        !take_bytes(it, end, &out->value) || !take_headers(it, end, &out->headers)) {
        return -1;
    }
    it->left--;
    it->delta = (int32_t)delta;
    out->offset = plus(b->base_offset, delta);
    out->time =
        (b->attributes & WR_BATCH_LOG_APPEND_TIME) != 0 ? b->max_time : plus(b->first_time, time);
    return 1;
}

/* ---- records: writing ------------------------------------------------------------------------ */

static void add_number(struct wr_buf *out, int64_t v)
{
    wr_buf_reserve(out, WR_VARINT_MAX);
    out->len += wr_varint_encode((unsigned char *)out->data + out->len, v);
}

static size_t number_size(int64_t v)
{
    unsigned char bytes[WR_VARINT_MAX];
    return wr_varint_encode(bytes, v);
}

static void add_bytes(struct wr_buf *out, struct weir_bytes v)
{
    add_number(out, weir_is_null(v) ? -1 : (int64_t)v.len);
    wr_buf_bytes(out, v);
}

static size_t bytes_size(struct weir_bytes v)
{
    return number_size(weir_is_null(v) ? -1 : (int64_t)v.len) + v.len;
}

void wr_batch_start(struct wr_batch_builder *b, struct wr_buf *out, const struct wr_batch *head)
{
    *b = (struct wr_batch_builder){.out = out,
                                   .start = out->len,
                                   .head = *head,
                                   .max_time = NO_TIME,
                                   .last_offset = head->base_offset};
    if ((head->attributes & WR_BATCH_DELETE_HORIZON) == 0) {
        b->head.first_time = NO_TIME;
    }
    wr_buf_reserve(out, WR_BATCH_HEADER);
    out->len += WR_BATCH_HEADER; /* written by finish */
}

/* All of a record but its headers, of which there are headers_size bytes. */
static void add_record(struct wr_batch_builder *b, const struct wr_batch_record *r,
                       size_t headers_size)
{
    if (b->count == 0 && (b->head.attributes & WR_BATCH_DELETE_HORIZON) == 0) {
        b->head.first_time = r->time;
    }
    int64_t time = minus(r->time, b->head.first_time);
    int64_t delta = r->offset - b->head.base_offset;
    wr_assert(delta >= 0 && delta <= INT32_MAX && (b->count == 0 || r->offset > b->last_offset));
    add_number(b->out, (int64_t)(1 + number_size(time) + number_size(delta) + bytes_size(r->key) +
                                 bytes_size(r->value) + headers_size));
    wr_buf_char(b->out, 0);
    add_number(b->out, time);
    add_number(b->out, delta);
    add_bytes(b->out, r->key);
    add_bytes(b->out, r->value);
    b->max_time = wr_max_i64(b->max_time, r->time);
    b->last_offset = r->offset;
    b->count++;
}

void wr_batch_add(struct wr_batch_builder *b, const struct wr_batch_record *r)
{
    struct weir_bytes headers = r->headers.len != 0 ? r->headers : weir_view("", 1);
    add_record(b, r, headers.len);
    wr_buf_bytes(b->out, headers);
}

void wr_batch_add_headers(struct wr_batch_builder *b, const struct wr_batch_record *r,
                          struct weir_headers headers)
{
    size_t size = number_size((int64_t)headers.count);
    for (size_t i = 0; i < headers.count; i++) {
        size += bytes_size(headers.items[i].name) + bytes_size(headers.items[i].value);
    }
    add_record(b, r, size);
    add_number(b->out, (int64_t)headers.count);
    for (size_t i = 0; i < headers.count; i++) {
        add_bytes(b->out, headers.items[i].name);
        add_bytes(b->out, headers.items[i].value);
    }
}

void wr_batch_finish(struct wr_batch_builder *b)
{
    const struct wr_batch *head = &b->head;
    unsigned char *p = (unsigned char *)b->out->data + b->start;
    size_t len = b->out->len - b->start;
    wr_assert(len - BEFORE_LENGTH <= INT32_MAX);
    wr_assert(b->last_offset - head->base_offset <= INT32_MAX);
    wr_put_be64(p + AT_BASE_OFFSET, (uint64_t)head->base_offset);
    wr_put_be32(p + AT_LENGTH, (uint32_t)(len - BEFORE_LENGTH));
    wr_put_be32(p + AT_LEADER_EPOCH, (uint32_t)head->leader_epoch);
    p[AT_MAGIC] = MAGIC;
    wr_put_be16(p + AT_ATTRIBUTES, head->attributes);
    wr_put_be32(p + AT_LAST_DELTA, (uint32_t)(b->last_offset - head->base_offset));
    wr_put_be64(p + AT_FIRST_TIME, (uint64_t)head->first_time);
    wr_put_be64(p + AT_MAX_TIME, (uint64_t)b->max_time);
    wr_put_be64(p + AT_PRODUCER_ID, (uint64_t)head->producer_id);
    wr_put_be16(p + AT_PRODUCER_EPOCH, (uint16_t)head->producer_epoch);
    wr_put_be32(p + AT_BASE_SEQUENCE, (uint32_t)head->base_sequence);
    wr_put_be32(p + AT_COUNT, (uint32_t)b->count);
    wr_put_be32(p + AT_CHECKSUM, checksum(p, len));
}

/* A marker's key and value, and where in them the type and the coordinator's epoch are. */
enum { MARKER_KEY = 4, MARKER_TYPE_AT = 2, MARKER_VALUE = 6, MARKER_EPOCH_AT = 2 };

void wr_batch_marker(struct wr_buf *out, const struct wr_marker *m, int64_t time)
{
    unsigned char key[MARKER_KEY] = {0};
    unsigned char value[MARKER_VALUE] = {0};
    struct wr_batch_builder b;
    struct wr_batch head = {.attributes = WR_BATCH_TRANSACTIONAL | WR_BATCH_CONTROL,
                            .producer_id = m->producer_id,
                            .producer_epoch = m->producer_epoch,
                            .base_sequence = -1};
    struct wr_batch_record r = {
        .time = time, .key = weir_view(key, sizeof key), .value = weir_view(value, sizeof value)};
    wr_put_be16(key + MARKER_TYPE_AT, m->commit);
    wr_put_be32(value + MARKER_EPOCH_AT, (uint32_t)m->coordinator_epoch);
    wr_batch_start(&b, out, &head);
    wr_batch_add(&b, &r);
    wr_batch_finish(&b);
}

bool wr_batch_read_marker(const struct wr_batch *b, struct wr_marker *m)
{
    struct wr_batch_iter it;
    struct wr_batch_record r;
    wr_batch_iter_init(&it, b);
    if ((b->attributes & WR_BATCH_CONTROL) == 0 || b->count != 1 || wr_batch_next(&it, &r) != 1 ||
        r.key.len < MARKER_KEY || r.value.len < MARKER_VALUE) {
        return false;
    }
    const unsigned char *key = r.key.data;
    const unsigned char *value = r.value.data;
    *m = (struct wr_marker){
        .producer_id = b->producer_id,
        .producer_epoch = b->producer_epoch,
        .coordinator_epoch = (int32_t)wr_get_be32(value + MARKER_EPOCH_AT),
        .commit = wr_get_be16(key + MARKER_TYPE_AT) == 1,
    };
    return true;
}
