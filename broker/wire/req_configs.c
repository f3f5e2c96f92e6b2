/* req_configs.c -- DescribeConfigs, AlterConfigs and IncrementalAlterConfigs, for topics and for
 * this broker, whose settings are read only. */
#include "src/base/base.h"

#include <stdlib.h>

#include "broker/wire/wire_call.h"
#include "src/kproto/topic_name.h"

enum { RESOURCE_TOPIC = 2, RESOURCE_BROKER = 4 };

struct resource {
    int8_t type;
    const char *name;
};

static struct resource read_resource(struct wr_call *c)
{
    struct resource r;
    r.type = wr_read_i8(&c->in);
    r.name = wr_call_text(c);
    return r;
}

static enum wr_kafka_error find_topic(struct wr_call *c, const char *name,
                                      struct wr_topic_entry **out)
{
    *out = wr_topics_find(c->wire->broker->topics, name);
    if (*out != NULL) {
        return WR_KE_NONE;
    }
    return wr_is_name(name) ? WR_KE_UNKNOWN_TOPIC_OR_PARTITION : WR_KE_INVALID_TOPIC_EXCEPTION;
}

/* "" stands for all brokers. */
static bool is_broker(const struct wr_call *c, const char *name)
{
    char *end;
    long id = strtol(name, &end, 10);
    return *end == '\0' && (end == name || id == c->wire->broker->options.node_id);
}

/* ---- what the broker's settings are ---------------------------------------------------------- */

enum { TYPE_BOOLEAN = 1, TYPE_INT = 3, TYPE_LONG = 5 };

static struct wr_topic_config_entry setting(const char *name, int type, const char *value,
                                            const char *doc)
{
    return (struct wr_topic_config_entry){.name = name, .value = value, .doc = doc, .type = type};
}

static size_t broker_settings(struct wr_call *c, const struct wr_topic_config_entry **out)
{
    const struct wr_broker_options *o = &c->wire->broker->options;
    struct wr_arena *a = &c->arena;
    const struct wr_topic_config_entry all[] = {
        setting("auto.create.topics.enable", TYPE_BOOLEAN, o->auto_create_topics ? "true" : "false",
                "topics come to be when they are used"),
        setting("group.initial.rebalance.delay.ms", TYPE_INT,
                wr_arena_printf(a, "%lld", (long long)o->initial_rebalance_delay_ms),
                "how long an empty group waits for more members"),
        setting("node.id", TYPE_INT, wr_arena_printf(a, "%d", o->node_id), "this broker's number"),
        setting("num.partitions", TYPE_INT, wr_arena_printf(a, "%d", o->default_partitions),
                "partitions of a topic made without a number of them"),
        setting("socket.request.max.bytes", TYPE_LONG,
                wr_arena_printf(a, "%zu", c->wire->max_frame), "the largest request"),
    };
    *out = wr_arena_dup(a, all, sizeof all);
    return WR_ARRAY_LEN(all);
}

/* ---- DescribeConfigs ------------------------------------------------------------------------- */

struct ask {
    struct resource resource;
    struct wr_call_texts names; /* none: all */
};

struct describe {
    struct ask *asks;
    int32_t count;
    bool synonyms;
    bool docs;
};

static bool read_describe(struct wr_call *c, struct describe *d)
{
    *d = (struct describe){0};
    d->asks = wr_call_array(c, 3, sizeof *d->asks, &d->count);
    for (int32_t i = 0; i < d->count; i++) {
        d->asks[i].resource = read_resource(c);
        d->asks[i].names = wr_call_texts(c);
        wr_read_tags(&c->in);
    }
    d->synonyms = wr_read_bool(&c->in);
    d->docs = c->version >= 3 && wr_read_bool(&c->in);
    wr_read_tags(&c->in);
    return wr_read_ok(&c->in);
}

static bool asked(const struct wr_call_texts *names, const char *name)
{
    for (int32_t i = 0; i < names->count; i++) {
        if (strcmp(names->at[i], name) == 0) {
            return true;
        }
    }
    return names->count == 0;
}

