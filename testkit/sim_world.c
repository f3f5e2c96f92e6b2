/* sim_world.c -- a schedule from its first event to its verdict. See sim_world.h. */
#include "src/base/base.h"

#include <stdio.h>
#include <string.h>

#include "broker/broker.h"
#include "src/base/mem.h"
#include "testkit/sim_world_impl.h"

enum {
    RECORDS_MIN = 8,
    RECORDS = 24,
    CHAOS_MIN_MS = 700,
    CHAOS_MS = 2500,
    TICK_MS = 40, /* between two chances for what happens to whole machines */
    LOOK_MS = 60,
    LOOK_DEEPER = 8,    /* of so many looks one */
    SETTLE_MS = 2000,   /* C5: after a member is back, or has left the group */
    REBALANCE_MS = 700, /* what a rebalance takes when nothing goes wrong */
    BOUND_MS = 60000,   /* C8 */
    IDLE_MS = 40000,    /* longer than anything takes: inputs wait for each other */
    EVENTS_MAX = 400000,
};

/* ---- what is run ----------------------------------------------------------------------------- */

static struct weir_topology *build(const struct wr_sim_workload *l)
{
    struct wr_topology_options o = {.application_id = WR_SIM_APP};
    struct weir_topology *t = wr_topology_new(&o);
    struct weir_error err;
    l->build(t, NULL);
    enum weir_code code = wr_topology_finish(t, &err);
    wr_assert(code == WEIR_OK);
    return t;
}

struct wr_sim_scenario *wr_sim_scenario_new(void)
{
    struct wr_sim_scenario *s = WR_NEW(struct wr_sim_scenario);
    s->topologies = wr_calloc(wr_sim_workload_count(), sizeof(struct weir_topology *));
    for (size_t i = 0; i < wr_sim_workload_count(); i++) {
        s->topologies[i] = build(wr_sim_workloads[i]);
    }
    s->metrics = wr_metrics_new();
    for (int i = 0; i < WR_SIM_ACTORS; i++) {
        char name[16];
        snprintf(name, sizeof name, "%d", i);
        wr_stats_init(&s->stats[i], s->metrics, name);
    }
    return s;
}

void wr_sim_scenario_free(struct wr_sim_scenario *s)
{
    wr_metrics_free(s->metrics);
    for (size_t i = 0; i < wr_sim_workload_count(); i++) {
        wr_topology_free(s->topologies[i]);
    }
    wr_free(s->topologies);
    wr_free(s);
}

/* ---- faults ---------------------------------------------------------------------------------- */

/* Of 1000: of the first four for each request, of the last one for each batch of outputs, of the
 * others for each tick. */
static const uint16_t odds[WR_SIM_STRIKE_COUNT] = {
    [WR_SIM_REQUEST_LOST] = 8, [WR_SIM_ANSWER_LOST] = 12,   [WR_SIM_LATE_COPY] = 15,
    [WR_SIM_SLOW] = 20,        [WR_SIM_CRASH] = 25,         [WR_SIM_CRASH_WRITING] = 15,
    [WR_SIM_STOP] = 8,         [WR_SIM_PAUSE] = 20,         [WR_SIM_EXPEL] = 15,
    [WR_SIM_TIME_OUT] = 4,     [WR_SIM_WIPE] = 60,          [WR_SIM_STALE] = 100,
    [WR_SIM_DAMAGE] = 60,      [WR_SIM_FULL] = 5,           [WR_SIM_BROKER_RESTART] = 4,
    [WR_SIM_FULL_BUFFER] = 15, [WR_SIM_LATE_METADATA] = 80, [WR_SIM_TROUBLE] = 10,
    [WR_SIM_DEAD_MEMBER] = 6,  [WR_SIM_DEAD_PRODUCER] = 4,  [WR_SIM_GIVEN_UP] = 10,
};

