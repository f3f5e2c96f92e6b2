/* groups.c -- groups of streams and their aggregates (stream.h). */
#include "src/base/base.h"

#include "topology/dsl/dsl.h"

static weir_grouped *group(const struct weir_stream *s, const char *name)
{
    struct weir_grouped *g = WR_ARENA_NEW(&s->topology->arena, struct weir_grouped);
    g->stream = *s;
    g->name = wr_arena_strdup(&s->topology->arena, name);
    return g;
}

weir_grouped *weir_group_by_key(weir_stream *s, const char *name)
{
    return group(s, name);
}

weir_grouped *weir_group_by(weir_stream *s, weir_map_fn *fn, const struct weir_node *node)
{
    struct weir_node o = WEIR_NODE_INIT;
    wr_dsl_options(s->topology, "weir_group_by", &o, sizeof o, node);
    return group(weir_select_key(s, fn, &o), o.name);
}

weir_grouped *weir_group_by_field(weir_stream *s, const char *name, const char *path,
                                  weir_codec *key)
{
    struct weir_node o = WEIR_NODE_INIT;
    o.name = name;
    return group(weir_select_key_field(s, path, key, &o), name);
}

/* The operator that the aggregate reads: a repartition, if equal keys may be in different tasks.
 * Aggregates of a group with a name share one; others have each their own, named after the store.
 */
static struct wr_dnode *input(weir_grouped *g, const struct wr_dstore *store)
{
    struct weir_stream *s = &g->stream;
    if (!s->rekeyed) {
        return s->node;
    }
    bool named = g->name != NULL || store->named;
    struct wr_dnode *repartition = wr_dsl_repartition(
        s->topology, g->name != NULL ? g->name : store->store.name, named, s->key, s->value);
    if (g->repartition == NULL || g->name == NULL) {
        g->repartition = repartition;
    }
    wr_dsl_add(s->topology, s->node, g->repartition);
    return g->repartition;
}

struct kind {
    const char *call;
    const char *prefix; /* of generated names */
    enum wr_fold fold;
};

static weir_table *add_aggregate(weir_grouped *g, const struct kind *kind, const char *store,
                                 weir_fold_fn *fn, const struct weir_table_options *options)
{
    struct weir_topology *t = g->stream.topology;
    struct weir_table_options o = WEIR_TABLE_INIT;
    wr_dsl_options(t, kind->call, &o, sizeof o, options);
    o.key = o.key != NULL ? o.key : (weir_codec *)g->stream.key;
    if (kind->fold == WR_FOLD_COUNT) {
        o.value = weir_i64(t);
    } else if (kind->fold == WR_FOLD_REDUCE && o.value == NULL) {
        o.value = (weir_codec *)g->stream.value;
    }
    struct wr_dstore *s = wr_dsl_store(t, store, kind->prefix, &o);
    s->kept = true;
    const char *name = wr_dsl_name(t, o.name, kind->prefix);
    wr_dsl_need(t, name, fn != NULL || kind->fold == WR_FOLD_COUNT);
    struct wr_aggregate_config *config = WR_ARENA_NEW(&t->arena, struct wr_aggregate_config);
    *config = (struct wr_aggregate_config){{o.arg, o.open, o.close}, kind->fold, fn, o.emit};
    struct weir_stream in = {.topology = t, .node = input(g, s)};
    struct wr_dnode *n = wr_dsl_processor(&in, name, &wr_op_aggregate, config);
    n->store = s;
    return wr_dsl_table(t, n, NULL);
}

weir_table *weir_count(weir_grouped *g, const char *store, const struct weir_table_options *options)
{
    static const struct kind kind = {"weir_count", "KSTREAM-AGGREGATE-", WR_FOLD_COUNT};
    return add_aggregate(g, &kind, store, NULL, options);
}

weir_table *weir_reduce(weir_grouped *g, const char *store, weir_fold_fn *fn,
                        const struct weir_table_options *options)
{
    static const struct kind kind = {"weir_reduce", "KSTREAM-REDUCE-", WR_FOLD_REDUCE};
    return add_aggregate(g, &kind, store, fn, options);
}

weir_table *weir_aggregate(weir_grouped *g, const char *store, weir_fold_fn *fn,
                           const struct weir_table_options *options)
{
    static const struct kind kind = {"weir_aggregate", "KSTREAM-AGGREGATE-", WR_FOLD_AGGREGATE};
    return add_aggregate(g, &kind, store, fn, options);
}
