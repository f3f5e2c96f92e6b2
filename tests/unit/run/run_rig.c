/* run_rig.c -- see run_rig.h. */
#include "src/base/base.h"

#include <pthread.h>
#include <string.h>

#include "src/base/err.h"
#include "src/base/mem.h"
#include "tests/unit/run/run_rig.h"

struct weir_error rr_err;

/* ---- topologies ------------------------------------------------------------------------------ */

static struct weir_source strings(weir_topology *t)
{
    struct weir_source s = WEIR_SOURCE_INIT;
    s.key = s.value = weir_string(t);
    return s;
}

void rr_pass(weir_topology *t)
{
    struct weir_source s = strings(t);
    weir_to(weir_from(t, "in", &s), "out", NULL);
}

void rr_count(weir_topology *t)
{
    struct weir_source s = strings(t);
    weir_grouped *g = weir_group_by_key(weir_from(t, "in", &s), "by-key");
    weir_to(weir_changes(weir_count(g, "counts", NULL)), "out", NULL);
}

void rr_words(weir_topology *t)
{
    struct weir_source s = strings(t);
    weir_grouped *g = weir_group_by_field(weir_from(t, "in", &s), "by-value", "", weir_string(t));
    weir_to(weir_changes(weir_count(g, "counts", NULL)), "out", NULL);
}

void rr_two(weir_topology *t)
{
    struct weir_source s = strings(t);
    weir_stream *a = weir_from(t, "a", &s);
    weir_to(weir_merge(a, weir_from(t, "b", &s), NULL), "out", NULL);
}

void rr_table(weir_topology *t)
{
    struct weir_source s = strings(t);
    weir_to(weir_changes(weir_table_from(t, "in", &s, "names", NULL)), "out", NULL);
}

void rr_json_time(weir_topology *t)
{
    struct weir_source s = strings(t);
    s.value = weir_json(t);
    s.time_field = "at";
    weir_to(weir_from(t, "in", &s), "out", NULL);
}

static enum weir_code own_time(weir_ctx *c, const struct weir_record *r, int64_t partition_time,
                               int64_t *time)
{
    WR_UNUSED(partition_time);
    if (weir_equal(r->value, weir_str("refused"))) {
        return weir_fail(c, WEIR_ETIME, "no clock at hand");
    }
    *time = (int64_t)r->value.len - 1;
    return WEIR_OK;
}

void rr_own_time(weir_topology *t)
{
    struct weir_source s = strings(t);
    s.timestamp = own_time;
    weir_to(weir_from(t, "in", &s), "out", NULL);
}

/* ---- what the task reads and writes ---------------------------------------------------------- */

static struct rr_feed *feed_of(struct wr_feed *f)
{
    return WR_CONTAINER_OF(f, struct rr_feed, feed);
}

static size_t feed_take(struct wr_feed *base, struct wr_message *out, size_t max)
{
    struct rr_feed *f = feed_of(base);
    size_t n = 0;
    while (n < max && f->taken < f->count) {
        out[n++] = f->messages[f->taken++];
    }
    f->unreleased += (int)n;
    return n;
}

static void feed_release(struct wr_feed *base, struct wr_message *messages, size_t count)
{
    WR_UNUSED(messages);
    feed_of(base)->unreleased -= (int)count;
}

static struct weir_headers feed_headers(struct wr_feed *base, const struct wr_message *m,
                                        struct wr_arena *arena)
{
    WR_UNUSED(arena);
    return feed_of(base)->headers[(size_t)(uintptr_t)m->owner];
}

static const struct wr_feed_ops feed_ops = {feed_take, feed_release, feed_headers};

static struct run_rig *rig_of(struct wr_outlet *o)
{
    return WR_CONTAINER_OF(o, struct run_rig, outlet);
}

static struct wr_target *outlet_target(struct wr_outlet *o, enum wr_target_kind kind,
                                       const char *topic)
{
    WR_UNUSED(kind);
    return (struct wr_target *)wr_arena_strdup(&rig_of(o)->targets, topic);
}

static enum weir_code outlet_partitions(struct wr_outlet *o, struct wr_target *target,
                                        int32_t *count, struct weir_error *err)
{
    WR_UNUSED(target);
    *count = rig_of(o)->out_partitions;
    return *count > 0 ? WEIR_OK : wr_fail(err, WEIR_ENOTOPIC, "output topic does not exist");
}

static void log_bytes(struct wr_buf *log, struct weir_bytes b)
{
    wr_buf_bytes(log, weir_is_null(b) ? weir_str("null") : b);
}

