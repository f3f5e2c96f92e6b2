/* group_rebalance.c -- from one generation of a group to the next: members join, a leader and a
 * protocol are chosen, the leader's assignment is passed on. */
#include "src/base/base.h"

#include "broker/group_internal.h"
#include "src/base/mem.h"

enum { SHORTEST_WAIT_MS = 100 };

static bool can_rebalance(const struct wr_group *group)
{
    return group->fsm.state == WR_GROUP_EMPTY || group->fsm.state == WR_GROUP_COMPLETING ||
           group->fsm.state == WR_GROUP_STABLE;
}

void wr_group_go(struct wr_group *group, enum wr_group_state to, int64_t now)
{
    group->previous = wr_group_state_of(group);
    wr_fsm_go(&group->fsm, (int)to);
    group->state_time = now;
}

bool wr_group_all_joined(const struct wr_group *group)
{
    return group->joining_count == group->members.count && group->pending_count == 0;
}

static int64_t rebalance_ms(const struct wr_group *group)
{
    int64_t ms = 0;
    for (size_t i = 0; i < group->members.count; i++) {
        ms = wr_max_i64(ms, wr_group_member_at(group, i)->rebalance_ms);
    }
    return ms;
}

static void set_timer(struct wr_group *group, struct wr_timer *timer, int64_t at)
{
    wr_timers_set(&group->owner->timers, timer, at);
}

/* ---- answers --------------------------------------------------------------------------------- */

void wr_group_tell(struct wr_group *group, struct wr_member *m, bool with_members,
                   struct wr_join_answer *a)
{
    *a = (struct wr_join_answer){
        .generation = group->generation,
        .protocol_type = group->type,
        .protocol = group->protocol,
        .leader = group->leader->id,
        .member = m->id,
    };
    if (!with_members) {
        return;
    }
    struct wr_join_member *members = wr_calloc(group->members.count, sizeof *members);
    for (size_t i = 0; i < group->members.count; i++) {
        const struct wr_member *one = wr_group_member_at(group, i);
        members[i] = (struct wr_join_member){one->id, one->instance,
                                             wr_member_metadata(one, group->protocol)};
    }
    a->members = members;
    a->member_count = group->members.count;
}

void wr_group_tell_done(struct wr_join_answer *a)
{
    wr_free((void *)(uintptr_t)a->members);
}

void wr_group_propagate(struct wr_group *group, enum wr_kafka_error error, int64_t now)
{
    for (size_t i = 0; i < group->members.count; i++) {
        struct wr_member *m = wr_group_member_at(group, i);
        struct wr_sync_answer a = {.error = error, .assignment = m->assignment};
        if (error == WR_KE_NONE) {
            a.protocol_type = group->type;
            a.protocol = group->protocol;
        }
        if (wr_member_answer_sync(m, &a)) {
            wr_member_keep(m, now);
        }
    }
}

/* ---- joining --------------------------------------------------------------------------------- */

static void complete_or_wait(struct wr_group *group, int64_t now)
{
    group->initial = false;
    if (wr_group_all_joined(group)) {
        wr_group_complete(group, now);
    } else {
        set_timer(group, &group->join_timer, now + rebalance_ms(group));
    }
}

void wr_group_prepare(struct wr_group *group, int64_t now)
{
    if (group->fsm.state == WR_GROUP_COMPLETING) {
        for (size_t i = 0; i < group->members.count; i++) {
            wr_member_assign(wr_group_member_at(group, i), weir_str(""));
        }
        wr_group_propagate(group, WR_KE_REBALANCE_IN_PROGRESS, now);
    }
    wr_group_forget_syncs(group);
    wr_timers_cancel(&group->owner->timers, &group->sync_timer);
    bool initial = group->fsm.state == WR_GROUP_EMPTY;
    wr_group_go(group, WR_GROUP_PREPARING, now);
    if (!initial) {
        complete_or_wait(group, now);
        return;
    }
    /* The first of many instances waits a little for the others. */
    int64_t delay = group->owner->options.initial_delay_ms;
    group->initial = true;
    group->delay = delay;
    group->delay_left = wr_max_i64(rebalance_ms(group) - delay, 0);
    set_timer(group, &group->join_timer, now + delay);
}

