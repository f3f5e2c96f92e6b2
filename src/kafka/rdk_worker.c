/* rdk_worker.c -- jobs taking turns on the helper thread of a handle.
 *
 * Invariants: a job is in the list iff its state is WAITING; at most one job is RUNNING; after
 * `last` is set only that is run. Everything in struct wr_rdk_worker is under its lock, as is what
 * the header calls the worker's in a job.
 */
#include "src/base/base.h"

#include <errno.h>
#include <time.h>

#include "src/base/clock.h"
#include "src/base/err.h"
#include "src/base/mem.h"
#include "src/base/thread.h"
#include "src/kafka/rdk_worker.h"

struct wr_rdk_worker {
    pthread_mutex_t lock;
    pthread_cond_t work;      /* for the thread: a job, or closing */
    pthread_cond_t changed;   /* for owners: an attempt ended */
    struct wr_rdk_job *first; /* waiting, in the order of their turns */
    struct wr_rdk_job *running;
    struct wr_rdk_job *last; /* not NULL: closing */
    bool ended;              /* the thread touches nothing but its reference any more */
    int refs;
    struct wr_wake *wake; /* the owner's; NULL from closing on */
    struct wr_thread thread;
};

static int64_t now_ms(void)
{
    return wr_mono_ms(wr_clock_system());
}

/* Wait for a signal until a moment of the monotonic clock. */
static void wait_until(pthread_cond_t *cond, pthread_mutex_t *lock, int64_t at)
{
    struct timespec t = {.tv_sec = at / 1000, .tv_nsec = at % 1000 * 1000000};
    pthread_cond_timedwait(cond, lock, &t);
}

static void cond_init(pthread_cond_t *cond)
{
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(cond, &attr);
    pthread_condattr_destroy(&attr);
}

/* Give up one reference; called with the lock held, which it releases. */
static void unref_unlock(struct wr_rdk_worker *w)
{
    bool gone = --w->refs == 0;
    pthread_mutex_unlock(&w->lock);
    if (gone) {
        pthread_cond_destroy(&w->work);
        pthread_cond_destroy(&w->changed);
        pthread_mutex_destroy(&w->lock);
        wr_free(w);
    }
}

static void append(struct wr_rdk_worker *w, struct wr_rdk_job *job)
{
    struct wr_rdk_job **link = &w->first;
    while (*link != NULL) {
        link = &(*link)->next;
    }
    job->next = NULL;
    job->state = WR_RDK_JOB_WAITING;
    *link = job;
}

static void detach(struct wr_rdk_worker *w, struct wr_rdk_job *job)
{
    struct wr_rdk_job **link = &w->first;
    while (*link != job) {
        link = &(*link)->next;
    }
    *link = job->next;
}

/* The first job that is due, or NULL and when there will be one. */
static struct wr_rdk_job *due(struct wr_rdk_worker *w, int64_t now, int64_t *next)
{
    *next = INT64_MAX;
    for (struct wr_rdk_job *j = w->first; j != NULL; j = j->next) {
        if (j->due <= now) {
            return j;
        }
        *next = wr_min_i64(*next, j->due);
    }
    return NULL;
}

/* Free a job together with its reference; called with the lock held and returns with it held. */
static void free_job(struct wr_rdk_worker *w, struct wr_rdk_job *job)
{
    pthread_mutex_unlock(&w->lock);
    job->ops->free(job);
    pthread_mutex_lock(&w->lock);
    w->refs--; /* never the last: the caller has one */
}

/* Make one attempt; called with the lock held and returns with it held. */
static void run(struct wr_rdk_worker *w, struct wr_rdk_job *job)
{
    w->running = job;
    job->state = WR_RDK_JOB_RUNNING;
    pthread_mutex_unlock(&w->lock);
    struct wr_rdk_turn turn = {.waiting_for = ""};
    enum wr_outcome outcome = job->ops->attempt(job, &turn);
    pthread_mutex_lock(&w->lock);
    w->running = NULL;
    job->outcome = outcome;
    job->waiting_for = turn.waiting_for;
    job->error = turn.error;
    if (job->dropped) {
        free_job(w, job);
    } else if (outcome == WR_CALL_PENDING) {
        job->due = now_ms() + turn.pause_ms;
        append(w, job);
    } else {
        job->state = WR_RDK_JOB_OVER;
        if (w->wake != NULL) {
            wr_wake_signal(w->wake);
        }
    }
    pthread_cond_broadcast(&w->changed);
}

