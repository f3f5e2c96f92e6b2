/* broken.h -- rules of the commit protocol that a test build breaks on purpose, to see that tests
 * notice.
 *
 * Only builds configured with --enable-broken-rules can. Which rules are broken is said by the
 * environment variable WEIR_BROKEN_RULE (R1, or R2,R12; none: all are kept), or by a test program.
 * More than one is for a rule whose breach another one mends. A name that is not a rule's ends the
 * process: a test that breaks nothing must not pass.
 */
#ifndef WR_BROKEN_H
#define WR_BROKEN_H

#include "src/base/base.h"

/* The rules that the code of some place can break. */
#define WR_RULES(X) X(R1) X(R2) X(R3) X(R4) X(R5) X(R6) X(R7) X(R9) X(R11) X(R12) X(R13)

enum wr_rule {
    WR_RULE_NONE,
#define WR_RULE_ENUM(name) WR_RULE_##name,
    WR_RULES(WR_RULE_ENUM)
#undef WR_RULE_ENUM
};

#ifdef WR_BREAKABLE
/* Break these rules, with commas between, from now on and no others; NULL: none. False, and nothing
 * changed, if one is no rule's name. Before threads start. */
bool wr_break(const char *rules);
bool wr_is_broken(enum wr_rule rule); /* Thread: any. */
#define WR_BROKEN(rule) wr_is_broken(WR_RULE_##rule)
#else
#define WR_BROKEN(rule) ((void)WR_RULE_##rule, false)
#endif

#endif
