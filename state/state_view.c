/* state_view.c -- looking at the stores of an instance that is stopped. */
#include "src/base/base.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/err.h"
#include "src/base/mem.h"
#include "state/checked_file.h"
#include "state/lmdb_engine.h"
#include "state/state_dir.h"
#include "state/state_view.h"
#include "state/task_meta.h"

struct wr_state_view {
    struct wr_fs *fs;
    int lock; /* -1: there is none */
    char boot_id[WR_BOOT_ID_MAX];
    struct wr_ptrs paths; /* of tasks, owned */
};

/* ---- the directory --------------------------------------------------------------------------- */

static bool is_there(struct wr_fs *fs, const char *folder, const char *name)
{
    char *path = wr_asprintf("%s/%s", folder, name);
    bool there = fs->stat(fs, path, NULL, NULL, NULL) == WEIR_OK;
    wr_free(path);
    return there;
}

/* A copy of a folder has no lock, and nobody who could hold it. */
static enum weir_code share_lock(struct wr_state_view *v, const char *folder,
                                 struct weir_error *err)
{
    long holder = 0;
    char *path = wr_asprintf("%s/.lock", folder);
    enum weir_code code = v->fs->share(v->fs, path, &v->lock, &holder, err);
    if (code == WEIR_ELOCKED && holder == 0) {
        wr_fail(err, code,
                "state directory \"%s\" is in use by a process that cannot be seen from here: stop "
                "that instance first",
                folder);
    } else if (code == WEIR_ELOCKED) {
        wr_fail(err, code,
                "state directory \"%s\" is in use by process %ld: stop that instance first", folder,
                holder);
    }
    wr_free(path);
    return code == WEIR_ENOTFOUND ? WEIR_OK : code;
}

static enum weir_code list_tasks(struct wr_state_view *v, const char *folder,
                                 struct weir_error *err)
{
    struct wr_ptrs names = {0};
    enum weir_code code = v->fs->list(v->fs, folder, &names, err);
    for (size_t i = 0; i < names.count; i++) {
        if (wr_is_task_folder(names.items[i])) {
            wr_ptrs_push(&v->paths, wr_asprintf("%s/%s", folder, (char *)names.items[i]));
        }
    }
    wr_ptrs_free_all(&names);
    return code;
}

static enum weir_code open_view(struct wr_state_view *v, const char *path, struct weir_error *err)
{
    enum weir_code code = v->fs->boot_id(v->fs, v->boot_id, err);
    if (code != WEIR_OK) {
        return code;
    }
    if (is_there(v->fs, path, "data.mdb")) {
        char *parent = wr_asprintf("%s/..", path);
        code = share_lock(v, parent, err);
        wr_free(parent);
        wr_ptrs_push(&v->paths, wr_strdup(path));
        return code;
    }
    if (!is_there(v->fs, path, "instance")) {
        return wr_fail(err, WEIR_ENOTFOUND,
                       "\"%s\" is neither the state directory of an instance "
                       "(state.dir/application.id) nor the folder of a task in it",
                       path);
    }
    code = share_lock(v, path, err);
    return code == WEIR_OK ? list_tasks(v, path, err) : code;
}

enum weir_code wr_state_view_open(struct wr_state_view **out, const char *path, struct wr_fs *fs,
                                  struct weir_error *err)
{
    struct wr_state_view *v = WR_NEW(struct wr_state_view);
    char *plain = wr_strdup(path);
    for (size_t n = strlen(plain); n > 1 && plain[n - 1] == '/'; n--) {
        plain[n - 1] = '\0';
    }
    v->fs = fs;
    v->lock = -1;
    enum weir_code code = open_view(v, plain, err);
    wr_free(plain);
    if (code != WEIR_OK) {
        wr_state_view_close(v);
        return code;
    }
    *out = v;
    return WEIR_OK;
}

void wr_state_view_close(struct wr_state_view *v)
{
    if (v == NULL) {
        return;
    }
    if (v->lock >= 0) {
        v->fs->unlock(v->fs, v->lock);
    }
    wr_ptrs_free_all(&v->paths);
    wr_free(v);
}

size_t wr_state_view_count(const struct wr_state_view *v)
{
    return v->paths.count;
}

const char *wr_state_view_name(const struct wr_state_view *v, size_t i)
{
    const char *path = v->paths.items[i];
    const char *slash = strrchr(path, '/');
    return slash != NULL && slash[1] != '\0' ? slash + 1 : path;
}

/* ---- one task -------------------------------------------------------------------------------- */

