/* log.h -- one line per event, as key=value pairs.
 *
 *   wr_log(WR_LOG_INFO, "task.restored", WR_S("task", id), WR_I("records", n), WR_END);
 *   ts=2026-11-22T10:11:12.345Z level=info event=task.restored task=0_1 records=12
 *
 * Events are named object.what-happened, so that they can be searched for in the source. Nothing is
 * allocated; arguments are only evaluated if the level is on; a line is at most WR_LOG_LINE_MAX
 * bytes and goes out in one write, so that lines of several threads never mix. Not for the record
 * path. Thread: any, unless said otherwise.
 *
 * There is one logger per process: it is the only mutable global, because a line may have to be
 * written anywhere, and passing a logger to every function would say nothing.
 */
#ifndef WR_LOG_H
#define WR_LOG_H

#include "src/base/base.h"
#include "src/base/clock.h"

enum { WR_LOG_LINE_MAX = 4096 }; /* what a pipe takes in one piece */

enum wr_log_level { WR_LOG_ERROR, WR_LOG_WARN, WR_LOG_INFO, WR_LOG_DEBUG };

/* One pair; made by the macros below. */
struct wr_log_field {
    const char *name;
    enum { WR_LOG_LAST, WR_LOG_STRING, WR_LOG_BYTES, WR_LOG_I64, WR_LOG_U64, WR_LOG_BOOL } type;
    union {
        const char *s;
        struct weir_bytes bytes;
        int64_t i;
        uint64_t u;
        bool b;
    } v;
};

/* A C string; NULL leaves the pair out. */
#define WR_S(name, value) ((struct wr_log_field){(name), WR_LOG_STRING, {.s = (value)}})
/* A view; the null view leaves the pair out. */
#define WR_B(name, value) ((struct wr_log_field){(name), WR_LOG_BYTES, {.bytes = (value)}})
#define WR_I(name, value) ((struct wr_log_field){(name), WR_LOG_I64, {.i = (value)}})
#define WR_U(name, value) ((struct wr_log_field){(name), WR_LOG_U64, {.u = (value)}})
#define WR_FLAG(name, value) ((struct wr_log_field){(name), WR_LOG_BOOL, {.b = (value)}})

/* Ends every list of pairs. */
#define WR_END ((struct wr_log_field){NULL, WR_LOG_LAST, {.i = 0}})

/* Write a line: any number of pairs, then WR_END. */
#define wr_log(level, event, ...)                                                                  \
    do {                                                                                           \
        if (wr_log_on(level)) {                                                                    \
            wr_log_write((level), (event), WR_LOG_FIELDS(__VA_ARGS__), 0);                         \
        }                                                                                          \
    } while (0)

/* The same, but at most limit->lines of them per interval; the next line that is written says in
 * "suppressed" how many were not. */
#define wr_log_limited(limit, level, event, ...)                                                   \
    do {                                                                                           \
        int64_t wr_suppressed_;                                                                    \
        if (wr_log_on(level) && wr_log_allowed((limit), &wr_suppressed_)) {                        \
            wr_log_write((level), (event), WR_LOG_FIELDS(__VA_ARGS__), wr_suppressed_);            \
        }                                                                                          \
    } while (0)

/* Part of what logs, one for each call site that can repeat itself. Thread: one. */
struct wr_log_limit {
    int64_t lines; /* per interval */
    int64_t interval_ms;
    int64_t started; /* of this interval */
    int64_t written; /* in it */
    int64_t suppressed;
};
#define WR_LOG_LIMIT_INIT(lines, interval_ms)                                                      \
    {                                                                                              \
        (lines), (interval_ms), INT64_MIN, 0, 0                                                    \
    }

/* The second WR_END is for those who forget the first. */
#define WR_LOG_FIELDS(...) ((const struct wr_log_field[]){__VA_ARGS__, WR_END})

bool wr_log_on(enum wr_log_level level);
bool wr_log_allowed(struct wr_log_limit *limit, int64_t *suppressed);
void wr_log_write(enum wr_log_level level, const char *event, const struct wr_log_field *fields,
                  int64_t suppressed);

/* Takes a line with its end ("\n"); called by any thread, also by several at once. */
typedef void wr_log_sink_fn(void *arg, enum wr_log_level level, const char *line, size_t len);

struct wr_logger {
    enum wr_log_level level;
    wr_log_sink_fn *sink; /* NULL: standard error */
    void *arg;
    struct wr_clock *clock; /* NULL: the machine's */
};

/* Set the logger; until then lines of level info go to standard error. Before threads start. */
void wr_log_start(const struct wr_logger *logger);

/* Change the level of the running logger. */
void wr_log_set_level(enum wr_log_level level);

/* "error", "warn", "info", "debug". */
const char *wr_log_level_name(enum wr_log_level level);
bool wr_log_level_parse(const char *name, enum wr_log_level *level);

/* The value of a setting as it may be shown: asterisks instead of it if the name is that of a
 * secret (passwords, tokens, keys, whatever may hold them), else value itself. */
const char *wr_log_mask(const char *name, const char *value);

#endif
