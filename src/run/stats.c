/* stats.c -- families of the runtime's metrics. */
#include "src/base/base.h"

#include "src/run/stats.h"

#define FAMILY(field, metric, decimals, help)                                                      \
    static const struct wr_metric_family family_##field = {metric,   help, WR_COUNTER,             \
                                                           decimals, NULL, 0};
WR_STATS(FAMILY)
#undef FAMILY

void wr_stats_init(struct wr_stats *s, struct wr_metrics *registry, const char *thread)
{
    struct wr_label label = {"thread", thread};
#define ADD(field, metric, decimals, help)                                                         \
    s->field = wr_metrics_add(registry, &family_##field, &label, 1);
    WR_STATS(ADD)
#undef ADD
    atomic_store(&s->heartbeat_ms, 0);
    atomic_store(&s->busy, NULL);
}
