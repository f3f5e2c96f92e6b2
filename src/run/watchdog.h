/* watchdog.h -- ends the process when one of its threads hangs.
 *
 * A stream thread cannot be replaced while it may still come back, and the client library does not
 * notice a stuck one in every protocol. So a heartbeat older than max.poll.interval.ms is the end:
 * the thread, its task, the node in it and how long are logged, and the process exits, which is
 * safe at any instruction. The supervisor starts it again.
 */
#ifndef WR_WATCHDOG_H
#define WR_WATCHDOG_H

#include "src/base/clock.h"
#include "src/run/stats.h"

struct wr_watched {
    const char *name; /* "stream thread 0" */
    const struct wr_stats *stats;
};

/* Look once: the first thread whose heartbeat is older than limit_ms; NULL if all is well. Threads
 * that are not running (heartbeat 0) are not looked at. */
const struct wr_watched *wr_watchdog_look(const struct wr_watched *threads, size_t count,
                                          int64_t now_ms, int64_t limit_ms);

/* What the thread is doing: ids and names live as long as it does not go on; NULL where unknown. */
void wr_watched_at(const struct wr_watched *w, const char **task, const char **node);

struct wr_watchdog;

struct wr_watchdog_options {
    const struct wr_watched *threads;
    size_t count;
    struct wr_clock *clock;
    int64_t limit_ms;
    /* Called with the hanging thread; must not return. */
    void (*bark)(const struct wr_watched *w, int64_t silent_ms);
};

/* Look every second on a thread of its own. */
WR_MUST_CHECK enum weir_code wr_watchdog_start(struct wr_watchdog **out,
                                               const struct wr_watchdog_options *options,
                                               struct weir_error *err);
void wr_watchdog_stop(struct wr_watchdog *w); /* accepts NULL */

#endif
