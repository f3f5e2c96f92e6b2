/* group_expiry.c -- positions that nobody renews go after a while, and groups that have nothing. */
#include "src/base/base.h"

#include <string.h>

#include "broker/group_internal.h"

/* From when a position's time runs; false if it does not. */
static bool runs_from(const struct wr_group *group, const struct wr_committed_offset *p,
                      int64_t *from)
{
    *from = p->time;
    if (group->type == NULL) {
        return true; /* nobody ever joined: offsets are only kept here */
    }
    if (group->fsm.state == WR_GROUP_EMPTY) {
        *from = group->state_time;
        return true;
    }
    return group->fsm.state == WR_GROUP_STABLE && group->topics_known;
}

static bool has_expired(const struct wr_group *group, const struct wr_offset *offset, int64_t now)
{
    int64_t from;
    return offset->pending == NULL && runs_from(group, &offset->committed, &from) &&
           now - from >= group->owner->options.offsets_retention_ms;
}

static void expire_topic(struct wr_group *group, struct wr_offset_topic *topic, int64_t now)
{
    for (size_t i = topic->offsets.count; i-- > 0;) {
        struct wr_offset *offset = topic->offsets.items[i];
        if (has_expired(group, offset, now)) {
            bool last = topic->offsets.count == 1;
            wr_offset_forget(group, offset);
            if (last) {
                return; /* and the topic is gone with it */
            }
        }
    }
}

static void expire_offsets(struct wr_group *group, int64_t now)
{
    struct wr_link *next;
    for (struct wr_link *i = wr_linkmap_next(&group->offsets, NULL); i != NULL; i = next) {
        next = wr_linkmap_next(&group->offsets, i);
        struct wr_offset_topic *topic = WR_CONTAINER_OF(i, struct wr_offset_topic, by_name);
        if (!wr_group_subscribes(group, topic->name)) {
            expire_topic(group, topic, now);
        }
    }
}

void wr_groups_expire(struct wr_groups *g, int64_t now)
{
    struct wr_link *next;
    for (struct wr_link *i = wr_linkmap_next(&g->by_name, NULL); i != NULL; i = next) {
        next = wr_linkmap_next(&g->by_name, i);
        struct wr_group *group = WR_CONTAINER_OF(i, struct wr_group, by_name);
        expire_offsets(group, now);
        if (group->fsm.state == WR_GROUP_EMPTY && group->offsets.count == 0) {
            wr_group_end(group);
        }
    }
    if (g->by_name.count != 0) {
        wr_timers_set(&g->timers, &g->check, now + g->options.offsets_check_ms);
    }
}
