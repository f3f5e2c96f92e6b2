/* test_broker.c -- the parts of the model together: whole transactions, time, restarts. */
#include "src/base/base.h"

#include <check.h>
#include <string.h>

#include "broker/broker.h"
#include "src/base/arena.h"
#include "src/base/buf.h"

Suite *broker_suite(void);

enum { START = 1000000, TIMEOUT = 10000, SCAN = 10000 };

static struct wr_broker *broker;
static struct wr_buf batch;
static struct wr_arena arena;
static int64_t now;
static int32_t sequence;

static void begin(const struct wr_broker_options *options)
{
    now = START;
    sequence = 0;
    broker = wr_broker_new(options, now);
    const char *why;
    struct wr_topic_spec spec = {.name = "in", .partitions = 2, .replication = 1};
    ck_assert_int_eq(wr_topics_create(broker->topics, &spec, &why), WR_KE_NONE);
}

static void setup(void)
{
    wr_arena_init(&arena, 4096);
    begin(&(struct wr_broker_options){.seed = 1});
}

static void setup_with_held_markers(void)
{
    wr_arena_init(&arena, 4096);
    begin(&(struct wr_broker_options){.seed = 1, .hold_markers = true});
}

static void teardown(void)
{
    wr_broker_check(broker);
    wr_broker_free(broker);
    wr_buf_free(&batch);
    wr_arena_free(&arena);
}

/* ---- a client -------------------------------------------------------------------------------- */

static struct wr_producer_identity producer;

static enum wr_kafka_error init(struct wr_producer_identity *out)
{
    static const struct wr_producer_identity none = {-1, -1};
    return wr_txns_init(broker->txns, "app", TIMEOUT, &none, now, out);
}

static struct wr_txn_request request(void)
{
    return (struct wr_txn_request){.id = "app", .producer = producer, .now = now};
}

static enum wr_kafka_error add_partition(int32_t partition)
{
    struct wr_txn_request r = request();
    struct wr_txn_partition p = {.topic = "in", .partition = partition};
    return wr_txns_add_partitions(broker->txns, &r, &p, 1);
}

static enum wr_kafka_error produce_to(const char *topic, int32_t partition)
{
    struct wr_batch head = {
        .attributes = WR_BATCH_TRANSACTIONAL,
        .magic = 2,
        .producer_id = producer.id,
        .producer_epoch = producer.epoch,
        .base_sequence = sequence,
    };
    struct wr_batch_record record = {
        .time = now, .key = weir_str("k"), .value = weir_str("v"), .headers = weir_view("", 1)};
    struct wr_batch_builder builder;
    struct wr_appended appended;
    wr_buf_reset(&batch);
    wr_batch_start(&builder, &batch, &head);
    wr_batch_add(&builder, &record);
    wr_batch_finish(&builder);
    return wr_broker_produce(broker, topic, partition, wr_buf_view(&batch), now, &appended);
}

static enum wr_kafka_error commit_offset(int64_t offset)
{
    struct wr_txn_commit r = {
        .who = {.group = "g", .generation = -1, .member = ""},
        .producer_id = producer.id,
        .producer_epoch = producer.epoch,
        .now = now,
    };
    struct wr_offset_commit o = {.topic = "in", .offset = offset, .leader_epoch = -1};
    enum wr_kafka_error error = wr_broker_txn_commit(broker, &r, &o, 1);
    ck_assert_int_eq(o.error, error);
    return error;
}

static enum wr_kafka_error end(bool commit)
{
    struct wr_txn_request r = request();
    return wr_txns_end(broker->txns, &r, commit);
}

/* A transaction with a record in partition 0 and a position, not ended. */
static void open_transaction(int64_t offset)
{
    ck_assert_int_eq(add_partition(0), WR_KE_NONE);
    ck_assert_int_eq(produce_to("in", 0), WR_KE_NONE);
    sequence++;
    struct wr_txn_request r = request();
    ck_assert_int_eq(wr_txns_add_group(broker->txns, &r, "g"), WR_KE_NONE);
    ck_assert_int_eq(commit_offset(offset), WR_KE_NONE);
}

static void start_producer(void)
{
    ck_assert_int_eq(init(&producer), WR_KE_NONE);
    sequence = 0;
}

static void tick(void)
{
    wr_broker_tick(broker, now);
    wr_broker_check(broker);
}

static int64_t stable(int32_t partition)
{
    return wr_partition_log_stable(wr_topics_partition(broker->topics, "in", partition));
}

static int64_t log_end(int32_t partition)
{
    return wr_partition_log_end(wr_topics_partition(broker->topics, "in", partition));
}

