/* graph.h -- a topology as nodes and edges, finished and immutable.
 *
 * What the language (topology/dsl) and the node-by-node functions (topology.h) build, what
 * `describe` prints, and what tasks are made from. Names, numbers and order are Kafka Streams':
 *   - a sub-topology is a set of nodes connected by edges or by shared stores, numbered by the
 *     order in which the first node of each was added;
 *   - internal topics are named here without the application id ("counts-repartition");
 *     wr_topic_name() gives the name in the cluster.
 *
 * Invariants: 1 a node is added after its parents, so that there are no cycles and the order of
 * addition is an order from the sources down; 2 a topic is read by at most one node; 3 adding
 * always gives an object: what is wrong with it becomes a finding, and a topology with findings is
 * never run.
 *
 * Texts belong to the arena of the topology. After wr_graph_finish() nothing changes, and any
 * thread may read.
 */
#ifndef WR_GRAPH_H
#define WR_GRAPH_H

#include <weir/topology.h>

#include "src/base/arena.h"
#include "src/base/base.h"
#include "src/base/ptrs.h"
#include "src/base/strmap.h"
#include "topology/graph/findings.h"

struct wr_op; /* topology/op/node.h */

enum wr_gnode_kind { WR_GNODE_SOURCE, WR_GNODE_PROCESSOR, WR_GNODE_SINK };

struct wr_gtopic {
    const char *name;       /* undecorated */
    bool internal;          /* a repartition topic: created and purged by Weir */
    int32_t partitions;     /* internal: asked for by the application; 0: derived */
    struct wr_ptrs sources; /* struct wr_gnode *: who reads it, at most one */
    struct wr_ptrs sinks;   /* struct wr_gnode *: who writes it */
};

struct wr_gsource {
    struct wr_ptrs topics; /* struct wr_gtopic *; filled in by wr_graph_add_source() */
    const struct weir_codec *key;
    const struct weir_codec *value;
    enum weir_reset reset;
    const struct weir_field *time_field;
    weir_timestamp_fn *timestamp;
    int64_t out_of_order_ms;
};

struct wr_gsink {
    struct wr_gtopic *topic; /* NULL: computed by topic_fn; filled in by wr_graph_add_sink() */
    weir_topic_fn *topic_fn;
    const void *arg;
    weir_partition_fn *partition;
    const struct weir_codec *key;
    const struct weir_codec *value;
};

struct wr_gstore {
    const char *name;
    enum weir_store_type type;
    const struct weir_codec *key;
    const struct weir_codec *value;
    bool memory;
    bool logged; /* has a changelog topic of its own or a source topic that serves as one */
    const struct wr_gtopic *source_changelog;  /* that source topic; NULL: its own */
    const struct weir_topic_setting *settings; /* of the changelog, as asked for */
    size_t setting_count;
    struct wr_ptrs nodes; /* struct wr_gnode *: who is connected to it */
    int subtopology;
};

struct wr_gnode {
    const struct wr_graph *graph;
    enum wr_gnode_kind kind;
    const char *name;
    size_t index; /* order of addition; also index in wr_graph.nodes */
    int subtopology;
    struct wr_ptrs parents;  /* struct wr_gnode * */
    struct wr_ptrs children; /* struct wr_gnode *, in order of addition */
    struct wr_ptrs stores;   /* struct wr_gstore *; the operator's own one first */
    const struct wr_op *op;  /* what it does */
    const void *config;      /* of the op; immutable */
    bool sends_old;          /* fills in the old value of the changes it forwards */
    struct wr_gsource *source;
    struct wr_gsink *sink;
};

struct wr_subtopology {
    int id;
    struct wr_ptrs nodes;  /* struct wr_gnode *, parents before children */
    struct wr_ptrs inputs; /* struct wr_gtopic *: what its sources read, sorted by name */
    struct wr_ptrs stores; /* struct wr_gstore *, sorted by name */
};

struct wr_graph {
    struct wr_arena *arena;
    struct wr_findings *findings;
    struct wr_ptrs nodes;         /* struct wr_gnode *, in order of addition */
    struct wr_ptrs stores;        /* struct wr_gstore *; finished: those that nodes use, by name */
    struct wr_strmap node_names;  /* -> struct wr_gnode * */
    struct wr_strmap store_names; /* -> struct wr_gstore * */
    struct wr_strmap topics;      /* undecorated name -> struct wr_gtopic * */
    struct wr_ptrs subtopologies; /* struct wr_subtopology *, by id */
    bool finished;
};

void wr_graph_init(struct wr_graph *g, struct wr_arena *arena, struct wr_findings *findings);
void wr_graph_free(struct wr_graph *g);

/* Add a node. Names and strings are copied; config is kept and must live as long as the graph.
 * Topics that are read are given by name; source and sink are copied. */
struct wr_gnode *wr_graph_add_source(struct wr_graph *g, const char *name, const struct wr_op *op,
                                     const char *const *topics, size_t count,
                                     const struct wr_gsource *source);
struct wr_gnode *wr_graph_add_processor(struct wr_graph *g, const char *name,
                                        const struct wr_op *op, const void *config);
struct wr_gnode *wr_graph_add_sink(struct wr_graph *g, const char *name, const struct wr_op *op,
                                   const char *topic, const struct wr_gsink *sink);

/* Connect child below parent, which was added before it. A sink has no children. */
void wr_graph_add_edge(struct wr_graph *g, struct wr_gnode *parent, struct wr_gnode *child);

/* Do records that leave a come to b, directly or through other nodes? False for a node itself. */
bool wr_gnode_is_above(const struct wr_gnode *a, const struct wr_gnode *b);

/* Add a store, and connect a processor to one. Connecting twice is connecting once. */
struct wr_gstore *wr_graph_add_store(struct wr_graph *g, const struct wr_gstore *store);
void wr_graph_connect_store(struct wr_graph *g, struct wr_gnode *node, struct wr_gstore *store);

/* Add a repartition topic. NULL, with a finding, if there is one of that name. */
struct wr_gtopic *wr_graph_add_internal_topic(struct wr_graph *g, const char *name,
                                              int32_t partitions);

/* Number the sub-topologies, drop stores that no processor is connected to, and check what can only
 * be checked now: names in the cluster begin with application_id. */
void wr_graph_finish(struct wr_graph *g, const char *application_id);

/* "kv", "timestamped-kv". */
const char *wr_store_type_name(enum weir_store_type type);

/* The name of a topic in the cluster: internal topics get the application id in front. */
const char *wr_topic_name(struct wr_arena *arena, const char *application_id,
                          const struct wr_gtopic *topic);

/* "<application id>-<store>-changelog", or the input topic that serves as changelog; NULL: not
 * logged. */
const char *wr_changelog_name(struct wr_arena *arena, const char *application_id,
                              const struct wr_gstore *store);

/* By name; NULL: there is none. */
struct wr_gnode *wr_graph_node(const struct wr_graph *g, const char *name);
struct wr_gstore *wr_graph_store(const struct wr_graph *g, const char *name);

#endif
