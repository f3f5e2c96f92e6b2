/* txn_coordinator.c -- the requests of transactional producers (txn_markers.c does what follows
 * from them later). The order of the checks is Apache Kafka's: it decides which error is seen. */
#include "src/base/base.h"

#include <string.h>

#include "broker/txn_internal.h"
#include "src/base/mem.h"

static const char *const state_names[] = {
    [WR_TXN_EMPTY] = "Empty",
    [WR_TXN_ONGOING] = "Ongoing",
    [WR_TXN_PREPARE_COMMIT] = "PrepareCommit",
    [WR_TXN_PREPARE_ABORT] = "PrepareAbort",
    [WR_TXN_COMPLETE_COMMIT] = "CompleteCommit",
    [WR_TXN_COMPLETE_ABORT] = "CompleteAbort",
    [WR_TXN_PREPARE_EPOCH_FENCE] = "PrepareEpochFence",
    [WR_TXN_DEAD] = "Dead",
};
#define FROM_REST (WR_FSM_TO(WR_TXN_EMPTY) | WR_FSM_TO(WR_TXN_ONGOING) | WR_FSM_TO(WR_TXN_DEAD))
static const uint32_t edges[] = {
    [WR_TXN_EMPTY] = FROM_REST,
    [WR_TXN_ONGOING] = WR_FSM_TO(WR_TXN_ONGOING) | WR_FSM_TO(WR_TXN_PREPARE_COMMIT) |
                       WR_FSM_TO(WR_TXN_PREPARE_ABORT) | WR_FSM_TO(WR_TXN_PREPARE_EPOCH_FENCE),
    [WR_TXN_PREPARE_COMMIT] = WR_FSM_TO(WR_TXN_COMPLETE_COMMIT),
    [WR_TXN_PREPARE_ABORT] = WR_FSM_TO(WR_TXN_COMPLETE_ABORT),
    [WR_TXN_COMPLETE_COMMIT] = FROM_REST,
    [WR_TXN_COMPLETE_ABORT] = FROM_REST,
    [WR_TXN_PREPARE_EPOCH_FENCE] = WR_FSM_TO(WR_TXN_PREPARE_ABORT),
    [WR_TXN_DEAD] = 0,
};
static const struct wr_fsm_def states = {"a transaction", state_names, edges, WR_ARRAY_LEN(edges)};

const char *wr_txn_state_name(enum wr_transaction_state s)
{
    return state_names[s];
}

struct wr_txns *wr_txns_new(const struct wr_txns_options *options)
{
    wr_assert(options->abort_scan_ms > 0);
    struct wr_txns *t = WR_NEW(struct wr_txns);
    t->options = *options;
    t->scan_at = INT64_MAX;
    t->expire_at = INT64_MAX;
    return t;
}

static void clear_participants(struct wr_transaction *x)
{
    for (size_t i = 0; i < x->count; i++) {
        wr_free(x->participants[i].name);
    }
    x->count = 0;
    x->marked = 0;
}

struct wr_transaction *wr_txn_new(const char *id, enum wr_transaction_state state)
{
    struct wr_transaction *x = WR_NEW(struct wr_transaction);
    x->id = wr_strdup(id);
    wr_fsm_init(&x->fsm, &states, (int)state);
    x->previous_id = -1;
    x->next_id = -1;
    x->epoch = -1;
    x->last_epoch = -1;
    x->start_time = -1;
    return x;
}

void wr_transaction_free(struct wr_transaction *x)
{
    clear_participants(x);
    wr_free(x->participants);
    wr_free(x->id);
    wr_free(x);
}

void wr_txns_free(struct wr_txns *t)
{
    if (t == NULL) {
        return;
    }
    struct wr_link *next;
    for (struct wr_link *link = wr_linkmap_next(&t->by_id, NULL); link != NULL; link = next) {
        next = wr_linkmap_next(&t->by_id, link);
        wr_transaction_free(WR_CONTAINER_OF(link, struct wr_transaction, by_id));
    }
    wr_linkmap_free(&t->by_id);
    wr_linkmap_free(&t->by_producer);
    wr_free(t);
}

