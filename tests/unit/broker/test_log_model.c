/* test_log_model.c -- random calls on a log, held against a list of records.
 *
 * The model keeps every record that was ever appended and what became of its transaction; it knows
 * nothing of batches in segments, indexes or compaction. A failure prints the seed of its run.
 */
#include "src/base/base.h"

#include <stdio.h>

#include "src/base/rng.h"
#include "tests/unit/broker/log_kit.h"
#include "tests/unit/suite.h"

enum { PRODUCERS = 5, KEYS = 6, RECORDS_MAX = 4000, STEPS = 400, KEPT = 5 };

enum fate { PLAIN, OPEN, COMMITTED, ABORTED };

struct model_record {
    bool marker;
    bool commit; /* of a marker */
    enum fate fate;
    int producer; /* -1: none */
    int key;
    int value; /* 0: a tombstone */
    int64_t time;
};

struct model_batch {
    int32_t sequence;
    int count;
    int64_t offset;
};

struct model_producer { /* 0 to 2 are transactional, 3 is idempotent, 4 has no id */
    bool known;
    bool open;
    int64_t txn_start;
    int16_t epoch;
    int32_t next;
    struct model_batch kept[KEPT]; /* the oldest first */
    int kept_count;
};

static struct {
    struct log_kit kit;
    struct wr_rng rng;
    uint64_t seed;
    struct model_record records[RECORDS_MAX];
    struct model_producer producers[PRODUCERS];
    int64_t start;
    int64_t end;
    int values;
    bool compact;
} m;

static int below(int bound)
{
    return (int)wr_rng_below(&m.rng, (uint64_t)bound);
}

