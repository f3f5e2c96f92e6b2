/* actor.c -- actors on threads of their own. */
#include "src/base/base.h"

#include "src/base/actor.h"

void wr_actor_init(struct wr_actor *a, const char *name,
                   int (*step)(struct wr_actor *a, bool *ended))
{
    *a = (struct wr_actor){.name = name, .step = step};
    wr_wake_init(&a->wake);
}

void wr_actor_free(struct wr_actor *a)
{
    wr_assert(!a->thread.started);
    wr_wake_free(&a->wake);
}

static void run(void *arg)
{
    struct wr_actor *a = arg;
    bool ended = false;
    while (!ended) {
        int sleep = a->step(a, &ended);
        if (!ended && sleep > 0) {
            wr_wake_wait(&a->wake, sleep);
        }
    }
}

enum weir_code wr_actor_start(struct wr_actor *a, struct wr_actor_host *host,
                              struct weir_error *err)
{
    return host != NULL ? host->start(host, a, err)
                        : wr_thread_start(&a->thread, a->name, run, a, err);
}

void wr_actor_join(struct wr_actor *a, struct wr_actor_host *host)
{
    if (host != NULL) {
        host->join(host, a);
    } else {
        wr_thread_join(&a->thread);
    }
}
