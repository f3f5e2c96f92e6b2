/* test_kafka_worker.c -- jobs on the helper thread of a handle. */
#include "src/base/base.h"

#include <stdatomic.h>

#include "src/kafka/rdk_worker.h"
#include "tests/unit/kafka/kafka_util.h"

Suite *worker_suite(void);

struct job {
    struct wr_rdk_job job;
    int turns; /* attempts until it is over */
    int attempts;
    int pause_ms;
    atomic_bool *hold; /* an attempt does not end while this is set */
    atomic_int *freed;
    char name;
};

static char trace[64];
static atomic_int traced;
static atomic_int freed;
static struct wr_rdk_worker *w;
static struct weir_error err;
static const char *waiting;
static struct wr_wake wake;

static enum wr_outcome attempt(struct wr_rdk_job *base, struct wr_rdk_turn *turn)
{
    struct job *j = (struct job *)base;
    int at = atomic_fetch_add(&traced, 1);
    trace[at % 63] = j->name;
    while (j->hold != NULL && atomic_load(j->hold)) {
        kt_sleep(1);
    }
    turn->pause_ms = j->pause_ms;
    turn->waiting_for = "a turn";
    if (++j->attempts < j->turns) {
        return WR_CALL_PENDING;
    }
    turn->error.code = WEIR_EAGAIN;
    return WR_CALL_FAILED;
}

static void free_job(struct wr_rdk_job *base)
{
    atomic_fetch_add(((struct job *)base)->freed, 1);
    wr_free(base);
}

static const struct wr_rdk_job_ops ops = {attempt, free_job};

static struct job *make(char name, int turns, int pause_ms)
{
    struct job *j = WR_NEW(struct job);
    j->job.ops = &ops;
    j->name = name;
    j->turns = turns;
    j->pause_ms = pause_ms;
    j->freed = &freed;
    return j;
}

static struct job *start(char name, int turns, int pause_ms)
{
    struct job *j = make(name, turns, pause_ms);
    wr_rdk_job_start(w, &j->job);
    return j;
}

static enum wr_outcome end(struct job *j)
{
    enum wr_outcome outcome;
    while ((outcome = wr_rdk_job_wait(&j->job, 1000, &waiting, &err)) == WR_CALL_PENDING) {
    }
    return outcome;
}

static void setup(void)
{
    wr_wake_init(&wake);
    ck_assert_int_eq(wr_rdk_worker_open(&w, &wake, &err), WEIR_OK);
}

static void close_worker(int bound_ms, bool in_time)
{
    ck_assert_int_eq(wr_rdk_worker_close(w, &make('z', 1, 0)->job, bound_ms), in_time);
}

START_TEST(job_is_attempted_until_it_is_over)
{
    struct job *j = start('a', 3, 1);
    ck_assert(wr_wake_wait(&wake, 5000));
    ck_assert_int_eq(end(j), WR_CALL_FAILED);
    ck_assert_int_eq(err.code, WEIR_EAGAIN);
    ck_assert_int_eq(j->attempts, 3);
    wr_rdk_job_drop(&j->job);
    ck_assert_int_eq(freed, 1);
    close_worker(1000, true);
    ck_assert_int_eq(freed, 2);
}
END_TEST

START_TEST(jobs_take_turns)
{
    atomic_bool hold = true;
    struct job *a = make('a', 3, 0);
    a->hold = &hold;
    wr_rdk_job_start(w, &a->job);
    struct job *b = start('b', 3, 0);
    atomic_store(&hold, false);
    ck_assert_int_eq(end(a), WR_CALL_FAILED);
    ck_assert_int_eq(end(b), WR_CALL_FAILED);
    ck_assert_mem_eq(trace, "ababab", 6);
    wr_rdk_job_drop(&a->job);
    wr_rdk_job_drop(&b->job);
    close_worker(1000, true);
}
END_TEST

