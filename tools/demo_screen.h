/* demo_screen.h -- what the demo prints: sentences one below the other and, on a terminal, a table
 * below them that is painted anew. Elsewhere the table is a line every second. Thread: one. */
#ifndef WR_DEMO_SCREEN_H
#define WR_DEMO_SCREEN_H

#include "tools/demo_view.h"

struct wr_demo_screen {
    bool live; /* a terminal that can be painted */
    int64_t began_ms;
    int painted;     /* lines of the table that are on the screen */
    int64_t next_ms; /* when the table is due */
};

void wr_demo_screen_open(struct wr_demo_screen *s, bool plain, int64_t now_ms);

/* Print a sentence with the time since the beginning. */
void wr_demo_screen_say(struct wr_demo_screen *s, const char *format, ...) WR_PRINTF(2, 3);

/* Leave the table as it is: what is printed now stands below it. */
void wr_demo_screen_leave(struct wr_demo_screen *s);

/* Show the counts, if it is time to. */
void wr_demo_screen_paint(struct wr_demo_screen *s, const struct wr_demo_view *v, int64_t now_ms);

/* Write out what was printed. WEIR_EIO if that is not possible. */
WR_MUST_CHECK enum weir_code wr_demo_screen_flush(struct weir_error *err);

#endif
