/* linkmap.c -- chains of links by hash. Invariant: no more objects than buckets. */
#include "src/base/base.h"

#include "src/base/hash.h"
#include "src/base/linkmap.h"
#include "src/base/mem.h"

enum { FIRST_BUCKETS = 8 };

static struct wr_link **bucket_of(const struct wr_linkmap *m, uint64_t hash)
{
    return &m->buckets[hash & (m->bucket_count - 1)];
}

static void grow(struct wr_linkmap *m)
{
    struct wr_linkmap old = *m;
    m->bucket_count = old.bucket_count != 0 ? old.bucket_count * 2 : FIRST_BUCKETS;
    m->buckets = wr_calloc(m->bucket_count, sizeof *m->buckets);
    for (size_t i = 0; i < old.bucket_count; i++) {
        for (struct wr_link *link = old.buckets[i]; link != NULL;) {
            struct wr_link *next = link->next;
            struct wr_link **bucket = bucket_of(m, link->hash);
            link->next = *bucket;
            *bucket = link;
            link = next;
        }
    }
    wr_free(old.buckets);
}

void wr_linkmap_free(struct wr_linkmap *m)
{
    wr_free(m->buckets);
    *m = (struct wr_linkmap){0};
}

struct wr_link *wr_linkmap_find(const struct wr_linkmap *m, struct weir_bytes key)
{
    if (m->count == 0) {
        return NULL;
    }
    uint64_t hash = wr_hash64(key.data, key.len);
    struct wr_link *link = *bucket_of(m, hash);
    while (link != NULL && (link->hash != hash || !weir_equal(link->key, key))) {
        link = link->next;
    }
    return link;
}

void wr_linkmap_add(struct wr_linkmap *m, struct wr_link *link, struct weir_bytes key)
{
    wr_assert(wr_linkmap_find(m, key) == NULL);
    if (m->count == m->bucket_count) {
        grow(m);
    }
    link->key = key;
    link->hash = wr_hash64(key.data, key.len);
    struct wr_link **bucket = bucket_of(m, link->hash);
    link->next = *bucket;
    *bucket = link;
    m->count++;
}

void wr_linkmap_remove(struct wr_linkmap *m, struct wr_link *link)
{
    wr_assert(m->count != 0);
    struct wr_link **at = bucket_of(m, link->hash);
    while (*at != link) {
        wr_assert(*at != NULL);
        at = &(*at)->next;
    }
    *at = link->next;
    link->next = NULL;
    m->count--;
}

struct wr_link *wr_linkmap_next(const struct wr_linkmap *m, const struct wr_link *last)
{
    if (last != NULL && last->next != NULL) {
        return last->next;
    }
    size_t i = last != NULL ? (last->hash & (m->bucket_count - 1)) + 1 : 0;
    while (i < m->bucket_count && m->buckets[i] == NULL) {
        i++;
    }
    return i < m->bucket_count ? m->buckets[i] : NULL;
}
