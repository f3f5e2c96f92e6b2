/* dead_letter.c -- policies and dead letters. */
#include "src/base/base.h"

#include "src/base/err.h"
#include "src/run/dead_letter.h"

enum wr_policy wr_policy_of(const struct wr_run_settings *s, enum weir_code code)
{
    switch (code) {
    case WEIR_EDECODE:
        return s->on_deserialization;
    case WEIR_ETIME:
        return s->on_timestamp;
    case WEIR_ETOOLARGE:
        return s->on_production;
    default:
        return s->on_processing;
    }
}

const char *wr_policy_setting(enum weir_code code)
{
    switch (code) {
    case WEIR_EDECODE:
        return "weir.errors.deserialization";
    case WEIR_ETIME:
        return "weir.errors.timestamp";
    case WEIR_ETOOLARGE:
        return "weir.errors.production";
    default:
        return "weir.errors.processing";
    }
}

void wr_dead_letter_keep(struct wr_dead_letter *d, const struct weir_record *r, enum weir_code code,
                         const char *reason, const char *where)
{
    if (d->arena.chunk_size == 0) {
        wr_arena_init(&d->arena, 4096);
    }
    wr_arena_reset(&d->arena);
    d->record = *r;
    d->record.key = wr_arena_bytes(&d->arena, r->key);
    d->record.value = wr_arena_bytes(&d->arena, r->value);
    d->record.topic = wr_arena_strdup(&d->arena, r->topic);
    struct weir_header *copy = wr_arena_alloc(&d->arena, r->headers.count * sizeof *copy);
    for (size_t i = 0; i < r->headers.count; i++) {
        copy[i].name = wr_arena_bytes(&d->arena, r->headers.items[i].name);
        copy[i].value = wr_arena_bytes(&d->arena, r->headers.items[i].value);
    }
    d->record.headers.items = copy;
    d->code = code;
    d->reason = wr_arena_strdup(&d->arena, reason);
    d->where = wr_arena_strdup(&d->arena, where);
}

void wr_dead_letter_free(struct wr_dead_letter *d)
{
    wr_arena_free(&d->arena);
    *d = (struct wr_dead_letter){0};
}

enum weir_code wr_dead_letter_send(struct wr_collector *c, const char *topic,
                                   const struct wr_dead_letter *d, struct wr_arena *scratch,
                                   struct weir_error *err)
{
    const struct weir_record *r = &d->record;
    const char *const added[][2] = {
        {"__streams.errors.exception", weir_code_name(d->code)},
        {"__streams.errors.message", d->reason},
        {"__streams.errors.stacktrace", d->where},
        {"__streams.errors.topic", r->topic},
        {"__streams.errors.partition", wr_arena_printf(scratch, "%d", (int)r->partition)},
        {"__streams.errors.offset", wr_arena_printf(scratch, "%lld", (long long)r->offset)},
    };
    size_t old = r->headers.count;
    struct weir_header *items =
        wr_arena_alloc(scratch, (old + WR_ARRAY_LEN(added)) * sizeof *items);
    for (size_t i = 0; i < old; i++) {
        items[i] = r->headers.items[i];
    }
    for (size_t i = 0; i < WR_ARRAY_LEN(added); i++) {
        items[old + i] = (struct weir_header){weir_str(added[i][0]), weir_str(added[i][1])};
    }
    struct weir_record letter = *r;
    letter.time = wr_max_i64(r->time, 0);
    letter.headers = (struct weir_headers){items, old + WR_ARRAY_LEN(added)};
    return wr_collector_send_to(c, topic, &letter, err);
}
