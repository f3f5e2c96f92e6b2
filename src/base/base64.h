/* base64.h -- RFC 4648 base64: with padding, as Kafka Streams writes its offset metadata, and of
 * ids as Kafka shows them. */
#ifndef WR_BASE64_H
#define WR_BASE64_H

#include "src/base/buf.h"

void wr_base64_encode(struct wr_buf *out, struct weir_bytes in);

/* Append the bytes of text; false, with out as it was, if text is not base64. */
bool wr_base64_decode(struct wr_buf *out, const char *text, size_t len);

/* Base64 for URLs: the digit of a value below 64, and the 22 digits of a 16-byte id, which have no
 * padding, as Kafka shows ids of topics and clusters. */
char wr_base64url_digit(unsigned value);
void wr_base64url_id(char out[23], const unsigned char id[16]);

#endif
