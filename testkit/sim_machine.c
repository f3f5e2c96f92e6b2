/* sim_machine.c -- instances on simulated machines: put together as src/app does it, stepped one
 * actor at a time, stopped, killed.
 *
 * A killed instance is taken apart by its own code: first its port and its disk are cut off, so
 * that nothing of what it does then has any effect, and then it is told to stop and stepped until
 * it has ended, in no time. */
#include "src/base/base.h"

#include <stdio.h>
#include <string.h>

#include "src/base/err.h"
#include "src/run/client_id.h"
#include "src/run/control_impl.h"
#include "testkit/sim_world_impl.h"

enum {
    RESTART_MS = 400, /* after an instance ended by itself */
    WAIT_MIN_MS = 30, /* in a step, for a call: less than it may take */
    WAIT_MS = 120,
    LATE_MS = 20, /* a thread that sleeps wakes up so late */
    DEATH_STEPS_MAX = 5000,
};

/* ---- stepping -------------------------------------------------------------------------------- */

static struct wr_sim *sim_of(const struct wr_sim_machine *m)
{
    return &m->world->sim;
}

static void finish(struct wr_sim_machine *m);

/* Is one of its actors in the middle of a step, which sleeps? */
static bool is_busy(const struct wr_sim_machine *m)
{
    for (size_t i = 0; i < WR_SIM_ACTORS; i++) {
        if (m->actors[i].sleeps) {
            return true;
        }
    }
    return false;
}

/* One step; returns how long the actor sleeps. */
static int step(struct wr_sim_hosted *h)
{
    struct wr_sim_world *w = h->machine->world;
    h->waits = false;
    w->stepping = h;
    w->steps++;
    int sleep = h->actor->step(h->actor, &h->ended);
    w->stepping = NULL;
    return sleep;
}

static bool is_control(const struct wr_sim_hosted *h)
{
    return h == &h->machine->actors[0];
}

static void fire_step(struct wr_sim_event *e)
{
    struct wr_sim_hosted *h = WR_CONTAINER_OF(e, struct wr_sim_hosted, event);
    struct wr_sim_machine *m = h->machine;
    struct wr_sim *s = sim_of(m);
    int sleep = step(h);
    wr_sim_note(s, "step", (h - m->actors) + 16 * m->index, sleep);
    if (m->disk.cut) {
        wr_sim_machine_crash(m);
    } else if (h->ended && is_control(h)) {
        finish(m);
    } else if (!h->ended) {
        int64_t ms = h->waits     ? WAIT_MIN_MS + wr_sim_draw(s, WAIT_MS)
                     : sleep == 0 ? wr_sim_draw(s, 2)
                                  : sleep + wr_sim_draw(s, LATE_MS);
        wr_sim_at(s, &h->event, s->now + ms);
    }
}

static void hurry(struct wr_sim_hosted *h)
{
    struct wr_sim *s = sim_of(h->machine);
    int64_t soon = s->now + wr_sim_draw(s, 2);
    bool later = h->event.place == 0 || h->event.at > soon;
    bool steps = h->sleeps || h == h->machine->world->stepping;
    if (!h->ended && !h->event.kept && later && !steps) {
        wr_sim_at(s, &h->event, soon);
    }
}

void wr_sim_machine_wakes(struct wr_sim_machine *m)
{
    for (size_t i = 0; i < WR_SIM_ACTORS; i++) {
        struct wr_sim_hosted *h = &m->actors[i];
        if (h->actor != NULL && !h->sleeps && wr_wake_wait(&h->actor->wake, 0)) {
            hurry(h);
        }
    }
}

static struct wr_sim_world *world_of(struct wr_sim_stepper *s)
{
    return WR_CONTAINER_OF(s, struct wr_sim_world, stepper);
}

static void *waits(struct wr_sim_stepper *s)
{
    struct wr_sim_hosted *h = world_of(s)->stepping;
    h->waits = true;
    return h;
}

static void hurry_waiter(struct wr_sim_stepper *s, void *waiter)
{
    WR_UNUSED(s);
    hurry(waiter);
}

/* The actor that is stepped sleeps, and the world goes on around it. Whoever sleeps within this
 * wakes up first, and nobody does while his machine is paused. */
static void sleep_in_step(struct wr_sim_stepper *s, int ms)
{
    struct wr_sim_world *w = world_of(s);
    struct wr_sim_hosted *h = w->stepping;
    const struct wr_sim_machine *m = h->machine;
    int64_t until = w->sim.now + ms;
    h->sleeps = true;
    w->stepping = NULL;
    while (!w->over && !m->disk.cut && (m->process.paused || wr_sim_next_at(&w->sim) <= until)) {
        wr_sim_go_on(w);
    }
    if (!w->over && !m->disk.cut) {
        w->sim.now = wr_max_i64(w->sim.now, until);
    }
    w->stepping = h;
    h->sleeps = false;
}

