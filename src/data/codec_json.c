/* codec_json.c -- JSON texts as values. Thread: any. */
#include "src/base/base.h"

#include <string.h>

#include "src/data/codec_kinds.h"
#include "src/data/json_number.h"
#include "src/data/json_scan.h"
#include "src/data/json_text.h"

static enum weir_code json_validate(const struct weir_codec *c, struct weir_bytes b,
                                    struct weir_error *err)
{
    struct wr_json_fault fault;
    WR_UNUSED(c);
    if (WR_LIKELY(wr_json_check(b, &fault))) {
        return WEIR_OK;
    }
    return wr_fail(err, WEIR_EDECODE, "not a JSON text: %s at byte %zu of %zu", fault.why,
                   fault.at + 1, b.len);
}

/* The text without the white space between its parts, so that it stays on one line. */
static void json_to_json(const struct weir_codec *c, struct weir_bytes b, struct wr_buf *out)
{
    const unsigned char *p = b.data;
    const unsigned char *end = p + b.len;
    WR_UNUSED(c);
    if (weir_is_null(b)) {
        wr_buf_str(out, "null");
        return;
    }
    for (p = wr_json_space(p, end); p < end; p = wr_json_space(p, end)) {
        bool escaped;
        const unsigned char *q = *p == '"' ? wr_json_string_end(p, end, &escaped) : p;
        q = q != NULL ? q + 1 : end;
        wr_buf_append(out, p, (size_t)(q - p));
        p = q;
    }
}

static enum weir_code json_from_json(const struct weir_codec *c, struct weir_bytes text,
                                     struct wr_buf *out, struct weir_error *err)
{
    enum weir_code code = json_validate(c, text, err);
    if (code == WEIR_OK) {
        wr_buf_bytes(out, text);
    }
    return code;
}

static bool read_string(const unsigned char *p, const unsigned char *end, struct wr_arena *arena,
                        struct weir_scalar *out)
{
    bool escaped;
    const unsigned char *close = wr_json_string_end(p, end, &escaped);
    if (close == NULL) {
        return false;
    }
    out->type = WEIR_TYPE_STRING;
    out->u.s = weir_view(p + 1, (size_t)(close - p - 1));
    if (escaped) {
        char *text = wr_arena_alloc(arena, out->u.s.len);
        out->u.s = weir_view(text, wr_json_unescape(p + 1, close, text));
    }
    return out->u.s.len != SIZE_MAX;
}

static bool read_word(const unsigned char *p, const unsigned char *end, struct weir_scalar *out)
{
    size_t left = (size_t)(end - p);
    if (left >= 4 && memcmp(p, "null", 4) == 0) {
        out->type = WEIR_TYPE_NULL;
        return true;
    }
    out->type = WEIR_TYPE_BOOL;
    out->u.b = *p == 't';
    return (left >= 4 && memcmp(p, "true", 4) == 0) || (left >= 5 && memcmp(p, "false", 5) == 0);
}

static bool read_value(const unsigned char *p, const unsigned char *end, struct wr_arena *arena,
                       struct weir_scalar *out)
{
    const unsigned char *after;
    switch (*p) {
    case '"':
        return read_string(p, end, arena, out);
    case '{':
    case '[':
        after = wr_json_skip(p, end);
        out->type = WEIR_TYPE_RAW;
        out->u.s = weir_view(p, after != NULL ? (size_t)(after - p) : 0);
        return after != NULL;
    case 't':
    case 'f':
    case 'n':
        return read_word(p, end, out);
    default:
        return wr_json_number(p, end, arena, out);
    }
}

static enum weir_code json_get(const struct weir_field *f, struct weir_bytes b,
                               struct wr_arena *arena, struct weir_scalar *out,
                               struct weir_error *err)
{
    const unsigned char *p = NULL;
    if (weir_is_null(b)) {
        return WEIR_ENOTFOUND;
    }
    enum weir_code code = wr_json_seek(b, f->steps, f->step_count, &p);
    if (WR_LIKELY(code == WEIR_OK)) {
        struct weir_scalar v;
        if (WR_LIKELY(read_value(p, (const unsigned char *)b.data + b.len, arena, &v))) {
            *out = v;
            return WEIR_OK;
        }
        code = WEIR_EDECODE;
    }
    return code == WEIR_ENOTFOUND
               ? code
               : wr_fail(err, code,
                         "field \"%s\" cannot be read: the value is not a JSON text, or "
                         "a number is too large",
                         f->path);
}

const struct wr_codec_ops wr_json_ops = {json_validate, json_to_json, json_from_json, json_get};
