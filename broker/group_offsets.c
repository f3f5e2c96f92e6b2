/* group_offsets.c -- committed and pending positions. Invariant: a position that is pending is in
 * the list of its partition and in that of its producer. */
#include "src/base/base.h"

#include <stdlib.h>
#include <string.h>

#include "broker/group_internal.h"
#include "src/base/mem.h"

/* ---- finding and dropping -------------------------------------------------------------------- */

static struct wr_offset_topic *find_topic(const struct wr_group *group, const char *name)
{
    struct wr_link *link = wr_linkmap_find(&group->offsets, weir_str(name));
    return link != NULL ? WR_CONTAINER_OF(link, struct wr_offset_topic, by_name) : NULL;
}

/* Where a partition is, or would be. */
static size_t place_of(const struct wr_offset_topic *topic, int32_t partition)
{
    size_t low = 0;
    size_t high = topic->offsets.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (((const struct wr_offset *)topic->offsets.items[middle])->partition < partition) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

struct wr_offset *wr_offset_find(const struct wr_group *group, const char *name, int32_t partition)
{
    const struct wr_offset_topic *topic = find_topic(group, name);
    if (topic == NULL) {
        return NULL;
    }
    size_t i = place_of(topic, partition);
    struct wr_offset *found = i < topic->offsets.count ? topic->offsets.items[i] : NULL;
    return found != NULL && found->partition == partition ? found : NULL;
}

static struct wr_offset *find_or_make(struct wr_group *group, const char *name, int32_t partition)
{
    struct wr_offset *offset = wr_offset_find(group, name, partition);
    if (offset != NULL) {
        return offset;
    }
    struct wr_offset_topic *topic = find_topic(group, name);
    if (topic == NULL) {
        topic = WR_NEW(struct wr_offset_topic);
        topic->name = wr_strdup(name);
        wr_linkmap_add(&group->offsets, &topic->by_name, weir_str(topic->name));
    }
    offset = WR_NEW(struct wr_offset);
    offset->topic = topic;
    offset->partition = partition;
    wr_ptrs_insert(&topic->offsets, place_of(topic, partition), offset);
    return offset;
}

static void unlink_from_producer(struct wr_pending_offset *p)
{
    struct wr_pending_offset **at = &p->producer->pending;
    while (*at != p) {
        at = &(*at)->next_of_producer;
    }
    *at = p->next_of_producer;
}

static void unlink_from_offset(struct wr_pending_offset *p)
{
    struct wr_pending_offset **at = &p->offset->pending;
    while (*at != p) {
        at = &(*at)->next_of_offset;
    }
    *at = p->next_of_offset;
}

static void free_pending(struct wr_pending_offset *p)
{
    wr_free(p->position.metadata);
    wr_free(p);
}

static void free_offset(struct wr_group *group, struct wr_offset *offset)
{
    struct wr_offset_topic *topic = offset->topic;
    wr_ptrs_remove(&topic->offsets, offset);
    wr_free(offset->committed.metadata);
    wr_free(offset);
    if (topic->offsets.count == 0) {
        wr_linkmap_remove(&group->offsets, &topic->by_name);
        wr_ptrs_free(&topic->offsets);
        wr_free(topic->name);
        wr_free(topic);
    }
}

void wr_offset_drop(struct wr_group *group, struct wr_offset *offset)
{
    while (offset->pending != NULL) {
        struct wr_pending_offset *p = offset->pending;
        offset->pending = p->next_of_offset;
        unlink_from_producer(p);
        free_pending(p);
    }
    free_offset(group, offset);
}

static void drop_topic(struct wr_group *group, struct wr_offset_topic *topic)
{
    for (size_t i = topic->offsets.count; i-- > 0;) {
        wr_offset_drop(group, topic->offsets.items[i]); /* the last one frees the topic */
    }
}

void wr_offsets_free(struct wr_group *group)
{
    struct wr_link *link;
    while ((link = wr_linkmap_next(&group->offsets, NULL)) != NULL) {
        drop_topic(group, WR_CONTAINER_OF(link, struct wr_offset_topic, by_name));
    }
    while ((link = wr_linkmap_next(&group->producers, NULL)) != NULL) {
        wr_linkmap_remove(&group->producers, link);
        wr_free(WR_CONTAINER_OF(link, struct wr_offset_producer, by_id));
    }
    wr_linkmap_free(&group->offsets);
    wr_linkmap_free(&group->producers);
}

/* ---- who may commit -------------------------------------------------------------------------- */

static enum wr_kafka_error validate(const struct wr_group *group, const struct wr_group_client *who,
                                    bool in_transaction)
{
    enum wr_group_state state = wr_group_state_of(group);
    if (who->generation < 0 && state == WR_GROUP_EMPTY) {
        return WR_KE_NONE;
    }
    if (who->generation >= 0 || *who->member != '\0' || who->instance != NULL) {
        enum wr_kafka_error error = wr_member_validate(group, who);
        if (error != WR_KE_NONE) {
            return error;
        }
        if (who->generation != group->generation) {
            return WR_KE_ILLEGAL_GENERATION;
        }
    } else if (!in_transaction) {
        return WR_KE_UNKNOWN_MEMBER_ID;
    }
    return !in_transaction && state == WR_GROUP_COMPLETING ? WR_KE_REBALANCE_IN_PROGRESS
                                                           : WR_KE_NONE;
}

/* The group that a commit is for, made if it comes from nobody's member; NULL with *error. */
static struct wr_group *admit(struct wr_groups *g, const struct wr_group_client *who,
                              bool in_transaction, int64_t now, enum wr_kafka_error *error)
{
    struct wr_group *group = wr_group_find(g, who->group);
    if (group == NULL && who->generation >= 0) {
        *error = in_transaction ? WR_KE_ILLEGAL_GENERATION : WR_KE_GROUP_ID_NOT_FOUND;
        return NULL;
    }
    if (group == NULL) {
        group = wr_group_make(g, who->group, now);
    }
    *error = validate(group, who, in_transaction);
    return *error == WR_KE_NONE ? group : NULL;
}

enum wr_kafka_error wr_offsets_refuse(struct wr_offset_commit *offsets, size_t count,
                                      enum wr_kafka_error error)
{
    for (size_t i = 0; i < count; i++) {
        offsets[i].error = error;
    }
    return error;
}

/* ---- commits --------------------------------------------------------------------------------- */

/* As Java counts: UTF-16. */
static size_t length_of(const char *text)
{
    size_t length = 0;
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        length += (c & 0xc0) != 0x80;
        length += c >= 0xf0;
    }
    return length;
}

