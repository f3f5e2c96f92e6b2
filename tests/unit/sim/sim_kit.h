/* sim_kit.h -- what tests of whole schedules share: one scenario, and no log. */
#ifndef WR_TEST_SIM_KIT_H
#define WR_TEST_SIM_KIT_H

#include "testkit/sim_world.h"

extern struct wr_sim_scenario *sk_scenario;

/* A checked fixture. */
void sk_setup(void);
void sk_teardown(void);

#endif
