/* req_metadata.c -- Metadata, which may create topics, and DescribeTopicPartitions. */
#include "src/base/base.h"

#include <stdlib.h>

#include "broker/wire/wire_call.h"
#include "src/kproto/topic_name.h"

static int32_t operations(bool asked, int32_t may)
{
    return asked ? may : WR_MAY_UNASKED;
}

static enum wr_kafka_error missing_topic(const struct wr_topic_ref *ref)
{
    bool invalid = ref->name != NULL && !wr_is_name(ref->name);
    return invalid ? WR_KE_INVALID_TOPIC_EXCEPTION : wr_call_missing(ref);
}

/* What both requests say of a partition up to its replicas in sync. */
static void put_partition_head(struct wr_call *c, int32_t partition, bool with_epoch)
{
    int32_t node = c->wire->broker->options.node_id;
    wr_call_put_error(c, WR_KE_NONE);
    wr_write_i32(&c->out, partition);
    wr_write_i32(&c->out, node); /* the leader */
    if (with_epoch) {
        wr_write_i32(&c->out, WR_LEADER_EPOCH);
    }
    wr_call_put_numbers(c, &node, 1); /* replicas */
    wr_call_put_numbers(c, &node, 1); /* in sync */
}

/* ---- Metadata -------------------------------------------------------------------------------- */

struct metadata {
    struct wr_topic_ref *topics; /* NULL: all */
    int32_t topic_count;
    bool create;
    bool cluster_operations;
    bool topic_operations;
};

static bool read_metadata(struct wr_call *c, struct metadata *m)
{
    *m = (struct metadata){.create = true};
    m->topics = wr_call_array(c, 2, sizeof *m->topics, &m->topic_count);
    for (int32_t i = 0; i < m->topic_count; i++) {
        struct wr_topic_ref *t = &m->topics[i];
        if (c->version >= 10) {
            wr_read_uuid(&c->in, t->id);
        }
        t->name = wr_read_cstr(&c->in, &c->arena);
        c->in.failed |= t->name == NULL && c->version < 12; /* ids are answered from 12 on */
        wr_read_tags(&c->in);
    }
    if (c->version == 0 && m->topic_count == 0) {
        m->topics = NULL;
    }
    if (c->version >= 4) {
        m->create = wr_read_bool(&c->in);
    }
    if (c->version >= 8 && c->version <= 10) {
        m->cluster_operations = wr_read_bool(&c->in);
    }
    if (c->version >= 8) {
        m->topic_operations = wr_read_bool(&c->in);
    }
    wr_read_tags(&c->in);
    return wr_read_ok(&c->in);
}

static void put_metadata_partitions(struct wr_call *c, int32_t count)
{
    wr_write_count(&c->out, count);
    for (int32_t i = 0; i < count; i++) {
        put_partition_head(c, i, c->version >= 7);
        if (c->version >= 5) {
            wr_call_put_numbers(c, NULL, 0); /* offline */
        }
        wr_write_tags(&c->out);
    }
}

/* e is NULL if there is no such topic. */
static void put_metadata_topic(struct wr_call *c, const struct metadata *m,
                               const struct wr_topic_ref *ref, const struct wr_topic_entry *e)
{
    const char *name = e != NULL ? e->name : ref->name;
    wr_call_put_error(c, e != NULL ? WR_KE_NONE : missing_topic(ref));
    wr_write_cstr(&c->out, name);
    if (c->version >= 10) {
        wr_write_uuid(&c->out, e != NULL ? e->id : ref->id);
    }
    if (c->version >= 1) {
        wr_write_bool(&c->out, e != NULL && e->internal);
    }
    put_metadata_partitions(c, e != NULL ? e->partition_count : 0);
    if (c->version >= 8) {
        wr_write_i32(&c->out, operations(m->topic_operations, WR_MAY_TOPIC));
    }
    wr_write_tags(&c->out);
}

