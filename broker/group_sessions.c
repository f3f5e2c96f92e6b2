/* group_sessions.c -- time in the group coordinator: members that are not heard of, and the timers
 * of groups. */
#include "src/base/base.h"

#include "broker/group_internal.h"

void wr_member_keep_for(struct wr_member *m, int64_t ms, int64_t now)
{
    wr_timers_set(&m->group->owner->timers, &m->session, now + ms);
}

void wr_member_keep(struct wr_member *m, int64_t now)
{
    wr_member_keep_for(m, m->session_ms, now);
}

static void complete_if_all_joined(struct wr_group *group, int64_t now)
{
    if (group->fsm.state == WR_GROUP_PREPARING && wr_group_all_joined(group)) {
        wr_group_complete(group, now);
    }
}

/* A member that waits for an answer is alive, except in its first join: its client has no id yet
 * with which it could send heartbeats, and may have given up long ago. */
static void session_due(struct wr_member *m, int64_t now)
{
    struct wr_group *group = m->group;
    if (m->pending) {
        wr_member_remove(m);
        complete_if_all_joined(group, now);
        return;
    }
    if (!m->is_new && (m->joining || m->syncing)) {
        return;
    }
    struct wr_join_answer a = {
        .error = WR_KE_UNKNOWN_MEMBER_ID, .generation = -1, .leader = "", .member = ""};
    wr_member_answer_join(m, &a);
    wr_member_remove(m);
    if (group->fsm.state == WR_GROUP_PREPARING) {
        complete_if_all_joined(group, now);
    } else {
        wr_group_prepare(group, now);
    }
}

int64_t wr_groups_next(const struct wr_groups *g)
{
    return wr_timers_next(&g->timers);
}

void wr_groups_tick(struct wr_groups *g, int64_t now)
{
    for (struct wr_timer *t; (t = wr_timers_pop(&g->timers, now)) != NULL;) {
        switch ((enum wr_group_timer)t->kind) {
        case WR_GROUP_TIMER_SESSION:
            session_due(WR_CONTAINER_OF(t, struct wr_member, session), now);
            break;
        case WR_GROUP_TIMER_JOIN:
            wr_group_join_due(WR_CONTAINER_OF(t, struct wr_group, join_timer), now);
            break;
        case WR_GROUP_TIMER_SYNC:
            wr_group_sync_due(WR_CONTAINER_OF(t, struct wr_group, sync_timer), now);
            break;
        case WR_GROUP_TIMER_CHECK:
            wr_groups_expire(g, now);
            break;
        }
    }
}
