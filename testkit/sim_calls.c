/* sim_calls.c -- calls: one request that is repeated until it can be answered, and a result. Those
 * of producers are in sim_txn.c. */
#include "src/base/base.h"

#include <string.h>

#include "src/base/base64.h"
#include "src/base/err.h"
#include "testkit/sim_impl.h"

enum { RETRY_MS = 40 };

enum weir_code wr_sim_code(enum wr_kafka_error e)
{
    switch (e) {
    case WR_KE_NONE:
        return WEIR_OK;
    case WR_KE_UNKNOWN_TOPIC_OR_PARTITION:
        return WEIR_ENOTOPIC;
    case WR_KE_OFFSET_OUT_OF_RANGE:
        return WEIR_EOFFSET;
    case WR_KE_UNKNOWN_MEMBER_ID:
    case WR_KE_FENCED_INSTANCE_ID:
        return WEIR_EFENCED;
    case WR_KE_OFFSET_METADATA_TOO_LARGE:
    case WR_KE_MESSAGE_TOO_LARGE:
        return WEIR_ETOOLARGE;
    case WR_KE_INVALID_CONFIG:
    case WR_KE_POLICY_VIOLATION:
    case WR_KE_INVALID_TRANSACTION_TIMEOUT:
        return WEIR_ECONFIG;
    case WR_KE_INVALID_PARTITIONS:
        return WEIR_EPARTITIONS;
    default:
        return wr_sim_is_fatal(e) ? WEIR_EPRODUCER : WEIR_EABORT;
    }
}

void wr_sim_request_init(struct wr_sim_request *r, struct wr_sim_kafka *k, const char *name)
{
    *r = (struct wr_sim_request){.net = k->o.net, .process = k->o.process, .refs = 1, .name = name};
}

/* ---- life ------------------------------------------------------------------------------------ */

struct wr_sim_call *wr_sim_call_new(struct wr_sim_kafka *k, struct wr_wake *wake,
                                    enum wr_call_kind kind)
{
    struct wr_sim_call *c = WR_NEW(struct wr_sim_call);
    wr_call_init(&c->base, &wr_sim_ops, kind);
    c->k = k;
    c->wake = wake;
    return c;
}

void wr_sim_call_end(struct wr_sim_call *c, enum wr_outcome outcome, enum weir_code code,
                     enum wr_kafka_error error)
{
    c->over = true;
    c->outcome = outcome;
    c->code = code;
    c->error = error;
    if (c->wake != NULL) {
        wr_wake_signal(c->wake);
    }
    if (c->waiter != NULL) {
        c->k->o.stepper->hurry(c->k->o.stepper, c->waiter);
        c->waiter = NULL;
    }
}

static void end_cut(struct wr_sim_call *c)
{
    bool transactional = c->base.kind >= WR_CALL_INIT;
    c->over = true;
    c->outcome = transactional ? WR_CALL_FATAL : WR_CALL_FAILED;
    c->code = transactional ? WEIR_EPRODUCER : WEIR_EINTERNAL;
    c->error = WR_KE_NETWORK_EXCEPTION;
}

enum wr_outcome wr_sim_call_step(struct wr_call *base, int slice_ms, struct weir_error *err)
{
    struct wr_sim_call *c = (struct wr_sim_call *)base;
    if (c->k->cut && !c->over) {
        end_cut(c);
    }
    if (!c->over) {
        if (slice_ms != 0) {
            c->waiter = c->k->o.stepper->waits(c->k->o.stepper);
        }
        return WR_CALL_PENDING;
    }
    if (c->outcome != WR_CALL_OK) {
        wr_fail(err, c->code, "the simulated cluster said %s", wr_kafka_error_name(c->error));
    }
    return c->outcome;
}

void wr_sim_call_free(struct wr_call *base)
{
    struct wr_sim_call *c = (struct wr_sim_call *)base;
    if (c->ask != NULL) {
        c->ask->call = NULL;
        wr_sim_give_up(&c->ask->request);
    }
    if (c->txn_ask != NULL) { /* the request goes on: an abort waits for it */
        c->txn_ask->call = NULL;
    }
    if (c->producer != NULL && c->producer->ending == c) {
        c->producer->ending = NULL;
    }
    wr_call_fini(&c->base);
    wr_free(c);
}

/* ---- asking ---------------------------------------------------------------------------------- */

static struct wr_sim_ask *ask_of(struct wr_sim_request *r)
{
    return WR_CONTAINER_OF(r, struct wr_sim_ask, request);
}

