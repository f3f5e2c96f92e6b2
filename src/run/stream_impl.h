/* stream_impl.h -- the inside of a stream thread, shared by stream_thread.c (steps and mail),
 * stream_tasks.c (taking tasks and giving them back) and stream_commit.c (ends of transactions). */
#ifndef WR_STREAM_IMPL_H
#define WR_STREAM_IMPL_H

#include "src/base/ptrs.h"
#include "src/run/stream_thread.h"

/* What is to happen once the present transaction has been aborted. */
enum wr_after_abort {
    WR_AFTER_NOTHING,
    WR_AFTER_BACKOFF, /* try the same records again, after a pause */
    WR_AFTER_REOPEN,  /* `culprit` goes back to be opened and restored */
    WR_AFTER_STOP,    /* the instance stops; a dead letter may be due first */
};

struct wr_stream_thread {
    struct wr_stream_options o;
    struct wr_actor actor;
    char name[16];
    struct wr_mailbox inbox;
    _Atomic uint64_t epoch;

    struct wr_txn txn;
    struct wr_consumer *consumer;
    struct wr_ptrs tasks;     /* struct wr_task *, started */
    struct wr_ptrs waiting;   /* struct wr_task *, to be started between transactions */
    struct wr_ptrs in_commit; /* struct wr_task *, prepared in the present commit */
    size_t next_task;         /* where the round over the tasks goes on */

    struct wr_ptrs revokes; /* struct wr_letter *, being dealt with */
    bool lost_all;
    bool stopping;

    struct wr_arena arena; /* of one commit: positions and their metadata */

    bool letter_commit; /* the present transaction carries a dead letter only */
    enum wr_after_abort after;
    struct wr_task *culprit;
    struct weir_error error; /* why the present transaction is to be aborted */
    struct weir_error why;   /* WR_AFTER_STOP: why, whatever else fails on the way; else OK */
    int failures;            /* in a row, for back-off */
    int64_t backoff_until_ms;
    int64_t open_since_ms; /* first work of the present transaction; -1: none */
    int64_t commit_began_us;
    int64_t call_since_ms; /* since when the end of a transaction is waited for; -1: it is not */
    int64_t last_purge_ms;
    int64_t housekeeping_ms;
    bool ended;
};

/* ---- stream_tasks.c ---- */

/* Start a task and assign its inputs. After a failure it is here, stopped: wr_stream_task_failed
 * sees to it. */
WR_MUST_CHECK enum weir_code wr_stream_take(struct wr_stream_thread *s, struct wr_task *t,
                                            int64_t now_ms);

/* Stop a task and post it back to control. The transaction is over for it. */
void wr_stream_give_back(struct wr_stream_thread *s, struct wr_task *t, enum wr_fate fate,
                         bool clean);
void wr_stream_give_all_back(struct wr_stream_thread *s, enum wr_fate fate, bool clean);
struct wr_task *wr_stream_find(struct wr_stream_thread *s, int32_t number);

/* After an abort: continue every input at its committed position. */
WR_MUST_CHECK enum weir_code wr_stream_rewind(struct wr_stream_thread *s, struct wr_task *t,
                                              struct weir_error *err);

/* ---- stream_commit.c ---- */

/* Is it time to commit? */
bool wr_stream_commit_due(struct wr_stream_thread *s, int64_t now_ms);

/* Prepare all tasks with work and start to commit. False if there was nothing to commit. */
bool wr_stream_commit(struct wr_stream_thread *s, int64_t now_ms);

/* A task failed with its t->error: abort, and decide what comes after. */
void wr_stream_task_failed(struct wr_stream_thread *s, struct wr_task *t, enum weir_code code,
                           int64_t now_ms);

/* Abort the present transaction (or just drop the work, if nothing was sent). */
void wr_stream_abort(struct wr_stream_thread *s, int64_t now_ms);

/* The transaction machine reported an event; `before` is the state it was in. */
void wr_stream_on_event(struct wr_stream_thread *s, enum wr_txn_event event,
                        enum wr_txn_state before, int64_t now_ms);

/* Post FAILED and give up: all tasks go back first. */
void wr_stream_fail(struct wr_stream_thread *s, bool stop);

#endif
