/* log.c -- composing a line on the stack and handing it to the sink. Thread: any. */
#include "src/base/base.h"

#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "src/base/timestamp.h"
#include "src/obs/log.h"

enum {
    VALUE_MAX = 1500, /* bytes shown of one value */
    TAIL = 64,        /* kept for what is appended to every line */
};

static void to_stderr(void *arg, enum wr_log_level level, const char *line, size_t len)
{
    WR_UNUSED(arg);
    WR_UNUSED(level);
    ssize_t n;
    do {
        n = write(STDERR_FILENO, line, len);
    } while (n < 0 && errno == EINTR);
    /* Where standard error is gone or full there is nobody to tell. */
}

/* The one mutable global (see log.h). */
static struct {
    _Atomic int level;
    wr_log_sink_fn *sink;
    void *arg;
    struct wr_clock *clock;
} global = {.level = WR_LOG_INFO, .sink = to_stderr};

static struct wr_clock *clock_of_log(void)
{
    return global.clock != NULL ? global.clock : wr_clock_system();
}

void wr_log_start(const struct wr_logger *logger)
{
    global.sink = logger->sink != NULL ? logger->sink : to_stderr;
    global.arg = logger->arg;
    global.clock = logger->clock;
    wr_log_set_level(logger->level);
}

void wr_log_set_level(enum wr_log_level level)
{
    atomic_store_explicit(&global.level, (int)level, memory_order_relaxed);
}

bool wr_log_on(enum wr_log_level level)
{
    return (int)level <= atomic_load_explicit(&global.level, memory_order_relaxed);
}

static const char *const level_names[] = {"error", "warn", "info", "debug"};

const char *wr_log_level_name(enum wr_log_level level)
{
    return level_names[level];
}

bool wr_log_level_parse(const char *name, enum wr_log_level *level)
{
    for (size_t i = 0; i < WR_ARRAY_LEN(level_names); i++) {
        if (strcmp(name, level_names[i]) == 0) {
            *level = (enum wr_log_level)i;
            return true;
        }
    }
    return false;
}

bool wr_log_allowed(struct wr_log_limit *limit, int64_t *suppressed)
{
    int64_t now = wr_mono_ms(clock_of_log());
    if (limit->started == INT64_MIN || now - limit->started >= limit->interval_ms) {
        limit->started = now;
        limit->written = 0;
    }
    if (limit->written == limit->lines) {
        limit->suppressed++;
        return false;
    }
    limit->written++;
    *suppressed = limit->suppressed;
    limit->suppressed = 0;
    return true;
}

const char *wr_log_mask(const char *name, const char *value)
{
    /* Pieces of the names of settings, ours and librdkafka's, whose values are or hold secrets. */
    static const char *const secret[] = {
        "password",         "secret",      "token",       "ssl.key.pem",
        "ssl.keystore.key", "private.key", "jaas.config", "oauthbearer.config"};
    for (size_t i = 0; i < WR_ARRAY_LEN(secret); i++) {
        if (strstr(name, secret[i]) != NULL) {
            return "********";
        }
    }
    return value;
}

/* ---- composing ------------------------------------------------------------------------------- */

struct line {
    char text[WR_LOG_LINE_MAX];
    size_t len;
    bool full; /* something did not fit */
};

static void put(struct line *l, const char *s, size_t len)
{
    if (len > sizeof l->text - TAIL - l->len) {
        l->full = true;
    } else {
        memcpy(l->text + l->len, s, len);
        l->len += len;
    }
}

static void put_str(struct line *l, const char *s)
{
    put(l, s, strlen(s));
}

static bool is_bare(unsigned char c)
{
    return c > ' ' && c < 0x7f && c != '"' && c != '=' && c != '\\';
}

static void put_escaped(struct line *l, unsigned char c)
{
    static const char letters[] = "nrt\"\\";
    static const char meaning[] = "\n\r\t\"\\";
    char text[8] = {(char)c};
    size_t len = 1;
    const char *special = memchr(meaning, c, sizeof meaning - 1);
    if (special != NULL) {
        text[0] = '\\';
        text[1] = letters[special - meaning];
        len = 2;
    } else if (c < ' ' || c == 0x7f) {
        len = (size_t)snprintf(text, sizeof text, "\\x%02x", c);
    }
    put(l, text, len);
}

/* As it is if it has only printable ASCII without space, '"', '=' and '\'; else in quotes. */
static void put_text(struct line *l, struct weir_bytes v)
{
    const unsigned char *p = v.data;
    size_t shown = wr_min_size(v.len, VALUE_MAX);
    size_t bare = 0;
    while (bare < shown && is_bare(p[bare])) {
        bare++;
    }
    if (bare == v.len && v.len != 0) {
        put(l, v.data, v.len);
        return;
    }
    put_str(l, "\"");
    for (size_t i = 0; i < shown; i++) {
        put_escaped(l, p[i]);
    }
    put_str(l, shown < v.len ? "...\"" : "\"");
}

static void put_field(struct line *l, const struct wr_log_field *f)
{
    char number[32];
    struct weir_bytes v = weir_view(number, 0);
    switch (f->type) {
    case WR_LOG_STRING:
        v = weir_str(f->v.s);
        break;
    case WR_LOG_BYTES:
        v = f->v.bytes;
        break;
    case WR_LOG_I64:
        v.len = (size_t)snprintf(number, sizeof number, "%" PRId64, f->v.i);
        break;
    case WR_LOG_U64:
        v.len = (size_t)snprintf(number, sizeof number, "%" PRIu64, f->v.u);
        break;
    case WR_LOG_BOOL:
        v = weir_str(f->v.b ? "true" : "false");
        break;
    case WR_LOG_LAST:
        v = WEIR_NULL;
        break;
    }
    if (weir_is_null(v)) {
        return;
    }
    size_t start = l->len;
    put_str(l, " ");
    put_str(l, f->name);
    put_str(l, "=");
    put_text(l, v);
    if (l->full) {
        l->len = start; /* a pair is there as a whole or not at all */
    }
}

static void put_time(struct line *l)
{
    char text[WR_TIMESTAMP_MAX];
    wr_timestamp_format(text, wr_wall_ms(clock_of_log()));
    put_str(l, "ts=");
    put_str(l, text);
}

void wr_log_write(enum wr_log_level level, const char *event, const struct wr_log_field *fields,
                  int64_t suppressed)
{
    struct line l;
    l.len = 0;
    l.full = false;
    put_time(&l);
    put_field(&l, &WR_S("level", wr_log_level_name(level)));
    put_field(&l, &WR_S("event", event));
    for (; fields->type != WR_LOG_LAST && !l.full; fields++) {
        put_field(&l, fields);
    }
    int tail = snprintf(l.text + l.len, TAIL, "%s", l.full ? " cut=true" : "");
    l.len += (size_t)tail;
    if (suppressed != 0) {
        l.len += (size_t)snprintf(l.text + l.len, TAIL - (size_t)tail, " suppressed=%" PRId64,
                                  suppressed);
    }
    l.text[l.len++] = '\n';
    global.sink(global.arg, level, l.text, l.len);
}
