/* task_map.h -- which partition of the task topic is which task.
 *
 * Numbers are given once and never change. At start an instance reads the metadata of every
 * partition of the task topic: a task that is named there keeps its number. The others, in the
 * order of the plan, get the lowest numbers that name nothing, so that instances that start
 * together, or while some tasks have not yet been claimed, come to the same result. A task that is
 * named but is not in the plan is held: its state and positions are left alone, and it is not run.
 */
#ifndef WR_TASK_MAP_H
#define WR_TASK_MAP_H

#include "src/base/ptrs.h"
#include "src/run/plan.h"
#include "src/run/task_metadata.h"

struct wr_task_map {
    struct wr_arena arena;
    const struct wr_plan_task **tasks; /* by number; NULL: held or unused */
    int32_t count;                     /* partitions that the task topic needs */
    struct wr_ptrs held;               /* char *: ids of tasks that are named but unknown */
    bool adopted;                      /* no metadata of Weir was found at all */
};

/* Build the map from the metadata of partitions 0..count-1 (NULL: none). WEIR_EIDENTITY, with the
 * difference in words, if a named task is in the plan with another identity, unless upgrade_from
 * (identities separated by commas; may be NULL) names the former one. */
WR_MUST_CHECK enum weir_code wr_task_map_make(struct wr_task_map *out, const struct wr_plan *plan,
                                              const char *const *metadata, size_t count,
                                              const char *upgrade_from, struct weir_error *err);
void wr_task_map_free(struct wr_task_map *m);

/* The number of a task; it has one. */
int32_t wr_task_map_number(const struct wr_task_map *m, const struct wr_plan_task *task);

#endif
