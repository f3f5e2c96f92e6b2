/* mail.h -- the messages between the threads of the runtime.
 *
 * A task is a message's cargo: whoever has taken the message owns the task until it posts it on.
 * The control thread always knows to whom it gave a task, and a task always comes back to it:
 *
 *     control --RESTORE--> restore --BACK(restored)--> control --TASK--> stream thread
 *     stream thread --BACK(released | to be restored)--> control
 *
 * A request about a task (REVOKE) goes to the owner that control knows of; an owner that has just
 * posted the task back ignores it, and control sees to it when the task arrives.
 */
#ifndef WR_MAIL_H
#define WR_MAIL_H

#include "src/base/mailbox.h"
#include "src/base/mem.h"
#include "src/run/task.h"

enum wr_mail_kind {
    /* to a stream thread or the restore thread */
    WR_MAIL_TASK,   /* task: yours; run it, or restore it */
    WR_MAIL_REVOKE, /* numbers: commit and give these back; until the deadline at the latest */
    WR_MAIL_LOST,   /* numbers (count 0: all): give back at once, without committing */
    WR_MAIL_STOP,   /* commit, give everything back and end */
    /* to control */
    WR_MAIL_BACK,   /* task, fate */
    WR_MAIL_FAILED, /* from: the thread has ended with error; all its tasks came back before */
    WR_MAIL_ENDED,  /* from: the thread has ended after STOP */
    WR_MAIL_PURGE,  /* positions: repartition records below these are committed */
};

/* What is to become of a task that came back. */
enum wr_fate {
    WR_FATE_RELEASED, /* state closed: given up */
    WR_FATE_RESTORED, /* from the restore thread: ready to run */
    WR_FATE_RESTORE,  /* to be restored again (the outcome of a transaction is unknown) */
    WR_FATE_REOPEN, /* state closed because it is damaged or could not be written: open and restore
                     */
};

struct wr_letter {
    struct wr_mail mail;
    struct wr_task *task;
    enum wr_fate fate;
    int32_t *numbers; /* owned */
    size_t count;
    int64_t deadline_ms;
    int from;  /* index of a stream thread; -1: the restore thread */
    bool stop; /* FAILED: going on cannot help, the instance must stop */
    struct weir_error error;
    struct wr_position *positions; /* owned; topic names are the plan's */
};

static inline struct wr_letter *wr_letter_new(enum wr_mail_kind kind)
{
    struct wr_letter *l = WR_NEW(struct wr_letter);
    l->mail.kind = (int)kind;
    return l;
}

static inline void wr_letter_free(struct wr_letter *l)
{
    wr_free(l->numbers);
    wr_free(l->positions);
    wr_free(l);
}

static inline void wr_letter_post(struct wr_mailbox *to, struct wr_letter *l)
{
    wr_mailbox_post(to, &l->mail);
}

static inline struct wr_letter *wr_letter_take(struct wr_mailbox *from)
{
    struct wr_mail *m = wr_mailbox_take(from);
    return m != NULL ? WR_CONTAINER_OF(m, struct wr_letter, mail) : NULL;
}

#endif
