/* group_move.c -- what a group coordinator writes down, and what the next one reads.
 *
 * It is written when a group becomes stable or empty, and when a static member is replaced in a
 * stable one. Ids that were given and not joined with, and rebalances under way, are not. */
#include "src/base/base.h"

#include "broker/group_internal.h"
#include "src/base/mem.h"

void wr_saved_group_reset(struct wr_saved_group *saved)
{
    if (saved->memory.chunk_size == 0) {
        wr_arena_init(&saved->memory, 512);
    }
    wr_arena_reset(&saved->memory);
}

void wr_group_save(struct wr_group *group)
{
    struct wr_saved_group *saved = &group->saved;
    struct wr_arena *a = &saved->memory;
    wr_saved_group_reset(saved);
    struct wr_saved_member *members = wr_arena_alloc(a, group->members.count * sizeof *members);
    for (size_t i = 0; i < group->members.count; i++) {
        const struct wr_member *m = wr_group_member_at(group, i);
        members[i] = (struct wr_saved_member){
            .id = wr_arena_strdup(a, m->id),
            .instance = wr_arena_strdup(a, m->instance),
            .client_id = wr_arena_strdup(a, m->client_id),
            .host = wr_arena_strdup(a, m->host),
            .session_ms = m->session_ms,
            .rebalance_ms = m->rebalance_ms,
            .metadata = wr_arena_bytes(a, wr_member_metadata(m, group->protocol)),
            .assignment = wr_arena_bytes(a, m->assignment),
        };
        saved->leader = m == group->leader ? i : saved->leader;
    }
    saved->members = members;
    saved->count = group->members.count;
    saved->state_time = group->state_time;
    saved->generation = group->generation;
    saved->type = wr_arena_strdup(a, group->type);
    saved->protocol = wr_arena_strdup(a, group->protocol);
    wr_group_record(group);
}

static void load_member(struct wr_group *group, const struct wr_saved_member *saved, int64_t now)
{
    struct wr_group_protocol protocol = {group->protocol, saved->metadata};
    struct wr_join_request r = {
        .who.instance = saved->instance,
        .client_id = saved->client_id,
        .host = saved->host,
        .protocol_type = group->saved.type,
        .protocols = &protocol,
        .protocol_count = 1,
        .session_ms = saved->session_ms,
        .rebalance_ms = saved->rebalance_ms,
    };
    struct wr_member *m = wr_member_make(group, wr_strdup(saved->id));
    wr_member_add(m, &r);
    wr_member_assign(m, saved->assignment);
    wr_member_keep(m, now);
}

static void load(struct wr_group *group, int64_t now)
{
    const struct wr_saved_group *saved = &group->saved;
    wr_group_drop_members(group);
    wr_free(group->type);
    wr_free(group->protocol);
    group->type = wr_strdup(saved->type);
    group->protocol = wr_strdup(saved->protocol);
    group->generation = saved->generation;
    group->state_time = saved->state_time;
    group->initial = false;
    group->new_member_added = false;
    for (size_t i = 0; i < saved->count; i++) {
        load_member(group, &saved->members[i], now);
    }
    wr_group_restart(group, saved->count != 0 ? WR_GROUP_STABLE : WR_GROUP_EMPTY);
    group->leader = saved->count != 0 ? wr_group_member_at(group, saved->leader) : NULL;
    wr_group_read_topics(group);
}

void wr_groups_move(struct wr_groups *g, int64_t now)
{
    for (struct wr_link *i = wr_linkmap_next(&g->by_name, NULL); i != NULL;
         i = wr_linkmap_next(&g->by_name, i)) {
        load(WR_CONTAINER_OF(i, struct wr_group, by_name), now);
    }
}
