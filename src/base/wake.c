/* wake.c -- sleeping on an eventfd. */
#include "src/base/base.h"

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "src/base/wake.h"

void wr_wake_init(struct wr_wake *w)
{
    w->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    wr_assert(w->fd >= 0);
}

void wr_wake_free(struct wr_wake *w)
{
    if (w->fd >= 0) {
        close(w->fd);
        w->fd = -1;
    }
}

void wr_wake_signal(struct wr_wake *w)
{
    uint64_t one = 1;
    ssize_t n;
    int saved = errno; /* whoever was interrupted by a signal handler may be about to read it */
    do {
        n = write(w->fd, &one, sizeof one);
    } while (n < 0 && errno == EINTR);
    errno = saved;
    /* EAGAIN means the counter is at its limit: the sleeper is woken all the same. */
}

static bool take(struct wr_wake *w)
{
    uint64_t count;
    return read(w->fd, &count, sizeof count) == (ssize_t)sizeof count;
}

bool wr_wake_wait(struct wr_wake *w, int timeout_ms)
{
    if (timeout_ms == 0) {
        return take(w);
    }
    struct pollfd p = {.fd = w->fd, .events = POLLIN};
    /* EINTR ends the wait early: callers look at what there is to do and sleep again. */
    return poll(&p, 1, timeout_ms) > 0 && take(w);
}
