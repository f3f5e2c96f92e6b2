/* plan.c -- from a topology and partition counts to tasks, internal topics and identities. */
#include "src/base/base.h"

#include <stdio.h>
#include <string.h>

#include "src/base/buf.h"
#include "src/base/err.h"
#include "src/base/hash.h"
#include "src/base/mem.h"
#include "src/run/plan.h"
#include "topology/graph/identity.h"
#include "topology/graph/internal_topics.h"

static struct wr_subtopology *sub_at(const struct wr_graph *graph, size_t i)
{
    return graph->subtopologies.items[i];
}

static void external_topics(const struct wr_graph *graph, bool inputs, struct wr_ptrs *names)
{
    for (size_t i = 0; i < graph->topics.count; i++) {
        struct wr_gtopic *t = graph->topics.entries[i].value;
        if (!t->internal && (t->sources.count != 0) == inputs) {
            wr_ptrs_push(names, (void *)(uintptr_t)t->name);
        }
    }
}

void wr_plan_external_topics(const struct wr_graph *graph, struct wr_ptrs *names)
{
    external_topics(graph, true, names);
}

void wr_plan_output_topics(const struct wr_graph *graph, struct wr_ptrs *names)
{
    external_topics(graph, false, names);
}

/* ---- partition counts ------------------------------------------------------------------------ */

/* Counts by undecorated topic name; the value is the count itself. */
struct counting {
    const struct wr_graph *graph;
    struct wr_strmap counts;
};

static int32_t count_of(const struct counting *c, const struct wr_gtopic *t)
{
    return (int32_t)(intptr_t)wr_strmap_get(&c->counts, t->name);
}

/* Tasks of a sub-topology as far as the counts of its inputs are known; *complete says whether all
 * are. */
static int32_t tasks_of(const struct counting *c, const struct wr_subtopology *s, bool *complete)
{
    int32_t max = 0;
    *complete = true;
    for (size_t i = 0; i < s->inputs.count; i++) {
        int32_t n = count_of(c, s->inputs.items[i]);
        *complete &= n > 0;
        max = n > max ? n : max;
    }
    return max;
}

/* The count of one repartition topic from the sub-topologies that write it; 0 while not known. */
static int32_t derive(const struct counting *c, const struct wr_gtopic *t)
{
    if (t->partitions > 0) {
        return t->partitions;
    }
    int32_t max = 0;
    for (size_t i = 0; i < t->sinks.count; i++) {
        const struct wr_gnode *sink = t->sinks.items[i];
        bool complete = false;
        int32_t n = tasks_of(c, sub_at(c->graph, (size_t)sink->subtopology), &complete);
        if (!complete) {
            return 0;
        }
        max = n > max ? n : max;
    }
    return max;
}

/* Repartition topics depend on each other along the graph, which has no cycles: as many rounds as
 * there are topics are enough. */
static enum weir_code derive_all(struct counting *c, struct weir_error *err)
{
    const struct wr_strmap *topics = &c->graph->topics;
    const char *unknown = NULL;
    for (size_t round = 0; round <= topics->count; round++) {
        unknown = NULL;
        for (size_t i = 0; i < topics->count; i++) {
            const struct wr_gtopic *t = topics->entries[i].value;
            if (!t->internal || count_of(c, t) > 0) {
                continue;
            }
            int32_t n = derive(c, t);
            if (n > 0) {
                wr_strmap_put(&c->counts, t->name, (void *)(intptr_t)n);
            } else {
                unknown = t->name;
            }
        }
        if (unknown == NULL) {
            return WEIR_OK;
        }
    }
    return wr_fail(
        err, WEIR_EPARTITIONS,
        "repartition topic \"%s\" has no partition count: it depends on itself; give it a "
        "number of partitions",
        unknown);
}

/* ---- sub-topologies and tasks ---------------------------------------------------------------- */

static const struct wr_gnode *reader_of(const struct wr_subtopology *s, const struct wr_gtopic *t)
{
    for (size_t i = 0; i < t->sources.count; i++) {
        const struct wr_gnode *n = t->sources.items[i];
        if (n->subtopology == s->id) {
            return n;
        }
    }
    wr_never("an input without a source node");
}

static void plan_stores(struct wr_plan *p, struct wr_plan_sub *out)
{
    const struct wr_subtopology *s = out->sub;
    out->store_count = s->stores.count;
    out->stores = wr_arena_zalloc(&p->arena, s->stores.count * sizeof *out->stores);
    for (size_t i = 0; i < s->stores.count; i++) {
        const struct wr_gstore *store = s->stores.items[i];
        struct wr_plan_store *ps = &out->stores[i];
        ps->store = store;
        ps->changelog = wr_changelog_name(&p->arena, p->application_id, store);
        for (size_t k = 0; k < out->input_count && store->source_changelog != NULL; k++) {
            if (out->inputs[k].topic == store->source_changelog) {
                ps->source = &out->inputs[k];
            }
        }
    }
}

/* The identity covers the partition counts too: with another count keys live in other tasks. */
static void plan_identity(struct wr_plan *p, struct wr_plan_sub *out)
{
    struct wr_buf text = {0};
    wr_identity_text(out->sub, &text);
    wr_buf_str(&text, " partitions:");
    for (size_t i = 0; i < out->input_count; i++) {
        wr_buf_printf(&text, "%s%s=%d", i != 0 ? "," : "", out->inputs[i].topic->name,
                      (int)out->inputs[i].partitions);
    }
    unsigned char digest[16];
    wr_hash128(text.data, text.len, digest);
    for (size_t i = 0; i < sizeof digest; i++) {
        snprintf(out->identity + 2 * i, 3, "%02x", digest[i]);
    }
    out->identity_text = wr_arena_strdup(&p->arena, wr_buf_cstr(&text));
    wr_buf_free(&text);
}

