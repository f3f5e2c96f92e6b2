/* test_task.c -- one task: processing, commit, abort and replay; bad records. */
#include "src/base/base.h"

#include "src/base/err.h"
#include "state/kv_store.h"
#include "tests/unit/run/run_rig.h"

static struct run_rig r;

static void setup_count(void)
{
    rr_init(&r, rr_count, 1);
    rr_task(&r, 0);
}

static void setup_json(void)
{
    rr_init(&r, rr_json_time, 1);
    r.settings.dead_letter_topic = "dead";
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

static int stored(const char *key)
{
    struct weir_row row;
    struct weir_kv *kv = wr_task_state_find(r.task->state, "counts");
    if (weir_kv_get(kv, weir_str(key), &row) != WEIR_OK) {
        return 0;
    }
    return ((const unsigned char *)row.value.data)[7];
}

/* ---- commit ---------------------------------------------------------------------------------- */

START_TEST(a_commit_sends_what_is_due_and_one_changelog_record_per_key)
{
    rr_record(&r, 0, "a", "v", 1);
    rr_record(&r, 0, "b", "v", 2);
    rr_record(&r, 0, "a", "v", 3);
    run_ok();
    ck_assert_str_eq(rr_log(&r), ""); /* emit at commit: nothing before it */
    rr_commit(&r);
    ck_assert_str_eq(rr_log(&r), "out/0 a=#2@3\nout/0 b=#1@2\n"
                                 "app-counts-changelog/0 a=#2@3\napp-counts-changelog/0 b=#1@2\n");
    ck_assert_int_eq(r.task->in.inputs[0].committed, 3);
    ck_assert_int_eq(rr_stat(&r, sent), 4);
}
END_TEST

START_TEST(a_commit_without_changes_sends_nothing)
{
    rr_record(&r, 0, "a", "v", 1);
    run_ok();
    rr_commit(&r);
    rr_log(&r);
    ck_assert(!wr_task_has_work(r.task));
    rr_commit(&r);
    ck_assert_str_eq(rr_log(&r), "");
}
END_TEST

START_TEST(the_stored_position_is_behind_the_last_record_delivered)
{
    rr_record(&r, 0, "a", "v", 1);
    rr_record(&r, 0, "b", "v", 2);
    run_ok();
    ck_assert_int_eq(wr_task_state_position(r.task->state, 0), 0);
    ck_assert_int_eq(wr_task_prepare(r.task), WEIR_OK);
    r.task->stores[0].delivery.next = 17; /* as the producer reported */
    ck_assert_int_eq(wr_task_committed(r.task, 0), WEIR_OK);
    ck_assert_int_eq(wr_task_state_position(r.task->state, 0), 17);
    rr_record(&r, 0, NULL, "v", 3); /* dropped: no change, so no changelog record */
    run_ok();
    rr_commit(&r);
    ck_assert_int_eq(wr_task_state_position(r.task->state, 0), 17);
}
END_TEST

START_TEST(the_state_keeps_the_positions_of_the_inputs_it_was_made_from)
{
    struct weir_bytes inputs;
    rr_record(&r, 0, "a", "v", 5);
    run_ok();
    rr_commit(&r);
    inputs = wr_task_state_inputs(r.task->state);
    ck_assert_uint_ne(inputs.len, 0);
    ck_assert(weir_equal(inputs, weir_str("in/0/1/5\n")));
}
END_TEST

START_TEST(a_changelog_record_that_cannot_be_sent_stops_and_is_never_skipped)
{
    r.settings.on_production = WR_POLICY_SKIP;
    rr_record(&r, 0, "a", "v", 1);
    run_ok();
    r.fail_send = 2; /* the first one goes to the output */
    r.send_code = WEIR_ETOOLARGE;
    ck_assert_int_eq(wr_task_prepare(r.task), WEIR_ESTATE);
    ck_assert_has(r.task->error.text, "task 0_0, changelog \"app-counts-changelog\"");
    wr_task_aborted(r.task);
}
END_TEST

START_TEST(a_send_that_fails_at_commit_names_task_and_node)
{
    rr_record(&r, 0, "a", "v", 1);
    run_ok();
    r.fail_send = 1;
    r.send_code = WEIR_EABORT;
    ck_assert_int_eq(wr_task_prepare(r.task), WEIR_EABORT);
    ck_assert_has(r.task->error.text, "task 0_0, node \"");
    ck_assert_has(r.task->error.text, "at commit");
    ck_assert_has(r.task->error.text, "the cluster is on fire");
    wr_task_aborted(r.task);
}
END_TEST

/* ---- abort ----------------------------------------------------------------------------------- */

START_TEST(an_abort_drops_everything_since_the_last_commit_and_the_replay_is_the_same)
{
    rr_record(&r, 0, "a", "v", 1);
    run_ok();
    rr_commit(&r);
    rr_log(&r);
    rr_record(&r, 0, "a", "v", 9);
    rr_record(&r, 0, "b", "v", 10);
    run_ok();
    ck_assert_int_eq(wr_task_prepare(r.task), WEIR_OK);
    wr_task_aborted(r.task);
    rr_log(&r);
    ck_assert_int_eq(stored("a"), 1);
    ck_assert_int_eq(stored("b"), 0);
    ck_assert_int_eq(r.task->in.inputs[0].position, 1);
    ck_assert_int_eq(r.task->host.stream_time, 1);
    ck_assert(!wr_task_has_work(r.task));
    r.feeds[0].taken = 1; /* the owner rewinds the feed */
    run_ok();
    rr_commit(&r);
    ck_assert_str_eq(rr_log(&r), "out/0 a=#2@9\nout/0 b=#1@10\n"
                                 "app-counts-changelog/0 a=#2@9\napp-counts-changelog/0 b=#1@10\n");
}
END_TEST

START_TEST(deliveries_of_an_aborted_transaction_do_not_count)
{
    rr_record(&r, 0, "a", "v", 1);
    run_ok();
    ck_assert_int_eq(wr_task_prepare(r.task), WEIR_OK);
    r.task->stores[0].delivery.next = 50;
    wr_task_aborted(r.task);
    r.feeds[0].taken = 0;
    run_ok();
    rr_commit(&r);
    ck_assert_int_eq(wr_task_state_position(r.task->state, 0), 1);
}
END_TEST

START_TEST(a_commit_that_was_asked_for_is_forgotten_by_an_abort)
{
    r.task->host.commit_requested = true;
    wr_task_aborted(r.task);
    ck_assert(!r.task->host.commit_requested);
}
END_TEST

START_TEST(a_stopped_task_can_be_started_again)
{
    rr_record(&r, 0, "a", "v", 1);
    run_ok();
    rr_commit(&r);
    wr_task_stop(r.task);
    ck_assert_int_eq(wr_task_start(r.task, &r.outlet), WEIR_OK);
    rr_record(&r, 0, "a", "v", 2);
    run_ok();
    ck_assert_int_eq(stored("a"), 2);
    ck_assert_int_eq(r.task->host.stream_time, 2);
}
END_TEST

START_TEST(a_claim_is_work_until_it_is_committed)
{
    r.task->needs_claim = true;
    ck_assert(wr_task_has_work(r.task));
    wr_task_aborted(r.task);
    ck_assert(wr_task_has_work(r.task));
    rr_commit(&r);
    ck_assert(!wr_task_has_work(r.task));
}
END_TEST

/* ---- bad records ----------------------------------------------------------------------------- */

START_TEST(a_bad_record_stops_and_leaves_its_letter_to_the_owner)
{
    rr_record(&r, 0, "k", "{\"at\":1}", 100);
    rr_record(&r, 0, "k", "no json", 100);
    ck_assert_int_eq(rr_run(&r), WEIR_EDECODE);
    ck_assert_has(r.task->error.text, "input \"in\" partition 0 at offset 1: value is not json");
    ck_assert(r.task->letter_due);
    ck_assert_int_eq(r.task->letter.record.offset, 1);
    ck_assert_str_eq(rr_log(&r), "out/0 k={\"at\":1}@1\n"); /* no letter in this transaction */
    wr_task_aborted(r.task);
}
END_TEST

START_TEST(a_skipped_record_goes_to_the_dead_letter_topic_with_its_reason)
{
    r.settings.on_deserialization = WR_POLICY_SKIP;
    rr_record(&r, 0, "k", "no json", 100);
    rr_record(&r, 0, "k", "{\"at\":1}", 100);
    run_ok();
    const char *log = rr_log(&r);
    ck_assert_has(log, "dead/0 k=no json@100 [__streams.errors.exception=WEIR_EDECODE,"
                       "__streams.errors.message=value is not json");
    ck_assert_has(log, ",__streams.errors.stacktrace=task 0_0, node ");
    ck_assert_has(log, ",__streams.errors.topic=in,__streams.errors.partition=0,"
                       "__streams.errors.offset=0]\n");
    ck_assert_has(log, "out/0 k={\"at\":1}@1\n");
    ck_assert_int_eq(rr_stat(&r, dropped), 1);
    ck_assert_int_eq(rr_stat(&r, dead_letters), 1);
    ck_assert(!r.task->letter_due);
}
END_TEST

START_TEST(a_skipped_record_without_a_dead_letter_topic_is_only_counted)
{
    r.settings.on_deserialization = WR_POLICY_SKIP;
    r.settings.dead_letter_topic = NULL;
    rr_record(&r, 0, "k", "no json", 100);
    run_ok();
    ck_assert_str_eq(rr_log(&r), "");
    ck_assert_int_eq(rr_stat(&r, dropped), 1);
    ck_assert_int_eq(rr_stat(&r, dead_letters), 0);
}
END_TEST

START_TEST(a_record_that_belongs_to_no_group_is_counted)
{
    teardown();
    rr_init(&r, rr_words, 1);
    rr_task(&r, 0);
    rr_record(&r, 0, "k", NULL, 100); /* grouped by its value */
    rr_record(&r, 0, "k", "a", 101);
    run_ok();
    ck_assert_str_eq(rr_log(&r), "app-by-value-repartition/0 a=a@101\n");
    ck_assert_int_eq(rr_stat(&r, unkeyed), 1);
    ck_assert_int_eq(rr_stat(&r, dropped), 0);
}
END_TEST

START_TEST(an_output_that_is_too_large_follows_the_policy_for_outputs)
{
    r.settings.on_production = _i == 0 ? WR_POLICY_FAIL : WR_POLICY_SKIP;
    r.fail_send = 1;
    r.send_code = WEIR_ETOOLARGE;
    rr_record(&r, 0, "k", "{\"at\":1}", 100);
    ck_assert_int_eq(rr_run(&r), _i == 0 ? WEIR_ETOOLARGE : WEIR_OK);
    ck_assert_int_eq(r.task->letter_due, _i == 0);
    ck_assert_int_eq(rr_stat(&r, dead_letters), _i);
    ck_assert_int_eq(r.task->in.inputs[0].position, _i);
    wr_task_aborted(r.task);
}
END_TEST

START_TEST(a_failed_record_is_named_with_task_node_and_place)
{
    r.fail_send = 1;
    r.send_code = WEIR_EABORT;
    rr_record(&r, 0, "k", "{\"at\":1}", 100);
    ck_assert_int_eq(rr_run(&r), WEIR_EABORT);
    ck_assert_has(r.task->error.text, "task 0_0, node \"");
    ck_assert_has(r.task->error.text, "record \"in\" partition 0 offset 0: the cluster is on fire");
    wr_task_aborted(r.task);
}
END_TEST

/* ---- dead_letter.c --------------------------------------------------------------------------- */

static const struct {
    enum weir_code code;
    size_t policy;
} policies[] = {
    {WEIR_EDECODE, offsetof(struct wr_run_settings, on_deserialization)},
    {WEIR_ETIME, offsetof(struct wr_run_settings, on_timestamp)},
    {WEIR_ETOOLARGE, offsetof(struct wr_run_settings, on_production)},
    {WEIR_EPROCESS, offsetof(struct wr_run_settings, on_processing)},
    {WEIR_SKIP, offsetof(struct wr_run_settings, on_processing)},
    {WEIR_ENOKEY, offsetof(struct wr_run_settings, on_processing)},
};

START_TEST(each_reason_has_its_policy)
{
    struct wr_run_settings s = {0};
    ck_assert_int_eq(wr_policy_of(&s, policies[_i].code), WR_POLICY_FAIL);
    *(enum wr_policy *)((char *)&s + policies[_i].policy) = WR_POLICY_SKIP;
    ck_assert_int_eq(wr_policy_of(&s, policies[_i].code), WR_POLICY_SKIP);
}
END_TEST

START_TEST(a_letter_is_a_copy_that_outlives_its_record)
{
    char key[] = "key";
    char name[] = "name";
    struct weir_header header = {weir_str(name), WEIR_NULL};
    struct weir_record record = {
        .key = weir_str(key), .value = WEIR_NULL, .topic = "in", .headers = {&header, 1}};
    struct wr_dead_letter letter = {0};
    wr_dead_letter_keep(&letter, &record, WEIR_ETIME, "first", "here");
    wr_dead_letter_keep(&letter, &record, WEIR_ENOKEY, "second", "there");
    memset(key, 'x', sizeof key - 1);
    memset(name, 'x', sizeof name - 1);
    ck_assert(weir_equal(letter.record.key, weir_str("key")));
    ck_assert(weir_is_null(letter.record.value));
    ck_assert(weir_equal(letter.record.headers.items[0].name, weir_str("name")));
    ck_assert(weir_is_null(letter.record.headers.items[0].value));
    ck_assert_int_eq(letter.code, WEIR_ENOKEY);
    ck_assert_str_eq(letter.reason, "second");
    wr_dead_letter_free(&letter);
}
END_TEST

Suite *task_suite(void)
{
    Suite *s = suite_create("task");
    TCase *tc = tcase_create("transactions");
    tcase_add_checked_fixture(tc, setup_count, teardown);
    tcase_add_test(tc, a_commit_sends_what_is_due_and_one_changelog_record_per_key);
    tcase_add_test(tc, a_commit_without_changes_sends_nothing);
    tcase_add_test(tc, the_stored_position_is_behind_the_last_record_delivered);
    tcase_add_test(tc, the_state_keeps_the_positions_of_the_inputs_it_was_made_from);
    tcase_add_test(tc, a_changelog_record_that_cannot_be_sent_stops_and_is_never_skipped);
    tcase_add_test(tc, a_send_that_fails_at_commit_names_task_and_node);
    tcase_add_test(tc, an_abort_drops_everything_since_the_last_commit_and_the_replay_is_the_same);
    tcase_add_test(tc, deliveries_of_an_aborted_transaction_do_not_count);
    tcase_add_test(tc, a_commit_that_was_asked_for_is_forgotten_by_an_abort);
    tcase_add_test(tc, a_stopped_task_can_be_started_again);
    tcase_add_test(tc, a_claim_is_work_until_it_is_committed);
    suite_add_tcase(s, tc);
    TCase *bad = tcase_create("bad records");
    tcase_add_checked_fixture(bad, setup_json, teardown);
    tcase_add_test(bad, a_bad_record_stops_and_leaves_its_letter_to_the_owner);
    tcase_add_test(bad, a_skipped_record_goes_to_the_dead_letter_topic_with_its_reason);
    tcase_add_test(bad, a_skipped_record_without_a_dead_letter_topic_is_only_counted);
    tcase_add_test(bad, a_record_that_belongs_to_no_group_is_counted);
    tcase_add_loop_test(bad, an_output_that_is_too_large_follows_the_policy_for_outputs, 0, 2);
    tcase_add_test(bad, a_failed_record_is_named_with_task_node_and_place);
    suite_add_tcase(s, bad);
    return s;
}

Suite *dead_letter_suite(void)
{
    Suite *s = suite_create("dead_letter");
    TCase *tc = tcase_create("dead_letter");
    tcase_add_loop_test(tc, each_reason_has_its_policy, 0, WR_ARRAY_LEN(policies));
    tcase_add_test(tc, a_letter_is_a_copy_that_outlives_its_record);
    suite_add_tcase(s, tc);
    return s;
}
