/* demo_instance.h -- one instance of the example: a process, its state and its log. Thread: one. */
#ifndef WR_DEMO_INSTANCE_H
#define WR_DEMO_INSTANCE_H

#include "src/base/buf.h"
#include "src/base/ptrs.h"
#include "tools/child.h"
#include "tools/demo_progress.h"

struct wr_demo_instance {
    int number;
    const struct wr_ptrs *application; /* the program and its settings, without a NULL; lives as
                                          long */
    char *state_dir;
    char *log_path;
    int log;            /* -1: there is none */
    struct wr_buf line; /* the beginning of the next one */
    struct wr_child child;
    bool wanted; /* it was started, and nobody has killed or stopped it */
    struct wr_demo_progress progress;
};

void wr_demo_instance_init(struct wr_demo_instance *i, int number,
                           const struct wr_ptrs *application, const char *folder);
WR_MUST_CHECK enum weir_code wr_demo_instance_start(struct wr_demo_instance *i,
                                                    struct weir_error *err);

/* Read on in the log. WEIR_EPROCESS, and the end of the log, if it has ended by itself. */
WR_MUST_CHECK enum weir_code wr_demo_instance_look(struct wr_demo_instance *i,
                                                   struct weir_error *err);

void wr_demo_instance_kill(struct wr_demo_instance *i); /* also one that does not run */
void wr_demo_instance_stop(struct wr_demo_instance *i); /* SIGTERM; look at the child */
void wr_demo_instance_free(struct wr_demo_instance *i); /* accepts a cleared one */

#endif
