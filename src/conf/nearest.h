/* nearest.h -- which known name somebody may have meant. */
#ifndef WR_NEAREST_H
#define WR_NEAREST_H

#include "src/base/base.h"

enum { WR_NEAREST_MAX = 127 }; /* longer names are like no other */

/* How many characters must be inserted, removed, replaced or swapped with their neighbour to turn a
 * into b; SIZE_MAX if one is too long. */
size_t wr_edit_distance(const char *a, const char *b);

/* Whether candidate is nearer to name than *best, and near enough to be meant: at most a third of
 * the name is different. *best starts at SIZE_MAX. */
bool wr_is_nearer(const char *name, const char *candidate, size_t *best);

#endif
