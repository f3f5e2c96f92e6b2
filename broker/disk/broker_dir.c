/* broker_dir.c -- whose directory it is, when its journal is rewritten. */
#include "src/base/base.h"

#include <string.h>
#include <unistd.h>

#include "broker/disk/broker_dir.h"
#include "broker/disk/journal_file.h"
#include "src/base/err.h"
#include "src/base/fs.h"
#include "src/base/mem.h"

/* A journal is rewritten once it is larger than twice what a new one would be, and this. */
enum { GARBAGE_MIN = 16 * 1024 * 1024 };

struct wr_broker_dir {
    struct wr_broker *broker;
    char *path;
    char *journal;
    char *unfinished; /* journal.new */
    int lock;         /* -1: not taken */
    int64_t now;      /* when it is loaded */
    struct wr_journal_file file;
    uint64_t look_at; /* the size from which on the file is asked for garbage */
};

/* ---- the directory --------------------------------------------------------------------------- */

static bool is_ours(const char *name)
{
    return strcmp(name, "lock") == 0 || strcmp(name, "journal.new") == 0;
}

/* A directory without a journal must hold nothing else either. */
static enum weir_code check_empty(const struct wr_broker_dir *d, struct weir_error *err)
{
    struct wr_fs *fs = wr_fs_posix();
    struct wr_ptrs names = {0};
    const char *foreign = NULL;
    bool journal = false;
    enum weir_code code = fs->list(fs, d->path, &names, err);
    for (size_t i = 0; i < names.count; i++) {
        journal |= strcmp(names.items[i], "journal") == 0;
        foreign = is_ours(names.items[i]) ? foreign : names.items[i];
    }
    if (code == WEIR_OK && !journal && foreign != NULL) {
        code = wr_fail(err, WEIR_EIDENTITY,
                       "\"%s\" is no directory of weir dev: it holds \"%s\"; name another one",
                       d->path, foreign);
    }
    wr_ptrs_free_all(&names);
    return code;
}

static enum weir_code take(struct wr_broker_dir *d, struct weir_error *err)
{
    struct wr_fs *fs = wr_fs_posix();
    long holder = 0;
    char *path = wr_asprintf("%s/lock", d->path);
    enum weir_code code = fs->mkdirs(fs, d->path, err);
    if (code == WEIR_OK) {
        code = check_empty(d, err);
    }
    if (code == WEIR_OK) {
        code = fs->lock(fs, path, &d->lock, &holder, err);
        if (code == WEIR_ELOCKED) {
            wr_fail(err, code, "\"%s\" is in use by process %ld: stop that, or name another one",
                    d->path, holder);
        }
    }
    wr_free(path);
    return code;
}

/* ---- the journal ----------------------------------------------------------------------------- */

struct copy {
    struct wr_journal journal;
    struct wr_journal_file file;
    enum weir_code code;
    struct weir_error *err;
};

static void write_copy(struct wr_journal *j)
{
    struct copy *c = WR_CONTAINER_OF(j, struct copy, journal);
    if (c->code == WEIR_OK) {
        c->code = wr_journal_file_append(&c->file, wr_buf_view(&j->out), c->err);
    }
    wr_buf_reset(&j->out);
}

/* Write all of the broker into a new journal, which takes the old one's place. After a failure the
 * file is the one that has the name, whichever that is. */
static enum weir_code rewrite(struct wr_broker_dir *d, struct weir_error *err)
{
    struct copy c = {.journal = {.on = true, .full = write_copy}, .err = err};
    c.code = wr_journal_file_create(&c.file, d->unfinished, err);
    if (c.code == WEIR_OK) {
        wr_broker_save(d->broker, &c.journal);
        write_copy(&c.journal);
    }
    wr_journal_free(&c.journal);
    if (c.code == WEIR_OK) {
        c.code = wr_journal_file_rename(&c.file, d->journal, err);
    }
    if (c.code != WEIR_OK) {
        wr_journal_file_close(&c.file);
        unlink(d->unfinished);
        return c.code;
    }
    wr_journal_file_close(&d->file);
    d->file = c.file;
    return wr_journal_dir_sync(d->path, err);
}

