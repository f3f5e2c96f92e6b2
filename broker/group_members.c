/* group_members.c -- the members of a group, their ids and what they wait for. Nothing here starts
 * or ends a rebalance. */
#include "src/base/base.h"

#include <string.h>

#include "broker/group_internal.h"
#include "src/base/mem.h"

struct wr_member *wr_member_find(const struct wr_group *group, const char *id)
{
    struct wr_link *link = wr_linkmap_find(&group->by_id, weir_str(id));
    return link != NULL ? WR_CONTAINER_OF(link, struct wr_member, by_id) : NULL;
}

struct wr_member *wr_member_find_instance(const struct wr_group *group, const char *instance)
{
    struct wr_link *link = wr_linkmap_find(&group->by_instance, weir_str(instance));
    return link != NULL ? WR_CONTAINER_OF(link, struct wr_member, by_instance) : NULL;
}

enum wr_kafka_error wr_member_validate(const struct wr_group *group,
                                       const struct wr_group_client *who)
{
    const struct wr_member *m = wr_member_find(group, who->member);
    if (who->instance != NULL) {
        const struct wr_member *holder = wr_member_find_instance(group, who->instance);
        if (holder == NULL) {
            return WR_KE_UNKNOWN_MEMBER_ID;
        }
        if (holder != m) {
            return WR_KE_FENCED_INSTANCE_ID;
        }
    }
    return m != NULL && !m->pending ? WR_KE_NONE : WR_KE_UNKNOWN_MEMBER_ID;
}

struct wr_member *wr_member_make(struct wr_group *group, char *id)
{
    struct wr_member *m = WR_NEW(struct wr_member);
    m->group = group;
    m->id = id;
    m->pending = true;
    m->session.kind = WR_GROUP_TIMER_SESSION;
    wr_linkmap_add(&group->by_id, &m->by_id, weir_str(id));
    group->pending_count++;
    return m;
}

static void free_protocols(struct wr_member *m)
{
    for (size_t i = 0; i < m->protocol_count; i++) {
        wr_free(m->protocols[i].name);
        wr_free((void *)(uintptr_t)m->protocols[i].metadata.data);
    }
    wr_free(m->protocols);
}

static struct weir_bytes copy_of(struct weir_bytes b)
{
    return weir_view(wr_memdup(b.len != 0 ? b.data : "", b.len), b.len);
}

void wr_member_update(struct wr_member *m, const struct wr_join_request *r)
{
    struct wr_member_protocol *protocols = wr_calloc(r->protocol_count, sizeof *protocols);
    for (size_t i = 0; i < r->protocol_count; i++) {
        protocols[i].name = wr_strdup(r->protocols[i].name);
        protocols[i].metadata = copy_of(r->protocols[i].metadata);
    }
    free_protocols(m);
    m->protocols = protocols;
    m->protocol_count = r->protocol_count;
    m->session_ms = r->session_ms;
    m->rebalance_ms = wr_max_i64(r->rebalance_ms, 0);
}

void wr_member_assign(struct wr_member *m, struct weir_bytes assignment)
{
    wr_free((void *)(uintptr_t)m->assignment.data);
    m->assignment = copy_of(assignment);
}

void wr_member_add(struct wr_member *m, const struct wr_join_request *r)
{
    struct wr_group *group = m->group;
    wr_assert(m->pending);
    m->pending = false;
    group->pending_count--;
    m->instance = wr_strdup(r->who.instance);
    m->client_id = wr_strdup(r->client_id);
    m->host = wr_strdup(r->host);
    wr_member_update(m, r);
    wr_member_assign(m, weir_str(""));
    if (m->instance != NULL) {
        wr_linkmap_add(&group->by_instance, &m->by_instance, weir_str(m->instance));
    }
    if (group->members.count == 0) {
        wr_free(group->type);
        group->type = wr_strdup(r->protocol_type);
    }
    if (group->leader == NULL) {
        group->leader = m;
    }
    wr_ptrs_push(&group->members, m);
}

void wr_member_replace(struct wr_member *m, char *id)
{
    struct wr_group *group = m->group;
    struct wr_join_answer join = {
        .error = WR_KE_FENCED_INSTANCE_ID, .generation = -1, .leader = "", .member = m->id};
    wr_member_answer_join(m, &join);
    struct wr_sync_answer sync = {.error = WR_KE_FENCED_INSTANCE_ID, .assignment = weir_str("")};
    wr_member_answer_sync(m, &sync);
    if (m->unsynced) {
        wr_member_synced(m);
        group->lost_syncs++;
    }
    wr_linkmap_remove(&group->by_id, &m->by_id);
    wr_free(m->id);
    m->id = id;
    m->is_new = false;
    wr_linkmap_add(&group->by_id, &m->by_id, weir_str(id));
}

static void stop_waiting(struct wr_member *m)
{
    m->group->joining_count -= m->joining;
    m->joining = false;
    m->syncing = false;
}

void wr_member_free(struct wr_member *m)
{
    wr_timers_cancel(&m->group->owner->timers, &m->session);
    free_protocols(m);
    wr_free((void *)(uintptr_t)m->assignment.data);
    wr_free(m->id);
    wr_free(m->instance);
    wr_free(m->client_id);
    wr_free(m->host);
    wr_free(m);
}

void wr_member_remove(struct wr_member *m)
{
    struct wr_group *group = m->group;
    stop_waiting(m);
    wr_member_synced(m);
    wr_linkmap_remove(&group->by_id, &m->by_id);
    if (m->instance != NULL) {
        wr_linkmap_remove(&group->by_instance, &m->by_instance);
    }
    if (m->pending) {
        group->pending_count--;
    } else {
        wr_ptrs_remove(&group->members, m);
    }
    if (group->leader == m) {
        group->leader = group->members.count != 0 ? wr_group_member_at(group, 0) : NULL;
    }
    wr_member_free(m);
}

/* ---- waiting --------------------------------------------------------------------------------- */

void wr_member_wait_join(struct wr_member *m, const struct wr_group_waiter *waiter)
{
    m->group->joining_count += !m->joining;
    m->joining = true;
    m->join = *waiter;
}

void wr_member_wait_sync(struct wr_member *m, const struct wr_group_waiter *waiter)
{
    m->syncing = true;
    m->sync = *waiter;
}

void wr_member_answer_join(struct wr_member *m, const struct wr_join_answer *a)
{
    if (!m->joining) {
        return;
    }
    m->group->joining_count--;
    m->joining = false;
    if (m->join.join_done != NULL) {
        m->join.join_done(m->join.arg, a);
    }
}

bool wr_member_answer_sync(struct wr_member *m, const struct wr_sync_answer *a)
{
    if (!m->syncing) {
        return false;
    }
    m->syncing = false;
    if (m->sync.sync_done != NULL) {
        m->sync.sync_done(m->sync.arg, a);
    }
    return true;
}

void wr_member_synced(struct wr_member *m)
{
    m->group->unsynced_count -= m->unsynced;
    m->unsynced = false;
}

void wr_group_forget_syncs(struct wr_group *group)
{
    for (size_t i = 0; i < group->members.count; i++) {
        wr_group_member_at(group, i)->unsynced = false;
    }
    group->unsynced_count = 0;
    group->lost_syncs = 0;
}
