/* weir_bench.c -- one workload of Weir, measured as bench/peers measures the others.
 *
 *   weir_bench -w pass|mapfilter|count|wordcount -i IN -o OUT -n N -a ID [-u] [-b BROKERS]
 *              [-d STATE_DIR] [-I COMMIT_MS] [-s KEY=VALUE ...]
 *
 * pass: bytes in, bytes out. mapfilter: two JSON fields, half of the records go on. count: per key,
 * every update out, or with -u one per key and commit. wordcount: lines of 8 words through a
 * repartition topic; N counts words. Ends after N records and prints one line of JSON with the
 * members of peer_floor.c's.
 */
#include "src/base/base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <weir/weir.h>

#include "src/app/app_impl.h"
#include "src/base/clock.h"
#include "src/base/mem.h"
#include "src/obs/log.h"

struct bench {
    const char *work;
    const char *in;
    const char *out;
    bool per_commit;
    weir_field *page;
    weir_field *ms;
};

/* ---- topologies ------------------------------------------------------------------------------ */

/* {"page":"/p/1","ms":700,...} becomes "/p/1,700", and null when ms is below 500. */
static enum weir_code page_and_ms(weir_ctx *c, const struct weir_record *r, struct weir_record *out,
                                  void *arg)
{
    const struct bench *b = arg;
    struct weir_bytes page;
    int64_t ms = 0;
    enum weir_code code = weir_get_i64(c, b->ms, r->value, &ms);
    if (code == WEIR_OK) {
        code = weir_get_string(c, b->page, r->value, &page);
    }
    if (code == WEIR_OK) {
        out->value = ms < 500 ? WEIR_NULL
                              : weir_format(c, "%.*s,%lld", (int)page.len, (const char *)page.data,
                                            (long long)ms);
    }
    return code;
}

static enum weir_code has_value(weir_ctx *c, const struct weir_record *r, bool *keep, void *state)
{
    WR_UNUSED(c);
    WR_UNUSED(state);
    *keep = r->value.data != NULL;
    return WEIR_OK;
}

static enum weir_code split(weir_ctx *c, const struct weir_record *line, void *state)
{
    struct weir_record word = *line;
    const char *at = line->value.data;
    const char *end = at + line->value.len;
    enum weir_code code = WEIR_OK;
    WR_UNUSED(state);
    while (at < end && code == WEIR_OK) {
        const char *space = memchr(at, ' ', (size_t)(end - at));
        const char *stop = space != NULL ? space : end;
        if (stop != at) {
            word.key = word.value = weir_view(at, (size_t)(stop - at));
            code = weir_forward(c, &word);
        }
        at = stop + 1;
    }
    return code;
}

static void build(weir_topology *t, void *arg)
{
    struct bench *b = arg;
    struct weir_source src = WEIR_SOURCE_INIT;
    bool json = strcmp(b->work, "mapfilter") == 0;
    src.value = json ? weir_json(t) : weir_byte_array(t);
    if (json) {
        b->page = weir_field_of(t, src.value, "page");
        b->ms = weir_field_of(t, src.value, "ms");
    }
    weir_stream *in = weir_from(t, b->in, &src);
    struct weir_node node = WEIR_NODE_INIT;
    struct weir_table_options table = WEIR_TABLE_INIT;
    node.arg = b;
    table.emit = b->per_commit ? WEIR_EMIT_COMMIT : WEIR_EMIT_EACH;
    if (strcmp(b->work, "count") == 0) {
        in = weir_changes(weir_count(weir_group_by_key(in, NULL), "counts", &table));
    } else if (strcmp(b->work, "wordcount") == 0) {
        weir_stream *words = weir_flat_map(in, split, NULL);
        in = weir_changes(weir_count(weir_group_by_key(words, "by-word"), "counts", &table));
    } else if (json) {
        in = weir_filter(weir_map_values(in, page_and_ms, &node), has_value, NULL);
    }
    weir_to(in, b->out, NULL);
}

/* ---- measuring ------------------------------------------------------------------------------- */

static double cpu_s(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static double now_s(void)
{
    return (double)wr_mono_us() / 1e6;
}

static double peak_rss_mb(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)u.ru_maxrss / 1024;
}

static int64_t total(const struct weir_app *app, size_t offset)
{
    int64_t n = 0;
    for (int i = 0; i < app->run.threads; i++) {
        struct wr_metric *const *m = (const void *)((const char *)&app->stats[i] + offset);
        n += wr_metric_get(*m);
    }
    return n;
}
#define TOTAL(app, field) total((app), offsetof(struct wr_stats, field))

