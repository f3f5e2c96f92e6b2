/* actor.h -- a state machine with one step() and what it sleeps on.
 *
 * Between two steps an actor sleeps on its wake for as long as the step said. Usually it does so on
 * a thread of its own; a simulator hosts many actors on one thread and in virtual time.
 */
#ifndef WR_ACTOR_H
#define WR_ACTOR_H

#include "src/base/thread.h"
#include "src/base/wake.h"

struct wr_actor {
    const char *name; /* of its thread; lives as long as the actor */

    /* One step. Returns how long to sleep before the next (ms; 0: not at all); *ended: there is no
     * next one. */
    int (*step)(struct wr_actor *a, bool *ended);
    struct wr_wake wake;
    struct wr_thread thread;
};

/* Who steps actors. */
struct wr_actor_host {
    /* Step the actor until it has ended. */
    enum weir_code (*start)(struct wr_actor_host *h, struct wr_actor *a, struct weir_error *err);

    /* Wait until it is not used any more: it has ended, or is about to. */
    void (*join)(struct wr_actor_host *h, struct wr_actor *a);
};

void wr_actor_init(struct wr_actor *a, const char *name,
                   int (*step)(struct wr_actor *a, bool *ended));
void wr_actor_free(struct wr_actor *a); /* not started, or joined */

/* host NULL: a thread of its own. */
WR_MUST_CHECK enum weir_code wr_actor_start(struct wr_actor *a, struct wr_actor_host *host,
                                            struct weir_error *err);
void wr_actor_join(struct wr_actor *a, struct wr_actor_host *host);

#endif
