/* row.h -- the cell: what one row of a store looks like at rest, whatever the engine.
 *
 *     1 byte    format (high four bits) and flags
 *     8 bytes   time, ms, big-endian
 *     8 bytes   expiry, only with WR_ROW_EXPIRY; no writer sets it, readers skip it
 *     n bytes   value
 *     4 bytes   CRC32C over the key and everything above, big-endian
 *
 * The checksum takes the key in, so that a cell found under another key than its own is damage.
 */
#ifndef WR_ROW_H
#define WR_ROW_H

#include "src/base/base.h"
#include "src/base/buf.h"

enum { WR_ROW_FORMAT = 0x10, WR_ROW_EXPIRY = 0x01 };

struct wr_row {
    struct weir_bytes value; /* never null */
    int64_t time;
};

/* Append the cell of a row to out. */
void wr_row_encode(struct wr_buf *out, struct weir_bytes key, struct wr_row row);

/* Read a cell; the value is a view into it. WEIR_ECORRUPT, for whatever bytes it is given, unless
 * they are what was written for this key. */
WR_MUST_CHECK enum weir_code wr_row_decode(struct weir_bytes key, struct weir_bytes cell,
                                           struct wr_row *out, struct weir_error *err);

#endif
