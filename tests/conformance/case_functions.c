/* case_functions.c -- predicates, mappers, folds and extractors of the conformance cases. */
#include "src/base/base.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/endian.h"
#include "tests/conformance/case_functions.h"

/* ---- values ---------------------------------------------------------------------------------- */

int64_t case_long(struct weir_bytes b)
{
    wr_assert(b.len == 8);
    return (int64_t)wr_get_be64(b.data);
}

struct weir_bytes case_text(weir_ctx *c, enum case_type type, struct weir_bytes b)
{
    if (weir_is_null(b)) {
        return weir_str("null");
    }
    return type == CASE_LONG ? weir_format(c, "%" PRId64, case_long(b)) : b;
}

static bool text_is(weir_ctx *c, enum case_type type, struct weir_bytes b, const char *text)
{
    return weir_equal(case_text(c, type, b), weir_str(text));
}

static struct weir_bytes join(weir_ctx *c, struct weir_bytes a, const char *between,
                              struct weir_bytes b)
{
    return weir_format(c, "%.*s%s%.*s", (int)a.len, (const char *)a.data, between, (int)b.len,
                       (const char *)b.data);
}

/* Field n of a text split at '|'; null if it is missing or empty. */
struct weir_bytes case_field(weir_ctx *c, enum case_type type, struct weir_bytes b, long n)
{
    if (weir_is_null(b)) {
        return b;
    }
    struct weir_bytes text = case_text(c, type, b);
    const char *at = text.data;
    const char *end = at + text.len;
    for (; n > 0; n--) {
        const char *bar = memchr(at, '|', (size_t)(end - at));
        if (bar == NULL) {
            return WEIR_NULL;
        }
        at = bar + 1;
    }
    const char *bar = memchr(at, '|', (size_t)(end - at));
    size_t len = (size_t)((bar != NULL ? bar : end) - at);
    return len > 0 ? weir_view(at, len) : WEIR_NULL;
}

/* A whole text as a number; false if it is none. */
static bool parse_long(struct weir_bytes text, int64_t *out)
{
    char buffer[32];
    char *end;
    if (text.len == 0 || text.len >= sizeof buffer) {
        return false;
    }
    memcpy(buffer, text.data, text.len);
    buffer[text.len] = '\0';
    *out = strtoll(buffer, &end, 10);
    return *end == '\0' && !isspace((unsigned char)buffer[0]);
}

static int64_t utf16_units(struct weir_bytes text)
{
    int64_t units = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = ((const unsigned char *)text.data)[i];
        units += (byte & 0xc0) != 0x80; /* the first byte of a character */
        units += byte >= 0xf0;          /* which takes two units */
    }
    return units;
}

static size_t first_character(struct weir_bytes text)
{
    const unsigned char *p = text.data;
    size_t len = 1;
    while (len < text.len && (p[len] & 0xc0) == 0x80) {
        len++;
    }
    return len;
}

static struct weir_bytes upper(weir_ctx *c, struct weir_bytes text)
{
    char *copy = weir_scratch(c, text.len);
    for (size_t i = 0; i < text.len; i++) {
        copy[i] = (char)toupper(((const unsigned char *)text.data)[i]);
    }
    return weir_view(copy, text.len);
}

/* ---- predicates ------------------------------------------------------------------------------ */

static bool starts_with(struct weir_bytes text, const char *start)
{
    return text.len >= strlen(start) && memcmp(text.data, start, strlen(start)) == 0;
}

static bool value_test(weir_ctx *c, const struct case_function *f, struct weir_bytes v)
{
    if (weir_is_null(v)) {
        return false;
    }
    if (strcmp(f->name, "starts") == 0) {
        return starts_with(case_text(c, f->value, v), f->arg);
    }
    if (strcmp(f->name, "even") == 0) {
        return case_long(v) % 2 == 0;
    }
    if (strcmp(f->name, "gt") == 0) {
        return case_long(v) > strtoll(f->arg, NULL, 10);
    }
    wr_assert(strcmp(f->name, "shorter") == 0);
    return utf16_units(case_text(c, f->value, v)) < strtoll(f->arg, NULL, 10);
}

