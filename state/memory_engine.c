/* memory_engine.c -- named trees that change together, behind bytes_store.h.
 *
 * A snapshot keeps the roots of the last commit and the number of its transaction; the trees free
 * nothing that an open snapshot can see. The lock is held while snapshots are counted and while a
 * commit makes new roots visible to them, never while rows are read.
 */
#include "src/base/base.h"

#include <pthread.h>
#include <string.h>

#include "src/base/err.h"
#include "src/base/mem.h"
#include "src/base/ptrs.h"
#include "state/key_sort.h"
#include "state/memory_engine.h"
#include "state/memory_tree.h"

struct store {
    struct wr_bytes_store base;
    struct wr_tree tree;      /* with the open transaction's changes */
    struct wr_tree committed; /* as snapshots and rollback want it */
};

struct engine {
    struct wr_engine base;
    struct wr_tree_space space;
    struct wr_ptrs stores; /* struct store; the meta records are one of them, unnamed */
    struct store *meta;
    bool writing;
    struct wr_ptrs cursors; /* closed ones, for reuse */
    size_t open_cursors;
    pthread_mutex_t held; /* by the writer between hold and release */
    pthread_mutex_t lock; /* of the lists of stores and snapshots, and of committed trees */
    struct wr_ptrs snapshots;
};

struct wr_bytes_cursor {
    struct engine *engine;
    struct wr_tree_cursor at;
    bool forward;
    bool started;
    bool bounded;
    struct wr_buf end; /* the last key that belongs to the scan */
};

struct wr_snapshot {
    struct engine *engine;
    uint64_t txn;
    size_t count;
    struct wr_tree trees[]; /* as engine->stores */
};

static struct engine *engine_of(struct wr_engine *e)
{
    return WR_CONTAINER_OF(e, struct engine, base);
}

static struct store *store_of(struct wr_bytes_store *s)
{
    return WR_CONTAINER_OF(s, struct store, base);
}

static struct store *add_store(struct engine *m, const char *name)
{
    struct store *s = WR_NEW(struct store);
    s->base = (struct wr_bytes_store){&m->base, wr_strdup(name)};
    pthread_mutex_lock(&m->lock);
    wr_ptrs_push(&m->stores, s);
    pthread_mutex_unlock(&m->lock);
    return s;
}

/* The place of a store among `count` ones; count if there is none of that name. */
static size_t find_store(const struct engine *m, const char *name, size_t count)
{
    size_t i = 0;
    while (i < count && strcmp(((struct store *)m->stores.items[i])->base.name, name) != 0) {
        i++;
    }
    return i;
}

static enum weir_code memory_store(struct wr_engine *e, const char *name,
                                   struct wr_bytes_store **out, struct weir_error *err)
{
    struct engine *m = engine_of(e);
    WR_UNUSED(err);
    wr_assert(name[0] != '\0');
    size_t i = find_store(m, name, m->stores.count);
    struct store *s = i < m->stores.count ? m->stores.items[i] : add_store(m, name);
    *out = &s->base;
    return WEIR_OK;
}

static enum weir_code memory_get(struct wr_bytes_store *s, struct weir_bytes key,
                                 struct weir_bytes *cell, struct weir_error *err)
{
    WR_UNUSED(err);
    return wr_tree_get(&store_of(s)->committed, key, cell) ? WEIR_OK : WEIR_ENOTFOUND;
}

static uint64_t memory_count(struct wr_bytes_store *s)
{
    return store_of(s)->committed.count;
}

/* ---- scans ----------------------------------------------------------------------------------- */

static enum weir_code memory_range(struct wr_bytes_store *s, struct weir_bytes from,
                                   struct weir_bytes to, enum weir_direction direction,
                                   struct wr_bytes_cursor **out, struct weir_error *err)
{
    struct engine *m = engine_of(s->engine);
    WR_UNUSED(err);
    struct wr_bytes_cursor *c = m->cursors.count != 0 ? m->cursors.items[--m->cursors.count]
                                                      : WR_NEW(struct wr_bytes_cursor);
    c->engine = m;
    c->forward = direction == WEIR_FORWARD;
    c->started = false;
    struct weir_bytes end = c->forward ? to : from;
    c->bounded = !weir_is_null(end);
    wr_buf_reset(&c->end);
    wr_buf_bytes(&c->end, end);
    if (c->forward) {
        wr_tree_seek_forward(&c->at, &store_of(s)->committed, from);
    } else {
        wr_tree_seek_backward(&c->at, &store_of(s)->committed, to);
    }
    m->open_cursors++;
    *out = c;
    return WEIR_OK;
}

