/* group_coordinator.c -- groups, and the requests of members but for joining (group_join.c). The
 * order of the checks is Apache Kafka's: it decides which error is seen. */
#include "src/base/base.h"

#include <string.h>

#include "broker/group_internal.h"
#include "src/base/mem.h"

enum { CHECK_MS = 600000 }; /* offsets.retention.check.interval.ms, if nothing is said */

static const char *const state_names[] = {"Empty", "PreparingRebalance", "CompletingRebalance",
                                          "Stable", "Dead"};
static const uint32_t edges[] = {
    [WR_GROUP_EMPTY] = WR_FSM_TO(WR_GROUP_PREPARING) | WR_FSM_TO(WR_GROUP_DEAD),
    [WR_GROUP_PREPARING] = WR_FSM_TO(WR_GROUP_COMPLETING) | WR_FSM_TO(WR_GROUP_EMPTY),
    [WR_GROUP_COMPLETING] = WR_FSM_TO(WR_GROUP_STABLE) | WR_FSM_TO(WR_GROUP_PREPARING),
    [WR_GROUP_STABLE] = WR_FSM_TO(WR_GROUP_PREPARING),
    [WR_GROUP_DEAD] = 0,
};
static const struct wr_fsm_def states = {"a consumer group", state_names, edges,
                                         WR_ARRAY_LEN(edges)};

/* ---- groups ---------------------------------------------------------------------------------- */

struct wr_groups *wr_groups_new(const struct wr_groups_options *options)
{
    struct wr_groups *g = WR_NEW(struct wr_groups);
    g->options = *options;
    if (g->options.offsets_check_ms == 0) {
        g->options.offsets_check_ms = CHECK_MS;
    }
    g->check.kind = WR_GROUP_TIMER_CHECK;
    return g;
}

void wr_groups_free(struct wr_groups *g)
{
    if (g == NULL) {
        return;
    }
    struct wr_link *next;
    for (struct wr_link *link = wr_linkmap_next(&g->by_name, NULL); link != NULL; link = next) {
        next = wr_linkmap_next(&g->by_name, link);
        wr_group_free(WR_CONTAINER_OF(link, struct wr_group, by_name));
    }
    wr_linkmap_free(&g->by_name);
    wr_timers_free(&g->timers);
    wr_free(g);
}

struct wr_group *wr_group_find(const struct wr_groups *g, const char *name)
{
    struct wr_link *link = wr_linkmap_find(&g->by_name, weir_str(name));
    return link != NULL ? WR_CONTAINER_OF(link, struct wr_group, by_name) : NULL;
}

void wr_group_restart(struct wr_group *group, enum wr_group_state state)
{
    wr_fsm_init(&group->fsm, &states, (int)state);
    group->previous = WR_GROUP_DEAD;
}

struct wr_group *wr_group_make(struct wr_groups *g, const char *name, int64_t now)
{
    struct wr_group *group = WR_NEW(struct wr_group);
    group->owner = g;
    group->name = wr_strdup(name);
    wr_group_restart(group, WR_GROUP_EMPTY);
    group->state_time = now;
    group->join_timer.kind = WR_GROUP_TIMER_JOIN;
    group->sync_timer.kind = WR_GROUP_TIMER_SYNC;
    wr_linkmap_add(&g->by_name, &group->by_name, weir_str(group->name));
    if (!wr_timer_is_set(&g->check)) {
        wr_timers_set(&g->timers, &g->check, now + g->options.offsets_check_ms);
    }
    return group;
}

void wr_group_drop_members(struct wr_group *group)
{
    struct wr_link *next;
    for (struct wr_link *link = wr_linkmap_next(&group->by_id, NULL); link != NULL; link = next) {
        next = wr_linkmap_next(&group->by_id, link);
        wr_member_free(WR_CONTAINER_OF(link, struct wr_member, by_id));
    }
    wr_linkmap_free(&group->by_id);
    wr_linkmap_free(&group->by_instance);
    wr_ptrs_free(&group->members);
    group->leader = NULL;
    group->pending_count = 0;
    group->joining_count = 0;
    group->unsynced_count = 0;
    group->lost_syncs = 0;
    wr_timers_cancel(&group->owner->timers, &group->join_timer);
    wr_timers_cancel(&group->owner->timers, &group->sync_timer);
}

