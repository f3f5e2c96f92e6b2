/* ctx.c -- what the functions of an application may call (processor.h). */
#include "src/base/base.h"

#include <string.h>

#include "src/base/buf.h"
#include "src/base/endian.h"
#include "src/base/err.h"
#include "src/data/codecs.h"
#include "src/data/json_text.h"
#include "topology/op/calls.h"

/* ---- forwarding ------------------------------------------------------------------------------ */

/* Views of a row end with the next call on its store, which a node below may make. */
static void outlive_stores(struct wr_node *n, struct weir_record *r)
{
    struct wr_arena *arena = n->host->arena;
    struct weir_header *items = wr_arena_alloc(arena, r->headers.count * sizeof *items);
    for (size_t i = 0; i < r->headers.count; i++) {
        items[i].name = wr_arena_bytes(arena, r->headers.items[i].name);
        items[i].value = wr_arena_bytes(arena, r->headers.items[i].value);
    }
    r->headers.items = items;
    r->key = wr_arena_bytes(arena, r->key);
    r->value = wr_arena_bytes(arena, r->value);
}

static enum weir_code begin_forward(struct wr_node *n, const struct weir_record *r,
                                    struct wr_rec *out)
{
    const struct weir_ctx *c = &n->ctx;
    if (WR_UNLIKELY(n->host->failed != NULL)) {
        return n->host->err->code; /* the function should have returned this one already */
    }
    if (WR_UNLIKELY(!c->may_forward)) {
        return wr_node_fail(n, WEIR_ESTATE,
                            "records can be forwarded only by the functions of process and "
                            "flat_map, while they are called with a record");
    }
    out->record = *r;
    out->old = WEIR_NULL;
    if (c->keeps_key) {
        enum weir_code code = wr_calls_check_key(n, c->input->record.key, r->key);
        if (code != WEIR_OK) {
            return code;
        }
    }
    if (n->shares_below) {
        outlive_stores(n, &out->record);
    }
    return wr_calls_finish_record(n, &out->record);
}

/* A node below may have used one of this node's stores with another time. */
static void end_forward(struct wr_node *n)
{
    if (n->shares_below) {
        wr_calls_set_time(n, n->ctx.input);
    }
}

enum weir_code weir_forward(weir_ctx *c, const struct weir_record *r)
{
    struct wr_rec out;
    enum weir_code code = begin_forward(c->node, r, &out);
    if (code == WEIR_OK) {
        code = wr_node_forward(c->node, &out);
        end_forward(c->node);
    }
    return code;
}

enum weir_code weir_forward_to(weir_ctx *c, const char *child, const struct weir_record *r)
{
    struct wr_rec out;
    struct wr_node *n = c->node;
    enum weir_code code = begin_forward(n, r, &out);
    if (code != WEIR_OK) {
        return code;
    }
    for (size_t i = 0; child != NULL && i < n->child_count; i++) {
        if (strcmp(n->children[i]->spec->name, child) == 0) {
            code = wr_node_process(n->children[i], &out);
            end_forward(n);
            return code;
        }
    }
    return wr_node_fail(n, WEIR_EINVAL, "it has no child \"%s\" to forward to",
                        child != NULL ? child : "(null)");
}

/* ---- memory, failures, surroundings ---------------------------------------------------------- */

void *weir_scratch(weir_ctx *c, size_t n)
{
    return wr_arena_alloc(c->node->host->arena, n);
}

struct weir_bytes weir_format(weir_ctx *c, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *text = wr_arena_vprintf(c->node->host->arena, format, args);
    va_end(args);
    return weir_str(text);
}

struct weir_bytes weir_json_string(weir_ctx *c, struct weir_bytes text)
{
    enum { ESCAPE_MAX = 6, QUOTES = 2 };
    if (text.data == NULL) {
        return weir_str("null");
    }
    /* Has room for the worst case, so it never grows. */
    struct wr_buf out = {.cap = ESCAPE_MAX * text.len + QUOTES};
    out.data = wr_arena_alloc(c->node->host->arena, out.cap);
    wr_json_put_string(&out, text);
    return wr_buf_view(&out);
}

enum weir_code weir_fail(weir_ctx *c, enum weir_code code, const char *format, ...)
{
    va_list args;
    if (code == WEIR_OK) {
        return wr_node_fail(c->node, WEIR_EINVAL, "weir_fail() was called with WEIR_OK");
    }
    va_start(args, format);
    wr_node_vfail(c->node, code, format, args);
    va_end(args);
    return code;
}

weir_kv *weir_store(weir_ctx *c, const char *name)
{
    const struct wr_gnode *spec = c->node->spec;
    for (size_t i = 0; i < spec->stores.count; i++) {
        const struct wr_gstore *s = spec->stores.items[i];
        if (strcmp(s->name, name) == 0) {
            return c->node->stores[i];
        }
    }
    return NULL;
}

int64_t weir_stream_time(const weir_ctx *c)
{
    return c->node->host->stream_time;
}

int64_t weir_wall_clock(const weir_ctx *c)
{
    struct wr_host *h = c->node->host;
    return h->ops->wall_ms(h);
}

const char *weir_task_id(const weir_ctx *c)
{
    return c->node->host->task_id;
}

const char *weir_application_id(const weir_ctx *c)
{
    return c->node->host->application_id;
}

void weir_request_commit(weir_ctx *c)
{
    c->node->host->commit_requested = true;
}

/* ---- headers --------------------------------------------------------------------------------- */

