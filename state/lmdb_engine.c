/* lmdb_engine.c -- bytes_store.h over LMDB.
 *
 * A write transaction has one cursor per store: rows come sorted, so the next one is mostly on the
 * page where the last one was. As long as rows go behind the last one of the store they are
 * appended, which fills pages to the end.
 */
#include "src/base/base.h"

#include <string.h>

#include "src/base/err.h"
#include "src/base/mem.h"
#include "state/key_codec.h"
#include "state/lmdb_check.h"
#include "state/lmdb_engine.h"
#include "state/lmdb_format.h"
#include "state/lmdb_store.h"

struct wr_snapshot {
    struct wr_lmdb_engine *engine;
    struct wr_lmdb_read read;
};

static MDB_val val(struct weir_bytes b)
{
    return (MDB_val){.mv_size = b.len, .mv_data = (void *)(uintptr_t)b.data};
}

static struct weir_bytes stored_view(const struct wr_stored_key *k)
{
    return weir_view(k->data, k->len);
}

/* ---- stores ---------------------------------------------------------------------------------- */

static struct wr_lmdb_store *find_store(const struct wr_lmdb_engine *l, const char *name)
{
    for (size_t i = 0; i < l->stores.count; i++) {
        struct wr_lmdb_store *s = l->stores.items[i];
        if (strcmp(s->base.name, name) == 0) {
            return s;
        }
    }
    return NULL;
}

static enum weir_code lmdb_store(struct wr_engine *e, const char *name, struct wr_bytes_store **out,
                                 struct weir_error *err)
{
    struct wr_lmdb_engine *l = wr_lmdb_engine_of(e);
    struct wr_lmdb_store *s = find_store(l, name);
    if (s == NULL) {
        MDB_dbi dbi;
        enum weir_code code = wr_lmdb_env_database(&l->env, name, &dbi, err);
        if (code != WEIR_OK) {
            return code;
        }
        s = WR_NEW(struct wr_lmdb_store);
        s->base = (struct wr_bytes_store){e, wr_strdup(name)};
        s->dbi = dbi;
        wr_ptrs_push(&l->stores, s);
    }
    *out = &s->base;
    return WEIR_OK;
}

/* ---- reading --------------------------------------------------------------------------------- */

static enum weir_code get_in(const struct wr_lmdb_read *read, struct wr_bytes_store *b,
                             struct weir_bytes key, struct weir_bytes *cell, struct weir_error *err)
{
    struct wr_stored_key stored;
    struct weir_bytes whole;
    MDB_val v;
    wr_key_store(key, &stored);
    MDB_val k = val(stored_view(&stored));
    int rc = mdb_get(read->txn, wr_lmdb_store_of(b)->dbi, &k, &v);
    if (rc != 0) {
        return wr_lmdb_fail(&wr_lmdb_engine_of(b->engine)->env, rc, "read", err);
    }
    enum weir_code code = wr_lmdb_view(read->extent, v, cell, err);
    if (code == WEIR_OK && wr_key_is_long(key)) {
        code = wr_stored_pair_decode(stored_view(&stored), *cell, &whole, cell, err);
        if (code == WEIR_OK && !weir_equal(whole, key)) {
            return WEIR_ENOTFOUND;
        }
    }
    return code;
}

static enum weir_code lmdb_get(struct wr_bytes_store *b, struct weir_bytes key,
                               struct weir_bytes *cell, struct weir_error *err)
{
    return get_in(&wr_lmdb_engine_of(b->engine)->env.read, b, key, cell, err);
}

static uint64_t lmdb_count(struct wr_bytes_store *b)
{
    struct wr_lmdb_engine *l = wr_lmdb_engine_of(b->engine);
    MDB_stat st;
    return mdb_stat(l->env.read.txn, wr_lmdb_store_of(b)->dbi, &st) == 0 ? st.ms_entries : 0;
}

