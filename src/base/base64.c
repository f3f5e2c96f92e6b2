/* base64.c -- RFC 4648, sections 4 and 5. */
#include "src/base/base.h"

#include "src/base/base64.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void wr_base64_encode(struct wr_buf *out, struct weir_bytes in)
{
    const unsigned char *p = in.data;
    for (size_t i = 0; i < in.len; i += 3) {
        size_t n = wr_min_size(in.len - i, 3);
        uint32_t v = (uint32_t)p[i] << 16;
        v |= n > 1 ? (uint32_t)p[i + 1] << 8 : 0;
        v |= n > 2 ? (uint32_t)p[i + 2] : 0;
        char four[4] = {digits[v >> 18], digits[(v >> 12) & 63],
                        n > 1 ? digits[(v >> 6) & 63] : '=', n > 2 ? digits[v & 63] : '='};
        wr_buf_append(out, four, sizeof four);
    }
}

static int value_of(char c)
{
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }
    if (c >= '0' && c <= '9') {
        return c - '0' + 52;
    }
    if (c == '+' || c == '/') {
        return c == '+' ? 62 : 63;
    }
    return -1;
}

/* One group of four digits; last says whether padding is allowed in it. */
static bool decode_group(struct wr_buf *out, const char *four, bool last)
{
    int pad = four[3] == '=' ? (four[2] == '=' ? 2 : 1) : 0;
    if (pad != 0 && !last) {
        return false;
    }
    uint32_t v = 0;
    for (int i = 0; i < 4; i++) {
        int d = i >= 4 - pad ? 0 : value_of(four[i]);
        if (d < 0) {
            return false;
        }
        v = v << 6 | (uint32_t)d;
    }
    char three[3] = {(char)(v >> 16), (char)(v >> 8), (char)v};
    wr_buf_append(out, three, (size_t)(3 - pad));
    return true;
}

bool wr_base64_decode(struct wr_buf *out, const char *text, size_t len)
{
    size_t start = out->len;
    if (len % 4 != 0) {
        return false;
    }
    for (size_t i = 0; i < len; i += 4) {
        if (!decode_group(out, text + i, i + 4 == len)) {
            out->len = start;
            return false;
        }
    }
    return true;
}

char wr_base64url_digit(unsigned value)
{
    wr_assert(value < 64);
    return value < 62 ? digits[value] : value == 62 ? '-' : '_';
}

void wr_base64url_id(char out[23], const unsigned char id[16])
{
    for (unsigned i = 0; i < 22; i++) {
        unsigned bit = i * 6;
        unsigned high = (unsigned)id[bit / 8] << 8;
        unsigned low = bit / 8 + 1 < 16 ? id[bit / 8 + 1] : 0;
        out[i] = wr_base64url_digit(((high | low) >> (10 - bit % 8)) & 63);
    }
    out[22] = '\0';
}