struct wr_transaction *wr_txn_find(const struct wr_txns *t, const char *id)
{
    struct wr_link *link = wr_linkmap_find(&t->by_id, weir_str(id));
    return link != NULL ? WR_CONTAINER_OF(link, struct wr_transaction, by_id) : NULL;
}

bool wr_txn_has_producer(const struct wr_txns *t, int64_t producer_id)
{
    return wr_linkmap_find(&t->by_producer, weir_view(&producer_id, sizeof producer_id)) != NULL;
}

int64_t wr_txn_take_producer_id(struct wr_txns *t)
{
    int64_t id = t->next_producer_id++;
    wr_txns_record(t);
    return id;
}

static void add_to_producers(struct wr_txns *t, struct wr_transaction *x)
{
    wr_linkmap_add(&t->by_producer, &x->by_producer,
                   weir_view(&x->producer_id, sizeof x->producer_id));
}

/* When the id may be forgotten at the earliest, from its last change of state. */
static void note_expiry(struct wr_txns *t, const struct wr_transaction *x)
{
    t->expire_at = wr_min_i64(t->expire_at, x->update_time + t->options.id_expiration_ms);
}

void wr_txn_add(struct wr_txns *t, struct wr_transaction *x)
{
    wr_linkmap_add(&t->by_id, &x->by_id, weir_str(x->id));
    add_to_producers(t, x);
    t->ongoing += x->fsm.state == WR_TXN_ONGOING;
    if (wr_txn_is_decided(x)) {
        wr_txn_enqueue(t, x);
    }
    note_expiry(t, x);
    if (t->scan_at == INT64_MAX) {
        t->scan_at = x->update_time + t->options.abort_scan_ms;
    }
}

void wr_txn_drop(struct wr_txns *t, struct wr_transaction *x)
{
    if (wr_txn_is_decided(x)) {
        wr_txn_dequeue(t, x);
    }
    t->ongoing -= x->fsm.state == WR_TXN_ONGOING;
    wr_linkmap_remove(&t->by_id, &x->by_id);
    wr_linkmap_remove(&t->by_producer, &x->by_producer);
    wr_transaction_free(x);
}

static struct wr_transaction *find_or_make(struct wr_txns *t, const char *id, int64_t now)
{
    struct wr_transaction *x = wr_txn_find(t, id);
    if (x == NULL) {
        x = wr_txn_new(id, WR_TXN_EMPTY);
        x->producer_id = wr_txn_take_producer_id(t);
        x->update_time = now;
        wr_txn_add(t, x);
    }
    return x;
}

void wr_txn_forget(struct wr_txns *t, struct wr_transaction *x, int64_t now)
{
    wr_txn_record_gone(t, x);
    wr_txn_go(t, x, WR_TXN_DEAD, now);
    wr_txn_drop(t, x);
}

void wr_txn_go(struct wr_txns *t, struct wr_transaction *x, enum wr_transaction_state to,
               int64_t now)
{
    bool was_ongoing = x->fsm.state == WR_TXN_ONGOING;
    wr_fsm_go(&x->fsm, (int)to);
    t->ongoing -= was_ongoing;
    t->ongoing += to == WR_TXN_ONGOING;
    x->previous_id = x->producer_id;
    x->update_time = now;
    if (to == WR_TXN_EMPTY || to == WR_TXN_COMPLETE_COMMIT || to == WR_TXN_COMPLETE_ABORT) {
        clear_participants(x);
        x->start_time = to == WR_TXN_EMPTY ? -1 : x->start_time;
        note_expiry(t, x);
    }
}

void wr_txn_rotate(struct wr_txns *t, struct wr_transaction *x, int64_t producer_id)
{
    wr_linkmap_remove(&t->by_producer, &x->by_producer);
    x->producer_id = producer_id;
    x->epoch = 0;
    add_to_producers(t, x);
}

/* ---- InitProducerId -------------------------------------------------------------------------- */

/* Whether what the client had is, or once was, this id's. */
static bool is_known(const struct wr_transaction *x, const struct wr_producer_identity *current)
{
    return x->epoch == -1 || current->id == x->producer_id ||
           (current->id == x->previous_id && current->epoch >= WR_TXN_LAST_EPOCH);
}

/* A new epoch for an id without a transaction, and a new producer id if the epochs are used up. A
 * repetition of the last request gets the same answer again. */
