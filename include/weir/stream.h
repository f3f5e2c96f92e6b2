/* stream.h -- the language: streams, tables and groups instead of nodes.
 *
 * A stream is a sequence of facts; a table is the last value of each key; a group is a stream that
 * is about to be aggregated by its key. Each function adds nodes to the topology and returns what
 * comes out of them. Operators, their names, their generated names, sub-topologies and internal
 * topics are Kafka Streams' own, so that its users and its tools find what they know.
 *
 * Rules that hold everywhere:
 * - Operators that can change the key (map, flat_map, select_key, group_by, process) make a
 *   repartition topic necessary; it is inserted where the key is next needed, not before. Records
 *   with a null key do not enter it: weir_unkeyed_records_total counts them.
 * - The options of an operator may be NULL. Names may be NULL where they are generated; the names
 *   of stores and of repartition topics must be given unless
 *   ensure.explicit.internal.resource.naming=false, because a generated name changes with the
 *   topology, and the state of the old name is then lost.
 * - Streams, tables and groups belong to the topology. A mistake is a finding (topology.h).
 *
 * Thread: the one that builds.
 */
#ifndef WEIR_STREAM_H
#define WEIR_STREAM_H

#include <weir/topology.h>

WEIR_BEGIN_DECLS

typedef struct weir_stream weir_stream;
typedef struct weir_table weir_table;
typedef struct weir_grouped weir_grouped;

/* ---- where streams begin and end ------------------------------------------------------------- */

/* The records of one or more topics. Streams of the same topics read them once: their sources must
 * agree in codecs, reset, time and disorder. source may be NULL. */
WEIR_API weir_stream *weir_from(weir_topology *t, const char *topic,
                                const struct weir_source *source);
WEIR_API weir_stream *weir_from_topics(weir_topology *t, const char *const *topics, size_t count,
                                       const struct weir_source *source);

/* Write to a topic that exists. sink may be NULL. */
WEIR_API void weir_to(weir_stream *s, const char *topic, const struct weir_sink *sink);

/* Write each record to the topic that fn names; all of them must exist. sink->arg is fn's state. */
WEIR_API void weir_to_computed(weir_stream *s, weir_topic_fn *fn, const struct weir_sink *sink);

/* ---- one record at a time -------------------------------------------------------------------- */

WEIR_API weir_stream *weir_filter(weir_stream *s, weir_predicate_fn *fn,
                                  const struct weir_node *node);
WEIR_API weir_stream *weir_filter_not(weir_stream *s, weir_predicate_fn *fn,
                                      const struct weir_node *node);

/* map may change the key; map_values may not (a change is WEIR_EINVAL when it happens). */
WEIR_API weir_stream *weir_map(weir_stream *s, weir_map_fn *fn, const struct weir_node *node);
WEIR_API weir_stream *weir_map_values(weir_stream *s, weir_map_fn *fn,
                                      const struct weir_node *node);

/* fn forwards any number of records; flat_map_values may not change the key. */
WEIR_API weir_stream *weir_flat_map(weir_stream *s, weir_process_fn *fn,
                                    const struct weir_node *node);
WEIR_API weir_stream *weir_flat_map_values(weir_stream *s, weir_process_fn *fn,
                                           const struct weir_node *node);

/* fn sets out->key only. */
WEIR_API weir_stream *weir_select_key(weir_stream *s, weir_map_fn *fn,
                                      const struct weir_node *node);

/* The new key is a field of the value (weir_field_of), as bytes of `key`: string, i32, i64, f64 or
 * byte array. A record without the field goes on with a null key. */
WEIR_API weir_stream *weir_select_key_field(weir_stream *s, const char *path, weir_codec *key,
                                            const struct weir_node *node);

/* fn sees each record and forwards nothing; the record goes on unchanged (peek) or not (for_each).
 */
WEIR_API weir_stream *weir_peek(weir_stream *s, weir_process_fn *fn, const struct weir_node *node);
WEIR_API void weir_for_each(weir_stream *s, weir_process_fn *fn, const struct weir_node *node);

/* Split: a record goes to the first branch whose predicate keeps it; fn NULL keeps everything.
 * `out` of each branch is set. Records that no branch keeps are dropped; they are not counted. */
struct weir_branch {
    const char *name; /* appended to the name of the split; NULL: its number */
    weir_predicate_fn *fn;
    const void *arg;
    weir_stream *out;
};
WEIR_API void weir_branch(weir_stream *s, struct weir_branch *branches, size_t count,
                          const struct weir_node *node);

/* The records of both, in no particular order. */
WEIR_API weir_stream *weir_merge(weir_stream *a, weir_stream *b, const struct weir_node *node);

/* A processor of one's own; the records it forwards come out. process_values may not change the
 * key. */
