/* sim_load_lists.c -- every record is appended to the list of its key, and copied to another topic
 * in the same transaction: what checker C3 looks at. */
#include "src/base/base.h"

#include <stdio.h>
#include <string.h>

#include "testkit/sim_workload.h"

/* Copies go to the other partition, so that a transaction has two. */
static enum weir_code other_side(weir_ctx *c, const struct weir_record *r, int32_t *partitions,
                                 int32_t count, int32_t *chosen, const void *arg)
{
    WR_UNUSED(c);
    WR_UNUSED(arg);
    partitions[0] = (((const char *)r->key.data)[1] - '0' + 1) % count;
    *chosen = 1;
    return WEIR_OK;
}

static void build(weir_topology *t, void *arg)
{
    WR_UNUSED(arg);
    struct weir_source source = WEIR_SOURCE_INIT;
    struct weir_table_options each = WEIR_TABLE_INIT;
    struct weir_sink copies = WEIR_SINK_INIT;
    source.key = weir_string(t);
    source.value = each.value = weir_string(t);
    each.emit = WEIR_EMIT_EACH;
    copies.partition = other_side;
    weir_stream *in = weir_from(t, "in", &source);
    weir_to(in, "copies", &copies);
    weir_grouped *keys = weir_group_by_key(in, "by-key");
    weir_to(weir_changes(weir_aggregate(keys, "appended", wr_sim_append, &each)), "lists", NULL);
}

static void expect(struct wr_sim_expected *e, const struct wr_sim_input *in, size_t count)
{
    char lists[WR_SIM_KEYS][WR_SIM_LIST_MAX] = {""};
    for (size_t i = 0; i < count; i++) {
        char key[16];
        char text[16];
        char *list = lists[in[i].key];
        size_t len = strlen(list);
        const char *value = wr_sim_input_text(&wr_sim_load_lists, &in[i], text);
        snprintf(list + len, WR_SIM_LIST_MAX - len, "%s%s", len != 0 ? "," : "", value);
        snprintf(key, sizeof key, "k%d", in[i].key);
        wr_sim_expect(e, "lists", key, weir_str(list));
        wr_sim_expect(e, "copies", key, weir_str(value));
    }
}

const struct wr_sim_workload wr_sim_load_lists = {
    .name = "lists",
    .about = "records are appended to a list per key, and copied in the same transaction",
    .build = build,
    .reads = {"in"},
    .input_count = 1,
    .outputs = {{.topic = "lists", .store = "appended"}, {.topic = "copies"}},
    .stores = {"appended"},
    .ids = true,
    .lists = true,
    .expect = expect,
};
