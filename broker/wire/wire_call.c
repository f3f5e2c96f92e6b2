/* wire_call.c -- what the handlers of all requests have in common. */
#include "src/base/base.h"

#include "broker/wire/wire_call.h"

static const struct wr_wire_api apis[] = {
#define WR_WIRE_API(name, key, min, max, flexible) {key, min, max, flexible, wr_req_##name},
#include "broker/wire/wire_apis.def"
#undef WR_WIRE_API
};

enum { SCRATCH_CHUNK = 4096 };

void wr_wire_init(struct wr_wire *wire, struct wr_broker *broker)
{
    *wire = (struct wr_wire){.broker = broker, .log_dir = "memory", .max_frame = WR_WIRE_MAX_FRAME};
    wr_arena_init(&wire->scratch, SCRATCH_CHUNK);
}

void wr_wire_free(struct wr_wire *wire)
{
    wr_buf_free(&wire->records);
    wr_arena_free(&wire->scratch);
}

const struct wr_wire_api *wr_wire_api_find(int16_t key)
{
    for (size_t i = 0; i < WR_ARRAY_LEN(apis); i++) {
        if (apis[i].key == key) {
            return &apis[i];
        }
    }
    return NULL;
}

const struct wr_wire_api *wr_wire_api_all(size_t *count)
{
    *count = WR_ARRAY_LEN(apis);
    return apis;
}

const char *wr_call_text(struct wr_call *c)
{
    const char *text = wr_read_cstr(&c->in, &c->arena);
    if (text == NULL) {
        c->in.failed = true;
        return "";
    }
    return text;
}

void *wr_call_array(struct wr_call *c, size_t min_bytes, size_t size, int32_t *count)
{
    int32_t n = wr_read_count(&c->in, min_bytes);
    *count = n > 0 ? n : 0;
    return n >= 0 ? wr_arena_zalloc(&c->arena, (size_t)n * size) : NULL;
}

struct wr_call_texts wr_call_texts(struct wr_call *c)
{
    struct wr_call_texts t;
    t.at = wr_call_array(c, 1, sizeof *t.at, &t.count);
    for (int32_t i = 0; i < t.count; i++) {
        t.at[i] = wr_call_text(c);
    }
    return t;
}

struct wr_call_numbers wr_call_numbers(struct wr_call *c)
{
    struct wr_call_numbers n;
    n.at = wr_call_array(c, sizeof *n.at, sizeof *n.at, &n.count);
    for (int32_t i = 0; i < n.count; i++) {
        n.at[i] = wr_read_i32(&c->in);
    }
    return n;
}

struct wr_topic_ref wr_call_topic(struct wr_call *c, bool by_id)
{
    struct wr_topic_ref ref = {0};
    if (by_id) {
        wr_read_uuid(&c->in, ref.id);
    } else {
        ref.name = wr_call_text(c);
    }
    return ref;
}

struct wr_call_topics wr_call_topics(struct wr_call *c, bool by_id)
{
    struct wr_call_topics t;
    t.at = wr_call_array(c, 2, sizeof *t.at, &t.count);
    for (int32_t i = 0; i < t.count; i++) {
        t.at[i].ref = wr_call_topic(c, by_id);
        t.at[i].parts = wr_call_numbers(c);
        wr_read_tags(&c->in);
    }
    return t;
}

struct wr_topic_entry *wr_call_find(const struct wr_call *c, const struct wr_topic_ref *ref)
{
    struct wr_topics *topics = c->wire->broker->topics;
    return ref->name != NULL ? wr_topics_find(topics, ref->name)
                             : wr_topics_find_id(topics, ref->id);
}

enum wr_kafka_error wr_call_missing(const struct wr_topic_ref *ref)
{
    return ref->name != NULL ? WR_KE_UNKNOWN_TOPIC_OR_PARTITION : WR_KE_UNKNOWN_TOPIC_ID;
}

bool wr_topic_has(const struct wr_topic_entry *e, int32_t partition)
{
    return e != NULL && partition >= 0 && partition < e->partition_count;
}

enum wr_kafka_error wr_call_check_epoch(int32_t epoch)
{
    return epoch > WR_LEADER_EPOCH ? WR_KE_UNKNOWN_LEADER_EPOCH : WR_KE_NONE;
}

void wr_call_put_error(struct wr_call *c, enum wr_kafka_error error)
{
    wr_write_i16(&c->out, (int16_t)error);
}

void wr_call_put_throttle(struct wr_call *c)
{
    wr_write_i32(&c->out, 0);
}

void wr_call_put_topic(struct wr_call *c, const struct wr_topic_ref *ref)
{
    if (ref->name != NULL) {
        wr_write_cstr(&c->out, ref->name);
    } else {
        wr_write_uuid(&c->out, ref->id);
    }
}

void wr_call_put_numbers(struct wr_call *c, const int32_t *numbers, int32_t count)
{
    wr_write_count(&c->out, count);
    for (int32_t i = 0; i < count; i++) {
        wr_write_i32(&c->out, numbers[i]);
    }
}

int8_t wr_config_source(const struct wr_topic_config_entry *e)
{
    return e->is_default ? WR_SOURCE_DEFAULT : WR_SOURCE_TOPIC;
}

void wr_call_put_node(struct wr_call *c)
{
    wr_write_i32(&c->out, c->wire->broker->options.node_id);
    wr_write_cstr(&c->out, c->wire->host);
    wr_write_i32(&c->out, c->wire->port);
}
