/* field_path.c -- reading paths: name, ".name", "[12]", "['any name']" with \' and \\ inside. */
#include "src/base/base.h"

#include <string.h>

#include "src/base/buf.h"
#include "src/base/err.h"
#include "src/data/field_path.h"

enum { INDEX_DIGITS = 9 };

struct reader {
    const char *path;
    const char *p;
    struct wr_arena *arena;
    struct weir_error *err;
};

static enum weir_code wrong(const struct reader *r, const char *at, const char *why)
{
    return wr_fail(r->err, WEIR_EINVAL, "field path \"%s\": %s at byte %zu", r->path, why,
                   (size_t)(at - r->path) + 1);
}

static struct wr_path_step member(struct wr_arena *arena, struct weir_bytes name)
{
    struct wr_path_step step = {.name = wr_arena_bytes(arena, name), .plain = true};
    const unsigned char *p = name.data;
    for (size_t i = 0; i < name.len; i++) {
        step.plain &= p[i] >= 0x20 && p[i] != '"' && p[i] != '\\';
    }
    return step;
}

static enum weir_code read_name(struct reader *r, struct wr_path_step *step)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    size_t len = strspn(r->p, letters);
    if (len == 0) {
        return wrong(r, r->p,
                     *r->p == '\0' || *r->p == '.' || *r->p == '['
                         ? "a name is missing"
                         : "this character needs ['...'] around the name");
    }
    *step = member(r->arena, weir_view(r->p, len));
    r->p += len;
    return WEIR_OK;
}

/* r->p is behind "['". */
static enum weir_code read_quoted(struct reader *r, struct wr_path_step *step)
{
    struct wr_buf name = {0};
    const char *p = r->p;
    while (*p != '\0' && *p != '\'') {
        p += *p == '\\' && (p[1] == '\'' || p[1] == '\\');
        wr_buf_char(&name, *p++);
    }
    bool closed = p[0] == '\'' && p[1] == ']';
    if (closed) {
        *step = member(r->arena, wr_buf_view(&name));
        r->p = p + 2;
    }
    wr_buf_free(&name);
    return closed ? WEIR_OK : wrong(r, p, "\"']\" is missing");
}

/* r->p is behind "[". */
static enum weir_code read_index(struct reader *r, struct wr_path_step *step)
{
    size_t digits = strspn(r->p, "0123456789");
    if (digits == 0 || digits > INDEX_DIGITS) {
        return wrong(r, r->p, "an index of up to 9 digits or a name in quotes is missing");
    }
    if (r->p[digits] != ']') {
        return wrong(r, r->p + digits, "\"]\" is missing");
    }
    *step = (struct wr_path_step){0};
    for (size_t i = 0; i < digits; i++) {
        step->index = step->index * 10 + (size_t)(r->p[i] - '0');
    }
    r->p += digits + 1;
    return WEIR_OK;
}

static enum weir_code read_step(struct reader *r, struct wr_path_step *step)
{
    if (*r->p == '[') {
        bool quoted = r->p[1] == '\'';
        r->p += quoted ? 2 : 1;
        return quoted ? read_quoted(r, step) : read_index(r, step);
    }
    if (r->p != r->path) {
        if (*r->p != '.') {
            return wrong(r, r->p, "\".\" or \"[\" is missing");
        }
        r->p++;
    }
    return read_name(r, step);
}

enum weir_code wr_path_compile(struct wr_arena *arena, const char *path,
                               const struct wr_path_step **steps, size_t *count,
                               struct weir_error *err)
{
    struct reader r = {path, path, arena, err};
    struct wr_path_step *all = wr_arena_alloc(arena, strlen(path) * sizeof *all);
    size_t n = 0;
    while (*r.p != '\0') {
        enum weir_code code = read_step(&r, &all[n]);
        if (code != WEIR_OK) {
            return code;
        }
        n++;
    }
    *steps = all;
    *count = n;
    return WEIR_OK;
}
