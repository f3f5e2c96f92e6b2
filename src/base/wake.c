/* wake.c -- sleeping on an eventfd.
 *
 * A signal sets the flag and then looks for the eventfd; the sleeper makes the eventfd and then
 * looks at the flag: one of them sees what the other did. */
#include "src/base/base.h"

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "src/base/wake.h"

void wr_wake_init(struct wr_wake *w)
{
    atomic_init(&w->signalled, false);
    atomic_init(&w->fd, -1);
}

int wr_wake_fd(struct wr_wake *w)
{
    int fd = atomic_load(&w->fd);
    if (fd < 0) {
        fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
        wr_assert(fd >= 0);
        atomic_store(&w->fd, fd);
    }
    return fd;
}

void wr_wake_free(struct wr_wake *w)
{
    int fd = atomic_exchange(&w->fd, -1);
    if (fd >= 0) {
        close(fd);
    }
}

void wr_wake_signal(struct wr_wake *w)
{
    uint64_t one = 1;
    ssize_t n;
    atomic_store(&w->signalled, true);
    int fd = atomic_load(&w->fd);
    if (fd < 0) {
        return;
    }
    int saved = errno; /* whoever was interrupted by a signal handler may be about to read it */
    do {
        n = write(fd, &one, sizeof one);
    } while (n < 0 && errno == EINTR);
    errno = saved;
    /* EAGAIN means the counter is at its limit: the sleeper is woken all the same. */
}

static bool take(struct wr_wake *w)
{
    uint64_t count;
    int fd = atomic_load(&w->fd);
    bool set = atomic_load(&w->signalled) && atomic_exchange(&w->signalled, false);
    bool written = fd >= 0 && read(fd, &count, sizeof count) == (ssize_t)sizeof count;
    return set || written;
}

bool wr_wake_wait(struct wr_wake *w, int timeout_ms)
{
    if (timeout_ms == 0) {
        return take(w);
    }
    struct pollfd p = {.fd = wr_wake_fd(w), .events = POLLIN};
    if (take(w)) {
        return true;
    }
    /* EINTR ends the wait early: callers look at what there is to do and sleep again. */
    return poll(&p, 1, timeout_ms) > 0 && take(w);
}