WEIR_API weir_stream *weir_process(weir_stream *s, weir_process_fn *fn,
                                   const struct weir_node *node);
WEIR_API weir_stream *weir_process_values(weir_stream *s, weir_process_fn *fn,
                                          const struct weir_node *node);

/* Send the records through an internal topic, so that equal keys meet in one task. Records with a
 * null key are left out where a later operator needs one. */
struct weir_repartition_options {
    size_t size;
    const char *name;
    int32_t partitions; /* 0: as many as the tasks that write it */
    weir_codec *key;    /* NULL: as the stream's */
    weir_codec *value;
    weir_partition_fn *partition;
    const void *arg; /* of partition */
};
#define WEIR_REPARTITION_INIT                                                                      \
    {                                                                                              \
        sizeof(struct weir_repartition_options), NULL, 0, NULL, NULL, NULL, NULL                   \
    }
WEIR_API weir_stream *weir_repartition(weir_stream *s,
                                       const struct weir_repartition_options *options);

/* ---- groups and aggregates ------------------------------------------------------------------- */

/* Group by the key as it is. `name` is the base of the repartition topic's name, if one is needed.
 */
WEIR_API weir_grouped *weir_group_by_key(weir_stream *s, const char *name);

/* Group by another key: fn sets out->key. node->name is the base of the repartition topic's name.
 */
WEIR_API weir_grouped *weir_group_by(weir_stream *s, weir_map_fn *fn, const struct weir_node *node);

/* Group by a field of the value, as weir_select_key_field. */
WEIR_API weir_grouped *weir_group_by_field(weir_stream *s, const char *name, const char *path,
                                           weir_codec *key);

/* When the changes of a table go on. */
enum weir_emit {
    WEIR_EMIT_DEFAULT, /* the setting weir.emit */
    WEIR_EMIT_EACH,    /* every change */
    WEIR_EMIT_COMMIT,  /* once per key and commit, with the old value of the last commit */
};

/* How a table keeps its rows. */
struct weir_table_options {
    size_t size;
    const char *name;  /* of the node; NULL: generated */
    weir_codec *key;   /* NULL: as the input's */
    weir_codec *value; /* NULL: as the input's, where it is the same */
    enum weir_emit emit;
    enum weir_backend backend;
    bool unlogged;
    const struct weir_topic_setting *changelog;
    size_t changelog_count;
    const void *arg; /* of the functions, as in struct weir_node */
    weir_open_fn *open;
    weir_close_fn *close;
};
#define WEIR_TABLE_INIT                                                                            \
    {                                                                                              \
        sizeof(struct weir_table_options), NULL, NULL, NULL, WEIR_EMIT_DEFAULT,                    \
            WEIR_BACKEND_DEFAULT, false, NULL, 0, NULL, NULL, NULL                                 \
    }

/* Records with a null key or a null value are dropped and counted. The time of a row is the
 * greatest time of the records in it. `store` names the store; options may be NULL. */

/* How many records; an i64. */
WEIR_API weir_table *weir_count(weir_grouped *g, const char *store,
                                const struct weir_table_options *options);

/* The first value as it is, then fn(value, aggregate). */
WEIR_API weir_table *weir_reduce(weir_grouped *g, const char *store, weir_fold_fn *fn,
                                 const struct weir_table_options *options);

/* fn(value, aggregate), where fn sees the null view for a key without a row. */
WEIR_API weir_table *weir_aggregate(weir_grouped *g, const char *store, weir_fold_fn *fn,
                                    const struct weir_table_options *options);

/* ---- tables ---------------------------------------------------------------------------------- */

/* A topic read as a table: a null value deletes. `store` NULL: not kept unless something needs it.
 */
WEIR_API weir_table *weir_table_from(weir_topology *t, const char *topic,
                                     const struct weir_source *source, const char *store,
                                     const struct weir_table_options *options);

/* A stream as a table: the last value of each key counts, a null value deletes. */
WEIR_API weir_table *weir_to_table(weir_stream *s, const char *store,
                                   const struct weir_table_options *options);

/* The changes of a table as a stream; deletions are null values. */
WEIR_API weir_stream *weir_changes(weir_table *table);
WEIR_API weir_stream *weir_changes_named(weir_table *table, const char *name);

/* `store` NULL: the result is not kept, but computed when it is needed. */
WEIR_API weir_table *weir_table_filter(weir_table *table, weir_predicate_fn *fn, const char *store,
                                       const struct weir_table_options *options);
WEIR_API weir_table *weir_table_filter_not(weir_table *table, weir_predicate_fn *fn,
                                           const char *store,
                                           const struct weir_table_options *options);
WEIR_API weir_table *weir_table_map_values(weir_table *table, weir_map_fn *fn, const char *store,
                                           const struct weir_table_options *options);

WEIR_END_DECLS

#endif
