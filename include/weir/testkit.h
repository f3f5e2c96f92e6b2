/* testkit.h -- a topology at work in the process of a test: no broker, no threads, no waiting.
 *
 * What `build` builds runs on topics in memory: records are piped into its inputs, worked through
 * the whole topology before the call returns, and what it wrote is read. Tasks, inputs, operators,
 * stores and commits are the ones of an instance; docs/testing.md shows how to work with them.
 *
 * 1. While a topic that is read has records, the one with the lowest time is processed; each is a
 *    transaction of its own, unless commit_on_request is set. As consumers of committed data do,
 *    the test and the inputs of the topology see what a transaction wrote when it is committed;
 *    with processing.guarantee=at_least_once they see outputs at once, and only changelogs then.
 * 2. The wall clock stands still but for weir_test_advance().
 * 3. Every topic has the same number of partitions, internal ones too, and there is one task for
 *    each partition, which runs all sub-topologies.
 * 4. A call that is refused changes nothing. Where work on a record fails, the transaction is
 *    aborted, the dead letter written, and nothing is processed any more, as an instance stops:
 *    what was there before the record can still be looked at.
 *
 * Texts: the functions that take or give C strings go by the codecs of the topology. Numbers (i32,
 * i64, f64) are decimal; strings, JSON and bytes are taken and shown as they are, but for control
 * characters, which are shown as \xHH; structures are base64 in quotes. What a codec cannot read is
 * shown as bytes. A null key or value is NULL when it is given, and shown as null.
 *
 * Lifetime: records and texts that come out live until the test is freed, which also frees the
 * memory of all that went in.
 *
 * Thread: the one that made the test. Tests do not know of each other.
 */
#ifndef WEIR_TESTKIT_H
#define WEIR_TESTKIT_H

#include <weir/app.h>
#include <weir/record.h>
#include <weir/store.h>

WEIR_BEGIN_DECLS

typedef struct weir_test weir_test;

struct weir_test_options {
    size_t size;
    const struct weir_setting *settings; /* as an application is given them; copied */
    size_t setting_count;
    int64_t wall_ms;        /* the wall clock at the start, in ms since 1970 */
    bool commit_on_request; /* by weir_test_commit() or weir_request_commit() only */
    int32_t partitions;     /* of every topic, at most 1000; 0: 1 */
};
#define WEIR_TEST_INIT                                                                             \
    {                                                                                              \
        sizeof(struct weir_test_options), NULL, 0, 0, false, 0                                     \
    }

/* Build the topology and start it. Settings have the names and defaults of docs/settings.md, but
 * that application.id is "test" and no broker has to be named; those about clusters, threads, disks
 * and when to commit have no effect, and weir.log.level is that of the process. options may be
 * NULL. `arg` is passed to build and not kept. Fails as weir_app_new() does (WEIR_ECONFIG,
 * WEIR_ETOPOLOGY), with WEIR_EINVAL for bad options, and as the open functions of the application
 * do; *test is then NULL. */
WEIR_API WEIR_MUST_CHECK enum weir_code weir_test_new(weir_test **test, weir_build_fn *build,
                                                      void *arg,
                                                      const struct weir_test_options *options,
                                                      struct weir_error *err);

/* Close the application's nodes and free everything. Accepts NULL. */
WEIR_API void weir_test_free(weir_test *t);

/* What the topology looks like: the text of `describe`. */
WEIR_API const char *weir_test_describe(weir_test *t);

/* ---- records in ------------------------------------------------------------------------------ */

/* As the time of a record: the topic's next time, see weir_test_set_time(). */
#define WEIR_TEST_NEXT_TIME INT64_MIN

/* Append one record to a topic that the topology reads (its name in the cluster) and work
 * everything through. Key, value, time and headers count, and the partition: -1 is that of the key,
 * as Kafka's own producers choose it, and 0 for a null key. The record is copied. Refused with
 * WEIR_ENOTOPIC if it is no input, WEIR_EPARTITIONS if there is no such partition, WEIR_ESTATE
 * after a failure, or if the open transaction has written to the partition; other codes are
 * failures of the work, with the reason that an instance would stop with. */
WEIR_API WEIR_MUST_CHECK enum weir_code weir_test_pipe(weir_test *t, const char *topic,
                                                       const struct weir_record *record,
                                                       struct weir_error *err);

/* The same for a key and a value written as text, to the partition of the key. Refused with
 * WEIR_EDECODE too, if the text is no value of the topic's codec. */
WEIR_API WEIR_MUST_CHECK enum weir_code weir_test_pipe_text(weir_test *t, const char *topic,
                                                            const char *key, const char *value,
                                                            int64_t time, struct weir_error *err);

/* One after the other; the first that is refused or fails ends it, with its number from 0 in err.
 */
struct weir_test_text {
    const char *key;
    const char *value;
    int64_t time;
};
WEIR_API WEIR_MUST_CHECK enum weir_code weir_test_pipe_all(weir_test *t, const char *topic,
                                                           const struct weir_test_text *texts,
                                                           size_t count, struct weir_error *err);

