/* case_topology.c -- operators of SPEC.md section 4 as calls of weir/stream.h and weir/topology.h.
 *
 * Everything a callback needs hangs on the struct case_topology and is freed with it. */
#include "src/base/base.h"

#include <stdio.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/base/ptrs.h"
#include "src/base/strmap.h"
#include "tests/conformance/case_topology.h"

/* What an operator leaves for those that name it in "in". One of the three is set, or none for
 * nodes of the low-level interface. */
struct handle {
    weir_stream *stream;
    weir_table *table;
    weir_grouped *grouped;
    enum case_type key;
    enum case_type value;
};

struct case_topology {
    const json_t *json;
    weir_topology *t;
    char not_built[96];
    struct wr_strmap handles; /* id -> struct handle * */
    struct wr_strmap topics;  /* -> struct case_types * */
    struct wr_strmap stores;  /* -> struct case_types * */
    struct wr_ptrs functions; /* struct case_function * */
};

enum { LIST_MAX = 16 }; /* topics, parents, stores, branches of one operator */

/* ---- reading the JSON ------------------------------------------------------------------------ */

static const char *text(const json_t *op, const char *member)
{
    return json_string_value(json_object_get(op, member));
}

static bool is(const json_t *op, const char *name)
{
    return strcmp(text(op, "op"), name) == 0;
}

static enum case_type type_of(const json_t *op, const char *member)
{
    return strcmp(text(op, member), "long") == 0 ? CASE_LONG : CASE_STRING;
}

static weir_codec *codec(struct case_topology *ct, enum case_type type)
{
    return type == CASE_LONG ? weir_i64(ct->t) : weir_string(ct->t);
}

/* ---- functions ------------------------------------------------------------------------------- */

static void parse_function(const char *function, char **name, char **arg)
{
    size_t len = strcspn(function, ":");
    *name = wr_strndup(function, len);
    *arg = wr_strdup(function[len] == ':' ? function + len + 1 : "");
}

static struct case_function *add_function(struct case_topology *ct, const char *function,
                                          const struct handle *in)
{
    struct case_function *f = WR_NEW(struct case_function);
    f->key = in->key;
    f->value = in->value;
    if (function != NULL) {
        parse_function(function, &f->name, &f->arg);
    }
    wr_ptrs_push(&ct->functions, f);
    return f;
}

static void free_function(struct case_function *f)
{
    wr_free(f->name);
    wr_free(f->arg);
    wr_free(f->name2);
    wr_free(f->arg2);
    wr_free(f->store);
    wr_free(f->init);
    wr_free(f);
}

/* ---- handles --------------------------------------------------------------------------------- */

static const struct handle *in(struct case_topology *ct, const json_t *op, size_t i)
{
    const json_t *id = json_array_get(json_object_get(op, "in"), i);
    const struct handle *h = wr_strmap_get(&ct->handles, json_string_value(id));
    wr_assert(h != NULL);
    return h;
}

static void put_id(struct case_topology *ct, const char *id, struct handle h)
{
    struct handle *copy = wr_memdup(&h, sizeof h);
    wr_free(wr_strmap_get(&ct->handles, id));
    wr_strmap_put(&ct->handles, id, copy);
}

static void put(struct case_topology *ct, const json_t *op, struct handle h)
{
    put_id(ct, text(op, "id"), h);
}

static void put_types(struct wr_strmap *map, const char *name, struct case_types t)
{
    wr_free(wr_strmap_get(map, name));
    wr_strmap_put(map, name, wr_memdup(&t, sizeof t));
}

static bool get_types(const struct wr_strmap *map, const char *name, struct case_types *out)
{
    const struct case_types *t = wr_strmap_get(map, name);
    if (t != NULL) {
        *out = *t;
    }
    return t != NULL;
}

bool case_topology_topic(const struct case_topology *ct, const char *name, struct case_types *out)
{
    return get_types(&ct->topics, name, out) || get_types(&ct->topics, "", out); /* computed */
}

bool case_topology_store(const struct case_topology *ct, const char *name, struct case_types *out)
{
    return get_types(&ct->stores, name, out);
}

/* ---- options --------------------------------------------------------------------------------- */

