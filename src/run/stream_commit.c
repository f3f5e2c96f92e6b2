/* stream_commit.c -- how transactions of a stream thread end, and what follows for its tasks. */
#include "src/base/base.h"

#include <string.h>

#include "src/base/broken.h"
#include "src/base/err.h"
#include "src/base/failpoint.h"
#include "src/obs/log.h"
#include "src/run/stream_impl.h"

enum { BACKOFF_MIN_MS = 50, BACKOFF_MAX_MS = 5000 };

static struct wr_task *task_at(const struct wr_ptrs *p, size_t i)
{
    return p->items[i];
}

static void back_off(struct wr_stream_thread *s, int64_t now_ms)
{
    int shift = s->failures < 7 ? s->failures : 7;
    int64_t wait = wr_min_i64((int64_t)BACKOFF_MIN_MS << shift, BACKOFF_MAX_MS);
    s->failures++;
    s->backoff_until_ms = now_ms + wait;
}

/* Step 4 of the commit: the transaction is known to be committed, now the stores. */
static void apply(struct wr_stream_thread *s, int64_t now_ms)
{
    wr_assert(WR_BROKEN(R1) || wr_txn_is_over(&s->txn)); /* R1 */
    for (size_t i = 0; i < s->in_commit.count;) {
        struct wr_task *t = task_at(&s->in_commit, i);
        bool claimed = t->needs_claim;
        enum weir_code code = wr_task_committed(t, now_ms);
        if (claimed) {
            WR_FAILPOINT(CLAIM_KNOWN);
        }
        if (code == WEIR_OK) {
            i++;
            continue;
        }
        wr_log(WR_LOG_ERROR, "store.apply_failed", WR_S("task", t->id),
               WR_S("reason", t->error.text), WR_END);
        wr_stream_give_back(s, t, WR_FATE_REOPEN, false); /* leaves in_commit too */
    }
    WR_FAILPOINT(APPLY_DONE);
}

/* ---- starting to commit ---------------------------------------------------------------------- */

static bool keepalive_due(const struct wr_stream_thread *s, const struct wr_task *t, int64_t now_ms)
{
    return now_ms - t->last_commit_ms >= s->o.settings->keepalive_ms;
}

bool wr_stream_commit_due(struct wr_stream_thread *s, int64_t now_ms)
{
    size_t uncommitted = 0;
    bool work = false;
    bool soon = false;
    for (size_t i = 0; i < s->tasks.count; i++) {
        const struct wr_task *t = task_at(&s->tasks, i);
        uncommitted += wr_task_state_uncommitted(t->state);
        work |= wr_task_has_work(t);
        soon |= t->needs_claim || t->host.commit_requested || keepalive_due(s, t, now_ms);
    }
    if (work && s->open_since_ms < 0) {
        s->open_since_ms = now_ms;
    }
    size_t limit = s->o.settings->uncommitted_max_bytes / (size_t)s->o.settings->threads;
    if (work && uncommitted >= limit) {
        return true; /* there is no room to go on while positions wait */
    }
    soon |= work && now_ms - s->open_since_ms >= s->o.settings->commit_interval_ms;
    return soon && wr_txn_may_send(&s->txn);
}

/* A task's inputs: each position or time that moved, or all of them. */
static size_t add_inputs(struct wr_stream_thread *s, const struct wr_task *t, bool all,
                         struct wr_position *out)
{
    size_t n = 0;
    struct wr_buf text = {0};
    for (size_t i = 0; i < t->in.count; i++) {
        const struct wr_input *in = &t->in.inputs[i];
        if (all || wr_input_moved(in)) {
            wr_buf_reset(&text);
            wr_input_metadata(in, &text);
            out[n++] = (struct wr_position){in->plan->name, in->partition, in->position,
                                            wr_arena_strdup(&s->arena, wr_buf_cstr(&text))};
        }
    }
    wr_buf_free(&text);
    return n;
}

/* A task's own partition of the task topic, in every transaction it has work in: so no task is ever
 * without offsets, and its successor waits for this transaction. */