static void worker_main(void *arg)
{
    struct wr_rdk_worker *w = arg;
    pthread_mutex_lock(&w->lock);
    while (w->last == NULL) {
        int64_t next;
        struct wr_rdk_job *job = due(w, now_ms(), &next);
        if (job != NULL) {
            detach(w, job);
            run(w, job);
        } else if (next == INT64_MAX) {
            pthread_cond_wait(&w->work, &w->lock);
        } else {
            wait_until(&w->work, &w->lock, next);
        }
    }
    w->last->dropped = true;
    run(w, w->last);
    w->ended = true;
    pthread_cond_broadcast(&w->changed);
    unref_unlock(w);
}

enum weir_code wr_rdk_worker_open(struct wr_rdk_worker **out, struct wr_wake *wake,
                                  struct weir_error *err)
{
    struct wr_rdk_worker *w = WR_NEW(struct wr_rdk_worker);
    w->wake = wake;
    pthread_mutex_init(&w->lock, NULL);
    cond_init(&w->work);
    cond_init(&w->changed);
    w->refs = 2; /* the handle's and the thread's */
    enum weir_code code = wr_thread_start(&w->thread, "weir-kafka", worker_main, w, err);
    if (code != WEIR_OK) {
        w->refs = 1;
        pthread_mutex_lock(&w->lock);
        unref_unlock(w);
        w = NULL;
    }
    *out = w;
    return code;
}

void wr_rdk_job_start(struct wr_rdk_worker *w, struct wr_rdk_job *job)
{
    job->worker = w;
    job->waiting_for = "";
    pthread_mutex_lock(&w->lock);
    wr_assert(w->last == NULL);
    w->refs++;
    append(w, job);
    pthread_cond_signal(&w->work);
    pthread_mutex_unlock(&w->lock);
}

enum wr_outcome wr_rdk_job_wait(struct wr_rdk_job *job, int ms, const char **waiting_for,
                                struct weir_error *err)
{
    struct wr_rdk_worker *w = job->worker;
    int64_t until = now_ms() + ms;
    pthread_mutex_lock(&w->lock);
    while (job->state != WR_RDK_JOB_OVER && ms > 0 && now_ms() < until) {
        wait_until(&w->changed, &w->lock, until);
    }
    bool over = job->state == WR_RDK_JOB_OVER;
    *waiting_for = job->waiting_for;
    pthread_mutex_unlock(&w->lock);
    if (!over) {
        return WR_CALL_PENDING;
    }
    if (job->error.code != WEIR_OK) {
        wr_fail_copy(err, &job->error);
    }
    return job->outcome;
}

void wr_rdk_job_drop(struct wr_rdk_job *job)
{
    struct wr_rdk_worker *w = job->worker;
    pthread_mutex_lock(&w->lock);
    if (job->state == WR_RDK_JOB_RUNNING) {
        job->dropped = true;
        pthread_mutex_unlock(&w->lock);
        return;
    }
    if (job->state == WR_RDK_JOB_WAITING) {
        detach(w, job);
    }
    pthread_mutex_unlock(&w->lock);
    job->ops->free(job);
    pthread_mutex_lock(&w->lock);
    unref_unlock(w);
}

bool wr_rdk_worker_has_jobs(struct wr_rdk_worker *w)
{
    pthread_mutex_lock(&w->lock);
    bool some = w->running != NULL && !w->running->dropped && !w->running->background;
    for (struct wr_rdk_job *j = w->first; j != NULL && !some; j = j->next) {
        some = !j->background;
    }
    pthread_mutex_unlock(&w->lock);
    return some;
}

bool wr_rdk_worker_close(struct wr_rdk_worker *w, struct wr_rdk_job *last, int bound_ms)
{
    int64_t until = now_ms() + bound_ms;
    last->worker = w;
    pthread_mutex_lock(&w->lock);
    w->refs++;
    w->last = last;
    w->wake = NULL;
    pthread_cond_signal(&w->work);
    while (!w->ended && now_ms() < until) {
        wait_until(&w->changed, &w->lock, until);
    }
    bool ended = w->ended;
    struct wr_thread thread = w->thread;
    unref_unlock(w);
    if (ended) {
        wr_thread_join(&thread);
    } else {
        pthread_detach(thread.handle);
    }
    return ended;
}
