/* calls.h -- calling the functions of the application from operators. */
#ifndef WR_CALLS_H
#define WR_CALLS_H

#include "topology/op/ops.h"

/* open and close of every operator with functions of the application: its config begins with a
 * struct wr_calls, and its state with the task_state that the functions are given. */
WR_MUST_CHECK enum weir_code wr_calls_open(struct wr_node *n);
void wr_calls_close(struct wr_node *n);

static inline void *wr_task_state(const struct wr_node *n)
{
    return *(void *const *)n->state;
}

/* The application's function is about to use the node's stores with the time of r. */
void wr_calls_set_time(struct wr_node *n, const struct wr_rec *r);

/* The key of `out` must be that of `in`: if not, the program is wrong, not the record
 * (WEIR_EINVAL). */
WR_MUST_CHECK enum weir_code wr_calls_check_key(struct wr_node *n, struct weir_bytes in,
                                                struct weir_bytes out);

/* Finish a record that the application made: its origin is that of the record which the task is
 * processing. WEIR_ETIME if its time is negative. */
WR_MUST_CHECK enum weir_code wr_calls_finish_record(struct wr_node *n, struct weir_record *made);

#endif
