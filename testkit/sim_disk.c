/* sim_disk.c -- files and engines in memory. See sim_disk.h.
 *
 * An engine is a memory engine behind one whose writes can fail. The stores of the inner one are
 * handed out, so puts go straight to it; begin and commit do not. */
#include "src/base/base.h"

#include <stdio.h>
#include <string.h>

#include "src/base/err.h"
#include "src/base/mem.h"
#include "state/memory_engine.h"
#include "testkit/sim_disk.h"

struct engine {
    struct wr_engine base;
    struct wr_sim_disk *disk;
    struct wr_engine *inner;
    struct wr_engine *kept; /* an older copy */
    bool open;
    bool writing;
};

struct node {
    char *path;
    bool folder;
    struct wr_buf bytes;
    struct engine *engine; /* NULL: a file or a folder */
    int64_t changed_ms;
};

/* ---- nodes ----------------------------------------------------------------------------------- */

static struct node *find(struct wr_sim_disk *d, const char *path)
{
    for (size_t i = 0; i < d->nodes.count; i++) {
        struct node *n = d->nodes.items[i];
        if (strcmp(n->path, path) == 0) {
            return n;
        }
    }
    return NULL;
}

static struct node *make(struct wr_sim_disk *d, const char *path)
{
    struct node *n = find(d, path);
    if (n == NULL) {
        n = WR_NEW(struct node);
        n->path = wr_strdup(path);
        wr_ptrs_push(&d->nodes, n);
    }
    n->changed_ms = wr_sim_wall(d->sim);
    return n;
}

static void free_engine(struct engine *e)
{
    wr_assert(!e->open);
    e->inner->ops->close(e->inner);
    if (e->kept != NULL) {
        e->kept->ops->close(e->kept);
    }
    wr_free(e);
}

static void remove_node(struct wr_sim_disk *d, struct node *n)
{
    wr_ptrs_remove(&d->nodes, n);
    if (n->engine != NULL) {
        free_engine(n->engine);
    }
    wr_buf_free(&n->bytes);
    wr_free(n->path);
    wr_free(n);
}

/* Whether path is dir or below it; *rest is what follows. */
static bool is_below(const char *path, const char *dir, const char **rest)
{
    size_t len = strlen(dir);
    *rest = path + len;
    return strncmp(path, dir, len) == 0 && (path[len] == '\0' || path[len] == '/');
}

/* Every write goes through here: may it be done? */
static enum weir_code may_write(struct wr_sim_disk *d, struct weir_error *err)
{
    if (!d->cut && d->writes_left >= 0 && d->writes_left-- == 0) {
        d->cut = true;
    }
    if (d->cut) {
        return wr_fail(err, WEIR_EIO, "the simulated machine is dead");
    }
    if (d->sim->now < d->full_until) {
        return wr_fail(err, WEIR_EFULL, "the simulated disk is full");
    }
    return WEIR_OK;
}

/* ---- small files ----------------------------------------------------------------------------- */

static struct wr_sim_disk *of_fs(struct wr_fs *fs)
{
    return WR_CONTAINER_OF(fs, struct wr_sim_disk, fs);
}

static enum weir_code fs_mkdirs(struct wr_fs *fs, const char *path, struct weir_error *err)
{
    enum weir_code code = may_write(of_fs(fs), err);
    if (code == WEIR_OK && find(of_fs(fs), path) == NULL) {
        make(of_fs(fs), path)->folder = true;
    }
    return code;
}

static enum weir_code not_there(struct weir_error *err, const char *path)
{
    return wr_fail(err, WEIR_ENOTFOUND, "\"%s\" is not there", path);
}

static enum weir_code fs_read(struct wr_fs *fs, const char *path, struct wr_buf *out,
                              struct weir_error *err)
{
    const struct node *n = find(of_fs(fs), path);
    if (n == NULL) {
        return not_there(err, path);
    }
    wr_buf_bytes(out, wr_buf_view(&n->bytes));
    return WEIR_OK;
}

