/* txn.h -- the transactions of one stream thread, as a state machine around its producers.
 *
 *   CLOSED -> INIT -> READY -> OPEN -> [FLUSH ->] OFFSETS -> COMMIT -> READY
 *                       ^        |         |         |         |
 *                       |        v         v         v         v
 *                       +------ ABORT <----+---------+---------+
 *
 *   any -> CLOSED (fatal; wr_txn_close)
 *
 * In OFFSETS it first waits for the group's gate (group_gate.h).
 *
 * Exactly once, all that tasks send is part of the transaction. At least once (ADR 7), outputs go
 * through a producer without transactions and are read as soon as they are written; changelog
 * records and positions are the transaction, and FLUSH is where the outputs are seen to be there
 * before it can be committed: they may be written twice, but none is missing.
 *
 * The machine knows nothing of tasks: its owner prepares them before OFFSETS and applies or drops
 * their state when told COMMITTED, ABORTED or UNKNOWN. Decisions follow the outcome of calls
 * (fatal, abortable, ok), never error numbers. Rules kept here: R2 (the epoch of the begin is the
 * epoch of the commit), R3 (a commit without positions cannot be started), R6 (a producer that sent
 * more than one EndTxn or TxnOffsetCommit, or is dead, is not used again), R13 (at least once,
 * OFFSETS comes after FLUSH only).
 *
 * Thread: the stream thread.
 */
#ifndef WR_TXN_H
#define WR_TXN_H

#include "src/base/fsm.h"
#include "src/run/membership.h"
#include "src/run/outlet.h"

enum wr_txn_state {
    WR_TXN_CLOSED,
    WR_TXN_INIT,
    WR_TXN_READY,
    WR_TXN_OPEN,
    WR_TXN_FLUSH,
    WR_TXN_OFFSETS,
    WR_TXN_COMMIT,
    WR_TXN_ABORT,
};

/* What a step came to. */
enum wr_txn_event {
    WR_TXN_NOTHING,     /* go on stepping */
    WR_TXN_INITIALISED, /* INIT -> READY */
    WR_TXN_COMMITTED,   /* known to be committed; -> READY, or CLOSED if tainted (R6) */
    WR_TXN_MUST_ABORT,  /* FLUSH, OFFSETS or COMMIT refused, or not allowed: call wr_txn_abort */
    WR_TXN_ABORTED,     /* known to be aborted; -> READY, or CLOSED if tainted */
    WR_TXN_UNKNOWN,     /* the producer is dead and the outcome unknown; -> CLOSED */
    WR_TXN_STOP,        /* init failed for good (not authorized, ...); -> CLOSED */
};

/* What a machine is made of; strings are copied, the rest must outlive it. */
struct wr_txn_options {
    struct wr_kafka *kafka;
    const char *transactional_id;
    const char *const *topics; /* named early at each producer */
    size_t topic_count;
    struct wr_membership *membership;
    _Atomic uint64_t *epoch; /* of the thread */
    bool at_least_once;
};

struct wr_txn {
    struct wr_txn_options o;
    struct wr_fsm fsm;
    char *transactional_id;
    struct wr_producer *producer; /* transactional */
    struct wr_producer *outputs;  /* what outputs go through; the same one if exactly once */
    struct wr_call *call;
    struct wr_outlet outlet; /* what tasks send to */
    uint64_t begin_epoch;
    const struct wr_position *positions; /* OFFSETS: what is to be sent, not owned */
    size_t position_count;
    bool inside; /* the gate of the membership */
    int sent_since_serve;
};

void wr_txn_init(struct wr_txn *t, const struct wr_txn_options *options);
void wr_txn_free(struct wr_txn *t);

/* CLOSED -> INIT. */
WR_MUST_CHECK enum weir_code wr_txn_open(struct wr_txn *t, struct weir_error *err);

/* Any -> CLOSED: an open transaction is left to its successor. */
void wr_txn_close(struct wr_txn *t);

/* Serve delivery reports and what else the client library says. */
void wr_txn_serve(struct wr_txn *t);

/* The next error that one of the producers reported on its own account. */
bool wr_txn_error(struct wr_txn *t, struct wr_handle_error *e);

/* READY -> OPEN. WEIR_EPRODUCER: the producer is dead (-> CLOSED). */
WR_MUST_CHECK enum weir_code wr_txn_begin(struct wr_txn *t, struct weir_error *err);

/* Can positions be sent at this moment, or would OFFSETS wait? */
bool wr_txn_may_send(const struct wr_txn *t);

/* OPEN -> FLUSH or OFFSETS, then COMMIT by itself. positions (count > 0) must live as long as
 * OFFSETS. When the epoch is another one than at begin, or there is no membership, a step says
 * MUST_ABORT. */
void wr_txn_commit(struct wr_txn *t, const struct wr_position *positions, size_t count);

/* OPEN, FLUSH, OFFSETS or COMMIT (after MUST_ABORT) -> ABORT. */
void wr_txn_abort(struct wr_txn *t);

/* Work on the pending call for about slice_ms. err says why for MUST_ABORT, UNKNOWN and STOP. */
enum wr_txn_event wr_txn_step(struct wr_txn *t, int slice_ms, struct weir_error *err);

/* No transaction is open, and what became of the last one is known or will not be. */
static inline bool wr_txn_is_over(const struct wr_txn *t)
{
    return t->fsm.state == WR_TXN_READY || t->fsm.state == WR_TXN_CLOSED;
}

static inline enum wr_txn_state wr_txn_state(const struct wr_txn *t)
{
    return (enum wr_txn_state)t->fsm.state;
}

#endif
