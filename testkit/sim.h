/* sim.h -- virtual time, order and chance of a simulation: what makes one seed one trace.
 *
 * Everything that happens is an event at a millisecond; which one of several at the same time comes
 * first is drawn. There are two sources of chance: one for order and delays, one for what goes
 * wrong (strikes), so that a strike can be left out and the rest stays much the same. Strikes are
 * numbered in the order in which they happen; those in `spared` do not (the shrinker's way).
 *
 * A process can be paused: its events are kept until it goes on. Thread: one.
 */
#ifndef WR_SIM_H
#define WR_SIM_H

#include "src/base/clock.h"
#include "src/base/ptrs.h"
#include "src/base/rng.h"

/* X(name, text): what can go wrong. */
#define WR_SIM_STRIKES(X)                                                                          \
    X(REQUEST_LOST, "a request is lost")                                                           \
    X(ANSWER_LOST, "an answer is lost")                                                            \
    X(LATE_COPY, "a request arrives late and is sent again before")                                \
    X(SLOW, "a request, a fetch or a marker is slow")                                              \
    X(CRASH, "an instance is killed")                                                              \
    X(CRASH_WRITING, "an instance is killed while it writes to its disk")                          \
    X(STOP, "an instance is stopped in good order")                                                \
    X(PAUSE, "an instance is paused")                                                              \
    X(EXPEL, "a member is thrown out of the group")                                                \
    X(TIME_OUT, "open transactions time out")                                                      \
    X(WIPE, "a state directory is lost")                                                           \
    X(STALE, "the stores of a stopped instance are older than they were")                          \
    X(DAMAGE, "a row on a disk is damaged")                                                        \
    X(FULL, "a disk is full for some time")                                                        \
    X(BROKER_RESTART, "the broker restarts")                                                       \
    X(FULL_BUFFER, "a producer's buffer is full")                                                  \
    X(LATE_METADATA, "a client does not know a topic yet")                                         \
    X(TROUBLE, "a handle reports that brokers are down or refuse it")                              \
    X(DEAD_MEMBER, "a group handle fails for good")                                                \
    X(DEAD_PRODUCER, "a producer fails for good")                                                  \
    X(GIVEN_UP, "outputs at least once are not delivered in time")

enum wr_sim_strike {
#define WR_SIM_STRIKE_ENUM(name, text) WR_SIM_##name,
    WR_SIM_STRIKES(WR_SIM_STRIKE_ENUM)
#undef WR_SIM_STRIKE_ENUM
        WR_SIM_STRIKE_COUNT
};
const char *wr_sim_strike_text(enum wr_sim_strike s);

/* X(name, text): what came of it. A strike may hit nothing; these are counted where they show. */
#define WR_SIM_EFFECTS(X)                                                                          \
    X(RESUMED, "paused instances went on")                                                         \
    X(CUT, "instances were cut off in the middle of a write")                                      \
    X(EXPELLED, "members were thrown out")                                                         \
    X(LATE_END, "EndTxn requests came late")                                                       \
    X(TIMED_OUT, "transactions were ended by their time-out")                                      \
    X(WIPED, "stores were lost")                                                                   \
    X(WENT_BACK, "stores became older")                                                            \
    X(DAMAGED, "stores were damaged")                                                              \
    X(NO_ROOM, "writes found a full disk")                                                         \
    X(WAITED, "records waited for room in a producer's buffer")                                    \
    X(ASKED_AGAIN, "times a topic was not known yet")                                              \
    X(TROUBLED, "errors of handles were taken")                                                    \
    X(MEMBERS_DIED, "group handles died")                                                          \
    X(REPEATED, "outputs at least once came again")

enum wr_sim_effect {
#define WR_SIM_EFFECT_ENUM(name, text) WR_SIM_##name,
    WR_SIM_EFFECTS(WR_SIM_EFFECT_ENUM)
#undef WR_SIM_EFFECT_ENUM
        WR_SIM_EFFECT_COUNT
};
const char *wr_sim_effect_text(enum wr_sim_effect e);

/* What can be paused. */
struct wr_sim_process {
    bool paused;
    struct wr_ptrs kept; /* struct wr_sim_event * that would have fired */
};

struct wr_sim_event {
    int64_t at;
    uint64_t tie;
    size_t place;                   /* in the heap, from 1; 0: not in it */
    bool kept;                      /* in process->kept */
    struct wr_sim_process *process; /* NULL: nobody's */
    void (*fire)(struct wr_sim_event *e);
};

struct wr_sim_done {
    enum wr_sim_strike strike;
    int64_t at;
    uint32_t number;
};

struct wr_sim {
    struct wr_clock clock; /* shows virtual time */
    int64_t now;           /* ms */
    struct wr_rng order;
    struct wr_rng chance;
    uint64_t hash; /* of everything that was noted so far */
    uint64_t fired;
    struct wr_ptrs heap;                /* struct wr_sim_event *, earliest first */
    uint16_t odds[WR_SIM_STRIKE_COUNT]; /* of 1000, each time that it is possible */
    bool calm;                          /* nothing goes wrong any more */
    uint32_t strikes;                   /* so far, spared ones too */
    const uint32_t *spared;             /* ascending; not owned */
    size_t spared_count;
    struct wr_sim_done *done; /* those that were not spared */
    size_t done_count;
    size_t done_cap;
    uint32_t effects[WR_SIM_EFFECT_COUNT];
    bool trace; /* notes go to standard error through the log */
};

void wr_sim_init(struct wr_sim *s, uint64_t seed);
void wr_sim_fini(struct wr_sim *s);

/* Wall clock of virtual time 0: a day in 2026. */
#define WR_SIM_WALL INT64_C(1780000000000)

static inline int64_t wr_sim_wall(const struct wr_sim *s)
{
    return WR_SIM_WALL + s->now;
}

/* Let e fire at a time, not before now; one that waits already is moved. */
void wr_sim_at(struct wr_sim *s, struct wr_sim_event *e, int64_t at);
void wr_sim_cancel(struct wr_sim *s, struct wr_sim_event *e);
static inline bool wr_sim_waits(const struct wr_sim_event *e)
{
    return e->place != 0 || e->kept;
}

/* Go on to the next event and fire it; false if there is none. */
bool wr_sim_next(struct wr_sim *s);

/* When that will be; INT64_MAX if there is none. */
int64_t wr_sim_next_at(const struct wr_sim *s);

/* Let a paused process go on. */
void wr_sim_resume(struct wr_sim *s, struct wr_sim_process *p);

/* A number of [0, below), of order and delays. */
static inline int64_t wr_sim_draw(struct wr_sim *s, int64_t below)
{
    return (int64_t)(wr_rng_next(&s->order) % (uint64_t)below);
}

/* Does this go wrong now? */
bool wr_sim_strikes(struct wr_sim *s, enum wr_sim_strike strike);

static inline void wr_sim_effect(struct wr_sim *s, enum wr_sim_effect e)
{
    s->effects[e]++;
}

/* A number of [0, below) that belongs to what goes wrong. */
static inline int64_t wr_sim_draw_bad(struct wr_sim *s, int64_t below)
{
    return (int64_t)(wr_rng_next(&s->chance) % (uint64_t)below);
}

/* Add to the trace. what lives for ever. */
void wr_sim_note(struct wr_sim *s, const char *what, int64_t a, int64_t b);

#endif
