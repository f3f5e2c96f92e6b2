/* dnode.c -- making operators and connecting them. */
#include "src/base/base.h"

#include <string.h>

#include "topology/dsl/dsl.h"

static void free_node(struct wr_dnode *n)
{
    wr_ptrs_free(&n->parents);
    wr_ptrs_free(&n->children);
    wr_ptrs_free(&n->parent_names);
    wr_ptrs_free(&n->store_names);
    wr_ptrs_free(&n->topics);
}

void wr_dsl_free(struct wr_dsl *dsl)
{
    free_node(&dsl->root);
    for (size_t i = 0; i < dsl->nodes.count; i++) {
        free_node(dsl->nodes.items[i]);
    }
    wr_ptrs_free(&dsl->nodes);
    wr_ptrs_free(&dsl->stores);
    wr_ptrs_free(&dsl->connections);
}

struct wr_dnode *wr_dsl_node(struct weir_topology *t, enum wr_dnode_kind kind, const char *name)
{
    struct wr_dnode *n = WR_ARENA_NEW(&t->arena, struct wr_dnode);
    n->kind = kind;
    n->name = name;
    wr_ptrs_push(&t->dsl->nodes, n);
    return n;
}

void wr_dsl_link(struct wr_dnode *parent, struct wr_dnode *child)
{
    if (!wr_ptrs_has(&parent->children, child)) {
        wr_ptrs_push(&parent->children, child);
        wr_ptrs_push(&child->parents, parent);
    }
}

void wr_dsl_unlink(struct wr_dnode *parent, struct wr_dnode *child)
{
    if (wr_ptrs_remove(&parent->children, child)) {
        wr_ptrs_remove(&child->parents, parent);
    }
}

void wr_dsl_add(struct weir_topology *t, struct wr_dnode *parent, struct wr_dnode *child)
{
    child->priority = t->dsl->next_priority++;
    wr_dsl_link(parent, child);
}

struct weir_stream *wr_dsl_stream(struct weir_topology *t, struct wr_dnode *node,
                                  const struct weir_codec *key, const struct weir_codec *value,
                                  bool rekeyed)
{
    struct weir_stream *s = WR_ARENA_NEW(&t->arena, struct weir_stream);
    *s = (struct weir_stream){t, node, key, value, rekeyed};
    return s;
}

struct wr_dnode *wr_dsl_processor(struct weir_stream *s, const char *name, const struct wr_op *op,
                                  const void *config)
{
    struct wr_dnode *n = wr_dsl_node(s->topology, WR_DNODE_PROCESSOR, name);
    n->op = op;
    n->config = config;
    wr_dsl_add(s->topology, s->node, n);
    return n;
}

struct wr_calls wr_dsl_calls(const struct weir_node *node)
{
    return (struct wr_calls){node->arg, node->open, node->close};
}

void wr_dsl_name_stores(struct weir_topology *t, struct wr_dnode *n, const struct weir_node *node)
{
    for (size_t i = 0; i < node->store_count; i++) {
        const char *name = node->stores[i] != NULL ? node->stores[i] : "";
        wr_ptrs_push(&n->store_names, wr_arena_strdup(&t->arena, name));
    }
}

struct wr_gsource *wr_dsl_source(struct weir_topology *t, const char *name,
                                 const struct weir_source *source)
{
    struct wr_gsource *g = WR_ARENA_NEW(&t->arena, struct wr_gsource);
    g->key = wr_dsl_key(t, source->key);
    g->value = wr_dsl_value(t, source->value);
    g->reset = source->reset;
    g->timestamp = source->timestamp;
    g->out_of_order_ms = source->out_of_order_ms;
    if (source->time_field != NULL) {
        g->time_field = weir_field_of(t, (weir_codec *)g->value, source->time_field);
    }
    if (source->time_field != NULL && source->timestamp != NULL) {
        wr_finding(&t->findings,
                   "source \"%s\": its time is a field of the value and is computed by a function; "
                   "give one of the two",
                   name);
    }
    if (source->out_of_order_ms < 0) {
        wr_finding(&t->findings,
                   "source \"%s\": out_of_order_ms is %lld, and a bound of disorder cannot be "
                   "negative; give 0 or more",
                   name, (long long)source->out_of_order_ms);
    }
    return g;
}

void wr_dsl_add_topic(struct weir_topology *t, struct wr_dnode *n, const char *topic)
{
    wr_ptrs_push(&n->topics, wr_arena_strdup(&t->arena, topic != NULL ? topic : ""));
}

struct wr_gsink *wr_dsl_sink(struct weir_topology *t, const struct weir_sink *sink)
{
    struct wr_gsink *g = WR_ARENA_NEW(&t->arena, struct wr_gsink);
    g->arg = sink->arg;
    g->partition = sink->partition;
    return g;
}

/* Did the library generate this name? "KSTREAM", anything, '-' and ten digits. */
static bool is_generated(const char *name)
{
    size_t len = strlen(name);
    return strncmp(name, "KSTREAM", 7) == 0 && len >= 18 && name[len - 11] == '-' &&
           strspn(name + len - 10, "0123456789") == 10;
}

static bool ends_with(const char *name, const char *end)
{
    size_t len = strlen(name);
    return len >= strlen(end) && strcmp(name + len - strlen(end), end) == 0;
}

struct wr_dnode *wr_dsl_repartition(struct weir_topology *t, const char *base, bool named,
                                    const struct weir_codec *key, const struct weir_codec *value)
{
    static const char suffix[] = "-repartition";
    struct wr_drepartition *r = WR_ARENA_NEW(&t->arena, struct wr_drepartition);
    r->topic = wr_arena_printf(&t->arena, "%s%s", base, ends_with(base, suffix) ? "" : suffix);
    r->named = named;
    r->mergeable = true;
    r->key = key;
    r->value = value;

    bool generated = is_generated(base);
    const char *sink = generated ? NULL : wr_arena_printf(&t->arena, "%s-sink", r->topic);
    const char *filter = generated ? NULL : wr_arena_printf(&t->arena, "%s-filter", r->topic);
    const char *source = generated ? NULL : wr_arena_printf(&t->arena, "%s-source", r->topic);
    r->sink = wr_dsl_name(t, sink, "KSTREAM-SINK-");
    r->filter = wr_dsl_name(t, filter, "KSTREAM-FILTER-");
    struct wr_dnode *n =
        wr_dsl_node(t, WR_DNODE_REPARTITION, wr_dsl_name(t, source, "KSTREAM-SOURCE-"));
    n->repartition = r;
    return n;
}
