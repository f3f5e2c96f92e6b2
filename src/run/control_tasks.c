/* control_tasks.c -- tasks, threads and mail of the control thread. */
#include "src/base/base.h"

#include <string.h>

#include "src/base/broken.h"
#include "src/base/err.h"
#include "src/base/failpoint.h"
#include "src/obs/log.h"

#include "src/run/client_id.h"
#include "src/run/control_impl.h"
#include "topology/graph/internal_topics.h"

enum { RESTART_MIN_MS = 500, RESTART_MAX_MS = 30000, REVOKE_DEADLINE_DIVISOR = 2 };

/* ---- threads --------------------------------------------------------------------------------- */

static void push_once(struct wr_ptrs *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->items[i], name) == 0) {
            return;
        }
    }
    wr_ptrs_push(list, (void *)(uintptr_t)name);
}

/* Every topic a handle will touch is named early (with librdkafka an unknown one costs
 * a second). */
static void collect_topics(struct wr_control *c)
{
    for (size_t i = 0; i < c->plan->sub_count; i++) {
        const struct wr_plan_sub *s = &c->plan->subs[i];
        for (size_t k = 0; k < s->input_count; k++) {
            push_once(&c->input_topics, s->inputs[k].name);
            push_once(&c->log_topics, s->inputs[k].name);
        }
    }
    for (size_t i = 0; i < c->plan->topic_count; i++) {
        const struct wr_plan_topic *t = &c->plan->topics[i];
        if (t->kind != WR_PLAN_TASKS) {
            push_once(&c->output_topics, t->name);
        }
        push_once(&c->log_topics, t->name);
    }
    const struct wr_graph *g = c->o.graph;
    for (size_t i = 0; i < g->topics.count; i++) {
        const struct wr_gtopic *t = g->topics.entries[i].value;
        if (t->sinks.count != 0) {
            push_once(&c->output_topics,
                      wr_topic_name(&c->arena, c->o.settings->application_id, t));
        }
    }
    if (c->o.settings->dead_letter_topic != NULL) {
        push_once(&c->output_topics, c->o.settings->dead_letter_topic);
    }
}

static enum weir_code start_stream(struct wr_control *c, int index, struct weir_error *err)
{
    struct wr_buf id = {0};
    /* R11: the same after a restart. */
    int number = WR_BROKEN(R11) ? index + (int)(wr_mono_ms(c->o.clock) % INT32_MAX / 2) : index;
    wr_transactional_id_make(&id, c->o.settings->application_id, wr_control_instance_id(c), number);
    struct wr_stream_options o = {
        .index = index,
        .transactional_id = wr_buf_cstr(&id),
        .kafka = c->o.kafka,
        .clock = c->o.clock,
        .settings = c->o.settings,
        .task_topic = c->plan->task_topic,
        .input_topics = (const char *const *)c->input_topics.items,
        .input_topic_count = c->input_topics.count,
        .output_topics = (const char *const *)c->output_topics.items,
        .output_topic_count = c->output_topics.count,
        .membership = &c->membership,
        .control = &c->inbox,
        .stats = &c->o.stats[index],
        .host = c->o.host,
    };
    struct wr_stream_slot *slot = &c->streams[index];
    enum weir_code code = wr_stream_new(&slot->thread, &o, err);
    wr_buf_free(&id);
    if (code == WEIR_OK) {
        code = wr_stream_start(slot->thread, err);
        if (code != WEIR_OK) {
            wr_stream_free(slot->thread);
            slot->thread = NULL;
        }
    }
    return code;
}

enum weir_code wr_control_start_threads(struct wr_control *c, struct weir_error *err)
{
    collect_topics(c);
    c->streams = wr_calloc((size_t)c->o.settings->threads, sizeof *c->streams);
    struct wr_restorer_options o = {
        .kafka = c->o.kafka,
        .clock = c->o.clock,
        .settings = c->o.settings,
        .plan = c->plan,
        .dir = c->o.dir,
        .delete_retention_ms = c->startup.delete_retention_ms,
        .instance_id = wr_control_instance_id(c),
        .topic_ids = &c->startup.topic_ids,
        .topics = (const char *const *)c->log_topics.items,
        .topic_count = c->log_topics.count,
        .control = &c->inbox,
        .stats = c->o.restore_stats,
        .host = c->o.host,
    };
    enum weir_code code = wr_restorer_new(&c->restore, &o, err);
    if (code == WEIR_OK) {
        code = wr_restorer_start(c->restore, err);
        c->restore_running = code == WEIR_OK;
    }
    for (int i = 0; i < c->o.settings->threads && code == WEIR_OK; i++) {
        code = start_stream(c, i, err);
    }
    return code;
}