static void execute(struct wr_sim_request *r, struct wr_sim_answer *a)
{
    struct wr_sim_call *c = ask_of(r)->call;
    if (c != NULL) {
        a->error = c->look(c);
    }
}

static void answered(struct wr_sim_request *r, const struct wr_sim_answer *a)
{
    struct wr_sim_call *c = ask_of(r)->call;
    if (a->error == WR_KE_UNSTABLE_OFFSET_COMMIT) {
        c->base.waiting_for = "an open transaction";
        wr_sim_send_again(r, RETRY_MS + wr_sim_draw(r->net->sim, RETRY_MS));
        return;
    }
    c->ask = NULL;
    wr_sim_call_end(c, a->error == WR_KE_NONE ? WR_CALL_OK : WR_CALL_FAILED, wr_sim_code(a->error),
                    a->error);
}

static void fini(struct wr_sim_request *r)
{
    wr_free(ask_of(r));
}

static struct wr_call *start(struct wr_sim_call *c, const char *name,
                             enum wr_kafka_error (*look)(struct wr_sim_call *c))
{
    c->look = look;
    if (!c->k->cut) {
        struct wr_sim_ask *ask = WR_NEW(struct wr_sim_ask);
        wr_sim_request_init(&ask->request, c->k, name);
        ask->call = c;
        ask->request.execute = execute;
        ask->request.answered = answered;
        ask->request.fini = fini;
        c->ask = ask;
        wr_sim_send(&ask->request);
    }
    return &c->base;
}

static struct wr_sim_call *new_call(struct wr_consumer *base, enum wr_call_kind kind)
{
    struct wr_sim_consumer *c = (struct wr_sim_consumer *)base;
    return wr_sim_call_new(c->k, c->wake, kind);
}

static void copy_names(struct wr_sim_call *c, const char *const *names, size_t count)
{
    c->names = wr_arena_alloc(&c->base.arena, count * sizeof *c->names);
    c->name_count = count;
    for (size_t i = 0; i < count; i++) {
        c->names[i] = wr_arena_strdup(&c->base.arena, names[i]);
    }
}

static struct wr_topics *topics_of(const struct wr_sim_call *c)
{
    return wr_sim_broker(c->k)->topics;
}

/* ---- topics ---------------------------------------------------------------------------------- */

static char *topic_id(struct wr_arena *arena, const unsigned char id[16])
{
    char *text = wr_arena_alloc(arena, 23);
    wr_base64url_id(text, id);
    return text;
}

static enum wr_kafka_error look_topics(struct wr_sim_call *c)
{
    struct wr_arena *arena = &c->base.arena;
    c->base.topics = wr_arena_zalloc(arena, c->name_count * sizeof *c->base.topics);
    c->base.topic_ids = wr_arena_zalloc(arena, c->name_count * sizeof *c->base.topic_ids);
    c->base.topic_count = c->name_count;
    c->base.cluster_id = wr_sim_broker(c->k)->cluster_id;
    for (size_t i = 0; i < c->name_count; i++) {
        const struct wr_topic_entry *e = wr_topics_find(topics_of(c), c->names[i]);
        c->base.topics[i] = (struct wr_topic_info){
            .name = c->names[i],
            .partitions = e != NULL ? e->partition_count : 0,
            .code = e != NULL ? WEIR_OK : WEIR_ENOTOPIC,
        };
        c->base.topic_ids[i] = e != NULL ? topic_id(arena, e->id) : "";
        if (e != NULL && wr_sim_strikes(wr_sim_of(c->k), WR_SIM_LATE_METADATA)) {
            c->base.topics[i].partitions = 0;
            c->base.topics[i].code = WEIR_EAGAIN;
            wr_sim_effect(wr_sim_of(c->k), WR_SIM_ASKED_AGAIN);
        }
    }
    return WR_KE_NONE;
}

struct wr_call *wr_sim_topics_describe(struct wr_consumer *base, const char *const *names,
                                       size_t count)
{
    struct wr_sim_call *c = new_call(base, WR_CALL_TOPICS_DESCRIBE);
    copy_names(c, names, count);
    return start(c, "describe topics", look_topics);
}

static enum wr_kafka_error look_create(struct wr_sim_call *c)
{
    const char *why;
    struct wr_topic_setting *settings =
        wr_arena_alloc(&c->base.arena, c->config_count * sizeof *settings);
    for (size_t i = 0; i < c->config_count; i++) {
        settings[i] = (struct wr_topic_setting){c->config[i].name, c->config[i].value};
    }
    struct wr_topic_spec spec = {
        .name = c->topic,
        .partitions = c->partition,
        .replication = -1,
        .settings = settings,
        .setting_count = c->config_count,
    };
    enum wr_kafka_error e = wr_topics_create(topics_of(c), &spec, &why);
    c->base.created = e == WR_KE_NONE;
    return e == WR_KE_TOPIC_ALREADY_EXISTS ? WR_KE_NONE : e;
}