struct weir_headers weir_header_add(weir_ctx *c, struct weir_headers h, const char *name,
                                    struct weir_bytes value)
{
    struct weir_header *items = weir_scratch(c, (h.count + 1) * sizeof *items);
    if (h.count > 0) {
        memcpy(items, h.items, h.count * sizeof *items);
    }
    items[h.count] = (struct weir_header){weir_str(name), value};
    return (struct weir_headers){items, h.count + 1};
}

struct weir_headers weir_header_set(weir_ctx *c, struct weir_headers h, const char *name,
                                    struct weir_bytes value)
{
    struct weir_header *items = weir_scratch(c, (h.count + 1) * sizeof *items);
    size_t kept = 0;
    for (size_t i = 0; i < h.count; i++) {
        if (!weir_equal(h.items[i].name, weir_str(name))) {
            items[kept++] = h.items[i];
        }
    }
    items[kept++] = (struct weir_header){weir_str(name), value};
    return (struct weir_headers){items, kept};
}

/* ---- values ---------------------------------------------------------------------------------- */

enum weir_code weir_get(weir_ctx *c, const weir_field *f, struct weir_bytes value,
                        struct weir_scalar *out)
{
    struct weir_error err;
    enum weir_code code = f->codec->ops->get(f, value, c->node->host->arena, out, &err);
    if (WR_LIKELY(code == WEIR_OK || code == WEIR_ENOTFOUND)) {
        return code;
    }
    return wr_node_fail(c->node, code, "%s", err.text);
}

static enum weir_code get_other_type(weir_ctx *c, const weir_field *f, const char *wanted)
{
    return wr_node_fail(c->node, WEIR_EDECODE, "field \"%s\" is not %s", f->path, wanted);
}

/* The integer that a floating point number is, if it is one. */
static bool as_integer(double f, int64_t *out)
{
    if (!(f >= -0x1p63 && f < 0x1p63) || f != (double)(int64_t)f) { /* also not a number */
        return false;
    }
    *out = (int64_t)f;
    return true;
}

enum weir_code weir_get_i64(weir_ctx *c, const weir_field *f, struct weir_bytes value, int64_t *out)
{
    struct weir_scalar s;
    enum weir_code code = weir_get(c, f, value, &s);
    if (code != WEIR_OK) {
        return code;
    }
    switch (s.type) {
    case WEIR_TYPE_NULL:
        return WEIR_ENOTFOUND;
    case WEIR_TYPE_I64:
        *out = s.u.i;
        return WEIR_OK;
    case WEIR_TYPE_F64:
        return as_integer(s.u.f, out) ? WEIR_OK : get_other_type(c, f, "an integer");
    default:
        return get_other_type(c, f, "an integer");
    }
}

enum weir_code weir_get_f64(weir_ctx *c, const weir_field *f, struct weir_bytes value, double *out)
{
    struct weir_scalar s;
    enum weir_code code = weir_get(c, f, value, &s);
    if (code != WEIR_OK) {
        return code;
    }
    switch (s.type) {
    case WEIR_TYPE_NULL:
        return WEIR_ENOTFOUND;
    case WEIR_TYPE_I64:
        *out = (double)s.u.i;
        return WEIR_OK;
    case WEIR_TYPE_F64:
        *out = s.u.f;
        return WEIR_OK;
    default:
        return get_other_type(c, f, "a number");
    }
}

enum weir_code weir_get_string(weir_ctx *c, const weir_field *f, struct weir_bytes value,
                               struct weir_bytes *out)
{
    struct weir_scalar s;
    enum weir_code code = weir_get(c, f, value, &s);
    if (code != WEIR_OK) {
        return code;
    }
    switch (s.type) {
    case WEIR_TYPE_NULL:
        return WEIR_ENOTFOUND;
    case WEIR_TYPE_STRING:
        *out = s.u.s;
        return WEIR_OK;
    default:
        return get_other_type(c, f, "a string");
    }
}

struct weir_bytes weir_put_i32(weir_ctx *c, int32_t v)
{
    void *p = weir_scratch(c, 4);
    wr_put_be32(p, (uint32_t)v);
    return weir_view(p, 4);
}

struct weir_bytes weir_put_i64(weir_ctx *c, int64_t v)
{
    void *p = weir_scratch(c, 8);
    wr_put_be64(p, (uint64_t)v);
    return weir_view(p, 8);
}

struct weir_bytes weir_put_f64(weir_ctx *c, double v)
{
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    void *p = weir_scratch(c, 8);
    wr_put_be64(p, bits);
    return weir_view(p, 8);
}

void *weir_edit(weir_ctx *c, struct weir_bytes *value, const char *name, uint32_t version,
                size_t size, size_t align)
{
    struct weir_error err;
    struct wr_struct_shape shape = {name, version, size, align};
    void *p = wr_struct_edit(&shape, *value, c->node->host->arena, value, &err);
    if (p == NULL) {
        wr_node_fail(c->node, err.code, "%s", err.text);
    }
    return p;
}

const void *weir_peek_struct(weir_ctx *c, struct weir_bytes value, const char *name,
                             uint32_t version, size_t size, size_t align)
{
    struct weir_error err;
    struct wr_struct_shape shape = {name, version, size, align};
    if (weir_is_null(value)) {
        return NULL;
    }
    const void *p = wr_struct_view(&shape, value, c->node->host->arena, &err);
    if (p == NULL) {
        wr_node_fail(c->node, err.code, "%s", err.text);
    }
    return p;
}
