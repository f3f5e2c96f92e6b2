/* app.c -- an application from its settings to its end. See app.h for the life of one. */
#include "src/base/base.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "src/app/app_impl.h"
#include "src/app/health.h"
#include "src/base/err.h"
#include "src/base/failpoint.h"
#include "src/base/mem.h"
#include "src/base/rng.h"
#include "src/obs/log.h"
#include "src/run/client_id.h"

enum { EXIT_RETRY = 75 };

const char *weir_version(void)
{
    return PACKAGE_VERSION;
}

/* ---- making ---------------------------------------------------------------------------------- */

/* Check all settings, also those that only the client library can judge. */
static enum weir_code check_settings(struct wr_conf *conf, struct wr_buf *report,
                                     struct weir_error *err)
{
    size_t count = 0;
    struct wr_buf kafka = {0};
    enum weir_code code = wr_conf_check(conf, err);
    struct wr_kafka_setting *settings = wr_app_kafka_settings(conf, &count);
    wr_kafka_settings_check(settings, count, &kafka);
    if (kafka.len != 0) {
        struct wr_buf all = {0};
        if (code != WEIR_OK) {
            wr_buf_printf(&all, "%s; ", err->text);
        }
        wr_buf_printf(&all, "kafka: %s", wr_buf_cstr(&kafka));
        code = wr_fail(err, WEIR_ECONFIG, "%s", wr_buf_cstr(&all));
        wr_buf_free(&all);
        if (report != NULL) {
            wr_buf_printf(report, "kafka: %s\n", wr_buf_cstr(&kafka));
        }
    }
    wr_free(settings);
    wr_buf_free(&kafka);
    return code;
}

static void report_findings(const struct weir_app *app, struct wr_buf *report)
{
    size_t count = 0;
    const struct wr_conf_finding *f = wr_conf_findings(app->conf, &count);
    for (size_t i = 0; i < count; i++) {
        wr_buf_printf(report, "%s%s\n", f[i].warning ? "warning: " : "", f[i].text);
    }
    const struct weir_topology *t = app->topology;
    for (size_t i = 0; t != NULL && i < t->findings.texts.count; i++) {
        wr_buf_printf(report, "%s\n", (const char *)t->findings.texts.items[i]);
    }
}

enum weir_code wr_app_make(struct weir_app **out, struct wr_conf *conf, weir_build_fn *build,
                           void *arg, struct wr_buf *report, struct weir_error *err)
{
    struct weir_app *app = WR_NEW(struct weir_app);
    *out = NULL;
    app->conf = conf;
    enum weir_code code = check_settings(conf, report, err);
    if (code == WEIR_OK) {
        struct wr_topology_options o;
        wr_app_run_settings(conf, &app->run);
        app->topic_settings = wr_app_topic_settings(conf, &app->run.topic_setting_count);
        app->run.topic_settings = app->topic_settings;
        wr_app_topology_options(conf, &o);
        app->topology = wr_topology_new(&o);
        build(app->topology, arg);
        code = wr_topology_finish(app->topology, err);
    }
    if (report != NULL) {
        report_findings(app, report);
    }
    if (code != WEIR_OK) {
        weir_app_free(app);
        return code;
    }
    *out = app;
    return WEIR_OK;
}

enum weir_code weir_app_new(weir_app **out, const struct weir_setting *settings, size_t count,
                            weir_build_fn *build, void *arg, struct weir_error *err)
{
    struct wr_conf *conf = wr_conf_new(wr_app_tables, wr_app_table_count);
    for (size_t i = 0; i < count; i++) {
        wr_conf_set(conf, WR_CONF_CODE, "weir_app_new", settings[i].name, settings[i].value);
    }
    return wr_app_make(out, conf, build, arg, NULL, err);
}

/* ---- starting -------------------------------------------------------------------------------- */

