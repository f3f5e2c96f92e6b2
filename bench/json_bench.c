/* json_bench.c -- what judging a JSON value and reading fields of it costs.
 *
 * Prints the best of nine rounds, in nanoseconds an event: on a shared machine the best round is
 * the one that was disturbed least.
 */
#include "src/base/base.h"

#include <stdio.h>
#include <string.h>

#include "src/base/clock.h"
#include "src/data/codecs.h"

enum { EVENTS = 1000, LAPS = 400, ROUNDS = 9 };

static const struct {
    const char *name;
    const char *first;  /* a field near the beginning */
    const char *second; /* one near the end */
    const char *text;   /* ####: the number of the event */
} events[] = {
    {"click", "page_id", "timestamp",
     "{\"user_id\":\"user-####\",\"page_id\":\"/products/1234\",\"action\":\"click\","
     "\"amount\":12.75,\"timestamp\":1700000000000}"},
    {"nested", "order.id", "order.total",
     "{\"meta\": {\"source\": \"shop\", \"tags\": [\"a\", \"b\", \"c\"], \"note\": "
     "\"line\\nbreak\"}, "
     "\"order\": {\"id\": \"o-####\", \"items\": [{\"sku\": \"x1\", \"n\": 2, \"price\": 9.99}, "
     "{\"sku\": \"x2\", \"n\": 1, \"price\": 100}], \"total\": 119.98}}"},
};

static struct wr_arena arena;
static struct weir_bytes values[EVENTS];
static const struct weir_codec *json;
static struct weir_field *fields[2];
static volatile int64_t sink; /* keeps the compiler from leaving the work out */

static void validate_all(void)
{
    struct weir_error err;
    for (size_t i = 0; i < EVENTS; i++) {
        sink += json->ops->validate(json, values[i], &err);
    }
}

static void get_all(size_t count)
{
    struct weir_error err;
    for (size_t i = 0; i < EVENTS; i++) {
        for (size_t f = 0; f < count; f++) {
            struct weir_scalar out;
            sink += json->ops->get(fields[f], values[i], &arena, &out, &err);
            sink += out.type;
        }
    }
}

static void get_one(void)
{
    get_all(1);
}

static void get_two(void)
{
    get_all(2);
}

static void validate_and_get_two(void)
{
    validate_all();
    get_all(2);
}

static double best(void (*work)(void))
{
    int64_t least = INT64_MAX;
    for (int round = 0; round < ROUNDS; round++) {
        int64_t start = wr_mono_us();
        for (int lap = 0; lap < LAPS; lap++) {
            work();
        }
        least = wr_min_i64(least, wr_mono_us() - start);
    }
    return (double)least * 1000 / ((double)LAPS * EVENTS);
}

int main(void)
{
    json = wr_codec_builtin(WR_CODEC_JSON);
    for (size_t e = 0; e < WR_ARRAY_LEN(events); e++) {
        wr_arena_init(&arena, 1 << 20);
        for (size_t i = 0; i < EVENTS; i++) {
            char number[8];
            char *text = wr_arena_strdup(&arena, events[e].text);
            snprintf(number, sizeof number, "%04zu", i);
            memcpy(strstr(text, "####"), number, 4);
            values[i] = weir_str(text);
        }
        struct weir_error err = {.text = ""};
        if (wr_field_compile(&arena, json, events[e].first, &fields[0], &err) != WEIR_OK ||
            wr_field_compile(&arena, json, events[e].second, &fields[1], &err) != WEIR_OK ||
            json->ops->validate(json, values[0], &err) != WEIR_OK) {
            fprintf(stderr, "json_bench: %s\n", err.text);
            return 1;
        }
        printf("%s, %zu bytes: validate %.0f ns, get 1 field %.0f ns, get 2 fields %.0f ns, "
               "validate and get 2 fields %.0f ns\n",
               events[e].name, values[0].len, best(validate_all), best(get_one), best(get_two),
               best(validate_and_get_two));
        wr_arena_free(&arena);
    }
    return 0;
}
