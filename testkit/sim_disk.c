/* sim_disk.c -- small files in memory, and engines. See sim_disk.h.
 *
 * An engine is that of an image (sim_image.h) behind one whose writes can fail. The stores of the
 * inner one are handed out, so puts go straight to it; begin and commit do not. */
#include "src/base/base.h"

#include <stdio.h>
#include <string.h>

#include "src/base/err.h"
#include "src/base/mem.h"
#include "testkit/sim_disk.h"
#include "testkit/sim_image.h"

struct engine {
    struct wr_engine base;
    struct wr_sim_disk *disk;
    struct wr_sim_image *image;
    struct wr_sim_image *kept; /* an older copy; NULL: none */
    struct wr_engine *inner;   /* NULL: closed */
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
    wr_assert(e->inner == NULL);
    wr_sim_image_free(e->image);
    wr_sim_image_free(e->kept);
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
        wr_sim_effect(d->sim, WR_SIM_CUT);
    }
    if (d->cut) {
        return wr_fail(err, WEIR_EIO, "the simulated machine is dead");
    }
    if (d->sim->now < d->full_until) {
        wr_sim_effect(d->sim, WR_SIM_NO_ROOM);
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
    wr_sim_image_close(e->image, e->inner);
    e->inner = NULL;
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
    const struct node *n = data_of(of_disk(disk), folder);
    return n != NULL ? wr_sim_image_check(n->engine->image, all_rows, err) : WEIR_OK;
}

static enum weir_code make_engine(struct wr_sim_disk *d, const char *folder, struct node **out,
                                  struct weir_error *err)
{
    enum weir_code code = may_write(d, err);
    if (code == WEIR_OK) {
        char *path = wr_asprintf("%s/data.mdb", folder);
        *out = make(d, path);
        wr_free(path);
        (*out)->engine = WR_NEW(struct engine);
        *(*out)->engine = (struct engine){
            .base.ops = &engine_ops,
            .disk = d,
            .image = wr_sim_image_new(d->real, d->images++),
        };
    }
    return code;
}

static enum weir_code disk_open(struct wr_disk *disk, const char *folder, uint64_t map_bytes,
                                unsigned max_stores, struct wr_engine **out, struct weir_error *err)
{
    struct wr_sim_disk *d = of_disk(disk);
    struct node *n = data_of(d, folder);
    enum weir_code code = n == NULL ? make_engine(d, folder, &n, err) : WEIR_OK;
    if (code == WEIR_OK) {
        wr_assert(n->engine->inner == NULL);
        code = wr_sim_image_open(n->engine->image, map_bytes, max_stores, &n->engine->inner, err);
        *out = &n->engine->base;
    }
    return code;
}

/* ---- the disk -------------------------------------------------------------------------------- */

void wr_sim_disk_init(struct wr_sim_disk *d, struct wr_sim *sim, const char *const *stores,
                      const char *real)
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
        .real = real,
        .writes_left = -1,
    };
}

static void clear(struct wr_sim_disk *d)
{
    while (d->nodes.count != 0) {
        remove_node(d, d->nodes.items[d->nodes.count - 1]);
    }
}

void wr_sim_disk_wipe(struct wr_sim_disk *d)
{
    for (size_t i = 0; i < d->nodes.count; i++) {
        if (((struct node *)d->nodes.items[i])->engine != NULL) {
            wr_sim_effect(d->sim, WR_SIM_WIPED);
        }
    }
    clear(d);
}

void wr_sim_disk_fini(struct wr_sim_disk *d)
{
    clear(d);
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
            struct wr_engine *e = n->engine->inner;
            struct wr_engine *view = e != NULL ? e : wr_sim_image_view(n->engine->image);
            if (view != NULL) {
                each(arg, folder, view);
            }
            if (e == NULL && view != NULL) {
                wr_sim_image_close(n->engine->image, view);
            }
            wr_free(folder);
        }
    }
}

/* ---- copies and damage ----------------------------------------------------------------------- */

void wr_sim_disk_keep(struct wr_sim_disk *d)
{
    for (size_t i = 0; i < d->nodes.count; i++) {
        struct engine *e = ((struct node *)d->nodes.items[i])->engine;
        if (e != NULL && e->inner == NULL) {
            wr_sim_image_free(e->kept);
            e->kept = wr_sim_image_copy(e->image, d->stores, d->images++);
        }
    }
}

void wr_sim_disk_go_back(struct wr_sim_disk *d)
{
    for (size_t i = 0; i < d->nodes.count; i++) {
        struct engine *e = ((struct node *)d->nodes.items[i])->engine;
        if (e != NULL && e->inner == NULL && e->kept != NULL) {
            wr_sim_image_free(e->image);
            e->image = e->kept;
            e->kept = NULL;
            wr_sim_effect(d->sim, WR_SIM_WENT_BACK);
        }
    }
}

bool wr_sim_disk_damage(struct wr_sim_disk *d)
{
    for (size_t i = 0; i < d->nodes.count; i++) {
        const struct node *n = d->nodes.items[i];
        if (n->engine != NULL && n->engine->inner == NULL && strstr(n->path, "/.") == NULL &&
            wr_sim_image_damage(n->engine->image, d->stores)) {
            wr_sim_effect(d->sim, WR_SIM_DAMAGED);
            return true;
        }
    }
    return false;
}