static bool metadata_fits(const struct wr_groups *g, struct wr_offset_commit *c)
{
    bool fits = c->metadata == NULL || length_of(c->metadata) <= g->options.offset_metadata_max;
    c->error = fits ? WR_KE_NONE : WR_KE_OFFSET_METADATA_TOO_LARGE;
    return fits;
}

static struct wr_pending_offset *find_or_make_pending(struct wr_offset *offset,
                                                      struct wr_offset_producer *producer)
{
    for (struct wr_pending_offset *p = offset->pending; p != NULL; p = p->next_of_offset) {
        if (p->producer == producer) {
            return p;
        }
    }
    struct wr_pending_offset *p = WR_NEW(struct wr_pending_offset);
    p->offset = offset;
    p->producer = producer;
    p->next_of_offset = offset->pending;
    p->next_of_producer = producer->pending;
    offset->pending = p;
    producer->pending = p;
    return p;
}

const struct wr_committed_offset *wr_offset_set(struct wr_group *group,
                                                struct wr_offset_producer *producer,
                                                const struct wr_offset_commit *c, int64_t now,
                                                uint64_t number)
{
    struct wr_offset *offset = find_or_make(group, c->topic, c->partition);
    struct wr_committed_offset *p =
        producer != NULL ? &find_or_make_pending(offset, producer)->position : &offset->committed;
    wr_free(p->metadata);
    *p = (struct wr_committed_offset){
        .offset = c->offset,
        .leader_epoch = c->leader_epoch,
        .metadata = wr_strdup(c->metadata != NULL ? c->metadata : ""),
        .time = now,
        .number = number,
    };
    return p;
}

/* producer is NULL outside a transaction. */
static void set_all(struct wr_group *group, struct wr_offset_producer *producer,
                    struct wr_offset_commit *offsets, size_t count, int64_t now)
{
    struct wr_groups *g = group->owner;
    struct wr_writer w;
    bool recorded = wr_offsets_begin(group, producer, g->options.journal, &w);
    for (size_t i = 0; i < count; i++) {
        struct wr_offset_commit *c = &offsets[i];
        if (metadata_fits(g, c)) {
            const struct wr_committed_offset *p =
                wr_offset_set(group, producer, c, now, ++g->commits);
            if (recorded) {
                wr_offsets_put(&w, c->topic, c->partition, p);
            }
        }
    }
    if (recorded) {
        wr_journal_end(g->options.journal);
    }
}

