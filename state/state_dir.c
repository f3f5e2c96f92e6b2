/* state_dir.c -- the folder of an instance on the machine's disk. */
#include "src/base/base.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"
#include "src/base/mem.h"
#include "src/base/rng.h"
#include "src/base/strmap.h"
#include "src/kproto/topic_name.h"
#include "state/checked_file.h"
#include "state/state_dir.h"

#define FORMAT "1"
#define TRASH ".trash-"
#define QUARANTINE ".quarantine-"

enum { QUARANTINES_KEPT = 3, SAME_TIME_MAX = 1000 };

struct wr_state_dir {
    struct wr_fs *fs;
    struct wr_clock *clock;
    struct wr_disk *disk;
    char *path;
    char *application_id;
    char *cluster_id;
    char process_id[33];
    char boot_id[WR_BOOT_ID_MAX];
    int highest_thread;
    int lock;
    pthread_mutex_t mutex; /* of taken */
    struct wr_ptrs taken;  /* task ids, owned */
};

static char *child(const struct wr_state_dir *d, const char *name)
{
    return wr_asprintf("%s/%s", d->path, name);
}

/* ---- may this directory be used? ------------------------------------------------------------- */

static bool is_below(const char *path, const char *dir)
{
    size_t n = strlen(dir);
    return strncmp(path, dir, n) == 0 && (path[n] == '\0' || path[n] == '/');
}

/* The kind of file system of path, or of what it will be created in. */
static enum weir_code kind_of(struct wr_fs *fs, const char *path, bool *network, bool *temporary,
                              struct weir_error *err)
{
    char *p = wr_strdup(path);
    enum weir_code code = fs->kind(fs, p, network, temporary, err);
    while (code == WEIR_ENOTFOUND) {
        char *slash = strrchr(p, '/');
        if (slash == NULL || slash == p) {
            code = fs->kind(fs, slash == NULL ? "." : "/", network, temporary, err);
            break;
        }
        *slash = '\0';
        code = fs->kind(fs, p, network, temporary, err);
    }
    wr_free(p);
    return code;
}

static enum weir_code check_place(const struct wr_state_dir_options *o, struct weir_error *err)
{
    bool network = false;
    bool temporary = false;
    enum weir_code code = kind_of(o->fs, o->path, &network, &temporary, err);
    if (code != WEIR_OK) {
        return code;
    }
    if (network) {
        return wr_fail(err, WEIR_ECONFIG,
                       "state directory \"%s\" is on a network file system, where stores would be "
                       "damaged: set state.dir to a local disk",
                       o->path);
    }
    temporary = temporary || is_below(o->path, "/tmp") || is_below(o->path, "/var/tmp");
    if (temporary && !o->allow_temporary) {
        return wr_fail(err, WEIR_ECONFIG,
                       "state directory \"%s\" is temporary, so that every restart of the machine "
                       "would rebuild all stores: set state.dir to a lasting place",
                       o->path);
    }
    return WEIR_OK;
}

/* An application id is a folder's name here, and a part of topic names. */
static bool is_folder_name(const char *id)
{
    return wr_is_name(id) && id[0] != '.';
}

/* ---- the instance file ----------------------------------------------------------------------- */

static enum weir_code write_instance(const struct wr_state_dir *d, struct weir_error *err)
{
    char highest[16];
    snprintf(highest, sizeof highest, "%d", d->highest_thread);
    const char *pairs[] = {
        "format",
        FORMAT,
        "process.id",
        d->process_id,
        "application.id",
        d->application_id,
        "cluster.id",
        d->cluster_id,
        "highest.thread",
        highest,
        NULL,
    };
    char *path = child(d, "instance");
    enum weir_code code = wr_checked_file_write(d->fs, path, pairs, err);
    wr_free(path);
    return code;
}

