/* control.c -- the life of an instance. See control.h for the states. */
#include "src/base/base.h"

#include <stdio.h>
#include <string.h>

#include "src/base/err.h"
#include "src/base/failpoint.h"
#include "src/obs/log.h"
#include "src/run/client_id.h"
#include "src/run/control_impl.h"

enum {
    CALL_SLICE_MS = 20,
    SLEEP_MS = 100,
    RECHECK_MS = 60000,
    HOUSEKEEPING_MS = 1000,
    LEAVE_TIMEOUT_MS = 5000,
    JOIN_MS = 2000,
};

static const char *const state_names[] = {"starting", "joining", "running",
                                          "stopping", "leaving", "stopped"};
static const uint32_t edges[] = {
    [WR_CONTROL_STARTUP] = WR_FSM_TO(WR_CONTROL_JOINING) | WR_FSM_TO(WR_CONTROL_STOPPING),
    [WR_CONTROL_JOINING] = WR_FSM_TO(WR_CONTROL_RUNNING) | WR_FSM_TO(WR_CONTROL_STOPPING),
    [WR_CONTROL_RUNNING] = WR_FSM_TO(WR_CONTROL_STOPPING),
    [WR_CONTROL_STOPPING] = WR_FSM_TO(WR_CONTROL_LEAVING),
    [WR_CONTROL_LEAVING] = WR_FSM_TO(WR_CONTROL_STOPPED),
    [WR_CONTROL_STOPPED] = 0,
};
static const struct wr_fsm_def states = {"an instance", state_names, edges,
                                         WR_ARRAY_LEN(state_names)};

const char *wr_control_state_name(enum wr_control_state state)
{
    return state_names[state];
}

static int step_actor(struct wr_actor *a, bool *ended)
{
    struct wr_control *c = WR_CONTAINER_OF(a, struct wr_control, actor);
    int sleep = wr_control_step(c, ended);
    if (*ended) {
        atomic_store(&c->o.control_stats->heartbeat_ms, 0);
    }
    return sleep;
}

enum weir_code wr_control_new(struct wr_control **out, const struct wr_control_options *o,
                              struct weir_error *err)
{
    struct wr_control *c = WR_NEW(struct wr_control);
    c->twin_at_ms = -1;
    *out = NULL;
    c->o = *o;
    wr_fsm_init(&c->fsm, &states, WR_CONTROL_STARTUP);
    wr_actor_init(&c->actor, "weir-control", step_actor);
    wr_mailbox_init(&c->inbox, &c->actor.wake);
    /* All members have heard of a rebalance after one heartbeat, and may put off joining a little;
     * heartbeats that wait must be back within a session. */
    int64_t heartbeat_ms = o->settings->heartbeat_interval_ms;
    struct wr_group_gate_limits limits = {
        .join_ms = wr_min_i64(2 * heartbeat_ms + JOIN_MS, o->settings->transaction_timeout_ms / 2),
        .drain_ms = heartbeat_ms / 2,
    };
    wr_membership_init(&c->membership, o->clock, &limits);
    wr_arena_init(&c->arena, 4096);
    wr_assert(pthread_mutex_init(&c->status_lock, NULL) == 0);
    struct wr_consumer_options admin = {.role = WR_ROLE_ADMIN, .wake = &c->actor.wake};
    enum weir_code code = wr_consumer_open(o->kafka, &admin, &c->admin, err);
    if (code == WEIR_OK) {
        wr_startup_init(&c->startup, c->admin, o->clock, o->settings, o->graph, o->dir);
        *out = c;
    } else {
        wr_control_free(c);
    }
    return code;
}

