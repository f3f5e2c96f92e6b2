/* kafka_test.c -- the unit tests of the port; no broker but librdkafka's own pretended one. */
#include "src/base/base.h"

#include "tests/unit/suite.h"

Suite *settings_suite(void);
Suite *errors_suite(void);
Suite *group_meta_suite(void);
Suite *worker_suite(void);
Suite *mock_consumer_suite(void);
Suite *mock_producer_suite(void);
Suite *mock_group_suite(void);

int main(void)
{
    static Suite *(*const suites[])(void) = {
        settings_suite,      errors_suite,        group_meta_suite, worker_suite,
        mock_consumer_suite, mock_producer_suite, mock_group_suite, NULL};
    return wr_run_suites(suites);
}
