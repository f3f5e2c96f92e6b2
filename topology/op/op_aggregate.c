/* op_aggregate.c -- one row per key out of the records of a stream: count, reduce, aggregate.
 *
 * Records without key or value are dropped. The time of a row is the greatest time of the records
 * in it. A fold that leaves null deletes the row; the next record begins a new one. */
#include "src/base/base.h"

#include "src/base/endian.h"
#include "topology/op/calls.h"
#include "topology/op/table_out.h"

static enum weir_code open_aggregate(struct wr_node *n)
{
    const struct wr_aggregate_config *config = n->spec->config;
    wr_table_open(n, config->emit);
    return wr_calls_open(n);
}

static enum weir_code count(struct wr_node *n, struct weir_bytes *aggregate)
{
    uint64_t before = 0;
    if (!weir_is_null(*aggregate)) {
        if (aggregate->len != 8) {
            return wr_node_fail(n, WEIR_ECORRUPT, "the stored count has %zu bytes instead of 8",
                                aggregate->len);
        }
        before = wr_get_be64(aggregate->data);
    }
    *aggregate = weir_put_i64(&n->ctx, (int64_t)(before + 1));
    return WEIR_OK;
}

static enum weir_code fold(struct wr_node *n, const struct weir_record *r,
                           struct weir_bytes *aggregate)
{
    const struct wr_aggregate_config *config = n->spec->config;
    switch (config->fold) {
    case WR_FOLD_COUNT:
        return count(n, aggregate);
    case WR_FOLD_REDUCE:
        if (weir_is_null(*aggregate)) {
            *aggregate = r->value;
            return WEIR_OK;
        }
        break;
    case WR_FOLD_AGGREGATE:
        break;
    }
    return config->fn(&n->ctx, r, aggregate, wr_task_state(n));
}

/* The row's bytes end with the next call on the store: what is still needed of them is copied. */
static void leave_store(struct wr_node *n, struct weir_bytes row, struct wr_rec *change)
{
    uintptr_t begin = (uintptr_t)row.data;
    uintptr_t value = (uintptr_t)change->record.value.data;
    if (weir_is_null(row)) {
        return;
    }
    if (value >= begin && value <= begin + row.len) {
        change->record.value = wr_arena_bytes(n->host->arena, change->record.value);
    }
    if (n->spec->sends_old) {
        change->old = wr_arena_bytes(n->host->arena, row);
    }
}

static enum weir_code process(struct wr_node *n, const struct wr_rec *r)
{
    const struct wr_table_state *s = n->state;
    struct weir_row row = {.value = WEIR_NULL};
    struct wr_rec change = {.record = r->record};
    if (weir_is_null(r->record.key) || weir_is_null(r->record.value)) {
        wr_node_drop(n, weir_is_null(r->record.key) ? "null key" : "null value");
        return WEIR_OK;
    }
    enum weir_code code = weir_kv_get(s->kv, r->record.key, &row);
    if (code == WEIR_OK) {
        change.record.time = wr_max_i64(r->record.time, row.time);
    } else if (code != WEIR_ENOTFOUND) {
        return wr_node_store_failed(n, s->kv, code);
    }
    change.record.value = row.value;
    code = fold(n, &r->record, &change.record.value);
    if (code != WEIR_OK) {
        return code;
    }
    leave_store(n, row.value, &change);
    return wr_table_change(n, &change);
}

const struct wr_op wr_op_aggregate = {
    .name = "aggregate",
    .state_size = sizeof(struct wr_table_state),
    .open = open_aggregate,
    .process = process,
    .commit = wr_table_commit,
    .held = wr_table_held,
    .aborted = wr_table_aborted,
    .prefetch = wr_table_prefetch,
    .close = wr_calls_close,
};
