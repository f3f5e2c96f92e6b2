/* group_join.c -- JoinGroup: new members, those that come back, and static members that another
 * process replaces. */
#include "src/base/base.h"

#include <string.h>

#include "broker/group_internal.h"
#include "src/base/mem.h"

/* A join on its way through the checks. */
struct join {
    struct wr_group *group;
    const struct wr_join_request *r;
    const struct wr_group_waiter *waiter;
};

static void refuse(const struct join *j, enum wr_kafka_error error, const char *member)
{
    struct wr_join_answer a = {.error = error, .generation = -1, .leader = "", .member = member};
    j->waiter->join_done(j->waiter->arg, &a);
}

/* Answer with the present generation, for a member that did not hear of it or only comes back. */
static void tell_present(const struct join *j, struct wr_member *m)
{
    struct wr_join_answer a;
    bool leads = m == j->group->leader && j->group->fsm.state == WR_GROUP_COMPLETING;
    wr_group_tell(j->group, m, leads, &a);
    j->waiter->join_done(j->waiter->arg, &a);
    wr_group_tell_done(&a);
}

/* A random id of the form 8-4-4-4-12, after a name that people know. */
static char *make_id(struct wr_rng *rng, const char *name)
{
    uint64_t a = wr_rng_next(rng);
    uint64_t b = wr_rng_next(rng);
    return wr_asprintf("%s-%08x-%04x-4%03x-%04x-%012llx", name, (unsigned)(a >> 32),
                       (unsigned)(a >> 16) & 0xffff, (unsigned)a & 0xfff,
                       0x8000 | ((unsigned)(b >> 48) & 0x3fff),
                       (unsigned long long)(b & 0xffffffffffff));
}

/* ---- new members ----------------------------------------------------------------------------- */

static void add_member(const struct join *j, struct wr_member *m)
{
    struct wr_group *group = j->group;
    if (group->fsm.state == WR_GROUP_PREPARING && group->previous == WR_GROUP_EMPTY) {
        group->new_member_added = true;
    }
    m->is_new = true;
    wr_member_add(m, j->r);
    wr_member_wait_join(m, j->waiter);
    wr_member_keep_for(m, WR_GROUP_FIRST_JOIN_MS, j->r->now);
    wr_group_prepare_or_complete(group, j->r->now);
}

/* The process of a static member was replaced. In a stable group it takes over the assignment and
 * nobody notices, unless its protocols change the group's choice. */
static void replace_member(const struct join *j, struct wr_member *m, char *id)
{
    struct wr_group *group = j->group;
    char *leader = wr_strdup(group->leader->id);
    wr_member_replace(m, id);
    wr_member_keep(m, j->r->now);
    wr_member_update(m, j->r);
    wr_member_wait_join(m, j->waiter);
    if (group->fsm.state == WR_GROUP_COMPLETING) {
        wr_group_prepare(group, j->r->now);
    } else if (group->fsm.state != WR_GROUP_STABLE ||
               strcmp(group->protocol, wr_group_select(group)) != 0) {
        wr_group_prepare_or_complete(group, j->r->now);
    } else {
        /* Before version 9 a leader cannot be told to leave the assignment alone: it is made to
         * believe that it follows, by the id it had before. */
        bool skips = j->r->skips_assignment && m == group->leader;
        struct wr_join_answer a;
        wr_group_save(group);
        wr_group_tell(group, m, skips, &a);
        a.skip_assignment = skips;
        a.leader = j->r->skips_assignment ? a.leader : leader;
        wr_member_answer_join(m, &a);
        wr_group_tell_done(&a);
    }
    wr_free(leader);
}