static struct wr_position own_position(struct wr_stream_thread *s, const struct wr_task *t)
{
    struct wr_buf text = {0};
    struct wr_task_metadata md = {
        .task = t->id,
        .identity = t->sub->identity,
        .writer = s->o.transactional_id,
        .text = t->sub->identity_text,
        .dead = t->dead,
    };
    wr_task_metadata_encode(&md, &text);
    struct wr_position p = {s->o.task_topic, t->number, 0,
                            wr_arena_strdup(&s->arena, wr_buf_cstr(&text))};
    wr_buf_free(&text);
    return p;
}

static size_t count_positions(const struct wr_ptrs *tasks)
{
    size_t n = 0;
    for (size_t i = 0; i < tasks->count; i++) {
        n += task_at(tasks, i)->in.count + 1;
    }
    return n;
}

/* Is the present commit the first one of a task here? */
static bool claims(const struct wr_stream_thread *s)
{
    for (size_t i = 0; i < s->in_commit.count; i++) {
        if (task_at(&s->in_commit, i)->needs_claim) {
            return true;
        }
    }
    return false;
}

/* Hand the positions of the tasks in in_commit to the transaction machine. */
static void send_positions(struct wr_stream_thread *s, int64_t now_ms)
{
    struct wr_position *list =
        wr_arena_alloc(&s->arena, count_positions(&s->in_commit) * sizeof *list);
    size_t n = 0;
    for (size_t i = 0; i < s->in_commit.count; i++) {
        struct wr_task *t = task_at(&s->in_commit, i);
        bool all = t->needs_claim || keepalive_due(s, t, now_ms);
        n += add_inputs(s, t, all, list + n);
        list[n++] = own_position(s, t);
    }
    if (WR_BROKEN(R3) && !claims(s)) {
        n = 0;
    }
    enum weir_code code = WEIR_OK;
    if (wr_txn_state(&s->txn) == WR_TXN_READY) { /* nothing was sent, only positions moved */
        code = wr_txn_begin(&s->txn, &s->error);
    }
    if (code != WEIR_OK) {
        wr_stream_on_event(s, WR_TXN_UNKNOWN, WR_TXN_OPEN, now_ms);
        return;
    }
    wr_txn_commit(&s->txn, list, n);
}

bool wr_stream_commit(struct wr_stream_thread *s, int64_t now_ms)
{
    wr_arena_reset(&s->arena);
    s->in_commit.count = 0;
    s->commit_began_us = wr_mono_us();
    for (size_t i = 0; i < s->tasks.count; i++) {
        struct wr_task *t = task_at(&s->tasks, i);
        if (!wr_task_has_work(t) && !keepalive_due(s, t, now_ms)) {
            continue;
        }
        wr_task_check(t);
        wr_ptrs_push(&s->in_commit, t);
        enum weir_code code = wr_task_prepare(t);
        if (code != WEIR_OK) {
            wr_stream_task_failed(s, t, code, now_ms);
            return true;
        }
    }
    if (s->in_commit.count == 0) {
        s->open_since_ms = -1;
        return false;
    }
    if (WR_FAILPOINT(COMMIT_PREPARED)) {
        wr_fail(&s->error, WEIR_EABORT, "pretended by a failpoint");
        s->after = WR_AFTER_BACKOFF;
        wr_stream_abort(s, now_ms);
        return true;
    }
    send_positions(s, now_ms);
    if (WR_BROKEN(R1) && !wr_txn_is_over(&s->txn)) {
        apply(s, now_ms);
    }
    return true;
}

/* ---- failures -------------------------------------------------------------------------------- */

static void name_topics(struct wr_buf *out, const char *const *topics, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        wr_buf_printf(out, "%s\"%s\"", i != 0 ? ", " : "", topics[i]);
    }
}

