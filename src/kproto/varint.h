/* varint.h -- zig-zag variable-length integers, as in Kafka's records.
 *
 * Kafka's varint (32 bits) and varlong (64 bits) write a number that fits both in the same bytes,
 * so there is one pair of functions; who expects 32 bits checks the range of what was read.
 */
#ifndef WR_VARINT_H
#define WR_VARINT_H

#include "src/base/base.h"

enum { WR_VARINT_MAX = 10 }; /* bytes */

/* Write v; returns how many bytes it took. */
size_t wr_varint_encode(unsigned char out[WR_VARINT_MAX], int64_t v);

/* Read a number from the start of data; returns how many bytes it took, 0 if it does not end within
 * len bytes or does not fit in 64 bits: *v is then left alone. */
size_t wr_varint_decode(const void *data, size_t len, int64_t *v);

#endif
