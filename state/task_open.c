/* task_open.c -- whether what lies on disk may be used, and beginning anew when not.
 *
 *     folder  owner      who wrote here last: application, cluster, boot of the machine, and
 *                        whether it closed cleanly; durable before the first write
 *             data.mdb   rows and the meta record (task_meta.h)
 *             lock.mdb   LMDB's own; says nothing after a restart
 *
 * The order of questions: whose is it (owner; somebody else's is left alone) - was it closed
 * cleanly or by this boot (a file that was not synced means nothing after a crash of the machine) -
 * can LMDB read it (lmdb_check.h) - then owner is rewritten, unclean, and LMDB opens it - does the
 * meta record agree. What fails a question is set aside, and the stores begin empty.
 */
#include "src/base/base.h"

#include <stdarg.h>
#include <string.h>

#include "src/base/err.h"
#include "src/base/failpoint.h"
#include "src/base/mem.h"
#include "state/checked_file.h"
#include "state/memory_engine.h"
#include "state/task_internal.h"
#include "state/task_meta.h"

#define OWNER_FORMAT "1"
#define MAP_BYTES_DEFAULT (UINT64_C(64) << 30)

enum { MARGIN_PART = 10 };

/* Why the files cannot be used; reason NONE: they can. */
struct verdict {
    enum wr_quarantine_reason reason;
    struct weir_error detail;
};

WR_PRINTF(3, 4)
static void judge(struct verdict *v, enum wr_quarantine_reason reason, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    v->reason = reason;
    wr_vfail(&v->detail, reason == WR_QUARANTINE_CORRUPT ? WEIR_ECORRUPT : WEIR_EIDENTITY, format,
             args);
    va_end(args);
}

/* Damage is a verdict, everything else a failure of the call. */
static enum weir_code judge_damage(struct verdict *v, enum weir_code code,
                                   const struct weir_error *err)
{
    if (code != WEIR_ECORRUPT) {
        return code;
    }
    v->reason = WR_QUARANTINE_CORRUPT;
    v->detail = *err;
    return WEIR_OK;
}

/* ---- the owner file -------------------------------------------------------------------------- */

static enum weir_code write_owner(const struct wr_task_state *s, bool clean, struct weir_error *err)
{
    const char *pairs[] = {
        "format",
        OWNER_FORMAT,
        "boot.id",
        wr_state_dir_boot_id(s->dir),
        "clean",
        clean ? "yes" : "no",
        "application.id",
        wr_state_dir_application_id(s->dir),
        "cluster.id",
        wr_state_dir_cluster_id(s->dir),
        "task.id",
        s->task_id,
        NULL,
    };
    char *path = wr_asprintf("%s/owner", s->path);
    enum weir_code code = wr_checked_file_write(wr_state_dir_fs(s->dir), path, pairs, err);
    wr_free(path);
    return code;
}

static bool differs(const char *theirs, const char *ours)
{
    return theirs[0] != '\0' && ours[0] != '\0' && strcmp(theirs, ours) != 0;
}

static enum weir_code fail_foreign(const struct wr_task_state *s, const char *application,
                                   const char *cluster, struct weir_error *err)
{
    return wr_fail(err, WEIR_EIDENTITY,
                   "the stores in \"%s\" belong to application \"%s\" on "
                   "cluster \"%s\", not to \"%s\" on \"%s\": use another state.dir, or remove them",
                   s->path, application, cluster, wr_state_dir_application_id(s->dir),
                   wr_state_dir_cluster_id(s->dir));
}

static enum weir_code check_owner(const struct wr_task_state *s, const struct wr_checked_file *f,
                                  struct verdict *v, struct weir_error *err)
{
    const char *application = wr_checked_file_get(f, "application.id");
    const char *cluster = wr_checked_file_get(f, "cluster.id");
    const char *boot = wr_checked_file_get(f, "boot.id");
    if (strcmp(wr_checked_file_get(f, "format"), OWNER_FORMAT) != 0) {
        judge(v, WR_QUARANTINE_FORMAT, "\"%s/owner\" is in format \"%s\", not " OWNER_FORMAT,
              s->path, wr_checked_file_get(f, "format"));
    } else if (differs(application, wr_state_dir_application_id(s->dir)) ||
               differs(cluster, wr_state_dir_cluster_id(s->dir))) {
        return fail_foreign(s, application, cluster, err);
    } else if (strcmp(wr_checked_file_get(f, "task.id"), s->task_id) != 0) {
        judge(v, WR_QUARANTINE_IDENTITY, "the stores in \"%s\" are those of task %s", s->path,
              wr_checked_file_get(f, "task.id"));
    } else if (strcmp(wr_checked_file_get(f, "clean"), "yes") != 0 &&
               strcmp(boot, wr_state_dir_boot_id(s->dir)) != 0) {
        judge(v, WR_QUARANTINE_UNCLEAN_BOOT,
              "the stores in \"%s\" were in use when the machine "
              "went down: what was not yet written is lost",
              s->path);
    }
    return WEIR_OK;
}