static struct wr_offset_commit position(bool only_stable)
{
    return wr_groups_fetch(broker->groups, "g", "in", 0, only_stable);
}

/* ---- whole transactions ---------------------------------------------------------------------- */

static const struct {
    bool commit;
    int64_t position;
    size_t aborted;
} ends[] = {{true, 7, 0}, {false, -1, 1}};

START_TEST(records_and_positions_move_together_or_not_at_all)
{
    start_producer();
    open_transaction(7);
    ck_assert_int_eq(log_end(0), 1);
    ck_assert_int_eq(stable(0), 0);
    ck_assert_int_eq(position(true).error, WR_KE_UNSTABLE_OFFSET_COMMIT);
    ck_assert_int_eq(position(false).offset, -1);

    ck_assert_int_eq(end(ends[_i].commit), WR_KE_NONE);
    ck_assert_int_eq(stable(0), 0); /* the answer comes before the markers */
    ck_assert_int_le(wr_broker_next(broker), now);
    tick();
    ck_assert_int_eq(log_end(0), 2);
    ck_assert_int_eq(stable(0), 2);
    ck_assert_int_eq(position(true).error, WR_KE_NONE);
    ck_assert_int_eq(position(true).offset, ends[_i].position);

    struct wr_buf out = {0};
    struct wr_log_read read = {.max_bytes = 1000, .committed = true, .out = &out};
    const struct wr_partition_log *log = wr_topics_partition(broker->topics, "in", 0);
    ck_assert_int_eq(wr_partition_log_read(log, &read, &arena), WR_KE_NONE);
    ck_assert_uint_eq(read.aborted_count, ends[_i].aborted);
    wr_buf_free(&out);
}
END_TEST

START_TEST(one_transaction_follows_the_other)
{
    start_producer();
    for (int64_t i = 0; i < 3; i++) {
        open_transaction(i);
        ck_assert_int_eq(end(true), WR_KE_NONE);
        tick();
        ck_assert_int_eq(stable(0), 2 * (i + 1));
        ck_assert_int_eq(position(true).offset, i);
    }
}
END_TEST

START_TEST(a_record_outside_of_its_transaction_is_refused)
{
    start_producer();
    ck_assert_int_eq(produce_to("in", 0), WR_KE_INVALID_TXN_STATE);
    ck_assert_int_eq(add_partition(1), WR_KE_NONE);
    ck_assert_int_eq(produce_to("in", 0), WR_KE_INVALID_TXN_STATE);
    ck_assert_int_eq(produce_to("in", 1), WR_KE_NONE);
    ck_assert_int_eq(log_end(0), 0);
}
END_TEST

START_TEST(a_record_of_a_foreign_producer_is_refused_by_what_is_wrong)
{
    start_producer();
    ck_assert_int_eq(add_partition(0), WR_KE_NONE);
    producer.epoch++;
    ck_assert_int_eq(produce_to("in", 0), WR_KE_INVALID_PRODUCER_EPOCH);
    producer.id++;
    ck_assert_int_eq(produce_to("in", 0), WR_KE_INVALID_PRODUCER_ID_MAPPING);
    ck_assert_int_eq(log_end(0), 0);
}
END_TEST

START_TEST(a_position_outside_of_its_transaction_is_refused)
{
    start_producer();
    ck_assert_int_eq(commit_offset(7), WR_KE_INVALID_TXN_STATE);
    ck_assert_int_eq(add_partition(0), WR_KE_NONE);
    ck_assert_int_eq(commit_offset(7), WR_KE_INVALID_TXN_STATE);
    ck_assert_int_eq(end(true), WR_KE_NONE);
    tick();
    ck_assert_int_eq(position(false).offset, -1);
}
END_TEST

START_TEST(a_position_of_another_epoch_is_refused_also_in_an_open_transaction)
{
    start_producer();
    open_transaction(7);
    producer.epoch++;
    ck_assert_int_eq(commit_offset(8), WR_KE_INVALID_PRODUCER_EPOCH);
    producer.epoch--;
    ck_assert_int_eq(commit_offset(9), WR_KE_NONE);
    producer.id += 100;
    ck_assert_int_eq(commit_offset(8), WR_KE_INVALID_PRODUCER_ID_MAPPING);
}
END_TEST

START_TEST(a_partition_that_is_not_there_is_refused)
{
    start_producer();
    ck_assert_int_eq(add_partition(2), WR_KE_UNKNOWN_TOPIC_OR_PARTITION);
    ck_assert_int_eq(produce_to("in", 2), WR_KE_UNKNOWN_TOPIC_OR_PARTITION);
    ck_assert_int_eq(produce_to("out", 0), WR_KE_UNKNOWN_TOPIC_OR_PARTITION);
}
END_TEST

