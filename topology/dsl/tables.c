/* tables.c -- tables (stream.h): where they come from, what is computed from them, and whether they
 * keep their rows. */
#include "src/base/base.h"

#include "topology/dsl/dsl.h"

/* ---- rows ------------------------------------------------------------------------------------ */

static const struct weir_topic_setting *copy_settings(struct weir_topology *t,
                                                      const struct weir_table_options *o)
{
    struct weir_topic_setting *copy = wr_arena_alloc(&t->arena, o->changelog_count * sizeof *copy);
    for (size_t i = 0; i < o->changelog_count; i++) {
        copy[i].name = wr_arena_strdup(&t->arena, o->changelog[i].name);
        copy[i].value = wr_arena_strdup(&t->arena, o->changelog[i].value);
        if (copy[i].name == NULL || copy[i].value == NULL) {
            wr_finding(&t->findings,
                       "setting %zu of a changelog has no %s; give both a name and a value", i + 1,
                       copy[i].name == NULL ? "name" : "value");
            copy[i] = (struct weir_topic_setting){"", ""};
        }
    }
    return copy;
}

struct wr_dstore *wr_dsl_store(struct weir_topology *t, const char *given, const char *prefix,
                               const struct weir_table_options *o)
{
    struct wr_dstore *s = WR_ARENA_NEW(&t->arena, struct wr_dstore);
    s->named = s->kept = given != NULL;
    s->store = (struct wr_gstore){
        .name = given != NULL || prefix == NULL
                    ? wr_arena_strdup(&t->arena, given)
                    : wr_dsl_name(t, NULL, wr_arena_printf(&t->arena, "%sSTATE-STORE-", prefix)),
        .type = WEIR_STORE_TIMESTAMPED_KV,
        .key = wr_dsl_key(t, o->key),
        .value = wr_dsl_value(t, o->value),
        .memory = o->backend == WEIR_BACKEND_MEMORY,
        .logged = !o->unlogged,
        .settings = copy_settings(t, o),
        .setting_count = o->changelog_count,
    };
    return s;
}

bool wr_dsl_send_old(struct weir_table *table, bool force)
{
    struct wr_dnode *n = table->node;
    if (n->sends_old) {
        return true;
    }
    if (!n->store->kept && table->parent != NULL) {
        n->sends_old = wr_dsl_send_old(table->parent, force);
        return n->sends_old;
    }
    if (!n->store->kept && !force) {
        return false;
    }
    n->store->kept = true;
    n->sends_old = true;
    return true;
}

struct weir_table *wr_dsl_table(struct weir_topology *t, struct wr_dnode *node,
                                struct weir_table *parent)
{
    struct weir_table *table = WR_ARENA_NEW(&t->arena, struct weir_table);
    *table = (struct weir_table){t, node, parent, node->store->store.key, node->store->store.value};
    return table;
}

/* ---- where tables come from ------------------------------------------------------------------ */

static const struct wr_table_source_config *source_config(struct weir_topology *t,
                                                          enum weir_emit emit)
{
    struct wr_table_source_config *config = WR_ARENA_NEW(&t->arena, struct wr_table_source_config);
    config->emit = emit;
    return config;
}

weir_table *weir_table_from(weir_topology *t, const char *topic, const struct weir_source *source,
                            const char *store, const struct weir_table_options *options)
{
    struct weir_source in = WEIR_SOURCE_INIT;
    struct weir_table_options o = WEIR_TABLE_INIT;
    wr_dsl_options(t, "weir_table_from", &in, sizeof in, source);
    wr_dsl_options(t, "weir_table_from", &o, sizeof o, options);
    const char *given = in.name != NULL ? in.name : o.name;
    o.key = in.key = in.key != NULL ? in.key : o.key;
    o.value = in.value = in.value != NULL ? in.value : o.value;
    const char *prefix = wr_arena_printf(&t->arena, "%s-", topic != NULL ? topic : "");
    struct wr_dstore *s = wr_dsl_store(t, store, prefix, &o);
    const char *source_name =
        wr_dsl_name(t, given != NULL ? wr_arena_printf(&t->arena, "%s-source", given) : NULL,
                    "KSTREAM-SOURCE-");
    struct wr_dnode *n = wr_dsl_node(t, WR_DNODE_TABLE, wr_dsl_name(t, given, "KTABLE-SOURCE-"));
    n->source_name = source_name;
    n->source = wr_dsl_source(t, source_name, &in);
    n->op = &wr_op_table_source;
    n->config = source_config(t, o.emit);
    n->emit = o.emit;
    n->store = s;
    wr_dsl_add_topic(t, n, topic);
    wr_dsl_add(t, &t->dsl->root, n);
    return wr_dsl_table(t, n, NULL);
}

