/* examples_tests.c -- the examples, run on the driver. */
#include "src/base/base.h"

#include "tests/unit/suite.h"

Suite *word_count_suite(void);
Suite *click_counts_suite(void);
Suite *flights_suite(void);

int main(void)
{
    static Suite *(*const make[])(void) = {word_count_suite, click_counts_suite, flights_suite,
                                           NULL};
    return wr_run_suites(make);
}
