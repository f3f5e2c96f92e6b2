/* suite.c -- running the suites of a test program. */
#include "src/base/base.h"

#include <stdlib.h>

#include "tests/unit/suite.h"

int wr_run_suites(Suite *(*const *make)(void))
{
    SRunner *runner = srunner_create(NULL);
    for (; *make != NULL; make++) {
        srunner_add_suite(runner, (*make)());
    }
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 || getenv("CK_TAP_LOG_FILE_NAME") != NULL ? 0 : 1;
}
