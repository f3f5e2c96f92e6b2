/* sim_world_impl.h -- a simulated world from inside: what its files share. */
#ifndef WR_SIM_WORLD_IMPL_H
#define WR_SIM_WORLD_IMPL_H

#include "src/base/actor.h"
#include "src/run/run_settings.h"
#include "src/run/stats.h"
#include "testkit/sim_disk.h"
#include "testkit/sim_kafka.h"
#include "testkit/sim_workload.h"
#include "testkit/sim_world.h"
#include "topology/dsl/blueprint.h"

enum {
    WR_SIM_MACHINES = 3,
    WR_SIM_THREADS = 2,
    WR_SIM_ACTORS = WR_SIM_THREADS + 2,
    WR_SIM_OPEN_MAX = 64,
    WR_SIM_LOGS_MAX = 64,
    WR_SIM_TASKS_MAX = 16,
    WR_SIM_IDS_MAX = 1000,
};

struct wr_control;
struct wr_state_dir;

enum { WR_SIM_SESSION_MS = 1000 };

struct wr_sim_scenario {
    struct weir_topology **topologies; /* of each workload */
    struct wr_metrics *metrics;
    struct wr_stats stats[WR_SIM_ACTORS];
};

/* An actor of an instance. */
struct wr_sim_hosted {
    struct wr_sim_event event;
    struct wr_sim_machine *machine;
    struct wr_actor *actor; /* NULL: free */
    bool ended;
    bool waits;  /* in its step, for a call */
    bool sleeps; /* in its step, and others are stepped */
};

/* A machine, and the instance on it if there is one. */
struct wr_sim_machine {
    struct wr_sim_world *world;
    int index;
    struct wr_sim_process process;
    struct wr_sim_disk disk;
    char *real; /* folder of its LMDB files; NULL: none */
    struct wr_actor_host host;
    struct wr_sim_hosted actors[WR_SIM_ACTORS];
    struct wr_sim_event wake_up; /* to be started, or to go on */
    bool alive;
    bool for_good;       /* stays dead */
    char instance_id[8]; /* group.instance.id, if the schedule gives them */
    struct wr_run_settings settings;
    struct wr_state_dir *dir;
    struct wr_kafka *kafka;
    struct wr_control *control;
};

/* What writes to the input. */
struct wr_sim_load {
    struct wr_sim_event event;
    int64_t producer_id;
    int16_t producer_epoch;
    int32_t sequence[WR_SIM_READS_MAX][WR_SIM_PARTITIONS];
    int left; /* records to be written */
    int ends; /* partitions that have their end */
    int last_id;
    bool ending;
    bool commit;
    struct wr_sim_input inputs[WR_SIM_INPUTS_MAX]; /* committed, or about to be */
    size_t count;
    size_t before; /* how many there were before the open transaction */
};

/* A transaction that holds up readers of a partition. */
struct wr_sim_open {
    const struct wr_partition_log *log;
    int64_t producer_id;
    int64_t txn_start;
};

/* The ends of a log when they were last looked at. */
struct wr_sim_ends {
    const struct wr_partition_log *log;
    int64_t stable;
    int64_t end;
};

/* Who last committed positions of a task. */
struct wr_sim_owner {
    char name[64];
    int32_t generation;
};

struct wr_sim_world {
    struct wr_sim sim;
    struct wr_sim_net net;
    struct wr_broker *broker;
    struct wr_sim_scenario *scenario;
    const struct wr_sim_workload *workload;
    const struct weir_topology *topology;
    const char *lmdb; /* folder of the machines' LMDB files; NULL: none */
    struct wr_run_settings settings;
    bool given_ids; /* group.instance.id is set */
    struct wr_sim_stepper stepper;
    struct wr_sim_witness witness;
    struct wr_sim_hosted *stepping;
    struct wr_sim_machine machines[WR_SIM_MACHINES];
    int machine_count;
    struct wr_sim_load load;
    struct wr_sim_event chaos;
    struct wr_sim_event look;         /* are we done? */
    int64_t calm_at;                  /* when the faults end; then: when they ended */
    struct wr_sim_expected *expected; /* NULL until the input is complete */
    int64_t offsets[WR_SIM_READS_MAX][WR_SIM_PARTITIONS]; /* C5: last committed */
    struct wr_sim_ends ends[WR_SIM_LOGS_MAX];
    size_t ends_count;
    struct wr_sim_owner owners[WR_SIM_TASKS_MAX];
    struct wr_sim_open open[WR_SIM_OPEN_MAX]; /* when the faults ended */
    size_t open_count;
    uint64_t steps;
    bool over;
    char violation[400];
};

