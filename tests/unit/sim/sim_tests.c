/* sim_tests.c -- the unit tests of the simulator. */
#include "src/base/base.h"

#include "tests/unit/suite.h"

Suite *sim_suite(void);
Suite *sim_assignor_suite(void);
Suite *sim_check_suite(void);
Suite *sim_disk_suite(void);
Suite *sim_workload_suite(void);
Suite *sim_world_suite(void);

int main(void)
{
    static Suite *(*const make[])(void) = {sim_suite,
                                           sim_assignor_suite,
                                           sim_check_suite,
                                           sim_disk_suite,
                                           sim_workload_suite,
                                           sim_world_suite,
                                           NULL};
    return wr_run_suites(make);
}
