/* group_internal.h -- what the files of the group coordinator share.
 *
 * Invariants (wr_groups_check walks them): a member is either pending (it was given an id and has
 * not joined with it) or in `members`, in order of joining; counts are those of the flags; a group
 * without members has no leader and is empty or preparing; there is no position without an offset
 * or a pending one, and no topic without positions.
 */
#ifndef WR_GROUP_INTERNAL_H
#define WR_GROUP_INTERNAL_H

#include "broker/group_offsets.h"
#include "src/base/arena.h"
#include "src/base/fsm.h"
#include "src/base/linkmap.h"
#include "src/base/ptrs.h"
#include "src/base/strmap.h"
#include "src/base/timers.h"

enum wr_group_state {
    WR_GROUP_EMPTY,
    WR_GROUP_PREPARING,  /* members are joining */
    WR_GROUP_COMPLETING, /* they wait for the leader's assignment */
    WR_GROUP_STABLE,
    WR_GROUP_DEAD,
};

/* What a timer of the coordinator is part of. */
enum wr_group_timer {
    WR_GROUP_TIMER_SESSION, /* of a member */
    WR_GROUP_TIMER_JOIN,    /* of a group */
    WR_GROUP_TIMER_SYNC,    /* of a group */
    WR_GROUP_TIMER_CHECK,   /* for expired offsets, of the coordinator */
};

enum {
    /* A member that joins for the first time may wait so long for its answer. */
    WR_GROUP_FIRST_JOIN_MS = 300000,
};

/* ---- members --------------------------------------------------------------------------------- */

struct wr_member_protocol {
    char *name;
    struct weir_bytes metadata; /* owned */
};

struct wr_member {
    struct wr_group *group;
    struct wr_link by_id;
    struct wr_link by_instance;
    char *id;
    char *instance; /* NULL: dynamic */
    char *client_id;
    char *host;
    struct wr_member_protocol *protocols; /* the most wanted first */
    size_t protocol_count;
    int64_t session_ms;
    int64_t rebalance_ms;
    struct weir_bytes assignment; /* owned; never null in a member that has joined */
    struct wr_timer session;

    bool pending;
    bool is_new;   /* the join that made it a member is not answered yet */
    bool joining;  /* its join waits for an answer */
    bool syncing;  /* its sync waits for an answer */
    bool unsynced; /* it was told the generation and has not asked for its assignment */
    struct wr_group_waiter join; /* zeros: nobody is there to be told */
    struct wr_group_waiter sync;
};

/* ---- offsets --------------------------------------------------------------------------------- */

struct wr_committed_offset {
    int64_t offset;
    int32_t leader_epoch;
    char *metadata;
    int64_t time;    /* of the commit */
    uint64_t number; /* commits are counted, which says what is later; 0: there is none */
};

/* A transaction's position that waits for its end. */
struct wr_pending_offset {
    struct wr_offset *offset;
    struct wr_offset_producer *producer;
    struct wr_pending_offset *next_of_offset;
    struct wr_pending_offset *next_of_producer;
    struct wr_committed_offset position;
};

struct wr_offset {
    struct wr_offset_topic *topic;
    int32_t partition;
    struct wr_committed_offset committed;
    struct wr_pending_offset *pending;
};

struct wr_offset_topic {
    struct wr_link by_name;
    char *name;
    struct wr_ptrs offsets; /* struct wr_offset, in order of partitions */
};

struct wr_offset_producer {
    struct wr_link by_id; /* the key is id */
    int64_t id;
    int16_t epoch;
    struct wr_pending_offset *pending;
};

/* ---- what a coordinator writes down ---------------------------------------------------------- */

struct wr_saved_member {
    const char *id;
    const char *instance;
    const char *client_id;
    const char *host;
    int64_t session_ms;
    int64_t rebalance_ms;
    struct weir_bytes metadata; /* for the selected protocol */
    struct weir_bytes assignment;
};