void wr_sim_stepper_init(struct wr_sim_stepper *s)
{
    *s = (struct wr_sim_stepper){waits, hurry_waiter, sleep_in_step};
}

/* ---- hosting --------------------------------------------------------------------------------- */

static enum weir_code host_start(struct wr_actor_host *host, struct wr_actor *a,
                                 struct weir_error *err)
{
    struct wr_sim_machine *m = WR_CONTAINER_OF(host, struct wr_sim_machine, host);
    WR_UNUSED(err);
    struct wr_sim_hosted *h = m->actors;
    while (h->actor != NULL) {
        h++;
        wr_assert(h < m->actors + WR_SIM_ACTORS);
    }
    h->actor = a;
    h->ended = false;
    wr_sim_at(sim_of(m), &h->event, sim_of(m)->now + wr_sim_draw(sim_of(m), 3));
    return WEIR_OK;
}

static void host_join(struct wr_actor_host *host, struct wr_actor *a)
{
    struct wr_sim_machine *m = WR_CONTAINER_OF(host, struct wr_sim_machine, host);
    for (size_t i = 0; i < WR_SIM_ACTORS; i++) {
        struct wr_sim_hosted *h = &m->actors[i];
        if (h->actor == a) {
            wr_assert(h->ended);
            wr_sim_cancel(sim_of(m), &h->event);
            h->actor = NULL;
        }
    }
}

static void fire_wake_up(struct wr_sim_event *e)
{
    struct wr_sim_machine *m = WR_CONTAINER_OF(e, struct wr_sim_machine, wake_up);
    if (!m->alive && !m->for_good) {
        wr_sim_machine_start(m);
    } else if (m->process.paused) {
        wr_sim_note(sim_of(m), "resume", m->index, 0);
        wr_sim_effect(sim_of(m), WR_SIM_RESUMED);
        wr_sim_resume(sim_of(m), &m->process);
    }
}

void wr_sim_machine_init(struct wr_sim_machine *m, struct wr_sim_world *w, int index)
{
    *m = (struct wr_sim_machine){.world = w, .index = index, .host = {host_start, host_join}};
    m->wake_up.fire = fire_wake_up;
    for (size_t i = 0; i < WR_SIM_ACTORS; i++) {
        m->actors[i].machine = m;
        m->actors[i].event = (struct wr_sim_event){.fire = fire_step, .process = &m->process};
    }
    snprintf(m->instance_id, sizeof m->instance_id, "m%d", index);
    m->settings = w->settings;
    m->settings.instance_id = w->given_ids ? m->instance_id : NULL;
    m->real = w->lmdb != NULL ? wr_asprintf("%s/%d", w->lmdb, index) : NULL;
    wr_sim_disk_init(&m->disk, &w->sim, w->workload->stores, m->real);
}

/* ---- starting -------------------------------------------------------------------------------- */

static enum weir_code open_dir(struct wr_sim_machine *m, struct weir_error *err)
{
    struct wr_state_dir_options o = {
        .path = "/disk",
        .application_id = WR_SIM_APP,
        .fs = &m->disk.fs,
        .clock = &sim_of(m)->clock,
        .disk = &m->disk.disk,
        .rng = &sim_of(m)->order,
    };
    return wr_state_dir_open(&m->dir, &o, err);
}

static void open_kafka(struct wr_sim_machine *m)
{
    struct wr_sim_world *w = m->world;
    struct wr_buf client_id = {0};
    wr_client_id_make(&client_id, wr_state_dir_process_id(m->dir), "nonce", w->settings.threads,
                      NULL);
    struct wr_sim_kafka_options o = {
        .net = &w->net,
        .process = &m->process,
        .stepper = &w->stepper,
        .kafka = {.application_id = WR_SIM_APP,
                  .client_id = wr_buf_cstr(&client_id),
                  .clock = &w->sim.clock,
                  .session_timeout_ms = WR_SIM_SESSION_MS,
                  .heartbeat_interval_ms = (int)w->settings.heartbeat_interval_ms,
                  .max_poll_interval_ms = (int)w->settings.max_poll_interval_ms,
                  .transaction_timeout_ms = (int)w->settings.transaction_timeout_ms},
    };
    m->kafka = wr_sim_kafka_new(&o);
    wr_buf_free(&client_id);
}

