/* test_mock_producer.c -- producers against a cluster that fails when it is told to. */
#include "src/base/base.h"

#include <string.h>

#include "src/kafka/kafka_ops.h"
#include "tests/unit/kafka/mock.h"

Suite *mock_producer_suite(void);

static struct wr_group_meta *meta;

static void setup(void)
{
    mock_setup();
    struct wr_group_stamp m = {"app", 1, "member", NULL};
    meta = wr_group_meta_new(&m);
}

static void teardown(void)
{
    wr_group_meta_unref(meta);
    mock_teardown();
}

static enum wr_outcome end_free(struct wr_call *c)
{
    enum wr_outcome outcome = kt_end(c, &mock_err);
    wr_call_free(c);
    return outcome;
}

static struct wr_producer *open_in_transaction(void)
{
    struct wr_producer *p = kt_producer(mock_kafka, "tx", "t");
    kt_begin(p);
    ck_assert_int_eq(kt_send(p, "t", 0, "k", "v"), WEIR_OK);
    return p;
}

START_TEST(transaction_is_committed_and_deliveries_are_noted)
{
    struct wr_producer *p = kt_producer(mock_kafka, "tx", "t");
    struct wr_topic *t = wr_producer_topic(p, "t");
    struct wr_delivery d[2] = {{0}, {0}};
    ck_assert_int_eq(wr_topic_partitions(t), 2);
    for (int round = 1; round <= 3; round++) {
        struct wr_position at = {"t", 0, round, "meta"};
        kt_begin(p);
        for (int i = 0; i < 10; i++) {
            struct wr_outgoing o = {
                .topic = t, .partition = i % 2, .time = 1, .delivery = i % 2 == 0 ? &d[0] : &d[1]};
            ck_assert_int_eq(wr_producer_send(p, &o, &mock_err), WEIR_OK);
        }
        kt_ok(wr_producer_offsets(p, &at, 1, meta));
        kt_ok(wr_producer_commit(p));
        ck_assert_int_eq(wr_producer_endtxn_sent(p), 1);
        ck_assert_int_eq(wr_producer_offsets_sent(p), 1);
        ck_assert_int_ge(d[0].next, 5 * round);
        ck_assert_int_ge(d[1].next, 5 * round);
    }
    wr_producer_close(p);
}
END_TEST

START_TEST(empty_transaction_sends_nothing)
{
    struct wr_producer *p = kt_producer(mock_kafka, "tx", "t");
    kt_begin(p);
    kt_ok(wr_producer_commit(p));
    ck_assert_int_eq(wr_producer_endtxn_sent(p), 0);
    kt_begin(p);
    kt_ok(wr_producer_abort(p));
    ck_assert_int_eq(wr_producer_endtxn_sent(p), 0);
    wr_producer_close(p);
}
END_TEST

