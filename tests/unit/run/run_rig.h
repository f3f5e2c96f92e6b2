/* run_rig.h -- what tests of the runtime share: a topology with its plan, settings, clock and
 * statistics, and one task that runs on lists in memory. */
#ifndef WR_TEST_RUN_RIG_H
#define WR_TEST_RUN_RIG_H

#include <check.h>
#include <weir/weir.h>

#include "src/base/buf.h"
#include "src/obs/log.h"
#include "src/run/stream_thread.h"
#include "src/run/task.h"
#include "topology/dsl/blueprint.h"

#define ck_assert_ok(call)                                                                         \
    do {                                                                                           \
        enum weir_code code_ = (call);                                                             \
        ck_assert_msg(code_ == WEIR_OK, "%s: %s", weir_code_name(code_), rr_err.text);             \
    } while (0)
#define ck_assert_has(text, part)                                                                  \
    ck_assert_msg(strstr((text), (part)) != NULL, "\"%s\" is not in \"%s\"", (part), (text))

extern struct weir_error rr_err;

/* Topologies. "in" and "out" unless said otherwise; keys and values are strings. */
void rr_pass(weir_topology *t);      /* as it is */
void rr_count(weir_topology *t);     /* counts per key in store "counts" */
void rr_words(weir_topology *t);     /* grouped by value: a repartition topic "by-value" */
void rr_two(weir_topology *t);       /* merges "a" and "b" */
void rr_table(weir_topology *t);     /* table "names" of topic "in", which is its changelog */
void rr_json_time(weir_topology *t); /* time is the field "at" of a JSON value */
void rr_own_time(weir_topology *t);  /* time is the length of the value less 1 */

struct rr_feed {
    struct wr_feed feed;
    struct wr_message messages[256];
    struct weir_headers headers[256];
    size_t count;
    size_t taken;
    int unreleased;
    int64_t next; /* offset of the next message added */
};

enum { RR_FEEDS = 4 };

struct run_rig {
    struct weir_topology *t;
    const struct wr_graph *graph;
    struct wr_run_settings settings;
    struct wr_clock_manual clock;
    struct wr_metrics *metrics;
    struct wr_stats stats;
    struct wr_strmap counts; /* of the users' topics */
    struct wr_plan *plan;

    struct wr_task *task;
    struct wr_outlet outlet;
    struct wr_buf log; /* "TOPIC/PARTITION key=value@time [header=value,...]", one a line */
    struct wr_arena targets;
    int32_t out_partitions; /* of every topic that is written */
    int sends;              /* so far */
    int fail_send;          /* the number of the one that fails; 0: none */
    enum weir_code send_code;
    struct rr_feed feeds[RR_FEEDS]; /* of the task's inputs */
    size_t feed_count;
};

/* Build, and plan with `partitions` for every topic of the users. */
void rr_init(struct run_rig *r, void (*build)(weir_topology *t), int32_t partitions);
void rr_free(struct run_rig *r);

/* A task by its place in the plan. */
struct wr_task *rr_new_task(struct run_rig *r, int32_t number);

/* Give a task state in memory. */
void rr_open_state(const struct run_rig *r, struct wr_task *t);

/* What a stream thread of the application "app" is made with; its task topic is "app-tasks". */
struct wr_stream_options rr_stream_options(struct run_rig *r, struct wr_kafka *kafka,
                                           struct wr_membership *membership,
                                           struct wr_mailbox *control);

/* A handle for what administrators ask. */
struct wr_consumer *rr_admin(struct wr_kafka *kafka);

/* Make the task of sub-topology `sub`, partition 0, with state in memory, and start it. */
void rr_task(struct run_rig *r, size_t sub);

/* Add a message to the feed of input i. */
struct wr_message *rr_record(struct run_rig *r, size_t i, const char *key, const char *value,
                             int64_t time);
void rr_eof(struct run_rig *r, size_t i);
void rr_error(struct run_rig *r, size_t i, enum weir_code code);

/* Run the task until it has nothing to do. */
enum weir_code rr_run(struct run_rig *r);
void rr_commit(struct run_rig *r);

/* What was sent since the last call. */
const char *rr_log(struct run_rig *r);

/* The last lines of the runtime's log, from level warn on: a sink, and what it has got. */
void rr_log_line(void *arg, enum wr_log_level level, const char *line, size_t len);
const char *rr_logged(void);

#define rr_stat(r, field) wr_metric_get((r)->stats.field)

#endif
