/* test_stream_thread.c -- one stream thread, stepped by hand: what it commits, and how tasks come
 * and go. */
#include "src/base/base.h"

#include <stdio.h>

#include "src/base/err.h"
#include "src/base/mem.h"
#include "src/run/stream_thread.h"
#include "state/kv_internal.h"
#include "tests/unit/run/fake_kafka.h"
#include "tests/unit/run/run_rig.h"

static struct run_rig r;
static struct fake *f;
static struct fake_topic *in;
static struct fake_topic *out;
static struct wr_membership membership;
static struct wr_wake wake;
static struct wr_mailbox control;
static struct wr_stream_thread *thread;
static struct wr_task *task;
static bool ended;

static void member(bool is)
{
    struct wr_group_stamp stamp = {"app", 3, "m-1", NULL};
    wr_membership_publish(&membership, is ? wr_group_meta_new(&stamp) : NULL);
}

static void setup_with(void (*build)(weir_topology *t))
{
    rr_init(&r, build, 1);
    f = fake_new();
    in = fake_topic(f, "in", 1);
    out = fake_topic(f, "out", 1);
    fake_topic(f, "dead", 1);
    fake_topic(f, "app-tasks", 1);
    struct wr_group_gate_limits limits = {.join_ms = 3000};
    wr_membership_init(&membership, &r.clock.clock, &limits);
    member(true);
    wr_wake_init(&wake);
    wr_mailbox_init(&control, &wake);
    struct wr_stream_options o = rr_stream_options(&r, &f->base, &membership, &control);
    ck_assert_ok(wr_stream_new(&thread, &o, &rr_err));
}

static void setup(void)
{
    setup_with(rr_pass);
}

static void setup_count(void)
{
    setup_with(rr_count);
}

/* What the application's open function says. */
static enum weir_code open_code;

static enum weir_code open_peek(weir_ctx *c, const void *arg, void **state)
{
    WR_UNUSED(arg);
    WR_UNUSED(state);
    return open_code == WEIR_OK ? WEIR_OK : weir_fail(c, open_code, "the door is locked");
}

static enum weir_code peek(weir_ctx *c, const struct weir_record *record, void *state)
{
    WR_UNUSED(c);
    WR_UNUSED(record);
    WR_UNUSED(state);
    return WEIR_OK;
}

static void build_peek(weir_topology *t)
{
    struct weir_source s = WEIR_SOURCE_INIT;
    struct weir_node n = WEIR_NODE_INIT;
    s.key = s.value = weir_string(t);
    n.open = open_peek;
    weir_to(weir_peek(weir_from(t, "in", &s), peek, &n), "out", NULL);
}

static void setup_peek(void)
{
    open_code = WEIR_OK;
    setup_with(build_peek);
}

static void setup_json(void)
{
    setup_with(rr_json_time);
    r.settings.dead_letter_topic = "dead";
}

/* Step for about so long. */
static void steps(int64_t ms)
{
    int64_t until = r.clock.mono + ms;
    for (int i = 0; i < 100000 && r.clock.mono < until && !ended; i++) {
        int sleep = wr_stream_step(thread, &ended);
        wr_clock_manual_advance(&r.clock, wr_min_i64(sleep > 0 ? sleep : 1, until - r.clock.mono));
    }
}

static void post(enum wr_mail_kind kind, int64_t deadline_ms)
{
    struct wr_letter *l = wr_letter_new(kind);
    l->task = kind == WR_MAIL_TASK ? task : NULL;
    l->numbers = wr_calloc(1, sizeof *l->numbers);
    l->count = 1;
    l->deadline_ms = deadline_ms;
    wr_letter_post(wr_stream_mailbox(thread), l);
}

/* Make the task, as the restore thread would, and post it. */
static void give_task(const char *writer)
{
    task = rr_new_task(&r, 0);
    rr_open_state(&r, task);
    int64_t committed = wr_max_i64(in->logs[0].committed, 0);
    wr_input_set_committed(&task->in.inputs[0], committed, in->logs[0].metadata);
    snprintf(task->writer, sizeof task->writer, "%s", writer);
    post(WR_MAIL_TASK, 0);
}

static void run_task(void)
{
    give_task("app-p-0"); /* ours already: no claim */
    steps(50);
    fake_log(f);
}

/* The next letter to control: its kind, and the task's fate. The task is ended when it came back
 * without its state. */
