/* log_producers.c -- what a log knows of the producers that write to it: epochs, sequences, their
 * last batches, their open transactions (KIP-98, KIP-360, KIP-890 part 1).
 *
 * Sequences count records from 0 to INT32_MAX and then from 0 again. What is not known is believed:
 * a producer without state, new or forgotten, may begin with any sequence. Thread: one.
 */
#include "src/base/base.h"

#include <string.h>

#include "broker/log_internal.h"
#include "src/base/mem.h"

static int32_t sequence_plus(int32_t sequence, int32_t more)
{
    return (int32_t)(((uint32_t)sequence + (uint32_t)more) & INT32_MAX);
}

void wr_log_producers_free(struct wr_log_producers *p)
{
    wr_free(p->items);
    wr_free(p->open);
    *p = (struct wr_log_producers){0};
}

/* How many have a lower id. */
static size_t rank(const struct wr_log_producers *p, int64_t id)
{
    size_t low = 0;
    size_t high = p->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (p->items[middle].id < id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

const struct wr_log_writer *wr_log_writer_find(const struct wr_log_producers *p, int64_t id)
{
    size_t i = rank(p, id);
    return i < p->count && p->items[i].id == id ? &p->items[i] : NULL;
}

static struct wr_log_writer *find_or_add(struct wr_log_producers *p, int64_t id)
{
    size_t i = rank(p, id);
    if (i < p->count && p->items[i].id == id) {
        return &p->items[i];
    }
    if (p->count == p->cap) {
        p->cap = p->cap != 0 ? p->cap * 2 : 1;
        p->items = wr_realloc_array(p->items, p->cap, sizeof *p->items);
    }
    memmove(&p->items[i + 1], &p->items[i], (p->count - i) * sizeof p->items[0]);
    p->count++;
    p->items[i] = (struct wr_log_writer){.id = id,
                                         .txn_start = -1,
                                         .last_time = -1,
                                         .coordinator_epoch = -1,
                                         .tried_sequence = -1,
                                         .epoch = -1};
    return &p->items[i];
}

/* ---- judging --------------------------------------------------------------------------------- */

enum wr_kafka_error wr_log_verify(struct wr_log_producers *p, const struct wr_batch *b,
                                  enum wr_kafka_error coordinator, int64_t now)
{
    if (b->producer_id < 0 || (b->attributes & WR_BATCH_TRANSACTIONAL) == 0) {
        return WR_KE_NONE;
    }
    struct wr_log_writer *w = find_or_add(p, b->producer_id);
    if (w->txn_start >= 0 && w->epoch == b->producer_epoch) {
        return WR_KE_NONE;
    }
    if (b->producer_epoch < w->epoch) {
        return WR_KE_INVALID_PRODUCER_EPOCH;
    }
    /* A batch that was refused must not be followed by the one behind it: of a producer without
     * state that would be taken. */
    if (w->tried_sequence < 0 || b->producer_epoch > w->tried_epoch ||
        (b->producer_epoch == w->tried_epoch && b->base_sequence < w->tried_sequence)) {
        w->tried_sequence = b->base_sequence;
        w->tried_epoch = b->producer_epoch;
    }
    if (w->epoch < 0) {
        w->last_time = now;
    }
    return coordinator;
}

enum wr_kafka_error wr_log_judge(const struct wr_log_producers *p, const struct wr_batch *b,
                                 const struct wr_log_kept **duplicate)
{
    const struct wr_log_writer *w = wr_log_writer_find(p, b->producer_id);
    int32_t last = sequence_plus(b->base_sequence, b->last_offset_delta);
    *duplicate = NULL;
    if (b->producer_epoch < 0 || (w != NULL && b->producer_epoch < w->epoch)) {
        return WR_KE_INVALID_PRODUCER_EPOCH;
    }
    if (w == NULL) {
        return WR_KE_NONE;
    }
    int32_t expected = 0;
    if (b->producer_epoch == w->epoch && w->kept_count != 0) {
        for (size_t i = 0; i < w->kept_count; i++) {
            const struct wr_log_kept *k = &w->kept[i];
            if (k->last_sequence == last && k->offset_delta == b->last_offset_delta) {
                *duplicate = k;
                return WR_KE_NONE;
            }
        }
        expected = sequence_plus(w->kept[w->kept_count - 1].last_sequence, 1);
    }
    if ((w->tried_sequence >= 0 && b->base_sequence > w->tried_sequence) ||
        (w->epoch >= 0 && b->base_sequence != expected)) {
        return WR_KE_OUT_OF_ORDER_SEQUENCE_NUMBER;
    }
    return w->txn_start >= 0 && (b->attributes & WR_BATCH_TRANSACTIONAL) == 0
               ? WR_KE_INVALID_TXN_STATE
               : WR_KE_NONE;
}

enum wr_kafka_error wr_log_judge_marker(const struct wr_log_producers *p, const struct wr_marker *m)
{
    const struct wr_log_writer *w = wr_log_writer_find(p, m->producer_id);
    if (w != NULL && m->producer_epoch < w->epoch) {
        return WR_KE_INVALID_PRODUCER_EPOCH;
    }
    return w != NULL && m->coordinator_epoch < w->coordinator_epoch
               ? WR_KE_TRANSACTION_COORDINATOR_FENCED
               : WR_KE_NONE;
}

/* ---- noting ---------------------------------------------------------------------------------- */

static void set_epoch(struct wr_log_writer *w, int16_t epoch)
{
    if (w->epoch != epoch) {
        w->epoch = epoch;
        w->kept_count = 0;
    }
}

static void open_txn(struct wr_log_producers *p, int64_t first_offset)
{
    if (p->open_count == p->open_cap) {
        p->open_cap = p->open_cap != 0 ? p->open_cap * 2 : 2;
        p->open = wr_realloc_array(p->open, p->open_cap, sizeof *p->open);
    }
    p->open[p->open_count++] = first_offset;
}

static void close_txn(struct wr_log_producers *p, int64_t first_offset)
{
    size_t i = 0;
    while (p->open[i] != first_offset) {
        i++;
    }
    p->open_count--;
    memmove(&p->open[i], &p->open[i + 1], (p->open_count - i) * sizeof p->open[0]);
}

void wr_log_note(struct wr_log_producers *p, const struct wr_batch *b)
{
    struct wr_log_writer *w = find_or_add(p, b->producer_id);
    set_epoch(w, b->producer_epoch);
    if (w->kept_count == WR_LOG_KEPT_BATCHES) {
        w->kept_count--;
        memmove(&w->kept[0], &w->kept[1], w->kept_count * sizeof w->kept[0]);
    }
    w->kept[w->kept_count++] =
        (struct wr_log_kept){.last_sequence = sequence_plus(b->base_sequence, b->last_offset_delta),
                             .offset_delta = b->last_offset_delta,
                             .last_offset = wr_batch_last_offset(b),
                             .max_time = b->max_time};
    w->last_time = b->max_time;
    if ((b->attributes & WR_BATCH_TRANSACTIONAL) != 0) {
        w->tried_sequence = -1;
        if (w->txn_start < 0) {
            w->txn_start = b->base_offset;
            open_txn(p, b->base_offset);
        }
    }
}

int64_t wr_log_note_marker(struct wr_log_producers *p, const struct wr_marker *m, int64_t now)
{
    struct wr_log_writer *w = find_or_add(p, m->producer_id);
    int64_t first_offset = w->txn_start;
    set_epoch(w, m->producer_epoch);
    w->coordinator_epoch = m->coordinator_epoch;
    w->last_time = now;
    w->tried_sequence = -1;
    w->txn_start = -1;
    if (first_offset >= 0) {
        close_txn(p, first_offset);
    }
    return first_offset;
}

int64_t wr_log_first_open(const struct wr_log_producers *p, int64_t otherwise)
{
    return p->open_count != 0 ? p->open[0] : otherwise;
}

bool wr_log_writer_load(struct wr_log_producers *p, const struct wr_log_writer *w)
{
    if (p->count != 0 && p->items[p->count - 1].id >= w->id) {
        return false;
    }
    *find_or_add(p, w->id) = *w;
    if (w->txn_start < 0) {
        return true;
    }
    size_t i = 0;
    while (i < p->open_count && p->open[i] < w->txn_start) {
        i++;
    }
    if (i < p->open_count && p->open[i] == w->txn_start) {
        return false;
    }
    open_txn(p, w->txn_start); /* makes room */
    memmove(&p->open[i + 1], &p->open[i], (p->open_count - 1 - i) * sizeof p->open[0]);
    p->open[i] = w->txn_start;
    return true;
}

bool wr_log_producers_expire(struct wr_log_producers *p, int64_t now, int64_t idle_ms)
{
    size_t kept = 0;
    for (size_t i = 0; i < p->count; i++) {
        const struct wr_log_writer *w = &p->items[i];
        if (w->txn_start >= 0 || now - w->last_time < idle_ms) {
            p->items[kept++] = *w;
        }
    }
    bool changed = kept != p->count;
    p->count = kept;
    return changed;
}

void wr_log_producers_check(const struct wr_log_producers *p, int64_t end)
{
    size_t open = 0;
    for (size_t i = 0; i < p->count; i++) {
        const struct wr_log_writer *w = &p->items[i];
        wr_assert(i == 0 || p->items[i - 1].id < w->id);
        wr_assert(w->kept_count <= WR_LOG_KEPT_BATCHES && w->txn_start < end);
        open += w->txn_start >= 0;
        for (size_t k = 0; k < w->kept_count; k++) {
            wr_assert(w->kept[k].last_offset < end);
            wr_assert(k == 0 || w->kept[k - 1].last_offset < w->kept[k].last_offset);
        }
    }
    wr_assert(open == p->open_count);
    for (size_t i = 1; i < p->open_count; i++) {
        wr_assert(p->open[i - 1] < p->open[i]);
    }
}