void wr_group_free(struct wr_group *group)
{
    wr_linkmap_remove(&group->owner->by_name, &group->by_name);
    wr_group_drop_members(group);
    wr_offsets_free(group);
    wr_strmap_free(&group->topics);
    wr_arena_free(&group->saved.memory);
    wr_free(group->type);
    wr_free(group->protocol);
    wr_free(group->name);
    wr_free(group);
}

void wr_group_end(struct wr_group *group)
{
    wr_group_record_gone(group);
    wr_fsm_go(&group->fsm, WR_GROUP_DEAD);
    wr_group_free(group);
}

enum wr_kafka_error wr_groups_delete(struct wr_groups *g, const char *name)
{
    struct wr_group *group = wr_group_find(g, name);
    if (group == NULL) {
        return WR_KE_GROUP_ID_NOT_FOUND;
    }
    if (group->fsm.state != WR_GROUP_EMPTY) {
        return WR_KE_NON_EMPTY_GROUP;
    }
    wr_group_end(group);
    return WR_KE_NONE;
}

/* ---- SyncGroup ------------------------------------------------------------------------------- */

static void refuse_sync(const struct wr_group_waiter *waiter, enum wr_kafka_error error)
{
    struct wr_sync_answer a = {.error = error, .assignment = weir_str("")};
    waiter->sync_done(waiter->arg, &a);
}

static bool differs(const char *said, const char *is)
{
    return said != NULL && strcmp(said, is) != 0;
}

static enum wr_kafka_error validate_sync(const struct wr_group *group,
                                         const struct wr_sync_request *r)
{
    if (group == NULL || group->fsm.state == WR_GROUP_EMPTY) {
        return WR_KE_UNKNOWN_MEMBER_ID;
    }
    enum wr_kafka_error error = wr_member_validate(group, &r->who);
    if (error != WR_KE_NONE) {
        return error;
    }
    if (r->who.generation != group->generation) {
        return WR_KE_ILLEGAL_GENERATION;
    }
    if (differs(r->protocol_type, group->type) ||
        differs(r->protocol, group->protocol != NULL ? group->protocol : "")) {
        return WR_KE_INCONSISTENT_GROUP_PROTOCOL;
    }
    return group->fsm.state == WR_GROUP_PREPARING ? WR_KE_REBALANCE_IN_PROGRESS : WR_KE_NONE;
}

static void take_assignments(struct wr_group *group, const struct wr_sync_request *r)
{
    for (size_t i = 0; i < group->members.count; i++) {
        wr_member_assign(wr_group_member_at(group, i), weir_str(""));
    }
    for (size_t i = 0; i < r->assignment_count; i++) {
        struct wr_member *m = wr_member_find(group, r->assignments[i].member);
        if (m != NULL && !m->pending) {
            wr_member_assign(m, r->assignments[i].assignment);
        }
    }
}

static void note_sync(struct wr_member *m)
{
    struct wr_group *group = m->group;
    wr_member_synced(m);
    if (group->unsynced_count == 0 && group->lost_syncs == 0) {
        wr_timers_cancel(&group->owner->timers, &group->sync_timer);
    }
}

