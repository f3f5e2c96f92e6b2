/* strmap.h -- a map from names to pointers, for configuration and topologies (not for records).
 *
 * Iteration is in the order in which names were added. Names are copied; values are not owned.
 * Zero-initialise to start.
 */
#ifndef WR_STRMAP_H
#define WR_STRMAP_H

#include "src/base/base.h"

struct wr_strmap_entry {
    char *name;
    void *value;
};

struct wr_strmap {
    struct wr_strmap_entry *entries; /* in order of addition */
    size_t count;
    size_t cap;
    uint32_t *index; /* open addressing; entry number + 1, 0 = free */
    size_t index_size;
};

void wr_strmap_free(struct wr_strmap *m);

/* Set the value of name, adding it if needed; returns true if it was added. */
bool wr_strmap_put(struct wr_strmap *m, const char *name, void *value);

/* The value of name, NULL if it is not there. */
void *wr_strmap_get(const struct wr_strmap *m, const char *name);
bool wr_strmap_has(const struct wr_strmap *m, const char *name);

#endif
