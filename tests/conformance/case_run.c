/* case_run.c -- piping the steps of a case through its topology and collecting what comes out. */
#include "src/base/base.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "testkit/driver.h"
#include "tests/conformance/case_run.h"
#include "topology/graph/internal_topics.h"

struct run {
    const json_t *json;
    const json_t *wanted;
    struct case_topology *ct;
    weir_test *t;
    size_t seen; /* outputs that were collected */
    json_t *got;
};

static const char *text(const json_t *json, const char *name)
{
    return json_string_value(json_object_get(json, name));
}

static const json_t *config(const struct run *r, const char *name)
{
    return json_object_get(json_object_get(r->json, "config"), name);
}

static bool config_is(const struct run *r, const char *name, const char *value)
{
    const char *is = json_string_value(config(r, name));
    return is != NULL && strcmp(is, value) == 0;
}

static bool wants(const struct run *r, const char *member)
{
    return json_object_get(r->wanted, member) != NULL;
}

static void put(struct run *r, const char *member, json_t *value)
{
    json_object_set_new(r->got, member, value);
}

static void put_error(struct run *r, json_t *at, const struct weir_error *err)
{
    put(r, "error",
        json_pack("{s:o,s:s,s:s}", "at", at, "code", weir_code_name(err->code), "message",
                  err->text));
}

/* ---- the topology ---------------------------------------------------------------------------- */

static const char *codec_name(const struct run *r, const char *member)
{
    const char *type = json_string_value(config(r, member));
    if (type == NULL) {
        return "bytes";
    }
    return strcmp(type, "long") == 0 ? "i64" : type;
}

static const char *policy(const struct run *r, const char *member)
{
    return config_is(r, member, "continue") ? "skip" : "fail";
}

static enum weir_code start(struct run *r, struct weir_error *err)
{
    const char *letters = json_string_value(config(r, "dead_letter_topic"));
    const struct weir_setting settings[] = {
        {"application.id", "app"},
        {"ensure.explicit.internal.resource.naming",
         json_is_true(config(r, "explicit_names")) ? "true" : "false"},
        {"topology.optimization", config_is(r, "optimize", "all") ? "all" : "none"},
        {"weir.default.key.codec", codec_name(r, "default_key")},
        {"weir.default.value.codec", codec_name(r, "default_value")},
        {"weir.emit", "each"},
        {"weir.errors.processing", policy(r, "on_processing_error")},
        {"weir.errors.deserialization", policy(r, "on_deserialization_error")},
        {"errors.dead.letter.queue.topic.name", letters}, /* last: it may not be there */
    };
    struct weir_test_options o = WEIR_TEST_INIT;
    o.settings = settings;
    o.setting_count = WR_ARRAY_LEN(settings) - (letters == NULL);
    o.wall_ms = json_integer_value(config(r, "wall_clock_ms"));
    return weir_test_new(&r->t, case_topology_build, r->ct, &o, err);
}

static json_t *internal_topic(const struct wr_internal_topic *topic)
{
    json_t *settings = json_object();
    for (size_t i = 0; i < topic->setting_count; i++) {
        json_object_set_new(settings, topic->settings[i].name,
                            json_string(topic->settings[i].value));
    }
    bool changelog = topic->store != NULL;
    json_t *json = json_pack("{s:s,s:s,s:o}", "name", topic->name, "kind",
                             changelog ? "changelog" : "repartition", "config", settings);
    if (!changelog && topic->topic->partitions > 0) {
        json_object_set_new(json, "partitions", json_integer(topic->topic->partitions));
    }
    return json;
}

static json_t *internal_topics(const struct run *r)
{
    struct wr_arena arena;
    struct wr_internal_topic *topics;
    json_t *out = json_array();
    wr_arena_init(&arena, 4096);
    size_t count = wr_internal_topics(&r->t->topology->graph, "app", &arena, &topics);
    for (size_t i = 0; i < count; i++) {
        json_array_append_new(out, internal_topic(&topics[i]));
    }
    wr_arena_free(&arena);
    return out;
}

static void put_description(struct run *r)
{
    if (wants(r, "describe")) {
        put(r, "describe", json_string(weir_test_describe(r->t)));
    }
    if (wants(r, "topics")) {
        put(r, "topics", internal_topics(r));
    }
}

