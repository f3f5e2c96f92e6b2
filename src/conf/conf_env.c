/* conf_env.c -- settings from environment variables. */
#include "src/base/base.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "src/base/buf.h"
#include "src/conf/conf_internal.h"
#include "src/conf/foreign_names.h"

static const char prefix[] = "WEIR_";
static const char file_suffix[] = "_FILE";

/* Variables that begin like settings and are none: of tests, and what Kubernetes sets in every
 * container beside a service named "weir". A '*' at the end stands for anything. */
static const char *const not_settings[] = {
    "WEIR_CONFIG",        "WEIR_SRCDIR",      "WEIR_BUILDDIR", "WEIR_FAILPOINTS",
    "WEIR_FAILPOINT_LOG", "WEIR_BROKEN_RULE", "WEIR_TEST_*",   "WEIR_SERVICE_HOST",
    "WEIR_SERVICE_PORT*", "WEIR_PORT",        "WEIR_PORT_*",
};

static bool is_no_setting(const char *name)
{
    for (size_t i = 0; i < WR_ARRAY_LEN(not_settings); i++) {
        if (wr_name_fits(name, not_settings[i])) {
            return true;
        }
    }
    return false;
}

const char *wr_conf_variable(char *const *environment, const char *name, size_t len)
{
    for (; *environment != NULL; environment++) {
        if (strncmp(*environment, name, len) == 0 && (*environment)[len] == '=') {
            return *environment + len + 1;
        }
    }
    return NULL;
}

void wr_conf_env_name(char out[WR_ENV_NAME_MAX], const char *name)
{
    const char *own = strncmp(name, "weir.", 5) == 0 ? name + 5 : name;
    int len = snprintf(out, WR_ENV_NAME_MAX, "%s%s", prefix, own);
    wr_assert(len < WR_ENV_NAME_MAX);
    for (char *p = out; *p != '\0'; p++) {
        int c = *p == '.' || *p == '-' ? '_' : toupper((unsigned char)*p);
        *p = (char)c;
    }
}

/* The setting that a variable is the name of; NULL if it is none of the tables. */
static const char *own_setting(const struct wr_conf *c, const char *variable)
{
    char env[WR_ENV_NAME_MAX];
    for (size_t i = 0; i < c->entries.count; i++) {
        const struct wr_conf_entry *e = c->entries.entries[i].value;
        if (e->setting != NULL) {
            wr_conf_env_name(env, e->setting->name);
            if (strcmp(env, variable) == 0) {
                return e->setting->name;
            }
        }
    }
    return NULL;
}

/* The name that a variable stands for: of a setting, else its own in lower case with dots, which is
 * how the client library writes all its names. Lives as long as the conf. */
static const char *setting_of(struct wr_conf *c, const char *variable)
{
    const char *own = own_setting(c, variable);
    if (own != NULL) {
        return own;
    }
    char *name = wr_arena_strdup(&c->arena, variable + strlen(prefix));
    for (char *p = name; *p != '\0'; p++) {
        int low = *p == '_' ? '.' : tolower((unsigned char)*p);
        *p = (char)low;
    }
    return name;
}

static bool ends_in_file(const char *variable)
{
    size_t len = strlen(variable);
    size_t suffix = strlen(file_suffix);
    return len > strlen(prefix) + suffix && strcmp(variable + len - suffix, file_suffix) == 0;
}

/* variable ends in _FILE and names a file with the value. */
static void set_from_file(struct wr_conf *c, struct wr_fs *fs, const char *variable,
                          const char *path, char *const *environment)
{
    struct wr_buf contents = {0};
    struct weir_error err;
    size_t len = strlen(variable) - strlen(file_suffix);
    char *plain = wr_arena_printf(&c->arena, "%.*s", (int)len, variable);
    if (wr_conf_variable(environment, plain, len) != NULL) {
        wr_conf_find(c, variable, "%s is set too; set only one of the two", plain);
    } else if (fs->read(fs, path, &contents, &err) != WEIR_OK) {
        wr_conf_find(c, variable, "%s", err.text);
    } else {
        while (contents.len > 0 && strchr("\r\n", contents.data[contents.len - 1]) != NULL) {
            contents.len--;
        }
        wr_conf_set(c, WR_CONF_ENV, variable, setting_of(c, plain), wr_buf_cstr(&contents));
    }
    wr_buf_free(&contents);
}

void wr_conf_load_env(struct wr_conf *c, struct wr_fs *fs, char *const *environment)
{
    for (char *const *entry = environment; *entry != NULL; entry++) {
        size_t len = strcspn(*entry, "=");
        if (strncmp(*entry, prefix, strlen(prefix)) != 0 || (*entry)[len] == '\0' ||
            (*entry)[len + 1] == '\0') {
            continue;
        }
        const char *variable = wr_arena_printf(&c->arena, "%.*s", (int)len, *entry);
        const char *value = *entry + len + 1;
        if (is_no_setting(variable)) {
            continue;
        }
        if (ends_in_file(variable) && own_setting(c, variable) == NULL) {
            set_from_file(c, fs, variable, value, environment);
        } else {
            wr_conf_set(c, WR_CONF_ENV, variable, setting_of(c, variable), value);
        }
    }
}
