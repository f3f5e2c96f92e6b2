/* names.c -- names, options and codecs of the calls of the language. */
#include "src/base/base.h"

#include <string.h>

#include "topology/dsl/dsl.h"

enum { OPTIONS_MAX = 4096 }; /* no options structure will ever be this long */

const char *wr_dsl_name(struct weir_topology *t, const char *given, const char *prefix)
{
    size_t number = t->dsl->next_number++;
    return given != NULL ? wr_arena_strdup(&t->arena, given)
                         : wr_arena_printf(&t->arena, "%s%010zu", prefix, number);
}

const char *wr_dsl_new_name(struct weir_topology *t, const char *given, const char *prefix)
{
    return given != NULL ? wr_arena_strdup(&t->arena, given) : wr_dsl_name(t, NULL, prefix);
}

static bool all_zero(const char *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (bytes[i] != 0) {
            return false;
        }
    }
    return true;
}

void wr_dsl_options(struct weir_topology *t, const char *call, void *out, size_t out_size,
                    const void *given)
{
    size_t size;
    if (given == NULL) {
        return;
    }
    memcpy(&size, given, sizeof size);
    if (size < sizeof size || size > OPTIONS_MAX) {
        wr_finding(&t->findings,
                   "%s: its options say that they have %zu bytes, which cannot be; start them from "
                   "their _INIT value",
                   call, size);
        return;
    }
    if (size > out_size && !all_zero((const char *)given + out_size, size - out_size)) {
        wr_finding(&t->findings,
                   "%s: its options have members that this version of the library does not know; "
                   "run with the version that the program was compiled for, or a later one",
                   call);
    }
    memcpy(out, given, wr_min_size(size, out_size));
    memcpy(out, &out_size, sizeof out_size);
}

void wr_dsl_need(struct weir_topology *t, const char *node, bool function)
{
    if (!function) {
        wr_finding(&t->findings, "node \"%s\": it has no function to call; pass one",
                   node != NULL ? node : "");
    }
}

const struct weir_codec *wr_dsl_key(const struct weir_topology *t, const struct weir_codec *codec)
{
    return codec != NULL ? codec : t->default_key;
}

const struct weir_codec *wr_dsl_value(const struct weir_topology *t, const struct weir_codec *codec)
{
    return codec != NULL ? codec : t->default_value;
}
