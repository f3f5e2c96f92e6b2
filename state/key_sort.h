/* key_sort.h -- sorting by key: what is to be written, so that neighbours in the tree are written
 * together, and what a scan has to merge.
 */
#ifndef WR_KEY_SORT_H
#define WR_KEY_SORT_H

#include "src/base/base.h"

/* Keys compare by their bytes; a prefix is less. */
static inline int wr_key_compare(struct weir_bytes a, struct weir_bytes b)
{
    size_t n = wr_min_size(a.len, b.len);
    int c = n == 0 ? 0 : memcmp(a.data, b.data, n);
    return c != 0 ? c : (a.len > b.len) - (a.len < b.len);
}

typedef struct weir_bytes wr_key_of_fn(const void *ctx, uint32_t ref);

/* Reused between sorts. Zero-initialise to start. */
struct wr_key_sorter {
    struct wr_sort_item *items;
    size_t cap;
};

/* Sort refs[0..count-1] by the keys they stand for. Stable: equal keys keep their order. */
void wr_key_sort(struct wr_key_sorter *s, uint32_t *refs, size_t count, wr_key_of_fn *key_of,
                 const void *ctx);
void wr_key_sorter_free(struct wr_key_sorter *s);

#endif
