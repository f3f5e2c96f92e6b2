/* stream_thread.c -- the steps of a stream thread and its mail. See stream_thread.h. */
#include "src/base/base.h"

#include <stdio.h>

#include "src/base/err.h"
#include "src/base/failpoint.h"
#include "src/obs/log.h"
#include "src/run/stream_impl.h"

enum {
    CALL_SLICE_MS = 20, /* of a pending call in one step */
    RUNS_PER_TASK = 16, /* before the next task gets its turn */
    MAX_SLEEP_MS = 200, /* so that the heartbeat moves */
    HOUSEKEEPING_MS = 1000,
    GATE_POLL_MS = 2, /* while positions wait for the group */
};

/* ---- life ------------------------------------------------------------------------------------ */

static int step_actor(struct wr_actor *a, bool *ended)
{
    struct wr_stream_thread *s = WR_CONTAINER_OF(a, struct wr_stream_thread, actor);
    int sleep = wr_stream_step(s, ended);
    if (*ended) {
        atomic_store(&s->o.stats->heartbeat_ms, 0);
    }
    return sleep;
}

enum weir_code wr_stream_new(struct wr_stream_thread **out, const struct wr_stream_options *o,
                             struct weir_error *err)
{
    struct wr_stream_thread *s = WR_NEW(struct wr_stream_thread);
    *out = NULL;
    s->o = *o;
    s->open_since_ms = s->call_since_ms = -1;
    snprintf(s->name, sizeof s->name, "weir-stream-%d", o->index);
    wr_actor_init(&s->actor, s->name, step_actor);
    wr_mailbox_init(&s->inbox, &s->actor.wake);
    wr_arena_init(&s->arena, 16384);
    struct wr_txn_options txn = {
        o->kafka,      o->transactional_id, o->output_topics,          o->output_topic_count,
        o->membership, &s->epoch,           o->settings->at_least_once};
    wr_txn_init(&s->txn, &txn);
    s->o.transactional_id = s->txn.transactional_id;
    struct wr_consumer_options data = {.role = WR_ROLE_DATA,
                                       .topics = o->input_topics,
                                       .topic_count = o->input_topic_count,
                                       .wake = &s->actor.wake};
    enum weir_code code = wr_consumer_open(o->kafka, &data, &s->consumer, err);
    if (code == WEIR_OK) {
        code = wr_txn_open(&s->txn, err);
    }
    if (code != WEIR_OK) {
        wr_stream_free(s);
        return code;
    }
    *out = s;
    return WEIR_OK;
}

void wr_stream_free(struct wr_stream_thread *s)
{
    if (s == NULL) {
        return;
    }
    wr_assert(s->tasks.count == 0 && s->waiting.count == 0);
    wr_txn_free(&s->txn);
    if (s->consumer != NULL) {
        wr_consumer_close(s->consumer);
    }
    for (struct wr_letter *l = wr_letter_take(&s->inbox); l != NULL;
         l = wr_letter_take(&s->inbox)) {
        wr_letter_free(l);
    }
    for (size_t i = 0; i < s->revokes.count; i++) {
        wr_letter_free(s->revokes.items[i]);
    }
    wr_ptrs_free(&s->revokes);
    wr_ptrs_free(&s->tasks);
    wr_ptrs_free(&s->waiting);
    wr_ptrs_free(&s->in_commit);
    wr_arena_free(&s->arena);
    wr_mailbox_free(&s->inbox);
    wr_actor_free(&s->actor);
    wr_free(s);
}

struct wr_mailbox *wr_stream_mailbox(struct wr_stream_thread *s)
{
    return &s->inbox;
}

const char *wr_stream_transactional_id(const struct wr_stream_thread *s)
{
    return s->o.transactional_id;
}

void wr_stream_bump_epoch(struct wr_stream_thread *s)
{
    atomic_fetch_add(&s->epoch, 1);
}

enum weir_code wr_stream_start(struct wr_stream_thread *s, struct weir_error *err)
{
    return wr_actor_start(&s->actor, s->o.host, err);
}

void wr_stream_join(struct wr_stream_thread *s)
{
    wr_actor_join(&s->actor, s->o.host);
}

/* ---- mail ------------------------------------------------------------------------------------ */

static void read_mail(struct wr_stream_thread *s)
{
    for (struct wr_letter *l = wr_letter_take(&s->inbox); l != NULL;
         l = wr_letter_take(&s->inbox)) {
        switch ((enum wr_mail_kind)l->mail.kind) {
        case WR_MAIL_TASK:
            wr_ptrs_push(&s->waiting, l->task);
            break;
        case WR_MAIL_REVOKE:
            WR_FAILPOINT(REVOKE_RECEIVED);
            wr_ptrs_push(&s->revokes, l);
            continue; /* kept */
        case WR_MAIL_LOST:
            s->lost_all = true;
            break;
        case WR_MAIL_STOP:
            s->stopping = true;
            break;
        default:
            wr_never("mail for somebody else");
        }
        wr_letter_free(l);
    }
}

