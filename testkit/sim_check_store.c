/* sim_check_store.c -- checker C2: a store is its changelog below its own position. */
#include "src/base/base.h"

#include <inttypes.h>
#include <string.h>

#include "broker/broker.h"
#include "src/base/mem.h"
#include "state/row.h"
#include "state/task_meta.h"
#include "testkit/sim_world_impl.h"

enum { ROWS_MAX = 8 };

struct row {
    char key[16];
    size_t key_len;
    int64_t time;
    char value[WR_SIM_LIST_MAX];
    size_t value_len;
};

struct rows {
    struct row rows[ROWS_MAX];
    size_t count;
};

static void put_row(struct rows *all, struct weir_bytes key, struct weir_bytes value, int64_t time)
{
    size_t i = 0;
    while (i < all->count &&
           (all->rows[i].key_len != key.len || memcmp(all->rows[i].key, key.data, key.len) != 0)) {
        i++;
    }
    wr_assert(i < ROWS_MAX && key.len <= sizeof all->rows[i].key &&
              value.len <= sizeof all->rows[i].value);
    struct row *r = &all->rows[i];
    all->count += i == all->count;
    memcpy(r->key, key.data, key.len);
    memcpy(r->value, value.data, value.len);
    r->key_len = key.len;
    r->value_len = value.len;
    r->time = time;
}

static void remove_row(struct rows *all, struct weir_bytes key)
{
    for (size_t i = 0; i < all->count; i++) {
        if (all->rows[i].key_len == key.len && memcmp(all->rows[i].key, key.data, key.len) == 0) {
            all->rows[i] = all->rows[--all->count];
            return;
        }
    }
}

static void fold(void *arg, const struct wr_sim_seen *r)
{
    if (weir_is_null(r->value)) {
        remove_row(arg, r->key);
    } else {
        put_row(arg, r->key, r->value, r->time);
    }
}

/* False if a row is damaged: then the real code has to find out. */
static bool read_rows(struct wr_engine *e, const char *name, struct rows *out)
{
    struct wr_bytes_store *store;
    struct wr_bytes_cursor *cursor;
    struct weir_bytes key;
    struct weir_bytes cell;
    struct wr_row row;
    bool good = true;
    enum weir_code code = e->ops->store(e, name, &store, NULL);
    if (code == WEIR_ENOTFOUND) {
        return true; /* it was never used */
    }
    code = code == WEIR_OK
               ? e->ops->range(store, weir_null(), weir_null(), WEIR_FORWARD, &cursor, NULL)
               : code;
    wr_assert(code == WEIR_OK);
    while (good && e->ops->next(cursor, &key, &cell, NULL) == WEIR_OK) {
        good = wr_row_decode(key, cell, &row, NULL) == WEIR_OK;
        if (good) {
            put_row(out, key, row.value, row.time);
        }
    }
    e->ops->close_cursor(cursor);
    return good;
}

static const struct row *find_row(const struct rows *all, const struct row *like)
{
    for (size_t i = 0; i < all->count; i++) {
        const struct row *r = &all->rows[i];
        if (r->key_len == like->key_len && memcmp(r->key, like->key, r->key_len) == 0) {
            return r;
        }
    }
    return NULL;
}

static void compare(struct wr_sim_world *w, const char *folder, const struct rows *store,
                    const struct rows *log, int64_t position)
{
    if (store->count != log->count) {
        wr_sim_violated(w,
                        "C2: \"%s\" has %zu rows and its changelog below %" PRId64 " has %zu keys",
                        folder, store->count, position, log->count);
    }
    for (size_t i = 0; i < store->count; i++) {
        const struct row *a = &store->rows[i];
        const struct row *b = find_row(log, a);
        if (b == NULL || a->time != b->time || a->value_len != b->value_len ||
            memcmp(a->value, b->value, a->value_len) != 0) {
            wr_sim_violated(w, "C2: \"%s\" and its changelog below %" PRId64 " differ in key %.*s",
                            folder, position, (int)a->key_len, a->key);
        }
    }
}

static void check_engine(void *arg, const char *folder, struct wr_engine *e)
{
    struct wr_sim_world *w = arg;
    struct wr_buf bytes = {0};
    struct wr_task_meta meta;
    struct weir_error err;
    const char *under = strrchr(folder, '_');
    if (e->ops->get_meta(e, WR_TASK_META_NAME, &bytes, NULL) != WEIR_OK) {
        wr_buf_free(&bytes);
        return;
    }
    enum weir_code code = wr_task_meta_decode(wr_buf_view(&bytes), &meta, &err);
    wr_assert(code == WEIR_OK && under != NULL);
    for (size_t i = 0; i < meta.store_count; i++) {
        const struct wr_task_meta_store *s = &meta.stores[i];
        char *topic = wr_strndup(s->changelog.data, s->changelog.len);
        char *name = wr_strndup(s->name.data, s->name.len);
        const struct wr_partition_log *log =
            wr_topics_partition(w->broker->topics, topic, under[1] - '0');
        struct rows store = {.count = 0};
        struct rows folded = {.count = 0};
        /* Behind an open transaction a reader sees less than the owner knows; between two parts of
         * one commit the rows are no image of any moment. */
        bool shown = log != NULL && s->restore_from <= wr_partition_log_stable(log) &&
                     s->flush_until == s->restore_from;
        if (shown && read_rows(e, name, &store)) {
            wr_sim_see(log, s->restore_from, fold, &folded);
            compare(w, folder, &store, &folded, s->restore_from);
        }
        wr_free(topic);
        wr_free(name);
    }
    wr_task_meta_free(&meta);
    wr_buf_free(&bytes);
}

void wr_sim_check_disk(struct wr_sim_world *w, struct wr_sim_machine *m)
{
    wr_sim_disk_engines(&m->disk, check_engine, w);
}
