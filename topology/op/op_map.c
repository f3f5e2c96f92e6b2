/* op_map.c -- one record out of each record of a stream: map, map_values, select_key. */
#include "src/base/base.h"

#include "topology/op/calls.h"

static enum weir_code process(struct wr_node *n, const struct wr_rec *r)
{
    const struct wr_map_config *config = n->spec->config;
    struct wr_rec out = {.record = r->record};
    enum weir_code code = config->fn(&n->ctx, &r->record, &out.record, wr_task_state(n));
    if (code != WEIR_OK) {
        return code;
    }
    if (config->what == WR_MAP_KEY) {
        struct weir_bytes key = out.record.key;
        out.record = r->record;
        out.record.key = key;
        return wr_node_forward(n, &out);
    }
    if (config->what == WR_MAP_VALUE) {
        code = wr_calls_check_key(n, r->record.key, out.record.key);
    }
    if (code == WEIR_OK) {
        code = wr_calls_finish_record(n, &out.record);
    }
    return code == WEIR_OK ? wr_node_forward(n, &out) : code;
}

const struct wr_op wr_op_map = {
    .name = "map",
    .state_size = sizeof(void *),
    .open = wr_calls_open,
    .process = process,
    .close = wr_calls_close,
};
