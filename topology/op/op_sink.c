/* op_sink.c -- sinks: records leave for a topic. */
#include "src/base/base.h"

#include "topology/op/ops.h"

static enum weir_code process(struct wr_node *n, const struct wr_rec *r)
{
    const struct wr_gsink *sink = n->spec->sink;
    const char *topic = NULL;
    if (sink->topic_fn != NULL) {
        enum weir_code code = sink->topic_fn(&n->ctx, &r->record, &topic, (void *)sink->arg);
        if (code != WEIR_OK) {
            return code;
        }
        if (topic == NULL) {
            return wr_node_fail(n, WEIR_EPROCESS, "its function named no topic for the record");
        }
    }
    enum weir_code code = n->host->ops->send(n->host, n, topic, &r->record);
    if (WR_UNLIKELY(code != WEIR_OK)) {
        n->host->said_by = n; /* the host has said why */
    }
    return code;
}

const struct wr_op wr_op_sink = {
    .name = "sink",
    .process = process,
};