static enum weir_code take_instance(struct wr_state_dir *d, const struct wr_checked_file *f,
                                    const char *path, struct weir_error *err)
{
    const char *application = wr_checked_file_get(f, "application.id");
    const char *process = wr_checked_file_get(f, "process.id");
    const char *highest = wr_checked_file_get(f, "highest.thread");
    char *end;
    if (strcmp(wr_checked_file_get(f, "format"), FORMAT) != 0) {
        return wr_fail(err, WEIR_ECORRUPT,
                       "\"%s\" is in format \"%s\", this version of Weir knows " FORMAT, path,
                       wr_checked_file_get(f, "format"));
    }
    if (strcmp(application, d->application_id) != 0) {
        return wr_fail(err, WEIR_EIDENTITY,
                       "state directory \"%s\" belongs to application \"%s\", "
                       "not to \"%s\": give each application its own",
                       d->path, application, d->application_id);
    }
    long number = strtol(highest, &end, 10);
    if (strlen(process) != sizeof d->process_id - 1 || end == highest || *end != '\0' ||
        number < -1 || number > INT32_MAX) {
        return wr_fail(err, WEIR_ECORRUPT, "\"%s\" lacks its process id or highest thread", path);
    }
    memcpy(d->process_id, process, sizeof d->process_id);
    d->highest_thread = (int)number;
    wr_free(d->cluster_id);
    d->cluster_id = wr_strdup(wr_checked_file_get(f, "cluster.id"));
    return WEIR_OK;
}

static void make_process_id(struct wr_state_dir *d, struct wr_rng *rng)
{
    if (rng == NULL) {
        wr_random_id(d->process_id);
        return;
    }
    for (size_t i = 0; i + 1 < sizeof d->process_id; i++) {
        d->process_id[i] = "0123456789abcdef"[wr_rng_below(rng, 16)];
    }
}

static enum weir_code load_instance(struct wr_state_dir *d, struct wr_rng *rng,
                                    struct weir_error *err)
{
    struct wr_checked_file f;
    char *path = child(d, "instance");
    enum weir_code code = wr_checked_file_read(d->fs, path, &f, err);
    if (code == WEIR_OK) {
        code = take_instance(d, &f, path, err);
        wr_checked_file_free(&f);
    } else if (code == WEIR_ENOTFOUND) {
        make_process_id(d, rng);
        code = write_instance(d, err);
    } else if (code == WEIR_ECORRUPT) {
        wr_fail(
            err, code,
            "the identity of this instance in \"%s\" is damaged; remove state directory \"%s\": "
            "its stores are rebuilt from their changelogs",
            path, d->path);
    }
    wr_free(path);
    return code;
}

/* ---- removing -------------------------------------------------------------------------------- */

/* Out of the way in one step, then gone: what is left after a crash is not taken for a task. */
static enum weir_code discard(struct wr_state_dir *d, const char *name, struct weir_error *err)
{
    char *from = child(d, name);
    char *to = wr_asprintf("%s/" TRASH "%s", d->path, name);
    enum weir_code code = d->fs->remove(d->fs, to, err);
    if (code == WEIR_OK) {
        code = d->fs->rename(d->fs, from, to, err);
    }
    if (code == WEIR_OK) {
        code = d->fs->remove(d->fs, to, err);
    }
    wr_free(from);
    wr_free(to);
    return code;
}

static bool begins_with(const char *name, const char *prefix)
{
    return strncmp(name, prefix, strlen(prefix)) == 0;
}

static enum weir_code remove_trash(struct wr_state_dir *d, struct weir_error *err)
{
    struct wr_ptrs names = {0};
    enum weir_code code = d->fs->list(d->fs, d->path, &names, err);
    for (size_t i = 0; i < names.count && code == WEIR_OK; i++) {
        if (begins_with(names.items[i], TRASH)) {
            char *path = child(d, names.items[i]);
            code = d->fs->remove(d->fs, path, err);
            wr_free(path);
        }
    }
    wr_ptrs_free_all(&names);
    return code;
}

