/* op_branch.c -- each record to the first branch that keeps it. */
#include "src/base/base.h"

#include "topology/op/calls.h"

static enum weir_code keeps(struct wr_node *n, const struct weir_record *r, size_t branch,
                            bool *keep)
{
    const struct wr_branch_config *config = n->spec->config;
    if (config->branches[branch].fn == NULL) {
        *keep = true;
        return WEIR_OK;
    }
    void *task_state =
        config->calls.open != NULL ? wr_task_state(n) : (void *)config->branches[branch].arg;
    return config->branches[branch].fn(&n->ctx, r, keep, task_state);
}

static enum weir_code process(struct wr_node *n, const struct wr_rec *r)
{
    const struct wr_branch_config *config = n->spec->config;
    for (size_t i = 0; i < config->count; i++) {
        bool keep = false;
        enum weir_code code = keeps(n, &r->record, i, &keep);
        if (code != WEIR_OK || keep) {
            return code != WEIR_OK ? code : wr_node_process(n->children[i], r);
        }
    }
    return WEIR_OK;
}

const struct wr_op wr_op_branch = {
    .name = "branch",
    .state_size = sizeof(void *),
    .open = wr_calls_open,
    .process = process,
    .close = wr_calls_close,
};
