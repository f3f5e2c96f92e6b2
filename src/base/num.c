/* num.c -- conversions of the C library under the "C" locale of the calling thread. */
#include "src/base/base.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

#include "src/base/num.h"

static locale_t enter_c(locale_t *old)
{
    locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    wr_assert(c != (locale_t)0);
    *old = uselocale(c);
    return c;
}

static void leave_c(locale_t c, locale_t old)
{
    uselocale(old);
    freelocale(c);
}

double wr_parse_f64(const char *text)
{
    locale_t old;
    locale_t c = enter_c(&old);
    double v = strtod(text, NULL);
    leave_c(c, old);
    return v;
}

void wr_format_f64(char out[WR_F64_TEXT_MAX], double v)
{
    locale_t old;
    locale_t c = enter_c(&old);
    for (int digits = 1; digits <= 17; digits++) { /* 17 always restore the double */
        snprintf(out, WR_F64_TEXT_MAX, "%.*g", digits, v);
        if (strtod(out, NULL) == v) {
            break;
        }
    }
    leave_c(c, old);
}
