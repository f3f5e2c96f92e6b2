/* write.c -- operators become nodes of the graph.
 *
 * Of the operators whose parents are written, the one that was added first comes next. That is the
 * order of Kafka Streams, on which the numbers of sub-topologies depend. */
#include "src/base/base.h"

#include "topology/dsl/dsl.h"

/* ---- edges and stores ------------------------------------------------------------------------ */

static void add_named_parent(struct weir_topology *t, struct wr_gnode *g, const char *name)
{
    struct wr_gnode *parent = wr_graph_node(&t->graph, name);
    if (parent == NULL || parent == g) {
        wr_finding(&t->findings,
                   "node \"%s\": its parent \"%s\" is not known here; add the parent before it",
                   g->name, name);
        return;
    }
    wr_graph_add_edge(&t->graph, parent, g);
}

static void add_parents(struct weir_topology *t, const struct wr_dnode *n, struct wr_gnode *g)
{
    for (size_t i = 0; i < n->parents.count; i++) {
        const struct wr_dnode *parent = n->parents.items[i];
        if (parent->written != NULL) {
            wr_graph_add_edge(&t->graph, parent->written, g);
        }
    }
    for (size_t i = 0; i < n->parent_names.count; i++) {
        add_named_parent(t, g, n->parent_names.items[i]);
    }
}

static void need_name(struct weir_topology *t, const char *what, const char *name, const char *how)
{
    if (t->options.explicit_names) {
        wr_finding(&t->findings,
                   "%s \"%s\": its name was generated and changes when operators are added or "
                   "removed, and what is in it is then lost; %s, or set "
                   "ensure.explicit.internal.resource.naming=false",
                   what, name, how);
    }
}

/* The store of an operator that keeps its rows. */
static void add_rows(struct weir_topology *t, const struct wr_dnode *n, struct wr_gnode *g)
{
    if (n->store == NULL || !n->store->kept) {
        if (n->emit == WEIR_EMIT_COMMIT) {
            wr_finding(&t->findings,
                       "table \"%s\": it cannot emit once per commit, because it does not keep its "
                       "rows; name a store for it",
                       n->name);
        }
        return;
    }
    if (!n->store->named) {
        need_name(t, "store", n->store->store.name, "name the store");
    }
    wr_graph_connect_store(&t->graph, g, wr_graph_add_store(&t->graph, &n->store->store));
}

static struct wr_gnode *write_processor(struct weir_topology *t, const struct wr_dnode *n)
{
    struct wr_gnode *g = wr_graph_add_processor(&t->graph, n->name, n->op, n->config);
    g->sends_old = n->sends_old;
    return g;
}

/* ---- one operator ---------------------------------------------------------------------------- */

static struct wr_gnode *write_source(struct weir_topology *t, const struct wr_dnode *n,
                                     const char *name)
{
    return wr_graph_add_source(&t->graph, name, &wr_op_source, (const char *const *)n->topics.items,
                               n->topics.count, n->source);
}

static void write_table(struct weir_topology *t, struct wr_dnode *n)
{
    const struct wr_gnode *source = write_source(t, n, n->source_name);
    if (t->options.reuse_source_topics && source->source->topics.count > 0) {
        n->store->store.source_changelog = source->source->topics.items[0];
        n->store->store.logged = true;
    }
    n->written = write_processor(t, n);
    wr_graph_add_edge(&t->graph, (struct wr_gnode *)source, n->written);
    add_rows(t, n, n->written);
}

static void write_sink(struct weir_topology *t, struct wr_dnode *n)
{
    const char *topic = n->topics.count > 0 ? n->topics.items[0] : NULL;
    n->written = wr_graph_add_sink(&t->graph, n->name, &wr_op_sink, topic, n->sink);
    add_parents(t, n, n->written);
}

