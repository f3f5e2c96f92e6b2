/* demo_stage.c -- what the demo plays on, and how it is taken away again. */
#include "src/base/base.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/base/err.h"
#include "src/base/mem.h"
#include "src/run/settings.h"
#include "tools/application.h"
#include "tools/demo_stage.h"
#include "tools/drawing.h"

enum {
    REST_MS = 10,
    CALL_MS = 15000,
    CLEANING_CALL_MS = 5000,
    BROKER_START_MS = 10000,
    DESCRIBE_MS = 20000,
    TOPICS_MS = 30000,
    HEARTBEAT_MS = 500,
};

#define EXAMPLE "click-counts"

static int64_t now(void)
{
    return wr_mono_ms(wr_clock_system());
}

static enum weir_code check_stop(const struct wr_demo_stage *s, int rest_ms, struct weir_error *err)
{
    struct pollfd fd = {.fd = s->stop, .events = POLLIN};
    return poll(&fd, 1, rest_ms) > 0 ? wr_fail(err, WEIR_END, "interrupted") : WEIR_OK;
}

/* ---- the folder and the programs ------------------------------------------------------------- */

static enum weir_code make_folder(struct wr_demo_stage *s, struct weir_error *err)
{
    const char *parent = getenv("TMPDIR");
    parent = parent != NULL && *parent != '\0' ? parent : "/tmp";
    char *folder = wr_asprintf("%s/weir-demo-XXXXXX", parent);
    if (mkdtemp(folder) == NULL) {
        wr_fail(err, WEIR_EIO,
                "could not make a folder in \"%s\": %s; TMPDIR can name another place", parent,
                wr_errno_text(errno));
        wr_free(folder);
        return err->code;
    }
    s->folder = folder;
    return WEIR_OK;
}

/* In a tree that was built it is where it was built, else where it was installed. */
static char *example_path(const char *tool)
{
    static const char built[] = "/tools/weir";
    size_t len = strlen(tool);
    size_t tail = sizeof built - 1;
    if (len > tail && strcmp(tool + len - tail, built) == 0) {
        return wr_asprintf("%.*s/examples/" EXAMPLE "/" EXAMPLE, (int)(len - tail), tool);
    }
    return wr_strdup(PKGLIBEXECDIR "/" EXAMPLE);
}

static enum weir_code find_programs(struct wr_demo_stage *s, struct weir_error *err)
{
    char path[4096];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path);
    if (n < 0 || n == sizeof path) {
        return wr_fail(err, WEIR_EIO, "could not find out the path of this program: %s",
                       wr_errno_text(errno));
    }
    s->tool = wr_strndup(path, (size_t)n);
    char *example = example_path(s->tool);
    wr_ptrs_push(&s->application, example);
    if (access(example, X_OK) != 0) {
        return wr_fail(err, WEIR_ENOTFOUND, "the example \"%s\" cannot be run: %s", example,
                       wr_errno_text(errno));
    }
    return WEIR_OK;
}

/* Settings in the environment are meant for a cluster of the user's. */
static void forget_environment(void)
{
    static const char ours[] = "WEIR_";
    for (char **e = environ; *e != NULL;) {
        size_t len = strcspn(*e, "=");
        if (strncmp(*e, ours, sizeof ours - 1) == 0) {
            char *name = wr_strndup(*e, len);
            unsetenv(name); /* what follows moves up */
            wr_free(name);
        } else {
            e++;
        }
    }
}

/* Names are as short as they can be on a broker of our own, and nobody else's on a cluster. */
static void choose_names(struct wr_demo_stage *s)
{
    char id[33];
    wr_random_id(id);
    if (s->brokers == NULL) {
        forget_environment();
        s->application_id = wr_strdup(EXAMPLE);
        s->clicks_topic = wr_strdup("clicks");
        s->counts_topic = wr_strdup("page-views");
    } else {
        s->application_id = wr_asprintf("weir-demo-%.8s", id);
        s->clicks_topic = wr_asprintf("%s-clicks", s->application_id);
        s->counts_topic = wr_asprintf("%s-page-views", s->application_id);
    }
    setenv("CLICKS_TOPIC", s->clicks_topic, 1);
    setenv("PAGE_VIEWS_TOPIC", s->counts_topic, 1);
}

