/* broker.h -- a model of one Kafka broker: topics, transactions and groups, tied together.
 *
 * It has two faces: calls for the simulator and, in broker/wire, Kafka's protocol for real clients.
 * The model has no sockets, no threads and no clock: each call says what time it is (ms since
 * 1970), and the owner calls wr_broker_tick no later than at wr_broker_next. Same calls, same times
 * and same seed: same answers.
 * Thread: one.
 */
#ifndef WR_BROKER_H
#define WR_BROKER_H

#include "broker/group_coordinator.h"
#include "broker/group_offsets.h"
#include "broker/topics.h"
#include "broker/txn_coordinator.h"

struct wr_broker_options {
    uint64_t seed;
    const char *cluster_id; /* 22 characters; NULL: from the seed */
    int32_t node_id;
    int32_t default_partitions; /* num.partitions, 1 */
    bool auto_create_topics;
    int64_t initial_rebalance_delay_ms;
    int64_t min_session_ms; /* 0: Kafka's default, as for all that follow */
    int64_t max_session_ms;
    int64_t max_transaction_ms;
    int64_t abort_scan_ms;
    int64_t clean_interval_ms; /* how often logs are cleaned */
    int64_t offsets_retention_ms;
    int64_t producer_idle_ms; /* producer.id.expiration.ms */
    bool hold_markers;        /* markers are written only by wr_txns_write_marker */
};

struct wr_broker {
    struct wr_broker_options options;
    char cluster_id[23];
    struct wr_rng rng;
    struct wr_topics *topics;
    struct wr_txns *txns;
    struct wr_groups *groups;
    struct wr_txn_world world;
    int64_t next_clean;
    struct wr_journal journal; /* off until its owner turns it on, behind the last wr_broker_load */
};

/* Nothing can fail but memory. */
struct wr_broker *wr_broker_new(const struct wr_broker_options *options, int64_t now);
void wr_broker_free(struct wr_broker *b);
void wr_broker_check(const struct wr_broker *b); /* all invariants of all parts */

/* Do what time has brought: time-outs, markers that are due, retention, compaction. */
void wr_broker_tick(struct wr_broker *b, int64_t now);

/* When the next tick is due; 0 while markers are. Each call may have brought it nearer. */
int64_t wr_broker_next(const struct wr_broker *b);

/* The broker was restarted: logs, offsets, decided transactions and members survive, what was
 * waiting for an answer does not. */
void wr_broker_restart(struct wr_broker *b, int64_t now);

/* Write all that outlives the broker to a journal, without what led to it. */
void wr_broker_save(struct wr_broker *b, struct wr_journal *to);

/* Take over a record of the journal of a broker, in the order in which they were written, from the
 * first on; the broker is new and its own journal is off. wr_broker_restart follows the last one.
 * WEIR_ECORRUPT if it does not follow from those before it; the broker is of no use then. */
WR_MUST_CHECK enum weir_code wr_broker_load(struct wr_broker *b, const struct wr_journal_record *r,
                                            int64_t now, struct weir_error *err);

/* About how many bytes wr_broker_save would write: those of the logs. */
uint64_t wr_broker_copy_size(const struct wr_broker *b);

/* Produce to a partition: finds out for the leader whether the transaction has it. */
enum wr_kafka_error wr_broker_produce(struct wr_broker *b, const char *topic, int32_t partition,
                                      struct weir_bytes batches, int64_t now,
                                      struct wr_appended *out);

/* TxnOffsetCommit: finds out for the group whether the transaction has it. If it does not, all are
 * INVALID_TXN_STATE. */
enum wr_kafka_error wr_broker_txn_commit(struct wr_broker *b, const struct wr_txn_commit *r,
                                         struct wr_offset_commit *offsets, size_t count);

/* Delete a topic and what groups have committed for it. */
enum wr_kafka_error wr_broker_delete_topic(struct wr_broker *b, const char *topic);

#endif