static enum weir_code lmdb_get_meta(struct wr_engine *e, const char *name, struct wr_buf *out,
                                    struct weir_error *err)
{
    struct wr_lmdb_engine *l = wr_lmdb_engine_of(e);
    MDB_val k = val(weir_str(name));
    MDB_val v;
    int rc = mdb_get(l->env.read.txn, l->meta, &k, &v);
    if (rc != 0) {
        return wr_lmdb_fail(&l->env, rc, "read", err);
    }
    struct weir_bytes value;
    enum weir_code code = wr_lmdb_view(l->env.read.extent, v, &value, err);
    if (code == WEIR_OK) {
        wr_buf_bytes(out, value);
    }
    return code;
}

/* ---- writing --------------------------------------------------------------------------------- */

static enum weir_code lmdb_begin(struct wr_engine *e, struct weir_error *err)
{
    struct wr_lmdb_engine *l = wr_lmdb_engine_of(e);
    wr_assert(l->open_cursors == 0);
    l->written = 0;
    return wr_lmdb_env_begin(&l->env, err);
}

/* The store's cursor in the open write transaction; counts one more row. */
static int writer(struct wr_lmdb_engine *l, struct wr_lmdb_store *s)
{
    wr_assert(l->env.write != NULL && ++l->written <= WR_ENGINE_CHUNK);
    if (s->writer != NULL) {
        return 0;
    }
    s->appending = true;
    return mdb_cursor_open(l->env.write, s->dbi, &s->writer);
}

/* Two long keys with one stored key would overwrite each other. Chance does not bring them about;
 * damage does. */
static enum weir_code check_same_long_key(struct wr_lmdb_engine *l, struct wr_lmdb_store *s,
                                          MDB_val stored, struct weir_bytes key,
                                          struct weir_error *err)
{
    struct weir_bytes whole;
    struct weir_bytes cell;
    MDB_val v;
    int rc = mdb_cursor_get(s->writer, &stored, &v, MDB_SET);
    if (rc != 0) {
        return wr_lmdb_fail(&l->env, rc, "write", err);
    }
    enum weir_code code =
        wr_stored_pair_decode(weir_view(stored.mv_data, stored.mv_size),
                              weir_view(v.mv_data, v.mv_size), &whole, &cell, err);
    if (code == WEIR_OK && !weir_equal(whole, key)) {
        return wr_fail(err, WEIR_ECORRUPT, "two long keys have one fingerprint");
    }
    return code;
}

static enum weir_code lmdb_put(struct wr_bytes_store *b, struct weir_bytes key,
                               struct weir_bytes cell, struct weir_error *err)
{
    struct wr_lmdb_engine *l = wr_lmdb_engine_of(b->engine);
    struct wr_lmdb_store *s = wr_lmdb_store_of(b);
    struct wr_stored_key stored;
    wr_key_store(key, &stored);
    MDB_val k = val(stored_view(&stored));
    MDB_val v = val(cell);
    int rc = writer(l, s);
    if (rc == 0 && wr_key_is_long(key)) {
        enum weir_code code = check_same_long_key(l, s, k, key, err);
        if (code != WEIR_OK && code != WEIR_ENOTFOUND) {
            return code;
        }
        wr_buf_reset(&l->long_value);
        wr_long_value_encode(&l->long_value, key, cell);
        v = val(wr_buf_view(&l->long_value));
    }
    if (rc == 0 && s->appending) {
        rc = mdb_cursor_put(s->writer, &k, &v, MDB_APPEND);
        s->appending = rc != MDB_KEYEXIST;
    }
    if (rc == 0 && s->appending) {
        return WEIR_OK;
    }
    if (rc == 0 || rc == MDB_KEYEXIST) {
        rc = mdb_cursor_put(s->writer, &k, &v, 0);
    }
    return rc == 0 ? WEIR_OK : wr_lmdb_fail(&l->env, rc, "write", err);
}

