/* log_fates.c -- which batches and markers compaction may drop because of how their transactions
 * ended.
 *
 * A batch of an aborted transaction is not needed. A marker is needed as long as the log has a
 * batch of its transaction, also one that is dropped in the same run, because a reader may be
 * between the two. Thread: one.
 */
#include "src/base/base.h"

#include <stdlib.h>

#include "broker/log_internal.h"
#include "src/base/endian.h"
#include "src/base/mem.h"

struct
    wr_log_fate { /* of a producer's transaction that has begun and whose marker is not yet seen */
    int64_t producer_id;
    const struct wr_log_abort *abort; /* NULL: not aborted */
    bool abort_seen;                  /* a batch of it was seen */
    bool commit_seen;                 /* a batch of a transaction that is not aborted was seen */
};

static int by_first_offset(const void *a, const void *b)
{
    const struct wr_log_abort *x = a;
    const struct wr_log_abort *y = b;
    return (x->first_offset > y->first_offset) - (x->first_offset < y->first_offset);
}

void wr_log_fates_init(struct wr_log_fates *f, const struct wr_partition_log *log, int64_t from)
{
    *f = (struct wr_log_fates){0};
    if (log->abort_count == 0) {
        return;
    }
    f->aborts = wr_calloc(log->abort_count, sizeof *f->aborts);
    for (size_t i = 0; i < log->abort_count; i++) {
        if (log->aborts[i].last_offset >= from) {
            f->aborts[f->abort_count++] = log->aborts[i];
        }
    }
    qsort(f->aborts, f->abort_count, sizeof *f->aborts, by_first_offset);
}

void wr_log_fates_free(struct wr_log_fates *f)
{
    wr_free(f->aborts);
    wr_free(f->items);
    *f = (struct wr_log_fates){0};
}

static struct wr_log_fate *fate_of(struct wr_log_fates *f, int64_t producer_id)
{
    for (size_t i = 0; i < f->count; i++) {
        if (f->items[i].producer_id == producer_id) {
            return &f->items[i];
        }
    }
    if (f->count == f->cap) {
        f->cap = f->cap != 0 ? f->cap * 2 : 4;
        f->items = wr_realloc_array(f->items, f->cap, sizeof *f->items);
    }
    f->items[f->count] = (struct wr_log_fate){.producer_id = producer_id};
    return &f->items[f->count++];
}

static bool see_marker(struct wr_log_fates *f, const struct wr_batch *b,
                       const struct wr_log_abort **abort)
{
    enum { TYPE_AT = 2, COMMIT = 1 };
    struct wr_batch_iter it;
    struct wr_batch_record r;
    wr_batch_iter_init(&it, b);
    if (wr_batch_next(&it, &r) != 1) {
        return true; /* emptied before */
    }
    struct wr_log_fate *fate = fate_of(f, b->producer_id);
    bool needed;
    if (wr_get_be16((const unsigned char *)r.key.data + TYPE_AT) == COMMIT) {
        needed = fate->commit_seen;
        fate->commit_seen = false;
    } else {
        needed = fate->abort != NULL && fate->abort_seen;
        *abort = needed ? fate->abort : NULL;
        fate->abort = NULL;
        fate->abort_seen = false;
    }
    if (fate->abort == NULL && !fate->commit_seen) {
        *fate = f->items[--f->count];
    }
    return !needed;
}

bool wr_log_fates_see(struct wr_log_fates *f, const struct wr_batch *b,
                      const struct wr_log_abort **abort)
{
    *abort = NULL;
    for (; f->reached < f->abort_count &&
           f->aborts[f->reached].first_offset <= wr_batch_last_offset(b);
         f->reached++) {
        struct wr_log_fate *fate = fate_of(f, f->aborts[f->reached].producer_id);
        if (fate->abort == NULL) {
            fate->abort = &f->aborts[f->reached];
        }
    }
    if ((b->attributes & WR_BATCH_CONTROL) != 0) {
        return see_marker(f, b, abort);
    }
    if ((b->attributes & WR_BATCH_TRANSACTIONAL) == 0) {
        return false;
    }
    struct wr_log_fate *fate = fate_of(f, b->producer_id);
    if (fate->abort != NULL) {
        fate->abort_seen = true;
        return true;
    }
    fate->commit_seen = true;
    return false;
}
