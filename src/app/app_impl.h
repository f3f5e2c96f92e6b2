/* app_impl.h -- weir_app from inside. */
#ifndef WR_APP_IMPL_H
#define WR_APP_IMPL_H

#include <weir/app.h>

#include "src/http/server.h"
#include "src/run/control.h"
#include "src/run/settings.h"
#include "src/run/watchdog.h"

struct weir_app {
    struct wr_conf *conf;
    struct weir_topology *topology;
    struct wr_run_settings run;
    struct weir_topic_setting *topic_settings;
    char nonce[33]; /* of this start */

    struct wr_metrics *metrics;
    struct wr_metric *gauges[8]; /* health.c */
    struct wr_stats *stats;      /* run.threads of them */
    struct wr_stats restore_stats;
    struct wr_stats control_stats;

    struct wr_state_dir *dir;
    struct wr_kafka *kafka;
    /* NULL until it is made: the HTTP server answers before, weir_app_stop may be called before. */
    struct wr_control *_Atomic control;
    atomic_bool stop_wanted;
    struct wr_http *http;
    struct wr_watchdog *watchdog;
    struct wr_watched *watched;
    bool started;
    bool abandoned; /* threads did not end in time: nothing of theirs may be freed */
};

/* Make an application from settings that have been read; conf is owned by the application from here
 * on, also after a failure. report, if not NULL, gets what is wrong, one finding on each line, and
 * warnings; err may be too short for all of them. */
WR_MUST_CHECK enum weir_code wr_app_make(struct weir_app **app, struct wr_conf *conf,
                                         weir_build_fn *build, void *arg, struct wr_buf *report,
                                         struct weir_error *err);

#endif