static bool owns_any(struct wr_stream_thread *s, const struct wr_letter *l)
{
    for (size_t i = 0; i < l->count; i++) {
        if (wr_stream_find(s, l->numbers[i]) != NULL) {
            return true;
        }
    }
    return false;
}

/* Give back the tasks of a revoke. Whoever had posted one back already is not found here. */
static void release(struct wr_stream_thread *s, struct wr_letter *l)
{
    WR_FAILPOINT(REVOKE_COMMITTED);
    for (size_t i = 0; i < l->count; i++) {
        struct wr_task *t = wr_stream_find(s, l->numbers[i]);
        if (t != NULL) {
            wr_stream_give_back(s, t, WR_FATE_RELEASED, false);
        }
    }
    WR_FAILPOINT(REVOKE_CLOSED);
}

/* Everything is somebody else's: nothing that is open may be committed. True if a transaction must
 * first be aborted. */
static bool drop_lost(struct wr_stream_thread *s, int64_t now_ms)
{
    if (wr_txn_state(&s->txn) == WR_TXN_OPEN) {
        wr_fail(&s->error, WEIR_EFENCED, "the tasks were lost");
        wr_stream_abort(s, now_ms);
        return true;
    }
    for (size_t i = 0; i < s->tasks.count; i++) {
        wr_task_aborted(s->tasks.items[i]);
    }
    s->open_since_ms = -1;
    s->lost_all = false;
    wr_stream_give_all_back(s, WR_FATE_RELEASED, false);
    return false;
}

/* Can a transaction be ended, or begun, at this moment? */
static bool can_commit(const struct wr_stream_thread *s)
{
    return wr_txn_state(&s->txn) == WR_TXN_READY || wr_txn_state(&s->txn) == WR_TXN_OPEN;
}

/* Commit what has been done before tasks leave. Once: a refused commit leaves nothing done, and a
 * claim that nothing follows is not needed. */
static bool commit_work(struct wr_stream_thread *s, int64_t now_ms)
{
    return can_commit(s) && s->open_since_ms >= 0 && wr_stream_commit(s, now_ms);
}

/* Deal with requests between transactions. True if a transaction is being ended for one of them. */
static bool serve_requests(struct wr_stream_thread *s, int64_t now_ms)
{
    if (s->lost_all && drop_lost(s, now_ms)) {
        return true;
    }
    while (s->revokes.count != 0) {
        struct wr_letter *l = s->revokes.items[0];
        if (owns_any(s, l)) {
            if (commit_work(s, now_ms)) {
                return true;
            }
            release(s, l);
        }
        wr_ptrs_remove(&s->revokes, l);
        wr_letter_free(l);
    }
    if (s->stopping) {
        if (commit_work(s, now_ms)) {
            return true;
        }
        wr_txn_close(&s->txn);
        wr_stream_give_all_back(s, WR_FATE_RELEASED, true);
        struct wr_letter *l = wr_letter_new(WR_MAIL_ENDED);
        l->from = s->o.index;
        wr_letter_post(s->o.control, l);
        s->ended = true;
        return true;
    }
    return false;
}

static void start_waiting(struct wr_stream_thread *s, int64_t now_ms)
{
    while (s->waiting.count != 0) {
        struct wr_task *t = s->waiting.items[0];
        wr_ptrs_remove(&s->waiting, t);
        enum weir_code code = wr_stream_take(s, t, now_ms);
        if (code != WEIR_OK) {
            wr_stream_task_failed(s, t, code, now_ms);
            return;
        }
    }
}

/* A commit that hangs while tasks are wanted back: when the time is over the producer is given up,
 * and the new owner finds out what became of the transaction. */
static bool revoke_overdue(const struct wr_stream_thread *s, int64_t now_ms)
{
    for (size_t i = 0; i < s->revokes.count; i++) {
        const struct wr_letter *l = s->revokes.items[i];
        if (now_ms >= l->deadline_ms) {
            return true;
        }
    }
    return false;
}

/* ---- steps ----------------------------------------------------------------------------------- */

static void housekeeping(struct wr_stream_thread *s, int64_t now_ms)
{
    if (now_ms - s->housekeeping_ms < HOUSEKEEPING_MS) {
        return;
    }
    s->housekeeping_ms = now_ms;
    struct wr_handle_error e;
    while (wr_consumer_error(s->consumer, &e)) {
        wr_log(WR_LOG_WARN, "kafka.error", WR_S("handle", "data"), WR_I("thread", s->o.index),
               WR_I("times", e.count), WR_S("reason", e.error.text), WR_END);
    }
    while (wr_txn_error(&s->txn, &e)) {
        wr_log(WR_LOG_WARN, "kafka.error", WR_S("handle", "producer"), WR_I("thread", s->o.index),
               WR_I("times", e.count), WR_S("reason", e.error.text), WR_END);
    }
}

