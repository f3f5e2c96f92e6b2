/* proto_write.c -- writing Kafka's protocol primitives. Thread: one per writer. */
#include "src/base/base.h"

#include "src/kproto/proto_write.h"

void wr_write_i8(struct wr_writer *w, int8_t v)
{
    wr_buf_char(w->out, (char)v);
}

void wr_write_i16(struct wr_writer *w, int16_t v)
{
    wr_buf_u16(w->out, (uint16_t)v);
}

void wr_write_i32(struct wr_writer *w, int32_t v)
{
    wr_buf_u32(w->out, (uint32_t)v);
}

void wr_write_i64(struct wr_writer *w, int64_t v)
{
    wr_buf_u64(w->out, (uint64_t)v);
}

void wr_write_bool(struct wr_writer *w, bool v)
{
    wr_write_i8(w, v);
}

void wr_write_uvarint(struct wr_writer *w, uint32_t v)
{
    while (v >= 0x80) {
        wr_buf_char(w->out, (char)(v | 0x80));
        v >>= 7;
    }
    wr_buf_char(w->out, (char)v);
}

void wr_write_uuid(struct wr_writer *w, const unsigned char id[16])
{
    wr_buf_append(w->out, id, 16);
}

void wr_write_string(struct wr_writer *w, struct weir_bytes v)
{
    wr_assert(v.len <= INT16_MAX);
    if (w->flexible) {
        wr_write_uvarint(w, weir_is_null(v) ? 0 : (uint32_t)v.len + 1);
    } else {
        wr_write_i16(w, weir_is_null(v) ? -1 : (int16_t)v.len);
    }
    wr_buf_bytes(w->out, v);
}

void wr_write_cstr(struct wr_writer *w, const char *s)
{
    wr_write_string(w, weir_str(s));
}

void wr_write_bytes(struct wr_writer *w, struct weir_bytes v)
{
    wr_assert(v.len < INT32_MAX);
    wr_write_count(w, weir_is_null(v) ? -1 : (int32_t)v.len);
    wr_buf_bytes(w->out, v);
}

void wr_write_count(struct wr_writer *w, int32_t count)
{
    wr_assert(count >= -1);
    if (w->flexible) {
        wr_write_uvarint(w, (uint32_t)count + 1);
    } else {
        wr_write_i32(w, count);
    }
}

void wr_write_tags(struct wr_writer *w)
{
    if (w->flexible) {
        wr_write_uvarint(w, 0);
    }
}
