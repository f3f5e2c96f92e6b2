/* ptrs.h -- a growing array of pointers. Zero-initialise to start. */
#ifndef WR_PTRS_H
#define WR_PTRS_H

#include "src/base/base.h"

struct wr_ptrs {
    void **items;
    size_t count;
    size_t cap;
};

void wr_ptrs_free(struct wr_ptrs *p);
/* Also what the pointers point to, each a piece of memory of its own. */
void wr_ptrs_free_all(struct wr_ptrs *p);
void wr_ptrs_push(struct wr_ptrs *p, void *item);
/* Insert before place i, which is at most count. */
void wr_ptrs_insert(struct wr_ptrs *p, size_t i, void *item);
bool wr_ptrs_has(const struct wr_ptrs *p, const void *item);

/* Remove the first occurrence, keeping the order; false if it is not there. */
bool wr_ptrs_remove(struct wr_ptrs *p, const void *item);

#endif
