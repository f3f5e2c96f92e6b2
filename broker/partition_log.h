/* partition_log.h -- the log of one topic partition: batches, offsets, transactions.
 *
 * The bytes of batches are kept as they came, with base offset and leader epoch set. Beside them
 * are what a leader knows (Apache Kafka, classes UnifiedLog and ProducerStateManager): the state of
 * each producer that wrote here, the transactions that are open, the aborted ones, and from these
 * the last stable offset. Nothing here has a clock: time comes in with each call, in ms since 1970.
 *
 * Invariants (wr_partition_log_check walks them): start <= last stable offset <= end; batches do
 * not overlap and their offsets rise; an open transaction's first offset is below end; the last
 * stable offset is the first offset of the oldest open transaction, or start if that is greater, or
 * end if none is open.
 * Thread: one.
 */
#ifndef WR_PARTITION_LOG_H
#define WR_PARTITION_LOG_H

#include "broker/journal.h"
#include "src/base/arena.h"
#include "src/base/base.h"
#include "src/kproto/kafka_error.h"
#include "src/kproto/record_batch.h"

struct wr_partition_log;

/* What of a topic's configuration concerns its logs; the names are Kafka's. A negative limit is
 * none. */
struct wr_log_config {
    bool compact;                    /* cleanup.policy */
    bool remove;                     /* cleanup.policy has delete */
    int64_t retention_ms;            /* retention.ms */
    int64_t retention_bytes;         /* retention.bytes */
    int64_t segment_bytes;           /* segment.bytes */
    int64_t segment_ms;              /* segment.ms */
    int64_t delete_retention_ms;     /* delete.retention.ms */
    int64_t min_compaction_lag_ms;   /* min.compaction.lag.ms */
    int64_t max_message_bytes;       /* max.message.bytes: of a batch */
    double min_cleanable_ratio;      /* min.cleanable.dirty.ratio */
    bool log_append_time;            /* message.timestamp.type */
    int64_t timestamp_before_max_ms; /* message.timestamp.before.max.ms */
    int64_t timestamp_after_max_ms;  /* message.timestamp.after.max.ms */
};

/* config is the topic's: it outlives the log and may change. */
struct wr_partition_log *wr_partition_log_new(const struct wr_log_config *config);
void wr_partition_log_free(struct wr_partition_log *log);
void wr_partition_log_check(const struct wr_partition_log *log);

/* From now on the log's changes go to a journal, under a name that outlives the log. */
void wr_partition_log_keep(struct wr_partition_log *log, struct wr_journal *journal,
                           const char *topic, int32_t partition);

/* Write a copy of all of the log, which needs a name. */
void wr_partition_log_save(const struct wr_partition_log *log, struct wr_journal *to);

/* About how many bytes that would be: those of the batches. */
uint64_t wr_partition_log_copy_size(const struct wr_partition_log *log);

/* Take over a record behind its topic and partition; false if it does not fit the log, which is of
 * no use then. */
bool wr_partition_log_load(struct wr_partition_log *log, enum wr_journal_type type,
                           struct wr_reader *r);

/* ---- writing --------------------------------------------------------------------------------- */

struct wr_append {
    struct weir_bytes batches; /* one whole batch; more are INVALID_RECORD, as in Apache Kafka */
    int64_t now;
    int32_t leader_epoch;
    enum wr_kafka_error coordinator; /* wr_txns_verify: the answer to the first transactional batch
                                        of a producer (KIP-890 part 1), unless it is NONE */
};

struct wr_appended {
    int64_t base_offset; /* of the first batch; of the earlier append for a duplicate */
    int64_t append_time; /* -1 unless log_append_time; of a duplicate, as in Apache Kafka, the
                            greatest time of the earlier one */
    int64_t log_start;
    bool duplicate;
};