/* ---- the broker ------------------------------------------------------------------------------ */

/* The first line that the broker prints is its address. */
static enum weir_code read_address(struct wr_demo_stage *s, int from, struct weir_error *err)
{
    struct wr_buf line = {0};
    int64_t deadline = now() + BROKER_START_MS;
    enum weir_code code = WEIR_OK;
    char c = '\0';
    while (c != '\n' && code == WEIR_OK) {
        struct pollfd fds[] = {{.fd = from, .events = POLLIN}, {.fd = s->stop, .events = POLLIN}};
        int ready = poll(fds, 2, (int)wr_max_i64(0, deadline - now()));
        if (ready > 0 && fds[1].revents != 0) {
            code = wr_fail(err, WEIR_END, "interrupted");
        } else if (ready <= 0 || read(from, &c, 1) != 1) {
            code = wr_fail(err, WEIR_EPROCESS, "the broker (%s dev) did not start", s->tool);
        } else if (c != '\n') {
            wr_buf_char(&line, c);
        }
    }
    if (code == WEIR_OK) {
        s->servers = wr_buf_steal(&line);
    }
    wr_buf_free(&line);
    return code;
}

static enum weir_code start_broker(struct wr_demo_stage *s, struct weir_error *err)
{
    int ends[2];
    char *argv[] = {s->tool,
                    (char[]){"dev"},
                    (char[]){"--no-auto-create"},
                    (char[]){"--listen"},
                    (char[]){"127.0.0.1:0"},
                    NULL};
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return wr_fail(err, WEIR_EIO, "could not make a pipe: %s", wr_errno_text(errno));
    }
    enum weir_code code = wr_child_start(&s->broker, argv, ends[1], STDERR_FILENO, err);
    close(ends[1]);
    if (code == WEIR_OK) {
        code = read_address(s, ends[0], err);
    }
    close(ends[0]);
    return code;
}

/* ---- the cluster ----------------------------------------------------------------------------- */

static enum weir_code open_cluster(struct wr_demo_stage *s, struct weir_error *err)
{
    static const char where[] = "the demo";
    s->conf = wr_conf_new(wr_app_tables, wr_app_table_count);
    wr_conf_load_env(s->conf, wr_fs_posix(), environ);
    wr_conf_set(s->conf, WR_CONF_FLAG, where, "application.id", s->application_id);
    wr_conf_set(s->conf, WR_CONF_FLAG, where, "bootstrap.servers", s->servers);
    enum weir_code code = wr_conf_check(s->conf, err);
    if (code == WEIR_OK) {
        code = wr_cluster_open(&s->cluster, s->conf, CALL_MS, err);
        s->cluster.stop = s->stop;
    }
    return code;
}

static enum weir_code topics_are_there(struct wr_demo_stage *s, void *arg, bool *ready,
                                       struct weir_error *err)
{
    const char *const names[] = {s->clicks_topic, s->counts_topic};
    struct wr_call *call = wr_topics_describe(s->cluster.admin, names, WR_ARRAY_LEN(names));
    enum weir_code code = wr_cluster_wait(&s->cluster, call, err);
    WR_UNUSED(arg);
    *ready = code == WEIR_OK;
    if (code == WEIR_OK) {
        size_t count;
        const struct wr_topic_info *info = wr_topics_result(call, &count);
        for (size_t i = 0; i < count; i++) {
            *ready = *ready && info[i].code == WEIR_OK && info[i].partitions == WR_DEMO_PARTITIONS;
        }
    }
    wr_call_free(call);
    return code;
}

static enum weir_code create_topics(struct wr_demo_stage *s, struct weir_error *err)
{
    const char *const names[] = {s->clicks_topic, s->counts_topic};
    enum weir_code code = WEIR_OK;
    for (size_t i = 0; i < WR_ARRAY_LEN(names) && code == WEIR_OK; i++) {
        const struct wr_new_topic topic = {
            .name = names[i], .partitions = WR_DEMO_PARTITIONS, .replication = -1};
        code = wr_cluster_do(&s->cluster, wr_topic_create(s->cluster.admin, &topic), err);
        if (code == WEIR_OK) {
            wr_ptrs_push(&s->topics, wr_strdup(names[i]));
        }
    }
    if (code == WEIR_OK) {
        code = wr_demo_wait(s, topics_are_there, NULL, TOPICS_MS, "topics to be there", err);
    }
    return code;
}