static const struct {
    int request;
    rd_kafka_resp_err_t code;
    enum wr_outcome outcome;
    enum weir_code weir;
} injected[] = {
    {MOCK_END_TXN, RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE, WR_CALL_OK, WEIR_OK},
    {MOCK_END_TXN, RD_KAFKA_RESP_ERR_NOT_COORDINATOR, WR_CALL_OK, WEIR_OK},
    {MOCK_END_TXN, RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS, WR_CALL_OK, WEIR_OK},
    {MOCK_END_TXN, RD_KAFKA_RESP_ERR_UNKNOWN_PRODUCER_ID, WR_CALL_ABORTABLE, WEIR_EABORT},
    {MOCK_END_TXN, RD_KAFKA_RESP_ERR_INVALID_PRODUCER_ID_MAPPING, WR_CALL_ABORTABLE, WEIR_EABORT},
    {MOCK_END_TXN, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, WR_CALL_ABORTABLE, WEIR_EABORT},
    {MOCK_END_TXN, RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH, WR_CALL_FATAL, WEIR_EPRODUCER},
    {MOCK_END_TXN, RD_KAFKA_RESP_ERR_INVALID_TXN_STATE, WR_CALL_FATAL, WEIR_EPRODUCER},
    {MOCK_TXN_OFFSETS, RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, WR_CALL_OK, WEIR_OK},
    {MOCK_TXN_OFFSETS, RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION, WR_CALL_ABORTABLE, WEIR_EABORT},
    {MOCK_TXN_OFFSETS, RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS, WR_CALL_ABORTABLE, WEIR_EABORT},
    {MOCK_TXN_OFFSETS, RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID, WR_CALL_ABORTABLE, WEIR_EFENCED},
    {MOCK_TXN_OFFSETS, RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID, WR_CALL_ABORTABLE, WEIR_EFENCED},
    {MOCK_TXN_OFFSETS, RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH, WR_CALL_FATAL, WEIR_EPRODUCER},
    {MOCK_ADD_OFFSETS, RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS, WR_CALL_OK, WEIR_OK},
    {MOCK_PRODUCE, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, WR_CALL_ABORTABLE, WEIR_ETOOLARGE},
    {MOCK_TXN_OFFSETS, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, WR_CALL_ABORTABLE, WEIR_EAUTH},
    {MOCK_END_TXN, RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED, WR_CALL_FATAL,
     WEIR_EAUTH},
    {MOCK_PRODUCE, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, WR_CALL_OK, WEIR_OK},
    {MOCK_PRODUCE, RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH, WR_CALL_FATAL, WEIR_EPRODUCER},
};

/* The refusal of a record is known before the transaction ends, not in the middle of that. */
static void wait_for_refusal(struct wr_producer *p)
{
    struct wr_handle_error e;
    bool known = false;
    for (int i = 0; i < 100 && !known; i++) {
        wr_producer_serve(p, 100);
        known = wr_producer_error(p, &e);
    }
    ck_assert(known);
}

START_TEST(error_of_a_broker_has_its_outcome_and_the_producer_what_follows)
{
    struct wr_producer *p = kt_producer(mock_kafka, "tx", "t");
    struct wr_position at = {"t", 0, 1, NULL};
    mock_fail(injected[_i].request, 1, injected[_i].code);
    kt_begin(p);
    ck_assert_int_eq(kt_send(p, "t", 0, "k", "v"), WEIR_OK);
    if (injected[_i].weir == WEIR_ETOOLARGE) {
        wait_for_refusal(p);
    }
    enum wr_outcome outcome = end_free(wr_producer_offsets(p, &at, 1, meta));
    if (outcome == WR_CALL_OK) {
        outcome = end_free(wr_producer_commit(p));
    }
    ck_assert_int_eq(outcome, injected[_i].outcome);
    if (outcome == WR_CALL_OK) {
        kt_begin(p);
        kt_ok(wr_producer_abort(p));
    } else {
        ck_assert_int_eq(mock_err.code, injected[_i].weir);
        ck_assert_ptr_nonnull(strstr(mock_err.text, "could not"));
    }
    if (outcome == WR_CALL_ABORTABLE) {
        ck_assert_int_eq(kt_send(p, "t", 0, "k", "v"), WEIR_EABORT);
        kt_ok(wr_producer_abort(p));
        kt_begin(p);
        kt_ok(wr_producer_abort(p));
    } else if (outcome == WR_CALL_FATAL) {
        ck_assert_int_eq(wr_producer_begin(p, &mock_err), WR_CALL_FATAL);
        ck_assert_int_eq(mock_err.code, WEIR_EPRODUCER);
        ck_assert_int_eq(kt_send(p, "t", 0, "k", "v"), WEIR_EPRODUCER);
        ck_assert_int_eq(end_free(wr_producer_abort(p)), WR_CALL_FATAL);
    }
    wr_producer_close(p);
}
END_TEST

START_TEST(repeated_endtxn_is_counted)
{
    struct wr_producer *p = open_in_transaction();
    mock_fail(MOCK_END_TXN, 1, RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS);
    kt_ok(wr_producer_commit(p));
    ck_assert_int_eq(wr_producer_endtxn_sent(p), 2);
    kt_begin(p);
    ck_assert_int_eq(wr_producer_endtxn_sent(p), 0);
    kt_ok(wr_producer_abort(p));
    wr_producer_close(p);
}
END_TEST

