/* testkit_text.c -- bytes as texts that people write into tests, and back. */
#include "src/base/base.h"

#include <string.h>

#include "src/base/buf.h"
#include "src/base/err.h"
#include "src/data/codecs.h"
#include "testkit/driver.h"

/* Is a value of this codec its own text? */
static bool is_text(const struct weir_codec *codec)
{
    return codec == NULL || codec->kind == WR_CODEC_BYTES || codec->kind == WR_CODEC_STRING ||
           codec->kind == WR_CODEC_JSON;
}

static void show_bytes(struct weir_bytes b, struct wr_buf *out)
{
    const unsigned char *c = b.data;
    for (size_t i = 0; i < b.len; i++) {
        if (c[i] < ' ' || c[i] == 0x7f) {
            wr_buf_printf(out, "\\x%02x", c[i]);
        } else {
            wr_buf_char(out, (char)c[i]);
        }
    }
}

void wr_driver_show(const struct weir_codec *codec, struct weir_bytes b, struct wr_buf *out)
{
    struct weir_error unused;
    if (weir_is_null(b)) {
        wr_buf_str(out, "null");
    } else if (is_text(codec) || codec->ops->validate(codec, b, &unused) != WEIR_OK) {
        show_bytes(b, out);
    } else {
        codec->ops->to_json(codec, b, out);
    }
}

enum weir_code wr_driver_parse(struct weir_test *t, const struct weir_codec *codec,
                               const char *text, struct weir_bytes *out, struct weir_error *err)
{
    *out = weir_str(text);
    if (text == NULL || is_text(codec)) {
        return WEIR_OK;
    }
    struct wr_buf bytes = {0};
    enum weir_code code = codec->ops->from_json(codec, weir_str(text), &bytes, err);
    if (code == WEIR_OK) {
        *out = wr_arena_bytes(&t->arena, wr_buf_view(&bytes));
    } else {
        wr_fail_prefix(err, "\"%.64s\" is not %s", text, codec->name);
    }
    wr_buf_free(&bytes);
    return code;
}
