/* cmd_state.c -- `weir state`: what the stores of a stopped instance hold.
 *
 * Rows are read where they lie (state_view.h); every one that is shown or counted was compared with
 * its checksum. A damaged row is named and left out, the others are shown, and the exit code says
 * that there was one. */
#include "src/base/base.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"
#include "state/row.h"
#include "state/state_view.h"
#include "tools/listing.h"
#include "tools/tool_commands.h"
#include "tools/value_form.h"

struct options {
    enum wr_listing_form form;
    enum wr_value_form key_form;
    enum wr_value_form value_form;
    const char *from;
    const char *to;
    const char *prefix;
    uint64_t limit;
    const char *dir;
    const char *store; /* NULL: all */
    const char *key;
};

struct run;

/* What is done with each task. */
struct verb {
    const char *name;
    int words_min; /* DIR and what follows it */
    int words_max;
    const char *words;
    const char *options; /* letters of those that it takes */
    enum wr_lmdb_check_depth depth;
    void (*look)(struct run *r, const struct wr_task_view *t);
    size_t column_count;
    const char *columns[8];
};

struct run {
    const struct verb *verb;
    struct options o;
    struct wr_listing *listing;
    const char *task;
    int result;
    bool found_store;
    bool given_up; /* the form asked for is wrong: so it is for other rows */
    uint64_t rows; /* shown */
    struct wr_buf from;
    struct wr_buf to;
    struct wr_buf prefix;
    struct wr_buf key;
    struct wr_buf shown;
};

static void complain(struct run *r, enum wr_tool_exit result, const char *text)
{
    fprintf(stderr, "weir state: %s\n", text);
    r->result = r->result > (int)result ? r->result : (int)result;
}

/* ---- rows ------------------------------------------------------------------------------------ */

static struct weir_bytes optional(const char *option, const struct wr_buf *read)
{
    return option != NULL ? wr_buf_view(read) : WEIR_NULL;
}

/* A row or what is behind one cannot be read. */
static void damaged(struct run *r, const char *store, const char *where, struct weir_bytes key,
                    const struct weir_error *why)
{
    struct wr_buf text = {0};
    wr_buf_printf(&text, "task %s, store \"%s\", %s", r->task, store, where);
    if (wr_value_show(r->o.key_form, key, &text, NULL) != WEIR_OK) {
        enum weir_code code = wr_value_show(WR_VALUE_HEX, key, &text, NULL);
        WR_UNUSED(code);
    }
    wr_buf_printf(&text, ": %s", why->text);
    complain(r, WR_TOOL_DAMAGED, wr_buf_cstr(&text));
    wr_buf_free(&text);
}

/* False: it has another form than asked for. */
static bool show_value(struct run *r, enum wr_value_form form, const char *what,
                       struct weir_bytes value)
{
    struct weir_error err;
    wr_buf_reset(&r->shown);
    if (wr_value_show(form, value, &r->shown, &err) != WEIR_OK) {
        wr_fail_prefix(&err, "a %s has another form than asked for; try --%s-format hex", what,
                       what);
        complain(r, WR_TOOL_FAILED, err.text);
        r->given_up = true;
    }
    return !r->given_up;
}

static bool show_row(struct run *r, const struct wr_stored_rows *s, struct weir_bytes key,
                     struct wr_row row)
{
    struct wr_buf key_shown = {0};
    bool ok = show_value(r, r->o.key_form, "key", key);
    if (ok) {
        wr_buf_bytes(&key_shown, wr_buf_view(&r->shown));
        ok = show_value(r, r->o.value_form, "value", row.value);
    }
    if (ok) {
        wr_listing_json(r->listing, wr_buf_view(&key_shown));
        wr_listing_json(r->listing, wr_buf_view(&r->shown));
        if (s->timestamped) {
            wr_listing_time(r->listing, row.time);
        } else {
            wr_listing_none(r->listing);
        }
        wr_listing_text(r->listing, r->task);
        r->rows++;
    }
    wr_buf_free(&key_shown);
    return ok;
}

/* Hand each row between the bounds to `each`, a damaged one with a NULL row, until it has enough.
 */
