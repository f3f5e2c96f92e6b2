/* test_log_producers.c -- epochs, sequences, duplicates and open transactions, as a leader judges
 * them. The expected codes are those of Apache Kafka 4.3. */
#include "src/base/base.h"

#include "tests/unit/broker/log_kit.h"
#include "tests/unit/suite.h"

static struct log_kit k;

static void set_up(void)
{
    log_kit_init(&k);
}

static void tear_down(void)
{
    log_kit_free(&k);
}

enum { P = 7, Q = 8, STEPS = 6 };

#define OK WR_KE_NONE
#define STALE WR_KE_INVALID_PRODUCER_EPOCH
#define GAP WR_KE_OUT_OF_ORDER_SEQUENCE_NUMBER
#define TXN WR_KE_INVALID_TXN_STATE

/* A step is a batch and its answer; the first without a producer ends the case. */
struct step {
    struct kit_batch batch;
    enum wr_kafka_error want;
};

#define IDEMPOTENT(e, s, n)                                                                        \
    {                                                                                              \
        .producer = P, .epoch = (e), .sequence = (s), .count = (n)                                 \
    }
#define IN_TXN(e, s)                                                                               \
    {                                                                                              \
        .producer = P, .epoch = (e), .sequence = (s), .transactional = true                        \
    }
#define NOT_TOLD(e, s)                                                                             \
    {                                                                                              \
        .producer = P, .epoch = (e), .sequence = (s), .transactional = true, .unknown = true       \
    }
#define MARK(e, m, c)                                                                              \
    {                                                                                              \
        .producer = P, .epoch = (e), .marker = (m), .coordinator_epoch = (c)                       \
    }

