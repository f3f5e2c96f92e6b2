/* driver.c -- tasks on topics in memory. See driver.h for the invariants. */
#include "src/base/base.h"

#include <stdio.h>
#include <string.h>

#include "src/base/err.h"
#include "src/base/mem.h"
#include "testkit/driver.h"

/* So many runs of one call mean that the topology feeds itself and never comes to rest. */
enum { RUNS_MAX = 1 << 18 };

/* ---- topics ---------------------------------------------------------------------------------- */

struct wr_driver_topic *wr_driver_find(const struct weir_test *t, const char *name)
{
    return wr_strmap_get(&t->topics, name);
}

static struct wr_driver_topic *add_topic(struct weir_test *t, const char *name)
{
    struct wr_driver_topic *topic = WR_NEW(struct wr_driver_topic);
    topic->name = wr_strdup(name);
    topic->parts = wr_calloc((size_t)t->partitions, sizeof *topic->parts);
    for (int32_t p = 0; p < t->partitions; p++) {
        topic->parts[p].told_end = SIZE_MAX;
    }
    wr_strmap_put(&t->topics, name, topic);
    return topic;
}

static void free_topic(struct weir_test *t, struct wr_driver_topic *topic)
{
    for (int32_t p = 0; p < t->partitions; p++) {
        wr_ptrs_free(&topic->parts[p].log);
    }
    wr_ptrs_free(&topic->outputs);
    wr_free(topic->parts);
    wr_free(topic->name);
    wr_free(topic);
}

/* The sink that chooses its topics by a function; NULL: none does. */
static const struct wr_gsink *computed_sink(const struct wr_graph *g)
{
    for (size_t i = 0; i < g->nodes.count; i++) {
        const struct wr_gnode *n = g->nodes.items[i];
        if (n->kind == WR_GNODE_SINK && n->sink->topic == NULL) {
            return n->sink;
        }
    }
    return NULL;
}

/* A topic that the topology names gets the codecs of whoever reads or writes it. */
static void add_named_topics(struct weir_test *t)
{
    const struct wr_graph *g = &t->topology->graph;
    for (size_t i = 0; i < g->topics.count; i++) {
        const struct wr_gtopic *gt = g->topics.entries[i].value;
        struct wr_driver_topic *topic =
            add_topic(t, wr_topic_name(&t->arena, t->settings.application_id, gt));
        topic->internal = gt->internal;
        if (gt->sources.count != 0) {
            const struct wr_gnode *source = gt->sources.items[0];
            topic->key = source->source->key;
            topic->value = source->source->value;
        } else if (gt->sinks.count != 0) {
            const struct wr_gnode *sink = gt->sinks.items[0];
            topic->key = sink->sink->key;
            topic->value = sink->sink->value;
        }
    }
}

static void add_changelogs(struct weir_test *t)
{
    const struct wr_task *task = t->tasks[0];
    for (size_t i = 0; i < task->store_count; i++) {
        const struct wr_plan_store *s = task->stores[i].plan;
        if (s->changelog != NULL && s->source == NULL) {
            struct wr_driver_topic *topic = add_topic(t, s->changelog);
            topic->internal = true;
            topic->key = s->store->key;
            topic->value = s->store->value;
        }
    }
}

static struct weir_record *copy_record(struct weir_test *t, const struct weir_record *r)
{
    struct weir_record *copy = wr_arena_dup(&t->arena, r, sizeof *r);
    copy->key = wr_arena_bytes(&t->arena, r->key);
    copy->value = wr_arena_bytes(&t->arena, r->value);
    if (r->headers.count != 0) {
        struct weir_header *items =
            wr_arena_dup(&t->arena, r->headers.items, r->headers.count * sizeof *items);
        for (size_t i = 0; i < r->headers.count; i++) {
            items[i].name = wr_arena_bytes(&t->arena, items[i].name);
            items[i].value = wr_arena_bytes(&t->arena, items[i].value);
        }
        copy->headers.items = items;
    }
    return copy;
}

/* Behind the last record of its partition. */
static struct weir_record *append(struct weir_test *t, struct wr_driver_topic *topic,
                                  const struct weir_record *r)
{
    struct weir_record *copy = copy_record(t, r);
    struct wr_driver_part *p = &topic->parts[r->partition];
    copy->topic = topic->name;
    copy->offset = (int64_t)p->end++;
    if (p->feed.ops != NULL) {
        wr_ptrs_push(&p->log, copy);
    }
    return copy;
}

