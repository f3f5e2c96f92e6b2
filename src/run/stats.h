/* stats.h -- the metrics of one thread of the runtime, and its sign of life.
 *
 * Each metric has one writer, which adds once per run of records or per event, never per record.
 * They are registered with a label that names the thread; whoever looks adds them up.
 */
#ifndef WR_STATS_H
#define WR_STATS_H

#include <stdatomic.h>

#include "src/base/base.h"
#include "src/obs/metrics.h"

/* X(field, metric, decimals, help). All are counters since the start of the process. */
#define WR_STATS(X)                                                                                \
    X(records, "weir_records_total", 0, "Records processed.")                                      \
    X(dropped, "weir_dropped_records_total", 0,                                                    \
      "Records dropped: null key, negative time, skipped by policy.")                              \
    X(unkeyed, "weir_unkeyed_records_total", 0,                                                    \
      "Records without a key that were left out before a repartition topic.")                      \
    X(dead_letters, "weir_dead_letter_records_total", 0,                                           \
      "Records written to the dead-letter topic.")                                                 \
    X(sent, "weir_sent_records_total", 0,                                                          \
      "Records sent to output, repartition and changelog topics.")                                 \
    X(commits, "weir_commits_total", 0, "Transactions committed.")                                 \
    X(aborts, "weir_aborts_total", 0, "Transactions aborted.")                                     \
    X(rebuilds, "weir_producer_rebuilds_total", 0,                                                 \
      "Producers made anew after a fatal or doubtful outcome.")                                    \
    X(commit_us, "weir_commit_seconds_total", 6,                                                   \
      "Time spent in commits, from the last record to the applied state.")                         \
    X(restored, "weir_restored_records_total", 0, "Changelog records restored.")                   \
    X(restored_tasks, "weir_restored_tasks_total", 0, "Tasks whose restore has finished.")         \
    X(quarantines, "weir_quarantined_stores_total", 0,                                             \
      "Times that the stores of a task were set aside and rebuilt.")                               \
    X(enforced, "weir_enforced_records_total", 0,                                                  \
      "Records processed without waiting for an empty input any longer.")

struct wr_host;

struct wr_stats {
#define WR_STATS_FIELD(field, metric, decimals, help) struct wr_metric *field;
    WR_STATS(WR_STATS_FIELD)
#undef WR_STATS_FIELD
    _Atomic int64_t heartbeat_ms;         /* monotonic; 0: not running */
    _Atomic(const struct wr_host *) busy; /* the task at work; NULL: none */
};

/* Register the metrics of the thread with this name. They live as long as the registry. */
void wr_stats_init(struct wr_stats *s, struct wr_metrics *registry, const char *thread);

#define WR_STATS_ADD(stats, field, n) wr_metric_add((stats)->field, (n))

#endif
