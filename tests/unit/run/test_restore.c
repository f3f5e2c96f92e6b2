/* test_restore.c -- from "this task is mine" to stores that are what the changelogs say. */
#include "src/base/base.h"

#include <stdio.h>

#include "src/base/mem.h"
#include "src/run/restore_job.h"
#include "state/kv_store.h"
#include "tests/unit/run/fake_kafka.h"
#include "tests/unit/run/run_rig.h"

static struct run_rig r;
static struct fake *f;
static struct wr_consumer *admin;
static struct wr_consumer *reader;
static struct wr_restorer_options options;
static struct wr_spared spared;
static struct wr_restore_job *job;
static struct fake_topic *in;
static struct fake_topic *changelog;
static struct fake_topic *tasks;

static void open_handles(void)
{
    struct wr_consumer_options o = {.role = WR_ROLE_RESTORE};
    f = fake_new();
    in = fake_topic(f, "in", 1);
    changelog = fake_topic(f, "app-counts-changelog", 1);
    tasks = fake_topic(f, "app-tasks", 1);
    admin = rr_admin(&f->base);
    ck_assert_ok(wr_consumer_open(&f->base, &o, &reader, &rr_err));
}

static void setup_with(void (*build)(weir_topology *t))
{
    static struct wr_strmap no_ids;
    rr_init(&r, build, 1);
    open_handles();
    r.task = rr_new_task(&r, 0);
    options = (struct wr_restorer_options){
        .kafka = &f->base,
        .clock = &r.clock.clock,
        .settings = &r.settings,
        .plan = r.plan,
        .delete_retention_ms = 86400000,
        .instance_id = "me",
        .topic_ids = &no_ids,
        .stats = &r.stats,
    };
}

static void setup(void)
{
    setup_with(rr_count);
}

static void build_merged(weir_topology *t)
{
    struct weir_source s = WEIR_SOURCE_INIT;
    s.key = s.value = weir_string(t);
    weir_stream *a = weir_from(t, "a", &s);
    weir_grouped *g = weir_group_by_key(weir_merge(a, weir_from(t, "b", &s), NULL), "by-key");
    weir_to(weir_changes(weir_count(g, "counts", NULL)), "out", NULL);
}

static void setup_merged(void)
{
    setup_with(build_merged);
}

static void setup_table(void)
{
    setup_with(rr_table);
}

static void setup_pass(void)
{
    setup_with(rr_pass);
}

static void teardown(void)
{
    if (job != NULL) {
        wr_restore_job_free(job);
        job = NULL;
    }
    wr_spared_free(&spared);
    wr_task_state_close(r.task->state, false);
    r.task->state = NULL;
    wr_task_free(r.task);
    r.task = NULL;
    wr_consumer_close(admin);
    wr_consumer_close(reader);
    fake_free(f);
    rr_free(&r);
}

static void start(void)
{
    job = wr_restore_job_new(&options, reader, admin, &spared, r.task);
}

/* Step for a while; time goes by. */
static enum wr_restore_state steps(int count)
{
    for (int i = 0; i < count; i++) {
        enum wr_restore_state s = wr_restore_job_state(job);
        if (s == WR_RESTORE_DONE || s == WR_RESTORE_FAILED) {
            return s;
        }
        wr_restore_job_step(job, 0);
        wr_clock_manual_advance(&r.clock, 50);
    }
    return wr_restore_job_state(job);
}

static void run_ok(void)
{
    start();
    ck_assert_msg(steps(200) == WR_RESTORE_DONE, "%s", job->error.text);
}

static void fails(enum weir_code code, const char *text)
{
    start();
    ck_assert_int_eq(steps(200), WR_RESTORE_FAILED);
    ck_assert_int_eq(job->error.code, code);
    ck_assert_has(job->error.text, "task 0_0: ");
    ck_assert_has(job->error.text, text);
}

