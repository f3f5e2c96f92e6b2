/* kafka.c -- the functions of kafka.h: each goes to the backend of its handle, or reads the result
 * of a call. Nothing here knows librdkafka. */
#include "src/base/base.h"

#include <string.h>

#include "src/base/mem.h"
#include "src/kafka/kafka_ops.h"

void wr_kafka_close(struct wr_kafka *k)
{
    k->ops->close(k);
}

/* ---- calls ---- */

enum { CALL_CHUNK = 1024 };

void wr_call_init(struct wr_call *c, const struct wr_kafka_ops *ops, enum wr_call_kind kind)
{
    *c = (struct wr_call){.ops = ops, .kind = kind, .waiting_for = "", .cluster_id = ""};
    wr_arena_init(&c->arena, CALL_CHUNK);
}

void wr_call_fini(struct wr_call *c)
{
    wr_arena_free(&c->arena);
}

enum wr_outcome wr_call_step(struct wr_call *c, int slice_ms, struct weir_error *err)
{
    wr_assert(c->outcome == WR_CALL_PENDING);
    c->outcome = c->ops->call_step(c, slice_ms, err);
    return c->outcome;
}

void wr_call_free(struct wr_call *c)
{
    if (c != NULL) {
        c->ops->call_free(c);
    }
}

const char *wr_call_waiting_for(const struct wr_call *c)
{
    return c->waiting_for;
}

/* A result is read only from a call of its kind that ended well. */
static const struct wr_call *result(const struct wr_call *c, enum wr_call_kind kind)
{
    wr_assert(c->kind == kind && c->outcome == WR_CALL_OK);
    return c;
}

const struct wr_topic_info *wr_topics_result(const struct wr_call *call, size_t *count)
{
    *count = result(call, WR_CALL_TOPICS_DESCRIBE)->topic_count;
    return call->topics;
}

const char *wr_topics_cluster_id(const struct wr_call *call)
{
    return result(call, WR_CALL_TOPICS_DESCRIBE)->cluster_id;
}

const char *wr_topics_topic_id(const struct wr_call *call, const char *name)
{
    result(call, WR_CALL_TOPICS_DESCRIBE);
    for (size_t i = 0; i < call->topic_count && call->topic_ids != NULL; i++) {
        if (strcmp(call->topics[i].name, name) == 0) {
            return call->topic_ids[i];
        }
    }
    return "";
}

bool wr_topic_created(const struct wr_call *call)
{
    return result(call, WR_CALL_TOPIC_CREATE)->created;
}

const char *wr_topics_config_value(const struct wr_call *call, const char *topic, const char *name)
{
    result(call, WR_CALL_TOPICS_CONFIG);
    for (size_t i = 0; i < call->config_count; i++) {
        const struct wr_config_value *v = &call->configs[i];
        if (strcmp(v->topic, topic) == 0 && strcmp(v->name, name) == 0) {
            return v->value;
        }
    }
    return NULL;
}

const struct wr_position *wr_offsets_result(const struct wr_call *call, size_t *count)
{
    *count = result(call, WR_CALL_OFFSETS_FETCH)->position_count;
    return call->positions;
}

void wr_watermarks_result(const struct wr_call *call, int64_t *low, int64_t *high)
{
    *low = result(call, WR_CALL_WATERMARKS)->low;
    *high = call->high;
}

int64_t wr_reset_result(const struct wr_call *call)
{
    return result(call, WR_CALL_RESET)->offset;
}

int64_t wr_time_result(const struct wr_call *call)
{
    return result(call, WR_CALL_TIME)->offset;
}

const struct wr_member *wr_group_members(const struct wr_call *call, size_t *count)
{
    *count = result(call, WR_CALL_GROUP_DESCRIBE)->member_count;
    return call->members;
}

/* ---- topics and offsets ---- */

struct wr_call *wr_topics_describe(struct wr_consumer *c, const char *const *names, size_t count)
{
    return c->ops->topics_describe(c, names, count);
}

struct wr_call *wr_topics_list(struct wr_consumer *c)
{
    return c->ops->topics_list(c);
}

struct wr_call *wr_topic_create(struct wr_consumer *c, const struct wr_new_topic *topic)
{
    return c->ops->topic_create(c, topic);
}

struct wr_call *wr_topic_delete(struct wr_consumer *c, const char *name)
{
    return c->ops->topic_delete(c, name);
}

struct wr_call *wr_topic_grow(struct wr_consumer *c, const char *name, int32_t count)
{
    return c->ops->topic_grow(c, name, count);
}

struct wr_call *wr_topics_config(struct wr_consumer *c, const char *const *names, size_t count)
{
    return c->ops->topics_config(c, names, count);
}

struct wr_call *wr_records_delete(struct wr_consumer *c, const struct wr_position *below,
                                  size_t count)
{
    return c->ops->records_delete(c, below, count);
}

struct wr_call *wr_offsets_fetch(struct wr_consumer *c, const struct wr_position *positions,
                                 size_t count, bool stable)
{
    return c->ops->offsets_fetch(c, positions, count, stable);
}

struct wr_call *wr_offsets_alter(struct wr_consumer *c, const struct wr_position *positions,
                                 size_t count)
{
    return c->ops->offsets_alter(c, positions, count);
}

struct wr_call *wr_watermarks_query(struct wr_consumer *c, const char *topic, int32_t partition)
{
    return c->ops->watermarks_query(c, topic, partition);
}

struct wr_call *wr_reset_query(struct wr_consumer *c, const char *topic, int32_t partition,
                               bool latest)
{
    return c->ops->reset_query(c, topic, partition, latest);
}

