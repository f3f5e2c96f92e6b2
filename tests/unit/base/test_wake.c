/* test_wake.c -- sleeping until somebody signals. */
#include "src/base/base.h"

#include <errno.h>
#include <unistd.h>

#include "src/base/clock.h"
#include "src/base/wake.h"
#include "tests/unit/suite.h"

static struct wr_wake wake;

static void setup(void)
{
    wr_wake_init(&wake);
}

static void teardown(void)
{
    wr_wake_free(&wake);
}

START_TEST(signals_before_the_wait_end_it_once)
{
    wr_wake_signal(&wake);
    wr_wake_signal(&wake);
    ck_assert(wr_wake_wait(&wake, -1));
    ck_assert(!wr_wake_wait(&wake, 0));
}
END_TEST

START_TEST(a_signal_before_there_is_an_eventfd_is_seen)
{
    ck_assert(!wr_wake_wait(&wake, 0));
    wr_wake_signal(&wake);
    ck_assert_int_eq(wake.fd, -1);
    ck_assert_int_ge(wr_wake_fd(&wake), 0);
    ck_assert(wr_wake_wait(&wake, -1));
    ck_assert(!wr_wake_wait(&wake, 0));
}
END_TEST

START_TEST(writing_to_the_eventfd_is_a_signal)
{
    uint64_t one = 1;
    ck_assert_int_eq(write(wr_wake_fd(&wake), &one, sizeof one), 8);
    ck_assert(wr_wake_wait(&wake, -1));
    ck_assert(!wr_wake_wait(&wake, 0));
}
END_TEST

START_TEST(wait_without_a_signal_ends_with_its_time)
{
    int64_t start = wr_mono_us();
    ck_assert(!wr_wake_wait(&wake, 20));
    ck_assert_int_ge(wr_mono_us() - start, 19000);
}
END_TEST

START_TEST(signal_leaves_errno_alone)
{
    errno = ENOENT;
    wr_wake_signal(&wake);
    ck_assert_int_eq(errno, ENOENT);
    uint64_t nearly_full = UINT64_MAX - 2;
    ck_assert_int_eq(write(wr_wake_fd(&wake), &nearly_full, sizeof nearly_full), 8);
    wr_wake_signal(&wake);
    ck_assert_int_eq(errno, ENOENT);
    ck_assert(wr_wake_wait(&wake, 0));
}
END_TEST

Suite *wake_suite(void)
{
    Suite *s = suite_create("wake");
    TCase *t = tcase_create("wake");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, signals_before_the_wait_end_it_once);
    tcase_add_test(t, a_signal_before_there_is_an_eventfd_is_seen);
    tcase_add_test(t, writing_to_the_eventfd_is_a_signal);
    tcase_add_test(t, wait_without_a_signal_ends_with_its_time);
    tcase_add_test(t, signal_leaves_errno_alone);
    suite_add_tcase(s, t);
    return s;
}
