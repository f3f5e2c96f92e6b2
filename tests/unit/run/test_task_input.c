/* test_task_input.c -- order over inputs, waiting, positions, and records that are passed over. */
#include "src/base/base.h"

#include "src/base/mem.h"
#include "tests/unit/run/run_rig.h"

static struct run_rig r;

static void setup_two(void)
{
    rr_init(&r, rr_two, 1);
    rr_task(&r, 0);
}

static void setup_one(void)
{
    rr_init(&r, rr_pass, 1);
    rr_task(&r, 0);
}

static void teardown(void)
{
    rr_free(&r);
}

static void run_ok(void)
{
    ck_assert_msg(rr_run(&r) == WEIR_OK, "%s", r.task->error.text);
}

/* ---- order ----------------------------------------------------------------------------------- */

START_TEST(records_of_several_inputs_come_in_the_order_of_their_times)
{
    rr_record(&r, 0, "k", "a5", 5);
    rr_record(&r, 0, "k", "a9", 9);
    rr_record(&r, 1, "k", "b3", 3);
    rr_record(&r, 1, "k", "b7", 7);
    rr_eof(&r, 0);
    rr_eof(&r, 1);
    run_ok();
    ck_assert_str_eq(rr_log(&r), "out/0 k=b3@3\nout/0 k=a5@5\nout/0 k=b7@7\nout/0 k=a9@9\n");
}
END_TEST

START_TEST(offsets_rule_within_an_input_also_against_time)
{
    rr_record(&r, 0, "k", "a9", 9);
    rr_record(&r, 0, "k", "a1", 1);
    rr_record(&r, 1, "k", "b5", 5);
    rr_eof(&r, 0);
    rr_eof(&r, 1);
    run_ok();
    ck_assert_str_eq(rr_log(&r), "out/0 k=b5@5\nout/0 k=a9@9\nout/0 k=a1@1\n");
}
END_TEST

START_TEST(an_input_that_is_not_caught_up_is_waited_for)
{
    rr_record(&r, 0, "k", "a5", 5);
    rr_eof(&r, 0);
    run_ok();
    ck_assert_str_eq(rr_log(&r), "");
    ck_assert_int_eq(r.task->in.wait_until, INT64_MAX); /* only a message can change that */
    rr_record(&r, 1, "k", "b3", 3);
    rr_eof(&r, 1);
    run_ok();
    ck_assert_str_eq(rr_log(&r), "out/0 k=b3@3\nout/0 k=a5@5\n");
}
END_TEST

START_TEST(an_input_that_is_caught_up_is_not_waited_for_without_idle_time)
{
    rr_record(&r, 0, "k", "a5", 5);
    rr_eof(&r, 1);
    run_ok();
    ck_assert_str_eq(rr_log(&r), "out/0 k=a5@5\n");
    ck_assert_int_eq(rr_stat(&r, enforced), 1);
}
END_TEST

START_TEST(a_caught_up_input_is_waited_for_during_max_task_idle)
{
    r.task->in.max_idle_ms = 50;
    rr_record(&r, 0, "k", "a5", 5);
    rr_eof(&r, 1);
    run_ok();
    ck_assert_str_eq(rr_log(&r), "");
    ck_assert_int_eq(r.task->in.wait_until, r.clock.mono + 50);
    wr_clock_manual_advance(&r.clock, 49);
    run_ok();
    ck_assert_str_eq(rr_log(&r), "");
    wr_clock_manual_advance(&r.clock, 1);
    run_ok();
    ck_assert_str_eq(rr_log(&r), "out/0 k=a5@5\n");
}
END_TEST

START_TEST(a_record_that_comes_in_the_idle_time_is_put_in_order)
{
    r.task->in.max_idle_ms = 50;
    rr_record(&r, 0, "k", "a5", 5);
    rr_eof(&r, 1);
    run_ok();
    rr_record(&r, 1, "k", "b3", 3);
    wr_clock_manual_advance(&r.clock, 10);
    run_ok();
    ck_assert_str_eq(rr_log(&r), "out/0 k=b3@3\n");
    wr_clock_manual_advance(&r.clock, 49); /* the idle time of b begins anew */
    rr_eof(&r, 1);
    run_ok();
    ck_assert_str_eq(rr_log(&r), "");
    wr_clock_manual_advance(&r.clock, 50);
    run_ok();
    ck_assert_str_eq(rr_log(&r), "out/0 k=a5@5\n");
}
END_TEST

START_TEST(nothing_is_waited_for_with_negative_idle_time)
{
    r.task->in.max_idle_ms = -1;
    rr_record(&r, 0, "k", "a5", 5);
    run_ok();
    ck_assert_str_eq(rr_log(&r), "out/0 k=a5@5\n");
}
END_TEST

