/* broker_kit.c -- random use of a broker. */
#include "src/base/base.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "tests/unit/broker/broker_kit.h"

enum { TIMEOUT = 5000, SESSION = 10000 };

struct wr_broker *broker_kit_broker(uint64_t seed, int64_t now)
{
    return wr_broker_new(&(struct wr_broker_options){.seed = seed,
                                                     .clean_interval_ms = 1000,
                                                     .producer_idle_ms = 60000,
                                                     .offsets_retention_ms = 100000,
                                                     .abort_scan_ms = 1000},
                         now);
}

void broker_kit_init(struct broker_kit *k, uint64_t seed)
{
    *k = (struct broker_kit){.now = BROKER_KIT_T0};
    k->broker = broker_kit_broker(seed, k->now);
    wr_rng_seed(&k->rng, seed);
    wr_arena_init(&k->arena, 4096);
    for (size_t i = 0; i < BROKER_KIT_PRODUCERS; i++) {
        k->producers[i] = (struct wr_producer_identity){-1, -1};
    }
}

void broker_kit_free(struct broker_kit *k)
{
    wr_broker_free(k->broker);
    wr_buf_free(&k->batch);
    wr_arena_free(&k->arena);
}

static size_t below(struct broker_kit *k, size_t bound)
{
    return (size_t)wr_rng_below(&k->rng, bound);
}

static bool chance(struct broker_kit *k, size_t one_in)
{
    return below(k, one_in) == 0;
}

static const char *any(struct broker_kit *k, const char *prefix, size_t count)
{
    return wr_arena_printf(&k->arena, "%s%zu", prefix, below(k, count));
}

/* ---- topics ---------------------------------------------------------------------------------- */

static const struct wr_topic_setting settings[] = {
    {"cleanup.policy", "compact"},  {"segment.ms", "10"},
    {"cleanup.policy", "delete"},   {"retention.ms", "20000"},
    {"delete.retention.ms", "500"}, {"min.cleanable.dirty.ratio", "0.01"},
};

void broker_kit_create(struct broker_kit *k, const char *topic)
{
    const char *why;
    struct wr_topic_spec spec = {.name = topic,
                                 .partitions = (int32_t)below(k, 3) + 1,
                                 .replication = -1,
                                 .settings = settings,
                                 .setting_count = below(k, WR_ARRAY_LEN(settings) + 1)};
    wr_topics_create(k->broker->topics, &spec, &why);
}

static void change_topic(struct broker_kit *k)
{
    const char *why;
    const char *topic = any(k, "t", 3);
    struct wr_topic_entry *e = wr_topics_find(k->broker->topics, topic);
    if (e == NULL) {
        broker_kit_create(k, topic);
    } else if (chance(k, 6)) {
        wr_broker_delete_topic(k->broker, topic);
    } else if (chance(k, 3) && e->partition_count < 5) {
        wr_topics_grow(k->broker->topics, topic, e->partition_count + 1, false, &why);
    } else {
        const struct wr_topic_setting *s = &settings[below(k, WR_ARRAY_LEN(settings))];
        struct wr_config_change change = {s->name, s->value, WR_CONFIG_SET};
        wr_topic_config_change(k->broker->topics, e, &change, 1, false, &why);
    }
}

/* ---- batches --------------------------------------------------------------------------------- */

static int32_t next_sequence(struct broker_kit *k, const char *topic, int32_t partition,
                             const struct wr_producer_identity *producer)
{
    const struct wr_log_producer *list;
    const struct wr_partition_log *log = wr_topics_partition(k->broker->topics, topic, partition);
    size_t count = log == NULL ? 0 : wr_partition_log_producers(log, &k->arena, &list);
    for (size_t i = 0; i < count; i++) {
        if (list[i].producer_id == producer->id && list[i].epoch == producer->epoch) {
            return list[i].last_sequence + 1;
        }
    }
    return 0;
}