/* What the task's own note of its last use says. */
static void read_owner(struct wr_task_view *t, const struct wr_state_view *v, const char *path)
{
    struct wr_checked_file owner;
    char *name = wr_asprintf("%s/owner", path);
    if (wr_checked_file_read(v->fs, name, &owner, &t->doubt) == WEIR_OK) {
        t->clean = strcmp(wr_checked_file_get(&owner, "clean"), "yes") == 0;
        if (!t->clean && strcmp(wr_checked_file_get(&owner, "boot.id"), v->boot_id) != 0) {
            wr_fail(&t->doubt, WEIR_ECORRUPT,
                    "the stores in \"%s\" were in use when their machine went down: what was not "
                    "yet written is lost, and the next start rebuilds them",
                    path);
        }
        wr_checked_file_free(&owner);
    }
    wr_free(name);
}

/* *empty: LMDB never wrote to it. */
static enum weir_code check_file(const char *path, enum wr_lmdb_check_depth depth, bool *empty,
                                 struct weir_error *err)
{
    struct stat st = {0};
    int fd;
    *empty = true;
    enum weir_code code = wr_lmdb_file_open(path, &fd, err);
    if (fd >= 0) {
        code = wr_lmdb_check(fd, path, depth, err);
        *empty = fstat(fd, &st) == 0 && st.st_size == 0;
        close(fd);
    }
    return code;
}

static enum weir_code take_store(struct wr_task_view *t, const struct wr_task_meta_store *m,
                                 const char *path, struct weir_error *err)
{
    struct wr_stored_rows *s = &t->stores[t->store_count++];
    s->name = wr_strndup(m->name.data, m->name.len);
    s->changelog = wr_strndup(m->changelog.data, m->changelog.len);
    s->timestamped = m->timestamped;
    s->position = m->restore_from;
    if (m->flush_until != m->restore_from) {
        wr_fail(
            &t->doubt, WEIR_ECORRUPT,
            "a commit was cut off while it was written to store \"%s\" in \"%s\": some rows are "
            "of offset %lld of its changelog, some of %lld; the next start makes them one again",
            s->name, path, (long long)m->restore_from, (long long)m->flush_until);
    }
    enum weir_code code = t->engine->ops->store(t->engine, s->name, &s->rows, err);
    if (code == WEIR_ENOTFOUND) {
        return wr_fail(err, WEIR_ECORRUPT, "\"%s\" has lost its store \"%s\"", path, s->name);
    }
    return code;
}

static enum weir_code take_stores(struct wr_task_view *t, const char *path, struct weir_error *err)
{
    struct wr_buf bytes = {0};
    struct wr_task_meta meta;
    enum weir_code code = t->engine->ops->get_meta(t->engine, WR_TASK_META_NAME, &bytes, err);
    if (code == WEIR_OK) {
        code = wr_task_meta_decode(wr_buf_view(&bytes), &meta, err);
    }
    if (code == WEIR_OK) {
        if (meta.format != WR_TASK_FORMAT) {
            code = wr_fail(err, WEIR_EUNSUPPORTED,
                           "the stores in \"%s\" are in format %u, this version of Weir knows %d",
                           path, meta.format, WR_TASK_FORMAT);
        }
        t->stores = wr_calloc(meta.store_count, sizeof *t->stores);
        for (size_t i = 0; i < meta.store_count && code == WEIR_OK; i++) {
            code = take_store(t, &meta.stores[i], path, err);
        }
        wr_task_meta_free(&meta);
    }
    wr_buf_free(&bytes);
    return code;
}

enum weir_code wr_task_view_open(struct wr_task_view *out, const struct wr_state_view *v, size_t i,
                                 enum wr_lmdb_check_depth depth, struct weir_error *err)
{
    const char *path = v->paths.items[i];
    bool empty = false;
    *out = (struct wr_task_view){0};
    enum weir_code code = check_file(path, depth, &empty, err);
    if (code != WEIR_OK || empty) {
        return code;
    }
    read_owner(out, v, path);
    code = wr_lmdb_engine_view(&out->engine, path, WR_TASK_STORES_MAX, err);
    if (code == WEIR_OK) {
        code = take_stores(out, path, err);
    }
    if (code != WEIR_OK && code != WEIR_ENOTFOUND) { /* it was opened once, and never written to */
        wr_task_view_close(out);
        return code;
    }
    return WEIR_OK;
}

void wr_task_view_close(struct wr_task_view *t)
{
    for (size_t i = 0; i < t->store_count; i++) {
        wr_free(t->stores[i].name);
        wr_free(t->stores[i].changelog);
    }
    wr_free(t->stores);
    if (t->engine != NULL) {
        t->engine->ops->close(t->engine);
    }
    *t = (struct wr_task_view){0};
}

const struct wr_stored_rows *wr_task_view_find(const struct wr_task_view *t, const char *store)
{
    for (size_t i = 0; i < t->store_count; i++) {
        if (strcmp(t->stores[i].name, store) == 0) {
            return &t->stores[i];
        }
    }
    return NULL;
}