void wr_control_free(struct wr_control *c)
{
    if (c == NULL) {
        return;
    }
    wr_call_free(c->purge);
    wr_call_free(c->recheck);
    wr_call_free(c->members);
    wr_group_watch_free(&c->watch);
    wr_restorer_free(c->restore);
    wr_free(c->streams);
    wr_registry_free(&c->registry);
    if (c->admin != NULL) {
        wr_startup_free(&c->startup);
        wr_consumer_close(c->admin);
    }
    wr_ptrs_free(&c->input_topics);
    wr_ptrs_free(&c->output_topics);
    wr_ptrs_free(&c->log_topics);
    wr_arena_free(&c->arena);
    wr_membership_free(&c->membership);
    wr_mailbox_free(&c->inbox);
    wr_actor_free(&c->actor);
    pthread_mutex_destroy(&c->status_lock);
    wr_free(c);
}

void wr_control_stop(struct wr_control *c)
{
    atomic_store(&c->stop_requested, 1);
    wr_wake_signal(&c->actor.wake);
}

static void go(struct wr_control *c, enum wr_control_state to)
{
    wr_log(WR_LOG_INFO, "instance.state", WR_S("from", wr_fsm_name(&c->fsm)),
           WR_S("to", wr_control_state_name(to)), WR_END);
    wr_fsm_go(&c->fsm, (int)to);
}

static void begin_to_stop(struct wr_control *c)
{
    go(c, WR_CONTROL_STOPPING);
    c->stop_deadline_ms = wr_mono_ms(c->o.clock) + c->o.settings->shutdown_timeout_ms;
    wr_control_stop_threads(c);
}

void wr_control_give_up(struct wr_control *c, const struct weir_error *why)
{
    if (c->why.code == WEIR_OK) {
        c->why = *why;
        wr_log(WR_LOG_ERROR, "instance.failed", WR_S("code", weir_code_name(why->code)),
               WR_S("reason", why->text), WR_END);
    }
    if (c->fsm.state < WR_CONTROL_STOPPING) {
        begin_to_stop(c);
    }
}

/* ---- STARTUP and JOINING --------------------------------------------------------------------- */

static int step_startup(struct wr_control *c)
{
    int sleep = wr_startup_step(&c->startup, CALL_SLICE_MS);
    if (wr_startup_state(&c->startup) == WR_STARTUP_FAILED) {
        wr_control_give_up(c, &c->startup.error);
        return 0;
    }
    if (wr_startup_state(&c->startup) != WR_STARTUP_DONE) {
        return sleep;
    }
    struct weir_error err;
    c->plan = c->startup.plan;
    wr_registry_size(&c->registry, c->startup.map.count);
    c->retired = c->o.settings->threads;
    int last = c->o.settings->threads - 1;
    enum weir_code code = WEIR_OK;
    if (wr_state_dir_highest_thread(c->o.dir) < last) {
        code = wr_state_dir_raise_thread(c->o.dir, last, &err);
    }
    if (code == WEIR_OK) {
        code = wr_control_start_threads(c, &err);
    }
    if (code == WEIR_OK) {
        WR_FAILPOINT(START_JOINING);
        code = wr_control_join_group(c, &err);
    }
    if (code != WEIR_OK) {
        wr_control_give_up(c, &err);
        return 0;
    }
    go(c, WR_CONTROL_JOINING);
    return 0;
}

/* Transactions that threads with a higher index left open when there were more of them (R11). */
static bool retire_step(struct wr_control *c)
{
    struct weir_error err;
    if (c->retired_call != NULL) {
        enum wr_outcome outcome = wr_call_step(c->retired_call, 0, &err);
        if (outcome == WR_CALL_PENDING) {
            return false;
        }
        wr_call_free(c->retired_call);
        wr_producer_close(c->retired_producer);
        c->retired_call = NULL;
        c->retired++;
    }
    if (c->retired > wr_state_dir_highest_thread(c->o.dir)) {
        return true;
    }
    struct wr_buf id = {0};
    wr_transactional_id_make(&id, c->o.settings->application_id, wr_control_instance_id(c),
                             c->retired);
    if (wr_producer_open(c->o.kafka, wr_buf_cstr(&id), NULL, 0, &c->retired_producer, &err) ==
        WEIR_OK) {
        c->retired_call = wr_producer_init(c->retired_producer);
    } else {
        wr_log(WR_LOG_WARN, "producer.not_retired", WR_S("transactional_id", wr_buf_cstr(&id)),
               WR_S("reason", err.text), WR_END);
        c->retired++;
    }
    wr_buf_free(&id);
    return false;
}