enum wr_kafka_error wr_groups_commit(struct wr_groups *g, const struct wr_group_client *who,
                                     struct wr_offset_commit *offsets, size_t count, int64_t now)
{
    enum wr_kafka_error error;
    struct wr_group *group = admit(g, who, false, now, &error);
    if (group == NULL) {
        return wr_offsets_refuse(offsets, count, error);
    }
    if (group->fsm.state == WR_GROUP_STABLE || group->fsm.state == WR_GROUP_PREPARING) {
        wr_member_keep(wr_member_find(group, who->member), now);
    }
    set_all(group, NULL, offsets, count, now);
    return WR_KE_NONE;
}

/* ---- commits in transactions ----------------------------------------------------------------- */

struct wr_offset_producer *wr_offset_producer_admit(struct wr_group *group, int64_t id,
                                                    int16_t epoch)
{
    struct wr_link *link = wr_linkmap_find(&group->producers, weir_view(&id, sizeof id));
    if (link == NULL) {
        struct wr_offset_producer *made = WR_NEW(struct wr_offset_producer);
        made->id = id;
        made->epoch = epoch;
        wr_linkmap_add(&group->producers, &made->by_id, weir_view(&made->id, sizeof made->id));
        return made;
    }
    struct wr_offset_producer *producer = WR_CONTAINER_OF(link, struct wr_offset_producer, by_id);
    if (epoch < producer->epoch) {
        return NULL;
    }
    producer->epoch = epoch;
    return producer;
}

enum wr_kafka_error wr_groups_txn_commit(struct wr_groups *g, const struct wr_txn_commit *r,
                                         struct wr_offset_commit *offsets, size_t count)
{
    enum wr_kafka_error error = WR_KE_INVALID_GROUP_ID;
    struct wr_group *group = *r->who.group != '\0' ? admit(g, &r->who, true, r->now, &error) : NULL;
    struct wr_offset_producer *producer = NULL;
    if (group != NULL) {
        producer = wr_offset_producer_admit(group, r->producer_id, r->producer_epoch);
        error = producer != NULL ? WR_KE_NONE : WR_KE_INVALID_PRODUCER_EPOCH;
    }
    if (producer == NULL) {
        return wr_offsets_refuse(offsets, count, error);
    }
    set_all(group, producer, offsets, count, r->now);
    return WR_KE_NONE;
}

/* Take over a pending position, unless a later commit is there already. */
static void settle(struct wr_group *group, struct wr_pending_offset *p, bool commit)
{
    struct wr_offset *offset = p->offset;
    unlink_from_offset(p);
    if (commit && p->position.number > offset->committed.number) {
        wr_free(offset->committed.metadata);
        offset->committed = p->position;
        p->position.metadata = NULL;
    }
    free_pending(p);
    if (offset->committed.number == 0 && offset->pending == NULL) {
        free_offset(group, offset);
    }
}

bool wr_groups_in_txn(const struct wr_groups *g, const char *name, int64_t producer_id,
                      int16_t producer_epoch)
{
    const struct wr_group *group = wr_group_find(g, name);
    struct wr_link *link =
        group == NULL
            ? NULL
            : wr_linkmap_find(&group->producers, weir_view(&producer_id, sizeof producer_id));
    if (link == NULL) {
        return false;
    }
    const struct wr_offset_producer *producer =
        WR_CONTAINER_OF(link, struct wr_offset_producer, by_id);
    return producer->pending != NULL && producer->epoch == producer_epoch;
}

void wr_groups_txn_end(struct wr_groups *g, const char *name, const struct wr_marker *m)
{
    struct wr_group *group = wr_group_find(g, name);
    if (group == NULL) {
        return;
    }
    struct wr_offset_producer *producer =
        wr_offset_producer_admit(group, m->producer_id, m->producer_epoch);
    if (producer != NULL) {
        wr_offsets_record_end(group, m);
    }
    while (producer != NULL && producer->pending != NULL) {
        struct wr_pending_offset *p = producer->pending;
        producer->pending = p->next_of_producer;
        settle(group, p, m->commit);
    }
}