static void put_metadata_topics(struct wr_call *c, const struct metadata *m)
{
    struct wr_topics *topics = c->wire->broker->topics;
    if (m->topics == NULL) {
        size_t count = wr_topics_count(topics);
        wr_write_count(&c->out, (int32_t)count);
        for (size_t i = 0; i < count; i++) {
            put_metadata_topic(c, m, NULL, wr_topics_at(topics, i));
        }
        return;
    }
    wr_write_count(&c->out, m->topic_count);
    for (int32_t i = 0; i < m->topic_count; i++) {
        put_metadata_topic(c, m, &m->topics[i], wr_call_find(c, &m->topics[i]));
    }
}

/* Topics that are asked for by name come to be, if the client and the broker want that. */
static void create_missing(struct wr_call *c, const struct metadata *m)
{
    struct wr_broker *b = c->wire->broker;
    if (!m->create || !b->options.auto_create_topics) {
        return;
    }
    for (int32_t i = 0; i < m->topic_count; i++) {
        struct wr_topic_spec spec = {
            .name = m->topics[i].name, .partitions = -1, .replication = -1};
        const char *why;
        if (spec.name != NULL && wr_topics_find(b->topics, spec.name) == NULL) {
            wr_topics_create(b->topics, &spec, &why); /* a bad name is found missing afterwards */
        }
    }
}

enum wr_outcome wr_req_metadata(struct wr_call *c)
{
    struct wr_broker *b = c->wire->broker;
    struct metadata m;
    if (!read_metadata(c, &m)) {
        return WR_REFUSED;
    }
    create_missing(c, &m);
    if (c->version >= 3) {
        wr_call_put_throttle(c);
    }
    wr_write_count(&c->out, 1);
    wr_call_put_node(c);
    if (c->version >= 1) {
        wr_write_cstr(&c->out, NULL); /* rack */
    }
    wr_write_tags(&c->out);
    if (c->version >= 2) {
        wr_write_cstr(&c->out, b->cluster_id);
    }
    if (c->version >= 1) {
        wr_write_i32(&c->out, b->options.node_id); /* the controller */
    }
    put_metadata_topics(c, &m);
    if (c->version >= 8 && c->version <= 10) {
        wr_write_i32(&c->out, operations(m.cluster_operations, WR_MAY_CLUSTER));
    }
    if (c->version >= 13) {
        wr_call_put_error(c, WR_KE_NONE);
    }
    wr_write_tags(&c->out);
    return WR_ANSWERED;
}

/* ---- DescribeTopicPartitions ----------------------------------------------------------------- */

enum { PARTITIONS_MAX = 2000 };

struct describe {
    struct wr_call_texts names; /* in order, each once */
    int32_t limit;
    const char *from_topic; /* NULL: from the first */
    int32_t from_partition;
};

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void sort_names(struct wr_call_texts *t)
{
    int32_t kept = 0;
    qsort(t->at, (size_t)t->count, sizeof *t->at, by_name);
    for (int32_t i = 0; i < t->count; i++) {
        if (kept == 0 || strcmp(t->at[kept - 1], t->at[i]) != 0) {
            t->at[kept++] = t->at[i];
        }
    }
    t->count = kept;
}

static void all_names(struct wr_call *c, struct wr_call_texts *t)
{
    struct wr_topics *topics = c->wire->broker->topics;
    t->count = (int32_t)wr_topics_count(topics);
    t->at = wr_arena_alloc(&c->arena, (size_t)t->count * sizeof *t->at);
    for (int32_t i = 0; i < t->count; i++) {
        t->at[i] = wr_topics_at(topics, (size_t)i)->name;
    }
}

static bool read_describe(struct wr_call *c, struct describe *d)
{
    *d = (struct describe){0};
    d->names.at = wr_call_array(c, 2, sizeof *d->names.at, &d->names.count);
    for (int32_t i = 0; i < d->names.count; i++) {
        d->names.at[i] = wr_call_text(c);
        wr_read_tags(&c->in);
    }
    d->limit = wr_read_i32(&c->in);
    if (wr_read_i8(&c->in) >= 0) { /* a structure that may be null has a byte in front */
        d->from_topic = wr_call_text(c);
        d->from_partition = wr_read_i32(&c->in);
        wr_read_tags(&c->in);
    }
    wr_read_tags(&c->in);
    if (!wr_read_ok(&c->in)) {
        return false;
    }
    if (d->names.count == 0) {
        all_names(c, &d->names);
    }
    sort_names(&d->names);
    d->limit = d->limit > 0 && d->limit < PARTITIONS_MAX ? d->limit : PARTITIONS_MAX;
    return true;
}

