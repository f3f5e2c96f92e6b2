/* fence.h -- ending the open transaction of a writer that is dead (rule R12).
 *
 * The last claim of a task names its writer; if no member of the group is that instance, a producer
 * with the writer's own transactional id is initialised once, which aborts or completes its
 * transaction at once instead of after transaction.timeout.ms. A writer that is a member is left
 * alone: it may be committing (spared.h looks at it once more).
 *
 * Who takes a task over from another process does so always: a transaction that was begun and has
 * not yet sent its positions holds up nobody but the readers of what it has written. A task whose
 * stable offsets stay unknown waits for an open transaction, and reads the claim without waiting.
 *
 * Thread: restore.
 */
#ifndef WR_FENCE_H
#define WR_FENCE_H

#include "src/kafka/kafka.h"

enum wr_fence_state { WR_FENCE_IDLE, WR_FENCE_CLAIM, WR_FENCE_MEMBERS, WR_FENCE_INIT };

/* What it came to. */
enum wr_fence_end {
    WR_FENCE_UNKNOWN,    /* no claim of ours, or a call failed */
    WR_FENCE_FENCED,     /* the writer is dead, and its transaction over */
    WR_FENCE_LEFT_ALONE, /* the writer is a member */
};

struct wr_fence {
    enum wr_fence_state state;
    struct wr_call *call;
    struct wr_producer *producer;
    char writer[256];
};

/* Begin to look who blocks partition `number` of the task topic. */
void wr_fence_start(struct wr_fence *f, struct wr_consumer *admin, const char *task_topic,
                    int32_t number);

/* The same when the claim is known. */
void wr_fence_start_writer(struct wr_fence *f, struct wr_consumer *admin, const char *writer);

/* Work for about slice_ms. True when it is over (and f is IDLE again); f->writer is whom it was
 * about, if that is known. */
bool wr_fence_step(struct wr_fence *f, struct wr_kafka *kafka, struct wr_consumer *admin,
                   const char *application_id, int slice_ms, enum wr_fence_end *end);

/* Give up. */
void wr_fence_cancel(struct wr_fence *f);

#endif