struct wr_call *wr_time_query(struct wr_consumer *c, const char *topic, int32_t partition,
                              int64_t time_ms)
{
    return c->ops->time_query(c, topic, partition, time_ms);
}

struct wr_call *wr_group_describe(struct wr_consumer *c)
{
    return c->ops->group_describe(c);
}

struct wr_call *wr_group_delete(struct wr_consumer *c)
{
    return c->ops->group_delete(c);
}

/* ---- consumers ---- */

enum weir_code wr_consumer_open(struct wr_kafka *k, const struct wr_consumer_options *options,
                                struct wr_consumer **out, struct weir_error *err)
{
    return k->ops->consumer_open(k, options, out, err);
}

void wr_consumer_close(struct wr_consumer *c)
{
    c->ops->consumer_close(c);
}

bool wr_consumer_error(struct wr_consumer *c, struct wr_handle_error *e)
{
    return c->ops->consumer_error(c, e);
}

enum weir_code wr_partition_assign(struct wr_consumer *c, const char *topic, int32_t partition,
                                   int64_t offset, struct wr_partition **out,
                                   struct weir_error *err)
{
    wr_assert(offset >= 0);
    return c->ops->assign(c, topic, partition, offset, out, err);
}

void wr_partition_unassign(struct wr_partition *p)
{
    p->ops->unassign(p);
}

enum weir_code wr_partition_rewind(struct wr_partition *p, int64_t offset, struct weir_error *err)
{
    wr_assert(offset >= 0);
    return p->ops->rewind(p, offset, err);
}

size_t wr_partition_take(struct wr_partition *p, struct wr_message *out, size_t max)
{
    return p->ops->take(p, out, max);
}

void wr_messages_release(struct wr_message *messages, size_t count)
{
    if (count != 0) {
        messages[0].ops->release(messages, count);
    }
}

struct weir_headers wr_message_headers(const struct wr_message *m, struct wr_arena *arena)
{
    return m->has_headers ? m->ops->headers(m, arena) : (struct weir_headers){NULL, 0};
}

/* ---- the group ---- */

enum weir_code wr_group_open(struct wr_kafka *k, const struct wr_group_options *options,
                             struct wr_group **out, struct weir_error *err)
{
    return k->ops->group_open(k, options, out, err);
}

enum weir_code wr_group_join(struct wr_group *g, struct weir_error *err)
{
    return g->ops->group_join(g, err);
}

void wr_group_poll(struct wr_group *g, struct wr_group_event *event)
{
    g->ops->group_poll(g, event);
}

bool wr_group_error(struct wr_group *g, struct wr_handle_error *e)
{
    return g->ops->group_error(g, e);
}

enum weir_code wr_group_answer(struct wr_group *g, struct weir_error *err)
{
    return g->ops->group_answer(g, err);
}

struct wr_group_meta *wr_group_metadata(struct wr_group *g)
{
    return g->ops->group_metadata(g);
}

void wr_group_leave(struct wr_group *g, bool give_up)
{
    g->ops->group_leave(g, give_up);
}

void wr_group_close(struct wr_group *g, bool abandon)
{
    g->ops->group_close(g, abandon);
}

/* ---- producers ---- */

enum weir_code wr_producer_open(struct wr_kafka *k, const char *transactional_id,
                                const char *const *topics, size_t count, struct wr_producer **out,
                                struct weir_error *err)
{
    return k->ops->producer_open(k, transactional_id, topics, count, out, err);
}

void wr_producer_close(struct wr_producer *p)
{
    p->ops->producer_close(p);
}

bool wr_producer_error(struct wr_producer *p, struct wr_handle_error *e)
{
    return p->ops->producer_error(p, e);
}

struct wr_call *wr_producer_init(struct wr_producer *p)
{
    return p->ops->producer_init(p);
}

enum wr_outcome wr_producer_begin(struct wr_producer *p, struct weir_error *err)
{
    return p->ops->producer_begin(p, err);
}

struct wr_topic *wr_producer_topic(struct wr_producer *p, const char *name)
{
    return p->ops->producer_topic(p, name);
}

int32_t wr_topic_partitions(struct wr_topic *t)
{
    return t->ops->topic_partitions(t);
}

enum weir_code wr_producer_send(struct wr_producer *p, const struct wr_outgoing *o,
                                struct weir_error *err)
{
    return p->ops->producer_send(p, o, err);
}

void wr_producer_serve(struct wr_producer *p, int timeout_ms)
{
    p->ops->producer_serve(p, timeout_ms);
}

struct wr_call *wr_producer_flush(struct wr_producer *p)
{
    return p->ops->producer_flush(p);
}

size_t wr_producer_max_record(const struct wr_producer *p)
{
    return p->ops->producer_max_record(p);
}

struct wr_call *wr_producer_offsets(struct wr_producer *p, const struct wr_position *positions,
                                    size_t count, struct wr_group_meta *meta)
{
    return p->ops->producer_offsets(p, positions, count, meta);
}

struct wr_call *wr_producer_commit(struct wr_producer *p)
{
    return p->ops->producer_commit(p);
}

struct wr_call *wr_producer_abort(struct wr_producer *p)
{
    return p->ops->producer_abort(p);
}

int wr_producer_endtxn_sent(const struct wr_producer *p)
{
    return p->ops->producer_endtxn_sent(p);
}

int wr_producer_offsets_sent(const struct wr_producer *p)
{
    return p->ops->producer_offsets_sent(p);
}
