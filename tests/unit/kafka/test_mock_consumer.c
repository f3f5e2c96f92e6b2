/* test_mock_consumer.c -- consumer handles and their calls against a pretended cluster. */
#include "src/base/base.h"

#include <string.h>

#include "tests/unit/kafka/mock.h"

Suite *mock_consumer_suite(void);

static struct wr_partition *part;

static struct wr_consumer *reader_at(int64_t offset, struct wr_wake *wake)
{
    struct wr_consumer *c = kt_consumer(mock_kafka, WR_ROLE_DATA, "t", wake);
    ck_assert_int_eq(wr_partition_assign(c, "t", 0, offset, &part, &mock_err), WEIR_OK);
    return c;
}

static void write_records(int n)
{
    struct wr_producer *p = kt_producer(mock_kafka, "tx", "t");
    kt_write(p, "t", 0, "r", n);
    wr_producer_close(p);
}

START_TEST(records_come_in_order_and_then_the_end)
{
    write_records(100);
    struct wr_consumer *c = reader_at(10, NULL);
    for (int64_t want = 10; want < 100; want++) {
        struct wr_message m;
        char text[16];
        snprintf(text, sizeof text, "r%d", (int)want);
        ck_assert(kt_next(part, &m, 10000));
        ck_assert_int_eq(m.kind, WR_MESSAGE_RECORD);
        ck_assert_int_eq(m.offset, want);
        ck_assert(weir_equal(m.key, weir_str(text)));
        ck_assert(weir_equal(m.value, weir_str(text)));
        ck_assert_int_eq(m.time, 1000);
        ck_assert(!m.has_headers);
        wr_messages_release(&m, 1);
    }
    int64_t eof = -1;
    ck_assert_int_eq(kt_read_to(part, 100, &eof), 0);
    wr_consumer_close(c);
}
END_TEST

START_TEST(taking_never_waits_and_gives_no_more_than_asked)
{
    write_records(100);
    struct wr_consumer *c = reader_at(0, NULL);
    struct wr_message m[100];
    size_t seen = 0;
    int64_t until = kt_ms() + 10000;
    while (seen < 100) {
        int64_t before = kt_ms();
        size_t n = wr_partition_take(part, m + seen, wr_min_size(7, 100 - seen));
        ck_assert_int_lt(kt_ms() - before, 100);
        ck_assert_uint_le(n, 7);
        seen += n;
        ck_assert_int_lt(kt_ms(), until);
        kt_sleep(n == 0);
    }
    for (size_t i = 0; i < 100; i++) {
        ck_assert_int_eq(m[i].offset, (int64_t)i);
    }
    wr_messages_release(m, 100);
    wr_consumer_close(c);
}
END_TEST

START_TEST(rewinding_neither_loses_nor_repeats_records)
{
    write_records(200);
    struct wr_consumer *c = reader_at(150, NULL);
    for (int round = 0; round < 12; round++) {
        int64_t want = round % 3 * 60;
        for (int burst = 0; burst <= round % 3; burst++) {
            ck_assert_int_eq(wr_partition_rewind(part, want, &mock_err), WEIR_OK);
        }
        for (int n = 0; n < 30; n++) {
            struct wr_message m;
            ck_assert_msg(kt_next(part, &m, 15000), "round %d", round);
            ck_assert_int_eq(m.kind, WR_MESSAGE_RECORD);
            ck_assert_int_eq(m.offset, want++);
            wr_messages_release(&m, 1);
        }
    }
    wr_consumer_close(c);
}
END_TEST

START_TEST(wake_is_signalled_when_records_come)
{
    struct wr_wake wake;
    wr_wake_init(&wake);
    struct wr_consumer *c = reader_at(0, &wake);
    struct wr_message m;
    int64_t eof = -1;
    ck_assert_int_eq(kt_read_to(part, 0, &eof), 0);
    while (wr_wake_wait(&wake, 0)) {
    }
    write_records(1);
    ck_assert(wr_wake_wait(&wake, 10000));
    ck_assert_uint_eq(wr_partition_take(part, &m, 1), 1);
    wr_messages_release(&m, 1);
    wr_consumer_close(c);
    wr_wake_free(&wake);
}
END_TEST

START_TEST(position_beyond_the_log_is_an_error_message)
{
    write_records(5);
    struct wr_consumer *c = reader_at(1000, NULL);
    struct wr_message m;
    ck_assert(kt_next(part, &m, 10000));
    ck_assert_int_eq(m.kind, WR_MESSAGE_ERROR);
    ck_assert_int_eq(m.code, WEIR_EOFFSET);
    wr_messages_release(&m, 1);
    wr_consumer_close(c);
}
END_TEST

START_TEST(partition_is_assigned_once_at_a_time)
{
    struct wr_consumer *c = reader_at(0, NULL);
    struct wr_partition *again = part;
    ck_assert_int_ne(wr_partition_assign(c, "t", 0, 0, &again, &mock_err), WEIR_OK);
    ck_assert_ptr_null(again);
    ck_assert_ptr_nonnull(strstr(mock_err.text, "t-0"));
    wr_partition_unassign(part);
    ck_assert_int_eq(wr_partition_assign(c, "t", 0, 0, &part, &mock_err), WEIR_OK);
    wr_consumer_close(c);
}
END_TEST

