/* case_run.h -- a conformance case at work on the driver. */
#ifndef WR_CASE_RUN_H
#define WR_CASE_RUN_H

#include <jansson.h>

#include "tests/conformance/case_topology.h"

/* Build the case's topology, work its steps and say what came, with the members that expectations
 * have (SPEC.md, section 8): always records and dropped; of the others those that `wanted` has,
 * with the stores that it names. The order of records is that of the specification. An error is
 * {"at", "code", "message"} and ends the run. */
json_t *case_run(const json_t *json, const json_t *wanted, struct case_topology *ct);

#endif
