/* calls.c -- what surrounds a call of the application's functions. */
#include "src/base/base.h"

#include "topology/op/calls.h"

enum weir_code wr_calls_open(struct wr_node *n)
{
    const struct wr_calls *calls = n->spec->config;
    void **task_state = n->state;
    if (calls->open == NULL) {
        *task_state = (void *)calls->arg;
        return WEIR_OK;
    }
    return calls->open(&n->ctx, calls->arg, task_state);
}

void wr_calls_close(struct wr_node *n)
{
    const struct wr_calls *calls = n->spec->config;
    if (calls->close != NULL) {
        calls->close(&n->ctx, wr_task_state(n));
    }
}

void wr_calls_set_time(struct wr_node *n, const struct wr_rec *r)
{
    for (size_t i = 0; i < n->spec->stores.count; i++) {
        wr_kv_set_time(n->stores[i], r->record.time);
    }
}

enum weir_code wr_calls_check_key(struct wr_node *n, struct weir_bytes in, struct weir_bytes out)
{
    if (WR_LIKELY((in.data == out.data && in.len == out.len) || weir_equal(in, out))) {
        return WEIR_OK;
    }
    return wr_node_fail(n, WEIR_EINVAL,
                        "it changed the key, which an operator on values must not do, because "
                        "equal keys would no longer meet in one task; use the operator that may "
                        "change keys");
}

enum weir_code wr_calls_finish_record(struct wr_node *n, struct weir_record *made)
{
    const struct wr_rec *current = n->host->current;
    made->topic = current != NULL ? current->record.topic : NULL;
    made->partition = current != NULL ? current->record.partition : -1;
    made->offset = current != NULL ? current->record.offset : -1;
    if (WR_UNLIKELY(made->time < 0)) {
        return wr_node_fail(n, WEIR_ETIME, "the time of a record cannot be negative (%lld)",
                            (long long)made->time);
    }
    return WEIR_OK;
}
