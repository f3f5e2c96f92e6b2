/* topic_configs.c -- texts as values of topic configurations, and what follows from them.
 * Invariant: what is set was checked by canonical(), so that reading it cannot fail. */
#include "src/base/base.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "broker/topic_configs.h"
#include "src/base/buf.h"
#include "src/base/mem.h"
#include "src/base/num.h"

/* How DescribeConfigs numbers the types; lists of replicas are lists with a form of their own. */
enum config_type {
    BOOLEAN = 1,
    STRING = 2,
    INT = 3,
    LONG = 5,
    DOUBLE = 6,
    LIST = 7,
    REPLICAS = LIST | 0x10,
    TYPE_SHOWN = 0x0f,
};

struct config {
    const char *name;
    enum config_type type;
    const char *default_value;
    int64_t min;
    int64_t max;
    const char *choices;
    const char *doc;
};

static const struct config configs[WR_TOPIC_CONFIG_COUNT] = {
#define WR_TOPIC_CONFIG(id, ...) [WR_TOPIC_##id] = {__VA_ARGS__},
#include "broker/topic_configs.def"
#undef WR_TOPIC_CONFIG
};

static const struct config *find_config(const char *name)
{
    for (size_t i = 0; i < WR_ARRAY_LEN(configs); i++) {
        if (strcmp(configs[i].name, name) == 0) {
            return &configs[i];
        }
    }
    return NULL;
}

/* ---- lists ----------------------------------------------------------------------------------- */

static struct weir_bytes trimmed(const char *p, size_t len)
{
    while (len > 0 && isspace((unsigned char)p[0])) {
        p++;
        len--;
    }
    while (len > 0 && isspace((unsigned char)p[len - 1])) {
        len--;
    }
    return weir_view(p, len);
}

/* Where to begin with next_item; the empty text is an empty list. */
static const char *first_item(const char *list)
{
    return *list == '\0' ? NULL : list;
}

static bool next_item(const char **rest, const char *separator, struct weir_bytes *item)
{
    const char *p = *rest;
    if (p == NULL) {
        return false;
    }
    size_t len = strcspn(p, separator);
    *item = trimmed(p, len);
    *rest = p[len] == '\0' ? NULL : p + len + 1;
    return true;
}

static bool list_has(const char *list, const char *separator, struct weir_bytes wanted)
{
    struct weir_bytes item;
    for (const char *rest = first_item(list); next_item(&rest, separator, &item);) {
        if (weir_equal(item, wanted)) {
            return true;
        }
    }
    return false;
}

static void add_item(struct wr_buf *list, struct weir_bytes item)
{
    if (list->len > 0) {
        wr_buf_char(list, ',');
    }
    wr_buf_bytes(list, item);
}

/* ---- values ---------------------------------------------------------------------------------- */

/* Digits, which one point may be among. */
static size_t skip_digits(const char *p, bool point)
{
    size_t n = 0;
    while (isdigit((unsigned char)p[n]) || (point && p[n] == '.')) {
        point = point && p[n] != '.';
        n++;
    }
    return n;
}

static bool is_decimal(const char *text)
{
    const char *p = text + (*text == '-' || *text == '+');
    size_t digits = skip_digits(p, true);
    p += digits;
    if (digits > 1 || (digits == 1 && p[-1] != '.')) {
        if (*p != 'e' && *p != 'E') {
            return *p == '\0';
        }
        p++;
        p += *p == '-' || *p == '+';
        digits = skip_digits(p, false);
        return digits > 0 && p[digits] == '\0';
    }
    return false;
}

static bool is_replica(struct weir_bytes item)
{
    const char *p = item.data;
    size_t partition = skip_digits(p, false);
    if (partition == 0 || p[partition] != ':') {
        return false;
    }
    size_t broker = skip_digits(p + partition + 1, false);
    return broker > 0 && partition + 1 + broker == item.len;
}

static bool list_value(const struct config *c, const char *text, struct wr_buf *out)
{
    if (c->type == REPLICAS && strcmp(text, "*") == 0) {
        wr_buf_char(out, '*');
        return true;
    }
    struct weir_bytes item;
    for (const char *rest = first_item(text); next_item(&rest, ",", &item);) {
        bool fits = c->type == REPLICAS ? is_replica(item) : list_has(c->choices, "|", item);
        if (!fits) {
            return false;
        }
        if (!list_has(wr_buf_cstr(out), ",", item)) {
            add_item(out, item);
        }
    }
    return true;
}