/* Append what a producer sent, whole or not at all: CORRUPT_MESSAGE, MESSAGE_TOO_LARGE,
 * RECORD_LIST_TOO_LARGE (for a segment), INVALID_RECORD, INVALID_TIMESTAMP,
 * OUT_OF_ORDER_SEQUENCE_NUMBER, INVALID_PRODUCER_EPOCH, INVALID_TXN_STATE as Apache Kafka 4.3
 * answers. A batch whose sequences are among the last five of its producer is a duplicate: NONE,
 * and nothing is written. A full segment, or one of age, ends when the next batch comes.
 * LIMIT: what is compressed is not unpacked; of such a batch the header is believed. */
enum wr_kafka_error wr_partition_log_append(struct wr_partition_log *log, const struct wr_append *a,
                                            struct wr_appended *out);

/* Append the marker that ends a producer's transaction here; also if none is open. The producer's
 * epoch is the marker's from then on. INVALID_PRODUCER_EPOCH for an older one,
 * TRANSACTION_COORDINATOR_FENCED for a marker of an older coordinator. */
enum wr_kafka_error wr_partition_log_mark(struct wr_partition_log *log, const struct wr_marker *m,
                                          int64_t now);

/* DeleteRecords: the log starts at offset from now on; -1 means the high watermark.
 * OFFSET_OUT_OF_RANGE beyond the end, POLICY_VIOLATION if the log is only compacted. An offset
 * below the start changes nothing. */
enum wr_kafka_error wr_partition_log_delete_before(struct wr_partition_log *log, int64_t offset);

/* What a broker does in the background: drop whole segments by retention, also the active one,
 * compact all but the active one, forget producers idle for producer_idle_ms. Returns true if
 * something changed. */
bool wr_partition_log_clean(struct wr_partition_log *log, int64_t now, int64_t producer_idle_ms);

/* ---- reading --------------------------------------------------------------------------------- */

int64_t wr_partition_log_start(const struct wr_partition_log *log);
int64_t wr_partition_log_end(const struct wr_partition_log *log); /* the high watermark as well */
int64_t wr_partition_log_stable(const struct wr_partition_log *log);
size_t wr_partition_log_bytes(const struct wr_partition_log *log);

/* Counts appends and everything else that a waiting fetch should look at. */
uint64_t wr_partition_log_version(const struct wr_partition_log *log);

struct wr_aborted {
    int64_t producer_id;
    int64_t first_offset;
};

struct wr_log_read {
    int64_t offset; /* in */
    size_t max_bytes;
    bool at_least_one; /* give the first batch even if it is larger than max_bytes */
    bool committed;    /* read_committed: below the last stable offset, with `aborted` */

    struct wr_buf *out; /* whole batches are appended; the first may begin below offset */
    const struct wr_aborted *aborted; /* in the arena; those that touch what was read */
    size_t aborted_count;
};

/* Read on from an offset, at most to the end of a segment. OFFSET_OUT_OF_RANGE below the start or
 * above the end; at the end, or at the last stable offset, nothing is read and that is no error. */
enum wr_kafka_error wr_partition_log_read(const struct wr_partition_log *log, struct wr_log_read *r,
                                          struct wr_arena *arena);

/* The first record at or after a time, as ListOffsets answers: *offset and *found_time are -1 if
 * there is none. A compressed batch counts as a whole: its first offset, its greatest time. */
void wr_partition_log_find_time(const struct wr_partition_log *log, int64_t time, bool committed,
                                int64_t *offset, int64_t *found_time);

/* The first record with the greatest time (ListOffsets with -3), both -1 for an empty log. */
void wr_partition_log_max_time(const struct wr_partition_log *log, int64_t *offset,
                               int64_t *found_time);

/* ---- producers, for DescribeProducers and checkers ------------------------------------------- */

struct wr_log_producer {
    int64_t producer_id;
    int16_t epoch;
    int32_t last_sequence; /* -1: none */
    int64_t last_time;
    int32_t coordinator_epoch; /* of its last marker; -1: none */
    int64_t txn_start;         /* -1: no transaction is open here */
};

size_t wr_partition_log_producers(const struct wr_partition_log *log, struct wr_arena *arena,
                                  const struct wr_log_producer **out);

#endif
