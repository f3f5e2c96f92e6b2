/* broken.c -- which rule is broken, in test builds only. */
#include "src/base/base.h"

#include "src/base/broken.h"

#ifdef WR_BREAKABLE
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = {NULL,
#define WR_RULE_NAME(name) #name,
                                    WR_RULES(WR_RULE_NAME)
#undef WR_RULE_NAME
};

static enum wr_rule broken;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static bool choose(const char *rule)
{
    enum wr_rule found = WR_RULE_NONE;
    for (size_t i = 1; i < WR_ARRAY_LEN(names) && rule != NULL; i++) {
        found = strcmp(names[i], rule) == 0 ? (enum wr_rule)i : found;
    }
    broken = found;
    return rule == NULL || found != WR_RULE_NONE;
}

static void read_environment(void)
{
    wr_assert(choose(getenv("WEIR_BROKEN_RULE")) && "WEIR_BROKEN_RULE: no such rule");
}

bool wr_break(const char *rule)
{
    pthread_once(&once, read_environment);
    return choose(rule);
}

bool wr_is_broken(enum wr_rule rule)
{
    pthread_once(&once, read_environment);
    return broken == rule;
}
#else
_Static_assert(WR_RULE_NONE == 0, "none is the default");
#endif