static void expect(enum wr_mail_kind kind, enum wr_fate fate)
{
    struct wr_letter *l = wr_letter_take(&control);
    ck_assert_ptr_nonnull(l);
    ck_assert_int_eq(l->mail.kind, (int)kind);
    if (kind != WR_MAIL_BACK) {
        rr_err = l->error;
    } else {
        ck_assert_int_eq(l->fate, fate);
        ck_assert_int_eq(l->task->state != NULL, fate == WR_FATE_RESTORE);
        wr_task_state_close(l->task->state, false);
        l->task->state = NULL;
        wr_task_free(l->task);
    }
    wr_letter_free(l);
}

static void teardown(void)
{
    if (!ended) {
        f->begin_fails = false;
        post(WR_MAIL_STOP, 0);
        steps(60000);
        ck_assert(ended);
    }
    for (struct wr_letter *l; (l = wr_letter_take(&control)) != NULL;) {
        if (l->task != NULL) {
            wr_task_state_close(l->task->state, false);
            l->task->state = NULL;
            wr_task_free(l->task);
        }
        wr_letter_free(l);
    }
    wr_stream_free(thread);
    wr_membership_free(&membership);
    wr_mailbox_free(&control);
    wr_wake_free(&wake);
    fake_free(f);
    rr_free(&r);
}

/* ---- commits --------------------------------------------------------------------------------- */

START_TEST(a_task_of_another_writer_is_claimed_before_its_first_record)
{
    fake_append(in, 0, "k", "v", 7);
    give_task("app-other-0");
    steps(300);
    ck_assert_str_eq(fake_log(f), "init app-p-0\nbegin\noffsets in/0=0 app-tasks/0=0\ncommit\n"
                                  "begin\nsend out/0 k=v@7\noffsets in/0=1 app-tasks/0=0\n"
                                  "commit\n");
    ck_assert_has(fake_topic(f, "app-tasks", 0)->logs[0].metadata, ";writer=app-p-0;");
}
END_TEST

START_TEST(records_are_committed_after_the_commit_interval)
{
    run_task();
    fake_append(in, 0, "k", "v", 7);
    steps(90);
    ck_assert_str_eq(fake_log(f), "begin\nsend out/0 k=v@7\n");
    steps(30);
    ck_assert_str_eq(fake_log(f), "offsets in/0=1 app-tasks/0=0\ncommit\n");
    ck_assert_int_eq(rr_stat(&r, commits), 1);
    ck_assert_int_eq(in->logs[0].committed, 1);
}
END_TEST

START_TEST(a_thread_without_work_commits_nothing)
{
    run_task();
    steps(10000);
    ck_assert_str_eq(fake_log(f), "");
}
END_TEST

START_TEST(positions_that_do_not_move_are_committed_again_now_and_then)
{
    r.settings.keepalive_ms = 5000;
    run_task();
    steps(4000);
    ck_assert_str_eq(fake_log(f), "");
    steps(1500);
    ck_assert_str_eq(fake_log(f), "begin\noffsets in/0=0 app-tasks/0=0\ncommit\n");
}
END_TEST

START_TEST(uncommitted_writes_beyond_the_limit_are_committed_early)
{
    fake_topic(f, "app-counts-changelog", 1);
    r.settings.uncommitted_max_bytes = 1;
    r.settings.commit_interval_ms = 100000;
    run_task();
    fake_append(in, 0, "k", "v", 7);
    steps(300);
    ck_assert_has(fake_log(f), "commit\n");
}
END_TEST

/* ---- failures -------------------------------------------------------------------------------- */

START_TEST(a_refused_commit_is_aborted_and_its_records_are_processed_again)
{
    run_task();
    fake_script(f, _i == 0 ? WR_CALL_OFFSETS_SEND : WR_CALL_COMMIT, WR_CALL_ABORTABLE, WEIR_EABORT,
                "said by a test");
    fake_append(in, 0, "k", "v", 7);
    steps(2000);
    ck_assert_str_eq(fake_log(f),
                     "begin\nsend out/0 k=v@7\noffsets in/0=1 app-tasks/0=0\nabort\n"
                     "begin\nsend out/0 k=v@7\noffsets in/0=1 app-tasks/0=0\ncommit\n");
    ck_assert_int_eq(out->logs[0].high, 1);
    ck_assert_int_eq(rr_stat(&r, aborts), 1);
    ck_assert_int_eq(rr_stat(&r, commits), 1);
}
END_TEST

