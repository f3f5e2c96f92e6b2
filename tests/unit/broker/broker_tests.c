/* broker_tests.c -- the unit tests of broker. */
#include "src/base/base.h"

#include "tests/unit/suite.h"

Suite *broker_suite(void);
Suite *group_join_suite(void);
Suite *group_offsets_suite(void);
Suite *group_sessions_suite(void);
Suite *group_static_suite(void);
Suite *journal_suite(void);
Suite *log_clean_suite(void);
Suite *log_model_suite(void);
Suite *log_producers_suite(void);
Suite *log_time_suite(void);
Suite *partition_log_suite(void);
Suite *topic_configs_suite(void);
Suite *topics_suite(void);
Suite *txn_coordinator_suite(void);

int main(void)
{
    static Suite *(*const make[])(void) = {
        broker_suite,         group_join_suite,      group_offsets_suite,
        group_sessions_suite, group_static_suite,    journal_suite,
        log_clean_suite,      log_model_suite,       log_producers_suite,
        log_time_suite,       partition_log_suite,   topic_configs_suite,
        topics_suite,         txn_coordinator_suite, NULL,
    };
    return wr_run_suites(make);
}
