/* rig.c -- see rig.h. */
#include "src/base/base.h"

#include <check.h>
#include <inttypes.h>
#include <string.h>

#include "src/base/mem.h"
#include "tests/unit/topology/rig.h"

static struct rig *rig_of(struct wr_host *h)
{
    return WR_CONTAINER_OF(h, struct rig, host);
}

static void add_bytes(struct wr_buf *out, struct weir_bytes b)
{
    wr_buf_bytes(out, weir_is_null(b) ? weir_str("null") : b);
}

static enum weir_code send(struct wr_host *h, struct wr_node *sink, const char *topic,
                           const struct weir_record *r)
{
    struct rig *rig = rig_of(h);
    if (rig->send_code != WEIR_OK) {
        enum weir_code code = rig->send_code;
        rig->send_code = WEIR_OK;
        h->err->code = code;
        strcpy(h->err->text, "the cluster is on fire");
        return code;
    }
    wr_buf_printf(&rig->log, "%s ", topic != NULL ? topic : sink->spec->sink->topic->name);
    add_bytes(&rig->log, r->key);
    wr_buf_char(&rig->log, '=');
    add_bytes(&rig->log, r->value);
    wr_buf_printf(&rig->log, "@%" PRId64, r->time);
    for (size_t i = 0; i < r->headers.count; i++) {
        wr_buf_str(&rig->log, i == 0 ? " [" : ",");
        add_bytes(&rig->log, r->headers.items[i].name);
        wr_buf_char(&rig->log, '=');
        add_bytes(&rig->log, r->headers.items[i].value);
    }
    wr_buf_str(&rig->log, r->headers.count > 0 ? "]\n" : "\n");
    return WEIR_OK;
}

static enum weir_code bad_record(struct wr_host *h, struct wr_node *at, const struct wr_rec *r,
                                 enum weir_code code)
{
    struct rig *rig = rig_of(h);
    ck_assert_ptr_nonnull(r);
    wr_buf_printf(&rig->log, "bad %s %s %s\n", at->spec->name, weir_code_name(code), h->err->text);
    return rig->excuse ? WEIR_OK : code;
}

static void dropped(struct wr_host *h, struct wr_node *at, const char *reason)
{
    wr_buf_printf(&rig_of(h)->log, "drop %s %s\n", at->spec->name, reason);
}

static void unkeyed(struct wr_host *h, struct wr_node *at)
{
    wr_buf_printf(&rig_of(h)->log, "unkeyed %s\n", at->spec->name);
}

static int64_t wall_ms(struct wr_host *h)
{
    return rig_of(h)->wall;
}

static struct weir_kv *store(struct wr_host *h, const char *name)
{
    return rig_of(h)->has_no_stores ? NULL : rig_store(rig_of(h), name);
}

static const struct wr_host_ops host_ops = {send, bad_record, dropped, unkeyed, wall_ms, store};

void rig_build_with(struct rig *r, void (*build)(weir_topology *t),
                    const struct wr_topology_options *options)
{
    *r = (struct rig){.t = wr_topology_new(options)};
    wr_arena_init(&r->arena, 4096);
    build(r->t);
    enum weir_code code = wr_topology_finish(r->t, &r->err);
    ck_assert_int_eq(code, r->t->findings.texts.count > 0 ? WEIR_ETOPOLOGY : WEIR_OK);
}

void rig_build(struct rig *r, void (*build)(weir_topology *t))
{
    struct wr_topology_options options = {.application_id = "app"};
    rig_build_with(r, build, &options);
}

struct weir_kv *rig_store(struct rig *r, const char *name)
{
    return wr_task_state_find(r->state, name);
}

/* All stores of the graph, in memory. */
static void open_state(struct rig *r)
{
    struct wr_store_spec specs[RIG_STORES_MAX];
    enum wr_quarantine_reason reason;
    const struct wr_graph *g = &r->t->graph;
    ck_assert_uint_le(g->stores.count, RIG_STORES_MAX);
    for (size_t i = 0; i < g->stores.count; i++) {
        const struct wr_gstore *s = g->stores.items[i];
        specs[i] = (struct wr_store_spec){
            .name = s->name,
            .timestamped = s->type == WEIR_STORE_TIMESTAMPED_KV,
        };
    }
    struct wr_task_state_options o = {
        .task_id = "0_0",
        .identity = "rig",
        .stores = specs,
        .store_count = g->stores.count,
        .cache_bytes = 1 << 16,
    };
    enum weir_code code = wr_task_state_open(&r->state, &o, &reason, NULL, &r->err);
    ck_assert_msg(code == WEIR_OK, "%s", r->err.text);
}

enum weir_code rig_try_open(struct rig *r)
{
    ck_assert_msg(r->t->findings.texts.count == 0, "%s", r->err.text);
    r->host.ops = &host_ops;
    r->host.application_id = "app";
    r->host.task_id = "0_0";
    r->host.arena = &r->arena;
    r->host.stream_time = -1;
    r->host.err = &r->err;
    open_state(r);
    const struct wr_graph *g = &r->t->graph;
    return wr_nodes_open(&r->nodes, g, 0, (int)g->subtopologies.count, &r->host);
}

void rig_open(struct rig *r)
{
    enum weir_code code = rig_try_open(r);
    ck_assert_msg(code == WEIR_OK, "%s", r->err.text);
}

void rig_free(struct rig *r)
{
    wr_nodes_close(&r->nodes);
    wr_task_state_close(r->state, false);
    wr_topology_free(r->t);
    wr_arena_free(&r->arena);
    wr_buf_free(&r->log);
}

struct wr_node *rig_node(struct rig *r, const char *name)
{
    struct wr_node *n = wr_nodes_find(&r->nodes, wr_graph_node(&r->t->graph, name));
    ck_assert_ptr_nonnull(n);
    return n;
}

enum weir_code rig_feed(struct rig *r, const char *topic, const char *key, const char *value,
                        int64_t time)
{
    const struct wr_gtopic *t = wr_strmap_get(&r->t->graph.topics, topic);
    struct wr_rec rec = {.record = {.key = weir_str(key),
                                    .value = weir_str(value),
                                    .time = time,
                                    .topic = topic,
                                    .partition = 0,
                                    .offset = r->offset++}};
    ck_assert_ptr_nonnull(t);
    r->host.stream_time = wr_max_i64(r->host.stream_time, time);
    r->host.current = &rec;
    enum weir_code code = wr_node_process(wr_nodes_find(&r->nodes, t->sources.items[0]), &rec);
    r->host.current = NULL;
    wr_arena_reset(&r->arena);
    return code;
}

enum weir_code rig_commit(struct rig *r)
{
    int64_t positions[RIG_STORES_MAX];
    enum weir_code code = wr_nodes_commit(&r->nodes);
    wr_buf_str(&r->log, "commit\n");
    for (size_t i = 0; i < RIG_STORES_MAX; i++) {
        positions[i] = -1;
    }
    if (code == WEIR_OK) {
        code = wr_task_state_committed(r->state, positions, WEIR_NULL, &r->err);
    }
    wr_arena_reset(&r->arena);
    return code;
}

const char *rig_log(struct rig *r)
{
    const char *text = wr_buf_cstr(&r->log);
    wr_buf_reset(&r->log);
    return text;
}

const char *rig_finding(const struct rig *r, const char *text)
{
    for (size_t i = 0; i < r->t->findings.texts.count; i++) {
        if (strstr(r->t->findings.texts.items[i], text) != NULL) {
            return r->t->findings.texts.items[i];
        }
    }
    return NULL;
}