/* Counts are big-endian numbers: shown as such. */
static void log_value(struct wr_buf *log, struct weir_bytes v)
{
    if (v.len == 8 && *(const char *)v.data == '\0') {
        wr_buf_printf(log, "#%d", ((const unsigned char *)v.data)[7]);
    } else {
        log_bytes(log, v);
    }
}

static enum weir_code outlet_send(struct wr_outlet *o, const struct wr_shipment *s,
                                  struct weir_error *err)
{
    struct run_rig *r = rig_of(o);
    if (++r->sends == r->fail_send) {
        return wr_fail(err, r->send_code, "the cluster is on fire");
    }
    wr_buf_printf(&r->log, "%s/%d ", (const char *)s->target, (int)s->partition);
    log_bytes(&r->log, s->key);
    wr_buf_char(&r->log, '=');
    log_value(&r->log, s->value);
    wr_buf_printf(&r->log, "@%lld", (long long)s->time);
    for (size_t i = 0; i < s->headers.count; i++) {
        wr_buf_str(&r->log, i == 0 ? " [" : ",");
        log_bytes(&r->log, s->headers.items[i].name);
        wr_buf_char(&r->log, '=');
        log_bytes(&r->log, s->headers.items[i].value);
    }
    wr_buf_str(&r->log, s->headers.count > 0 ? "]\n" : "\n");
    if (s->delivery != NULL) {
        s->delivery->next++;
    }
    return WEIR_OK;
}

static const struct wr_outlet_ops outlet_ops = {outlet_target, outlet_partitions, outlet_send};

/* ---- life ------------------------------------------------------------------------------------ */

void rr_init(struct run_rig *r, void (*build)(weir_topology *t), int32_t partitions)
{
    struct wr_topology_options o = {.application_id = "app", .reuse_source_topics = true};
    *r = (struct run_rig){.t = wr_topology_new(&o), .out_partitions = 1};
    build(r->t);
    ck_assert_ok(wr_topology_finish(r->t, &rr_err));
    r->graph = &r->t->graph;
    r->settings = (struct wr_run_settings){
        .application_id = "app",
        .threads = 1,
        .commit_interval_ms = 100,
        .transaction_timeout_ms = 10000,
        .max_poll_interval_ms = 60000,
        .purge_interval_ms = 1000,
        .keepalive_ms = 86400000,
        .cleanup_delay_ms = 600000,
        .shutdown_timeout_ms = 10000,
        .cache_bytes = 1 << 20,
        .uncommitted_max_bytes = SIZE_MAX,
        .map_bytes = 64 << 20,
        .replication = 1,
        .emit_at_commit = true,
    };
    wr_clock_manual_init(&r->clock, 1700000000000);
    r->clock.mono = 1000000;
    r->metrics = wr_metrics_new();
    wr_stats_init(&r->stats, r->metrics, "test");
    wr_arena_init(&r->targets, 1024);
    r->outlet.ops = &outlet_ops;
    struct wr_ptrs names = {0};
    wr_plan_external_topics(r->graph, &names);
    for (size_t i = 0; i < names.count; i++) {
        wr_strmap_put(&r->counts, names.items[i], (void *)(intptr_t)partitions);
    }
    wr_ptrs_free(&names);
    ck_assert_ok(wr_plan_make(&r->plan, r->graph, "app", &r->counts, &rr_err));
}

void rr_free(struct run_rig *r)
{
    if (r->task != NULL) {
        wr_task_stop(r->task);
        wr_task_state_close(r->task->state, false);
        r->task->state = NULL;
        wr_task_free(r->task);
    }
    for (size_t i = 0; i < r->feed_count; i++) {
        ck_assert_int_eq(r->feeds[i].unreleased, 0);
    }
    wr_plan_free(r->plan);
    wr_strmap_free(&r->counts);
    wr_metrics_free(r->metrics);
    wr_topology_free(r->t);
    wr_buf_free(&r->log);
    wr_arena_free(&r->targets);
}

static const char *no_topic_id(void *arg, const char *topic)
{
    WR_UNUSED(arg);
    WR_UNUSED(topic);
    return "";
}

struct wr_task *rr_new_task(struct run_rig *r, int32_t number)
{
    const struct wr_plan_task *task = &r->plan->tasks[number];
    size_t sub = (size_t)(task->sub - r->plan->subs);
    struct wr_task_options o = {
        .plan = r->plan,
        .sub_from = sub,
        .sub_to = sub + 1,
        .partition = task->partition,
        .number = number,
        .id = task->id,
        .settings = &r->settings,
        .clock = &r->clock.clock,
        .stats = &r->stats,
    };
    return wr_task_new(&o);
}

