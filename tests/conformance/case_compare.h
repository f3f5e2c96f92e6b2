/* case_compare.h -- what a case should give against what it gave. */
#ifndef WR_CASE_COMPARE_H
#define WR_CASE_COMPARE_H

#include <jansson.h>

/* What Weir should give: the case's `expect`, with the members of its `expect_weir` instead of
 * those of the same name; null there takes the member away. A new reference. */
json_t *case_expected(const json_t *json);

/* NULL if `got` (case_run.h) is as wanted, else what was expected and what came, for wr_free(). */
char *case_compare(const json_t *wanted, const json_t *got);

#endif
