/* listing.h -- rows of named values on standard output, as people or as programs want them.
 *
 *     table    a line of titles, columns as wide as what is in them, strings without their quotes;
 *              nothing at all without rows
 *     json     one array of objects
 *     ndjson   one object a line
 *
 * Rows go out a block at a time, so that any number of them takes little memory; a table's columns
 * only grow. Thread: one.
 */
#ifndef WR_LISTING_H
#define WR_LISTING_H

#include "src/base/base.h"

struct wr_listing;

enum wr_listing_form { WR_LISTING_TABLE, WR_LISTING_JSON, WR_LISTING_NDJSON };

/* False: name is none of "table", "json" and "ndjson". */
bool wr_listing_form_of(const char *name, enum wr_listing_form *out);

/* columns are the names of the members of an object; they live as long as the listing. */
struct wr_listing *wr_listing_new(enum wr_listing_form form, const char *const *columns,
                                  size_t count);

/* The next value of the row; the last one ends it. */
void wr_listing_text(struct wr_listing *l, const char *text);
void wr_listing_i64(struct wr_listing *l, int64_t v);
void wr_listing_time(struct wr_listing *l, int64_t ms); /* in a table for people, else the number */
void wr_listing_none(struct wr_listing *l);             /* "-" in a table, null */
void wr_listing_json(struct wr_listing *l, struct weir_bytes json); /* one JSON text in a line */

/* Write what is left and free. */
void wr_listing_end(struct wr_listing *l);

#endif