START_TEST(repeated_positions_are_counted)
{
    struct wr_position at = {"t", 0, 1, NULL};
    struct wr_producer *p = open_in_transaction();
    mock_fail(MOCK_TXN_OFFSETS, 1, RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS);
    kt_ok(wr_producer_offsets(p, &at, 1, meta));
    ck_assert_int_eq(wr_producer_offsets_sent(p), 2);
    kt_ok(wr_producer_commit(p));
    kt_begin(p);
    ck_assert_int_eq(wr_producer_offsets_sent(p), 0);
    kt_ok(wr_producer_abort(p));
    wr_producer_close(p);
}
END_TEST

START_TEST(slow_coordinator_is_waited_for_in_slices_with_one_endtxn)
{
    struct wr_producer *p = open_in_transaction();
    mock_delay(MOCK_END_TXN, 2500); /* longer than an attempt */
    struct wr_call *c = wr_producer_commit(p);
    enum wr_outcome outcome;
    int64_t worst = 0;
    int64_t until = kt_ms() + 10000;
    do {
        int64_t before = kt_ms();
        outcome = wr_call_step(c, 20, &mock_err);
        worst = wr_max_i64(worst, kt_ms() - before);
        ck_assert_int_lt(kt_ms(), until);
    } while (outcome == WR_CALL_PENDING);
    ck_assert_int_eq(outcome, WR_CALL_OK);
    ck_assert_int_lt(worst, 200);
    ck_assert_int_eq(wr_producer_endtxn_sent(p), 1);
    wr_call_free(c);
    wr_producer_close(p);
}
END_TEST

START_TEST(closing_does_not_wait_for_a_coordinator_that_is_silent)
{
    const struct wr_kafka_setting timeout[] = {{"producer.", "socket.timeout.ms", "6500"}};
    mock_reopen(timeout, 1);
    struct wr_producer *p = open_in_transaction();
    struct wr_position at = {"t", 0, 1, NULL};
    mock_delay(MOCK_ADD_OFFSETS, 60000);
    struct wr_call *c = wr_producer_offsets(p, &at, 1, meta);
    ck_assert_int_eq(wr_call_step(c, 300, &mock_err), WR_CALL_PENDING);
    int64_t before = kt_ms();
    wr_producer_close(p);
    ck_assert_int_lt(kt_ms() - before, 6000);
    wr_call_free(c);
    /* What was left behind ends when the request times out; its cluster stays for it. */
    kt_sleep(3000);
}
END_TEST

START_TEST(offsets_that_take_too_long_are_given_up_for_an_abort)
{
    struct wr_producer *p = open_in_transaction();
    struct wr_position at = {"t", 0, 1, NULL};
    mock_delay(MOCK_ADD_OFFSETS, 700);
    struct wr_call *c = wr_producer_offsets(p, &at, 1, meta);
    ck_assert_int_eq(wr_call_step(c, 100, &mock_err), WR_CALL_PENDING);
    wr_call_free(c);
    kt_ok(wr_producer_abort(p));
    kt_write(p, "t", 0, "next", 3);
    wr_producer_close(p);
}
END_TEST

START_TEST(full_buffer_is_pending_and_drains)
{
    const struct wr_kafka_setting small[] = {{"producer.", "queue.buffering.max.messages", "10"}};
    mock_reopen(small, 1);
    struct wr_producer *p = kt_producer(mock_kafka, "tx", "t");
    kt_begin(p);
    int sent = 0;
    while (kt_send(p, "t", 0, "k", "v") == WEIR_OK) {
        sent++;
        ck_assert_int_le(sent, 1000);
    }
    ck_assert_int_eq(kt_send(p, "t", 0, "k", "v"), WEIR_PENDING);
    int64_t until = kt_ms() + 10000;
    while (kt_send(p, "t", 0, "k", "v") == WEIR_PENDING) {
        wr_producer_serve(p, 10);
        ck_assert_int_lt(kt_ms(), until);
    }
    kt_ok(wr_producer_commit(p));
    wr_producer_close(p);
}
END_TEST

