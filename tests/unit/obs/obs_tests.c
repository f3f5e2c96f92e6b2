/* obs_tests.c -- the unit tests of src/obs. */
#include "src/base/base.h"

#include "tests/unit/suite.h"

Suite *log_suite(void);
Suite *metrics_suite(void);

int main(void)
{
    static Suite *(*const make[])(void) = {log_suite, metrics_suite, NULL};
    return wr_run_suites(make);
}