static void put_synonym(struct wr_call *c, const char *name, const char *value, int8_t source)
{
    wr_write_cstr(&c->out, name);
    wr_write_cstr(&c->out, value);
    wr_write_i8(&c->out, source);
    wr_write_tags(&c->out);
}

static void put_setting(struct wr_call *c, const struct describe *d,
                        const struct wr_topic_config_entry *e, int8_t source)
{
    bool set = source != WR_SOURCE_DEFAULT;
    wr_write_cstr(&c->out, e->name);
    wr_write_cstr(&c->out, e->value);
    wr_write_bool(&c->out, source == WR_SOURCE_STATIC); /* read only */
    wr_write_i8(&c->out, source);
    wr_write_bool(&c->out, false); /* sensitive */
    wr_write_count(&c->out, d->synonyms ? set + (e->default_value != NULL) : 0);
    if (d->synonyms && set) {
        put_synonym(c, e->name, e->value, source);
    }
    if (d->synonyms && e->default_value != NULL) {
        put_synonym(c, e->name, e->default_value, WR_SOURCE_DEFAULT);
    }
    if (c->version >= 3) {
        wr_write_i8(&c->out, (int8_t)e->type);
        wr_write_cstr(&c->out, d->docs ? e->doc : NULL);
    }
    wr_write_tags(&c->out);
}

/* The settings of a resource; *why says what is wrong with it. */
static enum wr_kafka_error look_up(struct wr_call *c, const struct resource *r,
                                   const struct wr_topic_config_entry **all, size_t *count,
                                   const char **why)
{
    *count = 0;
    *why = NULL;
    if (r->type == RESOURCE_TOPIC) {
        struct wr_topic_entry *e;
        enum wr_kafka_error error = find_topic(c, r->name, &e);
        if (error == WR_KE_NONE) {
            *count = wr_topic_config_list(e, &c->arena, all);
        }
        return error;
    }
    if (r->type == RESOURCE_BROKER && is_broker(c, r->name)) {
        /* What holds for all brokers is only what was set at run time: nothing. */
        *count = r->name[0] != '\0' ? broker_settings(c, all) : 0;
        return WR_KE_NONE;
    }
    *why = "only topics and this broker have settings";
    return WR_KE_INVALID_REQUEST;
}

static void describe_resource(struct wr_call *c, const struct describe *d, const struct ask *a)
{
    const struct wr_topic_config_entry *all = NULL;
    size_t count;
    const char *why;
    enum wr_kafka_error error = look_up(c, &a->resource, &all, &count, &why);
    int32_t chosen = 0;
    for (size_t i = 0; i < count; i++) {
        chosen += asked(&a->names, all[i].name);
    }
    wr_call_put_error(c, error);
    wr_write_cstr(&c->out, error == WR_KE_NONE ? "" : why);
    wr_write_i8(&c->out, a->resource.type);
    wr_write_cstr(&c->out, a->resource.name);
    wr_write_count(&c->out, chosen);
    for (size_t i = 0; i < count; i++) {
        if (asked(&a->names, all[i].name)) {
            bool topic = a->resource.type == RESOURCE_TOPIC;
            put_setting(c, d, &all[i], topic ? wr_config_source(&all[i]) : WR_SOURCE_STATIC);
        }
    }
    wr_write_tags(&c->out);
}

enum wr_outcome wr_req_describe_configs(struct wr_call *c)
{
    struct describe d;
    if (!read_describe(c, &d)) {
        return WR_REFUSED;
    }
    wr_call_put_throttle(c);
    wr_write_count(&c->out, d.count);
    for (int32_t i = 0; i < d.count; i++) {
        describe_resource(c, &d, &d.asks[i]);
    }
    wr_write_tags(&c->out);
    return WR_ANSWERED;
}

/* ---- AlterConfigs, IncrementalAlterConfigs --------------------------------------------------- */

struct alter {
    struct resource resource;
    struct wr_config_change *changes;
    int32_t count;
    bool unknown_op;
};

