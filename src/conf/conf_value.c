/* conf_value.c -- texts as values of a type, and types in words. Thread: any. */
#include "src/base/base.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "src/conf/conf_internal.h"
#include "src/kproto/topic_name.h"

struct unit {
    const char *name;
    int64_t factor;
};

static const struct unit durations[] = {{"", 1},      {"ms", 1},      {"s", 1000},
                                        {"m", 60000}, {"h", 3600000}, {"d", 86400000}};
static const struct unit sizes[] = {
    {"", 1}, {"B", 1}, {"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}};
static const struct unit plain[] = {{"", 1}};

/* A number with one of the units, within 64 bits. */
static bool parse_number(const char *text, const struct unit *units, size_t count, int64_t *out)
{
    char *end;
    errno = 0;
    long long v = strtoll(text, &end, 10);
    if (end == text || errno != 0 || isspace((unsigned char)text[0])) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (strcmp(end, units[i].name) == 0) {
            return !__builtin_mul_overflow(v, units[i].factor, out);
        }
    }
    return false;
}

static bool parse_scaled(const struct wr_setting *s, const char *text, int64_t *out)
{
    switch (s->type) {
    case WR_SETTING_DURATION:
        if (!parse_number(text, durations, WR_ARRAY_LEN(durations), out)) {
            return false;
        }
        *out = wr_min_i64(*out, WR_DURATION_MAX);
        return true;
    case WR_SETTING_SIZE:
        return parse_number(text, sizes, WR_ARRAY_LEN(sizes), out);
    default:
        return parse_number(text, plain, WR_ARRAY_LEN(plain), out);
    }
}

bool wr_setting_has_choice(const char *choices, const char *choice, size_t len, bool *built)
{
    for (const char *p = choices; *p != '\0';) {
        size_t n = strcspn(p, "|");
        size_t name = n - (p[n - 1] == '?');
        if (name == len && memcmp(p, choice, len) == 0) {
            if (built != NULL) {
                *built = name == n;
            }
            return true;
        }
        p += n + (p[n] == '|');
    }
    return false;
}

bool wr_setting_next_item(const char **rest, struct weir_bytes *item)
{
    const char *p = *rest;
    if (p == NULL) {
        return false;
    }
    size_t len = strcspn(p, ",");
    *rest = p[len] == ',' ? p + len + 1 : NULL;
    while (len > 0 && isspace((unsigned char)p[0])) {
        p++;
        len--;
    }
    while (len > 0 && isspace((unsigned char)p[len - 1])) {
        len--;
    }
    *item = weir_view(p, len);
    return true;
}

static bool check_choice(const struct wr_setting *s, struct weir_bytes v, struct wr_buf *why)
{
    bool built = true;
    if (!wr_setting_has_choice(s->choices, v.data, v.len, &built)) {
        wr_buf_printf(why, "\"%.*s\" is none of ", (int)v.len, (const char *)v.data);
        wr_setting_allowed(s, why);
        return false;
    }
    if (!built) {
        wr_buf_printf(why, "\"%.*s\" is not built yet; what there is: ", (int)v.len,
                      (const char *)v.data);
        wr_setting_allowed(s, why);
    }
    return built;
}

static bool check_list(const struct wr_setting *s, const char *text, struct wr_buf *why)
{
    const char *rest = text;
    struct weir_bytes item;
    while (wr_setting_next_item(&rest, &item)) {
        if (item.len == 0) {
            wr_buf_str(why, "an item of the list is empty");
            return false;
        }
        if (s->choices != NULL && !check_choice(s, item, why)) {
            return false;
        }
    }
    return true;
}

static bool check_number(const struct wr_setting *s, const char *text, int64_t *number,
                         struct wr_buf *why)
{
    bool read = parse_scaled(s, text, number);
    if (read && *number >= s->min && *number <= s->max) {
        return true;
    }
    if (read) {
        wr_buf_printf(why, "\"%s\" is too %s; allowed is ", text,
                      *number < s->min ? "small" : "large");
    } else {
        wr_buf_printf(why, "\"%s\" is no %s; allowed is ", text, wr_setting_type_text(s));
    }
    wr_setting_allowed(s, why);
    return false;
}

bool wr_setting_parse(const struct wr_setting *s, const char *text, int64_t *number,
                      struct wr_buf *why)
{
    switch (s->type) {
    case WR_SETTING_STRING:
        return true;
    case WR_SETTING_NAME:
        if (!wr_is_name(text)) {
            wr_buf_printf(why,
                          "\"%s\" is no name; names have letters, digits, '.', '_' and '-', at "
                          "most %d of them",
                          text, WR_NAME_MAX);
            return false;
        }
        return true;
    case WR_SETTING_BOOL:
        *number = strcasecmp(text, "true") == 0;
        if (*number == 0 && strcasecmp(text, "false") != 0) {
            wr_buf_printf(why, "\"%s\" is neither true nor false", text);
            return false;
        }
        return true;
    case WR_SETTING_ENUM:
        return check_choice(s, weir_str(text), why);
    case WR_SETTING_LIST:
        return check_list(s, text, why);
    case WR_SETTING_INT:
    case WR_SETTING_DURATION:
    case WR_SETTING_SIZE:
        return check_number(s, text, number, why);
    }
    return false;
}

const char *wr_setting_type_text(const struct wr_setting *s)
{
    static const char *const texts[] = {
        [WR_SETTING_STRING] = "text",
        [WR_SETTING_NAME] = "name",
        [WR_SETTING_INT] = "number",
        [WR_SETTING_BOOL] = "true or false",
        [WR_SETTING_ENUM] = "choice",
        [WR_SETTING_DURATION] = "duration (ms, or with s, m, h, d)",
        [WR_SETTING_SIZE] = "size (bytes, or with KiB, MiB, GiB)",
        [WR_SETTING_LIST] = "list (separated by commas)",
    };
    return texts[s->type];
}

void wr_setting_allowed(const struct wr_setting *s, struct wr_buf *out)
{
    bool number =
        s->type == WR_SETTING_INT || s->type == WR_SETTING_DURATION || s->type == WR_SETTING_SIZE;
    if (number && s->max == INT64_MAX) {
        wr_buf_printf(out, "%" PRId64 " or more", s->min);
    } else if (number) {
        wr_buf_printf(out, "%" PRId64 " to %" PRId64, s->min, s->max);
    }
    for (const char *p = s->choices; p != NULL && *p != '\0';) {
        size_t n = strcspn(p, "|");
        if (p[n - 1] != '?') {
            wr_buf_printf(out, "%s%.*s", p != s->choices ? ", " : "", (int)n, p);
        }
        p += n + (p[n] == '|');
    }
}
