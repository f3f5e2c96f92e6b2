/* app_tests.c -- the unit tests of src/app. */
#include "src/base/base.h"

#include "tests/unit/suite.h"

Suite *health_suite(void);
Suite *settings_suite(void);

int main(void)
{
    static Suite *(*const make[])(void) = {health_suite, settings_suite, NULL};
    return wr_run_suites(make);
}
