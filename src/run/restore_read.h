/* restore_read.h -- reading the changelogs of one task (state READ of a restore job). Thread:
 * restore. */
#ifndef WR_RESTORE_READ_H
#define WR_RESTORE_READ_H

#include "src/run/restore_job.h"

enum wr_restore_read_result {
    WR_RESTORE_READ_MORE,
    WR_RESTORE_READ_DONE,
    WR_RESTORE_READ_AGAIN,  /* a position fell out of the log: look at the watermarks again */
    WR_RESTORE_READ_REOPEN, /* the store failed: close it unclean and open it again */
    WR_RESTORE_READ_FAILED, /* job->error: topic gone, not authorized */
};

/* Assign the changelogs of all stores that are behind their target. */
void wr_restore_assign(struct wr_restore_job *j);
void wr_restore_unassign(struct wr_restore_job *j);

/* Apply what has arrived, up to a bound. *any is false if nothing had. */
enum wr_restore_read_result wr_restore_read(struct wr_restore_job *j, bool *any);

#endif
