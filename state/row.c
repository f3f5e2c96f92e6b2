/* row.c -- cells. Thread: any. */
#include "src/base/base.h"

#include <string.h>

#include "src/base/endian.h"
#include "src/base/err.h"
#include "src/kproto/crc32c.h"
#include "state/row.h"

enum { HEAD = 1 + 8, EXPIRY = 8, CHECKSUM = 4 };

static uint32_t checksum(struct weir_bytes key, const void *cell, size_t len)
{
    return wr_crc32c(wr_crc32c(0, key.data, key.len), cell, len);
}

void wr_row_encode(struct wr_buf *out, struct weir_bytes key, struct wr_row row)
{
    size_t len = HEAD + row.value.len;
    wr_buf_reserve(out, len + CHECKSUM);
    char *p = out->data + out->len;
    p[0] = WR_ROW_FORMAT;
    wr_put_be64(p + 1, (uint64_t)row.time);
    if (row.value.len != 0) {
        memcpy(p + HEAD, row.value.data, row.value.len);
    }
    wr_put_be32(p + len, checksum(key, p, len));
    out->len += len + CHECKSUM;
}

enum weir_code wr_row_decode(struct weir_bytes key, struct weir_bytes cell, struct wr_row *out,
                             struct weir_error *err)
{
    const unsigned char *p = cell.data;
    if (cell.len < HEAD + CHECKSUM) {
        return wr_fail(err, WEIR_ECORRUPT, "a row of %zu bytes is shorter than any row", cell.len);
    }
    size_t len = cell.len - CHECKSUM;
    uint32_t stored = wr_get_be32(p + len);
    uint32_t computed = checksum(key, p, len);
    if (stored != computed) {
        return wr_fail(err, WEIR_ECORRUPT, "a row has the checksum %08x but its bytes give %08x",
                       stored, computed);
    }
    size_t head = HEAD + ((p[0] & WR_ROW_EXPIRY) != 0 ? EXPIRY : 0);
    if ((p[0] & ~WR_ROW_EXPIRY) != WR_ROW_FORMAT || len < head) {
        return wr_fail(err, WEIR_ECORRUPT,
                       "a row is in format 0x%02x, which this version of Weir "
                       "does not know",
                       p[0]);
    }
    out->time = (int64_t)wr_get_be64(p + 1);
    out->value = weir_view(p + head, len - head);
    return WEIR_OK;
}
