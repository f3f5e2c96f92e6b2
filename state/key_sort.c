/* key_sort.c -- a radix sort over eight bytes of each key, then a merge sort of what these bytes do
 * not tell apart.
 *
 * The eight bytes are those behind the prefix that all keys share, since keys of one store tend to
 * begin alike. Both sorts are stable. Thread: any.
 */
#include "src/base/base.h"

#include <string.h>

#include "src/base/endian.h"
#include "src/base/mem.h"
#include "state/key_sort.h"

struct wr_sort_item {
    uint64_t head; /* eight bytes of the key as a number, zeros behind its end */
    uint32_t ref;
};

struct sort {
    wr_key_of_fn *key_of;
    const void *ctx;
};

enum { RADIX = 256, DIGITS = 8, INSERTION_MAX = 12, RADIX_MIN = 64 };

static size_t shared_prefix(const struct sort *s, const uint32_t *refs, size_t count)
{
    struct weir_bytes first = s->key_of(s->ctx, refs[0]);
    const char *a = first.data;
    size_t shared = first.len;
    for (size_t i = 1; i < count && shared != 0; i++) {
        struct weir_bytes key = s->key_of(s->ctx, refs[i]);
        const char *b = key.data;
        shared = wr_min_size(shared, key.len);
        if (shared != 0 && memcmp(a, b, shared) != 0) {
            size_t n = 0;
            while (a[n] == b[n]) {
                n++;
            }
            shared = n;
        }
    }
    return shared;
}

static uint64_t head_of(struct weir_bytes key, size_t skip)
{
    unsigned char bytes[8] = {0};
    if (key.len > skip) {
        memcpy(bytes, (const char *)key.data + skip, wr_min_size(key.len - skip, sizeof bytes));
    }
    return wr_get_be64(bytes);
}

/* Least significant byte first; the result is in a. b is as large. */
static void radix_sort(struct wr_sort_item *a, struct wr_sort_item *b, size_t count)
{
    size_t counts[DIGITS][RADIX] = {{0}};
    struct wr_sort_item *from = a;
    struct wr_sort_item *to = b;
    for (size_t i = 0; i < count; i++) {
        for (unsigned d = 0; d < DIGITS; d++) {
            counts[d][(a[i].head >> (8 * d)) & 0xff]++;
        }
    }
    for (unsigned d = 0; d < DIGITS; d++) {
        size_t *at = counts[d];
        if (at[(from[0].head >> (8 * d)) & 0xff] == count) {
            continue; /* all alike in this byte */
        }
        size_t sum = 0;
        for (unsigned v = 0; v < RADIX; v++) {
            size_t n = at[v];
            at[v] = sum;
            sum += n;
        }
        for (size_t i = 0; i < count; i++) {
            to[at[(from[i].head >> (8 * d)) & 0xff]++] = from[i];
        }
        struct wr_sort_item *swap = from;
        from = to;
        to = swap;
    }
    if (from != a) {
        memcpy(a, from, count * sizeof *a);
    }
}

static int compare(const struct sort *s, uint32_t a, uint32_t b)
{
    return wr_key_compare(s->key_of(s->ctx, a), s->key_of(s->ctx, b));
}

static void insertion_sort(const struct sort *s, struct wr_sort_item *a, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct wr_sort_item item = a[i];
        size_t j = i;
        for (; j != 0 && compare(s, a[j - 1].ref, item.ref) > 0; j--) {
            a[j] = a[j - 1];
        }
        a[j] = item;
    }
}

/* By whole keys; b is room for count items. The depth is the logarithm of count. */
static void merge_sort(const struct sort *s, struct wr_sort_item *a, struct wr_sort_item *b,
                       size_t count)
{
    if (count <= INSERTION_MAX) {
        insertion_sort(s, a, count);
        return;
    }
    size_t half = count / 2;
    merge_sort(s, a, b, half);
    merge_sort(s, a + half, b, count - half);
    memcpy(b, a, half * sizeof *a);
    size_t i = 0;
    size_t j = half;
    for (size_t k = 0; i < half; k++) {
        bool right = j < count && compare(s, b[i].ref, a[j].ref) > 0;
        a[k] = right ? a[j++] : b[i++];
    }
}

void wr_key_sort(struct wr_key_sorter *sorter, uint32_t *refs, size_t count, wr_key_of_fn *key_of,
                 const void *ctx)
{
    if (count < 2) {
        return;
    }
    if (sorter->cap < count) {
        wr_free(sorter->items);
        sorter->cap = count + count / 2;
        sorter->items = wr_calloc(sorter->cap, 2 * sizeof *sorter->items);
    }
    struct sort s = {key_of, ctx};
    struct wr_sort_item *a = sorter->items;
    struct wr_sort_item *b = a + count;
    size_t skip = count < RADIX_MIN ? 0 : shared_prefix(&s, refs, count);
    for (size_t i = 0; i < count; i++) {
        uint64_t head = count < RADIX_MIN ? 0 : head_of(key_of(ctx, refs[i]), skip);
        a[i] = (struct wr_sort_item){head, refs[i]};
    }
    if (count >= RADIX_MIN) {
        radix_sort(a, b, count);
    }
    for (size_t i = 0, end; i < count; i = end) {
        for (end = i + 1; end < count && a[end].head == a[i].head; end++) {
        }
        merge_sort(&s, a + i, b, end - i);
    }
    for (size_t i = 0; i < count; i++) {
        refs[i] = a[i].ref;
    }
}

void wr_key_sorter_free(struct wr_key_sorter *s)
{
    wr_free(s->items);
    *s = (struct wr_key_sorter){0};
}