void wr_control_restart(struct wr_control *c, int64_t now_ms)
{
    for (int i = 0; i < c->o.settings->threads; i++) {
        struct wr_stream_slot *slot = &c->streams[i];
        if (slot->thread != NULL || now_ms < slot->restart_at_ms) {
            continue;
        }
        struct weir_error err;
        if (start_stream(c, i, &err) != WEIR_OK) {
            wr_control_give_up(c, &err);
            return;
        }
        wr_log(WR_LOG_INFO, "thread.restarted", WR_I("thread", i), WR_END);
    }
}

void wr_control_stop_threads(struct wr_control *c)
{
    if (c->restore_running) {
        wr_letter_post(wr_restorer_mailbox(c->restore), wr_letter_new(WR_MAIL_STOP));
    }
    for (int i = 0; c->streams != NULL && i < c->o.settings->threads; i++) {
        if (c->streams[i].thread != NULL) {
            wr_letter_post(wr_stream_mailbox(c->streams[i].thread), wr_letter_new(WR_MAIL_STOP));
        }
    }
}

bool wr_control_threads_ended(const struct wr_control *c)
{
    bool running = c->restore_running;
    for (int i = 0; c->streams != NULL && i < c->o.settings->threads; i++) {
        running |= c->streams[i].thread != NULL;
    }
    return !running;
}

/* A thread has ended: wait for its last instructions and free it. */
static void reap(struct wr_control *c, int from)
{
    if (from < 0) {
        wr_restorer_join(c->restore);
        c->restore_running = false;
        return;
    }
    struct wr_stream_slot *slot = &c->streams[from];
    wr_stream_join(slot->thread);
    wr_stream_free(slot->thread);
    slot->thread = NULL;
}

/* ---- tasks ----------------------------------------------------------------------------------- */

static bool stopping(const struct wr_control *c)
{
    return c->fsm.state >= WR_CONTROL_STOPPING;
}

static void give_to_restore(struct wr_control *c, struct wr_slot *slot)
{
    struct wr_letter *l = wr_letter_new(WR_MAIL_TASK);
    l->task = slot->task;
    slot->place = WR_PLACE_RESTORE;
    wr_letter_post(wr_restorer_mailbox(c->restore), l);
}

static void give_to_stream(struct wr_control *c, struct wr_slot *slot)
{
    int thread = wr_registry_place(&c->registry, c->o.settings->threads, slot->task);
    if (c->streams[thread].thread == NULL) { /* being restarted: any that runs */
        for (thread = 0; thread < c->o.settings->threads; thread++) {
            if (c->streams[thread].thread != NULL) {
                break;
            }
        }
    }
    if (thread == c->o.settings->threads) {
        give_to_restore(c, slot); /* none runs: come back later */
        return;
    }
    struct wr_letter *l = wr_letter_new(WR_MAIL_TASK);
    l->task = slot->task;
    slot->place = WR_PLACE_STREAM;
    slot->thread = thread;
    wr_letter_post(wr_stream_mailbox(c->streams[thread].thread), l);
}

void wr_control_begin_task(struct wr_control *c, int32_t number)
{
    struct wr_slot *slot = &c->registry.slots[number];
    const struct wr_plan_task *p =
        number < c->startup.map.count ? c->startup.map.tasks[number] : NULL;
    if (slot->task != NULL || stopping(c)) {
        return;
    }
    if (p == NULL) {
        wr_log(WR_LOG_WARN, "task.held", WR_I("number", number),
               WR_S("reason", "this build does not know the task; it is not run here"), WR_END);
        c->map_again = true;
        return;
    }
    struct wr_task_options o = {
        .plan = c->plan,
        .sub_from = (size_t)p->sub->sub->id,
        .sub_to = (size_t)p->sub->sub->id + 1,
        .partition = p->partition,
        .number = number,
        .id = p->id,
        .settings = c->o.settings,
        .clock = c->o.clock,
        .stats = c->o.restore_stats,
    };
    WR_FAILPOINT(TASK_ASSIGNED);
    slot->task = wr_task_new(&o);
    give_to_restore(c, slot);
}

static void end_task(struct wr_control *c, struct wr_slot *slot, bool clean)
{
    WR_UNUSED(c);
    struct wr_task *t = slot->task;
    if (t->state != NULL) {
        wr_task_state_close(t->state, clean);
        t->state = NULL;
    }
    wr_task_free(t);
    slot->task = NULL;
    slot->place = WR_PLACE_NONE;
    slot->leaving = false;
}

/* A task has come back: on with it, if it is still ours. */
static void task_back(struct wr_control *c, const struct wr_letter *l)
{
    struct wr_slot *slot = &c->registry.slots[l->task->number];
    wr_assert(slot->task == l->task);
    bool released = l->fate == WR_FATE_RELEASED;
    if (released || slot->leaving || !slot->assigned || stopping(c)) {
        int32_t number = l->task->number;
        end_task(c, slot, stopping(c));
        if (slot->assigned && released && !c->answer_due && !c->fatal) {
            wr_control_begin_task(c, number); /* given up by a thread that has failed */
        }
        return;
    }
    if (l->fate == WR_FATE_RESTORED) {
        give_to_stream(c, slot);
    } else {
        give_to_restore(c, slot);
    }
}