/* ---- records that come out ------------------------------------------------------------------- */

static bool is_dead_letter(const struct run *r, const char *topic)
{
    return config_is(r, "dead_letter_topic", topic);
}

static json_t *headers_json(struct weir_headers h, bool hex)
{
    json_t *list = json_array();
    for (size_t i = 0; i < h.count; i++) {
        json_t *value =
            hex ? case_hex(h.items[i].value) : case_value(h.items[i].value, CASE_STRING);
        json_array_append_new(
            list, json_pack("[s%,o]", h.items[i].name.data, h.items[i].name.len, value));
    }
    return list;
}

static json_t *record_json(const struct run *r, const struct weir_record *rec, size_t step)
{
    struct case_types types = {.key = CASE_STRING, .value = CASE_STRING};
    bool internal = wr_driver_is_internal(r->t, rec->topic);
    json_t *json = json_pack("{s:s,s:I,s:I}", "topic", rec->topic, "ts", (json_int_t)rec->time,
                             "after_step", (json_int_t)step);
    if (internal || is_dead_letter(r, rec->topic)) {
        json_object_set_new(json, "key_hex", case_hex(rec->key));
        json_object_set_new(json, "value_hex", case_hex(rec->value));
    } else {
        case_topology_topic(r->ct, rec->topic, &types);
        json_object_set_new(json, "key", case_value(rec->key, types.key));
        json_object_set_new(json, "value", case_value(rec->value, types.value));
    }
    if (rec->headers.count > 0) {
        json_object_set_new(json, internal ? "headers_hex" : "headers",
                            headers_json(rec->headers, internal));
    }
    return json;
}

/* Behind those of the same topic, before those of later names; `from` is where the step begins. */
static void insert(json_t *list, size_t from, json_t *record)
{
    size_t at = json_array_size(list);
    while (at > from &&
           strcmp(text(json_array_get(list, at - 1), "topic"), text(record, "topic")) > 0) {
        at--;
    }
    json_array_insert_new(list, at, record);
}

static void collect(struct run *r, size_t step)
{
    json_t *records = json_object_get(r->got, "records");
    json_t *raw = json_object_get(r->got, "raw");
    size_t records_from = json_array_size(records);
    size_t raw_from = json_array_size(raw);
    for (; r->seen < weir_test_output_count(r->t); r->seen++) {
        const struct weir_record *out = weir_test_output(r->t, r->seen);
        if (!wr_driver_is_internal(r->t, out->topic)) {
            insert(records, records_from, record_json(r, out, step));
        } else if (raw != NULL) {
            insert(raw, raw_from, record_json(r, out, step));
        }
    }
}

/* ---- steps ----------------------------------------------------------------------------------- */

struct input {
    struct weir_record record;
    char key[8];
    char value[8];
    struct wr_buf key_hex;
    struct wr_buf value_hex;
    struct weir_header *headers;
};

static void read_headers(const json_t *list, struct input *in)
{
    size_t i;
    const json_t *pair;
    char unused[8];
    in->headers = wr_calloc(json_array_size(list), sizeof *in->headers);
    json_array_foreach(list, i, pair)
    {
        in->headers[i].name = case_bytes(json_array_get(pair, 0), CASE_STRING, unused);
        in->headers[i].value = case_bytes(json_array_get(pair, 1), CASE_STRING, unused);
    }
    in->record.headers = (struct weir_headers){in->headers, json_array_size(list)};
}

static enum weir_code pipe_record(struct run *r, const json_t *step, struct weir_error *err)
{
    struct case_types types = {.key = CASE_STRING, .value = CASE_STRING};
    struct input in = {.headers = NULL};
    case_topology_topic(r->ct, text(step, "topic"), &types);
    in.record.key = text(step, "key_hex") != NULL
                        ? case_unhex(json_object_get(step, "key_hex"), &in.key_hex)
                        : case_bytes(json_object_get(step, "key"), types.key, in.key);
    in.record.value = text(step, "value_hex") != NULL
                          ? case_unhex(json_object_get(step, "value_hex"), &in.value_hex)
                          : case_bytes(json_object_get(step, "value"), types.value, in.value);
    in.record.time = json_integer_value(json_object_get(step, "ts"));
    read_headers(json_object_get(step, "headers"), &in);
    enum weir_code code = weir_test_pipe(r->t, text(step, "topic"), &in.record, err);
    wr_buf_free(&in.key_hex);
    wr_buf_free(&in.value_hex);
    wr_free(in.headers);
    return code;
}

