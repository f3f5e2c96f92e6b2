/* streams.c -- the operators of streams (stream.h). */
#include "src/base/base.h"

#include "topology/dsl/dsl.h"

/* ---- where streams begin and end ------------------------------------------------------------- */

weir_stream *weir_from(weir_topology *t, const char *topic, const struct weir_source *source)
{
    return weir_from_topics(t, &topic, 1, source);
}

weir_stream *weir_from_topics(weir_topology *t, const char *const *topics, size_t count,
                              const struct weir_source *source)
{
    struct weir_source o = WEIR_SOURCE_INIT;
    wr_dsl_options(t, "weir_from", &o, sizeof o, source);
    struct wr_dnode *n = wr_dsl_node(t, WR_DNODE_SOURCE, wr_dsl_name(t, o.name, "KSTREAM-SOURCE-"));
    n->source = wr_dsl_source(t, n->name, &o);
    for (size_t i = 0; i < count; i++) {
        wr_dsl_add_topic(t, n, topics[i]);
    }
    wr_dsl_add(t, &t->dsl->root, n);
    return wr_dsl_stream(t, n, n->source->key, n->source->value, false);
}

static void add_sink(weir_stream *s, const char *topic, weir_topic_fn *fn,
                     const struct weir_sink *sink)
{
    struct weir_sink o = WEIR_SINK_INIT;
    struct weir_topology *t = s->topology;
    wr_dsl_options(t, "weir_to", &o, sizeof o, sink);
    struct wr_dnode *n = wr_dsl_node(t, WR_DNODE_SINK, wr_dsl_name(t, o.name, "KSTREAM-SINK-"));
    n->sink = wr_dsl_sink(t, &o);
    n->sink->topic_fn = fn;
    n->sink->key = wr_dsl_key(t, s->key);
    n->sink->value = wr_dsl_value(t, s->value);
    if (fn == NULL) {
        wr_dsl_add_topic(t, n, topic);
    }
    wr_dsl_add(t, s->node, n);
}

void weir_to(weir_stream *s, const char *topic, const struct weir_sink *sink)
{
    add_sink(s, topic, NULL, sink);
}

void weir_to_computed(weir_stream *s, weir_topic_fn *fn, const struct weir_sink *sink)
{
    add_sink(s, NULL, fn, sink);
}

/* ---- one record at a time -------------------------------------------------------------------- */

/* What most operators of streams have in common. */
struct common {
    struct weir_node options;
    const char *name;
};

static struct common begin_with_stores(weir_stream *s, const char *call, const char *prefix,
                                       bool function, const struct weir_node *node)
{
    struct common c = {.options = WEIR_NODE_INIT};
    wr_dsl_options(s->topology, call, &c.options, sizeof c.options, node);
    c.name = wr_dsl_name(s->topology, c.options.name, prefix);
    wr_dsl_need(s->topology, c.name, function);
    return c;
}

static struct common begin(weir_stream *s, const char *call, const char *prefix, bool function,
                           const struct weir_node *node)
{
    struct common c = begin_with_stores(s, call, prefix, function, node);
    if (c.options.store_count > 0) {
        wr_finding(&s->topology->findings,
                   "node \"%s\": %s() connects no stores; use weir_process() or "
                   "weir_process_values()",
                   c.name, call);
    }
    return c;
}

static const struct weir_codec *either(const struct weir_codec *given,
                                       const struct weir_codec *otherwise)
{
    return given != NULL ? given : otherwise;
}

static weir_stream *filter(weir_stream *s, weir_predicate_fn *fn, bool negate,
                           const struct weir_node *node)
{
    struct common c = begin(s, "weir_filter", "KSTREAM-FILTER-", fn != NULL, node);
    struct wr_filter_config *config = WR_ARENA_NEW(&s->topology->arena, struct wr_filter_config);
    config->calls = wr_dsl_calls(&c.options);
    config->fn = fn;
    config->negate = negate;
    struct wr_dnode *n = wr_dsl_processor(s, c.name, &wr_op_filter, config);
    return wr_dsl_stream(s->topology, n, s->key, s->value, s->rekeyed);
}

weir_stream *weir_filter(weir_stream *s, weir_predicate_fn *fn, const struct weir_node *node)
{
    return filter(s, fn, false, node);
}

weir_stream *weir_filter_not(weir_stream *s, weir_predicate_fn *fn, const struct weir_node *node)
{
    return filter(s, fn, true, node);
}

static struct wr_dnode *add_map(weir_stream *s, const struct common *c, weir_map_fn *fn,
                                enum wr_map_what what)
{
    struct wr_map_config *config = WR_ARENA_NEW(&s->topology->arena, struct wr_map_config);
    config->calls = wr_dsl_calls(&c->options);
    config->fn = fn;
    config->what = what;
    struct wr_dnode *n = wr_dsl_processor(s, c->name, &wr_op_map, config);
    n->changes_key = what != WR_MAP_VALUE;
    n->changes_value = what == WR_MAP_VALUE;
    return n;
}

