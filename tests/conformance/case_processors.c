/* case_processors.c -- the processor functions of the conformance cases (SPEC.md, section 6), and
 * the little language of store-command. */
#include "src/base/base.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/buf.h"
#include "src/base/mem.h"
#include "tests/conformance/case_functions.h"

/* What one node keeps per task. */
struct processor {
    const struct case_function *f;
    weir_kv *kv;
};

static const char *const known[] = {
    "pass",    "twice",      "drop-if",    "value", "key",   "ts-add", "meta",          "clock",
    "headers", "header-add", "header-set", "route", "count", "dedup",  "store-command",
};

bool case_processor_known(const char *name)
{
    for (size_t i = 0; i < WR_ARRAY_LEN(known); i++) {
        if (strcmp(known[i], name) == 0) {
            return true;
        }
    }
    return false;
}

enum case_type case_processor_value_type(const struct case_function *f)
{
    static const char *const same[] = {"pass",   "twice",      "drop-if",    "key",
                                       "ts-add", "header-add", "header-set", "dedup"};
    for (size_t i = 0; i < WR_ARRAY_LEN(same); i++) {
        if (strcmp(same[i], f->name) == 0) {
            return f->value;
        }
    }
    if (strcmp(f->name, "value") == 0) {
        return case_value_type(f->name2, f->value);
    }
    return strcmp(f->name, "count") == 0 ? CASE_LONG : CASE_STRING;
}

enum weir_code case_processor_open(weir_ctx *c, const void *arg, void **task_state)
{
    const struct case_function *f = arg;
    struct processor *p = WR_NEW(struct processor);
    *task_state = p;
    p->f = f;
    if (f->store != NULL) {
        p->kv = weir_store(c, f->store);
        if (p->kv == NULL) {
            return weir_fail(c, WEIR_EINVAL, "no access to store \"%s\"", f->store);
        }
    }
    return WEIR_OK;
}

void case_processor_close(weir_ctx *c, void *task_state)
{
    (void)c;
    wr_free(task_state);
}

/* ---- store-command --------------------------------------------------------------------------- */

enum { WORDS_MAX = 4 };

struct command {
    struct weir_bytes words[WORDS_MAX];
    size_t count;
};

static struct command split(struct weir_bytes text)
{
    struct command cmd = {.count = 0};
    const char *at = text.data;
    const char *end = at + text.len;
    while (cmd.count < WORDS_MAX) {
        const char *blank = memchr(at, ' ', (size_t)(end - at));
        const char *stop = blank != NULL ? blank : end;
        cmd.words[cmd.count++] = weir_view(at, (size_t)(stop - at));
        if (blank == NULL) {
            break;
        }
        at = blank + 1;
    }
    return cmd;
}

static bool word_is(struct weir_bytes word, const char *text)
{
    return weir_equal(word, weir_str(text));
}

static struct weir_bytes no_value_if(struct weir_bytes word)
{
    return word_is(word, "_") || word_is(word, "null") ? WEIR_NULL : word;
}

static int64_t number(weir_ctx *c, struct weir_bytes word)
{
    const char *text = weir_format(c, "%.*s", (int)word.len, (const char *)word.data).data;
    return strtoll(text, NULL, 10);
}

/* One value as the result of a command. */
static struct weir_bytes show(weir_ctx *c, const struct case_function *f,
                              const struct weir_row *row)
{
    struct weir_bytes text = case_text(c, f->store_value, row->value);
    if (!f->timestamped || weir_is_null(row->value)) {
        return text;
    }
    return weir_format(c, "%.*s@%" PRId64, (int)text.len, (const char *)text.data, row->time);
}

static enum weir_code list(weir_ctx *c, const struct case_function *f, weir_kv_iter *iter,
                           struct weir_bytes *out)
{
    struct wr_buf text = {0};
    struct weir_row row;
    wr_buf_char(&text, '[');
    enum weir_code code = weir_kv_next(iter, &row);
    while (code == WEIR_OK) {
        wr_buf_str(&text, text.len > 1 ? "," : "");
        wr_buf_bytes(&text, case_text(c, f->store_key, row.key));
        wr_buf_char(&text, '=');
        wr_buf_bytes(&text, show(c, f, &row));
        code = weir_kv_next(iter, &row);
    }
    weir_kv_close(iter);
    wr_buf_char(&text, ']');
    *out = weir_format(c, "%s", wr_buf_cstr(&text));
    wr_buf_free(&text);
    return code == WEIR_END ? WEIR_OK : code;
}

