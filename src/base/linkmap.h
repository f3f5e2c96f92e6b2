/* linkmap.h -- a hash map of objects that carry their own link, found by bytes.
 *
 * The link is part of the object and the key is memory of the object's owner, which does not change
 * while the object is in the map: adding and removing allocate nothing but a table of pointers now
 * and then, and an empty map owns nothing. strmap.h is the map for names that stay and have an
 * order. Zero-initialise to start. Thread: one.
 */
#ifndef WR_LINKMAP_H
#define WR_LINKMAP_H

#include "src/base/base.h"

struct wr_link {
    struct wr_link *next;
    struct weir_bytes key;
    uint64_t hash;
};

struct wr_linkmap {
    struct wr_link **buckets;
    size_t bucket_count; /* 0 or a power of two */
    size_t count;
};

/* Frees the map, not the objects. */
void wr_linkmap_free(struct wr_linkmap *m);

/* The object's link; NULL if there is none. */
struct wr_link *wr_linkmap_find(const struct wr_linkmap *m, struct weir_bytes key);

/* Add an object; its key is not in the map. */
void wr_linkmap_add(struct wr_linkmap *m, struct wr_link *link, struct weir_bytes key);

/* Remove an object, which is in the map. */
void wr_linkmap_remove(struct wr_linkmap *m, struct wr_link *link);

/* Go over all: the one after `last`, NULL at the end; a NULL `last` gives the first. The order is
 * that of hashes, the same in every run. Fetch the next one before the present one is removed. */
struct wr_link *wr_linkmap_next(const struct wr_linkmap *m, const struct wr_link *last);

#endif
