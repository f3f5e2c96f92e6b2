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

enum { FATALS_WINDOW_MS = 60000, TWIN_MARGIN_MS = 1000, TWIN_LOOKS = 3 };

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
    wr_membership_publish(&c->membership, wr_group_metadata(c->group));
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
    wr_membership_publish(&c->membership, wr_group_metadata(c->group));
    wr_control_ask_back(c, e->tasks, e->task_count, false, now_ms);
    c->answer_due = true;
}

static void on_lost(struct wr_control *c, const struct wr_group_event *e, int64_t now_ms)
{
    log_event("group.lost", e);
    lose_all(c, now_ms);
    c->answer_due = true;
}

/* A dead member is gone by then. */
static void plan_look(struct wr_control *c, int64_t now_ms)
{
    c->twin_at_ms = now_ms + c->o.settings->session_timeout_ms + TWIN_MARGIN_MS;
}

/* A static member can fence itself when its coordinator dies, so one fatal error only means that
 * everything is lost. Several in a minute may mean that somebody runs a copy of our state
 * directory: then we stay away for as long as a member lives that does not heartbeat, and look
 * whether there still is one under our instance id. */
static void on_fatal(struct wr_control *c, const struct wr_group_event *e, int64_t now_ms)
{
    wr_log(WR_LOG_WARN, "group.fatal", WR_S("reason", e->error.text), WR_END);
    lose_all(c, now_ms);
    c->fatal = true;
    c->answer_due = false;
    memmove(&c->fatals_ms[1], &c->fatals_ms[0], sizeof c->fatals_ms - sizeof c->fatals_ms[0]);
    c->fatals_ms[0] = now_ms;
    int64_t oldest = c->fatals_ms[WR_FATALS_REMEMBERED - 1];
    if (oldest != 0 && now_ms - oldest < FATALS_WINDOW_MS) {
        c->twin_looks = TWIN_LOOKS;
        plan_look(c, now_ms);
    }
}

/* The one that has our instance id; NULL if nobody has. */
static const struct wr_member *find_twin(const struct wr_control *c)
{
    size_t count = 0;
    const struct wr_member *m = wr_group_members(c->members, &count);
    for (size_t i = 0; i < count; i++) {
        if (m[i].instance_id != NULL && strcmp(m[i].instance_id, wr_control_instance_id(c)) == 0) {
            return &m[i];
        }
    }
    return NULL;
}

/* Whether it is settled that we are alone. Neither client ids nor member ids would tell: Kafka goes
 * on showing the client.id of the first process under an instance id, and the client library joins
 * again under another member id without a word. A dead member can only outlive its session when the
 * coordinator moves, which is why one look is not enough. */
static bool is_alone(struct wr_control *c, int64_t now_ms)
{
    struct weir_error err;
    if (c->twin_at_ms < 0) {
        return true;
    }
    if (c->members == NULL && now_ms >= c->twin_at_ms) {
        c->members = wr_group_describe(c->admin);
    }
    enum wr_outcome outcome =
        c->members != NULL ? wr_call_step(c->members, 0, &err) : WR_CALL_PENDING;
    if (outcome == WR_CALL_PENDING) {
        return false;
    }
    const struct wr_member *twin = outcome == WR_CALL_OK ? find_twin(c) : NULL;
    bool alone = twin == NULL;
    c->twin_at_ms = -1;
    if (!alone && --c->twin_looks != 0) {
        plan_look(c, now_ms);
    } else if (!alone) {
        wr_fail(&err, WEIR_ELOCKED,
                "another process runs under group instance id \"%s\": it is \"%s\" at %s; a state "
                "directory may have been copied: give each instance its own",
                twin->instance_id, twin->client_id, twin->host);
        wr_control_give_up(c, &err);
    }
    wr_call_free(c->members);
    c->members = NULL;
    return alone;
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
    if (c->fatal) {
        if (all_back(c) && is_alone(c, now_ms)) {
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
