/* drawing.c -- a described topology as text for people (UTF-8).
 *
 * Each sub-topology is a forest whose roots are its sources. A node with one child is followed by
 * it below, with an arrow; only forks are indented, so that long chains stay narrow. A node with
 * several parents is drawn below the first of them and named below the others. */
#include "src/base/base.h"

#include "tools/drawing.h"

/* What stands in front of the lines of one branch: the first line and the others. */
struct margin {
    const char *first;
    const char *rest;
};

static void put_names(struct wr_buf *out, const char *before, const struct wr_names *names)
{
    for (size_t i = 0; i < names->count; i++) {
        wr_buf_printf(out, "%s%s", i == 0 ? before : ", ", names->items[i]);
    }
}

static void put_node(struct wr_buf *out, struct wr_described_node *n)
{
    wr_buf_str(out, n->name);
    if (n->drawn) {
        wr_buf_str(out, "  (above)\n");
        return;
    }
    put_names(out, n->stores.count == 1 ? "  store " : "  stores ", &n->stores);
    put_names(out, n->is_sink ? "  writes " : "  reads ", &n->topics);
    if (n->is_sink && n->topics.count == 0) {
        wr_buf_str(out, "  writes topics that it computes");
    }
    wr_buf_char(out, '\n');
}

/* Draw n and what is below it, with `prefix` in front of every line. The depth of the recursion is
 * that of forks inside forks, and a node is entered once. */
static void draw(struct wr_buf *out, struct wr_described_node *n, const char *prefix,
                 const struct margin *margin)
{
    static const struct margin fork = {"├─ ", "│  "};
    static const struct margin last = {"└─ ", "   "};
    struct wr_buf below = {0};
    wr_buf_printf(&below, "%s%s", prefix, margin->rest);
    wr_buf_printf(out, "%s%s", prefix, margin->first);
    bool again = n->drawn;
    put_node(out, n);
    while (!again) {
        n->drawn = true;
        if (n->child_count != 1) {
            break;
        }
        n = n->children[0];
        again = n->drawn;
        wr_buf_printf(out, "%s↓ ", wr_buf_cstr(&below));
        put_node(out, n);
    }
    for (size_t i = 0; !again && i < n->child_count; i++) {
        draw(out, n->children[i], wr_buf_cstr(&below), i + 1 < n->child_count ? &fork : &last);
    }
    wr_buf_free(&below);
}

static void draw_subtopology(struct wr_buf *out, struct wr_described_subtopology *s)
{
    static const struct margin root = {"", ""};
    wr_buf_printf(out, "\nsub-topology %d\n", s->id);
    for (size_t i = 0; i < s->node_count; i++) {
        if (s->nodes[i].parent_count == 0) {
            draw(out, &s->nodes[i], "  ", &root);
        }
    }
}

static void list_stores(struct wr_buf *out, const struct wr_description *d)
{
    wr_buf_str(out, d->store_count > 0 ? "\nstores\n" : "");
    for (size_t i = 0; i < d->store_count; i++) {
        const struct wr_described_store *s = &d->stores[i];
        wr_buf_printf(out, "  %s  %s, %s to %s, %s, in sub-topology %d\n", s->name, s->type, s->key,
                      s->value, s->backend, s->subtopology);
        wr_buf_printf(out, "    changelog %s\n", s->changelog != NULL ? s->changelog : "none");
    }
}

static void list_topics(struct wr_buf *out, const struct wr_description *d)
{
    wr_buf_str(out, d->topic_count > 0 ? "\ninternal topics\n" : "");
    for (size_t i = 0; i < d->topic_count; i++) {
        const struct wr_described_topic *t = &d->topics[i];
        wr_buf_printf(out, "  %s  %s", t->name, t->kind);
        if (t->partitions > 0) {
            wr_buf_printf(out, ", %d partitions", t->partitions);
        }
        put_names(out, "\n    ", &t->settings);
        wr_buf_char(out, '\n');
    }
}

static void put_count(struct wr_buf *out, size_t n, const char *one, const char *many)
{
    wr_buf_printf(out, "%zu %s", n, n == 1 ? one : many);
}

void wr_draw_topology(struct wr_description *d, struct wr_buf *out)
{
    wr_buf_printf(out, "%s: ", d->application);
    put_count(out, d->subtopology_count, "sub-topology, ", "sub-topologies, ");
    put_count(out, d->store_count, "store, ", "stores, ");
    put_count(out, d->topic_count, "internal topic\n", "internal topics\n");
    for (size_t i = 0; i < d->subtopology_count; i++) {
        draw_subtopology(out, &d->subtopologies[i]);
    }
    list_stores(out, d);
    list_topics(out, d);
}
