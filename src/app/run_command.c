/* run_command.c -- `run`: signals, and the exit code of the process.
 *
 * SIGTERM and SIGINT begin an orderly stop; a second one ends the process at once, which is safe.
 * Signals are blocked in every thread and taken by one that does nothing else. */
#include "src/base/base.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "src/app/app_impl.h"
#include "src/app/commands.h"
#include "src/base/thread.h"
#include "src/obs/log.h"

/* Wakes the signal thread to look whether it is to end. */
enum { END_SIGNAL = SIGUSR2 };

struct signals {
    struct wr_thread thread;
    struct weir_app *app;
    _Atomic bool ended;
};

static sigset_t handled_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, END_SIGNAL);
    return set;
}

static void take_signals(void *arg)
{
    struct signals *s = arg;
    sigset_t set = handled_signals();
    for (int taken = 0;;) {
        int sig = 0;
        if (sigwait(&set, &sig) != 0) {
            continue;
        }
        if (sig == END_SIGNAL) { /* anybody may send it */
            if (atomic_load(&s->ended)) {
                return;
            }
            continue;
        }
        if (++taken == 2) {
            wr_log(WR_LOG_WARN, "instance.abort", WR_I("signal", sig), WR_END);
            _exit(WR_EXIT_FAILED);
        }
        wr_log(WR_LOG_INFO, "instance.stop", WR_I("signal", sig), WR_END);
        weir_app_stop(s->app);
    }
}

static int exit_code(enum weir_code code)
{
    switch (code) {
    case WEIR_OK:
        return WR_EXIT_OK;
    case WEIR_ECONFIG:
    case WEIR_ETOPOLOGY:
    case WEIR_EIDENTITY:
    case WEIR_ECORRUPT: /* what can be rebuilt was: a file that only people can remove */
        return WR_EXIT_CONFIG;
    case WEIR_ECLUSTER:
        return WR_EXIT_UNREACHABLE;
    case WEIR_EIO:
    case WEIR_EFULL:
    case WEIR_ELOCKED:
    case WEIR_ETIMEOUT:
    case WEIR_EAGAIN:
        return WR_EXIT_RETRY;
    default:
        return WR_EXIT_FAILED;
    }
}

static int serve(struct wr_invocation *in, struct weir_app *app)
{
    struct weir_error err;
    struct signals signals = {.app = app};
    sigset_t set = handled_signals();
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    enum weir_code code = weir_app_start(app, &err);
    if (code == WEIR_OK) {
        code = wr_thread_start(&signals.thread, "weir-signals", take_signals, &signals, &err);
        if (code != WEIR_OK) {
            weir_app_stop(app);
        }
        struct weir_error why;
        enum weir_code end = weir_app_wait(app, &why);
        if (code == WEIR_OK && end != WEIR_OK) {
            code = end;
            err = why;
        }
    }
    if (signals.thread.started) {
        atomic_store(&signals.ended, true);
        pthread_kill(signals.thread.handle, END_SIGNAL);
        wr_thread_join(&signals.thread);
    }
    if (code != WEIR_OK) {
        fprintf(stderr, "%s: %s\n", in->program, err.text);
    }
    if (app->abandoned) {
        _exit(WR_EXIT_RETRY); /* threads are still running: no clean end is possible */
    }
    return exit_code(code);
}

int wr_command_run(struct wr_invocation *in)
{
    int code = WR_EXIT_OK;
    if (in->arg_count != 0) {
        return wr_bad_usage(in, "run takes no arguments");
    }
    struct weir_app *app = wr_invocation_app(in, &code);
    if (app == NULL) {
        return code;
    }
    struct wr_logger logger = {.level = WR_LOG_INFO};
    wr_log_level_parse(wr_conf_text(app->conf, WR_CORE(LOG_LEVEL)), &logger.level);
    wr_log_start(&logger);
    code = serve(in, app);
    weir_app_free(app);
    return code;
}
