/* timestamp.c -- moments as people write them. */
#include "src/base/base.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "src/base/timestamp.h"

/* 0000-01-01 and 10000-01-01. */
#define FIRST_MS INT64_C(-62167219200000)
#define END_MS INT64_C(253402300800000)

enum { HOUR_MS = 3600000, MINUTE_MS = 60000, SECOND_MS = 1000 };

void wr_timestamp_format(char out[WR_TIMESTAMP_MAX], int64_t ms)
{
    struct tm t;
    if (ms < FIRST_MS || ms >= END_MS) {
        snprintf(out, WR_TIMESTAMP_MAX, "%lld", (long long)ms);
        return;
    }
    int rest = (int)(((ms % SECOND_MS) + SECOND_MS) % SECOND_MS);
    time_t seconds = (time_t)((ms - rest) / SECOND_MS);
    gmtime_r(&seconds, &t);
    snprintf(out, WR_TIMESTAMP_MAX, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ",
             (t.tm_year + 1900) % 10000, t.tm_mon + 1, t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec,
             rest);
}

/* Exactly `digits` digits, at least `min` and at most `max`; *at moves behind them. */
static bool number(const char **at, int digits, int min, int max, int *out)
{
    *out = 0;
    for (int i = 0; i < digits; i++, (*at)++) {
        if (**at < '0' || **at > '9') {
            return false;
        }
        *out = *out * 10 + (**at - '0');
    }
    return *out >= min && *out <= max;
}

static bool sign(const char **at, char c)
{
    bool there = **at == c;
    *at += there;
    return there;
}

static int days_of_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && leap);
}

static bool parse_fraction(const char **at, int *ms)
{
    *ms = 0;
    if (!sign(at, '.')) {
        return true;
    }
    size_t digits = strspn(*at, "0123456789");
    for (size_t i = 0; i < 3; i++) {
        *ms = *ms * 10 + (i < digits ? (*at)[i] - '0' : 0);
    }
    *at += digits;
    return digits >= 1 && digits <= 3;
}

static bool parse_zone(const char **at, int64_t *zone_ms)
{
    int hours;
    int minutes;
    *zone_ms = 0;
    if (**at == '\0' || sign(at, 'Z')) {
        return true;
    }
    bool west = **at == '-';
    if (!sign(at, '+') && !sign(at, '-')) {
        return false;
    }
    if (!number(at, 2, 0, 23, &hours)) {
        return false;
    }
    sign(at, ':');
    if (!number(at, 2, 0, 59, &minutes)) {
        return false;
    }
    *zone_ms = (west ? -1 : 1) * ((int64_t)hours * HOUR_MS + (int64_t)minutes * MINUTE_MS);
    return true;
}

bool wr_timestamp_parse(const char *text, int64_t *ms)
{
    struct tm t = {0};
    int year;
    int month;
    int fraction;
    int64_t zone;
    const char *at = text;
    bool whole =
        number(&at, 4, 0, 9999, &year) && sign(&at, '-') && number(&at, 2, 1, 12, &month) &&
        sign(&at, '-') && number(&at, 2, 1, days_of_month(year, month), &t.tm_mday) &&
        sign(&at, 'T') && number(&at, 2, 0, 23, &t.tm_hour) && sign(&at, ':') &&
        number(&at, 2, 0, 59, &t.tm_min) && sign(&at, ':') && number(&at, 2, 0, 59, &t.tm_sec) &&
        parse_fraction(&at, &fraction) && parse_zone(&at, &zone) && *at == '\0';
    if (whole) {
        t.tm_year = year - 1900;
        t.tm_mon = month - 1;
        *ms = (int64_t)timegm(&t) * SECOND_MS + fraction - zone;
    }
    return whole;
}
