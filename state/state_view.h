/* state_view.h -- looking at the stores of an instance that is stopped, for tools.
 *
 * Nothing is written and nothing is repaired. The instance's lock is shared meanwhile: an instance
 * that runs is refused here, and one that starts is refused there. What is seen is what was
 * committed last (rule R1: engines hold nothing else), except where `doubt` says so.
 *
 * Thread: one.
 */
#ifndef WR_STATE_VIEW_H
#define WR_STATE_VIEW_H

#include "src/base/base.h"
#include "src/base/fs.h"
#include "state/bytes_store.h"
#include "state/lmdb_check.h"

struct wr_state_view;

/* path is the state directory of an instance (state.dir/application.id), or the folder of one task,
 * there, set aside or copied elsewhere. WEIR_ENOTFOUND: it is neither; WEIR_ELOCKED: in use. */
WR_MUST_CHECK enum weir_code wr_state_view_open(struct wr_state_view **out, const char *path,
                                                struct wr_fs *fs, struct weir_error *err);
void wr_state_view_close(struct wr_state_view *v); /* accepts NULL; its tasks are closed */

/* How many tasks have a folder; the name of one: that of its folder. */
size_t wr_state_view_count(const struct wr_state_view *v);
const char *wr_state_view_name(const struct wr_state_view *v, size_t i);

struct wr_stored_rows {
    char *name;
    char *changelog; /* "": none */
    bool timestamped;
    int64_t position;            /* of the changelog: what is below it is in the store */
    struct wr_bytes_store *rows; /* get, count, range; ops of the task's engine */
};

struct wr_task_view {
    struct wr_engine *engine; /* NULL: it has no rows yet */
    struct wr_stored_rows *stores;
    size_t store_count;
    bool clean;              /* it was closed in order */
    struct weir_error doubt; /* code WEIR_OK: none; else why rows may not be what was committed last
                              */
};

/* Open the files of task i. BRANCHES is for a look at a few rows, LEAVES for reading all: it reads
 * the whole file first (lmdb_check.h). WEIR_ECORRUPT: they cannot be read. */
WR_MUST_CHECK enum weir_code wr_task_view_open(struct wr_task_view *out,
                                               const struct wr_state_view *v, size_t i,
                                               enum wr_lmdb_check_depth depth,
                                               struct weir_error *err);
void wr_task_view_close(struct wr_task_view *t);

/* NULL: it has no such store in its file. */
const struct wr_stored_rows *wr_task_view_find(const struct wr_task_view *t, const char *store);

#endif