static const char *value_of(const char *key)
{
    static char text[32];
    struct weir_row row;
    struct weir_kv *kv = wr_task_state_find(r.task->state, "counts");
    if (weir_kv_get(kv, weir_str(key), &row) != WEIR_OK) {
        return NULL;
    }
    snprintf(text, sizeof text, "%.*s", (int)row.value.len, (const char *)row.value.data);
    return text;
}

static void change(const char *key, const char *value)
{
    fake_append(changelog, 0, key, value, 1);
}

static void claimed(const char *writer)
{
    char text[200];
    snprintf(text, sizeof text, "weir1;task=0_0;id=%s;writer=%s", r.plan->subs[0].identity, writer);
    fake_commit_offset(tasks, 0, 0, text);
}

/* ---- positions of the inputs ----------------------------------------------------------------- */

START_TEST(a_new_application_begins_at_the_start_of_its_inputs)
{
    in->logs[0].low = 4;
    in->logs[0].high = 9;
    run_ok();
    ck_assert_int_eq(r.task->in.inputs[0].committed, 4);
    ck_assert(r.task->fresh);
    ck_assert_str_eq(r.task->writer, "");
}
END_TEST

START_TEST(the_reset_policy_chooses_the_end)
{
    r.settings.reset_to_latest = true;
    in->logs[0].low = 4;
    in->logs[0].high = 9;
    run_ok();
    ck_assert_int_eq(r.task->in.inputs[0].committed, 9);
}
END_TEST

START_TEST(the_reset_policy_none_stops)
{
    r.settings.reset_to_none = true;
    fails(WEIR_EOFFSET, "input \"in\" partition 0 has no committed offset and its reset policy is "
                        "none");
}
END_TEST

START_TEST(committed_positions_are_taken_with_who_wrote_them)
{
    fake_commit_offset(in, 0, 7, NULL);
    claimed("app-other-1");
    run_ok();
    ck_assert_int_eq(r.task->in.inputs[0].committed, 7);
    ck_assert_str_eq(r.task->writer, "app-other-1");
    ck_assert(!r.task->fresh);
}
END_TEST

START_TEST(offsets_that_are_gone_from_a_task_that_has_run_are_no_new_application)
{
    claimed("app-other-1");
    fails(WEIR_EOFFSET, "although this task has run before");
}
END_TEST

START_TEST(offsets_that_are_gone_beside_a_filled_changelog_are_no_new_application)
{
    change("a", "x");
    fails(WEIR_EOFFSET, "although store \"counts\" is not empty");
}
END_TEST

/* Another instance had the task since its positions were asked for, and committed some. */
START_TEST(positions_that_were_committed_meanwhile_are_fetched_again)
{
    start();
    ck_assert_int_eq(steps(2), WR_RESTORE_TARGET);
    fake_commit_offset(in, 0, 7, NULL);
    change("a", "x");
    ck_assert_int_eq(steps(100), WR_RESTORE_DONE);
    ck_assert_int_eq(r.task->in.inputs[0].committed, 7);
    ck_assert_str_eq(value_of("a"), "x");
}
END_TEST

/* ---- rule R4 --------------------------------------------------------------------------------- */

START_TEST(an_open_transaction_is_waited_for_and_a_dead_writer_fenced)
{
    fake_commit_offset(in, 0, 7, NULL);
    claimed("app-dead-0");
    f->blocker = "app-dead-0";
    start();
    ck_assert_int_eq(steps(10), WR_RESTORE_FETCH); /* half a second: it may be committing */
    ck_assert_int_eq(steps(200), WR_RESTORE_DONE);
    ck_assert_has(fake_log(f), "init app-dead-0\n");
}
END_TEST

/* What it began may not have got so far that it holds up the task. */
START_TEST(a_former_writer_that_is_dead_is_fenced_although_nothing_is_waited_for)
{
    fake_commit_offset(in, 0, 7, NULL);
    claimed("app-dead-0");
    start();
    ck_assert_int_eq(steps(100), WR_RESTORE_DONE);
    ck_assert_has(fake_log(f), "init app-dead-0\n");
}
END_TEST

static const char *const living[] = {"app-alive-0", "app-me-0"};

