/* codec_new.c -- codecs and fields as applications ask for them (codec.h). */
#include "src/base/base.h"

#include "topology/dsl/dsl.h"

/* The built-in codecs are shared by all topologies; nothing in the public interface can change one.
 */
static weir_codec *builtin(enum wr_codec_kind kind)
{
    return (weir_codec *)wr_codec_builtin(kind);
}

weir_codec *weir_byte_array(weir_topology *t)
{
    WR_UNUSED(t);
    return builtin(WR_CODEC_BYTES);
}

weir_codec *weir_string(weir_topology *t)
{
    WR_UNUSED(t);
    return builtin(WR_CODEC_STRING);
}

weir_codec *weir_i32(weir_topology *t)
{
    WR_UNUSED(t);
    return builtin(WR_CODEC_I32);
}

weir_codec *weir_i64(weir_topology *t)
{
    WR_UNUSED(t);
    return builtin(WR_CODEC_I64);
}

weir_codec *weir_f64(weir_topology *t)
{
    WR_UNUSED(t);
    return builtin(WR_CODEC_F64);
}

weir_codec *weir_json(weir_topology *t)
{
    WR_UNUSED(t);
    return builtin(WR_CODEC_JSON);
}

weir_codec *weir_struct_codec(weir_topology *t, const char *name, uint32_t version, size_t size,
                              size_t align)
{
    if (!wr_check_name(&t->findings, "structure", name)) {
        return builtin(WR_CODEC_BYTES);
    }
    if (size == 0 || align == 0 || (align & (align - 1)) != 0 || align > 16) {
        wr_finding(&t->findings,
                   "structure \"%s\": a size of %zu aligned to %zu cannot be; use WEIR_STRUCT, and "
                   "no type that is aligned to more than 16 bytes",
                   name, size, align);
        return builtin(WR_CODEC_BYTES);
    }
    return wr_codec_struct(&t->arena, &(struct wr_struct_shape){name, version, size, align});
}

weir_field *weir_field_of(weir_topology *t, weir_codec *codec, const char *path)
{
    struct weir_error err;
    struct weir_field *field = NULL;
    const struct weir_codec *of = wr_dsl_value(t, codec);
    if (path == NULL) {
        wr_finding(&t->findings,
                   "a field of codec %s without a path; give one, \"\" for the whole value",
                   of->name);
        path = "";
    }
    if (wr_field_compile(&t->arena, of, path, &field, &err) != WEIR_OK) {
        wr_finding(&t->findings, "field \"%s\" of codec %s: %s", path, of->name, err.text);
    }
    return field;
}
