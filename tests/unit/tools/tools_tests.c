/* tools_tests.c -- the unit tests of the tools. */
#include "src/base/base.h"

#include "tests/unit/suite.h"

Suite *child_suite(void);
Suite *demo_counts_suite(void);
Suite *demo_progress_suite(void);
Suite *demo_view_suite(void);
Suite *reset_target_suite(void);
Suite *value_form_suite(void);

int main(void)
{
    static Suite *(*const make[])(void) = {child_suite,
                                           demo_counts_suite,
                                           demo_progress_suite,
                                           demo_view_suite,
                                           reset_target_suite,
                                           value_form_suite,
                                           NULL};
    return wr_run_suites(make);
}
