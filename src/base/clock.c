/* clock.c -- the machine's clocks and one for tests. */
#include "src/base/base.h"

#include <time.h>

#include "src/base/clock.h"

static int64_t read_us(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int64_t system_mono(struct wr_clock *c)
{
    WR_UNUSED(c);
    return read_us(CLOCK_MONOTONIC) / 1000;
}

static int64_t system_wall(struct wr_clock *c)
{
    WR_UNUSED(c);
    return read_us(CLOCK_REALTIME) / 1000;
}

struct wr_clock *wr_clock_system(void)
{
    static struct wr_clock clock = {system_mono, system_wall};
    return &clock;
}

static int64_t manual_mono(struct wr_clock *c)
{
    return WR_CONTAINER_OF(c, struct wr_clock_manual, clock)->mono;
}

static int64_t manual_wall(struct wr_clock *c)
{
    return WR_CONTAINER_OF(c, struct wr_clock_manual, clock)->wall;
}

void wr_clock_manual_init(struct wr_clock_manual *c, int64_t wall_ms)
{
    *c = (struct wr_clock_manual){.clock = {manual_mono, manual_wall}, .wall = wall_ms};
}

void wr_clock_manual_advance(struct wr_clock_manual *c, int64_t ms)
{
    c->mono += ms;
    c->wall += ms;
}

int64_t wr_mono_us(void)
{
    return read_us(CLOCK_MONOTONIC);
}

int64_t wr_cpu_us(void)
{
    return read_us(CLOCK_PROCESS_CPUTIME_ID);
}
