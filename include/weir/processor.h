/* processor.h -- the functions an application gives to its nodes, and what they may call.
 *
 * A function is called by the one stream thread that runs the task, for one record at a time, with
 *
 *     c            the context of this call: forward, stores, time, scratch memory, failures
 *     r            the record; its views live until the function returns
 *     task_state   what open() made for this task; without open(), the shared, read-only `arg`
 *
 * It returns WEIR_OK, WEIR_SKIP ("this record is bad": the policy of weir.errors.processing
 * applies), or another code after weir_fail().
 * None of these functions may block for longer than a small part of max.poll.interval.ms, and
 * nothing that they are called with, but task_state, may be kept after they have returned.
 *
 * What a function gives back through a pointer (*out, *aggregate, *topic) is looked at after it has
 * returned. So its views lie in what it was called with, in scratch memory, or in memory that lives
 * as long as the task, and never in its own local variables.
 *
 * Thread of everything here: the stream thread that runs the task.
 */
#ifndef WEIR_PROCESSOR_H
#define WEIR_PROCESSOR_H

#include <weir/codec.h>
#include <weir/record.h>
#include <weir/store.h>

WEIR_BEGIN_DECLS

typedef struct weir_ctx weir_ctx;

typedef enum weir_code weir_open_fn(weir_ctx *c, const void *arg, void **task_state);
typedef void weir_close_fn(weir_ctx *c, void *task_state);

/* process, peek, for_each and flat_map: whatever comes out is handed to weir_forward(). */
typedef enum weir_code weir_process_fn(weir_ctx *c, const struct weir_record *r, void *task_state);

/* *keep says whether the record passes. It is false when the function is called. */
typedef enum weir_code weir_predicate_fn(weir_ctx *c, const struct weir_record *r, bool *keep,
                                         void *task_state);

/* *out is a copy of *r when the function is called; the function replaces what it changes. */
typedef enum weir_code weir_map_fn(weir_ctx *c, const struct weir_record *r,
                                   struct weir_record *out, void *task_state);

/* *aggregate is the stored aggregate of the record's key, or the null view if there is none; the
 * function replaces it. Leaving the null view deletes the row. */
typedef enum weir_code weir_fold_fn(weir_ctx *c, const struct weir_record *r,
                                    struct weir_bytes *aggregate, void *task_state);

/* *topic is the topic to write to; a C string that lives as long as the record. */
typedef enum weir_code weir_topic_fn(weir_ctx *c, const struct weir_record *r, const char **topic,
                                     void *task_state);

/* Which partitions of a topic with `count` partitions the record goes to. Fill
 * partitions[0..count-1] and set *chosen: 0 drops the record and counts it, more than 1 writes it
 * more than once. Leaving *chosen at -1 uses the default, murmur2 of the key as Kafka's own clients
 * do. `arg` is that of the sink or repartition. */
typedef enum weir_code weir_partition_fn(weir_ctx *c, const struct weir_record *r,
                                         int32_t *partitions, int32_t count, int32_t *chosen,
                                         const void *arg);

/* ---- what a function may call ---------------------------------------------------------------- */

/* Hand a record to every child, in the order in which they were added, each child's whole sub-tree
 * before the next. Returns after they are done; children copy what they keep. Headers of the record
 * are the ones it goes on with. Returns the first failure: return it on, at once. Fails with
 * WEIR_ETIME if the time is negative, with WEIR_EINVAL if an operator on values changed the key,
 * and with WEIR_ESTATE in other functions than those of process and flat_map. */
WEIR_API WEIR_MUST_CHECK enum weir_code weir_forward(weir_ctx *c, const struct weir_record *r);

/* The same to one child by name; WEIR_EINVAL if there is no such child. */
WEIR_API WEIR_MUST_CHECK enum weir_code weir_forward_to(weir_ctx *c, const char *child,
                                                        const struct weir_record *r);

/* Memory for n bytes, aligned for any type, that lives until the function has returned and what it
 * gave back has been used. Never NULL. */
WEIR_API void *weir_scratch(weir_ctx *c, size_t n);

/* Formatted text in scratch memory, as a view without the terminating zero (which is there). */
WEIR_API struct weir_bytes weir_format(weir_ctx *c, const char *format, ...) WEIR_PRINTF(2, 3);

