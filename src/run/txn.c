/* txn.c -- the transactions of one stream thread. See txn.h for the states. */
#include "src/base/base.h"

#include "src/base/broken.h"
#include "src/base/err.h"
#include "src/base/failpoint.h"
#include "src/base/mem.h"
#include "src/run/txn.h"

/* Delivery reports are served after this many records sent. */
enum { SERVE_EVERY = 256 };

/* How long a send waits for room in the producer's buffer, and for a topic's metadata (ms). Kafka
 * being away for longer than this aborts the transaction, which is replayed. */
enum { ROOM_TIMEOUT_MS = 5000, METADATA_TIMEOUT_MS = 5000, WAIT_SLICE_MS = 10 };

static const char *const state_names[] = {"closed", "init",    "ready",  "open",
                                          "flush",  "offsets", "commit", "abort"};
static const uint32_t edges[] = {
    [WR_TXN_CLOSED] = WR_FSM_TO(WR_TXN_INIT) | WR_FSM_TO(WR_TXN_CLOSED),
    [WR_TXN_INIT] = WR_FSM_TO(WR_TXN_READY) | WR_FSM_TO(WR_TXN_CLOSED),
    [WR_TXN_READY] = WR_FSM_TO(WR_TXN_OPEN) | WR_FSM_TO(WR_TXN_CLOSED),
    [WR_TXN_OPEN] = WR_FSM_TO(WR_TXN_FLUSH) | WR_FSM_TO(WR_TXN_OFFSETS) | WR_FSM_TO(WR_TXN_ABORT) |
                    WR_FSM_TO(WR_TXN_CLOSED),
    [WR_TXN_FLUSH] = WR_FSM_TO(WR_TXN_OFFSETS) | WR_FSM_TO(WR_TXN_ABORT) | WR_FSM_TO(WR_TXN_CLOSED),
    [WR_TXN_OFFSETS] =
        WR_FSM_TO(WR_TXN_COMMIT) | WR_FSM_TO(WR_TXN_ABORT) | WR_FSM_TO(WR_TXN_CLOSED),
    [WR_TXN_COMMIT] = WR_FSM_TO(WR_TXN_READY) | WR_FSM_TO(WR_TXN_ABORT) | WR_FSM_TO(WR_TXN_CLOSED),
    [WR_TXN_ABORT] = WR_FSM_TO(WR_TXN_READY) | WR_FSM_TO(WR_TXN_CLOSED),
};
static const struct wr_fsm_def states = {"a transaction", state_names, edges,
                                         WR_ARRAY_LEN(state_names)};

/* ---- the outlet: what tasks send to ---------------------------------------------------------- */

static struct wr_txn *txn_of(struct wr_outlet *o)
{
    return WR_CONTAINER_OF(o, struct wr_txn, outlet);
}

static struct wr_target *outlet_target(struct wr_outlet *o, enum wr_target_kind kind,
                                       const char *topic)
{
    struct wr_txn *t = txn_of(o);
    /* A target is the producer's topic under another name. */
    return (struct wr_target *)wr_producer_topic(
        kind == WR_TARGET_CHANGELOG ? t->producer : t->outputs, topic);
}

static enum weir_code outlet_partitions(struct wr_outlet *o, struct wr_target *target,
                                        int32_t *count, struct weir_error *err)
{
    struct wr_txn *t = txn_of(o);
    for (int waited = 0; waited < METADATA_TIMEOUT_MS; waited += WAIT_SLICE_MS) {
        *count = wr_topic_partitions((struct wr_topic *)target);
        if (*count > 0) {
            return WEIR_OK;
        }
        if (*count < 0) {
            return wr_fail(err, WEIR_ENOTOPIC, "it does not exist; create it and start again");
        }
        wr_producer_serve(t->outputs, WAIT_SLICE_MS);
    }
    return wr_fail(err, WEIR_EABORT, "the cluster did not tell about it within %d ms",
                   METADATA_TIMEOUT_MS);
}

static enum weir_code outlet_send(struct wr_outlet *o, const struct wr_shipment *s,
                                  struct weir_error *err)
{
    struct wr_txn *t = txn_of(o);
    if (WR_UNLIKELY(wr_txn_state(t) != WR_TXN_OPEN)) {
        enum weir_code code = wr_txn_begin(t, err);
        if (code != WEIR_OK) {
            return code;
        }
    }
    struct wr_producer *p = s->delivery != NULL ? t->producer : t->outputs;
    struct wr_outgoing out = {
        .topic = (struct wr_topic *)s->target,
        .partition = s->partition,
        .key = s->key,
        .value = s->value,
        .time = s->time,
        .headers = s->headers,
        .delivery = s->delivery,
    };
    if (WR_UNLIKELY(++t->sent_since_serve >= SERVE_EVERY)) {
        t->sent_since_serve = 0;
        wr_producer_serve(p, 0);
    }
    enum weir_code code = wr_producer_send(p, &out, err);
    for (int waited = 0; WR_UNLIKELY(code == WEIR_PENDING); waited += WAIT_SLICE_MS) {
        if (waited >= ROOM_TIMEOUT_MS) {
            return wr_fail(err, WEIR_EABORT, "the producer's buffer stayed full for %d ms",
                           ROOM_TIMEOUT_MS);
        }
        wr_producer_serve(p, WAIT_SLICE_MS);
        code = wr_producer_send(p, &out, err);
    }
    return code;
}