/* What can be known before the engine is opened. *there: there is one. */
static enum weir_code check_files(const struct wr_task_state *s, bool *there, struct verdict *v,
                                  struct weir_error *err)
{
    struct wr_checked_file owner;
    struct wr_disk *disk = wr_state_dir_disk(s->dir);
    enum weir_code code = disk->there(disk, s->path, there, err);
    if (code != WEIR_OK || !*there) {
        return code;
    }
    char *path = wr_asprintf("%s/owner", s->path);
    code = wr_checked_file_read(wr_state_dir_fs(s->dir), path, &owner, err);
    wr_free(path);
    if (code == WEIR_OK) {
        code = check_owner(s, &owner, v, err);
        wr_checked_file_free(&owner);
    } else if (code == WEIR_ENOTFOUND) {
        judge(v, WR_QUARANTINE_CORRUPT, "\"%s\" has stores and no owner file", s->path);
        code = WEIR_OK;
    } else {
        code = judge_damage(v, code, err);
    }
    if (code == WEIR_OK && v->reason == WR_QUARANTINE_NONE) {
        struct weir_error why;
        code = judge_damage(v, disk->check(disk, s->path, s->check_all_rows, &why), &why);
        if (code != WEIR_OK) {
            wr_fail_copy(err, &why);
        }
    }
    return code;
}

/* ---- the meta record ------------------------------------------------------------------------- */

static bool is(struct weir_bytes text, const char *expected)
{
    return weir_equal(text, weir_str(expected));
}

/* One is not known, or both are the same. */
static bool may_be(struct weir_bytes text, const char *expected)
{
    return text.len == 0 || expected[0] == '\0' || is(text, expected);
}

/* For %.*s */
static int text_len(struct weir_bytes text)
{
    return (int)text.len;
}

static void check_stores(struct wr_task_state *s, const struct wr_task_meta *meta,
                         struct verdict *v)
{
    size_t m = 0;
    for (size_t i = 0; i < s->store_count; i++) {
        struct wr_task_store *t = &s->stores[i];
        if (t->memory) {
            continue;
        }
        const struct wr_task_meta_store *have = m < meta->store_count ? &meta->stores[m++] : NULL;
        if (have == NULL || !is(have->name, wr_kv_name(t->kv)) ||
            have->timestamped != t->timestamped || !is(have->changelog, t->changelog)) {
            judge(v, WR_QUARANTINE_IDENTITY, "the files of task %s hold other stores than \"%s\"",
                  s->task_id, wr_kv_name(t->kv));
            return;
        }
        if (!may_be(have->changelog_id, t->changelog_id)) {
            judge(v, WR_QUARANTINE_IDENTITY,
                  "changelog \"%s\" of store \"%s\" is another topic of the same name than the one "
                  "the rows came from",
                  t->changelog, wr_kv_name(t->kv));
            return;
        }
        if (t->changelog_id[0] == '\0') {
            wr_free(t->changelog_id);
            t->changelog_id = wr_strndup(have->changelog_id.data, have->changelog_id.len);
        }
        t->restore_from = have->restore_from;
        t->flush_until = have->flush_until;
    }
    if (m != meta->store_count) {
        judge(v, WR_QUARANTINE_IDENTITY, "the files of task %s hold more stores than it has",
              s->task_id);
    }
}

static bool has_rows(const struct wr_task_state *s)
{
    for (size_t i = 0; i < s->store_count; i++) {
        if (s->stores[i].flush_until > 0) {
            return true;
        }
    }
    return false;
}

/* Tombstones that are older than delete.retention.ms may be gone from the changelog: replaying it
 * onto older rows would keep deleted ones. */
