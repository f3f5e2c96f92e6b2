/* test_thread.c -- starting and joining threads. */
#include "src/base/base.h"

#include <signal.h>
#include <string.h>

#include "src/base/thread.h"
#include "tests/unit/suite.h"

struct seen {
    char name[16];
    sigset_t blocked;
};

static void look(void *arg)
{
    struct seen *s = arg;
    pthread_getname_np(pthread_self(), s->name, sizeof s->name);
    pthread_sigmask(SIG_BLOCK, NULL, &s->blocked);
}

START_TEST(thread_has_its_name_and_all_signals_blocked_and_the_starter_keeps_its_own)
{
    struct seen s;
    struct wr_thread t = {0};
    sigset_t mine;
    ck_assert_int_eq(wr_thread_start(&t, "a name longer than fifteen", look, &s, NULL), WEIR_OK);
    wr_thread_join(&t);
    ck_assert_str_eq(s.name, "a name longer t");
    ck_assert_int_eq(sigismember(&s.blocked, SIGTERM), 1);
    pthread_sigmask(SIG_BLOCK, NULL, &mine);
    ck_assert_int_eq(sigismember(&mine, SIGTERM), 0);
}
END_TEST

START_TEST(thread_that_was_not_started_is_joined_at_once)
{
    struct wr_thread t = {0};
    wr_thread_join(&t);
    ck_assert(!t.started);
}
END_TEST

Suite *thread_suite(void)
{
    Suite *s = suite_create("thread");
    TCase *t = tcase_create("thread");
    tcase_add_test(t, thread_has_its_name_and_all_signals_blocked_and_the_starter_keeps_its_own);
    tcase_add_test(t, thread_that_was_not_started_is_joined_at_once);
    suite_add_tcase(s, t);
    return s;
}
