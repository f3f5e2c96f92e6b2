/* op_pass.c -- records go on as they are, all of them or those with a key. */
#include "src/base/base.h"

#include "topology/op/ops.h"

const struct wr_op wr_op_pass = {
    .name = "pass",
    .process = wr_node_forward,
};

static enum weir_code process_null_key(struct wr_node *n, const struct wr_rec *r)
{
    if (WR_UNLIKELY(weir_is_null(r->record.key))) {
        n->host->ops->unkeyed(n->host, n);
        return WEIR_OK;
    }
    return wr_node_forward(n, r);
}

const struct wr_op wr_op_null_key = {
    .name = "null-key filter",
    .process = process_null_key,
};
