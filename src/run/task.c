/* task.c -- running one task. See task.h for its place and life. */
#include "src/base/base.h"

#include <stdio.h>
#include <string.h>

#include "src/base/broken.h"
#include "src/base/err.h"
#include "src/base/mem.h"
#include "src/run/task.h"
#include "state/changelog.h"

/* Skipped records are logged so often at the most; the metric counts them all. */
enum { SKIPS_LOGGED = 20, SKIPS_INTERVAL_MS = 10000 };

/* How far a build that breaks R5 is off: beyond the marker of the own transaction. */
enum { R5_OFF = 3 };

/* ---- what the nodes may ask for -------------------------------------------------------------- */

static struct wr_task *task_of(struct wr_host *h)
{
    return WR_CONTAINER_OF(h, struct wr_task, host);
}

static enum weir_code host_send(struct wr_host *h, struct wr_node *sink, const char *topic,
                                const struct weir_record *r)
{
    struct wr_task *t = task_of(h);
    t->touched = true;
    return wr_collector_send(&t->collector, sink, topic, r);
}

static void host_dropped(struct wr_host *h, struct wr_node *at, const char *reason)
{
    struct wr_task *t = task_of(h);
    WR_STATS_ADD(t->stats, dropped, 1);
    wr_log(WR_LOG_DEBUG, "record.dropped", WR_S("task", t->id), WR_S("node", at->spec->name),
           WR_S("reason", reason), WR_END);
}

static void host_unkeyed(struct wr_host *h, struct wr_node *at)
{
    struct wr_task *t = task_of(h);
    WR_STATS_ADD(t->stats, unkeyed, 1);
    wr_log(WR_LOG_DEBUG, "record.unkeyed", WR_S("task", t->id), WR_S("node", at->spec->name),
           WR_END);
}

static int64_t host_wall(struct wr_host *h)
{
    return task_of(h)->wall_ms;
}

void wr_task_letter_sent(struct wr_task *t, const struct wr_dead_record *d)
{
    t->dead = (struct wr_dead_record){0};
    for (size_t i = 0; d->topic != NULL && i < t->in.count; i++) {
        const struct wr_input *in = &t->in.inputs[i];
        if (strcmp(in->plan->name, d->topic) == 0 && in->partition == d->partition) {
            t->dead = (struct wr_dead_record){in->plan->name, d->partition, d->offset};
        }
    }
}

bool wr_task_has_letter(const struct wr_task *t, const struct weir_record *r)
{
    return t->dead.topic != NULL && strcmp(t->dead.topic, r->topic) == 0 &&
           t->dead.partition == r->partition && t->dead.offset == r->offset;
}

/* Judge a record that cannot be used: pass it over, or keep it as the reason to stop. */
static enum weir_code judge(struct wr_task *t, const char *node, const struct weir_record *r,
                            enum weir_code code, const char *reason)
{
    char where[WR_TASK_ID_MAX + 280];
    snprintf(where, sizeof where, "task %s, node %s", t->id, node);
    const char *topic = t->settings->dead_letter_topic;
    bool skip = wr_policy_of(t->settings, code) == WR_POLICY_SKIP;
    if (!skip && (topic == NULL || r == NULL)) {
        return code;
    }
    if (r != NULL) {
        wr_dead_letter_keep(&t->letter, r, code, reason, where);
    }
    if (!skip) {
        t->letter_due = true;
        return code;
    }
    WR_STATS_ADD(t->stats, dropped, 1);
    wr_log_limited(&t->skipped, WR_LOG_WARN, "record.skipped", WR_S("task", t->id),
                   WR_S("node", node), WR_S("topic", r != NULL ? r->topic : NULL),
                   WR_I("partition", r != NULL ? r->partition : -1),
                   WR_I("offset", r != NULL ? r->offset : -1), WR_S("code", weir_code_name(code)),
                   WR_S("reason", reason), WR_END);
    if (topic == NULL || r == NULL || wr_task_has_letter(t, r)) {
        return WEIR_OK;
    }
    t->touched = true;
    WR_STATS_ADD(t->stats, dead_letters, 1);
    return wr_dead_letter_send(&t->collector, topic, &t->letter, &t->arena, &t->error);
}

static enum weir_code host_bad_record(struct wr_host *h, struct wr_node *at, const struct wr_rec *r,
                                      enum weir_code code)
{
    WR_UNUSED(r); /* the dead letter is the source record, not what became of it on the way */
    const struct weir_record *source = h->current != NULL ? &h->current->record : NULL;
    return judge(task_of(h), at->spec->name, source, code, h->err->text);
}

static struct weir_kv *host_store(struct wr_host *h, const char *name)
{
    return wr_task_state_find(task_of(h)->state, name);
}