struct wr_saved_group {
    struct wr_arena memory;
    int64_t state_time;
    int32_t generation;
    const char *type;
    const char *protocol;
    size_t leader; /* the place of a member */
    const struct wr_saved_member *members;
    size_t count;
};

/* ---- groups ---------------------------------------------------------------------------------- */

struct wr_group {
    struct wr_groups *owner;
    struct wr_link by_name;
    char *name;
    struct wr_fsm fsm;
    enum wr_group_state previous;
    int64_t state_time; /* of the last change of state */
    int32_t generation;
    char *type;     /* NULL: nobody has ever joined */
    char *protocol; /* NULL: none is selected */
    struct wr_member *leader;

    struct wr_ptrs members;
    struct wr_linkmap by_id; /* pending ones too */
    struct wr_linkmap by_instance;
    size_t pending_count;
    size_t joining_count;
    size_t unsynced_count;
    size_t lost_syncs; /* of static members that were replaced before they asked */

    struct wr_timer join_timer;
    bool initial;               /* join_timer is the delay of a first rebalance */
    bool new_member_added;      /* during the delay, which is then extended */
    int64_t delay;              /* the present one */
    int64_t delay_left;         /* by which it may be extended */
    struct wr_timer sync_timer; /* set while members have not asked for their assignments */

    bool topics_known;           /* what the members of this generation subscribe to */
    struct wr_strmap topics;     /* names without values */
    struct wr_linkmap offsets;   /* struct wr_offset_topic */
    struct wr_linkmap producers; /* struct wr_offset_producer */

    struct wr_saved_group saved;
};

struct wr_groups {
    struct wr_groups_options options;
    struct wr_linkmap by_name;
    struct wr_timers timers;
    struct wr_timer check; /* set while there are groups */
    uint64_t commits;
};

static inline enum wr_group_state wr_group_state_of(const struct wr_group *group)
{
    return (enum wr_group_state)group->fsm.state;
}

static inline struct wr_member *wr_group_member_at(const struct wr_group *group, size_t i)
{
    return group->members.items[i];
}

/* group_coordinator.c: the group of a name, NULL if there is none; a new one. */
struct wr_group *wr_group_find(const struct wr_groups *g, const char *name);
struct wr_group *wr_group_make(struct wr_groups *g, const char *name, int64_t now);
void wr_group_end(struct wr_group *group); /* an empty one is deleted */
void wr_group_free(struct wr_group *group);
void wr_group_drop_members(struct wr_group *group);
void wr_group_restart(struct wr_group *group, enum wr_group_state state); /* as if read anew */

/* group_members.c: a pending or joined member of an id, NULL if there is none. */
struct wr_member *wr_member_find(const struct wr_group *group, const char *id);
struct wr_member *wr_member_find_instance(const struct wr_group *group, const char *instance);

/* Whether who is a member: NONE, UNKNOWN_MEMBER_ID or FENCED_INSTANCE_ID. */
enum wr_kafka_error wr_member_validate(const struct wr_group *group,
                                       const struct wr_group_client *who);

/* A new pending member. */
struct wr_member *wr_member_make(struct wr_group *group, char *id);

/* Take over what a join says. */
void wr_member_update(struct wr_member *m, const struct wr_join_request *r);

/* A pending member joins. */
void wr_member_add(struct wr_member *m, const struct wr_join_request *r);

/* Another process took the place of a static member: its id changes, it waits for nothing. */
void wr_member_replace(struct wr_member *m, char *id);

void wr_member_remove(struct wr_member *m); /* from its group; its waiters are not answered */
void wr_member_free(struct wr_member *m);   /* of a group that goes as a whole */
void wr_member_assign(struct wr_member *m, struct weir_bytes assignment);

void wr_member_wait_join(struct wr_member *m, const struct wr_group_waiter *waiter);
void wr_member_wait_sync(struct wr_member *m, const struct wr_group_waiter *waiter);

