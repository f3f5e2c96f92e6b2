/* control_group.c -- the group as the control thread sees it: events, answers, metadata, and what
 * to do when the handle dies. */
#include "src/base/base.h"

#include <string.h>

#include "src/base/err.h"
#include "src/base/failpoint.h"
#include "src/base/mem.h"
#include "src/obs/log.h"
#include "src/run/client_id.h"
#include "src/run/control_impl.h"

enum { FATALS_WINDOW_MS = 60000 };

const char *wr_control_instance_id(const struct wr_control *c)
{
    const char *given = c->o.settings->instance_id;
    return given != NULL ? given : wr_state_dir_process_id(c->o.dir);
}

enum weir_code wr_control_join_group(struct wr_control *c, struct weir_error *err)
{
    struct wr_group_options o = {
        .topic = c->plan->task_topic,
        .instance_id = wr_control_instance_id(c),
        .wake = &c->actor.wake,
        .gate = c->membership.gate,
    };
    wr_group_watch_free(&c->watch);
    wr_group_watch_init(&c->watch, c->admin, o.instance_id, wr_mono_ms(c->o.clock));
    enum weir_code code = wr_group_open(c->o.kafka, &o, &c->group, err);
    return code == WEIR_OK ? wr_group_join(c->group, err) : code;
}

static void bump_all(struct wr_control *c)
{
    for (int i = 0; i < c->o.settings->threads; i++) {
        if (c->streams[i].thread != NULL) {
            wr_stream_bump_epoch(c->streams[i].thread);
        }
    }
}

static void log_event(const char *name, const struct wr_group_event *e)
{
    struct wr_buf list = {0};
    for (size_t i = 0; i < e->task_count; i++) {
        wr_buf_printf(&list, "%s%d", i != 0 ? "," : "", (int)e->tasks[i]);
    }
    wr_log(WR_LOG_INFO, name, WR_I("count", (int64_t)e->task_count),
           WR_S("tasks", wr_buf_cstr(&list)), WR_END);
    wr_buf_free(&list);
}

/* The membership has ended: nothing that was begun in it may be committed. */
static void end_membership(struct wr_control *c)
{
    bump_all(c);
    wr_membership_publish(&c->membership, NULL);
}

/* The same while we go on: whatever we run may be somebody else's. */
static void lose_all(struct wr_control *c, int64_t now_ms)
{
    end_membership(c);
    wr_control_ask_back(c, NULL, 0, true, now_ms);
}

static void answer(struct wr_control *c, int64_t now_ms)
{
    struct weir_error err;
    if (wr_group_answer(c->group, &err) != WEIR_OK) {
        /* The handle is of no use after this: it would never fetch or rebalance again. */
        wr_log(WR_LOG_ERROR, "group.answer_failed", WR_S("reason", err.text), WR_END);
        lose_all(c, now_ms);
        c->fatal = true;
    }
}

/* The handle has no membership, or one that we do not know. */
static void forget_member(struct wr_control *c)
{
    wr_free(c->member_id);
    c->member_id = NULL;
}

/* We are a member, as of this event. */
static void publish(struct wr_control *c)
{
    struct wr_group_meta *meta = wr_group_metadata(c->group);
    if (meta != NULL) {
        forget_member(c);
        c->member_id = wr_strdup(wr_group_meta_member(meta));
    }
    wr_membership_publish(&c->membership, meta);
}

static void on_assign(struct wr_control *c, const struct wr_group_event *e, int64_t now_ms)
{
    log_event("group.assigned", e);
    c->rebalances++;
    for (size_t i = 0; i < e->task_count; i++) {
        wr_registry_size(&c->registry, e->tasks[i] + 1);
        c->registry.slots[e->tasks[i]].assigned = true;
    }
    int32_t *numbers = wr_memdup(e->tasks, e->task_count * sizeof *numbers);
    size_t count = e->task_count;
    publish(c);
    answer(c, now_ms);
    for (size_t i = 0; i < count && !c->fatal; i++) {
        wr_control_begin_task(c, numbers[i]);
    }
    wr_free(numbers);
}

/* The metadata of the last ASSIGN would be refused during a revoke; the one read on entry is
 * accepted. */
static void on_revoke(struct wr_control *c, const struct wr_group_event *e, int64_t now_ms)
{
    log_event("group.revoked", e);
    publish(c);
    wr_control_ask_back(c, e->tasks, e->task_count, false, now_ms);
    c->answer_due = true;
}

static void on_lost(struct wr_control *c, const struct wr_group_event *e, int64_t now_ms)
{
    log_event("group.lost", e);
    forget_member(c);
    lose_all(c, now_ms);
    c->answer_due = true;
}

/* A static member can fence itself when its coordinator dies (real-kafka.md 1.3.3), so one fatal
 * error only means that everything is lost. Several in a minute, each of a member that had its
 * tasks, and then another member under our instance id, mean that somebody runs a copy of our state
 * directory. */