static bool whole_value(const struct config *c, const char *text, struct wr_buf *out)
{
    char *end;
    errno = 0;
    long long v = strtoll(text, &end, 10);
    if (end == text || *end != '\0' || errno != 0 || v < c->min || v > c->max) {
        return false;
    }
    wr_buf_printf(out, "%lld", v);
    return true;
}

static bool double_value(const struct config *c, const char *text, struct wr_buf *out)
{
    if (!is_decimal(text)) {
        return false;
    }
    double v = wr_parse_f64(text);
    if (v < (double)c->min || v > (double)c->max) {
        return false;
    }
    char shown[WR_F64_TEXT_MAX];
    wr_format_f64(shown, v);
    /* Kafka shows doubles as Java does: 1.0, not 1. */
    wr_buf_printf(out, "%s%s", shown, strpbrk(shown, ".e") == NULL ? ".0" : "");
    return true;
}

/* Append to out what text is as a value of c; false if it is none. */
static bool read_value(const struct config *c, const char *text, struct wr_buf *out)
{
    switch (c->type) {
    case BOOLEAN:
        wr_buf_str(out, strcasecmp(text, "true") == 0    ? "true"
                        : strcasecmp(text, "false") == 0 ? "false"
                                                         : text);
        break;
    case INT:
    case LONG:
        if (!whole_value(c, text, out)) {
            return false;
        }
        break;
    case DOUBLE:
        return double_value(c, text, out);
    case LIST:
    case REPLICAS:
        return list_value(c, text, out);
    default:
        wr_buf_str(out, text);
    }
    return c->choices == NULL || list_has(c->choices, "|", wr_buf_view(out));
}

static void say_allowed(const struct config *c, struct wr_buf *why)
{
    if (c->choices != NULL) {
        wr_buf_printf(why, "%s of %s", c->type == LIST ? "a list" : "one", c->choices);
    } else if (c->type == REPLICAS) {
        wr_buf_str(why, "* or a list of partition:broker");
    } else {
        wr_buf_printf(why, "a number from %" PRId64 " to %" PRId64, c->min, c->max);
    }
}

/* The form in which text is kept, for wr_free; NULL with *why if it is no value of c. */
static char *canonical(const struct config *c, const char *text, struct wr_buf *why)
{
    struct wr_buf out = {0};
    struct weir_bytes inner = trimmed(text, strlen(text));
    char *value = wr_strndup(inner.data, inner.len);
    bool good = read_value(c, value, &out);
    wr_free(value);
    if (!good) {
        wr_buf_printf(why, "topic configuration \"%s\" cannot be \"%s\": it is ", c->name, text);
        say_allowed(c, why);
        wr_buf_free(&out);
        return NULL;
    }
    return wr_buf_steal(&out);
}

static const char *value_of(const struct wr_topic_values *v, size_t number)
{
    return v->set[number] != NULL ? v->set[number] : configs[number].default_value;
}

static int64_t number_of(const struct wr_topic_values *v, enum wr_topic_config_number number)
{
    return strtoll(value_of(v, number), NULL, 10);
}

static bool has_choice(const struct wr_topic_values *v, enum wr_topic_config_number number,
                       const char *choice)
{
    return list_has(value_of(v, number), ",", weir_str(choice));
}

/* ---- changes --------------------------------------------------------------------------------- */

void wr_topic_values_free(struct wr_topic_values *v)
{
    for (size_t i = 0; i < WR_ARRAY_LEN(v->set); i++) {
        wr_free(v->set[i]);
    }
    *v = (struct wr_topic_values){0};
}

void wr_topic_values_copy(struct wr_topic_values *out, const struct wr_topic_values *from)
{
    for (size_t i = 0; i < WR_ARRAY_LEN(out->set); i++) {
        out->set[i] = wr_strdup(from->set[i]);
    }
}

/* The list that APPEND or SUBTRACT makes of the present one. */
static char *changed_list(const char *present, const struct wr_config_change *change)
{
    struct wr_buf out = {0};
    struct weir_bytes item;
    for (const char *rest = first_item(present); next_item(&rest, ",", &item);) {
        if (change->op == WR_CONFIG_APPEND || !list_has(change->value, ",", item)) {
            add_item(&out, item);
        }
    }
    const char *more = change->op == WR_CONFIG_APPEND ? first_item(change->value) : NULL;
    while (next_item(&more, ",", &item)) {
        if (!list_has(present, ",", item)) {
            add_item(&out, item);
        }
    }
    return wr_buf_steal(&out);
}