static const struct wr_host_ops host_ops = {
    .send = host_send,
    .bad_record = host_bad_record,
    .dropped = host_dropped,
    .unkeyed = host_unkeyed,
    .wall_ms = host_wall,
    .store = host_store,
};

static enum weir_code bad_head(struct wr_input_host *ih, struct wr_input *in,
                               const struct wr_rec *r, enum weir_code code, struct weir_error *why)
{
    struct wr_task *t = WR_CONTAINER_OF(ih, struct wr_task, judge);
    return judge(t, in->source->spec->name, &r->record, code, why->text);
}

/* ---- life ------------------------------------------------------------------------------------ */

static size_t count_inputs(const struct wr_task_options *o)
{
    size_t n = 0;
    for (size_t s = o->sub_from; s < o->sub_to; s++) {
        for (size_t i = 0; i < o->plan->subs[s].input_count; i++) {
            n += o->partition < o->plan->subs[s].inputs[i].partitions;
        }
    }
    return n;
}

static void make_inputs(struct wr_task *t, int32_t partition)
{
    size_t n = 0;
    for (size_t s = t->sub_from; s < t->sub_to; s++) {
        const struct wr_plan_sub *sub = &t->plan->subs[s];
        for (size_t i = 0; i < sub->input_count; i++) {
            if (partition < sub->inputs[i].partitions) {
                t->in.inputs[n].plan = &sub->inputs[i];
                t->in.inputs[n++].partition = partition;
            }
        }
    }
}

static struct wr_input *input_of(struct wr_task *t, const struct wr_plan_input *plan)
{
    for (size_t i = 0; i < t->in.count; i++) {
        if (t->in.inputs[i].plan == plan) {
            return &t->in.inputs[i];
        }
    }
    return NULL;
}

static void make_stores(struct wr_task *t, int32_t partition)
{
    for (size_t s = t->sub_from; s < t->sub_to; s++) {
        t->store_count += t->plan->subs[s].store_count;
    }
    t->stores = wr_calloc(t->store_count, sizeof *t->stores);
    size_t n = 0;
    for (size_t s = t->sub_from; s < t->sub_to; s++) {
        const struct wr_plan_sub *sub = &t->plan->subs[s];
        for (size_t i = 0; i < sub->store_count; i++) {
            struct wr_task_store *store = &t->stores[n++];
            store->plan = &sub->stores[i];
            store->partition = partition;
            store->source = store->plan->source != NULL ? input_of(t, store->plan->source) : NULL;
        }
    }
}

struct wr_task *wr_task_new(const struct wr_task_options *o)
{
    struct wr_task *t = WR_NEW(struct wr_task);
    t->plan = o->plan;
    t->sub = &o->plan->subs[o->sub_from];
    t->sub_from = o->sub_from;
    t->sub_to = o->sub_to;
    t->number = o->number;
    snprintf(t->id, sizeof t->id, "%s", o->id);
    t->settings = o->settings;
    t->clock = o->clock;
    t->stats = o->stats;
    t->judge.bad_head = bad_head;
    t->skipped = (struct wr_log_limit)WR_LOG_LIMIT_INIT(SKIPS_LOGGED, SKIPS_INTERVAL_MS);
    wr_arena_init(&t->arena, 16384);
    wr_task_input_init(&t->in, count_inputs(o), &t->host, &t->judge, o->settings->max_task_idle_ms);
    make_inputs(t, o->partition);
    make_stores(t, o->partition);
    t->host = (struct wr_host){
        .ops = &host_ops,
        .application_id = o->settings->application_id,
        .task_id = t->id,
        .arena = &t->arena,
        .stream_time = -1,
        .emit_at_commit = o->settings->emit_at_commit,
        .err = &t->error,
    };
    return t;
}

void wr_task_free(struct wr_task *t)
{
    if (t == NULL) {
        return;
    }
    wr_task_stop(t);
    wr_assert(t->state == NULL);
    wr_dead_letter_free(&t->letter);
    wr_task_input_free(&t->in);
    wr_free(t->stores);
    wr_arena_free(&t->arena);
    wr_free(t);
}

void wr_task_store_specs(const struct wr_task *t, struct wr_store_spec *spec,
                         const char *(*topic_id)(void *arg, const char *topic), void *arg)
{
    for (size_t i = 0; i < t->store_count; i++) {
        const struct wr_plan_store *p = t->stores[i].plan;
        spec[i] = (struct wr_store_spec){
            .name = p->store->name,
            .timestamped = p->store->type == WEIR_STORE_TIMESTAMPED_KV,
            .memory = p->store->memory,
            .changelog = p->changelog,
            .changelog_id = p->changelog != NULL ? topic_id(arg, p->changelog) : "",
        };
    }
}

