/* names.c -- names, options and codecs of the calls of the language. */
#include "src/base/base.h"

#include "src/base/options.h"
#include "topology/dsl/dsl.h"

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

void wr_dsl_options(struct weir_topology *t, const char *call, void *out, size_t out_size,
                    const void *given)
{
    struct weir_error err;
    if (wr_options_take(out, out_size, given, &err) != WEIR_OK) {
        wr_finding(&t->findings, "%s: %s", call, err.text);
    }
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