START_TEST(a_run_holds_what_one_batch_has_and_no_more_is_taken)
{
    bool made = false;
    for (int i = 0; i < 150; i++) {
        rr_record(&r, 0, "k", "v", i);
    }
    rr_eof(&r, 0);
    ck_assert_int_eq(wr_task_run(r.task, r.clock.mono, &made), WEIR_OK);
    ck_assert(made);
    ck_assert_uint_eq(r.task->in.run_len, WR_RUN_MAX);
    ck_assert_uint_eq(r.feeds[0].taken, WR_RUN_MAX); /* back-pressure: the rest stays there */
    run_ok();
    ck_assert_int_eq(r.task->in.inputs[0].position, 150);
    ck_assert_int_eq(rr_stat(&r, records), 150);
}
END_TEST

/* ---- positions ------------------------------------------------------------------------------- */

START_TEST(position_and_time_move_with_processed_records)
{
    struct wr_input *in = &r.task->in.inputs[0];
    rr_record(&r, 0, "k", "v", 9);
    rr_record(&r, 0, "k", "v", 4);
    run_ok();
    ck_assert_int_eq(in->position, 2);
    ck_assert_int_eq(in->time, 9);
    ck_assert_int_eq(in->committed, 0);
    ck_assert(wr_task_input_moved(&r.task->in));
    wr_task_input_committed(&r.task->in);
    ck_assert_int_eq(in->committed, 2);
    ck_assert_int_eq(in->committed_time, 9);
    ck_assert(!wr_task_input_moved(&r.task->in));
}
END_TEST

START_TEST(an_end_of_partition_moves_the_position_over_control_records)
{
    rr_record(&r, 0, "k", "v", 1);
    r.feeds[0].next = 7; /* transaction markers */
    rr_eof(&r, 0);
    run_ok();
    run_ok();
    ck_assert_int_eq(r.task->in.inputs[0].position, 7);
}
END_TEST

START_TEST(an_abort_goes_back_to_the_committed_position_and_time)
{
    struct wr_input *in = &r.task->in.inputs[0];
    rr_record(&r, 0, "k", "v", 3);
    run_ok();
    wr_task_input_committed(&r.task->in);
    rr_record(&r, 0, "k", "v", 8);
    rr_eof(&r, 0);
    run_ok();
    wr_task_input_aborted(&r.task->in);
    ck_assert_int_eq(in->position, 1);
    ck_assert_int_eq(in->next, 1);
    ck_assert_int_eq(in->time, 3);
    ck_assert_int_eq(in->eof, -1);
    ck_assert_int_eq(r.feeds[0].unreleased, 0);
}
END_TEST

START_TEST(committed_metadata_is_read_back)
{
    struct wr_input *in = &r.task->in.inputs[0];
    struct wr_buf text = {0};
    in->time = 1234567890123;
    wr_input_metadata(in, &text);
    wr_input_set_committed(in, 42, wr_buf_cstr(&text));
    ck_assert_int_eq(in->committed, 42);
    ck_assert_int_eq(in->position, 42);
    ck_assert_int_eq(in->committed_time, 1234567890123);
    ck_assert_int_eq(wr_task_input_stream_time(&r.task->in), 1234567890123);
    wr_buf_free(&text);
}
END_TEST

static const char *const no_metadata[] = {NULL, "", "weir1;task=0_0", "????"};

START_TEST(without_metadata_that_it_knows_the_time_of_an_input_is_unknown)
{
    struct wr_input *in = &r.task->in.inputs[0];
    wr_input_set_committed(in, 42, no_metadata[_i]);
    ck_assert_int_eq(in->committed, 42);
    ck_assert_int_eq(in->committed_time, -1);
}
END_TEST

START_TEST(positions_are_written_beside_the_state_and_found_again)
{
    struct wr_buf text = {0};
    struct wr_input *in = &r.task->in.inputs[0];
    in->position = 12;
    in->time = 34;
    wr_buf_str(&text, "in/00/5/6\nin2/0/7/8\n");
    ck_assert_int_eq(wr_input_written(in, wr_buf_view(&text)), -1);
    wr_task_input_write(&r.task->in, &text);
    ck_assert_str_eq(wr_buf_cstr(&text), "in/00/5/6\nin2/0/7/8\nin/0/12/34\n");
    ck_assert_int_eq(wr_input_written(in, wr_buf_view(&text)), 12);
    ck_assert_int_eq(wr_input_written(in, WEIR_NULL), -1);
    wr_buf_free(&text);
}
END_TEST

/* ---- what is not processed ------------------------------------------------------------------- */

