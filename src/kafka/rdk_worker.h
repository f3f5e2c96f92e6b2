/* rdk_worker.h -- the helper thread of a handle, which runs what librdkafka can only do by waiting.
 *
 * librdkafka asks for metadata, watermarks and committed offsets, sends offsets to a transaction
 * and destroys handles in calls that return when they are done; a time-out given to some of them
 * does not end the wait (send_offsets), to others it throws the work away (committed). So that a
 * step never takes longer than its slice, such work is a job: a function that makes one attempt,
 * run by the worker again and again until it is over. Jobs take turns, so that one that waits for
 * an open transaction does not hold up the others.
 *
 * A job belongs to its owner (who starts, waits and drops) and, while an attempt runs, to the
 * worker; dropping it then leaves it to the worker.
 */
#ifndef WR_RDK_WORKER_H
#define WR_RDK_WORKER_H

#include "src/kafka/kafka.h"

struct wr_rdk_worker; /* counted: one reference per handle, job and thread */
struct wr_rdk_job;

/* What an attempt says beside its outcome. */
struct wr_rdk_turn {
    int pause_ms;            /* PENDING: rest for so long before the next one */
    const char *waiting_for; /* PENDING: for what; a text that lives for ever */
    struct weir_error error; /* not PENDING and not OK: why */
};

struct wr_rdk_job_ops {
    /* One attempt, at most some hundred milliseconds if librdkafka lets it. Thread: the worker. */
    enum wr_outcome (*attempt)(struct wr_rdk_job *job, struct wr_rdk_turn *turn);

    /* Nobody needs the job any more: free what it is part of. Thread: any. */
    void (*free)(struct wr_rdk_job *job);
};

enum wr_rdk_job_state { WR_RDK_JOB_WAITING, WR_RDK_JOB_RUNNING, WR_RDK_JOB_OVER };

struct wr_rdk_job {
    const struct wr_rdk_job_ops *ops;
    bool background; /* nobody waits for it */
    /* The rest is the worker's. */
    struct wr_rdk_job *next;
    struct wr_rdk_worker *worker;
    enum wr_rdk_job_state state;
    bool dropped;
    int64_t due; /* monotonic ms */
    enum wr_outcome outcome;
    const char *waiting_for;
    struct weir_error error;
};

/* wake, if not NULL, is signalled when a job is over. WEIR_EAGAIN if the system has no thread to
 * give. */
WR_MUST_CHECK enum weir_code wr_rdk_worker_open(struct wr_rdk_worker **out, struct wr_wake *wake,
                                                struct weir_error *err);

/* Hand a job over; ops must be set. */
void wr_rdk_job_start(struct wr_rdk_worker *w, struct wr_rdk_job *job);

/* Wait up to ms for the end of the job; *waiting_for is what its last attempt waited for. */
enum wr_outcome wr_rdk_job_wait(struct wr_rdk_job *job, int ms, const char **waiting_for,
                                struct weir_error *err);

/* The owner needs the job no more; it is freed now or when its attempt ends. */
void wr_rdk_job_drop(struct wr_rdk_job *job);

/* Are there jobs that are not over, not dropped and not in the background? */
bool wr_rdk_worker_has_jobs(struct wr_rdk_worker *w);

/* Give up the handle's reference: `last` is run after the attempt that is under way, jobs that wait
 * are not run again, and the thread ends. Returns when that is done, at the latest after bound_ms;
 * false then: the rest, freeing `last` included, happens whenever librdkafka comes back. */
bool wr_rdk_worker_close(struct wr_rdk_worker *w, struct wr_rdk_job *last, int bound_ms);

#endif