/* Say what to do about a refusal that the same records would meet again. */
static void explain_refusal(struct wr_stream_thread *s)
{
    char what[WEIR_ERROR_TEXT_MAX];
    const char *app = s->o.settings->application_id;
    memcpy(what, s->error.text, sizeof what);
    if (s->error.code == WEIR_ETOOLARGE) {
        wr_fail(&s->error, WEIR_ETOOLARGE,
                "%s; raise the topic's max.message.bytes, or lower producer.message.max.bytes to "
                "it, so that weir.errors.production decides about such records",
                what);
    } else if (s->error.code == WEIR_EAUTH) {
        struct wr_buf in = {0};
        struct wr_buf out = {0};
        name_topics(&in, s->o.input_topics, s->o.input_topic_count);
        name_topics(&out, s->o.output_topics, s->o.output_topic_count);
        wr_fail(&s->error, WEIR_EAUTH,
                "%s; this application needs WRITE on transactional id \"%s\" and topics %s, and "
                "READ on group \"%s\" and topics %s",
                what, s->o.transactional_id, wr_buf_cstr(&out), app, wr_buf_cstr(&in));
        wr_buf_free(&in);
        wr_buf_free(&out);
    }
}

static void stop_after_abort(struct wr_stream_thread *s)
{
    s->after = WR_AFTER_STOP;
    wr_fail_copy(&s->why, &s->error);
}

void wr_stream_task_failed(struct wr_stream_thread *s, struct wr_task *t, enum weir_code code,
                           int64_t now_ms)
{
    wr_fail_copy(&s->error, &t->error);
    s->error.code = code;
    s->culprit = t;
    switch (weir_code_reaction(code)) {
    case WEIR_REACT_ABORT:
    case WEIR_REACT_RETRY:
        /* A task that could not be started is not here to be tried again. */
        s->after = t->started ? WR_AFTER_BACKOFF : WR_AFTER_REOPEN;
        break;
    case WEIR_REACT_REBUILD:
    case WEIR_REACT_LEAVE:
        if (code == WEIR_EPRODUCER || code == WEIR_EFENCED) {
            wr_txn_close(&s->txn);
            wr_stream_on_event(s, WR_TXN_UNKNOWN, WR_TXN_OPEN, now_ms);
            return;
        }
        s->after = WR_AFTER_REOPEN;
        break;
    default:
        if (code == WEIR_EOFFSET && !wr_task_input_gone(&t->in)) {
            s->after = WR_AFTER_REOPEN;
        } else {
            stop_after_abort(s);
        }
        break;
    }
    wr_log(s->after == WR_AFTER_STOP ? WR_LOG_ERROR : WR_LOG_WARN, "task.failed",
           WR_S("task", t->id), WR_S("code", weir_code_name(code)), WR_S("reason", s->error.text),
           WR_END);
    wr_stream_abort(s, now_ms);
}

/* The dead letter of a record that stops the application goes out in a transaction of its own, with
 * the positions as they are; the task's metadata remembers it, so that a restart does not write it
 * again. */
static bool send_letter(struct wr_stream_thread *s, struct wr_task *t)
{
    const struct weir_record *r = &t->letter.record;
    t->letter_due = false;
    if (wr_task_has_letter(t, r) || wr_txn_state(&s->txn) != WR_TXN_READY) {
        return false;
    }
    wr_arena_reset(&s->arena);
    struct weir_error err;
    enum weir_code code = wr_dead_letter_send(&t->collector, s->o.settings->dead_letter_topic,
                                              &t->letter, &s->arena, &err);
    if (code != WEIR_OK) {
        wr_log(WR_LOG_ERROR, "dead_letter.failed", WR_S("task", t->id), WR_S("reason", err.text),
               WR_END);
        if (wr_txn_state(&s->txn) == WR_TXN_OPEN) {
            wr_txn_abort(&s->txn);
            return true;
        }
        return false;
    }
    wr_task_letter_sent(t, &(struct wr_dead_record){r->topic, r->partition, r->offset});
    struct wr_position *own = wr_arena_alloc(&s->arena, sizeof *own);
    *own = own_position(s, t);
    wr_txn_commit(&s->txn, own, 1);
    WR_STATS_ADD(s->o.stats, dead_letters, 1);
    return true;
}

