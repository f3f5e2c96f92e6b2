/* child.c -- running another program for what it prints. */
#include "src/base/base.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/base/clock.h"
#include "src/base/err.h"
#include "tools/child.h"

enum { WAIT_STEP_MS = 10 };

struct child {
    const char *name;
    pid_t pid;
    int output;
    int64_t timeout_ms;
    int64_t deadline_ms;
};

static enum weir_code start(struct child *c, char *const argv[], struct weir_error *err)
{
    int pipe_ends[2];
    posix_spawn_file_actions_t actions;
    if (pipe(pipe_ends) != 0) {
        return wr_fail(err, WEIR_EIO, "could not make a pipe: %s", wr_errno_text(errno));
    }
    fcntl(pipe_ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(pipe_ends[1], F_SETFD, FD_CLOEXEC);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, pipe_ends[1], STDOUT_FILENO);
    int rc = posix_spawnp(&c->pid, argv[0], &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(pipe_ends[1]);
    if (rc != 0) {
        close(pipe_ends[0]);
        return wr_fail(err, WEIR_ENOTFOUND, "could not start \"%s\": %s", c->name,
                       wr_errno_text(rc));
    }
    c->output = pipe_ends[0];
    return WEIR_OK;
}

static enum weir_code late(const struct child *c, struct weir_error *err)
{
    return wr_fail(err, WEIR_ETIMEOUT, "\"%s\" did not end within %lld s and was killed", c->name,
                   (long long)(c->timeout_ms / 1000));
}

/* Until it closes its output. */
static enum weir_code read_output(struct child *c, struct wr_buf *out, struct weir_error *err)
{
    for (;;) {
        char some[4096];
        struct pollfd fd = {.fd = c->output, .events = POLLIN};
        int64_t left_ms = c->deadline_ms - wr_mono_ms(wr_clock_system());
        if (left_ms <= 0) {
            return late(c, err);
        }
        if (poll(&fd, 1, (int)left_ms) <= 0) {
            continue;
        }
        ssize_t n = read(c->output, some, sizeof some);
        if (n == 0) {
            return WEIR_OK;
        }
        if (n < 0) {
            return wr_fail(err, WEIR_EIO, "could not read what \"%s\" prints: %s", c->name,
                           wr_errno_text(errno));
        }
        if (out->len + (size_t)n > WR_CHILD_OUTPUT_MAX) {
            return wr_fail(err, WEIR_ETOOLARGE, "\"%s\" printed more than %d bytes and was killed",
                           c->name, (int)WR_CHILD_OUTPUT_MAX);
        }
        wr_buf_append(out, some, (size_t)n);
    }
}

static enum weir_code wait_for_end(struct child *c, int *status, struct weir_error *err)
{
    while (waitpid(c->pid, status, WNOHANG) == 0) {
        if (wr_mono_ms(wr_clock_system()) >= c->deadline_ms) {
            return late(c, err);
        }
        poll(NULL, 0, WAIT_STEP_MS);
    }
    c->pid = 0;
    return WEIR_OK;
}

static enum weir_code judge(const struct child *c, int status, struct weir_error *err)
{
    if (WIFSIGNALED(status)) {
        return wr_fail(err, WEIR_EPROCESS, "\"%s\" was ended by signal %d (%s)", c->name,
                       WTERMSIG(status), strsignal(WTERMSIG(status)));
    }
    if (WEXITSTATUS(status) != 0) {
        return wr_fail(err, WEIR_EPROCESS, "\"%s\" ended with code %d", c->name,
                       WEXITSTATUS(status));
    }
    return WEIR_OK;
}

enum weir_code wr_child_run(struct wr_buf *out, char *const argv[], int64_t timeout_ms,
                            struct weir_error *err)
{
    int status = 0;
    struct child c = {.name = argv[0], .timeout_ms = timeout_ms};
    c.deadline_ms = wr_mono_ms(wr_clock_system()) + timeout_ms;
    enum weir_code code = start(&c, argv, err);
    if (code != WEIR_OK) {
        return code;
    }
    code = read_output(&c, out, err);
    if (code == WEIR_OK) {
        code = wait_for_end(&c, &status, err);
    }
    close(c.output);
    if (c.pid != 0) {
        kill(c.pid, SIGKILL);
        waitpid(c.pid, &status, 0);
        return code;
    }
    return judge(&c, status, err);
}