/* producer is NULL for a plain one. */
static void send(struct broker_kit *k, const char *topic, int32_t partition,
                 const struct wr_producer_identity *producer, bool transactional)
{
    struct wr_batch head = {.magic = 2, .producer_id = -1, .producer_epoch = -1};
    struct wr_batch_builder builder;
    struct wr_appended appended;
    if (producer != NULL) {
        head.producer_id = producer->id;
        head.producer_epoch = producer->epoch;
        head.base_sequence = next_sequence(k, topic, partition, producer);
        head.attributes = transactional ? WR_BATCH_TRANSACTIONAL : 0;
    }
    wr_buf_reset(&k->batch);
    wr_batch_start(&builder, &k->batch, &head);
    size_t count = below(k, 3) + 1;
    for (size_t i = 0; i < count; i++) {
        struct wr_batch_record r = {.offset = (int64_t)i,
                                    .time = k->now - (int64_t)below(k, 50),
                                    .key = weir_str(any(k, "k", 5)),
                                    .value = chance(k, 4) ? WEIR_NULL : weir_str(any(k, "v", 100)),
                                    .headers = weir_view("", 1)};
        wr_batch_add(&builder, &r);
    }
    wr_batch_finish(&builder);
    wr_broker_produce(k->broker, topic, partition, wr_buf_view(&k->batch), k->now, &appended);
}

void broker_kit_produce(struct broker_kit *k, const char *topic, size_t bytes)
{
    struct wr_batch head = {.magic = 2, .producer_id = -1, .producer_epoch = -1};
    struct wr_batch_builder builder;
    struct wr_appended appended;
    char *value = wr_calloc(bytes, 1);
    struct wr_batch_record r = {.time = k->now,
                                .key = weir_str("k"),
                                .value = weir_view(value, bytes),
                                .headers = weir_view("", 1)};
    wr_buf_reset(&k->batch);
    wr_batch_start(&builder, &k->batch, &head);
    wr_batch_add(&builder, &r);
    wr_batch_finish(&builder);
    ck_assert_int_eq(
        wr_broker_produce(k->broker, topic, 0, wr_buf_view(&k->batch), k->now, &appended),
        WR_KE_NONE);
    wr_free(value);
}

static void delete_records(struct broker_kit *k)
{
    struct wr_partition_log *log =
        wr_topics_partition(k->broker->topics, any(k, "t", 3), (int32_t)below(k, 3));
    if (log != NULL) {
        int64_t left = wr_partition_log_end(log) - wr_partition_log_start(log);
        wr_partition_log_delete_before(log, wr_partition_log_start(log) +
                                                (int64_t)below(k, (size_t)left + 1));
    }
}

/* ---- transactions ---------------------------------------------------------------------------- */

static void commit_in_txn(struct broker_kit *k, const struct wr_txn_request *r, const char *group)
{
    struct wr_txn_commit commit = {.who = {.group = group, .generation = -1, .member = ""},
                                   .producer_id = r->producer.id,
                                   .producer_epoch = r->producer.epoch,
                                   .now = k->now};
    struct wr_offset_commit offsets[] = {
        {.topic = any(k, "t", 3), .partition = 0, .offset = (int64_t)below(k, 100)},
        {.topic = any(k, "t", 3), .partition = 1, .offset = 7, .metadata = "meta"}};
    wr_txns_add_group(k->broker->txns, r, group);
    wr_broker_txn_commit(k->broker, &commit, offsets, 2);
}

