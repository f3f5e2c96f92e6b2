/* findings.c -- collecting what is wrong with a topology. */
#include "src/base/base.h"

#include <stdarg.h>
#include <string.h>

#include "src/base/buf.h"
#include "topology/graph/findings.h"

void wr_finding(struct wr_findings *f, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    wr_ptrs_push(&f->texts, wr_arena_vprintf(f->arena, format, args));
    va_end(args);
}

bool wr_check_name(struct wr_findings *f, const char *what, const char *name)
{
    if (name == NULL || name[0] == '\0') {
        wr_finding(f, "%s without a name: every %s needs one; give it a name", what, what);
        return false;
    }
    if (strlen(name) > WR_NAME_MAX) {
        wr_finding(f, "%s \"%.40s...\": the name has %zu bytes and Kafka takes %d; shorten it",
                   what, name, strlen(name), WR_NAME_MAX);
        return false;
    }
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
        wr_finding(f, "%s \"%s\": Kafka does not take this name; choose another", what, name);
        return false;
    }
    if (!wr_is_name(name)) {
        wr_finding(f,
                   "%s \"%s\": the name has a byte that Kafka does not take in names; use "
                   "letters, digits, '.', '_' and '-' only",
                   what, name);
        return false;
    }
    return true;
}