static enum wr_kafka_error next_epoch(struct wr_txns *t, struct wr_transaction *x,
                                      const struct wr_producer_identity *current, int64_t now)
{
    bool known = current->id != -1;
    int16_t last = known ? x->epoch : -1;
    if (x->epoch >= WR_TXN_LAST_EPOCH && (!known || current->epoch == x->epoch)) {
        wr_txn_go(t, x, WR_TXN_EMPTY, now);
        wr_txn_rotate(t, x, wr_txn_take_producer_id(t));
        x->last_epoch = last;
        return WR_KE_NONE;
    }
    if (!known || x->epoch == -1 || current->epoch == x->epoch) {
        x->epoch++;
        x->last_epoch = last;
    } else if (current->epoch != x->last_epoch) {
        return WR_KE_PRODUCER_FENCED;
    }
    wr_txn_go(t, x, WR_TXN_EMPTY, now);
    return WR_KE_NONE;
}

static enum wr_kafka_error init_known(struct wr_txns *t, struct wr_transaction *x,
                                      const struct wr_producer_identity *current, int64_t now)
{
    if (wr_txn_is_decided(x)) {
        return WR_KE_CONCURRENT_TRANSACTIONS;
    }
    if (current->id != -1 && !is_known(x, current)) {
        return WR_KE_PRODUCER_FENCED;
    }
    if (x->fsm.state == WR_TXN_ONGOING) {
        wr_txn_fence(t, x, now);
        return WR_KE_CONCURRENT_TRANSACTIONS;
    }
    return next_epoch(t, x, current, now);
}

enum wr_kafka_error wr_txns_init(struct wr_txns *t, const char *id, int64_t timeout_ms,
                                 const struct wr_producer_identity *current, int64_t now,
                                 struct wr_producer_identity *out)
{
    *out = (struct wr_producer_identity){-1, -1};
    if ((current->id == -1) != (current->epoch == -1)) {
        return WR_KE_INVALID_REQUEST;
    }
    if (id == NULL) {
        *out = (struct wr_producer_identity){wr_txn_take_producer_id(t), 0};
        return WR_KE_NONE;
    }
    if (*id == '\0') {
        return WR_KE_INVALID_REQUEST;
    }
    if (timeout_ms <= 0 || timeout_ms > t->options.max_timeout_ms) {
        return WR_KE_INVALID_TRANSACTION_TIMEOUT;
    }
    struct wr_transaction *x = find_or_make(t, id, now);
    enum wr_kafka_error error = init_known(t, x, current, now);
    if (error == WR_KE_NONE) {
        x->timeout_ms = timeout_ms;
        *out = (struct wr_producer_identity){x->producer_id, x->epoch};
        wr_txn_record(t, x);
    }
    return error;
}

/* ---- requests within a transaction ----------------------------------------------------------- */

/* Whether the request comes from the holder of the transactional id. x may be NULL. */
static enum wr_kafka_error validate(const struct wr_transaction *x, const struct wr_txn_request *r)
{
    if (*r->id == '\0') {
        return WR_KE_INVALID_REQUEST;
    }
    if (x == NULL || x->producer_id != r->producer.id) {
        return WR_KE_INVALID_PRODUCER_ID_MAPPING;
    }
    return x->epoch == r->producer.epoch ? WR_KE_NONE : WR_KE_PRODUCER_FENCED;
}