void wr_driver_append(struct weir_test *t, struct wr_driver_topic *topic,
                      const struct weir_record *r)
{
    struct wr_driver_part *p = &topic->parts[r->partition];
    wr_assert(p->visible == p->end);
    append(t, topic, r);
    p->visible = p->end;
}

bool wr_driver_is_internal(const struct weir_test *t, const char *topic)
{
    const struct wr_driver_topic *found = wr_driver_find(t, topic);
    return found != NULL && found->internal;
}

/* ---- what the tasks read --------------------------------------------------------------------- */

static size_t feed_take(struct wr_feed *f, struct wr_message *out, size_t max)
{
    struct wr_driver_part *p = WR_CONTAINER_OF(f, struct wr_driver_part, feed);
    size_t n = 0;
    while (n < max && p->taken < p->visible) {
        const struct weir_record *r = p->log.items[p->taken++];
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
    /* An input that knows that it is caught up is not waited for, or no longer than
     * max.task.idle.ms. */
    if (n == 0 && p->told_end != p->taken) {
        p->told_end = p->taken;
        out[n++] = (struct wr_message){.kind = WR_MESSAGE_EOF, .offset = (int64_t)p->taken};
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

/* ---- what the tasks write -------------------------------------------------------------------- */

static struct weir_test *test_of(struct wr_outlet *o)
{
    return WR_CONTAINER_OF(o, struct weir_test, outlet);
}

static struct wr_target *outlet_target(struct wr_outlet *o, enum wr_target_kind kind,
                                       const char *name)
{
    WR_UNUSED(kind);
    struct weir_test *t = test_of(o);
    struct wr_driver_topic *topic = wr_driver_find(t, name);
    if (topic == NULL) { /* dead letters, or named by a function */
        const char *letters = t->settings.dead_letter_topic;
        const struct wr_gsink *sink = computed_sink(&t->topology->graph);
        topic = add_topic(t, name);
        if (sink != NULL && (letters == NULL || strcmp(letters, name) != 0)) {
            topic->key = sink->key;
            topic->value = sink->value;
        }
    }
    return (struct wr_target *)topic;
}

static enum weir_code outlet_partitions(struct wr_outlet *o, struct wr_target *target,
                                        int32_t *count, struct weir_error *err)
{
    WR_UNUSED(target);
    WR_UNUSED(err);
    *count = test_of(o)->partitions;
    return WEIR_OK;
}

/* Outputs outside of transactions are there at once; their topics have no other records. */
static void show_one(struct weir_test *t, struct wr_driver_topic *topic, struct weir_record *record)
{
    struct wr_driver_part *p = &topic->parts[record->partition];
    p->visible = p->end;
    topic->committed = topic->outputs.count;
    wr_ptrs_insert(&t->outputs, t->committed, record);
    t->committed++;
}

static enum weir_code outlet_send(struct wr_outlet *o, const struct wr_shipment *s,
                                  struct weir_error *err)
{
    WR_UNUSED(err);
    struct weir_test *t = test_of(o);
    struct wr_driver_topic *topic = (struct wr_driver_topic *)s->target;
    struct weir_record r = {
        .key = s->key,
        .value = s->value,
        .time = s->time,
        .headers = s->headers,
        .partition = s->partition,
    };
    struct weir_record *copy = append(t, topic, &r);
    wr_ptrs_push(&topic->outputs, copy);
    if (s->delivery == NULL && t->settings.at_least_once) {
        show_one(t, topic, copy);
        return WEIR_OK;
    }
    wr_ptrs_push(&t->outputs, copy);
    if (s->delivery != NULL) {
        s->delivery->next = copy->offset + 1;
    }
    return WEIR_OK;
}

static const struct wr_outlet_ops outlet_ops = {outlet_target, outlet_partitions, outlet_send};

/* ---- life ------------------------------------------------------------------------------------ */

/* All topics have the same number of partitions, whatever the application asked for: so every task
 * reads one partition of each. */
static enum weir_code make_plan(struct weir_test *t, struct weir_error *err)
{
    struct wr_strmap counts = {0};
    const struct wr_strmap *topics = &t->topology->graph.topics;
    for (size_t i = 0; i < topics->count; i++) {
        wr_strmap_put(&counts, topics->entries[i].name, (void *)(intptr_t)t->partitions);
    }
    enum weir_code code =
        wr_plan_make(&t->plan, &t->topology->graph, t->settings.application_id, &counts, err);
    wr_strmap_free(&counts);
    return code;
}

static const char *no_topic_id(void *arg, const char *topic)
{
    WR_UNUSED(arg);
    WR_UNUSED(topic);
    return "";
}

static enum weir_code open_state(struct weir_test *t, struct wr_task *task, struct weir_error *err)
{
    struct wr_store_spec *specs = wr_calloc(task->store_count, sizeof *specs);
    wr_task_store_specs(task, specs, no_topic_id, NULL);
    struct wr_task_state_options o = {
        .task_id = task->id,
        .identity = "driver",
        .stores = specs,
        .store_count = task->store_count,
        .cache_bytes = t->settings.cache_bytes / (size_t)t->partitions,
    };
    enum wr_quarantine_reason reason = WR_QUARANTINE_NONE;
    enum weir_code code = wr_task_state_open(&task->state, &o, &reason, NULL, err);
    wr_free(specs);
    return code;
}

static void make_task(struct weir_test *t, int32_t partition)
{
    char id[WR_TASK_ID_MAX];
    snprintf(id, sizeof id, "0_%d", (int)partition);
    struct wr_task_options o = {
        .plan = t->plan,
        .sub_from = 0,
        .sub_to = t->plan->sub_count,
        .partition = partition,
        .number = partition,
        .id = id,
        .settings = &t->settings,
        .clock = &t->clock.clock,
        .stats = &t->stats,
    };
    struct wr_task *task = wr_task_new(&o);
    task->in.run_max = t->commit_on_request ? WR_RUN_MAX : 1;
    t->tasks[partition] = task;
}

static void give_feeds(struct weir_test *t, struct wr_task *task, int32_t partition)
{
    for (size_t i = 0; i < task->in.count; i++) {
        struct wr_input *in = &task->in.inputs[i];
        struct wr_driver_part *p = &wr_driver_find(t, in->plan->name)->parts[partition];
        p->feed.ops = &feed_ops;
        in->feed = &p->feed;
    }
}

enum weir_code wr_driver_open(struct weir_test *t, struct weir_error *err)
{
    t->outlet.ops = &outlet_ops;
    t->metrics = wr_metrics_new();
    wr_stats_init(&t->stats, t->metrics, "driver");
    t->tasks = wr_calloc((size_t)t->partitions, sizeof(struct wr_task *));
    enum weir_code code = make_plan(t, err);
    for (int32_t p = 0; p < t->partitions && code == WEIR_OK; p++) {
        make_task(t, p);
        code = open_state(t, t->tasks[p], err);
    }
    if (code != WEIR_OK) {
        return code;
    }
    add_named_topics(t);
    add_changelogs(t);
    for (int32_t p = 0; p < t->partitions; p++) {
        give_feeds(t, t->tasks[p], p);
        if (wr_task_start(t->tasks[p], &t->outlet) != WEIR_OK) {
            return wr_fail_copy(err, &t->tasks[p]->error);
        }
    }
    return WEIR_OK;
}

static void close_task(struct wr_task *task)
{
    if (task != NULL) {
        wr_task_stop(task);
        wr_task_state_close(task->state, false);
        task->state = NULL;
        wr_task_free(task);
    }
}

void wr_driver_close(struct weir_test *t)
{
    for (int32_t p = 0; t->tasks != NULL && p < t->partitions; p++) {
        close_task(t->tasks[p]);
    }
    wr_free(t->tasks);
    wr_plan_free(t->plan);
    for (size_t i = 0; i < t->topics.count; i++) {
        free_topic(t, t->topics.entries[i].value);
    }
    wr_strmap_free(&t->topics);
    wr_ptrs_free(&t->outputs);
    if (t->metrics != NULL) {
        wr_metrics_free(t->metrics);
    }
}

/* ---- transactions ---------------------------------------------------------------------------- */

static void show_all(struct weir_test *t)
{
    for (size_t i = 0; i < t->topics.count; i++) {
        struct wr_driver_topic *topic = t->topics.entries[i].value;
        topic->committed = topic->outputs.count;
        for (int32_t p = 0; p < t->partitions; p++) {
            topic->parts[p].visible = topic->parts[p].end;
        }
    }
    t->committed = t->outputs.count;
}

/* The tasks of a thread are in one transaction. *bad is the task that failed. */
static enum weir_code commit(struct weir_test *t, struct wr_task **bad)
{
    enum weir_code code = WEIR_OK;
    for (int32_t p = 0; p < t->partitions && code == WEIR_OK; p++) {
        *bad = t->tasks[p];
        code = wr_task_has_work(*bad) ? wr_task_prepare(*bad) : WEIR_OK;
    }
    for (int32_t p = 0; p < t->partitions && code == WEIR_OK; p++) {
        *bad = t->tasks[p];
        code = wr_task_has_work(*bad) ? wr_task_committed(*bad, t->clock.mono) : WEIR_OK;
    }
    if (code == WEIR_OK) {
        show_all(t);
    }
    return code;
}

static void take_back(struct wr_driver_part *p)
{
    p->end = p->visible;
    p->log.count = wr_min_size(p->log.count, p->end);
    p->told_end = SIZE_MAX;
}

void wr_driver_abort(struct weir_test *t)
{
    for (int32_t p = 0; p < t->partitions; p++) {
        struct wr_task *task = t->tasks[p];
        wr_task_aborted(task);
        for (size_t i = 0; i < task->in.count; i++) {
            const struct wr_input *in = &task->in.inputs[i];
            WR_CONTAINER_OF(in->feed, struct wr_driver_part, feed)->taken = (size_t)in->committed;
        }
    }
    for (size_t i = 0; i < t->topics.count; i++) {
        struct wr_driver_topic *topic = t->topics.entries[i].value;
        topic->outputs.count = topic->committed;
        for (int32_t p = 0; p < t->partitions; p++) {
            take_back(&topic->parts[p]);
        }
    }
    t->outputs.count = t->committed;
}

static enum weir_code fail(struct weir_test *t, struct wr_task *bad, enum weir_code code,
                           struct weir_error *err)
{
    t->failed = true;
    t->failure = bad->error;
    t->failure.code = code;
    wr_driver_abort(t);
    if (bad->letter_due) { /* in a transaction of its own, as an instance does it */
        struct weir_error unused;
        code = wr_dead_letter_send(&bad->collector, t->settings.dead_letter_topic, &bad->letter,
                                   &t->arena, &unused);
        wr_assert(code == WEIR_OK);
        show_all(t);
    }
    return wr_fail_copy(err, &t->failure);
}

static bool has_work(const struct weir_test *t)
{
    for (int32_t p = 0; p < t->partitions; p++) {
        if (wr_task_has_work(t->tasks[p])) {
            return true;
        }
    }
    return false;
}

/* ---- work ------------------------------------------------------------------------------------ */

/* One run of each task, committed where it has to be. *made is false if there was nothing to do. */
static enum weir_code work_once(struct weir_test *t, bool *made, struct wr_task **bad)
{
    *made = false;
    for (int32_t p = 0; p < t->partitions; p++) {
        bool one = false;
        struct wr_task *task = *bad = t->tasks[p];
        enum weir_code code = wr_task_run(task, t->clock.mono, &one);
        bool due = t->commit_on_request ? task->host.commit_requested : wr_task_has_work(task);
        if (code == WEIR_OK && due) {
            code = commit(t, bad);
        }
        if (code != WEIR_OK) {
            return code;
        }
        *made |= one || due;
    }
    return WEIR_OK;
}

enum weir_code wr_driver_work(struct weir_test *t, struct weir_error *err)
{
    bool made = true;
    for (size_t runs = 0; made; runs++) {
        struct wr_task *bad = NULL;
        enum weir_code code = work_once(t, &made, &bad);
        if (code == WEIR_OK && runs == RUNS_MAX) {
            code = wr_fail(&bad->error, WEIR_ESTATE,
                           "no rest after %d runs of records: the topology writes to topics that "
                           "it reads; change it so that such a circle ends",
                           RUNS_MAX);
        }
        if (code != WEIR_OK) {
            return fail(t, bad, code, err);
        }
    }
    return WEIR_OK;
}

enum weir_code wr_driver_commit(struct weir_test *t, struct weir_error *err)
{
    struct wr_task *bad = NULL;
    enum weir_code code = wr_driver_work(t, err); /* an abort may have left something to do again */
    if (code != WEIR_OK || !has_work(t)) {
        return code;
    }
    code = commit(t, &bad);
    return code == WEIR_OK ? wr_driver_work(t, err) : fail(t, bad, code, err);
}

const char *wr_driver_metadata(struct weir_test *t, const char *topic)
{
    for (size_t i = 0; i < t->tasks[0]->in.count; i++) {
        const struct wr_input *in = &t->tasks[0]->in.inputs[i];
        if (strcmp(in->plan->name, topic) == 0 && in->committed > 0) {
            struct wr_buf text = {0};
            wr_input_metadata(in, &text);
            const char *kept = wr_arena_strdup(&t->arena, wr_buf_cstr(&text));
            wr_buf_free(&text);
            return kept;
        }
    }
    return NULL;
}
