/* req_group_offsets.c -- OffsetCommit, TxnOffsetCommit, OffsetFetch and OffsetDelete.
 *
 * The group coordinator knows no topics: partitions that do not exist are sorted out here, the
 * others go to it together.
 */
#include "src/base/base.h"

#include "broker/wire/wire_call.h"

/* ---- OffsetCommit, TxnOffsetCommit ----------------------------------------------------------- */

struct commit_topic {
    struct wr_topic_ref ref;
    struct wr_offset_commit *parts;
    int32_t part_count;
};

struct commit {
    struct wr_txn_commit r; /* of an OffsetCommit only `who` and `now` */
    struct commit_topic *topics;
    int32_t topic_count;
    struct wr_offset_commit *flat; /* those of partitions that exist */
    size_t flat_count;
};

static void read_commit_topics(struct wr_call *c, struct commit *m, bool by_id, int16_t epoch_since)
{
    m->topics = wr_call_array(c, 3, sizeof *m->topics, &m->topic_count);
    for (int32_t i = 0; i < m->topic_count; i++) {
        struct commit_topic *t = &m->topics[i];
        t->ref = wr_call_topic(c, by_id);
        t->parts = wr_call_array(c, 13, sizeof *t->parts, &t->part_count);
        for (int32_t j = 0; j < t->part_count; j++) {
            struct wr_offset_commit *p = &t->parts[j];
            p->partition = wr_read_i32(&c->in);
            p->offset = wr_read_i64(&c->in);
            p->leader_epoch = c->version >= epoch_since ? wr_read_i32(&c->in) : -1;
            p->metadata = wr_read_cstr(&c->in, &c->arena);
            wr_read_tags(&c->in);
        }
        wr_read_tags(&c->in);
        m->flat_count += (size_t)t->part_count;
    }
}

static void choose_existing(struct wr_call *c, struct commit *m)
{
    m->flat = wr_arena_alloc(&c->arena, m->flat_count * sizeof *m->flat);
    m->flat_count = 0;
    for (int32_t i = 0; i < m->topic_count; i++) {
        struct commit_topic *t = &m->topics[i];
        const struct wr_topic_entry *e = wr_call_find(c, &t->ref);
        for (int32_t j = 0; j < t->part_count; j++) {
            struct wr_offset_commit *p = &t->parts[j];
            if (wr_topic_has(e, p->partition)) {
                p->topic = e->name;
                m->flat[m->flat_count++] = *p;
            } else {
                p->error = e != NULL ? WR_KE_UNKNOWN_TOPIC_OR_PARTITION : wr_call_missing(&t->ref);
            }
        }
    }
}

/* Errors as the client's version knows them. */
static enum wr_kafka_error known(const struct wr_call *c, enum wr_kafka_error error)
{
    bool in_transaction = c->api->handle == wr_req_txn_offset_commit;
    if (error == WR_KE_GROUP_ID_NOT_FOUND && (in_transaction || c->version < 9)) {
        return WR_KE_ILLEGAL_GENERATION;
    }
    if (error == WR_KE_INVALID_TXN_STATE && in_transaction && c->version >= 4) {
        return WR_KE_TRANSACTION_ABORTABLE;
    }
    return error;
}

/* What choose_existing took has an error each by now. */
static void put_committed(struct wr_call *c, const struct commit *m)
{
    size_t next = 0;
    wr_write_count(&c->out, m->topic_count);
    for (int32_t i = 0; i < m->topic_count; i++) {
        const struct commit_topic *t = &m->topics[i];
        wr_call_put_topic(c, &t->ref);
        wr_write_count(&c->out, t->part_count);
        for (int32_t j = 0; j < t->part_count; j++) {
            const struct wr_offset_commit *p = &t->parts[j];
            wr_write_i32(&c->out, p->partition);
            wr_call_put_error(c, known(c, p->topic != NULL ? m->flat[next++].error : p->error));
            wr_write_tags(&c->out);
        }
        wr_write_tags(&c->out);
    }
}

enum wr_outcome wr_req_offset_commit(struct wr_call *c)
{
    struct commit m = {.r = {.now = c->wire->now}};
    struct wr_group_client *who = &m.r.who;
    who->group = wr_call_text(c);
    who->generation = wr_read_i32(&c->in);
    who->member = wr_call_text(c);
    if (c->version >= 7) {
        who->instance = wr_read_cstr(&c->in, &c->arena);
    }
    if (c->version <= 4) {
        wr_read_i64(&c->in); /* how long to keep it: the broker's setting counts, as in Kafka */
    }
    read_commit_topics(c, &m, c->version >= 10, 6);
    wr_read_tags(&c->in);
    if (!wr_read_ok(&c->in)) {
        return WR_REFUSED;
    }
    choose_existing(c, &m);
    if (m.flat_count > 0) {
        wr_groups_commit(c->wire->broker->groups, who, m.flat, m.flat_count, m.r.now);
    }
    if (c->version >= 3) {
        wr_call_put_throttle(c);
    }
    put_committed(c, &m);
    wr_write_tags(&c->out);
    return WR_ANSWERED;
}

