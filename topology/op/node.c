/* node.c -- making the nodes of a task, and the one way into each of them.
 *
 * Invariants: 1 the nodes of a task lie in one array, parents before children; 2 while
 * host->failed is set, every call on the way up returns the code in host->err, whatever the
 * application's functions made of it. */
#include "src/base/base.h"

#include <string.h>

#include "src/base/err.h"
#include "src/base/mem.h"
#include "topology/op/node.h"

/* The reason of a failure that says none: that of the store which failed so, if one did. */
static const char *reason_of(const struct wr_node *n, enum weir_code code)
{
    for (size_t i = 0; i < n->spec->stores.count; i++) {
        if (n->stores[i] != NULL && wr_kv_error(n->stores[i])->code == code) {
            return wr_kv_error(n->stores[i])->text;
        }
    }
    return weir_code_text(code);
}

/* Complete the reason for a failure of n, and give the code to fail with. */
static enum weir_code explain(struct wr_node *n, enum weir_code code)
{
    struct wr_host *h = n->host;
    if (weir_code_reaction(code) == WEIR_REACT_CALLER) {
        code = wr_node_fail(n, WEIR_EINVAL,
                            "its function returned %s, which is no failure; return WEIR_OK, "
                            "WEIR_SKIP, or what weir_fail() gives",
                            weir_code_name(code));
    } else if (h->said_by != n || h->err->code != code) {
        wr_fail(h->err, code, "%s", reason_of(n, code));
    }
    h->said_by = NULL;
    return code;
}

/* ---- making ---------------------------------------------------------------------------------- */

static size_t aligned(size_t n)
{
    return (n + 15) & ~(size_t)15;
}

static size_t node_memory(const struct wr_gnode *spec)
{
    return aligned(spec->children.count * sizeof(struct wr_node *)) +
           aligned(spec->parents.count * sizeof(struct wr_node *)) +
           aligned(spec->stores.count * sizeof(struct weir_kv *)) + aligned(spec->op->state_size);
}

static void *take(char **memory, size_t n)
{
    void *p = *memory;
    *memory += aligned(n);
    return p;
}

static bool shares_below(const struct wr_gnode *spec)
{
    for (size_t i = 0; i < spec->stores.count; i++) {
        const struct wr_gstore *s = spec->stores.items[i];
        for (size_t k = 0; k < s->nodes.count; k++) {
            if (wr_gnode_is_above(spec, s->nodes.items[k])) {
                return true;
            }
        }
    }
    return false;
}

static void make_node(struct wr_node *n, const struct wr_gnode *spec, struct wr_host *host,
                      char **memory)
{
    *n = (struct wr_node){
        .op = spec->op,
        .spec = spec,
        .host = host,
        .child_count = spec->children.count,
        .parent_count = spec->parents.count,
        .shares_below = shares_below(spec),
        .w_in = INT64_MIN,
        .w_out = INT64_MIN,
    };
    n->ctx.node = n;
    n->children = take(memory, n->child_count * sizeof(struct wr_node *));
    n->parents = take(memory, n->parent_count * sizeof(struct wr_node *));
    n->stores = take(memory, spec->stores.count * sizeof(struct weir_kv *));
    n->state = take(memory, spec->op->state_size);
}

/* Lay out all nodes of the sub-topologies [from, to) in one piece of memory. */
static void make_nodes(struct wr_nodes *out, const struct wr_graph *graph, int from, int to,
                       struct wr_host *host)
{
    size_t bytes = 0;
    *out = (struct wr_nodes){0};
    for (int i = from; i < to; i++) {
        const struct wr_subtopology *s = graph->subtopologies.items[i];
        out->count += s->nodes.count;
        for (size_t k = 0; k < s->nodes.count; k++) {
            bytes += node_memory(s->nodes.items[k]);
        }
    }
    size_t nodes_bytes = aligned(out->count * sizeof(struct wr_node));
    char *memory = out->memory = wr_calloc(1, nodes_bytes + bytes);
    struct wr_node *n = out->nodes = take(&memory, nodes_bytes);
    for (int i = from; i < to; i++) {
        const struct wr_subtopology *s = graph->subtopologies.items[i];
        for (size_t k = 0; k < s->nodes.count; k++) {
            make_node(n++, s->nodes.items[k], host, &memory);
        }
    }
}

