/* json_text.c -- escapes of JSON strings (RFC 8259, section 7). */
#include "src/base/base.h"

#include <string.h>

#include "src/base/utf8.h"
#include "src/data/json_text.h"

/* p is at the backslash of \u. */
static size_t unicode_escape(const unsigned char *p, size_t left, char out[4], size_t *n)
{
    int32_t c = left >= 6 ? wr_hex4(p + 2) : -1;
    if (c < 0 || (c >= 0xdc00 && c < 0xe000)) {
        return 0;
    }
    if (c < 0xd800 || c >= 0xe000) {
        *n = wr_utf8_put(out, (uint32_t)c);
        return 6;
    }
    int32_t second = left >= 12 && p[6] == '\\' && p[7] == 'u' ? wr_hex4(p + 8) : -1;
    if (second < 0xdc00 || second >= 0xe000) {
        return 0;
    }
    *n = wr_utf8_put(out, 0x10000 + ((uint32_t)(c - 0xd800) << 10) + (uint32_t)(second - 0xdc00));
    return 12;
}

size_t wr_json_escape(const unsigned char *p, size_t left, char out[4], size_t *n)
{
    static const char letters[] = "\"\\/bfnrt";
    static const char meaning[] = "\"\\/\b\f\n\r\t";
    if (left < 2) {
        return 0;
    }
    if (p[1] == 'u') {
        return unicode_escape(p, left, out, n);
    }
    const char *letter = memchr(letters, p[1], sizeof letters - 1);
    if (letter == NULL) {
        return 0;
    }
    out[0] = meaning[letter - letters];
    *n = 1;
    return 2;
}

size_t wr_json_unescape(const unsigned char *p, const unsigned char *end, char *out)
{
    char *start = out;
    while (p < end) {
        const unsigned char *stop = memchr(p, '\\', (size_t)(end - p));
        size_t run = (size_t)((stop != NULL ? stop : end) - p);
        memcpy(out, p, run);
        out += run;
        p += run;
        if (stop != NULL) {
            size_t n = 0;
            size_t taken = wr_json_escape(p, (size_t)(end - p), out, &n);
            if (taken == 0) {
                return SIZE_MAX;
            }
            out += n;
            p += taken;
        }
    }
    return (size_t)(out - start);
}

bool wr_json_string_is(const unsigned char *p, const unsigned char *end, struct weir_bytes name)
{
    const char *want = name.data;
    size_t left = name.len;
    while (p < end) {
        char c[4] = {(char)*p};
        size_t n = 1;
        size_t taken = *p == '\\' ? wr_json_escape(p, (size_t)(end - p), c, &n) : 1;
        if (taken == 0 || n > left || memcmp(c, want, n) != 0) {
            return false;
        }
        p += taken;
        want += n;
        left -= n;
    }
    return left == 0;
}

/* How the character at p is written: nothing special, or its escape in text. */
static const char *escape_of(const unsigned char *p, size_t len, char text[8])
{
    static const char hex[] = "0123456789abcdef";
    if (len == 0) {
        return "\xef\xbf\xbd";
    }
    switch (*p) {
    case '"':
        return "\\\"";
    case '\\':
        return "\\\\";
    case '\n':
        return "\\n";
    case '\r':
        return "\\r";
    case '\t':
        return "\\t";
    default:
        break;
    }
    if (*p >= 0x20) {
        return NULL;
    }
    memcpy(text, "\\u00", 4);
    text[4] = hex[*p >> 4];
    text[5] = hex[*p & 15];
    text[6] = '\0';
    return text;
}

void wr_json_put_string(struct wr_buf *out, struct weir_bytes s)
{
    const unsigned char *p = s.data;
    const unsigned char *end = p + s.len;
    char text[8];
    wr_buf_char(out, '"');
    while (p < end) {
        size_t len = wr_utf8_len(p, (size_t)(end - p));
        const char *escape = escape_of(p, len, text);
        if (escape != NULL) {
            wr_buf_str(out, escape);
        } else {
            wr_buf_append(out, p, len);
        }
        p += len != 0 ? len : 1;
    }
    wr_buf_char(out, '"');
}