static int32_t partitions_of(const struct wr_call *c, const char *name)
{
    struct wr_topic_ref ref = {.name = name};
    const struct wr_topic_entry *e = wr_call_find(c, &ref);
    return e != NULL ? e->partition_count : 0;
}

/* Partitions of a topic, `end` not among them. */
struct range {
    const char *name; /* NULL: none */
    int32_t first;
    int32_t end;
};

/* What of a topic is not before the cursor; false if all of it is. */
static bool behind_cursor(const struct wr_call *c, const struct describe *d, const char *name,
                          struct range *out)
{
    int order = d->from_topic != NULL ? strcmp(name, d->from_topic) : 1;
    *out = (struct range){.name = name, .end = partitions_of(c, name)};
    if (order == 0) {
        out->first = (int32_t)wr_min_i64(wr_max_i64(0, d->from_partition), out->end);
    }
    return order >= 0;
}

/* What is answered, as far as the limit allows; *rest is where the next request goes on. */
static int32_t choose(const struct wr_call *c, const struct describe *d, struct range *out,
                      struct range *rest)
{
    int32_t count = 0;
    int32_t left = d->limit;
    *rest = (struct range){0};
    for (int32_t i = 0; i < d->names.count && rest->name == NULL; i++) {
        struct range r;
        if (!behind_cursor(c, d, d->names.at[i], &r)) {
            continue;
        }
        int32_t end = (int32_t)wr_min_i64((int64_t)r.first + left, r.end);
        if (end < r.end) {
            *rest = (struct range){r.name, end, r.end};
        }
        if (end > r.first || rest->name == NULL) {
            out[count++] = (struct range){r.name, r.first, end};
        }
        left -= end - r.first;
    }
    return count;
}

static void put_described_topic(struct wr_call *c, const struct range *t)
{
    static const unsigned char none[16];
    struct wr_topic_ref ref = {.name = t->name};
    const struct wr_topic_entry *e = wr_call_find(c, &ref);
    wr_call_put_error(c, e != NULL ? WR_KE_NONE : missing_topic(&ref));
    wr_write_cstr(&c->out, t->name);
    wr_write_uuid(&c->out, e != NULL ? e->id : none);
    wr_write_bool(&c->out, e != NULL && e->internal);
    wr_write_count(&c->out, t->end - t->first);
    for (int32_t i = t->first; i < t->end; i++) {
        put_partition_head(c, i, true);
        wr_call_put_numbers(c, NULL, 0); /* eligible leaders */
        wr_call_put_numbers(c, NULL, 0); /* the last ones known */
        wr_call_put_numbers(c, NULL, 0); /* offline */
        wr_write_tags(&c->out);
    }
    wr_write_i32(&c->out, operations(e != NULL, WR_MAY_TOPIC));
    wr_write_tags(&c->out);
}

enum wr_outcome wr_req_describe_topic_partitions(struct wr_call *c)
{
    struct describe d;
    if (!read_describe(c, &d)) {
        return WR_REFUSED;
    }
    struct range *chosen = wr_arena_alloc(&c->arena, (size_t)d.names.count * sizeof *chosen);
    struct range rest;
    int32_t count = choose(c, &d, chosen, &rest);
    wr_call_put_throttle(c);
    wr_write_count(&c->out, count);
    for (int32_t i = 0; i < count; i++) {
        put_described_topic(c, &chosen[i]);
    }
    wr_write_i8(&c->out, rest.name != NULL ? 1 : -1);
    if (rest.name != NULL) {
        wr_write_cstr(&c->out, rest.name);
        wr_write_i32(&c->out, rest.first);
        wr_write_tags(&c->out);
    }
    wr_write_tags(&c->out);
    return WR_ANSWERED;
}
