/* test_mock_group.c -- the group handle against a pretended cluster. */
#include "src/base/base.h"

#include "src/kafka/group_gate.h"
#include "tests/unit/kafka/mock.h"

Suite *mock_group_suite(void);

static struct wr_group_event e;

static void answer_all_tasks(struct wr_group *g)
{
    ck_assert(kt_event(g, &e, 20000));
    ck_assert_int_eq(e.kind, WR_GROUP_ASSIGN);
    ck_assert_uint_eq(e.task_count, 3);
    ck_assert_int_eq(wr_group_answer(g, &mock_err), WEIR_OK);
}

START_TEST(member_joins_gets_its_tasks_and_leaves)
{
    struct wr_group *g = kt_group(mock_kafka, "tasks", NULL);
    ck_assert_ptr_null(wr_group_metadata(g));
    ck_assert(kt_event(g, &e, 20000));
    ck_assert_int_eq(e.kind, WR_GROUP_ASSIGN);
    struct wr_group_event before_the_answer;
    wr_group_poll(g, &before_the_answer);
    ck_assert_int_eq(before_the_answer.kind, WR_GROUP_NOTHING);
    ck_assert_uint_eq(e.task_count, 3);
    ck_assert_int_eq(wr_group_answer(g, &mock_err), WEIR_OK);
    struct wr_group_meta *meta = wr_group_metadata(g);
    ck_assert_int_ge(wr_group_meta_generation(meta), 1);
    wr_group_meta_unref(meta);

    wr_group_leave(g, false);
    ck_assert(kt_event(g, &e, 10000));
    ck_assert_int_eq(e.kind, WR_GROUP_REVOKE);
    ck_assert_uint_eq(e.task_count, 3);
    ck_assert_int_eq(wr_group_answer(g, &mock_err), WEIR_OK);
    for (int i = 0; i < 2; i++) { /* told as often as asked */
        ck_assert(kt_event(g, &e, 10000));
        ck_assert_int_eq(e.kind, WR_GROUP_CLOSED);
    }
    wr_group_close(g, false);
}
END_TEST

START_TEST(the_gate_is_closed_when_a_member_joins_again)
{
    struct wr_group_gate *gate =
        wr_group_gate_new(wr_clock_system(), &(struct wr_group_gate_limits){.join_ms = 60000});
    struct wr_group_options o = {.topic = "tasks", .gate = gate};
    struct wr_group *g = NULL;
    ck_assert_int_eq(wr_group_open(mock_kafka, &o, &g, &mock_err), WEIR_OK);
    ck_assert_int_eq(wr_group_join(g, &mock_err), WEIR_OK);
    answer_all_tasks(g);
    ck_assert(!wr_group_gate_is_open(gate));
    wr_group_gate_open(gate);
    mock_fail(MOCK_HEARTBEAT, 1, RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS);
    ck_assert(kt_event(g, &e, 20000));
    ck_assert_int_eq(e.kind, WR_GROUP_ASSIGN);
    kt_sleep(2 * WR_GATE_MOMENT_MS);
    ck_assert(!wr_group_gate_is_open(gate)); /* because of JoinGroup, not only of the heartbeat */
    wr_group_close(g, true);
    wr_group_gate_unref(gate);
}
END_TEST

START_TEST(expelled_member_is_told_that_everything_is_lost)
{
    struct wr_group *g = kt_group(mock_kafka, "tasks", NULL);
    answer_all_tasks(g);
    mock_fail(MOCK_HEARTBEAT, 1, RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID);
    ck_assert(kt_event(g, &e, 20000));
    ck_assert_int_eq(e.kind, WR_GROUP_LOST);
    ck_assert_uint_eq(e.task_count, 3);
    ck_assert_int_eq(wr_group_answer(g, &mock_err), WEIR_OK);
    answer_all_tasks(g); /* it joins again by itself */
    wr_group_close(g, true);
}
END_TEST

/* The client library says nothing of it then. */
START_TEST(member_that_is_expelled_before_it_answers_is_told_so)
{
    struct wr_group *g = kt_group(mock_kafka, "tasks", NULL);
    if (_i == 1) {
        answer_all_tasks(g);
        wr_group_leave(g, true); /* what is given up on purpose is not lost */
        ck_assert(kt_event(g, &e, 20000));
        ck_assert_int_eq(e.kind, WR_GROUP_REVOKE);
    } else {
        ck_assert(kt_event(g, &e, 20000));
        ck_assert_int_eq(e.kind, WR_GROUP_ASSIGN);
    }
    mock_fail(MOCK_HEARTBEAT, 1, RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID);
    kt_sleep(3000); /* a heartbeat */
    enum weir_code code = wr_group_answer(g, &mock_err);
    if (_i == 1) {
        ck_assert_int_eq(code, WEIR_OK);
    } else {
        ck_assert_int_eq(code, WEIR_EFENCED);
        ck_assert_ptr_null(wr_group_metadata(g));
        wr_group_poll(g, &e);
        ck_assert_int_eq(e.kind, WR_GROUP_FATAL);
    }
    wr_group_close(g, true);
}
END_TEST

START_TEST(fenced_member_is_fatal_once_and_can_be_replaced)
{
    struct wr_group *g = kt_group(mock_kafka, "tasks", "one");
    answer_all_tasks(g);
    mock_fail(MOCK_HEARTBEAT, 1, RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID);
    ck_assert(kt_event(g, &e, 20000));
    ck_assert_int_eq(e.kind, WR_GROUP_FATAL);
    ck_assert_int_eq(e.error.code, WEIR_EFENCED);
    wr_group_poll(g, &e);
    ck_assert_int_eq(e.kind, WR_GROUP_NOTHING);
    ck_assert_ptr_null(wr_group_metadata(g));
    int64_t before = kt_ms();
    wr_group_close(g, true);
    ck_assert_int_lt(kt_ms() - before, 2000);
}
END_TEST

START_TEST(member_of_a_cluster_that_is_away_leaves_in_bounded_time)
{
    rd_kafka_mock_broker_set_down(mock_cluster, 1);
    struct wr_group *g = kt_group(mock_kafka, "tasks", NULL);
    kt_sleep(300);
    wr_group_leave(g, false);
    ck_assert(kt_event(g, &e, 25000));
    ck_assert_int_eq(e.kind, WR_GROUP_CLOSED);
    int64_t before = kt_ms();
    wr_group_close(g, false);
    ck_assert_int_lt(kt_ms() - before, 6000);
    rd_kafka_mock_broker_set_up(mock_cluster, 1);
}
END_TEST

Suite *mock_group_suite(void)
{
    Suite *s = suite_create("mock_group");
    TCase *t = tcase_create("mock_group");
    tcase_set_timeout(t, 90);
    tcase_add_checked_fixture(t, mock_setup, mock_teardown);
    tcase_add_test(t, member_joins_gets_its_tasks_and_leaves);
    tcase_add_test(t, the_gate_is_closed_when_a_member_joins_again);
    tcase_add_test(t, expelled_member_is_told_that_everything_is_lost);
    tcase_add_loop_test(t, member_that_is_expelled_before_it_answers_is_told_so, 0, 2);
    tcase_add_test(t, fenced_member_is_fatal_once_and_can_be_replaced);
    tcase_add_test(t, member_of_a_cluster_that_is_away_leaves_in_bounded_time);
    suite_add_tcase(s, t);
    return s;
}
