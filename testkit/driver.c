/* driver.c -- a task on topics in memory. See driver.h for the order of work. */
#include "src/base/base.h"

#include <string.h>

#include "src/base/err.h"
#include "src/base/mem.h"
#include "src/run/task.h"
#include "testkit/driver.h"

/* A topic: all that was ever written to it. */
struct topic {
    struct wr_feed feed; /* what the task reads, if it is an input */
    char *name;
    bool internal;
    bool changelog;
    struct wr_ptrs records; /* struct weir_record *; index = offset */
    size_t visible;         /* records that an input may see: those of committed transactions */
    size_t taken;           /* by the input */
    size_t read;            /* by wr_driver_read */
};

struct wr_driver {
    struct wr_arena arena;
    struct wr_driver_options o;
    struct wr_run_settings settings;
    struct wr_clock_manual clock;
    struct wr_outlet outlet;
    struct wr_plan *plan;
    struct wr_task *task;
    struct wr_metrics *metrics;
    struct wr_stats stats;
    struct wr_strmap topics;  /* name -> struct topic * */
    struct wr_ptrs outputs;   /* struct wr_driver_output * */
    size_t committed_outputs; /* the rest is of the open transaction */
};

static struct topic *topic_of(struct wr_driver *d, const char *name)
{
    struct topic *t = wr_strmap_get(&d->topics, name);
    if (t == NULL) {
        t = WR_NEW(struct topic);
        t->name = wr_strdup(name);
        wr_strmap_put(&d->topics, name, t);
    }
    return t;
}

static struct weir_record *copy_record(struct wr_driver *d, const struct weir_record *r)
{
    struct weir_record *copy = wr_arena_dup(&d->arena, r, sizeof *r);
    copy->key = wr_arena_bytes(&d->arena, r->key);
    copy->value = wr_arena_bytes(&d->arena, r->value);
    struct weir_header *items = wr_arena_alloc(&d->arena, r->headers.count * sizeof *items);
    for (size_t i = 0; i < r->headers.count; i++) {
        items[i].name = wr_arena_bytes(&d->arena, r->headers.items[i].name);
        items[i].value = wr_arena_bytes(&d->arena, r->headers.items[i].value);
    }
    copy->headers.items = items;
    return copy;
}

static void append(struct topic *t, struct weir_record *r)
{
    r->topic = t->name;
    r->partition = 0;
    r->offset = (int64_t)t->records.count;
    wr_ptrs_push(&t->records, r);
}

/* ---- what the task reads and writes ---------------------------------------------------------- */

static size_t feed_take(struct wr_feed *f, struct wr_message *out, size_t max)
{
    struct topic *t = WR_CONTAINER_OF(f, struct topic, feed);
    size_t n = 0;
    while (n < max && t->taken < t->visible) {
        const struct weir_record *r = t->records.items[t->taken++];
        out[n++] = (struct wr_message){
            .kind = WR_MESSAGE_RECORD,
            .key = r->key,
            .value = r->value,
            .time = r->time,
            .offset = r->offset,
            .has_headers = r->headers.count != 0,
            .owner = (void *)(uintptr_t)r,
        };
    }
    return n;
}

static void feed_release(struct wr_feed *f, struct wr_message *messages, size_t count)
{
    WR_UNUSED(f);
    WR_UNUSED(messages);
    WR_UNUSED(count);
}

static struct weir_headers feed_headers(struct wr_feed *f, const struct wr_message *m,
                                        struct wr_arena *arena)
{
    WR_UNUSED(f);
    WR_UNUSED(arena);
    return ((const struct weir_record *)m->owner)->headers;
}

static const struct wr_feed_ops feed_ops = {feed_take, feed_release, feed_headers};

static struct wr_target *outlet_target(struct wr_outlet *o, const char *name)
{
    return (struct wr_target *)topic_of(WR_CONTAINER_OF(o, struct wr_driver, outlet), name);
}

static enum weir_code outlet_partitions(struct wr_outlet *o, struct wr_target *target,
                                        int32_t *count, struct weir_error *err)
{
    WR_UNUSED(o);
    WR_UNUSED(target);
    WR_UNUSED(err);
    *count = 1;
    return WEIR_OK;
}

static enum weir_code outlet_send(struct wr_outlet *o, const struct wr_shipment *s,
                                  struct weir_error *err)
{
    WR_UNUSED(err);
    struct wr_driver *d = WR_CONTAINER_OF(o, struct wr_driver, outlet);
    struct topic *t = (struct topic *)s->target;
    struct weir_record r = {
        .key = s->key, .value = s->value, .time = s->time, .headers = s->headers};
    struct weir_record *copy = copy_record(d, &r);
    append(t, copy);
    if (s->delivery != NULL) {
        s->delivery->next = copy->offset + 1;
    }
    struct wr_driver_output *out = WR_ARENA_NEW(&d->arena, struct wr_driver_output);
    *out = (struct wr_driver_output){t->name, t->changelog, t->internal, *copy};
    wr_ptrs_push(&d->outputs, out);
    return WEIR_OK;
}