#define FOR_SEED(cond)                                                                             \
    ck_assert_msg((cond), "seed %llu, end %lld: %s", (unsigned long long)m.seed, (long long)m.end, \
                  #cond)

static int64_t id_of(int producer)
{
    return producer == 4 ? -1 : 100 + 10 * producer;
}

/* ---- writing --------------------------------------------------------------------------------- */

static void encode_value(int value, char text[12])
{
    snprintf(text, 12, "%d", value);
}

/* Build what producer would send and append it; its records go into the model if they are taken. */
static enum wr_kafka_error send(int producer, int16_t epoch, int32_t sequence, int count)
{
    const bool transactional = producer < 3;
    struct model_record records[4];
    struct wr_batch_builder builder;
    const struct wr_batch head = {
        .attributes = transactional ? WR_BATCH_TRANSACTIONAL : 0,
        .producer_id = id_of(producer),
        .producer_epoch = producer == 4 ? (int16_t)-1 : epoch,
        .base_sequence = producer == 4 ? -1 : sequence,
    };
    wr_buf_reset(&m.kit.bytes);
    wr_batch_start(&builder, &m.kit.bytes, &head);
    for (int i = 0; i < count; i++) {
        char value[12];
        records[i] = (struct model_record){.fate = transactional ? OPEN : PLAIN,
                                           .producer = producer,
                                           .key = below(KEYS),
                                           .value = below(5) == 0 ? 0 : ++m.values,
                                           .time = m.kit.now - below(50)};
        char key = (char)('a' + records[i].key);
        encode_value(records[i].value, value);
        wr_batch_add(&builder, &(struct wr_batch_record){
                                   .offset = i,
                                   .time = records[i].time,
                                   .key = weir_view(&key, 1),
                                   .value = records[i].value != 0 ? weir_str(value) : WEIR_NULL});
    }
    wr_batch_finish(&builder);
    enum wr_kafka_error error = kit_append(&m.kit, wr_buf_view(&m.kit.bytes));
    if (error == WR_KE_NONE && !m.kit.appended.duplicate) {
        FOR_SEED(m.kit.appended.base_offset == m.end);
        memcpy(&m.records[m.end], records, (size_t)count * sizeof records[0]);
        m.end += count;
    }
    return error;
}

static void note_batch(struct model_producer *p, int32_t sequence, int count, int64_t offset)
{
    if (p->kept_count == KEPT) {
        memmove(&p->kept[0], &p->kept[1], (KEPT - 1) * sizeof p->kept[0]);
        p->kept_count--;
    }
    p->kept[p->kept_count++] =
        (struct model_batch){.sequence = sequence, .count = count, .offset = offset};
    p->next = (int32_t)(((uint32_t)sequence + (uint32_t)count) & INT32_MAX);
}

static void step_send(void)
{
    int producer = below(PRODUCERS);
    int count = 1 + below(4);
    struct model_producer *p = &m.producers[producer];
    if (producer != 4 && !p->known) { /* near the end of all sequences, to see them wrap around */
        p->next = below(2) == 0 ? 0 : INT32_MAX - below(6);
    }
    int64_t offset = m.end;
    FOR_SEED(send(producer, p->epoch, p->next, count) == WR_KE_NONE);
    if (producer == 4) {
        return;
    }
    p->known = true;
    note_batch(p, p->next, count, offset);
    if (producer < 3 && !p->open) {
        p->open = true;
        p->txn_start = offset;
    }
}

/* A producer that does not know that its batch was taken, or that lost one, or is a zombie. What a
 * first batch of a transaction leaves behind when it is refused has tests of its own. */
static void step_send_wrong(void)
{
    int producer = below(4);
    struct model_producer *p = &m.producers[producer];
    int64_t end = m.end;
    if (p->epoch > 0) {
        FOR_SEED(send(producer, (int16_t)(p->epoch - 1), p->next, 1) ==
                 WR_KE_INVALID_PRODUCER_EPOCH);
    }
    if (p->kept_count != 0 && (producer == 3 || p->open)) {
        const struct model_batch *again = &p->kept[below(p->kept_count)];
        int32_t gap = (int32_t)(((uint32_t)p->next + 1 + (uint32_t)below(9)) & INT32_MAX);
        FOR_SEED(send(producer, p->epoch, again->sequence, again->count) == WR_KE_NONE);
        FOR_SEED(m.kit.appended.duplicate && m.kit.appended.base_offset == again->offset);
        FOR_SEED(send(producer, p->epoch, gap, 1 + below(4)) == WR_KE_OUT_OF_ORDER_SEQUENCE_NUMBER);
    }
    FOR_SEED(m.end == end && wr_partition_log_end(m.kit.log) == end);
}

static void step_mark(void)
{
    int producer = below(3);
    struct model_producer *p = &m.producers[producer];
    struct wr_marker marker = {.producer_id = id_of(producer),
                               .producer_epoch = (int16_t)(p->epoch + (below(4) == 0)),
                               .coordinator_epoch = 1,
                               .commit = below(2) == 0};
    FOR_SEED(wr_partition_log_mark(m.kit.log, &marker, m.kit.now) == WR_KE_NONE);
    for (int64_t i = p->open ? p->txn_start : m.end; i < m.end; i++) {
        if (m.records[i].producer == producer && m.records[i].fate == OPEN) {
            m.records[i].fate = marker.commit ? COMMITTED : ABORTED;
        }
    }
    m.records[m.end++] = (struct model_record){
        .marker = true, .commit = marker.commit, .producer = producer, .time = m.kit.now};
    if (marker.producer_epoch != p->epoch) {
        p->epoch = marker.producer_epoch;
        p->kept_count = 0;
        p->next = 0;
    }
    p->known = true;
    p->open = false;
}

static void step_delete(void)
{
    int64_t to = m.start + below((int)(m.end - m.start) / 4 + 1);
    FOR_SEED(wr_partition_log_delete_before(m.kit.log, to) ==
             (m.compact ? WR_KE_POLICY_VIOLATION : WR_KE_NONE));
    m.start = m.compact ? m.start : wr_max_i64(m.start, to);
}

static void step_clean(void)
{
    m.kit.now += below(2000);
    wr_partition_log_clean(m.kit.log, m.kit.now, INT64_MAX);
    int64_t start = wr_partition_log_start(m.kit.log);
    FOR_SEED(start >= m.start && start <= m.end);
    m.start = start; /* retention: which segments there are is not the model's to know */
}

/* ---- reading --------------------------------------------------------------------------------- */

static int64_t model_stable(void)
{
    int64_t stable = m.end;
    for (int i = 0; i < 3; i++) {
        if (m.producers[i].open) {
            stable = wr_min_i64(stable, m.producers[i].txn_start);
        }
    }
    return wr_max_i64(stable, m.start);
}

/* One record as it was read against the one that was written. */
static void compare(const struct wr_batch *b, const struct wr_batch_record *r)
{
    const struct model_record *want = &m.records[r->offset];
    char value[12];
    FOR_SEED(r->offset < m.end && r->time == want->time);
    FOR_SEED(want->marker == ((b->attributes & WR_BATCH_CONTROL) != 0));
    FOR_SEED(b->producer_id == id_of(want->producer));
    if (want->marker) {
        FOR_SEED(((const char *)r->key.data)[3] == want->commit);
        return;
    }
    encode_value(want->value, value);
    FOR_SEED(r->key.len == 1 && *(const char *)r->key.data == 'a' + want->key);
    FOR_SEED(weir_equal(r->value, want->value != 0 ? weir_str(value) : WEIR_NULL));
}

static struct reader { /* a consumer */
    int64_t position;
    bool seen[RECORDS_MAX];
    int last[KEYS]; /* value; 0: none */
} reader;

/* Producers in aborted transactions, as a consumer keeps them while it goes over one answer. */
struct skips {
    struct wr_aborted list[64];
    bool active[64];
    size_t count;
};

static bool is_skipped(struct skips *s, const struct wr_batch *b)
{
    bool abort_marker = false;
    if ((b->attributes & WR_BATCH_CONTROL) != 0) {
        abort_marker = b->count != 0 && !m.records[wr_batch_last_offset(b)].commit;
    }
    bool skipped = false;
    for (size_t i = 0; i < s->count; i++) {
        s->active[i] = s->active[i] || (s->list[i].first_offset <= wr_batch_last_offset(b) &&
                                        s->list[i].producer_id == b->producer_id);
    }
    for (size_t i = 0; i < s->count; i++) {
        if (s->active[i] && s->list[i].producer_id == b->producer_id) {
            skipped = (b->attributes & WR_BATCH_TRANSACTIONAL) != 0;
            if (abort_marker) {
                s->list[i].producer_id = -1;
                break;
            }
        }
    }
    return skipped;
}

static void take_batch(const struct wr_batch *b, bool skip)
{
    struct wr_batch_iter it;
    struct wr_batch_record r;
    int more;
    FOR_SEED(wr_batch_valid(b) && wr_batch_last_offset(b) >= reader.position);
    wr_batch_iter_init(&it, b);
    while ((more = wr_batch_next(&it, &r)) == 1) {
        compare(b, &r);
        if (r.offset >= reader.position && !skip && !m.records[r.offset].marker) {
            reader.seen[r.offset] = true;
            reader.last[m.records[r.offset].key] = m.records[r.offset].value;
        }
    }
    FOR_SEED(more == 0);
    reader.position = wr_batch_last_offset(b) + 1;
}

/* Read from an offset to the end in answers of random size. */
static void read_all(int64_t from, bool committed)
{
    struct wr_batch b;
    memset(&reader, 0, sizeof reader);
    reader.position = from;
    for (;;) {
        struct skips skips = {0};
        struct wr_log_read r = {.offset = reader.position,
                                .max_bytes = (size_t)below(1500),
                                .at_least_one = true,
                                .committed = committed,
                                .out = &m.kit.bytes};
        wr_buf_reset(&m.kit.bytes);
        FOR_SEED(wr_partition_log_read(m.kit.log, &r, &m.kit.arena) == WR_KE_NONE);
        if (m.kit.bytes.len == 0) {
            return;
        }
        FOR_SEED(r.aborted_count <= WR_ARRAY_LEN(skips.list));
        for (; skips.count < r.aborted_count; skips.count++) {
            skips.list[skips.count] = r.aborted[skips.count];
        }
        struct weir_bytes rest = wr_buf_view(&m.kit.bytes);
        while (rest.len != 0) {
            FOR_SEED(wr_batch_read(rest, &b));
            take_batch(&b, committed && is_skipped(&skips, &b));
            rest = weir_view((const char *)rest.data + b.bytes.len, rest.len - b.bytes.len);
        }
    }
}

static bool visible(int64_t offset, bool committed)
{
    const struct model_record *r = &m.records[offset];
    return !r->marker && (!committed || r->fate == PLAIN || r->fate == COMMITTED);
}

static void step_read(void)
{
    bool committed = below(2) == 0;
    int64_t limit = committed ? model_stable() : m.end;
    int64_t from = m.start + below((int)(m.end - m.start) + 1);
    int last[KEYS] = {0};
    read_all(from, committed);
    for (int64_t o = from; o < m.end; o++) {
        bool want = o < limit && visible(o, committed);
        FOR_SEED(want || !reader.seen[o]);
        FOR_SEED(m.compact || !want || reader.seen[o]);
        if (want) {
            last[m.records[o].key] = m.records[o].value;
        }
    }
    for (int key = 0; key < KEYS; key++) {
        FOR_SEED(!committed || reader.last[key] == last[key]);
    }
}

static void step_find_time(void)
{
    bool committed = below(2) == 0;
    int64_t time = m.kit.now - below(2000);
    int64_t want = m.start;
    int64_t offset;
    int64_t found;
    while (want < m.end && m.records[want].time < time) {
        want++;
    }
    want = want < (committed ? model_stable() : m.end) ? want : -1;
    wr_partition_log_find_time(m.kit.log, time, committed, &offset, &found);
    FOR_SEED(m.compact || offset == want);
    FOR_SEED(offset < 0 || (m.records[offset].time == found && found >= time));
}

/* ---- runs ------------------------------------------------------------------------------------ */

static void configure(void)
{
    struct wr_log_config *c = &m.kit.config;
    m.compact = below(2) == 0;
    c->compact = m.compact;
    c->remove = !m.compact;
    c->segment_bytes = 400 + below(3000);
    c->segment_ms = below(2) == 0 ? 300 : INT64_MAX;
    c->retention_ms = below(2) == 0 ? 20000 : -1;
    c->retention_bytes = below(2) == 0 ? 8000 : -1;
    c->delete_retention_ms = below(3000);
    c->min_compaction_lag_ms = below(2) == 0 ? 400 : 0;
    c->min_cleanable_ratio = below(2) == 0 ? 0.3 : 0.0;
}

static void run(uint64_t seed)
{
    memset(&m, 0, sizeof m);
    m.seed = seed;
    wr_rng_seed(&m.rng, seed);
    log_kit_init(&m.kit);
    configure();
    for (int step = 0; step < STEPS; step++) {
        static void (*const steps[])(void) = {
            step_send, step_send,   step_send,  step_send, step_send_wrong, step_mark,
            step_mark, step_delete, step_clean, step_read, step_find_time};
        steps[below((int)WR_ARRAY_LEN(steps))]();
        m.kit.now += below(20);
        wr_arena_reset(&m.kit.arena);
        wr_partition_log_check(m.kit.log);
        FOR_SEED(wr_partition_log_start(m.kit.log) == m.start);
        FOR_SEED(wr_partition_log_end(m.kit.log) == m.end);
        FOR_SEED(wr_partition_log_stable(m.kit.log) == model_stable());
    }
    log_kit_free(&m.kit);
}

START_TEST(log_agrees_with_a_list)
{
    enum { RUNS = 25 };
    for (uint64_t i = 0; i < RUNS; i++) {
        run((uint64_t)_i * RUNS + i + 1);
    }
}
END_TEST

Suite *log_model_suite(void)
{
    Suite *s = suite_create("log_model");
    TCase *t = tcase_create("log_model");
    tcase_set_timeout(t, 120);
    tcase_add_loop_test(t, log_agrees_with_a_list, 0, 5);
    suite_add_tcase(s, t);
    return s;
}
