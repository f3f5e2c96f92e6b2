/* test_control.c -- a whole instance, with its threads, on a cluster in memory: who runs what, and
 * how it ends. The topology is rr_words: input "in" with 2 partitions, four tasks. */
#include "src/base/base.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "src/base/mem.h"
#include "src/run/control.h"
#include "tests/unit/run/fake_kafka.h"
#include "tests/unit/run/run_rig.h"

enum { THREADS = 2, PATIENCE_MS = 20000 };

static struct run_rig r;
static struct fake *f;
static struct wr_state_dir *dir;
static struct wr_control *control;
static struct wr_stats stats[THREADS];
static struct wr_stats other_stats[2];
static char path[] = "control-test-XXXXXX";
static bool running;

/* The machine's clock, which tests may move on. */
static struct wr_clock clock_moved;
static _Atomic int64_t moved_ms;

static int64_t mono(struct wr_clock *c)
{
    WR_UNUSED(c);
    return wr_mono_ms(wr_clock_system()) + atomic_load(&moved_ms);
}

static int64_t wall(struct wr_clock *c)
{
    WR_UNUSED(c);
    return wr_wall_ms(wr_clock_system());
}

static void setup(void)
{
    rr_init(&r, rr_words, 2);
    r.settings.threads = THREADS;
    r.settings.commit_interval_ms = 20;
    f = fake_new();
    fake_topic(f, "in", 2);
    fake_topic(f, "out", 1);
    clock_moved = (struct wr_clock){mono, wall};
    memset(strchr(path, '\0') - 6, 'X', 6);
    ck_assert_ptr_nonnull(mkdtemp(path));
    atomic_store(&moved_ms, 0);
    struct wr_state_dir_options d = {
        .path = path,
        .application_id = "app",
        .fs = wr_fs_posix(),
        .clock = &clock_moved,
        .allow_temporary = true,
    };
    ck_assert_ok(wr_state_dir_open(&dir, &d, &rr_err));
    for (int i = 0; i < THREADS; i++) {
        char name[32];
        snprintf(name, sizeof name, "stream-%d", i);
        wr_stats_init(&stats[i], r.metrics, name);
    }
    wr_stats_init(&other_stats[0], r.metrics, "restore");
    wr_stats_init(&other_stats[1], r.metrics, "control");
    struct wr_control_options o = {
        .kafka = &f->base,
        .clock = &clock_moved,
        .settings = &r.settings,
        .graph = r.graph,
        .dir = dir,
        .stats = stats,
        .restore_stats = &other_stats[0],
        .control_stats = &other_stats[1],
    };
    ck_assert_ok(wr_control_new(&control, &o, &rr_err));
}

static void start(void)
{
    running = true;
    ck_assert_ok(wr_control_start(control, &rr_err));
}

static enum weir_code stop(void)
{
    running = false;
    wr_control_stop(control);
    return wr_control_join(control, &rr_err);
}

static void teardown(void)
{
    if (running) {
        ck_assert_ok(stop());
    }
    wr_control_free(control);
    wr_state_dir_close(dir);
    ck_assert_ok(wr_fs_posix()->remove(wr_fs_posix(), path, &rr_err));
    fake_free(f);
    rr_free(&r);
}

static void assign(void)
{
    static const int32_t all[] = {0, 1, 2, 3};
    fake_event(f, WR_GROUP_ASSIGN, all, 4);
}

/* Wait until so many tasks run in this state. */
static void until_running(int count)
{
    struct wr_control_status s;
    int64_t end = wr_mono_ms(wr_clock_system()) + PATIENCE_MS;
    do {
        nanosleep(&(struct timespec){0, 2000000}, NULL);
        wr_control_status(control, &s);
        ck_assert_msg(wr_mono_ms(wr_clock_system()) < end,
                      "%s: %d assigned, %d running, %d restoring", wr_control_state_name(s.state),
                      s.assigned, s.running, s.restoring);
    } while (s.state != WR_CONTROL_RUNNING || s.running != count || s.restoring != 0);
}