enum weir_code case_predicate(weir_ctx *c, const struct weir_record *r, bool *keep,
                              void *task_state)
{
    const struct case_function *f = task_state;
    if (strcmp(f->name, "any") == 0) {
        *keep = true;
    } else if (strcmp(f->name, "none") == 0) {
        *keep = false;
    } else if (strcmp(f->name, "key-null") == 0) {
        *keep = weir_is_null(r->key);
    } else if (strcmp(f->name, "value-null") == 0) {
        *keep = weir_is_null(r->value);
    } else if (strcmp(f->name, "key-is") == 0) {
        *keep = text_is(c, f->key, r->key, f->arg);
    } else if (strcmp(f->name, "value-is") == 0) {
        *keep = text_is(c, f->value, r->value, f->arg);
    } else {
        *keep = value_test(c, f, r->value);
    }
    return WEIR_OK;
}

/* ---- value and key functions ----------------------------------------------------------------- */

/* Those that give null for null. */
static struct weir_bytes map_present(weir_ctx *c, const char *name, const char *arg,
                                     const struct case_function *f, struct weir_bytes v)
{
    int64_t number;
    struct weir_bytes text = case_text(c, f->value, v);
    if (strcmp(name, "upper") == 0) {
        return upper(c, text);
    }
    if (strcmp(name, "append") == 0) {
        return join(c, text, arg, weir_str(""));
    }
    if (strcmp(name, "length") == 0) {
        return weir_put_i64(c, utf16_units(text));
    }
    if (strcmp(name, "text") == 0) {
        return text;
    }
    if (strcmp(name, "number") == 0) {
        return parse_long(text, &number) ? weir_put_i64(c, number) : WEIR_NULL;
    }
    if (strcmp(name, "add") == 0) {
        return weir_put_i64(c, case_long(v) + strtoll(arg, NULL, 10));
    }
    wr_assert(strcmp(name, "field") == 0);
    return case_field(c, f->value, v, strtol(arg, NULL, 10));
}

enum weir_code case_apply_value(weir_ctx *c, const char *name, const char *arg,
                                const struct case_function *f, const struct weir_record *r,
                                struct weir_bytes *out)
{
    struct weir_bytes v = r->value;
    if (strcmp(name, "same") == 0) {
        *out = v;
    } else if (strcmp(name, "null") == 0) {
        *out = WEIR_NULL;
    } else if (strcmp(name, "const") == 0) {
        *out = weir_str(arg);
    } else if (strcmp(name, "pair") == 0) {
        *out = join(c, case_text(c, f->key, r->key), "=", case_text(c, f->value, v));
    } else if (strcmp(name, "null-if") == 0) {
        *out = text_is(c, f->value, v, arg) ? WEIR_NULL : v;
    } else if (strcmp(name, "fail-if") == 0) {
        if (text_is(c, f->value, v, arg)) {
            return weir_fail(c, WEIR_EPROCESS, "fail-if:%s", arg);
        }
        *out = v;
    } else {
        *out = weir_is_null(v) ? v : map_present(c, name, arg, f, v);
    }
    return WEIR_OK;
}

enum weir_code case_apply_key(weir_ctx *c, const char *name, const char *arg,
                              const struct case_function *f, const struct weir_record *r,
                              struct weir_bytes *out)
{
    if (strcmp(name, "same") == 0) {
        *out = r->key;
    } else if (strcmp(name, "value") == 0) {
        *out = r->value;
    } else if (strcmp(name, "null") == 0) {
        *out = WEIR_NULL;
    } else if (strcmp(name, "const") == 0) {
        *out = weir_str(arg);
    } else if (strcmp(name, "text") == 0) {
        *out = weir_is_null(r->key) ? r->key : case_text(c, f->key, r->key);
    } else if (strcmp(name, "first") == 0) {
        struct weir_bytes text = case_text(c, f->value, r->value);
        bool none = weir_is_null(r->value) || text.len == 0;
        *out = none ? WEIR_NULL : weir_view(text.data, first_character(text));
    } else if (strcmp(name, "field") == 0) {
        *out = case_field(c, f->value, r->value, strtol(arg, NULL, 10));
    } else if (strcmp(name, "key-field") == 0) {
        *out = case_field(c, f->key, r->key, strtol(arg, NULL, 10));
    } else {
        wr_assert(strcmp(name, "pair") == 0);
        *out = join(c, case_text(c, f->key, r->key), "=", case_text(c, f->value, r->value));
    }
    return WEIR_OK;
}

