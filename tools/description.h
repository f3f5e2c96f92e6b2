/* description.h -- a topology as an application describes it (`describe -o json`; the members are
 * in topology/graph/describe.h), read into structures.
 *
 * Everything in it lives as long as the description. Thread: one.
 */
#ifndef WR_DESCRIPTION_H
#define WR_DESCRIPTION_H

#include "src/base/arena.h"
#include "src/base/base.h"

struct wr_names {
    const char **items;
    size_t count;
};

struct wr_described_node {
    const char *name;
    bool is_sink;
    struct wr_names topics; /* as they are called in the cluster */
    struct wr_names stores;
    struct wr_described_node **children;
    size_t child_count;
    size_t parent_count;
    bool drawn; /* drawing.c's */
};

struct wr_described_subtopology {
    int id;
    struct wr_described_node *nodes; /* in order of addition */
    size_t node_count;
};

struct wr_described_store {
    const char *name;
    const char *type;
    const char *key;
    const char *value;
    const char *backend;
    const char *changelog; /* NULL: it has none */
    int subtopology;
};

/* One that the application makes itself. */
struct wr_described_topic {
    const char *name;
    const char *kind;
    int partitions;           /* 0: not said */
    struct wr_names settings; /* "name=value" */
};

struct wr_description {
    struct wr_arena arena;
    struct json_t *json; /* what the names are in */
    const char *application;
    struct wr_described_subtopology *subtopologies;
    size_t subtopology_count;
    struct wr_described_store *stores;
    size_t store_count;
    struct wr_described_topic *topics;
    size_t topic_count;
};

/* WEIR_EDECODE: the text is no such description; err says where and why. */
WR_MUST_CHECK enum weir_code wr_description_read(struct wr_description **out,
                                                 struct weir_bytes text, struct weir_error *err);
void wr_description_free(struct wr_description *d); /* accepts NULL */

#endif