/* Wait until the log has text; what came before is kept for the next call. */
static char *seen;

static void until_logged(const char *text)
{
    int64_t end = wr_mono_ms(wr_clock_system()) + PATIENCE_MS;
    while (seen == NULL || strstr(seen, text) == NULL) {
        ck_assert_msg(wr_mono_ms(wr_clock_system()) < end, "no \"%s\" in\n%s", text, seen);
        nanosleep(&(struct timespec){0, 2000000}, NULL);
        pthread_mutex_lock(&f->lock);
        wr_free(seen);
        seen = wr_strdup(wr_buf_cstr(&f->log));
        pthread_mutex_unlock(&f->lock);
    }
}

static int64_t high(const char *topic, int partitions)
{
    int64_t n = 0;
    pthread_mutex_lock(&f->lock);
    for (size_t i = 0; i < f->topic_count; i++) {
        for (int p = 0; p < partitions && strcmp(f->topics[i].name, topic) == 0; p++) {
            n += f->topics[i].logs[p].high;
        }
    }
    pthread_mutex_unlock(&f->lock);
    return n;
}

static void until_high(const char *topic, int partitions, int64_t n)
{
    int64_t end = wr_mono_ms(wr_clock_system()) + PATIENCE_MS;
    while (high(topic, partitions) < n) {
        ck_assert_msg(wr_mono_ms(wr_clock_system()) < end, "%s has %lld of %lld", topic,
                      (long long)high(topic, partitions), (long long)n);
        nanosleep(&(struct timespec){0, 2000000}, NULL);
    }
}

static void say(int partition, const char *word)
{
    pthread_mutex_lock(&f->lock);
    fake_append(fake_topic(f, "in", 0), partition, "k", word, 1000);
    pthread_mutex_unlock(&f->lock);
}

START_TEST(an_instance_runs_what_it_is_assigned)
{
    say(0, "a");
    say(1, "b");
    assign();
    start();
    until_high("out", 1, 2);
    until_running(4);
    ck_assert_ok(stop());
    ck_assert_int_eq(high("app-by-value-repartition", 2), 2);
    ck_assert_int_eq(high("app-counts-changelog", 2), 2);
    ck_assert_has(fake_log(f), "leave\n");
    struct wr_control_status s;
    wr_control_status(control, &s);
    ck_assert_int_eq(s.state, WR_CONTROL_STOPPED);
    ck_assert_int_eq(s.running, 0);
}
END_TEST

static bool has_folder(const char *name)
{
    char folder[128];
    snprintf(folder, sizeof folder, "%s/app/%s", path, name);
    return access(folder, F_OK) == 0;
}

static void make_old_folder(const char *name)
{
    static const struct timespec old[2] = {{.tv_sec = 1}, {.tv_sec = 1}};
    char folder[128];
    snprintf(folder, sizeof folder, "%s/app/%s", path, name);
    ck_assert_int_eq(mkdir(folder, 0700), 0);
    ck_assert_int_eq(utimensat(AT_FDCWD, folder, old, 0), 0);
}

/* An instance that was away for long gets its tasks back with its second assignment. */
START_TEST(state_of_tasks_that_may_come_back_is_kept_for_the_clean_up_delay)
{
    static const int32_t unknown[] = {4};
    fake_commit_offset(fake_topic(f, "app-tasks", 5), 4, 0, "weir1;task=9_9;id=x;writer=w");
    make_old_folder("0_0");
    make_old_folder("9_9");
    fake_event(f, WR_GROUP_ASSIGN, NULL, 0);
    start();
    until_running(0);
    nanosleep(&(struct timespec){0, 100000000}, NULL);
    ck_assert(has_folder("0_0"));
    fake_event(f, WR_GROUP_ASSIGN, unknown, 1);
    atomic_store(&moved_ms, r.settings.cleanup_delay_ms);
    int64_t end = wr_mono_ms(wr_clock_system()) + PATIENCE_MS;
    while (has_folder("0_0")) {
        ck_assert_int_lt(wr_mono_ms(wr_clock_system()), end);
        nanosleep(&(struct timespec){0, 2000000}, NULL);
    }
    ck_assert(has_folder("9_9")); /* held: this build does not have the task */
}
END_TEST

