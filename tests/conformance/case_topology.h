/* case_topology.h -- the topology of a conformance case, built through Weir's public interface.
 *
 *     struct case_topology *ct = case_topology_new(json);
 *     if (case_topology_not_built(ct) == NULL) { ... case_topology_build(t, ct) ... }
 *     case_topology_free(ct);         after the last task and topology that used it
 */
#ifndef WR_CASE_TOPOLOGY_H
#define WR_CASE_TOPOLOGY_H

#include <jansson.h>
#include <weir/weir.h>

#include "tests/conformance/case_functions.h"

struct case_topology;

/* json is the whole case and must outlive the result. */
struct case_topology *case_topology_new(const json_t *json);
void case_topology_free(struct case_topology *ct);

/* "not built: <operator>" for the first operator of the case that Weir does not have; NULL if it
 * has all. */
const char *case_topology_not_built(const struct case_topology *ct);

/* A weir_build_fn; arg is the struct case_topology. Called at most once. */
void case_topology_build(weir_topology *t, void *arg);

/* The types of a topic that the case reads or writes, or of a store, once it is built. `what` is
 * "topic" or "store"; a topic that only a computed sink can write has the types of that sink. False
 * if the case knows no such topic or store. */
bool case_topology_types(const struct case_topology *ct, const char *what, const char *name,
                         enum case_type *key, enum case_type *value);

/* The bytes of a key or value in a case: null, a string, or an integer; in buffer (8 bytes) or in
 * the json itself. */
struct weir_bytes case_bytes(const json_t *value, enum case_type type, char buffer[8]);

#endif
