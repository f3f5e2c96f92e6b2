/* failpoint.h -- named places where a test build kills or stops itself or pretends a failure.
 *
 * Only builds configured with --enable-failpoints contain them. What happens is said by the
 * environment variable WEIR_FAILPOINTS, a list of NAME=ACTION[@N] separated by ';'. At the N-th
 * time NAME is reached (default: the first), and only then, ACTION is done: kill (SIGKILL to the
 * own process), stop (SIGSTOP; somebody else sends SIGCONT), fail (the place pretends that what it
 * guards has failed) or sleep:MS. Each hit is first appended as a line "NAME ACTION PID" to the
 * file named by WEIR_FAILPOINT_LOG, so that a driver knows it took place. A variable that cannot be
 * read ends the process: a test that injects nothing must not pass.
 */
#ifndef WR_FAILPOINT_H
#define WR_FAILPOINT_H

#include "src/base/base.h"

enum wr_failpoint {
#define WR_FAILPOINT_NAME(id, name) WR_FP_##id,
#include "src/base/failpoints.def"
#undef WR_FAILPOINT_NAME
    WR_FAILPOINT_COUNT
};

#ifdef WR_FAILPOINTS
/* True if the place is to pretend a failure. Thread: any. */
bool wr_failpoint_hit(enum wr_failpoint point);
#define WR_FAILPOINT(id) wr_failpoint_hit(WR_FP_##id)
#else
static inline bool wr_failpoint_off(enum wr_failpoint point)
{
    WR_UNUSED(point);
    return false;
}
#define WR_FAILPOINT(id) wr_failpoint_off(WR_FP_##id)
#endif

/* The name of a point, for listing them. */
const char *wr_failpoint_name(enum wr_failpoint point);

#endif
