/* reset_target.c -- where a reset puts the positions of inputs, and which topics it may delete. */
#include "src/base/base.h"

#include <stdlib.h>
#include <string.h>

#include "tools/reset_target.h"

#define TASKS "-tasks"
#define DURATION_MAX_MS INT64_C(315576000000000)

/* a + b, at the bounds where that would not fit. */
static int64_t add(int64_t a, int64_t b)
{
    int64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? (b > 0 ? INT64_MAX : 0) : sum;
}

int64_t wr_reset_position(const struct wr_reset_target *t, const struct wr_reset_facts *f)
{
    int64_t to = f->first;
    switch (t->kind) {
    case WR_RESET_EARLIEST:
        break;
    case WR_RESET_LATEST:
        to = f->end;
        break;
    case WR_RESET_OFFSET:
        to = t->value;
        break;
    case WR_RESET_SHIFT:
        to = add(f->committed >= 0 ? f->committed : f->first, t->value);
        break;
    case WR_RESET_TIME:
        to = f->of_time >= 0 ? f->of_time : f->end;
        break;
    }
    return wr_max_i64(f->first, wr_min_i64(to, f->end));
}

/* The next number with one of the units, which then begin behind it; false if there is something
 * else. */
static bool take_part(const char **at, const char **units, int64_t *ms)
{
    static const char names[] = "DHMS";
    static const int64_t lengths[] = {86400000, 3600000, 60000, 1000};
    char *end;
    int64_t n = **at >= '0' && **at <= '9' ? strtoll(*at, &end, 10) : -1;
    const char *unit = n >= 0 && *end != '\0' ? strchr(*units, *end) : NULL;
    if (unit == NULL || __builtin_mul_overflow(n, lengths[strchr(names, *unit) - names], &n) ||
        __builtin_add_overflow(*ms, n, ms)) {
        return false;
    }
    *at = end + 1;
    *units = unit + 1;
    return *ms <= DURATION_MAX_MS;
}

bool wr_reset_duration(const char *text, int64_t *ms)
{
    const char *units = "D";
    const char *at = text + 1;
    int64_t sum = 0;
    if (text[0] != 'P') {
        return false;
    }
    bool parts = *at != 'T' && *at != '\0';
    if (parts && !take_part(&at, &units, &sum)) {
        return false;
    }
    if (*at == 'T') {
        units = "HMS";
        at++;
        do {
            if (!take_part(&at, &units, &sum)) {
                return false;
            }
        } while (*at != '\0');
        parts = true;
    }
    if (!parts || *at != '\0') {
        return false;
    }
    *ms = sum;
    return true;
}

static bool begins_with(const char *text, const char *first, size_t len)
{
    return strncmp(text, first, len) == 0 && text[len] == '-';
}

static bool ends_with(const char *text, const char *last)
{
    size_t n = strlen(text);
    size_t len = strlen(last);
    return n >= len && strcmp(text + n - len, last) == 0;
}

size_t wr_reset_task_topic(const char *topic)
{
    return ends_with(topic, TASKS) ? strlen(topic) - strlen(TASKS) : 0;
}

bool wr_reset_is_internal(const char *topic, const char *application, const char *const *longer)
{
    static const char *const kinds[] = {"-changelog", "-repartition",
                                        "-subscription-registration-topic",
                                        "-subscription-response-topic"};
    size_t len = strlen(application);
    if (!begins_with(topic, application, len)) {
        return false;
    }
    for (; *longer != NULL; longer++) {
        if (begins_with(topic, *longer, strlen(*longer))) {
            return false;
        }
    }
    bool internal = strcmp(topic + len, TASKS) == 0;
    for (size_t i = 0; i < WR_ARRAY_LEN(kinds); i++) {
        internal |= ends_with(topic + len, kinds[i]);
    }
    return internal;
}
