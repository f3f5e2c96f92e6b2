/* log_keys.c -- the last offset of each key of a log, for compaction. Open addressing with linear
 * probes, at most three quarters full. Thread: one. */
#include "src/base/base.h"

#include "broker/log_internal.h"
#include "src/base/hash.h"
#include "src/base/mem.h"

struct wr_log_key {
    uint64_t hash;
    int64_t offset;
    struct weir_bytes key; /* null: free; a key is never null */
};

void wr_log_keys_free(struct wr_log_keys *k)
{
    wr_free(k->items);
    *k = (struct wr_log_keys){0};
}

/* The entry of a key, or the free one where it belongs. */
static struct wr_log_key *probe(const struct wr_log_keys *k, struct weir_bytes key, uint64_t hash)
{
    size_t i = hash & (k->size - 1);
    while (!weir_is_null(k->items[i].key) &&
           (k->items[i].hash != hash || !weir_equal(k->items[i].key, key))) {
        i = (i + 1) & (k->size - 1);
    }
    return &k->items[i];
}

static void grow(struct wr_log_keys *k)
{
    struct wr_log_keys larger = {.size = k->size != 0 ? k->size * 2 : 64, .count = k->count};
    larger.items = wr_calloc(larger.size, sizeof *larger.items);
    for (size_t i = 0; i < k->size; i++) {
        const struct wr_log_key *e = &k->items[i];
        if (!weir_is_null(e->key)) {
            *probe(&larger, e->key, e->hash) = *e;
        }
    }
    wr_free(k->items);
    *k = larger;
}

void wr_log_keys_put(struct wr_log_keys *k, struct weir_bytes key, int64_t offset)
{
    if (k->count >= k->size / 4 * 3) {
        grow(k);
    }
    uint64_t hash = wr_hash64(key.data, key.len);
    struct wr_log_key *e = probe(k, key, hash);
    k->count += weir_is_null(e->key);
    *e = (struct wr_log_key){.hash = hash, .offset = offset, .key = key};
}

int64_t wr_log_keys_get(const struct wr_log_keys *k, struct weir_bytes key)
{
    if (k->count == 0) {
        return -1;
    }
    const struct wr_log_key *e = probe(k, key, wr_hash64(key.data, key.len));
    return weir_is_null(e->key) ? -1 : e->offset;
}
