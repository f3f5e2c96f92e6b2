/* sim_load_order.c -- two inputs whose records are worked through in the order of their times,
 * whichever of them comes late. */
#include "src/base/base.h"

#include <stdio.h>
#include <string.h>

#include "testkit/sim_workload.h"

/* The last record of each partition only says that no older ones follow. */
static enum weir_code says_something(weir_ctx *c, const struct weir_record *r, bool *keep,
                                     void *state)
{
    WR_UNUSED(c);
    WR_UNUSED(state);
    *keep = r->value.len != 3 || memcmp(r->value.data, "end", 3) != 0;
    return WEIR_OK;
}

static void build(weir_topology *t, void *arg)
{
    WR_UNUSED(arg);
    struct weir_source source = WEIR_SOURCE_INIT;
    struct weir_table_options each = WEIR_TABLE_INIT;
    source.key = weir_string(t);
    source.value = each.value = weir_string(t);
    each.emit = WEIR_EMIT_EACH;
    weir_stream *both =
        weir_merge(weir_from(t, "left", &source), weir_from(t, "right", &source), NULL);
    weir_grouped *keys = weir_group_by_key(weir_filter(both, says_something, NULL), "by-key");
    weir_to(weir_changes(weir_aggregate(keys, "in-order", wr_sim_append, &each)), "out", NULL);
}

/* Times rise with ids, so the input is in order as it stands. */
static void expect(struct wr_sim_expected *e, const struct wr_sim_input *in, size_t count)
{
    char lists[WR_SIM_PARTITIONS][WR_SIM_LIST_MAX] = {""};
    for (size_t i = 0; i < count; i++) {
        char key[16];
        char text[16];
        if (!in[i].end) {
            char *list = lists[in[i].partition];
            size_t len = strlen(list);
            snprintf(list + len, WR_SIM_LIST_MAX - len, "%s%s", len != 0 ? "," : "",
                     wr_sim_input_text(&wr_sim_load_order, &in[i], text));
            snprintf(key, sizeof key, "k%d", in[i].key);
            wr_sim_expect(e, "out", key, weir_str(list));
        }
    }
}

const struct wr_sim_workload wr_sim_load_order = {
    .name = "order",
    .about = "two inputs, in the order of their times",
    .build = build,
    .reads = {"left", "right"},
    .input_count = 2,
    .outputs = {{.topic = "out", .store = "in-order"}},
    .stores = {"in-order"},
    .ids = true,
    .in_time = true,
    .expect = expect,
};