START_TEST(a_former_writer_that_is_a_member_or_ourselves_is_left_alone)
{
    fake_commit_offset(in, 0, 7, NULL);
    claimed(living[_i]);
    f->members[0] = (struct wr_member){.client_id = "", .member_id = "m", .instance_id = "alive"};
    f->member_count = 1;
    start();
    ck_assert_int_eq(steps(100), WR_RESTORE_DONE);
    ck_assert_str_eq(fake_log(f), "");
}
END_TEST

START_TEST(a_writer_that_is_a_member_is_waited_for)
{
    fake_commit_offset(in, 0, 7, NULL);
    claimed("app-alive-0");
    f->blocker = "app-alive-0";
    f->members[0] = (struct wr_member){.client_id = "", .member_id = "m", .instance_id = "alive"};
    f->member_count = 1;
    start();
    ck_assert_int_lt(steps(200), WR_RESTORE_OPEN);
    ck_assert_ptr_null(r.task->state);
    ck_assert_str_eq(fake_log(f), "");
    f->blocker = NULL;
    ck_assert_int_eq(steps(200), WR_RESTORE_DONE);
}
END_TEST

START_TEST(the_changelog_is_read_to_the_high_watermark_also_behind_open_transactions)
{
    fake_commit_offset(in, 0, 7, NULL);
    change("a", "x");
    change("a", "y");
    changelog->logs[0].stable = 1; /* the second one is not decided yet */
    start();
    ck_assert_int_eq(steps(10), WR_RESTORE_READ);
    changelog->logs[0].stable = -1;
    ck_assert_int_eq(steps(100), WR_RESTORE_DONE);
    ck_assert_str_eq(value_of("a"), "y");
    ck_assert_int_eq(wr_task_state_position(r.task->state, 0), 2);
}
END_TEST

START_TEST(a_changelog_that_stands_still_has_its_writer_looked_for)
{
    fake_commit_offset(in, 0, 7, NULL);
    claimed("app-dead-0");
    change("a", "x");
    changelog->logs[0].stable = 0;
    start();
    ck_assert_int_eq(steps(100), WR_RESTORE_READ);
    ck_assert_has(fake_log(f), "init app-dead-0\n");
    changelog->logs[0].stable = -1;
    ck_assert_int_eq(steps(100), WR_RESTORE_DONE);
}
END_TEST

START_TEST(an_end_behind_markers_reaches_the_target)
{
    fake_commit_offset(in, 0, 7, NULL);
    change("a", "x");
    changelog->logs[0].high = 5; /* markers and aborted records */
    run_ok();
    ck_assert_int_eq(wr_task_state_position(r.task->state, 0), 5);
}
END_TEST

/* ---- stores ---------------------------------------------------------------------------------- */

START_TEST(a_restore_applies_puts_and_deletes_in_order)
{
    fake_commit_offset(in, 0, 7, NULL);
    change("a", "1");
    change("b", "2");
    change("a", NULL);
    change("b", "3");
    run_ok();
    ck_assert_ptr_null(value_of("a"));
    ck_assert_str_eq(value_of("b"), "3");
    ck_assert_int_eq(rr_stat(&r, restored), 4);
    ck_assert_int_eq(rr_stat(&r, restored_tasks), 1);
}
END_TEST

START_TEST(only_the_tail_is_read_after_an_unknown_outcome_and_cached_rows_are_refreshed)
{
    fake_commit_offset(in, 0, 7, NULL);
    change("a", "1");
    run_ok();
    ck_assert_str_eq(value_of("a"), "1"); /* now it is in the table */
    wr_restore_job_free(job);
    change("a", "2");
    run_ok();
    ck_assert_str_eq(value_of("a"), "2");
    ck_assert_int_eq(rr_stat(&r, restored), 2);
}
END_TEST

static const struct {
    const char *written;
    bool warned;
} set_back[] = {{"in/0/8/1\n", true}, {"in/0/7/1\n", false}, {"in/0/6/1\n", false}, {"", false}};

