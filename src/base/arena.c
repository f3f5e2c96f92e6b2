/* arena.c -- chunked bump allocation. Invariant: next and end lie in the first chunk of the list,
 * or are both NULL. Thread: the owner. */
#include "src/base/base.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "src/base/arena.h"
#include "src/base/mem.h"

struct wr_arena_chunk {
    struct wr_arena_chunk *next;
    size_t size;
    _Alignas(16) char bytes[];
};

void wr_arena_init(struct wr_arena *a, size_t chunk_size)
{
    *a = (struct wr_arena){.chunk_size = chunk_size, .kept_max = 4 * chunk_size};
}

static void free_list(struct wr_arena_chunk *c)
{
    while (c != NULL) {
        struct wr_arena_chunk *next = c->next;
        wr_free(c);
        c = next;
    }
}

void wr_arena_free(struct wr_arena *a)
{
    free_list(a->chunks);
    free_list(a->spare);
    wr_arena_init(a, a->chunk_size);
}

void wr_arena_reset(struct wr_arena *a)
{
    if (a->chunks != NULL && a->chunks->next == NULL && a->chunks->size <= a->kept_max) {
        a->next = a->chunks->bytes; /* the common case: one chunk, used again */
        return;
    }
    size_t kept = 0;
    for (struct wr_arena_chunk *s = a->spare; s != NULL; s = s->next) {
        kept += s->size;
    }
    struct wr_arena_chunk *c = a->chunks;
    while (c != NULL) {
        struct wr_arena_chunk *next = c->next;
        if (kept + c->size <= a->kept_max) {
            kept += c->size;
            c->next = a->spare;
            a->spare = c;
        } else {
            wr_free(c);
        }
        c = next;
    }
    a->chunks = NULL;
    a->next = a->end = NULL;
}

/* Take a spare chunk that is large enough, or make one. */
static struct wr_arena_chunk *take_chunk(struct wr_arena *a, size_t need)
{
    for (struct wr_arena_chunk **link = &a->spare; *link != NULL; link = &(*link)->next) {
        if ((*link)->size >= need) {
            struct wr_arena_chunk *c = *link;
            *link = c->next;
            return c;
        }
    }
    size_t size = need > a->chunk_size ? need : a->chunk_size;
    struct wr_arena_chunk *c = wr_alloc(sizeof *c + size);
    c->size = size;
    return c;
}

void *wr_arena_slow(struct wr_arena *a, size_t n)
{
    size_t need = wr_arena_need(n);
    wr_assert(need >= n);
    struct wr_arena_chunk *c = take_chunk(a, need);
    c->next = a->chunks;
    a->chunks = c;
    a->next = c->bytes + need;
    a->end = c->bytes + c->size;
    return c->bytes;
}

void *wr_arena_zalloc(struct wr_arena *a, size_t n)
{
    void *p = wr_arena_alloc(a, n);
    memset(p, 0, n);
    return p;
}

void *wr_arena_dup(struct wr_arena *a, const void *data, size_t len)
{
    void *p = wr_arena_alloc(a, len);
    if (len != 0) {
        memcpy(p, data, len);
    }
    return p;
}

char *wr_arena_strdup(struct wr_arena *a, const char *s)
{
    return s != NULL ? wr_arena_dup(a, s, strlen(s) + 1) : NULL;
}

char *wr_arena_vprintf(struct wr_arena *a, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    wr_assert(n >= 0);
    char *text = wr_arena_alloc(a, (size_t)n + 1);
    vsnprintf(text, (size_t)n + 1, format, again);
    va_end(again);
    return text;
}

char *wr_arena_printf(struct wr_arena *a, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = wr_arena_vprintf(a, format, args);
    va_end(args);
    return text;
}

struct weir_bytes wr_arena_bytes(struct wr_arena *a, struct weir_bytes b)
{
    return weir_is_null(b) ? b : weir_view(wr_arena_dup(a, b.data, b.len), b.len);
}
