/* log_kit.c -- a partition log for tests. */
#include "src/base/base.h"

#include "src/base/endian.h"
#include "tests/unit/broker/log_kit.h"
#include "tests/unit/suite.h"

void log_kit_init(struct log_kit *k)
{
    *k = (struct log_kit){.config = {.remove = true,
                                     .retention_ms = -1,
                                     .retention_bytes = -1,
                                     .segment_bytes = 1 << 20,
                                     .segment_ms = INT64_MAX,
                                     .delete_retention_ms = 1000,
                                     .max_message_bytes = 1 << 20,
                                     .min_cleanable_ratio = 0.0,
                                     .timestamp_before_max_ms = INT64_MAX,
                                     .timestamp_after_max_ms = INT64_MAX},
                          .now = 1000000};
    wr_arena_init(&k->arena, 4096);
    k->log = wr_partition_log_new(&k->config);
}

void log_kit_free(struct log_kit *k)
{
    wr_partition_log_free(k->log);
    wr_arena_free(&k->arena);
    wr_buf_free(&k->bytes);
    wr_buf_free(&k->text);
}

struct weir_bytes kit_build(struct log_kit *k, const struct kit_batch *b)
{
    struct wr_batch_builder builder;
    struct wr_batch head = {.attributes =
                                (uint16_t)((b->transactional ? WR_BATCH_TRANSACTIONAL : 0)),
                            .leader_epoch = -1,
                            .producer_id = b->producer != 0 ? b->producer : -1,
                            .producer_epoch = b->producer != 0 ? b->epoch : (int16_t)-1,
                            .base_sequence = b->producer != 0 ? b->sequence : -1};
    struct wr_batch_record r = {.time = b->time != 0 ? b->time : k->now,
                                .key = weir_str(b->key != NULL ? b->key : "k"),
                                .value = weir_str(b->value != NULL ? b->value : "v")};
    r.key = b->no_key ? WEIR_NULL : r.key;
    r.value = r.value.len == 0 ? WEIR_NULL : r.value;
    wr_buf_reset(&k->bytes);
    wr_batch_start(&builder, &k->bytes, &head);
    do {
        wr_batch_add(&builder, &r);
        r.offset++;
    } while (r.offset < b->count);
    wr_batch_finish(&builder);
    if (b->compression != 0) { /* the records are then only bytes */
        wr_put_be16(k->bytes.data + 21, (uint16_t)(head.attributes | b->compression));
        wr_batch_set_max_time(k->bytes.data, r.time, false);
    }
    return wr_buf_view(&k->bytes);
}

enum wr_kafka_error kit_append(struct log_kit *k, struct weir_bytes bytes)
{
    struct wr_append a = {
        .batches = bytes, .now = k->now, .leader_epoch = 5, .coordinator = WR_KE_NONE};
    enum wr_kafka_error error = wr_partition_log_append(k->log, &a, &k->appended);
    wr_partition_log_check(k->log);
    return error;
}

enum wr_kafka_error kit_send(struct log_kit *k, const struct kit_batch *b)
{
    enum wr_kafka_error error;
    if (b->marker != 0) {
        struct wr_marker m = {.producer_id = b->producer,
                              .producer_epoch = b->epoch,
                              .coordinator_epoch = b->coordinator_epoch,
                              .commit = b->marker == 'c'};
        error = wr_partition_log_mark(k->log, &m, k->now);
    } else {
        struct wr_append a = {.batches = kit_build(k, b),
                              .now = k->now,
                              .leader_epoch = 5,
                              .coordinator = b->unknown ? WR_KE_INVALID_TXN_STATE : WR_KE_NONE};
        error = wr_partition_log_append(k->log, &a, &k->appended);
    }
    wr_partition_log_check(k->log);
    return error;
}

/* ---- showing --------------------------------------------------------------------------------- */

/* Whether the batch belongs to an aborted transaction, as a consumer finds out. */
static bool is_aborted(const struct wr_batch *b, const struct wr_log_read *r)
{
    for (size_t i = 0; i < r->aborted_count; i++) {
        if (r->aborted[i].producer_id == b->producer_id &&
            r->aborted[i].first_offset <= b->base_offset) {
            return (b->attributes & WR_BATCH_TRANSACTIONAL) != 0;
        }
    }
    return false;
}

static void show_batch(struct log_kit *k, const struct wr_batch *b, bool records_only)
{
    struct wr_batch_iter it;
    struct wr_batch_record r;
    const char *space = k->text.len != 0 ? " " : "";
    if (b->count == 0 && !records_only) {
        wr_buf_printf(&k->text, "%s%lld-%lld:empty", space, (long long)b->base_offset,
                      (long long)wr_batch_last_offset(b));
    }
    wr_batch_iter_init(&it, b);
    while (wr_batch_next(&it, &r) == 1) {
        space = k->text.len != 0 ? " " : "";
        wr_buf_printf(&k->text, "%s%lld:", space, (long long)r.offset);
        if ((b->attributes & WR_BATCH_CONTROL) != 0) {
            wr_buf_str(&k->text, ((const char *)r.key.data)[3] == 1 ? "commit" : "abort");
            continue;
        }
        wr_buf_bytes(&k->text, r.key);
        if (!weir_is_null(r.value)) {
            wr_buf_char(&k->text, '=');
            wr_buf_bytes(&k->text, r.value);
        }
    }
}

static const char *show(struct log_kit *k, bool committed)
{
    struct wr_log_read r = {.offset = wr_partition_log_start(k->log),
                            .max_bytes = 1, /* batch by batch */
                            .at_least_one = true,
                            .committed = committed,
                            .out = &k->bytes};
    struct wr_batch b;
    wr_buf_reset(&k->text);
    for (;;) {
        wr_buf_reset(&k->bytes);
        ck_assert_int_eq(wr_partition_log_read(k->log, &r, &k->arena), WR_KE_NONE);
        if (k->bytes.len == 0) {
            return wr_buf_cstr(&k->text);
        }
        ck_assert(wr_batch_read(wr_buf_view(&k->bytes), &b));
        ck_assert_uint_eq(b.bytes.len, k->bytes.len);
        bool hidden = committed && ((b.attributes & WR_BATCH_CONTROL) != 0 || is_aborted(&b, &r));
        if (!hidden) {
            show_batch(k, &b, committed);
        }
        r.offset = wr_batch_last_offset(&b) + 1;
    }
}

const char *kit_show(struct log_kit *k)
{
    return show(k, false);
}

const char *kit_show_committed(struct log_kit *k)
{
    return show(k, true);
}