/* A text as a JSON string, with its quotes and escapes (RFC 8259), in scratch memory as that of
 * weir_format(); bytes that are not UTF-8 become U+FFFD, the null view becomes null. */
WEIR_API struct weir_bytes weir_json_string(weir_ctx *c, struct weir_bytes text);

/* Say why this call fails and get `code` back: return weir_fail(c, WEIR_EPROCESS, "...", ...). The
 * code decides what happens (error.h). WEIR_OK is no failure: it gives WEIR_EINVAL. */
WEIR_API enum weir_code weir_fail(weir_ctx *c, enum weir_code code, const char *format, ...)
    WEIR_PRINTF(3, 4);

/* A store this node is connected to; NULL if it is not (which weir_forward and friends cannot
 * excuse: look stores up in open() and fail there). The pointer is good until close(). */
WEIR_API weir_kv *weir_store(weir_ctx *c, const char *name);

/* The greatest record time this task has seen, -1 before the first record. */
WEIR_API int64_t weir_stream_time(const weir_ctx *c);

/* Milliseconds since 1970 by the runtime's clock, read once per run of records. */
WEIR_API int64_t weir_wall_clock(const weir_ctx *c);

/* "0_3": sub-topology 0, partition 3. */
WEIR_API const char *weir_task_id(const weir_ctx *c);
WEIR_API const char *weir_application_id(const weir_ctx *c);

/* Ask for a commit as soon as this record is done, before commit.interval.ms is over. */
WEIR_API void weir_request_commit(weir_ctx *c);

/* The headers h and one more at the end (set: after removing those of that name). The new list is
 * in scratch memory; name and value are not copied and have to live as long. */
WEIR_API struct weir_headers weir_header_add(weir_ctx *c, struct weir_headers h, const char *name,
                                             struct weir_bytes value);
WEIR_API struct weir_headers weir_header_set(weir_ctx *c, struct weir_headers h, const char *name,
                                             struct weir_bytes value);

/* ---- reading and building values ------------------------------------------------------------- */

/* Read one field. WEIR_ENOTFOUND if it is not there; WEIR_EDECODE, with the reason set as by
 * weir_fail, if the bytes are not what the codec says. A null value has no fields. */
WEIR_API WEIR_MUST_CHECK enum weir_code weir_get(weir_ctx *c, const weir_field *f,
                                                 struct weir_bytes value, struct weir_scalar *out);

/* The same, asking for one type. A number in a JSON string is not a number; an integral JSON number
 * reads as either. Another type is WEIR_EDECODE; JSON null and a missing field are WEIR_ENOTFOUND.
 */
WEIR_API WEIR_MUST_CHECK enum weir_code weir_get_i64(weir_ctx *c, const weir_field *f,
                                                     struct weir_bytes value, int64_t *out);
WEIR_API WEIR_MUST_CHECK enum weir_code weir_get_f64(weir_ctx *c, const weir_field *f,
                                                     struct weir_bytes value, double *out);
WEIR_API WEIR_MUST_CHECK enum weir_code
weir_get_string(weir_ctx *c, const weir_field *f, struct weir_bytes value, struct weir_bytes *out);

/* The bytes of a number as the codecs i32, i64 and f64 have them, in scratch memory. */
WEIR_API struct weir_bytes weir_put_i32(weir_ctx *c, int32_t v);
WEIR_API struct weir_bytes weir_put_i64(weir_ctx *c, int64_t v);
WEIR_API struct weir_bytes weir_put_f64(weir_ctx *c, double v);

/* A writable copy of a structure value, which *value is set to: change it in place. A null *value
 * gives a structure of zeros. NULL, with the reason set as by weir_fail, if the bytes are another
 * structure. struct stats *s = weir_edit(c, aggregate, WEIR_STRUCT(stats, 1)); */
WEIR_API void *weir_edit(weir_ctx *c, struct weir_bytes *value, const char *name, uint32_t version,
                         size_t size, size_t align);

/* The structure in a value, to read. NULL if value is null or is another structure. The pointer is
 * into value, or to an aligned copy in scratch memory. */
WEIR_API const void *weir_peek_struct(weir_ctx *c, struct weir_bytes value, const char *name,
                                      uint32_t version, size_t size, size_t align);

WEIR_END_DECLS

#endif
