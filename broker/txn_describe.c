/* txn_describe.c -- transactions as tools and checkers see them. */
#include "src/base/base.h"

#include <stdlib.h>
#include <string.h>

#include "broker/txn_internal.h"

static struct wr_txn_info describe(const struct wr_transaction *x, struct wr_arena *arena)
{
    struct wr_txn_partition *partitions = wr_arena_alloc(arena, x->count * sizeof *partitions);
    for (size_t i = 0; i < x->count; i++) {
        partitions[i] = (struct wr_txn_partition){
            x->participants[i].name,
            x->participants[i].partition,
            WR_KE_NONE,
        };
    }
    return (struct wr_txn_info){
        .id = x->id,
        .state = wr_txn_state_of(x),
        .producer = {x->producer_id, x->epoch},
        .timeout_ms = x->timeout_ms,
        .start_time = x->start_time,
        .partitions = partitions,
        .partition_count = x->count,
    };
}

static int by_id(const void *a, const void *b)
{
    return strcmp(((const struct wr_txn_info *)a)->id, ((const struct wr_txn_info *)b)->id);
}

size_t wr_txns_list(const struct wr_txns *t, struct wr_arena *arena, const struct wr_txn_info **out)
{
    struct wr_txn_info *all = wr_arena_alloc(arena, t->by_id.count * sizeof *all);
    size_t count = 0;
    for (struct wr_link *link = wr_linkmap_next(&t->by_id, NULL); link != NULL;
         link = wr_linkmap_next(&t->by_id, link)) {
        all[count++] = describe(WR_CONTAINER_OF(link, struct wr_transaction, by_id), arena);
    }
    qsort(all, count, sizeof *all, by_id);
    *out = all;
    return count;
}

bool wr_txns_describe(const struct wr_txns *t, const char *id, struct wr_arena *arena,
                      struct wr_txn_info *out)
{
    struct wr_link *link = wr_linkmap_find(&t->by_id, weir_str(id));
    if (link == NULL) {
        return false;
    }
    *out = describe(WR_CONTAINER_OF(link, struct wr_transaction, by_id), arena);
    return true;
}

static void check_txn(const struct wr_txns *t, const struct wr_transaction *x)
{
    enum wr_transaction_state state = wr_txn_state_of(x);
    bool decided = wr_txn_is_decided(x);
    bool open = decided || state == WR_TXN_ONGOING;
    wr_assert(state != WR_TXN_DEAD && state != WR_TXN_PREPARE_EPOCH_FENCE);
    wr_assert(state != WR_TXN_EMPTY || x->start_time == -1);
    wr_assert(!open || x->start_time >= 0);
    wr_assert(open || x->count == 0);
    wr_assert(decided ? x->marked <= x->count : x->marked == 0 && !x->stuck);
    wr_assert(x->next_id == -1 || state == WR_TXN_PREPARE_ABORT);
    wr_assert(x->epoch >= 0 || state == WR_TXN_EMPTY);
    wr_assert(x->last_epoch <= x->epoch || x->epoch == 0);
    wr_assert(x->producer_id < t->next_producer_id && x->next_id < t->next_producer_id);
    wr_assert(wr_linkmap_find(&t->by_producer, weir_view(&x->producer_id, sizeof x->producer_id)) ==
              &x->by_producer);
}

void wr_txns_check(const struct wr_txns *t)
{
    size_t ongoing = 0;
    size_t decided = 0;
    for (struct wr_link *link = wr_linkmap_next(&t->by_id, NULL); link != NULL;
         link = wr_linkmap_next(&t->by_id, link)) {
        const struct wr_transaction *x = WR_CONTAINER_OF(link, struct wr_transaction, by_id);
        check_txn(t, x);
        ongoing += x->fsm.state == WR_TXN_ONGOING;
        decided += wr_txn_is_decided(x);
    }
    wr_assert(ongoing == t->ongoing && t->by_id.count == t->by_producer.count);
    const struct wr_transaction *last = NULL;
    for (const struct wr_transaction *x = t->first; x != NULL; x = x->next) {
        wr_assert(wr_txn_is_decided(x));
        wr_assert(decided-- != 0);
        last = x;
    }
    wr_assert(decided == 0 && (t->first == NULL || last == t->last));
}
