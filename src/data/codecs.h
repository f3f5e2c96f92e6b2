/* codecs.h -- codecs from inside: what bytes mean.
 *
 * Constructors that applications call (weir_string, ...) are in topology/dsl, because a codec
 * belongs to a topology; they all end here. A codec never blocks. PENDING from validate means that
 * what is needed to judge the bytes is being fetched (a schema): the task stops taking that input
 * and asks again.
 *
 * Thread: the owner of the arena while building; read by any thread afterwards.
 */
#ifndef WR_CODECS_H
#define WR_CODECS_H

#include <weir/codec.h>

#include "src/base/arena.h"
#include "src/base/base.h"
#include "src/base/buf.h"

enum wr_codec_kind {
    WR_CODEC_BYTES,
    WR_CODEC_STRING,
    WR_CODEC_I32,
    WR_CODEC_I64,
    WR_CODEC_F64,
    WR_CODEC_JSON,
    WR_CODEC_STRUCT,
};

struct wr_codec_ops {
    /* Are these non-null bytes a value of this codec? WEIR_EDECODE says why not. */
    enum weir_code (*validate)(const struct weir_codec *c, struct weir_bytes b,
                               struct weir_error *err);

    /* Append the value as JSON on one line, for people and HTTP: byte arrays and structures as
     * base64 strings, broken UTF-8 with U+FFFD, doubles that JSON has no words for as the strings
     * NaN, Infinity and -Infinity. Null gives null. Only for bytes that are valid. */
    void (*to_json)(const struct weir_codec *c, struct weir_bytes b, struct wr_buf *out);

    /* Append the bytes of a value written as JSON text; the inverse of to_json, except that null
     * is a value of JSON only (WEIR_EDECODE): the null view has no bytes to append. out is as it
     * was after a failure. */
    enum weir_code (*from_json)(const struct weir_codec *c, struct weir_bytes text,
                                struct wr_buf *out, struct weir_error *err);

    /* Read one field; see weir_get. Strings with escapes are resolved into arena. WEIR_ENOTFOUND,
     * a normal answer that leaves err alone, if it is not there or b is null. JSON: b has been
     * validated (else the answer may be wrong, but no byte outside b is read); of repeated names
     * the first counts; a number is I64 if it is written without fraction and exponent and fits,
     * else F64, WEIR_EDECODE beyond a double. */
    enum weir_code (*get)(const struct weir_field *f, struct weir_bytes b, struct wr_arena *arena,
                          struct weir_scalar *out, struct weir_error *err);
};

/* What WEIR_STRUCT says about a structure. */
struct wr_struct_shape {
    const char *name;
    uint32_t version;
    size_t size;
    size_t align; /* a power of two */
};

struct weir_codec {
    enum wr_codec_kind kind;
    const char *name; /* "string"; for structures "struct stats v1"; part of a task's identity */
    const struct wr_codec_ops *ops;
    struct wr_struct_shape shape; /* structures */
};

struct wr_path_step; /* src/data/field_path.h */

struct weir_field {
    const struct weir_codec *codec;
    const char *path; /* as written */
    const struct wr_path_step *steps;
    size_t step_count;
};

/* The built-in codecs but STRUCT; static, live for ever. Their names are "bytes", "string", "i32",
 * "i64", "f64" and "json". */
const struct weir_codec *wr_codec_builtin(enum wr_codec_kind kind);
const struct weir_codec *wr_codec_by_name(const char *name); /* NULL: no such codec */

/* A structure codec; the name is copied. */
struct weir_codec *wr_codec_struct(struct wr_arena *arena, const struct wr_struct_shape *shape);

/* Compile a path. WEIR_EINVAL says what is wrong with it and where. */
WR_MUST_CHECK enum weir_code wr_field_compile(struct wr_arena *arena,
                                              const struct weir_codec *codec, const char *path,
                                              struct weir_field **out, struct weir_error *err);

/* The structure inside bytes of a structure codec: a pointer into them or, if that is not aligned,
 * to a copy in arena. NULL with err if they are another structure. */
const void *wr_struct_view(const struct wr_struct_shape *shape, struct weir_bytes b,
                           struct wr_arena *arena, struct weir_error *err);

/* A writable structure in arena with its header: *bytes is all of it, the result the structure
 * itself; a copy of `from`, or zeros if from is null. NULL with err if from is another structure.
 */
void *wr_struct_edit(const struct wr_struct_shape *shape, struct weir_bytes from,
                     struct wr_arena *arena, struct weir_bytes *bytes, struct weir_error *err);

#endif