/* Each schedule has some kinds of faults and not others, so that none always hides another. */
static void choose_odds(struct wr_sim_world *w)
{
    /* The last kind can only happen at least once. */
    int count = w->settings.at_least_once ? WR_SIM_STRIKE_COUNT : WR_SIM_GIVEN_UP;
    for (int i = 0; i < count; i++) {
        int64_t times = wr_sim_draw_bad(&w->sim, 5); /* 0 (twice), 1, 2 */
        w->sim.odds[i] = (uint16_t)(odds[i] * (times < 2 ? 0 : times - 1));
    }
}

/* Some are short, some longer than a session, few longer than anything. */
static int64_t how_long(struct wr_sim_world *w)
{
    int64_t kind = wr_sim_draw_bad(&w->sim, 10);
    return 1 + wr_sim_draw_bad(&w->sim, kind < 5 ? 150 : kind < 9 ? 1500 : 4000);
}

static void come_back(struct wr_sim_machine *m)
{
    struct wr_sim_world *w = m->world;
    wr_sim_at(&w->sim, &m->wake_up, w->sim.now + how_long(w));
}

void wr_sim_machine_died(struct wr_sim_machine *m)
{
    struct wr_sim_world *w = m->world;
    if (wr_sim_draw(&w->sim, 4) == 0) { /* what is decided shows once its markers are written */
        while (wr_txns_write_marker(w->broker->txns, wr_sim_wall(&w->sim))) {
        }
        wr_sim_net_touched(&w->net);
        wr_sim_check_disk(w, m);
    }
    if (wr_sim_strikes(&w->sim, WR_SIM_WIPE)) {
        wr_sim_disk_wipe(&m->disk);
    } else if (wr_sim_strikes(&w->sim, WR_SIM_STALE)) {
        wr_sim_disk_go_back(&m->disk);
    } else if (wr_sim_strikes(&w->sim, WR_SIM_DAMAGE)) {
        (void)wr_sim_disk_damage(&m->disk);
    }
    if (w->sim.odds[WR_SIM_STALE] != 0 && wr_sim_draw(&w->sim, 2) == 0) {
        wr_sim_disk_keep(&m->disk);
    }
    come_back(m);
}

static void expel(struct wr_sim_world *w)
{
    struct wr_arena arena;
    struct wr_group_info info;
    wr_arena_init(&arena, 1024);
    if (wr_groups_describe(w->broker->groups, WR_SIM_APP, &arena, &info) &&
        info.member_count != 0) {
        const struct wr_group_member_info *m =
            &info.members[wr_sim_draw_bad(&w->sim, (int64_t)info.member_count)];
        struct wr_group_client who = {WR_SIM_APP, info.generation, m->member, m->instance};
        (void)wr_groups_leave(w->broker->groups, &who, wr_sim_wall(&w->sim));
        wr_sim_effect(&w->sim, WR_SIM_EXPELLED);
        wr_sim_net_touched(&w->net);
    }
    wr_arena_free(&arena);
}

static void strike_machine(struct wr_sim_world *w, struct wr_sim_machine *m)
{
    struct wr_sim *s = &w->sim;
    if (wr_sim_strikes(s, WR_SIM_CRASH)) {
        wr_sim_machine_crash(m);
    } else if (wr_sim_strikes(s, WR_SIM_CRASH_WRITING)) {
        m->disk.writes_left = (int)wr_sim_draw_bad(s, 12);
    } else if (wr_sim_strikes(s, WR_SIM_STOP)) {
        wr_sim_machine_stop(m);
    } else if (!m->process.paused && wr_sim_strikes(s, WR_SIM_PAUSE)) {
        m->process.paused = true;
        come_back(m);
    } else if (wr_sim_strikes(s, WR_SIM_FULL)) {
        m->disk.full_until = s->now + wr_sim_draw_bad(s, 300);
    } else if (wr_sim_strikes(s, WR_SIM_DEAD_MEMBER)) {
        wr_sim_kafka_expire(m->kafka);
    } else if (wr_sim_strikes(s, WR_SIM_TROUBLE)) {
        /* Who is refused before he has begun gives up, and rightly so. */
        bool refused = wr_sim_machine_runs(m) && wr_sim_draw_bad(s, 2) == 0;
        wr_sim_kafka_trouble(m->kafka, refused ? WEIR_EAUTH : WEIR_ECLUSTER);
    }
}

