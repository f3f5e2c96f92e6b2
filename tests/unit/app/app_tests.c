/* app_tests.c -- the unit tests of src/app. */
#include "src/base/base.h"

#include "tests/unit/suite.h"

Suite *app_suite(void);
Suite *health_suite(void);
Suite *settings_suite(void);

int main(void)
{
    static Suite *(*const make[])(void) = {app_suite, health_suite, settings_suite, NULL};
    return wr_run_suites(make);
}
