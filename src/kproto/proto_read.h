/* proto_read.h -- reading Kafka's protocol primitives out of a request or an answer.
 *
 * A version of a request is "flexible" (KIP-482) or not: flexible ones write lengths as unsigned
 * varints plus one and end every structure with tagged fields. The reader knows which, so that one
 * decoder serves all versions. A failure sticks: whatever is read afterwards is 0, null or an empty
 * array, and the caller looks once, at the end (wr_read_ok). Nothing is copied; views live as long
 * as the bytes. Bounded: no count is believed that the bytes left could not hold.
 */
#ifndef WR_PROTO_READ_H
#define WR_PROTO_READ_H

#include "src/base/arena.h"
#include "src/base/base.h"

struct wr_reader {
    const unsigned char *at;
    const unsigned char *end;
    bool flexible;
    bool failed;
};

void wr_reader_init(struct wr_reader *r, struct weir_bytes data, bool flexible);

/* Nothing failed. What is left is not looked at, as in Apache Kafka: librdkafka 2.0.2 leaves some
 * bytes behind requests. */
bool wr_read_ok(const struct wr_reader *r);

/* Nothing failed, and nothing is left. */
bool wr_read_whole(const struct wr_reader *r);

/* Big-endian integers. */
int8_t wr_read_i8(struct wr_reader *r);
int16_t wr_read_i16(struct wr_reader *r);
int32_t wr_read_i32(struct wr_reader *r);
int64_t wr_read_i64(struct wr_reader *r);
bool wr_read_bool(struct wr_reader *r);
uint32_t wr_read_uvarint(struct wr_reader *r);

/* 16 bytes. */
void wr_read_uuid(struct wr_reader *r, unsigned char out[16]);

/* A string or bytes of either form; the null view for null. */
struct weir_bytes wr_read_string(struct wr_reader *r); /* length int16 or uvarint + 1 */
struct weir_bytes wr_read_bytes(struct wr_reader *r);  /* length int32 or uvarint + 1 */

/* The number of elements of an array, each of which takes at least min_bytes (at least 1); -1 for a
 * null array, which loops treat as empty. */
int32_t wr_read_count(struct wr_reader *r, size_t min_bytes);

/* The tagged fields at the end of a structure, which are skipped; nothing if not flexible. */
void wr_read_tags(struct wr_reader *r);

/* A copy with a terminating zero, NULL for null: a string with a zero inside fails. */
const char *wr_read_cstr(struct wr_reader *r, struct wr_arena *arena);

#endif
