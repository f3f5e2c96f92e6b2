/* describe.c -- Kafka Streams' TopologyDescription.
 *
 * Nodes of a sub-topology are listed by the size of the tree below them, larger first, then by
 * name. Lists of successors and predecessors use the same order, but with the sizes as they were
 * when each item was put in: Kafka Streams connects nodes in the order of a Java hash table and
 * sizes grow while it does. That order is reproduced here, because people compare these texts. */
#include "src/base/base.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "topology/graph/describe.h"

/* One node of the sub-topology that is being described. */
struct item {
    const struct wr_gnode *node;
    size_t size; /* nodes below it, itself included, each once for each way down */
    uint32_t bucket;
    struct wr_ptrs parents;  /* struct item *, in the order of the text */
    struct wr_ptrs children; /* struct item * */
};

/* String.hashCode(), as HashMap spreads it. */
static uint32_t java_hash(const char *name)
{
    uint32_t h = 0;
    for (const char *p = name; *p != '\0'; p++) {
        h = 31 * h + (unsigned char)*p;
    }
    return h ^ (h >> 16);
}

/* The size of a HashMap of count entries. */
static uint32_t java_buckets(size_t count)
{
    uint32_t buckets = 16;
    while (count > (size_t)(buckets - buckets / 4)) {
        buckets *= 2;
    }
    return buckets;
}

static int compare_buckets(const void *a, const void *b)
{
    const struct item *x = *(struct item *const *)a;
    const struct item *y = *(struct item *const *)b;
    if (x->bucket != y->bucket) {
        return x->bucket < y->bucket ? -1 : 1;
    }
    return x->node->index < y->node->index ? -1 : 1; /* within a bucket: order of addition */
}

static int compare_items(const void *a, const void *b)
{
    const struct item *x = *(struct item *const *)a;
    const struct item *y = *(struct item *const *)b;
    if (x->size != y->size) {
        return x->size > y->size ? -1 : 1;
    }
    return strcmp(x->node->name, y->node->name);
}

/* Put an item in its place by the sizes of the moment. */
static void insert(struct wr_ptrs *list, struct item *item)
{
    size_t at = 0;
    while (at < list->count && compare_items(&list->items[at], &item) < 0) {
        at++;
    }
    wr_ptrs_push(list, item);
    memmove(&list->items[at + 1], &list->items[at], (list->count - 1 - at) * sizeof(void *));
    list->items[at] = item;
}

/* The sub-topology that is being described; items are in order of addition, so that parents come
 * before children. */
struct description {
    struct item *items;
    size_t count;
    size_t *growth; /* scratch, one for each item, zeros between calls */
};

/* The tree below an item grew: so did those of its parents so far, once for each way up. */
static void grow(struct description *d, const struct item *item, size_t by)
{
    d->growth[item - d->items] = by;
    for (size_t i = (size_t)(item - d->items) + 1; i-- > 0;) {
        struct item *grown = &d->items[i];
        for (size_t k = 0; d->growth[i] != 0 && k < grown->parents.count; k++) {
            const struct item *parent = grown->parents.items[k];
            d->growth[parent - d->items] += d->growth[i];
        }
        grown->size += d->growth[i];
        d->growth[i] = 0;
    }
}

static struct item *item_of(const struct description *d, const struct wr_gnode *node)
{
    struct item *item = d->items;
    while (item->node != node) {
        item++;
        wr_assert(item < d->items + d->count);
    }
    return item;
}

static void connect(struct description *d, struct item *child)
{
    for (size_t i = 0; i < child->node->parents.count; i++) {
        struct item *parent = item_of(d, child->node->parents.items[i]);
        insert(&child->parents, parent);
        insert(&parent->children, child);
        grow(d, parent, child->size);
    }
}