static enum weir_code scan(weir_ctx *c, const struct processor *p, const struct command *cmd,
                           struct weir_bytes *out)
{
    weir_kv_iter *iter = NULL;
    enum weir_code code = WEIR_EINVAL;
    struct weir_bytes name = cmd->words[0];
    bool back = word_is(name, "reverse-range") || word_is(name, "reverse-all");
    enum weir_direction direction = back ? WEIR_BACKWARD : WEIR_FORWARD;
    if (word_is(name, "all") || word_is(name, "reverse-all")) {
        code = weir_kv_range(p->kv, WEIR_NULL, WEIR_NULL, direction, &iter);
    } else if (word_is(name, "range") || word_is(name, "reverse-range")) {
        code = weir_kv_range(p->kv, no_value_if(cmd->words[1]), no_value_if(cmd->words[2]),
                             direction, &iter);
    } else if (word_is(name, "prefix")) {
        code = weir_kv_prefix(p->kv, cmd->words[1], WEIR_FORWARD, &iter);
    }
    return code == WEIR_OK ? list(c, p->f, iter, out) : code;
}

static enum weir_code store_command(weir_ctx *c, const struct processor *p,
                                    const struct weir_record *r, struct weir_bytes *out)
{
    struct weir_row row = {.value = WEIR_NULL};
    struct command cmd = split(case_text(c, p->f->value, r->value));
    struct weir_bytes name = cmd.words[0];
    enum weir_code code;
    if (word_is(name, "put")) {
        *out = weir_str("ok");
        return p->f->timestamped ? weir_kv_put_at(p->kv, r->key, no_value_if(cmd.words[1]),
                                                  number(c, cmd.words[2]))
                                 : weir_kv_put(p->kv, r->key, no_value_if(cmd.words[1]));
    }
    if (word_is(name, "put-if-absent")) {
        code = weir_kv_put_if_absent(p->kv, r->key, no_value_if(cmd.words[1]), &row);
    } else if (word_is(name, "delete")) {
        code = weir_kv_delete(p->kv, r->key, &row);
    } else if (word_is(name, "get")) {
        code = weir_kv_get(p->kv, r->key, &row);
    } else {
        return scan(c, p, &cmd, out);
    }
    if (code == WEIR_OK || code == WEIR_ENOTFOUND) {
        struct weir_bytes text = show(c, p->f, &row);
        *out = weir_format(c, "%.*s", (int)text.len, (const char *)text.data);
        return WEIR_OK;
    }
    return code;
}

/* ---- processors ------------------------------------------------------------------------------ */

static enum weir_code forward_value(weir_ctx *c, const struct weir_record *r,
                                    struct weir_bytes value)
{
    struct weir_record out = *r;
    out.value = value;
    return weir_forward(c, &out);
}

static struct weir_bytes headers_text(weir_ctx *c, const struct weir_record *r)
{
    struct wr_buf text = {0};
    for (size_t i = 0; i < r->headers.count; i++) {
        const struct weir_header *h = &r->headers.items[i];
        wr_buf_str(&text, i > 0 ? "," : "");
        wr_buf_bytes(&text, h->name);
        wr_buf_char(&text, '=');
        wr_buf_bytes(&text, weir_is_null(h->value) ? weir_str("null") : h->value);
    }
    struct weir_bytes copy = weir_format(c, "%s", wr_buf_cstr(&text));
    wr_buf_free(&text);
    return copy;
}

static enum weir_code change_header(weir_ctx *c, const struct case_function *f,
                                    const struct weir_record *r)
{
    const char *equals = strchr(f->arg, '=');
    struct weir_record out = *r;
    const char *name = weir_format(c, "%.*s", (int)(equals - f->arg), f->arg).data;
    out.headers = strcmp(f->name, "header-add") == 0
                      ? weir_header_add(c, r->headers, name, weir_str(equals + 1))
                      : weir_header_set(c, r->headers, name, weir_str(equals + 1));
    return weir_forward(c, &out);
}

static enum weir_code route(weir_ctx *c, const struct case_function *f, const struct weir_record *r)
{
    struct weir_bytes child = case_field(c, f->value, r->value, 0);
    struct weir_record out = *r;
    out.value = case_field(c, f->value, r->value, 1);
    return weir_forward_to(c, weir_format(c, "%.*s", (int)child.len, (const char *)child.data).data,
                           &out);
}

