/* node.h -- nodes at work: one struct wr_node per node of the graph and task.
 *
 * An operator (struct wr_op) is a table of functions; what it keeps per task is node->state, what
 * the application gave it is node->spec->config. Operators are pure: they know no Kafka, no thread
 * and no wall clock; what they need from outside is in struct wr_host, which the task (or a test)
 * fills in.
 *
 *     task -> wr_node_process(source) -> op->process -> wr_node_forward -> wr_node_process(child)
 *
 * wr_node_process() is the only way into a node: errors are attributed and policies applied there,
 * so that a bad record is dropped at the node that could not take it, and its siblings still get
 * it.
 *
 * Thread: the stream thread that runs the task.
 */
#ifndef WR_NODE_H
#define WR_NODE_H

#include <stdarg.h>
#include <stdatomic.h>

#include <weir/processor.h>

#include "src/base/arena.h"
#include "src/base/base.h"
#include "state/kv_store.h"
#include "topology/graph/graph.h"

struct wr_node;
struct wr_host;

/* What goes from node to node. On the edges of tables `record.value` is the new value and `old` the
 * one before, filled in only by nodes whose spec says sends_old. Views live until the call that was
 * given them returns, and never lie in a store that a node below is connected to. */
struct wr_rec {
    struct weir_record record;
    struct weir_bytes old;
};

struct wr_op {
    const char *name; /* for messages: "aggregate" */
    size_t state_size;

    /* Prepare node->state (zeroed). May be NULL. */
    enum weir_code (*open)(struct wr_node *n);

    /* Take one record. */
    enum weir_code (*process)(struct wr_node *n, const struct wr_rec *r);

    /* The watermark moved to w: close what is closed by it. May be NULL; passing it on is not the
     * op's business. */
    enum weir_code (*advance)(struct wr_node *n, int64_t w);

    /* The transaction is about to be committed: forward what was held back for it. May be NULL. */
    enum weir_code (*commit)(struct wr_node *n);

    /* The least time of what is held back, which may still come out; INT64_MAX: nothing. The
     * watermark stays below it. May be NULL: never holds anything back. */
    int64_t (*held)(const struct wr_node *n);

    /* A run of records is about to be processed: ask for the memory they will need. May be NULL. */
    void (*prefetch)(struct wr_node *n, const struct wr_rec *run, size_t count);

    /* The transaction was aborted: forget what was held back in it. May be NULL. */
    void (*aborted)(struct wr_node *n);

    /* Free what open made; also called after a failed open. May be NULL. */
    void (*close)(struct wr_node *n);
};

/* What happens to records and failures outside the nodes. */
struct wr_host_ops {
    /* A sink's record: partition it and send it. topic is the name in the cluster if computed by
     * the application, else NULL and the sink's own topic is meant. host->err says why it fails. */
    enum weir_code (*send)(struct wr_host *h, struct wr_node *sink, const char *topic,
                           const struct weir_record *r);

    /* A node could not process a record, for a reason the policy may excuse (WEIR_REACT_SKIP).
     * host->err says why. WEIR_OK if the record is to be dropped here (it has been counted and
     * dead-lettered), else the code to fail with. */
    enum weir_code (*bad_record)(struct wr_host *h, struct wr_node *at, const struct wr_rec *r,
                                 enum weir_code code);

    /* A record was dropped by the rules of an operator (null key, late, ...). */
    void (*dropped)(struct wr_host *h, struct wr_node *at, const char *reason);

    /* A record without a key was left out before a repartition topic. Kafka Streams does not count
     * it among the dropped ones; an operator who misses records wants to know. */
    void (*unkeyed)(struct wr_host *h, struct wr_node *at);

    int64_t (*wall_ms)(struct wr_host *h);

    /* A store of the task by name; NULL: it has none. */
    struct weir_kv *(*store)(struct wr_host *h, const char *name);
};

