/* testkit_read.c -- what came out: records, rows and counts. */
#include "src/base/base.h"

#include <inttypes.h>
#include <stdlib.h>

#include "src/base/endian.h"
#include "src/base/err.h"
#include "src/base/mem.h"
#include "state/key_sort.h"
#include "testkit/driver.h"

/* Hand a text over to the test. */
static const char *keep(struct weir_test *t, struct wr_buf *text)
{
    const char *kept = wr_arena_dup(&t->arena, wr_buf_cstr(text), text->len + 1);
    wr_buf_free(text);
    return kept;
}

/* ---- records --------------------------------------------------------------------------------- */

static size_t unread(const struct wr_driver_topic *topic)
{
    return topic != NULL ? topic->committed - topic->next : 0;
}

static const struct weir_record *read_next(struct wr_driver_topic *topic)
{
    return unread(topic) != 0 ? topic->outputs.items[topic->next++] : NULL;
}

static void show_record(const struct wr_driver_topic *topic, const struct weir_record *r,
                        struct wr_buf *out)
{
    wr_driver_show(topic->key, r->key, out);
    wr_buf_char(out, '=');
    wr_driver_show(topic->value, r->value, out);
    wr_buf_printf(out, "@%" PRId64, r->time);
    for (size_t i = 0; i < r->headers.count; i++) {
        wr_buf_str(out, i == 0 ? " [" : ",");
        wr_driver_show(NULL, r->headers.items[i].name, out);
        wr_buf_char(out, '=');
        wr_driver_show(NULL, r->headers.items[i].value, out);
    }
    wr_buf_str(out, r->headers.count != 0 ? "]" : "");
}

size_t weir_test_unread(const weir_test *t, const char *topic)
{
    return unread(wr_driver_find(t, topic));
}

const struct weir_record *weir_test_read(weir_test *t, const char *topic)
{
    return read_next(wr_driver_find(t, topic));
}

const char *weir_test_read_text(weir_test *t, const char *topic)
{
    struct wr_buf text = {0};
    struct wr_driver_topic *from = wr_driver_find(t, topic);
    const struct weir_record *r = read_next(from);
    if (r == NULL) {
        return NULL;
    }
    show_record(from, r, &text);
    return keep(t, &text);
}

const char *weir_test_read_value(weir_test *t, const char *topic)
{
    struct wr_buf text = {0};
    struct wr_driver_topic *from = wr_driver_find(t, topic);
    const struct weir_record *r = read_next(from);
    if (r == NULL) {
        return NULL;
    }
    wr_driver_show(from->value, r->value, &text);
    return keep(t, &text);
}

const char *weir_test_read_all(weir_test *t, const char *topic)
{
    struct wr_buf text = {0};
    struct wr_driver_topic *from = wr_driver_find(t, topic);
    const struct weir_record *r;
    while ((r = read_next(from)) != NULL) {
        show_record(from, r, &text);
        wr_buf_char(&text, '\n');
    }
    return keep(t, &text);
}

static int compare_keys(struct weir_bytes a, struct weir_bytes b)
{
    if (weir_is_null(a) || weir_is_null(b)) {
        return weir_is_null(b) - weir_is_null(a);
    }
    return wr_key_compare(a, b);
}

/* A record and its place in the order of writing. */
struct placed {
    const struct weir_record *record;
    size_t at;
};

/* By key, the last one of a key first. */
static int by_key(const void *a, const void *b)
{
    const struct placed *x = a;
    const struct placed *y = b;
    int order = compare_keys(x->record->key, y->record->key);
    return order != 0 ? order : (x->at < y->at) - (x->at > y->at);
}

const char *weir_test_read_map(weir_test *t, const char *topic)
{
    struct wr_buf text = {0};
    struct wr_driver_topic *from = wr_driver_find(t, topic);
    size_t count = unread(from);
    struct placed *list = wr_calloc(count, sizeof *list);
    for (size_t i = 0; i < count; i++) {
        list[i] = (struct placed){read_next(from), i};
    }
    qsort(list, count, sizeof *list, by_key);
    for (size_t i = 0; i < count; i++) {
        const struct weir_record *r = list[i].record;
        if (i == 0 || compare_keys(list[i - 1].record->key, r->key) != 0) {
            wr_driver_show(from->key, r->key, &text);
            wr_buf_char(&text, '=');
            wr_driver_show(from->value, r->value, &text);
            wr_buf_char(&text, '\n');
        }
    }
    wr_free(list);
    return keep(t, &text);
}

size_t weir_test_output_count(const weir_test *t)
{
    return t->committed;
}

const struct weir_record *weir_test_output(const weir_test *t, size_t i)
{
    wr_assert(i < t->committed);
    return t->outputs.items[i];
}

/* ---- stores ---------------------------------------------------------------------------------- */

static struct weir_kv *store_of(const struct weir_test *t, int32_t partition, const char *name)
{
    return wr_task_state_find(t->tasks[partition]->state, name);
}

/* What is known of a store: its codecs. */
static enum weir_code find_store(const struct weir_test *t, const char *name,
                                 const struct wr_gstore **out, struct weir_error *err)
{
    if (store_of(t, 0, name) == NULL) {
        return wr_fail(err, WEIR_EINVAL, "the topology has no store \"%s\"", name);
    }
    *out = wr_graph_store(&t->topology->graph, name);
    return WEIR_OK;
}

