/* kafka_test.c -- the unit tests of the port; no broker but librdkafka's own pretended one.
 *
 * ThreadSanitizer does not know threads made by thrd_create() and ends the process in the first one
 * of librdkafka, so with it only what makes no client is run.
 */
#include "src/base/base.h"

#include "tests/unit/suite.h"

Suite *settings_suite(void);
Suite *errors_suite(void);
Suite *group_gate_suite(void);
Suite *group_meta_suite(void);
Suite *worker_suite(void);
Suite *mock_consumer_suite(void);
Suite *mock_producer_suite(void);
Suite *mock_group_suite(void);

int main(void)
{
    static Suite *(*const suites[])(void) = {
        errors_suite,   group_gate_suite,    group_meta_suite,    worker_suite,
#ifndef __SANITIZE_THREAD__
        settings_suite, mock_consumer_suite, mock_producer_suite, mock_group_suite,
#endif
        NULL,
    };
    return wr_run_suites(suites);
}