static void on_fatal(struct wr_control *c, const struct wr_group_event *e, int64_t now_ms)
{
    wr_log(WR_LOG_WARN, "group.fatal", WR_S("reason", e->error.text), WR_END);
    lose_all(c, now_ms);
    c->fatal = true;
    c->answer_due = false;
    if (e->error.code != WEIR_EFENCED || c->member_id == NULL) {
        return;
    }
    memmove(&c->fatals_ms[1], &c->fatals_ms[0], sizeof c->fatals_ms - sizeof c->fatals_ms[0]);
    c->fatals_ms[0] = now_ms;
    int64_t oldest = c->fatals_ms[WR_FATALS_REMEMBERED - 1];
    if (oldest != 0 && now_ms - oldest < FATALS_WINDOW_MS && c->members == NULL) {
        c->members = wr_group_describe(c->admin);
    }
}

/* Client ids do not tell: Kafka goes on describing the one that joined first under an instance id.
 * No member of ours lives while this is asked, so the id of the last one is the only one there can
 * be. */
static void look_for_twin(struct wr_control *c)
{
    struct weir_error err;
    enum wr_outcome outcome = wr_call_step(c->members, 0, &err);
    if (outcome == WR_CALL_PENDING) {
        return;
    }
    size_t count = 0;
    const struct wr_member *m = outcome == WR_CALL_OK ? wr_group_members(c->members, &count) : NULL;
    for (size_t i = 0; i < count; i++) {
        if (m[i].instance_id != NULL && strcmp(m[i].instance_id, wr_control_instance_id(c)) == 0 &&
            strcmp(m[i].member_id, c->member_id) != 0) {
            wr_fail(
                &err, WEIR_ELOCKED,
                "another process runs under group instance id \"%s\": it is member \"%s\", this "
                "one was \"%s\"; a state directory may have been copied: give each instance its "
                "own",
                wr_control_instance_id(c), m[i].member_id, c->member_id);
            wr_control_give_up(c, &err);
            break;
        }
    }
    wr_call_free(c->members);
    c->members = NULL;
}

static bool all_back(const struct wr_control *c)
{
    return wr_registry_leaving(&c->registry) == 0;
}

static void reopen(struct wr_control *c)
{
    struct weir_error err;
    wr_group_close(c->group, true);
    c->group = NULL;
    forget_member(c);
    c->fatal = false;
    if (wr_control_join_group(c, &err) != WEIR_OK) {
        wr_control_give_up(c, &err);
    }
}

static void take_event(struct wr_control *c, int64_t now_ms)
{
    struct wr_group_event e;
    wr_group_poll(c->group, &e);
    switch (e.kind) {
    case WR_GROUP_NOTHING:
        break;
    case WR_GROUP_CLOSED: /* we left to join again, which waits until everything is back */
        lose_all(c, now_ms);
        c->fatal = true;
        break;
    case WR_GROUP_ASSIGN:
        on_assign(c, &e, now_ms);
        break;
    case WR_GROUP_REVOKE:
        on_revoke(c, &e, now_ms);
        break;
    case WR_GROUP_LOST:
        on_lost(c, &e, now_ms);
        break;
    case WR_GROUP_FATAL:
        if (!c->fatal) {
            on_fatal(c, &e, now_ms);
        }
        break;
    }
}

void wr_control_group_stopping(struct wr_control *c)
{
    struct wr_group_event e;
    if (c->group == NULL || c->fatal) {
        return;
    }
    wr_group_poll(c->group, &e);
    switch (e.kind) {
    case WR_GROUP_NOTHING:
        return;
    case WR_GROUP_ASSIGN:
    case WR_GROUP_REVOKE:
        wr_membership_publish(&c->membership, wr_group_metadata(c->group));
        c->answer_due = true;
        return;
    case WR_GROUP_LOST:
        c->answer_due = true;
        break;
    case WR_GROUP_FATAL:
        c->answer_due = false;
        c->fatal = true;
        break;
    case WR_GROUP_CLOSED:
        break;
    }
    end_membership(c);
}

void wr_control_group(struct wr_control *c, int64_t now_ms)
{
    if (c->members != NULL) {
        look_for_twin(c);
    }
    if (c->fatal) {
        if (all_back(c) && c->members == NULL) {
            reopen(c);
        }
        return;
    }
    take_event(c, now_ms);
    if (c->answer_due && all_back(c)) {
        c->answer_due = false;
        answer(c, now_ms);
        WR_FAILPOINT(REVOKE_ACKNOWLEDGED);
        c->rebalances++;
    }
    if (!c->fatal && c->fsm.state == WR_CONTROL_RUNNING &&
        wr_group_watch_step(&c->watch, c->startup.task_partitions, c->rebalances, now_ms)) {
        wr_group_leave(c->group, true);
    }
}
