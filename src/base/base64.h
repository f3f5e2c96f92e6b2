/* base64.h -- RFC 4648 base64 with padding, as Kafka Streams writes its offset metadata. */
#ifndef WR_BASE64_H
#define WR_BASE64_H

#include "src/base/buf.h"

void wr_base64_encode(struct wr_buf *out, struct weir_bytes in);

/* Append the bytes of text; false, with out as it was, if text is not base64. */
bool wr_base64_decode(struct wr_buf *out, const char *text, size_t len);

#endif