static enum weir_code count(weir_ctx *c, const struct processor *p, const struct weir_record *r)
{
    struct weir_row row;
    enum weir_code code = weir_kv_get(p->kv, r->key, &row);
    if (code != WEIR_OK && code != WEIR_ENOTFOUND) {
        return code;
    }
    struct weir_bytes next = weir_put_i64(c, code == WEIR_OK ? case_long(row.value) + 1 : 1);
    code = weir_kv_put(p->kv, r->key, next);
    return code == WEIR_OK ? forward_value(c, r, next) : code;
}

static enum weir_code dedup(weir_ctx *c, const struct processor *p, const struct weir_record *r)
{
    struct weir_row row = {.value = WEIR_NULL};
    enum weir_code code = weir_kv_get(p->kv, r->key, &row);
    if (code != WEIR_OK && code != WEIR_ENOTFOUND) {
        return code;
    }
    if (weir_equal(row.value, r->value)) {
        return WEIR_OK;
    }
    code = weir_kv_put(p->kv, r->key, r->value);
    return code == WEIR_OK ? weir_forward(c, r) : code;
}

/* Those that look around: a new value made from what surrounds the record. */
static enum weir_code surroundings(weir_ctx *c, const char *name, const struct weir_record *r)
{
    if (strcmp(name, "headers") == 0) {
        return forward_value(c, r, headers_text(c, r));
    }
    if (strcmp(name, "clock") == 0) {
        return forward_value(c, r,
                             weir_format(c, "stream=%" PRId64 " wall=%" PRId64, weir_stream_time(c),
                                         weir_wall_clock(c)));
    }
    return forward_value(
        c, r,
        r->topic != NULL ? weir_format(c, "%s/%d/%" PRId64, r->topic, (int)r->partition, r->offset)
                         : weir_str("none"));
}

static enum weir_code with_store(weir_ctx *c, const struct processor *p,
                                 const struct weir_record *r)
{
    struct weir_bytes result = WEIR_NULL;
    if (strcmp(p->f->name, "count") == 0) {
        return count(c, p, r);
    }
    if (strcmp(p->f->name, "dedup") == 0) {
        return dedup(c, p, r);
    }
    enum weir_code code = store_command(c, p, r, &result);
    return code == WEIR_OK ? forward_value(c, r, result) : code;
}

static enum weir_code change(weir_ctx *c, const struct case_function *f,
                             const struct weir_record *r)
{
    struct weir_record out = *r;
    enum weir_code code = WEIR_OK;
    if (strcmp(f->name, "value") == 0) {
        code = case_apply_value(c, f->name2, f->arg2, f, r, &out.value);
    } else if (strcmp(f->name, "key") == 0) {
        code = case_apply_key(c, f->name2, f->arg2, f, r, &out.key);
    } else if (strcmp(f->name, "ts-add") == 0) {
        out.time += strtoll(f->arg, NULL, 10);
    }
    return code == WEIR_OK ? weir_forward(c, &out) : code;
}

enum weir_code case_processor(weir_ctx *c, const struct weir_record *r, void *task_state)
{
    const struct processor *p = task_state;
    const char *name = p->f->name;
    if (strcmp(name, "drop-if") == 0) {
        struct weir_bytes text = case_text(c, p->f->value, r->value);
        return weir_equal(text, weir_str(p->f->arg)) ? WEIR_OK : weir_forward(c, r);
    }
    if (strcmp(name, "twice") == 0) {
        enum weir_code code = weir_forward(c, r);
        return code == WEIR_OK ? weir_forward(c, r) : code;
    }
    if (strcmp(name, "header-add") == 0 || strcmp(name, "header-set") == 0) {
        return change_header(c, p->f, r);
    }
    if (strcmp(name, "route") == 0) {
        return route(c, p->f, r);
    }
    if (strcmp(name, "count") == 0 || strcmp(name, "dedup") == 0 ||
        strcmp(name, "store-command") == 0) {
        return with_store(c, p, r);
    }
    if (strcmp(name, "meta") == 0 || strcmp(name, "clock") == 0 || strcmp(name, "headers") == 0) {
        return surroundings(c, name, r);
    }
    return change(c, p->f, r);
}
