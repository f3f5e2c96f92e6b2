/* rdk_kafka.c -- a cluster behind librdkafka: the settings of all its handles, and the table
 * through which kafka.h reaches this backend. Thread: any; it is immutable and counted, because a
 * handle that is closed late still needs it. */
#include "src/base/base.h"

#include <stdio.h>

#include "src/base/err.h"
#include "src/base/mem.h"
#include "src/kafka/rdk.h"

enum { CLIENT_ID_MAX = 249 };

void wr_rdk_kafka_unref(struct wr_rdk_kafka *k)
{
    if (atomic_fetch_sub(&k->refs, 1) > 1) {
        return;
    }
    for (size_t i = 0; i < k->setting_count; i++) {
        wr_free((char *)k->settings[i].scope);
        wr_free((char *)k->settings[i].name);
        wr_free((char *)k->settings[i].value);
    }
    wr_free(k->settings);
    wr_free(k->application_id);
    wr_free(k->client_id);
    wr_free(k);
}

static void kafka_close(struct wr_kafka *base)
{
    wr_rdk_kafka_unref((struct wr_rdk_kafka *)base);
}

const struct wr_kafka_ops wr_rdk_ops = {
    .close = kafka_close,
    .consumer_open = wr_rdk_consumer_open,
    .group_open = wr_rdk_group_open,
    .producer_open = wr_rdk_producer_open,
    .call_step = wr_rdk_call_step,
    .call_free = wr_rdk_call_free,
    .topics_describe = wr_rdk_topics_describe,
    .topics_list = wr_rdk_topics_list,
    .topic_create = wr_rdk_topic_create,
    .topic_delete = wr_rdk_topic_delete,
    .topic_grow = wr_rdk_topic_grow,
    .topics_config = wr_rdk_topics_config,
    .records_delete = wr_rdk_records_delete,
    .offsets_fetch = wr_rdk_offsets_fetch,
    .offsets_alter = wr_rdk_offsets_alter,
    .watermarks_query = wr_rdk_watermarks_query,
    .reset_query = wr_rdk_reset_query,
    .time_query = wr_rdk_time_query,
    .group_describe = wr_rdk_group_describe,
    .group_delete = wr_rdk_group_delete,
    .consumer_close = wr_rdk_consumer_close,
    .consumer_error = wr_rdk_consumer_error,
    .assign = wr_rdk_assign,
    .unassign = wr_rdk_unassign,
    .rewind = wr_rdk_rewind,
    .take = wr_rdk_take,
    .release = wr_rdk_release,
    .headers = wr_rdk_headers,
    .group_join = wr_rdk_group_join,
    .group_poll = wr_rdk_group_poll,
    .group_error = wr_rdk_group_error,
    .group_answer = wr_rdk_group_answer,
    .group_metadata = wr_rdk_group_metadata,
    .group_leave = wr_rdk_group_leave,
    .group_close = wr_rdk_group_close,
    .producer_close = wr_rdk_producer_close,
    .producer_error = wr_rdk_producer_error,
    .producer_init = wr_rdk_producer_init,
    .producer_begin = wr_rdk_producer_begin,
    .producer_topic = wr_rdk_producer_topic,
    .topic_partitions = wr_rdk_topic_partitions,
    .producer_send = wr_rdk_producer_send,
    .producer_serve = wr_rdk_producer_serve,
    .producer_flush = wr_rdk_producer_flush,
    .producer_max_record = wr_rdk_producer_max_record,
    .producer_offsets = wr_rdk_producer_offsets,
    .producer_commit = wr_rdk_producer_commit,
    .producer_abort = wr_rdk_producer_abort,
    .producer_endtxn_sent = wr_rdk_producer_endtxn_sent,
    .producer_offsets_sent = wr_rdk_producer_offsets_sent,
};

enum weir_code wr_kafka_open(struct wr_kafka **out, const struct wr_kafka_options *o,
                             struct weir_error *err)
{
    struct wr_rdk_kafka *k = WR_NEW(struct wr_rdk_kafka);
    *out = NULL;
    k->base.ops = &wr_rdk_ops;
    atomic_init(&k->refs, 1);
    k->application_id = wr_strdup(o->application_id);
    k->client_id = wr_strdup(o->client_id);
    k->settings = wr_calloc(o->setting_count, sizeof *k->settings);
    k->setting_count = o->setting_count;
    for (size_t i = 0; i < o->setting_count; i++) {
        k->settings[i].scope = wr_strdup(o->settings[i].scope);
        k->settings[i].name = wr_strdup(o->settings[i].name);
        k->settings[i].value = wr_strdup(o->settings[i].value);
    }
    k->clock = o->clock;
    k->session_timeout_ms = o->session_timeout_ms;
    k->heartbeat_interval_ms = o->heartbeat_interval_ms;
    k->max_poll_interval_ms = o->max_poll_interval_ms;
    k->transaction_timeout_ms = o->transaction_timeout_ms;

    enum weir_code code = wr_rdk_settings_check(k, err);
    if (code != WEIR_OK) {
        wr_rdk_kafka_unref(k);
        return code;
    }
    *out = &k->base;
    return WEIR_OK;
}

const char *wr_kafka_library(const char **warning)
{
    const char *why = NULL;
    if (rd_kafka_version() < WR_RDK_2_3_0) {
        why = "this librdkafka may end the process when a group member stops before its first "
              "assignment; 2.3.0 mended it";
    } else if (rd_kafka_version() < WR_RDK_2_13_2) {
        why = "this librdkafka skips records when they are read in batches, so that they are read "
              "one by one; 2.13.2 mended it";
    }
    if (warning != NULL) {
        *warning = why;
    }
    return rd_kafka_version_str();
}