static struct weir_node node_options(struct case_topology *ct, const json_t *op, const void *arg,
                                     enum case_type key, enum case_type value)
{
    struct weir_node o = WEIR_NODE_INIT;
    o.name = text(op, "name");
    o.arg = arg;
    o.key = codec(ct, key);
    o.value = codec(ct, value);
    return o;
}

/* The options of a table, and the name of its store: NULL if it has none. */
static struct weir_table_options table_options(struct case_topology *ct, const json_t *op,
                                               struct handle h, const char **store)
{
    struct weir_table_options o = WEIR_TABLE_INIT;
    const json_t *spec = json_object_get(op, "store");
    o.name = text(op, "name");
    o.key = codec(ct, h.key);
    o.value = codec(ct, h.value);
    *store = json_is_string(spec) ? json_string_value(spec) : text(spec, "name");
    if (text(spec, "backend") != NULL && strcmp(text(spec, "backend"), "memory") == 0) {
        o.backend = WEIR_BACKEND_MEMORY;
    }
    o.unlogged = json_is_false(json_object_get(spec, "logging"));
    if (*store != NULL) {
        put_types(&ct->stores, *store, (struct case_types){h.key, h.value, true});
    }
    return o;
}

/* ---- sources and sinks ----------------------------------------------------------------------- */

static size_t topics_of(struct case_topology *ct, const json_t *op, const char **topics,
                        struct handle h)
{
    const json_t *list = json_object_get(op, "topics");
    size_t count = list != NULL ? json_array_size(list) : 1;
    wr_assert(count > 0 && count <= LIST_MAX);
    for (size_t i = 0; i < count; i++) {
        topics[i] = list != NULL ? json_string_value(json_array_get(list, i)) : text(op, "topic");
        put_types(&ct->topics, topics[i], (struct case_types){h.key, h.value, false});
    }
    return count;
}

static weir_timestamp_fn *extractor(const char *name)
{
    if (name == NULL || strcmp(name, "record") == 0) {
        return NULL;
    }
    if (strcmp(name, "value") == 0) {
        return case_time_value;
    }
    return strcmp(name, "value-or-fail") == 0 ? case_time_value_or_fail
                                              : case_time_value_or_partition_time;
}

static struct weir_source source_options(struct case_topology *ct, const json_t *op,
                                         struct handle h)
{
    struct weir_source o = WEIR_SOURCE_INIT;
    o.name = text(op, "name");
    o.key = codec(ct, h.key);
    o.value = codec(ct, h.value);
    o.timestamp = extractor(text(op, "extractor"));
    return o;
}

static void add_source(struct case_topology *ct, const json_t *op)
{
    const char *topics[LIST_MAX];
    struct handle h = {.key = type_of(op, "key"), .value = type_of(op, "value")};
    size_t count = topics_of(ct, op, topics, h);
    struct weir_source o = source_options(ct, op, h);
    if (is(op, "papi-source")) {
        weir_add_source(ct->t, text(op, "id"), topics, count, &o);
    } else if (is(op, "table")) {
        const char *store;
        struct weir_table_options table = table_options(ct, op, h, &store);
        h.table = weir_table_from(ct->t, topics[0], &o, store, &table);
    } else {
        h.stream = weir_from_topics(ct->t, topics, count, &o);
    }
    put(ct, op, h);
}

static void add_sink(struct case_topology *ct, const json_t *op)
{
    const struct handle *h = in(ct, op, 0);
    struct weir_sink o = WEIR_SINK_INIT;
    struct case_function *f = add_function(ct, text(op, "topic_fn"), h);
    o.name = text(op, "name");
    o.arg = f;
    if (text(op, "drop_if") != NULL) {
        f->arg2 = wr_strdup(text(op, "drop_if"));
        o.partition = case_drop_partitioner;
    }
    if (text(op, "topic_fn") != NULL) {
        put_types(&ct->topics, "", (struct case_types){h->key, h->value, false});
        weir_to_computed(h->stream, case_topic, &o);
    } else {
        put_types(&ct->topics, text(op, "topic"), (struct case_types){h->key, h->value, false});
        weir_to(h->stream, text(op, "topic"), &o);
    }
}

