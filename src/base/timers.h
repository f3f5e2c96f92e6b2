/* timers.h -- many deadlines, the earliest first: a heap of timers that are part of the objects
 * which wait for them.
 *
 * There is no clock here: a time is any rising number. Timers of one time come in the order in
 * which they were set. Zero-initialise both structures to start. Thread: one.
 */
#ifndef WR_TIMERS_H
#define WR_TIMERS_H

#include "src/base/base.h"

struct wr_timer {
    int64_t at;
    int kind; /* the owner's: says which object the timer is part of */
    uint64_t order;
    size_t place; /* in the heap, from 1 on; 0: not set */
};

struct wr_timers {
    struct wr_timer **heap;
    size_t count;
    size_t cap;
    uint64_t set_count;
};

void wr_timers_free(struct wr_timers *ts); /* no timer is set any more */

/* Set a timer, anew if it is set. */
void wr_timers_set(struct wr_timers *ts, struct wr_timer *t, int64_t at);

/* Nothing happens if it is not set. */
void wr_timers_cancel(struct wr_timers *ts, struct wr_timer *t);

/* The earliest timer at or before now, which is then not set any more; NULL if there is none. */
struct wr_timer *wr_timers_pop(struct wr_timers *ts, int64_t now);

/* The earliest time; INT64_MAX if no timer is set. */
static inline int64_t wr_timers_next(const struct wr_timers *ts)
{
    return ts->count != 0 ? ts->heap[0]->at : INT64_MAX;
}

static inline bool wr_timer_is_set(const struct wr_timer *t)
{
    return t->place != 0;
}

#endif