/* Work on the call that the transaction waits for. */
static int step_call(struct wr_stream_thread *s, int64_t now_ms)
{
    enum wr_txn_state before = wr_txn_state(&s->txn);
    enum wr_txn_event event = wr_txn_step(&s->txn, CALL_SLICE_MS, &s->error);
    if (s->call_since_ms < 0) {
        s->call_since_ms = now_ms;
    }
    if (event == WR_TXN_NOTHING && before != WR_TXN_INIT &&
        (s->lost_all || revoke_overdue(s, now_ms)) &&
        now_ms - s->call_since_ms > s->o.settings->transaction_timeout_ms) {
        wr_fail(&s->error, WEIR_ETIMEOUT, "the end of a transaction took too long");
        wr_txn_close(&s->txn);
        event = WR_TXN_UNKNOWN;
    }
    if (event != WR_TXN_NOTHING) {
        s->call_since_ms = -1;
    }
    wr_stream_on_event(s, event, before, wr_mono_ms(s->o.clock));
    return wr_txn_state(&s->txn) == WR_TXN_OFFSETS && !s->txn.inside ? GATE_POLL_MS : 0;
}

/* Some runs of one task. False if there was nothing to do for it. */
static bool run_task(struct wr_stream_thread *s, struct wr_task *t, int64_t now_ms)
{
    bool any = false;
    wr_assert(!t->needs_claim); /* R12 */
    for (int i = 0; i < RUNS_PER_TASK; i++) {
        bool made = false;
        enum weir_code code = wr_task_run(t, now_ms, &made);
        if (code != WEIR_OK) {
            wr_stream_task_failed(s, t, code, now_ms);
            any = true;
            break;
        }
        if (!made) {
            break;
        }
        any = true;
        WR_FAILPOINT(COMMIT_BEGUN);
        now_ms = wr_mono_ms(s->o.clock);
        if (wr_stream_commit_due(s, now_ms)) {
            break;
        }
    }
    return any;
}

/* How long nothing can happen unless the wake says so. */
static int idle_time(const struct wr_stream_thread *s, int64_t now_ms)
{
    int64_t until = now_ms + MAX_SLEEP_MS;
    if (s->open_since_ms >= 0) {
        until = wr_min_i64(until, s->open_since_ms + s->o.settings->commit_interval_ms);
    }
    for (size_t i = 0; i < s->tasks.count; i++) {
        const struct wr_task *t = s->tasks.items[i];
        until = wr_min_i64(until, t->in.wait_until);
    }
    return (int)wr_max_i64(until - now_ms, 1);
}

/* Process records until a commit is due or there are none. */
static int step_process(struct wr_stream_thread *s, int64_t now_ms)
{
    if (now_ms < s->backoff_until_ms) { /* claims wait too: there is no other work then */
        return (int)wr_min_i64(s->backoff_until_ms - now_ms, MAX_SLEEP_MS);
    }
    if (wr_stream_commit_due(s, now_ms) && wr_stream_commit(s, now_ms)) {
        return 0;
    }
    bool any = false;
    size_t count = s->tasks.count;
    for (size_t i = 0; i < count && i < s->tasks.count; i++) {
        struct wr_task *t = s->tasks.items[s->next_task++ % s->tasks.count];
        if (!t->needs_claim) {
            any |= run_task(s, t, now_ms);
        }
        if (s->ended || !can_commit(s)) {
            return 0;
        }
        now_ms = wr_mono_ms(s->o.clock);
        if (wr_stream_commit_due(s, now_ms)) {
            return 0;
        }
    }
    if (any) {
        return 0;
    }
    wr_txn_serve(&s->txn);
    return idle_time(s, now_ms);
}

int wr_stream_step(struct wr_stream_thread *s, bool *ended)
{
    int64_t now_ms = wr_mono_ms(s->o.clock);
    int sleep = 0;
    atomic_store_explicit(&s->o.stats->heartbeat_ms, now_ms, memory_order_relaxed);
    read_mail(s);
    housekeeping(s, now_ms);
    switch (wr_txn_state(&s->txn)) {
    case WR_TXN_CLOSED:
        if (serve_requests(s, now_ms)) {
            break;
        }
        if (now_ms < s->backoff_until_ms) {
            sleep = (int)wr_min_i64(s->backoff_until_ms - now_ms, MAX_SLEEP_MS);
        } else if (wr_txn_open(&s->txn, &s->error) != WEIR_OK) {
            wr_stream_fail(s, true);
        }
        break;
    case WR_TXN_INIT:
        /* Tasks can be given up while the producer is not ready: they have no work. */
        if (!serve_requests(s, now_ms)) {
            sleep = step_call(s, now_ms);
        }
        break;
    case WR_TXN_FLUSH:
    case WR_TXN_OFFSETS:
    case WR_TXN_COMMIT:
    case WR_TXN_ABORT:
        sleep = step_call(s, now_ms);
        break;
    case WR_TXN_READY:
    case WR_TXN_OPEN:
        if (!serve_requests(s, now_ms)) {
            start_waiting(s, now_ms);
            sleep = s->ended || !can_commit(s) ? 0 : step_process(s, now_ms);
        }
        break;
    }
    *ended = s->ended;
    return sleep;
}
