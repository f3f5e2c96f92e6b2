/* murmur2.h -- which partition a key belongs to, as Kafka's own clients decide it. */
#ifndef WR_MURMUR2_H
#define WR_MURMUR2_H

#include "src/base/base.h"

/* The 32-bit MurmurHash2 of Kafka's Java client, signed as there. */
int32_t wr_murmur2(struct weir_bytes b);

/* The partition of a key, 0 .. count - 1; an empty key has one too. key is not null, count > 0. */
int32_t wr_partition_of(struct weir_bytes key, int32_t count);

#endif