static enum weir_code fs_replace(struct wr_fs *fs, const char *path, struct weir_bytes contents,
                                 struct weir_error *err)
{
    enum weir_code code = may_write(of_fs(fs), err);
    if (code == WEIR_OK) {
        struct node *n = make(of_fs(fs), path);
        wr_buf_reset(&n->bytes);
        wr_buf_bytes(&n->bytes, contents);
    }
    return code;
}

static enum weir_code fs_remove(struct wr_fs *fs, const char *path, struct weir_error *err)
{
    struct wr_sim_disk *d = of_fs(fs);
    enum weir_code code = may_write(d, err);
    for (size_t i = d->nodes.count; code == WEIR_OK && i-- > 0;) {
        struct node *n = d->nodes.items[i];
        const char *rest;
        if (is_below(n->path, path, &rest)) {
            remove_node(d, n);
        }
    }
    return code;
}

static enum weir_code fs_rename(struct wr_fs *fs, const char *from, const char *to,
                                struct weir_error *err)
{
    struct wr_sim_disk *d = of_fs(fs);
    enum weir_code code = may_write(d, err);
    if (code == WEIR_OK && find(d, from) == NULL) {
        code = not_there(err, from);
    }
    for (size_t i = 0; i < d->nodes.count && code == WEIR_OK; i++) {
        struct node *n = d->nodes.items[i];
        const char *rest;
        if (is_below(n->path, from, &rest)) {
            char *path = wr_asprintf("%s%s", to, rest);
            wr_free(n->path);
            n->path = path;
        }
    }
    return code;
}

static enum weir_code fs_list(struct wr_fs *fs, const char *path, struct wr_ptrs *names,
                              struct weir_error *err)
{
    struct wr_sim_disk *d = of_fs(fs);
    if (find(d, path) == NULL) {
        return not_there(err, path);
    }
    for (size_t i = 0; i < d->nodes.count; i++) {
        const struct node *n = d->nodes.items[i];
        const char *rest;
        if (!is_below(n->path, path, &rest) || *rest == '\0' || strchr(rest + 1, '/') != NULL) {
            continue;
        }
        size_t at = names->count;
        wr_ptrs_push(names, wr_strdup(rest + 1));
        while (at > 0 && strcmp(names->items[at - 1], names->items[at]) > 0) {
            void *swap = names->items[at];
            names->items[at] = names->items[at - 1];
            names->items[--at] = swap;
        }
    }
    return WEIR_OK;
}

static enum weir_code fs_stat(struct wr_fs *fs, const char *path, int64_t *size,
                              int64_t *changed_ms, struct weir_error *err)
{
    const struct node *n = find(of_fs(fs), path);
    if (n == NULL) {
        return not_there(err, path);
    }
    if (size != NULL) {
        *size = (int64_t)n->bytes.len;
    }
    if (changed_ms != NULL) {
        *changed_ms = n->changed_ms;
    }
    return WEIR_OK;
}

static enum weir_code fs_lock(struct wr_fs *fs, const char *path, int *handle, long *holder,
                              struct weir_error *err)
{
    struct wr_sim_disk *d = of_fs(fs);
    if (d->locked) {
        *holder = 0;
        return wr_fail(err, WEIR_ELOCKED, "\"%s\" is locked", path);
    }
    make(d, path);
    d->locked = true;
    *handle = 1;
    return WEIR_OK;
}

static void fs_unlock(struct wr_fs *fs, int handle)
{
    WR_UNUSED(handle);
    of_fs(fs)->locked = false;
}

static enum weir_code fs_boot_id(struct wr_fs *fs, char out[WR_BOOT_ID_MAX], struct weir_error *err)
{
    WR_UNUSED(fs);
    WR_UNUSED(err);
    snprintf(out, WR_BOOT_ID_MAX, "boot");
    return WEIR_OK;
}