START_TEST(a_second_producer_ends_the_transaction_of_the_first)
{
    start_producer();
    open_transaction(7);
    struct wr_producer_identity old = producer;
    struct wr_producer_identity next;
    ck_assert_int_eq(init(&next), WR_KE_CONCURRENT_TRANSACTIONS);
    tick();
    ck_assert_int_eq(stable(0), 2);
    ck_assert_int_eq(position(true).offset, -1);
    ck_assert_int_eq(init(&next), WR_KE_NONE);
    ck_assert(next.id != old.id || next.epoch > old.epoch);

    ck_assert_int_eq(produce_to("in", 0), WR_KE_INVALID_PRODUCER_EPOCH);
    ck_assert_int_eq(end(true), WR_KE_PRODUCER_FENCED);
    ck_assert_int_eq(log_end(0), 2);
    producer = next;
    sequence = 0;
    open_transaction(8);
    ck_assert_int_eq(end(true), WR_KE_NONE);
    tick();
    ck_assert_int_eq(position(true).offset, 8);
}
END_TEST

START_TEST(a_transaction_that_takes_too_long_is_aborted)
{
    start_producer();
    open_transaction(7);
    for (int i = 0; i < 10 && stable(0) == 0; i++) {
        ck_assert_int_gt(wr_broker_next(broker), now);
        now = wr_broker_next(broker);
        tick();
    }
    ck_assert_int_ge(now, START + TIMEOUT);
    ck_assert_int_le(now, START + TIMEOUT + 2 * SCAN);
    ck_assert_int_eq(stable(0), 2);
    ck_assert_int_eq(position(true).offset, -1);
    ck_assert_int_eq(end(true), WR_KE_PRODUCER_FENCED);
}
END_TEST

START_TEST(a_deleted_topic_takes_its_positions_along_and_stops_no_transaction)
{
    start_producer();
    open_transaction(7);
    ck_assert_int_eq(end(true), WR_KE_NONE);
    tick();
    open_transaction(8);
    ck_assert_int_eq(wr_broker_delete_topic(broker, "in"), WR_KE_NONE);
    ck_assert_int_eq(wr_broker_delete_topic(broker, "in"), WR_KE_UNKNOWN_TOPIC_OR_PARTITION);
    ck_assert_int_eq(position(false).offset, -1);
    ck_assert_int_eq(end(true), WR_KE_NONE);
    tick();
    struct wr_txn_info info;
    ck_assert(wr_txns_describe(broker->txns, "app", &arena, &info));
    ck_assert_int_eq(info.state, WR_TXN_COMPLETE_COMMIT);
}
END_TEST

/* ---- markers that are held back -------------------------------------------------------------- */

START_TEST(held_markers_are_written_one_by_one)
{
    start_producer();
    open_transaction(7);
    ck_assert_int_eq(add_partition(1), WR_KE_NONE);
    ck_assert_int_eq(produce_to("in", 1), WR_KE_NONE);
    ck_assert_int_eq(end(true), WR_KE_NONE);
    tick();
    ck_assert_int_gt(wr_broker_next(broker), now);
    for (int done = 0; done < 3; done++) {
        ck_assert_int_eq(add_partition(0), WR_KE_CONCURRENT_TRANSACTIONS);
        int seen = (stable(0) == 2) + (stable(1) == 2) + (position(true).offset == 7);
        ck_assert_int_eq(seen, done);
        ck_assert(wr_txns_write_marker(broker->txns, now));
    }
    ck_assert(!wr_txns_write_marker(broker->txns, now));
    ck_assert_int_eq(add_partition(0), WR_KE_NONE);
}
END_TEST

START_TEST(what_is_late_goes_into_a_transaction_that_is_being_ended)
{
    start_producer();
    open_transaction(7);
    ck_assert_int_eq(end(true), WR_KE_NONE);
    ck_assert_int_eq(produce_to("in", 0), WR_KE_NONE);
    ck_assert_int_eq(commit_offset(8), WR_KE_NONE);
    while (wr_txns_write_marker(broker->txns, now)) {
    }
    ck_assert_int_eq(stable(0), 3);
    ck_assert_int_eq(position(true).offset, 8);
    ck_assert_int_eq(commit_offset(9), WR_KE_INVALID_TXN_STATE);
}
END_TEST

START_TEST(a_restart_keeps_what_was_decided)
{
    start_producer();
    open_transaction(7);
    ck_assert_int_eq(end(true), WR_KE_NONE);
    ck_assert(wr_txns_write_marker(broker->txns, now));
    wr_broker_restart(broker, now);
    wr_broker_check(broker);
    while (wr_txns_write_marker(broker->txns, now)) {
    }
    ck_assert_int_ge(stable(0), 2);
    ck_assert_int_eq(stable(0), log_end(0));
    ck_assert_int_eq(position(true).offset, 7);
    ck_assert_int_eq(end(true), WR_KE_NONE);
}
END_TEST

