/* restore_job.c -- the restore of one task up to the point where its changelogs are read
 * (restore_read.c). See restore.h for the states and why they are in this order. */
#include "src/base/base.h"

#include <stdio.h>
#include <string.h>

#include "src/base/broken.h"
#include "src/base/err.h"
#include "src/base/failpoint.h"
#include "src/obs/log.h"
#include "src/run/client_id.h"
#include "src/run/restore_job.h"
#include "src/run/restore_read.h"

enum {
    FENCE_AFTER_MS = 1000, /* of waiting for stable offsets */
    SAY_BLOCKED_MS = 5000,
    SPARED_MS = 500, /* a dead writer has left the group by then, after its session */
    OPEN_RETRY_MS = 1000,
};

static const char *const state_names[] = {"fetch", "fence", "open", "target",
                                          "reset", "read",  "done", "failed"};
#define FAILED_TOO WR_FSM_TO(WR_RESTORE_FAILED)
static const uint32_t edges[] = {
    [WR_RESTORE_FETCH] = WR_FSM_TO(WR_RESTORE_FENCE) | WR_FSM_TO(WR_RESTORE_OPEN) | FAILED_TOO,
    [WR_RESTORE_FENCE] = WR_FSM_TO(WR_RESTORE_FETCH),
    [WR_RESTORE_OPEN] = WR_FSM_TO(WR_RESTORE_TARGET) | FAILED_TOO,
    [WR_RESTORE_TARGET] = WR_FSM_TO(WR_RESTORE_RESET) | FAILED_TOO,
    [WR_RESTORE_RESET] = WR_FSM_TO(WR_RESTORE_READ) | WR_FSM_TO(WR_RESTORE_FETCH) | FAILED_TOO,
    [WR_RESTORE_READ] = WR_FSM_TO(WR_RESTORE_DONE) | WR_FSM_TO(WR_RESTORE_OPEN) |
                        WR_FSM_TO(WR_RESTORE_TARGET) | FAILED_TOO,
    [WR_RESTORE_DONE] = 0,
    [WR_RESTORE_FAILED] = 0,
};
static const struct wr_fsm_def states = {"the restore of a task", state_names, edges,
                                         WR_ARRAY_LEN(state_names)};

static void go(struct wr_restore_job *j, enum wr_restore_state to)
{
    wr_fsm_go(&j->fsm, (int)to);
}

static void fail(struct wr_restore_job *j)
{
    wr_fail_prefix(&j->error, "task %s", j->task->id);
    go(j, WR_RESTORE_FAILED);
}

static void end_call(struct wr_restore_job *j)
{
    wr_call_free(j->call);
    j->call = NULL;
}

/* ---- FETCH and FENCE ------------------------------------------------------------------------- */

static void start_fetch(struct wr_restore_job *j)
{
    const struct wr_task *t = j->task;
    struct wr_position *list = wr_calloc(t->in.count + 1, sizeof *list);
    for (size_t i = 0; i < t->in.count; i++) {
        const struct wr_input *in = &t->in.inputs[i];
        list[i] = (struct wr_position){.topic = in->plan->name, .partition = in->partition};
    }
    list[t->in.count] =
        (struct wr_position){.topic = j->o->plan->task_topic, .partition = t->number};
    bool stable = !WR_BROKEN(R4);
    j->call = wr_offsets_fetch(j->admin, list, t->in.count + 1, stable);
    wr_free(list);
}

struct wr_restore_job *wr_restore_job_new(struct wr_restorer_options *o, struct wr_consumer *reader,
                                          struct wr_consumer *admin, struct wr_spared *spared,
                                          struct wr_task *task)
{
    struct wr_restore_job *j = WR_NEW(struct wr_restore_job);
    j->o = o;
    j->reader = reader;
    j->admin = admin;
    j->spared = spared;
    j->task = task;
    j->stores = wr_calloc(task->store_count, sizeof *j->stores);
    j->started_ms = j->fetch_since_ms = j->blocked_said_ms = wr_mono_ms(o->clock);
    wr_fsm_init(&j->fsm, &states, WR_RESTORE_FETCH);
    start_fetch(j);
    return j;
}

void wr_restore_job_free(struct wr_restore_job *j)
{
    wr_restore_unassign(j);
    wr_fence_cancel(&j->fence);
    wr_call_free(j->call);
    wr_free(j->stores);
    wr_free(j);
}

