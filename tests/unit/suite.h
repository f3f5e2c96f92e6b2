/* suite.h -- the main function of a unit test program: one program per layer, one suite per file.
 */
#ifndef WR_TEST_SUITE_H
#define WR_TEST_SUITE_H

#include <check.h>

/* Run the suites that the functions make, up to a NULL. Returns what main should return: 0 in TAP
 * mode, where the driver counts each test by itself. */
int wr_run_suites(Suite *(*const *make)(void));

#endif
