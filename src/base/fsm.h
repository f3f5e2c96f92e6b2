/* fsm.h -- states that only change along edges that were drawn beforehand. */
#ifndef WR_FSM_H
#define WR_FSM_H

#include "src/base/base.h"

#define WR_FSM_TO(state) (UINT32_C(1) << (state))

/* The drawing: names[s] is the name of state s, to[s] the set of states it may go to (WR_FSM_TO
 * bits). */
struct wr_fsm_def {
    const char *name;
    const char *const *names;
    const uint32_t *to;
    int count;
};

struct wr_fsm {
    const struct wr_fsm_def *def;
    int state;
};

void wr_fsm_init(struct wr_fsm *f, const struct wr_fsm_def *def, int state);

/* Change the state; ends the process if there is no such edge. */
void wr_fsm_go(struct wr_fsm *f, int to);

static inline const char *wr_fsm_name(const struct wr_fsm *f)
{
    return f->def->names[f->state];
}

#endif
