/* tools_tests.c -- the unit tests of the tools. */
#include "src/base/base.h"

#include "tests/unit/suite.h"

Suite *value_form_suite(void);

int main(void)
{
    static Suite *(*const make[])(void) = {value_form_suite, NULL};
    return wr_run_suites(make);
}
