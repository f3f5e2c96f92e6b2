/* buf.h -- a growing buffer of bytes, for building keys, texts and messages off the record path. */
#ifndef WR_BUF_H
#define WR_BUF_H

#include "src/base/base.h"

/* Zero-initialise to start; data is owned and may move at every append. */
struct wr_buf {
    char *data;
    size_t len;
    size_t cap;
};

void wr_buf_free(struct wr_buf *b);
void wr_buf_reserve(struct wr_buf *b, size_t more);
void wr_buf_append(struct wr_buf *b, const void *data, size_t len);
void wr_buf_bytes(struct wr_buf *b, struct weir_bytes v);
void wr_buf_str(struct wr_buf *b, const char *s);
void wr_buf_char(struct wr_buf *b, char c);
void wr_buf_printf(struct wr_buf *b, const char *format, ...) WR_PRINTF(2, 3);

void wr_buf_decimal(struct wr_buf *b, int64_t v); /* as printf's %lld, for what is done often */

/* Integers, big-endian. */
void wr_buf_u16(struct wr_buf *b, uint16_t v);
void wr_buf_u32(struct wr_buf *b, uint32_t v);
void wr_buf_u64(struct wr_buf *b, uint64_t v);

/* The contents as a C string; stays owned by the buffer. */
const char *wr_buf_cstr(struct wr_buf *b);

/* Hand the contents over as a C string for wr_free(); the buffer is empty afterwards. */
char *wr_buf_steal(struct wr_buf *b);

static inline void wr_buf_reset(struct wr_buf *b)
{
    b->len = 0;
}

/* The contents, until the next append. Never the null view: an empty buffer gives an empty one. */
static inline struct weir_bytes wr_buf_view(const struct wr_buf *b)
{
    return weir_view(b->data != NULL ? b->data : "", b->len);
}

#endif
