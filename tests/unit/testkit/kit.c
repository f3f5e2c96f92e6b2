/* kit.c -- see kit.h. */
#include "src/base/base.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "src/base/buf.h"
#include "src/base/endian.h"
#include "tests/unit/testkit/kit.h"

enum weir_code kit_try_start(struct kit *k, weir_build_fn *build, void *arg,
                             const struct wr_driver_options *options)
{
    struct wr_topology_options o = {.application_id = "app"};
    *k = (struct kit){.t = wr_topology_new(&o)};
    build(k->t, arg);
    ck_assert_msg(wr_topology_finish(k->t, &k->err) == WEIR_OK, "%s", k->err.text);
    return wr_driver_new(&k->d, &k->t->graph, "app", options, &k->err);
}

void kit_start(struct kit *k, weir_build_fn *build, void *arg,
               const struct wr_driver_options *options)
{
    ck_assert_msg(kit_try_start(k, build, arg, options) == WEIR_OK, "%s", k->err.text);
}

void kit_free(struct kit *k)
{
    wr_driver_free(k->d);
    wr_topology_free(k->t);
}

enum weir_code kit_try_pipe(struct kit *k, const char *topic, const char *key, const char *value,
                            int64_t time)
{
    struct weir_record r = {.key = weir_str(key), .value = weir_str(value), .time = time};
    return wr_driver_pipe(k->d, topic, &r, &k->err);
}

void kit_pipe(struct kit *k, const char *topic, const char *key, const char *value, int64_t time)
{
    ck_assert_msg(kit_try_pipe(k, topic, key, value, time) == WEIR_OK, "%s", k->err.text);
}

void kit_commit(struct kit *k)
{
    ck_assert_msg(wr_driver_commit(k->d, &k->err) == WEIR_OK, "%s", k->err.text);
}

static void add(struct wr_buf *out, struct weir_bytes b)
{
    if (b.len == 8 && *(const char *)b.data == '\0') {
        wr_buf_printf(out, "%" PRIu64, wr_get_be64(b.data));
    } else {
        wr_buf_bytes(out, weir_is_null(b) ? weir_str("null") : b);
    }
}

static const char *keep(struct kit *k, struct wr_buf *text)
{
    ck_assert_uint_lt(text->len, sizeof k->text);
    strcpy(k->text, wr_buf_cstr(text));
    wr_buf_free(text);
    return k->text;
}

const char *kit_read(struct kit *k, const char *topic)
{
    struct wr_buf text = {0};
    const struct weir_record *r = wr_driver_read(k->d, topic);
    if (r == NULL) {
        return NULL;
    }
    add(&text, r->key);
    wr_buf_char(&text, '=');
    add(&text, r->value);
    wr_buf_printf(&text, "@%" PRId64, r->time);
    for (size_t i = 0; i < r->headers.count; i++) {
        wr_buf_str(&text, i == 0 ? " [" : ",");
        add(&text, r->headers.items[i].name);
        wr_buf_char(&text, '=');
        add(&text, r->headers.items[i].value);
    }
    wr_buf_str(&text, r->headers.count > 0 ? "]" : "");
    return keep(k, &text);
}

const char *kit_row(struct kit *k, const char *store, const char *key)
{
    struct wr_buf text = {0};
    struct weir_row row;
    weir_kv *kv = wr_driver_store(k->d, store);
    ck_assert_ptr_nonnull(kv);
    enum weir_code code = weir_kv_get(kv, weir_str(key), &row);
    if (code == WEIR_ENOTFOUND) {
        return NULL;
    }
    ck_assert_int_eq(code, WEIR_OK);
    add(&text, row.value);
    wr_buf_printf(&text, "@%" PRId64, row.time);
    return keep(k, &text);
}
