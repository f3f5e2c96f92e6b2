/* case_formats.h -- byte layouts: the facts of SPEC.md, section 9. */
#ifndef WR_CASE_FORMATS_H
#define WR_CASE_FORMATS_H

#include <jansson.h>

/* Does Weir have the layout that this case is about? */
bool case_format_is_built(const json_t *json);

/* NULL if all facts of the case hold, else the first that does not and what came instead, for
 * wr_free(). */
char *case_format_check(const json_t *json);

#endif
