/* op_key_field.c -- a field of the value becomes the key. */
#include "src/base/base.h"

#include "topology/op/ops.h"

static enum weir_code wrong_type(struct wr_node *n, const char *wanted)
{
    const struct wr_key_field_config *config = n->spec->config;
    return wr_node_fail(n, WEIR_EDECODE, "field \"%s\" is not %s, so it cannot be the key",
                        config->field->path, wanted);
}

static enum weir_code i32_key(struct wr_node *n, struct weir_bytes value, struct weir_bytes *key)
{
    const struct wr_key_field_config *config = n->spec->config;
    int64_t i;
    enum weir_code code = weir_get_i64(&n->ctx, config->field, value, &i);
    if (code == WEIR_OK && (i < INT32_MIN || i > INT32_MAX)) {
        return wrong_type(n, "an integer of 32 bits");
    }
    if (code == WEIR_OK) {
        *key = weir_put_i32(&n->ctx, (int32_t)i);
    }
    return code;
}

static enum weir_code i64_key(struct wr_node *n, struct weir_bytes value, struct weir_bytes *key)
{
    const struct wr_key_field_config *config = n->spec->config;
    int64_t i;
    enum weir_code code = weir_get_i64(&n->ctx, config->field, value, &i);
    if (code == WEIR_OK) {
        *key = weir_put_i64(&n->ctx, i);
    }
    return code;
}

static enum weir_code f64_key(struct wr_node *n, struct weir_bytes value, struct weir_bytes *key)
{
    const struct wr_key_field_config *config = n->spec->config;
    double f;
    enum weir_code code = weir_get_f64(&n->ctx, config->field, value, &f);
    if (code == WEIR_OK) {
        *key = weir_put_f64(&n->ctx, f);
    }
    return code;
}

/* Any bytes: those of a string, or the text of an object or array as it was written. */
static enum weir_code bytes_key(struct wr_node *n, struct weir_bytes value, struct weir_bytes *key)
{
    const struct wr_key_field_config *config = n->spec->config;
    struct weir_scalar s;
    enum weir_code code = weir_get(&n->ctx, config->field, value, &s);
    if (code != WEIR_OK || s.type == WEIR_TYPE_NULL) {
        return code != WEIR_OK ? code : WEIR_ENOTFOUND;
    }
    if (s.type != WEIR_TYPE_STRING && s.type != WEIR_TYPE_RAW) {
        return wrong_type(n, "a string or bytes");
    }
    *key = s.u.s;
    return WEIR_OK;
}

static enum weir_code make_key(struct wr_node *n, struct weir_bytes value, struct weir_bytes *key)
{
    const struct wr_key_field_config *config = n->spec->config;
    switch (config->key) {
    case WR_CODEC_I32:
        return i32_key(n, value, key);
    case WR_CODEC_I64:
        return i64_key(n, value, key);
    case WR_CODEC_F64:
        return f64_key(n, value, key);
    case WR_CODEC_STRING:
        return weir_get_string(&n->ctx, config->field, value, key);
    default:
        return bytes_key(n, value, key);
    }
}

static enum weir_code process(struct wr_node *n, const struct wr_rec *r)
{
    struct wr_rec out = {.record = r->record};
    out.record.key = WEIR_NULL;
    enum weir_code code = make_key(n, r->record.value, &out.record.key);
    if (code != WEIR_OK && code != WEIR_ENOTFOUND) {
        return code;
    }
    return wr_node_forward(n, &out);
}

const struct wr_op wr_op_key_field = {
    .name = "key field",
    .process = process,
};