START_TEST(topics_are_described_in_the_order_asked_for)
{
    struct wr_consumer *c = kt_consumer(mock_kafka, WR_ROLE_ADMIN, NULL, NULL);
    const char *names[] = {"tasks", "t"};
    struct wr_call *call = wr_topics_describe(c, names, 2);
    size_t count;
    ck_assert_int_eq(kt_end(call, &mock_err), WR_CALL_OK);
    const struct wr_topic_info *info = wr_topics_result(call, &count);
    ck_assert_uint_eq(count, 2);
    ck_assert_str_eq(info[0].name, "tasks");
    ck_assert_int_eq(info[0].partitions, 3);
    ck_assert_int_eq(info[1].partitions, 2);
    ck_assert_str_eq(wr_topics_topic_id(call, "other"), "");
    wr_call_free(call);
    wr_consumer_close(c);
}
END_TEST

START_TEST(watermarks_and_reset_positions_are_asked_for)
{
    write_records(20);
    struct wr_consumer *c = kt_consumer(mock_kafka, WR_ROLE_ADMIN, NULL, NULL);
    ck_assert_int_ge(kt_high(c, "t", 0), 20); /* newer pretended clusters write markers */
    struct wr_call *call = wr_reset_query(c, "t", 0, false);
    ck_assert_int_eq(kt_end(call, &mock_err), WR_CALL_OK);
    ck_assert_int_eq(wr_reset_result(call), 0);
    wr_call_free(call);
    wr_consumer_close(c);
}
END_TEST

START_TEST(a_partition_without_a_leader_is_asked_for_again)
{
    struct wr_consumer *c = kt_consumer(mock_kafka, WR_ROLE_ADMIN, "t", NULL);
    struct wr_call *call = wr_watermarks_query(c, "t", 7);
    for (int64_t until = kt_ms() + 1500; kt_ms() < until;) {
        ck_assert_int_eq(wr_call_step(call, 100, &mock_err), WR_CALL_PENDING);
    }
    ck_assert_str_eq(wr_call_waiting_for(call), "the leader of a partition");
    wr_call_free(call);
    wr_consumer_close(c);
}
END_TEST

START_TEST(nothing_committed_is_no_offset)
{
    struct wr_consumer *c = kt_consumer(mock_kafka, WR_ROLE_ADMIN, NULL, NULL);
    struct wr_position at[] = {{"t", 1, 7, "x"}, {"t", 0, 7, NULL}};
    for (int stable = 0; stable < 2; stable++) {
        struct wr_call *call = wr_offsets_fetch(c, at, 2, stable != 0);
        size_t count;
        ck_assert_int_eq(kt_end(call, &mock_err), WR_CALL_OK);
        const struct wr_position *p = wr_offsets_result(call, &count);
        ck_assert_uint_eq(count, 2);
        ck_assert_int_eq(p[0].partition, 1);
        ck_assert_int_eq(p[0].offset, WR_OFFSET_NONE);
        ck_assert_ptr_null(p[0].metadata);
        wr_call_free(call);
    }
    wr_consumer_close(c);
}
END_TEST

START_TEST(call_goes_on_while_the_cluster_is_away)
{
    struct wr_consumer *c = kt_consumer(mock_kafka, WR_ROLE_ADMIN, NULL, NULL);
    rd_kafka_mock_broker_set_down(mock_cluster, 1);
    const char *name = "t";
    struct wr_call *call = wr_topics_describe(c, &name, 1);
    int64_t until = kt_ms() + 1500;
    while (kt_ms() < until) {
        ck_assert_int_eq(wr_call_step(call, 20, &mock_err), WR_CALL_PENDING);
    }
    ck_assert_str_ne(wr_call_waiting_for(call), "");
    struct wr_handle_error e;
    ck_assert(wr_consumer_error(c, &e));
    ck_assert_int_eq(e.error.code, WEIR_ECLUSTER);
    ck_assert_int_ge(e.count, 1);
    rd_kafka_mock_broker_set_up(mock_cluster, 1);
    kt_ok(call);
    wr_consumer_close(c);
}
END_TEST

START_TEST(handle_closes_quickly_whatever_is_under_way)
{
    write_records(100);
    struct wr_consumer *c = reader_at(0, NULL);
    wr_call_free(wr_watermarks_query(c, "t", 0));
    wr_call_free(wr_group_describe(c));
    rd_kafka_mock_broker_set_down(mock_cluster, 1);
    wr_call_free(wr_watermarks_query(c, "t", 1));
    int64_t before = kt_ms();
    wr_consumer_close(c);
    ck_assert_int_lt(kt_ms() - before, 3000);
    rd_kafka_mock_broker_set_up(mock_cluster, 1);
}
END_TEST

Suite *mock_consumer_suite(void)
{
    Suite *s = suite_create("mock_consumer");
    TCase *t = tcase_create("mock_consumer");
    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, mock_setup, mock_teardown);
    tcase_add_test(t, records_come_in_order_and_then_the_end);
    tcase_add_test(t, taking_never_waits_and_gives_no_more_than_asked);
    tcase_add_test(t, rewinding_neither_loses_nor_repeats_records);
    tcase_add_test(t, wake_is_signalled_when_records_come);
    tcase_add_test(t, position_beyond_the_log_is_an_error_message);
    tcase_add_test(t, partition_is_assigned_once_at_a_time);
    tcase_add_test(t, topics_are_described_in_the_order_asked_for);
    tcase_add_test(t, watermarks_and_reset_positions_are_asked_for);
    tcase_add_test(t, a_partition_without_a_leader_is_asked_for_again);
    tcase_add_test(t, nothing_committed_is_no_offset);
    tcase_add_test(t, call_goes_on_while_the_cluster_is_away);
    tcase_add_test(t, handle_closes_quickly_whatever_is_under_way);
    suite_add_tcase(s, t);
    return s;
}
