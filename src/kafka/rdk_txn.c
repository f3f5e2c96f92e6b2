/* rdk_txn.c -- the calls of a producer: transactions, and the flush of one without them.
 *
 * Each is one or more calls of librdkafka on the worker. Time-outs are long, because a short one is
 * dangerous there: an abandoned send_offsets turns a slow coordinator into an abort, a commit that
 * timed out may only be committed again, and the library can mix up the answers of two commits in
 * quick succession. Retriable failures are repeated without end.
 */
#include "src/base/base.h"

#include "src/base/broken.h"
#include "src/base/err.h"
#include "src/base/mem.h"
#include "src/kafka/rdk.h"

struct txn_call {
    struct wr_rdk_call call;
    struct wr_rdk_producer *producer;
    int asked;                  /* init: how often this client has been told about the brokers */
    int kick_ms;                /* init: how long this client may take */
    struct wr_group_meta *meta; /* offsets: referenced */
    struct wr_position *positions;
    size_t position_count;
};

/* A time-out of librdkafka for one attempt; the next attempt resumes. */
enum { TXN_ATTEMPT_MS = 1000 };

static struct txn_call *new_call(struct wr_producer *base, enum wr_call_kind kind,
                                 enum wr_outcome (*fn)(struct wr_rdk_call *, struct wr_rdk_turn *))
{
    struct wr_rdk_producer *p = (struct wr_rdk_producer *)base;
    wr_assert(!wr_rdk_worker_has_jobs(p->handle.worker));
    struct wr_rdk_call *call = wr_rdk_call_new(&p->handle, kind, sizeof(struct txn_call), fn);
    struct txn_call *t = (struct txn_call *)call;
    t->producer = p;
    return t;
}

/* What an attempt came to; an outcome that librdkafka's flags leave open after something may have
 * been sent is not known, so that the producer is as good as dead. */
static enum wr_outcome judge(struct txn_call *t, rd_kafka_error_t *error, const char *doing,
                             struct wr_rdk_turn *turn)
{
    enum wr_outcome outcome = wr_rdk_outcome(error, doing, &turn->error);
    bool sent = t->call.base.kind == WR_CALL_COMMIT || t->call.base.kind == WR_CALL_ABORT;
    if (outcome == WR_CALL_FAILED && sent) {
        outcome = WR_CALL_FATAL;
        turn->error.code = WEIR_EPRODUCER;
    }
    turn->waiting_for = outcome == WR_CALL_PENDING ? "the transaction coordinator" : "";
    return outcome;
}

/* ---- init ---- */

enum { ASK = 2, KICK_FIRST_MS = 60, KICK_MAX_MS = 4000 };

/* A former holder that died inside a transaction: the broker answers CONCURRENT_TRANSACTIONS while
 * it aborts that, some ten milliseconds, and librdkafka asks again after a fixed 500 ms. A new
 * client asks at once, so the one that was told to wait is thrown away: first it goes, then the
 * next comes, because two would fence each other.
 *
 * The metadata are asked for first, because newer libraries drop the connection to a bootstrap
 * address once they know the brokers, and with it the search for the coordinator, for 500 ms too.
 */
static enum wr_outcome init(struct wr_rdk_call *call, struct wr_rdk_turn *turn)
{
    struct txn_call *t = (struct txn_call *)call;
    struct wr_rdk_producer *p = t->producer;
    if (p->handle.rk == NULL && wr_rdk_producer_client(p, &turn->error) != WEIR_OK) {
        turn->pause_ms = WR_RDK_RETRY_MS;
        return WR_CALL_PENDING;
    }
    if (t->asked < ASK) {
        t->asked += wr_rdk_producer_count(p);
        turn->waiting_for = "the cluster";
        return WR_CALL_PENDING;
    }
    rd_kafka_error_t *error = rd_kafka_init_transactions(p->handle.rk, t->kick_ms);
    bool told_to_wait =
        error != NULL && rd_kafka_error_code(error) == RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS;
    enum wr_outcome outcome = judge(t, error, "start the transactional producer", turn);
    if (outcome == WR_CALL_PENDING && told_to_wait) {
        wr_rdk_producer_drop_client(p);
        t->asked = 0;
        t->kick_ms = (int)wr_min_i64(INT64_C(2) * t->kick_ms, KICK_MAX_MS);
        turn->waiting_for = "the end of the former holder's transaction";
    }
    return outcome;
}

struct wr_call *wr_rdk_producer_init(struct wr_producer *base)
{
    struct txn_call *t = new_call(base, WR_CALL_INIT, init);
    t->kick_ms = KICK_FIRST_MS;
    return wr_rdk_call_start(&t->call);
}

/* ---- flush ---- */

enum { FLUSH_ATTEMPT_MS = 100 };

/* Delivery reports are served inside, so that what was not delivered is known when the buffer is
 * empty. */
