/* sim_options.h -- the command line of the simulator. */
#ifndef WR_SIM_OPTIONS_H
#define WR_SIM_OPTIONS_H

#include "testkit/sim_world.h"

enum { SIM_SPARED_MAX = 4096 };

struct sim_options {
    uint64_t seed;
    uint64_t schedules;
    int64_t seconds; /* of CPU; 0: no limit */
    const char *broken;
    const char *workload; /* NULL: the seeds choose */
    char *lmdb;           /* folder, made and removed here; NULL: engines are in memory */
    enum wr_sim_guarantee guarantee;
    bool rules;
    bool replay;
    bool trace;
    bool shrink;
    uint32_t spared[SIM_SPARED_MAX];
    size_t spared_count;
};

/* As the setting says it. */
const char *sim_guarantee_name(bool at_least_once);

/* False after it has said what is wrong. */
bool sim_options_parse(int argc, char **argv, struct sim_options *o);
void sim_options_free(struct sim_options *o); /* and the folder */

#endif
