/* task.h -- one task at work: inputs, nodes, stores and what it has sent in the open transaction.
 *
 * Place in the record's path: task_input -> task -> source_node -> op_* -> stores -> sink_node ->
 * collector. The task knows neither threads nor Kafka: its inputs come from feeds, its records go
 * to an outlet, its state is a wr_task_state. The driver runs one task over all sub-topologies; an
 * instance runs one per sub-topology and partition.
 *
 * Life: new -> (state attached, positions set) -> start -> (run* -> prepare -> committed | run* ->
 * aborted)*
 *       -> stop -> free. Between transactions a stopped task may change its owner.
 *
 * Thread: the owner of the task.
 */
#ifndef WR_TASK_H
#define WR_TASK_H

#include "src/base/clock.h"
#include "src/obs/log.h"
#include "src/run/dead_letter.h"
#include "src/run/run_settings.h"
#include "src/run/stats.h"
#include "src/run/task_input.h"
#include "src/run/task_metadata.h"
#include "state/task_state.h"

struct wr_task_options {
    const struct wr_plan *plan;
    size_t sub_from; /* sub-topologies [from, to): one for an instance, all for the driver */
    size_t sub_to;
    int32_t partition;
    int32_t number; /* partition of the task topic */
    const char *id;
    const struct wr_run_settings *settings;
    struct wr_clock *clock;
    struct wr_stats *stats; /* of the owner; changed at start */
};

/* One store and where its changelog goes. */
struct wr_task_store {
    const struct wr_plan_store *plan;
    int32_t partition;
    struct wr_input *source;     /* source-topic changelog: the input that is it; else NULL */
    struct wr_target *target;    /* changelog of its own */
    struct wr_delivery delivery; /* of changelog records in the open transaction */
};

struct wr_task {
    /* first what does not change */
    const struct wr_plan *plan;
    const struct wr_plan_sub *sub; /* the first of its sub-topologies */
    size_t sub_from;
    size_t sub_to;
    int32_t number;
    char id[WR_TASK_ID_MAX];
    const struct wr_run_settings *settings;
    struct wr_clock *clock;

    struct wr_task_state *state; /* NULL until it is attached */
    struct wr_task_input in;
    struct wr_host host;
    struct wr_input_host judge;
    struct wr_arena arena;
    struct wr_nodes nodes;
    struct wr_collector collector;
    struct wr_outlet *outlet;
    struct wr_task_store *stores;
    size_t store_count;
    struct wr_stats *stats;

    bool started;
    bool touched;     /* something was sent or written since the last commit */
    bool needs_claim; /* the owner has not yet committed its claim */
    bool fresh;       /* some position was never committed */
    char writer[256]; /* transactional id of the last owner that committed; "" if none */
    int64_t last_commit_ms;
    int64_t wall_ms;              /* read once per run */
    struct weir_error error;      /* why the last run, prepare, ... failed */
    struct wr_dead_letter letter; /* the record that made the policy stop the application */
    struct wr_dead_record dead;   /* already dead-lettered, from the task's metadata */
    bool letter_due;
    struct wr_log_limit skipped;
};

struct wr_task *wr_task_new(const struct wr_task_options *options);

/* Stops it if needed; the state must have been closed or taken away. Accepts NULL. */
void wr_task_free(struct wr_task *t);

/* The stores a task's state is opened with; fills spec[0..store_count-1]. ids: by changelog topic
 * name. */
void wr_task_store_specs(const struct wr_task *t, struct wr_store_spec *spec,
                         const char *(*topic_id)(void *arg, const char *topic), void *arg);

/* Make the nodes and call the application's open functions. The state is attached, positions are
 * set and feeds may come later. After a failure the task is stopped; t->error says why. */
WR_MUST_CHECK enum weir_code wr_task_start(struct wr_task *t, struct wr_outlet *outlet);
void wr_task_stop(struct wr_task *t);

/* The producer behind the outlet was replaced: find the topics again. No transaction is open. */
void wr_task_retarget(struct wr_task *t);

/* The dead letter of a record of this task has been written, by whomever. */
void wr_task_letter_sent(struct wr_task *t, const struct wr_dead_record *d);
bool wr_task_has_letter(const struct wr_task *t, const struct weir_record *r);

/* Process one run of records. *made is false if there was none (t->in.wait_until says what time can
 * do). After a failure the transaction must be aborted; t->error says what, where, why. */
WR_MUST_CHECK enum weir_code wr_task_run(struct wr_task *t, int64_t now_ms, bool *made);

/* Is there something to commit? */
bool wr_task_has_work(const struct wr_task *t);

/* Commit, step 1: forward what is due (pass a), then write the changelogs (pass b). After a failure
 * the transaction must be aborted. */
WR_MUST_CHECK enum weir_code wr_task_prepare(struct wr_task *t);

/* Commit, step 4: the transaction is known to be committed. A failure is the store's (EIO, EFULL,
 * ECORRUPT): Kafka has the truth; the state must be closed unclean and opened again. */
WR_MUST_CHECK enum weir_code wr_task_committed(struct wr_task *t, int64_t now_ms);

/* The transaction is known to be aborted, or unknown: back to the last commit. The caller rewinds
 * or replaces the feeds. */
void wr_task_aborted(struct wr_task *t);

/* Assert what must be true of a task between records; at every commit. */
void wr_task_check(const struct wr_task *t);

#endif