START_TEST(a_restart_keeps_an_open_transaction)
{
    start_producer();
    open_transaction(7);
    wr_broker_restart(broker, now);
    ck_assert_int_eq(stable(0), 0);
    ck_assert_int_eq(position(true).error, WR_KE_UNSTABLE_OFFSET_COMMIT);
    ck_assert_int_eq(end(true), WR_KE_NONE);
    while (wr_txns_write_marker(broker->txns, now)) {
    }
    ck_assert_int_eq(stable(0), 2);
    ck_assert_int_eq(position(true).offset, 7);
}
END_TEST

/* ---- time and randomness --------------------------------------------------------------------- */

START_TEST(logs_are_cleaned_now_and_then)
{
    static const struct wr_topic_setting settings[] = {{"retention.ms", "1000"},
                                                       {"segment.ms", "1000"}};
    struct wr_topic_entry *e = wr_topics_find(broker->topics, "in");
    const char *why;
    ck_assert_int_eq(wr_topic_config_replace(broker->topics, e, settings, 2, false, &why),
                     WR_KE_NONE);
    start_producer();
    open_transaction(0);
    ck_assert_int_eq(end(true), WR_KE_NONE);
    tick();
    ck_assert_int_eq(wr_partition_log_start(e->partitions[0]), 0);
    now = START + 15000;
    ck_assert_int_le(wr_broker_next(broker), now);
    tick();
    ck_assert_int_eq(wr_partition_log_start(e->partitions[0]), log_end(0));
    ck_assert_int_gt(wr_broker_next(broker), now);
}
END_TEST

START_TEST(the_same_seed_gives_the_same_broker)
{
    char id[sizeof broker->cluster_id];
    unsigned char topic_id[16];
    memcpy(id, broker->cluster_id, sizeof id);
    memcpy(topic_id, wr_topics_find(broker->topics, "in")->id, sizeof topic_id);
    ck_assert_uint_eq(strlen(id), 22);
    ck_assert_ptr_nonnull(strchr("AQgw", id[21]));

    wr_broker_free(broker);
    begin(&(struct wr_broker_options){.seed = 1});
    ck_assert_str_eq(broker->cluster_id, id);
    ck_assert_mem_eq(wr_topics_find(broker->topics, "in")->id, topic_id, sizeof topic_id);

    wr_broker_free(broker);
    begin(&(struct wr_broker_options){.seed = 2});
    ck_assert_str_ne(broker->cluster_id, id);

    wr_broker_free(broker);
    begin(&(struct wr_broker_options){.seed = 1, .cluster_id = id});
    ck_assert_str_eq(broker->options.cluster_id, id);
    ck_assert_str_eq(broker->cluster_id, id);
}
END_TEST

Suite *broker_suite(void)
{
    Suite *s = suite_create("broker");
    TCase *t = tcase_create("broker");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, records_and_positions_move_together_or_not_at_all, 0,
                        WR_ARRAY_LEN(ends));
    tcase_add_test(t, one_transaction_follows_the_other);
    tcase_add_test(t, a_record_outside_of_its_transaction_is_refused);
    tcase_add_test(t, a_record_of_a_foreign_producer_is_refused_by_what_is_wrong);
    tcase_add_test(t, a_position_outside_of_its_transaction_is_refused);
    tcase_add_test(t, a_position_of_another_epoch_is_refused_also_in_an_open_transaction);
    tcase_add_test(t, a_partition_that_is_not_there_is_refused);
    tcase_add_test(t, a_second_producer_ends_the_transaction_of_the_first);
    tcase_add_test(t, a_transaction_that_takes_too_long_is_aborted);
    tcase_add_test(t, a_deleted_topic_takes_its_positions_along_and_stops_no_transaction);
    tcase_add_test(t, logs_are_cleaned_now_and_then);
    tcase_add_test(t, the_same_seed_gives_the_same_broker);
    suite_add_tcase(s, t);

    t = tcase_create("held markers");
    tcase_add_checked_fixture(t, setup_with_held_markers, teardown);
    tcase_add_test(t, held_markers_are_written_one_by_one);
    tcase_add_test(t, what_is_late_goes_into_a_transaction_that_is_being_ended);
    tcase_add_test(t, a_restart_keeps_what_was_decided);
    tcase_add_test(t, a_restart_keeps_an_open_transaction);
    suite_add_tcase(s, t);
    return s;
}
