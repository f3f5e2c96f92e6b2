/* group_watch.h -- does every task have an owner?
 *
 * In a cooperative rebalance a task that moves belongs to nobody between two generations: its
 * former owner gives it up in the first and makes the second happen by joining again. If that one
 * is killed in between and comes back, it is a static member that gets what the first generation
 * had for it, and there is no second: the task would have no owner until somebody comes or goes.
 *
 * So every instance looks at the group soon after each rebalance, and now and then. When tasks
 * without an owner are seen twice and the instance has had no rebalance in between, one member is
 * to leave the group and join again: the one with the fewest tasks, for which that costs least.
 *
 * Thread: control.
 */
#ifndef WR_GROUP_WATCH_H
#define WR_GROUP_WATCH_H

#include "src/kafka/kafka.h"

struct wr_group_watch {
    struct wr_consumer *admin;
    const char *instance_id; /* ours */
    struct wr_call *call;
    int64_t look_at_ms;
    int rebalances; /* that are known of */
    int gap_at;     /* how many rebalances there had been when a gap was seen; -1: none was */
};

void wr_group_watch_init(struct wr_group_watch *w, struct wr_consumer *admin,
                         const char *instance_id, int64_t now_ms);
void wr_group_watch_free(struct wr_group_watch *w);

/* Go on with looking; never waits. tasks: partitions of the task topic. rebalances: how many this
 * instance has had. True if this instance is to leave and join again. */
bool wr_group_watch_step(struct wr_group_watch *w, int32_t tasks, int rebalances, int64_t now_ms);

/* How many tasks nobody has, and who has the fewest (the first by member id among equals). 0 while
 * nobody has any: the group is being rebalanced. */
int32_t wr_group_watch_gap(const struct wr_member *members, size_t count, int32_t tasks,
                           const struct wr_member **fewest);

#endif