static enum weir_code fs_kind(struct wr_fs *fs, const char *path, bool *network, bool *temporary,
                              struct weir_error *err)
{
    WR_UNUSED(fs);
    WR_UNUSED(path);
    WR_UNUSED(err);
    *network = *temporary = false;
    return WEIR_OK;
}

/* ---- engines --------------------------------------------------------------------------------- */

static struct engine *of_engine(struct wr_engine *e)
{
    return WR_CONTAINER_OF(e, struct engine, base);
}

static struct wr_engine *inner_of(struct wr_engine *e)
{
    return of_engine(e)->inner;
}

static enum weir_code engine_store(struct wr_engine *e, const char *name,
                                   struct wr_bytes_store **out, struct weir_error *err)
{
    return inner_of(e)->ops->store(inner_of(e), name, out, err);
}

static enum weir_code engine_begin(struct wr_engine *base, struct weir_error *err)
{
    struct engine *e = of_engine(base);
    enum weir_code code = may_write(e->disk, err);
    if (code == WEIR_OK) {
        code = e->inner->ops->begin(e->inner, err);
        e->writing = code == WEIR_OK;
    }
    return code;
}

static void engine_rollback(struct wr_engine *base)
{
    struct engine *e = of_engine(base);
    e->inner->ops->rollback(e->inner);
    e->writing = false;
}

static enum weir_code engine_commit(struct wr_engine *base, struct weir_error *err)
{
    struct engine *e = of_engine(base);
    if (may_write(e->disk, err) != WEIR_OK) {
        engine_rollback(base);
        return e->disk->cut ? WEIR_EIO : WEIR_EFULL;
    }
    e->writing = false;
    return e->inner->ops->commit(e->inner, err);
}

static enum weir_code engine_put_meta(struct wr_engine *e, const char *name,
                                      struct weir_bytes value, struct weir_error *err)
{
    return inner_of(e)->ops->put_meta(inner_of(e), name, value, err);
}

static enum weir_code engine_get_meta(struct wr_engine *e, const char *name, struct wr_buf *out,
                                      struct weir_error *err)
{
    return inner_of(e)->ops->get_meta(inner_of(e), name, out, err);
}

static void engine_hold(struct wr_engine *e)
{
    inner_of(e)->ops->hold(inner_of(e));
}

static void engine_release(struct wr_engine *e)
{
    inner_of(e)->ops->release(inner_of(e));
}

static uint64_t engine_bytes(struct wr_engine *e)
{
    return inner_of(e)->ops->bytes(inner_of(e));
}

static enum weir_code engine_check(struct wr_engine *e, struct weir_error *err)
{
    return inner_of(e)->ops->check(inner_of(e), err);
}

static enum weir_code engine_sync(struct wr_engine *e, struct weir_error *err)
{
    return may_write(of_engine(e)->disk, err);
}

static void engine_close(struct wr_engine *base)
{
    struct engine *e = of_engine(base);
    wr_assert(!e->writing);
    e->open = false;
}

/* Reads, scans and snapshots go to the stores of the inner engine. */
static const struct wr_engine_ops engine_ops = {
    .name = "simulated",
    .store = engine_store,
    .begin = engine_begin,
    .commit = engine_commit,
    .rollback = engine_rollback,
    .put_meta = engine_put_meta,
    .get_meta = engine_get_meta,
    .hold = engine_hold,
    .release = engine_release,
    .bytes = engine_bytes,
    .check = engine_check,
    .sync = engine_sync,
    .close = engine_close,
};

static struct wr_sim_disk *of_disk(struct wr_disk *disk)
{
    return WR_CONTAINER_OF(disk, struct wr_sim_disk, disk);
}

static struct node *data_of(struct wr_sim_disk *d, const char *folder)
{
    char *path = wr_asprintf("%s/data.mdb", folder);
    struct node *n = find(d, path);
    wr_free(path);
    return n;
}