static enum weir_code memory_next(struct wr_bytes_cursor *c, struct weir_bytes *key,
                                  struct weir_bytes *cell, struct weir_error *err)
{
    WR_UNUSED(err);
    if (c->started) {
        wr_tree_step(&c->at, c->forward);
    }
    c->started = true;
    if (!wr_tree_pair(&c->at, key, cell)) {
        return WEIR_END;
    }
    if (c->bounded) {
        int order = wr_key_compare(*key, wr_buf_view(&c->end));
        if (c->forward ? order > 0 : order < 0) {
            c->at.depth = 0;
            return WEIR_END;
        }
    }
    return WEIR_OK;
}

static void memory_close_cursor(struct wr_bytes_cursor *c)
{
    wr_ptrs_push(&c->engine->cursors, c);
    c->engine->open_cursors--;
}

/* ---- the write transaction ------------------------------------------------------------------- */

static enum weir_code memory_begin(struct wr_engine *e, struct weir_error *err)
{
    struct engine *m = engine_of(e);
    WR_UNUSED(err);
    wr_assert(!m->writing && m->open_cursors == 0);
    m->writing = true;
    wr_tree_begin(&m->space);
    return WEIR_OK;
}

static enum weir_code memory_put(struct wr_bytes_store *s, struct weir_bytes key,
                                 struct weir_bytes cell, struct weir_error *err)
{
    struct engine *m = engine_of(s->engine);
    WR_UNUSED(err);
    wr_assert(m->writing);
    wr_tree_put(&m->space, &store_of(s)->tree, key, cell);
    return WEIR_OK;
}

static enum weir_code memory_del(struct wr_bytes_store *s, struct weir_bytes key,
                                 struct weir_error *err)
{
    struct engine *m = engine_of(s->engine);
    WR_UNUSED(err);
    wr_assert(m->writing);
    wr_tree_delete(&m->space, &store_of(s)->tree, key);
    return WEIR_OK;
}

static enum weir_code memory_drop(struct wr_bytes_store *s, struct weir_error *err)
{
    struct engine *m = engine_of(s->engine);
    WR_UNUSED(err);
    wr_assert(m->writing);
    wr_tree_clear(&m->space, &store_of(s)->tree);
    return WEIR_OK;
}

static enum weir_code memory_put_meta(struct wr_engine *e, const char *name,
                                      struct weir_bytes value, struct weir_error *err)
{
    return memory_put(&engine_of(e)->meta->base, weir_str(name), value, err);
}

static enum weir_code memory_commit(struct wr_engine *e, struct weir_error *err)
{
    struct engine *m = engine_of(e);
    WR_UNUSED(err);
    wr_assert(m->writing);
    uint64_t oldest = UINT64_MAX;
    pthread_mutex_lock(&m->lock);
    for (size_t i = 0; i < m->stores.count; i++) {
        struct store *s = m->stores.items[i];
        s->committed = s->tree;
    }
    for (size_t i = 0; i < m->snapshots.count; i++) {
        uint64_t txn = ((const struct wr_snapshot *)m->snapshots.items[i])->txn;
        oldest = txn < oldest ? txn : oldest;
    }
    wr_tree_commit(&m->space, oldest);
    m->writing = false;
    pthread_mutex_unlock(&m->lock);
    return WEIR_OK;
}

static void memory_rollback(struct wr_engine *e)
{
    struct engine *m = engine_of(e);
    wr_assert(m->writing);
    for (size_t i = 0; i < m->stores.count; i++) {
        struct store *s = m->stores.items[i];
        s->tree = s->committed;
    }
    wr_tree_rollback(&m->space);
    m->writing = false;
}

static enum weir_code memory_get_meta(struct wr_engine *e, const char *name, struct wr_buf *out,
                                      struct weir_error *err)
{
    struct weir_bytes value;
    enum weir_code code = memory_get(&engine_of(e)->meta->base, weir_str(name), &value, err);
    if (code == WEIR_OK) {
        wr_buf_bytes(out, value);
    }
    return code;
}

/* ---- snapshots ------------------------------------------------------------------------------- */

static void memory_hold(struct wr_engine *e)
{
    pthread_mutex_lock(&engine_of(e)->held);
}

static void memory_release(struct wr_engine *e)
{
    pthread_mutex_unlock(&engine_of(e)->held);
}

