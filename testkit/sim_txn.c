/* sim_txn.c -- the calls of a producer, and how its requests come back.
 *
 * A commit waits until everything is delivered, an abort until nothing is on its way; then EndTxn
 * goes out, unless the coordinator has never heard of the transaction. Errors are judged as
 * librdkafka does: fatal, to be aborted, or tried again. */
#include "src/base/base.h"

#include "src/base/broken.h"
#include "src/base/err.h"
#include "testkit/sim_impl.h"

enum { RETRY_MS = 25, CHUNK = 512 };

/* ---- requests -------------------------------------------------------------------------------- */

static struct wr_sim_txn_ask *ask_of(struct wr_sim_request *r)
{
    return WR_CONTAINER_OF(r, struct wr_sim_txn_ask, request);
}

static bool may_work_later(enum wr_kafka_error e)
{
    return e == WR_KE_CONCURRENT_TRANSACTIONS || e == WR_KE_COORDINATOR_LOAD_IN_PROGRESS ||
           e == WR_KE_COORDINATOR_NOT_AVAILABLE || e == WR_KE_NOT_COORDINATOR ||
           e == WR_KE_REQUEST_TIMED_OUT;
}

static void answered(struct wr_sim_request *r, const struct wr_sim_answer *answer)
{
    struct wr_sim_txn_ask *a = ask_of(r);
    struct wr_sim_producer *p = a->producer;
    if (may_work_later(answer->error)) {
        wr_sim_send_again(r, RETRY_MS + wr_sim_draw(r->net->sim, RETRY_MS));
        return;
    }
    wr_ptrs_remove(&p->asks, a);
    a->done(a, answer);
    wr_sim_txn_go_on(p);
}

static void fini(struct wr_sim_request *r)
{
    struct wr_sim_txn_ask *a = ask_of(r);
    wr_arena_free(&a->arena);
    wr_free(a);
}

struct wr_sim_txn_ask *
wr_sim_txn_ask_new(struct wr_sim_producer *p, const char *name,
                   void (*execute)(struct wr_sim_request *r, struct wr_sim_answer *a),
                   void (*done)(struct wr_sim_txn_ask *a, const struct wr_sim_answer *answer))
{
    struct wr_sim_txn_ask *a = WR_NEW(struct wr_sim_txn_ask);
    wr_sim_request_init(&a->request, p->k, name);
    wr_arena_init(&a->arena, CHUNK);
    a->request.execute = execute;
    a->request.answered = answered;
    a->request.fini = fini;
    a->request.harmful = true;
    a->done = done;
    a->timeout_ms = p->k->o.kafka.transaction_timeout_ms;
    a->producer = p;
    a->id = wr_arena_strdup(&a->arena, p->id);
    a->who = p->who;
    return a;
}

void wr_sim_txn_send(struct wr_sim_txn_ask *a)
{
    wr_ptrs_push(&a->producer->asks, a);
    wr_sim_send(&a->request);
}

void wr_sim_txn_orphan(struct wr_sim_producer *p)
{
    while (p->asks.count != 0) {
        struct wr_sim_txn_ask *a = p->asks.items[--p->asks.count];
        a->producer = NULL;
        wr_assert(a->call == NULL);
        wr_sim_give_up(&a->request); /* may free it */
    }
}

static struct wr_sim_call *new_call(struct wr_sim_producer *p, enum wr_call_kind kind)
{
    struct wr_sim_call *c = wr_sim_call_new(p->k, NULL, kind);
    c->producer = p;
    return c;
}

/* End a call after an error, which the producer remembers. */
static void end_failed(struct wr_sim_call *c, struct wr_sim_producer *p)
{
    bool dead = p->state == WR_SIM_DEAD;
    enum weir_code code = wr_sim_code(p->error);
    bool lasting = code == WEIR_EFENCED || code == WEIR_ETOOLARGE;
    wr_sim_call_end(c, dead ? WR_CALL_FATAL : WR_CALL_ABORTABLE,
                    dead      ? WEIR_EPRODUCER
                    : lasting ? code
                              : WEIR_EABORT,
                    p->error);
}

/* ---- init and begin -------------------------------------------------------------------------- */

