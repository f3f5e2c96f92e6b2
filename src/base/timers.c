/* timers.c -- a binary heap of timers. Invariant: heap[i]->place is i + 1, and no timer comes
 * before its parent, heap[(i - 1) / 2]. */
#include "src/base/base.h"

#include "src/base/mem.h"
#include "src/base/timers.h"

static bool comes_before(const struct wr_timer *a, const struct wr_timer *b)
{
    return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static void put(struct wr_timers *ts, size_t i, struct wr_timer *t)
{
    ts->heap[i] = t;
    t->place = i + 1;
}

/* Put t where it belongs, from the hole at i upwards or downwards. */
static void settle(struct wr_timers *ts, size_t i, struct wr_timer *t)
{
    while (i > 0 && comes_before(t, ts->heap[(i - 1) / 2])) {
        put(ts, i, ts->heap[(i - 1) / 2]);
        i = (i - 1) / 2;
    }
    for (size_t child; (child = 2 * i + 1) < ts->count; i = child) {
        if (child + 1 < ts->count && comes_before(ts->heap[child + 1], ts->heap[child])) {
            child++;
        }
        if (!comes_before(ts->heap[child], t)) {
            break;
        }
        put(ts, i, ts->heap[child]);
    }
    put(ts, i, t);
}

void wr_timers_free(struct wr_timers *ts)
{
    for (size_t i = 0; i < ts->count; i++) {
        ts->heap[i]->place = 0;
    }
    wr_free(ts->heap);
    *ts = (struct wr_timers){0};
}

void wr_timers_set(struct wr_timers *ts, struct wr_timer *t, int64_t at)
{
    if (!wr_timer_is_set(t)) {
        if (ts->count == ts->cap) {
            ts->cap = ts->cap != 0 ? ts->cap * 2 : 8;
            ts->heap = wr_realloc_array(ts->heap, ts->cap, sizeof *ts->heap);
        }
        put(ts, ts->count++, t);
    }
    t->at = at;
    t->order = ts->set_count++;
    settle(ts, t->place - 1, t);
}

void wr_timers_cancel(struct wr_timers *ts, struct wr_timer *t)
{
    if (!wr_timer_is_set(t)) {
        return;
    }
    size_t hole = t->place - 1;
    struct wr_timer *last = ts->heap[--ts->count];
    t->place = 0;
    if (last != t) {
        settle(ts, hole, last);
    }
}

struct wr_timer *wr_timers_pop(struct wr_timers *ts, int64_t now)
{
    if (wr_timers_next(ts) > now || ts->count == 0) {
        return NULL;
    }
    struct wr_timer *t = ts->heap[0];
    wr_timers_cancel(ts, t);
    return t;
}
