/* driver.h -- any topology in one process, with no broker and no threads: for tests.
 *
 * One task runs all sub-topologies over one partition of every topic; a record is worked through
 * the whole topology before the call that piped it returns. Kafka Streams' TopologyTestDriver is
 * the model:
 *
 *   1. a piped record is appended to its topic; then, while any topic that is read has a record,
 *      the one with the lowest time is processed, the transaction is committed (unless
 *      `commit_on_request`), and what was written to topics that are read is appended to them;
 *   2. the wall clock stands still but for wr_driver_advance().
 *
 * The task, its inputs, stores and operators are the ones an instance runs. Records that come out
 * belong to the driver and live until it is freed. Thread: one.
 */
#ifndef WR_DRIVER_H
#define WR_DRIVER_H

#include <weir/app.h>
#include <weir/record.h>
#include <weir/store.h>

#include "src/run/run_settings.h"
#include "topology/graph/graph.h"

struct wr_driver;

struct wr_driver_options {
    int64_t wall_ms;        /* the wall clock at start */
    bool commit_on_request; /* else after each record */
    bool emit_at_commit;    /* what WEIR_EMIT_DEFAULT means; else every change */
    enum wr_policy on_deserialization;
    enum wr_policy on_processing;
    enum wr_policy on_production;
    enum wr_policy on_timestamp;
    const char *dead_letter_topic;
};

/* Start the driver on a finished graph, which must outlive it. Fails as the application's open
 * functions do; *out is then NULL. options NULL: zeros. */
WR_MUST_CHECK enum weir_code wr_driver_new(struct wr_driver **out, const struct wr_graph *graph,
                                           const char *application_id,
                                           const struct wr_driver_options *options,
                                           struct weir_error *err);
void wr_driver_free(struct wr_driver *d); /* accepts NULL */

/* Append one record to an input topic and work everything through. WEIR_ENOTOPIC if it is no input,
 * WEIR_ESTATE if the open transaction has written to it: nothing has changed then. After another
 * failure the transaction has been aborted and the dead letter written, as an instance does before
 * it stops, and the driver is of no more use. */
WR_MUST_CHECK enum weir_code wr_driver_pipe(struct wr_driver *d, const char *topic,
                                            const struct weir_record *record,
                                            struct weir_error *err);

/* Commit now (with commit_on_request), and work what it wrote through. */
WR_MUST_CHECK enum weir_code wr_driver_commit(struct wr_driver *d, struct weir_error *err);

/* Abort: as if nothing had happened since the last commit, except that piped records are read
 * again. */
void wr_driver_abort(struct wr_driver *d);

/* Move the wall clock. */
WR_MUST_CHECK enum weir_code wr_driver_advance(struct wr_driver *d, int64_t ms,
                                               struct weir_error *err);

/* Everything written so far, to any topic (internal ones and changelogs too), in order. */
struct wr_driver_output {
    const char *topic; /* name in the cluster */
    bool changelog;
    bool internal; /* changelog or repartition */
    struct weir_record record;
};
size_t wr_driver_output_count(const struct wr_driver *d);
const struct wr_driver_output *wr_driver_output(const struct wr_driver *d, size_t i);

/* The next record of a topic that was not read yet; NULL if there is none. */
const struct weir_record *wr_driver_read(struct wr_driver *d, const char *topic);

/* A store by name; NULL if there is none. */
weir_kv *wr_driver_store(struct wr_driver *d, const char *name);

/* Records dropped so far, for whatever reason; an abort takes nothing back. */
int64_t wr_driver_dropped(const struct wr_driver *d);

/* The metadata text that a commit of this input topic (name in the cluster) carries now; NULL if
 * the topic is no input or nothing of it was committed. The caller frees it with wr_free(). */
char *wr_driver_committed(const struct wr_driver *d, const char *topic);

#endif