/* A disk without room for a second journal is left with the first: it goes on growing. */
static void collect_garbage(struct wr_broker_dir *d)
{
    if (d->file.size < d->look_at) {
        return;
    }
    uint64_t live = wr_broker_copy_size(d->broker);
    bool worth_it = d->file.size > 2 * live + GARBAGE_MIN;
    if (worth_it) {
        (void)rewrite(d, NULL);
    }
    d->look_at = d->file.size + (worth_it ? d->file.size / 2 : 0) + GARBAGE_MIN;
}

static enum weir_code load_record(void *arg, const struct wr_journal_record *r,
                                  struct weir_error *err)
{
    const struct wr_broker_dir *d = arg;
    return wr_broker_load(d->broker, r, d->now, err);
}

static enum weir_code load(struct wr_broker_dir *d, uint64_t *cut, struct weir_error *err)
{
    *cut = 0;
    enum weir_code code = wr_journal_file_open(&d->file, d->journal, err);
    if (code == WEIR_ENOTFOUND) {
        return rewrite(d, err);
    }
    if (code == WEIR_OK) {
        unlink(d->unfinished);
        code = wr_journal_file_read(&d->file, load_record, d, cut, err);
    }
    return code;
}

/* ---- life ------------------------------------------------------------------------------------ */

static void free_dir(struct wr_broker_dir *d)
{
    struct wr_fs *fs = wr_fs_posix();
    d->broker->journal.on = false;
    wr_journal_file_close(&d->file);
    if (d->lock >= 0) {
        fs->unlock(fs, d->lock);
    }
    wr_free(d->path);
    wr_free(d->journal);
    wr_free(d->unfinished);
    wr_free(d);
}

enum weir_code wr_broker_dir_open(struct wr_broker_dir **out, const char *path, struct wr_broker *b,
                                  int64_t now, uint64_t *cut, struct weir_error *err)
{
    struct wr_broker_dir *d = WR_NEW(struct wr_broker_dir);
    *out = NULL;
    *cut = 0;
    d->broker = b;
    d->now = now;
    d->path = wr_strdup(path);
    d->journal = wr_asprintf("%s/journal", path);
    d->unfinished = wr_asprintf("%s/journal.new", path);
    d->lock = -1;
    d->file.fd = -1;
    enum weir_code code = take(d, err);
    if (code == WEIR_OK) {
        code = load(d, cut, err);
    }
    if (code == WEIR_OK) {
        b->journal.on = true;
        wr_broker_restart(b, now);
        code = wr_broker_dir_write(d, err);
    }
    if (code != WEIR_OK) {
        free_dir(d);
        return code;
    }
    *out = d;
    return WEIR_OK;
}

enum weir_code wr_broker_dir_write(struct wr_broker_dir *d, struct weir_error *err)
{
    struct wr_buf *records = &d->broker->journal.out;
    if (records->len == 0) {
        return WEIR_OK;
    }
    enum weir_code code = wr_journal_file_append(&d->file, wr_buf_view(records), err);
    wr_buf_reset(records);
    if (records->cap > WR_JOURNAL_MUCH) {
        wr_buf_free(records);
    }
    if (code == WEIR_OK) {
        collect_garbage(d);
    } else {
        d->broker->journal.on = false; /* nothing may stand behind half a record */
    }
    return code;
}

enum weir_code wr_broker_dir_close(struct wr_broker_dir *d, struct weir_error *err)
{
    enum weir_code code = wr_broker_dir_write(d, err);
    if (code == WEIR_OK) {
        code = wr_journal_file_sync(&d->file, err);
    }
    free_dir(d);
    return code;
}
