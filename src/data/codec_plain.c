/* codec_plain.c -- codecs without structure: byte arrays, strings and big-endian numbers, as
 * Kafka's own serializers write them. Thread: any. */
#include "src/base/base.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "src/base/base64.h"
#include "src/base/endian.h"
#include "src/base/num.h"
#include "src/data/codec_kinds.h"
#include "src/data/json_text.h"

/* ---- helpers --------------------------------------------------------------------------------- */

/* The scalar that a JSON text is, whatever its type; its views live as long as arena. */
static enum weir_code read_json(struct weir_bytes text, struct wr_arena *arena,
                                struct weir_scalar *out, struct weir_error *err)
{
    const struct weir_codec *json = wr_codec_builtin(WR_CODEC_JSON);
    struct weir_field whole = {.codec = json, .path = ""};
    enum weir_code code = json->ops->validate(json, text, err);
    return code != WEIR_OK ? code : json->ops->get(&whole, text, arena, out, err);
}

static enum weir_code not_a(const struct weir_codec *c, const char *what, struct weir_error *err)
{
    return wr_fail(err, WEIR_EDECODE, "codec \"%s\" takes %s here", c->name, what);
}

static enum weir_code need_size(const struct weir_codec *c, struct weir_bytes b, size_t size,
                                struct weir_error *err)
{
    return b.len == size ? WEIR_OK
                         : wr_fail(err, WEIR_EDECODE, "codec \"%s\" needs %zu bytes, there are %zu",
                                   c->name, size, b.len);
}

/* The bytes of a JSON string. */
static enum weir_code string_from_json(const struct weir_codec *c, struct weir_bytes text,
                                       struct wr_arena *arena, struct weir_bytes *s,
                                       struct weir_error *err)
{
    struct weir_scalar v;
    enum weir_code code = read_json(text, arena, &v, err);
    if (code != WEIR_OK) {
        return code;
    }
    if (v.type != WEIR_TYPE_STRING) {
        return not_a(c, c->kind == WR_CODEC_STRING ? "a JSON string" : "base64 in a JSON string",
                     err);
    }
    *s = v.u.s;
    return WEIR_OK;
}

/* ---- byte arrays ----------------------------------------------------------------------------- */

static enum weir_code any_bytes(const struct weir_codec *c, struct weir_bytes b,
                                struct weir_error *err)
{
    WR_UNUSED(c);
    WR_UNUSED(b);
    WR_UNUSED(err);
    return WEIR_OK;
}

void wr_base64_to_json(const struct weir_codec *c, struct weir_bytes b, struct wr_buf *out)
{
    WR_UNUSED(c);
    if (weir_is_null(b)) {
        wr_buf_str(out, "null");
        return;
    }
    wr_buf_char(out, '"');
    wr_base64_encode(out, b);
    wr_buf_char(out, '"');
}

enum weir_code wr_base64_from_json(const struct weir_codec *c, struct weir_bytes text,
                                   struct wr_buf *out, struct weir_error *err)
{
    struct wr_arena arena;
    struct weir_bytes s = WEIR_NULL;
    wr_arena_init(&arena, 256);
    enum weir_code code = string_from_json(c, text, &arena, &s, err);
    if (code == WEIR_OK && !wr_base64_decode(out, s.data, s.len)) {
        code = not_a(c, "base64 in a JSON string", err);
    }
    wr_arena_free(&arena);
    return code;
}

static enum weir_code bytes_get(const struct weir_field *f, struct weir_bytes b,
                                struct wr_arena *arena, struct weir_scalar *out,
                                struct weir_error *err)
{
    WR_UNUSED(arena);
    WR_UNUSED(err);
    if (weir_is_null(b)) {
        return WEIR_ENOTFOUND;
    }
    out->type = f->codec->kind == WR_CODEC_STRING ? WEIR_TYPE_STRING : WEIR_TYPE_RAW;
    out->u.s = b;
    return WEIR_OK;
}

const struct wr_codec_ops wr_bytes_ops = {any_bytes, wr_base64_to_json, wr_base64_from_json,
                                          bytes_get};

/* ---- strings --------------------------------------------------------------------------------- */

static void string_to_json(const struct weir_codec *c, struct weir_bytes b, struct wr_buf *out)
{
    WR_UNUSED(c);
    if (weir_is_null(b)) {
        wr_buf_str(out, "null");
    } else {
        wr_json_put_string(out, b);
    }
}

static enum weir_code string_codec_from_json(const struct weir_codec *c, struct weir_bytes text,
                                             struct wr_buf *out, struct weir_error *err)
{
    struct wr_arena arena;
    struct weir_bytes s = WEIR_NULL;
    wr_arena_init(&arena, 256);
    enum weir_code code = string_from_json(c, text, &arena, &s, err);
    if (code == WEIR_OK) {
        wr_buf_bytes(out, s);
    }
    wr_arena_free(&arena);
    return code;
}

const struct wr_codec_ops wr_string_ops = {any_bytes, string_to_json, string_codec_from_json,
                                           bytes_get};