enum weir_code wr_task_start(struct wr_task *t, struct wr_outlet *outlet)
{
    wr_assert(!t->started && t->state != NULL);
    t->outlet = outlet;
    wr_error_clear(&t->error);
    wr_collector_init(&t->collector, t->settings->application_id, outlet);
    t->started = true;
    t->wall_ms = wr_wall_ms(t->clock);
    t->host.stream_time = wr_task_input_stream_time(&t->in);
    enum weir_code code =
        wr_nodes_open(&t->nodes, t->plan->graph, (int)t->sub_from, (int)t->sub_to, &t->host);
    if (code != WEIR_OK) {
        wr_task_stop(t);
        return code;
    }
    for (size_t i = 0; i < t->in.count; i++) {
        t->in.inputs[i].source = wr_nodes_find(&t->nodes, t->in.inputs[i].plan->source);
    }
    wr_task_retarget(t);
    return WEIR_OK;
}

void wr_task_retarget(struct wr_task *t)
{
    wr_collector_reset(&t->collector);
    for (size_t i = 0; i < t->store_count; i++) {
        struct wr_task_store *s = &t->stores[i];
        s->delivery.next = 0;
        if (s->plan->changelog != NULL && s->source == NULL) {
            s->target = t->outlet->ops->target(t->outlet, WR_TARGET_CHANGELOG, s->plan->changelog);
        }
    }
}

void wr_task_stop(struct wr_task *t)
{
    if (!t->started) {
        return;
    }
    wr_task_input_release(&t->in);
    wr_nodes_close(&t->nodes);
    wr_collector_free(&t->collector);
    t->started = false;
    t->outlet = NULL;
}

/* ---- records --------------------------------------------------------------------------------- */

/* Let the watchdog know which task is at work. */
static void set_busy(struct wr_task *t, bool busy)
{
    atomic_store_explicit(&t->stats->busy, busy ? &t->host : NULL, memory_order_relaxed);
}

static enum weir_code process_run(struct wr_task *t)
{
    struct wr_task_input *in = &t->in;
    enum weir_code code = WEIR_OK;
    for (size_t i = 0; i < in->run_len && code == WEIR_OK; i++) {
        struct wr_run_item *item = &in->run[i];
        t->host.current = &item->rec;
        t->host.stream_time = wr_max_i64(t->host.stream_time, item->rec.record.time);
        code = wr_node_process(item->input->source, &item->rec);
        if (WR_LIKELY(code == WEIR_OK)) {
            wr_task_input_done(in, item);
        }
    }
    t->host.current = NULL;
    return code;
}

/* A stateful first node may fetch what the whole run will need; for one record it is too late. */
static void prefetch_run(struct wr_task *t)
{
    struct wr_rec recs[WR_RUN_MAX];
    struct wr_node *source = t->in.run[0].input->source;
    if (t->in.run_len == 1 || t->in.count != 1 || source->child_count != 1 ||
        source->children[0]->op->prefetch == NULL) {
        return;
    }
    for (size_t i = 0; i < t->in.run_len; i++) {
        recs[i] = t->in.run[i].rec;
    }
    source->children[0]->op->prefetch(source->children[0], recs, t->in.run_len);
}

/* What can be done about a record that stops the application. */
static enum weir_code fail_by_policy(struct wr_task *t, enum weir_code code)
{
    if (weir_code_reaction(code) != WEIR_REACT_SKIP) {
        return code;
    }
    char what[WEIR_ERROR_TEXT_MAX];
    memcpy(what, t->error.text, sizeof what);
    const char *letters = t->settings->dead_letter_topic;
    return wr_fail(&t->error, code,
                   "%s; repair what writes such records or reads them, or pass them over with "
                   "%s=skip (%s%s)",
                   what, wr_policy_setting(code),
                   letters != NULL ? "copies go to topic "
                                   : "to keep copies of them name a topic "
                                     "in errors.dead.letter.queue.topic.name",
                   letters != NULL ? letters : "");
}

enum weir_code wr_task_run(struct wr_task *t, int64_t now_ms, bool *made)
{
    wr_arena_reset(&t->arena);
    wr_error_clear(&t->error);
    enum weir_code code = wr_task_input_next_run(&t->in, now_ms, made, &t->error);
    if (code != WEIR_OK || !*made) {
        return fail_by_policy(t, code);
    }
    t->wall_ms = wr_wall_ms(t->clock);
    t->touched = true;
    prefetch_run(t);
    set_busy(t, true);
    code = process_run(t);
    set_busy(t, false);
    WR_STATS_ADD(t->stats, records, (int64_t)t->in.run_done);
    WR_STATS_ADD(t->stats, enforced, (int64_t)wr_min_size(t->in.enforced, t->in.run_done));
    if (code != WEIR_OK) {
        const struct weir_record *r = &t->in.run[t->in.run_done].rec.record;
        wr_fail_prefix(&t->error, "task %s, node \"%s\", record \"%s\" partition %d offset %lld",
                       t->id, t->host.failed != NULL ? t->host.failed->spec->name : "?", r->topic,
                       (int)r->partition, (long long)r->offset);
    }
    return fail_by_policy(t, code);
}

