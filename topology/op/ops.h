/* ops.h -- the operators, and what the language tells each of them.
 *
 * A configuration lives in the arena of the topology and is read by all tasks; one with functions
 * of the application begins with a struct wr_calls. Operators that keep rows have their own store
 * as the first one of their node.
 */
#ifndef WR_OPS_H
#define WR_OPS_H

#include <weir/stream.h>

#include "src/data/codecs.h"
#include "topology/op/node.h"

/* Functions of the application around an operator's own: what they make is the task_state that the
 * operator's function is given. */
struct wr_calls {
    const void *arg;
    weir_open_fn *open; /* NULL: task_state is arg */
    weir_close_fn *close;
};

extern const struct wr_op wr_op_source; /* no config */
extern const struct wr_op wr_op_sink;   /* no config */
extern const struct wr_op wr_op_pass; /* no config: merge, the branches of a split, table changes */

/* Leave out null keys, in front of a repartition topic: counted, but not as dropped. No config. */
extern const struct wr_op wr_op_null_key;

struct wr_filter_config {
    struct wr_calls calls;
    weir_predicate_fn *fn;
    bool negate;
    enum weir_emit emit; /* of a table that is kept */
};
extern const struct wr_op wr_op_filter;
extern const struct wr_op wr_op_table_filter;

enum wr_map_what { WR_MAP_ALL, WR_MAP_KEY, WR_MAP_VALUE };

struct wr_map_config {
    struct wr_calls calls;
    weir_map_fn *fn;
    enum wr_map_what what;
    enum weir_emit emit; /* of a table that is kept */
};
extern const struct wr_op wr_op_map;
extern const struct wr_op wr_op_table_map; /* values */

struct wr_key_field_config {
    const struct weir_field *field;
    enum wr_codec_kind key; /* BYTES, STRING, I32, I64 or F64 */
};
extern const struct wr_op wr_op_key_field;

struct wr_process_config {
    struct wr_calls calls;
    weir_process_fn *fn;
    bool keeps_key; /* process_values, flat_map_values */
};
extern const struct wr_op wr_op_process; /* also flat_map */
extern const struct wr_op wr_op_peek;
extern const struct wr_op wr_op_for_each;

/* The children of the node are the branches, in this order. */
struct wr_branch_config {
    struct wr_calls calls;
    size_t count;
    struct {
        weir_predicate_fn *fn; /* NULL: keeps everything */
        const void *arg;       /* the fn's task_state if there is no open() */
    } branches[];
};
extern const struct wr_op wr_op_branch;

enum wr_fold { WR_FOLD_COUNT, WR_FOLD_REDUCE, WR_FOLD_AGGREGATE };

struct wr_aggregate_config {
    struct wr_calls calls;
    enum wr_fold fold;
    weir_fold_fn *fn; /* NULL for WR_FOLD_COUNT */
    enum weir_emit emit;
};
extern const struct wr_op wr_op_aggregate;

/* A topic or a stream as a table; kept if the node has a store. */
struct wr_table_source_config {
    enum weir_emit emit;
};
extern const struct wr_op wr_op_table_source;

#endif