/* Their names begin with the time, so the oldest come first. */
static void trim_quarantines(struct wr_state_dir *d)
{
    struct wr_ptrs names = {0};
    size_t count = 0;
    if (d->fs->list(d->fs, d->path, &names, NULL) != WEIR_OK) {
        return;
    }
    for (size_t i = 0; i < names.count; i++) {
        count += begins_with(names.items[i], QUARANTINE);
    }
    for (size_t i = 0; i < names.count && count > QUARANTINES_KEPT; i++) {
        if (begins_with(names.items[i], QUARANTINE)) {
            discard(d, names.items[i], NULL);
            count--;
        }
    }
    wr_ptrs_free_all(&names);
}

/* ---- opening --------------------------------------------------------------------------------- */

static enum weir_code take_lock(struct wr_state_dir *d, struct weir_error *err)
{
    long holder = 0;
    char *path = child(d, ".lock");
    enum weir_code code = d->fs->lock(d->fs, path, &d->lock, &holder, err);
    if (code == WEIR_ELOCKED && holder == 0) {
        wr_fail(
            err, code,
            "state directory \"%s\" is being read by a tool, or in use by a process that cannot "
            "be seen from here: try again when it is done",
            d->path);
    } else if (code == WEIR_ELOCKED) {
        wr_fail(err, code,
                "state directory \"%s\" is in use by process %ld: stop it, or "
                "give this instance another state.dir",
                d->path, holder);
    }
    wr_free(path);
    return code;
}

static enum weir_code open_dir(struct wr_state_dir *d, const struct wr_state_dir_options *o,
                               struct weir_error *err)
{
    enum weir_code code = check_place(o, err);
    if (code == WEIR_OK) {
        code = d->fs->mkdirs(d->fs, d->path, err);
    }
    if (code == WEIR_OK) {
        code = take_lock(d, err);
    }
    if (code == WEIR_EAUTH) {
        return wr_fail(err, WEIR_ECONFIG,
                       "state directory \"%s\" cannot be written: give it to the "
                       "user that runs this process, or set state.dir",
                       d->path);
    }
    if (code == WEIR_OK) {
        code = d->fs->boot_id(d->fs, d->boot_id, err);
    }
    if (code == WEIR_OK) {
        code = load_instance(d, o->rng, err);
    }
    return code == WEIR_OK ? remove_trash(d, err) : code;
}

enum weir_code wr_state_dir_open(struct wr_state_dir **out,
                                 const struct wr_state_dir_options *options, struct weir_error *err)
{
    if (!is_folder_name(options->application_id)) {
        return wr_fail(err, WEIR_ECONFIG,
                       "application.id \"%s\" is not made of letters, digits, "
                       "'.', '_' and '-', or begins with '.'",
                       options->application_id);
    }
    struct wr_state_dir *d = WR_NEW(struct wr_state_dir);
    d->fs = options->fs;
    d->clock = options->clock;
    d->disk = options->disk != NULL ? options->disk : wr_disk_lmdb();
    d->path = wr_asprintf("%s/%s", options->path, options->application_id);
    d->application_id = wr_strdup(options->application_id);
    d->cluster_id = wr_strdup("");
    d->highest_thread = -1;
    d->lock = -1;
    pthread_mutex_init(&d->mutex, NULL);
    enum weir_code code = open_dir(d, options, err);
    if (code != WEIR_OK) {
        wr_state_dir_close(d);
        return code;
    }
    *out = d;
    return WEIR_OK;
}

void wr_state_dir_close(struct wr_state_dir *d)
{
    if (d == NULL) {
        return;
    }
    wr_assert(d->taken.count == 0);
    if (d->lock >= 0) {
        d->fs->unlock(d->fs, d->lock);
    }
    pthread_mutex_destroy(&d->mutex);
    wr_ptrs_free(&d->taken);
    wr_free(d->cluster_id);
    wr_free(d->application_id);
    wr_free(d->path);
    wr_free(d);
}

