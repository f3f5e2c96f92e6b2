/* task_registry.h -- where each task is, as the control thread knows it.
 *
 * A slot per number of the task topic. A task object is with exactly one owner; control gives it
 * away by mail and gets it back by mail (mail.h). `assigned` is what the group says, `task` what
 * there is: they differ while a task is being released or made.
 *
 * Thread: control.
 */
#ifndef WR_TASK_REGISTRY_H
#define WR_TASK_REGISTRY_H

#include "src/run/task.h"
#include "src/run/task_map.h"

enum wr_task_place { WR_PLACE_NONE, WR_PLACE_RESTORE, WR_PLACE_STREAM };

struct wr_slot {
    struct wr_task *task; /* NULL: none */
    enum wr_task_place place;
    int thread;    /* place STREAM */
    bool assigned; /* ours */
    bool leaving;  /* asked back: the answer to the group waits for it */
};

struct wr_registry {
    struct wr_slot *slots;
    int32_t count;
};

void wr_registry_size(struct wr_registry *r, int32_t count); /* grows, never shrinks */
void wr_registry_free(struct wr_registry *r);                /* no task may be left */

/* Stream thread with the fewest tasks; among equals the one with the fewest of the same
 * sub-topology. */
int wr_registry_place(const struct wr_registry *r, int threads, const struct wr_task *task);

/* How many slots are leaving and still have a task. */
int wr_registry_leaving(const struct wr_registry *r);
void wr_registry_totals(const struct wr_registry *r, int *assigned, int *running, int *restoring);

#endif