enum case_type case_value_type(const char *name, enum case_type in)
{
    if (strcmp(name, "same") == 0 || strcmp(name, "null") == 0 || strcmp(name, "null-if") == 0 ||
        strcmp(name, "fail-if") == 0) {
        return in;
    }
    return strcmp(name, "length") == 0 || strcmp(name, "number") == 0 || strcmp(name, "add") == 0
               ? CASE_LONG
               : CASE_STRING;
}

enum case_type case_key_type(const char *name, enum case_type key, enum case_type value)
{
    if (strcmp(name, "same") == 0 || strcmp(name, "null") == 0) {
        return key;
    }
    return strcmp(name, "value") == 0 ? value : CASE_STRING;
}

enum weir_code case_map(weir_ctx *c, const struct weir_record *r, struct weir_record *out,
                        void *task_state)
{
    const struct case_function *f = task_state;
    enum weir_code code = case_apply_key(c, f->name, f->arg, f, r, &out->key);
    return code == WEIR_OK ? case_apply_value(c, f->name2, f->arg2, f, r, &out->value) : code;
}

enum weir_code case_map_value(weir_ctx *c, const struct weir_record *r, struct weir_record *out,
                              void *task_state)
{
    const struct case_function *f = task_state;
    return case_apply_value(c, f->name, f->arg, f, r, &out->value);
}

enum weir_code case_map_key(weir_ctx *c, const struct weir_record *r, struct weir_record *out,
                            void *task_state)
{
    const struct case_function *f = task_state;
    return case_apply_key(c, f->name, f->arg, f, r, &out->key);
}

enum weir_code case_peek(weir_ctx *c, const struct weir_record *r, void *task_state)
{
    (void)c;
    (void)r;
    (void)task_state;
    return WEIR_OK;
}

/* ---- flat-map -------------------------------------------------------------------------------- */

/* Forward one record per word; the word is its value, or its key and the key its value. */
static enum weir_code forward_words(weir_ctx *c, const struct weir_record *r, enum case_type type,
                                    bool to_keys)
{
    struct weir_bytes text = weir_is_null(r->value) ? weir_str("") : case_text(c, type, r->value);
    const char *at = text.data;
    const char *end = at + text.len;
    enum weir_code code = WEIR_OK;
    while (code == WEIR_OK && at < end) {
        const char *blank = memchr(at, ' ', (size_t)(end - at));
        const char *stop = blank != NULL ? blank : end;
        if (stop > at) {
            struct weir_record out = *r;
            out.value = to_keys ? r->key : weir_view(at, (size_t)(stop - at));
            out.key = to_keys ? weir_view(at, (size_t)(stop - at)) : r->key;
            code = weir_forward(c, &out);
        }
        at = stop + 1;
    }
    return code;
}

enum weir_code case_flat_map(weir_ctx *c, const struct weir_record *r, void *task_state)
{
    const struct case_function *f = task_state;
    if (strcmp(f->name, "nothing") == 0) {
        return WEIR_OK;
    }
    if (strcmp(f->name, "twice") == 0) {
        enum weir_code code = weir_forward(c, r);
        return code == WEIR_OK ? weir_forward(c, r) : code;
    }
    return forward_words(c, r, f->value, strcmp(f->name, "words-to-keys") == 0);
}

/* ---- folds ----------------------------------------------------------------------------------- */

enum case_type case_aggregate_type(const char *name)
{
    return strcmp(name, "concat") == 0 || strcmp(name, "null-if") == 0 ? CASE_STRING : CASE_LONG;
}