/* The committed positions, and who had the task before. */
static void take_offsets(struct wr_restore_job *j)
{
    struct wr_task *t = j->task;
    size_t count = 0;
    const struct wr_position *p = wr_offsets_result(j->call, &count);
    wr_assert(count == t->in.count + 1);
    j->missing = 0;
    for (size_t i = 0; i < t->in.count; i++) {
        wr_input_set_committed(&t->in.inputs[i], p[i].offset, p[i].metadata);
        j->missing += p[i].offset < 0;
    }
    struct wr_arena arena;
    wr_arena_init(&arena, 4096);
    struct wr_task_metadata md;
    j->claimed = wr_task_metadata_decode(p[t->in.count].metadata, &arena, &md);
    snprintf(t->writer, sizeof t->writer, "%s", j->claimed ? md.writer : "");
    wr_task_letter_sent(t, &md.dead);
    t->fresh = j->missing != 0;
    wr_arena_free(&arena);
    end_call(j);
    const struct wr_run_settings *s = j->o->settings;
    if (t->writer[0] != '\0' && !WR_BROKEN(R12) && j->fence.state == WR_FENCE_IDLE &&
        !wr_transactional_id_is_of(t->writer, s->application_id, j->o->instance_id)) {
        wr_fence_start_writer(&j->fence, j->admin, t->writer);
    }
    WR_FAILPOINT(RESTORE_OFFSETS);
    go(j, WR_RESTORE_OPEN);
}

/* Work on the fence; true when it is over. */
static bool work_on_fence(struct wr_restore_job *j, int slice_ms)
{
    enum wr_fence_end end;
    const struct wr_run_settings *s = j->o->settings;
    bool over = wr_fence_step(&j->fence, j->o->kafka, j->admin, s->application_id, slice_ms, &end);
    if (end == WR_FENCE_LEFT_ALONE) {
        int64_t gone_ms = s->session_timeout_ms + s->heartbeat_interval_ms + SPARED_MS;
        wr_spared_add(j->spared, j->fence.writer, wr_mono_ms(j->o->clock) + gone_ms);
    }
    if (end == WR_FENCE_FENCED) {
        wr_log(WR_LOG_INFO, "writer.fenced", WR_S("task", j->task->id),
               WR_S("transactional_id", j->fence.writer), WR_END);
    }
    return over;
}

static bool step_fetch(struct wr_restore_job *j, int slice_ms)
{
    int64_t now_ms = wr_mono_ms(j->o->clock);
    switch (wr_call_step(j->call, slice_ms, &j->error)) {
    case WR_CALL_OK:
        take_offsets(j);
        return true;
    case WR_CALL_PENDING:
        break;
    default:
        fail(j);
        return true;
    }
    if (now_ms - j->blocked_said_ms >= SAY_BLOCKED_MS) {
        j->blocked_said_ms = now_ms;
        wr_log(WR_LOG_WARN, "task.waiting", WR_S("task", j->task->id),
               WR_S("for", "the end of an open transaction, or the cluster"),
               WR_S("detail", wr_call_waiting_for(j->call)),
               WR_I("since_ms", now_ms - j->started_ms), WR_END);
    }
    if (j->fence.state != WR_FENCE_IDLE) { /* of the first fetch */
        work_on_fence(j, 0);
    } else if (now_ms - j->fetch_since_ms >= FENCE_AFTER_MS && !WR_BROKEN(R12)) {
        j->fetch_since_ms = now_ms;
        wr_fence_start(&j->fence, j->admin, j->o->plan->task_topic, j->task->number);
        end_call(j);
        go(j, WR_RESTORE_FENCE);
    }
    return true;
}

static bool step_fence(struct wr_restore_job *j, int slice_ms)
{
    if (work_on_fence(j, slice_ms)) {
        j->fetch_since_ms = wr_mono_ms(j->o->clock);
        go(j, WR_RESTORE_FETCH);
        start_fetch(j);
    }
    return true;
}

/* ---- OPEN ------------------------------------------------------------------------------------ */

static const char *topic_id(void *arg, const char *topic)
{
    const char *id = wr_strmap_get(arg, topic);
    return id != NULL ? id : "";
}

