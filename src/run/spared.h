/* spared.h -- writers that were left alone because they were members of the group (fence.h).
 *
 * Who takes a task over from a member cannot know whether it has heard of its loss: if it is killed
 * before it aborts, and never comes back, nobody else would end its transaction, because the task's
 * claim names its next writer then. So each is looked at once more, when one that was dead or that
 * lost its membership has left the group; one that is a member still has long heard of it.
 *
 * Thread: restore.
 */
#ifndef WR_SPARED_H
#define WR_SPARED_H

#include "src/base/ptrs.h"
#include "src/run/fence.h"

struct wr_spared {
    struct wr_ptrs writers;
};

void wr_spared_free(struct wr_spared *s);

/* Look at a writer at this time; one that waits already is looked at then. */
void wr_spared_add(struct wr_spared *s, const char *writer, int64_t look_at_ms);

/* Go on with looking; never waits. */
void wr_spared_step(struct wr_spared *s, struct wr_kafka *kafka, struct wr_consumer *admin,
                    const char *application_id, int64_t now_ms);

#endif
