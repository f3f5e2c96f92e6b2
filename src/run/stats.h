/* stats.h -- counters of one thread, read by any.
 *
 * Each has one writer, which adds once per run of records or per event, never per record. Totals
 * over the threads are made where they are shown (/metrics).
 */
#ifndef WR_STATS_H
#define WR_STATS_H

#include <stdatomic.h>

#include "src/base/base.h"

/* X(name, help). All are counts since the start of the process. */
#define WR_STATS(X)                                                                                \
    X(records, "Records processed")                                                                \
    X(dropped, "Records dropped: null key, negative time, skipped by policy, ...")                 \
    X(dead_letters, "Records written to the dead-letter topic")                                    \
    X(sent, "Records sent to output, repartition and changelog topics")                            \
    X(commits, "Transactions committed")                                                           \
    X(aborts, "Transactions aborted")                                                              \
    X(rebuilds, "Producers made anew after a fatal or doubtful outcome")                           \
    X(commit_us, "Microseconds spent in commits, from the last record to the applied state")       \
    X(restored, "Changelog records restored")                                                      \
    X(restored_tasks, "Tasks whose restore has finished")                                          \
    X(quarantines, "Stores set aside and rebuilt")                                                 \
    X(enforced, "Records processed without waiting for an empty input any longer")

struct wr_stats {
#define WR_STATS_FIELD(name, help) _Atomic int64_t name;
    WR_STATS(WR_STATS_FIELD)
#undef WR_STATS_FIELD
    _Atomic int64_t heartbeat_ms;    /* monotonic; 0: not running */
    _Atomic(const char *) busy_task; /* what the thread is doing, for the watchdog; NULL: nothing */
};

/* One writer: no locked instruction is needed. */
#define WR_STATS_ADD(stats, field, n)                                                              \
    atomic_store_explicit(&(stats)->field,                                                         \
                          atomic_load_explicit(&(stats)->field, memory_order_relaxed) + (n),       \
                          memory_order_relaxed)

#define WR_STATS_GET(stats, field) atomic_load_explicit(&(stats)->field, memory_order_relaxed)

#endif
