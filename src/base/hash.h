/* hash.h -- XXH3 of bytes: hash tables, fingerprints of long keys, identities.
 *
 * The 128-bit form is part of the store format (state/README.md). It is never used for
 * partitioning; that is murmur2 (kproto).
 */
#ifndef WR_HASH_H
#define WR_HASH_H

#include "src/base/base.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

static inline uint64_t wr_hash64(const void *data, size_t len)
{
    return XXH3_64bits(data, len);
}

/* 16 bytes in XXH128's canonical (big-endian) form. */
static inline void wr_hash128(const void *data, size_t len, unsigned char out[16])
{
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, XXH3_128bits(data, len));
    memcpy(out, canonical.digest, sizeof canonical.digest);
}

#endif
