/* testkit_tests.c -- unit tests of testkit. */
#include "src/base/base.h"

#include "tests/unit/suite.h"

Suite *driver_suite(void);
Suite *driver_commit_suite(void);
Suite *driver_errors_suite(void);
Suite *testkit_new_suite(void);
Suite *testkit_partitions_suite(void);
Suite *testkit_stores_suite(void);
Suite *testkit_text_suite(void);

int main(void)
{
    static Suite *(*const make[])(void) = {driver_suite,
                                           driver_commit_suite,
                                           driver_errors_suite,
                                           testkit_new_suite,
                                           testkit_partitions_suite,
                                           testkit_stores_suite,
                                           testkit_text_suite,
                                           NULL};
    return wr_run_suites(make);
}