START_TEST(an_instance_without_tasks_is_running_too)
{
    fake_event(f, WR_GROUP_ASSIGN, NULL, 0);
    start();
    until_running(0);
}
END_TEST

START_TEST(a_revoke_is_answered_when_its_tasks_are_committed_and_back)
{
    static const int32_t gone[] = {0, 1};
    assign();
    start();
    until_running(4);
    fake_log(f);
    say(0, "a");
    until_logged("send app-by-value-repartition");
    fake_event(f, WR_GROUP_REVOKE, gone, 2);
    until_running(2);
    until_logged("answer\n");
    ck_assert_ptr_nonnull(strstr(seen, "commit\n"));
    ck_assert(strstr(seen, "commit\n") < strstr(seen, "answer\n"));
    ck_assert_ptr_null(strstr(seen, "abort\n"));
}
END_TEST

START_TEST(a_task_that_comes_back_is_run_again)
{
    static const int32_t gone[] = {2};
    assign();
    start();
    until_running(4);
    fake_event(f, WR_GROUP_REVOKE, gone, 1);
    until_running(3);
    fake_event(f, WR_GROUP_ASSIGN, gone, 1);
    until_running(4);
    say(0, "a");
    until_high("out", 1, 1);
}
END_TEST

START_TEST(lost_tasks_are_dropped_and_the_loss_is_answered)
{
    assign();
    start();
    until_running(4);
    fake_log(f);
    fake_event(f, WR_GROUP_LOST, NULL, 0);
    until_running(0);
    until_logged("answer\n");
    assign();
    until_running(4);
    say(0, "a");
    until_high("out", 1, 1);
}
END_TEST

START_TEST(a_dead_group_handle_is_replaced_once_everything_is_back)
{
    assign();
    start();
    until_running(4);
    fake_log(f);
    fake_event(f, WR_GROUP_FATAL, NULL, 0);
    until_logged("abandon\njoin ");
    assign();
    until_running(4);
}
END_TEST

/* Whoever cannot answer is no member any more: what is not named is lost too. */
START_TEST(a_refused_answer_gives_everything_up)
{
    static const int32_t gone[] = {0};
    assign();
    start();
    until_running(4);
    fake_log(f);
    pthread_mutex_lock(&f->lock);
    f->answer_fails = true;
    pthread_mutex_unlock(&f->lock);
    fake_event(f, WR_GROUP_REVOKE, gone, 1);
    until_logged("answer\nabandon\njoin ");
    until_running(0);
    assign();
    until_running(4);
}
END_TEST

START_TEST(a_refused_answer_to_an_assignment_begins_no_task)
{
    f->answer_fails = true;
    assign();
    start();
    until_logged("abandon\n");
    until_running(0);
    assign();
    until_running(4);
}
END_TEST

/* Then it stays away for as long as a member lives, and looks who has its instance id. */
static void fenced_three_times(const char *instance_id)
{
    f->members[0] = (struct wr_member){.client_id = "weir;v=1;p=p;n=another;t=1",
                                       .member_id = "m",
                                       .instance_id = instance_id,
                                       .host = "/10.0.0.9"};
    f->member_count = 1;
    r.settings.session_timeout_ms = 10000;
    for (int i = 0; i < 3; i++) {
        fake_event(f, WR_GROUP_FATAL, NULL, 0);
    }
    start();
    nanosleep(&(struct timespec){1, 0}, NULL);
    int joined = 0;
    for (const char *at = fake_log(f); (at = strstr(at, "join ")) != NULL; at++) {
        joined++;
    }
    ck_assert_int_eq(joined, 3);
    for (int look = 0; look < 3; look++) {
        atomic_fetch_add(&moved_ms, 11000);
        nanosleep(&(struct timespec){0, 500000000}, NULL);
    }
}

