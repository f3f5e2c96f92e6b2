/* bytes.h -- a view of bytes that somebody else owns.
 *
 * Keys, values and header values are views from topic to topic. A view is null when data is NULL
 * (Kafka's null key, or a tombstone) and empty when data is set and len is 0: the two are different
 * records. How long a view lives is said by the function that gives it.
 */
#ifndef WEIR_BYTES_H
#define WEIR_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <weir/api.h>

WEIR_BEGIN_DECLS

struct weir_bytes {
    const void *data;
    size_t len;
};

/* The null view. */
static inline struct weir_bytes weir_null(void)
{
    struct weir_bytes b = {NULL, 0};
    return b;
}
#define WEIR_NULL weir_null()

/* A view of len bytes. A NULL data with len 0 gives the null view. */
static inline struct weir_bytes weir_view(const void *data, size_t len)
{
    struct weir_bytes b = {data, len};
    return b;
}

/* A view of a C string without its end; NULL gives the null view. */
static inline struct weir_bytes weir_str(const char *s)
{
    struct weir_bytes b = {s, s != NULL ? strlen(s) : 0};
    return b;
}

static inline bool weir_is_null(struct weir_bytes b)
{
    return b.data == NULL;
}

/* Equal bytes; two null views are equal, a null and an empty one are not. */
static inline bool weir_equal(struct weir_bytes a, struct weir_bytes b)
{
    if (a.data == NULL || b.data == NULL) {
        return a.data == b.data;
    }
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

WEIR_END_DECLS

#endif