/* ---- reading and deleting -------------------------------------------------------------------- */

static struct wr_offset_commit answer(const struct wr_offset *offset, bool stable)
{
    struct wr_offset_commit a = {.offset = -1, .leader_epoch = -1, .metadata = ""};
    a.topic = offset->topic->name;
    a.partition = offset->partition;
    if (stable && offset->pending != NULL) {
        a.error = WR_KE_UNSTABLE_OFFSET_COMMIT;
    } else if (offset->committed.number != 0) {
        a.offset = offset->committed.offset;
        a.leader_epoch = offset->committed.leader_epoch;
        a.metadata = offset->committed.metadata;
    }
    return a;
}

struct wr_offset_commit wr_groups_fetch(const struct wr_groups *g, const char *group,
                                        const char *topic, int32_t partition, bool stable)
{
    const struct wr_group *found = wr_group_find(g, group);
    const struct wr_offset *offset = found != NULL ? wr_offset_find(found, topic, partition) : NULL;
    struct wr_offset_commit a = {
        .offset = -1, .leader_epoch = -1, .metadata = "", .error = WR_KE_NONE};
    if (offset != NULL) {
        a = answer(offset, stable);
    }
    a.topic = topic;
    a.partition = partition;
    return a;
}

static int by_topic(const void *a, const void *b)
{
    const struct wr_offset_commit *x = a;
    const struct wr_offset_commit *y = b;
    int order = strcmp(x->topic, y->topic);
    return order != 0 ? order : (x->partition > y->partition) - (x->partition < y->partition);
}

size_t wr_groups_fetch_all(const struct wr_groups *g, const char *group, bool stable,
                           struct wr_arena *arena, const struct wr_offset_commit **out)
{
    const struct wr_group *found = wr_group_find(g, group);
    static const struct wr_linkmap none = {0};
    const struct wr_linkmap *topics = found != NULL ? &found->offsets : &none;
    size_t total = 0;
    for (struct wr_link *i = wr_linkmap_next(topics, NULL); i != NULL;
         i = wr_linkmap_next(topics, i)) {
        total += WR_CONTAINER_OF(i, struct wr_offset_topic, by_name)->offsets.count;
    }
    struct wr_offset_commit *all = wr_arena_alloc(arena, total * sizeof *all);
    size_t count = 0;
    for (struct wr_link *i = wr_linkmap_next(topics, NULL); i != NULL;
         i = wr_linkmap_next(topics, i)) {
        const struct wr_ptrs *offsets =
            &WR_CONTAINER_OF(i, struct wr_offset_topic, by_name)->offsets;
        for (size_t k = 0; k < offsets->count; k++) {
            const struct wr_offset *offset = offsets->items[k];
            if (offset->committed.number != 0) {
                all[count++] = answer(offset, stable);
            }
        }
    }
    qsort(all, count, sizeof *all, by_topic);
    *out = all;
    return count;
}

enum wr_kafka_error wr_groups_delete_offset(struct wr_groups *g, const char *name,
                                            const char *topic, int32_t partition)
{
    if (*name == '\0') {
        return WR_KE_INVALID_GROUP_ID;
    }
    struct wr_group *group = wr_group_find(g, name);
    if (group == NULL) {
        return WR_KE_GROUP_ID_NOT_FOUND;
    }
    if (group->fsm.state != WR_GROUP_EMPTY && strcmp(group->type, "consumer") != 0) {
        return WR_KE_NON_EMPTY_GROUP;
    }
    if (wr_group_subscribes(group, topic)) {
        return WR_KE_GROUP_SUBSCRIBED_TO_TOPIC;
    }
    struct wr_offset *offset = wr_offset_find(group, topic, partition);
    if (offset != NULL) {
        wr_offset_forget(group, offset);
    }
    return WR_KE_NONE;
}

void wr_groups_drop_topic(struct wr_groups *g, const char *name)
{
    for (struct wr_link *i = wr_linkmap_next(&g->by_name, NULL); i != NULL;
         i = wr_linkmap_next(&g->by_name, i)) {
        struct wr_group *group = WR_CONTAINER_OF(i, struct wr_group, by_name);
        struct wr_offset_topic *topic = find_topic(group, name);
        if (topic != NULL) {
            drop_topic(group, topic);
        }
    }
}