static enum weir_code open_state(struct wr_restore_job *j)
{
    struct wr_task *t = j->task;
    const struct wr_run_settings *s = j->o->settings;
    struct wr_store_spec *specs = wr_calloc(t->store_count, sizeof *specs);
    wr_task_store_specs(t, specs, topic_id, (void *)(uintptr_t)j->o->topic_ids);
    struct wr_task_state_options o = {
        .dir = j->o->dir,
        .task_id = t->id,
        .identity = t->sub->identity,
        .stores = specs,
        .store_count = t->store_count,
        .cache_bytes = s->cache_bytes / j->o->plan->task_count,
        .delete_retention_ms = j->o->delete_retention_ms,
        .map_bytes = s->map_bytes,
        .check_all_rows = s->check_rows,
    };
    enum wr_quarantine_reason reason = WR_QUARANTINE_NONE;
    struct weir_error detail = {0};
    enum weir_code code = wr_task_state_open(&t->state, &o, &reason, &detail, &j->error);
    wr_free(specs);
    if (reason != WR_QUARANTINE_NONE) {
        WR_STATS_ADD(j->o->stats, quarantines, 1);
        wr_log(WR_LOG_WARN, "store.quarantined", WR_S("task", t->id),
               WR_S("reason", wr_quarantine_reason_text(reason)), WR_S("detail", detail.text),
               WR_S("then", "the stores are rebuilt from their changelogs"), WR_END);
    }
    return code;
}

/* A state that is ahead of the committed positions has the records between them already: somebody
 * has set the positions back, and they will be counted twice. */
static void compare_positions(struct wr_restore_job *j)
{
    const struct wr_task *t = j->task;
    for (size_t i = 0; i < t->in.count; i++) {
        const struct wr_input *in = &t->in.inputs[i];
        int64_t written = wr_input_written(in, wr_task_state_inputs(t->state));
        if (in->committed >= 0 && in->committed < written) {
            wr_log(WR_LOG_WARN, "input.set_back", WR_S("task", t->id),
                   WR_S("topic", in->plan->name), WR_I("partition", in->partition),
                   WR_I("committed", in->committed), WR_I("state_has", written),
                   WR_S("text", "the records between are processed again on a state that has "
                                "them; reset the application to begin with an empty one"),
                   WR_END);
        }
    }
}

static bool step_open(struct wr_restore_job *j)
{
    int64_t now_ms = wr_mono_ms(j->o->clock);
    if (j->task->state == NULL) {
        if (now_ms < j->retry_at_ms) {
            return false;
        }
        enum weir_code code = open_state(j);
        if (code == WEIR_EIDENTITY || code == WEIR_EINVAL || code == WEIR_EAUTH) {
            fail(j);
            return true;
        }
        if (code != WEIR_OK) { /* the disk: full, or failing; it may get better */
            j->retry_at_ms = now_ms + OPEN_RETRY_MS;
            wr_log(WR_LOG_ERROR, "store.open_failed", WR_S("task", j->task->id),
                   WR_S("reason", j->error.text), WR_END);
            return false;
        }
    }
    compare_positions(j);
    WR_FAILPOINT(RESTORE_OPENED);
    j->at = 0;
    go(j, WR_RESTORE_TARGET);
    return true;
}

/* ---- TARGET ---------------------------------------------------------------------------------- */

/* A store whose position is not in its changelog cannot be completed: begin empty. */
static enum weir_code check_position(struct wr_restore_job *j, size_t i)
{
    struct wr_restore_store *s = &j->stores[i];
    const char *topic = j->task->stores[i].plan->changelog;
    s->position = wr_task_state_position(j->task->state, i);
    if (s->position <= s->target && (s->position >= s->low || s->position == 0)) {
        return WEIR_OK;
    }
    char why[320];
    snprintf(why, sizeof why, "position %lld is not in changelog \"%s\", which has %lld to %lld",
             (long long)s->position, topic, (long long)s->low, (long long)s->target);
    wr_log(WR_LOG_WARN, "store.quarantined", WR_S("task", j->task->id), WR_S("detail", why),
           WR_END);
    WR_STATS_ADD(j->o->stats, quarantines, 1);
    return wr_task_state_reset(j->task->state, WR_QUARANTINE_BEYOND_LOG, why, &j->error);
}