static enum weir_code find_stores(struct wr_node *n)
{
    struct wr_host *h = n->host;
    for (size_t i = 0; i < n->spec->stores.count; i++) {
        const struct wr_gstore *s = n->spec->stores.items[i];
        n->stores[i] = h->ops->store(h, s->name);
        if (n->stores[i] == NULL) {
            return wr_fail(h->err, WEIR_EINTERNAL, "node \"%s\": the task has no store \"%s\"",
                           n->spec->name, s->name);
        }
    }
    return WEIR_OK;
}

static enum weir_code open_node(struct wr_node *n)
{
    enum weir_code code = n->op->open != NULL ? n->op->open(n) : WEIR_OK;
    if (code == WEIR_OK) {
        return WEIR_OK;
    }
    explain(n, code);
    return wr_fail_prefix(n->host->err, "node \"%s\" could not be opened", n->spec->name);
}

enum weir_code wr_nodes_open(struct wr_nodes *out, const struct wr_graph *graph, int from, int to,
                             struct wr_host *host)
{
    wr_assert(graph->finished && host->err != NULL);
    make_nodes(out, graph, from, to, host);
    for (size_t i = 0; i < out->count; i++) {
        struct wr_node *n = &out->nodes[i];
        for (size_t k = 0; k < n->child_count; k++) {
            n->children[k] = wr_nodes_find(out, n->spec->children.items[k]);
        }
        for (size_t k = 0; k < n->parent_count; k++) {
            n->parents[k] = wr_nodes_find(out, n->spec->parents.items[k]);
        }
        enum weir_code code = find_stores(n);
        if (code != WEIR_OK) {
            return code;
        }
    }
    while (out->opened < out->count) {
        enum weir_code code = open_node(&out->nodes[out->opened++]);
        if (code != WEIR_OK) {
            return code;
        }
    }
    return WEIR_OK;
}

void wr_nodes_close(struct wr_nodes *nodes)
{
    while (nodes->opened > 0) {
        struct wr_node *n = &nodes->nodes[--nodes->opened];
        if (n->op->close != NULL) {
            n->op->close(n);
        }
    }
    wr_free(nodes->memory);
    *nodes = (struct wr_nodes){0};
}

struct wr_node *wr_nodes_find(const struct wr_nodes *nodes, const struct wr_gnode *spec)
{
    for (size_t i = 0; i < nodes->count; i++) {
        if (nodes->nodes[i].spec == spec) {
            return &nodes->nodes[i];
        }
    }
    return NULL;
}

/* ---- processing ------------------------------------------------------------------------------ */

static enum weir_code handle_failure(struct wr_node *n, const struct wr_rec *r, enum weir_code code)
{
    struct wr_host *h = n->host;
    if (h->failed != NULL) {
        return h->err->code;
    }
    code = explain(n, code);
    if (r != NULL && weir_code_reaction(code) == WEIR_REACT_SKIP) {
        code = h->ops->bad_record(h, n, r, code);
        if (code == WEIR_OK) {
            wr_error_clear(h->err);
            return WEIR_OK;
        }
        h->err->code = code;
    }
    h->failed = n;
    return code;
}

/* Note that n is at work, and which node called it, which is at work again afterwards. */
static const struct wr_node *enter(struct wr_node *n)
{
    const struct wr_node *caller = atomic_load_explicit(&n->host->at, memory_order_relaxed);
    atomic_store_explicit(&n->host->at, n, memory_order_relaxed);
    return caller;
}

static void leave(struct wr_node *n, const struct wr_node *caller)
{
    atomic_store_explicit(&n->host->at, caller, memory_order_relaxed);
}

