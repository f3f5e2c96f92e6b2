/* base.h -- the first include of every source file: configuration, assertions and small macros.
 *
 * It must come first because with -std=c17 the POSIX names exist only after config.h.
 */
#ifndef WR_BASE_H
#define WR_BASE_H

#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <weir/api.h>
#include <weir/bytes.h>
#include <weir/error.h>

#define WR_LIKELY(x) __builtin_expect(!!(x), 1)
#define WR_UNLIKELY(x) __builtin_expect(!!(x), 0)
#define WR_ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define WR_UNUSED(x) ((void)(x))
#define WR_MUST_CHECK WEIR_MUST_CHECK
#define WR_PRINTF WEIR_PRINTF
#define WR_NORETURN __attribute__((noreturn))

/* The structure that `member` at `ptr` is part of. */
#define WR_CONTAINER_OF(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

/* A broken invariant. Always compiled in: a crash and a replay are safe, going on is not. */
#define wr_assert(cond)                                                                            \
    do {                                                                                           \
        if (WR_UNLIKELY(!(cond))) {                                                                \
            wr_assert_failed(#cond, __FILE__, __LINE__);                                           \
        }                                                                                          \
    } while (0)

/* A place that is never reached; `what` is what was found there. */
#define wr_never(what) wr_assert_failed(what, __FILE__, __LINE__)

WR_NORETURN void wr_assert_failed(const char *cond, const char *file, int line);

static inline int64_t wr_max_i64(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static inline int64_t wr_min_i64(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static inline size_t wr_min_size(size_t a, size_t b)
{
    return a < b ? a : b;
}

#endif
