/* group_coordinator.h -- consumer groups of the classic protocol: members, generations, rebalances
 * (KIP-62, KIP-134, KIP-345 static members, KIP-394 member id required, KIP-559, KIP-800, KIP-814).
 * Their offsets are in group_offsets.h.
 *
 * A join and a sync are answered when the group has come that far: by calling `done`, once, from
 * inside any later call on the coordinator (or this one). `done` does not call the coordinator. A
 * second join or sync of a member that waits takes the place of the first, which is then not
 * answered, like the sync of a member that leaves; a waiter whose client went away is dropped with
 * wr_groups_forget. A leader that goes is followed by the member that joined first, where Apache
 * Kafka takes any. Time comes in with each call, in ms since 1970. Thread: one.
 */
#ifndef WR_GROUP_COORDINATOR_H
#define WR_GROUP_COORDINATOR_H

#include "broker/journal.h"
#include "src/base/arena.h"
#include "src/base/base.h"
#include "src/base/rng.h"
#include "src/kproto/kafka_error.h"

struct wr_groups;
struct wr_group_offsets;

struct wr_groups_options {
    int64_t min_session_ms;       /* group.min.session.timeout.ms */
    int64_t max_session_ms;       /* group.max.session.timeout.ms */
    int64_t initial_delay_ms;     /* group.initial.rebalance.delay.ms */
    int32_t max_size;             /* group.max.size */
    int64_t offsets_retention_ms; /* offsets.retention.minutes */
    int64_t offsets_check_ms;     /* offsets.retention.check.interval.ms; 0: 600,000 */
    size_t offset_metadata_max;   /* offset.metadata.max.bytes, 4,096 */
    struct wr_rng *rng;           /* for member ids */
    struct wr_journal *journal;   /* NULL: none */
};

struct wr_groups *wr_groups_new(const struct wr_groups_options *options);
void wr_groups_free(struct wr_groups *g); /* waiters are dropped */
void wr_groups_check(const struct wr_groups *g);

/* Who asks. generation is -1 and member "" for a client that is not a member. */
struct wr_group_client {
    const char *group;
    int32_t generation;
    const char *member;
    const char *instance; /* NULL: dynamic */
};

struct wr_group_protocol {
    const char *name;
    struct weir_bytes metadata;
};

struct wr_join_request {
    struct wr_group_client who;
    const char *client_id;     /* "" if it says none */
    const char *host;          /* "/127.0.0.1" */
    const char *protocol_type; /* "consumer" */
    const struct wr_group_protocol *protocols;
    size_t protocol_count;
    int64_t session_ms;
    int64_t rebalance_ms;
    bool needs_member_id;  /* version 4 and newer: a new dynamic member gets MEMBER_ID_REQUIRED */
    bool skips_assignment; /* version 9 and newer: a static leader may be told to (KIP-814) */
    int64_t now;
};

struct wr_join_member {
    const char *member;
    const char *instance;
    struct weir_bytes metadata;
};

/* Views live until the callback returns. */
struct wr_join_answer {
    enum wr_kafka_error error;
    int32_t generation;        /* -1 after an error */
    const char *protocol_type; /* NULL: none */
    const char *protocol;      /* NULL: none */
    const char *leader;
    const char *member; /* also with MEMBER_ID_REQUIRED */
    bool skip_assignment;
    const struct wr_join_member *members; /* the leader's answer only */
    size_t member_count;
};

struct wr_sync_answer {
    enum wr_kafka_error error;
    const char *protocol_type;
    const char *protocol;
    struct weir_bytes assignment;
};

/* Who is told; `owner` names the client for wr_groups_forget. */
struct wr_group_waiter {
    void *owner;
    void *arg;
    void (*join_done)(void *arg, const struct wr_join_answer *a);
    void (*sync_done)(void *arg, const struct wr_sync_answer *a);
};

/* JoinGroup. Errors: INVALID_GROUP_ID, INVALID_SESSION_TIMEOUT, INCONSISTENT_GROUP_PROTOCOL,
 * MEMBER_ID_REQUIRED, UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID, GROUP_MAX_SIZE_REACHED, and
 * UNKNOWN_SERVER_ERROR for an id that was given to a dynamic member and comes with an instance. */
void wr_groups_join(struct wr_groups *g, const struct wr_join_request *r,
                    const struct wr_group_waiter *waiter);

struct wr_sync_assignment {
    const char *member;
    struct weir_bytes assignment;
};

struct wr_sync_request {
    struct wr_group_client who;
    const char *protocol_type; /* NULL: not said (before version 5) */
    const char *protocol;
    const struct wr_sync_assignment *assignments; /* the leader's */
    size_t assignment_count;
    int64_t now;
};

/* SyncGroup. Errors: INVALID_GROUP_ID, UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID, ILLEGAL_GENERATION,
 * INCONSISTENT_GROUP_PROTOCOL, REBALANCE_IN_PROGRESS. */
void wr_groups_sync(struct wr_groups *g, const struct wr_sync_request *r,
                    const struct wr_group_waiter *waiter);

/* Heartbeat: also REBALANCE_IN_PROGRESS while members are joining. */
enum wr_kafka_error wr_groups_heartbeat(struct wr_groups *g, const struct wr_group_client *who,
                                        int64_t now);

/* LeaveGroup of one member; by instance id alone if the member id is "". */
enum wr_kafka_error wr_groups_leave(struct wr_groups *g, const struct wr_group_client *who,
                                    int64_t now);

/* Forget the waiters of an owner: its connection is gone. Its members stay. */
void wr_groups_forget(struct wr_groups *g, const void *owner);

/* Serve session and rebalance time-outs, delayed first rebalances and expired offsets. */
void wr_groups_tick(struct wr_groups *g, int64_t now);
int64_t wr_groups_next(const struct wr_groups *g);

/* Another coordinator takes over: waiters are dropped. It knows what the first wrote down, which is
 * the last generation that was synchronised or empty: a rebalance that was under way never was, and
 * its number comes again. The members of that generation have a whole new session. */
void wr_groups_move(struct wr_groups *g, int64_t now);

/* Write a copy of all groups with their positions. */
void wr_groups_save(const struct wr_groups *g, struct wr_journal *to);

/* Take over a record; false if it does not fit. wr_groups_move follows the last one. */
bool wr_groups_load(struct wr_groups *g, enum wr_journal_type type, struct wr_reader *r,
                    struct wr_arena *arena, int64_t now);

/* DeleteGroups: NON_EMPTY_GROUP, GROUP_ID_NOT_FOUND. */
enum wr_kafka_error wr_groups_delete(struct wr_groups *g, const char *group);

/* ---- ListGroups, DescribeGroups -------------------------------------------------------------- */

struct wr_group_member_info {
    const char *member;
    const char *instance;
    const char *client_id;
    const char *host;
    struct weir_bytes metadata;
    struct weir_bytes assignment;
};

struct wr_group_info {
    const char *group;
    const char *state; /* "PreparingRebalance", "CompletingRebalance", "Stable", "Empty", "Dead" */
    const char *protocol_type;
    const char *protocol;
    int32_t generation;
    const struct wr_group_member_info *members;
    size_t member_count;
};

/* Arrays are in arena, what they name lives until the next call; groups in order of their names,
 * members in order of joining. protocol and metadata are only there in a stable group. */
size_t wr_groups_list(const struct wr_groups *g, struct wr_arena *arena,
                      const struct wr_group_info **out);
bool wr_groups_describe(const struct wr_groups *g, const char *group, struct wr_arena *arena,
                        struct wr_group_info *out);

#endif