static void walk(struct run *r, const struct wr_task_view *t, const struct wr_stored_rows *s,
                 bool (*each)(struct run *r, const struct wr_stored_rows *s, struct weir_bytes key,
                              const struct wr_row *row))
{
    const struct wr_engine_ops *ops = t->engine->ops;
    struct wr_bytes_cursor *c;
    struct weir_bytes key = WEIR_NULL;
    struct weir_bytes cell;
    struct weir_error err;
    struct weir_bytes from =
        r->o.prefix != NULL ? wr_buf_view(&r->prefix) : optional(r->o.from, &r->from);
    enum weir_code code =
        ops->range(s->rows, from, optional(r->o.to, &r->to), WEIR_FORWARD, &c, &err);
    if (code != WEIR_OK) {
        complain(r, WR_TOOL_FAILED, err.text);
        return;
    }
    wr_buf_reset(&r->key);
    while ((code = ops->next(c, &key, &cell, &err)) == WEIR_OK) {
        struct wr_row row;
        if (r->o.prefix != NULL &&
            (key.len < r->prefix.len || memcmp(key.data, r->prefix.data, r->prefix.len) != 0)) {
            break;
        }
        wr_buf_reset(&r->key);
        wr_buf_bytes(&r->key, key);
        bool whole = wr_row_decode(key, cell, &row, &err) == WEIR_OK;
        if (!whole) {
            damaged(r, s->name, "key ", key, &err);
        }
        if (!each(r, s, key, whole ? &row : NULL)) {
            break;
        }
    }
    if (code != WEIR_OK && code != WEIR_END) {
        damaged(r, s->name, "what is behind key ", wr_buf_view(&r->key), &err);
    }
    ops->close_cursor(c);
}

/* ---- the verbs ------------------------------------------------------------------------------- */

static bool is_wanted(struct run *r, const struct wr_stored_rows *s)
{
    bool wanted = r->o.store == NULL || strcmp(s->name, r->o.store) == 0;
    r->found_store |= wanted;
    return wanted;
}

static void list(struct run *r, const struct wr_task_view *t)
{
    for (size_t i = 0; i < t->store_count; i++) {
        const struct wr_stored_rows *s = &t->stores[i];
        wr_listing_text(r->listing, r->task);
        wr_listing_text(r->listing, s->name);
        wr_listing_text(r->listing, s->timestamped ? "timestamped-kv" : "kv");
        wr_listing_i64(r->listing, (int64_t)t->engine->ops->count(s->rows));
        if (s->changelog[0] != '\0') {
            wr_listing_text(r->listing, s->changelog);
            wr_listing_i64(r->listing, s->position);
        } else {
            wr_listing_none(r->listing);
            wr_listing_none(r->listing);
        }
        wr_listing_text(r->listing, t->clean ? "cleanly" : "killed");
    }
}

static void get(struct run *r, const struct wr_task_view *t)
{
    const struct wr_stored_rows *s = wr_task_view_find(t, r->o.store);
    struct weir_bytes key = wr_buf_view(&r->key);
    struct weir_bytes cell;
    struct wr_row row;
    struct weir_error err;
    if (s == NULL) {
        return;
    }
    r->found_store = true;
    enum weir_code code = t->engine->ops->get(s->rows, key, &cell, &err);
    if (code == WEIR_OK) {
        code = wr_row_decode(key, cell, &row, &err);
    }
    if (code == WEIR_OK) {
        show_row(r, s, key, row);
    } else if (code != WEIR_ENOTFOUND) {
        damaged(r, s->name, "key ", key, &err);
    }
}

static bool scan_row(struct run *r, const struct wr_stored_rows *s, struct weir_bytes key,
                     const struct wr_row *row)
{
    return row == NULL || (show_row(r, s, key, *row) && r->rows < r->o.limit);
}

static void scan(struct run *r, const struct wr_task_view *t)
{
    for (size_t i = 0; i < t->store_count && r->rows < r->o.limit; i++) {
        if (is_wanted(r, &t->stores[i])) {
            walk(r, t, &t->stores[i], scan_row);
        }
    }
}

static bool count_row(struct run *r, const struct wr_stored_rows *s, struct weir_bytes key,
                      const struct wr_row *row)
{
    WR_UNUSED(s);
    WR_UNUSED(key);
    r->rows += row != NULL;
    return true;
}

