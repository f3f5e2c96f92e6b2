/* demo_view.h -- the demo's counts as text: a table, or a line. Nothing is printed here.
 * Thread: one. */
#ifndef WR_DEMO_VIEW_H
#define WR_DEMO_VIEW_H

#include "src/base/buf.h"
#include "tools/demo_counts.h"

enum { WR_DEMO_INSTANCES = 2 };

struct wr_demo_view {
    const struct wr_demo_counts *counts;
    int64_t sent;
    struct {
        bool runs;
        int tasks;
    } instances[WR_DEMO_INSTANCES];
};

/* Append a number with a comma before each three digits. */
void wr_demo_put_number(struct wr_buf *out, int64_t n);

/* Append the pages with the greatest counts and what the instances do, in lines of at most `width`
 * columns, `rows` lines at most; returns how many lines there are. */
int wr_demo_draw_table(struct wr_buf *out, const struct wr_demo_view *v, int width, int rows);

/* The same on one line, as wide as it is; without its end. */
void wr_demo_draw_line(struct wr_buf *out, const struct wr_demo_view *v);

/* Append text in lines of at most `width` columns, broken between words; all but the first begin
 * with `indent` spaces, which the caller has printed already on the first. No end of line. */
void wr_demo_put_wrapped(struct wr_buf *out, const char *text, int indent, int width);

#endif