struct wr_call *wr_sim_topic_create(struct wr_consumer *base, const struct wr_new_topic *topic)
{
    struct wr_sim_call *c = new_call(base, WR_CALL_TOPIC_CREATE);
    struct wr_arena *arena = &c->base.arena;
    c->topic = wr_arena_strdup(arena, topic->name);
    c->partition = topic->partitions;
    c->config = wr_arena_alloc(arena, topic->config_count * sizeof *c->config);
    c->config_count = topic->config_count;
    for (size_t i = 0; i < topic->config_count; i++) {
        c->config[i].name = wr_arena_strdup(arena, topic->config[i].name);
        c->config[i].value = wr_arena_strdup(arena, topic->config[i].value);
    }
    return start(c, "create topic", look_create);
}

static enum wr_kafka_error look_grow(struct wr_sim_call *c)
{
    const char *why;
    const struct wr_topic_entry *e = wr_topics_find(topics_of(c), c->topic);
    if (e != NULL && e->partition_count >= c->partition) {
        return WR_KE_NONE;
    }
    return wr_topics_grow(topics_of(c), c->topic, c->partition, false, &why);
}

struct wr_call *wr_sim_topic_grow(struct wr_consumer *base, const char *name, int32_t count)
{
    struct wr_sim_call *c = new_call(base, WR_CALL_TOPIC_GROW);
    c->topic = wr_arena_strdup(&c->base.arena, name);
    c->partition = count;
    return start(c, "grow topic", look_grow);
}

static enum wr_kafka_error look_config(struct wr_sim_call *c)
{
    struct wr_arena *arena = &c->base.arena;
    struct wr_call *base = &c->base;
    base->config_count = 0;
    for (size_t i = 0; i < c->name_count; i++) {
        const struct wr_topic_entry *e = wr_topics_find(topics_of(c), c->names[i]);
        const struct wr_topic_config_entry *list = NULL;
        size_t n = e != NULL ? wr_topic_config_list(e, arena, &list) : 0;
        struct wr_config_value *all = wr_arena_alloc(arena, (base->config_count + n) * sizeof *all);
        if (base->config_count != 0) {
            memcpy(all, base->configs, base->config_count * sizeof *all);
        }
        for (size_t k = 0; k < n; k++) {
            all[base->config_count++] = (struct wr_config_value){
                c->names[i], list[k].name, wr_arena_strdup(arena, list[k].value)};
        }
        base->configs = all;
    }
    return WR_KE_NONE;
}

struct wr_call *wr_sim_topics_config(struct wr_consumer *base, const char *const *names,
                                     size_t count)
{
    struct wr_sim_call *c = new_call(base, WR_CALL_TOPICS_CONFIG);
    copy_names(c, names, count);
    return start(c, "describe configs", look_config);
}

/* ---- offsets --------------------------------------------------------------------------------- */

static void copy_positions(struct wr_sim_call *c, const struct wr_position *positions, size_t count)
{
    struct wr_arena *arena = &c->base.arena;
    c->base.positions = wr_arena_zalloc(arena, count * sizeof *c->base.positions);
    c->base.position_count = count;
    for (size_t i = 0; i < count; i++) {
        c->base.positions[i] = positions[i];
        c->base.positions[i].topic = wr_arena_strdup(arena, positions[i].topic);
        c->base.positions[i].metadata = NULL;
    }
}

static enum wr_kafka_error look_delete(struct wr_sim_call *c)
{
    enum wr_kafka_error all = WR_KE_NONE;
    for (size_t i = 0; i < c->base.position_count; i++) {
        const struct wr_position *p = &c->base.positions[i];
        struct wr_partition_log *log = wr_topics_partition(topics_of(c), p->topic, p->partition);
        enum wr_kafka_error e = log != NULL ? wr_partition_log_delete_before(log, p->offset)
                                            : WR_KE_UNKNOWN_TOPIC_OR_PARTITION;
        all = e != WR_KE_NONE ? e : all;
    }
    return all;
}

struct wr_call *wr_sim_records_delete(struct wr_consumer *base, const struct wr_position *below,
                                      size_t count)
{
    struct wr_sim_call *c = new_call(base, WR_CALL_RECORDS_DELETE);
    copy_positions(c, below, count);
    return start(c, "delete records", look_delete);
}

