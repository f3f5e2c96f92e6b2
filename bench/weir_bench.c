/* weir_bench.c -- one workload of Weir, measured as bench/peers measures the others.
 *
 *   weir_bench -w pass|mapfilter|count|wordcount -i IN -o OUT -a ID [-n N] [-t SECONDS] [-u]
 *              [-r TASKS] [-b BROKERS] [-d STATE_DIR] [-I COMMIT_MS] [-s KEY=VALUE ...]
 *
 * pass: bytes in, bytes out. mapfilter: two JSON fields, half of the records go on. count: per key,
 * every update out, or with -u one per key and commit. wordcount: lines of 8 words through a
 * repartition topic; N counts words.
 *
 * Ends after N records, SECONDS after the first one, or at SIGTERM. Prints a line of JSON at the
 * first commit, one when TASKS tasks are restored, and one at the end, with the members of
 * peer_floor.c's.
 */
#include "src/base/base.h"

#include <signal.h>
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
    int64_t records;
    double seconds;
    int64_t tasks;
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

/* What has been seen so far; times are seconds of the monotonic clock, 0: not yet. */
struct watch {
    double start;
    double first; /* record */
    double third; /* of the load: what follows is the steady part */
    double third_cpu;
    double third_commit;
    int64_t third_records;
    double restore_began;
    double restore_ended;
    int64_t restored;
    int64_t tasks; /* to be restored; 0: they are, or nobody wants to know */
    bool committed;
    bool alive;
};

static double commit_s(const struct weir_app *app)
{
    return (double)TOTAL(app, commit_us) / 1e6;
}

/* The first commit may be one task's while others are still restored. */
static void watch_start(struct watch *w, const struct weir_app *app, double now)
{
    int64_t restored = wr_metric_get(app->restore_stats.restored);
    if (restored != w->restored) {
        w->restore_began = w->restore_began == 0 ? now : w->restore_began;
        w->restore_ended = now;
        w->restored = restored;
    }
    if (w->tasks != 0 && wr_metric_get(app->restore_stats.restored_tasks) >= w->tasks) {
        w->tasks = 0;
        printf("{\"restored\":%lld,\"restore_s\":%.3f,\"at_s\":%.3f}\n", (long long)restored,
               w->restore_ended - w->restore_began, now - w->start);
        fflush(stdout);
    }
    if (!w->committed && TOTAL(app, commits) != 0) {
        w->committed = true;
        printf("{\"first_commit_s\":%.3f}\n", now - w->start);
        fflush(stdout);
    }
}

static void watch_third(struct watch *w, const struct weir_app *app, int64_t done, double now)
{
    w->third = now;
    w->third_cpu = cpu_s();
    w->third_commit = commit_s(app);
    w->third_records = done;
}

static volatile sig_atomic_t stopped;

static void on_signal(int number)
{
    WR_UNUSED(number);
    stopped = 1;
}

/* Has the application stopped by itself? */
static bool has_ended(struct watch *w, const struct weir_app *app)
{
    bool was_alive = w->alive;
    w->alive = atomic_load(&app->control_stats.heartbeat_ms) != 0;
    return was_alive && !w->alive;
}

static void report(const struct weir_app *app, const struct watch *w, int64_t done)
{
    double end = now_s();
    double cpu = cpu_s();
    double steady = (double)(done - w->third_records);
    double wall = end - w->third;
    printf("{\"lib\":\"%s\",\"records\":%lld,\"wall_total\":%.2f,\"cpu_total\":%.2f,"
           "\"rps_total\":%.0f,\"rpcs_total\":%.0f,\"wall_steady\":%.2f,\"rps_steady\":%.0f,"
           "\"rpcs_steady\":%.0f,\"rss_peak_mb\":%.0f,\"produced\":%lld,\"commits\":%lld,"
           "\"commit_share\":%.3f,\"aborts\":%lld,\"t_first\":%.2f}\n",
           wr_kafka_library(NULL), (long long)done, end - w->first, cpu,
           (double)done / (end - w->first), (double)done / cpu, wall, steady / wall,
           steady / (cpu - w->third_cpu), peak_rss_mb(), (long long)TOTAL(app, sent),
           (long long)TOTAL(app, commits),
           (commit_s(app) - w->third_commit) / wall / app->run.threads,
           (long long)TOTAL(app, aborts), w->first - w->start);
    fflush(stdout);
}

