/* application.c -- asking an application about itself. Nothing that it says is trusted. */
#include "src/base/base.h"

#include <jansson.h>

#include "src/base/err.h"
#include "src/base/mem.h"
#include "src/obs/log.h"
#include "tools/application.h"
#include "tools/child.h"

enum weir_code wr_application_ask(const struct wr_application *a, const char *const *words,
                                  struct wr_buf *answer, struct weir_error *err)
{
    struct wr_ptrs argv = {0};
    for (size_t i = 0; i < a->argv.count; i++) {
        wr_ptrs_push(&argv, a->argv.items[i]);
    }
    for (; *words != NULL; words++) {
        wr_ptrs_push(&argv, (void *)(uintptr_t)*words); /* exec takes them without const */
    }
    wr_ptrs_push(&argv, NULL);
    enum weir_code code = wr_child_run(answer, (char *const *)argv.items, a->timeout_ms, err);
    wr_ptrs_free(&argv);
    return code;
}

enum weir_code wr_application_describe(const struct wr_application *a, struct wr_description **out,
                                       struct weir_error *err)
{
    static const char *const words[] = {"describe", "-o", "json", NULL};
    struct wr_buf text = {0};
    enum weir_code code = wr_application_ask(a, words, &text, err);
    if (code == WEIR_OK) {
        code = wr_description_read(out, wr_buf_view(&text), err);
        if (code != WEIR_OK) {
            wr_fail_prefix(err, "\"%s describe -o json\" printed something else than a topology",
                           (char *)a->argv.items[0]);
        }
    }
    wr_buf_free(&text);
    return code;
}

/* ---- settings -------------------------------------------------------------------------------- */

/* A value as it would be written in a file; false if it has none. */
static bool put_value(json_t *value, struct wr_buf *out)
{
    size_t i;
    json_t *item;
    if (json_is_string(value)) {
        wr_buf_str(out, json_string_value(value));
    } else if (json_is_integer(value)) {
        wr_buf_printf(out, "%lld", (long long)json_integer_value(value));
    } else if (json_is_boolean(value)) {
        wr_buf_str(out, json_is_true(value) ? "true" : "false");
    } else if (json_is_array(value)) {
        json_array_foreach(value, i, item)
        {
            wr_buf_printf(out, "%s%s", i == 0 ? "" : ",",
                          json_is_string(item) ? json_string_value(item) : "");
        }
    }
    return !json_is_null(value);
}

static enum weir_code take_setting(json_t *from, struct wr_conf *conf, struct wr_ptrs *secrets,
                                   struct weir_error *err)
{
    json_error_t why;
    const char *name;
    const char *origin;
    json_t *value;
    struct wr_buf text = {0};
    if (json_unpack_ex(from, &why, 0, "{s:s, s:o, s:s}", "name", &name, "value", &value, "origin",
                       &origin) != 0) {
        return wr_fail(err, WEIR_EDECODE, "setting: %s", why.text);
    }
    if (strcmp(origin, "default") != 0 && put_value(value, &text)) {
        const char *shown = wr_buf_cstr(&text);
        if (wr_log_mask(name, shown) != shown) {
            wr_ptrs_push(secrets, wr_strdup(name));
        } else {
            wr_conf_set(conf, WR_CONF_FLAG, "the application", name, shown);
        }
    }
    wr_buf_free(&text);
    return WEIR_OK;
}

static enum weir_code read_settings(struct weir_bytes text, struct wr_conf *conf,
                                    struct wr_ptrs *secrets, struct weir_error *err)
{
    json_error_t why;
    json_t *all = json_loadb(text.data, text.len, JSON_REJECT_DUPLICATES, &why);
    json_t *settings = json_object_get(all, "settings");
    enum weir_code code = WEIR_OK;
    size_t i;
    json_t *one;
    if (!json_is_array(settings)) {
        code = wr_fail(err, WEIR_EDECODE, "%s", all == NULL ? why.text : "there are none");
    }
    json_array_foreach(settings, i, one)
    {
        if (code == WEIR_OK) {
            code = take_setting(one, conf, secrets, err);
        }
    }
    json_decref(all);
    return code;
}

enum weir_code wr_application_settings(const struct wr_application *a, struct wr_conf *conf,
                                       struct wr_ptrs *secrets, struct weir_error *err)
{
    static const char *const words[] = {"config", "dump", "-o", "json", NULL};
    struct wr_buf text = {0};
    enum weir_code code = wr_application_ask(a, words, &text, err);
    if (code == WEIR_OK) {
        code = read_settings(wr_buf_view(&text), conf, secrets, err);
        if (code != WEIR_OK) {
            wr_fail_prefix(err, "\"%s config dump -o json\" printed something else than settings",
                           (char *)a->argv.items[0]);
        }
    }
    wr_buf_free(&text);
    return code;
}
