/* test_guarantees.c -- what the two guarantees promise: a thread that dies or fails at any step of
 * its work and its commits, and one that goes on after it.
 *
 * The application joins the values of each key to one text, and writes every change: what is
 * missing or there twice shows, in the outputs and in the state.
 */
#include "src/base/base.h"

#include <stdio.h>

#include "src/base/mem.h"
#include "src/run/stream_impl.h"
#include "tests/unit/run/fake_kafka.h"
#include "tests/unit/run/run_rig.h"

enum { RECORDS = 12, STEP_MS = 30, LAST_STEP = 60 };

/* Key and value of record i: keys "a" and "b" in turn, values "0", "1", ... */
static const char *const all_of[] = {"02468A", "13579B"};
static const char digits[] = "0123456789AB";

static struct run_rig r;
static struct fake *f;
static struct fake_topic *in;
static struct fake_topic *out;
static struct fake_topic *changelog;
static struct wr_membership membership;
static struct wr_wake wake;
static struct wr_mailbox control;
static struct wr_stream_thread *thread;
static int written;
static bool ended;

static enum weir_code join(weir_ctx *c, const struct weir_record *record,
                           struct weir_bytes *aggregate, void *state)
{
    WR_UNUSED(state);
    *aggregate = weir_format(c, "%.*s%.*s", (int)aggregate->len, (const char *)aggregate->data,
                             (int)record->value.len, (const char *)record->value.data);
    return WEIR_OK;
}

static void build(weir_topology *t)
{
    struct weir_source s = WEIR_SOURCE_INIT;
    struct weir_table_options each = WEIR_TABLE_INIT;
    s.key = s.value = each.value = weir_string(t);
    each.emit = WEIR_EMIT_EACH;
    weir_grouped *g = weir_group_by_key(weir_from(t, "in", &s), "by-key");
    weir_to(weir_changes(weir_reduce(g, "texts", join, &each)), "out", NULL);
}

static void setup_with(bool at_least_once)
{
    rr_init(&r, build, 1);
    r.settings.at_least_once = at_least_once;
    f = fake_new();
    in = fake_topic(f, "in", 1);
    out = fake_topic(f, "out", 1);
    changelog = fake_topic(f, "app-texts-changelog", 1);
    fake_topic(f, "app-tasks", 1);
    struct wr_group_gate_limits limits = {.join_ms = 3000};
    wr_membership_init(&membership, &r.clock.clock, &limits);
    struct wr_group_stamp stamp = {"app", 3, "m-1", NULL};
    wr_membership_publish(&membership, wr_group_meta_new(&stamp));
    wr_wake_init(&wake);
    wr_mailbox_init(&control, &wake);
    written = 0;
    ended = false;
}

static void setup_exactly_once(void)
{
    setup_with(false);
}

static void setup_at_least_once(void)
{
    setup_with(true);
}

static void teardown(void)
{
    wr_membership_free(&membership);
    wr_mailbox_free(&control);
    wr_wake_free(&wake);
    fake_free(f);
    rr_free(&r);
}

/* ---- what control and restore do ------------------------------------------------------------- */

/* The committed records of the changelog, and the position behind them. */
static void restore(struct wr_task *t)
{
    const struct fake_partition_log *log = &changelog->logs[0];
    for (size_t i = 0; i < log->records.count; i++) {
        const struct fake_record *record = log->records.items[i];
        ck_assert_ok(wr_restore_record(t->state, 0, weir_str(record->key), weir_str(record->value),
                                       record->time, &rr_err));
    }
    ck_assert_ok(wr_restore_flush(t->state, &log->high, &rr_err));
}

static void give(struct wr_task *t)
{
    rr_open_state(&r, t);
    restore(t);
    wr_input_set_committed(&t->in.inputs[0], wr_max_i64(in->logs[0].committed, 0),
                           in->logs[0].metadata);
    snprintf(t->writer, sizeof t->writer, "app-p-0"); /* it was ours before */
    struct wr_letter *l = wr_letter_new(WR_MAIL_TASK);
    l->task = t;
    wr_letter_post(wr_stream_mailbox(thread), l);
}

