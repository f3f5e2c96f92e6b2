/* sim_kafka.c -- a cluster of a simulation and the table of its functions. */
#include "src/base/base.h"

#include "src/base/err.h"
#include "testkit/sim_impl.h"

static void close_kafka(struct wr_kafka *base)
{
    struct wr_sim_kafka *k = (struct wr_sim_kafka *)base;
    wr_free(k->application_id);
    wr_free(k->client_id);
    wr_free(k);
}

struct wr_kafka *wr_sim_kafka_new(const struct wr_sim_kafka_options *o)
{
    struct wr_sim_kafka *k = WR_NEW(struct wr_sim_kafka);
    k->base.ops = &wr_sim_ops;
    k->o = *o;
    k->application_id = wr_strdup(o->kafka.application_id);
    k->client_id = wr_strdup(o->kafka.client_id);
    return &k->base;
}

void wr_sim_kafka_cut(struct wr_kafka *base)
{
    ((struct wr_sim_kafka *)base)->cut = true;
}

void wr_sim_kafka_trouble(struct wr_kafka *base, enum weir_code code)
{
    ((struct wr_sim_kafka *)base)->trouble = code;
}

void wr_sim_kafka_expire(struct wr_kafka *base)
{
    struct wr_sim_kafka *k = (struct wr_sim_kafka *)base;
    if (k->group != NULL && wr_sim_group_die(k->group)) {
        wr_sim_effect(wr_sim_of(k), WR_SIM_MEMBERS_DIED);
    }
}

bool wr_sim_handle_error(struct wr_sim_kafka *k, struct wr_handle_error *e)
{
    enum weir_code code = k->trouble;
    if (code == WEIR_OK || k->cut) {
        return false;
    }
    k->trouble = WEIR_OK;
    e->count = 1;
    wr_fail(&e->error, code, "the simulated cluster does not answer: %s", weir_code_text(code));
    wr_sim_effect(wr_sim_of(k), WR_SIM_TROUBLED);
    return true;
}

const struct wr_kafka_ops wr_sim_ops = {
    .close = close_kafka,
    .consumer_open = wr_sim_consumer_open,
    .group_open = wr_sim_group_open,
    .producer_open = wr_sim_producer_open,
    .call_step = wr_sim_call_step,
    .call_free = wr_sim_call_free,
    .topics_describe = wr_sim_topics_describe,
    .topic_create = wr_sim_topic_create,
    .topic_grow = wr_sim_topic_grow,
    .topics_config = wr_sim_topics_config,
    .records_delete = wr_sim_records_delete,
    .offsets_fetch = wr_sim_offsets_fetch,
    .watermarks_query = wr_sim_watermarks_query,
    .reset_query = wr_sim_reset_query,
    .group_describe = wr_sim_group_describe,
    .consumer_close = wr_sim_consumer_close,
    .consumer_error = wr_sim_consumer_error,
    .assign = wr_sim_assign,
    .unassign = wr_sim_unassign,
    .rewind = wr_sim_rewind,
    .take = wr_sim_take,
    .release = wr_sim_release,
    .headers = wr_sim_headers,
    .group_join = wr_sim_group_join,
    .group_poll = wr_sim_group_poll,
    .group_error = wr_sim_group_error,
    .group_answer = wr_sim_group_answer,
    .group_metadata = wr_sim_group_metadata,
    .group_leave = wr_sim_group_leave,
    .group_close = wr_sim_group_close,
    .producer_close = wr_sim_producer_close,
    .producer_error = wr_sim_producer_error,
    .producer_init = wr_sim_producer_init,
    .producer_begin = wr_sim_producer_begin,
    .producer_topic = wr_sim_producer_topic,
    .topic_partitions = wr_sim_topic_partitions,
    .producer_send = wr_sim_producer_send,
    .producer_serve = wr_sim_producer_serve,
    .producer_flush = wr_sim_producer_flush,
    .producer_max_record = wr_sim_producer_max_record,
    .producer_offsets = wr_sim_producer_offsets,
    .producer_commit = wr_sim_producer_commit,
    .producer_abort = wr_sim_producer_abort,
    .producer_endtxn_sent = wr_sim_producer_endtxn_sent,
    .producer_offsets_sent = wr_sim_producer_offsets_sent,
};
