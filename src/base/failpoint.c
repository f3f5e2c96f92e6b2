/* failpoint.c -- reading WEIR_FAILPOINTS and acting on it. Thread: any. */
#include "src/base/base.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "src/base/failpoint.h"
#include "src/base/mem.h"

static const char *const names[] = {
#define WR_FAILPOINT_NAME(id, name) name,
#include "src/base/failpoints.def"
#undef WR_FAILPOINT_NAME
    NULL,
};

const char *wr_failpoint_name(enum wr_failpoint point)
{
    return point < WR_FAILPOINT_COUNT ? names[point] : NULL;
}

#ifdef WR_FAILPOINTS

enum action { NONE, KILL, STOP, FAIL, SLEEP };

struct plan {
    enum action action;
    long at;    /* acts when reached for this time */
    long sleep; /* ms */
    long seen;
};

static struct plan plans[WR_FAILPOINT_COUNT + 1];
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static const char *const action_names[] = {"none", "kill", "stop", "fail", "sleep"};

/* "NAME=ACTION[:MS][@N]" */
static void parse_one(char *text)
{
    char *eq = strchr(text, '=');
    wr_assert(eq != NULL && "WEIR_FAILPOINTS: NAME=ACTION expected");
    *eq = '\0';
    struct plan p = {.at = 1};
    char *at = strchr(eq + 1, '@');
    if (at != NULL) {
        *at = '\0';
        p.at = strtol(at + 1, NULL, 10);
    }
    char *ms = strchr(eq + 1, ':');
    if (ms != NULL) {
        *ms = '\0';
        p.sleep = strtol(ms + 1, NULL, 10);
    }
    for (size_t a = 0; a < WR_ARRAY_LEN(action_names); a++) {
        if (strcmp(eq + 1, action_names[a]) == 0) {
            p.action = (enum action)a;
        }
    }
    wr_assert(p.action != NONE && "WEIR_FAILPOINTS: unknown action");
    wr_assert(p.at > 0 && "WEIR_FAILPOINTS: @N counts from 1");
    size_t i = 0;
    while (names[i] != NULL && strcmp(names[i], text) != 0) {
        i++;
    }
    wr_assert(names[i] != NULL && "WEIR_FAILPOINTS: unknown name");
    plans[i] = p;
}

static void parse(void)
{
    const char *env = getenv("WEIR_FAILPOINTS");
    char *copy = wr_strdup(env != NULL ? env : "");
    char *rest = NULL;
    for (char *s = strtok_r(copy, ";", &rest); s != NULL; s = strtok_r(NULL, ";", &rest)) {
        parse_one(s);
    }
    wr_free(copy);
}

static void note(enum wr_failpoint point, enum action action)
{
    const char *path = getenv("WEIR_FAILPOINT_LOG");
    int fd = path != NULL ? open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600) : -1;
    if (fd >= 0) {
        dprintf(fd, "%s %s %ld\n", names[point], action_names[action], (long)getpid());
        close(fd);
    }
}

bool wr_failpoint_hit(enum wr_failpoint point)
{
    pthread_once(&once, parse);
    struct plan *p = &plans[point];
    if (p->action == NONE) {
        return false;
    }
    pthread_mutex_lock(&lock);
    bool now = ++p->seen == p->at;
    pthread_mutex_unlock(&lock);
    if (!now) {
        return false;
    }
    note(point, p->action);
    if (p->action == KILL || p->action == STOP) {
        raise(p->action == KILL ? SIGKILL : SIGSTOP); /* to this thread: it does not run on */
    }
    if (p->action == SLEEP) {
        struct timespec t = {p->sleep / 1000, p->sleep % 1000 * 1000000};
        nanosleep(&t, NULL);
    }
    return p->action == FAIL;
}

#endif