/* A row that cannot be read would be met again for ever: its task begins with empty stores. */
static void set_aside_if_damaged(struct wr_stream_thread *s, struct wr_task *t)
{
    struct weir_error err;
    if (s->error.code != WEIR_ECORRUPT) {
        return;
    }
    WR_STATS_ADD(s->o.stats, quarantines, 1);
    wr_log(WR_LOG_WARN, "store.quarantined", WR_S("task", t->id), WR_S("detail", s->error.text),
           WR_END);
    if (wr_task_state_reset(t->state, WR_QUARANTINE_CORRUPT, s->error.text, &err) != WEIR_OK) {
        wr_log(WR_LOG_ERROR, "store.quarantine_failed", WR_S("task", t->id),
               WR_S("reason", err.text), WR_END);
    }
}

static void on_aborted(struct wr_stream_thread *s, int64_t now_ms)
{
    s->open_since_ms = -1;
    s->in_commit.count = 0;
    enum wr_after_abort after = s->after;
    s->after = WR_AFTER_NOTHING;
    for (size_t i = 0; i < s->tasks.count; i++) {
        struct wr_task *t = task_at(&s->tasks, i);
        if (WR_BROKEN(R7) && i != 0) {
            continue;
        }
        wr_task_aborted(t);
        wr_assert(wr_task_state_uncommitted(t->state) == 0); /* R7 */
        struct weir_error err;
        if (wr_stream_rewind(s, t, &err) != WEIR_OK) {
            wr_fail_copy(&s->error, &err);
            after = WR_AFTER_STOP;
        }
    }
    switch (after) {
    case WR_AFTER_NOTHING:
        break;
    case WR_AFTER_BACKOFF:
        back_off(s, now_ms);
        break;
    case WR_AFTER_REOPEN:
        if (s->culprit != NULL) {
            set_aside_if_damaged(s, s->culprit);
            wr_stream_give_back(s, s->culprit, WR_FATE_REOPEN, false);
        }
        back_off(s, now_ms);
        break;
    case WR_AFTER_STOP:
        if (s->culprit != NULL && s->culprit->letter_due && send_letter(s, s->culprit)) {
            s->after = WR_AFTER_STOP;
            s->letter_commit = true;
            return;
        }
        wr_stream_fail(s, true);
        break;
    }
}

void wr_stream_abort(struct wr_stream_thread *s, int64_t now_ms)
{
    enum wr_txn_state state = wr_txn_state(&s->txn);
    if (state == WR_TXN_OPEN || state == WR_TXN_FLUSH || state == WR_TXN_OFFSETS ||
        state == WR_TXN_COMMIT) {
        WR_STATS_ADD(s->o.stats, aborts, 1);
        wr_txn_abort(&s->txn);
    } else {
        on_aborted(s, now_ms);
    }
}

void wr_stream_fail(struct wr_stream_thread *s, bool stop)
{
    for (size_t i = 0; i < s->tasks.count; i++) {
        wr_task_aborted(task_at(&s->tasks, i));
    }
    wr_txn_close(&s->txn);
    struct wr_letter *l = wr_letter_new(WR_MAIL_FAILED);
    l->from = s->o.index;
    l->stop = stop;
    l->error = s->why.code != WEIR_OK ? s->why : s->error;
    /* The last one: what was sent here and did not come back before it was never read. */
    wr_stream_give_all_back(s, stop ? WR_FATE_RELEASED : WR_FATE_RESTORE, stop);
    wr_letter_post(s->o.control, l);
    s->ended = true;
}

/* ---- ends ------------------------------------------------------------------------------------ */

static void send_purge(struct wr_stream_thread *s, int64_t now_ms)
{
    if (now_ms - s->last_purge_ms < s->o.settings->purge_interval_ms) {
        return;
    }
    s->last_purge_ms = now_ms;
    struct wr_letter *l = wr_letter_new(WR_MAIL_PURGE);
    l->from = s->o.index;
    l->positions = wr_calloc(count_positions(&s->tasks), sizeof *l->positions);
    for (size_t i = 0; i < s->tasks.count; i++) {
        const struct wr_task *t = task_at(&s->tasks, i);
        for (size_t k = 0; k < t->in.count; k++) {
            const struct wr_input *in = &t->in.inputs[k];
            if (in->plan->topic->internal && in->committed > 0) {
                l->positions[l->count++] =
                    (struct wr_position){in->plan->name, in->partition, in->committed, NULL};
            }
        }
    }
    if (l->count == 0) {
        wr_letter_free(l);
    } else {
        wr_letter_post(s->o.control, l);
    }
}

