/* key_codec.h -- the key under which LMDB keeps a row.
 *
 * LMDB takes keys of 1 to 511 bytes; a store takes any.
 *
 *     key of up to 494 bytes:  tag, key
 *     longer key:              tag, first 494 bytes of the key, XXH128 of the whole key (16 bytes)
 *
 * A longer key fills all 511 bytes, which no shorter one does, and the whole key stands in front of
 * the cell: length (LEB128), key, cell.
 *
 * Order: two keys differ within their first 494 bytes, or one of those that fit is a prefix of the
 * other, or both are long and share them. In the first two cases the stored keys compare as the
 * keys do. In the third they compare by their hashes: such keys form one contiguous group, and a
 * scan that meets it sorts its members in memory (lmdb_cursor.c).
 */
#ifndef WR_KEY_CODEC_H
#define WR_KEY_CODEC_H

#include "src/base/base.h"
#include "src/base/buf.h"

enum {
    WR_KEY_TAG = 0x01,
    WR_STORED_KEY_MAX = 511,
    WR_KEY_HASH = 16,
    WR_KEY_PREFIX = WR_STORED_KEY_MAX - 1 - WR_KEY_HASH,
};

struct wr_stored_key {
    size_t len;
    unsigned char data[WR_STORED_KEY_MAX];
};

static inline bool wr_key_is_long(struct weir_bytes key)
{
    return key.len > WR_KEY_PREFIX;
}

void wr_key_store(struct weir_bytes key, struct wr_stored_key *out);

/* The least and the greatest stored key that a key with these first 494 bytes can have. */
void wr_key_group_first(struct weir_bytes key, struct wr_stored_key *out);
void wr_key_group_last(struct weir_bytes key, struct wr_stored_key *out);

static inline bool wr_stored_key_is_long(struct weir_bytes stored)
{
    return stored.len == WR_STORED_KEY_MAX;
}

/* Both stored keys are of long keys with the same first 494 bytes. */
bool wr_stored_key_same_group(struct weir_bytes a, struct weir_bytes b);

/* What is kept under the stored key of a long key. */
void wr_long_value_encode(struct wr_buf *out, struct weir_bytes key, struct weir_bytes cell);

/* The key and cell of a stored pair, as views into it. WEIR_ECORRUPT, for whatever bytes it is
 * given, unless a key can have been stored so. */
WR_MUST_CHECK enum weir_code wr_stored_pair_decode(struct weir_bytes stored,
                                                   struct weir_bytes value, struct weir_bytes *key,
                                                   struct weir_bytes *cell, struct weir_error *err);

#endif
