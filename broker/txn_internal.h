/* txn_internal.h -- what the files of the transaction coordinator share.
 *
 * Invariants (wr_txns_check walks them): a transaction has participants and a start only from its
 * first partition to its completion; those with unwritten markers, and no others, are in the queue;
 * an epoch is -1 only before the first InitProducerId is answered.
 */
#ifndef WR_TXN_INTERNAL_H
#define WR_TXN_INTERNAL_H

#include "broker/txn_coordinator.h"
#include "src/base/fsm.h"
#include "src/base/linkmap.h"

/* The last epoch that a client may have; the one after it is for fencing only. */
enum { WR_TXN_LAST_EPOCH = INT16_MAX - 1 };

struct wr_txn_participant {
    char *name;        /* of a topic, or of a group */
    int32_t partition; /* -1: a group */
};

/* A transactional id and its present transaction. */
struct wr_transaction {
    struct wr_link by_id;
    struct wr_link by_producer; /* the key is producer_id */
    char *id;
    struct wr_fsm fsm; /* enum wr_transaction_state */
    int64_t producer_id;
    int64_t previous_id; /* the producer id before the last change of state; -1: none */
    int64_t next_id;     /* taken when the transaction is complete; -1: none */
    int16_t epoch;
    int16_t last_epoch; /* whose holder may still ask for `epoch` again; -1: none */
    int64_t timeout_ms;
    int64_t start_time; /* of its last transaction; -1: none in this epoch */
    int64_t update_time;
    struct wr_txn_participant *participants;
    size_t count;
    size_t cap;
    size_t marked;               /* so many participants have their marker */
    bool stuck;                  /* a participant refused its marker for good */
    struct wr_transaction *next; /* in the queue */
};

struct wr_txns {
    struct wr_txns_options options;
    struct wr_linkmap by_id;
    struct wr_linkmap by_producer;
    struct wr_transaction *first; /* queue of those with unwritten markers */
    struct wr_transaction *last;
    int64_t next_producer_id;
    size_t ongoing;
    int64_t scan_at;   /* when time-outs are looked at; INT64_MAX: nothing was ever here */
    int64_t expire_at; /* no id is unused for too long before this time */
};

/* txn_coordinator.c: the id, NULL if there is none; one of no coordinator yet; adding and removing
 * it as it is, with its markers. */
struct wr_transaction *wr_txn_find(const struct wr_txns *t, const char *id);
bool wr_txn_has_producer(const struct wr_txns *t, int64_t producer_id);
struct wr_transaction *wr_txn_new(const char *id, enum wr_transaction_state state);
void wr_transaction_free(struct wr_transaction *x);
void wr_txn_add_participant(struct wr_transaction *x, const char *name, int32_t partition);
void wr_txn_add(struct wr_txns *t, struct wr_transaction *x);
void wr_txn_drop(struct wr_txns *t, struct wr_transaction *x);
int64_t wr_txn_take_producer_id(struct wr_txns *t);

/* txn_markers.c: the queue. */
void wr_txn_enqueue(struct wr_txns *t, struct wr_transaction *x);
void wr_txn_dequeue(struct wr_txns *t, struct wr_transaction *x);

/* txn_journal.c: what is taken of producer ids has changed; an id has, or is going. */
void wr_txns_record(const struct wr_txns *t);
void wr_txn_record(const struct wr_txns *t, const struct wr_transaction *x);
void wr_txn_record_gone(const struct wr_txns *t, const struct wr_transaction *x);

/* Change the state. */
void wr_txn_go(struct wr_txns *t, struct wr_transaction *x, enum wr_transaction_state to,
               int64_t now);

/* Give the id another producer id, with epoch 0. */
void wr_txn_rotate(struct wr_txns *t, struct wr_transaction *x, int64_t producer_id);

/* Its end is decided: its markers become due. */
void wr_txn_decide(struct wr_txns *t, struct wr_transaction *x, bool commit, int64_t now);

/* Abort an open transaction with an epoch that its holder does not have. */
void wr_txn_fence(struct wr_txns *t, struct wr_transaction *x, int64_t now);

/* Remove an id, which has no transaction. */
void wr_txn_forget(struct wr_txns *t, struct wr_transaction *x, int64_t now);

static inline enum wr_transaction_state wr_txn_state_of(const struct wr_transaction *x)
{
    return (enum wr_transaction_state)x->fsm.state;
}

/* Its end is decided and its markers are not all written. */
static inline bool wr_txn_is_decided(const struct wr_transaction *x)
{
    return x->fsm.state == WR_TXN_PREPARE_COMMIT || x->fsm.state == WR_TXN_PREPARE_ABORT;
}

/* It has no transaction, and none is being ended. */
static inline bool wr_txn_is_at_rest(const struct wr_transaction *x)
{
    return x->fsm.state == WR_TXN_EMPTY || x->fsm.state == WR_TXN_COMPLETE_COMMIT ||
           x->fsm.state == WR_TXN_COMPLETE_ABORT;
}

#endif