void wr_groups_sync(struct wr_groups *g, const struct wr_sync_request *r,
                    const struct wr_group_waiter *waiter)
{
    if (*r->who.group == '\0') {
        refuse_sync(waiter, WR_KE_INVALID_GROUP_ID);
        return;
    }
    struct wr_group *group = wr_group_find(g, r->who.group);
    enum wr_kafka_error error = validate_sync(group, r);
    if (error != WR_KE_NONE) {
        refuse_sync(waiter, error);
        return;
    }
    struct wr_member *m = wr_member_find(group, r->who.member);
    note_sync(m);
    if (group->fsm.state == WR_GROUP_STABLE) {
        struct wr_sync_answer a = {WR_KE_NONE, group->type, group->protocol, m->assignment};
        waiter->sync_done(waiter->arg, &a);
        return;
    }
    wr_member_wait_sync(m, waiter);
    if (m == group->leader) {
        take_assignments(group, r);
        wr_group_go(group, WR_GROUP_STABLE, r->now);
        wr_group_save(group);
        wr_group_propagate(group, WR_KE_NONE, r->now);
    }
}

/* ---- Heartbeat, LeaveGroup ------------------------------------------------------------------- */

/* The group that a member asks of; NULL with *error if there is none, which makes it a stranger. */
static struct wr_group *group_of(struct wr_groups *g, const struct wr_group_client *who,
                                 enum wr_kafka_error *error)
{
    *error = *who->group == '\0' ? WR_KE_INVALID_GROUP_ID : WR_KE_UNKNOWN_MEMBER_ID;
    return *who->group == '\0' ? NULL : wr_group_find(g, who->group);
}

enum wr_kafka_error wr_groups_heartbeat(struct wr_groups *g, const struct wr_group_client *who,
                                        int64_t now)
{
    enum wr_kafka_error error;
    struct wr_group *group = group_of(g, who, &error);
    if (group == NULL) {
        return error;
    }
    error = wr_member_validate(group, who);
    if (error != WR_KE_NONE) {
        return error;
    }
    if (who->generation != group->generation) {
        return WR_KE_ILLEGAL_GENERATION;
    }
    wr_member_keep(wr_member_find(group, who->member), now);
    return group->fsm.state == WR_GROUP_PREPARING ? WR_KE_REBALANCE_IN_PROGRESS : WR_KE_NONE;
}

/* Who leaves: a pending member too, and a static one by its instance id alone. */
static struct wr_member *find_leaver(const struct wr_group *group,
                                     const struct wr_group_client *who, enum wr_kafka_error *error)
{
    struct wr_member *m = wr_member_find(group, who->member);
    if (*who->member == '\0') {
        m = who->instance != NULL ? wr_member_find_instance(group, who->instance) : NULL;
        *error = m != NULL ? WR_KE_NONE : WR_KE_UNKNOWN_MEMBER_ID;
    } else if (m != NULL && m->pending) {
        *error = WR_KE_NONE;
    } else {
        *error = wr_member_validate(group, who);
    }
    return m;
}

enum wr_kafka_error wr_groups_leave(struct wr_groups *g, const struct wr_group_client *who,
                                    int64_t now)
{
    enum wr_kafka_error error;
    struct wr_group *group = group_of(g, who, &error);
    if (group == NULL) {
        return error;
    }
    struct wr_member *m = find_leaver(group, who, &error);
    if (error != WR_KE_NONE) {
        return error;
    }
    struct wr_join_answer a = {
        .error = WR_KE_UNKNOWN_MEMBER_ID, .generation = -1, .leader = "", .member = ""};
    wr_member_answer_join(m, &a);
    wr_member_remove(m);
    if (group->fsm.state != WR_GROUP_EMPTY) {
        wr_group_prepare_or_complete(group, now);
    }
    return WR_KE_NONE;
}

void wr_groups_forget(struct wr_groups *g, const void *owner)
{
    for (struct wr_link *i = wr_linkmap_next(&g->by_name, NULL); i != NULL;
         i = wr_linkmap_next(&g->by_name, i)) {
        struct wr_group *group = WR_CONTAINER_OF(i, struct wr_group, by_name);
        for (size_t k = 0; k < group->members.count; k++) {
            struct wr_member *m = wr_group_member_at(group, k);
            m->join = m->join.owner == owner ? (struct wr_group_waiter){0} : m->join;
            m->sync = m->sync.owner == owner ? (struct wr_group_waiter){0} : m->sync;
        }
    }
}