static const struct wr_outlet_ops outlet_ops = {outlet_target, outlet_partitions, outlet_send};

/* ---- life ------------------------------------------------------------------------------------ */

static void take_settings(struct wr_driver *d, const char *application_id)
{
    d->settings = (struct wr_run_settings){
        .application_id = wr_arena_strdup(&d->arena, application_id),
        .threads = 1,
        .max_task_idle_ms = -1,
        .uncommitted_max_bytes = SIZE_MAX,
        .cache_bytes = 1 << 20,
        .emit_at_commit = d->o.emit_at_commit,
        .dead_letter_topic = wr_arena_strdup(&d->arena, d->o.dead_letter_topic),
        .on_deserialization = d->o.on_deserialization,
        .on_processing = d->o.on_processing,
        .on_production = d->o.on_production,
        .on_timestamp = d->o.on_timestamp,
    };
}

static enum weir_code make_plan(struct wr_driver *d, const struct wr_graph *graph,
                                struct weir_error *err)
{
    struct wr_ptrs names = {0};
    struct wr_strmap counts = {0};
    wr_plan_external_topics(graph, &names);
    for (size_t i = 0; i < names.count; i++) {
        wr_strmap_put(&counts, names.items[i], (void *)(intptr_t)1);
    }
    enum weir_code code = wr_plan_make(&d->plan, graph, d->settings.application_id, &counts, err);
    wr_strmap_free(&counts);
    wr_ptrs_free(&names);
    return code;
}

static const char *no_topic_id(void *arg, const char *topic)
{
    WR_UNUSED(arg);
    WR_UNUSED(topic);
    return "";
}

static enum weir_code open_task(struct wr_driver *d, struct weir_error *err)
{
    struct wr_task_options o = {
        .plan = d->plan,
        .sub_from = 0,
        .sub_to = d->plan->sub_count,
        .id = "0_0",
        .settings = &d->settings,
        .clock = &d->clock.clock,
        .stats = &d->stats,
    };
    d->task = wr_task_new(&o);
    struct wr_store_spec *specs = wr_calloc(d->task->store_count, sizeof *specs);
    wr_task_store_specs(d->task, specs, no_topic_id, NULL);
    struct wr_task_state_options so = {
        .task_id = "0_0",
        .identity = "driver",
        .stores = specs,
        .store_count = d->task->store_count,
        .cache_bytes = d->settings.cache_bytes,
    };
    enum wr_quarantine_reason reason = WR_QUARANTINE_NONE;
    enum weir_code code = wr_task_state_open(&d->task->state, &so, &reason, NULL, err);
    wr_free(specs);
    if (code != WEIR_OK) {
        return code;
    }
    for (size_t i = 0; i < d->task->in.count; i++) {
        struct wr_input *in = &d->task->in.inputs[i];
        struct topic *t = topic_of(d, in->plan->name);
        t->feed.ops = &feed_ops;
        t->internal = in->plan->topic->internal;
        in->feed = &t->feed;
    }
    for (size_t i = 0; i < d->task->store_count; i++) {
        const struct wr_task_store *s = &d->task->stores[i];
        if (s->plan->changelog != NULL && s->source == NULL) {
            struct topic *t = topic_of(d, s->plan->changelog);
            t->changelog = t->internal = true;
        }
    }
    d->task->in.run_max = d->o.commit_on_request ? WR_RUN_MAX : 1;
    code = wr_task_start(d->task, &d->outlet);
    return code == WEIR_OK ? code : wr_fail_copy(err, &d->task->error);
}

enum weir_code wr_driver_new(struct wr_driver **out, const struct wr_graph *graph,
                             const char *application_id, const struct wr_driver_options *options,
                             struct weir_error *err)
{
    struct wr_driver *d = WR_NEW(struct wr_driver);
    *out = NULL;
    wr_arena_init(&d->arena, 65536);
    if (options != NULL) {
        d->o = *options;
    }
    d->outlet.ops = &outlet_ops;
    wr_clock_manual_init(&d->clock, d->o.wall_ms);
    d->metrics = wr_metrics_new();
    wr_stats_init(&d->stats, d->metrics, "driver");
    take_settings(d, application_id);
    enum weir_code code = make_plan(d, graph, err);
    if (code == WEIR_OK) {
        code = open_task(d, err);
    }
    if (code != WEIR_OK) {
        wr_driver_free(d);
        return code;
    }
    *out = d;
    return WEIR_OK;
}

void wr_driver_free(struct wr_driver *d)
{
    if (d == NULL) {
        return;
    }
    if (d->task != NULL) {
        wr_task_stop(d->task);
        if (d->task->state != NULL) {
            wr_task_state_close(d->task->state, false);
            d->task->state = NULL;
        }
        wr_task_free(d->task);
    }
    wr_plan_free(d->plan);
    for (size_t i = 0; i < d->topics.count; i++) {
        struct topic *t = d->topics.entries[i].value;
        wr_ptrs_free(&t->records);
        wr_free(t->name);
        wr_free(t);
    }
    wr_strmap_free(&d->topics);
    wr_ptrs_free(&d->outputs);
    wr_metrics_free(d->metrics);
    wr_arena_free(&d->arena);
    wr_free(d);
}

