/* sim_load_pass.c -- records go through one by one: some are left out, others get another key and
 * value. Nothing is stored. */
#include "src/base/base.h"

#include <stdio.h>
#include <string.h>

#include "testkit/sim_workload.h"

static enum weir_code not_v0(weir_ctx *c, const struct weir_record *r, bool *keep, void *state)
{
    WR_UNUSED(c);
    WR_UNUSED(state);
    *keep = r->value.len < 2 || memcmp(r->value.data, "v0", 2) != 0;
    return WEIR_OK;
}

static enum weir_code mark(weir_ctx *c, const struct weir_record *r, struct weir_record *out,
                           void *state)
{
    WR_UNUSED(state);
    out->key = weir_format(c, "p%.*s", (int)r->key.len, (const char *)r->key.data);
    out->value = weir_format(c, "%.*s!", (int)r->value.len, (const char *)r->value.data);
    return WEIR_OK;
}

static void build(weir_topology *t, void *arg)
{
    WR_UNUSED(arg);
    struct weir_source source = WEIR_SOURCE_INIT;
    struct weir_node texts = WEIR_NODE_INIT;
    source.key = texts.key = weir_string(t);
    source.value = texts.value = weir_string(t);
    weir_stream *some = weir_filter(weir_from(t, "in", &source), not_v0, NULL);
    weir_to(weir_map(some, mark, &texts), "out", NULL);
}

static void expect(struct wr_sim_expected *e, const struct wr_sim_input *in, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char key[16];
        char value[24];
        snprintf(key, sizeof key, "pk%d", in[i].key);
        snprintf(value, sizeof value, "v%d-%d!", in[i].value, in[i].id);
        if (in[i].value != 0) {
            wr_sim_expect(e, "out", key, weir_str(value));
        }
    }
}

const struct wr_sim_workload wr_sim_load_pass = {
    .name = "pass",
    .about = "records are filtered and mapped one by one, without a store",
    .build = build,
    .reads = {"in"},
    .input_count = 1,
    .outputs = {{.topic = "out"}},
    .ids = true,
    .expect = expect,
};