/* The next record that is piped to the topic with WEIR_TEST_NEXT_TIME gets the time start_ms, and
 * each further one is step_ms later. Until this is called they get that of the wall clock.
 * WEIR_ENOTOPIC if it is no input. */
WEIR_API WEIR_MUST_CHECK enum weir_code weir_test_set_time(weir_test *t, const char *topic,
                                                           int64_t start_ms, int64_t step_ms,
                                                           struct weir_error *err);

/* ---- clock and transactions ------------------------------------------------------------------ */

/* Move the wall clock on and work through what has waited for it. Fails as weir_test_pipe(), with
 * WEIR_EINVAL if ms is negative. */
WEIR_API WEIR_MUST_CHECK enum weir_code weir_test_advance(weir_test *t, int64_t ms,
                                                          struct weir_error *err);

/* Commit, and work through what comes back into inputs by it, which is then of the next
 * transaction. Without commit_on_request there is only something to do after an abort. Fails as
 * weir_test_pipe(). */
WEIR_API WEIR_MUST_CHECK enum weir_code weir_test_commit(weir_test *t, struct weir_error *err);

/* Abort the open transaction, as when an instance is killed: rows and times are those of the last
 * commit, nothing it wrote was written (but outputs at least once), and the records it had read are
 * processed again by the next call that works. What the application keeps in its task_state is not
 * taken back. */
WEIR_API void weir_test_abort(weir_test *t);

/* ---- records out ----------------------------------------------------------------------------- */

/* The next record that the topology has written to a topic (its name in the cluster; repartition,
 * changelog and dead-letter topics too) and that was not read yet; NULL if there is none. Topic,
 * partition and offset say where it lies. Those of several partitions come in the order in which
 * they were written. What is piped in does not come out here. */
WEIR_API const struct weir_record *weir_test_read(weir_test *t, const char *topic);

/* The same as text: "key=value@time", behind it the headers, if any, as " [name=value,...]"; and
 * the value alone. */
WEIR_API const char *weir_test_read_text(weir_test *t, const char *topic);
WEIR_API const char *weir_test_read_value(weir_test *t, const char *topic);

/* All records that were not read yet, each as weir_test_read_text() gives it and a line end; "" if
 * there are none. */
WEIR_API const char *weir_test_read_all(weir_test *t, const char *topic);

/* The last value of each key in the records that were not read yet: lines "key=value", in the order
 * of the bytes of the keys, a null one first. */
WEIR_API const char *weir_test_read_map(weir_test *t, const char *topic);

/* How many records of the topic were not read yet. */
WEIR_API size_t weir_test_unread(const weir_test *t, const char *topic);

/* Everything that was written to any topic so far, read or not, in order; i is below the count. */
WEIR_API size_t weir_test_output_count(const weir_test *t);
WEIR_API const struct weir_record *weir_test_output(const weir_test *t, size_t i);

/* ---- stores, to look at ---------------------------------------------------------------------- */

/* The row of a key as the topology would see it, uncommitted writes included, in whichever
 * partition it lies. Its views live until the test is freed. WEIR_ENOTFOUND is a normal answer that
 * leaves *row and err alone; WEIR_EINVAL if there is no such store or the key is null. */
WEIR_API WEIR_MUST_CHECK enum weir_code weir_test_get(weir_test *t, const char *store,
                                                      struct weir_bytes key, struct weir_row *row,
                                                      struct weir_error *err);

/* The rows of one partition in the order of their keys: take them by weir_kv_next() and end with
 * weir_kv_close(), before anything is piped, advanced, committed or aborted. WEIR_EINVAL if there
 * is no such store, WEIR_EPARTITIONS if there is no such partition; *iter is then NULL. */
WEIR_API WEIR_MUST_CHECK enum weir_code weir_test_scan(weir_test *t, const char *store,
                                                       int32_t partition, weir_kv_iter **iter,
                                                       struct weir_error *err);

/* The row of a key as text, "value@time"; NULL if there is none. And all rows, lines
 * "key=value@time", in the order of partitions and keys; "" if there are none. A question that
 * cannot be answered (no such store, no such key) has the reason as its answer. */
WEIR_API const char *weir_test_row(weir_test *t, const char *store, const char *key);
WEIR_API const char *weir_test_rows(weir_test *t, const char *store);

/* ---- numbers --------------------------------------------------------------------------------- */

/* An integer as the codec i64 has it, for keys and values; the view lives until the test is freed.
 */
WEIR_API struct weir_bytes weir_test_i64(weir_test *t, int64_t v);

/* The integer in such bytes; WEIR_EDECODE, with *v unchanged, if there are not 8 of them. */
WEIR_API WEIR_MUST_CHECK enum weir_code weir_test_get_i64(struct weir_bytes b, int64_t *v);

/* Records dropped so far for whatever reason, and those without a key that were left out before a
 * repartition topic (the metrics weir_dropped_records_total and weir_unkeyed_records_total). An
 * abort takes nothing back. */
WEIR_API int64_t weir_test_dropped(const weir_test *t);
WEIR_API int64_t weir_test_unkeyed(const weir_test *t);

WEIR_END_DECLS

#endif
