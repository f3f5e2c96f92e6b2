/* op_table_source.c -- a topic or a stream as a table: the last value of each key counts, however
 * old its time is. A null value deletes. */
#include "src/base/base.h"

#include "topology/op/table_out.h"

static enum weir_code open_source(struct wr_node *n)
{
    const struct wr_table_source_config *config = n->spec->config;
    wr_table_open(n, config->emit);
    return WEIR_OK;
}

static enum weir_code process(struct wr_node *n, const struct wr_rec *r)
{
    struct wr_rec change = {.record = r->record};
    if (weir_is_null(r->record.key)) {
        wr_node_drop(n, "null key");
        return WEIR_OK;
    }
    enum weir_code code = wr_table_old(n, r->record.key, &change.old);
    return code == WEIR_OK ? wr_table_change(n, &change) : code;
}

const struct wr_op wr_op_table_source = {
    .name = "table source",
    .state_size = sizeof(struct wr_table_state),
    .open = open_source,
    .process = process,
    .commit = wr_table_commit,
    .held = wr_table_held,
    .prefetch = wr_table_prefetch,
    .aborted = wr_table_aborted,
};
