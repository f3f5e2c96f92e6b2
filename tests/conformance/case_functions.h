/* case_functions.h -- the fixed vocabulary of functions that conformance cases use (SPEC.md,
 * sections 1, 5 and 6), as callbacks of Weir's public interface.
 *
 * Values are bytes of one of two types. A function is described by a struct case_function, which is
 * the `arg` of the node that calls it and lives as long as the case.
 */
#ifndef WR_CASE_FUNCTIONS_H
#define WR_CASE_FUNCTIONS_H

#include <weir/weir.h>

#include "tests/conformance/case_value.h"

/* What the functions of one operator need to know. Names and arguments are split at the first
 * colon of the text; a missing argument is "". */
struct case_function {
    char *name;
    char *arg;
    char *name2; /* map: of the value, where name is of the key */
    char *arg2;
    enum case_type key; /* types of what comes in */
    enum case_type value;
    enum case_type aggregate;
    char *store;      /* processors: the first of their stores, NULL if there is none */
    bool timestamped; /* that store keeps times */
    enum case_type store_key;
    enum case_type store_value;
    char *init; /* aggregates: bytes of the first aggregate, NULL: null */
    size_t init_len;
};

/* text(x) of the specification, in scratch memory. */
struct weir_bytes case_text(weir_ctx *c, enum case_type type, struct weir_bytes b);

/* The types that come out of a function. */
enum case_type case_value_type(const char *name, enum case_type in);
enum case_type case_key_type(const char *name, enum case_type key, enum case_type value);
enum case_type case_aggregate_type(const char *name);
enum case_type case_processor_value_type(const struct case_function *f);

/* The functions; task_state is the struct case_function. */
weir_predicate_fn case_predicate;
weir_map_fn case_map;
weir_map_fn case_map_value;
weir_map_fn case_map_key;
weir_process_fn case_flat_map;
weir_process_fn case_peek;
weir_fold_fn case_fold_aggregate;
weir_fold_fn case_fold_reduce;
weir_topic_fn case_topic;
weir_partition_fn case_drop_partitioner;
weir_timestamp_fn case_time_value;
weir_timestamp_fn case_time_value_or_partition_time;
weir_timestamp_fn case_time_value_or_fail;

/* Shared with case_processors.c. */
enum weir_code case_apply_value(weir_ctx *c, const char *name, const char *arg,
                                const struct case_function *f, const struct weir_record *r,
                                struct weir_bytes *out);
enum weir_code case_apply_key(weir_ctx *c, const char *name, const char *arg,
                              const struct case_function *f, const struct weir_record *r,
                              struct weir_bytes *out);
struct weir_bytes case_field(weir_ctx *c, enum case_type type, struct weir_bytes b, long n);
int64_t case_long(struct weir_bytes b);

/* Processor functions (section 6); task_state is made by case_processor_open(). */
bool case_processor_known(const char *name);
weir_open_fn case_processor_open;
weir_close_fn case_processor_close;
weir_process_fn case_processor;

#endif
