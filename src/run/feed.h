/* feed.h -- where a task's input partition gets its messages from: a partition of a consumer, or a
 * queue in memory (the driver).
 *
 * Only two things are asked of it, so that one task runs unchanged on both. Thread: the owner of
 * the task.
 */
#ifndef WR_FEED_H
#define WR_FEED_H

#include "src/kafka/kafka.h"

struct wr_feed;

struct wr_feed_ops {
    /* As wr_partition_take, wr_messages_release and wr_message_headers. */
    size_t (*take)(struct wr_feed *f, struct wr_message *out, size_t max);
    void (*release)(struct wr_feed *f, struct wr_message *messages, size_t count);
    struct weir_headers (*headers)(struct wr_feed *f, const struct wr_message *m,
                                   struct wr_arena *arena);
};

struct wr_feed {
    const struct wr_feed_ops *ops;
};

#endif
