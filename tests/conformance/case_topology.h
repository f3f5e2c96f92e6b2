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

/* The first operator of the case that Weir does not have; NULL if it has all. */
const char *case_topology_not_built(const struct case_topology *ct);

/* A weir_build_fn; arg is the struct case_topology. Called at most once. */
void case_topology_build(weir_topology *t, void *arg);

/* What is in a topic or a store. */
struct case_types {
    enum case_type key;
    enum case_type value;
    bool timestamped; /* a store that keeps times */
};

/* The types of a topic that the case reads or writes, or of a store, once it is built. A topic that
 * only a computed sink can write has the types of that sink. False if the case knows no such topic
 * or store. */
bool case_topology_topic(const struct case_topology *ct, const char *name, struct case_types *out);
bool case_topology_store(const struct case_topology *ct, const char *name, struct case_types *out);

#endif