static void add_store(struct case_topology *ct, const json_t *op)
{
    struct weir_store_options o = WEIR_STORE_INIT;
    o.name = text(op, "name");
    o.type = strcmp(text(op, "type"), "kv") == 0 ? WEIR_STORE_KV : WEIR_STORE_TIMESTAMPED_KV;
    o.key = codec(ct, type_of(op, "key"));
    o.value = codec(ct, type_of(op, "value"));
    if (text(op, "backend") != NULL && strcmp(text(op, "backend"), "memory") == 0) {
        o.backend = WEIR_BACKEND_MEMORY;
    }
    o.unlogged = json_is_false(json_object_get(op, "logging"));
    put_types(&ct->stores, o.name,
              (struct case_types){type_of(op, "key"), type_of(op, "value"),
                                  o.type == WEIR_STORE_TIMESTAMPED_KV});
    weir_add_store(ct->t, &o);
    size_t i;
    const json_t *processor;
    json_array_foreach(json_object_get(op, "processors"), i, processor)
    {
        weir_connect_store(ct->t, json_string_value(processor), o.name);
    }
}

/* ---- one record at a time -------------------------------------------------------------------- */

static void add_filter(struct case_topology *ct, const json_t *op)
{
    struct handle h = *in(ct, op, 0);
    struct case_function *f = add_function(ct, text(op, "fn"), &h);
    struct weir_node o = node_options(ct, op, f, h.key, h.value);
    bool not = is(op, "filter-not");
    if (h.stream != NULL) {
        h.stream = not ? weir_filter_not(h.stream, case_predicate, &o)
                       : weir_filter(h.stream, case_predicate, &o);
    } else {
        const char *store;
        struct weir_table_options table = table_options(ct, op, h, &store);
        table.arg = f;
        h.table = not ? weir_table_filter_not(h.table, case_predicate, store, &table)
                      : weir_table_filter(h.table, case_predicate, store, &table);
    }
    put(ct, op, h);
}

static void add_map(struct case_topology *ct, const json_t *op)
{
    struct handle h = *in(ct, op, 0);
    struct case_function *f = add_function(ct, text(op, "key"), &h);
    parse_function(text(op, "value"), &f->name2, &f->arg2);
    h.key = case_key_type(f->name, f->key, f->value);
    h.value = case_value_type(f->name2, f->value);
    struct weir_node o = node_options(ct, op, f, h.key, h.value);
    h.stream = weir_map(h.stream, case_map, &o);
    put(ct, op, h);
}

static void add_map_values(struct case_topology *ct, const json_t *op)
{
    struct handle h = *in(ct, op, 0);
    struct case_function *f = add_function(ct, text(op, "fn"), &h);
    h.value = case_value_type(f->name, f->value);
    struct weir_node o = node_options(ct, op, f, h.key, h.value);
    if (h.stream != NULL) {
        h.stream = weir_map_values(h.stream, case_map_value, &o);
    } else {
        const char *store;
        struct weir_table_options table = table_options(ct, op, h, &store);
        table.arg = f;
        h.table = weir_table_map_values(h.table, case_map_value, store, &table);
    }
    put(ct, op, h);
}

static void add_select_key(struct case_topology *ct, const json_t *op)
{
    struct handle h = *in(ct, op, 0);
    struct case_function *f = add_function(ct, text(op, "fn"), &h);
    h.key = case_key_type(f->name, f->key, f->value);
    struct weir_node o = node_options(ct, op, f, h.key, h.value);
    h.stream = weir_select_key(h.stream, case_map_key, &o);
    put(ct, op, h);
}

static void add_flat_map(struct case_topology *ct, const json_t *op)
{
    struct handle h = *in(ct, op, 0);
    struct case_function *f = add_function(ct, text(op, "fn"), &h);
    if (strcmp(f->name, "words-to-keys") == 0) {
        h.value = h.key;
        h.key = CASE_STRING;
    }
    struct weir_node o = node_options(ct, op, f, h.key, h.value);
    h.stream = is(op, "flat-map") ? weir_flat_map(h.stream, case_flat_map, &o)
                                  : weir_flat_map_values(h.stream, case_flat_map, &o);
    put(ct, op, h);
}

static void add_peek(struct case_topology *ct, const json_t *op)
{
    struct handle h = *in(ct, op, 0);
    struct weir_node o = node_options(ct, op, NULL, h.key, h.value);
    h.stream = weir_peek(h.stream, case_peek, &o);
    put(ct, op, h);
}

