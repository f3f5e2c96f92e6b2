/* restore.h -- the restore thread: from "this task is mine" to "its stores are what the changelogs
 * say".
 *
 * For each task, in this order (rule R4):
 *
 *   FETCH    stable committed offsets of its inputs and of its own partition. This waits for any
 *            open transaction of the task; if that takes long, its writer is fenced if it is dead
 *            (R12)
 *   OPEN     the stores on disk, if they may be used
 *   TARGET   the high watermarks of its changelogs, also where transactions are open
 *   RESET    where inputs without a committed position begin
 *   READ     the changelogs, committed records only, until an EOF or a record reaches the target;
 *            an EOF below it means that a transaction is still open
 *   DONE     back to control
 *
 * Nothing here blocks for longer than a slice; any number of tasks make progress side by side.
 */
#ifndef WR_RESTORE_H
#define WR_RESTORE_H

#include "src/base/actor.h"
#include "src/run/mail.h"

struct wr_restorer_options {
    struct wr_kafka *kafka;
    struct wr_clock *clock;
    const struct wr_run_settings *settings;
    const struct wr_plan *plan;
    struct wr_state_dir *dir;
    int64_t delete_retention_ms;       /* the least of the changelogs */
    const char *instance_id;           /* of this instance */
    const struct wr_strmap *topic_ids; /* changelog topic -> char *, the broker's identity of it */
    const char *const *topics;         /* changelogs and inputs: named early */
    size_t topic_count;
    struct wr_mailbox *control;
    struct wr_stats *stats;
    struct wr_actor_host *host; /* NULL: threads of the system */
};

struct wr_restorer;

WR_MUST_CHECK enum weir_code wr_restorer_new(struct wr_restorer **out,
                                             const struct wr_restorer_options *options,
                                             struct weir_error *err);
void wr_restorer_free(struct wr_restorer *r); /* accepts NULL; no task may be left */

/* One step. Returns how long to sleep before the next (ms); *ended after STOP or a failure. */
int wr_restorer_step(struct wr_restorer *r, bool *ended);

WR_MUST_CHECK enum weir_code wr_restorer_start(struct wr_restorer *r, struct weir_error *err);
void wr_restorer_join(struct wr_restorer *r);
struct wr_mailbox *wr_restorer_mailbox(struct wr_restorer *r);

#endif
