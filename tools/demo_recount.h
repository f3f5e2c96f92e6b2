/* demo_recount.h -- reads what the example was given and what it has written, from the first record
 * to the last; nothing of the engine takes part. Thread: one. */
#ifndef WR_DEMO_RECOUNT_H
#define WR_DEMO_RECOUNT_H

#include "tools/demo_stage.h"

/* The instances have stopped and no click is open. *out is to be freed also after a failure. */
WR_MUST_CHECK enum weir_code wr_demo_recount(struct wr_demo_stage *s, struct wr_demo_counts *out,
                                             struct weir_error *err);

#endif
