/* codecs.c -- the built-in codecs by kind and by name, and fields of all codecs. Thread: any. */
#include "src/base/base.h"

#include <string.h>

#include "src/data/codec_kinds.h"
#include "src/data/field_path.h"

static const struct weir_codec builtin[] = {
    [WR_CODEC_BYTES] = {.kind = WR_CODEC_BYTES, .name = "bytes", .ops = &wr_bytes_ops},
    [WR_CODEC_STRING] = {.kind = WR_CODEC_STRING, .name = "string", .ops = &wr_string_ops},
    [WR_CODEC_I32] = {.kind = WR_CODEC_I32, .name = "i32", .ops = &wr_i32_ops},
    [WR_CODEC_I64] = {.kind = WR_CODEC_I64, .name = "i64", .ops = &wr_i64_ops},
    [WR_CODEC_F64] = {.kind = WR_CODEC_F64, .name = "f64", .ops = &wr_f64_ops},
    [WR_CODEC_JSON] = {.kind = WR_CODEC_JSON, .name = "json", .ops = &wr_json_ops},
};

const struct weir_codec *wr_codec_builtin(enum wr_codec_kind kind)
{
    wr_assert((size_t)kind < WR_ARRAY_LEN(builtin));
    return &builtin[kind];
}

const struct weir_codec *wr_codec_by_name(const char *name)
{
    for (size_t i = 0; i < WR_ARRAY_LEN(builtin); i++) {
        if (strcmp(builtin[i].name, name) == 0) {
            return &builtin[i];
        }
    }
    return NULL;
}

enum weir_code wr_field_compile(struct wr_arena *arena, const struct weir_codec *codec,
                                const char *path, struct weir_field **out, struct weir_error *err)
{
    struct weir_field field = {.codec = codec, .path = wr_arena_strdup(arena, path)};
    if (codec->kind != WR_CODEC_JSON && path[0] != '\0') {
        return wr_fail(err, WEIR_EINVAL,
                       "field path \"%s\": values of codec \"%s\" have no fields; the path must be "
                       "empty, which means the whole value",
                       path, codec->name);
    }
    enum weir_code code = wr_path_compile(arena, path, &field.steps, &field.step_count, err);
    if (code == WEIR_OK) {
        *out = wr_arena_dup(arena, &field, sizeof field);
    }
    return code;
}
