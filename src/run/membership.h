/* membership.h -- what the control thread publishes about the group, and stream threads commit
 * with.
 *
 * The metadata M is published at every ASSIGN and on entry to every REVOKE that is not LOST (rule
 * R2), and is an immutable object; a commit takes the published one, never what the client library
 * thinks at that moment. The ownership epoch of a stream thread is bumped by the control thread
 * when everything is lost (LOST, a fatal group error) and by the thread itself when a task leaves
 * it; a transaction that began under another epoch is never committed.
 *
 * Between generations the gate is closed: nothing is committed then (group_gate.h).
 *
 * Thread: publish from the control thread, the rest from any.
 */
#ifndef WR_MEMBERSHIP_H
#define WR_MEMBERSHIP_H

#include <pthread.h>
#include <stdatomic.h>

#include "src/kafka/group_gate.h"
#include "src/kafka/kafka.h"

struct wr_membership {
    struct wr_group_gate *gate;
    pthread_mutex_t lock; /* held only while the pointer is copied */
    struct wr_group_meta *meta;
};

void wr_membership_init(struct wr_membership *m, struct wr_clock *clock,
                        const struct wr_group_gate_limits *limits);
void wr_membership_free(struct wr_membership *m);

/* Replace M and open the gate; takes the reference. NULL: not a member. */
void wr_membership_publish(struct wr_membership *m, struct wr_group_meta *meta);

/* M with a reference of the caller's own; NULL if not a member. */
struct wr_group_meta *wr_membership_get(struct wr_membership *m);

#endif
