/* txn_coordinator.h -- the transaction coordinator, as far as clients of transaction version 0 and
 * 1 see it (KIP-98, KIP-360, KIP-447, KIP-588; of KIP-890 the verification of partitions), with a
 * broker whose own transaction version is 2, as it is by default: a producer whose transaction the
 * broker ended may go on from its old epoch (KIP-360), it is told the one it was fenced with.
 *
 * An EndTxn is answered when the decision is made; the markers are written by later steps, one
 * participant each, when the owner wants them. Until the last is written every request for that
 * transactional id is answered CONCURRENT_TRANSACTIONS.
 * An InitProducerId that finds an open transaction ends it first: it is answered
 * CONCURRENT_TRANSACTIONS and the client asks again.
 * What version 1 cannot tell apart is let through as in Apache Kafka: an EndTxn that arrives late,
 * when the next transaction of the same epoch is open, ends that one.
 * PRODUCER_FENCED is known to clients from version 4 of InitProducerId on, and 2 of the others;
 * whoever speaks for an older one tells it INVALID_PRODUCER_EPOCH.
 * Time comes in with each call, in ms since 1970. Thread: one.
 */
#ifndef WR_TXN_COORDINATOR_H
#define WR_TXN_COORDINATOR_H

#include "broker/journal.h"
#include "src/base/arena.h"
#include "src/base/base.h"
#include "src/kproto/kafka_error.h"
#include "src/kproto/record_batch.h"

struct wr_txns;

/* What the coordinator needs of the rest of the broker, which does not call the coordinator from
 * here. A group participates under its own name. */
struct wr_txn_world {
    /* Whether a partition exists. */
    bool (*has_partition)(struct wr_txn_world *w, const char *topic, int32_t partition);
    /* Write a marker to a partition's log; a partition that was deleted meanwhile is NONE. After
     * INVALID_PRODUCER_EPOCH and TRANSACTION_COORDINATOR_FENCED the transaction stays as it is
     * until another coordinator takes over, other errors are tried again. */
    enum wr_kafka_error (*mark_partition)(struct wr_txn_world *w, const char *topic,
                                          int32_t partition, const struct wr_marker *m,
                                          int64_t now);
    /* Complete the pending offsets of a producer in a group. */
    void (*mark_group)(struct wr_txn_world *w, const char *group, const struct wr_marker *m);
};

struct wr_txns_options {
    struct wr_txn_world *world;
    int64_t max_timeout_ms;     /* transaction.max.timeout.ms, 900,000 */
    int64_t id_expiration_ms;   /* transactional.id.expiration.ms */
    int64_t abort_scan_ms;      /* transaction.abort.timed.out.transaction.cleanup.interval.ms */
    int32_t coordinator_epoch;  /* of the partition of __transaction_state */
    struct wr_journal *journal; /* NULL: none */
};

struct wr_txns *wr_txns_new(const struct wr_txns_options *options);
void wr_txns_free(struct wr_txns *t);
void wr_txns_check(const struct wr_txns *t);

struct wr_producer_identity {
    int64_t id;
    int16_t epoch;
};

/* InitProducerId. id is NULL for an idempotent producer, which gets a new producer id. `current` is
 * what the client had ({-1, -1}: nothing; KIP-360). *out is {-1, -1} after an error:
 * INVALID_REQUEST, INVALID_TRANSACTION_TIMEOUT, CONCURRENT_TRANSACTIONS, PRODUCER_FENCED. */
enum wr_kafka_error wr_txns_init(struct wr_txns *t, const char *id, int64_t timeout_ms,
                                 const struct wr_producer_identity *current, int64_t now,
                                 struct wr_producer_identity *out);

/* A client's request within a transaction. */
struct wr_txn_request {
    const char *id;
    struct wr_producer_identity producer;
    int64_t now;
};

struct wr_txn_partition {
    const char *topic;         /* or the name of a group */
    int32_t partition;         /* -1: a group */
    enum wr_kafka_error error; /* out */
};

