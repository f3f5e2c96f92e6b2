/* http_tests.c -- the unit tests of the HTTP server. */
#include "src/base/base.h"

#include "tests/unit/suite.h"

Suite *server_suite(void);

int main(void)
{
    static Suite *(*const make[])(void) = {server_suite, NULL};
    return wr_run_suites(make);
}