WR_PRINTF(2, 3)
void wr_sim_violated(struct wr_sim_world *w, const char *format, ...);

/* ---- sim_machine.c --------------------------------------------------------------------------- */

void wr_sim_machine_init(struct wr_sim_machine *m, struct wr_sim_world *w, int index);
void wr_sim_machine_fini(struct wr_sim_machine *m);

void wr_sim_machine_start(struct wr_sim_machine *m);
void wr_sim_machine_stop(struct wr_sim_machine *m); /* in good order, some time later */
void wr_sim_machine_kill(struct wr_sim_machine *m); /* at once; no actor sleeps in its step */
/* By chance: as soon as it can be, and it may come back. */
void wr_sim_machine_crash(struct wr_sim_machine *m);

/* The name of its instance in the group. */
const char *wr_sim_machine_name(const struct wr_sim_machine *m);

/* It has begun, and does not end yet. */
bool wr_sim_machine_runs(const struct wr_sim_machine *m);

/* Step actors whose wake was signalled soon. */
void wr_sim_machine_wakes(struct wr_sim_machine *m);

void wr_sim_stepper_init(struct wr_sim_stepper *s);

/* ---- sim_world.c ----------------------------------------------------------------------------- */

/* The next event, and what comes of it at once. */
void wr_sim_go_on(struct wr_sim_world *w);

/* The instance on it was killed by chance: look at what it left, and decide when it comes back. */
void wr_sim_machine_died(struct wr_sim_machine *m);

/* ---- sim_load.c ------------------------------------------------------------------------------ */

void wr_sim_load_start(struct wr_sim_world *w, int records);

/* ---- sim_read.c, sim_check*.c ---------------------------------------------------------------- */

/* A record that a read_committed reader sees. */
struct wr_sim_seen {
    int64_t offset;
    int64_t time;
    struct weir_bytes key;
    struct weir_bytes value;
};
/* What a read_committed reader sees below an offset. */
void wr_sim_see(const struct wr_partition_log *log, int64_t below,
                void (*each)(void *arg, const struct wr_sim_seen *r), void *arg);

/* All that is committed, also behind transactions that are open. */
void wr_sim_see_decided(const struct wr_partition_log *log,
                        void (*each)(void *arg, const struct wr_sim_seen *r), void *arg);

/* Has everything been counted, and is nothing open? */
bool wr_sim_all_counted(struct wr_sim_world *w);

void wr_sim_check_outputs(struct wr_sim_world *w);    /* C1, C4: when the input is complete */
void wr_sim_check_lists(struct wr_sim_world *w);      /* C3 */
void wr_sim_expected_free(struct wr_sim_expected *e); /* accepts NULL */

/* C2; no engine may be writing. */
void wr_sim_check_disk(struct wr_sim_world *w, struct wr_sim_machine *m);

void wr_sim_check_offsets(struct wr_sim_world *w); /* C5 */
void wr_sim_check_ends(struct wr_sim_world *w);    /* C5 */
/* C5: those that are open now must not be when they are checked. */
void wr_sim_note_transactions(struct wr_sim_world *w);
void wr_sim_check_transactions(struct wr_sim_world *w);

/* C6: the group has taken positions from a member. */
struct wr_group_client;
struct wr_offset_commit;
void wr_sim_check_commit(struct wr_sim_world *w, const struct wr_group_client *who,
                         const struct wr_offset_commit *offsets, size_t count);

#endif
