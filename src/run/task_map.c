/* task_map.c -- numbering tasks and telling identities apart. */
#include "src/base/base.h"

#include <string.h>

#include "src/base/err.h"
#include "src/base/mem.h"
#include "src/run/task_map.h"

/* Words of `a` that are not in `b`, separated by blanks. */
static void words_missing(const char *a, const char *b, struct wr_buf *out)
{
    for (const char *p = a; *p != '\0';) {
        size_t len = strcspn(p, " ");
        bool found = false;
        for (const char *q = b; *q != '\0' && !found;) {
            size_t other = strcspn(q, " ");
            found = other == len && memcmp(p, q, len) == 0;
            q += other + (q[other] == ' ');
        }
        if (!found && len != 0) {
            wr_buf_printf(out, "%s%.*s", out->len != 0 ? " " : "", (int)len, p);
        }
        p += len + (p[len] == ' ');
    }
}

/* Is the difference one of partition counts alone? Then it is the cluster that has changed, and not
 * the build. */
static bool is_partitions(const char *words)
{
    static const char word[] = "partitions:";
    return strncmp(words, word, sizeof word - 1) == 0 && strchr(words, ' ') == NULL;
}

static enum weir_code fail_identity(const struct wr_plan_task *task,
                                    const struct wr_task_metadata *was, struct weir_error *err)
{
    if (was->text == NULL) {
        return wr_fail(
            err, WEIR_EIDENTITY,
            "task %s was run by a build with another identity (%s, this one is %s); stop "
            "all instances and start with upgrade.from=%s to accept the change",
            task->id, was->identity, task->sub->identity, was->identity);
    }
    struct wr_buf gone = {0};
    struct wr_buf added = {0};
    words_missing(was->text, task->sub->identity_text, &gone);
    words_missing(task->sub->identity_text, was->text, &added);
    enum weir_code code;
    if (is_partitions(wr_buf_cstr(&gone)) && is_partitions(wr_buf_cstr(&added))) {
        code = wr_fail(err, WEIR_EPARTITIONS,
                       "the inputs of task %s had other partition counts when it ran: \"%s\", now "
                       "\"%s\"; keys may be in other tasks than their state: reset the "
                       "application, or, where that does not matter, stop all instances and start "
                       "with upgrade.from=%s",
                       task->id, wr_buf_cstr(&gone), wr_buf_cstr(&added), was->identity);
    } else {
        code = wr_fail(err, WEIR_EIDENTITY,
                       "task %s was run by a build with another identity: it had \"%s\", this one "
                       "has \"%s\"; run the former build, or stop all instances and start with "
                       "upgrade.from=%s",
                       task->id, wr_buf_cstr(&gone), wr_buf_cstr(&added), was->identity);
    }
    wr_buf_free(&gone);
    wr_buf_free(&added);
    return code;
}

/* Is identity one of a list separated by commas? */
static bool names(const char *list, const char *identity)
{
    size_t len = strlen(identity);
    for (const char *p = list; p != NULL && *p != '\0';) {
        size_t n = strcspn(p, ",");
        if (n == len && memcmp(p, identity, len) == 0) {
            return true;
        }
        p += n + (p[n] == ',');
    }
    return false;
}

static void set_number(struct wr_task_map *m, int32_t number, const struct wr_plan_task *task)
{
    m->tasks[number] = task;
    m->count = number + 1 > m->count ? number + 1 : m->count;
}

/* Partition `number` is the task that its metadata names. */
static enum weir_code take_named(struct wr_task_map *m, const struct wr_plan *plan, int32_t number,
                                 const struct wr_task_metadata *md, const char *upgrade_from,
                                 struct weir_error *err)
{
    m->adopted = false;
    m->count = number + 1 > m->count ? number + 1 : m->count;
    const struct wr_plan_task *task = wr_plan_find(plan, md->task);
    if (task == NULL) {
        wr_ptrs_push(&m->held, wr_arena_strdup(&m->arena, md->task));
        return WEIR_OK;
    }
    if (strcmp(md->identity, task->sub->identity) != 0 && !names(upgrade_from, md->identity)) {
        return fail_identity(task, md, err);
    }
    set_number(m, number, task);
    return WEIR_OK;
}

static bool is_numbered(const struct wr_task_map *m, const struct wr_plan_task *task)
{
    for (int32_t i = 0; i < m->count; i++) {
        if (m->tasks[i] == task) {
            return true;
        }
    }
    return false;
}

enum weir_code wr_task_map_make(struct wr_task_map *out, const struct wr_plan *plan,
                                const char *const *metadata, size_t count, const char *upgrade_from,
                                struct weir_error *err)
{
    *out = (struct wr_task_map){.adopted = true};
    wr_arena_init(&out->arena, 4096);
    size_t slots = count + plan->task_count;
    out->tasks = wr_calloc(slots, sizeof(*out->tasks));
    bool *named = wr_calloc(slots, sizeof(*named));
    enum weir_code code = WEIR_OK;
    for (size_t i = 0; i < count && code == WEIR_OK; i++) {
        struct wr_task_metadata md;
        named[i] = wr_task_metadata_decode(metadata[i], &out->arena, &md);
        if (named[i]) {
            code = take_named(out, plan, (int32_t)i, &md, upgrade_from, err);
        }
    }
    int32_t next = 0;
    for (size_t i = 0; i < plan->task_count && code == WEIR_OK; i++) {
        if (!is_numbered(out, &plan->tasks[i])) {
            while (named[next]) {
                next++;
            }
            set_number(out, next++, &plan->tasks[i]);
        }
    }
    wr_free(named);
    if (code != WEIR_OK) {
        wr_task_map_free(out);
    }
    return code;
}

void wr_task_map_free(struct wr_task_map *m)
{
    wr_free(m->tasks);
    wr_ptrs_free(&m->held);
    wr_arena_free(&m->arena);
    *m = (struct wr_task_map){0};
}

int32_t wr_task_map_number(const struct wr_task_map *m, const struct wr_plan_task *task)
{
    for (int32_t i = 0; i < m->count; i++) {
        if (m->tasks[i] == task) {
            return i;
        }
    }
    wr_never("a task without a number");
}
