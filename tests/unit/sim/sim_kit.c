/* sim_kit.c -- see sim_kit.h. */
#include "src/base/base.h"

#include "src/obs/log.h"
#include "tests/unit/sim/sim_kit.h"

struct wr_sim_scenario *sk_scenario;

static void discard(void *arg, enum wr_log_level level, const char *line, size_t len)
{
    WR_UNUSED(arg);
    WR_UNUSED(level);
    WR_UNUSED(line);
    WR_UNUSED(len);
}

void sk_setup(void)
{
    struct wr_logger quiet = {.level = WR_LOG_ERROR, .sink = discard};
    wr_log_start(&quiet);
    sk_scenario = wr_sim_scenario_new();
}

void sk_teardown(void)
{
    wr_sim_scenario_free(sk_scenario);
}
