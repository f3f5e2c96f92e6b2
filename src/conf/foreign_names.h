/* foreign_names.h -- names of settings that are not Weir's own: the client library's, which are
 * passed through, and those of Java clients and Kafka Streams, which are explained. Thread: any. */
#ifndef WR_FOREIGN_NAMES_H
#define WR_FOREIGN_NAMES_H

#include "src/base/base.h"

/* What is known about a name. Nothing, if both scope and instead are NULL. */
struct wr_foreign {
    const char *scope;   /* "" or a prefix: it is passed through there; else NULL */
    const char *bare;    /* if so: the name without the prefix */
    const char *instead; /* what to do instead of setting it; else NULL */
};

struct wr_foreign wr_foreign_look_up(const char *name);

/* The i-th name that needs no prefix, for suggestions; "" for a family of names, NULL after the
 * last. */
const char *wr_foreign_name(size_t i);

/* Whether name is pattern, or begins like a pattern that ends in '*'. */
bool wr_name_fits(const char *name, const char *pattern);

#endif
