/* demo_instance.c -- one instance of the example: a process, its state and its log. */
#include "src/base/base.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "src/base/err.h"
#include "src/base/mem.h"
#include "tools/demo_instance.h"

enum { SHOWN_OF_LOG = 600 }; /* bytes, of one that ended by itself */

void wr_demo_instance_init(struct wr_demo_instance *i, int number,
                           const struct wr_ptrs *application, const char *folder)
{
    *i = (struct wr_demo_instance){
        .number = number,
        .application = application,
        .state_dir = wr_asprintf("%s/instance-%d", folder, number),
        .log_path = wr_asprintf("%s/instance-%d.log", folder, number),
        .log = -1,
    };
}

/* One descriptor writes, the other reads: a position each. */
static enum weir_code open_log(struct wr_demo_instance *i, int *writer, struct weir_error *err)
{
    *writer = open(i->log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
    if (*writer >= 0 && i->log < 0) {
        i->log = open(i->log_path, O_RDONLY | O_CLOEXEC);
    }
    if (*writer < 0 || i->log < 0) {
        return wr_fail(err, WEIR_EIO, "could not open \"%s\": %s", i->log_path,
                       wr_errno_text(errno));
    }
    return WEIR_OK;
}

enum weir_code wr_demo_instance_start(struct wr_demo_instance *i, struct weir_error *err)
{
    int writer;
    struct wr_ptrs argv = {0};
    char *state_dir = wr_asprintf("--set=state.dir=%s", i->state_dir);
    enum weir_code code = open_log(i, &writer, err);
    for (size_t k = 0; k < i->application->count; k++) {
        wr_ptrs_push(&argv, i->application->items[k]);
    }
    wr_ptrs_push(&argv, state_dir);
    wr_ptrs_push(&argv, NULL);
    i->progress = (struct wr_demo_progress){0};
    if (code == WEIR_OK) {
        code = wr_child_start(&i->child, (char *const *)argv.items, writer, writer, err);
        i->wanted = code == WEIR_OK;
    }
    if (writer >= 0) {
        close(writer);
    }
    wr_ptrs_free(&argv);
    wr_free(state_dir);
    return code;
}

static void take_line(struct wr_demo_instance *i)
{
    wr_demo_progress_line(&i->progress, wr_buf_cstr(&i->line));
    wr_buf_reset(&i->line);
}

static void read_log(struct wr_demo_instance *i)
{
    char some[4096];
    ssize_t n;
    while (i->state_dir != NULL && i->log >= 0 && (n = read(i->log, some, sizeof some)) > 0) {
        for (ssize_t k = 0; k < n; k++) {
            if (some[k] == '\n') {
                take_line(i);
            } else {
                wr_buf_char(&i->line, some[k]);
            }
        }
    }
}

/* What it said last, in whole lines if it can be. */
static void put_last_of_log(const struct wr_demo_instance *i, struct wr_buf *out)
{
    char text[SHOWN_OF_LOG + 1];
    off_t end = lseek(i->log, 0, SEEK_END);
    ssize_t n = pread(i->log, text, SHOWN_OF_LOG, wr_max_i64(0, end - SHOWN_OF_LOG));
    if (n > 0) {
        text[n] = '\0';
        char *first = end > SHOWN_OF_LOG ? strchr(text, '\n') : NULL;
        wr_buf_str(out, first != NULL ? first + 1 : text);
    }
}

enum weir_code wr_demo_instance_look(struct wr_demo_instance *i, struct weir_error *err)
{
    read_log(i);
    if (!i->wanted || !wr_child_ended(&i->child)) {
        return WEIR_OK;
    }
    struct wr_buf log = {0};
    put_last_of_log(i, &log);
    if (wr_child_judge(&i->child, err) == WEIR_OK) {
        wr_fail(err, WEIR_EPROCESS, "\"%s\" ended by itself", i->child.name);
    }
    char *how = wr_strdup(err->text);
    wr_fail(err, WEIR_EPROCESS, "instance %d: %s; the end of its log:\n%s", i->number, how,
            wr_buf_cstr(&log));
    wr_free(how);
    wr_buf_free(&log);
    return WEIR_EPROCESS;
}

void wr_demo_instance_kill(struct wr_demo_instance *i)
{
    i->wanted = false;
    wr_child_kill(&i->child);
    read_log(i); /* what the next start says is read from there on */
    wr_buf_reset(&i->line);
    i->progress.tasks = 0;
}

void wr_demo_instance_stop(struct wr_demo_instance *i)
{
    i->wanted = false;
    if (!wr_child_ended(&i->child)) {
        kill(i->child.pid, SIGTERM);
    }
}

void wr_demo_instance_free(struct wr_demo_instance *i)
{
    wr_demo_instance_kill(i);
    if (i->state_dir != NULL && i->log >= 0) {
        close(i->log);
    }
    wr_buf_free(&i->line);
    wr_free(i->state_dir);
    wr_free(i->log_path);
    *i = (struct wr_demo_instance){.log = -1};
}
