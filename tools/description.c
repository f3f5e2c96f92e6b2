/* description.c -- reading a description of a topology. Nothing in the text is trusted: it comes
 * from another program. Members that are not known are left alone, for newer applications. */
#include "src/base/base.h"

#include <string.h>

#include <jansson.h>

#include "src/base/err.h"
#include "src/base/mem.h"
#include "tools/description.h"

/* What reading an element needs to know. */
struct reader {
    struct wr_description *d;
    struct weir_error *err;
};

/* Fills in *element, zeroed, from one. */
typedef enum weir_code read_fn(struct reader *r, json_t *from, void *element);

static enum weir_code refuse(struct reader *r, const char *what, const json_error_t *why)
{
    return wr_fail(r->err, WEIR_EDECODE, "%s: %s", what, why->text);
}

/* An array, or NULL for none, whose elements become structures of `size` bytes. */
static enum weir_code read_array(struct reader *r, json_t *from, size_t size, read_fn *read,
                                 void **out)
{
    char *elements = wr_arena_zalloc(&r->d->arena, json_array_size(from) * size);
    enum weir_code code = WEIR_OK;
    if (from != NULL && !json_is_array(from)) {
        code = wr_fail(r->err, WEIR_EDECODE, "something that has to be an array is none");
    }
    for (size_t i = 0; i < json_array_size(from) && code == WEIR_OK; i++) {
        code = read(r, json_array_get(from, i), elements + i * size);
    }
    *out = elements;
    return code;
}

static enum weir_code read_name(struct reader *r, json_t *from, void *element)
{
    const char **name = element;
    *name = json_string_value(from);
    return *name != NULL ? WEIR_OK : wr_fail(r->err, WEIR_EDECODE, "a name is not a string");
}

static enum weir_code read_names(struct reader *r, json_t *from, struct wr_names *out)
{
    void *items;
    enum weir_code code = read_array(r, from, sizeof *out->items, read_name, &items);
    *out = (struct wr_names){items, json_array_size(from)};
    return code;
}

/* ---- nodes ----------------------------------------------------------------------------------- */

/* Names of nodes become pointers once all nodes of the sub-topology are there. */
static enum weir_code link_children(struct reader *r, struct wr_described_subtopology *s, size_t at,
                                    json_t *children)
{
    struct wr_names names;
    struct wr_described_node *n = &s->nodes[at];
    enum weir_code code = read_names(r, children, &names);
    if (code != WEIR_OK) {
        return code;
    }
    n->children = wr_arena_zalloc(&r->d->arena, names.count * sizeof(void *));
    for (; n->child_count < names.count; n->child_count++) {
        const char *name = names.items[n->child_count];
        size_t k = 0;
        while (k < s->node_count && strcmp(s->nodes[k].name, name) != 0) {
            k++;
        }
        if (k == s->node_count) {
            return wr_fail(r->err, WEIR_EDECODE, "node \"%s\" has a child \"%s\" that is no node",
                           n->name, name);
        }
        n->children[n->child_count] = &s->nodes[k];
        s->nodes[k].parent_count++;
    }
    return WEIR_OK;
}

static enum weir_code read_node(struct reader *r, json_t *from, void *element)
{
    json_error_t why;
    struct wr_described_node *n = element;
    const char *kind;
    json_t *topics = NULL;
    json_t *stores;
    json_t *children;
    if (json_unpack_ex(from, &why, 0, "{s:s, s:s, s?:o, s:o, s:o}", "name", &n->name, "kind", &kind,
                       "topics", &topics, "stores", &stores, "children", &children) != 0) {
        return refuse(r, "node", &why);
    }
    n->is_sink = strcmp(kind, "sink") == 0;
    enum weir_code code = read_names(r, stores, &n->stores);
    return code == WEIR_OK ? read_names(r, topics, &n->topics) : code;
}

static enum weir_code read_subtopology(struct reader *r, json_t *from, void *element)
{
    json_error_t why;
    struct wr_described_subtopology *s = element;
    json_t *nodes;
    void *read;
    if (json_unpack_ex(from, &why, 0, "{s:i, s:o}", "id", &s->id, "nodes", &nodes) != 0) {
        return refuse(r, "sub-topology", &why);
    }
    enum weir_code code = read_array(r, nodes, sizeof *s->nodes, read_node, &read);
    s->nodes = read;
    s->node_count = json_array_size(nodes);
    for (size_t i = 0; i < s->node_count && code == WEIR_OK; i++) {
        code = link_children(r, s, i, json_object_get(json_array_get(nodes, i), "children"));
    }
    return code;
}