static enum weir_code lmdb_del(struct wr_bytes_store *b, struct weir_bytes key,
                               struct weir_error *err)
{
    struct wr_lmdb_engine *l = wr_lmdb_engine_of(b->engine);
    struct wr_lmdb_store *s = wr_lmdb_store_of(b);
    struct wr_stored_key stored;
    wr_key_store(key, &stored);
    MDB_val k = val(stored_view(&stored));
    MDB_val v;
    int rc = writer(l, s);
    if (rc == 0 && wr_key_is_long(key)) {
        enum weir_code code = check_same_long_key(l, s, k, key, err);
        if (code != WEIR_OK) {
            return code == WEIR_ENOTFOUND ? WEIR_OK : code;
        }
    }
    if (rc == 0) {
        rc = mdb_cursor_get(s->writer, &k, &v, MDB_SET);
    }
    if (rc == 0) {
        rc = mdb_cursor_del(s->writer, 0);
    }
    return rc == 0 || rc == MDB_NOTFOUND ? WEIR_OK : wr_lmdb_fail(&l->env, rc, "write", err);
}

static enum weir_code lmdb_drop(struct wr_bytes_store *b, struct weir_error *err)
{
    struct wr_lmdb_engine *l = wr_lmdb_engine_of(b->engine);
    wr_assert(l->env.write != NULL);
    int rc = mdb_drop(l->env.write, wr_lmdb_store_of(b)->dbi, 0);
    return rc == 0 ? WEIR_OK : wr_lmdb_fail(&l->env, rc, "empty a store in", err);
}

static enum weir_code lmdb_put_meta(struct wr_engine *e, const char *name, struct weir_bytes value,
                                    struct weir_error *err)
{
    struct wr_lmdb_engine *l = wr_lmdb_engine_of(e);
    wr_assert(l->env.write != NULL);
    MDB_val k = val(weir_str(name));
    MDB_val v = val(value);
    int rc = mdb_put(l->env.write, l->meta, &k, &v, 0);
    return rc == 0 ? WEIR_OK : wr_lmdb_fail(&l->env, rc, "write", err);
}

static void close_writers(struct wr_lmdb_engine *l)
{
    for (size_t i = 0; i < l->stores.count; i++) {
        struct wr_lmdb_store *s = l->stores.items[i];
        if (s->writer != NULL) {
            mdb_cursor_close(s->writer);
            s->writer = NULL;
        }
    }
}

static enum weir_code lmdb_commit(struct wr_engine *e, struct weir_error *err)
{
    struct wr_lmdb_engine *l = wr_lmdb_engine_of(e);
    wr_assert(l->env.write != NULL);
    close_writers(l);
    return wr_lmdb_env_commit(&l->env, err);
}

static void lmdb_rollback(struct wr_engine *e)
{
    struct wr_lmdb_engine *l = wr_lmdb_engine_of(e);
    close_writers(l);
    wr_lmdb_env_rollback(&l->env);
}

/* ---- snapshots ------------------------------------------------------------------------------- */

static void lmdb_hold(struct wr_engine *e)
{
    pthread_mutex_lock(&wr_lmdb_engine_of(e)->env.held);
}

static void lmdb_release(struct wr_engine *e)
{
    pthread_mutex_unlock(&wr_lmdb_engine_of(e)->env.held);
}

static enum weir_code lmdb_snapshot(struct wr_engine *e, struct wr_snapshot **out,
                                    struct weir_error *err)
{
    struct wr_lmdb_engine *l = wr_lmdb_engine_of(e);
    struct wr_lmdb_read read;
    enum weir_code code = wr_lmdb_env_snapshot(&l->env, &read, err);
    if (code == WEIR_OK) {
        *out = wr_alloc(sizeof **out);
        **out = (struct wr_snapshot){l, read};
    }
    return code;
}

static enum weir_code lmdb_snapshot_get(struct wr_snapshot *s, const char *store,
                                        struct weir_bytes key, struct wr_buf *cell,
                                        struct weir_error *err)
{
    struct wr_lmdb_store *found = find_store(s->engine, store);
    struct weir_bytes view = WEIR_NULL;
    if (found == NULL) {
        return WEIR_ENOTFOUND;
    }
    enum weir_code code = get_in(&s->read, &found->base, key, &view, err);
    if (code == WEIR_OK) {
        wr_buf_bytes(cell, view);
    }
    return code;
}

static void lmdb_snapshot_end(struct wr_snapshot *s)
{
    wr_lmdb_env_snapshot_end(&s->engine->env, s->read.txn);
    wr_free(s);
}