static bool step_target(struct wr_restore_job *j, int slice_ms)
{
    struct wr_task *t = j->task;
    while (j->at < t->store_count && t->stores[j->at].plan->changelog == NULL) {
        j->stores[j->at++].done = true;
    }
    if (j->at == t->store_count) {
        WR_FAILPOINT(RESTORE_TARGET);
        j->at = 0;
        go(j, WR_RESTORE_RESET);
        return true;
    }
    if (j->call == NULL) {
        j->call = wr_watermarks_query(j->admin, t->stores[j->at].plan->changelog,
                                      t->stores[j->at].partition);
    }
    enum wr_outcome outcome = wr_call_step(j->call, slice_ms, &j->error);
    if (outcome == WR_CALL_PENDING) {
        return true;
    }
    struct wr_restore_store *s = &j->stores[j->at];
    *s = (struct wr_restore_store){0};
    if (outcome == WR_CALL_OK) {
        wr_watermarks_result(j->call, &s->low, &s->target);
        const struct wr_input *source = t->stores[j->at].source;
        if (source != NULL) { /* what is not committed as input must not be in the table */
            s->target = wr_max_i64(source->committed, 0);
            s->low = wr_min_i64(s->low, s->target);
        }
    }
    end_call(j);
    if (outcome != WR_CALL_OK || check_position(j, j->at) != WEIR_OK) {
        fail(j);
        return true;
    }
    j->at++;
    return true;
}

/* ---- RESET ----------------------------------------------------------------------------------- */

/* Nothing was ever committed for an input. That is a new application, unless there is state: then
 * somebody deleted the offsets, or they expired, and a reset policy would lose or double records
 * silently. */
static bool state_without_offsets(struct wr_restore_job *j)
{
    const struct wr_task *t = j->task;
    const struct wr_input *in = t->in.inputs;
    while (in->committed >= 0) {
        in++;
    }
    bool adopted = !j->claimed && j->missing < t->in.count;
    for (size_t i = 0; i < t->store_count && !adopted; i++) {
        const struct wr_restore_store *s = &j->stores[i];
        bool own = t->stores[i].plan->changelog != NULL && t->stores[i].source == NULL;
        if (own && (s->target > s->low || wr_task_state_position(t->state, i) > 0)) {
            wr_fail(
                &j->error, WEIR_EOFFSET,
                "input \"%s\" partition %d has no committed offset although store \"%s\" is not "
                "empty: offsets were deleted or have expired; set them (kafka-consumer-groups), "
                "or reset the application with its state",
                in->plan->name, (int)in->partition, t->stores[i].plan->store->name);
            return true;
        }
    }
    if (j->claimed) {
        wr_fail(
            &j->error, WEIR_EOFFSET,
            "input \"%s\" partition %d has no committed offset although this task has run "
            "before: offsets were deleted or have expired; set them (kafka-consumer-groups), or "
            "reset the application",
            in->plan->name, (int)in->partition);
    }
    return j->claimed;
}

/* Whoever wrote to the changelog had committed positions before: another instance may have had the
 * task since they were asked for. */
static void fetch_again(struct wr_restore_job *j)
{
    j->doubted = true;
    j->fetch_since_ms = wr_mono_ms(j->o->clock);
    go(j, WR_RESTORE_FETCH);
    start_fetch(j);
}

/* Internal topics are read from their beginning; others as their source or the application says. */
static enum weir_code reset_policy(const struct wr_restore_job *j, const struct wr_input *in,
                                   bool *latest, struct weir_error *err)
{
    const struct wr_run_settings *s = j->o->settings;
    enum weir_reset reset = in->plan->source->source->reset;
    *latest = false;
    if (in->plan->topic->internal) {
        return WEIR_OK;
    }
    bool none = reset == WEIR_RESET_NONE || (reset == WEIR_RESET_DEFAULT && s->reset_to_none);
    *latest = reset == WEIR_RESET_LATEST || (reset == WEIR_RESET_DEFAULT && s->reset_to_latest);
    return none ? wr_fail(err, WEIR_EOFFSET,
                          "input \"%s\" partition %d has no committed offset and its reset policy "
                          "is none; commit one, or choose earliest or latest",
                          in->plan->name, (int)in->partition)
                : WEIR_OK;
}