START_TEST(control_records_of_newer_versions_are_skipped)
{
    static const struct weir_header control[] = {{{"x", 1}, {"y", 1}}, {{"weir.ctl", 8}, {"1", 1}}};
    struct wr_message *m = rr_record(&r, 0, NULL, NULL, 99);
    m->has_headers = true;
    r.feeds[0].headers[0] = (struct weir_headers){control, 2};
    rr_record(&r, 0, "k", "v", 1);
    run_ok();
    ck_assert_str_eq(rr_log(&r), "out/0 k=v@1\n");
    ck_assert_int_eq(r.task->in.inputs[0].position, 2);
    ck_assert_int_eq(r.task->in.inputs[0].time, 1); /* theirs does not count */
    ck_assert_int_eq(rr_stat(&r, dropped), 0);
}
END_TEST

START_TEST(other_headers_stay_with_their_record)
{
    static const struct weir_header headers[] = {{{"weir.ctl2", 9}, {"1", 1}}};
    struct wr_message *m = rr_record(&r, 0, "k", "v", 1);
    m->has_headers = true;
    r.feeds[0].headers[0] = (struct weir_headers){headers, 1};
    run_ok();
    ck_assert_str_eq(rr_log(&r), "out/0 k=v@1 [weir.ctl2=1]\n");
}
END_TEST

START_TEST(a_record_without_a_time_is_refused)
{
    rr_record(&r, 0, "k", "v", -1);
    ck_assert_int_eq(rr_run(&r), WEIR_ETIME);
    ck_assert_has(r.task->error.text,
                  "input \"in\" partition 0 at offset 0: the record has no time");
    ck_assert_int_eq(r.task->in.inputs[0].position, 0);
}
END_TEST

START_TEST(a_record_without_a_time_is_skipped_if_the_policy_says_so)
{
    r.settings.on_timestamp = WR_POLICY_SKIP;
    rr_record(&r, 0, "k", "v", -1);
    rr_record(&r, 0, "k", "w", 2);
    run_ok();
    ck_assert_str_eq(rr_log(&r), "out/0 k=w@2\n");
    ck_assert_int_eq(rr_stat(&r, dropped), 1);
    ck_assert_int_eq(r.task->in.inputs[0].position, 2);
}
END_TEST

START_TEST(what_is_only_passed_over_moves_the_position_too)
{
    r.settings.on_timestamp = WR_POLICY_SKIP;
    rr_record(&r, 0, "k", "v", -1);
    run_ok();
    ck_assert_int_eq(r.task->in.inputs[0].position, 1);
    ck_assert(wr_task_has_work(r.task));
}
END_TEST

START_TEST(good_records_before_a_bad_one_are_processed_first)
{
    bool made = false;
    rr_record(&r, 0, "k", "v", 1);
    rr_record(&r, 0, "k", "v", -1);
    ck_assert_int_eq(wr_task_run(r.task, r.clock.mono, &made), WEIR_OK);
    ck_assert(made);
    ck_assert_int_eq(r.task->in.inputs[0].position, 1);
    ck_assert_int_eq(wr_task_run(r.task, r.clock.mono, &made), WEIR_ETIME);
    ck_assert(!made);
}
END_TEST

static const struct {
    enum weir_code code;
    const char *text;
} broken[] = {
    {WEIR_EOFFSET, "the position is not in the log any more"},
    {WEIR_ENOTOPIC, "topic does not exist"},
    {WEIR_EAUTH, "not authorized"},
};

START_TEST(an_error_of_the_feed_names_topic_and_position)
{
    rr_error(&r, 0, broken[_i].code);
    ck_assert_int_eq(rr_run(&r), broken[_i].code);
    ck_assert_has(r.task->error.text, "input \"in\" partition 0 at offset 0");
    ck_assert_has(r.task->error.text, broken[_i].text);
}
END_TEST

/* The same committed position that is met twice is gone for good: once must not count as twice. */
START_TEST(a_position_that_is_not_in_the_log_behind_good_records_is_met_once)
{
    rr_record(&r, 0, "k", "a", 5);
    rr_error(&r, 0, WEIR_EOFFSET);
    ck_assert_int_eq(rr_run(&r), WEIR_EOFFSET);
    ck_assert_str_eq(rr_log(&r), "out/0 k=a@5\n");
    ck_assert(!wr_task_input_gone(&r.task->in));
}
END_TEST

/* ---- times ----------------------------------------------------------------------------------- */