static void execute_init(struct wr_sim_request *r, struct wr_sim_answer *answer)
{
    struct wr_sim_txn_ask *a = ask_of(r);
    const struct wr_producer_identity nobody = {-1, -1};
    struct wr_producer_identity who = nobody;
    answer->error = wr_txns_init(a->request.net->broker->txns, a->id, a->timeout_ms, &nobody,
                                 wr_sim_wall(a->request.net->sim), &who);
    answer->producer_id = who.id;
    answer->producer_epoch = who.epoch;
}

static void init_done(struct wr_sim_txn_ask *a, const struct wr_sim_answer *answer)
{
    struct wr_sim_producer *p = a->producer;
    struct wr_sim_call *c = a->call;
    if (answer->error == WR_KE_NONE) {
        p->who = (struct wr_producer_identity){answer->producer_id, answer->producer_epoch};
        p->state = WR_SIM_READY;
    }
    if (c != NULL) {
        bool ok = answer->error == WR_KE_NONE;
        c->txn_ask = NULL;
        wr_sim_call_end(c, ok ? WR_CALL_OK : WR_CALL_FAILED, wr_sim_code(answer->error),
                        answer->error);
    }
    a->call = NULL;
}

struct wr_call *wr_sim_producer_init(struct wr_producer *base)
{
    struct wr_sim_producer *p = (struct wr_sim_producer *)base;
    struct wr_sim_call *c = new_call(p, WR_CALL_INIT);
    if (!p->k->cut) {
        struct wr_sim_txn_ask *a = wr_sim_txn_ask_new(p, "init", execute_init, init_done);
        a->request.decides = true;
        a->call = c;
        c->txn_ask = a;
        wr_sim_txn_send(a);
    }
    return &c->base;
}

enum wr_outcome wr_sim_producer_begin(struct wr_producer *base, struct weir_error *err)
{
    struct wr_sim_producer *p = (struct wr_sim_producer *)base;
    if (p->k->cut) {
        return WR_CALL_OK;
    }
    if (p->state == WR_SIM_DEAD) {
        wr_fail(err, WEIR_EPRODUCER, "the producer is dead: %s", wr_kafka_error_name(p->error));
        return WR_CALL_FATAL;
    }
    wr_assert(p->state == WR_SIM_READY && !p->registered && p->asks.count == 0);
    p->state = WR_SIM_OPEN;
    p->endtxn_sent = p->offsets_sent = 0;
    return WR_CALL_OK;
}

/* ---- positions ------------------------------------------------------------------------------- */

static void execute_offsets(struct wr_sim_request *r, struct wr_sim_answer *answer)
{
    struct wr_sim_txn_ask *a = ask_of(r);
    struct wr_txn_commit commit = {a->member, a->who.id, a->who.epoch,
                                   wr_sim_wall(a->request.net->sim)};
    answer->error =
        wr_broker_txn_commit(a->request.net->broker, &commit, a->offsets, a->offset_count);
    struct wr_sim_witness *w = a->request.net->witness;
    if (answer->error == WR_KE_NONE && w != NULL) {
        w->committed(w, &a->member, a->offsets, a->offset_count);
    }
}

static void offsets_are_sent(struct wr_sim_request *r)
{
    struct wr_sim_txn_ask *a = ask_of(r);
    if (a->producer != NULL) {
        a->producer->offsets_sent++;
    }
}

static void offsets_done(struct wr_sim_txn_ask *a, const struct wr_sim_answer *answer)
{
    struct wr_sim_producer *p = a->producer;
    struct wr_sim_call *c = a->call;
    if (answer->error != WR_KE_NONE) {
        wr_sim_producer_fail(p, answer->error);
    }
    a->call = NULL;
    if (c == NULL) {
        return;
    }
    c->txn_ask = NULL;
    if (answer->error == WR_KE_NONE) {
        wr_sim_call_end(c, WR_CALL_OK, WEIR_OK, WR_KE_NONE);
    } else {
        end_failed(c, p);
    }
}

static void execute_group(struct wr_sim_request *r, struct wr_sim_answer *answer)
{
    struct wr_sim_txn_ask *a = ask_of(r);
    struct wr_txn_request request = {a->id, a->who, wr_sim_wall(a->request.net->sim)};
    answer->error = wr_txns_add_group(a->request.net->broker->txns, &request, a->member.group);
}

