/* crc32c.h -- CRC-32C (Castagnoli), the checksum of Kafka's record batches. */
#ifndef WR_CRC32C_H
#define WR_CRC32C_H

#include "src/base/base.h"

/* The checksum of bytes that follow others: crc is the checksum so far, 0 at the start. Uses the
 * processor's instruction where there is one. Thread: any. */
uint32_t wr_crc32c(uint32_t crc, const void *data, size_t len);

/* The same without special instructions. */
uint32_t wr_crc32c_portable(uint32_t crc, const void *data, size_t len);

#endif