START_TEST(record_outside_a_transaction_is_refused)
{
    struct wr_producer *p = kt_producer(mock_kafka, "tx", "t");
    ck_assert_int_eq(kt_send(p, "t", 0, "k", "v"), WEIR_EABORT);
    wr_producer_close(p);
}
END_TEST

START_TEST(init_told_to_wait_takes_a_new_client_at_once)
{
    mock_fail(MOCK_INIT_PID, 1, RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS);
    struct wr_producer *p;
    const char *topic = "t";
    ck_assert_int_eq(wr_producer_open(mock_kafka, "tx", &topic, 1, &p, &mock_err), WEIR_OK);
    struct wr_topic *t = wr_producer_topic(p, "t");
    int64_t before = kt_ms();
    kt_ok(wr_producer_init(p));
    ck_assert_int_lt(kt_ms() - before, 450);
    ck_assert_ptr_eq(wr_producer_topic(p, "t"), t);
    kt_begin(p);
    struct wr_outgoing o = {.topic = t, .time = 1};
    ck_assert_int_eq(wr_producer_send(p, &o, &mock_err), WEIR_OK);
    kt_ok(wr_producer_commit(p));
    wr_producer_close(p);
}
END_TEST

/* transaction.timeout.ms above the broker's transaction.max.timeout.ms: no producer cures that. */
START_TEST(init_that_the_broker_refuses_says_whose_fault_it_is)
{
    struct wr_producer *p;
    ck_assert_int_eq(wr_producer_open(mock_kafka, "tx", NULL, 0, &p, &mock_err), WEIR_OK);
    mock_fail(MOCK_INIT_PID, 1, RD_KAFKA_RESP_ERR_INVALID_TRANSACTION_TIMEOUT);
    struct wr_call *c = wr_producer_init(p);
    ck_assert_int_eq(kt_end(c, &mock_err), WR_CALL_FATAL);
    ck_assert_int_eq(mock_err.code, WEIR_ECONFIG);
    wr_call_free(c);
    wr_producer_close(p);
}
END_TEST

/* ---- without transactions -------------------------------------------------------------------- */

START_TEST(flush_sees_that_all_records_were_delivered)
{
    struct wr_producer *p = kt_outputs(mock_kafka, "t");
    struct wr_delivery d = {0};
    kt_ok(wr_producer_flush(p)); /* of nothing */
    for (int round = 1; round <= 3; round++) {
        for (int i = 0; i < 10; i++) {
            struct wr_outgoing o = {.topic = wr_producer_topic(p, "t"), .time = 1, .delivery = &d};
            ck_assert_int_eq(wr_producer_send(p, &o, &mock_err), WEIR_OK);
        }
        kt_ok(wr_producer_flush(p));
        ck_assert_int_eq(d.next, 10 * round);
    }
    wr_producer_close(p);
}
END_TEST

static const struct {
    rd_kafka_resp_err_t code;
    enum wr_outcome outcome;
    enum weir_code weir;
    enum weir_code next; /* what the next record meets */
} deliveries[] = {
    {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, WR_CALL_ABORTABLE, WEIR_ETOOLARGE, WEIR_OK},
    {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, WR_CALL_ABORTABLE, WEIR_EAUTH, WEIR_EAUTH},
    {RD_KAFKA_RESP_ERR_INVALID_RECORD, WR_CALL_ABORTABLE, WEIR_EABORT, WEIR_OK},
    {RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, WR_CALL_OK, WEIR_OK, WEIR_OK},
};

