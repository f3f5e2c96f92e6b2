/* sim_world.h -- whole instances of an application in one thread, on a simulated cluster, under
 * faults, in virtual time; one seed decides everything.
 *
 * The runtime is the real one: control, stream threads, restore, tasks, commit, stores, state
 * directory. Around it are the broker model, the client model (sim_kafka.h), disks in memory and a
 * scheduler. A schedule is a time of faults, then calm: everything must come to an end in a bounded
 * time, and what was counted must be what was written.
 *
 * What is checked (reliability.md 2.4):
 *   C1  each input was counted exactly once: the outputs of every key are 1, 2, 3, ... n in order
 *   C2  every store equals its changelog below its own position, when an instance is killed and at
 *       the end
 *   C4  nothing of an aborted transaction is counted
 *   C5  committed positions never go back; no transaction that was begun under faults is open two
 *       seconds after its owner is back, or has left the group
 *   C6  no instance stops for a reason that a person would have to look at
 *   C8  after the faults everything is read and counted within a bound
 */
#ifndef WR_SIM_WORLD_H
#define WR_SIM_WORLD_H

#include "testkit/sim.h"

/* What all schedules share: the topology and the metrics nobody reads. */
struct wr_sim_scenario;
struct wr_sim_scenario *wr_sim_scenario_new(void);
void wr_sim_scenario_free(struct wr_sim_scenario *s);

struct wr_sim_schedule {
    uint64_t seed;
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
    struct wr_sim_done *done; /* what struck; for wr_free() */
    size_t done_count;
};

void wr_sim_run(struct wr_sim_scenario *scenario, const struct wr_sim_schedule *schedule,
                struct wr_sim_outcome *out);

#endif