weir_stream *weir_map(weir_stream *s, weir_map_fn *fn, const struct weir_node *node)
{
    struct common c = begin(s, "weir_map", "KSTREAM-MAP-", fn != NULL, node);
    struct wr_dnode *n = add_map(s, &c, fn, WR_MAP_ALL);
    return wr_dsl_stream(s->topology, n, c.options.key, c.options.value, true);
}

weir_stream *weir_map_values(weir_stream *s, weir_map_fn *fn, const struct weir_node *node)
{
    struct common c = begin(s, "weir_map_values", "KSTREAM-MAPVALUES-", fn != NULL, node);
    struct wr_dnode *n = add_map(s, &c, fn, WR_MAP_VALUE);
    return wr_dsl_stream(s->topology, n, s->key, c.options.value, s->rekeyed);
}

weir_stream *weir_select_key(weir_stream *s, weir_map_fn *fn, const struct weir_node *node)
{
    struct common c = begin(s, "weir_select_key", "KSTREAM-KEY-SELECT-", fn != NULL, node);
    struct wr_dnode *n = add_map(s, &c, fn, WR_MAP_KEY);
    return wr_dsl_stream(s->topology, n, c.options.key, s->value, true);
}

/* Bytes of which nobody has said what they are can only become bytes. */
static void check_key_field(struct weir_topology *t, const char *name,
                            const struct weir_codec *value, const struct weir_codec *key)
{
    if (key->kind == WR_CODEC_JSON || key->kind == WR_CODEC_STRUCT) {
        wr_finding(&t->findings,
                   "node \"%s\": a field cannot be a key of codec %s, because equal keys must have "
                   "equal bytes; use string, i32, i64, f64 or a byte array",
                   name, key->name);
    } else if (value->kind == WR_CODEC_BYTES && key->kind != WR_CODEC_BYTES) {
        wr_finding(
            &t->findings,
            "node \"%s\": its values are any bytes, of which no key of codec %s can be made; "
            "give the value codec to the source or the operator that they come from",
            name, key->name);
    }
}

weir_stream *weir_select_key_field(weir_stream *s, const char *path, weir_codec *key,
                                   const struct weir_node *node)
{
    struct weir_topology *t = s->topology;
    struct common c = begin(s, "weir_select_key_field", "KSTREAM-KEY-SELECT-", true, node);
    struct wr_key_field_config *config = WR_ARENA_NEW(&t->arena, struct wr_key_field_config);
    const struct weir_codec *codec = wr_dsl_key(t, either(key, c.options.key));
    config->field = weir_field_of(t, (weir_codec *)s->value, path);
    config->key = codec->kind;
    check_key_field(t, c.name, wr_dsl_value(t, s->value), codec);
    struct wr_dnode *n = wr_dsl_processor(s, c.name, &wr_op_key_field, config);
    n->changes_key = true;
    return wr_dsl_stream(t, n, codec, s->value, true);
}

static struct wr_dnode *add_process(weir_stream *s, const struct common *c, const struct wr_op *op,
                                    weir_process_fn *fn, bool keeps_key)
{
    struct weir_topology *t = s->topology;
    struct wr_process_config *config = WR_ARENA_NEW(&t->arena, struct wr_process_config);
    config->calls = wr_dsl_calls(&c->options);
    config->fn = fn;
    config->keeps_key = keeps_key;
    struct wr_dnode *n = wr_dsl_processor(s, c->name, op, config);
    wr_dsl_name_stores(t, n, &c->options);
    return n;
}

weir_stream *weir_flat_map(weir_stream *s, weir_process_fn *fn, const struct weir_node *node)
{
    struct common c = begin_with_stores(s, "weir_flat_map", "KSTREAM-FLATMAP-", fn != NULL, node);
    struct wr_dnode *n = add_process(s, &c, &wr_op_process, fn, false);
    n->changes_key = true;
    return wr_dsl_stream(s->topology, n, c.options.key, c.options.value, true);
}

weir_stream *weir_flat_map_values(weir_stream *s, weir_process_fn *fn, const struct weir_node *node)
{
    struct common c =
        begin_with_stores(s, "weir_flat_map_values", "KSTREAM-FLATMAPVALUES-", fn != NULL, node);
    struct wr_dnode *n = add_process(s, &c, &wr_op_process, fn, true);
    n->changes_value = true;
    return wr_dsl_stream(s->topology, n, s->key, c.options.value, s->rekeyed);
}

weir_stream *weir_peek(weir_stream *s, weir_process_fn *fn, const struct weir_node *node)
{
    struct common c = begin(s, "weir_peek", "KSTREAM-PEEK-", fn != NULL, node);
    struct wr_dnode *n = add_process(s, &c, &wr_op_peek, fn, false);
    return wr_dsl_stream(s->topology, n, s->key, s->value, s->rekeyed);
}

void weir_for_each(weir_stream *s, weir_process_fn *fn, const struct weir_node *node)
{
    struct common c = begin(s, "weir_for_each", "KSTREAM-FOREACH-", fn != NULL, node);
    add_process(s, &c, &wr_op_for_each, fn, false);
}

