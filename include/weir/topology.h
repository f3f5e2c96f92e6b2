/* topology.h -- topologies node by node: sources, processors, sinks and stores.
 *
 * A topology is built once, by the `build` function of an application, and not changed afterwards.
 * Building never fails in the middle: every mistake becomes a finding (what, where, why, what to
 * do), and all findings are reported together when building is over. So nothing here returns an
 * error, and what a function returns can always be passed on.
 *
 * Names are those of Kafka's topics: letters, digits, '.', '_' and '-', at most 249 bytes. Strings,
 * arrays and options are copied; functions and `arg` must live as long as the application.
 *
 * Options structures carry their size, so that they can grow: start each one from its _INIT value.
 *
 * Thread: the one that builds.
 */
#ifndef WEIR_TOPOLOGY_H
#define WEIR_TOPOLOGY_H

#include <weir/codec.h>
#include <weir/processor.h>

WEIR_BEGIN_DECLS

enum weir_reset { WEIR_RESET_DEFAULT, WEIR_RESET_EARLIEST, WEIR_RESET_LATEST, WEIR_RESET_NONE };

/* Which time a record gets. A negative *time drops the record and counts it; another code than
 * WEIR_OK, like a record or a field without a valid time, goes by weir.errors.timestamp. */
typedef enum weir_code weir_timestamp_fn(weir_ctx *c, const struct weir_record *r,
                                         int64_t partition_time, int64_t *time);

/* Where records come from. */
struct weir_source {
    size_t size;
    const char *name;  /* of the node; NULL: generated */
    weir_codec *key;   /* NULL: weir.default.key.codec, else any bytes */
    weir_codec *value; /* NULL: weir.default.value.codec, else any bytes */
    enum weir_reset
        reset; /* where to begin without a committed position; default: auto.offset.reset */
    const char
        *time_field; /* time is this field of the value, an integer in ms; NULL: the record's */
    weir_timestamp_fn *timestamp; /* time is computed; at most one of the two */
    int64_t out_of_order_ms;      /* bound of disorder for watermarks; unused with stream time */
};
#define WEIR_SOURCE_INIT                                                                           \
    {                                                                                              \
        sizeof(struct weir_source), NULL, NULL, NULL, WEIR_RESET_DEFAULT, NULL, NULL, 0            \
    }

/* What every operator with a function of the application takes. */
struct weir_node {
    size_t size;
    const char *name;          /* NULL: generated */
    const void *arg;           /* shared by all tasks, read-only; task_state if open is NULL */
    weir_open_fn *open;        /* once per task, before its first record; NULL: none */
    weir_close_fn *close;      /* once per task, also after a failed open; NULL: none */
    weir_codec *key;           /* codec of what comes out; NULL: the input's where the operator */
    weir_codec *value;         /*   does not change it, else unknown */
    const char *const *stores; /* connected; only for process, process_values and flat_map */
    size_t store_count;
};
#define WEIR_NODE_INIT                                                                             \
    {                                                                                              \
        sizeof(struct weir_node), NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0                      \
    }

/* Where records go. */
struct weir_sink {
    size_t size;
    const char *name; /* of the node; NULL: generated */
    weir_partition_fn
        *partition;  /* NULL: murmur2 of the key; null keys spread over the partitions */
    const void *arg; /* of the functions; read-only, shared by all tasks */
};
#define WEIR_SINK_INIT                                                                             \
    {                                                                                              \
        sizeof(struct weir_sink), NULL, NULL, NULL                                                 \
    }

enum weir_store_type { WEIR_STORE_KV, WEIR_STORE_TIMESTAMPED_KV };
enum weir_backend { WEIR_BACKEND_DEFAULT, WEIR_BACKEND_PERSISTENT, WEIR_BACKEND_MEMORY };

/* One setting of a topic, "name" and "value" as the broker knows them. */
struct weir_topic_setting {
    const char *name;
    const char *value;
};

/* A store for processors. */
struct weir_store_options {
    size_t size;
    const char *name;
    enum weir_store_type type;
    weir_codec *key;
    weir_codec *value;
    enum weir_backend backend;
    bool unlogged; /* no changelog: the contents do not survive the task's move or a lost disk */
    const struct weir_topic_setting *changelog; /* changes to the changelog topic's configuration */
    size_t changelog_count;
};
#define WEIR_STORE_INIT                                                                            \
    {                                                                                              \
        sizeof(struct weir_store_options), NULL, WEIR_STORE_KV, NULL, NULL, WEIR_BACKEND_DEFAULT,  \
            false, NULL, 0                                                                         \
    }

/* A source node named `name` reading topics[0..count-1]. source->name is ignored. */
WEIR_API void weir_add_source(weir_topology *t, const char *name, const char *const *topics,
                              size_t count, const struct weir_source *source);

/* A processor node below parents[0..count-1]. node->name is ignored; node->stores are connected. */
WEIR_API void weir_add_processor(weir_topology *t, const char *name, const char *const *parents,
                                 size_t count, weir_process_fn *fn, const struct weir_node *node);

/* A sink node writing to topic below parents[0..count-1]. sink->name is ignored; sink may be NULL.
 */
WEIR_API void weir_add_sink(weir_topology *t, const char *name, const char *topic,
                            const char *const *parents, size_t count, const struct weir_sink *sink);

/* A store; it is in the topology once a processor is connected to it. */
WEIR_API void weir_add_store(weir_topology *t, const struct weir_store_options *store);

/* Connect processor and store, both by name. */
WEIR_API void weir_connect_store(weir_topology *t, const char *processor, const char *store);

WEIR_END_DECLS

#endif