static enum weir_code open_dir(struct weir_app *app, struct weir_error *err)
{
    struct wr_state_dir_options o = {
        .path = wr_conf_text(app->conf, WR_CORE(STATE_DIR)),
        .application_id = app->run.application_id,
        .fs = wr_fs_posix(),
        .clock = wr_clock_system(),
        .allow_temporary = wr_conf_bool(app->conf, WR_CORE(STATE_ALLOW_TEMPORARY)),
    };
    enum weir_code code = wr_state_dir_open(&app->dir, &o, err);
    if (code == WEIR_OK) {
        WR_FAILPOINT(START_LOCKED);
    }
    return code;
}

/* Threads whose heartbeat is looked at. */
static void list_threads(struct weir_app *app)
{
    size_t n = (size_t)app->run.threads;
    app->metrics = wr_metrics_new();
    app->stats = wr_calloc(n, sizeof *app->stats);
    app->watched = wr_calloc(n + 2, sizeof *app->watched);
    for (size_t i = 0; i < n; i++) {
        char *name = wr_asprintf("stream-%zu", i);
        wr_stats_init(&app->stats[i], app->metrics, name);
        app->watched[i] = (struct wr_watched){name, &app->stats[i]};
    }
    wr_stats_init(&app->restore_stats, app->metrics, "restore");
    wr_stats_init(&app->control_stats, app->metrics, "control");
    app->watched[n] = (struct wr_watched){wr_strdup("restore"), &app->restore_stats};
    app->watched[n + 1] = (struct wr_watched){wr_strdup("control"), &app->control_stats};
}

static enum weir_code open_kafka(struct weir_app *app, struct weir_error *err)
{
    struct wr_buf client_id = {0};
    wr_client_id_make(&client_id, wr_state_dir_process_id(app->dir), app->nonce, app->run.threads,
                      app->http != NULL ? wr_http_address(app->http) : NULL);
    size_t count = 0;
    struct wr_kafka_setting *settings = wr_app_kafka_settings(app->conf, &count);
    struct wr_kafka_options o = {
        .application_id = app->run.application_id,
        .client_id = wr_buf_cstr(&client_id),
        .settings = settings,
        .setting_count = count,
        .clock = wr_clock_system(),
        .session_timeout_ms = (int)app->run.session_timeout_ms,
        .heartbeat_interval_ms = (int)app->run.heartbeat_interval_ms,
        .max_poll_interval_ms = (int)app->run.max_poll_interval_ms,
        .transaction_timeout_ms = (int)app->run.transaction_timeout_ms,
    };
    enum weir_code code = wr_kafka_open(&app->kafka, &o, err);
    wr_free(settings);
    wr_buf_free(&client_id);
    return code;
}

static enum weir_code start_http(struct weir_app *app, struct weir_error *err)
{
    const char *listen = wr_conf_text(app->conf, WR_CORE(HTTP_LISTEN));
    wr_health_init(app);
    if (strcmp(listen, "off") == 0) {
        return WEIR_OK;
    }
    struct wr_http_options o = {
        .listen = listen,
        .allow_remote = wr_conf_bool(app->conf, WR_CORE(HTTP_ALLOW_REMOTE)),
        .routes = wr_health_routes,
        .route_count = wr_health_route_count,
        .arg = app,
    };
    enum weir_code code = wr_http_start(&app->http, &o, err);
    if (code == WEIR_OK) {
        wr_log(WR_LOG_INFO, "http.listen", WR_S("address", wr_http_address(app->http)), WR_END);
    }
    return code;
}

/* A thread hangs: its work cannot be taken from it while it may come back, so the process ends. */
static void bark(const struct wr_watched *w, int64_t silent_ms)
{
    const char *task;
    const char *node;
    wr_watched_at(w, &task, &node);
    wr_log(WR_LOG_ERROR, "watchdog", WR_S("thread", w->name), WR_I("silent_ms", silent_ms),
           WR_S("task", task), WR_S("node", node),
           WR_S("text", "the thread has made no progress for max.poll.interval.ms; ending the "
                        "process, which is safe: nothing uncommitted is kept"),
           WR_END);
    _exit(EXIT_RETRY);
}