static enum wr_outcome flush(struct wr_rdk_call *call, struct wr_rdk_turn *turn)
{
    struct wr_rdk_producer *p = ((struct txn_call *)call)->producer;
    char why[512] = "";
    rd_kafka_resp_err_t rc = rd_kafka_flush(p->handle.rk, FLUSH_ATTEMPT_MS);
    if (rd_kafka_fatal_error(p->handle.rk, why, sizeof why) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        wr_fail(&turn->error, WEIR_EPRODUCER, "could not write what was sent: %s", why);
        return WR_CALL_FATAL;
    }
    if (rc != RD_KAFKA_RESP_ERR_NO_ERROR) {
        turn->waiting_for = "the delivery of outputs";
        return WR_CALL_PENDING;
    }
    pthread_mutex_lock(&p->lock);
    wr_fail_copy(&turn->error, &p->lost);
    wr_error_clear(&p->lost);
    pthread_mutex_unlock(&p->lock);
    return turn->error.code == WEIR_OK ? WR_CALL_OK : WR_CALL_ABORTABLE;
}

struct wr_call *wr_rdk_producer_flush(struct wr_producer *base)
{
    return wr_rdk_call_start(&new_call(base, WR_CALL_FLUSH, flush)->call);
}

/* ---- begin ---- */

enum wr_outcome wr_rdk_producer_begin(struct wr_producer *base, struct weir_error *err)
{
    struct wr_rdk_producer *p = (struct wr_rdk_producer *)base;
    char why[512] = "";
    wr_assert(!wr_rdk_worker_has_jobs(p->handle.worker));
    /* After a fatal error begin_transaction may wait for an answer that never comes. */
    if (rd_kafka_fatal_error(p->handle.rk, why, sizeof why) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        wr_fail(err, WEIR_EPRODUCER, "could not begin a transaction: %s", why);
        return WR_CALL_FATAL;
    }
    atomic_store(&p->endtxn_sent, 0);
    atomic_store(&p->offsets_sent, 0);
    enum wr_outcome outcome =
        wr_rdk_outcome(rd_kafka_begin_transaction(p->handle.rk), "begin a transaction", err);
    wr_assert(outcome != WR_CALL_PENDING); /* local: there is nothing to retry */
    return outcome;
}

/* ---- offsets ---- */

static enum wr_outcome send_offsets(struct wr_rdk_call *call, struct wr_rdk_turn *turn)
{
    struct txn_call *t = (struct txn_call *)call;
    const struct wr_group_stamp *m = wr_group_meta_stamp(t->meta);
    rd_kafka_topic_partition_list_t *list = wr_rdk_list_new(t->positions, t->position_count);
    rd_kafka_consumer_group_metadata_t *md =
        WR_BROKEN(R2) ? rd_kafka_consumer_group_metadata_new(m->group)
                      : rd_kafka_consumer_group_metadata_new_with_genid(m->group, m->generation,
                                                                        m->member, m->instance);
    rd_kafka_error_t *error =
        rd_kafka_send_offsets_to_transaction(t->producer->handle.rk, list, md, -1);
    rd_kafka_consumer_group_metadata_destroy(md);
    rd_kafka_topic_partition_list_destroy(list);
    return judge(t, error, "put positions into the transaction", turn);
}

static void unref_meta(struct wr_rdk_call *call)
{
    wr_group_meta_unref(((struct txn_call *)call)->meta);
}

struct wr_call *wr_rdk_producer_offsets(struct wr_producer *base,
                                        const struct wr_position *positions, size_t count,
                                        struct wr_group_meta *meta)
{
    struct txn_call *t = new_call(base, WR_CALL_OFFSETS_SEND, send_offsets);
    struct wr_arena *arena = &t->call.base.arena;
    t->call.cleanup = unref_meta;
    t->meta = wr_group_meta_ref(meta);
    t->positions = wr_arena_alloc(arena, count * sizeof *t->positions);
    t->position_count = count;
    for (size_t i = 0; i < count; i++) {
        wr_assert(positions[i].offset >= 0);
        t->positions[i] = positions[i];
        t->positions[i].topic = wr_arena_strdup(arena, positions[i].topic);
        t->positions[i].metadata = wr_arena_strdup(arena, positions[i].metadata);
    }
    return wr_rdk_call_start(&t->call);
}

/* ---- the end of a transaction ---- */

static enum wr_outcome commit(struct wr_rdk_call *call, struct wr_rdk_turn *turn)
{
    struct txn_call *t = (struct txn_call *)call;
    atomic_store(&t->producer->committing, true);
    rd_kafka_error_t *error = rd_kafka_commit_transaction(t->producer->handle.rk, TXN_ATTEMPT_MS);
    return judge(t, error, "commit the transaction", turn);
}

static enum wr_outcome abort_it(struct wr_rdk_call *call, struct wr_rdk_turn *turn)
{
    struct txn_call *t = (struct txn_call *)call;
    atomic_store(&t->producer->committing, false);
    rd_kafka_error_t *error = rd_kafka_abort_transaction(t->producer->handle.rk, TXN_ATTEMPT_MS);
    return judge(t, error, "abort the transaction", turn);
}

struct wr_call *wr_rdk_producer_commit(struct wr_producer *base)
{
    return wr_rdk_call_start(&new_call(base, WR_CALL_COMMIT, commit)->call);
}

struct wr_call *wr_rdk_producer_abort(struct wr_producer *base)
{
    return wr_rdk_call_start(&new_call(base, WR_CALL_ABORT, abort_it)->call);
}
