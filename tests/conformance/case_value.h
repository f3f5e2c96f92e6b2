/* case_value.h -- keys and values of conformance cases (SPEC.md, section 1) as bytes and back. */
#ifndef WR_CASE_VALUE_H
#define WR_CASE_VALUE_H

#include <jansson.h>
#include <weir/bytes.h>

#include "src/base/buf.h"

enum case_type { CASE_STRING, CASE_LONG };

/* The bytes of null, a string, or an integer; in buffer (8 bytes) or in the json itself. */
struct weir_bytes case_bytes(const json_t *value, enum case_type type, char buffer[8]);

/* The opposite. Bytes that are no value of the type become {"hex": "..."}. */
json_t *case_value(struct weir_bytes b, enum case_type type);

/* Bytes as a string of hexadecimal digits; null for the null view. */
json_t *case_hex(struct weir_bytes b);

/* The bytes of such a string, kept in buffer. Anything but an even number of digits is a mistake of
 * the case and ends the program. */
struct weir_bytes case_unhex(const json_t *hex, struct wr_buf *buffer);

#endif
