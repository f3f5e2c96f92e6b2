/* op_peek.c -- looking at the records of a stream: they go on as they are (peek) or not at all
 * (for_each). */
#include "src/base/base.h"

#include "topology/op/calls.h"

static enum weir_code for_each(struct wr_node *n, const struct wr_rec *r)
{
    const struct wr_process_config *config = n->spec->config;
    return config->fn(&n->ctx, &r->record, wr_task_state(n));
}

static enum weir_code peek(struct wr_node *n, const struct wr_rec *r)
{
    enum weir_code code = for_each(n, r);
    return code == WEIR_OK ? wr_node_forward(n, r) : code;
}

const struct wr_op wr_op_peek = {
    .name = "peek",
    .state_size = sizeof(void *),
    .open = wr_calls_open,
    .process = peek,
    .close = wr_calls_close,
};

const struct wr_op wr_op_for_each = {
    .name = "for each",
    .state_size = sizeof(void *),
    .open = wr_calls_open,
    .process = for_each,
    .close = wr_calls_close,
};
