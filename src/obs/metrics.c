/* metrics.c -- the registry and its text. Invariant: metrics are sorted by family name, then by
 * labels, and the lock is held wherever the list is looked at. */
#include "src/base/base.h"

#include <inttypes.h>
#include <pthread.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/base/ptrs.h"
#include "src/obs/metrics.h"

enum { DECIMALS_MAX = 9 };

struct wr_metrics {
    pthread_mutex_t lock;
    struct wr_ptrs metrics; /* struct wr_metric */
};

struct wr_metrics *wr_metrics_new(void)
{
    struct wr_metrics *m = WR_NEW(struct wr_metrics);
    wr_assert(pthread_mutex_init(&m->lock, NULL) == 0);
    return m;
}

static void free_metric(struct wr_metric *x)
{
    wr_free(x->labels);
    wr_free(x);
}

void wr_metrics_free(struct wr_metrics *m)
{
    for (size_t i = 0; i < m->metrics.count; i++) {
        free_metric(m->metrics.items[i]);
    }
    wr_ptrs_free(&m->metrics);
    pthread_mutex_destroy(&m->lock);
    wr_free(m);
}

/* ---- adding and removing --------------------------------------------------------------------- */

static bool is_name(const char *s)
{
    static const char first[] = "abcdefghijklmnopqrstuvwxyz_";
    static const char rest[] = "abcdefghijklmnopqrstuvwxyz_0123456789";
    return *s != '\0' && strchr(first, *s) != NULL && s[strspn(s, rest)] == '\0';
}

static void check_family(const struct wr_metric_family *f)
{
    size_t len = strlen(f->name);
    bool total = len > 6 && strcmp(f->name + len - 6, "_total") == 0;
    wr_assert(is_name(f->name));
    wr_assert(strncmp(f->name, "weir_", 5) == 0 || strncmp(f->name, "process_", 8) == 0);
    wr_assert(total == (f->type == WR_COUNTER));
    wr_assert(f->decimals >= 0 && f->decimals <= DECIMALS_MAX);
    wr_assert((f->type == WR_HISTOGRAM) == (f->bound_count != 0));
    for (size_t i = 1; i < f->bound_count; i++) {
        wr_assert(f->bounds[i - 1] < f->bounds[i]);
    }
}

/* Append text with `\` and newline escaped, and '"' where it would end a label's value. */
static void put_escaped(struct wr_buf *out, const char *text, bool quoted)
{
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '\n') {
            wr_buf_str(out, "\\n");
            continue;
        }
        if (*p == '\\' || (quoted && *p == '"')) {
            wr_buf_char(out, '\\');
        }
        wr_buf_char(out, *p);
    }
}

static char *labels_text(const struct wr_label *labels, size_t count)
{
    struct wr_buf out = {0};
    for (size_t i = 0; i < count; i++) {
        wr_assert(is_name(labels[i].name) && strcmp(labels[i].name, "le") != 0);
        wr_buf_printf(&out, "%s%s=\"", i > 0 ? "," : "", labels[i].name);
        put_escaped(&out, labels[i].value, true);
        wr_buf_char(&out, '"');
    }
    return wr_buf_steal(&out);
}

static int compare(const struct wr_metric *a, const struct wr_metric *b)
{
    int order = strcmp(a->family->name, b->family->name);
    wr_assert((order == 0) == (a->family == b->family) && "one family per name");
    return order != 0 ? order : strcmp(a->labels, b->labels);
}

struct wr_metric *wr_metrics_add(struct wr_metrics *m, const struct wr_metric_family *family,
                                 const struct wr_label *labels, size_t count)
{
    check_family(family);
    size_t buckets = family->type == WR_HISTOGRAM ? family->bound_count + 1 : 0;
    struct wr_metric *x = wr_calloc(1, sizeof *x + buckets * sizeof x->buckets[0]);
    x->family = family;
    x->labels = labels_text(labels, count);

    pthread_mutex_lock(&m->lock);
    wr_ptrs_push(&m->metrics, x);
    size_t i = m->metrics.count - 1;
    for (; i > 0; i--) {
        int order = compare(m->metrics.items[i - 1], x);
        wr_assert(order != 0 && "a metric is registered once");
        if (order < 0) {
            break;
        }
        m->metrics.items[i] = m->metrics.items[i - 1];
    }
    m->metrics.items[i] = x;
    pthread_mutex_unlock(&m->lock);
    return x;
}

