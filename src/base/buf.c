/* buf.c -- growing byte buffer. Invariant: len <= cap, data NULL only while cap is 0. */
#include "src/base/base.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "src/base/buf.h"
#include "src/base/endian.h"
#include "src/base/mem.h"

enum { PRINTF_ROOM = 64 }; /* what most texts fit into, so that they are formatted once */

void wr_buf_free(struct wr_buf *b)
{
    wr_free(b->data);
    *b = (struct wr_buf){0};
}

void wr_buf_reserve(struct wr_buf *b, size_t more)
{
    wr_assert(b->len + more >= b->len);
    if (b->len + more <= b->cap) {
        return;
    }
    size_t cap = b->cap < 64 ? 64 : b->cap * 2;
    if (cap < b->len + more) {
        cap = b->len + more;
    }
    b->data = wr_realloc(b->data, cap);
    b->cap = cap;
}

void wr_buf_append(struct wr_buf *b, const void *data, size_t len)
{
    wr_buf_reserve(b, len);
    if (len != 0) {
        memcpy(b->data + b->len, data, len);
        b->len += len;
    }
}

void wr_buf_bytes(struct wr_buf *b, struct weir_bytes v)
{
    wr_buf_append(b, v.data, v.len);
}

void wr_buf_str(struct wr_buf *b, const char *s)
{
    wr_buf_append(b, s, strlen(s));
}

void wr_buf_char(struct wr_buf *b, char c)
{
    wr_buf_append(b, &c, 1);
}

void wr_buf_printf(struct wr_buf *b, const char *format, ...)
{
    va_list args;
    va_list again;
    va_start(args, format);
    va_copy(again, args);
    wr_buf_reserve(b, PRINTF_ROOM);
    size_t room = b->cap - b->len;
    int n = vsnprintf(b->data + b->len, room, format, args);
    va_end(args);
    wr_assert(n >= 0);
    if ((size_t)n >= room) {
        wr_buf_reserve(b, (size_t)n + 1);
        vsnprintf(b->data + b->len, (size_t)n + 1, format, again);
    }
    va_end(again);
    b->len += (size_t)n;
}

void wr_buf_decimal(struct wr_buf *b, int64_t v)
{
    char digits[20]; /* of 2^63, and the sign */
    size_t at = sizeof digits;
    uint64_t rest = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest != 0);
    if (v < 0) {
        digits[--at] = '-';
    }
    wr_buf_append(b, digits + at, sizeof digits - at);
}

void wr_buf_u16(struct wr_buf *b, uint16_t v)
{
    char raw[2];
    wr_put_be16(raw, v);
    wr_buf_append(b, raw, sizeof raw);
}

void wr_buf_u32(struct wr_buf *b, uint32_t v)
{
    char raw[4];
    wr_put_be32(raw, v);
    wr_buf_append(b, raw, sizeof raw);
}

void wr_buf_u64(struct wr_buf *b, uint64_t v)
{
    char raw[8];
    wr_put_be64(raw, v);
    wr_buf_append(b, raw, sizeof raw);
}

const char *wr_buf_cstr(struct wr_buf *b)
{
    wr_buf_reserve(b, 1);
    b->data[b->len] = '\0';
    return b->data;
}

char *wr_buf_steal(struct wr_buf *b)
{
    wr_buf_cstr(b);
    char *s = b->data;
    *b = (struct wr_buf){0};
    return s;
}
