/* case_overrides.h -- cases that Weir answers otherwise on purpose although the case does not say
 * so.
 *
 * overrides.jsonl has one object a line: {"case": "area/name", "tags": [...], "expect_weir":
 * {...}}, members of a case (SPEC.md, section 1) that are put into it when it is read, wherever it
 * is read from. The tags are numbers in DIVERGENCES.md. So the cases themselves stay as the oracle
 * wrote them.
 */
#ifndef WR_CASE_OVERRIDES_H
#define WR_CASE_OVERRIDES_H

#include <jansson.h>

#include "src/base/strmap.h"

struct case_overrides {
    struct wr_strmap items; /* "area/name" -> json_t * */
    bool bad;               /* some line is not an override */
};

/* False, with the reason on stderr, if the file cannot be read or a line is not such an object. */
bool case_overrides_read(struct case_overrides *o, const char *path);
void case_overrides_free(struct case_overrides *o);

/* Put into a case what there is for it; false if there is nothing. */
bool case_overrides_apply(const struct case_overrides *o, json_t *json);

#endif
