/* group_describe.c -- groups as tools and checkers see them. */
#include "src/base/base.h"

#include <stdlib.h>
#include <string.h>

#include "broker/group_internal.h"

static struct wr_group_info describe(const struct wr_group *group, struct wr_arena *arena)
{
    bool stable = group->fsm.state == WR_GROUP_STABLE;
    struct wr_group_member_info *members =
        wr_arena_alloc(arena, group->members.count * sizeof *members);
    for (size_t i = 0; i < group->members.count; i++) {
        const struct wr_member *m = wr_group_member_at(group, i);
        members[i] = (struct wr_group_member_info){
            .member = m->id,
            .instance = m->instance,
            .client_id = m->client_id,
            .host = m->host,
            .metadata = stable ? wr_member_metadata(m, group->protocol) : weir_str(""),
            .assignment = m->assignment,
        };
    }
    return (struct wr_group_info){
        .group = group->name,
        .state = wr_fsm_name(&group->fsm),
        .protocol_type = group->type != NULL ? group->type : "",
        .protocol = stable ? group->protocol : "",
        .generation = group->generation,
        .members = members,
        .member_count = group->members.count,
    };
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct wr_group_info *)a)->group,
                  ((const struct wr_group_info *)b)->group);
}

size_t wr_groups_list(const struct wr_groups *g, struct wr_arena *arena,
                      const struct wr_group_info **out)
{
    struct wr_group_info *all = wr_arena_alloc(arena, g->by_name.count * sizeof *all);
    size_t count = 0;
    for (struct wr_link *i = wr_linkmap_next(&g->by_name, NULL); i != NULL;
         i = wr_linkmap_next(&g->by_name, i)) {
        all[count++] = describe(WR_CONTAINER_OF(i, struct wr_group, by_name), arena);
    }
    qsort(all, count, sizeof *all, by_name);
    *out = all;
    return count;
}

bool wr_groups_describe(const struct wr_groups *g, const char *group, struct wr_arena *arena,
                        struct wr_group_info *out)
{
    const struct wr_group *found = wr_group_find(g, group);
    if (found == NULL) {
        return false;
    }
    *out = describe(found, arena);
    return true;
}

/* ---- invariants ------------------------------------------------------------------------------ */

static void check_members(const struct wr_group *group)
{
    size_t pending = 0;
    size_t joining = 0;
    size_t unsynced = 0;
    for (struct wr_link *i = wr_linkmap_next(&group->by_id, NULL); i != NULL;
         i = wr_linkmap_next(&group->by_id, i)) {
        const struct wr_member *m = WR_CONTAINER_OF(i, struct wr_member, by_id);
        wr_assert(m->group == group && m->pending == !wr_ptrs_has(&group->members, m));
        wr_assert(!m->pending || (!m->joining && !m->syncing && !m->unsynced));
        wr_assert(!m->pending || wr_timer_is_set(&m->session));
        wr_assert(!m->joining || group->fsm.state == WR_GROUP_PREPARING);
        wr_assert(!m->syncing || group->fsm.state == WR_GROUP_COMPLETING);
        wr_assert(m->joining || m->syncing || wr_timer_is_set(&m->session));
        wr_assert(m->instance == NULL || wr_member_find_instance(group, m->instance) == m);
        pending += m->pending;
        joining += m->joining;
        unsynced += m->unsynced;
    }
    wr_assert(group->by_id.count == group->members.count + group->pending_count);
    wr_assert(pending == group->pending_count && joining == group->joining_count &&
              unsynced == group->unsynced_count);
}

static void check_state(const struct wr_group *group)
{
    enum wr_group_state state = wr_group_state_of(group);
    bool lives = state == WR_GROUP_COMPLETING || state == WR_GROUP_STABLE;
    wr_assert((group->leader != NULL) == (group->members.count != 0));
    wr_assert(group->leader == NULL || wr_ptrs_has(&group->members, group->leader));
    wr_assert(!lives || (group->leader != NULL && group->protocol != NULL));
    wr_assert(state != WR_GROUP_EMPTY || group->members.count == 0);
    wr_assert(state == WR_GROUP_PREPARING ? wr_timer_is_set(&group->join_timer)
                                          : !wr_timer_is_set(&group->join_timer));
    wr_assert(lives || group->unsynced_count + group->lost_syncs == 0);
    wr_assert(wr_timer_is_set(&group->sync_timer) ==
              (group->unsynced_count + group->lost_syncs != 0));
    for (size_t i = 0; i < group->members.count && lives; i++) {
        wr_assert(!weir_is_null(wr_member_metadata(wr_group_member_at(group, i), group->protocol)));
    }
}

static size_t check_topic(const struct wr_offset_topic *topic)
{
    size_t pending = 0;
    wr_assert(topic->offsets.count != 0);
    for (size_t i = 0; i < topic->offsets.count; i++) {
        const struct wr_offset *offset = topic->offsets.items[i];
        wr_assert(offset->topic == topic);
        wr_assert(offset->committed.number != 0 || offset->pending != NULL);
        wr_assert(i == 0 || ((const struct wr_offset *)topic->offsets.items[i - 1])->partition <
                                offset->partition);
        for (const struct wr_pending_offset *p = offset->pending; p != NULL;
             p = p->next_of_offset) {
            wr_assert(p->offset == offset);
            pending++;
        }
    }
    return pending;
}

static void check_offsets(const struct wr_group *group)
{
    size_t pending = 0;
    for (struct wr_link *i = wr_linkmap_next(&group->offsets, NULL); i != NULL;
         i = wr_linkmap_next(&group->offsets, i)) {
        pending += check_topic(WR_CONTAINER_OF(i, struct wr_offset_topic, by_name));
    }
    for (struct wr_link *i = wr_linkmap_next(&group->producers, NULL); i != NULL;
         i = wr_linkmap_next(&group->producers, i)) {
        const struct wr_offset_producer *producer =
            WR_CONTAINER_OF(i, struct wr_offset_producer, by_id);
        for (const struct wr_pending_offset *p = producer->pending; p != NULL;
             p = p->next_of_producer) {
            wr_assert(p->producer == producer && pending-- != 0);
        }
    }
    wr_assert(pending == 0);
}

void wr_groups_check(const struct wr_groups *g)
{
    wr_assert(g->by_name.count == 0 || wr_timer_is_set(&g->check));
    for (struct wr_link *i = wr_linkmap_next(&g->by_name, NULL); i != NULL;
         i = wr_linkmap_next(&g->by_name, i)) {
        const struct wr_group *group = WR_CONTAINER_OF(i, struct wr_group, by_name);
        check_members(group);
        check_state(group);
        check_offsets(group);
    }
}
