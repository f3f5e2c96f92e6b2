/* optimise.c -- rewriting the operators before they are written, as Kafka Streams does: the names
 * of topics and nodes that come out of it are part of a running application's identity. */
#include "src/base/base.h"

#include <string.h>

#include "topology/dsl/dsl.h"

/* ---- streams of the same topics -------------------------------------------------------------- */

static bool has_topic(const struct wr_dnode *n, const char *topic)
{
    for (size_t i = 0; i < n->topics.count; i++) {
        if (strcmp(n->topics.items[i], topic) == 0) {
            return true;
        }
    }
    return false;
}

static bool has_topics_of(const struct wr_dnode *n, const struct wr_dnode *other)
{
    for (size_t i = 0; i < other->topics.count; i++) {
        if (!has_topic(n, other->topics.items[i])) {
            return false;
        }
    }
    return true;
}

/* Codecs are judged once, where the topic is read: a stream whose values another codec has let
 * through would find fields in what is no value of its own. */
static bool same_codecs(const struct wr_gsource *a, const struct wr_gsource *b)
{
    return strcmp(a->key->name, b->key->name) == 0 && strcmp(a->value->name, b->value->name) == 0;
}

static bool same_reading(const struct wr_gsource *a, const struct wr_gsource *b)
{
    bool same_field = a->time_field == NULL || b->time_field == NULL
                          ? a->time_field == b->time_field
                          : strcmp(a->time_field->path, b->time_field->path) == 0;
    return same_codecs(a, b) && same_field && a->reset == b->reset &&
           a->timestamp == b->timestamp && a->out_of_order_ms == b->out_of_order_ms;
}

static void merge_source(struct weir_topology *t, struct wr_dnode *into, struct wr_dnode *n)
{
    if (!same_reading(into->source, n->source)) {
        wr_finding(&t->findings,
                   "source \"%s\": it reads the topics of source \"%s\" with another codec, reset, "
                   "time or disorder, but topics are read once; give both the same options",
                   n->name, into->name);
    }
    while (n->children.count > 0) {
        struct wr_dnode *child = n->children.items[0];
        wr_dsl_unlink(n, child);
        wr_dsl_link(into, child);
    }
    wr_dsl_unlink(&t->dsl->root, n);
}

void wr_dsl_merge_sources(struct weir_topology *t)
{
    struct wr_ptrs *sources = &t->dsl->root.children;
    for (size_t i = 0; i < sources->count; i++) {
        struct wr_dnode *into = sources->items[i];
        size_t k = i + 1;
        while (into->kind == WR_DNODE_SOURCE && k < sources->count) {
            struct wr_dnode *n = sources->items[k];
            if (n->kind == WR_DNODE_SOURCE && has_topics_of(into, n) && has_topics_of(n, into)) {
                merge_source(t, into, n);
            } else {
                k++;
            }
        }
    }
}

/* ---- repartitions below the same change of the key ------------------------------------------- */

typedef bool wr_dnode_test(const struct wr_dnode *n, const void *arg);

static struct wr_dnode *search(struct wr_dnode *n, wr_dnode_test *test, const void *arg,
                               size_t number)
{
    if (n->looked_at == number) {
        return NULL;
    }
    n->looked_at = number;
    if (test(n, arg)) {
        return n;
    }
    for (size_t i = 0; i < n->parents.count; i++) {
        struct wr_dnode *found = search(n->parents.items[i], test, arg, number);
        if (found != NULL) {
            return found;
        }
    }
    return NULL;
}

/* The first operator from n upwards that passes the test, n itself included; depth first. */
static struct wr_dnode *find_above(struct weir_topology *t, struct wr_dnode *n, wr_dnode_test *test,
                                   const void *arg)
{
    return search(n, test, arg, ++t->dsl->searches);
}

static bool changes_key(const struct wr_dnode *n, const void *arg)
{
    WR_UNUSED(arg);
    return n->changes_key;
}

static bool changes_record(const struct wr_dnode *n, const void *arg)
{
    WR_UNUSED(arg);
    return n->changes_key || n->changes_value;
}

static bool is_child_of(const struct wr_dnode *n, const void *parent)
{
    return wr_ptrs_has(&n->parents, parent);
}

/* An operator below which repartitions can be one. */
struct changer {
    struct wr_dnode *node;
    struct wr_ptrs repartitions; /* struct wr_dnode *, in order of addition */
};

static struct changer *add_changer(struct weir_topology *t, struct wr_ptrs *changers,
                                   struct wr_dnode *node)
{
    struct changer *c = WR_ARENA_NEW(&t->arena, struct changer);
    c->node = node;
    wr_ptrs_push(changers, c);
    return c;
}

/* Which change of the key does a repartition belong to? None, if values are changed in between:
 * moving it up would make its topic hold other values. */
