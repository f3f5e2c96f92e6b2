/* record_batch.h -- Kafka's record batch, format 2 (KIP-98): the bytes in logs and on the wire.
 *
 * A batch is 61 bytes of header and records with varint deltas. Of a compressed batch the header is
 * read like any other; its records are not. The checksum covers everything behind it, so that base
 * offset and leader epoch, which lie before it, can be set in place by a broker.
 */
#ifndef WR_RECORD_BATCH_H
#define WR_RECORD_BATCH_H

#include <weir/record.h>

#include "src/base/base.h"
#include "src/base/buf.h"

enum {
    WR_BATCH_HEADER = 61,
    WR_BATCH_COMPRESSION = 0x07, /* bits of attributes */
    WR_BATCH_LOG_APPEND_TIME = 0x08,
    WR_BATCH_TRANSACTIONAL = 0x10,
    WR_BATCH_CONTROL = 0x20,
    WR_BATCH_DELETE_HORIZON = 0x40, /* first_time is when tombstones may go (KIP-534) */
};

struct wr_batch {
    struct weir_bytes bytes; /* the whole batch; a view */
    int64_t base_offset;
    int32_t leader_epoch;
    int8_t magic;
    uint16_t attributes;
    int32_t last_offset_delta;
    int64_t first_time;
    int64_t max_time;
    int64_t producer_id; /* -1: none */
    int16_t producer_epoch;
    int32_t base_sequence;
    int32_t count;
};

/* Read the header of the first batch in data; false if data does not hold a whole batch. */
bool wr_batch_read(struct weir_bytes data, struct wr_batch *out);

/* The checksum agrees with the bytes. */
bool wr_batch_checksum_ok(const struct wr_batch *b);

/* Format, checksum and, where the records are not compressed, that each one parses, that count is
 * their number and that their offsets rise within the batch. Compaction leaves batches that have
 * fewer records than offsets. */
bool wr_batch_valid(const struct wr_batch *b);

/* In place, in the bytes of a whole batch. The last one also sets the type of time, and the
 * checksum. */
void wr_batch_set_base_offset(void *batch, int64_t offset);
void wr_batch_set_leader_epoch(void *batch, int32_t epoch);
void wr_batch_set_max_time(void *batch, int64_t time, bool log_append_time);

static inline int64_t wr_batch_last_offset(const struct wr_batch *b)
{
    return b->base_offset + b->last_offset_delta;
}

struct wr_batch_record {
    int64_t offset;
    int64_t time; /* the batch's greatest time if that is the time of append */
    struct weir_bytes key;
    struct weir_bytes value;
    struct weir_bytes headers; /* count and headers as in the bytes */
};

/* Go over the records of a batch that is not compressed. */
struct wr_batch_iter {
    const struct wr_batch *batch;
    const unsigned char *at;
    const unsigned char *end;
    int32_t left;
    int32_t delta; /* of the last offset; -1 before the first record */
};
void wr_batch_iter_init(struct wr_batch_iter *it, const struct wr_batch *b);

/* 1: *out is the next record, a view; 0: there is none, and nothing behind the last; -1: the bytes
 * are not a record, or its offset is out of place. */
int wr_batch_next(struct wr_batch_iter *it, struct wr_batch_record *out);

/* Build a batch that is not compressed: start, add, finish. head says everything but bytes, times,
 * deltas and count; with WR_BATCH_DELETE_HORIZON also first_time. Before finish the caller may
 * raise last_offset and max_time: compaction keeps those of the batch that was. */
struct wr_batch_builder {
    struct wr_buf *out;
    size_t start;
    struct wr_batch head;
    int64_t max_time;
    int64_t last_offset;
    int32_t count;
};
void wr_batch_start(struct wr_batch_builder *b, struct wr_buf *out, const struct wr_batch *head);
void wr_batch_add(struct wr_batch_builder *b, const struct wr_batch_record *r);
void wr_batch_add_headers(struct wr_batch_builder *b, const struct wr_batch_record *r,
                          struct weir_headers headers); /* r->headers is not looked at */
void wr_batch_finish(struct wr_batch_builder *b);

/* The batch of one control record that ends a transaction: key {version 0, type 0 abort or
 * 1 commit}, value {version 0, coordinator epoch}. */
struct wr_marker {
    int64_t producer_id;
    int16_t producer_epoch;
    int32_t coordinator_epoch;
    bool commit;
};
void wr_batch_marker(struct wr_buf *out, const struct wr_marker *m, int64_t time);

/* What such a batch says; false if it is another one. */
bool wr_batch_read_marker(const struct wr_batch *b, struct wr_marker *m);

#endif