static const struct {
    const char *value;
    enum weir_code code;
    const char *out; /* or the reason */
} fields[] = {
    {"{\"at\":7}", WEIR_OK, "out/0 k={\"at\":7}@7\n"},
    {"{}", WEIR_ETIME, "no time in field \"at\": it is missing"},
    {"{\"at\":1.5}", WEIR_ETIME, "no time in field \"at\": it is not an integer"},
    {"{\"at\":\"7\"}", WEIR_ETIME, "it is not an integer"},
    {"{\"at\":-1}", WEIR_ETIME, "no time in field \"at\": -1 is negative"},
    {NULL, WEIR_ETIME, "the value is null"},
    {"{", WEIR_EDECODE, "value is not"},
};

START_TEST(the_time_of_a_record_can_be_a_field)
{
    rr_init(&r, rr_json_time, 1);
    rr_task(&r, 0);
    rr_record(&r, 0, "k", fields[_i].value, 100);
    ck_assert_int_eq(rr_run(&r), fields[_i].code);
    ck_assert_has(fields[_i].code == WEIR_OK ? rr_log(&r) : r.task->error.text, fields[_i].out);
    rr_free(&r);
}
END_TEST

START_TEST(a_negative_time_of_a_function_drops_the_record)
{
    rr_init(&r, rr_own_time, 1);
    rr_task(&r, 0);
    rr_record(&r, 0, "k", "", 100);
    run_ok();
    ck_assert_str_eq(rr_log(&r), "");
    ck_assert_int_eq(rr_stat(&r, dropped), 1);
    ck_assert_int_eq(r.task->in.inputs[0].position, 1);
    rr_free(&r);
}
END_TEST

START_TEST(the_time_of_a_record_can_be_computed_or_refused)
{
    rr_init(&r, rr_own_time, 1);
    rr_task(&r, 0);
    rr_record(&r, 0, "k", "four", 100);
    run_ok();
    ck_assert_str_eq(rr_log(&r), "out/0 k=four@3\n");
    rr_record(&r, 0, "k", "refused", 100);
    ck_assert_int_eq(rr_run(&r), WEIR_ETIME);
    ck_assert_has(r.task->error.text, "no clock at hand");
    rr_free(&r);
}
END_TEST

Suite *task_input_suite(void)
{
    Suite *s = suite_create("task_input");
    TCase *two = tcase_create("two inputs");
    tcase_add_checked_fixture(two, setup_two, teardown);
    tcase_add_test(two, records_of_several_inputs_come_in_the_order_of_their_times);
    tcase_add_test(two, offsets_rule_within_an_input_also_against_time);
    tcase_add_test(two, an_input_that_is_not_caught_up_is_waited_for);
    tcase_add_test(two, an_input_that_is_caught_up_is_not_waited_for_without_idle_time);
    tcase_add_test(two, a_caught_up_input_is_waited_for_during_max_task_idle);
    tcase_add_test(two, a_record_that_comes_in_the_idle_time_is_put_in_order);
    tcase_add_test(two, nothing_is_waited_for_with_negative_idle_time);
    suite_add_tcase(s, two);
    TCase *one = tcase_create("one input");
    tcase_add_checked_fixture(one, setup_one, teardown);
    tcase_add_test(one, a_run_holds_what_one_batch_has_and_no_more_is_taken);
    tcase_add_test(one, position_and_time_move_with_processed_records);
    tcase_add_test(one, an_end_of_partition_moves_the_position_over_control_records);
    tcase_add_test(one, an_abort_goes_back_to_the_committed_position_and_time);
    tcase_add_test(one, committed_metadata_is_read_back);
    tcase_add_loop_test(one, without_metadata_that_it_knows_the_time_of_an_input_is_unknown, 0,
                        WR_ARRAY_LEN(no_metadata));
    tcase_add_test(one, positions_are_written_beside_the_state_and_found_again);
    tcase_add_test(one, control_records_of_newer_versions_are_skipped);
    tcase_add_test(one, other_headers_stay_with_their_record);
    tcase_add_test(one, a_record_without_a_time_is_refused);
    tcase_add_test(one, a_record_without_a_time_is_skipped_if_the_policy_says_so);
    tcase_add_test(one, what_is_only_passed_over_moves_the_position_too);
    tcase_add_test(one, good_records_before_a_bad_one_are_processed_first);
    tcase_add_loop_test(one, an_error_of_the_feed_names_topic_and_position, 0,
                        WR_ARRAY_LEN(broken));
    tcase_add_test(one, a_position_that_is_not_in_the_log_behind_good_records_is_met_once);
    suite_add_tcase(s, one);
    TCase *times = tcase_create("times");
    tcase_add_loop_test(times, the_time_of_a_record_can_be_a_field, 0, WR_ARRAY_LEN(fields));
    tcase_add_test(times, a_negative_time_of_a_function_drops_the_record);
    tcase_add_test(times, the_time_of_a_record_can_be_computed_or_refused);
    suite_add_tcase(s, times);
    return s;
}