static const struct wr_outlet_ops outlet_ops = {
    .target = outlet_target,
    .partitions = outlet_partitions,
    .send = outlet_send,
};

/* ---- life ------------------------------------------------------------------------------------ */

void wr_txn_init(struct wr_txn *t, const struct wr_txn_options *o)
{
    *t = (struct wr_txn){
        .o = *o,
        .transactional_id = wr_strdup(o->transactional_id),
        .outlet = {&outlet_ops},
    };
    wr_fsm_init(&t->fsm, &states, WR_TXN_CLOSED);
}

void wr_txn_free(struct wr_txn *t)
{
    wr_txn_close(t);
    wr_free(t->transactional_id);
}

enum weir_code wr_txn_open(struct wr_txn *t, struct weir_error *err)
{
    enum weir_code code = wr_producer_open(t->o.kafka, t->transactional_id, t->o.topics,
                                           t->o.topic_count, &t->producer, err);
    t->outputs = t->producer;
    if (code == WEIR_OK && t->o.at_least_once) {
        code = wr_producer_open(t->o.kafka, NULL, t->o.topics, t->o.topic_count, &t->outputs, err);
    }
    if (code != WEIR_OK) {
        wr_txn_close(t);
        return code;
    }
    wr_fsm_go(&t->fsm, WR_TXN_INIT);
    t->call = wr_producer_init(t->producer);
    return WEIR_OK;
}

static void end_call(struct wr_txn *t)
{
    wr_call_free(t->call);
    t->call = NULL;
    if (t->inside) {
        wr_group_gate_leave(t->o.membership->gate);
        t->inside = false;
    }
}

void wr_txn_close(struct wr_txn *t)
{
    end_call(t);
    if (t->outputs != NULL && t->outputs != t->producer) {
        wr_producer_close(t->outputs);
    }
    if (t->producer != NULL) {
        wr_producer_close(t->producer);
    }
    t->outputs = t->producer = NULL;
    wr_fsm_go(&t->fsm, WR_TXN_CLOSED);
}

void wr_txn_serve(struct wr_txn *t)
{
    if (t->outputs != t->producer) {
        wr_producer_serve(t->outputs, 0);
    }
    if (t->producer != NULL) {
        wr_producer_serve(t->producer, 0);
    }
}

bool wr_txn_error(struct wr_txn *t, struct wr_handle_error *e)
{
    bool apart = t->outputs != t->producer;
    return (apart && wr_producer_error(t->outputs, e)) ||
           (t->producer != NULL && wr_producer_error(t->producer, e));
}

/* R6: of two EndTxn a late one could end the next transaction, of two TxnOffsetCommit it could set
 * the positions of the next one back. */
static bool is_tainted(const struct wr_txn *t)
{
    return !WR_BROKEN(R6) &&
           (wr_producer_endtxn_sent(t->producer) > 1 || wr_producer_offsets_sent(t->producer) > 1);
}

enum weir_code wr_txn_begin(struct wr_txn *t, struct weir_error *err)
{
    /* Before any state is touched: a change of ownership from here on is noticed at commit. */
    t->begin_epoch = atomic_load(t->o.epoch);
    wr_assert(!is_tainted(t)); /* R6 */
    if (wr_producer_begin(t->producer, err) != WR_CALL_OK) {
        wr_fail_prefix(err, "could not begin a transaction");
        wr_txn_close(t);
        return WEIR_EPRODUCER;
    }
    wr_fsm_go(&t->fsm, WR_TXN_OPEN);
    return WEIR_OK;
}

bool wr_txn_may_send(const struct wr_txn *t)
{
    return wr_group_gate_is_open(t->o.membership->gate);
}

void wr_txn_commit(struct wr_txn *t, const struct wr_position *positions, size_t count)
{
    /* R3: a transaction without positions would not be fenced. */
    wr_assert(count != 0 || WR_BROKEN(R3));
    t->positions = positions;
    t->position_count = count;
    if (t->outputs != t->producer && !WR_BROKEN(R13)) {
        wr_fsm_go(&t->fsm, WR_TXN_FLUSH);
        t->call = wr_producer_flush(t->outputs);
    } else {
        wr_fsm_go(&t->fsm, WR_TXN_OFFSETS);
    }
}

