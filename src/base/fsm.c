/* fsm.c -- checked state changes. */
#include "src/base/base.h"

#include <stdio.h>

#include "src/base/fsm.h"

void wr_fsm_init(struct wr_fsm *f, const struct wr_fsm_def *def, int state)
{
    wr_assert(state >= 0 && state < def->count && def->count <= 32);
    f->def = def;
    f->state = state;
}

void wr_fsm_go(struct wr_fsm *f, int to)
{
    wr_assert(to >= 0 && to < f->def->count);
    if (WR_UNLIKELY((f->def->to[f->state] & WR_FSM_TO(to)) == 0)) {
        char text[160];
        snprintf(text, sizeof text, "%s may go from %s to %s", f->def->name, wr_fsm_name(f),
                 f->def->names[to]);
        wr_assert_failed(text, __FILE__, __LINE__);
    }
    f->state = to;
}
