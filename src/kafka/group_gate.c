/* group_gate.c -- see group_gate.h. */
#include "src/base/base.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "src/base/mem.h"
#include "src/kafka/group_gate.h"

struct wr_group_gate {
    atomic_int refs;
    struct wr_clock *clock;
    struct wr_group_gate_limits limits;
    pthread_mutex_t lock;
    int inside;
    int64_t closed_since; /* monotonic ms */
    int64_t closed_until;
    int64_t called_at; /* wr_group_gate_before_join returned */
};

struct wr_group_gate *wr_group_gate_new(struct wr_clock *clock,
                                        const struct wr_group_gate_limits *limits)
{
    struct wr_group_gate *g = WR_NEW(struct wr_group_gate);
    atomic_init(&g->refs, 1);
    g->clock = clock;
    g->limits = *limits;
    g->called_at = INT64_MIN / 2;
    wr_assert(pthread_mutex_init(&g->lock, NULL) == 0);
    return g;
}

struct wr_group_gate *wr_group_gate_ref(struct wr_group_gate *g)
{
    atomic_fetch_add_explicit(&g->refs, 1, memory_order_relaxed);
    return g;
}

void wr_group_gate_unref(struct wr_group_gate *g)
{
    if (g != NULL && atomic_fetch_sub_explicit(&g->refs, 1, memory_order_acq_rel) == 1) {
        pthread_mutex_destroy(&g->lock);
        wr_free(g);
    }
}

/* Under the lock. */
static bool is_open(const struct wr_group_gate *g)
{
    return wr_mono_ms(g->clock) >= g->closed_until;
}

bool wr_group_gate_is_open(struct wr_group_gate *g)
{
    pthread_mutex_lock(&g->lock);
    bool open = is_open(g);
    pthread_mutex_unlock(&g->lock);
    return open;
}

bool wr_group_gate_enter(struct wr_group_gate *g)
{
    pthread_mutex_lock(&g->lock);
    bool open = is_open(g);
    g->inside += open;
    pthread_mutex_unlock(&g->lock);
    return open;
}

void wr_group_gate_leave(struct wr_group_gate *g)
{
    pthread_mutex_lock(&g->lock);
    wr_assert(g->inside > 0);
    g->inside--;
    pthread_mutex_unlock(&g->lock);
}

void wr_group_gate_open(struct wr_group_gate *g)
{
    pthread_mutex_lock(&g->lock);
    g->closed_until = 0;
    pthread_mutex_unlock(&g->lock);
}

static int64_t moment(struct wr_group_gate *g)
{
    pthread_mutex_lock(&g->lock);
    int64_t ago = wr_mono_ms(g->clock) - g->called_at;
    pthread_mutex_unlock(&g->lock);
    return WR_GATE_MOMENT_MS + (ago <= WR_GATE_HANDOVER_MAX ? WR_GATE_HANDOVERS * ago : 0);
}

/* Returns how many are inside. */
static int close_for(struct wr_group_gate *g, int64_t ms)
{
    pthread_mutex_lock(&g->lock);
    int64_t now_ms = wr_mono_ms(g->clock);
    g->closed_since = is_open(g) ? now_ms : g->closed_since;
    g->closed_until =
        wr_min_i64(wr_max_i64(g->closed_until, now_ms + ms), g->closed_since + g->limits.join_ms);
    int inside = g->inside;
    pthread_mutex_unlock(&g->lock);
    return inside;
}

void wr_group_gate_before_join(struct wr_group_gate *g)
{
    const struct timespec a_ms = {.tv_nsec = 1000000};
    int64_t until = wr_mono_us() + g->limits.drain_ms * 1000;
    int64_t moment_ms = moment(g);
    while (close_for(g, moment_ms) != 0 && wr_mono_us() < until) {
        nanosleep(&a_ms, NULL);
    }
    pthread_mutex_lock(&g->lock);
    g->called_at = wr_mono_ms(g->clock);
    pthread_mutex_unlock(&g->lock);
}

void wr_group_gate_joining(struct wr_group_gate *g)
{
    (void)close_for(g, g->limits.join_ms);
}
