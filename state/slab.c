/* slab.c -- pages of blocks. A page is aligned to its size, so that a block finds its page. */
#include "src/base/base.h"

#include "src/base/mem.h"
#include "state/slab.h"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#endif

enum { PAGE = 65536, HEADER = 64, SPARE_MAX = 4, SMALL_MAX = 128, SMALL_CLASSES = SMALL_MAX / 16 };

struct wr_slab_page {
    struct wr_slab_page *next;
    struct wr_slab_page *prev;
    void *free;    /* blocks that came back, linked through their first bytes */
    uint32_t kind; /* of its blocks */
    uint32_t size;
    uint32_t taken;
    uint32_t fresh; /* offset of the part that was never taken */
};
_Static_assert(sizeof(struct wr_slab_page) <= HEADER, "the header of a slab page");

/* 16, 32, ... 128, then four to a doubling up to 8192. */
static unsigned class_of(size_t n)
{
    if (n <= SMALL_MAX) {
        return (unsigned)((n - 1) / 16);
    }
    unsigned top = 63u - (unsigned)__builtin_clzll(n - 1);
    return SMALL_CLASSES + (top - 7) * 4 + (unsigned)((n - 1) >> (top - 2)) - 4;
}

static uint32_t class_size(unsigned kind)
{
    if (kind < SMALL_CLASSES) {
        return 16 * (kind + 1);
    }
    unsigned top = 7 + (kind - SMALL_CLASSES) / 4;
    unsigned part = (kind - SMALL_CLASSES) % 4;
    return (5 + part) << (top - 2);
}

size_t wr_slab_room(size_t n)
{
    return n > WR_SLAB_BLOCK_MAX ? n : class_size(class_of(n));
}

static void list_push(struct wr_slab_page **list, struct wr_slab_page *page)
{
    page->prev = NULL;
    page->next = *list;
    if (page->next != NULL) {
        page->next->prev = page;
    }
    *list = page;
}

static void list_remove(struct wr_slab_page **list, struct wr_slab_page *page)
{
    if (page->prev != NULL) {
        page->prev->next = page->next;
    } else {
        *list = page->next;
    }
    if (page->next != NULL) {
        page->next->prev = page->prev;
    }
}

static bool is_full(const struct wr_slab_page *page)
{
    return page->free == NULL && page->fresh + page->size > PAGE;
}

static struct wr_slab_page *new_page(struct wr_slab *s, unsigned kind)
{
    struct wr_slab_page *page = s->spare;
    if (page != NULL) {
        list_remove(&s->spare, page);
        s->spare_count--;
    } else {
        page = wr_alloc_aligned(PAGE, PAGE);
    }
    *page = (struct wr_slab_page){.kind = kind, .size = class_size(kind), .fresh = HEADER};
    ASAN_POISON_MEMORY_REGION((char *)page + HEADER, PAGE - HEADER);
    list_push(&s->open[kind], page);
    return page;
}

void *wr_slab_take(struct wr_slab *s, size_t n)
{
    if (n > WR_SLAB_BLOCK_MAX) {
        s->bytes += n;
        return wr_alloc(n);
    }
    unsigned kind = class_of(n);
    struct wr_slab_page *page = s->open[kind];
    if (page == NULL) {
        page = new_page(s, kind);
    }
    void *block = page->free;
    if (block != NULL) {
        ASAN_UNPOISON_MEMORY_REGION(block, page->size);
        page->free = *(void **)block;
    } else {
        block = (char *)page + page->fresh;
        ASAN_UNPOISON_MEMORY_REGION(block, page->size);
        page->fresh += page->size;
    }
    page->taken++;
    s->bytes += page->size;
    if (is_full(page)) {
        list_remove(&s->open[kind], page);
        list_push(&s->full, page);
    }
    return block;
}

static void give_page(struct wr_slab *s, struct wr_slab_page *page)
{
    list_remove(&s->open[page->kind], page);
    if (s->spare_count < SPARE_MAX) {
        list_push(&s->spare, page);
        s->spare_count++;
    } else {
        ASAN_UNPOISON_MEMORY_REGION(page, PAGE);
        wr_free(page);
    }
}

void wr_slab_give(struct wr_slab *s, void *block, size_t n)
{
    if (n > WR_SLAB_BLOCK_MAX) {
        s->bytes -= n;
        wr_free(block);
        return;
    }
    struct wr_slab_page *page = (struct wr_slab_page *)((uintptr_t)block & ~(uintptr_t)(PAGE - 1));
    wr_assert(page->taken != 0 && page->kind == class_of(n));
    if (is_full(page)) {
        list_remove(&s->full, page);
        list_push(&s->open[page->kind], page);
    }
    *(void **)block = page->free;
    page->free = block;
    page->taken--;
    s->bytes -= page->size;
    ASAN_POISON_MEMORY_REGION(block, page->size);
    if (page->taken == 0) {
        give_page(s, page);
    }
}

static void free_list(struct wr_slab_page *page)
{
    while (page != NULL) {
        struct wr_slab_page *next = page->next;
        ASAN_UNPOISON_MEMORY_REGION(page, PAGE);
        wr_free(page);
        page = next;
    }
}

void wr_slab_free(struct wr_slab *s)
{
    for (unsigned kind = 0; kind < WR_SLAB_CLASSES; kind++) {
        free_list(s->open[kind]);
    }
    free_list(s->full);
    free_list(s->spare);
    *s = (struct wr_slab){0};
}
