/* sim_workload.h -- what the instances of a schedule run, what they are fed, and what must come of
 * it. One file sim_load_NAME.c each.
 *
 * A workload says in its own words, from the committed input alone, which values every key of every
 * output must get and in which order: the oracle of checker C1. At least once each of these must
 * come at some time, and no other, except where the records of a repartition topic are counted: in
 * that some may come again.
 */
#ifndef WR_SIM_WORKLOAD_H
#define WR_SIM_WORKLOAD_H

#include <weir/weir.h>

#include "src/base/base.h"

enum {
    WR_SIM_KEYS = 4,
    WR_SIM_VALUES = 3,
    WR_SIM_PARTITIONS = 2,
    WR_SIM_READS_MAX = 4, /* with the NULL after the last, as below */
    WR_SIM_OUTPUTS_MAX = 3,
    WR_SIM_STORES_MAX = 4,
    WR_SIM_INPUTS_MAX = 64, /* committed records of a schedule */
    WR_SIM_LIST_MAX = 8 * WR_SIM_INPUTS_MAX,
};

#define WR_SIM_APP "app"

/* One committed record of the input. Its key is kKEY, its value vVALUE, with -ID behind it where
 * the workload wants to know which record was which. */
struct wr_sim_input {
    int topic;
    int32_t partition;
    int key;
    int value;
    int id; /* from 1, in the order in which they were written; no two have the same */
    int64_t time;
    bool deleted; /* its value is null */
    bool end;     /* the last one of its partition, which says nothing */
};

struct wr_sim_expected;

struct wr_sim_output {
    const char *topic;
    bool latest;         /* values may be left out, but the last one comes */
    const char *store;   /* whose changes these are; NULL: nobody's */
    const char *counted; /* the repartition topic whose records are counted; NULL: none */
};

struct wr_sim_workload {
    const char *name;
    const char *about; /* for --help */
    void (*build)(weir_topology *t, void *arg);
    const char *reads[WR_SIM_READS_MAX]; /* topics with positions: inputs first */
    int input_count;
    struct wr_sim_output outputs[WR_SIM_OUTPUTS_MAX];
    const char *stores[WR_SIM_STORES_MAX];
    int deletions; /* of 100 records */
    bool ids;      /* values name their records */
    bool in_time;  /* times are ids, keys are partitions, each partition has an end; inputs wait for
                      each other as long as it takes */
    bool lists;    /* what C3 looks at: "lists" and "copies" */

    /* Call wr_sim_expect for everything that must come out of the input. */
    void (*expect)(struct wr_sim_expected *e, const struct wr_sim_input *in, size_t count);
};

/* The seed chooses one; NULL after the last. */
extern const struct wr_sim_workload *const wr_sim_workloads[];
size_t wr_sim_workload_count(void);
const struct wr_sim_workload *wr_sim_workload_find(const char *name); /* NULL: there is none */

/* The value of a record as text; NULL if it is null. */
const char *wr_sim_input_text(const struct wr_sim_workload *l, const struct wr_sim_input *in,
                              char out[16]);

/* The next value of a key of an output is this one; copied. */
void wr_sim_expect(struct wr_sim_expected *e, const char *topic, const char *key,
                   struct weir_bytes value);
void wr_sim_expect_number(struct wr_sim_expected *e, const char *topic, const char *key, int64_t n);

/* A fold that appends the values to a text, with commas. */
enum weir_code wr_sim_append(weir_ctx *c, const struct weir_record *r, struct weir_bytes *aggregate,
                             void *state);

extern const struct wr_sim_workload wr_sim_load_counts;
extern const struct wr_sim_workload wr_sim_load_pass;
extern const struct wr_sim_workload wr_sim_load_chain;
extern const struct wr_sim_workload wr_sim_load_table;
extern const struct wr_sim_workload wr_sim_load_order;
extern const struct wr_sim_workload wr_sim_load_lists;

#endif