static void write_repartition(struct weir_topology *t, struct wr_dnode *n)
{
    const struct wr_drepartition *r = n->repartition;
    const struct wr_gtopic *topic = wr_graph_add_internal_topic(&t->graph, r->topic, r->partitions);
    if (topic == NULL) {
        n->written = ((struct wr_dnode *)n->parents.items[0])->written;
        return;
    }
    if (!r->named) {
        need_name(t, "repartition topic", r->topic, "name the operator that makes it");
    }
    struct wr_gnode *filter = wr_graph_add_processor(&t->graph, r->filter, &wr_op_null_key, NULL);
    add_parents(t, n, filter);

    struct wr_gsink out = {.key = wr_dsl_key(t, r->key),
                           .value = wr_dsl_value(t, r->value),
                           .partition = r->partition,
                           .arg = r->arg};
    struct wr_gnode *sink = wr_graph_add_sink(&t->graph, r->sink, &wr_op_sink, r->topic, &out);
    wr_graph_add_edge(&t->graph, filter, sink);

    struct wr_gsource in = {.key = out.key, .value = out.value};
    n->written = wr_graph_add_source(&t->graph, n->name, &wr_op_source, &r->topic, 1, &in);
}

static void write_node(struct weir_topology *t, struct wr_dnode *n)
{
    switch (n->kind) {
    case WR_DNODE_SOURCE:
        n->written = write_source(t, n, n->name);
        break;
    case WR_DNODE_TABLE:
        write_table(t, n);
        break;
    case WR_DNODE_PROCESSOR:
        n->written = write_processor(t, n);
        add_parents(t, n, n->written);
        add_rows(t, n, n->written);
        break;
    case WR_DNODE_SINK:
        write_sink(t, n);
        break;
    case WR_DNODE_REPARTITION:
        write_repartition(t, n);
        break;
    case WR_DNODE_ROOT:
        break;
    }
}

/* ---- all of them ----------------------------------------------------------------------------- */

static bool is_ready(const struct wr_dsl *dsl, const struct wr_dnode *n)
{
    if (n->written != NULL || n->parents.count == 0) {
        return false;
    }
    for (size_t i = 0; i < n->parents.count; i++) {
        const struct wr_dnode *parent = n->parents.items[i];
        if (parent->written == NULL && parent != &dsl->root) {
            return false;
        }
    }
    return true;
}

static struct wr_dnode *next_node(const struct wr_dsl *dsl)
{
    struct wr_dnode *next = NULL;
    for (size_t i = 0; i < dsl->nodes.count; i++) {
        struct wr_dnode *n = dsl->nodes.items[i];
        if (is_ready(dsl, n) && (next == NULL || n->priority < next->priority)) {
            next = n;
        }
    }
    return next;
}

static void connect_store(struct weir_topology *t, struct wr_gnode *node, const char *name)
{
    struct wr_gstore *store = wr_graph_store(&t->graph, name);
    if (store == NULL) {
        wr_finding(&t->findings,
                   "node \"%s\": there is no store \"%s\" to connect it to; add the store",
                   node->name, name);
        return;
    }
    wr_graph_connect_store(&t->graph, node, store);
}

/* Stores may be added after the processors that use them, so they are connected last. */
static void connect_stores(struct weir_topology *t)
{
    const struct wr_dsl *dsl = t->dsl;
    for (size_t i = 0; i < dsl->nodes.count; i++) {
        const struct wr_dnode *n = dsl->nodes.items[i];
        for (size_t k = 0; n->written != NULL && k < n->store_names.count; k++) {
            connect_store(t, n->written, n->store_names.items[k]);
        }
    }
    for (size_t i = 0; i < dsl->connections.count; i++) {
        const struct wr_dconnection *c = dsl->connections.items[i];
        struct wr_gnode *node = wr_graph_node(&t->graph, c->processor);
        if (node == NULL) {
            wr_finding(&t->findings,
                       "store \"%s\": there is no processor \"%s\" to connect it to; add the "
                       "processor",
                       c->store, c->processor);
        } else {
            connect_store(t, node, c->store);
        }
    }
}

void wr_dsl_write(struct weir_topology *t)
{
    struct wr_dsl *dsl = t->dsl;
    for (size_t i = 0; i < dsl->stores.count; i++) {
        const struct wr_dstore *s = dsl->stores.items[i];
        wr_graph_add_store(&t->graph, &s->store);
    }
    for (struct wr_dnode *n = next_node(dsl); n != NULL; n = next_node(dsl)) {
        write_node(t, n);
    }
    for (size_t i = 0; i < dsl->nodes.count; i++) {
        struct wr_dnode *n = dsl->nodes.items[i];
        if (n->low_level) {
            write_node(t, n);
        }
    }
    connect_stores(t);
}