static void check_age(struct wr_task_state *s, struct verdict *v)
{
    int64_t now = wr_wall_ms(wr_state_dir_clock(s->dir));
    int64_t limit = s->delete_retention_ms - s->delete_retention_ms / MARGIN_PART;
    if (!has_rows(s)) {
        s->as_of = now;
    } else if (s->delete_retention_ms > 0 && now - s->as_of > limit) {
        judge(v, WR_QUARANTINE_TOO_OLD,
              "the rows of task %s are %lld s old and its changelogs keep deletions for %lld s",
              s->task_id, (long long)(now - s->as_of) / 1000,
              (long long)s->delete_retention_ms / 1000);
    }
}

static enum weir_code take_meta(struct wr_task_state *s, const struct wr_task_meta *meta,
                                struct verdict *v, struct weir_error *err)
{
    if (meta->format != WR_TASK_FORMAT) {
        judge(v, WR_QUARANTINE_FORMAT, "the files of task %s are in format %u, not %d", s->task_id,
              meta->format, WR_TASK_FORMAT);
        return WEIR_OK;
    }
    if (!is(meta->application_id, wr_state_dir_application_id(s->dir)) ||
        !may_be(meta->cluster_id, wr_state_dir_cluster_id(s->dir))) {
        char *application = wr_strndup(meta->application_id.data, meta->application_id.len);
        char *cluster = wr_strndup(meta->cluster_id.data, meta->cluster_id.len);
        enum weir_code code = fail_foreign(s, application, cluster, err);
        wr_free(application);
        wr_free(cluster);
        return code;
    }
    if (!is(meta->task_id, s->task_id) || !is(meta->identity, s->identity)) {
        judge(v, WR_QUARANTINE_IDENTITY,
              "the files are of task %.*s of topology %.*s, not of task %s of topology %s",
              text_len(meta->task_id), (const char *)meta->task_id.data, text_len(meta->identity),
              (const char *)meta->identity.data, s->task_id, s->identity);
        return WEIR_OK;
    }
    s->as_of = meta->as_of;
    s->has_inputs = meta->has_inputs;
    wr_buf_reset(&s->inputs);
    wr_buf_bytes(&s->inputs, meta->inputs);
    check_stores(s, meta, v);
    if (v->reason == WR_QUARANTINE_NONE) {
        check_age(s, v);
    }
    return WEIR_OK;
}

/* *fresh: there is no meta record, so the environment was never used. */
static enum weir_code check_meta(struct wr_task_state *s, bool *fresh, struct verdict *v,
                                 struct weir_error *err)
{
    struct wr_buf bytes = {0};
    struct wr_task_meta meta;
    enum weir_code code = s->disk->ops->get_meta(s->disk, WR_TASK_META_NAME, &bytes, err);
    *fresh = code == WEIR_ENOTFOUND;
    if (code == WEIR_OK) {
        code = wr_task_meta_decode(wr_buf_view(&bytes), &meta, err);
        if (code == WEIR_OK) {
            code = take_meta(s, &meta, v, err);
            wr_task_meta_free(&meta);
        }
    }
    wr_buf_free(&bytes);
    return *fresh ? WEIR_OK : judge_damage(v, code, err);
}

/* ---- opening --------------------------------------------------------------------------------- */

static enum weir_code attach_stores(struct wr_task_state *s, struct weir_error *err)
{
    enum weir_code code = WEIR_OK;
    for (size_t i = 0; i < s->store_count && code == WEIR_OK; i++) {
        struct weir_kv *kv = s->stores[i].kv;
        struct wr_engine *e = wr_task_store_on_disk(s, i) ? s->disk : s->memory;
        code = e->ops->store(e, wr_kv_name(kv), &kv->store, err);
    }
    return code;
}

static void begin_empty(struct wr_task_state *s)
{
    for (size_t i = 0; i < s->store_count; i++) {
        s->stores[i].restore_from = s->stores[i].flush_until = 0;
    }
    wr_buf_reset(&s->inputs);
    s->has_inputs = false;
    s->live = s->failed = false;
    s->as_of = s->dir != NULL ? wr_wall_ms(wr_state_dir_clock(s->dir)) : 0;
}

static enum weir_code use_disk(struct wr_task_state *s, struct verdict *v, struct weir_error *err)
{
    bool fresh = false;
    enum weir_code code = check_meta(s, &fresh, v, err);
    if (code != WEIR_OK || v->reason != WR_QUARANTINE_NONE) {
        return code;
    }
    code = attach_stores(s, err);
    if (code == WEIR_OK) {
        code = wr_task_write_meta(s, err);
    }
    for (size_t i = 0; i < s->store_count && code == WEIR_OK && fresh; i++) {
        if (weir_kv_count_about(s->stores[i].kv) != 0) {
            judge(v, WR_QUARANTINE_CORRUPT, "task %s has rows and no meta record", s->task_id);
        }
    }
    if (code == WEIR_OK && s->check_all_rows) {
        code = wr_task_check_rows(s, err);
    }
    return judge_damage(v, code, err);
}

