/* fuzz_journal.c -- the journal of a broker under libFuzzer: whatever a file says, the broker that
 * is loaded from it keeps its invariants, or is refused.
 *
 * The first byte says what the rest is: a file, whose records are taken as wr_journal_file_read
 * does (0), or a type, a length of two bytes and a payload each, so that no checksum stands in the
 * way; there a payload may be what the broker itself has recorded.
 */
#include "src/base/base.h"

#include <string.h>

#include "broker/broker.h"
#include "src/base/endian.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { NOW = 1000000, DAY = 86400000 };

static bool take(struct wr_broker *b, const struct wr_journal_record *r)
{
    struct weir_error err;
    bool taken = wr_broker_load(b, r, NOW, &err) == WEIR_OK;
    wr_assert(taken || err.code == WEIR_ECORRUPT);
    return taken;
}

/* True if all of it was taken. */
static bool take_file(struct wr_broker *b, struct weir_bytes rest)
{
    struct wr_journal_record r;
    while (wr_journal_read(rest, &r) == WR_JOURNAL_FOUND) {
        wr_assert(r.size <= rest.len && r.payload.len < r.size);
        if (!take(b, &r)) {
            return false;
        }
        rest = weir_view((const char *)rest.data + r.size, rest.len - r.size);
    }
    return true;
}

/* The checksum of a batch is not guessed either. */
static void repair_batch(char *payload, size_t len, size_t from)
{
    if (len >= from + WR_BATCH_HEADER) {
        char *batch = payload + from;
        wr_put_be32(batch + 8, (uint32_t)(len - from - 12));
        batch[16] = 2;
        wr_batch_set_max_time(batch, NOW, false);
    }
}

static bool take_payloads(struct wr_broker *b, const uint8_t *data, size_t size)
{
    enum { BEFORE_BATCH = 35 }; /* with a topic of two letters */
    struct wr_buf payload = {0};
    bool all = true;
    while (all && size >= 3) {
        size_t len = wr_min_size(wr_get_be16(data + 1), size - 3);
        wr_buf_reset(&payload);
        wr_buf_append(&payload, data + 3, len);
        if (data[0] == WR_JOURNAL_BATCH) {
            repair_batch(payload.data, len, BEFORE_BATCH);
        }
        all =
            take(b, &(struct wr_journal_record){.type = data[0], .payload = wr_buf_view(&payload)});
        data += 3 + len;
        size -= 3 + len;
    }
    wr_buf_free(&payload);
    return all;
}

/* What was loaded can be written, loaded again and lived with. */
static void use(struct wr_broker *b)
{
    struct wr_journal copy = {.on = true};
    struct wr_broker *second = wr_broker_new(&b->options, NOW);
    wr_broker_check(b);
    wr_broker_save(b, &copy);
    wr_assert(take_file(second, wr_buf_view(&copy.out)));
    wr_broker_check(second);
    wr_broker_free(second);
    wr_journal_free(&copy);
    wr_broker_restart(b, NOW);
    wr_broker_check(b);
    wr_broker_tick(b, NOW + 1);
    wr_broker_tick(b, NOW + 8LL * DAY);
    wr_broker_check(b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    struct wr_broker *b =
        wr_broker_new(&(struct wr_broker_options){.seed = 1, .hold_markers = true}, NOW);
    bool all = data[0] == 0 ? take_file(b, weir_view(data + 1, size - 1))
                            : take_payloads(b, data + 1, size - 1);
    if (all) {
        use(b);
    }
    wr_broker_free(b);
    return 0;
}
