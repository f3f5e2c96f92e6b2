/* ptrs.c -- a growing array of pointers. */
#include "src/base/base.h"

#include <string.h>

#include "src/base/mem.h"
#include "src/base/ptrs.h"

void wr_ptrs_free(struct wr_ptrs *p)
{
    wr_free(p->items);
    *p = (struct wr_ptrs){0};
}

void wr_ptrs_free_all(struct wr_ptrs *p)
{
    for (size_t i = 0; i < p->count; i++) {
        wr_free(p->items[i]);
    }
    wr_ptrs_free(p);
}

void wr_ptrs_push(struct wr_ptrs *p, void *item)
{
    if (p->count == p->cap) {
        p->cap = p->cap != 0 ? p->cap * 2 : 8;
        p->items = wr_realloc_array(p->items, p->cap, sizeof *p->items);
    }
    p->items[p->count++] = item;
}

void wr_ptrs_insert(struct wr_ptrs *p, size_t i, void *item)
{
    wr_assert(i <= p->count);
    wr_ptrs_push(p, item);
    memmove(&p->items[i + 1], &p->items[i], (p->count - 1 - i) * sizeof p->items[0]);
    p->items[i] = item;
}

static size_t find(const struct wr_ptrs *p, const void *item)
{
    size_t i = 0;
    while (i < p->count && p->items[i] != item) {
        i++;
    }
    return i;
}

bool wr_ptrs_has(const struct wr_ptrs *p, const void *item)
{
    return find(p, item) < p->count;
}

bool wr_ptrs_remove(struct wr_ptrs *p, const void *item)
{
    size_t i = find(p, item);
    if (i == p->count) {
        return false;
    }
    p->count--;
    memmove(&p->items[i], &p->items[i + 1], (p->count - i) * sizeof p->items[0]);
    return true;
}
