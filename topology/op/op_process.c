/* op_process.c -- processors of the application: what their function forwards comes out. */
#include "src/base/base.h"

#include "src/base/mem.h"
#include "topology/op/calls.h"

struct state {
    void *task_state;
    struct weir_kv **scanned; /* whose scans this node ends, if its function left one open */
    size_t scanned_count;
};

/* A node above that runs a function on the same store may have a scan open while this one is
 * called; it ends the scans of both. */
static bool used_above(const struct wr_gnode *spec, const struct wr_gstore *store)
{
    for (size_t i = 0; i < store->nodes.count; i++) {
        const struct wr_gnode *other = store->nodes.items[i];
        if (other->op == &wr_op_process && wr_gnode_is_above(other, spec)) {
            return true;
        }
    }
    return false;
}

static enum weir_code open_process(struct wr_node *n)
{
    struct state *s = n->state;
    s->scanned = wr_calloc(n->spec->stores.count, sizeof(struct weir_kv *));
    for (size_t i = 0; i < n->spec->stores.count; i++) {
        if (!used_above(n->spec, n->spec->stores.items[i])) {
            s->scanned[s->scanned_count++] = n->stores[i];
        }
    }
    return wr_calls_open(n);
}

static void close_process(struct wr_node *n)
{
    struct state *s = n->state;
    wr_calls_close(n);
    wr_free(s->scanned);
}

static enum weir_code process(struct wr_node *n, const struct wr_rec *r)
{
    const struct wr_process_config *config = n->spec->config;
    const struct state *s = n->state;
    n->ctx.input = r;
    n->ctx.may_forward = true;
    n->ctx.keeps_key = config->keeps_key;
    wr_calls_set_time(n, r);
    enum weir_code code = config->fn(&n->ctx, &r->record, s->task_state);
    n->ctx.input = NULL;
    n->ctx.may_forward = false;
    for (size_t i = 0; i < s->scanned_count; i++) {
        wr_kv_close_scans(s->scanned[i]);
    }
    return code;
}

const struct wr_op wr_op_process = {
    .name = "process",
    .state_size = sizeof(struct state),
    .open = open_process,
    .process = process,
    .close = close_process,
};