START_TEST(a_twin_under_our_instance_id_ends_the_instance)
{
    fenced_three_times(wr_state_dir_process_id(dir));
    running = false;
    ck_assert_int_eq(wr_control_join(control, &rr_err), WEIR_ELOCKED);
    ck_assert_has(rr_err.text, "another process runs under group instance id");
    ck_assert_has(rr_err.text, "n=another");
    ck_assert_has(rr_err.text, "/10.0.0.9");
    ck_assert_ptr_null(strstr(fake_log(f), "join ")); /* which would fence the other one */
}
END_TEST

START_TEST(an_instance_that_is_fenced_by_itself_goes_on)
{
    fenced_three_times("another");
    assign();
    until_running(4);
}
END_TEST

START_TEST(tasks_that_nobody_has_make_it_join_again)
{
    static const int32_t first[] = {0};
    static const int32_t others[] = {1, 2};
    f->members[0] = (struct wr_member){.client_id = "",
                                       .member_id = "m",
                                       .instance_id = wr_state_dir_process_id(dir),
                                       .host = "",
                                       .tasks = first,
                                       .task_count = 1};
    f->members[1] = (struct wr_member){
        .client_id = "", .member_id = "n", .host = "", .tasks = others, .task_count = 2};
    f->member_count = 2;
    fake_event(f, WR_GROUP_ASSIGN, first, 1);
    start();
    until_running(1);
    fake_log(f);
    for (int i = 0; i < 5; i++) {
        atomic_fetch_add(&moved_ms, 15000); /* each is a time to look */
        nanosleep(&(struct timespec){0, 250000000}, NULL);
    }
    until_logged("leave for good\nabandon\njoin ");
    until_running(0); /* no revoke came, but who has left owns nothing */
}
END_TEST

START_TEST(a_cluster_that_is_not_right_ends_the_instance_with_the_reason)
{
    f->topics[0].partitions = 0;
    start();
    running = false;
    ck_assert_int_eq(wr_control_join(control, &rr_err), WEIR_ENOTOPIC);
    ck_assert_has(rr_err.text, "input topic \"in\" does not exist");
    ck_assert_ptr_null(strstr(fake_log(f), "join"));
}
END_TEST

START_TEST(an_input_that_grows_ends_the_instance)
{
    assign();
    start();
    until_running(4);
    pthread_mutex_lock(&f->lock);
    fake_topic(f, "in", 3);
    pthread_mutex_unlock(&f->lock);
    atomic_store(&moved_ms, 61000);
    running = false;
    ck_assert_int_eq(wr_control_join(control, &rr_err), WEIR_EPARTITIONS);
    ck_assert_has(rr_err.text, "input topic \"in\" had 2 partitions and now has 3");
}
END_TEST

START_TEST(transactions_of_threads_that_are_no_more_are_ended)
{
    ck_assert_ok(wr_state_dir_raise_thread(dir, 3, &rr_err));
    assign();
    start();
    until_running(4);
    ck_assert_ok(stop());
    char *log = wr_strdup(fake_log(f));
    for (int i = THREADS; i <= 3; i++) {
        struct wr_buf line = {0};
        wr_buf_printf(&line, "init app-%s-%d\n", wr_state_dir_process_id(dir), i);
        ck_assert_has(log, wr_buf_cstr(&line));
        wr_buf_free(&line);
    }
    wr_free(log);
}
END_TEST

START_TEST(a_bad_record_ends_the_instance_with_the_reason)
{
    assign();
    start();
    until_running(4);
    pthread_mutex_lock(&f->lock);
    fake_append(fake_topic(f, "in", 0), 0, "k", "a", -1);
    pthread_mutex_unlock(&f->lock);
    running = false;
    ck_assert_int_eq(wr_control_join(control, &rr_err), WEIR_ETIME);
    ck_assert_has(rr_err.text, "input \"in\" partition 0 at offset 0: the record has no time");
}
END_TEST