static bool work(struct run *r)
{
    size_t i;
    const json_t *step;
    json_array_foreach(json_object_get(r->json, "steps"), i, step)
    {
        struct weir_error err;
        const json_t *advance = json_object_get(step, "advance_ms");
        enum weir_code code = advance != NULL
                                  ? weir_test_advance(r->t, json_integer_value(advance), &err)
                                  : pipe_record(r, step, &err);
        collect(r, i);
        if (code != WEIR_OK) {
            put_error(r, json_integer((json_int_t)i), &err);
            return false;
        }
    }
    return true;
}

/* ---- at the end ------------------------------------------------------------------------------ */

static void copy_text(struct wr_buf *out, const json_t *key)
{
    if (json_is_integer(key)) {
        wr_buf_printf(out, "%lld", (long long)json_integer_value(key));
    } else {
        wr_buf_str(out, json_string_value(key));
    }
}

/* Is key a before key b, both as text? */
static bool is_before(const json_t *a, const json_t *b)
{
    struct wr_buf one = {0};
    struct wr_buf two = {0};
    copy_text(&one, a);
    copy_text(&two, b);
    bool before = strcmp(wr_buf_cstr(&one), wr_buf_cstr(&two)) < 0;
    wr_buf_free(&one);
    wr_buf_free(&two);
    return before;
}

static void insert_row(json_t *rows, json_t *row)
{
    size_t at = json_array_size(rows);
    const json_t *key = json_object_get(row, "key");
    while (at > 0 && is_before(key, json_object_get(json_array_get(rows, at - 1), "key"))) {
        at--;
    }
    json_array_insert_new(rows, at, row);
}

static json_t *store_json(struct run *r, const char *name)
{
    struct case_types types;
    struct weir_row row;
    weir_kv_iter *iter;
    struct weir_error err;
    if (!case_topology_store(r->ct, name, &types) ||
        weir_test_scan(r->t, name, 0, &iter, &err) != WEIR_OK) {
        return json_string("there is no such store");
    }
    json_t *rows = json_array();
    enum weir_code code;
    while ((code = weir_kv_next(iter, &row)) == WEIR_OK) {
        json_t *json = json_pack("{s:o,s:o}", "key", case_value(row.key, types.key), "value",
                                 case_value(row.value, types.value));
        if (types.timestamped) {
            json_object_set_new(json, "ts", json_integer(row.time));
        }
        insert_row(rows, json);
    }
    weir_kv_close(iter);
    wr_assert(code == WEIR_END);
    return rows;
}

static void put_end(struct run *r)
{
    const char *name;
    json_t *value;
    put(r, "dropped", json_integer(weir_test_dropped(r->t)));
    if (wants(r, "stores")) {
        json_t *stores = json_object();
        json_object_foreach(json_object_get(r->wanted, "stores"), name, value)
        {
            json_object_set_new(stores, name, store_json(r, name));
        }
        put(r, "stores", stores);
    }
    if (wants(r, "committed")) {
        json_t *committed = json_object();
        json_object_foreach(json_object_get(r->wanted, "committed"), name, value)
        {
            const char *metadata = wr_driver_metadata(r->t, name);
            json_object_set_new(committed, name,
                                metadata != NULL ? json_string(metadata) : json_null());
        }
        put(r, "committed", committed);
    }
}

/* ---- all ------------------------------------------------------------------------------------- */

json_t *case_run(const json_t *json, const json_t *wanted, struct case_topology *ct)
{
    struct weir_error err;
    struct run r = {.json = json, .wanted = wanted, .ct = ct, .got = json_object()};
    put(&r, "records", json_array());
    if (wants(&r, "raw")) {
        put(&r, "raw", json_array());
    }
    enum weir_code code = start(&r, &err);
    if (code != WEIR_OK) {
        put_error(&r, json_string(code == WEIR_ETOPOLOGY ? "build" : "start"), &err);
        return r.got;
    }
    put_description(&r);
    if (work(&r)) {
        put_end(&r);
    }
    weir_test_free(r.t);
    return r.got;
}