static void on_committed(struct wr_stream_thread *s, int64_t now_ms)
{
    if (s->letter_commit) {
        wr_stream_fail(s, true);
        return;
    }
    if (!WR_BROKEN(R1)) {
        apply(s, now_ms);
    }
    s->failures = 0;
    s->open_since_ms = -1;
    s->in_commit.count = 0;
    WR_STATS_ADD(s->o.stats, commits, 1);
    WR_STATS_ADD(s->o.stats, commit_us, wr_mono_us() - s->commit_began_us);
    send_purge(s, now_ms);
}

static void on_refused(struct wr_stream_thread *s)
{
    enum weir_reaction reaction = weir_code_reaction(s->error.code);
    wr_log(WR_LOG_WARN, "commit.refused", WR_I("thread", s->o.index), WR_S("reason", s->error.text),
           WR_END);
    if (s->letter_commit) {
        s->after = WR_AFTER_STOP; /* for the reason there was before the letter */
    } else if (reaction == WEIR_REACT_STOP || reaction == WEIR_REACT_SKIP) {
        explain_refusal(s);
        stop_after_abort(s);
    } else {
        s->after = WR_AFTER_BACKOFF;
    }
    WR_STATS_ADD(s->o.stats, aborts, 1);
    wr_txn_abort(&s->txn);
}

/* The producer is gone. If a transaction was open its outcome is unknown: every task reads the
 * truth back. */
static void on_unknown(struct wr_stream_thread *s, enum wr_txn_state before, int64_t now_ms)
{
    WR_FAILPOINT(REBUILD_BEGUN);
    WR_STATS_ADD(s->o.stats, rebuilds, 1);
    wr_log(WR_LOG_WARN, "producer.lost", WR_I("thread", s->o.index), WR_S("reason", s->error.text),
           WR_END);
    back_off(s, now_ms);
    s->open_since_ms = -1;
    s->after = WR_AFTER_NOTHING;
    if (s->why.code != WEIR_OK) {
        if (s->letter_commit || s->culprit == NULL || !s->culprit->letter_due) {
            wr_stream_fail(s, true);
            return;
        }
        s->why.code = WEIR_OK; /* the record is met again, and with it its dead letter */
    }
    if (before == WR_TXN_INIT) {
        return; /* nothing was open */
    }
    while (s->tasks.count != 0) {
        struct wr_task *t = task_at(&s->tasks, s->tasks.count - 1);
        wr_task_aborted(t);
        wr_stream_give_back(s, t, WR_FATE_RESTORE, false);
    }
}

void wr_stream_on_event(struct wr_stream_thread *s, enum wr_txn_event event,
                        enum wr_txn_state before, int64_t now_ms)
{
    switch (event) {
    case WR_TXN_NOTHING:
        if (before == WR_TXN_OFFSETS && wr_txn_state(&s->txn) == WR_TXN_COMMIT && claims(s)) {
            WR_FAILPOINT(CLAIM_SENT);
        }
        break;
    case WR_TXN_INITIALISED:
        wr_log(WR_LOG_INFO, "producer.ready", WR_I("thread", s->o.index),
               WR_S("transactional_id", s->o.transactional_id), WR_END);
        for (size_t i = 0; i < s->tasks.count; i++) {
            wr_task_retarget(task_at(&s->tasks, i));
        }
        break;
    case WR_TXN_COMMITTED:
        on_committed(s, now_ms);
        break;
    case WR_TXN_MUST_ABORT:
        on_refused(s);
        break;
    case WR_TXN_ABORTED:
        on_aborted(s, now_ms);
        break;
    case WR_TXN_UNKNOWN:
        on_unknown(s, before, now_ms);
        break;
    case WR_TXN_STOP:
        explain_refusal(s);
        wr_stream_fail(s, true);
        break;
    }
}