static void add_split(struct case_topology *ct, const json_t *op)
{
    struct weir_branch branches[LIST_MAX] = {{0}};
    struct handle h = *in(ct, op, 0);
    struct weir_node o = node_options(ct, op, NULL, h.key, h.value);
    const json_t *list = json_object_get(op, "branches");
    const json_t *otherwise = json_object_get(op, "default");
    size_t count = json_array_size(list);
    wr_assert(count < LIST_MAX);
    for (size_t i = 0; i < count; i++) {
        const json_t *branch = json_array_get(list, i);
        branches[i].name = text(branch, "as");
        branches[i].fn = case_predicate;
        branches[i].arg = add_function(ct, text(branch, "when"), &h);
    }
    branches[count].name = text(otherwise, "as");
    weir_stream *source = h.stream;
    weir_branch(source, branches, count + (otherwise != NULL), &o);
    for (size_t i = 0; i < count + (otherwise != NULL); i++) {
        h.stream = branches[i].out;
        put_id(ct, text(i < count ? json_array_get(list, i) : otherwise, "id"), h);
    }
}

static void add_merge(struct case_topology *ct, const json_t *op)
{
    struct handle h = *in(ct, op, 0);
    struct weir_node o = node_options(ct, op, NULL, h.key, h.value);
    h.stream = weir_merge(h.stream, in(ct, op, 1)->stream, &o);
    put(ct, op, h);
}

static void add_repartition(struct case_topology *ct, const json_t *op)
{
    struct handle h = *in(ct, op, 0);
    struct weir_repartition_options o = WEIR_REPARTITION_INIT;
    o.name = text(op, "name");
    o.partitions = (int32_t)json_integer_value(json_object_get(op, "partitions"));
    h.stream = weir_repartition(h.stream, &o);
    put(ct, op, h);
}

static size_t strings(const json_t *list, const char **out)
{
    size_t i;
    const json_t *item;
    wr_assert(json_array_size(list) <= LIST_MAX);
    json_array_foreach(list, i, item)
    {
        out[i] = json_string_value(item);
    }
    return json_array_size(list);
}

/* What a processor's function needs, and what comes out of it. */
static struct case_function *add_processor(struct case_topology *ct, const json_t *op,
                                           struct handle *h)
{
    struct case_function *f = add_function(ct, text(op, "fn"), h);
    const json_t *store = json_array_get(json_object_get(op, "stores"), 0);
    if (strcmp(f->name, "value") == 0 || strcmp(f->name, "key") == 0) {
        parse_function(f->arg, &f->name2, &f->arg2);
    }
    f->store = wr_strdup(json_string_value(store));
    h->value = case_processor_value_type(f);
    if (strcmp(f->name, "key") == 0) {
        h->key = case_key_type(f->name2, f->key, f->value);
    }
    return f;
}

static void add_process(struct case_topology *ct, const json_t *op)
{
    const char *stores[LIST_MAX];
    const char *parents[LIST_MAX] = {0};
    static const struct handle nobody = {.key = CASE_STRING, .value = CASE_STRING};
    size_t parent_count = strings(json_object_get(op, "in"), parents);
    const struct handle *from = wr_strmap_get(&ct->handles, parents[0]);
    struct handle h = from != NULL ? *from : nobody;
    struct case_function *f = add_processor(ct, op, &h);
    struct weir_node o = node_options(ct, op, f, h.key, h.value);
    o.open = case_processor_open;
    o.close = case_processor_close;
    o.stores = stores;
    o.store_count = strings(json_object_get(op, "stores"), stores);
    if (text(op, "connect") != NULL && strcmp(text(op, "connect"), "later") == 0) {
        o.store_count = 0;
    }
    if (is(op, "papi-processor")) {
        weir_add_processor(ct->t, text(op, "id"), parents, parent_count, case_processor, &o);
    } else {
        h.stream = is(op, "process") ? weir_process(h.stream, case_processor, &o)
                                     : weir_process_values(h.stream, case_processor, &o);
    }
    put(ct, op, h);
}

/* ---- groups and tables ----------------------------------------------------------------------- */

static void add_group(struct case_topology *ct, const json_t *op)
{
    struct handle h = *in(ct, op, 0);
    weir_stream *stream = h.stream;
    h.stream = NULL;
    if (is(op, "group-by-key")) {
        h.grouped = weir_group_by_key(stream, text(op, "name"));
    } else {
        struct case_function *f = add_function(ct, text(op, "key"), &h);
        h.key = case_key_type(f->name, f->key, f->value);
        struct weir_node o = node_options(ct, op, f, h.key, h.value);
        h.grouped = weir_group_by(stream, case_map_key, &o);
    }
    put(ct, op, h);
}

