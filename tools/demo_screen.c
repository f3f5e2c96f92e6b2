/* demo_screen.c -- what the demo prints. Invariant: the cursor is at the beginning of the line
 * below everything that was printed, the table included. */
#include "src/base/base.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "src/base/clock.h"
#include "src/base/err.h"
#include "tools/demo_screen.h"

enum {
    LIVE_MS = 200,
    PLAIN_MS = 1000,
    TIME_WIDTH = 9,
    WIDTH = 100, /* of what has no width */
    HEIGHT = 24,
};

void wr_demo_screen_open(struct wr_demo_screen *s, bool plain, int64_t now_ms)
{
    const char *term = getenv("TERM");
    bool can = term != NULL && strcmp(term, "dumb") != 0 && isatty(STDOUT_FILENO);
    *s = (struct wr_demo_screen){.live = can && !plain, .began_ms = now_ms};
    setvbuf(stdout, NULL, _IOFBF, BUFSIZ); /* what is painted appears at once */
}

static void measure(const struct wr_demo_screen *s, int *width, int *height)
{
    struct winsize w = {0};
    bool known = s->live && ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0;
    *width = known && w.ws_col != 0 ? w.ws_col - 1 : WIDTH; /* the last column may wrap */
    *height = known && w.ws_row != 0 ? w.ws_row - 1 : HEIGHT;
}

static void wipe(struct wr_demo_screen *s)
{
    if (s->painted > 0) {
        printf("\x1b[%dA\x1b[J", s->painted);
        s->painted = 0;
    }
}

void wr_demo_screen_say(struct wr_demo_screen *s, const char *format, ...)
{
    va_list args;
    int width;
    int height;
    char text[WEIR_ERROR_TEXT_MAX];
    struct wr_buf out = {0};
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    measure(s, &width, &height);
    wr_demo_put_wrapped(&out, text, TIME_WIDTH, s->live ? width : INT16_MAX);
    wipe(s);
    printf("%5.1f s  %s\n", (double)(wr_mono_ms(wr_clock_system()) - s->began_ms) / 1000,
           wr_buf_cstr(&out));
    wr_buf_free(&out);
    s->next_ms = s->live ? 0 : s->next_ms;
}

void wr_demo_screen_leave(struct wr_demo_screen *s)
{
    s->painted = 0;
}

void wr_demo_screen_paint(struct wr_demo_screen *s, const struct wr_demo_view *v, int64_t now_ms)
{
    int width;
    int height;
    struct wr_buf text = {0};
    if (now_ms < s->next_ms) {
        return;
    }
    if (s->live) {
        measure(s, &width, &height);
        int lines = wr_demo_draw_table(&text, v, width, height);
        wipe(s);
        fputs(wr_buf_cstr(&text), stdout);
        s->painted = lines;
        s->next_ms = now_ms + LIVE_MS;
    } else {
        wr_demo_draw_line(&text, v);
        wr_demo_screen_say(s, "%s", wr_buf_cstr(&text));
        s->next_ms = now_ms + PLAIN_MS;
    }
    wr_buf_free(&text);
}

enum weir_code wr_demo_screen_flush(struct weir_error *err)
{
    if (fflush(stdout) != 0 || ferror(stdout)) {
        return wr_fail(err, WEIR_EIO, "could not write to standard output: %s",
                       wr_errno_text(errno));
    }
    return WEIR_OK;
}