static const struct {
    const char *what;
    struct step steps[STEPS];
} cases[] = {
    {"the next sequence follows", {{IDEMPOTENT(0, 0, 2), OK}, {IDEMPOTENT(0, 2, 1), OK}}},
    {"a gap is refused", {{IDEMPOTENT(0, 0, 2), OK}, {IDEMPOTENT(0, 3, 1), GAP}}},
    {"a lower one is refused", {{IDEMPOTENT(0, 5, 2), OK}, {IDEMPOTENT(0, 4, 1), GAP}}},
    {"part of a batch is no duplicate", {{IDEMPOTENT(0, 0, 3), OK}, {IDEMPOTENT(0, 0, 2), GAP}}},
    {"nor is the end of one", {{IDEMPOTENT(0, 0, 3), OK}, {IDEMPOTENT(0, 1, 2), GAP}}},
    {"an unknown producer begins anywhere", {{IDEMPOTENT(3, 41, 1), OK}}},
    {"a negative epoch is none", {{IDEMPOTENT(-2, 0, 1), STALE}}},
    {"sequences wrap around between batches",
     {{IDEMPOTENT(0, INT32_MAX - 1, 2), OK}, {IDEMPOTENT(0, 0, 1), OK}}},
    {"sequences wrap around within a batch",
     {{IDEMPOTENT(0, INT32_MAX - 1, 4), OK},
      {IDEMPOTENT(0, INT32_MAX - 1, 4), OK},
      {IDEMPOTENT(0, 3, 1), GAP},
      {IDEMPOTENT(0, 2, 1), OK}}},
    {"an older epoch is refused", {{IDEMPOTENT(1, 0, 1), OK}, {IDEMPOTENT(0, 1, 1), STALE}}},
    {"a newer epoch begins at 0", {{IDEMPOTENT(0, 5, 1), OK}, {IDEMPOTENT(1, 0, 1), OK}}},
    {"a newer epoch begins nowhere else", {{IDEMPOTENT(0, 5, 1), OK}, {IDEMPOTENT(1, 6, 1), GAP}}},
    {"a batch of a transaction needs the coordinator's word", {{NOT_TOLD(0, 0), TXN}}},
    {"only the first one does", {{IN_TXN(0, 0), OK}, {NOT_TOLD(0, 1), OK}}},
    {"each transaction does",
     {{IN_TXN(0, 0), OK}, {MARK(0, 'c', 0), OK}, {NOT_TOLD(0, 1), TXN}, {IN_TXN(0, 1), OK}}},
    {"a new epoch does", {{IN_TXN(0, 0), OK}, {NOT_TOLD(1, 0), TXN}, {IN_TXN(1, 0), OK}}},
    {"sequences go on behind a marker",
     {{IN_TXN(0, 0), OK}, {MARK(0, 'c', 0), OK}, {IN_TXN(0, 2), GAP}, {IN_TXN(0, 1), OK}}},
    {"a late batch is told of its epoch first",
     {{IN_TXN(0, 0), OK}, {MARK(1, 'a', 0), OK}, {NOT_TOLD(0, 1), STALE}}},
    {"a marker's epoch begins at 0",
     {{IN_TXN(0, 0), OK}, {MARK(1, 'a', 0), OK}, {IN_TXN(1, 1), GAP}, {IN_TXN(1, 0), OK}}},
    {"a marker makes a producer known",
     {{MARK(3, 'a', 0), OK}, {IN_TXN(2, 0), STALE}, {IN_TXN(3, 1), GAP}, {IN_TXN(3, 0), OK}}},
    {"a marker of an older epoch is refused", {{IN_TXN(2, 0), OK}, {MARK(1, 'c', 0), STALE}}},
    {"a marker of an older coordinator is refused",
     {{MARK(0, 'c', 4), OK},
      {MARK(0, 'c', 3), WR_KE_TRANSACTION_COORDINATOR_FENCED},
      {MARK(0, 'c', 4), OK}}},
    {"a batch outside of the open transaction is refused",
     {{IN_TXN(0, 0), OK}, {IDEMPOTENT(0, 1, 1), TXN}}},
    {"it may come when the transaction has ended",
     {{IN_TXN(0, 0), OK}, {MARK(0, 'c', 0), OK}, {IDEMPOTENT(0, 1, 1), OK}}},
    {"what follows a refused first batch is refused",
     {{NOT_TOLD(0, 0), TXN}, {IN_TXN(0, 1), GAP}, {IN_TXN(0, 0), OK}, {IN_TXN(0, 1), OK}}},
    {"also if it comes without a transaction",
     {{IN_TXN(0, 0), OK},
      {IN_TXN(0, 1), OK},
      {MARK(0, 'c', 0), OK},
      {NOT_TOLD(0, 2), TXN},
      {NOT_TOLD(0, 1), TXN},
      {IDEMPOTENT(0, 2, 1), GAP}}},
    {"a newer epoch forgets the refused batch",
     {{NOT_TOLD(0, 0), TXN}, {IN_TXN(1, 4), OK}, {IN_TXN(1, 5), OK}}},
    {"a marker forgets the refused batch",
     {{IN_TXN(0, 3), OK},
      {MARK(0, 'a', 0), OK},
      {NOT_TOLD(0, 2), TXN},
      {MARK(0, 'a', 0), OK},
      {IN_TXN(0, 4), OK}}},
};

START_TEST(batch_is_judged_by_what_came_before)
{
    const struct step *step = cases[_i].steps;
    for (int i = 0; i < STEPS && step->batch.producer != 0; i++, step++) {
        int64_t end = wr_partition_log_end(k.log);
        enum wr_kafka_error got = kit_send(&k, &step->batch);
        ck_assert_msg(got == step->want, "%s: step %d: %s", cases[_i].what, i,
                      wr_kafka_error_name(got));
        ck_assert_msg(got == OK || wr_partition_log_end(k.log) == end, "%s: appended",
                      cases[_i].what);
    }
}
END_TEST

START_TEST(last_five_batches_are_known_again)
{
    for (int i = 0; i < 7; i++) {
        ck_assert_int_eq(
            KIT_SEND(&k, .producer = P, .sequence = 2 * i, .count = 2, .time = 500 + i), OK);
    }
    uint64_t version = wr_partition_log_version(k.log);
    for (int i = 2; i < 7; i++) {
        ck_assert_int_eq(KIT_SEND(&k, .producer = P, .sequence = 2 * i, .count = 2), OK);
        ck_assert(k.appended.duplicate);
        ck_assert_int_eq(k.appended.base_offset, 2 * i);
        ck_assert_int_eq(k.appended.append_time, 500 + i);
    }
    ck_assert_int_eq(KIT_SEND(&k, .producer = P, .sequence = 2, .count = 2), GAP);
    ck_assert_int_eq(wr_partition_log_end(k.log), 14);
    ck_assert_uint_eq(wr_partition_log_version(k.log), version);
}
END_TEST

