/* json_text.h -- strings as JSON text: escapes in both directions. Thread: any. */
#ifndef WR_JSON_TEXT_H
#define WR_JSON_TEXT_H

#include "src/base/base.h"
#include "src/base/buf.h"

/* The escape that begins with the backslash at p: returns the bytes it takes (2; 6 for \u; 12 for a
 * pair of surrogates) and puts the character's *n bytes in out, or returns 0 if it is none, is cut
 * off, or is half a pair. */
size_t wr_json_escape(const unsigned char *p, size_t left, char out[4], size_t *n);

/* Resolve the escapes between the quotes of a string, p..end, into out, which has room for as many
 * bytes. Returns the length, SIZE_MAX if an escape is wrong. */
size_t wr_json_unescape(const unsigned char *p, const unsigned char *end, char *out);

/* Whether the string between quotes, p..end, is name once its escapes are resolved. */
bool wr_json_string_is(const unsigned char *p, const unsigned char *end, struct weir_bytes name);

/* Append s as a JSON string; bytes that are not UTF-8 become U+FFFD. */
void wr_json_put_string(struct wr_buf *out, struct weir_bytes s);

#endif