/* A processor with a name takes no number; all other operators do. */
static struct common begin_process(weir_stream *s, const char *call, const char *prefix,
                                   bool function, const struct weir_node *node)
{
    struct common c = {.options = WEIR_NODE_INIT};
    wr_dsl_options(s->topology, call, &c.options, sizeof c.options, node);
    c.name = wr_dsl_new_name(s->topology, c.options.name, prefix);
    wr_dsl_need(s->topology, c.name, function);
    return c;
}

weir_stream *weir_process(weir_stream *s, weir_process_fn *fn, const struct weir_node *node)
{
    struct common c = begin_process(s, "weir_process", "KSTREAM-PROCESSOR-", fn != NULL, node);
    struct wr_dnode *n = add_process(s, &c, &wr_op_process, fn, false);
    return wr_dsl_stream(s->topology, n, c.options.key, c.options.value, true);
}

weir_stream *weir_process_values(weir_stream *s, weir_process_fn *fn, const struct weir_node *node)
{
    struct common c =
        begin_process(s, "weir_process_values", "KSTREAM-PROCESSVALUES-", fn != NULL, node);
    struct wr_dnode *n = add_process(s, &c, &wr_op_process, fn, true);
    return wr_dsl_stream(s->topology, n, s->key, c.options.value, s->rekeyed);
}

/* ---- more than one stream -------------------------------------------------------------------- */

static const char *branch_name(weir_topology *t, const char *split,
                               const struct weir_branch *branch, size_t position)
{
    if (branch->name != NULL) {
        return wr_arena_printf(&t->arena, "%s%s", split, branch->name);
    }
    return wr_arena_printf(&t->arena, "%s%zu", split, branch->fn != NULL ? position + 1 : 0);
}

void weir_branch(weir_stream *s, struct weir_branch *branches, size_t count,
                 const struct weir_node *node)
{
    struct weir_topology *t = s->topology;
    struct common c = begin(s, "weir_branch", "KSTREAM-BRANCH-", true, node);
    struct wr_branch_config *config =
        wr_arena_zalloc(&t->arena, sizeof *config + count * sizeof config->branches[0]);
    config->calls = wr_dsl_calls(&c.options);
    config->count = count;
    struct wr_dnode *split = wr_dsl_processor(s, c.name, &wr_op_branch, config);
    struct weir_stream out = {t, split, s->key, s->value, s->rekeyed};
    for (size_t i = 0; i < count; i++) {
        config->branches[i].fn = branches[i].fn;
        config->branches[i].arg = branches[i].arg;
        if (i > 0 && branches[i - 1].fn == NULL) {
            wr_finding(&t->findings,
                       "node \"%s\": its branch %zu keeps everything, so that nothing comes to the "
                       "branches behind it; put it last",
                       c.name, i);
        }
        const char *name = wr_dsl_name(t, branch_name(t, c.name, &branches[i], i), "");
        struct wr_dnode *n = wr_dsl_processor(&out, name, &wr_op_pass, NULL);
        branches[i].out = wr_dsl_stream(t, n, s->key, s->value, s->rekeyed);
    }
}

weir_stream *weir_merge(weir_stream *a, weir_stream *b, const struct weir_node *node)
{
    struct weir_topology *t = a->topology;
    struct common c = begin(a, "weir_merge", "KSTREAM-MERGE-", true, node);
    struct wr_dnode *n = wr_dsl_processor(a, c.name, &wr_op_pass, NULL);
    n->merges = true;
    if (b->topology == t) {
        wr_dsl_add(t, b->node, n);
    } else {
        wr_finding(&t->findings,
                   "node \"%s\": it merges streams of two topologies; merge streams of one",
                   c.name);
    }
    return wr_dsl_stream(t, n, either(c.options.key, a->key == b->key ? a->key : NULL),
                         either(c.options.value, a->value == b->value ? a->value : NULL),
                         a->rekeyed || b->rekeyed);
}

weir_stream *weir_repartition(weir_stream *s, const struct weir_repartition_options *options)
{
    struct weir_repartition_options o = WEIR_REPARTITION_INIT;
    struct weir_topology *t = s->topology;
    wr_dsl_options(t, "weir_repartition", &o, sizeof o, options);
    const struct weir_codec *key = either(o.key, s->key);
    const struct weir_codec *value = either(o.value, s->value);
    const char *base = wr_dsl_new_name(t, o.name, "KSTREAM-REPARTITION-");
    struct wr_dnode *n = wr_dsl_repartition(t, base, o.name != NULL, key, value);
    n->repartition->mergeable = false;
    n->repartition->partitions = o.partitions;
    n->repartition->partition = o.partition;
    n->repartition->arg = o.arg;
    if (o.partitions < 0) {
        wr_finding(&t->findings,
                   "repartition topic \"%s\": it cannot have %d partitions; give 1 or more, or 0 "
                   "for as many as tasks write it",
                   n->repartition->topic, (int)o.partitions);
    }
    wr_dsl_add(t, s->node, n);
    return wr_dsl_stream(t, n, key, value, false);
}
