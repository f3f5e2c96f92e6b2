/* thread.h -- starting and joining threads. */
#ifndef WR_THREAD_H
#define WR_THREAD_H

#include <pthread.h>

#include "src/base/base.h"

struct wr_thread {
    pthread_t handle;
    bool started;
};

/* Run fn(arg) on a thread with this name (at most 15 bytes are shown by tools). All signals are
 * blocked in it: only src/app handles signals. WEIR_EAGAIN if the system has no thread to give. */
WR_MUST_CHECK enum weir_code wr_thread_start(struct wr_thread *t, const char *name,
                                             void (*fn)(void *arg), void *arg,
                                             struct weir_error *err);

/* Wait for the end of a started thread; nothing if it was not started. */
void wr_thread_join(struct wr_thread *t);

#endif