/* ---- the example ----------------------------------------------------------------------------- */

static void set(struct wr_demo_stage *s, const char *name, const char *value)
{
    wr_ptrs_push(&s->application, wr_asprintf("--set=%s=%s", name, value));
}

static void set_number(struct wr_demo_stage *s, const char *name, int value)
{
    wr_ptrs_push(&s->application, wr_asprintf("--set=%s=%d", name, value));
}

static enum weir_code describe_example(struct wr_demo_stage *s, struct weir_error *err)
{
    struct wr_application app = {.argv = s->application, .timeout_ms = DESCRIBE_MS};
    struct wr_description *d = NULL;
    struct wr_buf text = {0};
    enum weir_code code = wr_application_describe(&app, &d, err);
    if (code != WEIR_OK) {
        return code;
    }
    for (size_t i = 0; i < d->topic_count; i++) {
        wr_ptrs_push(&s->topics, wr_strdup(d->topics[i].name));
    }
    wr_ptrs_push(&s->topics, wr_asprintf("%s-tasks", s->application_id));
    s->tasks = (int)d->subtopology_count * WR_DEMO_PARTITIONS;
    wr_draw_topology(d, &text);
    s->drawing = wr_buf_steal(&text);
    wr_description_free(d);
    return WEIR_OK;
}

static enum weir_code prepare_instances(struct wr_demo_stage *s, struct weir_error *err)
{
    set(s, "application.id", s->application_id);
    set(s, "bootstrap.servers", s->servers);
    set(s, "weir.state.allow.temporary", "true");
    set(s, "weir.http.listen", "127.0.0.1:0");
    set_number(s, "session.timeout.ms", WR_DEMO_SESSION_MS);
    set_number(s, "heartbeat.interval.ms", HEARTBEAT_MS);
    for (int i = 0; i < WR_DEMO_INSTANCES; i++) {
        wr_demo_instance_init(&s->instances[i], i + 1, &s->application, s->folder);
    }
    return describe_example(s, err);
}

enum weir_code wr_demo_stage_open(struct wr_demo_stage *s, struct weir_error *err)
{
    enum weir_code code = find_programs(s, err);
    choose_names(s);
    if (code == WEIR_OK) {
        code = make_folder(s, err);
    }
    if (code == WEIR_OK && s->brokers == NULL) {
        code = start_broker(s, err);
    } else if (code == WEIR_OK) {
        s->servers = wr_strdup(s->brokers);
    }
    if (code == WEIR_OK) {
        code = open_cluster(s, err);
    }
    if (code == WEIR_OK) {
        code = create_topics(s, err);
    }
    if (code == WEIR_OK) {
        code = prepare_instances(s, err);
    }
    if (code == WEIR_OK) {
        code = wr_demo_reader_open(&s->reader, s->cluster.kafka, s->counts_topic, err);
    }
    return code;
}

enum weir_code wr_demo_stage_click(struct wr_demo_stage *s, struct weir_error *err)
{
    return wr_demo_clicks_open(&s->clicks, s->cluster.kafka, s->clicks_topic, WR_DEMO_PER_SECOND,
                               err);
}

/* ---- one step -------------------------------------------------------------------------------- */

static void paint(struct wr_demo_stage *s)
{
    struct wr_demo_view v = {.counts = &s->counts, .sent = s->clicks.written};
    for (int i = 0; i < WR_DEMO_INSTANCES; i++) {
        v.instances[i].runs = s->instances[i].wanted;
        v.instances[i].tasks = wr_demo_task_count(s->instances[i].progress.tasks);
    }
    wr_demo_screen_paint(&s->screen, &v, now());
}

enum weir_code wr_demo_step(struct wr_demo_stage *s, struct weir_error *err)
{
    enum weir_code code = WEIR_OK;
    if (s->brokers == NULL && wr_child_ended(&s->broker)) {
        code = wr_fail(err, WEIR_EPROCESS, "the broker has ended by itself");
    }
    for (int i = 0; i < WR_DEMO_INSTANCES && code == WEIR_OK; i++) {
        code = wr_demo_instance_look(&s->instances[i], err);
    }
    if (code == WEIR_OK && s->reader.consumer != NULL) {
        code = wr_demo_reader_take(&s->reader, wr_demo_update, &s->counts, err);
    }
    if (code == WEIR_OK && s->clicks.producer != NULL) {
        code = wr_demo_clicks_step(&s->clicks, now(), err);
        paint(s);
    }
    if (code == WEIR_OK) {
        code = wr_demo_screen_flush(err);
    }
    return code == WEIR_OK ? check_stop(s, REST_MS, err) : code;
}

