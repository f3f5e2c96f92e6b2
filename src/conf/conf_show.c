/* conf_show.c -- settings for people: explain, dump, and the reference made from the tables. */
#include "src/base/base.h"

#include <string.h>

#include <jansson.h>

#include "src/base/err.h"
#include "src/conf/conf_internal.h"
#include "src/conf/foreign_names.h"

static const char *const origins[] = {"default", "code", "file", "env", "flag"};

/* "default", or the origin and where it is. */
static void put_origin(const struct wr_conf_entry *e, struct wr_buf *out)
{
    wr_buf_str(out, origins[e->origin]);
    if (e->where != NULL && e->where[0] != '\0') {
        wr_buf_printf(out, " %s", e->where);
    }
}

/* ---- explain --------------------------------------------------------------------------------- */

/* e may be NULL: never mentioned. */
static void put_value(const struct wr_conf_entry *e, struct wr_buf *out)
{
    const char *shown = e != NULL ? wr_conf_shown(e) : NULL;
    if (shown == NULL) {
        wr_buf_str(out, "  value:    (none)\n");
        return;
    }
    wr_buf_printf(out, "  value:    %s (", shown);
    put_origin(e, out);
    wr_buf_str(out, ")\n");
}

static void explain_own(const struct wr_conf_entry *e, struct wr_buf *out)
{
    char env[WR_ENV_NAME_MAX];
    const struct wr_setting *s = e->setting;
    wr_buf_printf(out, "%s%s%s\n  %s\n\n  type:     %s\n", s->name,
                  (s->flags & WR_SETTING_REQUIRED) != 0 ? " (required)" : "",
                  (s->flags & WR_SETTING_DEPRECATED) != 0 ? " (deprecated)" : "", s->doc,
                  wr_setting_type_text(s));
    size_t before = out->len;
    wr_buf_str(out, "  allowed:  ");
    size_t empty = out->len;
    wr_setting_allowed(s, out);
    if (out->len == empty) {
        out->len = before;
    } else {
        wr_buf_char(out, '\n');
    }
    wr_conf_env_name(env, s->name);
    wr_buf_printf(out, "  default:  %s\n", s->initial != NULL ? s->initial : "(none)");
    put_value(e, out);
    wr_buf_printf(out, "  variable: %s\n", env);
}

static void explain_passed(const struct wr_conf *c, const char *name, const struct wr_foreign *f,
                           struct wr_buf *out)
{
    struct wr_buf full = {0};
    bool topic = strcmp(f->scope, "topic.") == 0;
    wr_buf_printf(&full, "%s%s", f->scope, f->bare);
    wr_buf_printf(out, "%s\n  Passed untouched to %s%s.\n\n", name,
                  topic ? "internal topics" : "the client library",
                  f->scope[0] == '\0' ? ", for all clients" : "");
    put_value(wr_strmap_get(&c->entries, wr_buf_cstr(&full)), out);
    wr_buf_free(&full);
}

enum weir_code wr_conf_explain(const struct wr_conf *c, const char *name, struct wr_buf *out,
                               struct weir_error *err)
{
    const struct wr_conf_entry *e = wr_strmap_get(&c->entries, name);
    if (e != NULL && e->setting != NULL) {
        explain_own(e, out);
        return WEIR_OK;
    }
    struct wr_foreign f = wr_foreign_look_up(name);
    if (f.instead != NULL) {
        wr_buf_printf(out, "%s\n  Not used here: %s.\n", name, f.instead);
        return WEIR_OK;
    }
    if (f.scope != NULL) {
        explain_passed(c, name, &f, out);
        return WEIR_OK;
    }
    const char *nearest = wr_conf_nearest(c, name);
    return nearest != NULL ? wr_fail(err, WEIR_ENOTFOUND,
                                     "unknown setting \"%s\"; did you mean \"%s\"?", name, nearest)
                           : wr_fail(err, WEIR_ENOTFOUND, "unknown setting \"%s\"", name);
}

/* ---- dump ------------------------------------------------------------------------------------ */

void wr_conf_dump_text(const struct wr_conf *c, struct wr_buf *out)
{
    int width = 0;
    for (size_t i = 0; i < c->entries.count; i++) {
        int len = (int)strlen(c->entries.entries[i].name);
        width = len > width ? len : width;
    }
    for (size_t i = 0; i < c->entries.count; i++) {
        const struct wr_conf_entry *e = c->entries.entries[i].value;
        const char *shown = wr_conf_shown(e);
        wr_buf_printf(out, "%-*s  %-24s  ", width, c->entries.entries[i].name,
                      shown != NULL ? shown : "-");
        put_origin(e, out);
        wr_buf_char(out, '\n');
    }
}

