/* test_failpoint.c -- named places; what they do is only tested in builds that contain them. */
#include "src/base/base.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/base/failpoint.h"
#include "tests/unit/suite.h"

START_TEST(names_are_unique_and_end)
{
    for (int a = 0; a < WR_FAILPOINT_COUNT; a++) {
        ck_assert_ptr_nonnull(strchr(wr_failpoint_name((enum wr_failpoint)a), '.'));
        for (int b = 0; b < a; b++) {
            ck_assert_str_ne(wr_failpoint_name((enum wr_failpoint)a),
                             wr_failpoint_name((enum wr_failpoint)b));
        }
    }
    ck_assert_ptr_null(wr_failpoint_name(WR_FAILPOINT_COUNT));
}
END_TEST

START_TEST(nothing_happens_without_a_plan)
{
    ck_assert(!WR_FAILPOINT(COMMIT_BEGUN));
}
END_TEST

#ifdef WR_FAILPOINTS

START_TEST(planned_failure_happens_once_and_is_noted)
{
    char path[] = "/tmp/weir-failpoint-XXXXXX";
    char line[64] = "";
    char want[64];
    int fd = mkstemp(path);
    setenv("WEIR_FAILPOINT_LOG", path, 1);
    setenv("WEIR_FAILPOINTS", "commit.begun=fail@2;apply.done=sleep:1", 1);
    ck_assert(!WR_FAILPOINT(COMMIT_BEGUN));
    ck_assert(WR_FAILPOINT(COMMIT_BEGUN));
    ck_assert(!WR_FAILPOINT(COMMIT_BEGUN));
    snprintf(want, sizeof want, "commit.begun fail %ld\n", (long)getpid());
    ck_assert_int_eq(read(fd, line, sizeof line - 1), (long)strlen(want));
    ck_assert_str_eq(line, want);
    ck_assert(!WR_FAILPOINT(APPLY_DONE));
    close(fd);
    unlink(path);
}
END_TEST

START_TEST(planned_kill_ends_the_process)
{
    setenv("WEIR_FAILPOINTS", "commit.begun=kill", 1);
    (void)WR_FAILPOINT(COMMIT_BEGUN);
}
END_TEST

static const char *const bad[] = {"x", "commit.begun=burn", "nowhere=kill", "commit.begun=kill@0"};

START_TEST(plan_that_cannot_be_read_ends_the_process)
{
    setenv("WEIR_FAILPOINTS", bad[_i], 1);
    (void)WR_FAILPOINT(START_LOCKED);
}
END_TEST

#endif

Suite *failpoint_suite(void)
{
    Suite *s = suite_create("failpoint");
    TCase *t = tcase_create("failpoint");
    tcase_add_test(t, names_are_unique_and_end);
    tcase_add_test(t, nothing_happens_without_a_plan);
#ifdef WR_FAILPOINTS
    tcase_add_test(t, planned_failure_happens_once_and_is_noted);
    tcase_add_test_raise_signal(t, planned_kill_ends_the_process, SIGKILL);
    tcase_add_loop_test_raise_signal(t, plan_that_cannot_be_read_ends_the_process, SIGABRT, 0,
                                     WR_ARRAY_LEN(bad));
#endif
    suite_add_tcase(s, t);
    return s;
}
