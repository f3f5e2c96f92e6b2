/* broker_tests.c -- the unit tests of broker. */
#include "src/base/base.h"

#include "tests/unit/suite.h"

Suite *log_clean_suite(void);
Suite *log_model_suite(void);
Suite *log_producers_suite(void);
Suite *log_time_suite(void);
Suite *partition_log_suite(void);
Suite *txn_coordinator_suite(void);

int main(void)
{
    static Suite *(*const make[])(void) = {
        log_clean_suite,
        log_model_suite,
        log_producers_suite,
        log_time_suite,
        partition_log_suite,
        txn_coordinator_suite,
        NULL,
    };
    return wr_run_suites(make);
}