START_TEST(duplicate_is_only_one_of_the_same_epoch)
{
    KIT_SEND(&k, .producer = P, .sequence = 0);
    ck_assert_int_eq(KIT_SEND(&k, .producer = P, .epoch = 1, .sequence = 0), OK);
    ck_assert(!k.appended.duplicate);
    ck_assert_int_eq(wr_partition_log_end(k.log), 2);
}
END_TEST

START_TEST(duplicate_is_known_also_behind_the_marker)
{
    KIT_SEND(&k, .producer = P, .sequence = 0, .transactional = true);
    KIT_SEND(&k, .producer = P, .marker = 'c');
    ck_assert_int_eq(KIT_SEND(&k, .producer = P, .sequence = 0, .transactional = true), OK);
    ck_assert(k.appended.duplicate);
    ck_assert_int_eq(k.appended.base_offset, 0);
}
END_TEST

START_TEST(batches_without_a_producer_are_not_counted)
{
    ck_assert_int_eq(KIT_SEND(&k, .count = 2), OK);
    ck_assert_int_eq(KIT_SEND(&k, .count = 2), OK);
    ck_assert_int_eq(wr_partition_log_end(k.log), 4);
}
END_TEST

START_TEST(producers_are_listed_in_order)
{
    const struct wr_log_producer *list;
    KIT_SEND(&k, .producer = Q, .epoch = 2, .sequence = 4, .count = 3, .time = 900);
    KIT_SEND(&k, .producer = P, .sequence = 0, .transactional = true, .time = 800);
    KIT_SEND(&k, .producer = 9, .epoch = 1, .marker = 'a', .coordinator_epoch = 6);
    KIT_SEND(&k, .producer = 10, .transactional = true, .unknown = true);
    ck_assert_uint_eq(wr_partition_log_producers(k.log, &k.arena, &list), 3);

    ck_assert_int_eq(list[0].producer_id, P);
    ck_assert_int_eq(list[0].txn_start, 3);
    ck_assert_int_eq(list[0].last_time, 800);
    ck_assert_int_eq(list[0].coordinator_epoch, -1);
    ck_assert_int_eq(list[1].producer_id, Q);
    ck_assert_int_eq(list[1].epoch, 2);
    ck_assert_int_eq(list[1].last_sequence, 6);
    ck_assert_int_eq(list[1].txn_start, -1);
    ck_assert_int_eq(list[2].producer_id, 9);
    ck_assert_int_eq(list[2].epoch, 1);
    ck_assert_int_eq(list[2].last_sequence, -1);
    ck_assert_int_eq(list[2].last_time, k.now);
    ck_assert_int_eq(list[2].coordinator_epoch, 6);
}
END_TEST

START_TEST(idle_producer_is_forgotten_unless_its_transaction_is_open)
{
    const struct wr_log_producer *list;
    KIT_SEND(&k, .producer = P, .sequence = 5);
    KIT_SEND(&k, .producer = Q, .sequence = 5, .transactional = true);
    KIT_SEND(&k, .producer = 9, .transactional = true, .unknown = true);
    ck_assert(!wr_partition_log_clean(k.log, k.now + 99, 100));
    ck_assert(wr_partition_log_clean(k.log, k.now + 100, 100));
    ck_assert_uint_eq(wr_partition_log_producers(k.log, &k.arena, &list), 1);
    ck_assert_int_eq(list[0].producer_id, Q);
    ck_assert_int_eq(KIT_SEND(&k, .producer = P, .sequence = 50), OK);
    ck_assert_int_eq(KIT_SEND(&k, .producer = 9, .sequence = 50), OK);
}
END_TEST

Suite *log_producers_suite(void)
{
    Suite *s = suite_create("log_producers");
    TCase *t = tcase_create("log_producers");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_loop_test(t, batch_is_judged_by_what_came_before, 0, WR_ARRAY_LEN(cases));
    tcase_add_test(t, last_five_batches_are_known_again);
    tcase_add_test(t, duplicate_is_only_one_of_the_same_epoch);
    tcase_add_test(t, duplicate_is_known_also_behind_the_marker);
    tcase_add_test(t, batches_without_a_producer_are_not_counted);
    tcase_add_test(t, producers_are_listed_in_order);
    tcase_add_test(t, idle_producer_is_forgotten_unless_its_transaction_is_open);
    suite_add_tcase(s, t);
    return s;
}
