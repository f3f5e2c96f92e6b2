/* stream_thread.h -- one stream thread: tasks, a data handle, a producer.
 *
 * It is a state machine with one step; the thread around it sleeps between steps on its wake, which
 * its partitions and its mailbox signal. What happens in a step depends on the transaction (txn.h):
 *
 *     closed, init, flush, offsets, commit, abort  work on the pending call
 *     ready, open                                  mail, then commit if due, else process records
 *
 * Mail is read in every state, but acted on only between transactions.
 *
 * Invariants: (1) every started task here has its state attached and its inputs assigned; (2) a
 * transaction contains work of tasks of this thread only, and when it ends for any reason all of
 * them are told; (3) a task that needs a claim is not run before the claim is committed (R12).
 */
#ifndef WR_STREAM_THREAD_H
#define WR_STREAM_THREAD_H

#include "src/base/actor.h"
#include "src/run/mail.h"
#include "src/run/txn.h"

struct wr_stream_options {
    int index;
    const char *transactional_id;
    struct wr_kafka *kafka;
    struct wr_clock *clock;
    const struct wr_run_settings *settings;
    const char *task_topic;
    const char *const *input_topics; /* named early on the data handle */
    size_t input_topic_count;
    const char *const *output_topics; /* named early on the producer */
    size_t output_topic_count;
    struct wr_membership *membership;
    struct wr_mailbox *control;
    struct wr_stats *stats;     /* of this index, also when the thread is replaced */
    struct wr_actor_host *host; /* NULL: threads of the system */
};

struct wr_stream_thread;

/* Open the data handle and begin to initialise the producer. */
WR_MUST_CHECK enum weir_code wr_stream_new(struct wr_stream_thread **out,
                                           const struct wr_stream_options *options,
                                           struct weir_error *err);
void wr_stream_free(struct wr_stream_thread *s); /* accepts NULL; no task may be left */

/* One step. Returns how long to sleep before the next (ms; 0: not at all); *ended is set when the
 * thread is done (ENDED or FAILED has been posted). */
int wr_stream_step(struct wr_stream_thread *s, bool *ended);

/* Have it stepped by its host until it ends. */
WR_MUST_CHECK enum weir_code wr_stream_start(struct wr_stream_thread *s, struct weir_error *err);
void wr_stream_join(struct wr_stream_thread *s);

struct wr_mailbox *wr_stream_mailbox(struct wr_stream_thread *s);
const char *wr_stream_transactional_id(const struct wr_stream_thread *s);

/* Everything is lost: no transaction that is open now may be committed. Thread: control. */
void wr_stream_bump_epoch(struct wr_stream_thread *s);

#endif