START_TEST(an_unknown_outcome_sends_tasks_to_be_restored_and_makes_a_new_producer)
{
    run_task();
    fake_script(f, WR_CALL_COMMIT, WR_CALL_FATAL, WEIR_EPRODUCER, "said by a test");
    fake_append(in, 0, "k", "v", 7);
    steps(2000);
    ck_assert_str_eq(fake_log(f), "begin\nsend out/0 k=v@7\noffsets in/0=1 app-tasks/0=0\n"
                                  "close\ninit app-p-0\n");
    expect(WR_MAIL_BACK, WR_FATE_RESTORE);
    ck_assert_int_eq(rr_stat(&r, rebuilds), 1);
    ck_assert(!ended);
}
END_TEST

START_TEST(a_producer_that_is_dead_at_the_begin_is_replaced)
{
    run_task();
    f->begin_fails = true;
    fake_append(in, 0, "k", "v", 7);
    steps(60);
    f->begin_fails = false;
    expect(WR_MAIL_BACK, WR_FATE_RESTORE);
    steps(1000);
    ck_assert_has(fake_log(f), "init app-p-0\n");
}
END_TEST

START_TEST(a_thread_that_is_no_member_aborts_and_waits)
{
    run_task();
    member(false);
    fake_append(in, 0, "k", "v", 7);
    steps(300);
    ck_assert_has(fake_log(f), "abort\n");
    ck_assert_int_eq(out->logs[0].high, 0);
    member(true);
    steps(5000);
    ck_assert_int_eq(out->logs[0].high, 1);
}
END_TEST

START_TEST(records_go_on_while_positions_wait_for_the_group)
{
    run_task();
    wr_group_gate_joining(membership.gate);
    fake_append(in, 0, "k", "v", 7);
    steps(1000);
    fake_append(in, 0, "k", "v", 8);
    steps(1000);
    const char *log = fake_log(f);
    ck_assert_has(log, "k=v@8"); /* sent, not committed */
    ck_assert_ptr_null(strstr(log, "offsets"));
    member(true);
    steps(200);
    ck_assert_has(fake_log(f), "commit\n");
    ck_assert_int_eq(out->logs[0].high, 2);
}
END_TEST

START_TEST(who_has_no_room_to_go_on_waits_for_the_group)
{
    r.settings.uncommitted_max_bytes = 1;
    run_task();
    wr_group_gate_joining(membership.gate);
    fake_append(in, 0, "a", "v", 7);
    steps(1000);
    fake_append(in, 0, "b", "v", 8);
    steps(1000);
    const char *log = fake_log(f);
    ck_assert_has(log, "/0 a=");
    ck_assert_ptr_null(strstr(log, "/0 b="));
    member(true);
    steps(200);
    ck_assert_has(fake_log(f), "commit\n");
}
END_TEST

/* The task was given back to be restored, and comes again with this position. */
static void come_again(int64_t committed)
{
    struct wr_letter *l = wr_letter_take(&control);
    ck_assert_ptr_nonnull(l);
    ck_assert_int_eq(l->fate, WR_FATE_REOPEN);
    ck_assert_ptr_eq(l->task, task);
    wr_letter_free(l);
    rr_open_state(&r, task);
    wr_input_set_committed(&task->in.inputs[0], committed, NULL);
    post(WR_MAIL_TASK, 0);
    steps(1000);
}

/* A row whose checksum is wrong would be met again at every opening. */
START_TEST(stores_with_a_damaged_row_begin_anew)
{
    run_task();
    struct wr_bytes_store *store = wr_task_state_store(task->state, 0)->store;
    struct wr_engine *e = store->engine;
    ck_assert_ok(e->ops->begin(e, &rr_err));
    ck_assert_ok(e->ops->put(store, weir_str("x"), weir_str("not a row"), &rr_err));
    ck_assert_ok(e->ops->commit(e, &rr_err));
    fake_append(in, 0, "x", "v", 7);
    steps(1000);
    ck_assert_int_eq(wr_metric_get(r.stats.quarantines), 1);
    come_again(0);
    ck_assert_has(fake_log(f), "commit\n");
}
END_TEST

/* Another instance had the task and went on, and the records below its position were deleted. */
START_TEST(a_position_that_is_old_is_asked_for_again)
{
    for (int i = 0; i < 3; i++) {
        fake_append(in, 0, "k", "v", 7);
    }
    in->logs[0].low = 2;
    run_task();
    come_again(2);
    ck_assert(!ended);
    ck_assert_has(fake_log(f), "send out");
}
END_TEST

