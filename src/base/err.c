/* err.c -- the code table and the text of failures. Thread: any. */
#include "src/base/base.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/base/err.h"

static const struct {
    const char *name;
    enum weir_reaction reaction;
    const char *text;
} codes[] = {
#define CODE_ROW(name, reaction, text) {"WEIR_" #name, WEIR_REACT_##reaction, text},
    WEIR_CODES(CODE_ROW)
#undef CODE_ROW
};

static bool is_code(enum weir_code code)
{
    return (size_t)code < WR_ARRAY_LEN(codes);
}

const char *weir_code_name(enum weir_code code)
{
    return is_code(code) ? codes[code].name : "WEIR_?";
}

const char *weir_code_text(enum weir_code code)
{
    return is_code(code) ? codes[code].text : "unknown code";
}

enum weir_reaction weir_code_reaction(enum weir_code code)
{
    return is_code(code) ? codes[code].reaction : WEIR_REACT_STOP;
}

enum weir_code wr_vfail(struct weir_error *err, enum weir_code code, const char *format,
                        va_list args)
{
    wr_assert(code != WEIR_OK);
    if (err != NULL) {
        err->code = code;
        vsnprintf(err->text, sizeof err->text, format, args);
    }
    return code;
}

enum weir_code wr_fail(struct weir_error *err, enum weir_code code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    wr_vfail(err, code, format, args);
    va_end(args);
    return code;
}

enum weir_code wr_fail_prefix(struct weir_error *err, const char *format, ...)
{
    if (err == NULL) {
        return WEIR_EINTERNAL;
    }
    char old[WEIR_ERROR_TEXT_MAX];
    memcpy(old, err->text, sizeof old);

    va_list args;
    va_start(args, format);
    int used = vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    int room = (int)sizeof err->text - used - (int)sizeof ": "; /* the rest is cut */
    if (used >= 0 && room > 0) {
        snprintf(err->text + used, sizeof err->text - (size_t)used, ": %.*s", room, old);
    }
    return err->code;
}

enum weir_code wr_fail_copy(struct weir_error *err, const struct weir_error *from)
{
    if (err != NULL && err != from) {
        *err = *from;
    }
    return from->code;
}

void wr_error_clear(struct weir_error *err)
{
    if (err != NULL) {
        err->code = WEIR_OK;
        err->text[0] = '\0';
    }
}

const char *wr_errno_text(int errnum)
{
    static _Thread_local char text[128];
    return strerror_r(errnum, text, sizeof text);
}

void wr_assert_failed(const char *cond, const char *file, int line)
{
    char text[512];
    int n = snprintf(text, sizeof text, "weir: assertion failed: %s at %s:%d\n", cond, file, line);
    size_t len = n < 0 ? 0 : wr_min_size((size_t)n, sizeof text - 1);
    ssize_t ignored = write(STDERR_FILENO, text, len);
    WR_UNUSED(ignored);
    abort();
}
