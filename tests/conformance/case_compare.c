/* case_compare.c -- comparing member by member, and saying where two differ. */
#include "src/base/base.h"

#include <stdlib.h>
#include <string.h>

#include <weir/error.h>

#include "src/base/buf.h"
#include "tests/conformance/case_compare.h"

static const char *text(const json_t *json, const char *name)
{
    return json_string_value(json_object_get(json, name));
}

json_t *case_expected(const json_t *json)
{
    const char *name;
    json_t *value;
    json_t *wanted = json_copy(json_object_get(json, "expect"));
    json_object_foreach(json_object_get(json, "expect_weir"), name, value)
    {
        if (json_is_null(value)) {
            json_object_del(wanted, name);
        } else {
            json_object_set(wanted, name, value);
        }
    }
    return wanted;
}

/* ---- values ---------------------------------------------------------------------------------- */

static bool matches(const json_t *wanted, const json_t *got);

static bool lists_match(const json_t *wanted, const json_t *got)
{
    size_t i;
    const json_t *item;
    if (json_array_size(wanted) != json_array_size(got)) {
        return false;
    }
    json_array_foreach(wanted, i, item)
    {
        if (!matches(item, json_array_get(got, i))) {
            return false;
        }
    }
    return true;
}

/* Equal, but "*" stands for any text in what is wanted. */
static bool matches(const json_t *wanted, const json_t *got)
{
    const char *any = json_string_value(wanted);
    if (any != NULL && strcmp(any, "*") == 0) {
        return json_is_string(got);
    }
    return json_is_array(wanted) && json_is_array(got) ? lists_match(wanted, got)
                                                       : json_equal(wanted, got);
}

/* Only the headers of dead letters have texts that each implementation words for itself. */
static bool records_match(const json_t *wanted, const json_t *got)
{
    if (text(wanted, "key_hex") == NULL) {
        return json_equal(wanted, got);
    }
    json_t *a = json_copy((json_t *)wanted);
    json_t *b = json_copy((json_t *)got);
    bool same = matches(json_object_get(a, "headers"), json_object_get(b, "headers"));
    json_object_del(a, "headers");
    json_object_del(b, "headers");
    same = same && json_equal(a, b);
    json_decref(a);
    json_decref(b);
    return same;
}

static bool record_lists_match(const json_t *wanted, const json_t *got)
{
    size_t i;
    const json_t *record;
    if (json_array_size(wanted) != json_array_size(got)) {
        return false;
    }
    json_array_foreach(wanted, i, record)
    {
        if (!records_match(record, json_array_get(got, i))) {
            return false;
        }
    }
    return true;
}

/* ---- errors ---------------------------------------------------------------------------------- */

/* Which codes stand for the innermost exception of a running case. Whatever is wrong with a
 * topology is WEIR_ETOPOLOGY. */
static const struct {
    const char *root_class;
    enum weir_code code;
} classes[] = {
    {"SerializationException", WEIR_EDECODE},
    {"IllegalArgumentException", WEIR_EPROCESS}, /* thrown by a function of the application */
    {"StreamsException", WEIR_ETIME},            /* thrown for what an extractor throws */
    {"StreamsException", WEIR_EINVAL},           /* a child or a store that is not connected */
};

static bool codes_match(const char *root_class, const char *code)
{
    for (size_t i = 0; i < WR_ARRAY_LEN(classes); i++) {
        if (strcmp(classes[i].root_class, root_class) == 0 &&
            strcmp(weir_code_name(classes[i].code), code) == 0) {
            return true;
        }
    }
    return false;
}

static bool errors_match(const json_t *wanted, const json_t *got)
{
    const json_t *at = json_object_get(wanted, "at");
    if (!json_equal(at, json_object_get(got, "at"))) {
        return wanted == got; /* both NULL: there is none */
    }
    bool build = json_is_string(at) && strcmp(json_string_value(at), "build") == 0;
    return build ? strcmp(text(got, "code"), "WEIR_ETOPOLOGY") == 0
                 : codes_match(text(wanted, "root_class"), text(got, "code"));
}

/* The records of the steps before the one that failed: what that one gave need not be the same. */
static json_t *before_error(const json_t *records, const json_t *error)
{
    size_t i;
    json_t *record;
    json_t *out = json_array();
    json_int_t at = json_integer_value(json_object_get(error, "at"));
    json_array_foreach(records, i, record)
    {
        if (error == NULL || json_integer_value(json_object_get(record, "after_step")) < at) {
            json_array_append(out, record);
        }
    }
    return out;
}

/* ---- reporting ------------------------------------------------------------------------------- */

/* A description is shown as it is, lists and objects with one item a line. */
static void show(struct wr_buf *out, const json_t *value)
{
    if (json_is_string(value)) {
        wr_buf_printf(out, "%s\n", json_string_value(value));
        return;
    }
    if (json_is_array(value) && json_array_size(value) > 0) {
        size_t i;
        const json_t *item;
        json_array_foreach(value, i, item)
        {
            char *line = json_dumps(item, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
            wr_buf_printf(out, "  %s\n", line);
            free(line);
        }
        return;
    }
    char *line = value != NULL ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    wr_buf_printf(out, "  %s\n", line != NULL ? line : "none");
    free(line);
}

static void report(struct wr_buf *out, const char *member, const json_t *wanted, const json_t *got)
{
    wr_buf_printf(out, "%s, expected:\n", member);
    show(out, wanted);
    wr_buf_str(out, "came:\n");
    show(out, got);
}

static void compare_records(const json_t *wanted, const json_t *got, struct wr_buf *out)
{
    const json_t *error = json_object_get(wanted, "error");
    json_t *a = before_error(json_object_get(wanted, "records"), error);
    json_t *b = before_error(json_object_get(got, "records"), error);
    if (!record_lists_match(a, b)) {
        report(out, "records", a, b);
    }
    json_decref(a);
    json_decref(b);
}

char *case_compare(const json_t *wanted, const json_t *got)
{
    const char *name;
    json_t *value;
    struct wr_buf out = {0};
    const json_t *error = json_object_get(wanted, "error");
    if (!errors_match(error, json_object_get(got, "error"))) {
        report(&out, "error", error, json_object_get(got, "error"));
    }
    compare_records(wanted, got, &out);
    json_object_foreach((json_t *)wanted, name, value)
    {
        bool done = strcmp(name, "error") == 0 || strcmp(name, "records") == 0;
        if (!done && !json_equal(value, json_object_get(got, name))) {
            report(&out, name, value, json_object_get(got, name));
        }
    }
    return out.len > 0 ? wr_buf_steal(&out) : NULL;
}
