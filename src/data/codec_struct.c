/* codec_struct.c -- structures of an application as values: version and size (4 bytes each,
 * big-endian), then the structure as it lies in memory. Thread: any. */
#include "src/base/base.h"

#include <string.h>

#include "src/base/endian.h"
#include "src/data/codec_kinds.h"

enum { HEAD = 8 };

static enum weir_code check(const struct wr_struct_shape *s, struct weir_bytes b,
                            struct weir_error *err)
{
    if (b.len < HEAD) {
        return wr_fail(err, WEIR_EDECODE, "struct %s needs at least %d bytes, there are %zu",
                       s->name, HEAD, b.len);
    }
    uint32_t version = wr_get_be32(b.data);
    uint32_t size = wr_get_be32((const char *)b.data + 4);
    if (version != s->version || size != s->size) {
        return wr_fail(err, WEIR_EDECODE,
                       "struct %s: the value is version %u with %u bytes, this program has "
                       "version %u with %zu bytes",
                       s->name, version, size, s->version, s->size);
    }
    return b.len == HEAD + s->size
               ? WEIR_OK
               : wr_fail(err, WEIR_EDECODE, "struct %s v%u needs %zu bytes, there are %zu", s->name,
                         version, HEAD + s->size, b.len);
}

/* Room for a structure, aligned, with its header right before it. */
static char *room(const struct wr_struct_shape *s, struct wr_arena *arena)
{
    uintptr_t p = (uintptr_t)wr_arena_alloc(arena, HEAD + s->align + s->size);
    return (char *)((p + HEAD + s->align - 1) & ~(uintptr_t)(s->align - 1));
}

const void *wr_struct_view(const struct wr_struct_shape *s, struct weir_bytes b,
                           struct wr_arena *arena, struct weir_error *err)
{
    if (check(s, b, err) != WEIR_OK) {
        return NULL;
    }
    const char *body = (const char *)b.data + HEAD;
    return (uintptr_t)body % s->align == 0 ? body : memcpy(room(s, arena), body, s->size);
}

void *wr_struct_edit(const struct wr_struct_shape *s, struct weir_bytes from,
                     struct wr_arena *arena, struct weir_bytes *bytes, struct weir_error *err)
{
    if (!weir_is_null(from) && check(s, from, err) != WEIR_OK) {
        return NULL;
    }
    char *body = room(s, arena);
    wr_put_be32(body - HEAD, s->version);
    wr_put_be32(body - HEAD + 4, (uint32_t)s->size);
    if (weir_is_null(from)) {
        memset(body, 0, s->size);
    } else {
        memcpy(body, (const char *)from.data + HEAD, s->size);
    }
    *bytes = weir_view(body - HEAD, HEAD + s->size);
    return body;
}

static enum weir_code struct_validate(const struct weir_codec *c, struct weir_bytes b,
                                      struct weir_error *err)
{
    return check(&c->shape, b, err);
}

static enum weir_code struct_from_json(const struct weir_codec *c, struct weir_bytes text,
                                       struct wr_buf *out, struct weir_error *err)
{
    size_t start = out->len;
    enum weir_code code = wr_base64_from_json(c, text, out, err);
    if (code == WEIR_OK) {
        code = check(&c->shape, weir_view(out->data + start, out->len - start), err);
    }
    if (code != WEIR_OK) {
        out->len = start;
    }
    return code;
}

static enum weir_code struct_get(const struct weir_field *f, struct weir_bytes b,
                                 struct wr_arena *arena, struct weir_scalar *out,
                                 struct weir_error *err)
{
    WR_UNUSED(arena);
    if (weir_is_null(b)) {
        return WEIR_ENOTFOUND;
    }
    enum weir_code code = check(&f->codec->shape, b, err);
    if (code == WEIR_OK) {
        out->type = WEIR_TYPE_RAW;
        out->u.s = b;
    }
    return code;
}

const struct wr_codec_ops wr_struct_ops = {struct_validate, wr_base64_to_json, struct_from_json,
                                           struct_get};

struct weir_codec *wr_codec_struct(struct wr_arena *arena, const struct wr_struct_shape *shape)
{
    wr_assert(shape->size <= UINT32_MAX && shape->align != 0 &&
              (shape->align & (shape->align - 1)) == 0);
    struct weir_codec *c = WR_ARENA_NEW(arena, struct weir_codec);
    c->kind = WR_CODEC_STRUCT;
    c->shape = *shape;
    c->shape.name = wr_arena_strdup(arena, shape->name);
    c->name = wr_arena_printf(arena, "struct %s v%u", shape->name, shape->version);
    c->ops = &wr_struct_ops;
    return c;
}
