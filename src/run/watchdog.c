/* watchdog.c -- looking at heartbeats. */
#include "src/base/base.h"

#include "src/base/mem.h"
#include "src/base/thread.h"
#include "src/base/wake.h"
#include "src/run/watchdog.h"
#include "topology/op/node.h"

enum { LOOK_EVERY_MS = 1000, STOPPED_MS = 5 * LOOK_EVERY_MS };

struct wr_watchdog {
    struct wr_thread thread;
    struct wr_wake wake;
    struct wr_watchdog_options o;
};

const struct wr_watched *wr_watchdog_look(const struct wr_watched *threads, size_t count,
                                          int64_t now_ms, int64_t limit_ms)
{
    for (size_t i = 0; i < count; i++) {
        int64_t beat = atomic_load(&threads[i].stats->heartbeat_ms);
        if (beat != 0 && now_ms - beat > limit_ms) {
            return &threads[i];
        }
    }
    return NULL;
}

void wr_watched_at(const struct wr_watched *w, const char **task, const char **node)
{
    const struct wr_host *host = atomic_load(&w->stats->busy);
    const struct wr_node *at = host != NULL ? atomic_load(&host->at) : NULL;
    *task = host != NULL ? host->task_id : NULL;
    *node = at != NULL ? at->spec->name : NULL;
}

static void run(void *arg)
{
    struct wr_watchdog *w = arg;
    int64_t last_ms = wr_mono_ms(w->o.clock);
    while (!wr_wake_wait(&w->wake, LOOK_EVERY_MS)) {
        int64_t now_ms = wr_mono_ms(w->o.clock);
        bool was_stopped = now_ms - last_ms > STOPPED_MS;
        last_ms = now_ms;
        if (was_stopped) {
            continue; /* the whole process stood still: let the others beat first */
        }
        const struct wr_watched *hung =
            wr_watchdog_look(w->o.threads, w->o.count, now_ms, w->o.limit_ms);
        if (hung != NULL) {
            w->o.bark(hung, now_ms - atomic_load(&hung->stats->heartbeat_ms));
        }
    }
}

enum weir_code wr_watchdog_start(struct wr_watchdog **out,
                                 const struct wr_watchdog_options *options, struct weir_error *err)
{
    struct wr_watchdog *w = WR_NEW(struct wr_watchdog);
    w->o = *options;
    wr_wake_init(&w->wake);
    enum weir_code code = wr_thread_start(&w->thread, "weir-watchdog", run, w, err);
    if (code != WEIR_OK) {
        wr_watchdog_stop(w);
        w = NULL;
    }
    *out = w;
    return code;
}

void wr_watchdog_stop(struct wr_watchdog *w)
{
    if (w != NULL) {
        wr_wake_signal(&w->wake);
        wr_thread_join(&w->thread);
        wr_wake_free(&w->wake);
        wr_free(w);
    }
}
