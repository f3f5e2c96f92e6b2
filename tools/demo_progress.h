/* demo_progress.h -- what an instance does, as far as its log tells it. Thread: one. */
#ifndef WR_DEMO_PROGRESS_H
#define WR_DEMO_PROGRESS_H

#include "src/base/base.h"

/* Zero-initialise for an instance that was not heard of. */
struct wr_demo_progress {
    uint64_t tasks;     /* that the group has given it: bit n is the task with that number */
    int running;        /* tasks that began to run; this and the rest since the last zero */
    int64_t restored;   /* records of changelogs that were replayed for them */
    int64_t restore_ms; /* the longest restore */
    char address[64];   /* of health and metrics; "" if not known */
};

/* A line of the log, without its end. */
void wr_demo_progress_line(struct wr_demo_progress *p, const char *line);

static inline int wr_demo_task_count(uint64_t tasks)
{
    return __builtin_popcountll(tasks);
}

/* Begin anew with all but the tasks it has and its address. */
void wr_demo_progress_mark(struct wr_demo_progress *p);

#endif
