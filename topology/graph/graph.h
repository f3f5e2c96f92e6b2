/* graph.h -- a topology as nodes and edges, finished and immutable.
 *
 * What the language (topology/dsl) and the node-by-node functions (topology.h) build, what
 * `describe` prints, and what tasks are made from. Names, numbers and order are Kafka Streams':
 *   - a sub-topology is a set of nodes connected by edges or by shared stores;
 *   - internal topics are named here without the application id ("counts-repartition");
 * wr_topic_name() gives the name in the cluster.
 *
 * All memory belongs to the topology's arena. After wr_graph_finish() nothing changes, and any
 * thread may read.
 */
#ifndef WR_GRAPH_H
#define WR_GRAPH_H

#include <weir/topology.h>

#include "src/base/arena.h"
#include "src/base/base.h"
#include "src/base/ptrs.h"
#include "src/base/strmap.h"

struct wr_op; /* topology/op/node.h */

enum wr_gnode_kind { WR_GNODE_SOURCE, WR_GNODE_PROCESSOR, WR_GNODE_SINK };

struct wr_gtopic {
    const char *name;       /* undecorated */
    bool internal;          /* a repartition topic: created and purged by Weir */
    int32_t partitions;     /* internal: asked for by the application; 0: derived */
    struct wr_ptrs sources; /* struct wr_gnode *: who reads it (at most one) */
    struct wr_ptrs sinks;   /* struct wr_gnode *: who writes it */
};

struct wr_gsource {
    struct wr_gtopic **topics;
    size_t topic_count;
    struct weir_codec *key;
    struct weir_codec *value;
    enum weir_reset reset;
    const struct weir_field *time_field;
    weir_timestamp_fn *timestamp;
    int64_t out_of_order_ms;
};

struct wr_gsink {
    struct wr_gtopic *topic; /* NULL: computed by topic_fn */
    weir_topic_fn *topic_fn;
    const void *arg;
    weir_partition_fn *partition;
    struct weir_codec *key;
    struct weir_codec *value;
};

struct wr_gstore {
    const char *name;
    enum weir_store_type type;
    struct weir_codec *key;
    struct weir_codec *value;
    bool memory;
    bool logged;
    const struct wr_gtopic
        *source_changelog; /* an input topic that serves as changelog; else NULL */
    const struct weir_topic_setting *settings;
    size_t setting_count;
    int subtopology;
    bool named; /* by the application */
};

struct wr_gnode {
    enum wr_gnode_kind kind;
    const char *name;
    size_t index; /* order of addition; also index in wr_graph.nodes */
    int subtopology;
    struct wr_ptrs parents;  /* struct wr_gnode * */
    struct wr_ptrs children; /* struct wr_gnode *, in order of addition */
    struct wr_ptrs stores;   /* struct wr_gstore * */
    const struct wr_op *op;  /* what it does */
    const void *config;      /* of the op; immutable */
    struct wr_gsource *source;
    struct wr_gsink *sink;
};

struct wr_subtopology {
    int id;
    struct wr_ptrs nodes;  /* struct wr_gnode *, parents before children */
    struct wr_ptrs inputs; /* struct wr_gtopic *: what its sources read, sorted by name */
    struct wr_ptrs stores; /* struct wr_gstore *, sorted by name */
};

/* Topics that one sub-topology reads together and that must have equal partition counts are simply
 * its inputs whose nodes are connected through an operator that matches keys (a join); listed here.
 */
struct wr_copartition {
    struct wr_ptrs topics; /* struct wr_gtopic * */
};

struct wr_graph {
    struct wr_arena *arena;
    struct wr_ptrs nodes;        /* struct wr_gnode *, in order of addition */
    struct wr_strmap node_names; /* -> struct wr_gnode * */
    struct wr_strmap topics;     /* undecorated name -> struct wr_gtopic * */
    struct wr_strmap stores; /* name -> struct wr_gstore * (connected ones only, once finished) */
    struct wr_ptrs subtopologies; /* struct wr_subtopology *, by id */
    struct wr_ptrs copartitions;  /* struct wr_copartition * */
    bool finished;
};

/* The name of a topic in the cluster: internal topics get the application id in front. */
const char *wr_topic_name(struct wr_arena *arena, const char *application_id,
                          const struct wr_gtopic *topic);

/* "<application id>-<store>-changelog", or the input topic that serves as changelog; NULL: not
 * logged. */
const char *wr_changelog_name(struct wr_arena *arena, const char *application_id,
                              const struct wr_gstore *store);

#endif
