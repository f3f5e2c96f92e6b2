/* txn_markers.c -- what happens to transactions without a request: markers, time-outs, the end of
 * unused ids, another coordinator. */
#include "src/base/base.h"

#include "broker/txn_internal.h"

void wr_txn_enqueue(struct wr_txns *t, struct wr_transaction *x)
{
    x->next = NULL;
    if (t->first == NULL) {
        t->first = x;
    } else {
        t->last->next = x;
    }
    t->last = x;
}

void wr_txn_dequeue(struct wr_txns *t, struct wr_transaction *x)
{
    struct wr_transaction *before = NULL;
    for (struct wr_transaction *i = t->first; i != x; i = i->next) {
        before = i;
    }
    if (before == NULL) {
        t->first = x->next;
    } else {
        before->next = x->next;
    }
    if (t->last == x) {
        t->last = before;
    }
    x->next = NULL;
}

void wr_txn_decide(struct wr_txns *t, struct wr_transaction *x, bool commit, int64_t now)
{
    wr_txn_go(t, x, commit ? WR_TXN_PREPARE_COMMIT : WR_TXN_PREPARE_ABORT, now);
    wr_txn_enqueue(t, x);
    wr_txn_record(t, x);
}

void wr_txn_fence(struct wr_txns *t, struct wr_transaction *x, int64_t now)
{
    wr_txn_go(t, x, WR_TXN_PREPARE_EPOCH_FENCE, now);
    if (x->epoch >= WR_TXN_LAST_EPOCH) {
        x->next_id = wr_txn_take_producer_id(t);
    }
    x->last_epoch = x->epoch++;
    wr_txn_decide(t, x, false, now);
}

static enum wr_kafka_error write_marker(struct wr_txns *t, const struct wr_transaction *x,
                                        int64_t now)
{
    struct wr_txn_world *world = t->options.world;
    const struct wr_txn_participant *p = &x->participants[x->marked];
    struct wr_marker m = {
        .producer_id = x->producer_id,
        .producer_epoch = x->epoch,
        .coordinator_epoch = t->options.coordinator_epoch,
        .commit = x->fsm.state == WR_TXN_PREPARE_COMMIT,
    };
    if (p->partition >= 0) {
        return world->mark_partition(world, p->name, p->partition, &m, now);
    }
    world->mark_group(world, p->name, &m);
    return WR_KE_NONE;
}

static void complete(struct wr_txns *t, struct wr_transaction *x, int64_t now)
{
    bool commit = x->fsm.state == WR_TXN_PREPARE_COMMIT;
    wr_txn_dequeue(t, x);
    wr_txn_go(t, x, commit ? WR_TXN_COMPLETE_COMMIT : WR_TXN_COMPLETE_ABORT, now);
    if (x->next_id != -1) {
        wr_txn_rotate(t, x, x->next_id);
        x->next_id = -1;
    }
    wr_txn_record(t, x);
}

static struct wr_transaction *first_due(const struct wr_txns *t)
{
    struct wr_transaction *x = t->first;
    while (x != NULL && x->stuck) {
        x = x->next;
    }
    return x;
}

bool wr_txns_has_marker(const struct wr_txns *t)
{
    return first_due(t) != NULL;
}

bool wr_txns_write_marker(struct wr_txns *t, int64_t now)
{
    struct wr_transaction *x = first_due(t);
    if (x == NULL) {
        return false;
    }
    if (x->marked < x->count) {
        enum wr_kafka_error error = write_marker(t, x, now);
        if (error == WR_KE_INVALID_PRODUCER_EPOCH ||
            error == WR_KE_TRANSACTION_COORDINATOR_FENCED) {
            x->stuck = true;
            return true;
        }
        if (error != WR_KE_NONE) {
            wr_txn_dequeue(t, x);
            wr_txn_enqueue(t, x);
            return true;
        }
        x->marked++;
    }
    if (x->marked == x->count) {
        complete(t, x, now);
    }
    return true;
}

/* ---- time ------------------------------------------------------------------------------------ */

static void abort_overdue(struct wr_txns *t, int64_t now)
{
    for (struct wr_link *link = wr_linkmap_next(&t->by_id, NULL); link != NULL;
         link = wr_linkmap_next(&t->by_id, link)) {
        struct wr_transaction *x = WR_CONTAINER_OF(link, struct wr_transaction, by_id);
        if (x->fsm.state == WR_TXN_ONGOING && x->start_time + x->timeout_ms < now) {
            wr_txn_fence(t, x, now);
        }
    }
}

static void forget_unused(struct wr_txns *t, int64_t now)
{
    int64_t earliest = INT64_MAX;
    struct wr_link *next;
    for (struct wr_link *link = wr_linkmap_next(&t->by_id, NULL); link != NULL; link = next) {
        next = wr_linkmap_next(&t->by_id, link);
        struct wr_transaction *x = WR_CONTAINER_OF(link, struct wr_transaction, by_id);
        if (!wr_txn_is_at_rest(x)) {
            continue;
        }
        int64_t at = x->update_time + t->options.id_expiration_ms;
        if (at <= now) {
            wr_txn_forget(t, x, now);
        } else {
            earliest = wr_min_i64(earliest, at);
        }
    }
    t->expire_at = earliest;
}

int64_t wr_txns_next(const struct wr_txns *t)
{
    return wr_min_i64(t->ongoing != 0 ? t->scan_at : INT64_MAX, t->expire_at);
}

void wr_txns_tick(struct wr_txns *t, int64_t now)
{
    if (t->scan_at <= now) {
        if (t->ongoing != 0) {
            abort_overdue(t, now);
        }
        t->scan_at +=
            ((now - t->scan_at) / t->options.abort_scan_ms + 1) * t->options.abort_scan_ms;
    }
    if (t->expire_at <= now) {
        forget_unused(t, now);
    }
}

void wr_txns_move(struct wr_txns *t)
{
    t->options.coordinator_epoch++;
    for (struct wr_link *link = wr_linkmap_next(&t->by_id, NULL); link != NULL;
         link = wr_linkmap_next(&t->by_id, link)) {
        struct wr_transaction *x = WR_CONTAINER_OF(link, struct wr_transaction, by_id);
        x->last_epoch = -1;
        x->marked = 0;
        x->stuck = false;
    }
    wr_txns_record(t);
}