static void start(void)
{
    struct wr_stream_options so = rr_stream_options(&r, &f->base, &membership, &control);
    ck_assert_ok(wr_stream_new(&thread, &so, &rr_err));
    give(rr_new_task(&r, 0));
}

/* Tasks that came back: to be ended, or restored and given again. */
static void serve_control(bool again)
{
    for (struct wr_letter *l; (l = wr_letter_take(&control)) != NULL; wr_letter_free(l)) {
        if (l->task == NULL) {
            continue;
        }
        wr_task_state_close(l->task->state, false);
        l->task->state = NULL;
        if (again) {
            give(l->task);
        } else {
            wr_task_free(l->task);
        }
    }
}

/* What SIGKILL leaves: nothing is flushed, committed or aborted by who dies. */
static void die(void)
{
    wr_txn_close(&thread->txn);
    for (size_t i = 0; i < thread->tasks.count; i++) {
        wr_task_aborted(thread->tasks.items[i]);
    }
    wr_stream_give_all_back(thread, WR_FATE_RELEASED, false);
    serve_control(false);
    wr_stream_free(thread);
}

/* Steps, with a new record now and then. */
static void work(int steps)
{
    for (int i = 0; i < steps; i++) {
        if (written < RECORDS && i % 2 == 0) {
            const char value[] = {digits[written], 0};
            fake_append(in, 0, written % 2 == 0 ? "a" : "b", value, 7);
            written++;
        }
        wr_stream_step(thread, &ended);
        ck_assert(!ended);
        serve_control(true);
        wr_clock_manual_advance(&r.clock, STEP_MS);
    }
}

/* ---- the recount ----------------------------------------------------------------------------- */

/* How often one text was written for a key. */
static int times(const char *key, const char *text, size_t len)
{
    const struct fake_partition_log *log = &out->logs[0];
    int n = 0;
    for (size_t i = 0; i < log->records.count; i++) {
        const struct fake_record *record = log->records.items[i];
        n += strcmp(record->key, key) == 0 && strlen(record->value) == len &&
             memcmp(record->value, text, len) == 0;
    }
    return n;
}

static const char *state_of(const char *key)
{
    const struct fake_partition_log *log = &changelog->logs[0];
    const char *value = "";
    for (size_t i = 0; i < log->records.count; i++) {
        const struct fake_record *record = log->records.items[i];
        value = strcmp(record->key, key) == 0 ? record->value : value;
    }
    return value;
}

/* Every change is there, and nothing else; the state has each record once. */
static void recount(void)
{
    int found = 0;
    for (int k = 0; k < 2; k++) {
        const char *key = k == 0 ? "a" : "b";
        for (size_t len = 1; len <= RECORDS / 2; len++) {
            int n = times(key, all_of[k], len);
            ck_assert_int_ge(n, 1);
            found += n;
        }
        ck_assert_str_eq(state_of(key), all_of[k]);
    }
    ck_assert_int_eq(in->logs[0].committed, RECORDS);
    ck_assert_uint_eq(out->logs[0].records.count, found);
    if (!r.settings.at_least_once) {
        ck_assert_int_eq(found, RECORDS);
    }
}

START_TEST(who_dies_at_any_step_loses_nothing)
{
    f->outputs_wait = _i % 2 == 0;
    start();
    work(1 + _i / 2);
    die();
    start();
    work(LAST_STEP + 100);
    recount();
    die();
}
END_TEST

