/* group_offsets.h -- the committed positions of consumer groups, and those that wait for the end of
 * a transaction (KIP-98, KIP-447).
 *
 * Who may commit is group_coordinator.h's to say (generation, member, instance id as Apache Kafka
 * checks them: generation -1 with no member and no instance is let through for a transaction); what
 * is committed is here. Thread: one.
 */
#ifndef WR_GROUP_OFFSETS_H
#define WR_GROUP_OFFSETS_H

#include "broker/group_coordinator.h"
#include "src/kproto/record_batch.h"

struct wr_offset_commit {
    const char *topic;
    int32_t partition;
    int64_t offset;
    int32_t leader_epoch;      /* -1: unknown */
    const char *metadata;      /* NULL and "" are the same */
    enum wr_kafka_error error; /* out */
};

/* The same error for each; returns it. */
enum wr_kafka_error wr_offsets_refuse(struct wr_offset_commit *offsets, size_t count,
                                      enum wr_kafka_error error);

/* OffsetCommit. An error of the whole request is in every entry as well; OFFSET_METADATA_TOO_LARGE
 * is an entry's alone, and the others are committed. A group that does not exist is made for a
 * generation of -1, and GROUP_ID_NOT_FOUND for others, which requests before version 9 know as
 * ILLEGAL_GENERATION. */
enum wr_kafka_error wr_groups_commit(struct wr_groups *g, const struct wr_group_client *who,
                                     struct wr_offset_commit *offsets, size_t count, int64_t now);

struct wr_txn_commit {
    struct wr_group_client who;
    int64_t producer_id;
    int16_t producer_epoch;
    int64_t now;
};

/* TxnOffsetCommit: pending until wr_groups_txn_end of that producer. An older epoch than one seen
 * before, in a commit or a marker, is INVALID_PRODUCER_EPOCH. */
enum wr_kafka_error wr_groups_txn_commit(struct wr_groups *g, const struct wr_txn_commit *r,
                                         struct wr_offset_commit *offsets, size_t count);

/* Whether positions of a producer's transaction are pending in a group, which then does not ask the
 * transaction coordinator any more unless the epoch is another. */
bool wr_groups_in_txn(const struct wr_groups *g, const char *group, int64_t producer_id,
                      int16_t producer_epoch);

/* The marker of a producer's transaction reached the group: its pending offsets are committed, each
 * unless a later commit of that partition is there already, or dropped. */
void wr_groups_txn_end(struct wr_groups *g, const char *group, const struct wr_marker *m);

/* One position; offset -1 if there is none. UNSTABLE_OFFSET_COMMIT if `stable` and a transaction
 * with this position is open. metadata lives until the next call. */
struct wr_offset_commit wr_groups_fetch(const struct wr_groups *g, const char *group,
                                        const char *topic, int32_t partition, bool stable);

/* All positions of a group in order of topics and partitions, as wr_groups_fetch gives them; one
 * that is only pending is not among them, as in Apache Kafka. The array is in arena. */
size_t wr_groups_fetch_all(const struct wr_groups *g, const char *group, bool stable,
                           struct wr_arena *arena, const struct wr_offset_commit **out);

/* OffsetDelete, of pending positions too. GROUP_SUBSCRIBED_TO_TOPIC for topics that a living group
 * subscribes to, NON_EMPTY_GROUP for a living group that is not one of consumers. */
enum wr_kafka_error wr_groups_delete_offset(struct wr_groups *g, const char *group,
                                            const char *topic, int32_t partition);

/* A topic is deleted: its positions go. */
void wr_groups_drop_topic(struct wr_groups *g, const char *topic);

#endif
