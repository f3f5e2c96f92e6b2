/* op_table_filter.c -- the rows of a table that a predicate keeps.
 *
 * A row that is not kept is a deletion downstream. If old values are known, a change between two
 * values that are not kept is none at all; without them a deletion goes out for it. */
#include "src/base/base.h"

#include "topology/op/calls.h"
#include "topology/op/table_out.h"

static enum weir_code open_filter(struct wr_node *n)
{
    const struct wr_filter_config *config = n->spec->config;
    wr_table_open(n, config->emit);
    return wr_calls_open(n);
}

/* *kept is value if the predicate keeps it, else null. */
static enum weir_code keep_value(struct wr_node *n, const struct wr_rec *r, struct weir_bytes value,
                                 struct weir_bytes *kept)
{
    const struct wr_filter_config *config = n->spec->config;
    struct weir_record row = r->record;
    bool keep = false;
    *kept = WEIR_NULL;
    if (weir_is_null(value)) {
        return WEIR_OK;
    }
    row.value = value;
    enum weir_code code = config->fn(&n->ctx, &row, &keep, wr_task_state(n));
    if (code == WEIR_OK && keep != config->negate) {
        *kept = value;
    }
    return code;
}

static enum weir_code process(struct wr_node *n, const struct wr_rec *r)
{
    const struct wr_table_state *s = n->state;
    struct wr_rec change = {.record = r->record};
    enum weir_code code = keep_value(n, r, r->record.value, &change.record.value);
    if (code == WEIR_OK && n->spec->sends_old) {
        code = s->kv != NULL ? wr_table_old(n, r->record.key, &change.old)
                             : keep_value(n, r, r->old, &change.old);
    }
    if (code != WEIR_OK) {
        return code;
    }
    if (n->spec->sends_old && !s->at_commit && weir_is_null(change.old) &&
        weir_is_null(change.record.value)) {
        return WEIR_OK;
    }
    return wr_table_change(n, &change);
}

const struct wr_op wr_op_table_filter = {
    .name = "table filter",
    .state_size = sizeof(struct wr_table_state),
    .open = open_filter,
    .process = process,
    .commit = wr_table_commit,
    .held = wr_table_held,
    .aborted = wr_table_aborted,
    .close = wr_calls_close,
};