static struct changer *changer_of(struct weir_topology *t, const struct wr_ptrs *changers,
                                  struct wr_dnode *repartition)
{
    struct wr_dnode *key = find_above(t, repartition, changes_key, NULL);
    if (key == NULL || key != find_above(t, repartition, changes_record, NULL)) {
        return NULL;
    }
    for (size_t i = 0; i < changers->count; i++) {
        struct changer *c = changers->items[i];
        if (c->node == key) {
            return c;
        }
    }
    return NULL;
}

static void find_changers(struct weir_topology *t, struct wr_ptrs *changers)
{
    struct wr_ptrs *nodes = &t->dsl->nodes;
    for (size_t i = 0; i < nodes->count; i++) {
        struct wr_dnode *n = nodes->items[i];
        if (n->changes_key) {
            add_changer(t, changers, n);
        } else if (n->kind == WR_DNODE_REPARTITION && n->repartition->mergeable) {
            struct changer *c = changer_of(t, changers, n);
            if (c != NULL) {
                wr_ptrs_push(&c->repartitions, n);
            }
        }
    }
}

/* All repartitions of c come from below the merge, and the merge from below c's node. */
static bool belongs_to_merge(struct weir_topology *t, const struct changer *c,
                             struct wr_dnode *merge)
{
    for (size_t i = 0; i < c->repartitions.count; i++) {
        if (find_above(t, c->repartitions.items[i], is_child_of, merge) == NULL) {
            return false;
        }
    }
    return find_above(t, merge, is_child_of, c->node) != NULL;
}

/* A repartition below the merge of streams with changed keys has to stay below the merge. */
static void move_to_merges(struct weir_topology *t, struct wr_ptrs *changers)
{
    struct wr_ptrs *nodes = &t->dsl->nodes;
    struct wr_ptrs moved = {0};
    size_t count = changers->count; /* those that are added here are merges */
    for (size_t i = 0; i < nodes->count; i++) {
        struct wr_dnode *merge = nodes->items[i];
        if (!merge->merges) {
            continue;
        }
        struct changer *at = add_changer(t, changers, merge);
        for (size_t k = 0; k < count; k++) {
            struct changer *c = changers->items[k];
            if (!belongs_to_merge(t, c, merge)) {
                continue;
            }
            wr_ptrs_push(&moved, c);
            for (size_t r = 0; r < c->repartitions.count; r++) {
                if (!wr_ptrs_has(&at->repartitions, c->repartitions.items[r])) {
                    wr_ptrs_push(&at->repartitions, c->repartitions.items[r]);
                }
            }
        }
    }
    for (size_t i = 0; i < moved.count; i++) {
        ((struct changer *)moved.items[i])->repartitions.count = 0;
    }
    wr_ptrs_free(&moved);
}

/* The one repartition: named as the first of them. */
static struct wr_dnode *make_single(struct weir_topology *t, const struct changer *c)
{
    const struct wr_dnode *first = c->repartitions.items[0];
    const struct weir_codec *key = NULL;
    const struct weir_codec *value = NULL;
    for (size_t i = 0; i < c->repartitions.count; i++) {
        const struct wr_dnode *n = c->repartitions.items[i];
        key = key != NULL ? key : n->repartition->key;
        value = value != NULL ? value : n->repartition->value;
    }
    struct wr_dnode *single =
        wr_dsl_repartition(t, first->repartition->topic, first->repartition->named, key, value);
    single->priority = c->node->priority; /* before everything below */
    return single;
}

/* Take a repartition away: what it stood between is connected. */
static void dissolve(struct wr_dnode *repartition)
{
    for (size_t i = 0; i < repartition->children.count; i++) {
        for (size_t k = 0; k < repartition->parents.count; k++) {
            wr_dsl_link(repartition->parents.items[k], repartition->children.items[i]);
        }
    }
    while (repartition->parents.count > 0) {
        wr_dsl_unlink(repartition->parents.items[0], repartition);
    }
    while (repartition->children.count > 0) {
        wr_dsl_unlink(repartition, repartition->children.items[0]);
    }
}

static void merge_below(struct weir_topology *t, struct changer *c)
{
    struct wr_dnode *single = make_single(t, c);
    for (size_t i = 0; i < c->repartitions.count; i++) {
        struct wr_dnode *repartition = c->repartitions.items[i];
        struct wr_dnode *child = find_above(t, repartition, is_child_of, c->node);
        if (child != NULL) { /* else it was moved with another repartition */
            wr_dsl_link(single, child);
            wr_dsl_unlink(c->node, child);
        }
        dissolve(repartition);
    }
    wr_dsl_link(c->node, single);
}

void wr_dsl_merge_repartitions(struct weir_topology *t)
{
    struct wr_ptrs changers = {0};
    find_changers(t, &changers);
    move_to_merges(t, &changers);
    for (size_t i = 0; i < changers.count; i++) {
        struct changer *c = changers.items[i];
        if (c->repartitions.count > 0) {
            merge_below(t, c);
        }
    }
    for (size_t i = 0; i < changers.count; i++) {
        wr_ptrs_free(&((struct changer *)changers.items[i])->repartitions);
    }
    wr_ptrs_free(&changers);
}
