/* strmap.c -- insertion-ordered string map. Invariant: index_size is 0 or a power of two greater
 * than 2 * count, so that probing ends. */
#include "src/base/base.h"

#include <string.h>

#include "src/base/hash.h"
#include "src/base/mem.h"
#include "src/base/strmap.h"

static uint32_t *find(const struct wr_strmap *m, const char *name)
{
    size_t mask = m->index_size - 1;
    size_t i = wr_hash64(name, strlen(name)) & mask;
    while (m->index[i] != 0 && strcmp(m->entries[m->index[i] - 1].name, name) != 0) {
        i = (i + 1) & mask;
    }
    return &m->index[i];
}

static void grow(struct wr_strmap *m)
{
    m->cap = m->cap != 0 ? m->cap * 2 : 8;
    m->entries = wr_realloc_array(m->entries, m->cap, sizeof *m->entries);
    wr_free(m->index);
    m->index_size = m->cap * 4;
    m->index = wr_calloc(m->index_size, sizeof *m->index);
    for (size_t i = 0; i < m->count; i++) {
        *find(m, m->entries[i].name) = (uint32_t)i + 1;
    }
}

void wr_strmap_free(struct wr_strmap *m)
{
    for (size_t i = 0; i < m->count; i++) {
        wr_free(m->entries[i].name);
    }
    wr_free(m->entries);
    wr_free(m->index);
    *m = (struct wr_strmap){0};
}

bool wr_strmap_put(struct wr_strmap *m, const char *name, void *value)
{
    if (m->count == m->cap) {
        grow(m);
    }
    uint32_t *slot = find(m, name);
    if (*slot != 0) {
        m->entries[*slot - 1].value = value;
        return false;
    }
    m->entries[m->count] = (struct wr_strmap_entry){wr_strdup(name), value};
    *slot = (uint32_t)++m->count;
    return true;
}

void *wr_strmap_get(const struct wr_strmap *m, const char *name)
{
    if (m->count == 0) {
        return NULL;
    }
    uint32_t slot = *find(m, name);
    return slot != 0 ? m->entries[slot - 1].value : NULL;
}

bool wr_strmap_has(const struct wr_strmap *m, const char *name)
{
    return m->count != 0 && *find(m, name) != 0;
}