static bool change_one(struct wr_topic_values *v, const struct wr_config_change *change,
                       struct wr_buf *why)
{
    const struct config *c = find_config(change->name);
    if (c == NULL && change->op == WR_CONFIG_DELETE) {
        return true; /* Kafka does not ask what it is that is not set */
    }
    if (c == NULL) {
        wr_buf_printf(why, "there is no topic configuration \"%s\"", change->name);
        return false;
    }
    if (change->op != WR_CONFIG_DELETE && change->value == NULL) {
        wr_buf_printf(why, "topic configuration \"%s\" has no value", c->name);
        return false;
    }
    size_t number = (size_t)(c - configs);
    char *value = NULL;
    if (change->op == WR_CONFIG_SET) {
        value = canonical(c, change->value, why);
    } else if (change->op != WR_CONFIG_DELETE) {
        if ((c->type & TYPE_SHOWN) != LIST) {
            wr_buf_printf(why, "topic configuration \"%s\" is no list", c->name);
            return false;
        }
        char *list = changed_list(value_of(v, number), change);
        value = canonical(c, list, why);
        wr_free(list);
    }
    if (value == NULL && change->op != WR_CONFIG_DELETE) {
        return false;
    }
    wr_free(v->set[number]);
    v->set[number] = value;
    return true;
}

static bool change_all(struct wr_topic_values *v, const struct wr_config_change *changes,
                       size_t count, struct wr_buf *why)
{
    for (size_t i = 0; i < count; i++) {
        if (!change_one(v, &changes[i], why)) {
            return false;
        }
    }
    if (number_of(v, WR_TOPIC_MIN_COMPACTION_LAG_MS) >
        number_of(v, WR_TOPIC_MAX_COMPACTION_LAG_MS)) {
        wr_buf_str(why, "min.compaction.lag.ms is greater than max.compaction.lag.ms");
        return false;
    }
    return true;
}

enum wr_kafka_error wr_topic_values_change(struct wr_topic_values *v,
                                           const struct wr_config_change *changes, size_t count,
                                           struct wr_buf *why)
{
    struct wr_topic_values next;
    wr_topic_values_copy(&next, v);
    if (!change_all(&next, changes, count, why)) {
        wr_topic_values_free(&next);
        return WR_KE_INVALID_CONFIG;
    }
    wr_topic_values_free(v);
    *v = next;
    return WR_KE_NONE;
}

/* ---- reading --------------------------------------------------------------------------------- */

void wr_topic_values_log_config(const struct wr_topic_values *v, struct wr_log_config *out)
{
    *out = (struct wr_log_config){
        .compact = has_choice(v, WR_TOPIC_CLEANUP_POLICY, "compact"),
        .remove = has_choice(v, WR_TOPIC_CLEANUP_POLICY, "delete"),
        .retention_ms = number_of(v, WR_TOPIC_RETENTION_MS),
        .retention_bytes = number_of(v, WR_TOPIC_RETENTION_BYTES),
        .segment_bytes = number_of(v, WR_TOPIC_SEGMENT_BYTES),
        .segment_ms = number_of(v, WR_TOPIC_SEGMENT_MS),
        .delete_retention_ms = number_of(v, WR_TOPIC_DELETE_RETENTION_MS),
        .min_compaction_lag_ms = number_of(v, WR_TOPIC_MIN_COMPACTION_LAG_MS),
        .max_message_bytes = number_of(v, WR_TOPIC_MAX_MESSAGE_BYTES),
        .min_cleanable_ratio = wr_parse_f64(value_of(v, WR_TOPIC_MIN_CLEANABLE_RATIO)),
        .log_append_time = has_choice(v, WR_TOPIC_TIMESTAMP_TYPE, "LogAppendTime"),
        .timestamp_before_max_ms = number_of(v, WR_TOPIC_TIMESTAMP_BEFORE_MAX_MS),
        .timestamp_after_max_ms = number_of(v, WR_TOPIC_TIMESTAMP_AFTER_MAX_MS),
    };
}

size_t wr_topic_values_list(const struct wr_topic_values *v, struct wr_arena *arena,
                            const struct wr_topic_config_entry **out)
{
    struct wr_topic_config_entry *list =
        wr_arena_alloc(arena, WR_TOPIC_CONFIG_COUNT * sizeof *list);
    for (size_t i = 0; i < WR_TOPIC_CONFIG_COUNT; i++) {
        list[i] = (struct wr_topic_config_entry){
            .name = configs[i].name,
            .value = value_of(v, i),
            .default_value = configs[i].default_value,
            .doc = configs[i].doc,
            .type = configs[i].type & TYPE_SHOWN,
            .is_default = v->set[i] == NULL,
        };
    }
    *out = list;
    return WR_TOPIC_CONFIG_COUNT;
}