START_TEST(a_position_that_is_not_in_the_log_twice_stops_the_instance)
{
    for (int i = 0; i < 3; i++) {
        fake_append(in, 0, "k", "v", 7);
    }
    in->logs[0].low = 2;
    run_task();
    come_again(0);
    expect(WR_MAIL_BACK, WR_FATE_RELEASED);
    expect(WR_MAIL_FAILED, 0);
    ck_assert_int_eq(rr_err.code, WEIR_EOFFSET);
    ck_assert(ended);
}
END_TEST

START_TEST(a_missing_output_topic_stops_the_instance)
{
    out->partitions = 0;
    run_task();
    fake_append(in, 0, "k", "v", 7);
    steps(300);
    expect(WR_MAIL_BACK, WR_FATE_RELEASED);
    expect(WR_MAIL_FAILED, 0);
    ck_assert_int_eq(rr_err.code, WEIR_ENOTOPIC);
    ck_assert(ended);
}
END_TEST

START_TEST(a_producer_that_may_not_be_made_stops_the_instance)
{
    fake_script(f, WR_CALL_INIT, WR_CALL_FAILED, WEIR_EAUTH, "not authorized");
    post(WR_MAIL_STOP, 0); /* and a new thread whose first init is refused */
    steps(100);
    wr_letter_free(wr_letter_take(&control));
    wr_stream_free(thread);
    ended = false;
    struct wr_stream_options o = rr_stream_options(&r, &f->base, &membership, &control);
    ck_assert_ok(wr_stream_new(&thread, &o, &rr_err));
    steps(100);
    expect(WR_MAIL_FAILED, 0);
    ck_assert_int_eq(rr_err.code, WEIR_EAUTH);
    ck_assert(ended);
}
END_TEST

START_TEST(a_bad_record_that_stops_is_dead_lettered_alone_and_once)
{
    run_task();
    fake_append(in, 0, "k", "{\"at\":5}", 7);
    fake_append(in, 0, "k", "no json", 7);
    steps(1000);
    ck_assert_str_eq(fake_log(f), "begin\nsend out/0 k={\"at\":5}@5\nabort\n"
                                  "begin\nsend dead/0 k=no json@7\noffsets app-tasks/0=0\ncommit\n"
                                  "close\n");
    ck_assert_has(fake_topic(f, "app-tasks", 0)->logs[0].metadata, ";dead=in/0/1;");
    ck_assert_int_eq(in->logs[0].committed, -1); /* as it was */
    expect(WR_MAIL_BACK, WR_FATE_RELEASED);
    expect(WR_MAIL_FAILED, 0);
    ck_assert_int_eq(rr_err.code, WEIR_EDECODE);
    ck_assert(ended);
}
END_TEST

START_TEST(a_letter_that_was_written_is_not_written_again)
{
    give_task("app-p-0");
    wr_task_letter_sent(task, &(struct wr_dead_record){"in", 0, 0});
    fake_append(in, 0, "k", "no json", 7);
    steps(1000);
    ck_assert_ptr_null(strstr(fake_log(f), "send dead"));
    expect(WR_MAIL_BACK, WR_FATE_RELEASED);
    expect(WR_MAIL_FAILED, 0);
}
END_TEST

/* ---- tasks that cannot be started ------------------------------------------------------------ */

START_TEST(a_task_that_cannot_be_opened_now_is_tried_again)
{
    open_code = WEIR_EAGAIN;
    fake_append(in, 0, "k", "v", 7);
    give_task("app-p-0");
    steps(100);
    open_code = WEIR_OK;
    come_again(0);
    ck_assert(!ended);
    ck_assert_has(fake_log(f), "send out/0 k=v@7\n");
}
END_TEST

START_TEST(a_task_that_cannot_be_opened_ends_the_work_of_the_others_too)
{
    run_task();
    fake_append(in, 0, "k", "v", 7);
    fake_append(in, 0, "k", "v", 8);
    steps(20); /* a transaction is open */
    open_code = WEIR_ESTATE;
    give_task("app-p-0");
    steps(100);
    ck_assert_str_eq(fake_log(f), "begin\nsend out/0 k=v@7\nsend out/0 k=v@8\nabort\nclose\n");
    expect(WR_MAIL_BACK, WR_FATE_RELEASED);
    expect(WR_MAIL_BACK, WR_FATE_RELEASED);
    expect(WR_MAIL_FAILED, 0);
    ck_assert_int_eq(rr_err.code, WEIR_ESTATE);
    ck_assert_has(rr_err.text, "the door is locked");
    ck_assert(ended);
}
END_TEST

