/* demo_view.c -- the demo's counts as text: a table, or a line. */
#include "src/base/base.h"

#include <stdio.h>

#include <string.h>

#include "tools/demo_view.h"

enum {
    TOP_MAX = 8,  /* pages of the table */
    LINE_TOP = 3, /* of the line */
    MARGIN = 9,   /* in front of everything: as wide as the time of a sentence */
    NAME_WIDTH = 14,
    NUMBER_WIDTH = 11,
    BAR_MAX = 40,
    WIDTH_MIN = 20,
};

void wr_demo_put_number(struct wr_buf *out, int64_t n)
{
    char digits[24];
    int len = snprintf(digits, sizeof digits, "%llu",
                       n < 0 ? 0 - (unsigned long long)n : (unsigned long long)n);
    if (n < 0) {
        wr_buf_char(out, '-');
    }
    for (int i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0) {
            wr_buf_char(out, ',');
        }
        wr_buf_char(out, digits[i]);
    }
}

/* At the right of `width` columns. */
static void put_right(struct wr_buf *out, int64_t n, int width)
{
    struct wr_buf text = {0};
    wr_demo_put_number(&text, n);
    wr_buf_printf(out, "%*s", width, wr_buf_cstr(&text));
    wr_buf_free(&text);
}

static void put_page(struct wr_buf *out, const struct wr_demo_page *page, int64_t most, int bar)
{
    wr_buf_printf(out, "%*s%-*.*s", MARGIN, "", NAME_WIDTH, NAME_WIDTH, page->name);
    put_right(out, page->counted, NUMBER_WIDTH);
    wr_buf_str(out, bar > 0 ? "  " : "");
    for (int64_t i = 0; i < page->counted * bar / wr_max_i64(most, 1); i++) {
        wr_buf_str(out, "█");
    }
    wr_buf_char(out, '\n');
}

static void put_totals(struct wr_buf *out, const struct wr_demo_view *v)
{
    wr_demo_put_number(out, v->sent);
    wr_buf_str(out, " clicks, ");
    wr_demo_put_number(out, v->counts->counted);
    wr_buf_str(out, " counted");
    for (int i = 0; i < WR_DEMO_INSTANCES; i++) {
        wr_buf_printf(out, "%s instance %d: ", i == 0 ? ";" : ",", i + 1);
        if (v->instances[i].runs) {
            wr_buf_printf(out, "%d tasks", v->instances[i].tasks);
        } else {
            wr_buf_str(out, "down");
        }
    }
}

int wr_demo_draw_table(struct wr_buf *out, const struct wr_demo_view *v, int width, int rows)
{
    const struct wr_demo_page *top[TOP_MAX];
    struct wr_buf totals = {0};
    size_t start = out->len;
    int bar = (int)wr_min_i64(BAR_MAX, width - MARGIN - NAME_WIDTH - NUMBER_WIDTH - 2);
    size_t count =
        wr_demo_top(v->counts, top, (size_t)wr_max_i64(0, wr_min_i64(TOP_MAX, rows - 3)));
    for (size_t i = 0; i < count; i++) {
        put_page(out, top[i], top[0]->counted, bar);
    }
    put_totals(&totals, v);
    wr_buf_printf(out, "%*s", MARGIN, "");
    wr_demo_put_wrapped(out, wr_buf_cstr(&totals), MARGIN, width);
    wr_buf_char(out, '\n');
    wr_buf_free(&totals);
    int lines = 0;
    for (size_t i = start; i < out->len; i++) {
        lines += out->data[i] == '\n';
    }
    return lines;
}

void wr_demo_draw_line(struct wr_buf *out, const struct wr_demo_view *v)
{
    const struct wr_demo_page *top[LINE_TOP];
    size_t count = wr_demo_top(v->counts, top, LINE_TOP);
    put_totals(out, v);
    for (size_t i = 0; i < count; i++) {
        wr_buf_printf(out, "%s%s ", i == 0 ? "; " : ", ", top[i]->name);
        wr_demo_put_number(out, top[i]->counted);
    }
}

void wr_demo_put_wrapped(struct wr_buf *out, const char *text, int indent, int width)
{
    int room = (int)wr_max_i64(width, WIDTH_MIN) - indent;
    int used = 0;
    while (*text != '\0') {
        int len = (int)strcspn(text, " ");
        if (used > 0 && used + 1 + len > room) {
            wr_buf_printf(out, "\n%*s", indent, "");
            used = 0;
        }
        wr_buf_printf(out, "%s%.*s", used > 0 ? " " : "", len, text);
        used += len + (used > 0);
        text += len;
        text += strspn(text, " ");
    }
}
