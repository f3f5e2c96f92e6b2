/* listing.c -- rows of named values on standard output. */
#include "src/base/base.h"

#include <ctype.h>
#include <stdio.h>

#include "src/base/buf.h"
#include "src/base/mem.h"
#include "src/base/timestamp.h"
#include "src/data/json_text.h"
#include "tools/listing.h"

enum { BLOCK_ROWS = 100, COLUMN_GAP = 2, WIDTH_MAX = 60 };

struct wr_listing {
    enum wr_listing_form form;
    const char *const *columns;
    size_t count;
    size_t at;           /* the column of the next value */
    bool begun;          /* there was a row */
    size_t *widths;      /* of a table's columns, in characters */
    struct wr_buf block; /* of a table: cells, each with a zero behind it */
    size_t block_rows;
    struct wr_buf line;
    struct wr_buf shown;
};

bool wr_listing_form_of(const char *name, enum wr_listing_form *out)
{
    static const char *const names[] = {"table", "json", "ndjson"};
    for (size_t i = 0; i < WR_ARRAY_LEN(names); i++) {
        if (strcmp(names[i], name) == 0) {
            *out = (enum wr_listing_form)i;
            return true;
        }
    }
    return false;
}

/* Characters of UTF-8: bytes that continue none. */
static size_t width_of(const char *text)
{
    size_t n = 0;
    for (; *text != '\0'; text++) {
        n += ((unsigned char)*text & 0xC0) != 0x80;
    }
    return n;
}

static void end_cell(struct wr_listing *l, size_t start)
{
    wr_buf_char(&l->block, '\0');
    size_t width = wr_min_size(width_of(l->block.data + start), WIDTH_MAX);
    l->widths[l->at] = width > l->widths[l->at] ? width : l->widths[l->at];
}

struct wr_listing *wr_listing_new(enum wr_listing_form form, const char *const *columns,
                                  size_t count)
{
    struct wr_listing *l = WR_NEW(struct wr_listing);
    l->form = form;
    l->columns = columns;
    l->count = count;
    l->widths = wr_calloc(count, sizeof *l->widths);
    if (form == WR_LISTING_TABLE) {
        for (; l->at < count; l->at++) {
            size_t start = l->block.len;
            for (const char *p = columns[l->at]; *p != '\0'; p++) {
                wr_buf_char(&l->block, (char)toupper((unsigned char)*p));
            }
            end_cell(l, start);
        }
        l->at = 0;
        l->block_rows = 1;
    }
    return l;
}

static void write_block(struct wr_listing *l)
{
    const char *cell = l->block.data;
    for (size_t row = 0; row < l->block_rows; row++) {
        wr_buf_reset(&l->line);
        for (size_t i = 0; i < l->count; i++) {
            wr_buf_str(&l->line, cell);
            size_t width = width_of(cell);
            size_t pad = i + 1 == l->count ? 0 : COLUMN_GAP;
            pad += pad != 0 && l->widths[i] > width ? l->widths[i] - width : 0;
            wr_buf_printf(&l->line, "%*s", (int)pad, "");
            cell += strlen(cell) + 1;
        }
        wr_buf_char(&l->line, '\n');
        fwrite(l->line.data, 1, l->line.len, stdout);
    }
    wr_buf_reset(&l->block);
    l->block_rows = 0;
}

static void end_row(struct wr_listing *l)
{
    l->at = 0;
    l->begun = true;
    if (l->form != WR_LISTING_TABLE) {
        wr_buf_char(&l->line, '}');
        fwrite(l->line.data, 1, l->line.len, stdout);
        wr_buf_reset(&l->line);
    } else if (++l->block_rows >= BLOCK_ROWS) {
        write_block(l);
    }
}

/* A value: a JSON text, and what a table shows of it. */
static void put(struct wr_listing *l, struct weir_bytes json, struct weir_bytes shown)
{
    if (l->form == WR_LISTING_TABLE) {
        size_t start = l->block.len;
        wr_buf_bytes(&l->block, shown);
        end_cell(l, start);
    } else {
        static const char *const before[] = {"", "[\n", ""};
        static const char *const between[] = {"", ",\n", "\n"};
        if (l->at == 0) {
            wr_buf_str(&l->line, (l->begun ? between : before)[l->form]);
        }
        wr_buf_str(&l->line, l->at == 0 ? "{" : ",");
        wr_json_put_string(&l->line, weir_str(l->columns[l->at]));
        wr_buf_char(&l->line, ':');
        wr_buf_bytes(&l->line, json);
    }
    if (++l->at == l->count) {
        end_row(l);
    }
}

/* A string without its quotes, and those in it as they are: the other escapes keep a row on its
 * line. */
void wr_listing_json(struct wr_listing *l, struct weir_bytes json)
{
    const char *text = json.data;
    if (json.len < 2 || text[0] != '"') {
        put(l, json, json);
        return;
    }
    wr_buf_reset(&l->shown);
    for (size_t i = 1; i + 1 < json.len; i++) {
        bool escaped = text[i] == '\\';
        i += escaped && text[i + 1] == '"';
        wr_buf_char(&l->shown, text[i]);
        if (escaped && text[i] == '\\') {
            wr_buf_char(&l->shown, text[++i]);
        }
    }
    put(l, json, wr_buf_view(&l->shown));
}

void wr_listing_text(struct wr_listing *l, const char *text)
{
    struct wr_buf json = {0};
    wr_json_put_string(&json, weir_str(text));
    wr_listing_json(l, wr_buf_view(&json));
    wr_buf_free(&json);
}

void wr_listing_i64(struct wr_listing *l, int64_t v)
{
    char text[32];
    snprintf(text, sizeof text, "%lld", (long long)v);
    put(l, weir_str(text), weir_str(text));
}

void wr_listing_time(struct wr_listing *l, int64_t ms)
{
    char number[32];
    char text[WR_TIMESTAMP_MAX];
    snprintf(number, sizeof number, "%lld", (long long)ms);
    wr_timestamp_format(text, ms);
    put(l, weir_str(number), weir_str(text));
}

void wr_listing_none(struct wr_listing *l)
{
    put(l, weir_str("null"), weir_str("-"));
}

void wr_listing_end(struct wr_listing *l)
{
    wr_assert(l->at == 0);
    if (l->form == WR_LISTING_JSON) {
        fputs(l->begun ? "\n]\n" : "[]\n", stdout);
    } else if (l->begun && l->form == WR_LISTING_TABLE) {
        write_block(l);
    } else if (l->begun) {
        fputc('\n', stdout);
    }
    wr_buf_free(&l->block);
    wr_buf_free(&l->line);
    wr_buf_free(&l->shown);
    wr_free(l->widths);
    wr_free(l);
}