/* ---- identity -------------------------------------------------------------------------------- */

const char *wr_state_dir_process_id(const struct wr_state_dir *d)
{
    return d->process_id;
}

const char *wr_state_dir_boot_id(const struct wr_state_dir *d)
{
    return d->boot_id;
}

const char *wr_state_dir_path(const struct wr_state_dir *d)
{
    return d->path;
}

struct wr_fs *wr_state_dir_fs(const struct wr_state_dir *d)
{
    return d->fs;
}

struct wr_clock *wr_state_dir_clock(const struct wr_state_dir *d)
{
    return d->clock;
}

struct wr_disk *wr_state_dir_disk(const struct wr_state_dir *d)
{
    return d->disk;
}

const char *wr_state_dir_application_id(const struct wr_state_dir *d)
{
    return d->application_id;
}

const char *wr_state_dir_cluster_id(const struct wr_state_dir *d)
{
    return d->cluster_id;
}

enum weir_code wr_state_dir_bind(struct wr_state_dir *d, const char *cluster_id,
                                 struct weir_error *err)
{
    wr_assert(cluster_id[0] != '\0');
    if (strcmp(d->cluster_id, cluster_id) == 0) {
        return WEIR_OK;
    }
    if (d->cluster_id[0] != '\0') {
        return wr_fail(err, WEIR_EIDENTITY,
                       "state directory \"%s\" belongs to cluster \"%s\", not "
                       "to \"%s\": check bootstrap.servers, or use another state.dir",
                       d->path, d->cluster_id, cluster_id);
    }
    char *unbound = d->cluster_id;
    d->cluster_id = wr_strdup(cluster_id);
    enum weir_code code = write_instance(d, err);
    if (code != WEIR_OK) {
        wr_free(d->cluster_id);
        d->cluster_id = unbound;
        return code;
    }
    wr_free(unbound);
    return WEIR_OK;
}

int wr_state_dir_highest_thread(const struct wr_state_dir *d)
{
    return d->highest_thread;
}

enum weir_code wr_state_dir_raise_thread(struct wr_state_dir *d, int index, struct weir_error *err)
{
    if (index <= d->highest_thread) {
        return WEIR_OK;
    }
    int before = d->highest_thread;
    d->highest_thread = index;
    enum weir_code code = write_instance(d, err);
    if (code != WEIR_OK) {
        d->highest_thread = before;
    }
    return code;
}

/* ---- tasks ----------------------------------------------------------------------------------- */

/* The place of a task among those that are taken; their count if it is not. */
static size_t find_taken(const struct wr_state_dir *d, const char *task_id)
{
    size_t i = 0;
    while (i < d->taken.count && strcmp(d->taken.items[i], task_id) != 0) {
        i++;
    }
    return i;
}

static bool is_taken(struct wr_state_dir *d, const char *task_id)
{
    pthread_mutex_lock(&d->mutex);
    bool taken = find_taken(d, task_id) != d->taken.count;
    pthread_mutex_unlock(&d->mutex);
    return taken;
}

enum weir_code wr_state_dir_take(struct wr_state_dir *d, const char *task_id, char **path,
                                 struct weir_error *err)
{
    pthread_mutex_lock(&d->mutex);
    bool taken = find_taken(d, task_id) != d->taken.count;
    if (!taken) {
        wr_ptrs_push(&d->taken, wr_strdup(task_id));
    }
    pthread_mutex_unlock(&d->mutex);
    if (taken) {
        return wr_fail(err, WEIR_ELOCKED, "the stores of task %s are open already in this process",
                       task_id);
    }
    char *folder = child(d, task_id);
    enum weir_code code = d->fs->mkdirs(d->fs, folder, err);
    if (code != WEIR_OK) {
        wr_state_dir_give(d, task_id);
        wr_free(folder);
        return code;
    }
    *path = folder;
    return WEIR_OK;
}