static void set_init(struct case_function *f, const json_t *op)
{
    char buffer[8];
    const json_t *init = json_object_get(op, "init");
    json_t *zero = f->aggregate == CASE_LONG ? json_integer(0) : json_string("0");
    struct weir_bytes b = case_bytes(init != NULL ? init : zero, f->aggregate, buffer);
    if (!weir_is_null(b)) {
        f->init = wr_memdup(b.data, b.len);
        f->init_len = b.len;
    }
    json_decref(zero);
}

static void add_aggregate(struct case_topology *ct, const json_t *op)
{
    const char *store;
    struct handle h = *in(ct, op, 0);
    weir_grouped *g = h.grouped;
    struct case_function *f = add_function(ct, text(op, "add"), &h);
    h.grouped = NULL;
    if (is(op, "count")) {
        h.value = CASE_LONG;
    } else if (is(op, "aggregate")) {
        h.value = case_aggregate_type(f->name);
    }
    f->aggregate = h.value;
    struct weir_table_options o = table_options(ct, op, h, &store);
    o.arg = f;
    if (is(op, "count")) {
        h.table = weir_count(g, store, &o);
    } else if (is(op, "reduce")) {
        h.table = weir_reduce(g, store, case_fold_reduce, &o);
    } else {
        set_init(f, op);
        h.table = weir_aggregate(g, store, case_fold_aggregate, &o);
    }
    put(ct, op, h);
}

static void add_to_table(struct case_topology *ct, const json_t *op)
{
    const char *store;
    struct handle h = *in(ct, op, 0);
    struct weir_table_options o = table_options(ct, op, h, &store);
    h.table = weir_to_table(h.stream, store, &o);
    h.stream = NULL;
    put(ct, op, h);
}

static void add_to_stream(struct case_topology *ct, const json_t *op)
{
    struct handle h = *in(ct, op, 0);
    h.stream = weir_changes_named(h.table, text(op, "name"));
    h.table = NULL;
    if (text(op, "key") != NULL) {
        struct case_function *f = add_function(ct, text(op, "key"), &h);
        struct weir_node o = WEIR_NODE_INIT;
        h.key = case_key_type(f->name, f->key, f->value);
        o.arg = f;
        o.key = codec(ct, h.key);
        h.stream = weir_select_key(h.stream, case_map_key, &o);
    }
    put(ct, op, h);
}

/* ---- low level ------------------------------------------------------------------------------- */

static void add_low_level_sink(struct case_topology *ct, const json_t *op)
{
    const char *parents[LIST_MAX] = {0};
    size_t count = strings(json_object_get(op, "in"), parents);
    const struct handle *h = wr_strmap_get(&ct->handles, parents[0]);
    if (h != NULL) {
        put_types(&ct->topics, text(op, "topic"), (struct case_types){h->key, h->value, false});
    }
    weir_add_sink(ct->t, text(op, "id"), text(op, "topic"), parents, count, NULL);
}

/* ---- all ------------------------------------------------------------------------------------- */

struct builder {
    const char *op;
    void (*add)(struct case_topology *ct, const json_t *op);
};

static const struct builder builders[] = {
    {"stream", add_source},
    {"table", add_source},
    {"papi-source", add_source},
    {"to", add_sink},
    {"papi-sink", add_low_level_sink},
    {"store", add_store},
    {"papi-store", add_store},
    {"filter", add_filter},
    {"filter-not", add_filter},
    {"map", add_map},
    {"map-values", add_map_values},
    {"select-key", add_select_key},
    {"flat-map", add_flat_map},
    {"flat-map-values", add_flat_map},
    {"peek", add_peek},
    {"split", add_split},
    {"merge", add_merge},
    {"repartition", add_repartition},
    {"process", add_process},
    {"process-values", add_process},
    {"papi-processor", add_process},
    {"group-by-key", add_group},
    {"group-by", add_group},
    {"count", add_aggregate},
    {"reduce", add_aggregate},
    {"aggregate", add_aggregate},
    {"to-table", add_to_table},
    {"to-stream", add_to_stream},
};

