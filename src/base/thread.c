/* thread.c -- threads that leave signals alone. */
#include "src/base/base.h"

#include <signal.h>
#include <stdio.h>

#include "src/base/err.h"
#include "src/base/mem.h"
#include "src/base/thread.h"

struct start {
    void (*fn)(void *arg);
    void *arg;
    char name[16];
};

static void *run(void *opaque)
{
    struct start s = *(struct start *)opaque;
    wr_free(opaque);
    pthread_setname_np(pthread_self(), s.name);
    s.fn(s.arg);
    return NULL;
}

enum weir_code wr_thread_start(struct wr_thread *t, const char *name, void (*fn)(void *arg),
                               void *arg, struct weir_error *err)
{
    struct start *s = WR_NEW(struct start);
    s->fn = fn;
    s->arg = arg;
    snprintf(s->name, sizeof s->name, "%s", name);

    sigset_t all;
    sigset_t old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    int rc = pthread_create(&t->handle, NULL, run, s);
    pthread_sigmask(SIG_SETMASK, &old, NULL);

    t->started = rc == 0;
    if (rc != 0) {
        wr_free(s);
        return wr_fail(err, WEIR_EAGAIN, "could not start thread \"%s\": %s", name,
                       wr_errno_text(rc));
    }
    return WEIR_OK;
}

void wr_thread_join(struct wr_thread *t)
{
    if (t->started) {
        pthread_join(t->handle, NULL);
        t->started = false;
    }
}
