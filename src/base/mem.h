/* mem.h -- memory from the heap.
 *
 * Running out of memory ends the process: at every instruction a crash is safe, and code that is
 * only run when memory is gone is never tried. Nothing here is called once per record.
 */
#ifndef WR_MEM_H
#define WR_MEM_H

#include "src/base/base.h"

void *wr_alloc(size_t n) __attribute__((malloc, returns_nonnull)); /* not cleared */
void *wr_calloc(size_t count, size_t size) __attribute__((malloc, returns_nonnull)); /* zeros */
void *wr_realloc(void *p, size_t n) __attribute__((returns_nonnull));
void *wr_realloc_array(void *p, size_t count, size_t size) __attribute__((returns_nonnull));
void wr_free(void *p); /* accepts NULL */

/* n bytes at a multiple of align, a power of two and at least that of a pointer. Not cleared. */
void *wr_alloc_aligned(size_t align, size_t n) __attribute__((malloc, returns_nonnull));

char *wr_strdup(const char *s);              /* NULL gives NULL */
char *wr_strndup(const char *s, size_t len); /* len bytes and a terminating zero */
void *wr_memdup(const void *data, size_t len);
char *wr_asprintf(const char *format, ...) WR_PRINTF(1, 2);

/* A zeroed object of a type. */
#define WR_NEW(type) ((type *)wr_calloc(1, sizeof(type)))

#endif