bool wr_task_has_work(const struct wr_task *t)
{
    return t->touched || t->needs_claim || wr_task_input_moved(&t->in);
}

/* ---- the end of a transaction ---------------------------------------------------------------- */

/* Pass b: one changelog record for each touched key of a store. */
static enum weir_code write_changelog(struct wr_task *t, size_t i)
{
    struct wr_task_store *s = &t->stores[i];
    if (s->target == NULL) {
        return WEIR_OK;
    }
    struct weir_kv *kv = wr_task_state_store(t->state, i);
    struct wr_changelog_record r;
    size_t cursor = 0;
    int64_t n = 0;
    while (wr_changelog_next(kv, &cursor, &r)) {
        struct wr_shipment ship = {
            .target = s->target,
            .partition = s->partition,
            .key = r.key,
            .value = r.value,
            .time = r.time,
            .delivery = &s->delivery,
        };
        enum weir_code code = t->outlet->ops->send(t->outlet, &ship, &t->error);
        if (code != WEIR_OK) {
            wr_fail_prefix(&t->error, "task %s, changelog \"%s\"", t->id, s->plan->changelog);
            /* A row that cannot be logged cannot be restored: it must not be skipped. */
            return weir_code_reaction(code) == WEIR_REACT_SKIP ? WEIR_ESTATE : code;
        }
        n++;
    }
    WR_STATS_ADD(t->stats, sent, n);
    return WEIR_OK;
}

enum weir_code wr_task_prepare(struct wr_task *t)
{
    wr_assert(t->in.run_done == t->in.run_len);
    wr_arena_reset(&t->arena);
    wr_error_clear(&t->error);
    t->host.current = NULL;
    set_busy(t, true);
    enum weir_code code = wr_nodes_commit(&t->nodes);
    set_busy(t, false);
    if (code != WEIR_OK) {
        wr_fail_prefix(&t->error, "task %s, node \"%s\", at commit", t->id,
                       t->host.failed != NULL ? t->host.failed->spec->name : "?");
    }
    for (size_t i = 0; i < t->store_count && code == WEIR_OK; i++) {
        code = write_changelog(t, i);
    }
    WR_STATS_ADD(t->stats, sent, (int64_t)t->collector.sent);
    t->collector.sent = 0;
    t->host.commit_requested = false;
    return fail_by_policy(t, code);
}

enum weir_code wr_task_committed(struct wr_task *t, int64_t now_ms)
{
    int64_t positions[64];
    int64_t *p = t->store_count <= WR_ARRAY_LEN(positions)
                     ? positions
                     : wr_arena_alloc(&t->arena, t->store_count * sizeof *p);
    for (size_t i = 0; i < t->store_count; i++) {
        struct wr_task_store *s = &t->stores[i];
        p[i] = -1;
        if (s->source != NULL) {
            p[i] = s->source->position;
        } else if (s->delivery.next != 0) {
            p[i] = s->delivery.next; /* R5: own last delivered + 1 */
            p[i] += WR_BROKEN(R5) ? R5_OFF : 0;
        }
        s->delivery.next = 0;
    }
    wr_task_input_committed(&t->in);
    t->touched = t->needs_claim = false;
    t->last_commit_ms = now_ms;
    struct wr_buf inputs = {0};
    wr_task_input_write(&t->in, &inputs);
    enum weir_code code = wr_task_state_committed(t->state, p, wr_buf_view(&inputs), &t->error);
    wr_buf_free(&inputs);
    return code == WEIR_OK ? code : wr_fail_prefix(&t->error, "task %s", t->id);
}

void wr_task_aborted(struct wr_task *t)
{
    wr_task_input_aborted(&t->in);
    for (size_t i = 0; i < t->store_count; i++) {
        t->stores[i].delivery.next = 0;
    }
    wr_task_state_aborted(t->state);
    if (t->started) {
        wr_nodes_aborted(&t->nodes);
    }
    t->host.stream_time = wr_task_input_stream_time(&t->in);
    t->host.commit_requested = false;
    t->touched = false;
    t->collector.sent = 0;
}

void wr_task_check(const struct wr_task *t)
{
    for (size_t i = 0; i < t->in.count; i++) {
        const struct wr_input *in = &t->in.inputs[i];
        wr_assert(in->committed <= in->position && in->position <= in->next);
        wr_assert(in->batch_next <= in->batch_len && in->batch_len <= WR_RUN_MAX);
    }
}
