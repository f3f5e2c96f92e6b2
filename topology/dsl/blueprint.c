/* blueprint.c -- a topology from its first call to the finished graph. */
#include "src/base/base.h"

#include <string.h>

#include "src/base/buf.h"
#include "src/base/err.h"
#include "src/base/mem.h"
#include "topology/dsl/dsl.h"

static const struct weir_codec *default_codec(struct weir_topology *t, const char *setting,
                                              const char *name)
{
    const struct weir_codec *codec = wr_codec_by_name(name != NULL ? name : "bytes");
    if (codec == NULL) {
        wr_finding(&t->findings,
                   "setting %s: there is no codec \"%s\"; choose bytes, string, i32, i64, f64 or "
                   "json",
                   setting, name);
        codec = wr_codec_builtin(WR_CODEC_BYTES);
    }
    return codec;
}

struct weir_topology *wr_topology_new(const struct wr_topology_options *options)
{
    struct weir_topology *t = WR_NEW(struct weir_topology);
    wr_arena_init(&t->arena, 16384);
    t->options = *options;
    t->options.application_id = wr_arena_strdup(&t->arena, options->application_id);
    t->options.default_key = wr_arena_strdup(&t->arena, options->default_key);
    t->options.default_value = wr_arena_strdup(&t->arena, options->default_value);
    t->findings.arena = &t->arena;
    t->default_key = default_codec(t, "weir.default.key.codec", options->default_key);
    t->default_value = default_codec(t, "weir.default.value.codec", options->default_value);
    wr_graph_init(&t->graph, &t->arena, &t->findings);
    t->dsl = WR_ARENA_NEW(&t->arena, struct wr_dsl);
    return t;
}

void wr_topology_free(struct weir_topology *t)
{
    if (t == NULL) {
        return;
    }
    wr_dsl_free(t->dsl);
    wr_graph_free(&t->graph);
    wr_ptrs_free(&t->findings.texts);
    wr_arena_free(&t->arena);
    wr_free(t);
}

static enum weir_code report(const struct weir_topology *t, struct weir_error *err)
{
    struct wr_buf text = {0};
    size_t count = t->findings.texts.count;
    if (count == 0) {
        return WEIR_OK;
    }
    wr_buf_printf(&text, "the topology has %zu mistake%s:", count, count > 1 ? "s" : "");
    for (size_t i = 0; i < count; i++) {
        wr_buf_printf(&text, "\n%s", (const char *)t->findings.texts.items[i]);
    }
    wr_fail(err, WEIR_ETOPOLOGY, "%s", wr_buf_cstr(&text));
    wr_buf_free(&text);
    return WEIR_ETOPOLOGY;
}

enum weir_code wr_topology_finish(struct weir_topology *t, struct weir_error *err)
{
    wr_dsl_merge_sources(t);
    if (t->options.merge_repartitions) {
        wr_dsl_merge_repartitions(t);
    }
    wr_dsl_write(t);
    wr_graph_finish(&t->graph, t->options.application_id);
    return report(t, err);
}