START_TEST(positions_that_were_set_back_behind_the_state_are_warned_of)
{
    int64_t unchanged = -1;
    fake_commit_offset(in, 0, 7, NULL);
    run_ok();
    wr_restore_job_free(job);
    ck_assert_ok(wr_task_state_committed(r.task->state, &unchanged, weir_str(set_back[_i].written),
                                         &rr_err));
    run_ok();
    ck_assert_int_eq(strstr(rr_logged(), "event=input.set_back task=0_0 topic=in partition=0 "
                                         "committed=7 state_has=8") != NULL,
                     set_back[_i].warned);
}
END_TEST

START_TEST(a_position_that_is_not_in_the_changelog_begins_anew)
{
    fake_commit_offset(in, 0, 7, NULL);
    change("a", "1");
    change("b", "2");
    run_ok();
    wr_restore_job_free(job);
    if (_i == 0) { /* the topic was made anew */
        changelog->logs[0].records.count = 1;
        changelog->logs[0].high = 1;
    } else { /* deleted below */
        changelog->logs[0].low = 5;
        changelog->logs[0].high = 6;
    }
    run_ok();
    ck_assert_int_eq(rr_stat(&r, quarantines), 1);
    ck_assert_ptr_null(value_of("b"));
    if (_i == 0) { /* the record taken from the log is the test's own */
        struct fake_record *gone = changelog->logs[0].records.items[1];
        wr_free(gone->key);
        wr_free(gone->value);
        wr_free(gone);
    }
}
END_TEST

START_TEST(a_log_that_is_cut_while_it_is_read_is_looked_at_again)
{
    fake_commit_offset(in, 0, 7, NULL);
    change("a", "1");
    changelog->logs[0].stable = 0;
    start();
    ck_assert_int_eq(steps(8), WR_RESTORE_READ);
    changelog->logs[0].low = 1;
    changelog->logs[0].stable = -1;
    ck_assert_int_eq(steps(100), WR_RESTORE_DONE);
}
END_TEST

static const enum weir_code refused[] = {WEIR_ENOTOPIC, WEIR_EAUTH};

/* Behind the committed position the topic has markers only, as after an aborted transaction. */
START_TEST(a_table_of_an_input_is_restored_to_the_committed_position_and_no_further)
{
    for (int i = 0; i < 4; i++) {
        fake_append(in, 0, "k", "v", 1);
    }
    in->logs[0].high = 10;
    fake_commit_offset(in, 0, 5, NULL);
    claimed("app-p-0");
    run_ok();
    ck_assert_int_eq(wr_task_state_position(r.task->state, 0), 5);
}
END_TEST

/* An application that moves in, of whose inputs only one has a position. */
START_TEST(a_log_that_is_cut_after_an_input_was_reset_is_looked_at_again)
{
    fake_topic(f, "a", 1);
    fake_commit_offset(fake_topic(f, "b", 1), 0, 7, NULL);
    change("a", "1");
    change("a", "2");
    changelog->logs[0].stable = 0;
    start();
    ck_assert_int_eq(steps(10), WR_RESTORE_READ);
    changelog->logs[0].low = 1;
    changelog->logs[0].stable = -1;
    ck_assert_msg(steps(100) == WR_RESTORE_DONE, "%s", job->error.text);
    ck_assert_str_eq(value_of("a"), "2");
}
END_TEST

START_TEST(a_changelog_that_cannot_be_read_stops_with_its_name)
{
    fake_commit_offset(in, 0, 7, NULL);
    change("a", "1");
    changelog->logs[0].error = refused[_i];
    fails(refused[_i], "changelog \"app-counts-changelog\" partition 0 at offset 0");
}
END_TEST

START_TEST(a_query_that_is_refused_stops)
{
    static const enum wr_call_kind kinds[] = {WR_CALL_OFFSETS_FETCH, WR_CALL_WATERMARKS,
                                              WR_CALL_RESET};
    fake_script(f, kinds[_i], WR_CALL_FAILED, WEIR_EAUTH, "not authorized");
    fails(WEIR_EAUTH, "not authorized");
}
END_TEST

