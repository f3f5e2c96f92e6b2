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

static unsigned broken; /* a bit per rule */
static pthread_once_t once = PTHREAD_ONCE_INIT;

static unsigned bit_of(const char *name, size_t len)
{
    for (size_t i = 1; i < WR_ARRAY_LEN(names); i++) {
        if (strncmp(names[i], name, len) == 0 && names[i][len] == '\0') {
            return 1U << i;
        }
    }
    return 0;
}

static bool choose(const char *rules)
{
    unsigned bits = 0;
    for (const char *p = rules; p != NULL; p = *p == ',' ? p + 1 : NULL) {
        size_t len = strcspn(p, ",");
        unsigned bit = bit_of(p, len);
        if (bit == 0) {
            return false;
        }
        bits |= bit;
        p += len;
    }
    broken = bits;
    return true;
}

static void read_environment(void)
{
    wr_assert(choose(getenv("WEIR_BROKEN_RULE")) && "WEIR_BROKEN_RULE: no such rule");
}

bool wr_break(const char *rules)
{
    pthread_once(&once, read_environment);
    return choose(rules);
}

bool wr_is_broken(enum wr_rule rule)
{
    pthread_once(&once, read_environment);
    return (broken >> rule & 1U) != 0;
}
#else
_Static_assert(WR_RULE_NONE == 0, "none is the default");
#endif
