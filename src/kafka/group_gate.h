/* group_gate.h -- keeps positions on their way from meeting a new generation of the group.
 *
 * A group's generation changes at the coordinator when the last member has joined again; positions
 * that arrive with the one before are refused, and their transaction must be aborted. So from just
 * before a member sends JoinGroup until what came of it has been published, positions wait: the
 * group port closes the gate and lets out who is inside, and the publisher opens it.
 *
 * The gate spares aborts and is not needed for exactness (rule R2 is), therefore all its waits are
 * bounded: a gate that nobody opens does so by itself, and who does not come out is not waited for
 * any longer. Threads that find it closed go on processing.
 *
 * Ownership: counted, since a client of the group port can outlive its handle. Thread: any.
 */
#ifndef WR_GROUP_GATE_H
#define WR_GROUP_GATE_H

#include "src/base/clock.h"

struct wr_group_gate;

struct wr_group_gate_limits {
    int64_t join_ms;  /* it stays closed if nothing comes of JoinGroup, or of several */
    int64_t drain_ms; /* a JoinGroup waits for those inside, perhaps twice */
};

struct wr_group_gate *wr_group_gate_new(struct wr_clock *clock,
                                        const struct wr_group_gate_limits *limits);
struct wr_group_gate *wr_group_gate_ref(struct wr_group_gate *g);
void wr_group_gate_unref(struct wr_group_gate *g); /* accepts NULL */

/* ---- for who commits ---- */

bool wr_group_gate_is_open(struct wr_group_gate *g);

/* Positions are about to be sent; false if it is closed. */
WR_MUST_CHECK bool wr_group_gate_enter(struct wr_group_gate *g);

/* They have been answered, or given up. */
void wr_group_gate_leave(struct wr_group_gate *g);

/* ---- for who knows the membership ---- */

/* The metadata of the present generation are published. */
void wr_group_gate_open(struct wr_group_gate *g);

/* ---- for the group port ---- */

/* JoinGroup may be sent within the next moment. Waits for those inside. A port whose client hands
 * the reason to join from thread to thread calls it on each: what one hand-over takes is a measure
 * for how long the moment may be on a machine that is busy. */
void wr_group_gate_before_join(struct wr_group_gate *g);

/* JoinGroup was sent. */
void wr_group_gate_joining(struct wr_group_gate *g);

enum {
    WR_GATE_MOMENT_MS = 10,    /* from the reason to join to JoinGroup, where nobody has to wait */
    WR_GATE_HANDOVERS = 4,     /* and so many hand-overs between threads, if the last one was */
    WR_GATE_HANDOVER_MAX = 50, /* not longer ago than this (ms) */
};

#endif