static enum weir_code fail_store(const struct weir_kv *kv, struct weir_error *err)
{
    return wr_fail_copy(err, wr_kv_error(kv));
}

enum weir_code weir_test_get(weir_test *t, const char *store, struct weir_bytes key,
                             struct weir_row *row, struct weir_error *err)
{
    const struct wr_gstore *spec;
    struct weir_row found;
    enum weir_code code = find_store(t, store, &spec, err);
    if (code != WEIR_OK) {
        return code;
    }
    code = WEIR_ENOTFOUND;
    for (int32_t p = 0; p < t->partitions && code == WEIR_ENOTFOUND; p++) {
        struct weir_kv *kv = store_of(t, p, store);
        code = weir_kv_get(kv, key, &found);
        if (code != WEIR_OK && code != WEIR_ENOTFOUND) {
            return fail_store(kv, err);
        }
    }
    if (code == WEIR_OK) {
        row->key = wr_arena_bytes(&t->arena, key);
        row->value = wr_arena_bytes(&t->arena, found.value);
        row->time = found.time;
    }
    return code;
}

enum weir_code weir_test_scan(weir_test *t, const char *store, int32_t partition,
                              weir_kv_iter **iter, struct weir_error *err)
{
    const struct wr_gstore *spec;
    *iter = NULL;
    enum weir_code code = find_store(t, store, &spec, err);
    if (code != WEIR_OK) {
        return code;
    }
    if (partition < 0 || partition >= t->partitions) {
        return wr_fail(err, WEIR_EPARTITIONS,
                       "store \"%s\" has no partition %d: there are %d, counted from 0", store,
                       (int)partition, (int)t->partitions);
    }
    struct weir_kv *kv = store_of(t, partition, store);
    code = weir_kv_range(kv, WEIR_NULL, WEIR_NULL, WEIR_FORWARD, iter);
    return code == WEIR_OK ? code : fail_store(kv, err);
}

const char *weir_test_row(weir_test *t, const char *store, const char *key)
{
    const struct wr_gstore *spec = NULL;
    struct weir_bytes bytes;
    struct weir_row row;
    struct weir_error err;
    struct wr_buf text = {0};
    enum weir_code code = find_store(t, store, &spec, &err);
    if (code == WEIR_OK) {
        code = wr_driver_parse(t, spec->key, key, &bytes, &err);
    }
    if (code == WEIR_OK) {
        code = weir_test_get(t, store, bytes, &row, &err);
    }
    if (code == WEIR_ENOTFOUND) {
        return NULL;
    }
    if (code != WEIR_OK) {
        wr_buf_str(&text, err.text);
        return keep(t, &text);
    }
    wr_driver_show(spec->value, row.value, &text);
    wr_buf_printf(&text, "@%" PRId64, row.time);
    return keep(t, &text);
}

static enum weir_code show_rows(struct weir_test *t, const struct wr_gstore *spec,
                                int32_t partition, struct wr_buf *out, struct weir_error *err)
{
    weir_kv_iter *iter;
    struct weir_row row;
    enum weir_code code = weir_test_scan(t, spec->name, partition, &iter, err);
    if (code != WEIR_OK) {
        return code;
    }
    while ((code = weir_kv_next(iter, &row)) == WEIR_OK) {
        wr_driver_show(spec->key, row.key, out);
        wr_buf_char(out, '=');
        wr_driver_show(spec->value, row.value, out);
        wr_buf_printf(out, "@%" PRId64 "\n", row.time);
    }
    weir_kv_close(iter);
    return code == WEIR_END ? WEIR_OK : fail_store(store_of(t, partition, spec->name), err);
}

const char *weir_test_rows(weir_test *t, const char *store)
{
    const struct wr_gstore *spec = NULL;
    struct weir_error err;
    struct wr_buf text = {0};
    enum weir_code code = find_store(t, store, &spec, &err);
    for (int32_t p = 0; p < t->partitions && code == WEIR_OK; p++) {
        code = show_rows(t, spec, p, &text, &err);
    }
    if (code != WEIR_OK) {
        wr_buf_reset(&text);
        wr_buf_str(&text, err.text);
    }
    return keep(t, &text);
}

/* ---- numbers --------------------------------------------------------------------------------- */

struct weir_bytes weir_test_i64(weir_test *t, int64_t v)
{
    char *bytes = wr_arena_alloc(&t->arena, sizeof v);
    wr_put_be64(bytes, (uint64_t)v);
    return weir_view(bytes, sizeof v);
}

enum weir_code weir_test_get_i64(struct weir_bytes b, int64_t *v)
{
    if (b.len != sizeof *v) {
        return WEIR_EDECODE;
    }
    *v = (int64_t)wr_get_be64(b.data);
    return WEIR_OK;
}

int64_t weir_test_dropped(const weir_test *t)
{
    return wr_metric_get(t->stats.dropped);
}

int64_t weir_test_unkeyed(const weir_test *t)
{
    return wr_metric_get(t->stats.unkeyed);
}
