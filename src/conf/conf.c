/* conf.c -- the set of values: what is set by whom, what is wrong, and reading it. */
#include "src/base/base.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "src/base/err.h"
#include "src/base/mem.h"
#include "src/conf/conf_internal.h"
#include "src/conf/foreign_names.h"
#include "src/conf/nearest.h"
#include "src/obs/log.h"

/* ---- making and freeing ---------------------------------------------------------------------- */

static void add_table(struct wr_conf *c, const struct wr_conf_table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct wr_setting *s = &table->settings[i];
        struct wr_conf_entry *e = WR_ARENA_NEW(&c->arena, struct wr_conf_entry);
        struct wr_buf why = {0};
        e->setting = s;
        e->text = s->initial;
        wr_assert(s->initial == NULL || wr_setting_parse(s, s->initial, &e->number, &why));
        wr_assert(wr_strmap_put(&c->entries, s->name, e) && "a setting is defined once");
        wr_buf_free(&why);
    }
}

struct wr_conf *wr_conf_new(const struct wr_conf_table *const *tables, size_t count)
{
    struct wr_conf *c = WR_NEW(struct wr_conf);
    wr_arena_init(&c->arena, 16384);
    c->tables = tables;
    c->table_count = count;
    for (size_t i = 0; i < count; i++) {
        add_table(c, tables[i]);
    }
    return c;
}

void wr_conf_free(struct wr_conf *c)
{
    if (c != NULL) {
        wr_strmap_free(&c->entries);
        wr_free(c->passed);
        wr_free(c->findings);
        wr_arena_free(&c->arena);
        wr_free(c);
    }
}

/* ---- findings -------------------------------------------------------------------------------- */

static void add_finding(struct wr_conf *c, bool warning, const char *text)
{
    if (c->finding_count == c->finding_cap) {
        c->finding_cap = c->finding_cap != 0 ? c->finding_cap * 2 : 8;
        c->findings = wr_realloc_array(c->findings, c->finding_cap, sizeof *c->findings);
    }
    c->findings[c->finding_count++] = (struct wr_conf_finding){warning, text};
}

void wr_conf_find(struct wr_conf *c, const char *where, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    add_finding(c, false, wr_arena_printf(&c->arena, "%s: %s", where, text));
}

const struct wr_conf_finding *wr_conf_findings(const struct wr_conf *c, size_t *count)
{
    *count = c->finding_count;
    return c->findings;
}

const char *wr_conf_nearest(const struct wr_conf *c, const char *name)
{
    const char *nearest = NULL;
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < c->entries.count; i++) {
        const char *known = c->entries.entries[i].name;
        nearest = wr_is_nearer(name, known, &best) ? known : nearest;
    }
    const char *known = wr_foreign_name(0);
    for (size_t i = 0; known != NULL; known = wr_foreign_name(++i)) {
        nearest = known[0] != '\0' && wr_is_nearer(name, known, &best) ? known : nearest;
    }
    return nearest;
}

/* ---- setting --------------------------------------------------------------------------------- */

static void store(struct wr_conf *c, struct wr_conf_entry *e, enum wr_conf_origin origin,
                  const char *where, const char *text)
{
    e->text = wr_arena_strdup(&c->arena, text);
    e->origin = origin;
    e->where = wr_arena_strdup(&c->arena, where);
}

static void set_own(struct wr_conf *c, struct wr_conf_entry *e, enum wr_conf_origin origin,
                    const char *where, const char *value)
{
    const struct wr_setting *s = e->setting;
    struct wr_buf why = {0};
    int64_t number = 0;
    if (!wr_setting_parse(s, value, &number, &why)) {
        bool secret = (s->flags & WR_SETTING_SECRET) != 0;
        wr_conf_find(c, where, "wrong value of setting \"%s\": %s", s->name,
                     secret ? "not shown, because it is a secret" : wr_buf_cstr(&why));
    } else if (origin >= e->origin) {
        e->number = number;
        store(c, e, origin, where, value);
    }
    if ((s->flags & WR_SETTING_DEPRECATED) != 0) {
        add_finding(c, true,
                    wr_arena_printf(&c->arena, "%s: setting \"%s\" is deprecated: %s", where,
                                    s->name, s->doc));
    }
    wr_buf_free(&why);
}

static void set_passed(struct wr_conf *c, enum wr_conf_origin origin, const char *where,
                       struct wr_conf_passed given)
{
    char *full = wr_arena_printf(&c->arena, "%s%s", given.scope, given.name);
    struct wr_conf_entry *e = wr_strmap_get(&c->entries, full);
    if (e == NULL) {
        e = WR_ARENA_NEW(&c->arena, struct wr_conf_entry);
        e->passed = given;
        e->passed.name = full + strlen(given.scope);
        wr_strmap_put(&c->entries, full, e);
    }
    if (origin >= e->origin) {
        store(c, e, origin, where, given.value);
        e->passed.value = e->text;
    }
}

