/* graph.c -- adding nodes, topics and stores to a topology, and the checks that each allows.
 *
 * Thread: the one that builds. */
#include "src/base/base.h"

#include "src/base/mem.h"
#include "topology/graph/graph.h"

void wr_graph_init(struct wr_graph *g, struct wr_arena *arena, struct wr_findings *findings)
{
    *g = (struct wr_graph){.arena = arena, .findings = findings};
}

static void free_node(struct wr_gnode *n)
{
    wr_ptrs_free(&n->parents);
    wr_ptrs_free(&n->children);
    wr_ptrs_free(&n->stores);
    if (n->source != NULL) {
        wr_ptrs_free(&n->source->topics);
    }
}

void wr_graph_free(struct wr_graph *g)
{
    for (size_t i = 0; i < g->nodes.count; i++) {
        free_node(g->nodes.items[i]);
    }
    for (size_t i = 0; i < g->topics.count; i++) {
        struct wr_gtopic *t = g->topics.entries[i].value;
        wr_ptrs_free(&t->sources);
        wr_ptrs_free(&t->sinks);
    }
    for (size_t i = 0; i < g->stores.count; i++) {
        wr_ptrs_free(&((struct wr_gstore *)g->stores.items[i])->nodes);
    }
    for (size_t i = 0; i < g->subtopologies.count; i++) {
        struct wr_subtopology *s = g->subtopologies.items[i];
        wr_ptrs_free(&s->nodes);
        wr_ptrs_free(&s->inputs);
        wr_ptrs_free(&s->stores);
    }
    wr_ptrs_free(&g->nodes);
    wr_ptrs_free(&g->stores);
    wr_ptrs_free(&g->subtopologies);
    wr_strmap_free(&g->node_names);
    wr_strmap_free(&g->store_names);
    wr_strmap_free(&g->topics);
}

struct wr_gnode *wr_graph_node(const struct wr_graph *g, const char *name)
{
    return wr_strmap_get(&g->node_names, name);
}

struct wr_gstore *wr_graph_store(const struct wr_graph *g, const char *name)
{
    return wr_strmap_get(&g->store_names, name);
}

const char *wr_store_type_name(enum weir_store_type type)
{
    return type == WEIR_STORE_KV ? "kv" : "timestamped-kv";
}

static struct wr_gnode *add_node(struct wr_graph *g, enum wr_gnode_kind kind, const char *name,
                                 const struct wr_op *op)
{
    wr_assert(!g->finished);
    struct wr_gnode *n = WR_ARENA_NEW(g->arena, struct wr_gnode);
    n->graph = g;
    n->kind = kind;
    n->name = wr_arena_strdup(g->arena, name != NULL ? name : "");
    n->index = g->nodes.count;
    n->op = op;
    wr_ptrs_push(&g->nodes, n);
    if (!wr_check_name(g->findings, "node", name)) {
        return n;
    }
    if (wr_strmap_has(&g->node_names, name)) {
        wr_finding(g->findings,
                   "node \"%s\": two nodes have this name, which messages, metrics and forwards "
                   "use to tell nodes apart; rename one of them",
                   name);
        return n;
    }
    wr_strmap_put(&g->node_names, name, n);
    return n;
}

static struct wr_gtopic *find_topic(struct wr_graph *g, const char *name)
{
    struct wr_gtopic *t = wr_strmap_get(&g->topics, name);
    if (t == NULL) {
        t = WR_ARENA_NEW(g->arena, struct wr_gtopic);
        t->name = wr_arena_strdup(g->arena, name);
        wr_strmap_put(&g->topics, name, t);
    }
    return t;
}

static void add_input(struct wr_graph *g, struct wr_gnode *n, const char *name)
{
    if (!wr_check_name(g->findings, "topic", name)) {
        return;
    }
    struct wr_gtopic *t = find_topic(g, name);
    if (wr_ptrs_has(&t->sources, n)) {
        return;
    }
    if (t->sources.count > 0) {
        const struct wr_gnode *other = t->sources.items[0];
        wr_finding(g->findings,
                   "topic \"%s\": it is read by source \"%s\" and by source \"%s\", and a topic "
                   "can have one position only; read it once and use the result twice",
                   name, other->name, n->name);
        return;
    }
    wr_ptrs_push(&t->sources, n);
    wr_ptrs_push(&n->source->topics, t);
}

struct wr_gnode *wr_graph_add_source(struct wr_graph *g, const char *name, const struct wr_op *op,
                                     const char *const *topics, size_t count,
                                     const struct wr_gsource *source)
{
    struct wr_gnode *n = add_node(g, WR_GNODE_SOURCE, name, op);
    n->source = wr_arena_dup(g->arena, source, sizeof *source);
    n->source->topics = (struct wr_ptrs){0};
    for (size_t i = 0; i < count; i++) {
        add_input(g, n, topics[i]);
    }
    if (count == 0) {
        wr_finding(g->findings, "source \"%s\": it reads no topic; name at least one", n->name);
    }
    return n;
}