/* ---- work ------------------------------------------------------------------------------------ */

static void show_all(struct wr_driver *d)
{
    for (size_t i = 0; i < d->topics.count; i++) {
        struct topic *t = d->topics.entries[i].value;
        t->visible = t->records.count;
    }
    d->committed_outputs = d->outputs.count;
}

static enum weir_code commit(struct wr_driver *d)
{
    if (!wr_task_has_work(d->task)) {
        return WEIR_OK;
    }
    enum weir_code code = wr_task_prepare(d->task);
    if (code == WEIR_OK) {
        code = wr_task_committed(d->task, d->clock.mono);
    }
    if (code == WEIR_OK) {
        show_all(d);
    }
    return code;
}

void wr_driver_abort(struct wr_driver *d)
{
    wr_task_aborted(d->task);
    for (size_t i = 0; i < d->task->in.count; i++) {
        const struct wr_input *in = &d->task->in.inputs[i];
        topic_of(d, in->plan->name)->taken = (size_t)in->committed;
    }
    for (size_t i = 0; i < d->topics.count; i++) {
        struct topic *t = d->topics.entries[i].value;
        t->records.count = t->visible;
        t->read = wr_min_size(t->read, t->visible);
    }
    d->outputs.count = d->committed_outputs;
}

static enum weir_code fail_task(struct wr_driver *d, struct weir_error *err)
{
    struct weir_error why = d->task->error;
    wr_driver_abort(d);
    if (d->task->letter_due) { /* in a transaction of its own, as an instance does it */
        struct weir_error unused;
        enum weir_code code =
            wr_dead_letter_send(&d->task->collector, d->settings.dead_letter_topic,
                                &d->task->letter, &d->arena, &unused);
        wr_assert(code == WEIR_OK);
        show_all(d);
    }
    return wr_fail_copy(err, &why);
}

/* Process everything that can be seen. */
static enum weir_code work(struct wr_driver *d, struct weir_error *err)
{
    for (;;) {
        bool made = false;
        enum weir_code code = wr_task_run(d->task, d->clock.mono, &made);
        if (code == WEIR_OK && !made && !wr_task_has_work(d->task)) {
            return WEIR_OK;
        }
        if (code == WEIR_OK && (!d->o.commit_on_request || d->task->host.commit_requested)) {
            code = commit(d);
        }
        if (code != WEIR_OK) {
            d->task->error.code = code;
            return fail_task(d, err);
        }
        if (!made && d->o.commit_on_request) {
            return WEIR_OK;
        }
    }
}

enum weir_code wr_driver_pipe(struct wr_driver *d, const char *topic,
                              const struct weir_record *record, struct weir_error *err)
{
    struct topic *t = wr_strmap_get(&d->topics, topic);
    if (t == NULL || t->feed.ops == NULL) {
        return wr_fail(err, WEIR_ENOTOPIC, "topic \"%s\" is not an input of the topology", topic);
    }
    if (t->visible < t->records.count) {
        return wr_fail(err, WEIR_ESTATE,
                       "topic \"%s\" has records of the open transaction: commit before more is "
                       "piped to it",
                       topic);
    }
    append(t, copy_record(d, record));
    t->visible = t->records.count;
    return work(d, err);
}

enum weir_code wr_driver_commit(struct wr_driver *d, struct weir_error *err)
{
    enum weir_code code = commit(d);
    if (code != WEIR_OK) {
        d->task->error.code = code;
        return fail_task(d, err);
    }
    return work(d, err);
}

enum weir_code wr_driver_advance(struct wr_driver *d, int64_t ms, struct weir_error *err)
{
    wr_clock_manual_advance(&d->clock, ms);
    return work(d, err);
}

/* ---- looking --------------------------------------------------------------------------------- */

size_t wr_driver_output_count(const struct wr_driver *d)
{
    return d->outputs.count;
}

const struct wr_driver_output *wr_driver_output(const struct wr_driver *d, size_t i)
{
    return d->outputs.items[i];
}

const struct weir_record *wr_driver_read(struct wr_driver *d, const char *topic)
{
    struct topic *t = wr_strmap_get(&d->topics, topic);
    return t != NULL && t->read < t->records.count ? t->records.items[t->read++] : NULL;
}

weir_kv *wr_driver_store(struct wr_driver *d, const char *name)
{
    return wr_task_state_find(d->task->state, name);
}

int64_t wr_driver_dropped(const struct wr_driver *d)
{
    return wr_metric_get(d->stats.dropped);
}

char *wr_driver_committed(const struct wr_driver *d, const char *topic)
{
    for (size_t i = 0; i < d->task->in.count; i++) {
        const struct wr_input *in = &d->task->in.inputs[i];
        if (strcmp(in->plan->name, topic) == 0 && in->committed > 0) {
            struct wr_buf text = {0};
            wr_input_metadata(in, &text);
            return wr_buf_steal(&text);
        }
    }
    return NULL;
}