/* Everything that is open now is too old. */
static void time_out(struct wr_sim_world *w)
{
    struct wr_arena arena;
    const struct wr_txn_info *list;
    wr_arena_init(&arena, 2048);
    size_t count = wr_txns_list(w->broker->txns, &arena, &list);
    for (size_t i = 0; i < count; i++) {
        if (list[i].state == WR_TXN_ONGOING &&
            list[i].timeout_ms <= w->settings.transaction_timeout_ms) {
            wr_sim_effect(&w->sim, WR_SIM_TIMED_OUT);
        }
    }
    wr_arena_free(&arena);
    wr_txns_tick(w->broker->txns, wr_sim_wall(&w->sim) + w->settings.transaction_timeout_ms);
    wr_sim_net_decided(&w->net);
}

static void strike_cluster(struct wr_sim_world *w)
{
    struct wr_sim *s = &w->sim;
    if (wr_sim_strikes(s, WR_SIM_EXPEL)) {
        expel(w);
    }
    if (wr_sim_strikes(s, WR_SIM_TIME_OUT)) {
        time_out(w);
    }
    if (wr_sim_strikes(s, WR_SIM_BROKER_RESTART)) {
        wr_broker_restart(w->broker, wr_sim_wall(s));
        wr_sim_net_decided(&w->net);
    }
}

/* The faults are over. One machine may stay dead, if others are left. */
static void begin_calm(struct wr_sim_world *w)
{
    struct wr_sim *s = &w->sim;
    int dead = 0;
    s->calm = true;
    wr_sim_note(s, "calm", 0, 0);
    for (int i = 0; i < w->machine_count; i++) {
        struct wr_sim_machine *m = &w->machines[i];
        m->disk.full_until = 0;
        m->disk.writes_left = -1;
        if (!m->alive && dead + 1 < w->machine_count && wr_sim_draw_bad(s, 2) == 0) {
            m->for_good = true;
            dead++;
        } else if (!m->alive || m->process.paused) {
            wr_sim_at(s, &m->wake_up, s->now);
        }
    }
}

/* What must be true at any moment; what costs more is looked at now and then. */
static void check_now(struct wr_sim_world *w)
{
    struct wr_sim *s = &w->sim;
    wr_sim_check_offsets(w);
    if (wr_sim_draw_bad(s, LOOK_DEEPER) == 0) {
        wr_sim_check_ends(w);
        wr_sim_check_lists(w);
        wr_sim_check_disk(w, &w->machines[wr_sim_draw_bad(s, w->machine_count)]);
    }
}

static void fire_chaos(struct wr_sim_event *e)
{
    struct wr_sim_world *w = WR_CONTAINER_OF(e, struct wr_sim_world, chaos);
    struct wr_sim *s = &w->sim;
    if (s->now >= w->calm_at) {
        begin_calm(w);
        w->calm_at = s->now;
        wr_sim_note_transactions(w);
        wr_sim_at(s, &w->look, s->now + LOOK_MS);
        return;
    }
    strike_cluster(w);
    struct wr_sim_machine *m = &w->machines[wr_sim_draw_bad(s, w->machine_count)];
    if (m->alive) {
        strike_machine(w, m);
    }
    check_now(w);
    wr_sim_at(s, e, s->now + 1 + wr_sim_draw_bad(s, TICK_MS));
}

/* ---- calm ------------------------------------------------------------------------------------ */

/* C5: members that died have left the group by now, and the others are back for long. */
static int64_t settled_at(const struct wr_sim_world *w)
{
    return w->calm_at + WR_SIM_SESSION_MS + REBALANCE_MS + SETTLE_MS;
}