void wr_conf_set(struct wr_conf *c, enum wr_conf_origin origin, const char *where, const char *name,
                 const char *value)
{
    struct wr_conf_entry *e = wr_strmap_get(&c->entries, name);
    if (e != NULL && e->setting != NULL) {
        set_own(c, e, origin, where, value);
        return;
    }
    struct wr_foreign f = wr_foreign_look_up(name);
    if (f.instead != NULL) {
        wr_conf_find(c, where, "setting \"%s\" is not used here: %s", name, f.instead);
        return;
    }
    if (f.scope != NULL) {
        set_passed(c, origin, where, (struct wr_conf_passed){f.scope, f.bare, value});
        return;
    }
    /* The environment is shared with others: there, what looks like no setting may be none. */
    const char *nearest = wr_conf_nearest(c, name);
    add_finding(c, origin == WR_CONF_ENV && nearest == NULL,
                wr_arena_printf(&c->arena, "%s: unknown setting \"%s\"; %s%s%s", where, name,
                                nearest != NULL ? "did you mean \"" : "",
                                nearest != NULL ? nearest : "\"config dump\" shows all settings",
                                nearest != NULL ? "\"?" : ""));
}

/* ---- checking -------------------------------------------------------------------------------- */

static size_t count_errors(const struct wr_conf *c)
{
    size_t errors = 0;
    for (size_t i = 0; i < c->finding_count; i++) {
        errors += !c->findings[i].warning;
    }
    return errors;
}

static void check_required(struct wr_conf *c)
{
    char env[WR_ENV_NAME_MAX];
    for (size_t i = 0; i < c->entries.count; i++) {
        const struct wr_conf_entry *e = c->entries.entries[i].value;
        if (e->setting != NULL && (e->setting->flags & WR_SETTING_REQUIRED) != 0 &&
            e->text == NULL) {
            wr_conf_env_name(env, e->setting->name);
            wr_conf_find(c, e->setting->name,
                         "is required and has no value; set it in the file, as %s or by a flag",
                         env);
        }
    }
}

static void collect_passed(struct wr_conf *c)
{
    wr_free(c->passed);
    c->passed = wr_calloc(c->entries.count, sizeof *c->passed);
    c->passed_count = 0;
    for (size_t i = 0; i < c->entries.count; i++) {
        const struct wr_conf_entry *e = c->entries.entries[i].value;
        if (e->setting == NULL) {
            c->passed[c->passed_count++] = e->passed;
        }
    }
}

/* All findings in one text, a line each. */
static enum weir_code report(const struct wr_conf *c, size_t errors, struct weir_error *err)
{
    struct wr_buf text = {0};
    for (size_t i = 0; i < c->finding_count; i++) {
        if (!c->findings[i].warning) {
            wr_buf_printf(&text, "%s%s", errors > 1 ? "\n  " : "", c->findings[i].text);
        }
    }
    enum weir_code code = errors > 1
                              ? wr_fail(err, WEIR_ECONFIG, "%zu mistakes in the configuration:%s",
                                        errors, wr_buf_cstr(&text))
                              : wr_fail(err, WEIR_ECONFIG, "%s", wr_buf_cstr(&text));
    wr_buf_free(&text);
    return code;
}

enum weir_code wr_conf_check(struct wr_conf *c, struct weir_error *err)
{
    check_required(c);
    for (size_t i = 0; i < c->table_count; i++) {
        if (c->tables[i]->check != NULL) {
            c->tables[i]->check(c);
        }
    }
    collect_passed(c);
    size_t errors = count_errors(c);
    return errors != 0 ? report(c, errors, err) : WEIR_OK;
}

/* ---- reading --------------------------------------------------------------------------------- */

static const struct wr_conf_entry *entry_of(const struct wr_conf *c, const struct wr_setting *s)
{
    const struct wr_conf_entry *e = wr_strmap_get(&c->entries, s->name);
    wr_assert(e != NULL && e->setting == s);
    return e;
}

const char *wr_conf_text(const struct wr_conf *c, const struct wr_setting *s)
{
    return entry_of(c, s)->text;
}

int64_t wr_conf_int(const struct wr_conf *c, const struct wr_setting *s)
{
    const struct wr_conf_entry *e = entry_of(c, s);
    wr_assert(e->text != NULL);
    wr_assert(s->type == WR_SETTING_INT || s->type == WR_SETTING_DURATION ||
              s->type == WR_SETTING_SIZE);
    return e->number;
}

bool wr_conf_bool(const struct wr_conf *c, const struct wr_setting *s)
{
    const struct wr_conf_entry *e = entry_of(c, s);
    wr_assert(e->text != NULL && s->type == WR_SETTING_BOOL);
    return e->number != 0;
}

bool wr_conf_is(const struct wr_conf *c, const struct wr_setting *s, const char *choice)
{
    const char *rest = entry_of(c, s)->text;
    struct weir_bytes item;
    wr_assert(s->choices != NULL &&
              wr_setting_has_choice(s->choices, choice, strlen(choice), NULL));
    while (wr_setting_next_item(&rest, &item)) {
        if (weir_equal(item, weir_str(choice))) {
            return true;
        }
    }
    return false;
}

enum wr_conf_origin wr_conf_origin_of(const struct wr_conf *c, const struct wr_setting *s)
{
    return entry_of(c, s)->origin;
}

const struct wr_conf_passed *wr_conf_passed(const struct wr_conf *c, size_t *count)
{
    *count = c->passed_count;
    return c->passed;
}

const char *wr_conf_shown(const struct wr_conf_entry *e)
{
    if (e->text == NULL) {
        return NULL;
    }
    if (e->setting == NULL) {
        return wr_log_mask(e->passed.name, e->text);
    }
    return (e->setting->flags & WR_SETTING_SECRET) != 0 ? wr_log_mask("secret", e->text) : e->text;
}