START_TEST(resting_job_does_not_hold_up_another)
{
    struct job *slow = start('s', 2, 10000);
    struct job *quick = start('q', 5, 0);
    ck_assert_int_eq(end(quick), WR_CALL_FAILED);
    ck_assert_int_eq(wr_rdk_job_wait(&slow->job, 0, &waiting, &err), WR_CALL_PENDING);
    ck_assert_str_eq(waiting, "a turn");
    ck_assert(wr_rdk_worker_has_jobs(w));
    wr_rdk_job_drop(&slow->job);
    wr_rdk_job_drop(&quick->job);
    ck_assert(!wr_rdk_worker_has_jobs(w));
    ck_assert_int_eq(freed, 2);
    close_worker(1000, true);
}
END_TEST

START_TEST(waiting_takes_no_longer_than_asked)
{
    atomic_bool hold = true;
    struct job *j = make('a', 1, 0);
    j->hold = &hold;
    wr_rdk_job_start(w, &j->job);
    int64_t before = kt_ms();
    ck_assert_int_eq(wr_rdk_job_wait(&j->job, 0, &waiting, &err), WR_CALL_PENDING);
    ck_assert_int_eq(wr_rdk_job_wait(&j->job, 30, &waiting, &err), WR_CALL_PENDING);
    ck_assert_int_lt(kt_ms() - before, 200);
    atomic_store(&hold, false);
    ck_assert_int_eq(end(j), WR_CALL_FAILED);
    wr_rdk_job_drop(&j->job);
    close_worker(1000, true);
}
END_TEST

START_TEST(job_dropped_during_an_attempt_is_freed_after_it)
{
    atomic_bool hold = true;
    struct job *j = make('a', 5, 0);
    j->hold = &hold;
    wr_rdk_job_start(w, &j->job);
    while (atomic_load(&traced) == 0) {
        kt_sleep(1);
    }
    wr_rdk_job_drop(&j->job);
    ck_assert_int_eq(freed, 0);
    atomic_store(&hold, false);
    close_worker(1000, true);
    ck_assert_int_eq(freed, 2);
    ck_assert_mem_eq(trace, "az", 3);
}
END_TEST

START_TEST(closing_does_not_wait_for_an_attempt_that_does_not_end)
{
    atomic_bool hold = true;
    struct job *j = make('a', 1, 0);
    j->hold = &hold;
    wr_rdk_job_start(w, &j->job);
    while (atomic_load(&traced) == 0) {
        kt_sleep(1);
    }
    int64_t before = kt_ms();
    close_worker(50, false);
    ck_assert_int_lt(kt_ms() - before, 500);
    wr_rdk_job_drop(&j->job); /* also after its worker was closed */
    atomic_store(&hold, false);
    while (atomic_load(&freed) < 2) {
        kt_sleep(1);
    }
}
END_TEST

START_TEST(job_that_waits_is_not_run_after_closing)
{
    struct job *j = start('w', 2, 60000);
    while (atomic_load(&traced) == 0) {
        kt_sleep(1);
    }
    close_worker(1000, true);
    ck_assert_int_eq(wr_rdk_job_wait(&j->job, 10, &waiting, &err), WR_CALL_PENDING);
    wr_rdk_job_drop(&j->job);
    ck_assert_int_eq(freed, 2);
    ck_assert_mem_eq(trace, "wz", 3);
}
END_TEST

Suite *worker_suite(void)
{
    Suite *s = suite_create("worker");
    TCase *t = tcase_create("worker");
    tcase_add_checked_fixture(t, setup, NULL);
    tcase_add_test(t, job_is_attempted_until_it_is_over);
    tcase_add_test(t, jobs_take_turns);
    tcase_add_test(t, resting_job_does_not_hold_up_another);
    tcase_add_test(t, waiting_takes_no_longer_than_asked);
    tcase_add_test(t, job_dropped_during_an_attempt_is_freed_after_it);
    tcase_add_test(t, closing_does_not_wait_for_an_attempt_that_does_not_end);
    tcase_add_test(t, job_that_waits_is_not_run_after_closing);
    suite_add_tcase(s, t);
    return s;
}
