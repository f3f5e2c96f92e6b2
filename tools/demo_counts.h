/* demo_counts.h -- clicks and counts by page, and what is wrong with them.
 *
 * It knows neither Kafka nor the engine: one half is told of every click, the other of every count
 * that was written, and the two are compared. Zero-initialise to start. Thread: one. */
#ifndef WR_DEMO_COUNTS_H
#define WR_DEMO_COUNTS_H

#include "src/base/base.h"
#include "src/base/strmap.h"

struct wr_demo_page {
    const char *name;
    int64_t clicks;  /* one by one */
    int64_t counted; /* what was written last */
};

struct wr_demo_counts {
    struct wr_strmap pages;
    int64_t clicks;   /* of all pages */
    int64_t counted;  /* of all pages */
    int64_t updates;  /* counts that were written */
    int64_t repeated; /* those of them that were not greater than the one before */
};

void wr_demo_counts_free(struct wr_demo_counts *c);

/* The value of a click, JSON with a member "page". WEIR_EDECODE if it is something else. */
WR_MUST_CHECK enum weir_code wr_demo_click(struct wr_demo_counts *c, struct weir_bytes json,
                                           struct weir_error *err);

/* The key and the value of a count: a page and an i64. WEIR_EDECODE if they are something else. */
WR_MUST_CHECK enum weir_code wr_demo_update(struct wr_demo_counts *c, struct weir_bytes page,
                                            struct weir_bytes count, struct weir_error *err);

/* The pages with the greatest counts, the greatest first; returns how many there are, at most max.
 */
size_t wr_demo_top(const struct wr_demo_counts *c, const struct wr_demo_page **out, size_t max);

struct wr_demo_verdict {
    int64_t lost;
    int64_t duplicated;
    const struct wr_demo_page *worst; /* the page that differs most; NULL: none does */
    bool exact;                       /* there are clicks, and nothing is wrong */
};

/* Compare page by page. `sent` is how many clicks were written: one that was not read again is lost
 * too, one that was read twice duplicated. */
struct wr_demo_verdict wr_demo_judge(const struct wr_demo_counts *c, int64_t sent);

#endif
