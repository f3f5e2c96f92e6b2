/* topology_tests.c -- the unit tests of topology. */
#include "src/base/base.h"

#include "tests/unit/suite.h"

Suite *graph_suite(void);
Suite *key_field_suite(void);
Suite *language_suite(void);
Suite *mistakes_suite(void);
Suite *nodes_suite(void);
Suite *operators_suite(void);
Suite *ctx_suite(void);

int main(void)
{
    static Suite *(*const make[])(void) = {
        graph_suite, key_field_suite, language_suite,  mistakes_suite,
        nodes_suite, ctx_suite,       operators_suite, NULL};
    return wr_run_suites(make);
}