void wr_group_complete_if_all_joined(struct wr_group *group, int64_t now)
{
    if (group->fsm.state == WR_GROUP_PREPARING && group->previous != WR_GROUP_EMPTY &&
        wr_group_all_joined(group)) {
        wr_group_complete(group, now);
    }
}

void wr_group_prepare_or_complete(struct wr_group *group, int64_t now)
{
    if (can_rebalance(group)) {
        wr_group_prepare(group, now);
    } else {
        wr_group_complete_if_all_joined(group, now);
    }
}

static void remove_absent(struct wr_group *group)
{
    for (size_t i = 0; i < group->members.count;) {
        struct wr_member *m = wr_group_member_at(group, i);
        if (m->joining || m->instance != NULL) {
            i++;
        } else {
            wr_member_remove(m);
        }
    }
}

/* The leader stays if it has joined, else the first that has; false if nobody has. */
static bool elect(struct wr_group *group)
{
    for (size_t i = 0; i < group->members.count && !group->leader->joining; i++) {
        struct wr_member *m = wr_group_member_at(group, i);
        group->leader = m->joining ? m : group->leader;
    }
    return group->leader != NULL && group->leader->joining;
}

static void become_empty(struct wr_group *group, int64_t now)
{
    wr_free(group->protocol);
    group->protocol = NULL;
    wr_group_read_topics(group);
    wr_group_go(group, WR_GROUP_EMPTY, now);
    wr_group_save(group);
}

static void begin_generation(struct wr_group *group, int64_t now)
{
    char *protocol = wr_strdup(wr_group_select(group));
    wr_free(group->protocol);
    group->protocol = protocol;
    wr_group_read_topics(group);
    wr_group_go(group, WR_GROUP_COMPLETING, now);
    for (size_t i = 0; i < group->members.count; i++) {
        struct wr_member *m = wr_group_member_at(group, i);
        struct wr_join_answer a;
        wr_group_tell(group, m, m == group->leader, &a);
        wr_member_answer_join(m, &a);
        wr_group_tell_done(&a);
        wr_member_keep(m, now);
        m->is_new = false;
        m->unsynced = true;
    }
    group->unsynced_count = group->members.count;
    set_timer(group, &group->sync_timer, now + rebalance_ms(group));
}

void wr_group_complete(struct wr_group *group, int64_t now)
{
    wr_timers_cancel(&group->owner->timers, &group->join_timer);
    remove_absent(group);
    if (!elect(group) && group->members.count != 0) {
        /* Only static members are left and none has come back: wait on, until their sessions end. A
         * rebalance time-out of 0 must not make that a busy loop. */
        group->initial = false;
        set_timer(group, &group->join_timer,
                  now + wr_max_i64(rebalance_ms(group), SHORTEST_WAIT_MS));
        return;
    }
    group->generation++;
    wr_group_forget_syncs(group);
    if (group->members.count == 0) {
        become_empty(group, now);
    } else {
        begin_generation(group, now);
    }
}

/* ---- time-outs ------------------------------------------------------------------------------- */

void wr_group_join_due(struct wr_group *group, int64_t now)
{
    if (!group->initial || !group->new_member_added || group->delay_left == 0) {
        wr_group_complete(group, now);
        return;
    }
    int64_t passed = group->delay;
    group->new_member_added = false;
    group->delay = wr_min_i64(group->owner->options.initial_delay_ms, group->delay_left);
    group->delay_left = wr_max_i64(group->delay_left - passed, 0);
    set_timer(group, &group->join_timer, now + group->delay);
}

void wr_group_sync_due(struct wr_group *group, int64_t now)
{
    for (size_t i = 0; i < group->members.count;) {
        struct wr_member *m = wr_group_member_at(group, i);
        if (m->unsynced) {
            wr_member_remove(m);
        } else {
            i++;
        }
    }
    wr_group_prepare(group, now);
}
