/* wake.h -- what a thread sleeps on: a flag that queues and mailboxes set, and an eventfd from the
 * first time that somebody sleeps or asks for it. A simulator, which never sleeps, needs none. */
#ifndef WR_WAKE_H
#define WR_WAKE_H

#include <stdatomic.h>

#include "src/base/base.h"

struct wr_wake {
    atomic_bool signalled;
    atomic_int fd; /* -1: none yet */
};

void wr_wake_init(struct wr_wake *w);
void wr_wake_free(struct wr_wake *w);

/* The eventfd, for those who signal by writing 8 bytes to it. Thread: the owner. */
int wr_wake_fd(struct wr_wake *w);

/* Make the sleeper's present or next wait return. Thread: any, and signal handlers. */
void wr_wake_signal(struct wr_wake *w);

/* Sleep until a signal or for timeout_ms (0: only take what is there; negative: no limit). True if
 * signalled; all signals so far are then taken. Thread: the owner. */
bool wr_wake_wait(struct wr_wake *w, int timeout_ms);

#endif