void wr_metrics_remove(struct wr_metrics *m, struct wr_metric *x)
{
    if (x == NULL) {
        return;
    }
    pthread_mutex_lock(&m->lock);
    bool found = wr_ptrs_remove(&m->metrics, x);
    pthread_mutex_unlock(&m->lock);
    wr_assert(found);
    free_metric(x);
}

/* ---- rendering ------------------------------------------------------------------------------- */

static void put_number(struct wr_buf *out, int64_t v, int decimals)
{
    uint64_t rest = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
    char fraction[DECIMALS_MAX + 1] = "";
    for (int i = decimals - 1; i >= 0; i--) {
        fraction[i] = (char)('0' + rest % 10);
        rest /= 10;
    }
    int shown = decimals;
    while (shown > 0 && fraction[shown - 1] == '0') {
        shown--;
    }
    wr_buf_printf(out, "%s%" PRIu64 "%s%.*s", v < 0 ? "-" : "", rest, shown > 0 ? "." : "", shown,
                  fraction);
}

/* name_suffix{labels,le="bound"}, with what there is of it. */
static void put_series(struct wr_buf *out, const struct wr_metric *x, const char *suffix)
{
    bool labels = x->labels[0] != '\0';
    wr_buf_printf(out, "%s%s%s%s%s ", x->family->name, suffix, labels ? "{" : "", x->labels,
                  labels ? "}" : "");
}

static void put_histogram(struct wr_buf *out, const struct wr_metric *x)
{
    const struct wr_metric_family *f = x->family;
    int64_t count = 0;
    for (size_t i = 0; i <= f->bound_count; i++) {
        count += atomic_load_explicit(&x->buckets[i], memory_order_relaxed);
        wr_buf_printf(out, "%s_bucket{%s%sle=\"", f->name, x->labels,
                      x->labels[0] != '\0' ? "," : "");
        if (i < f->bound_count) {
            put_number(out, f->bounds[i], f->decimals);
        } else {
            wr_buf_str(out, "+Inf");
        }
        wr_buf_printf(out, "\"} %" PRId64 "\n", count);
    }
    put_series(out, x, "_sum");
    put_number(out, wr_metric_get(x), f->decimals);
    wr_buf_char(out, '\n');
    /* Counted from the buckets, so that it agrees with them while the writer goes on. */
    put_series(out, x, "_count");
    wr_buf_printf(out, "%" PRId64 "\n", count);
}

static void put_head(struct wr_buf *out, const struct wr_metric_family *f)
{
    static const char *const types[] = {"counter", "gauge", "histogram"};
    wr_buf_printf(out, "# HELP %s ", f->name);
    put_escaped(out, f->help, false);
    wr_buf_printf(out, "\n# TYPE %s %s\n", f->name, types[f->type]);
}

void wr_metrics_render(struct wr_metrics *m, struct wr_buf *out)
{
    const struct wr_metric_family *last = NULL;
    pthread_mutex_lock(&m->lock);
    for (size_t i = 0; i < m->metrics.count; i++) {
        const struct wr_metric *x = m->metrics.items[i];
        if (last == NULL || x->family != last) {
            put_head(out, x->family);
            last = x->family;
        }
        if (x->family->type == WR_HISTOGRAM) {
            put_histogram(out, x);
        } else {
            put_series(out, x, "");
            put_number(out, wr_metric_get(x), x->family->decimals);
            wr_buf_char(out, '\n');
        }
    }
    pthread_mutex_unlock(&m->lock);
}