/* Input records; of words, those that came out of the repartition topic: 9 records are read for 8
 * words. */
static int64_t progress(const struct weir_app *app, bool words)
{
    int64_t n = TOTAL(app, records);
    return words ? n / 9 * 8 : n;
}

static void nap(void)
{
    struct timespec t = {0, 2000000};
    nanosleep(&t, NULL);
}

/* Watch the counters until all records are in. */
static void measure(struct weir_app *app, bool words, int64_t n, double start)
{
    double first = 0;
    double third_wall = 0;
    double third_cpu = 0;
    int64_t third = 0;
    double third_commit = 0;
    for (int64_t done = 0; done < n;) {
        nap();
        done = progress(app, words);
        if (done > 0 && first == 0) {
            first = now_s();
        }
        if (third == 0 && done >= n / 3) {
            third = done;
            third_wall = now_s();
            third_cpu = cpu_s();
            third_commit = (double)TOTAL(app, commit_us) / 1e6;
        }
    }
    double end = now_s();
    double cpu = cpu_s();
    int64_t done = progress(app, words);
    double steady = (double)(done - third);
    double wall = end - third_wall;
    printf("{\"lib\":\"%s\",\"records\":%lld,\"wall_total\":%.2f,\"cpu_total\":%.2f,"
           "\"rps_total\":%.0f,\"rpcs_total\":%.0f,\"wall_steady\":%.2f,\"rps_steady\":%.0f,"
           "\"rpcs_steady\":%.0f,\"rss_peak_mb\":%.0f,\"produced\":%lld,\"commits\":%lld,"
           "\"commit_share\":%.3f,\"aborts\":%lld,\"t_first\":%.2f}\n",
           wr_kafka_library(NULL), (long long)done, end - first, cpu, (double)done / (end - first),
           (double)done / cpu, wall, steady / wall, steady / (cpu - third_cpu), peak_rss_mb(),
           (long long)TOTAL(app, sent), (long long)TOTAL(app, commits),
           ((double)TOTAL(app, commit_us) / 1e6 - third_commit) / wall / app->run.threads,
           (long long)TOTAL(app, aborts), first - start);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    struct bench b = {.work = "pass"};
    struct weir_setting settings[32];
    size_t count = 0;
    int64_t n = 0;
    double start = now_s();
    settings[count++] = (struct weir_setting){"weir.http.listen", "off"};
    settings[count++] = (struct weir_setting){"weir.state.allow.temporary", "true"};
    settings[count++] = (struct weir_setting){"weir.log.level", "warn"};
    for (int o; (o = getopt(argc, argv, "w:i:o:n:a:ub:d:I:s:")) != -1;) {
        const char *name = o == 'a'   ? "application.id"
                           : o == 'b' ? "bootstrap.servers"
                           : o == 'd' ? "state.dir"
                           : o == 'I' ? "commit.interval.ms"
                                      : NULL;
        char *eq = o == 's' ? strchr(optarg, '=') : NULL;
        if (eq != NULL) {
            *eq = '\0';
            name = optarg;
        }
        if (name != NULL && count < WR_ARRAY_LEN(settings)) {
            settings[count++] = (struct weir_setting){name, eq != NULL ? eq + 1 : optarg};
        }
        b.work = o == 'w' ? optarg : b.work;
        b.in = o == 'i' ? optarg : b.in;
        b.out = o == 'o' ? optarg : b.out;
        b.per_commit |= o == 'u';
        n = o == 'n' ? strtoll(optarg, NULL, 10) : n;
    }
    struct weir_app *app = NULL;
    struct weir_error err;
    enum weir_code code = weir_app_new(&app, settings, count, build, &b, &err);
    struct wr_logger logger = {.level = WR_LOG_WARN};
    wr_log_start(&logger);
    if (code == WEIR_OK) {
        code = weir_app_start(app, &err);
    }
    if (code != WEIR_OK) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    measure(app, strcmp(b.work, "wordcount") == 0, n, start);
    weir_app_stop(app);
    code = weir_app_wait(app, &err);
    if (code != WEIR_OK) {
        fprintf(stderr, "%s\n", err.text);
    }
    weir_app_free(app);
    return code == WEIR_OK ? 0 : 1;
}