/* Open what is there. With a verdict, or after a failure, nothing is open. */
static enum weir_code try_disk(struct wr_task_state *s, struct verdict *v, struct weir_error *err)
{
    bool there = false;
    begin_empty(s);
    enum weir_code code = check_files(s, &there, v, err);
    if (code != WEIR_OK || v->reason != WR_QUARANTINE_NONE) {
        return code;
    }
    code = write_owner(s, false, err);
    if (code != WEIR_OK) {
        return code;
    }
    struct wr_disk *disk = wr_state_dir_disk(s->dir);
    code = disk->open(disk, s->path, s->map_bytes, (unsigned)s->store_count, &s->disk, err);
    if (code == WEIR_OK) {
        code = use_disk(s, v, err);
        if (code != WEIR_OK || v->reason != WR_QUARANTINE_NONE) {
            s->disk->ops->close(s->disk);
            s->disk = NULL;
        }
        return code;
    }
    s->disk = NULL;
    return there ? judge_damage(v, code, err) : code;
}

/* The folder keeps a file that says why, for people; that it cannot be written stops nothing. */
static enum weir_code set_aside(struct wr_task_state *s, enum wr_quarantine_reason reason,
                                const char *detail, struct weir_error *err)
{
    const char *word = wr_quarantine_reason_text(reason);
    struct wr_fs *fs = wr_state_dir_fs(s->dir);
    char *path = wr_asprintf("%s/reason", s->path);
    char *text = wr_asprintf("%s: %s\n", word, detail);
    enum weir_code noted = fs->replace(fs, path, weir_str(text), NULL);
    WR_UNUSED(noted);
    wr_free(path);
    wr_free(text);
    enum weir_code code = wr_state_dir_quarantine(s->dir, s->task_id, word, err);
    if (code == WEIR_OK && WR_FAILPOINT(STATE_QUARANTINED)) {
        return wr_fail(err, WEIR_EIO, "failpoint: stores set aside");
    }
    return code;
}

static bool any_on_disk(const struct wr_task_state *s)
{
    for (size_t i = 0; i < s->store_count; i++) {
        if (!s->stores[i].memory) {
            return s->dir != NULL;
        }
    }
    return false;
}

static bool any_in_memory(const struct wr_task_state *s)
{
    for (size_t i = 0; i < s->store_count; i++) {
        if (s->stores[i].memory) {
            return true;
        }
    }
    return !any_on_disk(s);
}

/* Open the engines; *v says what was set aside. */
static enum weir_code open_engines(struct wr_task_state *s, struct verdict *v,
                                   struct weir_error *err)
{
    struct verdict again = {0};
    if (any_in_memory(s)) {
        s->memory = wr_memory_engine_new();
    }
    begin_empty(s);
    if (!any_on_disk(s)) {
        return attach_stores(s, err);
    }
    enum weir_code code = try_disk(s, v, err);
    if (code != WEIR_OK || v->reason == WR_QUARANTINE_NONE) {
        return code;
    }
    code = set_aside(s, v->reason, v->detail.text, err);
    if (code == WEIR_OK) {
        code = try_disk(s, &again, err);
    }
    if (code == WEIR_OK && again.reason != WR_QUARANTINE_NONE) {
        code = wr_fail_copy(err, &again.detail);
    }
    return code;
}

static void close_engines(struct wr_task_state *s)
{
    if (s->memory != NULL) {
        s->memory->ops->close(s->memory);
        s->memory = NULL;
    }
    if (s->disk != NULL) {
        s->disk->ops->close(s->disk);
        s->disk = NULL;
    }
}

