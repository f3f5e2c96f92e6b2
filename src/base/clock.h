/* clock.h -- time behind a table of functions, so that tests and the simulator can own it. */
#ifndef WR_CLOCK_H
#define WR_CLOCK_H

#include "src/base/base.h"

struct wr_clock {
    int64_t (*mono_ms)(struct wr_clock *c); /* never goes back; for intervals and deadlines */
    int64_t (*wall_ms)(struct wr_clock *c); /* since 1970; may jump; only for what people read */
};

/* The machine's clocks. Thread: any. */
struct wr_clock *wr_clock_system(void);

/* A clock that moves only when it is told to. Thread: one. */
struct wr_clock_manual {
    struct wr_clock clock;
    int64_t mono;
    int64_t wall;
};
void wr_clock_manual_init(struct wr_clock_manual *c, int64_t wall_ms);
void wr_clock_manual_advance(struct wr_clock_manual *c, int64_t ms);

static inline int64_t wr_mono_ms(struct wr_clock *c)
{
    return c->mono_ms(c);
}

static inline int64_t wr_wall_ms(struct wr_clock *c)
{
    return c->wall_ms(c);
}

/* Microseconds of the machine's monotonic clock, for measuring durations that are shown to people.
 */
int64_t wr_mono_us(void);

/* CPU time of the calling process in microseconds, user and system. */
int64_t wr_cpu_us(void);

#endif
