/* health.c -- /healthz, /readyz and /metrics. */
#include "src/base/base.h"

#include "src/app/health.h"

/* A thread that has not been heard for this long is not well, long before the watchdog ends it. */
enum { SILENCE_MS = 30000 };

enum { GAUGE_INFO, GAUGE_STATE, GAUGE_ASSIGNED, GAUGE_RUNNING, GAUGE_RESTORING, GAUGE_REBALANCES };

static const struct wr_metric_family families[] = {
    [GAUGE_INFO] = {"weir_app_info", "What is running; always 1.", WR_GAUGE, 0, NULL, 0},
    [GAUGE_STATE] = {"weir_app_state",
                     "0 starting, 1 joining, 2 running, 3 stopping, 4 leaving, 5 stopped.",
                     WR_GAUGE, 0, NULL, 0},
    [GAUGE_ASSIGNED] = {"weir_assigned_tasks", "Tasks that belong to this instance.", WR_GAUGE, 0,
                        NULL, 0},
    [GAUGE_RUNNING] = {"weir_running_tasks", "Tasks that are processing.", WR_GAUGE, 0, NULL, 0},
    [GAUGE_RESTORING] = {"weir_restoring_tasks", "Tasks whose state is being restored.", WR_GAUGE,
                         0, NULL, 0},
    [GAUGE_REBALANCES] = {"weir_rebalances_total", "Changes of the assignment seen so far.",
                          WR_COUNTER, 0, NULL, 0},
};

void wr_health_init(struct weir_app *app)
{
    const struct wr_label info[] = {
        {"application", app->run.application_id},
        {"version", weir_version()},
        {"librdkafka", wr_kafka_library(NULL)},
    };
    for (size_t i = 0; i < WR_ARRAY_LEN(families); i++) {
        bool labels = i == GAUGE_INFO;
        app->gauges[i] = wr_metrics_add(app->metrics, &families[i], labels ? info : NULL,
                                        labels ? WR_ARRAY_LEN(info) : 0);
    }
    wr_metric_set(app->gauges[GAUGE_INFO], 1);
}

static void healthz(void *arg, struct wr_http_answer *answer)
{
    const struct weir_app *app = arg;
    int64_t now_ms = wr_mono_ms(wr_clock_system());
    size_t count = (size_t)app->run.threads + 2;
    const struct wr_watched *silent = wr_watchdog_look(app->watched, count, now_ms, SILENCE_MS);
    if (silent == NULL) {
        wr_buf_str(&answer->body, "ok\n");
        return;
    }
    answer->status = 503;
    wr_buf_printf(&answer->body, "%s has been silent for %lld ms\n", silent->name,
                  (long long)(now_ms - atomic_load(&silent->stats->heartbeat_ms)));
}

/* The HTTP server is there before the control thread, whose client id has its address. */
static void look(struct weir_app *app, struct wr_control_status *out)
{
    *out = (struct wr_control_status){.state = WR_CONTROL_STARTUP};
    struct wr_control *control = app->control;
    if (control != NULL) {
        wr_control_status(control, out);
    }
}

static void readyz(void *arg, struct wr_http_answer *answer)
{
    struct weir_app *app = arg;
    struct wr_control_status s;
    look(app, &s);
    bool ready = s.state == WR_CONTROL_RUNNING && s.running == s.assigned;
    answer->status = ready ? 200 : 503;
    answer->content_type = "application/json";
    wr_buf_printf(&answer->body,
                  "{\"ready\":%s,\"state\":\"%s\",\"assigned\":%d,\"running\":%d,"
                  "\"restoring\":%d,\"waiting_for\":\"%s\"}\n",
                  ready ? "true" : "false", wr_control_state_name(s.state), s.assigned, s.running,
                  s.restoring, s.waiting_for);
}

static void metrics(void *arg, struct wr_http_answer *answer)
{
    struct weir_app *app = arg;
    struct wr_control_status s;
    look(app, &s);
    wr_metric_set(app->gauges[GAUGE_STATE], (int64_t)s.state);
    wr_metric_set(app->gauges[GAUGE_ASSIGNED], s.assigned);
    wr_metric_set(app->gauges[GAUGE_RUNNING], s.running);
    wr_metric_set(app->gauges[GAUGE_RESTORING], s.restoring);
    wr_metric_set(app->gauges[GAUGE_REBALANCES], s.rebalances);
    answer->content_type = "text/plain; version=0.0.4; charset=utf-8";
    wr_metrics_render(app->metrics, &answer->body);
}

const struct wr_http_route wr_health_routes[] = {
    {"/healthz", healthz},
    {"/readyz", readyz},
    {"/metrics", metrics},
};
const size_t wr_health_route_count = WR_ARRAY_LEN(wr_health_routes);
