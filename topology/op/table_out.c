/* table_out.c -- rows and changes of tables. */
#include "src/base/base.h"

#include "topology/op/table_out.h"

void wr_table_open(struct wr_node *n, enum weir_emit emit)
{
    struct wr_table_state *s = n->state;
    s->kv = n->spec->stores.count > 0 ? n->stores[0] : NULL;
    s->held = INT64_MAX;
    s->at_commit = s->kv != NULL && (emit == WEIR_EMIT_COMMIT ||
                                     (emit == WEIR_EMIT_DEFAULT && n->host->emit_at_commit));
}

enum weir_code wr_table_old(struct wr_node *n, struct weir_bytes key, struct weir_bytes *old)
{
    const struct wr_table_state *s = n->state;
    struct weir_row row;
    *old = WEIR_NULL;
    if (s->kv == NULL || s->at_commit || !n->spec->sends_old) {
        return WEIR_OK;
    }
    enum weir_code code = weir_kv_get(s->kv, key, &row);
    if (code == WEIR_OK) {
        *old = wr_arena_bytes(n->host->arena, row.value);
    }
    return code == WEIR_OK || code == WEIR_ENOTFOUND ? WEIR_OK
                                                     : wr_node_store_failed(n, s->kv, code);
}

enum weir_code wr_table_change(struct wr_node *n, const struct wr_rec *change)
{
    struct wr_table_state *s = n->state;
    const struct weir_record *r = &change->record;
    if (s->kv != NULL) {
        enum weir_code code = weir_kv_put_at(s->kv, r->key, r->value, r->time);
        if (code != WEIR_OK) {
            return wr_node_store_failed(n, s->kv, code);
        }
    }
    if (s->at_commit) {
        s->held = wr_min_i64(s->held, r->time);
        return WEIR_OK;
    }
    return wr_node_forward(n, change);
}

/* A view that a node below cannot end by using the store. */
static struct weir_bytes lasting(struct wr_node *n, struct weir_bytes b)
{
    return n->shares_below ? wr_arena_bytes(n->host->arena, b) : b;
}

enum weir_code wr_table_commit(struct wr_node *n)
{
    struct wr_table_state *s = n->state;
    struct wr_kv_change c;
    if (!s->at_commit) {
        return WEIR_OK;
    }
    while (wr_kv_next_change(s->kv, wr_kv_emitted(s->kv), &c)) {
        if (weir_is_null(c.value) && weir_is_null(c.before)) {
            continue; /* came and went within the transaction: nobody has seen it */
        }
        struct wr_rec change = {
            .record = {.key = lasting(n, c.key),
                       .value = lasting(n, c.value),
                       .time = c.time,
                       .partition = -1,
                       .offset = -1},
            .old = n->spec->sends_old ? lasting(n, c.before) : WEIR_NULL,
        };
        enum weir_code code = wr_node_forward(n, &change);
        if (code != WEIR_OK) {
            return code;
        }
    }
    s->held = INT64_MAX;
    return WEIR_OK;
}

int64_t wr_table_held(const struct wr_node *n)
{
    return ((const struct wr_table_state *)n->state)->held;
}

void wr_table_aborted(struct wr_node *n)
{
    ((struct wr_table_state *)n->state)->held = INT64_MAX;
}

void wr_table_prefetch(struct wr_node *n, const struct wr_rec *run, size_t count)
{
    const struct wr_table_state *s = n->state;
    for (size_t i = 0; s->kv != NULL && i < count; i++) {
        if (!weir_is_null(run[i].record.key)) {
            wr_kv_prefetch(s->kv, run[i].record.key);
        }
    }
}