static enum weir_code disk_there(struct wr_disk *disk, const char *folder, bool *there,
                                 struct weir_error *err)
{
    WR_UNUSED(err);
    *there = data_of(of_disk(disk), folder) != NULL;
    return WEIR_OK;
}

static enum weir_code disk_check(struct wr_disk *disk, const char *folder, bool all_rows,
                                 struct weir_error *err)
{
    WR_UNUSED(all_rows);
    WR_UNUSED(disk);
    WR_UNUSED(folder);
    WR_UNUSED(err);
    return WEIR_OK;
}

static enum weir_code disk_open(struct wr_disk *disk, const char *folder, uint64_t map_bytes,
                                unsigned max_stores, struct wr_engine **out, struct weir_error *err)
{
    struct wr_sim_disk *d = of_disk(disk);
    WR_UNUSED(map_bytes);
    WR_UNUSED(max_stores);
    struct node *n = data_of(d, folder);
    if (n == NULL) {
        enum weir_code code = may_write(d, err);
        if (code != WEIR_OK) {
            return code;
        }
        char *path = wr_asprintf("%s/data.mdb", folder);
        n = make(d, path);
        wr_free(path);
        n->engine = WR_NEW(struct engine);
        n->engine->base.ops = &engine_ops;
        n->engine->disk = d;
        n->engine->inner = wr_memory_engine_new();
    }
    wr_assert(!n->engine->open);
    n->engine->open = true;
    *out = &n->engine->base;
    return WEIR_OK;
}

/* ---- the disk -------------------------------------------------------------------------------- */

void wr_sim_disk_init(struct wr_sim_disk *d, struct wr_sim *sim, const char *const *stores)
{
    *d = (struct wr_sim_disk){
        .fs = {.mkdirs = fs_mkdirs,
               .read = fs_read,
               .replace = fs_replace,
               .rename = fs_rename,
               .remove = fs_remove,
               .list = fs_list,
               .stat = fs_stat,
               .lock = fs_lock,
               .unlock = fs_unlock,
               .boot_id = fs_boot_id,
               .kind = fs_kind},
        .disk = {disk_there, disk_check, disk_open},
        .sim = sim,
        .stores = stores,
        .writes_left = -1,
    };
}

void wr_sim_disk_wipe(struct wr_sim_disk *d)
{
    while (d->nodes.count != 0) {
        remove_node(d, d->nodes.items[d->nodes.count - 1]);
    }
}

void wr_sim_disk_fini(struct wr_sim_disk *d)
{
    wr_sim_disk_wipe(d);
    wr_ptrs_free(&d->nodes);
}

void wr_sim_disk_released(struct wr_sim_disk *d)
{
    d->locked = d->cut = false;
    d->writes_left = -1;
}

void wr_sim_disk_engines(struct wr_sim_disk *d,
                         void (*each)(void *arg, const char *folder, struct wr_engine *e),
                         void *arg)
{
    for (size_t i = 0; i < d->nodes.count; i++) {
        const struct node *n = d->nodes.items[i];
        const char *slash = strrchr(n->path, '/');
        if (n->engine != NULL && strstr(n->path, "/.") == NULL) { /* not set aside */
            char *folder = wr_strndup(n->path, (size_t)(slash - n->path));
            each(arg, folder, n->engine->inner);
            wr_free(folder);
        }
    }
}

/* ---- copies and damage ----------------------------------------------------------------------- */

static void copy_store(struct wr_engine *from, struct wr_engine *to, const char *name)
{
    struct wr_bytes_store *source;
    struct wr_bytes_store *target;
    struct wr_bytes_cursor *cursor;
    struct weir_bytes key;
    struct weir_bytes cell;
    enum weir_code code = from->ops->store(from, name, &source, NULL);
    if (code == WEIR_OK && from->ops->count(source) != 0) {
        code = to->ops->store(to, name, &target, NULL);
        code = from->ops->range(source, weir_null(), weir_null(), WEIR_FORWARD, &cursor, NULL);
        while (code == WEIR_OK && from->ops->next(cursor, &key, &cell, NULL) == WEIR_OK) {
            code = to->ops->put(target, key, cell, NULL);
        }
        from->ops->close_cursor(cursor);
    }
    wr_assert(code == WEIR_OK);
}