/* ---- tasks that leave ------------------------------------------------------------------------ */

START_TEST(a_revoked_task_is_committed_and_given_back)
{
    run_task();
    fake_append(in, 0, "k", "v", 7);
    steps(20);
    post(WR_MAIL_REVOKE, r.clock.mono + 1000);
    steps(20);
    ck_assert_str_eq(fake_log(f),
                     "begin\nsend out/0 k=v@7\noffsets in/0=1 app-tasks/0=0\ncommit\n");
    expect(WR_MAIL_BACK, WR_FATE_RELEASED);
    ck_assert_int_eq(rr_stat(&r, aborts), 0);
}
END_TEST

START_TEST(a_revoke_of_a_task_that_is_elsewhere_commits_nothing)
{
    run_task();
    fake_append(in, 0, "k", "v", 7);
    steps(20);
    struct wr_letter *l = wr_letter_new(WR_MAIL_REVOKE);
    l->numbers = wr_calloc(1, sizeof *l->numbers);
    l->numbers[0] = 5;
    l->count = 1;
    l->deadline_ms = r.clock.mono + 1000;
    wr_letter_post(wr_stream_mailbox(thread), l);
    steps(20);
    ck_assert_str_eq(fake_log(f), "begin\nsend out/0 k=v@7\n");
    ck_assert_ptr_null(wr_letter_take(&control));
}
END_TEST

START_TEST(a_lost_task_is_given_back_without_a_commit)
{
    run_task();
    fake_append(in, 0, "k", "v", 7);
    steps(20);
    wr_stream_bump_epoch(thread);
    post(WR_MAIL_LOST, 0);
    steps(50);
    ck_assert_str_eq(fake_log(f), "begin\nsend out/0 k=v@7\nabort\n");
    expect(WR_MAIL_BACK, WR_FATE_RELEASED);
}
END_TEST

START_TEST(tasks_lost_during_a_commit_are_given_back_when_it_is_known)
{
    run_task();
    fake_append(in, 0, "k", "v", 7);
    fake_delay(f, WR_CALL_COMMIT, 5);
    steps(103);
    post(WR_MAIL_LOST, 0);
    steps(50);
    ck_assert_has(fake_log(f), "commit\n");
    expect(WR_MAIL_BACK, WR_FATE_RELEASED);
}
END_TEST

START_TEST(a_commit_that_hangs_is_given_up_when_its_tasks_are_lost_and_its_time_is_over)
{
    run_task();
    steps(60000); /* the last commit is long ago */
    fake_append(in, 0, "k", "v", 7);
    fake_delay(f, WR_CALL_COMMIT, -1);
    steps(150);
    post(WR_MAIL_LOST, 0);
    steps(5000);
    ck_assert_ptr_null(wr_letter_take(&control)); /* it may still be known */
    steps(6000);
    expect(WR_MAIL_BACK, WR_FATE_RESTORE);
}
END_TEST

START_TEST(an_abort_after_a_long_pause_has_its_time)
{
    run_task();
    steps(60000);
    fake_append(in, 0, "k", "v", 7);
    fake_delay(f, WR_CALL_ABORT, 3);
    steps(20);
    post(WR_MAIL_LOST, 0);
    steps(100);
    ck_assert_has(fake_log(f), "abort\n"); /* and not given up at once */
    expect(WR_MAIL_BACK, WR_FATE_RELEASED);
}
END_TEST

START_TEST(a_stop_commits_and_gives_everything_back)
{
    run_task();
    fake_append(in, 0, "k", "v", 7);
    steps(20);
    post(WR_MAIL_STOP, 0);
    steps(50);
    ck_assert_has(fake_log(f), "offsets in/0=1 app-tasks/0=0\ncommit\nclose\n");
    expect(WR_MAIL_BACK, WR_FATE_RELEASED);
    expect(WR_MAIL_ENDED, 0);
    ck_assert(ended);
}
END_TEST

START_TEST(a_stop_does_not_repeat_a_claim_that_is_refused)
{
    member(false);
    give_task("app-other-0");
    steps(3);
    post(WR_MAIL_STOP, 0);
    steps(50);
    ck_assert(ended);
    expect(WR_MAIL_BACK, WR_FATE_RELEASED);
    expect(WR_MAIL_ENDED, 0);
}
END_TEST

