/* findings.h -- what is wrong with a topology, collected while it is built.
 *
 * Building never stops in the middle: each mistake becomes one finding (what, where, why, what to
 * do), and all of them are reported together. Thread: the one that builds.
 */
#ifndef WR_FINDINGS_H
#define WR_FINDINGS_H

#include "src/base/arena.h"
#include "src/base/base.h"
#include "src/base/ptrs.h"
#include "src/kproto/topic_name.h"

struct wr_findings {
    struct wr_arena *arena;
    struct wr_ptrs texts; /* char *, in the arena */
};

void wr_finding(struct wr_findings *f, const char *format, ...) WR_PRINTF(2, 3);

/* A name of Kafka's: 1 to WR_NAME_MAX letters, digits, '.', '_' and '-', but not "." or "..". Adds
 * a finding that calls it `what` ("node", "topic", ...) and returns false if it is not; NULL is
 * none. */
bool wr_check_name(struct wr_findings *f, const char *what, const char *name);

#endif
