/* case_value.c -- strings, integers and hexadecimal digits. */
#include "src/base/base.h"

#include <string.h>

#include "src/base/endian.h"
#include "tests/conformance/case_value.h"

struct weir_bytes case_bytes(const json_t *value, enum case_type type, char buffer[8])
{
    if (value == NULL || json_is_null(value)) {
        return WEIR_NULL;
    }
    if (type == CASE_STRING) {
        return weir_view(json_string_value(value), json_string_length(value));
    }
    wr_put_be64(buffer, (uint64_t)json_integer_value(value));
    return weir_view(buffer, 8);
}

json_t *case_value(struct weir_bytes b, enum case_type type)
{
    if (weir_is_null(b)) {
        return json_null();
    }
    json_t *value = type == CASE_STRING ? json_stringn(b.data, b.len)
                    : b.len == 8        ? json_integer((int64_t)wr_get_be64(b.data))
                                        : NULL;
    return value != NULL ? value : json_pack("{s:o}", "hex", case_hex(b));
}

json_t *case_hex(struct weir_bytes b)
{
    struct wr_buf text = {0};
    if (weir_is_null(b)) {
        return json_null();
    }
    for (size_t i = 0; i < b.len; i++) {
        wr_buf_printf(&text, "%02x", ((const unsigned char *)b.data)[i]);
    }
    json_t *hex = json_string(wr_buf_cstr(&text));
    wr_buf_free(&text);
    return hex;
}

static unsigned digit(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = strchr(digits, c);
    wr_assert(c != '\0' && at != NULL);
    return (unsigned)(at - digits);
}

struct weir_bytes case_unhex(const json_t *hex, struct wr_buf *buffer)
{
    const char *text = json_string_value(hex);
    if (text == NULL) {
        return WEIR_NULL;
    }
    wr_buf_reset(buffer);
    for (; *text != '\0'; text += 2) {
        wr_buf_char(buffer, (char)(digit(text[0]) << 4 | digit(text[1])));
    }
    return wr_buf_view(buffer);
}