static void close_all(struct wr_sim_machine *m)
{
    wr_control_free(m->control);
    if (m->kafka != NULL) {
        wr_kafka_close(m->kafka);
    }
    wr_state_dir_close(m->dir);
    m->control = NULL;
    m->kafka = NULL;
    m->dir = NULL;
    m->alive = false;
    wr_sim_disk_released(&m->disk);
}

void wr_sim_machine_start(struct wr_sim_machine *m)
{
    struct wr_sim_world *w = m->world;
    struct weir_error err;
    wr_assert(!m->alive);
    wr_sim_note(&w->sim, "start", m->index, 0);
    enum weir_code code = open_dir(m, &err);
    if (code == WEIR_OK) {
        open_kafka(m);
        struct wr_control_options o = {
            .kafka = m->kafka,
            .clock = &w->sim.clock,
            .settings = &m->settings,
            .graph = &w->topology->graph,
            .dir = m->dir,
            .stats = w->scenario->stats,
            .restore_stats = &w->scenario->stats[WR_SIM_THREADS],
            .control_stats = &w->scenario->stats[WR_SIM_THREADS + 1],
            .host = &m->host,
        };
        code = wr_control_new(&m->control, &o, &err);
    }
    if (code == WEIR_OK) {
        code = wr_control_start(m->control, &err);
    }
    m->alive = code == WEIR_OK;
    if (!m->alive) { /* the disk is full, perhaps */
        close_all(m);
        wr_sim_at(&w->sim, &m->wake_up, w->sim.now + 1 + wr_sim_draw(&w->sim, RESTART_MS));
    }
}

/* ---- ending ---------------------------------------------------------------------------------- */

/* Reasons for which a supervisor may start an instance again. */
static bool may_start_again(enum weir_code code)
{
    enum weir_reaction r = weir_code_reaction(code);
    return code == WEIR_OK || code == WEIR_EFULL || code == WEIR_EIO || r == WEIR_REACT_RETRY ||
           r == WEIR_REACT_REBUILD || r == WEIR_REACT_LEAVE || r == WEIR_REACT_ABORT;
}

/* The instance has ended: free it, and start it again after a while. */
static void finish(struct wr_sim_machine *m)
{
    struct wr_sim_world *w = m->world;
    struct weir_error err;
    wr_error_clear(&err);
    enum weir_code code = wr_control_join(m->control, &err);
    wr_sim_note(&w->sim, "ended", m->index, code);
    if (!may_start_again(code)) {
        wr_sim_violated(w, "C8: instance %d stopped: %s", m->index, err.text);
    }
    close_all(m);
    wr_sim_at(&w->sim, &m->wake_up, w->sim.now + 1 + wr_sim_draw(&w->sim, RESTART_MS));
}

const char *wr_sim_machine_name(const struct wr_sim_machine *m)
{
    return wr_control_instance_id(m->control);
}

bool wr_sim_machine_runs(const struct wr_sim_machine *m)
{
    return m->control->fsm.state == WR_CONTROL_RUNNING;
}

void wr_sim_machine_stop(struct wr_sim_machine *m)
{
    wr_control_stop(m->control);
}

void wr_sim_machine_kill(struct wr_sim_machine *m)
{
    int steps = 0;
    wr_sim_note(sim_of(m), "killed", m->index, 0);
    wr_sim_resume(sim_of(m), &m->process);
    wr_sim_kafka_cut(m->kafka);
    m->disk.cut = true;
    wr_group_gate_open(m->control->membership.gate); /* time stands still */
    wr_control_stop(m->control);
    while (!m->actors[0].ended) {
        wr_assert(steps++ < DEATH_STEPS_MAX);
        for (size_t i = 0; i < WR_SIM_ACTORS; i++) {
            struct wr_sim_hosted *h = &m->actors[i];
            if (h->actor != NULL && !h->ended) {
                (void)step(h);
            }
        }
    }
    (void)wr_control_join(m->control, NULL);
    close_all(m);
}

void wr_sim_machine_crash(struct wr_sim_machine *m)
{
    if (is_busy(m)) { /* when the step is over: until then nothing of it has any effect */
        wr_sim_kafka_cut(m->kafka);
        m->disk.cut = true;
    } else {
        wr_sim_machine_kill(m);
        wr_sim_machine_died(m);
    }
}

void wr_sim_machine_fini(struct wr_sim_machine *m)
{
    if (m->alive) {
        wr_sim_machine_kill(m);
    }
    wr_sim_cancel(sim_of(m), &m->wake_up);
    wr_ptrs_free(&m->process.kept);
    wr_sim_disk_fini(&m->disk);
    wr_free(m->real);
}
