/* control.h -- the control thread: membership in the group, who runs what, and the life of the
 * instance.
 *
 *   STARTUP   look at the cluster, make the internal topics, number the tasks (startup.h)
 *   JOINING   threads are started, the group is joined
 *   RUNNING   group events and mail
 *   STOPPING  every thread commits, gives its tasks back and ends
 *   LEAVING   the group is left
 *   STOPPED
 *
 * It owns every task that is not with another thread, and is the only one that answers the group: a
 * REVOKE or LOST is answered when all tasks it names have come back. Nothing blocking runs here.
 *
 * Thread: control, except for wr_control_stop (any, and signal handlers) and wr_control_status
 * (any).
 */
#ifndef WR_CONTROL_H
#define WR_CONTROL_H

#include <pthread.h>

#include "src/base/actor.h"
#include "src/run/restore.h"
#include "src/run/startup.h"
#include "src/run/stream_thread.h"

enum wr_control_state {
    WR_CONTROL_STARTUP,
    WR_CONTROL_JOINING,
    WR_CONTROL_RUNNING,
    WR_CONTROL_STOPPING,
    WR_CONTROL_LEAVING,
    WR_CONTROL_STOPPED,
};

struct wr_control_options {
    struct wr_kafka *kafka;
    struct wr_clock *clock;
    const struct wr_run_settings *settings;
    const struct wr_graph *graph;
    struct wr_state_dir *dir;
    struct wr_stats *stats; /* settings->threads of them */
    struct wr_stats *restore_stats;
    struct wr_stats *control_stats; /* only its heartbeat */
    struct wr_actor_host *host;     /* of all threads; NULL: threads of the system */
};

/* What /readyz and the log of the application say. */
struct wr_control_status {
    enum wr_control_state state;
    int assigned; /* tasks that are ours */
    int running;  /* of these */
    int restoring;
    int rebalances; /* since the start */
    char waiting_for[160];
};

struct wr_control;

WR_MUST_CHECK enum weir_code wr_control_new(struct wr_control **out,
                                            const struct wr_control_options *options,
                                            struct weir_error *err);
void wr_control_free(struct wr_control *c); /* STOPPED, or never started */

/* One step. Returns how long to sleep before the next (ms); *ended when STOPPED. */
int wr_control_step(struct wr_control *c, bool *ended);

WR_MUST_CHECK enum weir_code wr_control_start(struct wr_control *c, struct weir_error *err);

/* Wait for the end; why it stopped. */
enum weir_code wr_control_join(struct wr_control *c, struct weir_error *err);

void wr_control_stop(struct wr_control *c);
void wr_control_status(struct wr_control *c, struct wr_control_status *out);
const char *wr_control_state_name(enum wr_control_state state);

#endif
