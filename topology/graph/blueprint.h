/* blueprint.h -- weir_topology from inside: a graph being built, and what was found wrong with it.
 *
 *     wr_topology_new -> application's build function -> wr_topology_finish -> graph
 */
#ifndef WR_BLUEPRINT_H
#define WR_BLUEPRINT_H

#include "src/base/buf.h"
#include "topology/graph/graph.h"

/* Settings that change how a topology is built. */
struct wr_topology_options {
    const char *application_id;
    bool explicit_names;      /* ensure.explicit.internal.resource.naming */
    bool reuse_source_topics; /* topology.optimization: reuse.ktable.source.topics */
    bool merge_repartitions;  /* topology.optimization: merge.repartition.topics */
    const char *default_key;  /* weir.default.key.codec: "string", "json", ...; NULL: byte array */
    const char *default_value;
};

struct wr_dsl; /* topology/dsl: operators not yet written to the graph */

struct weir_topology {
    struct wr_arena arena;
    struct wr_topology_options options;
    struct wr_graph graph;
    struct wr_ptrs findings; /* char *, in the arena */
    struct wr_dsl *dsl;
};

struct weir_topology *wr_topology_new(const struct wr_topology_options *options);
void wr_topology_free(struct weir_topology *t); /* accepts NULL */

/* Write everything to the graph and check it. WEIR_ETOPOLOGY with all findings, one per line, if
 * there are any. Called once. */
WR_MUST_CHECK enum weir_code wr_topology_finish(struct weir_topology *t, struct weir_error *err);

/* Add a finding: what, where, why, what to do. */
void wr_topology_finding(struct weir_topology *t, const char *format, ...) WR_PRINTF(2, 3);

/* The text of Kafka Streams' TopologyDescription. */
void wr_topology_describe(const struct weir_topology *t, struct wr_buf *out);

#endif
