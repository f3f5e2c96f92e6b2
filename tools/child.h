/* child.h -- running another program for what it prints. Thread: one. */
#ifndef WR_CHILD_H
#define WR_CHILD_H

#include "src/base/base.h"
#include "src/base/buf.h"

enum { WR_CHILD_OUTPUT_MAX = 16 << 20 };

/* Run argv[0], found as a shell does, and append its standard output to out; its input is empty,
 * its standard error is ours. WEIR_ENOTFOUND if it cannot be started, WEIR_EPROCESS if it ends with
 * another code than 0 or by a signal, WEIR_ETIMEOUT if it takes longer, WEIR_ETOOLARGE if it prints
 * more than WR_CHILD_OUTPUT_MAX; it is then killed. It is never left running. */
WR_MUST_CHECK enum weir_code wr_child_run(struct wr_buf *out, char *const argv[],
                                          int64_t timeout_ms, struct weir_error *err);

#endif