/* Watch the counters until the load is over. */
static void measure(struct weir_app *app, const struct bench *b, struct watch *w)
{
    int64_t done = 0;
    bool over = false;
    while (!over && stopped == 0 && !has_ended(w, app)) {
        nap();
        double now = now_s();
        done = progress(app, strcmp(b->work, "wordcount") == 0);
        if (!w->committed || w->tasks != 0) {
            watch_start(w, app, now);
        }
        if (done == 0) {
            continue;
        }
        w->first = w->first == 0 ? now : w->first;
        if (w->third == 0 && (done >= b->records / 3 || now >= w->first + b->seconds / 3)) {
            watch_third(w, app, done, now);
        }
        over = done >= b->records || now >= w->first + b->seconds;
    }
    if (w->third == 0) { /* stopped early */
        watch_third(w, app, 0, w->first);
    }
    if (w->first != 0) {
        report(app, w, done);
    }
}

/* ---- settings ----------------------------------------------------------------------------------
 */

struct settings {
    struct weir_setting list[32];
    size_t count;
};

static void add(struct settings *s, const char *name, const char *value)
{
    if (s->count < WR_ARRAY_LEN(s->list)) {
        s->list[s->count++] = (struct weir_setting){name, value};
    }
}

static void add_pair(struct settings *s, char *pair)
{
    char *value = strchr(pair, '=');
    if (value != NULL) {
        *value = '\0';
        add(s, pair, value + 1);
    }
}

static void parse(struct bench *b, struct settings *s, int argc, char **argv)
{
    for (int o; (o = getopt(argc, argv, "w:i:o:n:t:r:a:ub:d:I:s:")) != -1;) {
        switch (o) {
        case 'w':
            b->work = optarg;
            break;
        case 'i':
            b->in = optarg;
            break;
        case 'o':
            b->out = optarg;
            break;
        case 'n':
            b->records = strtoll(optarg, NULL, 10);
            break;
        case 't':
            b->seconds = strtod(optarg, NULL);
            break;
        case 'r':
            b->tasks = strtoll(optarg, NULL, 10);
            break;
        case 'u':
            b->per_commit = true;
            break;
        case 'a':
            add(s, "application.id", optarg);
            break;
        case 'b':
            add(s, "bootstrap.servers", optarg);
            break;
        case 'd':
            add(s, "state.dir", optarg);
            break;
        case 'I':
            add(s, "commit.interval.ms", optarg);
            break;
        case 's':
            add_pair(s, optarg);
            break;
        default:
            fprintf(stderr, "see the head of weir_bench.c\n");
            exit(2);
        }
    }
}

int main(int argc, char **argv)
{
    struct watch w = {.start = now_s()};
    struct bench b = {.work = "pass", .records = INT64_MAX, .seconds = 1e9};
    struct settings s = {0};
    add(&s, "weir.http.listen", "off");
    add(&s, "weir.state.allow.temporary", "true");
    add(&s, "weir.log.level", "warn");
    parse(&b, &s, argc, argv);
    w.tasks = b.tasks;
    signal(SIGTERM, on_signal);
    struct weir_app *app = NULL;
    struct weir_error err;
    enum weir_code code = weir_app_new(&app, s.list, s.count, build, &b, &err);
    struct wr_logger logger = {.level = WR_LOG_WARN};
    wr_log_start(&logger);
    if (code == WEIR_OK) {
        code = weir_app_start(app, &err);
    }
    if (code != WEIR_OK) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    measure(app, &b, &w);
    weir_app_stop(app);
    code = weir_app_wait(app, &err);
    if (code != WEIR_OK) {
        fprintf(stderr, "%s\n", err.text);
    }
    weir_app_free(app);
    return code == WEIR_OK ? 0 : 1;
}