static void count(struct run *r, const struct wr_task_view *t)
{
    for (size_t i = 0; i < t->store_count; i++) {
        const struct wr_stored_rows *s = &t->stores[i];
        if (is_wanted(r, s)) {
            r->rows = 0;
            walk(r, t, s, count_row);
            wr_listing_text(r->listing, r->task);
            wr_listing_text(r->listing, s->name);
            wr_listing_i64(r->listing, (int64_t)r->rows);
        }
    }
}

#define ROW_COLUMNS                                                                                \
    4,                                                                                             \
    {                                                                                              \
        "key", "value", "time", "task"                                                             \
    }

static const struct verb verbs[] = {
    {"list",
     1,
     1,
     "DIR",
     "o",
     WR_LMDB_CHECK_BRANCHES,
     list,
     7,
     {"task", "store", "type", "rows", "changelog", "position", "closed"}},
    {"get", 3, 3, "DIR, a store and a key", "okv", WR_LMDB_CHECK_BRANCHES, get, ROW_COLUMNS},
    {"scan", 2, 2, "DIR and a store", "okvftpn", WR_LMDB_CHECK_LEAVES, scan, ROW_COLUMNS},
    {"count",
     1,
     2,
     "DIR and perhaps a store",
     "okftp",
     WR_LMDB_CHECK_LEAVES,
     count,
     3,
     {"task", "store", "rows"}},
};

/* ---- the command line ------------------------------------------------------------------------ */

WR_PRINTF(1, 2)
static int bad_usage(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "weir state: ");
    vfprintf(stderr, format, args);
    fprintf(stderr, "; see weir --help\n");
    va_end(args);
    return WR_TOOL_USAGE;
}

static const struct verb *find_verb(const char *name)
{
    for (size_t i = 0; i < WR_ARRAY_LEN(verbs); i++) {
        if (strcmp(verbs[i].name, name) == 0) {
            return &verbs[i];
        }
    }
    return NULL;
}