/* Run all tasks and process a record, which a stop will commit in so many steps. */
static void work_whose_commit_takes(int steps)
{
    r.settings.commit_interval_ms = 60000;
    assign();
    start();
    until_running(4);
    until_logged("commit\n"); /* the claims */
    say(0, "a");
    until_logged("send app-by-value-repartition");
    pthread_mutex_lock(&f->lock);
    fake_delay(f, WR_CALL_COMMIT, steps);
    pthread_mutex_unlock(&f->lock);
}

START_TEST(a_group_that_dies_while_it_stops_is_not_left_politely)
{
    work_whose_commit_takes(2000000); /* steps, which take no time */
    wr_control_stop(control);
    fake_event(f, WR_GROUP_FATAL, NULL, 0);
    ck_assert_ok(stop());
    const char *log = fake_log(f);
    ck_assert_has(log, "abandon\n");
    ck_assert_ptr_null(strstr(log, "leave\n"));
}
END_TEST

START_TEST(a_commit_that_hangs_while_it_stops_is_abandoned_at_the_deadline)
{
    struct wr_control_status s;
    r.settings.shutdown_timeout_ms = 300;
    work_whose_commit_takes(-1);
    int64_t before = wr_mono_ms(wr_clock_system());
    ck_assert_int_eq(stop(), WEIR_ETIMEOUT);
    ck_assert_int_lt(wr_mono_ms(wr_clock_system()) - before, 5000);
    ck_assert_has(rr_err.text, "a thread did not end within 300 ms");
    wr_control_status(control, &s);
    ck_assert_int_eq(s.state, WR_CONTROL_STOPPING); /* the owner ends the process */
    ck_assert_ok(wr_fs_posix()->remove(wr_fs_posix(), path, &rr_err));
    _exit(0); /* as run_command.c does: the thread still runs, so nothing can be freed */
}
END_TEST

Suite *control_suite(void)
{
    Suite *s = suite_create("control");
    TCase *tc = tcase_create("control");
    tcase_set_timeout(tc, 60);
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, an_instance_runs_what_it_is_assigned);
    tcase_add_test(tc, state_of_tasks_that_may_come_back_is_kept_for_the_clean_up_delay);
    tcase_add_test(tc, an_instance_without_tasks_is_running_too);
    tcase_add_test(tc, a_revoke_is_answered_when_its_tasks_are_committed_and_back);
    tcase_add_test(tc, a_task_that_comes_back_is_run_again);
    tcase_add_test(tc, lost_tasks_are_dropped_and_the_loss_is_answered);
    tcase_add_test(tc, a_dead_group_handle_is_replaced_once_everything_is_back);
    tcase_add_test(tc, a_refused_answer_gives_everything_up);
    tcase_add_test(tc, a_refused_answer_to_an_assignment_begins_no_task);
    tcase_add_test(tc, a_twin_under_our_instance_id_ends_the_instance);
    tcase_add_test(tc, an_instance_that_is_fenced_by_itself_goes_on);
    tcase_add_test(tc, tasks_that_nobody_has_make_it_join_again);
    tcase_add_test(tc, a_cluster_that_is_not_right_ends_the_instance_with_the_reason);
    tcase_add_test(tc, an_input_that_grows_ends_the_instance);
    tcase_add_test(tc, transactions_of_threads_that_are_no_more_are_ended);
    tcase_add_test(tc, a_bad_record_ends_the_instance_with_the_reason);
    tcase_add_test(tc, a_group_that_dies_while_it_stops_is_not_left_politely);
    tcase_add_test(tc, a_commit_that_hangs_while_it_stops_is_abandoned_at_the_deadline);
    suite_add_tcase(s, tc);
    return s;
}