static void fire_look(struct wr_sim_event *e)
{
    struct wr_sim_world *w = WR_CONTAINER_OF(e, struct wr_sim_world, look);
    struct wr_sim *s = &w->sim;
    check_now(w);
    if (s->now >= settled_at(w)) {
        wr_sim_check_transactions(w);
    }
    if (wr_sim_all_counted(w)) {
        w->over = true;
        return;
    }
    if (s->now > w->calm_at + BOUND_MS) {
        wr_sim_check_outputs(w); /* says more, if something was lost */
        wr_sim_violated(w, "C8: not everything was counted %d ms after the last fault", BOUND_MS);
    }
    wr_sim_at(s, e, s->now + LOOK_MS);
}

/* ---- a schedule ------------------------------------------------------------------------------ */

static void create_topic(struct wr_sim_world *w, const char *name)
{
    const char *why;
    struct wr_topic_spec spec = {.name = name, .partitions = WR_SIM_PARTITIONS, .replication = -1};
    enum wr_kafka_error e = wr_topics_create(w->broker->topics, &spec, &why);
    wr_assert(e == WR_KE_NONE);
}

static void choose_workload(struct wr_sim_world *w, const char *name)
{
    size_t i = (size_t)wr_sim_draw(&w->sim, (int64_t)wr_sim_workload_count());
    while (name != NULL && strcmp(wr_sim_workloads[i]->name, name) != 0) {
        i = (i + 1) % wr_sim_workload_count();
    }
    const struct wr_sim_workload *l = wr_sim_workloads[i];
    w->workload = l;
    w->topology = w->scenario->topologies[i];
    wr_sim_note(&w->sim, l->name, 0, 0);
    for (int k = 0; k < l->input_count; k++) {
        create_topic(w, l->reads[k]);
    }
    for (int k = 0; k < WR_SIM_OUTPUTS_MAX && l->outputs[k].topic != NULL; k++) {
        create_topic(w, l->outputs[k].topic);
    }
}

static void committed(struct wr_sim_witness *witness, const struct wr_group_client *who,
                      const struct wr_offset_commit *offsets, size_t count)
{
    wr_sim_check_commit(WR_CONTAINER_OF(witness, struct wr_sim_world, witness), who, offsets,
                        count);
}

static bool runs_at_least_once(const struct wr_sim_schedule *s)
{
    return s->guarantee == WR_SIM_BY_SEED ? s->seed % 4 == 0 : s->guarantee == WR_SIM_AT_LEAST_ONCE;
}

static void choose_settings(struct wr_sim_world *w)
{
    w->settings = (struct wr_run_settings){
        .application_id = WR_SIM_APP,
        .threads = 1 + (int)wr_sim_draw(&w->sim, WR_SIM_THREADS),
        .commit_interval_ms = 10 + wr_sim_draw(&w->sim, 60),
        .max_task_idle_ms = w->workload->in_time ? IDLE_MS : 0,
        .transaction_timeout_ms = 8000,
        .session_timeout_ms = WR_SIM_SESSION_MS,
        .heartbeat_interval_ms = 150,
        .max_poll_interval_ms = 3000,
        .purge_interval_ms = 200 + wr_sim_draw(&w->sim, 1000),
        .keepalive_ms = 86400000,
        .cleanup_delay_ms = 600000,
        .shutdown_timeout_ms = 30000,
        .cache_bytes = 1 << 16,
        .uncommitted_max_bytes = 1 << 20,
        .map_bytes = 1 << 20,
        .replication = -1,
    };
    w->given_ids = wr_sim_draw(&w->sim, 3) == 0;
}

