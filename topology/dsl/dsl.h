/* dsl.h -- operators as the language collects them, before they are written to the graph.
 *
 * Kafka Streams does not write an operator when it is called, but when everything is known: streams
 * of the same topics become one source, repartition topics may be merged, tables may have to keep
 * their rows after all. So the calls of the language make a graph of their own (struct wr_dnode),
 * which is rewritten (optimise.c) and then written (write.c). An operator may become several nodes:
 * a repartition is a filter, a sink and a source.
 *
 * Names: one counter for the topology. Most calls take a number from it even if the application
 * gives a name, because generated names are part of the names of stores and topics, and must stay
 * as Kafka Streams numbers them.
 *
 * All objects live in the arena of the topology; their pointer arrays are freed by wr_dsl_free().
 */
#ifndef WR_DSL_H
#define WR_DSL_H

#include <weir/stream.h>

#include "topology/dsl/blueprint.h"
#include "topology/op/ops.h"

enum wr_dnode_kind {
    WR_DNODE_ROOT,        /* the parent of all sources; not written */
    WR_DNODE_SOURCE,      /* a source */
    WR_DNODE_TABLE,       /* a source and a table below it */
    WR_DNODE_PROCESSOR,   /* a processor, with or without a store of its own */
    WR_DNODE_SINK,        /* a sink */
    WR_DNODE_REPARTITION, /* a filter, a sink, an internal topic, a source */
};

/* The rows of a table, if it keeps them. */
struct wr_dstore {
    struct wr_gstore store;
    bool kept;  /* asked for by name, or needed by an operator below */
    bool named; /* by the application */
};

struct wr_drepartition {
    const char *topic; /* undecorated */
    const char *sink;  /* names of the nodes; the source's is that of the dnode */
    const char *filter;
    bool named;     /* by the application */
    bool mergeable; /* with others below the same change of the key */
    int32_t partitions;
    weir_partition_fn *partition;
    const void *arg; /* of partition */
    const struct weir_codec *key;
    const struct weir_codec *value;
};

struct wr_dnode {
    enum wr_dnode_kind kind;
    const char *name;
    struct wr_ptrs parents;  /* struct wr_dnode *; none: merged into another, not written */
    struct wr_ptrs children; /* struct wr_dnode *, in order of addition */
    size_t priority;         /* of those that can be written, the lowest one is */
    bool changes_key;
    bool changes_value;
    bool merges;
    const struct wr_op *op;
    const void *config;
    enum weir_emit emit;
    struct wr_dstore *store; /* NULL: never keeps rows */
    bool sends_old;
    bool low_level;              /* made by topology.h: comes after all others, by itself */
    struct wr_ptrs parent_names; /* const char *: low_level */
    struct wr_ptrs store_names;  /* const char *: stores it is connected to */
    const char *source_name;     /* TABLE */
    struct wr_ptrs topics;       /* const char *: SOURCE, TABLE; SINK: one, or none if computed */
    struct wr_gsource *source;   /* SOURCE, TABLE */
    struct wr_gsink *sink;       /* SINK */
    struct wr_drepartition *repartition;
    size_t looked_at;         /* the last search that came here (optimise.c) */
    struct wr_gnode *written; /* where its children are connected; NULL: not written */
};

/* weir_connect_store() */
struct wr_dconnection {
    const char *processor;
    const char *store;
};

struct wr_dsl {
    struct wr_dnode root;
    struct wr_ptrs nodes;       /* struct wr_dnode *: all, in order of addition */
    struct wr_ptrs stores;      /* struct wr_dstore *, of the application */
    struct wr_ptrs connections; /* struct wr_dconnection * */
    size_t next_number;         /* of generated names */
    size_t next_priority;
    size_t searches;
};

struct weir_stream {
    struct weir_topology *topology;
    struct wr_dnode *node;
    const struct weir_codec *key; /* NULL: unknown */
    const struct weir_codec *value;
    bool rekeyed; /* equal keys may be in different tasks */
};

struct weir_grouped {
    struct weir_stream stream;
    const char *name;             /* base of the repartition topic's name; NULL: the store's */
    struct wr_dnode *repartition; /* shared by the aggregates of a group with a name */
};

