/* task_meta.h -- the meta record of a task's environment: whose rows these are and how far they
 * have come (rule R9). It is written in the transaction of the rows it speaks of.
 *
 * restore_from: every committed record of the changelog below it is in the store.
 * flush_until: no row comes from a record at or behind it. They differ only between the chunks of
 * one apply, when the rows are no image of any single moment; replaying the changelog from
 * restore_from to flush_until or further makes them one again.
 */
#ifndef WR_TASK_META_H
#define WR_TASK_META_H

#include "src/base/base.h"
#include "src/base/buf.h"

#define WR_TASK_META_NAME "task"

enum { WR_TASK_FORMAT = 1, WR_TASK_STORES_MAX = 4096 };

struct wr_task_meta_store {
    struct weir_bytes name;
    struct weir_bytes changelog; /* empty: not logged */
    struct weir_bytes changelog_id;
    bool timestamped;
    int64_t restore_from;
    int64_t flush_until;
};

struct wr_task_meta {
    uint32_t format;
    struct weir_bytes application_id;
    struct weir_bytes cluster_id; /* empty: not known yet */
    struct weir_bytes task_id;
    struct weir_bytes identity;
    int64_t as_of; /* wall clock when the rows were last known to be the whole changelog */
    bool has_inputs;
    struct weir_bytes inputs;
    size_t store_count;
    struct wr_task_meta_store *stores; /* owned */
};

void wr_task_meta_encode(const struct wr_task_meta *meta, struct wr_buf *out);

/* Views into `bytes`. WEIR_ECORRUPT, for whatever bytes it is given, unless they were written by
 * encode; a record of another format sets that field and nothing else. */
WR_MUST_CHECK enum weir_code wr_task_meta_decode(struct weir_bytes bytes, struct wr_task_meta *out,
                                                 struct weir_error *err);
void wr_task_meta_free(struct wr_task_meta *meta);

#endif
