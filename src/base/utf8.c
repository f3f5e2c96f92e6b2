/* utf8.c -- judging and writing UTF-8, one character at a time. Thread: any. */
#include "src/base/base.h"

#include "src/base/utf8.h"

static bool follows(unsigned char c)
{
    return (c & 0xc0) == 0x80;
}

size_t wr_utf8_len(const unsigned char *p, size_t left)
{
    if (p[0] < 0x80) {
        return 1;
    }
    if (p[0] >= 0xc2 && p[0] < 0xe0) {
        return left >= 2 && follows(p[1]) ? 2 : 0;
    }
    if ((p[0] & 0xf0) == 0xe0) {
        bool ok = left >= 3 && follows(p[1]) && follows(p[2]);
        bool overlong = ok && p[0] == 0xe0 && p[1] < 0xa0;
        bool surrogate = ok && p[0] == 0xed && p[1] >= 0xa0;
        return ok && !overlong && !surrogate ? 3 : 0;
    }
    if (p[0] >= 0xf0 && p[0] < 0xf5) {
        bool ok = left >= 4 && follows(p[1]) && follows(p[2]) && follows(p[3]);
        bool overlong = ok && p[0] == 0xf0 && p[1] < 0x90;
        bool too_large = ok && p[0] == 0xf4 && p[1] >= 0x90;
        return ok && !overlong && !too_large ? 4 : 0;
    }
    return 0;
}

size_t wr_utf8_put(char out[4], uint32_t c)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    size_t len = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = len - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (c & 0x3f));
        c >>= 6;
    }
    static const unsigned char head[] = {0, 0, 0xc0, 0xe0, 0xf0};
    out[0] = (char)(head[len] | c);
    return len;
}

int32_t wr_hex4(const unsigned char *p)
{
    int32_t v = 0;
    for (int i = 0; i < 4; i++) {
        unsigned char c = p[i];
        unsigned char low = c | 0x20;
        if (c >= '0' && c <= '9') {
            v = v << 4 | (c - '0');
        } else if (low >= 'a' && low <= 'f') {
            v = v << 4 | (low - 'a' + 10);
        } else {
            return -1;
        }
    }
    return v;
}
