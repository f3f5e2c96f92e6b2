/* port_bench.c -- what the port costs on a real broker: CPU of the calling thread per record taken
 * and sent, latency of commits, init after a holder that was killed. BOOTSTRAP names the broker. */
#include "src/base/base.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "src/base/clock.h"
#include "tests/unit/kafka/kafka_util.h"

enum { RECORDS = 1000000, PARTITIONS = 4, COMMITS = 60, INITS = 15 };

static struct wr_kafka *k;
static struct wr_consumer *admin;
static struct weir_error err;

static int64_t thread_cpu_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static long rss_mb(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return u.ru_maxrss / 1024;
}

static void report(const char *what, int64_t cpu_ns, int64_t wall_us, int64_t process_us, int n)
{
    printf("%-28s %4" PRId64 " ns/record on the thread, %4" PRId64 " ns in the process, "
           "%5" PRId64 " k/s, max rss %ld MB\n",
           what, cpu_ns / n, process_us * 1000 / n, (int64_t)n * 1000 / (wall_us + 1), rss_mb());
}

static void produce(const char *what, const char *topic, bool keyed, struct weir_headers headers)
{
    struct wr_producer *p = kt_producer(k, kt_name("tx"), topic);
    struct wr_topic *t = wr_producer_topic(p, topic);
    struct wr_delivery delivery = {0};
    char value[100];
    memset(value, 'v', sizeof value);
    int64_t cpu = 0;
    int64_t now = wr_wall_ms(wr_clock_system());
    int64_t wall = wr_mono_us();
    int64_t process = wr_cpu_us();
    enum { PER_TXN = 50000 };
    for (int done = 0; done < RECORDS; done += PER_TXN) {
        kt_begin(p);
        int64_t before = thread_cpu_ns();
        for (int i = 0; i < PER_TXN; i++) {
            char key[16] = {0};
            int number = done + i;
            memcpy(key, &number, sizeof number);
            struct wr_outgoing o = {.topic = t,
                                    .partition = i % PARTITIONS,
                                    .key = keyed ? weir_view(key, 16) : WEIR_NULL,
                                    .value = weir_view(value, sizeof value),
                                    .time = now + i, /* older ones would be deleted by retention */
                                    .headers = headers,
                                    .delivery = &delivery};
            while (wr_producer_send(p, &o, &err) == WEIR_PENDING) {
                wr_producer_serve(p, 1);
            }
            if (i % 256 == 0) {
                wr_producer_serve(p, 0);
            }
        }
        cpu += thread_cpu_ns() - before;
        kt_ok(wr_producer_commit(p));
    }
    report(what, cpu, wr_mono_us() - wall, wr_cpu_us() - process, RECORDS);
    wr_producer_close(p);
}

static void consume(const char *what, const char *topic, enum wr_role role, int partitions)
{
    struct wr_wake wake;
    wr_wake_init(&wake);
    struct wr_consumer *c = kt_consumer(k, role, topic, &wake);
    struct wr_partition *part[PARTITIONS];
    int64_t end[PARTITIONS];
    for (int i = 0; i < partitions; i++) {
        end[i] = kt_high(admin, topic, i);
        ck_assert_int_eq(wr_partition_assign(c, topic, i, 0, &part[i], &err), WEIR_OK);
    }
    int64_t process = wr_cpu_us();
    int64_t cpu = thread_cpu_ns();
    int64_t first = 0;
    int seen = 0;
    int ended = 0;
    while (ended < partitions) {
        bool any = false;
        for (int i = 0; i < partitions; i++) {
            struct wr_message m[64];
            size_t n = wr_partition_take(part[i], m, WR_ARRAY_LEN(m));
            any = any || n != 0;
            for (size_t r = 0; r < n; r++) {
                if (m[r].kind == WR_MESSAGE_ERROR) {
                    ck_abort_msg(
                        "a partition cannot be read"); /* an assertion costs as much as the rest */
                }
                seen += m[r].kind == WR_MESSAGE_RECORD;
                if (m[r].kind == WR_MESSAGE_EOF && m[r].offset >= end[i]) {
                    ended++;
                    end[i] = INT64_MAX; /* counted */
                }
            }
            wr_messages_release(m, n);
        }
        if (seen != 0 && first == 0) {
            first = wr_mono_us();
            process = wr_cpu_us();
            cpu = thread_cpu_ns();
        }
        if (!any) {
            wr_wake_wait(&wake, 100);
        }
    }
    report(what, thread_cpu_ns() - cpu, wr_mono_us() - first, wr_cpu_us() - process, seen);
    wr_consumer_close(c);
    wr_wake_free(&wake);
}

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static void quantiles(const char *what, int64_t *us, int n)
{
    qsort(us, (size_t)n, sizeof *us, by_value);
    printf("%-28s p50 %5.1f  p95 %5.1f  max %5.1f ms (%d)\n", what, (double)us[n / 2] / 1e3,
           (double)us[n * 95 / 100] / 1e3, (double)us[n - 1] / 1e3, n);
}

