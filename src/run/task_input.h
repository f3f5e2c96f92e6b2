/* task_input.h -- the inputs of one task: positions, times, and which record is next.
 *
 * Place in the record's path: kafka_consumer -> task_input -> task -> source node.
 *
 * Order: always the record with the lowest time among the heads of the inputs; within an input,
 * offset order. An input without a head is waited for as long as it is not caught up, and then for
 * max.task.idle.ms (KIP-353, KIP-695; negative: not at all).
 *
 * Positions: `position` is the next offset to process. It moves when a record was processed or
 * excused, and to the offset of an EOF, which also covers control records and gaps. What is
 * committed is `position` and the partition's time, in Kafka Streams' own metadata bytes.
 *
 * Invariants: (1) committed <= position; (2) messages of a batch are released only after the run
 * made of them has been processed; (3) a run holds at most WR_RUN_MAX records, all of their views
 * valid.
 *
 * Thread: the owner of the task.
 */
#ifndef WR_TASK_INPUT_H
#define WR_TASK_INPUT_H

#include "src/base/arena.h"
#include "src/base/buf.h"
#include "src/run/feed.h"
#include "src/run/plan.h"
#include "topology/op/node.h"

enum { WR_RUN_MAX = 64 };

struct wr_input {
    const struct wr_plan_input *plan;
    int32_t partition;
    struct wr_node *source;
    struct wr_feed *feed; /* NULL while not being read */

    struct wr_message batch[WR_RUN_MAX];
    size_t batch_len;
    size_t batch_next; /* first message of the batch that is not in a run yet */
    bool head_ready;   /* batch[batch_next] is decoded: head is its record */
    struct wr_rec head;

    int64_t next;     /* behind everything taken into a run or passed over */
    int64_t position; /* behind everything processed; equal to next between runs */
    int64_t committed;
    int64_t not_in_log; /* `committed` when what comes next was not in the log; -1: never yet */
    bool gone;          /* ... and again with the same one */
    int64_t time;       /* partition time: greatest time processed; -1: none */
    int64_t committed_time;
    int64_t eof;         /* offset of the last EOF; -1: none yet */
    int64_t empty_since; /* ms, monotonic, since when it is caught up and empty; -1: it is not */
};

struct wr_run_item {
    struct wr_rec rec;
    struct wr_input *input;
    int64_t next_position;
    int64_t time_after; /* partition time once this record is processed */
};

/* What task_input asks of its task when the head of an input cannot be used. */
struct wr_input_host {
    /* The record at the head is bad (undecodable, negative time): WEIR_OK if it is to be passed
     * over. */
    enum weir_code (*bad_head)(struct wr_input_host *h, struct wr_input *in, const struct wr_rec *r,
                               enum weir_code code, struct weir_error *why);
};

struct wr_task_input {
    struct wr_input *inputs;
    size_t count;
    struct wr_host *host;
    struct wr_input_host *judge;
    int64_t max_idle_ms; /* max.task.idle.ms */
    size_t run_max;      /* records in a run, at most WR_RUN_MAX */
    struct wr_run_item run[WR_RUN_MAX];
    size_t run_len;
    size_t run_done;
    int64_t wait_until; /* ms, monotonic: when an idle input stops being waited for; INT64_MAX: no
                           time */
    size_t enforced; /* records of the run that did not wait for an empty input, which may yet get
                        older ones */
};

void wr_task_input_init(struct wr_task_input *t, size_t count, struct wr_host *host,
                        struct wr_input_host *judge, int64_t max_idle_ms);
void wr_task_input_free(struct wr_task_input *t);

/* Make the next run. *made is false if there is nothing to do now (wait_until says whether time
 * alone can change that). The former run must be done or dropped. Failures: of the feed (EOFFSET,
 * ENOTOPIC, EAUTH, named with topic and position) or of a bad head that must not be passed over. */
WR_MUST_CHECK enum weir_code wr_task_input_next_run(struct wr_task_input *t, int64_t now_ms,
                                                    bool *made, struct weir_error *err);

/* After EOFFSET: has it come for the same committed position before? If not, the committed
 * positions are to be fetched again, because they may be old: another instance had the task, went
 * on and deleted what it had read, and this one has not been told yet that the task was lost. */
bool wr_task_input_gone(const struct wr_task_input *t);

/* One record of the run has been processed: its position and time count from now on. */
void wr_task_input_done(struct wr_task_input *t, const struct wr_run_item *item);

/* Did a position or a time move since the last commit? Between runs only. */
bool wr_task_input_moved(const struct wr_task_input *t);
static inline bool wr_input_moved(const struct wr_input *in)
{
    return in->position != in->committed || in->time != in->committed_time;
}

/* The transaction was committed: what it contained is the committed position. */
void wr_task_input_committed(struct wr_task_input *t);

/* The transaction was aborted: go back to the committed positions. Messages taken are given back;
 * the caller rewinds the feeds. */
void wr_task_input_aborted(struct wr_task_input *t);

/* Give all messages back (before a feed goes away). */
void wr_task_input_release(struct wr_task_input *t);

/* Greatest committed partition time of all inputs, which is the task's stream time at start. */
int64_t wr_task_input_stream_time(const struct wr_task_input *t);

/* The metadata text committed with an input (Kafka Streams' v2 bytes in base64), and its reading.
 */
void wr_input_metadata(const struct wr_input *in, struct wr_buf *out);
void wr_input_set_committed(struct wr_input *in, int64_t offset, const char *metadata);

/* The positions that are kept with the state made from them: "TOPIC/PARTITION/POSITION/TIME", one
 * input a line. Kafka has the truth; these tell when it was set back behind the state. */
void wr_task_input_write(const struct wr_task_input *t, struct wr_buf *out);

/* The position of an input in such a text; -1 if it is not there. */
int64_t wr_input_written(const struct wr_input *in, struct weir_bytes text);

#endif