static void copy_offsets(struct wr_sim_txn_ask *to, const struct wr_sim_txn_ask *from)
{
    to->member = (struct wr_group_client){wr_arena_strdup(&to->arena, from->member.group),
                                          from->member.generation,
                                          wr_arena_strdup(&to->arena, from->member.member),
                                          wr_arena_strdup(&to->arena, from->member.instance)};
    to->offset_count = from->offset_count;
    to->offsets = wr_arena_alloc(&to->arena, from->offset_count * sizeof *to->offsets);
    for (size_t i = 0; i < from->offset_count; i++) {
        to->offsets[i] = from->offsets[i];
        to->offsets[i].topic = wr_arena_strdup(&to->arena, from->offsets[i].topic);
        to->offsets[i].metadata = wr_arena_strdup(&to->arena, from->offsets[i].metadata);
    }
}

/* The group is in the transaction: the positions follow. */
static void group_done(struct wr_sim_txn_ask *a, const struct wr_sim_answer *answer)
{
    struct wr_sim_producer *p = a->producer;
    if (answer->error == WR_KE_INVALID_TXN_STATE) {
        p->state = WR_SIM_DEAD;
        p->error = answer->error;
    }
    if (answer->error != WR_KE_NONE || p->state != WR_SIM_OPEN || a->call == NULL) {
        offsets_done(a, answer);
        return;
    }
    p->group_added = true;
    struct wr_sim_txn_ask *next = wr_sim_txn_ask_new(p, "offsets", execute_offsets, offsets_done);
    next->request.sent = offsets_are_sent;
    copy_offsets(next, a);
    next->call = a->call;
    next->call->txn_ask = next;
    a->call = NULL;
    wr_sim_txn_send(next);
}

struct wr_call *wr_sim_producer_offsets(struct wr_producer *base,
                                        const struct wr_position *positions, size_t count,
                                        struct wr_group_meta *meta)
{
    struct wr_sim_producer *p = (struct wr_sim_producer *)base;
    struct wr_sim_call *c = new_call(p, WR_CALL_OFFSETS_SEND);
    const struct wr_group_stamp *m = wr_group_meta_stamp(meta);
    if (p->k->cut) {
        return &c->base;
    }
    if (count == 0) { /* as librdkafka: nothing is sent, and nothing is fenced */
        wr_sim_call_end(c, WR_CALL_OK, WEIR_OK, WR_KE_NONE);
        return &c->base;
    }
    if (p->state != WR_SIM_OPEN) {
        end_failed(c, p);
        return &c->base;
    }
    struct wr_offset_commit *offsets = wr_calloc(count, sizeof *offsets);
    for (size_t i = 0; i < count; i++) {
        offsets[i] = (struct wr_offset_commit){.topic = positions[i].topic,
                                               .partition = positions[i].partition,
                                               .offset = positions[i].offset,
                                               .leader_epoch = -1,
                                               .metadata = positions[i].metadata};
    }
    struct wr_sim_txn_ask what = {
        .member = {m->group, m->generation, m->member, m->instance},
        .offsets = offsets,
        .offset_count = count,
    };
    if (WR_BROKEN(R2)) {
        what.member = (struct wr_group_client){m->group, -1, "", NULL};
    }
    struct wr_sim_txn_ask *a = p->group_added
                                   ? wr_sim_txn_ask_new(p, "offsets", execute_offsets, offsets_done)
                                   : wr_sim_txn_ask_new(p, "add group", execute_group, group_done);
    a->request.sent = p->group_added ? offsets_are_sent : NULL;
    copy_offsets(a, &what);
    wr_free(offsets);
    a->call = c;
    c->txn_ask = a;
    p->registered = true;
    wr_sim_txn_send(a);
    return &c->base;
}

/* ---- the end of a transaction ---------------------------------------------------------------- */

static void transaction_over(struct wr_sim_producer *p)
{
    for (size_t i = 0; i < p->lanes.count; i++) {
        struct wr_sim_lane *lane = p->lanes.items[i];
        wr_assert(lane->batches.count == 0 && !lane->busy);
        lane->added = false;
    }
    p->registered = p->group_added = p->end_sent = false;
    p->queued = p->reported = p->room = 0;
    p->state = WR_SIM_READY;
    struct wr_sim_call *c = p->ending;
    p->ending = NULL;
    wr_sim_call_end(c, WR_CALL_OK, WEIR_OK, WR_KE_NONE);
}