/* ---- numbers --------------------------------------------------------------------------------- */

static size_t size_of(const struct weir_codec *c)
{
    return c->kind == WR_CODEC_I32 ? 4 : 8;
}

static enum weir_code number_validate(const struct weir_codec *c, struct weir_bytes b,
                                      struct weir_error *err)
{
    return need_size(c, b, size_of(c), err);
}

static int64_t integer_of(const struct weir_codec *c, struct weir_bytes b)
{
    return c->kind == WR_CODEC_I32 ? (int32_t)wr_get_be32(b.data) : (int64_t)wr_get_be64(b.data);
}

static double double_of(struct weir_bytes b)
{
    uint64_t bits = wr_get_be64(b.data);
    double v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

static enum weir_code number_get(const struct weir_field *f, struct weir_bytes b,
                                 struct wr_arena *arena, struct weir_scalar *out,
                                 struct weir_error *err)
{
    WR_UNUSED(arena);
    if (weir_is_null(b)) {
        return WEIR_ENOTFOUND;
    }
    enum weir_code code = number_validate(f->codec, b, err);
    if (code != WEIR_OK) {
        return code;
    }
    if (f->codec->kind == WR_CODEC_F64) {
        out->type = WEIR_TYPE_F64;
        out->u.f = double_of(b);
    } else {
        out->type = WEIR_TYPE_I64;
        out->u.i = integer_of(f->codec, b);
    }
    return WEIR_OK;
}

static void integer_to_json(const struct weir_codec *c, struct weir_bytes b, struct wr_buf *out)
{
    if (weir_is_null(b)) {
        wr_buf_str(out, "null");
    } else {
        wr_buf_printf(out, "%" PRId64, integer_of(c, b));
    }
}

static enum weir_code integer_from_json(const struct weir_codec *c, struct weir_bytes text,
                                        struct wr_buf *out, struct weir_error *err)
{
    struct wr_arena arena;
    struct weir_scalar v;
    bool small = c->kind == WR_CODEC_I32;
    wr_arena_init(&arena, 256);
    enum weir_code code = read_json(text, &arena, &v, err);
    wr_arena_free(&arena);
    if (code != WEIR_OK) {
        return code;
    }
    if (v.type != WEIR_TYPE_I64 || (small && (v.u.i < INT32_MIN || v.u.i > INT32_MAX))) {
        return not_a(c, small ? "an integer of 32 bits" : "an integer of 64 bits", err);
    }
    if (small) {
        wr_buf_u32(out, (uint32_t)v.u.i);
    } else {
        wr_buf_u64(out, (uint64_t)v.u.i);
    }
    return WEIR_OK;
}

const struct wr_codec_ops wr_i32_ops = {number_validate, integer_to_json, integer_from_json,
                                        number_get};
const struct wr_codec_ops wr_i64_ops = {number_validate, integer_to_json, integer_from_json,
                                        number_get};

/* JSON has no words for these; they are written as strings and read back from them. */
static const struct {
    const char *name;
    double v;
} special[] = {
    {"NaN", (double)NAN}, {"Infinity", (double)INFINITY}, {"-Infinity", -(double)INFINITY}};

static void double_to_json(const struct weir_codec *c, struct weir_bytes b, struct wr_buf *out)
{
    char text[WR_F64_TEXT_MAX];
    WR_UNUSED(c);
    if (weir_is_null(b)) {
        wr_buf_str(out, "null");
        return;
    }
    double v = double_of(b);
    if (isfinite(v)) {
        wr_format_f64(text, v);
        wr_buf_str(out, text);
        return;
    }
    wr_json_put_string(out, weir_str(special[isnan(v) ? 0 : v > 0 ? 1 : 2].name));
}

static enum weir_code double_from_json(const struct weir_codec *c, struct weir_bytes text,
                                       struct wr_buf *out, struct weir_error *err)
{
    struct wr_arena arena;
    struct weir_scalar v;
    wr_arena_init(&arena, 256);
    enum weir_code code = read_json(text, &arena, &v, err);
    bool found = code == WEIR_OK && (v.type == WEIR_TYPE_F64 || v.type == WEIR_TYPE_I64);
    double number = !found ? 0 : v.type == WEIR_TYPE_F64 ? v.u.f : (double)v.u.i;
    for (size_t i = 0; code == WEIR_OK && v.type == WEIR_TYPE_STRING && i < WR_ARRAY_LEN(special);
         i++) {
        if (weir_equal(v.u.s, weir_str(special[i].name))) {
            found = true;
            number = special[i].v;
        }
    }
    wr_arena_free(&arena);
    if (code != WEIR_OK) {
        return code;
    }
    if (!found) {
        return not_a(c, "a number, \"NaN\", \"Infinity\" or \"-Infinity\"", err);
    }
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    wr_buf_u64(out, bits);
    return WEIR_OK;
}

const struct wr_codec_ops wr_f64_ops = {number_validate, double_to_json, double_from_json,
                                        number_get};
