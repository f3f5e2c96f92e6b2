/* mem.c -- heap memory that never comes back as NULL. Thread: any. */
#include "src/base/base.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"

static void *checked(void *p)
{
    wr_assert(p != NULL && "out of memory");
    return p;
}

void *wr_alloc(size_t n)
{
    return checked(malloc(n != 0 ? n : 1));
}

void *wr_calloc(size_t count, size_t size)
{
    return checked(calloc(count != 0 ? count : 1, size != 0 ? size : 1));
}

void *wr_realloc(void *p, size_t n)
{
    return checked(realloc(p, n != 0 ? n : 1));
}

void *wr_realloc_array(void *p, size_t count, size_t size)
{
    wr_assert(size == 0 || count <= SIZE_MAX / size);
    return wr_realloc(p, count * size);
}

void *wr_alloc_aligned(size_t align, size_t n)
{
    void *p = NULL;
    return checked(posix_memalign(&p, align, n != 0 ? n : 1) == 0 ? p : NULL);
}

void wr_free(void *p)
{
    free(p);
}

char *wr_strdup(const char *s)
{
    return s != NULL ? wr_strndup(s, strlen(s)) : NULL;
}

char *wr_strndup(const char *s, size_t len)
{
    char *copy = wr_alloc(len + 1);
    if (len != 0) {
        memcpy(copy, s, len);
    }
    copy[len] = '\0';
    return copy;
}

void *wr_memdup(const void *data, size_t len)
{
    void *copy = wr_alloc(len);
    if (len != 0) {
        memcpy(copy, data, len);
    }
    return copy;
}

char *wr_asprintf(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = NULL;
    int n = vasprintf(&text, format, args);
    va_end(args);
    wr_assert(n >= 0);
    return text;
}
