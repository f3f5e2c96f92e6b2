/* proto_write.h -- writing Kafka's protocol primitives (proto_read.h is the other way). */
#ifndef WR_PROTO_WRITE_H
#define WR_PROTO_WRITE_H

#include "src/base/base.h"
#include "src/base/buf.h"

struct wr_writer {
    struct wr_buf *out; /* appended to */
    bool flexible;
};

void wr_write_i8(struct wr_writer *w, int8_t v);
void wr_write_i16(struct wr_writer *w, int16_t v);
void wr_write_i32(struct wr_writer *w, int32_t v);
void wr_write_i64(struct wr_writer *w, int64_t v);
void wr_write_bool(struct wr_writer *w, bool v);
void wr_write_uvarint(struct wr_writer *w, uint32_t v);
void wr_write_uuid(struct wr_writer *w, const unsigned char id[16]);

/* The null view writes null. At most 32,767 bytes. */
void wr_write_string(struct wr_writer *w, struct weir_bytes v);
void wr_write_cstr(struct wr_writer *w, const char *s); /* NULL: null */
void wr_write_bytes(struct wr_writer *w, struct weir_bytes v);

/* The head of an array: count elements follow; -1: null. */
void wr_write_count(struct wr_writer *w, int32_t count);

/* No tagged fields; nothing if not flexible. */
void wr_write_tags(struct wr_writer *w);

#endif