/* ---- RUNNING --------------------------------------------------------------------------------- */

/* Have the partition counts of the inputs changed? Keys would be in other tasks than before. */
static void recheck_inputs(struct wr_control *c, int64_t now_ms)
{
    struct weir_error err;
    if (c->recheck == NULL) {
        if (now_ms < c->recheck_at_ms) {
            return;
        }
        c->recheck_at_ms = now_ms + RECHECK_MS;
        c->recheck = wr_topics_describe(c->admin, (const char *const *)c->input_topics.items,
                                        c->input_topics.count);
    }
    enum wr_outcome outcome = wr_call_step(c->recheck, 0, &err);
    if (outcome == WR_CALL_PENDING) {
        return;
    }
    size_t count = 0;
    const struct wr_topic_info *info =
        outcome == WR_CALL_OK ? wr_topics_result(c->recheck, &count) : NULL;
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < c->plan->sub_count; k++) {
            const struct wr_plan_sub *s = &c->plan->subs[k];
            for (size_t n = 0; n < s->input_count; n++) {
                if (info[i].code == WEIR_OK && strcmp(info[i].name, s->inputs[n].name) == 0 &&
                    info[i].partitions != s->inputs[n].partitions) {
                    wr_fail(
                        &err, WEIR_EPARTITIONS,
                        "input topic \"%s\" had %d partitions and now has %d: keys are in other "
                        "partitions than the state made from them; reset the application to "
                        "begin anew with the new count",
                        info[i].name, (int)s->inputs[n].partitions, (int)info[i].partitions);
                    wr_control_give_up(c, &err);
                }
            }
        }
    }
    wr_call_free(c->recheck);
    c->recheck = NULL;
}

static void clean_state_dir(struct wr_control *c, int64_t now_ms)
{
    if (now_ms < c->clean_at_ms) {
        return;
    }
    c->clean_at_ms = now_ms + c->o.settings->cleanup_delay_ms;
    struct wr_ptrs keep = {0};
    for (int32_t i = 0; i < c->registry.count; i++) {
        if (c->registry.slots[i].task != NULL || c->registry.slots[i].assigned) {
            const struct wr_plan_task *p =
                i < c->startup.map.count ? c->startup.map.tasks[i] : NULL;
            if (p != NULL) {
                wr_ptrs_push(&keep, (void *)(uintptr_t)p->id);
            }
        }
    }
    for (size_t i = 0; i < c->startup.map.held.count; i++) {
        wr_ptrs_push(&keep, c->startup.map.held.items[i]);
    }
    struct weir_error err;
    wr_error_clear(&err);
    size_t n = wr_state_dir_clean(c->o.dir, (const char *const *)keep.items, keep.count,
                                  c->o.settings->cleanup_delay_ms, &err);
    if (n != 0 || err.code != WEIR_OK) {
        wr_log(WR_LOG_INFO, "state.cleaned", WR_I("folders", (int64_t)n),
               WR_S("error", err.code != WEIR_OK ? err.text : NULL), WR_END);
    }
    wr_ptrs_free(&keep);
}

/* A task was assigned that this build's numbering did not know: another instance may have added it.
 */