/* ---- stores and topics ----------------------------------------------------------------------- */

static enum weir_code read_store(struct reader *r, json_t *from, void *element)
{
    json_error_t why;
    struct wr_described_store *s = element;
    json_t *changelog = NULL;
    if (json_unpack_ex(from, &why, 0, "{s:s, s:s, s:s, s:s, s:s, s?:o, s:i}", "name", &s->name,
                       "type", &s->type, "key", &s->key, "value", &s->value, "backend", &s->backend,
                       "changelog", &changelog, "subtopology", &s->subtopology) != 0) {
        return refuse(r, "store", &why);
    }
    s->changelog = json_string_value(changelog); /* null: it has none */
    return WEIR_OK;
}

static enum weir_code read_topic(struct reader *r, json_t *from, void *element)
{
    json_error_t why;
    struct wr_described_topic *t = element;
    json_t *config;
    const char *name;
    json_t *value;
    if (json_unpack_ex(from, &why, 0, "{s:s, s:s, s?:i, s:o}", "name", &t->name, "kind", &t->kind,
                       "partitions", &t->partitions, "config", &config) != 0) {
        return refuse(r, "topic", &why);
    }
    t->settings.items =
        wr_arena_zalloc(&r->d->arena, json_object_size(config) * sizeof *t->settings.items);
    json_object_foreach(config, name, value)
    {
        const char *text = json_is_string(value) ? json_string_value(value) : "?";
        t->settings.items[t->settings.count++] = wr_arena_printf(&r->d->arena, "%s=%s", name, text);
    }
    return WEIR_OK;
}

/* ---- the whole ------------------------------------------------------------------------------- */

/* Inside an application a repartition topic is called without the application's name. */
static void name_topics_as_in_cluster(struct wr_description *d, struct wr_described_node *n)
{
    size_t prefix = strlen(d->application) + 1;
    for (size_t i = 0; i < n->topics.count; i++) {
        for (size_t k = 0; k < d->topic_count; k++) {
            const char *full = d->topics[k].name;
            if (strcmp(d->topics[k].kind, "repartition") == 0 && strlen(full) > prefix &&
                strcmp(full + prefix, n->topics.items[i]) == 0) {
                n->topics.items[i] = full;
                break;
            }
        }
    }
}

static enum weir_code read_members(struct reader *r)
{
    json_error_t why;
    struct wr_description *d = r->d;
    json_t *subtopologies;
    json_t *stores;
    json_t *topics;
    void *read;
    if (json_unpack_ex(d->json, &why, 0, "{s:s, s:o, s:o, s:o}", "application", &d->application,
                       "subtopologies", &subtopologies, "stores", &stores, "topics",
                       &topics) != 0) {
        return refuse(r, "description", &why);
    }
    enum weir_code code =
        read_array(r, subtopologies, sizeof *d->subtopologies, read_subtopology, &read);
    d->subtopologies = read;
    d->subtopology_count = json_array_size(subtopologies);
    if (code == WEIR_OK) {
        code = read_array(r, stores, sizeof *d->stores, read_store, &read);
        d->stores = read;
        d->store_count = json_array_size(stores);
    }
    if (code == WEIR_OK) {
        code = read_array(r, topics, sizeof *d->topics, read_topic, &read);
        d->topics = read;
        d->topic_count = json_array_size(topics);
    }
    return code;
}

enum weir_code wr_description_read(struct wr_description **out, struct weir_bytes text,
                                   struct weir_error *err)
{
    json_error_t why;
    *out = NULL;
    json_t *json = json_loadb(text.data, text.len, JSON_REJECT_DUPLICATES, &why);
    if (json == NULL) {
        return wr_fail(err, WEIR_EDECODE, "it is not JSON: line %d: %s", why.line, why.text);
    }
    struct wr_description *d = WR_NEW(struct wr_description);
    wr_arena_init(&d->arena, 16384);
    d->json = json;
    enum weir_code code = read_members(&(struct reader){d, err});
    if (code != WEIR_OK) {
        wr_description_free(d);
        return code;
    }
    for (size_t i = 0; i < d->subtopology_count; i++) {
        for (size_t k = 0; k < d->subtopologies[i].node_count; k++) {
            name_topics_as_in_cluster(d, &d->subtopologies[i].nodes[k]);
        }
    }
    *out = d;
    return WEIR_OK;
}

void wr_description_free(struct wr_description *d)
{
    if (d == NULL) {
        return;
    }
    json_decref(d->json);
    wr_arena_free(&d->arena);
    wr_free(d);
}
