/* demo_progress.c -- what an instance does, as far as its log tells it (src/obs/log.h has the form
 * of a line). A line that is not understood says nothing. */
#include "src/base/base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/demo_progress.h"

/* The value behind " name=", up to the next space; false if there is none. */
static bool field(const char *line, const char *name, char *out, size_t size)
{
    size_t len = strlen(name);
    for (const char *at = strchr(line, ' '); at != NULL; at = strchr(at, ' ')) {
        at++;
        if (strncmp(at, name, len) == 0 && at[len] == '=') {
            int n = (int)strcspn(at + len + 1, " ");
            return snprintf(out, size, "%.*s", n, at + len + 1) < (int)size;
        }
    }
    return false;
}

static int64_t number(const char *line, const char *name)
{
    char text[24];
    return field(line, name, text, sizeof text) ? strtoll(text, NULL, 10) : 0;
}

/* The tasks in " tasks=1,4,5". */
static uint64_t tasks_of(const char *line)
{
    char list[256];
    uint64_t tasks = 0;
    if (!field(line, "tasks", list, sizeof list)) {
        return 0;
    }
    for (char *at = list; *at != '\0';) {
        char *end;
        unsigned long n = strtoul(at, &end, 10);
        if (end == at) {
            break;
        }
        tasks |= n < 64 ? UINT64_C(1) << n : 0;
        at = end + (*end == ',');
    }
    return tasks;
}

void wr_demo_progress_line(struct wr_demo_progress *p, const char *line)
{
    char event[32];
    if (!field(line, "event", event, sizeof event)) {
        return;
    }
    if (strcmp(event, "group.assigned") == 0) {
        p->tasks |= tasks_of(line);
    } else if (strcmp(event, "group.revoked") == 0) {
        p->tasks &= ~tasks_of(line);
    } else if (strcmp(event, "group.lost") == 0 || strcmp(event, "group.fatal") == 0) {
        p->tasks = 0;
    } else if (strcmp(event, "task.restored") == 0) {
        p->restored += number(line, "records");
        p->restore_ms = wr_max_i64(p->restore_ms, number(line, "ms"));
    } else if (strcmp(event, "task.running") == 0) {
        p->running++;
    } else if (strcmp(event, "http.listen") == 0 &&
               !field(line, "address", p->address, sizeof p->address)) {
        p->address[0] = '\0';
    }
}

void wr_demo_progress_mark(struct wr_demo_progress *p)
{
    p->running = 0;
    p->restored = 0;
    p->restore_ms = 0;
}
