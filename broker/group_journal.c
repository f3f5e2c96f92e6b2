/* group_journal.c -- the group coordinator's records in the journal, and back: what Apache Kafka
 * writes to __consumer_offsets. Of the members that is the last generation that was synchronised
 * (struct wr_saved_group), which wr_groups_move makes members of again. */
#include "src/base/base.h"

#include "broker/group_internal.h"
#include "src/base/mem.h"

/* ---- recording ------------------------------------------------------------------------------- */

static void put_group(const struct wr_group *group, struct wr_journal *j)
{
    struct wr_writer w;
    const struct wr_saved_group *saved = &group->saved;
    if (!wr_journal_begin(j, WR_JOURNAL_GROUP, &w)) {
        return;
    }
    wr_journal_put_text(&w, group->name);
    wr_write_i64(&w, saved->state_time);
    wr_write_i32(&w, saved->generation);
    wr_journal_put_text(&w, saved->type);
    wr_journal_put_text(&w, saved->protocol);
    wr_write_i32(&w, (int32_t)saved->leader);
    wr_write_count(&w, (int32_t)saved->count);
    for (size_t i = 0; i < saved->count; i++) {
        const struct wr_saved_member *m = &saved->members[i];
        wr_journal_put_text(&w, m->id);
        wr_journal_put_text(&w, m->instance);
        wr_journal_put_text(&w, m->client_id);
        wr_journal_put_text(&w, m->host);
        wr_write_i64(&w, m->session_ms);
        wr_write_i64(&w, m->rebalance_ms);
        wr_write_bytes(&w, m->metadata);
        wr_write_bytes(&w, m->assignment);
    }
    wr_journal_end(j);
}

void wr_group_record(const struct wr_group *group)
{
    put_group(group, group->owner->options.journal);
}

void wr_group_record_gone(const struct wr_group *group)
{
    struct wr_writer w;
    struct wr_journal *j = group->owner->options.journal;
    if (wr_journal_begin(j, WR_JOURNAL_GROUP_GONE, &w)) {
        wr_journal_put_text(&w, group->name);
        wr_journal_end(j);
    }
}

bool wr_offsets_begin(const struct wr_group *group, const struct wr_offset_producer *producer,
                      struct wr_journal *j, struct wr_writer *w)
{
    if (!wr_journal_begin(j, WR_JOURNAL_OFFSETS, w)) {
        return false;
    }
    wr_journal_put_text(w, group->name);
    wr_write_i64(w, producer != NULL ? producer->id : -1);
    wr_write_i16(w, producer != NULL ? producer->epoch : -1);
    return true;
}

void wr_offsets_put(struct wr_writer *w, const char *topic, int32_t partition,
                    const struct wr_committed_offset *p)
{
    wr_journal_put_text(w, topic);
    wr_write_i32(w, partition);
    wr_write_i64(w, p->offset);
    wr_write_i32(w, p->leader_epoch);
    wr_journal_put_text(w, p->metadata);
    wr_write_i64(w, p->time);
    wr_write_i64(w, (int64_t)p->number);
}

void wr_offsets_record_end(const struct wr_group *group, const struct wr_marker *m)
{
    struct wr_writer w;
    struct wr_journal *j = group->owner->options.journal;
    if (wr_journal_begin(j, WR_JOURNAL_OFFSETS_END, &w)) {
        wr_journal_put_text(&w, group->name);
        wr_write_i64(&w, m->producer_id);
        wr_write_i16(&w, m->producer_epoch);
        wr_write_bool(&w, m->commit);
        wr_journal_end(j);
    }
}

void wr_offset_forget(struct wr_group *group, struct wr_offset *offset)
{
    struct wr_writer w;
    struct wr_journal *j = group->owner->options.journal;
    if (wr_journal_begin(j, WR_JOURNAL_OFFSET_GONE, &w)) {
        wr_journal_put_text(&w, group->name);
        wr_journal_put_text(&w, offset->topic->name);
        wr_write_i32(&w, offset->partition);
        wr_journal_end(j);
    }
    wr_offset_drop(group, offset);
}

/* ---- a copy ---------------------------------------------------------------------------------- */