static void commits(const char *topic, const char *tasks, int interval_ms)
{
    struct wr_group *g = kt_group(k, tasks, NULL);
    struct wr_group_event e;
    do {
        ck_assert(kt_event(g, &e, 20000));
        ck_assert_int_eq(wr_group_answer(g, &err), WEIR_OK);
    } while (e.task_count == 0);
    struct wr_group_meta *meta = wr_group_metadata(g);
    struct wr_producer *p = kt_producer(k, kt_name("tx"), topic);
    int64_t offsets[COMMITS];
    int64_t commit[COMMITS];
    int64_t both[COMMITS];
    for (int i = 0; i < COMMITS; i++) {
        kt_begin(p);
        for (int r = 0; r < 20; r++) {
            ck_assert_int_eq(kt_send(p, topic, r % PARTITIONS, "k", "v"), WEIR_OK);
        }
        int64_t open_until = kt_ms() + interval_ms;
        while (kt_ms() < open_until) {
            wr_producer_serve(p, 1);
            wr_group_poll(g, &e);
        }
        struct wr_position at[] = {{tasks, 0, i, NULL}, {topic, 0, i, "meta"}};
        int64_t t0 = wr_mono_us();
        kt_ok(wr_producer_offsets(p, at, 2, meta));
        int64_t t1 = wr_mono_us();
        kt_ok(wr_producer_commit(p));
        int64_t t2 = wr_mono_us();
        offsets[i] = t1 - t0;
        commit[i] = t2 - t1;
        both[i] = t2 - t0;
    }
    char what[64];
    snprintf(what, sizeof what, "offsets, open %d ms", interval_ms);
    quantiles(what, offsets, COMMITS);
    snprintf(what, sizeof what, "commit, open %d ms", interval_ms);
    quantiles(what, commit, COMMITS);
    snprintf(what, sizeof what, "both, open %d ms", interval_ms);
    quantiles(what, both, COMMITS);
    wr_producer_close(p);
    wr_group_meta_unref(meta);
    wr_group_close(g, true);
}

static void orphan(const char *topic, const char *id, bool open)
{
    pid_t pid = fork();
    if (pid == 0) {
        k = kt_open(&(struct kt_options){0});
        admin = kt_consumer(k, WR_ROLE_ADMIN, NULL, NULL);
        struct wr_producer *p = kt_producer(k, id, topic);
        kt_begin(p);
        (void)kt_send(p, topic, 0, "k", "v");
        if (!open) {
            kt_ok(wr_producer_commit(p));
        }
        kt_sleep(200);
        kill(getpid(), SIGKILL);
    }
    int status;
    waitpid(pid, &status, 0);
}

/* The processes that die come before this one has clients of its own. */
static void inits(const char *topic, bool open)
{
    const char *ids[INITS];
    for (int i = 0; i < INITS; i++) {
        ids[i] = wr_strdup(kt_name("init"));
        orphan(topic, ids[i], open);
    }
    pid_t pid = fork();
    if (pid == 0) {
        int64_t us[INITS];
        k = kt_open(&(struct kt_options){0});
        for (int i = 0; i < INITS; i++) {
            struct wr_producer *p;
            int64_t before = wr_mono_us();
            ck_assert_int_eq(wr_producer_open(k, ids[i], &topic, 1, &p, &err), WEIR_OK);
            kt_ok(wr_producer_init(p));
            us[i] = wr_mono_us() - before;
            wr_producer_close(p);
        }
        quantiles(open ? "open + init, open orphan" : "open + init, no transaction", us, INITS);
        fflush(stdout);
        _exit(0);
    }
    int status;
    waitpid(pid, &status, 0);
}

static void make_topic(const char *topic, int partitions)
{
    pid_t pid = fork();
    if (pid == 0) {
        k = kt_open(&(struct kt_options){0});
        admin = kt_consumer(k, WR_ROLE_ADMIN, NULL, NULL);
        kt_topic(admin, topic, partitions);
        _exit(0);
    }
    int status;
    waitpid(pid, &status, 0);
}

START_TEST(bench)
{
    const struct weir_header header = {weir_str("name"), weir_str("value")};
    const char *topic = wr_strdup(kt_name("bench"));
    const char *bare = wr_strdup(kt_name("bare"));
    const char *headed = wr_strdup(kt_name("headed"));
    const char *tasks = wr_strdup(kt_name("tasks"));
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("librdkafka %s\n", wr_kafka_library(NULL));
    make_topic(topic, PARTITIONS);
    inits(topic, false);
    inits(topic, true);
    k = kt_open(&(struct kt_options){0});
    admin = kt_consumer(k, WR_ROLE_ADMIN, NULL, NULL);
    kt_topic(admin, bare, PARTITIONS);
    kt_topic(admin, headed, PARTITIONS);
    kt_topic(admin, tasks, 1);
    commits(topic, tasks, 100);
    commits(topic, tasks, 20);
    const char *data = wr_strdup(kt_name("data"));
    kt_topic(admin, data, PARTITIONS);
    produce("send", data, true, (struct weir_headers){NULL, 0});
    consume("take, 4 partitions", data, WR_ROLE_DATA, PARTITIONS);
    consume("take, 1 partition", data, WR_ROLE_DATA, 1);
    consume("take, restore", data, WR_ROLE_RESTORE, PARTITIONS);
    produce("send, no key", bare, false, (struct weir_headers){NULL, 0});
    consume("take, no key", bare, WR_ROLE_DATA, PARTITIONS);
    produce("send, 1 header", headed, true, (struct weir_headers){&header, 1});
    consume("take, 1 header", headed, WR_ROLE_DATA, PARTITIONS);
    wr_consumer_close(admin);
    wr_kafka_close(k);
}
END_TEST

int main(void)
{
    kt_bootstrap = getenv("BOOTSTRAP");
    if (kt_bootstrap == NULL) {
        fputs("BOOTSTRAP is not set: use BENCH=1 tests/kafka/run-port\n", stderr);
        return 77;
    }
    Suite *s = suite_create("bench");
    TCase *t = tcase_create("bench");
    tcase_set_timeout(t, 600);
    tcase_add_test(t, bench);
    suite_add_tcase(s, t);
    SRunner *runner = srunner_create(s);
    srunner_set_fork_status(runner, CK_NOFORK);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