static void make_world(struct wr_sim_world *w, struct wr_sim_scenario *scenario,
                       const struct wr_sim_schedule *schedule)
{
    *w = (struct wr_sim_world){.scenario = scenario, .lmdb = schedule->lmdb};
    wr_sim_init(&w->sim, schedule->seed);
    w->sim.spared = schedule->spared;
    w->sim.spared_count = schedule->spared_count;
    w->sim.trace = schedule->trace;
    struct wr_broker_options o = {
        .seed = schedule->seed,
        .min_session_ms = 100,
        .abort_scan_ms = 1000,
        .hold_markers = true,
    };
    w->broker = wr_broker_new(&o, wr_sim_wall(&w->sim));
    wr_sim_net_init(&w->net, &w->sim, w->broker);
    wr_sim_stepper_init(&w->stepper);
    w->witness.committed = committed;
    w->net.witness = &w->witness;
    choose_workload(w, schedule->workload);
    choose_settings(w);
    w->settings.at_least_once = runs_at_least_once(schedule);
    choose_odds(w);
    memset(w->offsets, -1, sizeof w->offsets);
    w->machine_count = 1 + (int)wr_sim_draw(&w->sim, WR_SIM_MACHINES);
    for (int i = 0; i < w->machine_count; i++) {
        struct wr_sim_machine *m = &w->machines[i];
        wr_sim_machine_init(m, w, i);
        wr_sim_at(&w->sim, &m->wake_up, w->sim.now + wr_sim_draw(&w->sim, 300));
    }
    wr_sim_load_start(w, RECORDS_MIN + (int)wr_sim_draw(&w->sim, RECORDS));
    w->calm_at = w->sim.now + CHAOS_MIN_MS + wr_sim_draw(&w->sim, CHAOS_MS);
    w->chaos.fire = fire_chaos;
    w->look.fire = fire_look;
    wr_sim_at(&w->sim, &w->chaos, w->sim.now + 1);
}

static void end_world(struct wr_sim_world *w)
{
    for (int i = 0; i < w->machine_count; i++) {
        struct wr_sim_machine *m = &w->machines[i];
        if (m->alive) {
            wr_sim_machine_kill(m);
        }
        if (w->violation[0] == '\0') {
            wr_sim_check_disk(w, m);
        }
    }
    if (w->violation[0] == '\0') {
        wr_sim_check_outputs(w);
        wr_sim_check_ends(w);
        wr_sim_check_lists(w);
        wr_broker_check(w->broker);
    }
    for (int i = 0; i < w->machine_count; i++) {
        wr_sim_machine_fini(&w->machines[i]);
    }
    wr_sim_cancel(&w->sim, &w->chaos);
    wr_sim_cancel(&w->sim, &w->look);
    wr_sim_cancel(&w->sim, &w->load.event);
    wr_sim_net_fini(&w->net);
    wr_sim_expected_free(w->expected);
    wr_broker_free(w->broker);
}

void wr_sim_go_on(struct wr_sim_world *w)
{
    bool any = wr_sim_next(&w->sim);
    wr_assert(any && "a look is always planned");
    for (int i = 0; i < w->machine_count; i++) {
        if (w->machines[i].alive) {
            wr_sim_machine_wakes(&w->machines[i]);
        }
    }
    if (w->sim.fired > EVENTS_MAX) {
        wr_sim_violated(w, "C8: more than %d events", EVENTS_MAX);
    }
}

void wr_sim_run(struct wr_sim_scenario *scenario, const struct wr_sim_schedule *schedule,
                struct wr_sim_outcome *out)
{
    struct wr_sim_world *w = WR_NEW(struct wr_sim_world);
    make_world(w, scenario, schedule);
    while (!w->over) {
        wr_sim_go_on(w);
    }
    end_world(w);
    *out = (struct wr_sim_outcome){
        .hash = w->sim.hash,
        .virtual_ms = w->sim.now,
        .events = w->sim.fired,
        .steps = w->steps,
        .strikes = w->sim.strikes,
        .at_least_once = w->settings.at_least_once,
        .done = w->sim.done,
        .done_count = w->sim.done_count,
    };
    memcpy(out->effects, w->sim.effects, sizeof out->effects);
    memcpy(out->violation, w->violation, sizeof out->violation);
    w->sim.done = NULL; /* the caller's */
    wr_sim_fini(&w->sim);
    wr_free(w);
}