/* Text that is not UTF-8 has no form in JSON. */
static json_t *json_text(const char *text)
{
    json_t *v = json_string(text);
    return v != NULL ? v : json_null();
}

/* The value in the type that JSON has for it. */
static json_t *json_value(const struct wr_conf_entry *e)
{
    const char *shown = wr_conf_shown(e);
    if (shown == NULL) {
        return json_null();
    }
    if (e->setting == NULL || (e->setting->flags & WR_SETTING_SECRET) != 0) {
        return json_text(shown);
    }
    switch (e->setting->type) {
    case WR_SETTING_INT:
    case WR_SETTING_DURATION:
    case WR_SETTING_SIZE:
        return json_integer(e->number);
    case WR_SETTING_BOOL:
        return json_boolean(e->number != 0);
    case WR_SETTING_LIST: {
        json_t *list = json_array();
        struct weir_bytes item;
        while (wr_setting_next_item(&shown, &item)) {
            json_array_append_new(list, json_stringn(item.data, item.len));
        }
        return list;
    }
    default:
        return json_text(shown);
    }
}

static int append(const char *data, size_t size, void *out)
{
    wr_buf_append(out, data, size);
    return 0;
}

void wr_conf_dump_json(const struct wr_conf *c, struct wr_buf *out)
{
    json_t *settings = json_array();
    for (size_t i = 0; i < c->entries.count; i++) {
        const struct wr_conf_entry *e = c->entries.entries[i].value;
        json_t *one = json_object();
        json_object_set_new(one, "name", json_string(c->entries.entries[i].name));
        json_object_set_new(one, "value", json_value(e));
        json_object_set_new(one, "origin", json_string(origins[e->origin]));
        if (e->where != NULL) {
            json_object_set_new(one, "where", json_text(e->where));
        }
        json_array_append_new(settings, one);
    }
    json_t *all = json_object();
    json_object_set_new(all, "settings", settings);
    json_dump_callback(all, append, out, JSON_INDENT(2));
    wr_buf_char(out, '\n');
    json_decref(all);
}

/* ---- reference ------------------------------------------------------------------------------- */

static void put_cell(struct wr_buf *out, const char *text)
{
    for (const char *p = text; *p != '\0'; p++) {
        wr_buf_str(out, *p == '|' ? "\\" : "");
        wr_buf_char(out, *p);
    }
}

void wr_conf_docs_markdown(const struct wr_conf_table *table, struct wr_buf *out)
{
    wr_buf_printf(out, "## %s\n\n| Setting | Type | Default | Meaning |\n|---|---|---|---|\n",
                  table->title);
    for (size_t i = 0; i < table->count; i++) {
        const struct wr_setting *s = &table->settings[i];
        struct wr_buf allowed = {0};
        wr_setting_allowed(s, &allowed);
        wr_buf_printf(out, "| `%s` | %s%s%s | ", s->name, wr_setting_type_text(s),
                      allowed.len != 0 ? ": " : "", wr_buf_cstr(&allowed));
        if (s->initial != NULL) {
            wr_buf_printf(out, "`%s`", s->initial);
        } else {
            wr_buf_str(out, (s->flags & WR_SETTING_REQUIRED) != 0 ? "required" : "none");
        }
        wr_buf_str(out, " | ");
        put_cell(out, s->doc);
        wr_buf_str(out, " |\n");
        wr_buf_free(&allowed);
    }
}

/* Text of a man page: '-' and '\' are themselves, and no line begins with a request. */
static void put_roff(struct wr_buf *out, const char *text)
{
    if (*text == '.' || *text == '\'') {
        wr_buf_str(out, "\\&");
    }
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '-' || *p == '\\') {
            wr_buf_str(out, *p == '-' ? "\\-" : "\\e");
        } else {
            wr_buf_char(out, *p);
        }
    }
}

void wr_conf_docs_man(const struct wr_conf_table *table, struct wr_buf *out)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct wr_setting *s = &table->settings[i];
        struct wr_buf facts = {0};
        wr_buf_printf(&facts, "%s", wr_setting_type_text(s));
        size_t before = facts.len;
        wr_buf_str(&facts, ": ");
        wr_setting_allowed(s, &facts);
        facts.len = facts.len == before + 2 ? before : facts.len;
        if (s->initial != NULL) {
            wr_buf_printf(&facts, "; default %s", s->initial);
        } else {
            wr_buf_str(&facts, (s->flags & WR_SETTING_REQUIRED) != 0 ? "; required" : "");
        }
        wr_buf_str(out, ".TP\n.B ");
        put_roff(out, s->name);
        wr_buf_char(out, '\n');
        put_roff(out, s->doc);
        wr_buf_str(out, "\n.br\n(");
        put_roff(out, wr_buf_cstr(&facts));
        wr_buf_str(out, ")\n");
        wr_buf_free(&facts);
    }
}