void wr_state_dir_give(struct wr_state_dir *d, const char *task_id)
{
    pthread_mutex_lock(&d->mutex);
    size_t i = find_taken(d, task_id);
    wr_assert(i != d->taken.count);
    char *id = d->taken.items[i];
    wr_ptrs_remove(&d->taken, id);
    pthread_mutex_unlock(&d->mutex);
    wr_free(id);
}

/* A name for a quarantine that is not used. */
static char *quarantine_path(const struct wr_state_dir *d, const char *task_id, const char *why)
{
    long long now = (long long)wr_wall_ms(d->clock);
    for (int i = 0;; i++) {
        char *path =
            wr_asprintf("%s/" QUARANTINE "%013lld-%03d-%s-%s", d->path, now, i, task_id, why);
        if (i == SAME_TIME_MAX || d->fs->stat(d->fs, path, NULL, NULL, NULL) == WEIR_ENOTFOUND) {
            return path;
        }
        wr_free(path);
    }
}

enum weir_code wr_state_dir_quarantine(struct wr_state_dir *d, const char *task_id, const char *why,
                                       struct weir_error *err)
{
    wr_assert(is_taken(d, task_id));
    char *from = child(d, task_id);
    pthread_mutex_lock(&d->mutex);
    char *to = quarantine_path(d, task_id, why);
    enum weir_code code = d->fs->rename(d->fs, from, to, err);
    if (code == WEIR_OK) {
        trim_quarantines(d);
    }
    pthread_mutex_unlock(&d->mutex);
    if (code == WEIR_OK) {
        code = d->fs->mkdirs(d->fs, from, err);
    }
    wr_free(from);
    wr_free(to);
    return code;
}

/* ---- housekeeping ---------------------------------------------------------------------------- */

bool wr_is_task_folder(const char *name)
{
    size_t a = strspn(name, "0123456789");
    size_t b = name[a] == '_' ? strspn(name + a + 1, "0123456789") : 0;
    return a != 0 && b != 0 && name[a + 1 + b] == '\0';
}

/* When the folder of a task was last written to. */
static int64_t last_change(const struct wr_state_dir *d, const char *task_id)
{
    static const char *const files[] = {"", "/owner", "/data.mdb"};
    int64_t newest = 0;
    for (size_t i = 0; i < WR_ARRAY_LEN(files); i++) {
        int64_t changed = 0;
        char *path = wr_asprintf("%s/%s%s", d->path, task_id, files[i]);
        if (d->fs->stat(d->fs, path, NULL, &changed, NULL) == WEIR_OK) {
            newest = wr_max_i64(newest, changed);
        }
        wr_free(path);
    }
    return newest;
}

static bool is_kept(const char *name, const char *const *keep, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(keep[i], name) == 0) {
            return true;
        }
    }
    return false;
}

size_t wr_state_dir_clean(struct wr_state_dir *d, const char *const *keep, size_t count,
                          int64_t older_than_ms, struct weir_error *err)
{
    struct wr_ptrs names = {0};
    size_t removed = 0;
    int64_t limit = wr_wall_ms(d->clock) - older_than_ms;
    wr_error_clear(err);
    if (d->fs->list(d->fs, d->path, &names, err) != WEIR_OK) {
        return 0;
    }
    for (size_t i = 0; i < names.count; i++) {
        const char *name = names.items[i];
        bool old = false;
        if (begins_with(name, QUARANTINE)) {
            old = strtoll(name + strlen(QUARANTINE), NULL, 10) <= limit;
        } else if (wr_is_task_folder(name) && !is_kept(name, keep, count) && !is_taken(d, name)) {
            old = last_change(d, name) <= limit;
        }
        if (old && discard(d, name, err) == WEIR_OK) {
            removed++;
        }
    }
    wr_ptrs_free_all(&names);
    return removed;
}
