/* testkit.c -- a test from its settings to its end, and what goes in. */
#include "src/base/base.h"

#include <string.h>

#include "src/base/err.h"
#include "src/base/mem.h"
#include "src/base/options.h"
#include "src/kproto/murmur2.h"
#include "testkit/driver.h"
#include "topology/graph/describe.h"

enum { PARTITIONS_MAX = 1000 };

/* ---- life ------------------------------------------------------------------------------------ */

static enum weir_code take_options(struct weir_test_options *o,
                                   const struct weir_test_options *given, struct weir_error *err)
{
    enum weir_code code = wr_options_take(o, sizeof *o, given, err);
    if (code != WEIR_OK) {
        return wr_fail_prefix(err, "weir_test_new");
    }
    if (o->partitions < 0 || o->partitions > PARTITIONS_MAX) {
        return wr_fail(err, WEIR_EINVAL, "topics cannot have %d partitions; choose 1 to %d",
                       (int)o->partitions, PARTITIONS_MAX);
    }
    o->partitions += o->partitions == 0;
    return WEIR_OK;
}

static enum weir_code take_settings(struct weir_test *t, const struct weir_test_options *o,
                                    struct weir_error *err)
{
    static const char where[] = "weir_test_new";
    enum wr_log_level level;
    t->conf = wr_conf_new(wr_app_tables, wr_app_table_count);
    wr_conf_set(t->conf, WR_CONF_CODE, where, "application.id", "test");
    wr_conf_set(t->conf, WR_CONF_CODE, where, "bootstrap.servers", "none:9092");
    for (size_t i = 0; i < o->setting_count; i++) {
        wr_conf_set(t->conf, WR_CONF_CODE, where, o->settings[i].name, o->settings[i].value);
    }
    enum weir_code code = wr_conf_check(t->conf, err);
    if (code != WEIR_OK) {
        return code;
    }
    const struct wr_setting *log_level = WR_CORE(LOG_LEVEL);
    if (wr_conf_origin_of(t->conf, log_level) != WR_CONF_DEFAULT &&
        wr_log_level_parse(wr_conf_text(t->conf, log_level), &level)) {
        wr_log_set_level(level);
    }
    wr_app_run_settings(t->conf, &t->settings);
    t->settings.uncommitted_max_bytes = SIZE_MAX; /* it is the test that says when to commit */
    return WEIR_OK;
}

static enum weir_code build_topology(struct weir_test *t, weir_build_fn *build, void *arg,
                                     struct weir_error *err)
{
    struct wr_topology_options o;
    wr_app_topology_options(t->conf, &o);
    t->topology = wr_topology_new(&o);
    build(t->topology, arg);
    return wr_topology_finish(t->topology, err);
}

enum weir_code weir_test_new(weir_test **out, weir_build_fn *build, void *arg,
                             const struct weir_test_options *options, struct weir_error *err)
{
    struct weir_test_options o = WEIR_TEST_INIT;
    *out = NULL;
    enum weir_code code = take_options(&o, options, err);
    if (code != WEIR_OK) {
        return code;
    }
    struct weir_test *t = WR_NEW(struct weir_test);
    wr_arena_init(&t->arena, 1 << 20);
    wr_clock_manual_init(&t->clock, o.wall_ms);
    t->commit_on_request = o.commit_on_request;
    t->partitions = o.partitions;
    code = take_settings(t, &o, err);
    if (code == WEIR_OK) {
        code = build_topology(t, build, arg, err);
    }
    if (code == WEIR_OK) {
        code = wr_driver_open(t, err);
    }
    if (code != WEIR_OK) {
        weir_test_free(t);
        return code;
    }
    *out = t;
    return WEIR_OK;
}

void weir_test_free(weir_test *t)
{
    if (t == NULL) {
        return;
    }
    wr_driver_close(t);
    wr_topology_free(t->topology);
    wr_conf_free(t->conf);
    wr_arena_free(&t->arena);
    wr_free(t);
}

const char *weir_test_describe(weir_test *t)
{
    struct wr_buf text = {0};
    wr_describe_text(&t->topology->graph, &text);
    const char *kept = wr_arena_strdup(&t->arena, wr_buf_cstr(&text));
    wr_buf_free(&text);
    return kept;
}

/* ---- records in ------------------------------------------------------------------------------ */

static enum weir_code refuse_failed(const struct weir_test *t, struct weir_error *err)
{
    return t->failed
               ? wr_fail(err, WEIR_ESTATE, "nothing is processed any more after this failure: %.*s",
                         WEIR_ERROR_TEXT_MAX / 2, t->failure.text)
               : WEIR_OK;
}

static enum weir_code find_input(const struct weir_test *t, const char *name,
                                 struct wr_driver_topic **out, struct weir_error *err)
{
    struct wr_driver_topic *topic = wr_driver_find(t, name);
    if (topic == NULL || topic->parts[0].feed.ops == NULL) {
        return wr_fail(err, WEIR_ENOTOPIC, "topic \"%s\" is not an input of the topology", name);
    }
    *out = topic;
    return WEIR_OK;
}

