/* slab.h -- blocks of many sizes, taken and given back for every record that is written.
 *
 * Sizes fall into classes four to a doubling; a page of 64 KiB holds blocks of one class and
 * returns to the others when its last block is given back. Larger blocks than a class holds come
 * from the heap. Zero-initialise to start. One owner.
 */
#ifndef WR_SLAB_H
#define WR_SLAB_H

#include "src/base/base.h"

enum { WR_SLAB_CLASSES = 32, WR_SLAB_BLOCK_MAX = 8192 };

struct wr_slab_page;

struct wr_slab {
    struct wr_slab_page *open[WR_SLAB_CLASSES]; /* pages with a free block, by class */
    struct wr_slab_page *full;                  /* pages without one */
    struct wr_slab_page *spare;                 /* empty pages, kept for the next use */
    size_t spare_count;
    size_t bytes; /* in blocks that are taken */
};

/* A block for n bytes, n > 0, aligned to 16, not cleared. */
void *wr_slab_take(struct wr_slab *s, size_t n);

/* Give it back; n as it was taken, or another size of the same class. */
void wr_slab_give(struct wr_slab *s, void *block, size_t n);

/* What a block for n bytes takes: the size of its class. */
size_t wr_slab_room(size_t n);

/* Free the pages, with blocks that are still taken; those from the heap must have been given back.
 */
void wr_slab_free(struct wr_slab *s);

#endif
