/* req_topics.c -- CreateTopics, DeleteTopics, CreatePartitions and DeleteRecords. */
#include "src/base/base.h"

#include "broker/wire/wire_call.h"

/* ---- CreateTopics ---------------------------------------------------------------------------- */

enum { TOPICS_AT_ONCE = 10000 };

struct create {
    struct wr_topic_spec *specs;
    bool *bad_assignment;
    int32_t count;
};

/* Which brokers are to have the replicas: it can only be this one, for partitions 0, 1, ... Returns
 * the number of partitions; *bad if they are something else. */
static int32_t read_assignments(struct wr_call *c, bool *bad)
{
    int32_t count = wr_read_count(&c->in, 5);
    for (int32_t i = 0; i < count; i++) {
        *bad |= wr_read_i32(&c->in) != i;
        struct wr_call_numbers brokers = wr_call_numbers(c);
        wr_read_tags(&c->in);
        *bad |= brokers.count != 1 || brokers.at[0] != c->wire->broker->options.node_id;
    }
    return count;
}

static void read_settings(struct wr_call *c, struct wr_topic_spec *spec)
{
    int32_t count;
    struct wr_topic_setting *settings = wr_call_array(c, 2, sizeof *settings, &count);
    for (int32_t i = 0; i < count; i++) {
        settings[i].name = wr_call_text(c);
        settings[i].value = wr_read_cstr(&c->in, &c->arena);
        wr_read_tags(&c->in);
    }
    spec->settings = settings;
    spec->setting_count = (size_t)count;
}

static bool read_create(struct wr_call *c, struct create *r)
{
    r->specs = wr_call_array(c, 9, sizeof *r->specs, &r->count);
    r->bad_assignment = wr_arena_zalloc(&c->arena, (size_t)r->count * sizeof *r->bad_assignment);
    for (int32_t i = 0; i < r->count; i++) {
        struct wr_topic_spec *spec = &r->specs[i];
        spec->name = wr_call_text(c);
        spec->partitions = wr_read_i32(&c->in);
        spec->replication = wr_read_i16(&c->in);
        int32_t assigned = read_assignments(c, &r->bad_assignment[i]);
        if (assigned > 0) { /* then the numbers must not be given */
            r->bad_assignment[i] |= spec->partitions != -1 || spec->replication != -1;
            spec->partitions = assigned;
        }
        read_settings(c, spec);
        wr_read_tags(&c->in);
    }
    wr_read_i32(&c->in); /* time-out */
    bool validate_only = wr_read_bool(&c->in);
    for (int32_t i = 0; i < r->count; i++) {
        r->specs[i].validate_only = validate_only;
    }
    wr_read_tags(&c->in);
    return wr_read_ok(&c->in);
}

static enum wr_kafka_error create_topic(struct wr_call *c, const struct create *r, int32_t i,
                                        const char **why)
{
    if (r->count > TOPICS_AT_ONCE) {
        *why = "a request makes at most 10,000 topics";
        return WR_KE_POLICY_VIOLATION;
    }
    for (int32_t j = 0; j < r->count; j++) {
        if (j != i && strcmp(r->specs[j].name, r->specs[i].name) == 0) {
            *why = "the request names this topic more than once";
            return WR_KE_INVALID_REQUEST;
        }
    }
    if (r->bad_assignment[i]) {
        *why = "replicas can only be assigned to this broker, for partitions 0, 1 and so on, "
               "without a number of partitions or replicas beside it";
        return WR_KE_INVALID_REPLICA_ASSIGNMENT;
    }
    return wr_topics_create(c->wire->broker->topics, &r->specs[i], why);
}

static void put_shape(struct wr_call *c, const struct wr_topic_preview *p)
{
    wr_write_i32(&c->out, p->partitions);
    wr_write_i16(&c->out, (int16_t)p->replication);
    wr_write_count(&c->out, p->configs != NULL ? (int32_t)p->config_count : -1);
    for (size_t i = 0; i < p->config_count; i++) {
        wr_write_cstr(&c->out, p->configs[i].name);
        wr_write_cstr(&c->out, p->configs[i].value);
        wr_write_bool(&c->out, false); /* read only */
        wr_write_i8(&c->out, wr_config_source(&p->configs[i]));
        wr_write_bool(&c->out, false); /* sensitive */
        wr_write_tags(&c->out);
    }
}

