/* json_number.c -- numbers of JSON texts, exactly.
 *
 * A decimal number m * 10^e with m <= 2^53 and |e| <= 22 is one exact double divided by or
 * multiplied with another, so the processor rounds it once and rightly. All others go to strtod.
 */
#include "src/base/base.h"

#include <math.h>
#include <string.h>

#include "src/base/num.h"
#include "src/data/json_number.h"

enum {
    DIGITS_MAX = 19, /* of a number that surely fits in 64 bits */
    EXACT_POWER = 22,
    EXPONENT_MAX = 100000, /* far beyond every double; stops the count from overflowing */
};

static const uint64_t exact_integer = UINT64_C(1) << 53;

struct decimal {
    uint64_t m;    /* meaningless if there are more digits than DIGITS_MAX */
    size_t digits; /* without leading zeros */
};

static const unsigned char *take_digits(const unsigned char *p, const unsigned char *end,
                                        struct decimal *d)
{
    for (; p < end && *p >= '0' && *p <= '9'; p++) {
        d->m = d->m * 10 + (uint64_t)(*p - '0');
        d->digits += d->m != 0 || d->digits != 0;
    }
    return p;
}

static const unsigned char *take_exponent(const unsigned char *p, const unsigned char *end, int *e)
{
    int sign = 1;
    int v = 0;
    if (p < end && (*p == '+' || *p == '-')) {
        sign = *p == '-' ? -1 : 1;
        p++;
    }
    for (; p < end && *p >= '0' && *p <= '9'; p++) {
        v = v < EXPONENT_MAX ? v * 10 + (*p - '0') : v;
    }
    *e += sign * v;
    return p;
}

/* The double nearest to the text start..end. */
static double by_strtod(const unsigned char *start, const unsigned char *end,
                        struct wr_arena *arena)
{
    char on_stack[128];
    size_t len = (size_t)(end - start);
    char *text = len < sizeof on_stack ? on_stack : wr_arena_alloc(arena, len + 1);
    memcpy(text, start, len);
    text[len] = '\0';
    return wr_parse_f64(text);
}

static double exact(uint64_t m, int e)
{
    static const double power[EXACT_POWER + 1] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                  1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                                  1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    return e < 0 ? (double)m / power[-e] : (double)m * power[e];
}

bool wr_json_number(const unsigned char *p, const unsigned char *end, struct wr_arena *arena,
                    struct weir_scalar *out)
{
    const unsigned char *start = p;
    bool negative = p < end && *p == '-';
    struct decimal d = {0};
    const unsigned char *integer = p + negative;
    p = take_digits(integer, end, &d);
    if (p == integer) {
        return false;
    }
    bool integral = p == end || (*p != '.' && (*p | 0x20) != 'e');
    if (integral && (d.digits < DIGITS_MAX ||
                     (d.digits == DIGITS_MAX && d.m <= (uint64_t)INT64_MAX + negative))) {
        out->type = WEIR_TYPE_I64;
        out->u.i = (int64_t)(negative ? 0 - d.m : d.m);
        return true;
    }
    int e = 0;
    if (!integral && *p == '.') {
        const unsigned char *fraction = p + 1;
        p = take_digits(fraction, end, &d);
        e = p - fraction < EXPONENT_MAX ? -(int)(p - fraction) : -EXPONENT_MAX;
    }
    if (p < end && (*p | 0x20) == 'e') {
        p = take_exponent(p + 1, end, &e);
    }
    double v;
    if (d.digits <= DIGITS_MAX && d.m <= exact_integer && e >= -EXACT_POWER && e <= EXACT_POWER) {
        v = negative ? -exact(d.m, e) : exact(d.m, e);
    } else {
        v = by_strtod(start, p, arena);
    }
    out->type = WEIR_TYPE_F64;
    out->u.f = v;
    return !isinf(v);
}
