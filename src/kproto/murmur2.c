/* murmur2.c -- MurmurHash2 (Appleby), with the seed that Kafka's Java client uses. Thread: any. */
#include "src/base/base.h"

#include <string.h>

#include "src/kproto/murmur2.h"

int32_t wr_murmur2(struct weir_bytes b)
{
    const uint32_t m = 0x5bd1e995;
    const unsigned char *p = b.data;
    size_t left = b.len;
    uint32_t h = UINT32_C(0x9747b28c) ^ (uint32_t)b.len;

    for (; left >= 4; left -= 4, p += 4) {
        uint32_t k;
        memcpy(&k, p, sizeof k);
        k *= m;
        k ^= k >> 24;
        k *= m;
        h = (h * m) ^ k;
    }
    if (left != 0) {
        uint32_t k = 0;
        memcpy(&k, p, left);
        h = (h ^ k) * m;
    }
    h ^= h >> 13;
    h *= m;
    h ^= h >> 15;
    return (int32_t)h;
}

int32_t wr_partition_of(struct weir_bytes key, int32_t count)
{
    wr_assert(!weir_is_null(key) && count > 0);
    return (wr_murmur2(key) & INT32_MAX) % count;
}
