/* outlet.h -- where a task's records go: a producer, or a list in memory (the driver).
 *
 * Thread: the owner of the task.
 */
#ifndef WR_OUTLET_H
#define WR_OUTLET_H

#include "src/kafka/kafka.h"

struct wr_outlet;
struct wr_target; /* one topic of an outlet */

/* What a topic is written for: the two may go different ways (ADR 7). */
enum wr_target_kind { WR_TARGET_OUTPUT, WR_TARGET_CHANGELOG };

/* One record on its way out. */
struct wr_shipment {
    struct wr_target *target;
    int32_t partition;
    struct weir_bytes key;
    struct weir_bytes value;
    int64_t time;
    struct weir_headers headers;
    struct wr_delivery *delivery; /* of a changelog: where the offset is noted; else NULL */
};

struct wr_outlet_ops {
    /* The topic with this name in the cluster; lives as long as the outlet. */
    struct wr_target *(*target)(struct wr_outlet *o, enum wr_target_kind kind, const char *topic);

    /* Its partition count. WEIR_ENOTOPIC, WEIR_EAUTH; waits for metadata within bounds
     * (WEIR_ETIMEOUT). */
    enum weir_code (*partitions)(struct wr_outlet *o, struct wr_target *t, int32_t *count,
                                 struct weir_error *err);

    /* Buffer one record of the open transaction; copies. May wait for room, within bounds. Codes as
     * wr_producer_send, but never WEIR_PENDING. */
    enum weir_code (*send)(struct wr_outlet *o, const struct wr_shipment *s,
                           struct weir_error *err);
};

struct wr_outlet {
    const struct wr_outlet_ops *ops;
};

#endif