enum wr_outcome wr_req_txn_offset_commit(struct wr_call *c)
{
    struct commit m = {.r = {.who = {.generation = -1, .member = ""}, .now = c->wire->now}};
    struct wr_group_client *who = &m.r.who;
    wr_read_string(&c->in); /* the transactional id: the producer's id and epoch say as much */
    who->group = wr_call_text(c);
    m.r.producer_id = wr_read_i64(&c->in);
    m.r.producer_epoch = wr_read_i16(&c->in);
    if (c->version >= 3) {
        who->generation = wr_read_i32(&c->in);
        who->member = wr_call_text(c);
        who->instance = wr_read_cstr(&c->in, &c->arena);
    }
    read_commit_topics(c, &m, false, 2);
    wr_read_tags(&c->in);
    if (!wr_read_ok(&c->in)) {
        return WR_REFUSED;
    }
    choose_existing(c, &m);
    if (m.flat_count > 0) {
        wr_broker_txn_commit(c->wire->broker, &m.r, m.flat, m.flat_count);
    }
    wr_call_put_throttle(c);
    put_committed(c, &m);
    wr_write_tags(&c->out);
    return WR_ANSWERED;
}

/* ---- OffsetFetch ----------------------------------------------------------------------------- */

struct fetch_group {
    const char *group;
    struct wr_call_topics topics; /* a null array: all */
};

struct fetch {
    struct fetch_group *groups;
    int32_t group_count;
    bool stable;
};

static bool read_fetch(struct wr_call *c, struct fetch *f)
{
    *f = (struct fetch){.group_count = 1};
    if (c->version < 8) {
        f->groups = WR_ARENA_NEW(&c->arena, struct fetch_group);
        f->groups[0].group = wr_call_text(c);
        f->groups[0].topics = wr_call_topics(c, false);
    } else {
        f->groups = wr_call_array(c, 3, sizeof *f->groups, &f->group_count);
        for (int32_t i = 0; i < f->group_count; i++) {
            f->groups[i].group = wr_call_text(c);
            if (c->version >= 9) {
                wr_read_string(&c->in); /* member and epoch: not of the classic protocol */
                wr_read_i32(&c->in);
            }
            f->groups[i].topics = wr_call_topics(c, c->version >= 10);
            wr_read_tags(&c->in);
        }
    }
    f->stable = c->version >= 7 && wr_read_bool(&c->in);
    wr_read_tags(&c->in);
    return wr_read_ok(&c->in);
}

static void put_position(struct wr_call *c, const struct wr_offset_commit *p)
{
    wr_write_i32(&c->out, p->partition);
    wr_write_i64(&c->out, p->offset);
    if (c->version >= 5) {
        wr_write_i32(&c->out, p->leader_epoch);
    }
    wr_write_cstr(&c->out, p->metadata != NULL ? p->metadata : "");
    wr_call_put_error(c, p->error);
    wr_write_tags(&c->out);
}

static void put_asked(struct wr_call *c, const struct fetch_group *g, bool stable)
{
    wr_write_count(&c->out, g->topics.count);
    for (int32_t i = 0; i < g->topics.count; i++) {
        const struct wr_topic_parts *t = &g->topics.at[i];
        const struct wr_topic_entry *e = wr_call_find(c, &t->ref);
        /* A name may be one that groups remember longer than the broker; an id is of a topic. */
        const char *name = e != NULL ? e->name : t->ref.name;
        wr_call_put_topic(c, &t->ref);
        wr_write_count(&c->out, t->parts.count);
        for (int32_t j = 0; j < t->parts.count; j++) {
            struct wr_offset_commit p = {
                .offset = -1, .leader_epoch = -1, .error = WR_KE_UNKNOWN_TOPIC_ID};
            if (name != NULL) {
                p = wr_groups_fetch(c->wire->broker->groups, g->group, name, t->parts.at[j],
                                    stable);
            }
            p.partition = t->parts.at[j];
            put_position(c, &p);
        }
        wr_write_tags(&c->out);
    }
}

/* How many positions from the first are of one topic. */
static size_t same_topic(const struct wr_offset_commit *p, size_t count)
{
    size_t n = 1;
    while (n < count && strcmp(p[n].topic, p[0].topic) == 0) {
        n++;
    }
    return n;
}

