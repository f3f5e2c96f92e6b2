/* startup.h -- what an instance finds out and sets up in the cluster before it joins the group.
 *
 *   INPUTS    the users' topics: do they exist, how many partitions have those that are read;
 *             which cluster is this
 *   INTERNAL  the topics of the plan: which are there
 *   CREATE    those that are not
 *   CONFIG    the configuration of all of them, read back: a broker does not compare when a topic
 *             exists
 *   MAP       the metadata of the task topic: numbers and identities of tasks
 *   EMPTY     only with upgrade.from: nobody else may be running
 *   GROW      more partitions for the task topic, if there are new tasks
 *   DONE
 *
 * A cluster that is away is waited for; what needs a person to act is a failure with words. Nothing
 * blocks. Thread: control.
 */
#ifndef WR_STARTUP_H
#define WR_STARTUP_H

#include "src/base/fsm.h"
#include "src/run/run_settings.h"
#include "src/run/task_map.h"
#include "src/kafka/kafka.h"
#include "state/state_dir.h"

enum wr_startup_state {
    WR_STARTUP_INPUTS,
    WR_STARTUP_INTERNAL,
    WR_STARTUP_CREATE,
    WR_STARTUP_CONFIG,
    WR_STARTUP_MAP,
    WR_STARTUP_EMPTY,
    WR_STARTUP_GROW,
    WR_STARTUP_DONE,
    WR_STARTUP_FAILED,
};

struct wr_startup {
    struct wr_consumer *admin;
    struct wr_clock *clock;
    const struct wr_run_settings *settings;
    const struct wr_graph *graph;
    struct wr_state_dir *dir; /* NULL: not bound to a cluster */

    struct wr_fsm fsm;
    struct wr_call *call;
    struct wr_plan *plan;        /* set from INTERNAL on; owned until taken */
    struct wr_task_map map;      /* set when DONE */
    struct wr_strmap topic_ids;  /* topic -> char *, owned */
    int64_t delete_retention_ms; /* the least of the changelogs */
    int32_t task_partitions;     /* of the task topic as it is */
    bool joined;                 /* the application is running with us: the map is read again */
    size_t input_count;          /* of the users' topics, these come first */
    bool *missing;               /* by plan topic */
    size_t at;
    int64_t retry_at_ms;
    int64_t said_ms;
    int64_t since_ms;
    int64_t missing_since_ms; /* a topic of the users was first not found; -1: not yet */
    struct weir_error error;
};

void wr_startup_init(struct wr_startup *s, struct wr_consumer *admin, struct wr_clock *clock,
                     const struct wr_run_settings *settings, const struct wr_graph *graph,
                     struct wr_state_dir *dir);
void wr_startup_free(struct wr_startup *s);

/* Work for about slice_ms; returns how long to sleep (ms). */
int wr_startup_step(struct wr_startup *s, int slice_ms);

/* Read the metadata of the task topic again (somebody has added tasks). From DONE only. */
void wr_startup_map_again(struct wr_startup *s);

static inline enum wr_startup_state wr_startup_state(const struct wr_startup *s)
{
    return (enum wr_startup_state)s->fsm.state;
}

#endif