static const struct {
    enum wr_call_kind kind;
    enum wr_outcome outcome;
} failures[] = {
    {WR_CALL_FLUSH, WR_CALL_ABORTABLE},
    {WR_CALL_FLUSH, WR_CALL_FATAL},
    {WR_CALL_OFFSETS_SEND, WR_CALL_ABORTABLE},
    {WR_CALL_OFFSETS_SEND, WR_CALL_FATAL},
    {WR_CALL_COMMIT, WR_CALL_ABORTABLE},
    {WR_CALL_COMMIT, WR_CALL_FATAL},
    {WR_CALL_ABORT, WR_CALL_FATAL},
    {WR_CALL_INIT, WR_CALL_FATAL},
};

/* The failure comes at the next call of its kind, after so many steps. */
START_TEST(a_call_that_fails_loses_nothing)
{
    size_t kind = (size_t)_i % WR_ARRAY_LEN(failures);
    f->outputs_wait = true;
    start();
    work(_i / (int)WR_ARRAY_LEN(failures));
    fake_script(f, failures[kind].kind, failures[kind].outcome, WEIR_EABORT, "said by a test");
    if (failures[kind].kind == WR_CALL_ABORT) {
        fake_script(f, WR_CALL_COMMIT, WR_CALL_ABORTABLE, WEIR_EABORT, "said by a test");
    }
    work(LAST_STEP + 100);
    recount();
    die();
}
END_TEST

START_TEST(outputs_do_not_wait_for_the_commit)
{
    r.settings.commit_interval_ms = 60000;
    start();
    work(20);
    ck_assert_uint_ge(out->logs[0].records.count, 5);
    ck_assert_uint_eq(changelog->logs[0].records.count, 0);
    ck_assert_int_le(in->logs[0].committed, 0);
    die();
}
END_TEST

START_TEST(outputs_wait_until_a_restored_task_is_claimed)
{
    start();
    fake_script(f, WR_CALL_OFFSETS_SEND, WR_CALL_ABORTABLE, WEIR_EABORT, "said by a test");
    work(40);
    const char *log = fake_log(f);
    const char *commit = strstr(log, "commit\n");
    ck_assert_ptr_nonnull(commit);
    ck_assert_ptr_nonnull(strstr(commit, "send out/0 a=0@7\n"));
    ck_assert(strstr(log, "send ") > commit);
    die();
}
END_TEST

START_TEST(an_output_that_is_lost_is_written_again)
{
    f->outputs_wait = true;
    start();
    work(2);
    fake_script(f, WR_CALL_FLUSH, WR_CALL_ABORTABLE, WEIR_EABORT, "said by a test");
    work(40);
    const char *log = fake_log(f);
    const char *first = strstr(log, "send out/0 a=0@7\n");
    ck_assert_ptr_nonnull(first);
    ck_assert_ptr_nonnull(strstr(first + 1, "send out/0 a=0@7\n"));
    ck_assert_int_eq(times("a", "0", 1), 1);
    ck_assert_int_eq(rr_stat(&r, aborts), 1);
    die();
}
END_TEST

Suite *guarantees_suite(void)
{
    static const struct {
        const char *name;
        void (*setup)(void);
    } cases[] = {{"exactly once", setup_exactly_once}, {"at least once", setup_at_least_once}};
    Suite *s = suite_create("guarantees");
    for (size_t i = 0; i < WR_ARRAY_LEN(cases); i++) {
        TCase *tc = tcase_create(cases[i].name);
        tcase_add_checked_fixture(tc, cases[i].setup, teardown);
        tcase_add_loop_test(tc, who_dies_at_any_step_loses_nothing, 0, 2 * LAST_STEP);
        tcase_add_loop_test(tc, a_call_that_fails_loses_nothing, 0,
                            LAST_STEP * (int)WR_ARRAY_LEN(failures));
        suite_add_tcase(s, tc);
    }
    TCase *least = tcase_create("outputs");
    tcase_add_checked_fixture(least, setup_at_least_once, teardown);
    tcase_add_test(least, outputs_do_not_wait_for_the_commit);
    tcase_add_test(least, outputs_wait_until_a_restored_task_is_claimed);
    tcase_add_test(least, an_output_that_is_lost_is_written_again);
    suite_add_tcase(s, least);
    return s;
}