weir_table *weir_to_table(weir_stream *s, const char *store,
                          const struct weir_table_options *options)
{
    struct weir_topology *t = s->topology;
    struct weir_table_options o = WEIR_TABLE_INIT;
    struct weir_stream in = *s;
    wr_dsl_options(t, "weir_to_table", &o, sizeof o, options);
    o.key = o.key != NULL ? o.key : (weir_codec *)s->key;
    o.value = o.value != NULL ? o.value : (weir_codec *)s->value;
    const char *name = wr_dsl_name(t, o.name, "KSTREAM-TOTABLE-");
    struct wr_dstore *rows = wr_dsl_store(t, store, "KSTREAM-TOTABLE-", &o);
    if (s->rekeyed) {
        in.node = wr_dsl_repartition(t, name, o.name != NULL, o.key, o.value);
        wr_dsl_add(t, s->node, in.node);
    }
    struct wr_dnode *n = wr_dsl_processor(&in, name, &wr_op_table_source, source_config(t, o.emit));
    n->emit = o.emit;
    n->store = rows;
    return wr_dsl_table(t, n, NULL);
}

/* ---- what is computed from them -------------------------------------------------------------- */

weir_stream *weir_changes(weir_table *table)
{
    return weir_changes_named(table, NULL);
}

weir_stream *weir_changes_named(weir_table *table, const char *name)
{
    struct weir_stream in = {.topology = table->topology, .node = table->node};
    struct wr_dnode *n = wr_dsl_processor(&in, wr_dsl_name(in.topology, name, "KTABLE-TOSTREAM-"),
                                          &wr_op_pass, NULL);
    return wr_dsl_stream(in.topology, n, table->key, table->value, false);
}

/* A table computed from another row by row. */
static weir_table *derive(weir_table *table, const char *name, const struct wr_op *op,
                          const void *config, struct wr_dstore *store)
{
    struct weir_stream in = {.topology = table->topology, .node = table->node};
    struct wr_dnode *n = wr_dsl_processor(&in, name, op, config);
    n->store = store;
    return wr_dsl_table(table->topology, n, table);
}

static weir_table *filter(weir_table *table, weir_predicate_fn *fn, bool negate, const char *store,
                          const struct weir_table_options *options)
{
    struct weir_topology *t = table->topology;
    struct weir_table_options o = WEIR_TABLE_INIT;
    wr_dsl_options(t, "weir_table_filter", &o, sizeof o, options);
    o.key = o.key != NULL ? o.key : (weir_codec *)table->key;
    o.value = o.value != NULL ? o.value : (weir_codec *)table->value;
    const char *name = wr_dsl_name(t, o.name, "KTABLE-FILTER-");
    wr_dsl_need(t, name, fn != NULL);
    struct wr_filter_config *config = WR_ARENA_NEW(&t->arena, struct wr_filter_config);
    *config = (struct wr_filter_config){{o.arg, o.open, o.close}, fn, negate, o.emit};
    weir_table *out =
        derive(table, name, &wr_op_table_filter, config, wr_dsl_store(t, store, NULL, &o));
    out->node->emit = o.emit;
    /* With the old values at hand, rows that never passed need no deletions downstream. */
    out->node->sends_old = wr_dsl_send_old(table, false);
    return out;
}

weir_table *weir_table_filter(weir_table *table, weir_predicate_fn *fn, const char *store,
                              const struct weir_table_options *options)
{
    return filter(table, fn, false, store, options);
}

weir_table *weir_table_filter_not(weir_table *table, weir_predicate_fn *fn, const char *store,
                                  const struct weir_table_options *options)
{
    return filter(table, fn, true, store, options);
}

weir_table *weir_table_map_values(weir_table *table, weir_map_fn *fn, const char *store,
                                  const struct weir_table_options *options)
{
    struct weir_topology *t = table->topology;
    struct weir_table_options o = WEIR_TABLE_INIT;
    wr_dsl_options(t, "weir_table_map_values", &o, sizeof o, options);
    o.key = o.key != NULL ? o.key : (weir_codec *)table->key;
    const char *name = wr_dsl_name(t, o.name, "KTABLE-MAPVALUES-");
    wr_dsl_need(t, name, fn != NULL);
    struct wr_map_config *config = WR_ARENA_NEW(&t->arena, struct wr_map_config);
    *config = (struct wr_map_config){{o.arg, o.open, o.close}, fn, WR_MAP_VALUE, o.emit};
    weir_table *out =
        derive(table, name, &wr_op_table_map, config, wr_dsl_store(t, store, NULL, &o));
    out->node->emit = o.emit;
    return out;
}
