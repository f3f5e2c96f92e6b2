/* sim_load_counts.c -- a count per key, and a count per value behind a repartition topic. */
#include "src/base/base.h"

#include <stdio.h>

#include "testkit/sim_workload.h"

static void build(weir_topology *t, void *arg)
{
    WR_UNUSED(arg);
    struct weir_source source = WEIR_SOURCE_INIT;
    struct weir_table_options each = WEIR_TABLE_INIT;
    source.key = weir_string(t);
    source.value = weir_string(t);
    each.emit = WEIR_EMIT_EACH;
    weir_stream *in = weir_from(t, "in", &source);
    weir_grouped *keys = weir_group_by_key(in, "by-key");
    weir_to(weir_changes(weir_count(keys, "per-key", &each)), "out-key", NULL);
    weir_grouped *values = weir_group_by_field(in, "by-value", "", weir_string(t));
    weir_to(weir_changes(weir_count(values, "per-value", &each)), "out-value", NULL);
}

static void expect(struct wr_sim_expected *e, const struct wr_sim_input *in, size_t count)
{
    int keys[WR_SIM_KEYS] = {0};
    int values[WR_SIM_VALUES] = {0};
    for (size_t i = 0; i < count; i++) {
        char name[16];
        snprintf(name, sizeof name, "k%d", in[i].key);
        wr_sim_expect_number(e, "out-key", name, ++keys[in[i].key]);
        snprintf(name, sizeof name, "v%d", in[i].value);
        wr_sim_expect_number(e, "out-value", name, ++values[in[i].value]);
    }
}

const struct wr_sim_workload wr_sim_load_counts = {
    .name = "counts",
    .about = "a count per key and, behind a repartition topic, one per value",
    .build = build,
    .reads = {"in", WR_SIM_APP "-by-value-repartition"},
    .input_count = 1,
    .outputs = {{.topic = "out-key", .store = "per-key"},
                {.topic = "out-value",
                 .store = "per-value",
                 .counted = WR_SIM_APP "-by-value-repartition"}},
    .stores = {"per-key", "per-value"},
    .expect = expect,
};
