/* sim_world.h -- whole instances of an application in one thread, on a simulated cluster, under
 * faults, in virtual time; one seed decides everything.
 *
 * The runtime is the real one: control, stream threads, restore, tasks, commit, stores, state
 * directory. Around it are the broker model, the client model (sim_kafka.h), disks in memory and a
 * scheduler. A schedule is a time of faults, then calm: everything must come to an end in a bounded
 * time, and what was counted must be what was written.
 *
 * Every fourth seed runs at least once, unless it is said which guarantee is meant.
 *
 * What is checked:
 *   C1  the outputs of every key are those that the committed input asks for, in their order
 *       (sim_workload.h): nothing is lost, doubled or made up. At least once they may be doubled
 *       and come late, and stores must have counted each record once
 *   C2  every store equals its changelog below its own position, at any moment
 *   C3  each list that is seen begins with the one before it, and of a transaction that wrote to
 *       two topics both halves are seen or none; exactly once only
 *   C4  nothing of an aborted transaction of the input comes out
 *   C5  committed positions and the ends of logs never go back; no transaction that was begun
 *       under faults is open two seconds after its owner is back, or has left the group; at the end
 *       nothing is open
 *   C6  one owner at most commits for a task in a generation of the group, and never one of a
 *       former generation
 *   C8  after the faults everything comes out within a bound, and no instance stops for a reason
 *       that a person would have to look at
 */
#ifndef WR_SIM_WORLD_H
#define WR_SIM_WORLD_H

#include "testkit/sim.h"

/* What all schedules share: the topologies and the metrics nobody reads. */
struct wr_sim_scenario;
struct wr_sim_scenario *wr_sim_scenario_new(void);
void wr_sim_scenario_free(struct wr_sim_scenario *s);

enum wr_sim_guarantee {
    WR_SIM_BY_SEED,
    WR_SIM_EXACTLY_ONCE,
    WR_SIM_AT_LEAST_ONCE,
};

struct wr_sim_schedule {
    uint64_t seed;
    enum wr_sim_guarantee guarantee;
    const char *workload;   /* of this name (sim_workload.h); NULL: the seed chooses */
    const char *lmdb;       /* folder in memory where stores are LMDB files; NULL: no files */
    const uint32_t *spared; /* numbers of strikes that do not happen; ascending */
    size_t spared_count;
    bool trace; /* log what happens */
};

struct wr_sim_outcome {
    char violation[400]; /* "": none */
    uint64_t hash;
    int64_t virtual_ms;
    uint64_t events;
    uint64_t steps; /* of the runtime's state machines */
    uint32_t strikes;
    bool at_least_once;       /* that was how it ran */
    struct wr_sim_done *done; /* what struck; for wr_free() */
    size_t done_count;
    uint32_t effects[WR_SIM_EFFECT_COUNT];
};

void wr_sim_run(struct wr_sim_scenario *scenario, const struct wr_sim_schedule *schedule,
                struct wr_sim_outcome *out);

#endif
