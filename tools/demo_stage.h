/* demo_stage.h -- what the demo plays on: a broker or a cluster, topics, clicks, two instances of
 * an example, a reader of their counts, and the screen; all of it taken away again at the end.
 *
 * Everything happens on one thread, in wr_demo_step(): whoever waits for something calls it.
 * Thread: one. */
#ifndef WR_DEMO_STAGE_H
#define WR_DEMO_STAGE_H

#include "tools/cluster.h"
#include "tools/demo_clicks.h"
#include "tools/demo_counts.h"
#include "tools/demo_instance.h"
#include "tools/demo_reader.h"
#include "tools/demo_screen.h"

enum {
    WR_DEMO_PER_SECOND = 2000,
    WR_DEMO_SESSION_MS = 6000, /* the shortest that brokers allow without being told */
};

struct wr_demo_stage {
    const char *brokers; /* of a cluster; NULL: a broker of our own */
    int stop;            /* a descriptor that can be read once the user wants no more */
    struct wr_demo_screen screen;

    char *tool; /* this program */
    char *folder;
    struct wr_child broker;
    char *servers;
    char *application_id;
    char *clicks_topic;
    char *counts_topic;
    struct wr_ptrs application; /* the example and its settings; owned */
    char *drawing;              /* its topology */
    int tasks;                  /* all of them */
    struct wr_ptrs topics;      /* that were made, or will be by the example; owned */
    struct wr_conf *conf;
    struct wr_cluster cluster;

    struct wr_demo_instance instances[WR_DEMO_INSTANCES];
    struct wr_demo_clicks clicks;
    struct wr_demo_reader reader;
    struct wr_demo_counts counts; /* as the reader sees them */
};

/* Build all of it; no instance runs yet and no click is made. brokers, stop and the screen are set.
 * After a failure it is to be closed, too. */
WR_MUST_CHECK enum weir_code wr_demo_stage_open(struct wr_demo_stage *s, struct weir_error *err);

/* Stop reading and writing, and delete what was made on a cluster. What cannot be deleted is said
 * on standard error. */
void wr_demo_stage_clean(struct wr_demo_stage *s);

/* Take everything away. */
void wr_demo_stage_close(struct wr_demo_stage *s);

/* Begin to make clicks. */
WR_MUST_CHECK enum weir_code wr_demo_stage_click(struct wr_demo_stage *s, struct weir_error *err);

/* Do all that can be done now, then rest for some milliseconds. WEIR_END if the user wants no more,
 * WEIR_EPROCESS if something has ended by itself. */
WR_MUST_CHECK enum weir_code wr_demo_step(struct wr_demo_stage *s, struct weir_error *err);

/* Whether what is waited for is there. */
typedef enum weir_code wr_demo_ready_fn(struct wr_demo_stage *s, void *arg, bool *ready,
                                        struct weir_error *err);

/* Step until it is. WEIR_ETIMEOUT, naming `what`, if that takes longer. */
WR_MUST_CHECK enum weir_code wr_demo_wait(struct wr_demo_stage *s, wr_demo_ready_fn *ready,
                                          void *arg, int64_t timeout_ms, const char *what,
                                          struct weir_error *err);

#endif