static void put_created(struct wr_call *c, const struct wr_topic_spec *spec,
                        enum wr_kafka_error error, const char *why)
{
    struct wr_topic_preview p = {.partitions = -1, .replication = -1};
    if (error == WR_KE_NONE) {
        wr_topics_preview(c->wire->broker->topics, spec, &c->arena, &p);
    }
    wr_write_cstr(&c->out, spec->name);
    if (c->version >= 7) {
        wr_write_uuid(&c->out, p.id);
    }
    wr_call_put_error(c, error);
    wr_write_cstr(&c->out, error == WR_KE_NONE ? NULL : why);
    if (c->version >= 5) {
        put_shape(c, &p);
    }
    wr_write_tags(&c->out);
}

enum wr_outcome wr_req_create_topics(struct wr_call *c)
{
    struct create r;
    if (!read_create(c, &r)) {
        return WR_REFUSED;
    }
    wr_call_put_throttle(c);
    wr_write_count(&c->out, r.count);
    for (int32_t i = 0; i < r.count; i++) {
        const char *why = NULL;
        enum wr_kafka_error error = create_topic(c, &r, i, &why);
        put_created(c, &r.specs[i], error, why);
    }
    wr_write_tags(&c->out);
    return WR_ANSWERED;
}

/* ---- DeleteTopics ---------------------------------------------------------------------------- */

struct remove {
    struct wr_topic_ref *topics;
    int32_t count;
};

static bool read_remove(struct wr_call *c, struct remove *r)
{
    r->topics = wr_call_array(c, 1, sizeof *r->topics, &r->count);
    for (int32_t i = 0; i < r->count; i++) {
        if (c->version < 6) {
            r->topics[i].name = wr_call_text(c);
            continue;
        }
        r->topics[i].name = wr_read_cstr(&c->in, &c->arena);
        wr_read_uuid(&c->in, r->topics[i].id);
        wr_read_tags(&c->in);
    }
    wr_read_i32(&c->in); /* time-out */
    wr_read_tags(&c->in);
    return wr_read_ok(&c->in);
}

static void remove_topic(struct wr_call *c, const struct wr_topic_ref *ref)
{
    const struct wr_topic_entry *e = wr_call_find(c, ref);
    const char *name = e != NULL ? wr_arena_strdup(&c->arena, e->name) : ref->name;
    unsigned char id[16];
    memcpy(id, e != NULL ? e->id : ref->id, sizeof id);
    enum wr_kafka_error error =
        e != NULL ? wr_broker_delete_topic(c->wire->broker, name) : wr_call_missing(ref);
    wr_write_cstr(&c->out, name);
    if (c->version >= 6) {
        wr_write_uuid(&c->out, id);
    }
    wr_call_put_error(c, error);
    if (c->version >= 5) {
        wr_write_cstr(&c->out, NULL);
    }
    wr_write_tags(&c->out);
}

enum wr_outcome wr_req_delete_topics(struct wr_call *c)
{
    struct remove r;
    if (!read_remove(c, &r)) {
        return WR_REFUSED;
    }
    wr_call_put_throttle(c);
    wr_write_count(&c->out, r.count);
    for (int32_t i = 0; i < r.count; i++) {
        remove_topic(c, &r.topics[i]);
    }
    wr_write_tags(&c->out);
    return WR_ANSWERED;
}

/* ---- CreatePartitions ------------------------------------------------------------------------ */

struct grow_topic {
    const char *name;
    int32_t count;
    int32_t assigned; /* new partitions with an assignment; -1: none has one */
    bool bad_assignment;
};

struct grow {
    struct grow_topic *topics;
    int32_t count;
    bool validate_only;
};

static bool read_grow(struct wr_call *c, struct grow *g)
{
    g->topics = wr_call_array(c, 6, sizeof *g->topics, &g->count);
    for (int32_t i = 0; i < g->count; i++) {
        struct grow_topic *t = &g->topics[i];
        t->name = wr_call_text(c);
        t->count = wr_read_i32(&c->in);
        t->assigned = wr_read_count(&c->in, 1);
        for (int32_t j = 0; j < t->assigned; j++) {
            struct wr_call_numbers brokers = wr_call_numbers(c);
            wr_read_tags(&c->in);
            t->bad_assignment |=
                brokers.count != 1 || brokers.at[0] != c->wire->broker->options.node_id;
        }
        wr_read_tags(&c->in);
    }
    wr_read_i32(&c->in); /* time-out */
    g->validate_only = wr_read_bool(&c->in);
    wr_read_tags(&c->in);
    return wr_read_ok(&c->in);
}

