/* op_table_map.c -- the values of a table, mapped. Deletions are deletions without a call. */
#include "src/base/base.h"

#include "topology/op/calls.h"
#include "topology/op/table_out.h"

static enum weir_code open_map(struct wr_node *n)
{
    const struct wr_map_config *config = n->spec->config;
    wr_table_open(n, config->emit);
    return wr_calls_open(n);
}

static enum weir_code map_value(struct wr_node *n, const struct wr_rec *r, struct weir_bytes value,
                                struct weir_bytes *mapped)
{
    const struct wr_map_config *config = n->spec->config;
    struct weir_record in = r->record;
    *mapped = WEIR_NULL;
    if (weir_is_null(value)) {
        return WEIR_OK;
    }
    in.value = value;
    struct weir_record made = in;
    enum weir_code code = config->fn(&n->ctx, &in, &made, wr_task_state(n));
    if (code == WEIR_OK) {
        code = wr_calls_check_key(n, in.key, made.key);
    }
    *mapped = made.value;
    return code;
}

static enum weir_code process(struct wr_node *n, const struct wr_rec *r)
{
    const struct wr_table_state *s = n->state;
    struct wr_rec change = {.record = r->record};
    enum weir_code code = map_value(n, r, r->record.value, &change.record.value);
    if (code == WEIR_OK && n->spec->sends_old) {
        code = s->kv != NULL ? wr_table_old(n, r->record.key, &change.old)
                             : map_value(n, r, r->old, &change.old);
    }
    return code == WEIR_OK ? wr_table_change(n, &change) : code;
}

const struct wr_op wr_op_table_map = {
    .name = "table map",
    .state_size = sizeof(struct wr_table_state),
    .open = open_map,
    .process = process,
    .commit = wr_table_commit,
    .held = wr_table_held,
    .aborted = wr_table_aborted,
    .close = wr_calls_close,
};
