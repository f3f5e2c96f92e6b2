/* arena.h -- memory that is freed all at once.
 *
 * One arena serves a run of records, another a topology. Allocation moves a pointer; reset keeps
 * the chunks, so that a steady load allocates nothing. Not thread-safe: an arena has one owner.
 */
#ifndef WR_ARENA_H
#define WR_ARENA_H

#include <stdarg.h>

#include "src/base/base.h"

struct wr_arena_chunk;

struct wr_arena {
    char *next; /* first free byte of the current chunk */
    char *end;
    struct wr_arena_chunk *chunks; /* all chunks; the current one first */
    struct wr_arena_chunk *spare;  /* emptied by reset, kept for the next use */
    size_t chunk_size;
    size_t kept_max; /* reset frees what is kept beyond this many bytes */
};

/* chunk_size is the least size of a chunk; larger requests get a chunk of their own. */
void wr_arena_init(struct wr_arena *a, size_t chunk_size);
void wr_arena_free(struct wr_arena *a);

/* Forget everything allocated; the memory stays for reuse. */
void wr_arena_reset(struct wr_arena *a);

void *wr_arena_slow(struct wr_arena *a, size_t n);

/* What n bytes take: whole units of 16, and never nothing, so that empty is not NULL. */
static inline size_t wr_arena_need(size_t n)
{
    return (n + (n == 0) + 15) & ~(size_t)15;
}

/* n bytes, aligned to 16, not cleared. Lives until reset or free. */
static inline void *wr_arena_alloc(struct wr_arena *a, size_t n)
{
    size_t need = wr_arena_need(n);
    if (WR_LIKELY(need >= n && (size_t)(a->end - a->next) >= need)) {
        void *p = a->next;
        a->next += need;
        return p;
    }
    return wr_arena_slow(a, n);
}

void *wr_arena_zalloc(struct wr_arena *a, size_t n); /* zeros */
void *wr_arena_dup(struct wr_arena *a, const void *data, size_t len);
char *wr_arena_strdup(struct wr_arena *a, const char *s); /* NULL gives NULL */
char *wr_arena_printf(struct wr_arena *a, const char *format, ...) WR_PRINTF(2, 3);
char *wr_arena_vprintf(struct wr_arena *a, const char *format, va_list args) WR_PRINTF(2, 0);
struct weir_bytes wr_arena_bytes(struct wr_arena *a,
                                 struct weir_bytes b); /* copy; null stays null */

#define WR_ARENA_NEW(a, type) ((type *)wr_arena_zalloc((a), sizeof(type)))

#endif
