/* app.h -- running a topology.
 *
 * weir_main() is all that most applications need; it gives every program the same commands and
 * alone handles signals. Programs that have their own main loop use weir_app_new() and friends.
 */
#ifndef WEIR_APP_H
#define WEIR_APP_H

#include <weir/topology.h>

WEIR_BEGIN_DECLS

/* Builds the topology. Called once per application, before anything runs. */
typedef void weir_build_fn(weir_topology *t, void *arg);

/* The main function of an application: reads settings (flags, WEIR_* environment, file, defaults),
 * runs the command named on the command line (run, describe, config, version; see --help) and
 * returns the exit code of the process: 0 done, 1 failed, 2 wrong usage, 3 cluster not reachable,
 * 75 stopped by a fault that a restart may cure, 78 bad configuration, bad topology, or another
 * identity. `application_id` is the default of application.id. `arg` is passed to build. */
WEIR_API int weir_main(int argc, char **argv, const char *application_id, weir_build_fn *build,
                       void *arg);

typedef struct weir_app weir_app;

/* One setting, "name" and "value" as in a configuration file; neither is NULL. */
struct weir_setting {
    const char *name;
    const char *value;
};

/* Make an application, build its topology and check both; nothing runs and no file or cluster is
 * touched. Only `settings` count, which are copied: no file and no environment is read. After a
 * failure (WEIR_ECONFIG, WEIR_ETOPOLOGY) *app is NULL, and err has as many findings as its text can
 * hold. `arg` is passed to build and not kept. Thread: any, one at a time. */
WEIR_API WEIR_MUST_CHECK enum weir_code weir_app_new(weir_app **app,
                                                     const struct weir_setting *settings,
                                                     size_t count, weir_build_fn *build, void *arg,
                                                     struct weir_error *err);

/* Start the threads and return; what goes wrong later is told by weir_app_wait(). WEIR_ELOCKED if
 * another process uses the state directory, WEIR_EIDENTITY if it belongs to another application:
 * after these and any other failure the app can only be freed. Called once. Thread: the one that
 * made it. */
WEIR_API WEIR_MUST_CHECK enum weir_code weir_app_start(weir_app *app, struct weir_error *err);

/* Begin to stop: commit, close the tasks, leave the group unless it is a static member. Returns at
 * once; may be called more than once. Thread: any, and signal handlers. */
WEIR_API void weir_app_stop(weir_app *app);

/* Wait until the application has stopped, by weir_app_stop() or by itself. WEIR_OK after a clean
 * stop, else why it stopped. Called once, after a start that succeeded. Thread: the one that made
 * it. */
WEIR_API WEIR_MUST_CHECK enum weir_code weir_app_wait(weir_app *app, struct weir_error *err);

/* Free everything. The application must not be running: weir_app_start() was never called, has
 * failed, or weir_app_wait() has returned. Accepts NULL. Thread: the one that made it. */
WEIR_API void weir_app_free(weir_app *app);

/* "0.1.0": the version of the library that is loaded. Thread: any. */
WEIR_API const char *weir_version(void);

WEIR_END_DECLS

#endif