enum weir_code wr_demo_wait(struct wr_demo_stage *s, wr_demo_ready_fn *ready, void *arg,
                            int64_t timeout_ms, const char *what, struct weir_error *err)
{
    int64_t deadline = now() + timeout_ms;
    for (;;) {
        bool is_ready = false;
        enum weir_code code = ready(s, arg, &is_ready, err);
        if (code != WEIR_OK || is_ready) {
            return code;
        }
        if (now() >= deadline) {
            return wr_fail(err, WEIR_ETIMEOUT, "waited %lld s for %s in vain",
                           (long long)(timeout_ms / 1000), what);
        }
        code = wr_demo_step(s, err);
        if (code != WEIR_OK) {
            return code;
        }
    }
}

/* ---- the end --------------------------------------------------------------------------------- */

static void complain(const char *what, const char *name, const struct weir_error *err)
{
    fprintf(stderr, "weir demo: could not delete %s \"%s\": %s\n", what, name, err->text);
}

/* A member that was killed, or is expected back, is one until its session ends. */
static enum weir_code delete_group(struct wr_demo_stage *s, struct weir_error *err)
{
    int64_t deadline = now() + 2 * WR_DEMO_SESSION_MS;
    enum weir_code code;
    while ((code = wr_cluster_do(&s->cluster, wr_group_delete(s->cluster.admin), err)) ==
               WEIR_ESTATE &&
           now() < deadline) {
        struct weir_error stopped;
        if (check_stop(s, 500, &stopped) != WEIR_OK) {
            break;
        }
    }
    return code;
}

static void clean_cluster(struct wr_demo_stage *s)
{
    struct weir_error err;
    enum weir_code code = WEIR_OK;
    s->cluster.timeout_ms = CLEANING_CALL_MS;
    for (size_t i = 0; i < s->topics.count && code == WEIR_OK; i++) {
        const char *name = s->topics.items[i];
        code = wr_cluster_do(&s->cluster, wr_topic_delete(s->cluster.admin, name), &err);
        if (code != WEIR_OK) {
            complain("topic", name, &err);
        }
    }
    if (code == WEIR_OK && delete_group(s, &err) != WEIR_OK) {
        complain("consumer group", s->application_id, &err);
    }
}

void wr_demo_stage_clean(struct wr_demo_stage *s)
{
    wr_demo_clicks_close(&s->clicks);
    wr_demo_reader_close(&s->reader);
    for (int i = 0; i < WR_DEMO_INSTANCES; i++) {
        wr_demo_instance_kill(&s->instances[i]);
    }
    if (s->brokers != NULL && s->cluster.admin != NULL && s->topics.count != 0) {
        wr_demo_screen_say(&s->screen, "what was made on the cluster is deleted: topics, and the "
                                       "group once it has missed its members");
        fflush(stdout); /* also a closed output is no reason to leave it there */
        clean_cluster(s);
    }
    wr_cluster_close(&s->cluster);
}

void wr_demo_stage_close(struct wr_demo_stage *s)
{
    struct weir_error err;
    wr_demo_stage_clean(s);
    for (int i = 0; i < WR_DEMO_INSTANCES; i++) {
        wr_demo_instance_free(&s->instances[i]);
    }
    wr_child_kill(&s->broker);
    if (s->folder != NULL && wr_fs_posix()->remove(wr_fs_posix(), s->folder, &err) != WEIR_OK) {
        complain("folder", s->folder, &err);
    }
    wr_demo_counts_free(&s->counts);
    wr_conf_free(s->conf);
    wr_ptrs_free_all(&s->application);
    wr_ptrs_free_all(&s->topics);
    wr_free(s->drawing);
    wr_free(s->tool);
    wr_free(s->folder);
    wr_free(s->servers);
    wr_free(s->application_id);
    wr_free(s->clicks_topic);
    wr_free(s->counts_topic);
}