static void plan_sub(struct wr_plan *p, struct wr_plan_sub *out, const struct counting *c,
                     const struct wr_subtopology *s)
{
    out->sub = s;
    out->input_count = s->inputs.count;
    out->inputs = wr_arena_zalloc(&p->arena, s->inputs.count * sizeof *out->inputs);
    for (size_t i = 0; i < s->inputs.count; i++) {
        const struct wr_gtopic *t = s->inputs.items[i];
        out->inputs[i] = (struct wr_plan_input){
            .topic = t,
            .source = reader_of(s, t),
            .name = wr_topic_name(&p->arena, p->application_id, t),
            .partitions = count_of(c, t),
        };
    }
    bool complete = false;
    out->task_count = tasks_of(c, s, &complete);
    wr_assert(complete);
    plan_stores(p, out);
    plan_identity(p, out);
}

static void plan_tasks(struct wr_plan *p)
{
    for (size_t i = 0; i < p->sub_count; i++) {
        p->task_count += (size_t)p->subs[i].task_count;
    }
    p->tasks = wr_arena_zalloc(&p->arena, p->task_count * sizeof *p->tasks);
    size_t n = 0;
    for (size_t i = 0; i < p->sub_count; i++) {
        for (int32_t k = 0; k < p->subs[i].task_count; k++, n++) {
            struct wr_plan_task *t = &p->tasks[n];
            t->sub = &p->subs[i];
            t->partition = k;
            snprintf(t->id, sizeof t->id, "%d_%d", p->subs[i].sub->id, (int)k);
        }
    }
}

/* ---- internal topics ------------------------------------------------------------------------- */

static struct wr_plan_topic *add_topic(struct wr_plan *p, enum wr_plan_topic_kind kind,
                                       const char *name, int32_t partitions)
{
    struct wr_plan_topic *t = &p->topics[p->topic_count++];
    *t = (struct wr_plan_topic){.kind = kind, .name = name, .partitions = partitions};
    return t;
}

static void plan_topics(struct wr_plan *p, const struct counting *c)
{
    const struct wr_graph *g = p->graph;
    p->topics =
        wr_arena_zalloc(&p->arena, (g->topics.count + g->stores.count + 1) * sizeof *p->topics);
    for (size_t i = 0; i < g->topics.count; i++) {
        const struct wr_gtopic *t = g->topics.entries[i].value;
        if (t->internal) {
            struct wr_plan_topic *pt =
                add_topic(p, WR_PLAN_REPARTITION, wr_topic_name(&p->arena, p->application_id, t),
                          count_of(c, t));
            pt->settings = wr_repartition_settings(&p->arena, t, &pt->setting_count);
        }
    }
    for (size_t i = 0; i < p->sub_count; i++) {
        const struct wr_plan_sub *s = &p->subs[i];
        for (size_t k = 0; k < s->store_count; k++) {
            const struct wr_plan_store *ps = &s->stores[k];
            if (ps->changelog != NULL && ps->source == NULL) {
                struct wr_plan_topic *pt =
                    add_topic(p, WR_PLAN_CHANGELOG, ps->changelog, s->task_count);
                pt->settings = wr_changelog_settings(&p->arena, ps->store, &pt->setting_count);
            }
        }
    }
    add_topic(p, WR_PLAN_TASKS, p->task_topic, (int32_t)p->task_count);
}

enum weir_code wr_plan_make(struct wr_plan **out, const struct wr_graph *graph,
                            const char *application_id, const struct wr_strmap *counts,
                            struct weir_error *err)
{
    *out = NULL;
    struct counting c = {.graph = graph};
    for (size_t i = 0; i < counts->count; i++) {
        wr_strmap_put(&c.counts, counts->entries[i].name, counts->entries[i].value);
    }
    enum weir_code code = derive_all(&c, err);
    if (code != WEIR_OK) {
        wr_strmap_free(&c.counts);
        return code;
    }
    struct wr_plan *p = WR_NEW(struct wr_plan);
    wr_arena_init(&p->arena, 4096);
    p->graph = graph;
    p->application_id = wr_arena_strdup(&p->arena, application_id);
    p->task_topic = wr_arena_printf(&p->arena, "%s-tasks", application_id);
    p->sub_count = graph->subtopologies.count;
    p->subs = wr_arena_zalloc(&p->arena, p->sub_count * sizeof *p->subs);
    for (size_t i = 0; i < p->sub_count; i++) {
        plan_sub(p, &p->subs[i], &c, sub_at(graph, i));
    }
    plan_tasks(p);
    plan_topics(p, &c);
    wr_strmap_free(&c.counts);
    *out = p;
    return WEIR_OK;
}

void wr_plan_free(struct wr_plan *p)
{
    if (p != NULL) {
        struct wr_arena arena = p->arena;
        wr_free(p);
        wr_arena_free(&arena);
    }
}

const struct wr_plan_task *wr_plan_find(const struct wr_plan *p, const char *id)
{
    for (size_t i = 0; i < p->task_count; i++) {
        if (strcmp(p->tasks[i].id, id) == 0) {
            return &p->tasks[i];
        }
    }
    return NULL;
}