struct weir_table {
    struct weir_topology *topology;
    struct wr_dnode *node;
    struct weir_table *parent; /* of a table computed from another; NULL: it has rows of its own */
    const struct weir_codec *key; /* NULL: unknown */
    const struct weir_codec *value;
};

/* ---- names.c: names and options -------------------------------------------------------------- */

/* given, or a generated name; either way a number is taken. */
const char *wr_dsl_name(struct weir_topology *t, const char *given, const char *prefix);

/* given, or a generated name, which alone takes a number. */
const char *wr_dsl_new_name(struct weir_topology *t, const char *given, const char *prefix);

/* The options of a call: copies as much of `given` as both sides know, over the defaults in out.
 * Every options structure begins with its size. What the library does not know must be zero. */
void wr_dsl_options(struct weir_topology *t, const char *call, void *out, size_t out_size,
                    const void *given);

/* A finding if a function is missing. */
void wr_dsl_need(struct weir_topology *t, const char *node, bool function);

const struct weir_codec *wr_dsl_key(const struct weir_topology *t, const struct weir_codec *codec);
const struct weir_codec *wr_dsl_value(const struct weir_topology *t,
                                      const struct weir_codec *codec);

/* ---- dnode.c: making operators --------------------------------------------------------------- */

void wr_dsl_free(struct wr_dsl *dsl);

struct wr_dnode *wr_dsl_node(struct weir_topology *t, enum wr_dnode_kind kind, const char *name);

/* Put child below parent. Each time it is put somewhere, it is to be written later. */
void wr_dsl_add(struct weir_topology *t, struct wr_dnode *parent, struct wr_dnode *child);

void wr_dsl_link(struct wr_dnode *parent, struct wr_dnode *child);
void wr_dsl_unlink(struct wr_dnode *parent, struct wr_dnode *child);

struct weir_stream *wr_dsl_stream(struct weir_topology *t, struct wr_dnode *node,
                                  const struct weir_codec *key, const struct weir_codec *value,
                                  bool rekeyed);

/* A processor that reads a stream. config begins with calls if it has any. */
struct wr_dnode *wr_dsl_processor(struct weir_stream *s, const char *name, const struct wr_op *op,
                                  const void *config);

struct wr_calls wr_dsl_calls(const struct weir_node *node);

/* The stores that n is to be connected to. */
void wr_dsl_name_stores(struct weir_topology *t, struct wr_dnode *n, const struct weir_node *node);

/* What weir_source and weir_sink say. */
struct wr_gsource *wr_dsl_source(struct weir_topology *t, const char *name,
                                 const struct weir_source *source);
void wr_dsl_add_topic(struct weir_topology *t, struct wr_dnode *n, const char *topic);
struct wr_gsink *wr_dsl_sink(struct weir_topology *t, const struct weir_sink *sink);

/* A repartition, not put anywhere yet; its topic is named after `base`, which may be generated. */
struct wr_dnode *wr_dsl_repartition(struct weir_topology *t, const char *base, bool named,
                                    const struct weir_codec *key, const struct weir_codec *value);

/* ---- tables.c -------------------------------------------------------------------------------- */

/* A store by the name that the application gave, or by a generated one if it gave none. */
struct wr_dstore *wr_dsl_store(struct weir_topology *t, const char *given, const char *prefix,
                               const struct weir_table_options *o);

struct weir_table *wr_dsl_table(struct weir_topology *t, struct wr_dnode *node,
                                struct weir_table *parent);

/* Let table send old values with its changes. With force a table that keeps no rows begins to;
 * without it false is returned if that were needed. */
bool wr_dsl_send_old(struct weir_table *table, bool force);

/* ---- optimise.c, write.c --------------------------------------------------------------------- */

/* Streams of the same topics are one source. */
void wr_dsl_merge_sources(struct weir_topology *t);

/* One repartition for all that need one below the same change of the key. */
void wr_dsl_merge_repartitions(struct weir_topology *t);

/* Write all operators to the graph. */
void wr_dsl_write(struct weir_topology *t);

#endif
