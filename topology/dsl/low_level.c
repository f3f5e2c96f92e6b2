/* low_level.c -- topologies node by node (topology.h). These nodes follow those of the language.
 */
#include "src/base/base.h"

#include "topology/dsl/dsl.h"

static struct wr_dnode *add_node(weir_topology *t, enum wr_dnode_kind kind, const char *name,
                                 const char *const *parents, size_t count)
{
    struct wr_dnode *n = wr_dsl_node(t, kind, wr_arena_strdup(&t->arena, name));
    n->low_level = true;
    for (size_t i = 0; i < count; i++) {
        wr_ptrs_push(&n->parent_names,
                     wr_arena_strdup(&t->arena, parents[i] != NULL ? parents[i] : ""));
    }
    if (kind != WR_DNODE_SOURCE && count == 0) {
        wr_finding(&t->findings,
                   "node \"%s\": it has no parents, so it would never get a record; "
                   "name at least one",
                   name != NULL ? name : "");
    }
    return n;
}

void weir_add_source(weir_topology *t, const char *name, const char *const *topics, size_t count,
                     const struct weir_source *source)
{
    struct weir_source o = WEIR_SOURCE_INIT;
    wr_dsl_options(t, "weir_add_source", &o, sizeof o, source);
    struct wr_dnode *n = add_node(t, WR_DNODE_SOURCE, name, NULL, 0);
    n->source = wr_dsl_source(t, name != NULL ? name : "", &o);
    for (size_t i = 0; i < count; i++) {
        wr_dsl_add_topic(t, n, topics[i]);
    }
}

void weir_add_processor(weir_topology *t, const char *name, const char *const *parents,
                        size_t count, weir_process_fn *fn, const struct weir_node *node)
{
    struct weir_node o = WEIR_NODE_INIT;
    wr_dsl_options(t, "weir_add_processor", &o, sizeof o, node);
    wr_dsl_need(t, name, fn != NULL);
    struct wr_dnode *n = add_node(t, WR_DNODE_PROCESSOR, name, parents, count);
    struct wr_process_config *config = WR_ARENA_NEW(&t->arena, struct wr_process_config);
    config->calls = wr_dsl_calls(&o);
    config->fn = fn;
    n->op = &wr_op_process;
    n->config = config;
    wr_dsl_name_stores(t, n, &o);
}

void weir_add_sink(weir_topology *t, const char *name, const char *topic,
                   const char *const *parents, size_t count, const struct weir_sink *sink)
{
    struct weir_sink o = WEIR_SINK_INIT;
    wr_dsl_options(t, "weir_add_sink", &o, sizeof o, sink);
    struct wr_dnode *n = add_node(t, WR_DNODE_SINK, name, parents, count);
    n->sink = wr_dsl_sink(t, &o);
    n->sink->key = wr_dsl_key(t, NULL);
    n->sink->value = wr_dsl_value(t, NULL);
    wr_dsl_add_topic(t, n, topic);
}

void weir_add_store(weir_topology *t, const struct weir_store_options *store)
{
    struct weir_store_options o = WEIR_STORE_INIT;
    wr_dsl_options(t, "weir_add_store", &o, sizeof o, store);
    struct weir_table_options as_table = WEIR_TABLE_INIT;
    as_table.key = o.key;
    as_table.value = o.value;
    as_table.backend = o.backend;
    as_table.unlogged = o.unlogged;
    as_table.changelog = o.changelog;
    as_table.changelog_count = o.changelog_count;
    struct wr_dstore *s = wr_dsl_store(t, o.name, NULL, &as_table);
    s->store.type = o.type;
    wr_ptrs_push(&t->dsl->stores, s);
}

void weir_connect_store(weir_topology *t, const char *processor, const char *store)
{
    struct wr_dconnection *c = WR_ARENA_NEW(&t->arena, struct wr_dconnection);
    c->processor = wr_arena_strdup(&t->arena, processor != NULL ? processor : "");
    c->store = wr_arena_strdup(&t->arena, store != NULL ? store : "");
    wr_ptrs_push(&t->dsl->connections, c);
}
