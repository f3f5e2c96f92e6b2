/* options.c -- see options.h. */
#include "src/base/base.h"

#include <string.h>

#include "src/base/err.h"
#include "src/base/options.h"

enum { OPTIONS_MAX = 4096 }; /* no options structure will ever be this long */

static bool all_zero(const char *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (bytes[i] != 0) {
            return false;
        }
    }
    return true;
}

enum weir_code wr_options_take(void *out, size_t size, const void *given, struct weir_error *err)
{
    size_t given_size;
    if (given == NULL) {
        return WEIR_OK;
    }
    memcpy(&given_size, given, sizeof given_size);
    if (given_size < sizeof given_size || given_size > OPTIONS_MAX) {
        return wr_fail(err, WEIR_EINVAL,
                       "its options say that they have %zu bytes, which cannot be; start them from "
                       "their _INIT value",
                       given_size);
    }
    if (given_size > size && !all_zero((const char *)given + size, given_size - size)) {
        return wr_fail(err, WEIR_EINVAL,
                       "its options have members that this version of the library does not know; "
                       "run with the version that the program was compiled for, or a later one");
    }
    memcpy(out, given, wr_min_size(given_size, size));
    memcpy(out, &size, sizeof size);
    return WEIR_OK;
}
