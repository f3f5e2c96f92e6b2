/* sim_load_chain.c -- three sub-topologies in a row: the changes of a count per value are counted
 * again per bucket, each behind a repartition topic. Beside it a count per key whose changes go out
 * once per commit. */
#include "src/base/base.h"

#include <stdio.h>

#include "testkit/sim_workload.h"

/* v0 and v2 are one bucket, v1 is another. */
static enum weir_code bucket(weir_ctx *c, const struct weir_record *r, struct weir_record *out,
                             void *state)
{
    WR_UNUSED(state);
    int value = ((const char *)r->key.data)[r->key.len - 1] - '0';
    out->key = weir_format(c, "b%d", value % 2);
    return WEIR_OK;
}

static void build(weir_topology *t, void *arg)
{
    WR_UNUSED(arg);
    struct weir_source source = WEIR_SOURCE_INIT;
    struct weir_table_options each = WEIR_TABLE_INIT;
    struct weir_table_options late = WEIR_TABLE_INIT;
    struct weir_node buckets = WEIR_NODE_INIT;
    source.key = buckets.key = weir_string(t);
    source.value = weir_string(t);
    each.emit = WEIR_EMIT_EACH;
    late.emit = WEIR_EMIT_COMMIT;
    buckets.name = "by-bucket";
    weir_stream *in = weir_from(t, "in", &source);
    weir_grouped *keys = weir_group_by_key(in, "by-key");
    weir_to(weir_changes(weir_count(keys, "per-key", &late)), "out-key", NULL);
    weir_grouped *values = weir_group_by_field(in, "by-value", "", weir_string(t));
    weir_stream *changes = weir_changes(weir_count(values, "per-value", &each));
    weir_grouped *rest = weir_group_by(changes, bucket, &buckets);
    weir_to(weir_changes(weir_count(rest, "per-bucket", &each)), "out-bucket", NULL);
}

static void expect(struct wr_sim_expected *e, const struct wr_sim_input *in, size_t count)
{
    int keys[WR_SIM_KEYS] = {0};
    int buckets[2] = {0};
    for (size_t i = 0; i < count; i++) {
        char name[16];
        snprintf(name, sizeof name, "k%d", in[i].key);
        wr_sim_expect_number(e, "out-key", name, ++keys[in[i].key]);
        snprintf(name, sizeof name, "b%d", in[i].value % 2);
        wr_sim_expect_number(e, "out-bucket", name, ++buckets[in[i].value % 2]);
    }
}

const struct wr_sim_workload wr_sim_load_chain = {
    .name = "chain",
    .about = "two repartition topics in a row, a count behind each, and a count once per commit",
    .build = build,
    .reads = {"in", WR_SIM_APP "-by-value-repartition", WR_SIM_APP "-by-bucket-repartition"},
    .input_count = 1,
    .outputs = {{.topic = "out-key", .latest = true, .store = "per-key"},
                {.topic = "out-bucket",
                 .store = "per-bucket",
                 .counted = WR_SIM_APP "-by-bucket-repartition"}},
    .stores = {"per-key", "per-value", "per-bucket"},
    .expect = expect,
};
