/* reset_plan.h -- what a reset of an application does to its cluster: first found out, then done.
 *
 * The order of what is done: the group with all positions is deleted, then the internal topics,
 * then the new positions are set. Whatever ends the tool in between leaves something that can be
 * reset again, and an application that is started in between either refuses, because its changelogs
 * have rows and it has no positions, or begins as new where auto.offset.reset says. Thread: one.
 */
#ifndef WR_RESET_PLAN_H
#define WR_RESET_PLAN_H

#include "src/base/arena.h"
#include "src/base/ptrs.h"
#include "tools/cluster.h"
#include "tools/reset_target.h"

/* What is to be reset. */
struct wr_reset_request {
    const char *application;
    struct wr_ptrs inputs;    /* topics */
    struct wr_ptrs internals; /* topics */
    bool by_name;             /* no internals are known: those that are called so */
    struct wr_reset_target target;
};

struct wr_reset_move {
    const char *topic;
    int32_t partition;
    int64_t from; /* negative: none */
    int64_t to;
};

struct wr_reset_plan {
    struct wr_arena arena;
    struct wr_reset_move *moves;
    size_t move_count;
    struct wr_ptrs topics;  /* internal ones that exist: to be deleted */
    struct wr_ptrs missing; /* inputs that do not exist */
};

/* Find out; changes nothing. Waits for open transactions of the application. */
WR_MUST_CHECK enum weir_code wr_reset_plan_make(struct wr_reset_plan *p, struct wr_cluster *c,
                                                const struct wr_reset_request *r,
                                                struct weir_error *err);

/* Do it. WEIR_ESTATE, with nothing changed, while the group has members. */
WR_MUST_CHECK enum weir_code wr_reset_plan_do(const struct wr_reset_plan *p, struct wr_cluster *c,
                                              struct weir_error *err);

void wr_reset_plan_free(struct wr_reset_plan *p);

#endif
