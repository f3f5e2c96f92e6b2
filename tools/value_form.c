/* value_form.c -- how bytes of keys and values are shown and written on a command line. */
#include "src/base/base.h"

#include <string.h>

#include "src/base/err.h"
#include "src/base/utf8.h"
#include "src/data/codecs.h"
#include "src/data/json_text.h"
#include "tools/value_form.h"

/* From STRING on they are those of codecs. */
static const char *const names[] = {"auto", "hex", "string", "i32", "i64", "f64", "json"};

bool wr_value_form_of(const char *name, enum wr_value_form *out)
{
    for (size_t i = 0; i < WR_ARRAY_LEN(names); i++) {
        if (strcmp(names[i], name) == 0) {
            *out = (enum wr_value_form)i;
            return true;
        }
    }
    return false;
}

/* UTF-8 without control characters but tab and line ends, which JSON has escapes for. */
static bool is_printable(struct weir_bytes b)
{
    const unsigned char *p = b.data;
    for (size_t i = 0; i < b.len;) {
        size_t n = wr_utf8_len(p + i, b.len - i);
        bool control = p[i] < 0x20 || p[i] == 0x7F || (n == 2 && p[i] == 0xC2 && p[i + 1] < 0xA0);
        if (n == 0 || (control && p[i] != '\t' && p[i] != '\n' && p[i] != '\r')) {
            return false;
        }
        i += n;
    }
    return true;
}

static void put_hex(struct wr_buf *out, const char *before, struct weir_bytes b)
{
    wr_buf_printf(out, "\"%s", before);
    for (size_t i = 0; i < b.len; i++) {
        wr_buf_printf(out, "%02x", ((const unsigned char *)b.data)[i]);
    }
    wr_buf_char(out, '"');
}

enum weir_code wr_value_show(enum wr_value_form form, struct weir_bytes value, struct wr_buf *out,
                             struct weir_error *err)
{
    if (form == WR_VALUE_HEX) {
        put_hex(out, "", value);
        return WEIR_OK;
    }
    if (form == WR_VALUE_AUTO) {
        if (is_printable(value)) {
            wr_json_put_string(out, value);
        } else {
            put_hex(out, "0x", value);
        }
        return WEIR_OK;
    }
    const struct weir_codec *codec = wr_codec_by_name(names[form]);
    enum weir_code code = codec->ops->validate(codec, value, err);
    if (code == WEIR_OK) {
        codec->ops->to_json(codec, value, out);
    }
    return code;
}

static int hex_digit(char c)
{
    const char *digits = "0123456789abcdef";
    const char *found = c == '\0' ? NULL : strchr(digits, c >= 'A' && c <= 'F' ? c + 32 : c);
    return found == NULL ? -1 : (int)(found - digits);
}

static enum weir_code read_hex(const char *text, struct wr_buf *out, struct weir_error *err)
{
    size_t start = out->len;
    const char *at = strncmp(text, "0x", 2) == 0 ? text + 2 : text;
    for (; hex_digit(at[0]) >= 0 && hex_digit(at[1]) >= 0; at += 2) {
        wr_buf_char(out, (char)(hex_digit(at[0]) * 16 + hex_digit(at[1])));
    }
    if (*at != '\0') {
        out->len = start;
        return wr_fail(err, WEIR_EDECODE, "\"%s\" is not made of pairs of hexadecimal digits",
                       text);
    }
    return WEIR_OK;
}

enum weir_code wr_value_read(enum wr_value_form form, const char *text, struct wr_buf *out,
                             struct weir_error *err)
{
    if (form == WR_VALUE_HEX) {
        return read_hex(text, out, err);
    }
    if (form == WR_VALUE_AUTO || form == WR_VALUE_STRING) {
        wr_buf_str(out, text);
        return WEIR_OK;
    }
    const struct weir_codec *codec = wr_codec_by_name(names[form]);
    return codec->ops->from_json(codec, weir_str(text), out, err);
}