struct alters {
    struct alter *at;
    int32_t count;
    bool validate_only;
};

static bool read_alters(struct wr_call *c, struct alters *r, bool with_op)
{
    r->at = wr_call_array(c, 3, sizeof *r->at, &r->count);
    for (int32_t i = 0; i < r->count; i++) {
        struct alter *a = &r->at[i];
        a->resource = read_resource(c);
        a->changes = wr_call_array(c, 2, sizeof *a->changes, &a->count);
        for (int32_t j = 0; j < a->count; j++) {
            a->changes[j].name = wr_call_text(c);
            int8_t op = with_op ? wr_read_i8(&c->in) : WR_CONFIG_SET;
            a->unknown_op |= op < WR_CONFIG_SET || op > WR_CONFIG_SUBTRACT;
            a->changes[j].op = (enum wr_config_op)op;
            a->changes[j].value = wr_read_cstr(&c->in, &c->arena);
            wr_read_tags(&c->in);
        }
        wr_read_tags(&c->in);
    }
    r->validate_only = wr_read_bool(&c->in);
    wr_read_tags(&c->in);
    return wr_read_ok(&c->in);
}

static enum wr_kafka_error replace_all(struct wr_call *c, struct wr_topic_entry *e,
                                       const struct alter *a, bool validate_only, const char **why)
{
    struct wr_topic_setting *settings =
        wr_arena_alloc(&c->arena, (size_t)a->count * sizeof *settings);
    for (int32_t i = 0; i < a->count; i++) {
        settings[i] = (struct wr_topic_setting){a->changes[i].name, a->changes[i].value};
    }
    return wr_topic_config_replace(c->wire->broker->topics, e, settings, (size_t)a->count,
                                   validate_only, why);
}

static enum wr_kafka_error alter_topic(struct wr_call *c, const struct alter *a, bool incremental,
                                       bool validate_only, const char **why)
{
    struct wr_topic_entry *e;
    enum wr_kafka_error missing = find_topic(c, a->resource.name, &e);
    if (missing == WR_KE_INVALID_TOPIC_EXCEPTION) {
        return missing;
    }
    if (a->unknown_op) {
        *why = "there is no such operation";
        return WR_KE_INVALID_REQUEST;
    }
    enum wr_kafka_error error = incremental
                                    ? wr_topic_config_change(c->wire->broker->topics, e, a->changes,
                                                             (size_t)a->count, validate_only, why)
                                    : replace_all(c, e, a, validate_only, why);
    return error != WR_KE_NONE ? error : missing;
}

static enum wr_outcome alter(struct wr_call *c, bool incremental)
{
    struct alters r;
    if (!read_alters(c, &r, incremental)) {
        return WR_REFUSED;
    }
    wr_call_put_throttle(c);
    wr_write_count(&c->out, r.count);
    for (int32_t i = 0; i < r.count; i++) {
        const struct alter *a = &r.at[i];
        const char *why = "this broker's settings are given when it is started";
        enum wr_kafka_error error = WR_KE_INVALID_REQUEST;
        if (a->resource.type == RESOURCE_TOPIC) {
            why = NULL;
            error = alter_topic(c, a, incremental, r.validate_only, &why);
        } else if (a->resource.type != RESOURCE_BROKER || !is_broker(c, a->resource.name)) {
            why = "only topics and this broker have settings";
        }
        wr_call_put_error(c, error);
        wr_write_cstr(&c->out, error == WR_KE_NONE ? NULL : why);
        wr_write_i8(&c->out, a->resource.type);
        wr_write_cstr(&c->out, a->resource.name);
        wr_write_tags(&c->out);
    }
    wr_write_tags(&c->out);
    return WR_ANSWERED;
}

enum wr_outcome wr_req_alter_configs(struct wr_call *c)
{
    return alter(c, false);
}

enum wr_outcome wr_req_incremental_alter_configs(struct wr_call *c)
{
    return alter(c, true);
}
