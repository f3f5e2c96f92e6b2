/* rig.h -- a topology at work in a test: one task for all sub-topologies, stores, and a host that
 * writes down what happens, one line each:
 *
 *     out key=value@7          sent to a topic, with its time (null as "null")
 *     out key=value@7 [h=v]    with headers
 *     drop NODE reason         dropped by an operator's rules
 *     unkeyed NODE             left out before a repartition topic
 *     bad NODE CODE reason     could not be processed; excused if `excuse` is set
 *     commit                   the end of the open transaction
 */
#ifndef WR_RIG_H
#define WR_RIG_H

#include <weir/weir.h>

#include "src/base/buf.h"
#include "state/task_state.h"
#include "topology/dsl/blueprint.h"
#include "topology/op/node.h"

enum { RIG_STORES_MAX = 8 };

struct rig {
    struct weir_topology *t;
    struct wr_arena arena;
    struct wr_host host;
    struct wr_nodes nodes;
    struct weir_error err;
    struct wr_buf log;
    bool excuse;
    bool has_no_stores;
    enum weir_code send_code; /* what the host answers to the next send */
    int64_t wall;
    struct wr_task_state *state; /* in memory; NULL until the rig is opened */
    int64_t offset;
};

/* Build with the default options, or with others. */
void rig_build(struct rig *r, void (*build)(weir_topology *t));
void rig_build_with(struct rig *r, void (*build)(weir_topology *t),
                    const struct wr_topology_options *options);

/* Open the nodes of what was built without a finding. */
void rig_open(struct rig *r);
enum weir_code rig_try_open(struct rig *r); /* the same, where it may fail */
void rig_free(struct rig *r);

struct weir_kv *rig_store(struct rig *r, const char *name);
struct wr_node *rig_node(struct rig *r, const char *name);

/* Give a record to the source that reads topic; NULL is null. */
enum weir_code rig_feed(struct rig *r, const char *topic, const char *key, const char *value,
                        int64_t time);
enum weir_code rig_commit(struct rig *r);

/* What was written down since the last call. */
const char *rig_log(struct rig *r);

/* The finding that contains text; NULL if there is none. */
const char *rig_finding(const struct rig *r, const char *text);

#endif