static void step_txn(struct broker_kit *k)
{
    static const struct wr_producer_identity none = {-1, -1};
    size_t i = below(k, BROKER_KIT_PRODUCERS - 1);
    struct wr_txn_request r = {
        .id = wr_arena_printf(&k->arena, "app%zu", i), .producer = k->producers[i], .now = k->now};
    struct wr_txn_partition p = {.topic = any(k, "t", 3), .partition = (int32_t)below(k, 2)};
    switch (k->producers[i].id < 0 ? 0 : below(k, 6)) {
    case 0:
        wr_txns_init(k->broker->txns, r.id, TIMEOUT, &none, k->now, &k->producers[i]);
        break;
    case 1:
        wr_txns_end(k->broker->txns, &r, chance(k, 2));
        break;
    case 2:
        commit_in_txn(k, &r, any(k, "g", 2));
        break;
    default:
        wr_txns_add_partitions(k->broker->txns, &r, &p, 1);
        send(k, p.topic, p.partition, &r.producer, true);
    }
}

static void send_idempotent(struct broker_kit *k)
{
    static const struct wr_producer_identity none = {-1, -1};
    struct wr_producer_identity *producer = &k->producers[BROKER_KIT_PRODUCERS - 1];
    if (producer->id < 0 || chance(k, 20)) {
        wr_txns_init(k->broker->txns, NULL, 0, &none, k->now, producer);
    }
    send(k, any(k, "t", 3), 0, producer, false);
}

/* ---- groups ---------------------------------------------------------------------------------- */

static void joined(void *arg, const struct wr_join_answer *a)
{
    struct broker_kit *k = arg;
    snprintf(k->member, sizeof k->member, "%s", a->member);
    k->generation = a->generation;
}

static void synced(void *arg, const struct wr_sync_answer *a)
{
    WR_UNUSED(arg);
    WR_UNUSED(a);
}

static void join(struct broker_kit *k, struct wr_group_client who,
                 const struct wr_group_waiter *waiter)
{
    struct wr_group_protocol protocol = {"range", weir_view("\0\0\0\0\0\1\0\2t0\0\0\0\0", 14)};
    who.instance = chance(k, 3) ? "static" : NULL;
    who.member = chance(k, 2) ? "" : who.member;
    wr_groups_join(k->broker->groups,
                   &(struct wr_join_request){.who = who,
                                             .client_id = "client",
                                             .host = "/127.0.0.1",
                                             .protocol_type = "consumer",
                                             .protocols = &protocol,
                                             .protocol_count = 1,
                                             .session_ms = SESSION,
                                             .rebalance_ms = SESSION,
                                             .now = k->now},
                   waiter);
}

static void step_member(struct broker_kit *k)
{
    struct wr_group_client who = {.group = "c", .generation = k->generation, .member = k->member};
    struct wr_group_waiter waiter = {k, k, joined, synced};
    struct wr_sync_assignment assignment = {k->member, weir_str("assigned")};
    switch (below(k, 4)) {
    case 0:
        join(k, who, &waiter);
        break;
    case 1:
        wr_groups_leave(k->broker->groups, &who, k->now);
        break;
    default:
        wr_groups_sync(
            k->broker->groups,
            &(struct wr_sync_request){
                .who = who, .assignments = &assignment, .assignment_count = 1, .now = k->now},
            &waiter);
    }
}

static void step_offsets(struct broker_kit *k)
{
    const char *group = any(k, "g", 2);
    struct wr_group_client who = {.group = group, .generation = -1, .member = ""};
    struct wr_offset_commit offsets[] = {
        {.topic = any(k, "t", 3), .partition = 0, .offset = (int64_t)below(k, 100)},
        {.topic = any(k, "t", 3), .partition = 2, .offset = 8, .metadata = "note"}};
    switch (below(k, 6)) {
    case 0:
        wr_groups_delete_offset(k->broker->groups, group, offsets[0].topic, 0);
        break;
    case 1:
        wr_groups_delete(k->broker->groups, group);
        break;
    default:
        wr_groups_commit(k->broker->groups, &who, offsets, 2, k->now);
    }
}

/* ---- steps ----------------------------------------------------------------------------------- */

static void pass_time(struct broker_kit *k)
{
    static const int64_t day = 86400000;
    k->now += chance(k, 60) ? 8 * day : chance(k, 30) ? 700000 : (int64_t)below(k, 1500);
    wr_broker_tick(k->broker, k->now);
    if (chance(k, 20)) {
        wr_broker_restart(k->broker, k->now);
    }
}

