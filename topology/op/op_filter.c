/* op_filter.c -- a stream's records that a predicate keeps. */
#include "src/base/base.h"

#include "topology/op/calls.h"

static enum weir_code process(struct wr_node *n, const struct wr_rec *r)
{
    const struct wr_filter_config *config = n->spec->config;
    bool keep = false;
    enum weir_code code = config->fn(&n->ctx, &r->record, &keep, wr_task_state(n));
    if (code != WEIR_OK || keep == config->negate) {
        return code;
    }
    return wr_node_forward(n, r);
}

const struct wr_op wr_op_filter = {
    .name = "filter",
    .state_size = sizeof(void *),
    .open = wr_calls_open,
    .process = process,
    .close = wr_calls_close,
};
