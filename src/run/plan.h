/* plan.h -- what follows from a topology and the partition counts of its topics: the tasks, the
 * internal topics and the identities. Pure computation; the same on every instance.
 *
 * A sub-topology has as many tasks as the input with the most partitions has partitions; task p
 * reads partition p of every input that has one. A repartition topic has the partitions that the
 * application asked for, else as many as the largest sub-topology that writes it has tasks. A
 * changelog has one partition for each task.
 *
 * Immutable once made; any thread may read.
 */
#ifndef WR_PLAN_H
#define WR_PLAN_H

#include "src/base/arena.h"
#include "src/base/strmap.h"
#include "topology/graph/graph.h"

enum { WR_IDENTITY_MAX = 33, WR_TASK_ID_MAX = 24 };

/* An input topic of a sub-topology. */
struct wr_plan_input {
    const struct wr_gtopic *topic;
    const struct wr_gnode *source; /* the node that reads it */
    const char *name;              /* in the cluster */
    int32_t partitions;
};

struct wr_plan_store {
    const struct wr_gstore *store;
    const char *changelog; /* topic in the cluster; NULL: not logged */
    const struct wr_plan_input
        *source; /* the input that serves as changelog; NULL: its own topic */
};

struct wr_plan_sub {
    const struct wr_subtopology *sub;
    struct wr_plan_input *inputs;
    size_t input_count;
    struct wr_plan_store *stores;
    size_t store_count;
    int32_t task_count;
    const char *identity_text;      /* what must not change, in words */
    char identity[WR_IDENTITY_MAX]; /* its hash, 32 hexadecimal digits */
};

/* One task in the order in which numbers are first given: sub-topology-major. */
struct wr_plan_task {
    const struct wr_plan_sub *sub;
    int32_t partition;
    char id[WR_TASK_ID_MAX]; /* "0_3" */
};

enum wr_plan_topic_kind { WR_PLAN_REPARTITION, WR_PLAN_CHANGELOG, WR_PLAN_TASKS };

/* A topic that Weir makes and looks after. */
struct wr_plan_topic {
    enum wr_plan_topic_kind kind;
    const char *name;
    int32_t partitions;
    const struct weir_topic_setting *settings;
    size_t setting_count;
};

struct wr_plan {
    struct wr_arena arena;
    const struct wr_graph *graph;
    const char *application_id;
    const char *task_topic;
    struct wr_plan_sub *subs; /* as graph->subtopologies */
    size_t sub_count;
    struct wr_plan_task *tasks;
    size_t task_count;
    struct wr_plan_topic *topics;
    size_t topic_count;
};

/* The topics of users whose partition counts a plan needs, by name; views into the graph. */
void wr_plan_external_topics(const struct wr_graph *graph, struct wr_ptrs *names);

/* The other topics of users that are written to, but for computed ones. */
void wr_plan_output_topics(const struct wr_graph *graph, struct wr_ptrs *names);

/* Make the plan. counts: name in the cluster -> partition count as a pointer-sized integer; every
 * external topic must be in it. WEIR_EPARTITIONS if the counts contradict each other or the
 * application. */
WR_MUST_CHECK enum weir_code wr_plan_make(struct wr_plan **out, const struct wr_graph *graph,
                                          const char *application_id,
                                          const struct wr_strmap *counts, struct weir_error *err);
void wr_plan_free(struct wr_plan *p); /* accepts NULL */

/* The task with this id; NULL if there is none. */
const struct wr_plan_task *wr_plan_find(const struct wr_plan *p, const char *id);

#endif