static enum wr_kafka_error look_offsets(struct wr_sim_call *c)
{
    const struct wr_groups *groups = wr_sim_broker(c->k)->groups;
    for (size_t i = 0; i < c->base.position_count; i++) {
        struct wr_position *p = &c->base.positions[i];
        struct wr_offset_commit o =
            wr_groups_fetch(groups, c->k->application_id, p->topic, p->partition, c->flag);
        if (o.error != WR_KE_NONE) {
            return o.error;
        }
        p->offset = o.offset >= 0 ? o.offset : WR_OFFSET_NONE;
        bool text = o.offset >= 0 && o.metadata != NULL && o.metadata[0] != '\0';
        p->metadata = text ? wr_arena_strdup(&c->base.arena, o.metadata) : NULL;
    }
    return WR_KE_NONE;
}

struct wr_call *wr_sim_offsets_fetch(struct wr_consumer *base, const struct wr_position *positions,
                                     size_t count, bool stable)
{
    struct wr_sim_call *c = new_call(base, WR_CALL_OFFSETS_FETCH);
    copy_positions(c, positions, count);
    c->flag = stable;
    return start(c, "fetch offsets", look_offsets);
}

static struct wr_partition_log *log_of(const struct wr_sim_call *c)
{
    return wr_topics_partition(topics_of(c), c->topic, c->partition);
}

static enum wr_kafka_error look_watermarks(struct wr_sim_call *c)
{
    const struct wr_partition_log *log = log_of(c);
    if (log == NULL) {
        return WR_KE_UNKNOWN_TOPIC_OR_PARTITION;
    }
    c->base.low = wr_partition_log_start(log);
    c->base.high = wr_partition_log_end(log);
    return WR_KE_NONE;
}

static struct wr_sim_call *new_partition_call(struct wr_consumer *base, enum wr_call_kind kind,
                                              const char *topic, int32_t partition)
{
    struct wr_sim_call *c = new_call(base, kind);
    c->topic = wr_arena_strdup(&c->base.arena, topic);
    c->partition = partition;
    return c;
}

struct wr_call *wr_sim_watermarks_query(struct wr_consumer *base, const char *topic,
                                        int32_t partition)
{
    struct wr_sim_call *c = new_partition_call(base, WR_CALL_WATERMARKS, topic, partition);
    return start(c, "watermarks", look_watermarks);
}

static enum wr_kafka_error look_reset(struct wr_sim_call *c)
{
    const struct wr_partition_log *log = log_of(c);
    if (log == NULL) {
        return WR_KE_UNKNOWN_TOPIC_OR_PARTITION;
    }
    c->base.offset = c->flag ? wr_partition_log_stable(log) : wr_partition_log_start(log);
    return WR_KE_NONE;
}

struct wr_call *wr_sim_reset_query(struct wr_consumer *base, const char *topic, int32_t partition,
                                   bool latest)
{
    struct wr_sim_call *c = new_partition_call(base, WR_CALL_RESET, topic, partition);
    c->flag = latest;
    return start(c, "list offsets", look_reset);
}

/* ---- the group ------------------------------------------------------------------------------- */

static enum wr_kafka_error look_group(struct wr_sim_call *c)
{
    struct wr_arena *arena = &c->base.arena;
    struct wr_group_info info;
    c->base.member_count = 0;
    if (!wr_groups_describe(wr_sim_broker(c->k)->groups, c->k->application_id, arena, &info)) {
        return WR_KE_NONE;
    }
    c->base.members = wr_arena_zalloc(arena, info.member_count * sizeof *c->base.members);
    c->base.member_count = info.member_count;
    for (size_t i = 0; i < info.member_count; i++) {
        const struct wr_group_member_info *m = &info.members[i];
        struct wr_member *out = &c->base.members[i];
        int32_t generation;
        int32_t *tasks = wr_sim_tasks_decode(m->assignment, &generation, &out->task_count);
        out->client_id = wr_arena_strdup(arena, m->client_id);
        out->member_id = wr_arena_strdup(arena, m->member);
        out->instance_id = wr_arena_strdup(arena, m->instance);
        out->host = wr_arena_strdup(arena, m->host);
        out->tasks = wr_arena_dup(arena, tasks, out->task_count * sizeof *tasks);
        wr_free(tasks);
    }
    return WR_KE_NONE;
}

struct wr_call *wr_sim_group_describe(struct wr_consumer *base)
{
    return start(new_call(base, WR_CALL_GROUP_DESCRIBE), "describe group", look_group);
}