static int64_t next_time(struct weir_test *t, struct wr_driver_topic *topic)
{
    if (!topic->has_time) {
        return t->clock.wall;
    }
    int64_t time = topic->next_time;
    topic->next_time += topic->time_step;
    return time;
}

static int32_t partition_of(const struct weir_test *t, struct weir_bytes key)
{
    return weir_is_null(key) ? 0 : wr_partition_of(key, t->partitions);
}

/* topic is an input, record->partition -1 or one that is there. */
static enum weir_code pipe_to(struct weir_test *t, struct wr_driver_topic *topic,
                              const struct weir_record *record, struct weir_error *err)
{
    struct weir_record r = *record;
    if (r.partition == -1) {
        r.partition = partition_of(t, r.key);
    }
    const struct wr_driver_part *part = &topic->parts[r.partition];
    if (part->visible < part->end) {
        return wr_fail(err, WEIR_ESTATE,
                       "topic \"%s\" has records of the open transaction: commit before more is "
                       "piped to it",
                       topic->name);
    }
    if (r.time == WEIR_TEST_NEXT_TIME) {
        r.time = next_time(t, topic);
    }
    wr_driver_append(t, topic, &r);
    return wr_driver_work(t, err);
}

enum weir_code weir_test_pipe(weir_test *t, const char *topic, const struct weir_record *record,
                              struct weir_error *err)
{
    struct wr_driver_topic *input = NULL;
    enum weir_code code = refuse_failed(t, err);
    if (code == WEIR_OK) {
        code = find_input(t, topic, &input, err);
    }
    if (code != WEIR_OK) {
        return code;
    }
    if (record->partition < -1 || record->partition >= t->partitions) {
        return wr_fail(err, WEIR_EPARTITIONS,
                       "topic \"%s\" has no partition %d: there are %d, counted from 0", topic,
                       (int)record->partition, (int)t->partitions);
    }
    return pipe_to(t, input, record, err);
}

static enum weir_code parse(struct weir_test *t, const struct wr_driver_topic *topic,
                            const struct weir_test_text *text, struct weir_record *out,
                            struct weir_error *err)
{
    enum weir_code code = wr_driver_parse(t, topic->key, text->key, &out->key, err);
    if (code != WEIR_OK) {
        wr_fail_prefix(err, "key for topic \"%s\"", topic->name);
        return code;
    }
    code = wr_driver_parse(t, topic->value, text->value, &out->value, err);
    if (code != WEIR_OK) {
        wr_fail_prefix(err, "value for topic \"%s\"", topic->name);
    }
    return code;
}

static enum weir_code pipe_text(struct weir_test *t, const char *topic,
                                const struct weir_test_text *text, struct weir_error *err)
{
    struct wr_driver_topic *input = NULL;
    struct weir_record r = {.time = text->time, .partition = -1};
    enum weir_code code = refuse_failed(t, err);
    if (code == WEIR_OK) {
        code = find_input(t, topic, &input, err);
    }
    if (code == WEIR_OK) {
        code = parse(t, input, text, &r, err);
    }
    return code == WEIR_OK ? pipe_to(t, input, &r, err) : code;
}

enum weir_code weir_test_pipe_text(weir_test *t, const char *topic, const char *key,
                                   const char *value, int64_t time, struct weir_error *err)
{
    return pipe_text(t, topic, &(struct weir_test_text){key, value, time}, err);
}

enum weir_code weir_test_pipe_all(weir_test *t, const char *topic,
                                  const struct weir_test_text *texts, size_t count,
                                  struct weir_error *err)
{
    for (size_t i = 0; i < count; i++) {
        enum weir_code code = pipe_text(t, topic, &texts[i], err);
        if (code != WEIR_OK) {
            wr_fail_prefix(err, "record %zu of %zu", i, count);
            return code;
        }
    }
    return WEIR_OK;
}

enum weir_code weir_test_set_time(weir_test *t, const char *topic, int64_t start_ms,
                                  int64_t step_ms, struct weir_error *err)
{
    struct wr_driver_topic *input = NULL;
    enum weir_code code = find_input(t, topic, &input, err);
    if (code == WEIR_OK) {
        input->has_time = true;
        input->next_time = start_ms;
        input->time_step = step_ms;
    }
    return code;
}

/* ---- clock and transactions ------------------------------------------------------------------ */

enum weir_code weir_test_advance(weir_test *t, int64_t ms, struct weir_error *err)
{
    enum weir_code code = refuse_failed(t, err);
    if (code != WEIR_OK) {
        return code;
    }
    if (ms < 0) {
        return wr_fail(err, WEIR_EINVAL, "the clock cannot be moved by %lld ms: it never goes back",
                       (long long)ms);
    }
    wr_clock_manual_advance(&t->clock, ms);
    return wr_driver_work(t, err);
}

enum weir_code weir_test_commit(weir_test *t, struct weir_error *err)
{
    enum weir_code code = refuse_failed(t, err);
    return code == WEIR_OK ? wr_driver_commit(t, err) : code;
}

void weir_test_abort(weir_test *t)
{
    wr_driver_abort(t);
}
