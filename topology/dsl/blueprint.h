/* blueprint.h -- weir_topology from inside: a graph being built, and what was found wrong with it.
 *
 *     wr_topology_new -> application's build function -> wr_topology_finish -> graph
 *
 * Thread: the one that builds; the finished graph may be read by any.
 */
#ifndef WR_BLUEPRINT_H
#define WR_BLUEPRINT_H

#include "topology/graph/graph.h"

/* Settings that change how a topology is built. Strings are copied. */
struct wr_topology_options {
    const char *application_id;
    bool explicit_names;      /* ensure.explicit.internal.resource.naming */
    bool reuse_source_topics; /* topology.optimization: reuse.ktable.source.topics */
    bool merge_repartitions;  /* topology.optimization: merge.repartition.topics */
    const char *default_key;  /* weir.default.key.codec: "string", "json", ...; NULL: any bytes */
    const char *default_value;
};

struct wr_dsl; /* topology/dsl/dsl.h: operators not yet written to the graph */

struct weir_topology {
    struct wr_arena arena;
    struct wr_topology_options options;
    const struct weir_codec *default_key;
    const struct weir_codec *default_value;
    struct wr_findings findings;
    struct wr_graph graph;
    struct wr_dsl *dsl;
};

struct weir_topology *wr_topology_new(const struct wr_topology_options *options);
void wr_topology_free(struct weir_topology *t); /* accepts NULL */

/* Write everything to the graph and check it. WEIR_ETOPOLOGY with all findings, one per line, if
 * there are any; err may be too short for all of them, t->findings is not. Called once. */
WR_MUST_CHECK enum weir_code wr_topology_finish(struct weir_topology *t, struct weir_error *err);

#endif
