/* disk_tests.c -- the unit tests of broker/disk. */
#include "src/base/base.h"

#include "tests/unit/suite.h"

Suite *broker_dir_suite(void);

int main(void)
{
    static Suite *(*const make[])(void) = {broker_dir_suite, NULL};
    return wr_run_suites(make);
}