static void add_names(struct wr_buf *out, const char *arrow, const struct wr_ptrs *items)
{
    wr_buf_printf(out, "\n      %s ", arrow);
    if (items->count == 0) {
        wr_buf_str(out, "none");
    }
    for (size_t i = 0; i < items->count; i++) {
        const struct item *item = items->items[i];
        wr_buf_printf(out, "%s%s", i > 0 ? ", " : "", item->node->name);
    }
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* "[a, b]", sorted. */
static void add_list(struct wr_buf *out, struct wr_ptrs *names)
{
    if (names->count > 1) {
        qsort(names->items, names->count, sizeof names->items[0], compare_names);
    }
    for (size_t i = 0; i < names->count; i++) {
        wr_buf_printf(out, "%s%s", i > 0 ? ", " : "[", (const char *)names->items[i]);
    }
    wr_buf_str(out, names->count > 0 ? "]" : "[]");
}

static void add_topics(struct wr_buf *out, const struct wr_gsource *source)
{
    struct wr_ptrs names = {0};
    for (size_t i = 0; i < source->topics.count; i++) {
        wr_ptrs_push(&names, (char *)((const struct wr_gtopic *)source->topics.items[i])->name);
    }
    add_list(out, &names);
    wr_ptrs_free(&names);
}

static void add_stores(struct wr_buf *out, const struct wr_gnode *node)
{
    struct wr_ptrs names = {0};
    for (size_t i = 0; i < node->stores.count; i++) {
        wr_ptrs_push(&names, (char *)((const struct wr_gstore *)node->stores.items[i])->name);
    }
    add_list(out, &names);
    wr_ptrs_free(&names);
}

static void add_node(struct wr_buf *out, const struct item *item)
{
    const struct wr_gnode *n = item->node;
    switch (n->kind) {
    case WR_GNODE_SOURCE:
        wr_buf_printf(out, "    Source: %s (topics: ", n->name);
        add_topics(out, n->source);
        break;
    case WR_GNODE_PROCESSOR:
        wr_buf_printf(out, "    Processor: %s (stores: ", n->name);
        add_stores(out, n);
        break;
    case WR_GNODE_SINK:
        wr_buf_printf(out, "    Sink: %s (%s", n->name,
                      n->sink->topic != NULL ? "topic: " : "extractor class: ");
        wr_buf_str(out, n->sink->topic != NULL ? n->sink->topic->name : "*");
        break;
    }
    wr_buf_char(out, ')');
    if (n->kind != WR_GNODE_SINK) {
        add_names(out, "-->", &item->children);
    }
    if (n->kind != WR_GNODE_SOURCE) {
        add_names(out, "<--", &item->parents);
    }
    wr_buf_char(out, '\n');
}

static void add_subtopology(struct wr_buf *out, const struct wr_subtopology *s)
{
    size_t count = s->nodes.count;
    struct description d = {.items = wr_calloc(count, sizeof *d.items),
                            .count = count,
                            .growth = wr_calloc(count, sizeof *d.growth)};
    struct item **order = wr_calloc(count, sizeof(struct item *));
    uint32_t mask = java_buckets(count) - 1;
    for (size_t i = 0; i < count; i++) {
        const struct wr_gnode *n = s->nodes.items[i];
        d.items[i] = (struct item){.node = n, .size = 1, .bucket = java_hash(n->name) & mask};
        order[i] = &d.items[i];
    }
    qsort(order, count, sizeof(struct item *), compare_buckets);
    for (size_t i = 0; i < count; i++) {
        connect(&d, order[i]);
    }
    qsort(order, count, sizeof(struct item *), compare_items);
    for (size_t i = 0; i < count; i++) {
        add_node(out, order[i]);
        wr_ptrs_free(&order[i]->parents);
        wr_ptrs_free(&order[i]->children);
    }
    wr_free(order);
    wr_free(d.growth);
    wr_free(d.items);
}

void wr_describe_text(const struct wr_graph *g, struct wr_buf *out)
{
    wr_assert(g->finished);
    wr_buf_str(out, "Topologies:\n ");
    for (size_t i = 0; i < g->subtopologies.count; i++) {
        const struct wr_subtopology *s = g->subtopologies.items[i];
        wr_buf_printf(out, "  Sub-topology: %d\n", s->id);
        add_subtopology(out, s);
        wr_buf_char(out, '\n');
    }
}