static enum weir_code start_watchdog(struct weir_app *app, struct weir_error *err)
{
    struct wr_watchdog_options o = {
        .threads = app->watched,
        .count = (size_t)app->run.threads + 2,
        .clock = wr_clock_system(),
        .limit_ms = app->run.max_poll_interval_ms,
        .bark = bark,
    };
    return wr_watchdog_start(&app->watchdog, &o, err);
}

static enum weir_code start_control(struct weir_app *app, struct weir_error *err)
{
    struct wr_control_options o = {
        .kafka = app->kafka,
        .clock = wr_clock_system(),
        .settings = &app->run,
        .graph = &app->topology->graph,
        .dir = app->dir,
        .stats = app->stats,
        .restore_stats = &app->restore_stats,
        .control_stats = &app->control_stats,
    };
    struct wr_control *control;
    enum weir_code code = wr_control_new(&control, &o, err);
    if (code == WEIR_OK) {
        app->control = control;
        if (app->stop_wanted) { /* before there was one */
            wr_control_stop(control);
        }
    }
    return code;
}

enum weir_code weir_app_start(weir_app *app, struct weir_error *err)
{
    const char *warning = NULL;
    wr_random_id(app->nonce);
    enum weir_code code = open_dir(app, err);
    if (code != WEIR_OK) {
        return code;
    }
    list_threads(app);
    const char *library = wr_kafka_library(&warning);
    wr_log(WR_LOG_INFO, "instance.start", WR_S("application", app->run.application_id),
           WR_S("version", weir_version()), WR_S("librdkafka", library),
           WR_S("process", wr_state_dir_process_id(app->dir)),
           WR_S("state_dir", wr_state_dir_path(app->dir)), WR_I("threads", app->run.threads),
           WR_S("guarantee", wr_conf_text(app->conf, WR_CORE(PROCESSING_GUARANTEE))), WR_END);
    if (warning != NULL) {
        wr_log(WR_LOG_WARN, "librdkafka.old", WR_S("version", library), WR_S("text", warning),
               WR_END);
    }
    /* The server's address is part of the client id, and it shows the control thread's status. */
    code = start_http(app, err);
    if (code == WEIR_OK) {
        code = open_kafka(app, err);
    }
    if (code == WEIR_OK) {
        code = start_control(app, err);
    }
    if (code == WEIR_OK) {
        code = start_watchdog(app, err);
    }
    if (code == WEIR_OK) {
        code = wr_control_start(app->control, err);
        app->started = code == WEIR_OK;
    }
    return code;
}

/* ---- the end --------------------------------------------------------------------------------- */

void weir_app_stop(weir_app *app)
{
    app->stop_wanted = true;
    if (app->control != NULL) {
        wr_control_stop(app->control);
    }
}

enum weir_code weir_app_wait(weir_app *app, struct weir_error *err)
{
    wr_assert(app->started);
    enum weir_code code = wr_control_join(app->control, err);
    struct wr_control_status s;
    wr_control_status(app->control, &s);
    app->abandoned = s.state != WR_CONTROL_STOPPED;
    app->started = false;
    wr_log(WR_LOG_INFO, "instance.end", WR_S("code", weir_code_name(code)), WR_END);
    return code;
}

void weir_app_free(weir_app *app)
{
    if (app == NULL) {
        return;
    }
    wr_assert(!app->started);
    wr_watchdog_stop(app->watchdog);
    wr_http_stop(app->http);
    if (app->abandoned) {
        return; /* threads of it are still running: the process had better end */
    }
    wr_control_free(app->control);
    if (app->kafka != NULL) {
        wr_kafka_close(app->kafka);
    }
    if (app->dir != NULL) {
        wr_state_dir_close(app->dir);
    }
    for (size_t i = 0; app->watched != NULL && i < (size_t)app->run.threads + 2; i++) {
        wr_free((void *)(uintptr_t)app->watched[i].name);
    }
    wr_free(app->watched);
    wr_free(app->stats);
    if (app->metrics != NULL) {
        wr_metrics_free(app->metrics);
    }
    wr_topology_free(app->topology);
    wr_free(app->topic_settings);
    wr_conf_free(app->conf);
    wr_free(app);
}
