/* identity.h -- what must stay the same for a sub-topology's state and positions to stay valid. */
#ifndef WR_IDENTITY_H
#define WR_IDENTITY_H

#include "src/base/buf.h"
#include "topology/graph/graph.h"

/* Append a canonical text about a sub-topology of a finished graph, as words separated by blanks.
 * Two builds with equal texts may use each other's state and committed positions; the runtime adds
 * partition counts and hashes it.
 *
 *     input=NAME                         each input, sorted by name
 *     input=NAME,internal,partitions=N   a repartition topic; 0: derived
 *     store=NAME,TYPE,key=CODEC,value=CODEC,changelog=own|none|topic:NAME   sorted by name
 *
 * Blanks in the names of codecs become '_'. The text depends neither on the order in which nodes
 * were added nor on their names, nor on anything without state: settings of topics, back ends,
 * functions, codecs of inputs and outputs. */
void wr_identity_text(const struct wr_subtopology *s, struct wr_buf *out);

#endif