START_TEST(a_task_without_stores_has_nothing_to_restore)
{
    fake_commit_offset(in, 0, 7, NULL);
    run_ok();
    ck_assert_int_eq(rr_stat(&r, restored), 0);
    ck_assert_ptr_nonnull(r.task->state);
}
END_TEST

START_TEST(a_job_can_be_ended_at_any_step)
{
    fake_commit_offset(in, 0, 7, NULL);
    change("a", "1");
    start();
    steps(_i);
    /* teardown frees it: nothing may be left open */
}
END_TEST

Suite *restore_suite(void)
{
    Suite *s = suite_create("restore");
    TCase *tc = tcase_create("positions");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, a_new_application_begins_at_the_start_of_its_inputs);
    tcase_add_test(tc, the_reset_policy_chooses_the_end);
    tcase_add_test(tc, the_reset_policy_none_stops);
    tcase_add_test(tc, committed_positions_are_taken_with_who_wrote_them);
    tcase_add_test(tc, offsets_that_are_gone_from_a_task_that_has_run_are_no_new_application);
    tcase_add_test(tc, offsets_that_are_gone_beside_a_filled_changelog_are_no_new_application);
    tcase_add_test(tc, an_open_transaction_is_waited_for_and_a_dead_writer_fenced);
    tcase_add_test(tc, a_former_writer_that_is_dead_is_fenced_although_nothing_is_waited_for);
    tcase_add_loop_test(tc, a_former_writer_that_is_a_member_or_ourselves_is_left_alone, 0,
                        WR_ARRAY_LEN(living));
    tcase_add_test(tc, positions_that_were_committed_meanwhile_are_fetched_again);
    tcase_add_test(tc, a_writer_that_is_a_member_is_waited_for);
    tcase_add_test(tc, the_changelog_is_read_to_the_high_watermark_also_behind_open_transactions);
    tcase_add_test(tc, a_changelog_that_stands_still_has_its_writer_looked_for);
    tcase_add_test(tc, an_end_behind_markers_reaches_the_target);
    TCase *merged = tcase_create("two inputs");
    tcase_add_checked_fixture(merged, setup_merged, teardown);
    tcase_add_test(merged, a_log_that_is_cut_after_an_input_was_reset_is_looked_at_again);
    suite_add_tcase(s, merged);
    TCase *table = tcase_create("tables of inputs");
    tcase_add_checked_fixture(table, setup_table, teardown);
    tcase_add_test(table, a_table_of_an_input_is_restored_to_the_committed_position_and_no_further);
    suite_add_tcase(s, table);
    suite_add_tcase(s, tc);
    TCase *st = tcase_create("stores");
    tcase_add_checked_fixture(st, setup, teardown);
    tcase_add_test(st, a_restore_applies_puts_and_deletes_in_order);
    tcase_add_test(st,
                   only_the_tail_is_read_after_an_unknown_outcome_and_cached_rows_are_refreshed);
    tcase_add_loop_test(st, positions_that_were_set_back_behind_the_state_are_warned_of, 0,
                        WR_ARRAY_LEN(set_back));
    tcase_add_loop_test(st, a_position_that_is_not_in_the_changelog_begins_anew, 0, 2);
    tcase_add_test(st, a_log_that_is_cut_while_it_is_read_is_looked_at_again);
    tcase_add_loop_test(st, a_changelog_that_cannot_be_read_stops_with_its_name, 0,
                        WR_ARRAY_LEN(refused));
    tcase_add_loop_test(st, a_query_that_is_refused_stops, 0, 3);
    tcase_add_loop_test(st, a_job_can_be_ended_at_any_step, 0, 8);
    suite_add_tcase(s, st);
    TCase *none = tcase_create("no stores");
    tcase_add_checked_fixture(none, setup_pass, teardown);
    tcase_add_test(none, a_task_without_stores_has_nothing_to_restore);
    suite_add_tcase(s, none);
    return s;
}