void broker_kit_step(struct broker_kit *k)
{
    wr_arena_reset(&k->arena);
    switch (below(k, 20)) {
    case 0:
        change_topic(k);
        break;
    case 1:
        delete_records(k);
        break;
    case 2:
    case 3:
        step_offsets(k);
        break;
    case 4:
    case 5:
        step_member(k);
        break;
    case 6:
    case 7:
        send_idempotent(k);
        break;
    case 8:
    case 9:
    case 10:
        pass_time(k);
        break;
    case 11:
    case 12:
        send(k, any(k, "t", 3), (int32_t)below(k, 2), NULL, false);
        break;
    default:
        step_txn(k);
    }
}

/* ---- images ---------------------------------------------------------------------------------- */

struct line {
    struct weir_bytes head;
    struct weir_bytes rest;
};

static int by_bytes(struct weir_bytes a, struct weir_bytes b)
{
    int order = memcmp(a.data, b.data, wr_min_size(a.len, b.len));
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static int by_line(const void *a, const void *b)
{
    const struct line *x = a;
    const struct line *y = b;
    int order = by_bytes(x->head, y->head);
    return order != 0 ? order : by_bytes(x->rest, y->rest);
}

/* The positions of a record are in the order of a hash map: a line for each. */
static void add_positions(struct weir_bytes payload, struct line *lines, size_t *count)
{
    struct wr_reader r;
    wr_reader_init(&r, payload, false);
    wr_read_bytes(&r);
    wr_read_i64(&r);
    wr_read_i16(&r);
    struct weir_bytes head = weir_view(payload.data, payload.len - (size_t)(r.end - r.at));
    lines[(*count)++] = (struct line){head, weir_view("", 0)};
    while (r.at < r.end) {
        const unsigned char *from = r.at;
        wr_read_bytes(&r);
        wr_read_i32(&r);
        wr_read_i64(&r);
        wr_read_i32(&r);
        wr_read_bytes(&r);
        wr_read_i64(&r);
        wr_read_i64(&r);
        ck_assert(!r.failed);
        lines[(*count)++] = (struct line){head, weir_view(from, (size_t)(r.at - from))};
    }
}

void broker_kit_image(struct wr_broker *b, struct wr_buf *out)
{
    struct wr_journal j = {.on = true};
    struct wr_journal_record r;
    size_t count = 0;
    wr_broker_save(b, &j);
    struct line *lines = wr_calloc(j.out.len, sizeof *lines);
    for (size_t at = 0; at < j.out.len; at += r.size) {
        ck_assert_int_eq(wr_journal_read(weir_view(j.out.data + at, j.out.len - at), &r),
                         WR_JOURNAL_FOUND);
        if (r.type == WR_JOURNAL_OFFSETS) {
            add_positions(r.payload, lines, &count);
        } else {
            lines[count++] = (struct line){r.payload, weir_view(&j.out.data[at + 12], 1)};
        }
    }
    qsort(lines, count, sizeof *lines, by_line);
    wr_buf_reset(out);
    for (size_t i = 0; i < count; i++) {
        wr_buf_bytes(out, lines[i].head);
        wr_buf_bytes(out, lines[i].rest);
    }
    wr_free(lines);
    wr_journal_free(&j);
}

void broker_kit_load(struct wr_broker *b, struct weir_bytes records, int64_t now)
{
    struct wr_journal_record r;
    struct weir_error err;
    const char *data = records.data;
    for (size_t at = 0; at < records.len; at += r.size) {
        ck_assert_int_eq(wr_journal_read(weir_view(data + at, records.len - at), &r),
                         WR_JOURNAL_FOUND);
        if (wr_broker_load(b, &r, now, &err) != WEIR_OK) {
            ck_abort_msg("byte %zu: %s", at, err.text);
        }
    }
}
