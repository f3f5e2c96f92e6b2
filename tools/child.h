/* child.h -- running other programs: beside us, or to their end for what they print.
 *
 * A child does not outlive us: the kernel kills it when the thread that started it ends, however
 * that ends. Thread: one. */
#ifndef WR_CHILD_H
#define WR_CHILD_H

#include <sys/types.h>

#include "src/base/base.h"
#include "src/base/buf.h"

enum { WR_CHILD_OUTPUT_MAX = 16 << 20 };

struct wr_child {
    const char *name; /* the program; lives as long */
    pid_t pid;        /* 0: it does not run */
    int status;       /* of its end, as waitpid() tells it */
};

/* Start argv[0], found as a shell does, in a process group of its own: what is typed on a terminal
 * does not reach it. Its input is empty; output and error become its standard output and error. No
 * signal is blocked in it. WEIR_ENOTFOUND if it cannot be started. */
WR_MUST_CHECK enum weir_code wr_child_start(struct wr_child *c, char *const argv[], int output,
                                            int error, struct weir_error *err);

/* Whether it has ended or was never started; its status is then there. */
bool wr_child_ended(struct wr_child *c);

/* WEIR_OK if its status is that of an end with code 0, else WEIR_EPROCESS and how it ended. */
WR_MUST_CHECK enum weir_code wr_child_judge(const struct wr_child *c, struct weir_error *err);

/* SIGKILL for its process group, and wait for its end; nothing if it does not run. */
void wr_child_kill(struct wr_child *c);

/* Run argv[0] to its end and append its standard output to out; its standard error is ours. Fails
 * like wr_child_start and wr_child_judge, with WEIR_ETIMEOUT if it takes longer, WEIR_ETOOLARGE if
 * it prints more than WR_CHILD_OUTPUT_MAX; it is then killed. It is never left running. */
WR_MUST_CHECK enum weir_code wr_child_run(struct wr_buf *out, char *const argv[],
                                          int64_t timeout_ms, struct weir_error *err);

#endif
