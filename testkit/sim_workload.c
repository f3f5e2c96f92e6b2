/* sim_workload.c -- the workloads by name, and what they share. */
#include "src/base/base.h"

#include <stdio.h>
#include <string.h>

#include "testkit/sim_workload.h"

const struct wr_sim_workload *const wr_sim_workloads[] = {
    &wr_sim_load_counts,
    &wr_sim_load_pass,
    &wr_sim_load_chain,
    &wr_sim_load_table,
    &wr_sim_load_order,
    &wr_sim_load_lists,
    NULL,
};

size_t wr_sim_workload_count(void)
{
    return WR_ARRAY_LEN(wr_sim_workloads) - 1;
}

const struct wr_sim_workload *wr_sim_workload_find(const char *name)
{
    size_t i = 0;
    while (wr_sim_workloads[i] != NULL && strcmp(wr_sim_workloads[i]->name, name) != 0) {
        i++;
    }
    return wr_sim_workloads[i];
}

const char *wr_sim_input_text(const struct wr_sim_workload *l, const struct wr_sim_input *in,
                              char out[16])
{
    if (in->end) {
        return "end";
    }
    if (in->deleted) {
        return NULL;
    }
    if (l->ids) {
        snprintf(out, 16, "v%d-%d", in->value, in->id);
    } else {
        snprintf(out, 16, "v%d", in->value);
    }
    return out;
}

enum weir_code wr_sim_append(weir_ctx *c, const struct weir_record *r, struct weir_bytes *aggregate,
                             void *state)
{
    WR_UNUSED(state);
    bool first = weir_is_null(*aggregate);
    *aggregate = weir_format(c, "%.*s%s%.*s", first ? 0 : (int)aggregate->len,
                             first ? "" : (const char *)aggregate->data, first ? "" : ",",
                             (int)r->value.len, (const char *)r->value.data);
    return WEIR_OK;
}
