/* test_child.c -- programs that are run or run beside us, and what remains of them. */
#include "src/base/base.h"

#include <check.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/suite.h"
#include "tools/child.h"

static struct weir_error err;
static struct wr_buf out;

static void start(void)
{
    out = (struct wr_buf){0};
}

static void end(void)
{
    wr_buf_free(&out);
}

/* A shell that runs a script. */
#define SHELL(script) ((char *const[]){(char[]){"sh"}, (char[]){"-c"}, (char[]){script}, NULL})

static enum weir_code start_shell(struct wr_child *c, const char *script, int output)
{
    static char name[] = "sh"; /* the child keeps it */
    char *const argv[] = {name, (char[]){"-c"}, (char *)(uintptr_t)script, NULL};
    return wr_child_start(c, argv, output, STDERR_FILENO, &err);
}

static void wait_for_end(struct wr_child *c)
{
    for (int i = 0; i < 500 && !wr_child_ended(c); i++) {
        poll(NULL, 0, 10);
    }
    ck_assert(wr_child_ended(c));
}

START_TEST(output_is_read_and_input_is_empty)
{
    ck_assert_int_eq(wr_child_run(&out, SHELL("echo one; cat; echo two"), 10000, &err), WEIR_OK);
    ck_assert_str_eq(wr_buf_cstr(&out), "one\ntwo\n");
}
END_TEST

static const struct {
    char *const *argv;
    int64_t timeout_ms;
    enum weir_code code;
    const char *text;
} failures[] = {
    {SHELL("exit 7"), 10000, WEIR_EPROCESS, "\"sh\" ended with code 7"},
    {SHELL("kill -9 $$"), 10000, WEIR_EPROCESS, "ended by signal 9"},
    {SHELL("sleep 60"), 100, WEIR_ETIMEOUT, "was killed"},
    {SHELL("exec >&-; sleep 60; :"), 100, WEIR_ETIMEOUT, "was killed"},
    {SHELL("cat /dev/zero"), 10000, WEIR_ETOOLARGE, "printed more than"},
    {(char *const[]){(char[]){"/nowhere/at-all"}, NULL}, 10000, WEIR_ENOTFOUND, "No such file"},
};

START_TEST(failure_is_told_and_nothing_runs_on)
{
    ck_assert_int_eq(wr_child_run(&out, failures[_i].argv, failures[_i].timeout_ms, &err),
                     failures[_i].code);
    ck_assert_msg(strstr(err.text, failures[_i].text) != NULL, "%s", err.text);
    ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
}
END_TEST

/* The pipe is closed once nobody has it. */
START_TEST(what_a_child_has_started_is_killed_with_it)
{
    int ends[2];
    char c;
    struct wr_child child;
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(start_shell(&child, "sleep 60 & echo; wait", ends[1]), WEIR_OK);
    close(ends[1]);
    ck_assert_int_eq(read(ends[0], &c, 1), 1);
    wr_child_kill(&child);
    struct pollfd fd = {.fd = ends[0], .events = POLLIN};
    ck_assert_int_eq(poll(&fd, 1, 5000), 1);
    ck_assert_int_eq(read(ends[0], &c, 1), 0);
    close(ends[0]);
}
END_TEST

START_TEST(child_runs_until_it_is_killed)
{
    struct wr_child c;
    ck_assert_int_eq(start_shell(&c, "sleep 60", STDOUT_FILENO), WEIR_OK);
    ck_assert(!wr_child_ended(&c));
    ck_assert_int_eq(getpgid(c.pid), c.pid);
    pid_t pid = c.pid;
    wr_child_kill(&c);
    wr_child_kill(&c);
    ck_assert(wr_child_ended(&c));
    ck_assert_int_eq(kill(pid, 0), -1);
    ck_assert_int_eq(wr_child_judge(&c, &err), WEIR_EPROCESS);
}
END_TEST

START_TEST(blocked_signals_reach_a_child)
{
    struct wr_child c;
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, NULL);
    ck_assert_int_eq(start_shell(&c, "sleep 60", STDOUT_FILENO), WEIR_OK);
    kill(c.pid, SIGTERM);
    wait_for_end(&c);
    ck_assert(WIFSIGNALED(c.status));
}
END_TEST

/* The one in the middle is killed; its child ends, which the closed pipe tells. */
START_TEST(child_does_not_outlive_whoever_started_it)
{
    int ends[2];
    char c;
    ck_assert_int_eq(pipe(ends), 0);
    pid_t middle = fork();
    if (middle == 0) {
        struct wr_child child;
        bool fine = start_shell(&child, "echo; exec sleep 60", ends[1]) == WEIR_OK;
        poll(NULL, 0, fine ? 60000 : 0);
        _exit(1);
    }
    close(ends[1]);
    ck_assert_int_eq(read(ends[0], &c, 1), 1);
    kill(middle, SIGKILL);
    waitpid(middle, NULL, 0);
    struct pollfd fd = {.fd = ends[0], .events = POLLIN};
    ck_assert_int_eq(poll(&fd, 1, 5000), 1);
    ck_assert_int_eq(read(ends[0], &c, 1), 0);
    close(ends[0]);
}
END_TEST

Suite *child_suite(void);
Suite *child_suite(void)
{
    Suite *s = suite_create("child");
    TCase *tc = tcase_create("child");
    tcase_add_checked_fixture(tc, start, end);
    tcase_set_timeout(tc, 20);
    tcase_add_test(tc, output_is_read_and_input_is_empty);
    tcase_add_loop_test(tc, failure_is_told_and_nothing_runs_on, 0, (int)WR_ARRAY_LEN(failures));
    tcase_add_test(tc, what_a_child_has_started_is_killed_with_it);
    tcase_add_test(tc, child_runs_until_it_is_killed);
    tcase_add_test(tc, blocked_signals_reach_a_child);
    tcase_add_test(tc, child_does_not_outlive_whoever_started_it);
    suite_add_tcase(s, tc);
    return s;
}