/* ---- the whole ------------------------------------------------------------------------------- */

static uint64_t lmdb_bytes(struct wr_engine *e)
{
    return wr_lmdb_engine_of(e)->env.read.extent.bytes;
}

static enum weir_code lmdb_check(struct wr_engine *e, struct weir_error *err)
{
    struct wr_lmdb_engine *l = wr_lmdb_engine_of(e);
    int fd = -1;
    int rc = mdb_env_get_fd(l->env.mdb, &fd);
    return rc == 0 ? wr_lmdb_check(fd, l->env.path, WR_LMDB_CHECK_LEAVES, err)
                   : wr_lmdb_fail(&l->env, rc, "check", err);
}

static enum weir_code lmdb_sync(struct wr_engine *e, struct weir_error *err)
{
    struct wr_lmdb_engine *l = wr_lmdb_engine_of(e);
    int rc = mdb_env_sync(l->env.mdb, 1);
    return rc == 0 ? WEIR_OK : wr_lmdb_fail(&l->env, rc, "sync", err);
}

static void lmdb_close(struct wr_engine *e)
{
    struct wr_lmdb_engine *l = wr_lmdb_engine_of(e);
    wr_assert(l->open_cursors == 0);
    close_writers(l);
    for (size_t i = 0; i < l->stores.count; i++) {
        struct wr_lmdb_store *s = l->stores.items[i];
        wr_lmdb_free_cursors(s);
        wr_free((char *)(uintptr_t)s->base.name);
        wr_free(s);
    }
    wr_lmdb_env_close(&l->env);
    wr_ptrs_free(&l->stores);
    wr_buf_free(&l->long_value);
    wr_free(l);
}

static const struct wr_engine_ops lmdb_ops = {
    .name = "lmdb",
    .store = lmdb_store,
    .get = lmdb_get,
    .count = lmdb_count,
    .range = wr_lmdb_range,
    .next = wr_lmdb_next,
    .close_cursor = wr_lmdb_close_cursor,
    .begin = lmdb_begin,
    .put = lmdb_put,
    .del = lmdb_del,
    .drop = lmdb_drop,
    .put_meta = lmdb_put_meta,
    .commit = lmdb_commit,
    .rollback = lmdb_rollback,
    .get_meta = lmdb_get_meta,
    .hold = lmdb_hold,
    .release = lmdb_release,
    .snapshot = lmdb_snapshot,
    .snapshot_get = lmdb_snapshot_get,
    .snapshot_end = lmdb_snapshot_end,
    .bytes = lmdb_bytes,
    .check = lmdb_check,
    .sync = lmdb_sync,
    .close = lmdb_close,
};

static struct wr_lmdb_engine *new_engine(void)
{
    struct wr_lmdb_engine *l = WR_NEW(struct wr_lmdb_engine);
    l->base.ops = &lmdb_ops;
    return l;
}

/* The environment was opened with `code`. */
static enum weir_code finish(struct wr_lmdb_engine *l, enum weir_code code, struct wr_engine **out,
                             struct weir_error *err)
{
    if (code == WEIR_OK) {
        code = wr_lmdb_env_database(&l->env, WR_LMDB_META_STORE, &l->meta, err);
    }
    if (code != WEIR_OK) {
        lmdb_close(&l->base);
        return code;
    }
    *out = &l->base;
    return WEIR_OK;
}

enum weir_code wr_lmdb_engine_open(struct wr_engine **out, const char *path, uint64_t map_bytes,
                                   unsigned max_stores, struct weir_error *err)
{
    struct wr_lmdb_engine *l = new_engine();
    return finish(l, wr_lmdb_env_open(&l->env, path, map_bytes, max_stores + 1, err), out, err);
}

enum weir_code wr_lmdb_engine_view(struct wr_engine **out, const char *path, unsigned max_stores,
                                   struct weir_error *err)
{
    struct wr_lmdb_engine *l = new_engine();
    return finish(l, wr_lmdb_env_view(&l->env, path, max_stores + 1, err), out, err);
}
