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

struct wr_offset_commit {
    const char *topic;
    int32_t partition;
    int64_t offset;
    int32_t leader_epoch;      /* -1: unknown */
    const char *metadata;      /* NULL and "" are the same */
    enum wr_kafka_error error; /* out */
};

/* OffsetCommit. An error of the whole request is in every entry as well. */
enum wr_kafka_error wr_groups_commit(struct wr_groups *g, const struct wr_group_client *who,
                                     struct wr_offset_commit *offsets, size_t count, int64_t now);

/* TxnOffsetCommit: pending until wr_groups_txn_end of that producer. An older epoch than one seen
 * before is INVALID_PRODUCER_EPOCH. */
enum wr_kafka_error wr_groups_txn_commit(struct wr_groups *g, const struct wr_group_client *who,
                                         int64_t producer_id, int16_t producer_epoch,
                                         struct wr_offset_commit *offsets, size_t count,
                                         int64_t now);

/* The marker of a producer's transaction reached the group: its pending offsets are committed or
 * dropped. */
void wr_groups_txn_end(struct wr_groups *g, const char *group, int64_t producer_id, bool commit,
                       int64_t now);

/* One position; offset -1 if there is none. UNSTABLE_OFFSET_COMMIT if `stable` and a transaction
 * with this position is open. metadata lives until the next call. */
struct wr_offset_commit wr_groups_fetch(const struct wr_groups *g, const char *group,
                                        const char *topic, int32_t partition, bool stable);

/* All positions of a group, those that only are pending included if `stable` (as
 * UNSTABLE_OFFSET_COMMIT); the array is in arena. */
size_t wr_groups_fetch_all(const struct wr_groups *g, const char *group, bool stable,
                           struct wr_arena *arena, const struct wr_offset_commit **out);

/* OffsetDelete: GROUP_SUBSCRIBED_TO_TOPIC is answered for topics that a living group subscribes to. */
enum wr_kafka_error wr_groups_delete_offset(struct wr_groups *g, const char *group,
                                            const char *topic, int32_t partition);

/* A topic is deleted: its positions go. */
void wr_groups_drop_topic(struct wr_groups *g, const char *topic);

#endif
