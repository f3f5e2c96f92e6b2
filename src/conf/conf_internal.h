/* conf_internal.h -- what the files of the settings machinery share. */
#ifndef WR_CONF_INTERNAL_H
#define WR_CONF_INTERNAL_H

#include "src/base/arena.h"
#include "src/base/base.h"
#include "src/base/strmap.h"
#include "src/conf/conf.h"

/* One setting that is defined or was mentioned. */
struct wr_conf_entry {
    const struct wr_setting *setting; /* NULL: passed through */
    struct wr_conf_passed passed;     /* if so */
    const char *text;                 /* as it was written; NULL: no value */
    int64_t number;                   /* of INT, BOOL, DURATION and SIZE */
    enum wr_conf_origin origin;
    const char *where;
};

struct wr_conf {
    struct wr_arena arena;
    const struct wr_conf_table *const *tables;
    size_t table_count;
    struct wr_strmap entries;      /* by full name; struct wr_conf_entry */
    struct wr_conf_passed *passed; /* made by wr_conf_check */
    size_t passed_count;
    struct wr_conf_finding *findings;
    size_t finding_count;
    size_t finding_cap;
};

enum { WR_ENV_NAME_MAX = 128 };

/* The name of a setting's environment variable. */
void wr_conf_env_name(char out[WR_ENV_NAME_MAX], const char *name);

/* The value of the environment variable whose name is len bytes long, NULL if it is not set. */
const char *wr_conf_variable(char *const *environment, const char *name, size_t len);

/* Parse text as a value of s. False with the reason in why ("must be ..."), which never shows a
 * secret. */
bool wr_setting_parse(const struct wr_setting *s, const char *text, int64_t *number,
                      struct wr_buf *why);

/* Whether `choice` is one of "a|b|c?"; *built, if not NULL, says whether it may be used. */
bool wr_setting_has_choice(const char *choices, const char *choice, size_t len, bool *built);

/* The next item of a list, without the space around it: *rest moves on; false after the last. */
bool wr_setting_next_item(const char **rest, struct weir_bytes *item);

/* "duration (ms)", and which values are allowed (nothing if all are). */
const char *wr_setting_type_text(const struct wr_setting *s);
void wr_setting_allowed(const struct wr_setting *s, struct wr_buf *out);

/* The value as it may be shown; NULL if there is none. */
const char *wr_conf_shown(const struct wr_conf_entry *e);

/* The known name most like `name`, NULL if none is near. */
const char *wr_conf_nearest(const struct wr_conf *c, const char *name);

#endif