START_TEST(record_that_is_not_delivered_fails_one_flush)
{
    struct wr_producer *p = kt_outputs(mock_kafka, "t");
    mock_fail(MOCK_PRODUCE, 1, deliveries[_i].code);
    ck_assert_int_eq(kt_send(p, "t", 0, "k", "first"), WEIR_OK);
    if (deliveries[_i].outcome != WR_CALL_OK) {
        wait_for_refusal(p);
    }
    /* One that is delivered afterwards does not hide it. */
    ck_assert_int_eq(kt_send(p, "t", 0, "k", "second"), deliveries[_i].next);
    ck_assert_int_eq(end_free(wr_producer_flush(p)), deliveries[_i].outcome);
    if (deliveries[_i].outcome != WR_CALL_OK) {
        ck_assert_int_eq(mock_err.code, deliveries[_i].weir);
        ck_assert_ptr_nonnull(strstr(mock_err.text, "could not write a record to topic \"t\""));
    }
    ck_assert_int_eq(kt_send(p, "t", 0, "k", "third"), deliveries[_i].next);
    kt_ok(wr_producer_flush(p));
    wr_producer_close(p);
}
END_TEST

START_TEST(flush_that_takes_too_long_is_given_up)
{
    struct wr_producer *p = kt_outputs(mock_kafka, "t");
    kt_ok(wr_producer_flush(p));
    mock_delay(MOCK_PRODUCE, 700);
    ck_assert_int_eq(kt_send(p, "t", 0, "k", "v"), WEIR_OK);
    struct wr_call *c = wr_producer_flush(p);
    ck_assert_int_eq(wr_call_step(c, 50, &mock_err), WR_CALL_PENDING);
    wr_call_free(c);
    ck_assert_int_eq(kt_send(p, "t", 0, "k", "v"), WEIR_OK);
    kt_ok(wr_producer_flush(p));
    wr_producer_close(p);
}
END_TEST

START_TEST(producer_without_a_cluster_reports_and_closes)
{
    const struct wr_kafka_setting nowhere[] = {{"producer.", "bootstrap.servers", "127.0.0.1:1"}};
    mock_reopen(nowhere, 1);
    struct wr_producer *p;
    ck_assert_int_eq(wr_producer_open(mock_kafka, "tx", NULL, 0, &p, &mock_err), WEIR_OK);
    struct wr_call *c = wr_producer_init(p);
    ck_assert_int_eq(wr_call_step(c, 700, &mock_err), WR_CALL_PENDING);
    int64_t before = kt_ms();
    wr_producer_close(p);
    wr_call_free(c);
    ck_assert_int_lt(kt_ms() - before, 3000);
}
END_TEST

Suite *mock_producer_suite(void)
{
    Suite *s = suite_create("mock_producer");
    TCase *t = tcase_create("mock_producer");
    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, transaction_is_committed_and_deliveries_are_noted);
    tcase_add_test(t, empty_transaction_sends_nothing);
    tcase_add_loop_test(t, error_of_a_broker_has_its_outcome_and_the_producer_what_follows, 0,
                        WR_ARRAY_LEN(injected));
    tcase_add_test(t, repeated_endtxn_is_counted);
    tcase_add_test(t, repeated_positions_are_counted);
    tcase_add_test(t, slow_coordinator_is_waited_for_in_slices_with_one_endtxn);
    tcase_add_test(t, closing_does_not_wait_for_a_coordinator_that_is_silent);
    tcase_add_test(t, offsets_that_take_too_long_are_given_up_for_an_abort);
    tcase_add_test(t, full_buffer_is_pending_and_drains);
    tcase_add_test(t, record_outside_a_transaction_is_refused);
    tcase_add_test(t, init_told_to_wait_takes_a_new_client_at_once);
    tcase_add_test(t, init_that_the_broker_refuses_says_whose_fault_it_is);
    tcase_add_test(t, flush_sees_that_all_records_were_delivered);
    tcase_add_loop_test(t, record_that_is_not_delivered_fails_one_flush, 0,
                        WR_ARRAY_LEN(deliveries));
    tcase_add_test(t, flush_that_takes_too_long_is_given_up);
    tcase_add_test(t, producer_without_a_cluster_reports_and_closes);
    suite_add_tcase(s, t);
    return s;
}
