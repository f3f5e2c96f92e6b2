/* broker.c -- ties topics, transactions and groups together, and passes time on to them. */
#include "src/base/base.h"

#include <string.h>

#include "broker/broker.h"
#include "src/base/base64.h"
#include "src/base/mem.h"

enum {
    MINUTE = 60 * 1000,
    DAY = 24 * 60 * MINUTE,

    /* As many partitions as Kafka makes in one request. */
    MAX_TOPICS = 10000,
    MAX_PARTITIONS = 10000,
    OFFSET_METADATA_MAX = 4096,
    LEADER_EPOCH = 0, /* there is one broker, which always leads */
};

static int64_t or_default(int64_t given, int64_t otherwise)
{
    return given != 0 ? given : otherwise;
}

/* ---- what transactions need of the rest ------------------------------------------------------ */

static struct wr_broker *broker_of(struct wr_txn_world *w)
{
    return WR_CONTAINER_OF(w, struct wr_broker, world);
}

static bool has_partition(struct wr_txn_world *w, const char *topic, int32_t partition)
{
    return wr_topics_partition(broker_of(w)->topics, topic, partition) != NULL;
}

static enum wr_kafka_error mark_partition(struct wr_txn_world *w, const char *topic,
                                          int32_t partition, const struct wr_marker *m, int64_t now)
{
    struct wr_partition_log *log = wr_topics_partition(broker_of(w)->topics, topic, partition);
    return log == NULL ? WR_KE_NONE : wr_partition_log_mark(log, m, now);
}

static void mark_group(struct wr_txn_world *w, const char *group, const struct wr_marker *m)
{
    wr_groups_txn_end(broker_of(w)->groups, group, m);
}

/* ---- life ------------------------------------------------------------------------------------ */

/* Kafka's form of an id: 16 bytes as base64 for URLs, without padding. */
static void set_cluster_id(struct wr_broker *b, const char *given)
{
    const size_t len = sizeof b->cluster_id - 1;
    wr_assert(given == NULL || strlen(given) == len);
    for (size_t i = 0; i < len; i++) {
        /* The last digit carries two bits. */
        uint64_t digit = i < len - 1 ? wr_rng_below(&b->rng, 64) : 16 * wr_rng_below(&b->rng, 4);
        b->cluster_id[i] = given != NULL ? given[i] : wr_base64url_digit((unsigned)digit);
    }
    b->options.cluster_id = b->cluster_id;
}

static struct wr_txns *new_txns(struct wr_broker *b)
{
    const struct wr_broker_options *o = &b->options;
    b->world = (struct wr_txn_world){has_partition, mark_partition, mark_group};
    return wr_txns_new(&(struct wr_txns_options){
        .world = &b->world,
        .max_timeout_ms = or_default(o->max_transaction_ms, 15 * MINUTE),
        .id_expiration_ms = 7 * DAY,
        .abort_scan_ms = or_default(o->abort_scan_ms, 10000),
        .journal = &b->journal,
    });
}

static struct wr_groups *new_groups(struct wr_broker *b)
{
    const struct wr_broker_options *o = &b->options;
    return wr_groups_new(&(struct wr_groups_options){
        .min_session_ms = or_default(o->min_session_ms, 6000),
        .max_session_ms = or_default(o->max_session_ms, 30 * MINUTE),
        .initial_delay_ms = o->initial_rebalance_delay_ms,
        .max_size = INT32_MAX,
        .offsets_retention_ms = or_default(o->offsets_retention_ms, 7 * DAY),
        .offset_metadata_max = OFFSET_METADATA_MAX,
        .rng = &b->rng,
        .journal = &b->journal,
    });
}

struct wr_broker *wr_broker_new(const struct wr_broker_options *options, int64_t now)
{
    struct wr_broker *b = WR_NEW(struct wr_broker);
    b->options = *options;
    b->options.clean_interval_ms = or_default(options->clean_interval_ms, 15000);
    b->options.producer_idle_ms = or_default(options->producer_idle_ms, DAY);
    wr_rng_seed(&b->rng, options->seed);
    set_cluster_id(b, options->cluster_id);
    b->topics = wr_topics_new(&(struct wr_topics_options){
        .rng = &b->rng,
        .default_partitions = options->default_partitions > 0 ? options->default_partitions : 1,
        .max_topics = MAX_TOPICS,
        .max_partitions = MAX_PARTITIONS,
        .journal = &b->journal,
    });
    b->txns = new_txns(b);
    b->groups = new_groups(b);
    b->next_clean = now + b->options.clean_interval_ms;
    return b;
}

