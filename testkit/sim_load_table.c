/* sim_load_table.c -- the input as a table, with deletions, and a second table of the rows that a
 * predicate keeps; the changes of both go out. */
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

static void build(weir_topology *t, void *arg)
{
    WR_UNUSED(arg);
    struct weir_source source = WEIR_SOURCE_INIT;
    struct weir_table_options each = WEIR_TABLE_INIT;
    source.key = weir_string(t);
    source.value = weir_string(t);
    each.emit = WEIR_EMIT_EACH;
    weir_table *last = weir_to_table(weir_from(t, "in", &source), "last", &each);
    weir_to(weir_changes(last), "out-last", NULL);
    weir_to(weir_changes(weir_table_filter(last, not_v0, "kept", &each)), "out-kept", NULL);
}

/* A row that is not kept is a deletion, unless there was none. */
static void expect(struct wr_sim_expected *e, const struct wr_sim_input *in, size_t count)
{
    bool kept[WR_SIM_KEYS] = {false};
    for (size_t i = 0; i < count; i++) {
        char key[16];
        char text[16];
        const char *value = wr_sim_input_text(&wr_sim_load_table, &in[i], text);
        struct weir_bytes last = value != NULL ? weir_str(value) : weir_null();
        bool keep = value != NULL && in[i].value != 0;
        snprintf(key, sizeof key, "k%d", in[i].key);
        wr_sim_expect(e, "out-last", key, last);
        if (keep || kept[in[i].key]) {
            wr_sim_expect(e, "out-kept", key, keep ? last : weir_null());
        }
        kept[in[i].key] = keep;
    }
}

const struct wr_sim_workload wr_sim_load_table = {
    .name = "table",
    .about = "a table with deletions, and the rows of it that a predicate keeps",
    .build = build,
    .reads = {"in"},
    .input_count = 1,
    .outputs = {{.topic = "out-last", .store = "last"}, {.topic = "out-kept", .store = "kept"}},
    .stores = {"last", "kept"},
    .deletions = 25,
    .ids = true,
    .expect = expect,
};