static struct weir_bytes fold_text(weir_ctx *c, const struct case_function *f,
                                   struct weir_bytes aggregate, struct weir_bytes v)
{
    bool concat = strcmp(f->name, "concat") == 0;
    if (!concat && text_is(c, f->value, v, f->arg)) {
        return WEIR_NULL;
    }
    return join(c, case_text(c, f->aggregate, aggregate),
                concat && f->arg[0] != '\0' ? f->arg : "+", case_text(c, f->value, v));
}

static int64_t fold_long(const struct case_function *f, int64_t aggregate, struct weir_bytes v)
{
    if (strcmp(f->name, "count") == 0) {
        return aggregate + 1;
    }
    if (strcmp(f->name, "uncount") == 0) {
        return aggregate - 1;
    }
    if (weir_is_null(v)) {
        return aggregate;
    }
    if (strcmp(f->name, "sum") == 0) {
        return aggregate + case_long(v);
    }
    if (strcmp(f->name, "subtract") == 0) {
        return aggregate - case_long(v);
    }
    if (strcmp(f->name, "max") == 0) {
        return wr_max_i64(aggregate, case_long(v));
    }
    wr_assert(strcmp(f->name, "min") == 0);
    return wr_min_i64(aggregate, case_long(v));
}

static struct weir_bytes fold(weir_ctx *c, const struct case_function *f,
                              struct weir_bytes aggregate, struct weir_bytes v)
{
    if (case_aggregate_type(f->name) == CASE_STRING) {
        return fold_text(c, f, aggregate, v);
    }
    return weir_put_i64(c, fold_long(f, case_long(aggregate), v));
}

enum weir_code case_fold_aggregate(weir_ctx *c, const struct weir_record *r,
                                   struct weir_bytes *aggregate, void *task_state)
{
    const struct case_function *f = task_state;
    if (weir_is_null(*aggregate)) {
        *aggregate = weir_view(f->init, f->init_len);
    }
    *aggregate = fold(c, f, *aggregate, r->value);
    return WEIR_OK;
}

enum weir_code case_fold_reduce(weir_ctx *c, const struct weir_record *r,
                                struct weir_bytes *aggregate, void *task_state)
{
    const struct case_function *f = task_state;
    if (strcmp(f->name, "last") == 0) {
        *aggregate = r->value;
    } else if (strcmp(f->name, "first") != 0) {
        *aggregate = fold(c, f, *aggregate, r->value);
    }
    return WEIR_OK;
}

/* ---- sinks and sources ----------------------------------------------------------------------- */

enum weir_code case_topic(weir_ctx *c, const struct weir_record *r, const char **topic,
                          void *task_state)
{
    const struct case_function *f = task_state;
    struct weir_bytes name;
    enum weir_code code = case_apply_key(c, f->name, f->arg, f, r, &name);
    if (code == WEIR_OK && !weir_is_null(name)) {
        *topic = weir_format(c, "%.*s", (int)name.len, (const char *)name.data).data;
    }
    return code;
}

enum weir_code case_drop_partitioner(weir_ctx *c, const struct weir_record *r, int32_t *partitions,
                                     int32_t count, int32_t *chosen, const void *arg)
{
    const struct case_function *f = arg;
    (void)partitions;
    (void)count;
    if (text_is(c, f->value, r->value, f->arg2)) {
        *chosen = 0;
    }
    return WEIR_OK;
}

enum weir_code case_time_value(weir_ctx *c, const struct weir_record *r, int64_t partition_time,
                               int64_t *time)
{
    (void)partition_time;
    if (!parse_long(case_field(c, CASE_STRING, r->value, 0), time)) {
        *time = -1;
    }
    return WEIR_OK;
}

enum weir_code case_time_value_or_partition_time(weir_ctx *c, const struct weir_record *r,
                                                 int64_t partition_time, int64_t *time)
{
    enum weir_code code = case_time_value(c, r, partition_time, time);
    if (*time < 0) {
        *time = partition_time;
    }
    return code;
}

enum weir_code case_time_value_or_fail(weir_ctx *c, const struct weir_record *r,
                                       int64_t partition_time, int64_t *time)
{
    enum weir_code code = case_time_value(c, r, partition_time, time);
    if (*time < 0) {
        return weir_fail(c, WEIR_EPROCESS, "the record has no time");
    }
    return code;
}