static bool parse_limit(const char *text, uint64_t *out)
{
    char *end;
    errno = 0;
    *out = strtoull(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 && *out != 0;
}

/* -1 to go on, else the exit code. */
static int take_option(struct options *o, int letter, const char *value)
{
    switch (letter) {
    case 'o':
        return wr_listing_form_of(value, &o->form) ? -1
                                                   : bad_usage("-o takes table, json or ndjson");
    case 'k':
    case 'v':
        return wr_value_form_of(value, letter == 'k' ? &o->key_form : &o->value_form)
                   ? -1
                   : bad_usage("a format is one of " WR_VALUE_FORMS);
    case 'f':
        o->from = value;
        break;
    case 't':
        o->to = value;
        break;
    case 'p':
        o->prefix = value;
        break;
    default:
        return parse_limit(value, &o->limit) ? -1 : bad_usage("--limit takes a number of rows");
    }
    return o->prefix != NULL && (o->from != NULL || o->to != NULL)
               ? bad_usage("--prefix cannot go with --from or --to")
               : -1;
}

static const char *name_of(const struct option *options, int letter)
{
    while (options->val != letter) {
        options++;
    }
    return options->name;
}

/* argv begins with the verb. */
static int parse(int argc, char **argv, struct run *r)
{
    static const struct option long_options[] = {
        {"output", required_argument, NULL, 'o'},
        {"key-format", required_argument, NULL, 'k'},
        {"value-format", required_argument, NULL, 'v'},
        {"from", required_argument, NULL, 'f'},
        {"to", required_argument, NULL, 't'},
        {"prefix", required_argument, NULL, 'p'},
        {"limit", required_argument, NULL, 'n'},
        {NULL, 0, NULL, 0},
    };
    r->verb = argc > 0 ? find_verb(argv[0]) : NULL;
    if (r->verb == NULL) {
        return bad_usage("it takes list, get, scan or count");
    }
    opterr = 0;
    optind = 1;
    for (int c; (c = getopt_long(argc, argv, "o:k:v:n:", long_options, NULL)) != -1;) {
        if (c == '?') {
            return bad_usage("option \"%s\" is unknown, or its value is missing", argv[optind - 1]);
        }
        if (strchr(r->verb->options, c) == NULL) {
            return bad_usage("%s does not take --%s", r->verb->name, name_of(long_options, c));
        }
        int result = take_option(&r->o, c, optarg);
        if (result >= 0) {
            return result;
        }
    }
    int words = argc - optind;
    if (words < r->verb->words_min || words > r->verb->words_max) {
        return bad_usage("%s takes %s", r->verb->name, r->verb->words);
    }
    r->o.dir = argv[optind];
    r->o.store = words > 1 ? argv[optind + 1] : NULL;
    r->o.key = words > 2 ? argv[optind + 2] : NULL;
    return -1;
}

static enum weir_code read_key(const struct run *r, const char *text, struct wr_buf *out,
                               struct weir_error *err)
{
    return text != NULL ? wr_value_read(r->o.key_form, text, out, err) : WEIR_OK;
}

static int read_keys(struct run *r)
{
    struct weir_error err;
    enum weir_code code = read_key(r, r->o.key, &r->key, &err);
    if (code == WEIR_OK) {
        code = read_key(r, r->o.from, &r->from, &err);
    }
    if (code == WEIR_OK) {
        code = read_key(r, r->o.to, &r->to, &err);
    }
    if (code == WEIR_OK) {
        code = read_key(r, r->o.prefix, &r->prefix, &err);
    }
    return code == WEIR_OK ? -1 : bad_usage("the key: %s", err.text);
}

/* ---- the whole ------------------------------------------------------------------------------- */

static void look_at_task(struct run *r, const struct wr_state_view *view, size_t i)
{
    struct wr_task_view t;
    struct weir_error err;
    r->task = wr_state_view_name(view, i);
    enum weir_code code = wr_task_view_open(&t, view, i, r->verb->depth, &err);
    if (code != WEIR_OK) {
        wr_fail_prefix(&err, "task %s cannot be read", r->task);
        complain(r, code == WEIR_ECORRUPT ? WR_TOOL_DAMAGED : WR_TOOL_FAILED, err.text);
        return;
    }
    if (t.doubt.code != WEIR_OK) {
        complain(r, WR_TOOL_DAMAGED, t.doubt.text);
    }
    r->verb->look(r, &t);
    wr_task_view_close(&t);
}

/* What was asked for and is not there. */
static void report_missing(struct run *r)
{
    struct weir_error err;
    if (r->o.store == NULL || r->result != WR_TOOL_OK) {
        return;
    }
    if (!r->found_store) {
        wr_fail(&err, WEIR_ENOTFOUND,
                "there is no store \"%s\" in \"%s\"; weir state list shows which there are (stores "
                "in memory have no files)",
                r->o.store, r->o.dir);
        complain(r, WR_TOOL_FAILED, err.text);
    } else if (r->o.key != NULL && r->rows == 0) {
        wr_fail(&err, WEIR_ENOTFOUND, "store \"%s\" has no key \"%s\"", r->o.store, r->o.key);
        complain(r, WR_TOOL_FAILED, err.text);
    }
}

static void look(struct run *r)
{
    struct wr_state_view *view;
    struct weir_error err;
    enum weir_code code = wr_state_view_open(&view, r->o.dir, wr_fs_posix(), &err);
    if (code != WEIR_OK) {
        complain(r, code == WEIR_ELOCKED ? WR_TOOL_NOT_READY : WR_TOOL_FAILED, err.text);
        return;
    }
    r->listing = wr_listing_new(r->o.form, r->verb->columns, r->verb->column_count);
    for (size_t i = 0; i < wr_state_view_count(view) && !r->given_up; i++) {
        look_at_task(r, view, i);
    }
    wr_listing_end(r->listing);
    report_missing(r);
    wr_state_view_close(view);
}

int wr_cmd_state(int argc, char **argv)
{
    struct run r = {.o.limit = UINT64_MAX};
    int result = parse(argc - 1, argv + 1, &r);
    if (result < 0) {
        result = read_keys(&r);
    }
    if (result < 0) {
        look(&r);
        result = r.result;
    }
    wr_buf_free(&r.from);
    wr_buf_free(&r.to);
    wr_buf_free(&r.prefix);
    wr_buf_free(&r.key);
    wr_buf_free(&r.shown);
    return result;
}