/* AddPartitionsToTxn: all or none; a partition that does not exist makes the others
 * OPERATION_NOT_ATTEMPTED, and the whole UNKNOWN_TOPIC_OR_PARTITION. Any other error of the whole
 * is in each partition as well: INVALID_REQUEST, INVALID_PRODUCER_ID_MAPPING, PRODUCER_FENCED,
 * CONCURRENT_TRANSACTIONS. */
enum wr_kafka_error wr_txns_add_partitions(struct wr_txns *t, const struct wr_txn_request *r,
                                           struct wr_txn_partition *partitions, size_t count);

/* AddOffsetsToTxn, with the same errors. */
enum wr_kafka_error wr_txns_add_group(struct wr_txns *t, const struct wr_txn_request *r,
                                      const char *group);

/* EndTxn. Any end again is CONCURRENT_TRANSACTIONS until the last marker is written; from then on
 * the same end is NONE and the other INVALID_TXN_STATE, as is one without a transaction. */
enum wr_kafka_error wr_txns_end(struct wr_txns *t, const struct wr_txn_request *r, bool commit);

/* Whether a producer's transaction is open and has a partition, or a group (partition -1): what a
 * leader asks before the first transactional batch, and before the first TxnOffsetCommit (KIP-890).
 * INVALID_PRODUCER_ID_MAPPING, INVALID_PRODUCER_EPOCH, CONCURRENT_TRANSACTIONS, which a producer is
 * told as NOT_ENOUGH_REPLICAS, or INVALID_TXN_STATE if it does not take part. */
enum wr_kafka_error wr_txns_verify(const struct wr_txns *t,
                                   const struct wr_producer_identity *producer, const char *name,
                                   int32_t partition);

/* Whether a marker is due. */
bool wr_txns_has_marker(const struct wr_txns *t);

/* Write one marker that is due; false if there is none. The owner calls it when it wants to. */
bool wr_txns_write_marker(struct wr_txns *t, int64_t now);

/* Abort transactions older than their time-out and forget ids that are long unused. Cheap before
 * wr_txns_next. */
void wr_txns_tick(struct wr_txns *t, int64_t now);
int64_t wr_txns_next(const struct wr_txns *t); /* when the next tick has something to do */

/* Another coordinator takes over: what is decided stays, the markers of unfinished transactions are
 * all written again, its epoch is one more. It does not know a producer's last epoch, so that a
 * repeated InitProducerId is PRODUCER_FENCED. */
void wr_txns_move(struct wr_txns *t);

/* Write a copy of all ids. */
void wr_txns_save(const struct wr_txns *t, struct wr_journal *to);

/* Take over a record; false if it does not fit. wr_txns_move follows the last one. */
bool wr_txns_load(struct wr_txns *t, enum wr_journal_type type, struct wr_reader *r,
                  struct wr_arena *arena);

/* ---- DescribeTransactions, ListTransactions, checkers ---------------------------------------- */

enum wr_transaction_state {
    WR_TXN_EMPTY,
    WR_TXN_ONGOING,
    WR_TXN_PREPARE_COMMIT,
    WR_TXN_PREPARE_ABORT,
    WR_TXN_COMPLETE_COMMIT,
    WR_TXN_COMPLETE_ABORT,
    WR_TXN_PREPARE_EPOCH_FENCE, /* its holder was fenced, its transaction is being aborted */
    WR_TXN_DEAD,
};
const char *wr_txn_state_name(enum wr_transaction_state s); /* "PrepareCommit" */

struct wr_txn_info {
    const char *id;
    enum wr_transaction_state state;
    struct wr_producer_identity producer;
    int64_t timeout_ms;
    int64_t start_time; /* of the open transaction or, until the next epoch, the last; -1: none */
    const struct wr_txn_partition *partitions;
    size_t partition_count;
};

/* All, in order of their ids; the arrays are in arena, the texts live until the next call. */
size_t wr_txns_list(const struct wr_txns *t, struct wr_arena *arena,
                    const struct wr_txn_info **out);
/* One; TRANSACTIONAL_ID_NOT_FOUND is false. */
bool wr_txns_describe(const struct wr_txns *t, const char *id, struct wr_arena *arena,
                      struct wr_txn_info *out);

#endif
