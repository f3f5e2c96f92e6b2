/* broken.h -- rules of the commit protocol that a test build breaks on purpose, one at a time, to
 * see that tests notice.
 *
 * Only builds configured with --enable-broken-rules can. Which rule is broken is said by the
 * environment variable WEIR_BROKEN_RULE (R1, R2, ...; none: all are kept), or by a test program. A
 * name that is not a rule's ends the process: a test that breaks nothing must not pass.
 */
#ifndef WR_BROKEN_H
#define WR_BROKEN_H

#include "src/base/base.h"

/* The rules that the code of some place can break. */
#define WR_RULES(X) X(R1) X(R2) X(R3) X(R4) X(R5) X(R6) X(R7) X(R9) X(R11) X(R12)

enum wr_rule {
    WR_RULE_NONE,
#define WR_RULE_ENUM(name) WR_RULE_##name,
    WR_RULES(WR_RULE_ENUM)
#undef WR_RULE_ENUM
};

#ifdef WR_BREAKABLE
/* Break this rule from now on and no other; NULL: none. False if there is no rule of that name.
 * Before threads start. */
bool wr_break(const char *rule);
bool wr_is_broken(enum wr_rule rule); /* Thread: any. */
#define WR_BROKEN(rule) wr_is_broken(WR_RULE_##rule)
#else
#define WR_BROKEN(rule) ((void)WR_RULE_##rule, false)
#endif

#endif