static void read_map_again(struct wr_control *c)
{
    if (!c->map_again) {
        return;
    }
    if (!c->map_reading) {
        c->map_reading = true;
        wr_startup_map_again(&c->startup);
    }
    wr_startup_step(&c->startup, 0);
    if (wr_startup_state(&c->startup) == WR_STARTUP_FAILED) {
        wr_control_give_up(c, &c->startup.error);
    } else if (wr_startup_state(&c->startup) == WR_STARTUP_DONE) {
        c->map_again = c->map_reading = false;
        for (int32_t i = 0; i < c->registry.count && i < c->startup.map.count; i++) {
            if (c->registry.slots[i].assigned && c->startup.map.tasks[i] != NULL) {
                wr_control_begin_task(c, i);
            }
        }
    }
}

static void step_calls(struct wr_control *c, int64_t now_ms)
{
    struct weir_error err;
    if (c->purge != NULL) {
        enum wr_outcome outcome = wr_call_step(c->purge, 0, &err);
        if (outcome != WR_CALL_PENDING) {
            if (outcome != WR_CALL_OK) {
                wr_log(WR_LOG_WARN, "repartition.purge_failed", WR_S("reason", err.text), WR_END);
            }
            wr_call_free(c->purge);
            c->purge = NULL;
        }
    }
    read_map_again(c);
    recheck_inputs(c, now_ms);
    clean_state_dir(c, now_ms);
}

/* Before anything runs it is better to end with a reason than to knock for ever. Later the cluster
 * may be in the middle of a change, and what is truly refused ends a call. */
static void give_up_unauthorized(struct wr_control *c, const struct weir_error *e)
{
    struct weir_error why;
    wr_fail(&why, WEIR_EAUTH,
            "the cluster refuses this application: %s; check security.protocol and the sasl. and "
            "ssl. settings, and grant READ on group \"%s\" to it",
            e->text, c->o.settings->application_id);
    wr_control_give_up(c, &why);
}

static void report_errors(struct wr_control *c, int64_t now_ms)
{
    if (now_ms - c->housekeeping_ms < HOUSEKEEPING_MS) {
        return;
    }
    c->housekeeping_ms = now_ms;
    struct wr_handle_error e;
    while (wr_consumer_error(c->admin, &e) || (c->group != NULL && wr_group_error(c->group, &e))) {
        wr_log(WR_LOG_WARN, "kafka.error", WR_S("handle", "control"), WR_I("times", e.count),
               WR_S("reason", e.error.text), WR_END);
        if (e.error.code == WEIR_EAUTH && c->fsm.state < WR_CONTROL_RUNNING) {
            give_up_unauthorized(c, &e.error);
        }
    }
}

static void publish_status(struct wr_control *c)
{
    pthread_mutex_lock(&c->status_lock);
    struct wr_control_status *s = &c->status;
    s->state = (enum wr_control_state)c->fsm.state;
    wr_registry_totals(&c->registry, &s->assigned, &s->running, &s->restoring);
    s->rebalances = c->rebalances;
    snprintf(s->waiting_for, sizeof s->waiting_for, "%s",
             c->fsm.state == WR_CONTROL_STARTUP ? wr_fsm_name(&c->startup.fsm) : "");
    pthread_mutex_unlock(&c->status_lock);
}

void wr_control_status(struct wr_control *c, struct wr_control_status *out)
{
    pthread_mutex_lock(&c->status_lock);
    *out = c->status;
    pthread_mutex_unlock(&c->status_lock);
}

static int step_running(struct wr_control *c, int64_t now_ms)
{
    wr_control_mail(c, now_ms);
    if (c->fsm.state >= WR_CONTROL_STOPPING) {
        return 0;
    }
    wr_control_group(c, now_ms);
    wr_control_restart(c, now_ms);
    if (c->fsm.state == WR_CONTROL_JOINING && retire_step(c) && c->rebalances != 0) {
        go(c, WR_CONTROL_RUNNING);
        /* Not at once: what was ours before we were away may come back with the next rebalance. */
        c->clean_at_ms = now_ms + c->o.settings->cleanup_delay_ms;
    }
    if (c->fsm.state == WR_CONTROL_RUNNING) {
        step_calls(c, now_ms);
    }
    return SLEEP_MS;
}

