/* restore_job.h -- the restore of one task: a state machine driven by the restore thread (restore.h
 * has the states). Thread: restore. */
#ifndef WR_RESTORE_JOB_H
#define WR_RESTORE_JOB_H

#include "src/base/fsm.h"
#include "src/run/fence.h"
#include "src/run/restore.h"
#include "src/run/spared.h"

enum wr_restore_state {
    WR_RESTORE_FETCH,
    WR_RESTORE_FENCE,
    WR_RESTORE_OPEN,
    WR_RESTORE_TARGET,
    WR_RESTORE_RESET,
    WR_RESTORE_READ,
    WR_RESTORE_DONE,
    WR_RESTORE_FAILED, /* job->error says why; the instance must stop */
};

/* One changelog. */
struct wr_restore_store {
    int64_t low;
    int64_t target;                 /* done when everything below is applied */
    int64_t position;               /* next to apply */
    struct wr_partition *partition; /* NULL: not being read */
    bool done;
};

struct wr_restore_job {
    struct wr_restorer_options *o;
    struct wr_consumer *reader; /* changelogs */
    struct wr_consumer *admin;  /* offsets, watermarks */
    struct wr_spared *spared;   /* of the restorer */
    struct wr_task *task;
    struct wr_fsm fsm;
    struct wr_call *call;
    struct wr_fence fence;
    struct wr_restore_store *stores; /* as task->stores */
    size_t at;                       /* store or input that the present call is about */
    size_t missing;                  /* inputs without a committed position */
    bool claimed;                    /* the task's own partition has metadata of Weir */
    bool doubted;                    /* that there are no positions: they were fetched again */
    int64_t started_ms;
    int64_t fetch_since_ms;
    int64_t blocked_said_ms;
    int64_t moved_ms;    /* when a record or an EOF was last read */
    int64_t retry_at_ms; /* opening failed: try again then */
    int64_t restored;    /* records */
    struct weir_error error;
};

struct wr_restore_job *wr_restore_job_new(struct wr_restorer_options *o, struct wr_consumer *reader,
                                          struct wr_consumer *admin, struct wr_spared *spared,
                                          struct wr_task *task);

/* Give everything back to the handles; the task stays with the caller. */
void wr_restore_job_free(struct wr_restore_job *j);

/* Work for about slice_ms. True if something was done (no need to sleep). */
bool wr_restore_job_step(struct wr_restore_job *j, int slice_ms);

static inline enum wr_restore_state wr_restore_job_state(const struct wr_restore_job *j)
{
    return (enum wr_restore_state)j->fsm.state;
}

#endif