static void join_new(const struct join *j)
{
    struct wr_group *group = j->group;
    const char *instance = j->r->who.instance;
    if (!wr_group_supports(group, j->r)) {
        refuse(j, WR_KE_INCONSISTENT_GROUP_PROTOCOL, "");
        return;
    }
    char *id = make_id(group->owner->options.rng, instance != NULL ? instance : j->r->client_id);
    struct wr_member *holder = instance != NULL ? wr_member_find_instance(group, instance) : NULL;
    if (holder != NULL) {
        replace_member(j, holder, id);
        return;
    }
    struct wr_member *m = wr_member_make(group, id);
    if (instance == NULL && j->r->needs_member_id) {
        wr_member_keep_for(m, j->r->session_ms, j->r->now);
        refuse(j, WR_KE_MEMBER_ID_REQUIRED, id);
    } else {
        add_member(j, m);
    }
}

/* ---- members that come back ------------------------------------------------------------------ */

static void rejoin(const struct join *j, struct wr_member *m)
{
    struct wr_group *group = j->group;
    bool same = wr_member_matches(m, j->r);
    if (same && (group->fsm.state == WR_GROUP_COMPLETING ||
                 (group->fsm.state == WR_GROUP_STABLE && m != group->leader))) {
        tell_present(j, m);
        return;
    }
    /* Also a leader that joins a stable group with nothing changed: it saw something that changes
     * the assignment, such as new partitions. */
    wr_member_update(m, j->r);
    wr_member_wait_join(m, j->waiter);
    wr_group_prepare_or_complete(group, j->r->now);
}

static void join_known(const struct join *j)
{
    const struct wr_group_client *who = &j->r->who;
    struct wr_member *m = wr_member_find(j->group, who->member);
    if (!wr_group_supports(j->group, j->r)) {
        refuse(j, WR_KE_INCONSISTENT_GROUP_PROTOCOL, who->member);
        return;
    }
    if (m != NULL && m->pending) {
        if (who->instance != NULL) {
            refuse(j, WR_KE_UNKNOWN_SERVER_ERROR, "");
        } else {
            add_member(j, m);
        }
        return;
    }
    enum wr_kafka_error error = wr_member_validate(j->group, who);
    if (error != WR_KE_NONE) {
        refuse(j, error, who->member);
    } else {
        rejoin(j, m);
    }
}

/* ---- both ------------------------------------------------------------------------------------ */

/* Whether there is room. While members join, those count that have: so the last to come back are
 * the ones that are left out. */
static bool has_room(const struct wr_group *group, const struct wr_member *m)
{
    size_t max = (size_t)wr_max_i64(group->owner->options.max_size, 0);
    bool member = m != NULL && !m->pending;
    switch (wr_group_state_of(group)) {
    case WR_GROUP_PREPARING:
        return (member && m->joining) || group->joining_count < max;
    case WR_GROUP_COMPLETING:
    case WR_GROUP_STABLE:
        return member || group->members.count < max;
    case WR_GROUP_EMPTY:
    case WR_GROUP_DEAD:
        break;
    }
    return true;
}

void wr_groups_join(struct wr_groups *g, const struct wr_join_request *r,
                    const struct wr_group_waiter *waiter)
{
    struct join j = {NULL, r, waiter};
    bool unknown = *r->who.member == '\0';
    if (*r->who.group == '\0') {
        refuse(&j, WR_KE_INVALID_GROUP_ID, r->who.member);
        return;
    }
    if (r->session_ms < g->options.min_session_ms || r->session_ms > g->options.max_session_ms) {
        refuse(&j, WR_KE_INVALID_SESSION_TIMEOUT, r->who.member);
        return;
    }
    j.group = wr_group_find(g, r->who.group);
    if (j.group == NULL && !unknown) {
        refuse(&j, WR_KE_UNKNOWN_MEMBER_ID, r->who.member);
        return;
    }
    if (j.group == NULL) {
        j.group = wr_group_make(g, r->who.group, r->now);
    }
    struct wr_member *m = unknown ? NULL : wr_member_find(j.group, r->who.member);
    if (!has_room(j.group, m)) {
        if (m != NULL) {
            wr_member_remove(m);
        }
        refuse(&j, WR_KE_GROUP_MAX_SIZE_REACHED, "");
    } else if (unknown) {
        join_new(&j);
    } else {
        join_known(&j);
    }
}
