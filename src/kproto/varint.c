/* varint.c -- zig-zag coding: the sign moves to the lowest bit, then 7 bits a byte, lowest first.
 */
#include "src/base/base.h"

#include "src/kproto/varint.h"

size_t wr_varint_encode(unsigned char out[WR_VARINT_MAX], int64_t v)
{
    uint64_t z = ((uint64_t)v << 1) ^ (uint64_t)(v >> 63);
    size_t n = 0;
    while (z >= 0x80) {
        out[n++] = (unsigned char)(z | 0x80);
        z >>= 7;
    }
    out[n++] = (unsigned char)z;
    return n;
}

size_t wr_varint_decode(const void *data, size_t len, int64_t *v)
{
    const unsigned char *p = data;
    size_t limit = wr_min_size(len, WR_VARINT_MAX);
    uint64_t z = 0;
    for (size_t i = 0; i < limit; i++) {
        if (i == WR_VARINT_MAX - 1 && p[i] > 1) {
            return 0; /* only one bit is left for the tenth byte */
        }
        z |= (uint64_t)(p[i] & 0x7f) << (7 * i);
        if (p[i] < 0x80) {
            *v = (int64_t)(z >> 1) ^ -(int64_t)(z & 1);
            return i + 1;
        }
    }
    return 0;
}