enum weir_code wr_node_process(struct wr_node *n, const struct wr_rec *r)
{
    const struct wr_node *caller = enter(n);
    n->processed++;
    enum weir_code code = n->op->process(n, r);
    leave(n, caller);
    if (WR_LIKELY(code == WEIR_OK && n->host->failed == NULL)) {
        return WEIR_OK;
    }
    return handle_failure(n, r, code);
}

enum weir_code wr_node_forward(struct wr_node *n, const struct wr_rec *r)
{
    for (size_t i = 0; i < n->child_count; i++) {
        enum weir_code code = wr_node_process(n->children[i], r);
        if (WR_UNLIKELY(code != WEIR_OK)) {
            return code;
        }
    }
    return WEIR_OK;
}

/* ---- time and commit ------------------------------------------------------------------------- */

/* What comes into a source has watermark w; into others, the least of what goes out above. */
static int64_t incoming(const struct wr_node *n, int64_t w)
{
    int64_t least = n->parent_count == 0 ? w : INT64_MAX;
    for (size_t i = 0; i < n->parent_count; i++) {
        least = wr_min_i64(least, n->parents[i]->w_out);
    }
    return least;
}

/* One walk from the sources down; each node gets the watermark behind the records of those above.
 */
static enum weir_code walk(struct wr_nodes *nodes, int64_t w, bool commit)
{
    for (size_t i = 0; i < nodes->count; i++) {
        struct wr_node *n = &nodes->nodes[i];
        enum weir_code code = WEIR_OK;
        int64_t before = n->w_in;
        wr_assert(n->host->current == NULL);
        const struct wr_node *caller = enter(n);
        n->w_in = wr_max_i64(n->w_in, incoming(n, w));
        if (n->w_in > before && n->op->advance != NULL) {
            code = n->op->advance(n, n->w_in);
        }
        if (code == WEIR_OK && commit && n->op->commit != NULL) {
            code = n->op->commit(n);
        }
        leave(n, caller);
        if (code != WEIR_OK || n->host->failed != NULL) {
            return handle_failure(n, NULL, code);
        }
        int64_t held = n->op->held != NULL ? n->op->held(n) : INT64_MAX;
        int64_t out = held <= n->w_in ? held - 1 : n->w_in;
        n->w_out = wr_max_i64(n->w_out, out);
    }
    return WEIR_OK;
}

enum weir_code wr_nodes_advance(struct wr_nodes *nodes, int64_t w)
{
    return walk(nodes, w, false);
}

enum weir_code wr_nodes_commit(struct wr_nodes *nodes)
{
    /* Sources keep the watermark of the last advance, so that none moves but by what is let go. */
    return walk(nodes, INT64_MIN, true);
}

void wr_nodes_aborted(struct wr_nodes *nodes)
{
    for (size_t i = 0; i < nodes->count; i++) {
        struct wr_node *n = &nodes->nodes[i];
        n->w_in = n->w_out = INT64_MIN;
        n->host->failed = NULL;
        n->host->said_by = NULL;
        if (n->op->aborted != NULL) {
            n->op->aborted(n);
        }
    }
}

/* ---- what operators call --------------------------------------------------------------------- */

enum weir_code wr_node_vfail(struct wr_node *n, enum weir_code code, const char *format,
                             va_list args)
{
    if (n->host->failed == NULL) {
        n->host->said_by = n;
        wr_vfail(n->host->err, code, format, args);
    }
    return code;
}

enum weir_code wr_node_fail(struct wr_node *n, enum weir_code code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    wr_node_vfail(n, code, format, args);
    va_end(args);
    return code;
}

enum weir_code wr_node_store_failed(struct wr_node *n, const struct weir_kv *kv,
                                    enum weir_code code)
{
    return wr_node_fail(n, code, "%s", wr_kv_error(kv)->text);
}

void wr_node_drop(struct wr_node *n, const char *reason)
{
    n->host->ops->dropped(n->host, n, reason);
}
