/* state_dir.h -- the state directory of one instance: who may use it, and who it is.
 *
 *     STATE.DIR/APPLICATION.ID/
 *         .lock            held while an instance runs (flock; its pid inside)
 *         instance         "format", "process.id", "application.id", "cluster.id", "highest.thread"
 *         SUBTOPOLOGY_PARTITION/   one task: data.mdb, lock.mdb, owner
 *         .trash-*         being deleted
 *         .quarantine-*    set aside with a reason; the newest three are kept for people to look at
 *
 * Thread: one at a time, except that tasks open and close their own folders from the threads that
 * own them.
 */
#ifndef WR_STATE_DIR_H
#define WR_STATE_DIR_H

#include "src/base/base.h"
#include "src/base/clock.h"
#include "src/base/fs.h"
#include "src/base/rng.h"
#include "state/disk.h"

struct wr_state_dir;

struct wr_state_dir_options {
    const char *path; /* state.dir */
    const char *application_id;
    struct wr_fs *fs;
    struct wr_clock *clock;
    bool allow_temporary; /* tmpfs and /tmp are refused unless asked for */
    struct wr_disk *disk; /* of the tasks' engines; NULL: LMDB files */
    struct wr_rng *rng;   /* what a new identity is made from; NULL: the kernel's randomness */
};

/* Lock and read, or create. WEIR_ELOCKED names the holder; WEIR_EIDENTITY: another application's;
 * WEIR_ECONFIG: a network or temporary file system, not writable; WEIR_ECORRUPT: the instance file
 * cannot be read. Removes leftovers of interrupted deletions. */
WR_MUST_CHECK enum weir_code wr_state_dir_open(struct wr_state_dir **out,
                                               const struct wr_state_dir_options *options,
                                               struct weir_error *err);
void wr_state_dir_close(struct wr_state_dir *d);

/* The identity of this instance, made at first use and kept: 32 hexadecimal digits. */
const char *wr_state_dir_process_id(const struct wr_state_dir *d);
const char *wr_state_dir_boot_id(const struct wr_state_dir *d);
const char *wr_state_dir_path(const struct wr_state_dir *d); /* STATE.DIR/APPLICATION.ID */
struct wr_fs *wr_state_dir_fs(const struct wr_state_dir *d);
struct wr_clock *wr_state_dir_clock(const struct wr_state_dir *d);
struct wr_disk *wr_state_dir_disk(const struct wr_state_dir *d);

/* Bind the directory to a cluster at first contact; WEIR_EIDENTITY if it belongs to another one. */
WR_MUST_CHECK enum weir_code wr_state_dir_bind(struct wr_state_dir *d, const char *cluster_id,
                                               struct weir_error *err);

/* The highest index of a stream thread that ever had a transactional id (rule R11); raising it is
 * durable when the call returns. -1: none yet. */
int wr_state_dir_highest_thread(const struct wr_state_dir *d);
WR_MUST_CHECK enum weir_code wr_state_dir_raise_thread(struct wr_state_dir *d, int index,
                                                       struct weir_error *err);

/* ---- for the state of tasks (task_state.h) --------------------------------------------------- */

const char *wr_state_dir_application_id(const struct wr_state_dir *d);
const char *wr_state_dir_cluster_id(const struct wr_state_dir *d); /* "" before bind */

/* Take the folder of a task, creating it; *path is for wr_free(). WEIR_ELOCKED: somebody in this
 * process has it. Thread: any. */
WR_MUST_CHECK enum weir_code wr_state_dir_take(struct wr_state_dir *d, const char *task_id,
                                               char **path, struct weir_error *err);
void wr_state_dir_give(struct wr_state_dir *d, const char *task_id);

/* Set the folder of a task that was taken aside, under a name with the time and `why` (a word); an
 * empty one takes its place. Thread: any. */
WR_MUST_CHECK enum weir_code wr_state_dir_quarantine(struct wr_state_dir *d, const char *task_id,
                                                     const char *why, struct weir_error *err);

/* Whether a folder with this name is that of a task: "3_12", sub-topology and partition. */
bool wr_is_task_folder(const char *name);

/* ---- housekeeping ---------------------------------------------------------------------------- */

/* Remove folders of tasks that are not in keep[], not taken, and were not changed for
 * older_than_ms, and quarantines of that age. Returns how many were removed; what could not be is
 * left for the next time, and err says why. */
size_t wr_state_dir_clean(struct wr_state_dir *d, const char *const *keep, size_t count,
                          int64_t older_than_ms, struct weir_error *err);

#endif