static struct wr_task_state *new_state(const struct wr_task_state_options *o)
{
    struct wr_task_state *s = WR_NEW(struct wr_task_state);
    s->dir = o->dir;
    s->task_id = wr_strdup(o->task_id);
    s->identity = wr_strdup(o->identity);
    s->map_bytes = o->map_bytes != 0 ? o->map_bytes : MAP_BYTES_DEFAULT;
    s->delete_retention_ms = o->delete_retention_ms;
    s->check_all_rows = o->check_all_rows;
    s->chunk_rows = WR_APPLY_ROWS;
    wr_table_init(&s->table, o->cache_bytes,
                  o->uncommitted_max_bytes != 0 ? o->uncommitted_max_bytes : SIZE_MAX);
    wr_restore_buffer_init(&s->restore, o->restore_bytes);
    wr_assert(o->store_count <= WR_TASK_STORES_MAX);
    s->store_count = o->store_count;
    s->stores = wr_calloc(o->store_count, sizeof *s->stores);
    for (size_t i = 0; i < o->store_count; i++) {
        const struct wr_store_spec *spec = &o->stores[i];
        s->stores[i] = (struct wr_task_store){
            .kv = wr_kv_new(spec->name, (uint16_t)i, &s->table),
            .timestamped = spec->timestamped,
            .memory = spec->memory,
            .changelog = wr_strdup(spec->changelog != NULL ? spec->changelog : ""),
            .changelog_id = wr_strdup(spec->changelog_id != NULL ? spec->changelog_id : ""),
        };
    }
    return s;
}

static void free_state(struct wr_task_state *s)
{
    for (size_t i = 0; i < s->store_count; i++) {
        wr_kv_free(s->stores[i].kv);
        wr_free(s->stores[i].changelog);
        wr_free(s->stores[i].changelog_id);
    }
    close_engines(s);
    if (s->path != NULL) {
        wr_state_dir_give(s->dir, s->task_id);
    }
    wr_table_free(&s->table);
    wr_restore_buffer_release(&s->restore);
    wr_buf_free(&s->inputs);
    wr_buf_free(&s->scratch);
    wr_free(s->stores);
    wr_free(s->path);
    wr_free(s->identity);
    wr_free(s->task_id);
    wr_free(s);
}

enum weir_code wr_task_state_open(struct wr_task_state **out,
                                  const struct wr_task_state_options *options,
                                  enum wr_quarantine_reason *reason, struct weir_error *detail,
                                  struct weir_error *err)
{
    struct verdict v = {0};
    struct weir_error local;
    enum weir_code code = WEIR_OK;
    struct wr_task_state *s = new_state(options);
    err = err != NULL ? err : &local; /* a verdict is taken from it */
    if (any_on_disk(s)) {
        code = wr_state_dir_take(s->dir, s->task_id, &s->path, err);
    }
    if (code == WEIR_OK) {
        code = open_engines(s, &v, err);
    }
    if (code != WEIR_OK) {
        free_state(s);
        return code;
    }
    *reason = v.reason;
    if (detail != NULL && v.reason != WR_QUARANTINE_NONE) {
        *detail = v.detail;
    }
    *out = s;
    return WEIR_OK;
}

/* Everything in memory goes, the stores themselves stay where they are. */
static void empty_memory(struct wr_task_state *s)
{
    for (size_t i = 0; i < s->store_count; i++) {
        wr_kv_revert(s->stores[i].kv);
        s->stores[i].kv->store = NULL;
    }
    size_t limit = s->table.limit;
    size_t uncommitted_max = s->table.uncommitted_max;
    wr_table_free(&s->table);
    wr_table_init(&s->table, limit, uncommitted_max);
    wr_restore_buffer_release(&s->restore);
    close_engines(s);
}

enum weir_code wr_task_state_reset(struct wr_task_state *s, enum wr_quarantine_reason reason,
                                   const char *detail, struct weir_error *err)
{
    struct verdict v = {0};
    struct weir_error local;
    enum weir_code code = WEIR_OK;
    err = err != NULL ? err : &local;
    wr_assert(wr_task_state_uncommitted(s) == 0);
    empty_memory(s);
    if (s->path != NULL) {
        code = set_aside(s, reason, detail, err);
    }
    if (code == WEIR_OK) {
        code = open_engines(s, &v, err);
    }
    s->failed = code != WEIR_OK;
    return code;
}

/* The file is on the disk and said to be: it is good whatever happens to the machine. */
static void close_clean(struct wr_task_state *s)
{
    if (s->live) {
        s->as_of = wr_wall_ms(wr_state_dir_clock(s->dir));
    }
    if (wr_task_write_meta(s, NULL) == WEIR_OK && s->disk->ops->sync(s->disk, NULL) == WEIR_OK) {
        /* If it cannot be said, the file is good for this boot, as after an unclean close. */
        enum weir_code code = write_owner(s, true, NULL);
        WR_UNUSED(code);
    }
}

void wr_task_state_close(struct wr_task_state *s, bool clean)
{
    if (s == NULL) {
        return;
    }
    wr_task_state_aborted(s);
    if (clean && !s->failed && s->disk != NULL) {
        close_clean(s);
    }
    free_state(s);
}