static const struct builder *find_builder(const json_t *op)
{
    for (size_t i = 0; i < WR_ARRAY_LEN(builders); i++) {
        if (is(op, builders[i].op)) {
            return &builders[i];
        }
    }
    return NULL;
}

/* ---- what is built --------------------------------------------------------------------------- */

static bool is_processor(const json_t *op)
{
    return is(op, "process") || is(op, "process-values") || is(op, "papi-processor");
}

/* The name of a function: what is before the first colon. */
static size_t function_name(const char *function, char *out, size_t size)
{
    size_t len = strcspn(function, ":");
    snprintf(out, size, "%.*s", (int)len, function);
    return len;
}

/* Does the operator at this id give a table? Follows "in" upwards. */
static bool gives_table(const json_t *all, const char *id)
{
    size_t i;
    const json_t *op;
    json_array_foreach(all, i, op)
    {
        if (text(op, "id") == NULL || strcmp(text(op, "id"), id) != 0) {
            continue;
        }
        if (is(op, "filter") || is(op, "filter-not") || is(op, "map-values")) {
            return gives_table(all,
                               json_string_value(json_array_get(json_object_get(op, "in"), 0)));
        }
        return is(op, "table") || is(op, "to-table") || is(op, "count") || is(op, "reduce") ||
               is(op, "aggregate");
    }
    return false;
}

/* NULL, or what of an operator Weir does not have. */
static const char *missing(const json_t *all, const json_t *op)
{
    static _Thread_local char name[64];
    const json_t *in = json_object_get(op, "in");
    const json_t *store = json_object_get(op, "store");
    if (find_builder(op) == NULL) {
        return text(op, "op");
    }
    if (json_object_get(op, "pattern") != NULL) {
        return "pattern source";
    }
    if ((is(op, "store") || is(op, "papi-store")) && strcmp(text(op, "type"), "kv") != 0 &&
        strcmp(text(op, "type"), "timestamped-kv") != 0) {
        return text(op, "type");
    }
    if (json_is_object(store) && json_object_get(store, "type") != NULL) {
        return text(store, "type");
    }
    if (is(op, "group-by") && gives_table(all, json_string_value(json_array_get(in, 0)))) {
        return "group-by of a table";
    }
    if (is_processor(op)) {
        function_name(text(op, "fn"), name, sizeof name);
        return case_processor_known(name) ? NULL : name;
    }
    return NULL;
}

const char *case_topology_not_built(const struct case_topology *ct)
{
    return ct->not_built[0] != '\0' ? ct->not_built : NULL;
}

/* Stores may be listed after the processors that use them. */
static void describe_stores(struct case_topology *ct)
{
    for (size_t i = 0; i < ct->functions.count; i++) {
        struct case_function *f = ct->functions.items[i];
        const struct case_types *t = f->store != NULL ? wr_strmap_get(&ct->stores, f->store) : NULL;
        if (t != NULL) {
            f->store_key = t->key;
            f->store_value = t->value;
            f->timestamped = t->timestamped;
        }
    }
}

void case_topology_build(weir_topology *t, void *arg)
{
    struct case_topology *ct = arg;
    size_t i;
    const json_t *op;
    ct->t = t;
    json_array_foreach(json_object_get(ct->json, "topology"), i, op)
    {
        find_builder(op)->add(ct, op);
    }
    describe_stores(ct);
}

struct case_topology *case_topology_new(const json_t *json)
{
    struct case_topology *ct = WR_NEW(struct case_topology);
    size_t i;
    const json_t *op;
    const json_t *all = json_object_get(json, "topology");
    ct->json = json;
    json_array_foreach(all, i, op)
    {
        const char *what = missing(all, op);
        if (what != NULL && ct->not_built[0] == '\0') {
            snprintf(ct->not_built, sizeof ct->not_built, "%s", what);
        }
    }
    return ct;
}

static void free_map(struct wr_strmap *map)
{
    for (size_t i = 0; i < map->count; i++) {
        wr_free(map->entries[i].value);
    }
    wr_strmap_free(map);
}

void case_topology_free(struct case_topology *ct)
{
    free_map(&ct->handles);
    free_map(&ct->topics);
    free_map(&ct->stores);
    for (size_t i = 0; i < ct->functions.count; i++) {
        free_function(ct->functions.items[i]);
    }
    wr_ptrs_free(&ct->functions);
    wr_free(ct);
}