static bool has(const struct wr_transaction *x, const char *name, int32_t partition)
{
    for (size_t i = 0; i < x->count; i++) {
        if (x->participants[i].partition == partition &&
            strcmp(x->participants[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

static bool has_all(const struct wr_transaction *x, const struct wr_txn_partition *partitions,
                    size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!has(x, partitions[i].topic, partitions[i].partition)) {
            return false;
        }
    }
    return true;
}

void wr_txn_add_participant(struct wr_transaction *x, const char *name, int32_t partition)
{
    if (x->count == x->cap) {
        x->cap = x->cap != 0 ? x->cap * 2 : 4;
        x->participants = wr_realloc_array(x->participants, x->cap, sizeof *x->participants);
    }
    x->participants[x->count++] = (struct wr_txn_participant){wr_strdup(name), partition};
}

static enum wr_kafka_error add(struct wr_txns *t, const struct wr_txn_request *r,
                               const struct wr_txn_partition *partitions, size_t count)
{
    struct wr_transaction *x = wr_txn_find(t, r->id);
    if (x != NULL && wr_txn_is_decided(x)) {
        return WR_KE_CONCURRENT_TRANSACTIONS; /* whoever asks */
    }
    enum wr_kafka_error error = validate(x, r);
    if (error != WR_KE_NONE) {
        return error;
    }
    if (x->fsm.state != WR_TXN_ONGOING) {
        x->start_time = r->now;
    } else if (has_all(x, partitions, count)) {
        return WR_KE_NONE;
    }
    wr_txn_go(t, x, WR_TXN_ONGOING, r->now);
    for (size_t i = 0; i < count; i++) {
        if (!has(x, partitions[i].topic, partitions[i].partition)) {
            wr_txn_add_participant(x, partitions[i].topic, partitions[i].partition);
        }
    }
    wr_txn_record(t, x);
    return WR_KE_NONE;
}

enum wr_kafka_error wr_txns_add_partitions(struct wr_txns *t, const struct wr_txn_request *r,
                                           struct wr_txn_partition *partitions, size_t count)
{
    struct wr_txn_world *world = t->options.world;
    bool all_there = true;
    for (size_t i = 0; i < count; i++) {
        bool there = world->has_partition(world, partitions[i].topic, partitions[i].partition);
        partitions[i].error =
            there ? WR_KE_OPERATION_NOT_ATTEMPTED : WR_KE_UNKNOWN_TOPIC_OR_PARTITION;
        all_there = all_there && there;
    }
    if (!all_there) {
        return WR_KE_UNKNOWN_TOPIC_OR_PARTITION;
    }
    enum wr_kafka_error error = add(t, r, partitions, count);
    for (size_t i = 0; i < count; i++) {
        partitions[i].error = error;
    }
    return error;
}

enum wr_kafka_error wr_txns_add_group(struct wr_txns *t, const struct wr_txn_request *r,
                                      const char *group)
{
    struct wr_txn_partition participant = {group, -1, WR_KE_NONE};
    return add(t, r, &participant, 1);
}

enum wr_kafka_error wr_txns_end(struct wr_txns *t, const struct wr_txn_request *r, bool commit)
{
    struct wr_transaction *x = wr_txn_find(t, r->id);
    enum wr_kafka_error error = validate(x, r);
    if (error != WR_KE_NONE) {
        return error;
    }
    switch (wr_txn_state_of(x)) {
    case WR_TXN_ONGOING:
        wr_txn_decide(t, x, commit, r->now);
        return WR_KE_NONE;
    case WR_TXN_PREPARE_COMMIT:
    case WR_TXN_PREPARE_ABORT:
        return WR_KE_CONCURRENT_TRANSACTIONS;
    case WR_TXN_COMPLETE_COMMIT:
        return commit ? WR_KE_NONE : WR_KE_INVALID_TXN_STATE;
    case WR_TXN_COMPLETE_ABORT:
        return commit ? WR_KE_INVALID_TXN_STATE : WR_KE_NONE;
    case WR_TXN_EMPTY:
        return WR_KE_INVALID_TXN_STATE;
    case WR_TXN_PREPARE_EPOCH_FENCE:
    case WR_TXN_DEAD:
        break;
    }
    wr_never("a state that is left in the call that enters it");
}

enum wr_kafka_error wr_txns_verify(const struct wr_txns *t,
                                   const struct wr_producer_identity *producer, const char *name,
                                   int32_t partition)
{
    struct wr_link *link =
        wr_linkmap_find(&t->by_producer, weir_view(&producer->id, sizeof producer->id));
    if (link == NULL) {
        return WR_KE_INVALID_PRODUCER_ID_MAPPING;
    }
    const struct wr_transaction *x = WR_CONTAINER_OF(link, struct wr_transaction, by_producer);
    if (x->epoch != producer->epoch) {
        return WR_KE_INVALID_PRODUCER_EPOCH;
    }
    if (wr_txn_is_decided(x)) {
        return WR_KE_CONCURRENT_TRANSACTIONS;
    }
    return has(x, name, partition) ? WR_KE_NONE : WR_KE_INVALID_TXN_STATE;
}