/* One task, as its nodes see it. */
struct wr_host {
    const struct wr_host_ops *ops;
    const char *application_id;
    const char *task_id;
    struct wr_arena *arena; /* scratch; reset by the task between runs of records */
    int64_t stream_time;    /* greatest time of the task's records, -1 before the first */
    bool commit_requested;
    bool emit_at_commit; /* what WEIR_EMIT_DEFAULT means */
    const struct wr_rec
        *current; /* the record read from the input topic; NULL at commit and in advance */
    struct weir_error *err;             /* why `failed` failed, in the words of that node */
    const struct wr_node *said_by;      /* the node that gave the reason in err */
    _Atomic(const struct wr_node *) at; /* the node at work; NULL: none. Any thread may look */
    struct wr_node *failed; /* the node whose failure was not excused; NULL: none. While it is set,
                               nothing is processed */
};

struct weir_ctx {
    struct wr_node *node;
    const struct wr_rec *input; /* what the application's function was given, if it may forward */
    bool may_forward;
    bool keeps_key; /* the key of what it forwards must be that of input */
};

struct wr_node {
    const struct wr_op *op;
    const struct wr_gnode *spec;
    struct wr_host *host;
    void *state;     /* the op's, state_size bytes */
    void *host_data; /* the host's own (the route of a sink) */
    struct wr_node **children;
    size_t child_count;
    struct wr_node **parents;
    size_t parent_count;
    struct weir_kv **stores; /* as spec->stores */
    bool shares_below;       /* a node below is connected to one of this node's stores */
    struct weir_ctx ctx;
    int64_t w_in;  /* watermark of what comes in; INT64_MIN before the first */
    int64_t w_out; /* of what goes out: not above anything held back */
    uint64_t processed;
};

/* All nodes of one or more sub-topologies, for one task. */
struct wr_nodes {
    struct wr_node *nodes; /* parents before children */
    size_t count;
    size_t opened; /* how many have had their open called */
    void *memory;  /* of all arrays of all nodes */
};

/* Make the nodes of graph's sub-topologies [from, to) and connect them. Calls open in order. After
 * a failure, close must still be called; host->err says why. */
WR_MUST_CHECK enum weir_code wr_nodes_open(struct wr_nodes *out, const struct wr_graph *graph,
                                           int from, int to, struct wr_host *host);
void wr_nodes_close(struct wr_nodes *nodes);

/* The node of a spec; NULL if it is not among them. */
struct wr_node *wr_nodes_find(const struct wr_nodes *nodes, const struct wr_gnode *spec);

/* Give a record to a node. WEIR_OK if it was processed or excused. */
WR_MUST_CHECK enum weir_code wr_node_process(struct wr_node *n, const struct wr_rec *r);

/* Give a record to all children. */
WR_MUST_CHECK enum weir_code wr_node_forward(struct wr_node *n, const struct wr_rec *r);

/* Pass a of the commit: every node in order forwards what it held back for it, and the watermark
 * moves on behind that. */
WR_MUST_CHECK enum weir_code wr_nodes_commit(struct wr_nodes *nodes);

/* The watermark moved to w: every node in order, each with min(w, what is held above it). */
WR_MUST_CHECK enum weir_code wr_nodes_advance(struct wr_nodes *nodes, int64_t w);

/* The transaction was aborted: what was held back in it is forgotten, and so are the failure and
 * the watermark, which has to be given anew. */
void wr_nodes_aborted(struct wr_nodes *nodes);

/* Say why a node fails: sets host->err unless an unexcused failure is there, and returns code. */
enum weir_code wr_node_fail(struct wr_node *n, enum weir_code code, const char *format, ...)
    WR_PRINTF(3, 4);
enum weir_code wr_node_vfail(struct wr_node *n, enum weir_code code, const char *format,
                             va_list args) WR_PRINTF(3, 0);

/* The same with the reason that a store gives. */
enum weir_code wr_node_store_failed(struct wr_node *n, const struct weir_kv *kv,
                                    enum weir_code code);

/* Count a record dropped by an operator's rules. */
void wr_node_drop(struct wr_node *n, const char *reason);

#endif