static bool step_reset(struct wr_restore_job *j, int slice_ms)
{
    struct wr_task *t = j->task;
    if (j->missing != 0 && j->call == NULL && j->at == 0 && state_without_offsets(j)) {
        if (j->doubted) {
            fail(j);
        } else {
            fetch_again(j);
        }
        return true;
    }
    while (j->at < t->in.count && t->in.inputs[j->at].committed >= 0) {
        j->at++;
    }
    if (j->at == t->in.count) {
        j->missing = 0; /* should the changelogs be looked at once more */
        go(j, WR_RESTORE_READ);
        j->moved_ms = wr_mono_ms(j->o->clock);
        wr_restore_assign(j);
        return true;
    }
    struct wr_input *in = &t->in.inputs[j->at];
    if (j->call == NULL) {
        bool latest = false;
        if (reset_policy(j, in, &latest, &j->error) != WEIR_OK) {
            fail(j);
            return true;
        }
        j->call = wr_reset_query(j->admin, in->plan->name, in->partition, latest);
    }
    enum wr_outcome outcome = wr_call_step(j->call, slice_ms, &j->error);
    if (outcome == WR_CALL_PENDING) {
        return true;
    }
    if (outcome != WR_CALL_OK) {
        end_call(j);
        fail(j);
        return true;
    }
    wr_input_set_committed(in, wr_reset_result(j->call), NULL);
    wr_log(WR_LOG_INFO, "input.reset", WR_S("task", t->id), WR_S("topic", in->plan->name),
           WR_I("partition", in->partition), WR_I("offset", in->committed), WR_END);
    end_call(j);
    j->at++;
    return true;
}

/* ---- steps ----------------------------------------------------------------------------------- */

/* The end of the changelog is behind an open transaction whose writer may be dead: one that had not
 * yet sent its positions did not hold up FETCH. */
static bool wait_for_writer(struct wr_restore_job *j, bool any, int slice_ms)
{
    int64_t now_ms = wr_mono_ms(j->o->clock);
    if (j->fence.state != WR_FENCE_IDLE) {
        work_on_fence(j, slice_ms);
        return true;
    }
    if (any) {
        j->moved_ms = now_ms;
    } else if (now_ms - j->moved_ms >= FENCE_AFTER_MS && !WR_BROKEN(R12)) {
        j->moved_ms = now_ms;
        wr_fence_start(&j->fence, j->admin, j->o->plan->task_topic, j->task->number);
    }
    return any;
}

static bool step_read(struct wr_restore_job *j, int slice_ms)
{
    bool any = false;
    switch (wr_restore_read(j, &any)) {
    case WR_RESTORE_READ_MORE:
        return wait_for_writer(j, any, slice_ms);
    case WR_RESTORE_READ_DONE:
        if (j->fence.state != WR_FENCE_IDLE) {
            work_on_fence(j, slice_ms);
            return true;
        }
        WR_FAILPOINT(RESTORE_DONE);
        WR_STATS_ADD(j->o->stats, restored_tasks, 1);
        wr_log(WR_LOG_INFO, "task.restored", WR_S("task", j->task->id),
               WR_I("records", j->restored), WR_I("ms", wr_mono_ms(j->o->clock) - j->started_ms),
               WR_END);
        go(j, WR_RESTORE_DONE);
        return true;
    case WR_RESTORE_READ_AGAIN: /* the log was cut while it was read */
        wr_restore_unassign(j);
        j->at = 0;
        go(j, WR_RESTORE_TARGET);
        return true;
    case WR_RESTORE_READ_REOPEN: /* the store could not be written */
        wr_restore_unassign(j);
        wr_task_state_close(j->task->state, false);
        j->task->state = NULL;
        j->retry_at_ms = wr_mono_ms(j->o->clock) + OPEN_RETRY_MS;
        wr_log(WR_LOG_ERROR, "store.restore_failed", WR_S("task", j->task->id),
               WR_S("reason", j->error.text), WR_END);
        go(j, WR_RESTORE_OPEN);
        return true;
    case WR_RESTORE_READ_FAILED:
        fail(j);
        return true;
    }
    return false;
}

bool wr_restore_job_step(struct wr_restore_job *j, int slice_ms)
{
    switch (wr_restore_job_state(j)) {
    case WR_RESTORE_FETCH:
        return step_fetch(j, slice_ms);
    case WR_RESTORE_FENCE:
        return step_fence(j, slice_ms);
    case WR_RESTORE_OPEN:
        return step_open(j);
    case WR_RESTORE_TARGET:
        return step_target(j, slice_ms);
    case WR_RESTORE_RESET:
        return step_reset(j, slice_ms);
    case WR_RESTORE_READ:
        return step_read(j, slice_ms);
    case WR_RESTORE_DONE:
    case WR_RESTORE_FAILED:
        break;
    }
    return false;
}
