/* describe.h -- a finished graph as text for people and as JSON for tools.
 *
 * Thread: any.
 */
#ifndef WR_DESCRIBE_H
#define WR_DESCRIBE_H

#include "src/base/buf.h"
#include "topology/graph/graph.h"

/* Append the text of Kafka Streams' TopologyDescription, byte for byte, with the items inside []
 * sorted (their order is not specified there) and "*" for the class of a sink's topic function. */
void wr_describe_text(const struct wr_graph *g, struct wr_buf *out);

/* Append the same as one line of JSON. Members:
 *
 *   "application"    the application id
 *   "subtopologies"  by id: {"id", "identity": text of identity.h, "nodes"}, nodes in order of
 *                    addition: {"name", "kind": "source"|"processor"|"sink", "topics": what a
 *                    source reads or a sink writes, undecorated (a computed topic: []), "stores",
 *                    "parents", "children": names}
 *   "stores"         by name: {"name", "type": "kv"|"timestamped-kv", "key", "value": codecs,
 *                    "backend": "persistent"|"memory", "changelog": topic in the cluster or null,
 *                    "subtopology": id}
 *   "topics"         internal topics by name: {"name": in the cluster, "kind": "repartition"|
 *                    "changelog", "partitions": only if asked for, "config": {name: value}}
 */
void wr_describe_json(const struct wr_graph *g, const char *application_id, struct wr_buf *out);

#endif