static void put_all(struct wr_call *c, const struct fetch_group *g, bool stable)
{
    const struct wr_offset_commit *all;
    size_t count = wr_groups_fetch_all(c->wire->broker->groups, g->group, stable, &c->arena, &all);
    int32_t topics = 0;
    for (size_t i = 0; i < count; i += same_topic(all + i, count - i)) {
        topics++;
    }
    wr_write_count(&c->out, topics);
    for (size_t i = 0; i < count;) {
        size_t parts = same_topic(all + i, count - i);
        struct wr_topic_ref ref = {.name = all[i].topic};
        const struct wr_topic_entry *e = wr_call_find(c, &ref);
        if (c->version >= 10) {
            ref.name = NULL; /* the id of a topic that is gone is zero */
            memcpy(ref.id, e != NULL ? e->id : (unsigned char[16]){0}, sizeof ref.id);
        }
        wr_call_put_topic(c, &ref);
        wr_write_count(&c->out, (int32_t)parts);
        for (; parts > 0; parts--) {
            put_position(c, &all[i++]);
        }
        wr_write_tags(&c->out);
    }
}

static void put_positions(struct wr_call *c, const struct fetch_group *g, bool stable)
{
    if (g->topics.at == NULL) {
        put_all(c, g, stable);
    } else {
        put_asked(c, g, stable);
    }
}

enum wr_outcome wr_req_offset_fetch(struct wr_call *c)
{
    struct fetch f;
    if (!read_fetch(c, &f)) {
        return WR_REFUSED;
    }
    if (c->version >= 3) {
        wr_call_put_throttle(c);
    }
    if (c->version < 8) {
        put_positions(c, &f.groups[0], f.stable);
        if (c->version >= 2) {
            wr_call_put_error(c, WR_KE_NONE);
        }
    } else {
        wr_write_count(&c->out, f.group_count);
        for (int32_t i = 0; i < f.group_count; i++) {
            wr_write_cstr(&c->out, f.groups[i].group);
            put_positions(c, &f.groups[i], f.stable);
            wr_call_put_error(c, WR_KE_NONE);
            wr_write_tags(&c->out);
        }
    }
    wr_write_tags(&c->out);
    return WR_ANSWERED;
}

/* ---- OffsetDelete ---------------------------------------------------------------------------- */

static enum wr_kafka_error delete_one(struct wr_call *c, const char *group,
                                      const struct wr_topic_parts *t, int32_t partition)
{
    if (!wr_topic_has(wr_call_find(c, &t->ref), partition)) {
        return WR_KE_UNKNOWN_TOPIC_OR_PARTITION;
    }
    return wr_groups_delete_offset(c->wire->broker->groups, group, t->ref.name, partition);
}

/* Errors that are the group's, not one partition's: the answer then has no topics. */
static bool is_of_group(enum wr_kafka_error error)
{
    return error == WR_KE_NON_EMPTY_GROUP || error == WR_KE_INVALID_GROUP_ID;
}

static void put_deleted(struct wr_call *c, enum wr_kafka_error error, int32_t topic_count)
{
    wr_call_put_error(c, error);
    wr_call_put_throttle(c);
    wr_write_count(&c->out, topic_count);
}

enum wr_outcome wr_req_offset_delete(struct wr_call *c)
{
    const char *group = wr_call_text(c);
    struct wr_call_topics topics = wr_call_topics(c, false);
    if (!wr_read_ok(&c->in)) {
        return WR_REFUSED;
    }
    size_t start = c->out.out->len;
    struct wr_group_info info;
    if (!wr_groups_describe(c->wire->broker->groups, group, &c->arena, &info)) {
        put_deleted(c, WR_KE_GROUP_ID_NOT_FOUND, 0);
        return WR_ANSWERED;
    }
    put_deleted(c, WR_KE_NONE, topics.count);
    for (int32_t i = 0; i < topics.count; i++) {
        const struct wr_topic_parts *t = &topics.at[i];
        wr_write_cstr(&c->out, t->ref.name);
        wr_write_count(&c->out, t->parts.count);
        for (int32_t j = 0; j < t->parts.count; j++) {
            enum wr_kafka_error error = delete_one(c, group, t, t->parts.at[j]);
            if (is_of_group(error)) {
                c->out.out->len = start;
                put_deleted(c, error, 0);
                return WR_ANSWERED;
            }
            wr_write_i32(&c->out, t->parts.at[j]);
            wr_call_put_error(c, error);
        }
    }
    return WR_ANSWERED;
}
