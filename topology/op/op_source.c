/* op_source.c -- sources: where records of topics come in. */
#include "src/base/base.h"

#include "topology/op/ops.h"

const struct wr_op wr_op_source = {
    .name = "source",
    .process = wr_node_forward,
};
