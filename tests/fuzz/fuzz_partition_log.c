/* fuzz_partition_log.c -- a partition log under libFuzzer: no bytes of a client may break it, and
 * what it gives to readers are valid batches.
 *
 * The input is a byte of configuration and then calls: a byte for the call, two for the length of
 * what follows, that.
 */
#include "src/base/base.h"

#include <string.h>

#include "broker/partition_log.h"
#include "src/base/endian.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct world {
    struct wr_log_config config;
    struct wr_partition_log *log;
    struct wr_arena arena;
    struct wr_buf bytes;
    int64_t now;
};

static void append(struct world *w, struct weir_bytes batch, bool repair)
{
    struct wr_appended out;
    wr_buf_reset(&w->bytes);
    wr_buf_bytes(&w->bytes, batch);
    if (repair && batch.len >= WR_BATCH_HEADER) { /* else few inputs come past the checksum */
        wr_put_be32(w->bytes.data + 8, (uint32_t)(batch.len - 12));
        w->bytes.data[16] = 2;
        wr_batch_set_max_time(w->bytes.data, w->now, false);
    }
    struct wr_append a = {.batches = wr_buf_view(&w->bytes),
                          .now = w->now,
                          .coordinator = batch.len % 2 == 0 ? WR_KE_NONE : WR_KE_INVALID_TXN_STATE};
    (void)wr_partition_log_append(w->log, &a, &out);
}

static void mark(struct world *w, struct weir_bytes rest)
{
    const unsigned char *p = rest.data;
    if (rest.len >= 4) {
        struct wr_marker m = {.producer_id = p[0],
                              .producer_epoch = p[1],
                              .coordinator_epoch = p[2],
                              .commit = p[3] % 2 == 0};
        (void)wr_partition_log_mark(w->log, &m, w->now);
    }
}

static void read_batches(struct world *w, bool committed, size_t max_bytes)
{
    struct wr_log_read r = {.offset = wr_partition_log_start(w->log),
                            .max_bytes = max_bytes,
                            .at_least_one = true,
                            .committed = committed,
                            .out = &w->bytes};
    struct wr_batch b;
    for (;;) {
        wr_buf_reset(&w->bytes);
        wr_assert(wr_partition_log_read(w->log, &r, &w->arena) == WR_KE_NONE);
        struct weir_bytes rest = wr_buf_view(&w->bytes);
        if (rest.len == 0) {
            return;
        }
        while (rest.len != 0) {
            wr_assert(wr_batch_read(rest, &b) && wr_batch_valid(&b));
            wr_assert(wr_batch_last_offset(&b) >= r.offset);
            r.offset = wr_batch_last_offset(&b) + 1;
            rest = weir_view((const char *)rest.data + b.bytes.len, rest.len - b.bytes.len);
        }
    }
}

static void find_times(struct world *w, int64_t time)
{
    int64_t offset;
    int64_t found;
    wr_partition_log_find_time(w->log, time, true, &offset, &found);
    wr_assert(offset == -1 || (offset >= wr_partition_log_start(w->log) && found >= time));
    wr_partition_log_max_time(w->log, &offset, &found);
}

static void call(struct world *w, unsigned char what, struct weir_bytes rest)
{
    int64_t number = rest.len >= 8 ? (int64_t)wr_get_be64(rest.data) : (int64_t)rest.len;
    switch (what % 8) {
    case 0:
        append(w, rest, false);
        break;
    case 1:
    case 2:
        append(w, rest, true);
        break;
    case 3:
        mark(w, rest);
        break;
    case 4:
        (void)wr_partition_log_delete_before(w->log, number);
        break;
    case 5:
        w->now += what;
        wr_partition_log_clean(w->log, w->now, 100 + what);
        break;
    case 6:
        read_batches(w, what >= 128, rest.len);
        break;
    default:
        find_times(w, number);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    struct world w = {.config = {.compact = (data[0] & 1) != 0,
                                 .remove = (data[0] & 2) != 0,
                                 .log_append_time = (data[0] & 4) != 0,
                                 .retention_ms = (data[0] & 8) != 0 ? 100 : -1,
                                 .retention_bytes = (data[0] & 16) != 0 ? 500 : -1,
                                 .segment_bytes = 400,
                                 .segment_ms = 50,
                                 .delete_retention_ms = 20,
                                 .max_message_bytes = 1000,
                                 .timestamp_before_max_ms = INT64_MAX,
                                 .timestamp_after_max_ms = INT64_MAX},
                      .now = 1000};
    wr_arena_init(&w.arena, 1024);
    w.log = wr_partition_log_new(&w.config);
    data++;
    size--;
    while (size >= 3) {
        size_t len = wr_min_size(wr_get_be16(data + 1), size - 3);
        call(&w, data[0], weir_view(data + 3, len));
        wr_partition_log_check(w.log);
        w.now++;
        data += 3 + len;
        size -= 3 + len;
    }
    read_batches(&w, false, 300);
    wr_partition_log_free(w.log);
    wr_arena_free(&w.arena);
    wr_buf_free(&w.bytes);
    return 0;
}
