/* child.c -- running other programs: beside us, or to their end for what they print. */
#include "src/base/base.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/base/clock.h"
#include "src/base/err.h"
#include "tools/child.h"

enum { WAIT_STEP_MS = 10 };

/* ---- beside us ------------------------------------------------------------------------------- */

/* Between fork and exec: only what is safe while other threads hold locks. Why it could not be done
 * is written to `report`. */
static WR_NORETURN void become(char *const argv[], const int files[3], int report, pid_t parent)
{
    sigset_t none;
    sigemptyset(&none);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    bool fine = getppid() == parent; /* else it ended before the kernel was told */
    for (int i = 0; i < 3 && fine; i++) {
        fine = dup2(files[i], i) == i;
    }
    setpgid(0, 0);
    if (fine && sigprocmask(SIG_SETMASK, &none, NULL) == 0) {
        execvp(argv[0], argv);
    }
    int why = errno;
    fine = write(report, &why, sizeof why) == sizeof why;
    _exit(fine ? 127 : 126);
}

/* Neither end is open in what a child executes. */
static enum weir_code make_pipe(int ends[2], struct weir_error *err)
{
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return wr_fail(err, WEIR_EIO, "could not make a pipe: %s", wr_errno_text(errno));
    }
    return WEIR_OK;
}

static enum weir_code start(struct wr_child *c, char *const argv[], const int files[3],
                            struct weir_error *err)
{
    int report[2];
    int why = 0;
    pid_t parent = getpid();
    enum weir_code code = make_pipe(report, err);
    if (code != WEIR_OK) {
        return code;
    }
    pid_t pid = fork();
    if (pid == 0) {
        become(argv, files, report[1], parent);
    }
    int fork_errno = errno;
    close(report[1]);
    c->pid = pid < 0 ? 0 : pid;
    ssize_t n = 0; /* nothing comes once the program itself runs */
    while (pid > 0 && (n = read(report[0], &why, sizeof why)) < 0 && errno == EINTR) {
    }
    close(report[0]);
    if (pid > 0 && n == 0) {
        return WEIR_OK;
    }
    wr_child_kill(c);
    return wr_fail(err, WEIR_ENOTFOUND, "could not start \"%s\": %s", c->name,
                   wr_errno_text(pid < 0 ? fork_errno : why));
}

enum weir_code wr_child_start(struct wr_child *c, char *const argv[], int output, int error,
                              struct weir_error *err)
{
    *c = (struct wr_child){.name = argv[0]};
    int empty = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (empty < 0) {
        return wr_fail(err, WEIR_EIO, "could not open \"/dev/null\": %s", wr_errno_text(errno));
    }
    enum weir_code code = start(c, argv, (const int[3]){empty, output, error}, err);
    close(empty);
    return code;
}

bool wr_child_ended(struct wr_child *c)
{
    if (c->pid != 0 && waitpid(c->pid, &c->status, WNOHANG) == c->pid) {
        c->pid = 0;
    }
    return c->pid == 0;
}

enum weir_code wr_child_judge(const struct wr_child *c, struct weir_error *err)
{
    if (WIFSIGNALED(c->status)) {
        return wr_fail(err, WEIR_EPROCESS, "\"%s\" was ended by signal %d (%s)", c->name,
                       WTERMSIG(c->status), strsignal(WTERMSIG(c->status)));
    }
    if (WEXITSTATUS(c->status) != 0) {
        return wr_fail(err, WEIR_EPROCESS, "\"%s\" ended with code %d", c->name,
                       WEXITSTATUS(c->status));
    }
    return WEIR_OK;
}

void wr_child_kill(struct wr_child *c)
{
    if (c->pid != 0) {
        kill(-c->pid, SIGKILL);
        while (waitpid(c->pid, &c->status, 0) < 0 && errno == EINTR) {
        }
        c->pid = 0;
    }
}

/* ---- to the end ------------------------------------------------------------------------------ */

struct run {
    struct wr_child child;
    int output;
    int64_t timeout_ms;
    int64_t deadline_ms;
};

static enum weir_code late(const struct run *r, struct weir_error *err)
{
    return wr_fail(err, WEIR_ETIMEOUT, "\"%s\" did not end within %lld s and was killed",
                   r->child.name, (long long)(r->timeout_ms / 1000));
}

/* Until it closes its output. */
static enum weir_code read_output(const struct run *r, struct wr_buf *out, struct weir_error *err)
{
    for (;;) {
        char some[4096];
        struct pollfd fd = {.fd = r->output, .events = POLLIN};
        int64_t left_ms = r->deadline_ms - wr_mono_ms(wr_clock_system());
        if (left_ms <= 0) {
            return late(r, err);
        }
        if (poll(&fd, 1, (int)left_ms) <= 0) {
            continue;
        }
        ssize_t n = read(r->output, some, sizeof some);
        if (n == 0) {
            return WEIR_OK;
        }
        if (n < 0) {
            return wr_fail(err, WEIR_EIO, "could not read what \"%s\" prints: %s", r->child.name,
                           wr_errno_text(errno));
        }
        if (out->len + (size_t)n > WR_CHILD_OUTPUT_MAX) {
            return wr_fail(err, WEIR_ETOOLARGE, "\"%s\" printed more than %d bytes and was killed",
                           r->child.name, (int)WR_CHILD_OUTPUT_MAX);
        }
        wr_buf_append(out, some, (size_t)n);
    }
}

static enum weir_code wait_for_end(struct run *r, struct weir_error *err)
{
    while (!wr_child_ended(&r->child)) {
        if (wr_mono_ms(wr_clock_system()) >= r->deadline_ms) {
            return late(r, err);
        }
        poll(NULL, 0, WAIT_STEP_MS);
    }
    return wr_child_judge(&r->child, err);
}

enum weir_code wr_child_run(struct wr_buf *out, char *const argv[], int64_t timeout_ms,
                            struct weir_error *err)
{
    int ends[2];
    struct run r = {.timeout_ms = timeout_ms};
    r.deadline_ms = wr_mono_ms(wr_clock_system()) + timeout_ms;
    enum weir_code code = make_pipe(ends, err);
    if (code != WEIR_OK) {
        return code;
    }
    r.output = ends[0];
    code = wr_child_start(&r.child, argv, ends[1], STDERR_FILENO, err);
    close(ends[1]);
    if (code == WEIR_OK) {
        code = read_output(&r, out, err);
    }
    if (code == WEIR_OK) {
        code = wait_for_end(&r, err);
    }
    close(r.output);
    wr_child_kill(&r.child);
    return code;
}
