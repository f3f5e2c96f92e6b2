/* json_scan.h -- reading JSON texts where they lie: judge once, then look for single fields.
 *
 * Nothing is allocated and no tree is built. Whatever looks for a field trusts that the text was
 * judged: on other bytes it stays inside them, but may find what a judge would have refused.
 * Thread: any.
 */
#ifndef WR_JSON_SCAN_H
#define WR_JSON_SCAN_H

#include "src/base/base.h"
#include "src/data/field_path.h"

enum { WR_JSON_DEPTH_MAX = 64 };

struct wr_json_fault {
    const char *why;
    size_t at; /* offset */
};

/* Whether text is one JSON text by RFC 8259: UTF-8, no half surrogate pairs, objects and arrays at
 * most WR_JSON_DEPTH_MAX deep. Names may repeat; the first one counts. */
bool wr_json_check(struct weir_bytes text, struct wr_json_fault *fault);

/* Point *value at the first byte of the value that the steps lead to, WEIR_ENOTFOUND if there is
 * none. WEIR_EDECODE if the text turns out to be damaged on the way. */
enum weir_code wr_json_seek(struct weir_bytes text, const struct wr_path_step *steps, size_t count,
                            const unsigned char **value);

/* The closing quote of the string whose opening quote is at p, NULL if there is none. *escaped says
 * whether there is a backslash in between. */
const unsigned char *wr_json_string_end(const unsigned char *p, const unsigned char *end,
                                        bool *escaped);

/* The first byte after the value at p, NULL if it has no end. */
const unsigned char *wr_json_skip(const unsigned char *p, const unsigned char *end);

/* The first byte at or after p that is not white space, or end. */
static inline const unsigned char *wr_json_space(const unsigned char *p, const unsigned char *end)
{
    while (p < end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t')) {
        p++;
    }
    return p;
}

#endif