static enum weir_code memory_snapshot(struct wr_engine *e, struct wr_snapshot **out,
                                      struct weir_error *err)
{
    struct engine *m = engine_of(e);
    WR_UNUSED(err);
    pthread_mutex_lock(&m->held);
    pthread_mutex_lock(&m->lock);
    size_t count = m->stores.count;
    struct wr_snapshot *s = wr_alloc(sizeof *s + count * sizeof s->trees[0]);
    *s = (struct wr_snapshot){m, m->space.txn, count};
    for (size_t i = 0; i < count; i++) {
        s->trees[i] = ((struct store *)m->stores.items[i])->committed;
    }
    wr_ptrs_push(&m->snapshots, s);
    pthread_mutex_unlock(&m->lock);
    pthread_mutex_unlock(&m->held);
    *out = s;
    return WEIR_OK;
}

static enum weir_code memory_snapshot_get(struct wr_snapshot *s, const char *store,
                                          struct weir_bytes key, struct wr_buf *cell,
                                          struct weir_error *err)
{
    struct weir_bytes value;
    WR_UNUSED(err);
    pthread_mutex_lock(&s->engine->lock);
    size_t i = find_store(s->engine, store, s->count);
    pthread_mutex_unlock(&s->engine->lock);
    if (i == s->count || !wr_tree_get(&s->trees[i], key, &value)) {
        return WEIR_ENOTFOUND;
    }
    wr_buf_bytes(cell, value);
    return WEIR_OK;
}

static void memory_snapshot_end(struct wr_snapshot *s)
{
    pthread_mutex_lock(&s->engine->lock);
    wr_ptrs_remove(&s->engine->snapshots, s);
    pthread_mutex_unlock(&s->engine->lock);
    wr_free(s);
}

/* ---- the whole ------------------------------------------------------------------------------- */

static uint64_t memory_bytes(struct wr_engine *e)
{
    return engine_of(e)->space.slab.bytes;
}

static enum weir_code memory_check(struct wr_engine *e, struct weir_error *err)
{
    struct engine *m = engine_of(e);
    WR_UNUSED(err);
    for (size_t i = 0; i < m->stores.count; i++) {
        wr_tree_check(&((struct store *)m->stores.items[i])->committed);
    }
    return WEIR_OK;
}

static enum weir_code memory_sync(struct wr_engine *e, struct weir_error *err)
{
    WR_UNUSED(e);
    WR_UNUSED(err);
    return WEIR_OK;
}

static void memory_close(struct wr_engine *e)
{
    struct engine *m = engine_of(e);
    wr_assert(!m->writing && m->snapshots.count == 0 && m->open_cursors == 0);
    wr_tree_begin(&m->space);
    for (size_t i = 0; i < m->stores.count; i++) {
        struct store *s = m->stores.items[i];
        wr_tree_clear(&m->space, &s->tree);
        wr_free((char *)s->base.name);
        wr_free(s);
    }
    wr_tree_commit(&m->space, UINT64_MAX);
    wr_assert(m->space.slab.bytes == 0);
    wr_tree_space_free(&m->space);
    for (size_t i = 0; i < m->cursors.count; i++) {
        struct wr_bytes_cursor *c = m->cursors.items[i];
        wr_buf_free(&c->end);
        wr_free(c);
    }
    wr_ptrs_free(&m->cursors);
    wr_ptrs_free(&m->stores);
    wr_ptrs_free(&m->snapshots);
    pthread_mutex_destroy(&m->lock);
    pthread_mutex_destroy(&m->held);
    wr_free(m);
}

struct wr_engine *wr_memory_engine_new(void)
{
    static const struct wr_engine_ops ops = {
        .name = "memory",
        .store = memory_store,
        .get = memory_get,
        .count = memory_count,
        .range = memory_range,
        .next = memory_next,
        .close_cursor = memory_close_cursor,
        .begin = memory_begin,
        .put = memory_put,
        .del = memory_del,
        .drop = memory_drop,
        .put_meta = memory_put_meta,
        .commit = memory_commit,
        .rollback = memory_rollback,
        .get_meta = memory_get_meta,
        .hold = memory_hold,
        .release = memory_release,
        .snapshot = memory_snapshot,
        .snapshot_get = memory_snapshot_get,
        .snapshot_end = memory_snapshot_end,
        .bytes = memory_bytes,
        .check = memory_check,
        .sync = memory_sync,
        .close = memory_close,
    };
    struct engine *m = WR_NEW(struct engine);
    m->base.ops = &ops;
    pthread_mutex_init(&m->held, NULL);
    pthread_mutex_init(&m->lock, NULL);
    m->meta = add_store(m, "");
    return &m->base;
}