void rr_open_state(const struct run_rig *r, struct wr_task *t)
{
    struct wr_store_spec specs[4];
    ck_assert_uint_le(t->store_count, WR_ARRAY_LEN(specs));
    wr_task_store_specs(t, specs, no_topic_id, NULL);
    struct wr_task_state_options so = {
        .task_id = t->id,
        .identity = r->plan->tasks[t->number].sub->identity,
        .stores = specs,
        .store_count = t->store_count,
        .cache_bytes = 1 << 20,
    };
    enum wr_quarantine_reason reason;
    ck_assert_ok(wr_task_state_open(&t->state, &so, &reason, NULL, &rr_err));
}

struct wr_stream_options rr_stream_options(struct run_rig *r, struct wr_kafka *kafka,
                                           struct wr_membership *membership,
                                           struct wr_mailbox *control)
{
    return (struct wr_stream_options){
        .transactional_id = "app-p-0",
        .kafka = kafka,
        .clock = &r->clock.clock,
        .settings = &r->settings,
        .task_topic = "app-tasks",
        .membership = membership,
        .control = control,
        .stats = &r->stats,
    };
}

struct wr_consumer *rr_admin(struct wr_kafka *kafka)
{
    struct wr_consumer_options o = {.role = WR_ROLE_ADMIN};
    struct wr_consumer *admin;
    ck_assert_ok(wr_consumer_open(kafka, &o, &admin, &rr_err));
    return admin;
}

void rr_task(struct run_rig *r, size_t sub)
{
    int32_t number = 0;
    while (r->plan->tasks[number].sub != &r->plan->subs[sub]) {
        number++;
    }
    r->task = rr_new_task(r, number);
    rr_open_state(r, r->task);
    r->feed_count = r->task->in.count;
    for (size_t i = 0; i < r->feed_count; i++) {
        r->feeds[i].feed.ops = &feed_ops;
        r->task->in.inputs[i].feed = &r->feeds[i].feed;
    }
    ck_assert_msg(wr_task_start(r->task, &r->outlet) == WEIR_OK, "%s", r->task->error.text);
}

static struct wr_message *add(struct run_rig *r, size_t i, const struct wr_message *m)
{
    struct rr_feed *f = &r->feeds[i];
    ck_assert_uint_lt(f->count, WR_ARRAY_LEN(f->messages));
    struct wr_message *copy = &f->messages[f->count];
    *copy = *m;
    copy->offset = f->next;
    copy->owner = (void *)(uintptr_t)f->count++;
    return copy;
}

struct wr_message *rr_record(struct run_rig *r, size_t i, const char *key, const char *value,
                             int64_t time)
{
    struct wr_message m = {.key = weir_str(key), .value = weir_str(value), .time = time};
    struct wr_message *added = add(r, i, &m);
    r->feeds[i].next++;
    return added;
}

void rr_eof(struct run_rig *r, size_t i)
{
    add(r, i, &(struct wr_message){.kind = WR_MESSAGE_EOF});
}

void rr_error(struct run_rig *r, size_t i, enum weir_code code)
{
    add(r, i, &(struct wr_message){.kind = WR_MESSAGE_ERROR, .code = code});
}

enum weir_code rr_run(struct run_rig *r)
{
    bool made = true;
    enum weir_code code = WEIR_OK;
    while (made && code == WEIR_OK) {
        code = wr_task_run(r->task, r->clock.mono, &made);
    }
    wr_task_check(r->task);
    return code;
}

void rr_commit(struct run_rig *r)
{
    ck_assert_msg(wr_task_prepare(r->task) == WEIR_OK, "%s", r->task->error.text);
    ck_assert_msg(wr_task_committed(r->task, r->clock.mono) == WEIR_OK, "%s", r->task->error.text);
}

const char *rr_log(struct run_rig *r)
{
    const char *text = wr_buf_cstr(&r->log);
    wr_buf_reset(&r->log);
    return text;
}

/* ---- the runtime's log ----------------------------------------------------------------------- */

static pthread_mutex_t lines_lock = PTHREAD_MUTEX_INITIALIZER;
static char lines[4 * WR_LOG_LINE_MAX];
static size_t lines_len;

void rr_log_line(void *arg, enum wr_log_level level, const char *line, size_t len)
{
    WR_UNUSED(arg);
    WR_UNUSED(level);
    pthread_mutex_lock(&lines_lock);
    if (lines_len + len >= sizeof lines) {
        lines_len = 0;
    }
    memcpy(lines + lines_len, line, len);
    lines_len += len;
    lines[lines_len] = '\0';
    pthread_mutex_unlock(&lines_lock);
}

const char *rr_logged(void)
{
    return lines;
}
