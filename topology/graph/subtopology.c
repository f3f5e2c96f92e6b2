/* subtopology.c -- finishing a graph: which nodes belong together, and the last checks.
 *
 * Nodes belong together if an edge or a store connects them. Numbers are given in the order in
 * which the first node of each was added: they are part of task names, which people and Kafka
 * Streams' tools know. Thread: the one that builds. */
#include "src/base/base.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "topology/graph/graph.h"
#include "topology/graph/internal_topics.h"

/* leader[i] <= i is another node of the set that node i is in, or i itself. */
static size_t find_set(const size_t *leader, size_t i)
{
    while (leader[i] != i) {
        i = leader[i];
    }
    return i;
}

/* The node that was added first leads its set, so that it is met first when numbers are given. */
static void unite(size_t *leader, const struct wr_gnode *a, const struct wr_gnode *b)
{
    size_t x = find_set(leader, a->index);
    size_t y = find_set(leader, b->index);
    leader[x > y ? x : y] = x > y ? y : x;
}

static void unite_all(const struct wr_graph *g, size_t *leader)
{
    for (size_t i = 0; i < g->nodes.count; i++) {
        leader[i] = i;
    }
    for (size_t i = 0; i < g->nodes.count; i++) {
        const struct wr_gnode *n = g->nodes.items[i];
        for (size_t k = 0; k < n->parents.count; k++) {
            unite(leader, n, n->parents.items[k]);
        }
    }
    for (size_t i = 0; i < g->stores.count; i++) {
        const struct wr_gstore *s = g->stores.items[i];
        for (size_t k = 1; k < s->nodes.count; k++) {
            unite(leader, s->nodes.items[0], s->nodes.items[k]);
        }
    }
}

static struct wr_subtopology *subtopology(struct wr_graph *g, int id)
{
    if ((size_t)id == g->subtopologies.count) {
        struct wr_subtopology *s = WR_ARENA_NEW(g->arena, struct wr_subtopology);
        s->id = id;
        wr_ptrs_push(&g->subtopologies, s);
    }
    return g->subtopologies.items[id];
}

static void number_nodes(struct wr_graph *g)
{
    int next = 0;
    size_t *leader = wr_calloc(g->nodes.count, sizeof *leader);
    unite_all(g, leader);
    for (size_t i = 0; i < g->nodes.count; i++) {
        struct wr_gnode *n = g->nodes.items[i];
        const struct wr_gnode *first = g->nodes.items[find_set(leader, i)];
        n->subtopology = first == n ? next++ : first->subtopology;
        struct wr_subtopology *s = subtopology(g, n->subtopology);
        wr_ptrs_push(&s->nodes, n);
        for (size_t k = 0; n->source != NULL && k < n->source->topics.count; k++) {
            wr_ptrs_push(&s->inputs, n->source->topics.items[k]);
        }
    }
    wr_free(leader);
}

static int compare_stores(const void *a, const void *b)
{
    return strcmp((*(struct wr_gstore *const *)a)->name, (*(struct wr_gstore *const *)b)->name);
}

static int compare_topics(const void *a, const void *b)
{
    return strcmp((*(struct wr_gtopic *const *)a)->name, (*(struct wr_gtopic *const *)b)->name);
}

static void sort(struct wr_ptrs *p, int (*compare)(const void *, const void *))
{
    if (p->count > 1) {
        qsort(p->items, p->count, sizeof p->items[0], compare);
    }
}

/* A store is in the topology once a processor is connected to it. */
static void place_stores(struct wr_graph *g)
{
    size_t kept = 0;
    wr_strmap_free(&g->store_names);
    sort(&g->stores, compare_stores);
    for (size_t i = 0; i < g->stores.count; i++) {
        struct wr_gstore *s = g->stores.items[i];
        if (s->nodes.count > 0) {
            const struct wr_gnode *user = s->nodes.items[0];
            s->subtopology = user->subtopology;
            wr_ptrs_push(&subtopology(g, s->subtopology)->stores, s);
            wr_strmap_put(&g->store_names, s->name, s);
            g->stores.items[kept++] = s;
        }
    }
    g->stores.count = kept;
    for (size_t i = 0; i < g->subtopologies.count; i++) {
        sort(&((struct wr_subtopology *)g->subtopologies.items[i])->inputs, compare_topics);
    }
}

static void check_cluster_names(struct wr_graph *g, const char *application_id)
{
    struct wr_internal_topic *topics;
    size_t count = wr_internal_topics(g, application_id, g->arena, &topics);
    for (size_t i = 0; i < count; i++) {
        if (strlen(topics[i].name) > WR_NAME_MAX) {
            wr_finding(g->findings,
                       "internal topic \"%.60s...\": with the application id its name has %zu "
                       "bytes and Kafka takes %d; shorten the name of the %s",
                       topics[i].name, strlen(topics[i].name), WR_NAME_MAX,
                       topics[i].store != NULL ? "store" : "group or repartition");
        }
    }
}

void wr_graph_finish(struct wr_graph *g, const char *application_id)
{
    wr_assert(!g->finished);
    if (g->nodes.count == 0) {
        wr_finding(g->findings, "the topology is empty, so there is nothing to run; add a source");
    }
    number_nodes(g);
    place_stores(g);
    g->finished = true;
    check_cluster_names(g, application_id);
}