/* One letter to each owner of the tasks that are asked back. */
static void ask(struct wr_control *c, struct wr_mailbox *to, enum wr_task_place place, int thread,
                bool lost, int64_t now_ms)
{
    struct wr_letter *l = wr_letter_new(lost ? WR_MAIL_LOST : WR_MAIL_REVOKE);
    l->numbers = wr_calloc((size_t)c->registry.count, sizeof *l->numbers);
    l->deadline_ms = now_ms + c->o.settings->max_poll_interval_ms / REVOKE_DEADLINE_DIVISOR;
    for (int32_t i = 0; i < c->registry.count; i++) {
        const struct wr_slot *s = &c->registry.slots[i];
        if (s->task != NULL && s->leaving && s->place == place &&
            (place != WR_PLACE_STREAM || s->thread == thread)) {
            l->numbers[l->count++] = i;
        }
    }
    if (l->count != 0) {
        wr_letter_post(to, l);
    } else {
        wr_letter_free(l);
    }
}

void wr_control_ask_back(struct wr_control *c, const int32_t *numbers, size_t count, bool lost,
                         int64_t now_ms)
{
    for (int32_t i = 0; i < c->registry.count; i++) {
        bool named = numbers == NULL;
        for (size_t k = 0; k < count && !named; k++) {
            named = numbers[k] == i;
        }
        if (named) {
            c->registry.slots[i].assigned = false;
            c->registry.slots[i].leaving = c->registry.slots[i].task != NULL;
        }
    }
    ask(c, wr_restorer_mailbox(c->restore), WR_PLACE_RESTORE, 0, lost, now_ms);
    for (int i = 0; i < c->o.settings->threads; i++) {
        if (c->streams[i].thread != NULL) {
            ask(c, wr_stream_mailbox(c->streams[i].thread), WR_PLACE_STREAM, i, lost, now_ms);
        }
    }
}

/* ---- mail ------------------------------------------------------------------------------------ */

/* Tasks that were sent to a thread after it had read its mail for the last time. Those that it did
 * give back were read before this, because it was waited for and the inbox is empty. */
static void take_unread(struct wr_control *c)
{
    for (int32_t i = 0; i < c->registry.count; i++) {
        struct wr_slot *s = &c->registry.slots[i];
        bool gone = (s->place == WR_PLACE_RESTORE && !c->restore_running) ||
                    (s->place == WR_PLACE_STREAM && c->streams[s->thread].thread == NULL);
        if (s->task != NULL && gone) {
            struct wr_letter l = {.task = s->task, .fate = WR_FATE_RESTORE};
            task_back(c, &l);
        }
    }
}

static void thread_failed(struct wr_control *c, const struct wr_letter *l, int64_t now_ms)
{
    wr_log(WR_LOG_ERROR, "thread.failed", WR_I("thread", l->from),
           WR_S("code", weir_code_name(l->error.code)), WR_S("reason", l->error.text), WR_END);
    reap(c, l->from);
    if (l->stop) {
        wr_control_give_up(c, &l->error);
    } else if (!stopping(c)) {
        struct wr_stream_slot *slot = &c->streams[l->from];
        int64_t wait = RESTART_MIN_MS << (slot->failures < 6 ? slot->failures : 6);
        slot->failures++;
        slot->restart_at_ms = now_ms + wr_min_i64(wait, RESTART_MAX_MS);
    }
}

static void start_purge(struct wr_control *c, const struct wr_letter *l)
{
    if (c->purge == NULL && !stopping(c)) { /* else: the next one covers it */
        c->purge = wr_records_delete(c->admin, l->positions, l->count);
    }
}

void wr_control_mail(struct wr_control *c, int64_t now_ms)
{
    bool reaped = false;
    for (struct wr_letter *l = wr_letter_take(&c->inbox); l != NULL;
         l = wr_letter_take(&c->inbox)) {
        switch ((enum wr_mail_kind)l->mail.kind) {
        case WR_MAIL_BACK:
            task_back(c, l);
            break;
        case WR_MAIL_FAILED:
            thread_failed(c, l, now_ms);
            break;
        case WR_MAIL_ENDED:
            reap(c, l->from);
            break;
        case WR_MAIL_PURGE:
            start_purge(c, l);
            break;
        default:
            wr_never("mail for somebody else");
        }
        reaped |= l->mail.kind == WR_MAIL_FAILED || l->mail.kind == WR_MAIL_ENDED;
        wr_letter_free(l);
    }
    if (reaped) {
        take_unread(c);
    }
}