/* The stores of an engine are not listed anywhere. */
static struct wr_engine *copy_engine(struct wr_engine *from, const char *const *stores)
{
    struct wr_engine *to = wr_memory_engine_new();
    struct wr_buf meta = {0};
    enum weir_code code = to->ops->begin(to, NULL);
    for (; *stores != NULL; stores++) {
        copy_store(from, to, *stores);
    }
    if (from->ops->get_meta(from, "task", &meta, NULL) == WEIR_OK) {
        code = to->ops->put_meta(to, "task", wr_buf_view(&meta), NULL);
    }
    wr_buf_free(&meta);
    wr_assert(code == WEIR_OK && to->ops->commit(to, NULL) == WEIR_OK);
    return to;
}

static void keep_one(struct engine *e)
{
    if (e->kept != NULL) {
        e->kept->ops->close(e->kept);
    }
    e->kept = copy_engine(e->inner, e->disk->stores);
}

void wr_sim_disk_keep(struct wr_sim_disk *d)
{
    for (size_t i = 0; i < d->nodes.count; i++) {
        struct node *n = d->nodes.items[i];
        if (n->engine != NULL && !n->engine->open) {
            keep_one(n->engine);
        }
    }
}

void wr_sim_disk_go_back(struct wr_sim_disk *d)
{
    for (size_t i = 0; i < d->nodes.count; i++) {
        struct node *n = d->nodes.items[i];
        if (n->engine != NULL && !n->engine->open && n->engine->kept != NULL) {
            n->engine->inner->ops->close(n->engine->inner);
            n->engine->inner = n->engine->kept;
            n->engine->kept = NULL;
        }
    }
}

/* Another byte in the first row there is. */
static bool damage_store(struct wr_engine *e, const char *name)
{
    struct wr_bytes_store *store;
    struct wr_bytes_cursor *cursor;
    struct weir_bytes key;
    struct weir_bytes cell;
    struct wr_buf copy = {0};
    struct wr_buf name_copy = {0};
    enum weir_code code = e->ops->store(e, name, &store, NULL);
    if (code != WEIR_OK || e->ops->count(store) == 0) {
        return false;
    }
    code = e->ops->range(store, weir_null(), weir_null(), WEIR_FORWARD, &cursor, NULL);
    code = code == WEIR_OK ? e->ops->next(cursor, &key, &cell, NULL) : code;
    wr_assert(code == WEIR_OK);
    wr_buf_bytes(&name_copy, key);
    wr_buf_bytes(&copy, cell);
    e->ops->close_cursor(cursor);
    copy.data[copy.len - 5] ^= 1; /* the last byte of the value: a checksum of 4 follows */
    code = e->ops->begin(e, NULL);
    code = code == WEIR_OK ? e->ops->put(store, wr_buf_view(&name_copy), wr_buf_view(&copy), NULL)
                           : code;
    code = code == WEIR_OK ? e->ops->commit(e, NULL) : code;
    wr_assert(code == WEIR_OK);
    wr_buf_free(&copy);
    wr_buf_free(&name_copy);
    return true;
}

bool wr_sim_disk_damage(struct wr_sim_disk *d)
{
    for (size_t i = 0; i < d->nodes.count; i++) {
        const struct node *n = d->nodes.items[i];
        if (n->engine == NULL || n->engine->open || strstr(n->path, "/.") != NULL) {
            continue;
        }
        for (const char *const *name = d->stores; *name != NULL; name++) {
            if (damage_store(n->engine->inner, *name)) {
                return true;
            }
        }
    }
    return false;
}