START_TEST(a_task_that_waits_for_the_producer_can_be_given_back)
{
    fake_delay(f, WR_CALL_INIT, -1); /* of the next producer: this one is lost first */
    run_task();
    fake_script(f, WR_CALL_COMMIT, WR_CALL_FATAL, WEIR_EPRODUCER, "said by a test");
    fake_append(in, 0, "k", "v", 7);
    fake_delay(f, WR_CALL_INIT, -1);
    steps(1000);
    expect(WR_MAIL_BACK, WR_FATE_RESTORE);
    give_task("app-p-0");
    steps(100);
    post(WR_MAIL_REVOKE, r.clock.mono + 1000);
    steps(100);
    expect(WR_MAIL_BACK, WR_FATE_RELEASED);
}
END_TEST

/* ---- purge ----------------------------------------------------------------------------------- */

START_TEST(only_internal_topics_are_purged)
{
    run_task();
    steps(5000);
    fake_append(in, 0, "k", "v", 7);
    steps(300);
    ck_assert_ptr_null(wr_letter_take(&control)); /* "in" is the users' */
}
END_TEST

Suite *stream_thread_suite(void)
{
    Suite *s = suite_create("stream_thread");
    TCase *tc = tcase_create("stream_thread");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, a_task_of_another_writer_is_claimed_before_its_first_record);
    tcase_add_test(tc, records_are_committed_after_the_commit_interval);
    tcase_add_test(tc, a_thread_without_work_commits_nothing);
    tcase_add_test(tc, positions_that_do_not_move_are_committed_again_now_and_then);
    tcase_add_loop_test(tc, a_refused_commit_is_aborted_and_its_records_are_processed_again, 0, 2);
    tcase_add_test(tc, an_unknown_outcome_sends_tasks_to_be_restored_and_makes_a_new_producer);
    tcase_add_test(tc, a_producer_that_is_dead_at_the_begin_is_replaced);
    tcase_add_test(tc, a_thread_that_is_no_member_aborts_and_waits);
    tcase_add_test(tc, records_go_on_while_positions_wait_for_the_group);
    tcase_add_test(tc, a_position_that_is_old_is_asked_for_again);
    tcase_add_test(tc, a_position_that_is_not_in_the_log_twice_stops_the_instance);
    tcase_add_test(tc, a_missing_output_topic_stops_the_instance);
    tcase_add_test(tc, a_producer_that_may_not_be_made_stops_the_instance);
    tcase_add_test(tc, a_revoked_task_is_committed_and_given_back);
    tcase_add_test(tc, a_revoke_of_a_task_that_is_elsewhere_commits_nothing);
    tcase_add_test(tc, a_lost_task_is_given_back_without_a_commit);
    tcase_add_test(tc, tasks_lost_during_a_commit_are_given_back_when_it_is_known);
    tcase_add_test(tc,
                   a_commit_that_hangs_is_given_up_when_its_tasks_are_lost_and_its_time_is_over);
    tcase_add_test(tc, an_abort_after_a_long_pause_has_its_time);
    tcase_add_test(tc, a_stop_commits_and_gives_everything_back);
    tcase_add_test(tc, a_stop_does_not_repeat_a_claim_that_is_refused);
    tcase_add_test(tc, a_task_that_waits_for_the_producer_can_be_given_back);
    tcase_add_test(tc, only_internal_topics_are_purged);
    suite_add_tcase(s, tc);
    TCase *st = tcase_create("stores");
    tcase_add_checked_fixture(st, setup_count, teardown);
    tcase_add_test(st, stores_with_a_damaged_row_begin_anew);
    tcase_add_test(st, who_has_no_room_to_go_on_waits_for_the_group);
    tcase_add_test(st, uncommitted_writes_beyond_the_limit_are_committed_early);
    suite_add_tcase(s, st);
    TCase *open = tcase_create("open functions");
    tcase_add_checked_fixture(open, setup_peek, teardown);
    tcase_add_test(open, a_task_that_cannot_be_opened_now_is_tried_again);
    tcase_add_test(open, a_task_that_cannot_be_opened_ends_the_work_of_the_others_too);
    suite_add_tcase(s, open);
    TCase *bad = tcase_create("bad records");
    tcase_add_checked_fixture(bad, setup_json, teardown);
    tcase_add_test(bad, a_bad_record_that_stops_is_dead_lettered_alone_and_once);
    tcase_add_test(bad, a_letter_that_was_written_is_not_written_again);
    suite_add_tcase(s, bad);
    return s;
}