static void save_committed(const struct wr_group *group, struct wr_journal *to)
{
    struct wr_writer w;
    if (!wr_offsets_begin(group, NULL, to, &w)) {
        return;
    }
    for (struct wr_link *i = wr_linkmap_next(&group->offsets, NULL); i != NULL;
         i = wr_linkmap_next(&group->offsets, i)) {
        const struct wr_ptrs *offsets =
            &WR_CONTAINER_OF(i, struct wr_offset_topic, by_name)->offsets;
        for (size_t k = 0; k < offsets->count; k++) {
            const struct wr_offset *offset = offsets->items[k];
            if (offset->committed.number != 0) {
                wr_offsets_put(&w, offset->topic->name, offset->partition, &offset->committed);
            }
        }
    }
    wr_journal_end(to);
}

static void save_producers(const struct wr_group *group, struct wr_journal *to)
{
    struct wr_writer w;
    for (struct wr_link *i = wr_linkmap_next(&group->producers, NULL); i != NULL;
         i = wr_linkmap_next(&group->producers, i)) {
        const struct wr_offset_producer *producer =
            WR_CONTAINER_OF(i, struct wr_offset_producer, by_id);
        if (wr_offsets_begin(group, producer, to, &w)) {
            for (const struct wr_pending_offset *p = producer->pending; p != NULL;
                 p = p->next_of_producer) {
                wr_offsets_put(&w, p->offset->topic->name, p->offset->partition, &p->position);
            }
            wr_journal_end(to);
        }
    }
}

/* A group that nobody has joined completely and nothing was committed for leaves nothing. */
void wr_groups_save(const struct wr_groups *g, struct wr_journal *to)
{
    for (struct wr_link *i = wr_linkmap_next(&g->by_name, NULL); i != NULL;
         i = wr_linkmap_next(&g->by_name, i)) {
        const struct wr_group *group = WR_CONTAINER_OF(i, struct wr_group, by_name);
        if (group->saved.type != NULL) {
            put_group(group, to);
        }
        if (group->offsets.count != 0) {
            save_committed(group, to);
        }
        save_producers(group, to);
    }
}

/* ---- loading --------------------------------------------------------------------------------- */

static struct wr_group *find_or_make(struct wr_groups *g, const char *name, int64_t now)
{
    struct wr_group *group = wr_group_find(g, name);
    return group != NULL ? group : wr_group_make(g, name, now);
}

static bool read_member(struct wr_reader *r, struct wr_saved_member *m, struct wr_arena *a)
{
    m->id = wr_journal_name(r, a);
    m->instance = wr_journal_text(r, a);
    m->client_id = wr_journal_name(r, a);
    m->host = wr_journal_name(r, a);
    m->session_ms = wr_journal_time(r);
    m->rebalance_ms = wr_journal_time(r);
    m->metadata = wr_arena_bytes(a, wr_read_bytes(r));
    m->assignment = wr_arena_bytes(a, wr_read_bytes(r));
    return !r->failed && !weir_is_null(m->metadata) && !weir_is_null(m->assignment);
}

static bool read_members(struct wr_reader *r, struct wr_saved_member *members, int32_t count,
                         struct wr_arena *a)
{
    struct wr_strmap ids = {0};
    struct wr_strmap instances = {0};
    bool good = true;
    for (int32_t i = 0; i < count && good; i++) {
        struct wr_saved_member *m = &members[i];
        good = read_member(r, m, a) && wr_strmap_put(&ids, m->id, NULL) &&
               (m->instance == NULL || wr_strmap_put(&instances, m->instance, NULL));
    }
    wr_strmap_free(&ids);
    wr_strmap_free(&instances);
    return good;
}

static bool read_group(struct wr_reader *r, struct wr_saved_group *saved)
{
    enum { MEMBER_MIN = 40 };
    struct wr_arena *a = &saved->memory;
    saved->state_time = wr_journal_time(r);
    saved->generation = wr_read_i32(r);
    saved->type = wr_journal_name(r, a);
    saved->protocol = wr_journal_text(r, a);
    int32_t leader = wr_read_i32(r);
    int32_t count = wr_read_count(r, MEMBER_MIN);
    if (r->failed || count < 0 || leader < 0 || (count != 0 && leader >= count) ||
        (count != 0 && saved->protocol == NULL)) {
        return false;
    }
    struct wr_saved_member *members = wr_arena_alloc(a, (size_t)count * sizeof *members);
    saved->leader = (size_t)leader;
    saved->members = members;
    saved->count = (size_t)count;
    return read_members(r, members, count, a) && wr_read_whole(r);
}