static enum wr_kafka_error grow_topic(struct wr_call *c, const struct grow_topic *t,
                                      bool validate_only, const char **why)
{
    struct wr_topics *topics = c->wire->broker->topics;
    const struct wr_topic_entry *e = wr_topics_find(topics, t->name);
    if (e != NULL && t->assigned >= 0 &&
        (t->bad_assignment || t->assigned != t->count - e->partition_count)) {
        *why = "replicas of each new partition can only be assigned to this broker";
        return WR_KE_INVALID_REPLICA_ASSIGNMENT;
    }
    return wr_topics_grow(topics, t->name, t->count, validate_only, why);
}

enum wr_outcome wr_req_create_partitions(struct wr_call *c)
{
    struct grow g;
    if (!read_grow(c, &g)) {
        return WR_REFUSED;
    }
    wr_call_put_throttle(c);
    wr_write_count(&c->out, g.count);
    for (int32_t i = 0; i < g.count; i++) {
        const char *why = NULL;
        enum wr_kafka_error error = grow_topic(c, &g.topics[i], g.validate_only, &why);
        wr_write_cstr(&c->out, g.topics[i].name);
        wr_call_put_error(c, error);
        wr_write_cstr(&c->out, error == WR_KE_NONE ? NULL : why);
        wr_write_tags(&c->out);
    }
    wr_write_tags(&c->out);
    return WR_ANSWERED;
}

/* ---- DeleteRecords --------------------------------------------------------------------------- */

struct cut_part {
    int32_t index;
    int64_t before;
};

struct cut_topic {
    struct wr_topic_ref ref;
    struct cut_part *parts;
    int32_t part_count;
};

static bool read_cut(struct wr_call *c, struct cut_topic **topics, int32_t *count)
{
    *topics = wr_call_array(c, 3, sizeof **topics, count);
    for (int32_t i = 0; i < *count; i++) {
        struct cut_topic *t = &(*topics)[i];
        t->ref = wr_call_topic(c, false);
        t->parts = wr_call_array(c, 12, sizeof *t->parts, &t->part_count);
        for (int32_t j = 0; j < t->part_count; j++) {
            t->parts[j].index = wr_read_i32(&c->in);
            t->parts[j].before = wr_read_i64(&c->in);
            wr_read_tags(&c->in);
        }
        wr_read_tags(&c->in);
    }
    wr_read_i32(&c->in); /* time-out */
    wr_read_tags(&c->in);
    return wr_read_ok(&c->in);
}

/* Only what may be deleted by time or size may be deleted by request. */
static void cut_part(struct wr_call *c, const struct wr_topic_entry *e, const struct cut_part *p)
{
    enum wr_kafka_error error = WR_KE_UNKNOWN_TOPIC_OR_PARTITION;
    int64_t start = -1;
    if (wr_topic_has(e, p->index)) {
        struct wr_partition_log *log = e->partitions[p->index];
        error = e->log_config.remove ? wr_partition_log_delete_before(log, p->before)
                                     : WR_KE_POLICY_VIOLATION;
        start = error == WR_KE_NONE ? wr_partition_log_start(log) : -1;
    }
    wr_write_i32(&c->out, p->index);
    wr_write_i64(&c->out, start);
    wr_call_put_error(c, error);
    wr_write_tags(&c->out);
}

enum wr_outcome wr_req_delete_records(struct wr_call *c)
{
    struct cut_topic *topics;
    int32_t count;
    if (!read_cut(c, &topics, &count)) {
        return WR_REFUSED;
    }
    wr_call_put_throttle(c);
    wr_write_count(&c->out, count);
    for (int32_t i = 0; i < count; i++) {
        const struct cut_topic *t = &topics[i];
        const struct wr_topic_entry *e = wr_call_find(c, &t->ref);
        wr_write_cstr(&c->out, t->ref.name);
        wr_write_count(&c->out, t->part_count);
        for (int32_t j = 0; j < t->part_count; j++) {
            cut_part(c, e, &t->parts[j]);
        }
        wr_write_tags(&c->out);
    }
    wr_write_tags(&c->out);
    return WR_ANSWERED;
}
