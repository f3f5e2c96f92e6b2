/* run_tests.c -- the unit tests of the runtime. */
#include "src/base/base.h"

#include "src/obs/log.h"
#include "tests/unit/run/run_rig.h"
#include "tests/unit/suite.h"

Suite *client_id_suite(void);
Suite *collector_suite(void);
Suite *control_suite(void);
Suite *dead_letter_suite(void);
Suite *fence_suite(void);
Suite *group_watch_suite(void);
Suite *spared_suite(void);
Suite *guarantees_suite(void);
Suite *plan_suite(void);
Suite *restore_suite(void);
Suite *startup_suite(void);
Suite *stream_thread_suite(void);
Suite *task_input_suite(void);
Suite *task_map_suite(void);
Suite *task_metadata_suite(void);
Suite *task_registry_suite(void);
Suite *task_suite(void);
Suite *txn_suite(void);
Suite *watchdog_suite(void);

int main(void)
{
    static Suite *(*const make[])(void) = {
        client_id_suite,  collector_suite,   control_suite,       dead_letter_suite,
        fence_suite,      group_watch_suite, spared_suite,        guarantees_suite,
        plan_suite,       restore_suite,     startup_suite,       stream_thread_suite,
        task_input_suite, task_map_suite,    task_metadata_suite, task_registry_suite,
        task_suite,       txn_suite,         watchdog_suite,      NULL,
    };
    wr_log_start(&(struct wr_logger){.level = WR_LOG_WARN, .sink = rr_log_line});
    return wr_run_suites(make);
}
