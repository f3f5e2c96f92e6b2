/* metrics.h -- numbers that monitoring reads: counters, gauges and histograms.
 *
 * A metric has one writer, the thread that registered it, and any number of readers: updates are
 * plain loads and stores of relaxed atomics, so they cost what an ordinary variable costs. The
 * registry's lock is taken only to add, to remove and to render.
 *
 * All numbers are integers. A family says how many decimals they have: with 6, a value of 1500000
 * in weir_commit_seconds is 1.5 s; so time is counted in microseconds and shown in base units.
 *
 * Names: weir_..., base units (_seconds, _bytes, _ratio), counters and only they end in _total;
 * keys and values of records are never labels.
 */
#ifndef WR_METRICS_H
#define WR_METRICS_H

#include <stdatomic.h>

#include "src/base/base.h"
#include "src/base/buf.h"

enum wr_metric_type { WR_COUNTER, WR_GAUGE, WR_HISTOGRAM };

/* What metrics of one name share; static and constant. */
struct wr_metric_family {
    const char *name;
    const char *help; /* one sentence */
    enum wr_metric_type type;
    int decimals;          /* 0 to 9 */
    const int64_t *bounds; /* histograms: the largest value of each bucket, rising */
    size_t bound_count;
};

struct wr_label {
    const char *name;
    const char *value;
};

struct wr_metric {
    _Atomic int64_t value; /* histograms: the sum */
    const struct wr_metric_family *family;
    char *labels;   /* as rendered, without braces */
    char apart[40]; /* values of two metrics, perhaps of two threads, share no cache line */
    _Atomic int64_t buckets[]; /* histograms: one per bound and one beyond */
};

struct wr_metrics;

struct wr_metrics *wr_metrics_new(void);

/* Also frees the metrics that are still in it. */
void wr_metrics_free(struct wr_metrics *m);

/* Add a metric with value 0; labels are copied and shown in this order. No two metrics have the
 * same family and labels, no two families the same name. Thread: any; it becomes the writer. */
struct wr_metric *wr_metrics_add(struct wr_metrics *m, const struct wr_metric_family *family,
                                 const struct wr_label *labels, size_t count);

/* Remove and free a metric. Accepts NULL. Thread: any, but the writer has stopped writing. */
void wr_metrics_remove(struct wr_metrics *m, struct wr_metric *x);

/* Append everything in Prometheus' text format 0.0.4, by name and then by labels. Thread: any. */
void wr_metrics_render(struct wr_metrics *m, struct wr_buf *out);

/* Counters (n >= 0) and gauges. Thread: the writer. */
static inline void wr_metric_add(struct wr_metric *x, int64_t n)
{
    int64_t v = atomic_load_explicit(&x->value, memory_order_relaxed);
    atomic_store_explicit(&x->value, v + n, memory_order_relaxed);
}

/* Gauges. Thread: the writer. */
static inline void wr_metric_set(struct wr_metric *x, int64_t v)
{
    atomic_store_explicit(&x->value, v, memory_order_relaxed);
}

/* Counters and gauges; the sum of a histogram. Thread: any. */
static inline int64_t wr_metric_get(const struct wr_metric *x)
{
    return atomic_load_explicit(&x->value, memory_order_relaxed);
}

/* Histograms. Thread: the writer. */
static inline void wr_metric_observe(struct wr_metric *x, int64_t v)
{
    size_t i = 0;
    while (i < x->family->bound_count && v > x->family->bounds[i]) {
        i++;
    }
    int64_t n = atomic_load_explicit(&x->buckets[i], memory_order_relaxed);
    atomic_store_explicit(&x->buckets[i], n + 1, memory_order_relaxed);
    wr_metric_add(x, v);
}

#endif
