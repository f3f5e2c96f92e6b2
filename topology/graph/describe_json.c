/* describe_json.c -- a graph as JSON, for `weir topology` and HTTP; describe.h has the members. */
#include "src/base/base.h"

#include "src/data/codecs.h"
#include "src/data/json_text.h"
#include "topology/graph/describe.h"
#include "topology/graph/identity.h"
#include "topology/graph/internal_topics.h"

static void add_string(struct wr_buf *out, const char *s)
{
    wr_json_put_string(out, weir_str(s));
}

/* ,"key":"value" */
static void add_member(struct wr_buf *out, const char *key, const char *value)
{
    wr_buf_printf(out, ",\"%s\":", key);
    if (value != NULL) {
        add_string(out, value);
    } else {
        wr_buf_str(out, "null");
    }
}

static const char *node_name(const void *p)
{
    return ((const struct wr_gnode *)p)->name;
}

static const char *store_name(const void *p)
{
    return ((const struct wr_gstore *)p)->name;
}

static const char *topic_name(const void *p)
{
    return ((const struct wr_gtopic *)p)->name;
}

/* ,"key":["a","b"] */
static void add_names(struct wr_buf *out, const char *key, const struct wr_ptrs *items,
                      const char *(*name)(const void *))
{
    wr_buf_printf(out, ",\"%s\":[", key);
    for (size_t i = 0; i < items->count; i++) {
        wr_buf_str(out, i > 0 ? "," : "");
        add_string(out, name(items->items[i]));
    }
    wr_buf_char(out, ']');
}

static void add_node(struct wr_buf *out, const struct wr_gnode *n)
{
    static const char *const kinds[] = {
        [WR_GNODE_SOURCE] = "source",
        [WR_GNODE_PROCESSOR] = "processor",
        [WR_GNODE_SINK] = "sink",
    };
    wr_buf_str(out, "{\"name\":");
    add_string(out, n->name);
    add_member(out, "kind", kinds[n->kind]);
    if (n->source != NULL) {
        add_names(out, "topics", &n->source->topics, topic_name);
    } else if (n->sink != NULL) {
        struct wr_gtopic *topic = n->sink->topic;
        struct wr_ptrs one = {(void **)&topic, topic != NULL, 1};
        add_names(out, "topics", &one, topic_name);
    }
    add_names(out, "stores", &n->stores, store_name);
    add_names(out, "parents", &n->parents, node_name);
    add_names(out, "children", &n->children, node_name);
    wr_buf_char(out, '}');
}

static void add_subtopology(struct wr_buf *out, const struct wr_subtopology *s)
{
    struct wr_buf identity = {0};
    wr_identity_text(s, &identity);
    wr_buf_printf(out, "{\"id\":%d", s->id);
    add_member(out, "identity", wr_buf_cstr(&identity));
    wr_buf_free(&identity);
    wr_buf_str(out, ",\"nodes\":[");
    for (size_t i = 0; i < s->nodes.count; i++) {
        wr_buf_str(out, i > 0 ? "," : "");
        add_node(out, s->nodes.items[i]);
    }
    wr_buf_str(out, "]}");
}

static void add_store(struct wr_buf *out, const struct wr_gstore *s, const char *application_id,
                      struct wr_arena *arena)
{
    wr_buf_str(out, "{\"name\":");
    add_string(out, s->name);
    add_member(out, "type", wr_store_type_name(s->type));
    add_member(out, "key", s->key->name);
    add_member(out, "value", s->value->name);
    add_member(out, "backend", s->memory ? "memory" : "persistent");
    add_member(out, "changelog", wr_changelog_name(arena, application_id, s));
    wr_buf_printf(out, ",\"subtopology\":%d}", s->subtopology);
}

static void add_topic(struct wr_buf *out, const struct wr_internal_topic *t)
{
    wr_buf_str(out, "{\"name\":");
    add_string(out, t->name);
    add_member(out, "kind", t->store != NULL ? "changelog" : "repartition");
    if (t->topic != NULL && t->topic->partitions > 0) {
        wr_buf_printf(out, ",\"partitions\":%d", (int)t->topic->partitions);
    }
    wr_buf_str(out, ",\"config\":{");
    for (size_t i = 0; i < t->setting_count; i++) {
        wr_buf_str(out, i > 0 ? "," : "");
        add_string(out, t->settings[i].name);
        wr_buf_char(out, ':');
        add_string(out, t->settings[i].value);
    }
    wr_buf_str(out, "}}");
}

void wr_describe_json(const struct wr_graph *g, const char *application_id, struct wr_buf *out)
{
    struct wr_arena arena;
    wr_arena_init(&arena, 4096);
    wr_buf_str(out, "{\"application\":");
    add_string(out, application_id);
    wr_buf_str(out, ",\"subtopologies\":[");
    for (size_t i = 0; i < g->subtopologies.count; i++) {
        wr_buf_str(out, i > 0 ? "," : "");
        add_subtopology(out, g->subtopologies.items[i]);
    }
    wr_buf_str(out, "],\"stores\":[");
    for (size_t i = 0; i < g->stores.count; i++) {
        wr_buf_str(out, i > 0 ? "," : "");
        add_store(out, g->stores.items[i], application_id, &arena);
    }
    wr_buf_str(out, "],\"topics\":[");
    struct wr_internal_topic *topics;
    size_t count = wr_internal_topics(g, application_id, &arena, &topics);
    for (size_t i = 0; i < count; i++) {
        wr_buf_str(out, i > 0 ? "," : "");
        add_topic(out, &topics[i]);
    }
    wr_buf_str(out, "]}");
    wr_arena_free(&arena);
}