static void execute_end(struct wr_sim_request *r, struct wr_sim_answer *answer)
{
    struct wr_sim_txn_ask *a = ask_of(r);
    struct wr_txn_request request = {a->id, a->who, wr_sim_wall(a->request.net->sim)};
    answer->error = wr_txns_end(a->request.net->broker->txns, &request, a->commit);
}

static void end_is_sent(struct wr_sim_request *r)
{
    struct wr_sim_txn_ask *a = ask_of(r);
    if (a->producer != NULL) {
        a->producer->endtxn_sent++;
    }
}

static void end_done(struct wr_sim_txn_ask *a, const struct wr_sim_answer *answer)
{
    struct wr_sim_producer *p = a->producer;
    if (answer->error != WR_KE_NONE) {
        p->state = WR_SIM_DEAD; /* whatever it says: the outcome is unknown */
        p->error = answer->error;
    } else if (p->ending != NULL) {
        transaction_over(p);
    }
}

static void send_end(struct wr_sim_producer *p, bool commit)
{
    struct wr_sim_txn_ask *a =
        wr_sim_txn_ask_new(p, commit ? "commit" : "abort", execute_end, end_done);
    a->request.sent = end_is_sent;
    a->request.decides = a->request.ends = true;
    a->commit = commit;
    p->end_sent = true;
    wr_sim_txn_send(a);
}

/* A flush is over when everything was delivered or given up. */
static void flush_on(struct wr_sim_producer *p)
{
    struct wr_sim_call *c = p->ending;
    if (c == NULL || (p->state != WR_SIM_DEAD && !wr_sim_producer_drain(p))) {
        return;
    }
    p->ending = NULL;
    p->queued = p->reported = p->room = 0;
    if (p->state == WR_SIM_DEAD) {
        end_failed(c, p);
    } else if (p->lost) {
        wr_sim_call_end(c, WR_CALL_ABORTABLE, WEIR_EABORT, WR_KE_REQUEST_TIMED_OUT);
    } else {
        wr_sim_call_end(c, WR_CALL_OK, WEIR_OK, WR_KE_NONE);
    }
    p->lost = false;
}

void wr_sim_txn_go_on(struct wr_sim_producer *p)
{
    struct wr_sim_call *c = p->ending;
    if (p->id == NULL) {
        flush_on(p);
        return;
    }
    if (c == NULL || p->end_sent) {
        if (c != NULL && p->state == WR_SIM_DEAD) {
            p->ending = NULL;
            end_failed(c, p);
        }
        return;
    }
    bool commit = c->base.kind == WR_CALL_COMMIT;
    if (p->state == WR_SIM_DEAD || (commit && p->state == WR_SIM_FAILED)) {
        p->ending = NULL;
        end_failed(c, p);
        return;
    }
    bool empty = true;
    if (commit) {
        empty = wr_sim_producer_drain(p);
    } else {
        wr_sim_producer_purge(p);
    }
    if (!empty || p->asks.count != 0) {
        return;
    }
    if (p->registered) {
        send_end(p, commit);
    } else {
        transaction_over(p);
    }
}

static struct wr_call *end(struct wr_producer *base, enum wr_call_kind kind)
{
    struct wr_sim_producer *p = (struct wr_sim_producer *)base;
    struct wr_sim_call *c = new_call(p, kind);
    if (!p->k->cut) {
        p->ending = c;
        wr_sim_txn_go_on(p);
    }
    return &c->base;
}

struct wr_call *wr_sim_producer_flush(struct wr_producer *base)
{
    return end(base, WR_CALL_FLUSH);
}

struct wr_call *wr_sim_producer_commit(struct wr_producer *base)
{
    return end(base, WR_CALL_COMMIT);
}

struct wr_call *wr_sim_producer_abort(struct wr_producer *base)
{
    return end(base, WR_CALL_ABORT);
}

/* A client that is destroyed inside a transaction begins to abort it, which may or may not reach
 * the coordinator. */
void wr_sim_txn_leave(struct wr_sim_producer *p)
{
    bool open = p->state == WR_SIM_OPEN || p->state == WR_SIM_FAILED;
    if (open && p->id != NULL && p->registered && !p->end_sent && !p->k->cut &&
        wr_sim_draw(wr_sim_of(p->k), 2)) {
        send_end(p, false);
    }
}