/* ---- the end --------------------------------------------------------------------------------- */

static bool overdue(struct wr_control *c, int64_t now_ms, const char *what)
{
    if (now_ms < c->stop_deadline_ms) {
        return false;
    }
    wr_log(WR_LOG_ERROR, "instance.stop_overdue", WR_S("waiting_for", what), WR_END);
    if (c->why.code == WEIR_OK) {
        wr_fail(&c->why, WEIR_ETIMEOUT, "%s did not end within %lld ms", what,
                (long long)c->o.settings->shutdown_timeout_ms);
    }
    return true;
}

static int step_stopping(struct wr_control *c, int64_t now_ms, bool *ended)
{
    wr_control_mail(c, now_ms);
    if (!wr_control_threads_ended(c)) {
        wr_control_group_stopping(c);
        *ended = overdue(c, now_ms, "a thread");
        return 20;
    }
    if (c->retired_call != NULL) {
        wr_call_free(c->retired_call);
        wr_producer_close(c->retired_producer);
        c->retired_call = NULL;
    }
    if (c->group != NULL && !c->fatal) {
        struct weir_error err;
        if (c->answer_due && wr_group_answer(c->group, &err) != WEIR_OK) {
            c->fatal = true;
        }
        if (!c->fatal) {
            wr_group_leave(c->group, false);
        }
    }
    c->stop_deadline_ms = now_ms + LEAVE_TIMEOUT_MS;
    go(c, WR_CONTROL_LEAVING);
    return 0;
}

static int step_leaving(struct wr_control *c, int64_t now_ms)
{
    bool left = c->group == NULL || c->fatal;
    bool late = now_ms >= c->stop_deadline_ms;
    if (!left) {
        struct wr_group_event e;
        struct weir_error err;
        wr_group_poll(c->group, &e);
        if (e.kind == WR_GROUP_ASSIGN || e.kind == WR_GROUP_REVOKE || e.kind == WR_GROUP_LOST) {
            late |= wr_group_answer(c->group, &err) != WEIR_OK;
        }
        left = e.kind == WR_GROUP_CLOSED;
        late |= e.kind == WR_GROUP_FATAL;
    }
    if (!left && !late) {
        return 10;
    }
    if (c->group != NULL) {
        wr_group_close(c->group, !left || c->fatal);
        c->group = NULL;
    }
    go(c, WR_CONTROL_STOPPED);
    return 0;
}

int wr_control_step(struct wr_control *c, bool *ended)
{
    int64_t now_ms = wr_mono_ms(c->o.clock);
    int sleep = 0;
    *ended = false;
    atomic_store_explicit(&c->o.control_stats->heartbeat_ms, now_ms, memory_order_relaxed);
    if (atomic_load(&c->stop_requested) != 0 && c->fsm.state < WR_CONTROL_STOPPING) {
        begin_to_stop(c);
    }
    report_errors(c, now_ms);
    switch ((enum wr_control_state)c->fsm.state) {
    case WR_CONTROL_STARTUP:
        sleep = step_startup(c);
        break;
    case WR_CONTROL_JOINING:
    case WR_CONTROL_RUNNING:
        sleep = step_running(c, now_ms);
        break;
    case WR_CONTROL_STOPPING:
        sleep = step_stopping(c, now_ms, ended);
        break;
    case WR_CONTROL_LEAVING:
        sleep = step_leaving(c, now_ms);
        break;
    case WR_CONTROL_STOPPED:
        *ended = true;
        break;
    }
    publish_status(c);
    return sleep;
}

enum weir_code wr_control_start(struct wr_control *c, struct weir_error *err)
{
    return wr_actor_start(&c->actor, c->o.host, err);
}

enum weir_code wr_control_join(struct wr_control *c, struct weir_error *err)
{
    wr_actor_join(&c->actor, c->o.host);
    return c->why.code == WEIR_OK ? WEIR_OK : wr_fail_copy(err, &c->why);
}
