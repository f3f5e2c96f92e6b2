/* foreign_names.c -- looking names up in passthrough.def and explained.def. */
#include "src/base/base.h"

#include <string.h>

#include "src/conf/foreign_names.h"

struct row {
    const char *pattern; /* a name, or the beginning of names and '*' */
    const char *text;
};

static const struct row passthrough[] = {
#define WR_PASSTHROUGH(pattern, scope) {pattern, scope},
#include "src/conf/passthrough.def"
#undef WR_PASSTHROUGH
};

static const struct row explained[] = {
#define WR_EXPLAINED(pattern, text) {pattern, text},
#include "src/conf/explained.def"
#undef WR_EXPLAINED
};

bool wr_name_fits(const char *name, const char *pattern)
{
    size_t len = strlen(pattern);
    return pattern[len - 1] == '*' ? strncmp(name, pattern, len - 1) == 0
                                   : strcmp(name, pattern) == 0;
}

static const char *text_of(const struct row *rows, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (wr_name_fits(name, rows[i].pattern)) {
            return rows[i].text;
        }
    }
    return NULL;
}

struct wr_foreign wr_foreign_look_up(const char *name)
{
    static const char topic[] = "topic.";
    static const char *const prefixes[] = {"consumer.", "main.consumer.", "restore.consumer.",
                                           "producer.", "admin.",         topic};
    struct wr_foreign f = {.bare = name};
    for (size_t i = 0; i < WR_ARRAY_LEN(prefixes); i++) {
        size_t len = strlen(prefixes[i]);
        if (strncmp(name, prefixes[i], len) == 0 && name[len] != '\0') {
            f.scope = prefixes[i];
            f.bare = name + len;
        }
    }
    if (f.scope != topic) {
        f.instead = text_of(explained, WR_ARRAY_LEN(explained), f.bare);
    }
    if (f.instead != NULL) {
        f.scope = NULL;
    } else if (f.scope == NULL) {
        f.scope = text_of(passthrough, WR_ARRAY_LEN(passthrough), name);
    }
    return f;
}

const char *wr_foreign_name(size_t i)
{
    if (i >= WR_ARRAY_LEN(passthrough)) {
        return NULL;
    }
    return strchr(passthrough[i].pattern, '*') == NULL ? passthrough[i].pattern : "";
}