void wr_txn_abort(struct wr_txn *t)
{
    end_call(t);
    wr_fsm_go(&t->fsm, WR_TXN_ABORT);
    t->call = wr_producer_abort(t->producer);
    WR_FAILPOINT(ABORT_BEGUN);
}

/* ---- steps ----------------------------------------------------------------------------------- */

/* OFFSETS: send the positions as soon as the gate is open. */
static enum wr_txn_event send_offsets(struct wr_txn *t, struct weir_error *err)
{
    t->inside = wr_group_gate_enter(t->o.membership->gate);
    if (!t->inside) {
        return WR_TXN_NOTHING;
    }
    struct wr_group_meta *meta = wr_membership_get(t->o.membership);
    /* R2: the metadata is read first, then the epoch. In the other order both could change in
     * between. */
    bool same_epoch = atomic_load(t->o.epoch) == t->begin_epoch || WR_BROKEN(R2);
    if (meta != NULL && same_epoch) {
        t->call = wr_producer_offsets(t->producer, t->positions, t->position_count, meta);
        wr_group_meta_unref(meta);
        return WR_TXN_NOTHING;
    }
    wr_fail(err, WEIR_EABORT,
            meta == NULL ? "not a member of the group at this moment"
                         : "tasks of this transaction may belong to somebody else");
    wr_group_meta_unref(meta);
    end_call(t);
    return WR_TXN_MUST_ABORT;
}

static enum wr_txn_event after_init(struct wr_txn *t, enum wr_outcome outcome,
                                    const struct weir_error *err)
{
    end_call(t);
    if (outcome == WR_CALL_OK) {
        wr_fsm_go(&t->fsm, WR_TXN_READY);
        return WR_TXN_INITIALISED;
    }
    wr_txn_close(t);
    bool refused = outcome == WR_CALL_FAILED || weir_code_reaction(err->code) == WEIR_REACT_STOP;
    return refused ? WR_TXN_STOP : WR_TXN_UNKNOWN;
}

/* A test build pretends that the producer died here. */
static enum wr_txn_event pretend_unknown(struct wr_txn *t, struct weir_error *err)
{
    wr_fail(err, WEIR_EPRODUCER, "pretended by a failpoint");
    wr_txn_close(t);
    return WR_TXN_UNKNOWN;
}

static enum wr_txn_event after_offsets(struct wr_txn *t, struct weir_error *err)
{
    end_call(t);
    if (WR_FAILPOINT(COMMIT_OFFSETS_SENT)) {
        return pretend_unknown(t, err);
    }
    wr_fsm_go(&t->fsm, WR_TXN_COMMIT);
    t->call = wr_producer_commit(t->producer);
    return WR_TXN_NOTHING;
}

/* The transaction is over; whether its producer can have another one. */
static enum wr_txn_event after_end(struct wr_txn *t, enum wr_txn_event event)
{
    end_call(t);
    bool tainted = is_tainted(t);
    wr_fsm_go(&t->fsm, WR_TXN_READY);
    if (tainted) {
        wr_txn_close(t);
    }
    return event;
}

enum wr_txn_event wr_txn_step(struct wr_txn *t, int slice_ms, struct weir_error *err)
{
    enum wr_txn_state state = wr_txn_state(t);
    if (t->call == NULL && state == WR_TXN_OFFSETS) {
        enum wr_txn_event event = send_offsets(t, err);
        if (t->call == NULL) {
            return event;
        }
    }
    if (t->call == NULL) {
        return WR_TXN_NOTHING;
    }
    enum wr_outcome outcome = wr_call_step(t->call, slice_ms, err);
    if (outcome == WR_CALL_PENDING) {
        return WR_TXN_NOTHING;
    }
    if (state == WR_TXN_INIT) {
        return after_init(t, outcome, err);
    }
    if (outcome == WR_CALL_FATAL || (outcome != WR_CALL_OK && state == WR_TXN_ABORT)) {
        wr_txn_close(t);
        return WR_TXN_UNKNOWN;
    }
    if (outcome != WR_CALL_OK) {
        end_call(t);
        return WR_TXN_MUST_ABORT;
    }
    if (state == WR_TXN_FLUSH) {
        end_call(t);
        wr_fsm_go(&t->fsm, WR_TXN_OFFSETS);
        return WR_TXN_NOTHING;
    }
    if (state == WR_TXN_OFFSETS) {
        return after_offsets(t, err);
    }
    if (state == WR_TXN_COMMIT) {
        if (WR_FAILPOINT(COMMIT_KNOWN)) {
            return pretend_unknown(t, err);
        }
        return after_end(t, WR_TXN_COMMITTED);
    }
    WR_FAILPOINT(ABORT_DONE);
    return after_end(t, WR_TXN_ABORTED);
}