struct wr_gnode *wr_graph_add_processor(struct wr_graph *g, const char *name,
                                        const struct wr_op *op, const void *config)
{
    struct wr_gnode *n = add_node(g, WR_GNODE_PROCESSOR, name, op);
    n->config = config;
    return n;
}

/* Inside the application an internal topic has the name of its operator, which an outside topic may
 * have too; its records would end up in the internal one. */
static void refuse_outside_sink(struct wr_graph *g, const struct wr_gtopic *t)
{
    wr_finding(
        g->findings,
        "topic \"%s\": it is an internal topic that a repartition makes, and a sink writes to "
        "a topic of the same name; rename the repartition or group",
        t->name);
}

struct wr_gnode *wr_graph_add_sink(struct wr_graph *g, const char *name, const struct wr_op *op,
                                   const char *topic, const struct wr_gsink *sink)
{
    struct wr_gnode *n = add_node(g, WR_GNODE_SINK, name, op);
    n->sink = wr_arena_dup(g->arena, sink, sizeof *sink);
    n->sink->topic = NULL;
    if (sink->topic_fn == NULL && wr_check_name(g->findings, "topic", topic)) {
        n->sink->topic = find_topic(g, topic);
        if (n->sink->topic->internal && n->sink->topic->sinks.count > 0) {
            refuse_outside_sink(g, n->sink->topic);
        }
        wr_ptrs_push(&n->sink->topic->sinks, n);
    }
    return n;
}

void wr_graph_add_edge(struct wr_graph *g, struct wr_gnode *parent, struct wr_gnode *child)
{
    wr_assert(parent->index < child->index);
    if (parent->kind == WR_GNODE_SINK) {
        wr_finding(g->findings,
                   "node \"%s\": its parent \"%s\" is a sink, from which nothing comes; read the "
                   "sink's topic, or connect it to the sink's parent",
                   child->name, parent->name);
        return;
    }
    if (!wr_ptrs_has(&child->parents, parent)) {
        wr_ptrs_push(&child->parents, parent);
        wr_ptrs_push(&parent->children, child);
    }
}

bool wr_gnode_is_above(const struct wr_gnode *a, const struct wr_gnode *b)
{
    if (a->index >= b->index) {
        return false;
    }
    /* leads[i]: node i leads to b. Parents come before children, so one sweep finds all. */
    bool *leads = wr_calloc(b->index + 1, sizeof *leads);
    leads[b->index] = true;
    for (size_t i = b->index; i > a->index; i--) {
        const struct wr_gnode *n = a->graph->nodes.items[i];
        for (size_t k = 0; leads[i] && k < n->parents.count; k++) {
            leads[((const struct wr_gnode *)n->parents.items[k])->index] = true;
        }
    }
    bool result = leads[a->index];
    wr_free(leads);
    return result;
}

struct wr_gstore *wr_graph_add_store(struct wr_graph *g, const struct wr_gstore *store)
{
    struct wr_gstore *s = wr_arena_dup(g->arena, store, sizeof *store);
    s->name = wr_arena_strdup(g->arena, store->name != NULL ? store->name : "");
    s->nodes = (struct wr_ptrs){0};
    wr_ptrs_push(&g->stores, s);
    if (!wr_check_name(g->findings, "store", store->name)) {
        return s;
    }
    if (wr_strmap_has(&g->store_names, s->name)) {
        wr_finding(g->findings,
                   "store \"%s\": two stores have this name, so they would share a changelog; "
                   "rename one of them",
                   s->name);
        return s;
    }
    wr_strmap_put(&g->store_names, s->name, s);
    return s;
}

void wr_graph_connect_store(struct wr_graph *g, struct wr_gnode *node, struct wr_gstore *store)
{
    if (node->kind != WR_GNODE_PROCESSOR) {
        wr_finding(g->findings,
                   "store \"%s\": it is connected to \"%s\", which is not a processor; connect it "
                   "to the processor that uses it",
                   store->name, node->name);
        return;
    }
    if (!wr_ptrs_has(&node->stores, store)) {
        wr_ptrs_push(&node->stores, store);
        wr_ptrs_push(&store->nodes, node);
    }
}

struct wr_gtopic *wr_graph_add_internal_topic(struct wr_graph *g, const char *name,
                                              int32_t partitions)
{
    const struct wr_gtopic *known = wr_strmap_get(&g->topics, name);
    if (known != NULL && known->internal) {
        wr_finding(g->findings,
                   "repartition topic \"%s\": two operators send records through it; give each of "
                   "them a name of its own",
                   name);
        return NULL;
    }
    struct wr_gtopic *t = find_topic(g, name);
    t->internal = true;
    t->partitions = partitions;
    return t;
}
