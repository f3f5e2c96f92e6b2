/* driver.h -- a test (include/weir/testkit.h) from inside, and the little that Weir's own tests ask
 * of it beyond what it offers to all.
 *
 *     testkit.c       new, free, pipe, clock, commits     driver.c        topics, tasks, work
 *     testkit_read.c  records, stores, counts             testkit_text.c  bytes as text
 *
 * Invariants: (1) between calls no task is in the middle of a run, and all that an input may see
 * has been processed, but after an abort or a failure; (2) the first `visible` records of a
 * partition were piped, are of committed transactions, or outputs at least once; the others are of
 * the open transaction.
 *
 * Thread: the one that made the test.
 */
#ifndef WR_DRIVER_H
#define WR_DRIVER_H

#include <weir/testkit.h>

#include "src/run/settings.h"
#include "src/run/task.h"

/* One partition of a topic. */
struct wr_driver_part {
    struct wr_feed feed; /* what the task reads; without ops: nobody reads the topic */
    struct wr_ptrs log;  /* if it is read: const struct weir_record *; index = offset */
    size_t end;          /* the next offset */
    size_t visible;
    size_t taken;    /* by the input */
    size_t told_end; /* the last end that the input was told; SIZE_MAX: none */
};

struct wr_driver_topic {
    char *name; /* in the cluster */
    bool internal;
    const struct weir_codec *key; /* NULL: any bytes */
    const struct weir_codec *value;
    struct wr_driver_part *parts;
    struct wr_ptrs outputs; /* const struct weir_record *: what the topology wrote, in order */
    size_t committed;       /* of outputs; the others are of the open transaction */
    size_t next;            /* of outputs: the first that the test has not read */
    bool has_time;          /* if not, the wall clock is the next time */
    int64_t next_time;
    int64_t time_step;
};

struct weir_test {
    struct wr_arena arena; /* all records and texts */
    struct wr_conf *conf;
    struct weir_topology *topology;
    struct wr_run_settings settings;
    bool commit_on_request;
    int32_t partitions;
    struct wr_clock_manual clock;
    struct wr_outlet outlet;
    struct wr_plan *plan;
    struct wr_task **tasks; /* one for each partition */
    struct wr_metrics *metrics;
    struct wr_stats stats;
    struct wr_strmap topics;   /* name in the cluster -> struct wr_driver_topic * */
    struct wr_ptrs outputs;    /* const struct weir_record *: of all topics, in order */
    size_t committed;          /* of outputs */
    bool failed;               /* nothing is processed any more */
    struct weir_error failure; /* if so: why */
};

/* ---- for Weir's own tests -------------------------------------------------------------------- */

/* Is it a topic that Weir makes: a repartition topic or a changelog? */
bool wr_driver_is_internal(const struct weir_test *t, const char *topic);

/* The metadata text that a commit of partition 0 of this input topic carries; NULL if the topic is
 * no input or nothing of it was committed. Lives until the test is freed. */
const char *wr_driver_metadata(struct weir_test *t, const char *topic);

/* ---- between the files of the driver --------------------------------------------------------- */

/* Make the plan, the tasks and their topics, and start the tasks. After a failure wr_driver_close
 * must still be called. */
WR_MUST_CHECK enum weir_code wr_driver_open(struct weir_test *t, struct weir_error *err);
void wr_driver_close(struct weir_test *t);

/* A topic that was read or written; NULL if there is none. */
struct wr_driver_topic *wr_driver_find(const struct weir_test *t, const char *name);

/* Append one record, which is copied, as if a producer had committed it. */
void wr_driver_append(struct weir_test *t, struct wr_driver_topic *topic,
                      const struct weir_record *r);

/* Process everything that can be seen; and commit it, and process what can be seen then. After a
 * failure everything was aborted and t->failed is set. */
WR_MUST_CHECK enum weir_code wr_driver_work(struct weir_test *t, struct weir_error *err);
WR_MUST_CHECK enum weir_code wr_driver_commit(struct weir_test *t, struct weir_error *err);
void wr_driver_abort(struct weir_test *t);

/* Append bytes as the text of a codec; NULL: any bytes. */
void wr_driver_show(const struct weir_codec *codec, struct weir_bytes b, struct wr_buf *out);

/* The bytes that a text says: the text itself or in the test's arena; NULL gives null. WEIR_EDECODE
 * if the text is no value of the codec. */
WR_MUST_CHECK enum weir_code wr_driver_parse(struct weir_test *t, const struct weir_codec *codec,
                                             const char *text, struct weir_bytes *out,
                                             struct weir_error *err);

#endif