void wr_broker_free(struct wr_broker *b)
{
    if (b == NULL) {
        return;
    }
    wr_groups_free(b->groups);
    wr_txns_free(b->txns);
    wr_topics_free(b->topics);
    wr_journal_free(&b->journal);
    wr_free(b);
}

void wr_broker_check(const struct wr_broker *b)
{
    wr_topics_check(b->topics);
    wr_txns_check(b->txns);
    wr_groups_check(b->groups);
}

/* ---- time ------------------------------------------------------------------------------------ */

static void clean_logs(struct wr_broker *b, int64_t now)
{
    for (size_t i = 0; i < wr_topics_count(b->topics); i++) {
        const struct wr_topic_entry *e = wr_topics_at(b->topics, i);
        for (int32_t p = 0; p < e->partition_count; p++) {
            wr_partition_log_clean(e->partitions[p], now, b->options.producer_idle_ms);
        }
    }
    b->next_clean = now + b->options.clean_interval_ms;
}

void wr_broker_tick(struct wr_broker *b, int64_t now)
{
    wr_txns_tick(b->txns, now);
    for (bool more = !b->options.hold_markers; more;) {
        more = wr_txns_write_marker(b->txns, now);
    }
    wr_groups_tick(b->groups, now);
    if (now >= b->next_clean) {
        clean_logs(b, now);
    }
}

int64_t wr_broker_next(const struct wr_broker *b)
{
    if (!b->options.hold_markers && wr_txns_has_marker(b->txns)) {
        return 0;
    }
    int64_t coordinators = wr_min_i64(wr_txns_next(b->txns), wr_groups_next(b->groups));
    return wr_min_i64(coordinators, b->next_clean);
}

void wr_broker_restart(struct wr_broker *b, int64_t now)
{
    wr_txns_move(b->txns);
    wr_groups_move(b->groups, now);
}

/* ---- requests that concern several parts ----------------------------------------------------- */

/* What the coordinator says of a transactional batch, as a producer is told it. */
static enum wr_kafka_error verify(const struct wr_broker *b, const char *topic, int32_t partition,
                                  struct weir_bytes batches)
{
    struct wr_batch batch;
    if (!wr_batch_read(batches, &batch) || (batch.attributes & WR_BATCH_TRANSACTIONAL) == 0) {
        return WR_KE_NONE;
    }
    struct wr_producer_identity producer = {.id = batch.producer_id, .epoch = batch.producer_epoch};
    enum wr_kafka_error error = wr_txns_verify(b->txns, &producer, topic, partition);
    return error == WR_KE_CONCURRENT_TRANSACTIONS ? WR_KE_NOT_ENOUGH_REPLICAS : error;
}

enum wr_kafka_error wr_broker_produce(struct wr_broker *b, const char *topic, int32_t partition,
                                      struct weir_bytes batches, int64_t now,
                                      struct wr_appended *out)
{
    struct wr_partition_log *log = wr_topics_partition(b->topics, topic, partition);
    if (log == NULL) {
        return WR_KE_UNKNOWN_TOPIC_OR_PARTITION;
    }
    return wr_partition_log_append(log,
                                   &(struct wr_append){
                                       .batches = batches,
                                       .now = now,
                                       .leader_epoch = LEADER_EPOCH,
                                       .coordinator = verify(b, topic, partition, batches),
                                   },
                                   out);
}

enum wr_kafka_error wr_broker_txn_commit(struct wr_broker *b, const struct wr_txn_commit *r,
                                         struct wr_offset_commit *offsets, size_t count)
{
    struct wr_producer_identity producer = {r->producer_id, r->producer_epoch};
    enum wr_kafka_error error = WR_KE_NONE;
    if (!wr_groups_in_txn(b->groups, r->who.group, producer.id, producer.epoch)) {
        error = wr_txns_verify(b->txns, &producer, r->who.group, -1);
    }
    return error == WR_KE_NONE ? wr_groups_txn_commit(b->groups, r, offsets, count)
                               : wr_offsets_refuse(offsets, count, error);
}

enum wr_kafka_error wr_broker_delete_topic(struct wr_broker *b, const char *topic)
{
    enum wr_kafka_error error = wr_topics_delete(b->topics, topic);
    if (error == WR_KE_NONE) {
        wr_groups_drop_topic(b->groups, topic);
    }
    return error;
}