static bool load_group(struct wr_groups *g, struct wr_reader *r, struct wr_arena *arena,
                       int64_t now)
{
    const char *name = wr_journal_name(r, arena);
    if (r->failed) {
        return false;
    }
    struct wr_saved_group *saved = &find_or_make(g, name, now)->saved;
    wr_saved_group_reset(saved);
    return read_group(r, saved);
}

static bool load_offset(struct wr_groups *g, struct wr_group *group,
                        struct wr_offset_producer *producer, struct wr_reader *r,
                        struct wr_arena *arena)
{
    struct wr_offset_commit c = {.topic = wr_journal_name(r, arena)};
    c.partition = wr_read_i32(r);
    c.offset = wr_read_i64(r);
    c.leader_epoch = wr_read_i32(r);
    c.metadata = wr_journal_name(r, arena);
    int64_t time = wr_journal_time(r);
    int64_t number = wr_read_i64(r);
    if (r->failed || number <= 0 || number > INT64_MAX / 4) {
        return false;
    }
    wr_offset_set(group, producer, &c, time, (uint64_t)number);
    g->commits = wr_max_i64((int64_t)g->commits, number);
    return true;
}

static bool load_offsets(struct wr_groups *g, struct wr_reader *r, struct wr_arena *arena,
                         int64_t now)
{
    struct wr_offset_producer *producer = NULL;
    const char *name = wr_journal_name(r, arena);
    int64_t id = wr_read_i64(r);
    int16_t epoch = wr_read_i16(r);
    if (r->failed) {
        return false;
    }
    struct wr_group *group = find_or_make(g, name, now);
    if (id >= 0) {
        producer = wr_offset_producer_admit(group, id, epoch);
        r->failed = producer == NULL;
    }
    while (!r->failed && r->at < r->end) {
        r->failed = !load_offset(g, group, producer, r, arena);
    }
    return !r->failed;
}

static bool load_offsets_end(struct wr_groups *g, struct wr_reader *r, struct wr_arena *arena)
{
    struct wr_marker m = {0};
    const char *name = wr_journal_name(r, arena);
    m.producer_id = wr_read_i64(r);
    m.producer_epoch = wr_read_i16(r);
    m.commit = wr_read_bool(r);
    if (!wr_read_whole(r)) {
        return false;
    }
    wr_groups_txn_end(g, name, &m);
    return true;
}

static bool load_offset_gone(struct wr_groups *g, struct wr_reader *r, struct wr_arena *arena)
{
    struct wr_group *group = wr_group_find(g, wr_journal_name(r, arena));
    const char *topic = wr_journal_name(r, arena);
    int32_t partition = wr_read_i32(r);
    struct wr_offset *offset =
        wr_read_whole(r) && group != NULL ? wr_offset_find(group, topic, partition) : NULL;
    if (offset == NULL) {
        return false;
    }
    wr_offset_drop(group, offset);
    return true;
}

static bool load_gone(struct wr_groups *g, struct wr_reader *r, struct wr_arena *arena)
{
    struct wr_group *group = wr_group_find(g, wr_journal_name(r, arena));
    if (!wr_read_whole(r)) {
        return false;
    }
    if (group != NULL) { /* else it left nothing */
        wr_group_free(group);
    }
    return true;
}

bool wr_groups_load(struct wr_groups *g, enum wr_journal_type type, struct wr_reader *r,
                    struct wr_arena *arena, int64_t now)
{
    switch (type) {
    case WR_JOURNAL_GROUP:
        return load_group(g, r, arena, now);
    case WR_JOURNAL_GROUP_GONE:
        return load_gone(g, r, arena);
    case WR_JOURNAL_OFFSETS:
        return load_offsets(g, r, arena, now);
    case WR_JOURNAL_OFFSETS_END:
        return load_offsets_end(g, r, arena);
    case WR_JOURNAL_OFFSET_GONE:
        return load_offset_gone(g, r, arena);
    default:
        return false;
    }
}