/* Answer a join or a sync; nothing happens if none waits. */
void wr_member_answer_join(struct wr_member *m, const struct wr_join_answer *a);
bool wr_member_answer_sync(struct wr_member *m, const struct wr_sync_answer *a);

void wr_member_synced(struct wr_member *m);
void wr_group_forget_syncs(struct wr_group *group);

/* group_protocols.c: whether somebody with these protocols may join. */
bool wr_group_supports(const struct wr_group *group, const struct wr_join_request *r);
bool wr_member_matches(const struct wr_member *m, const struct wr_join_request *r);
const char *wr_group_select(const struct wr_group *group); /* the protocol with the most votes */
struct weir_bytes wr_member_metadata(const struct wr_member *m, const char *protocol);

/* What the members subscribe to, anew from their metadata. */
void wr_group_read_topics(struct wr_group *group);
bool wr_group_subscribes(const struct wr_group *group, const char *topic);

/* group_rebalance.c */
void wr_group_go(struct wr_group *group, enum wr_group_state to, int64_t now);
void wr_group_prepare(struct wr_group *group, int64_t now);
void wr_group_prepare_or_complete(struct wr_group *group, int64_t now);
void wr_group_complete(struct wr_group *group, int64_t now);
void wr_group_complete_if_all_joined(struct wr_group *group, int64_t now);
bool wr_group_all_joined(const struct wr_group *group);
void wr_group_join_due(struct wr_group *group, int64_t now);
void wr_group_sync_due(struct wr_group *group, int64_t now);

/* The answer to a member that is told the present generation. */
void wr_group_tell(struct wr_group *group, struct wr_member *m, bool with_members,
                   struct wr_join_answer *a);
void wr_group_tell_done(struct wr_join_answer *a);

/* Give all members their assignments, or an error instead of them. */
void wr_group_propagate(struct wr_group *group, enum wr_kafka_error error, int64_t now);

/* group_move.c: write the group down; make room for doing so. */
void wr_group_save(struct wr_group *group);
void wr_saved_group_reset(struct wr_saved_group *saved);

/* group_journal.c: a group was written down, or is going. */
void wr_group_record(const struct wr_group *group);
void wr_group_record_gone(const struct wr_group *group);

/* A record of positions: begin (false: none is wanted), put each, wr_journal_end. */
bool wr_offsets_begin(const struct wr_group *group, const struct wr_offset_producer *producer,
                      struct wr_journal *j, struct wr_writer *w);
void wr_offsets_put(struct wr_writer *w, const char *topic, int32_t partition,
                    const struct wr_committed_offset *p);
void wr_offsets_record_end(const struct wr_group *group, const struct wr_marker *m);

/* Record that a position is gone, and drop it. */
void wr_offset_forget(struct wr_group *group, struct wr_offset *offset);

/* group_sessions.c: the member was heard of; it has so long until it must be heard of again. */
void wr_member_keep(struct wr_member *m, int64_t now);
void wr_member_keep_for(struct wr_member *m, int64_t ms, int64_t now);

/* group_offsets.c: the producer with its epoch noted, NULL if that is an old one. */
struct wr_offset_producer *wr_offset_producer_admit(struct wr_group *group, int64_t id,
                                                    int16_t epoch);

/* Set the committed position, or the pending one of a producer. */
const struct wr_committed_offset *wr_offset_set(struct wr_group *group,
                                                struct wr_offset_producer *producer,
                                                const struct wr_offset_commit *c, int64_t now,
                                                uint64_t number);
struct wr_offset *wr_offset_find(const struct wr_group *group, const char *topic,
                                 int32_t partition);
void wr_offset_drop(struct wr_group *group, struct wr_offset *offset);
void wr_offsets_free(struct wr_group *group);

/* group_expiry.c */
void wr_groups_expire(struct wr_groups *g, int64_t now);

#endif
