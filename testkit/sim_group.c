/* sim_group.c -- membership in the group as librdkafka keeps it up in the background.
 *
 *   IDLE      opened
 *   AWAY      about to send JoinGroup, after a moment
 *   JOINING   JoinGroup was sent; the coordinator waits for all members
 *   SYNCING   SyncGroup was sent
 *   MEMBER    heartbeats
 *   CLOSED, DEAD
 *
 * Rebalances are cooperative: what is taken away is revoked first, then what is new is assigned,
 * and then the member joins again. A member that learns that it was expelled loses everything with
 * a word (LOST), but without one while an event is unanswered: it then joins again, and the port
 * finds out by the id (rdk_group.c, was_expelled). A time-out of the session is an expulsion too.
 *
 * Thread: one. */
#include "src/base/base.h"

#include <stdio.h>
#include <string.h>

#include "src/base/err.h"
#include "src/kafka/group_gate.h"
#include "testkit/sim_impl.h"

enum state { IDLE, AWAY, JOINING, SYNCING, MEMBER, CLOSED, DEAD };

enum { MEMBER_MAX = 128, JOIN_WAIT_MS = 15, REPEAT_MS = 80, EVENTS_MAX = 4 };

struct pending {
    enum wr_group_event_kind kind;
    int32_t *tasks;
    size_t count;
};

struct group {
    struct wr_group base;
    struct wr_sim_kafka *k;
    char *topic;
    char *instance; /* NULL: dynamic */
    struct wr_wake *wake;
    struct wr_group_gate *gate; /* may be NULL */
    enum state state;
    char member[MEMBER_MAX];
    int32_t generation;
    int32_t *owned; /* as the client knows it: assigned and answered, not revoked and answered */
    size_t owned_count;
    struct pending events[EVENTS_MAX];
    size_t event_count;
    bool open;     /* the first event was taken and is not answered */
    bool has_next; /* an assignment follows the revocation */
    int32_t *next;
    size_t next_count;
    bool rejoin; /* after the assignment that follows a revocation */
    bool leaving;
    bool give_up;
    bool all_revoked;       /* leaving: the last event is out */
    char known[MEMBER_MAX]; /* id that the last event belonged to; "": none yet */
    bool fatal_told;
    const char *why;                /* DEAD */
    struct wr_sim_event timer;      /* join, or the next heartbeat */
    struct wr_sim_event answer;     /* of JoinGroup or SyncGroup, on its way back */
    struct wr_sim_event repeat;     /* JoinGroup or SyncGroup got no answer */
    struct wr_sim_request *beating; /* a heartbeat on its way */
    int64_t beat_ok_ms;             /* the last one that was answered well */
    int64_t polled_ms;

    /* the answer that is on its way back */
    enum wr_kafka_error error;
    int32_t new_generation;
    char new_member[MEMBER_MAX];
    bool leader;
    struct wr_sim_share *shares; /* the leader's */
    size_t share_count;
    int32_t *given; /* by SyncGroup */
    size_t given_count;
};

static struct wr_sim *sim_of(const struct group *g)
{
    return wr_sim_of(g->k);
}

static struct wr_groups *groups_of(const struct group *g)
{
    return wr_sim_broker(g->k)->groups;
}

static struct wr_group_client client_of(const struct group *g)
{
    return (struct wr_group_client){g->k->application_id, g->generation, g->member, g->instance};
}

static bool is_member(const struct group *g)
{
    return g->generation >= 0 && g->member[0] != '\0';
}

/* ---- events for the owner -------------------------------------------------------------------- */

static void push_event(struct group *g, enum wr_group_event_kind kind, const int32_t *tasks,
                       size_t count)
{
    wr_assert(g->event_count < EVENTS_MAX);
    g->events[g->event_count++] =
        (struct pending){kind, wr_memdup(tasks, count * sizeof *tasks), count};
    if (g->wake != NULL) {
        wr_wake_signal(g->wake);
    }
}

static void pop_event(struct group *g)
{
    wr_free(g->events[0].tasks);
    memmove(&g->events[0], &g->events[1], --g->event_count * sizeof g->events[0]);
    g->open = false;
}

static bool owns(const int32_t *tasks, size_t count, int32_t task)
{
    for (size_t i = 0; i < count; i++) {
        if (tasks[i] == task) {
            return true;
        }
    }
    return false;
}

/* Those of a that are not in b. */
static int32_t *without(const int32_t *a, size_t na, const int32_t *b, size_t nb, size_t *count)
{
    int32_t *out = wr_calloc(na, sizeof *out);
    *count = 0;
    for (size_t i = 0; i < na; i++) {
        if (!owns(b, nb, a[i])) {
            out[(*count)++] = a[i];
        }
    }
    return out;
}

static void set_owned(struct group *g, int32_t *tasks, size_t count)
{
    wr_free(g->owned);
    g->owned = tasks;
    g->owned_count = count;
}

static void die(struct group *g, const char *why)
{
    g->state = DEAD;
    g->why = why;
    wr_sim_cancel(sim_of(g), &g->timer);
    wr_sim_cancel(sim_of(g), &g->repeat);
    if (g->wake != NULL) {
        wr_wake_signal(g->wake);
    }
}

/* ---- joining --------------------------------------------------------------------------------- */

static void away(struct group *g)
{
    struct wr_sim *s = sim_of(g);
    g->state = AWAY;
    if (g->gate != NULL) {
        wr_group_gate_joining(g->gate);
    }
    wr_sim_at(s, &g->timer, s->now + wr_sim_draw(s, JOIN_WAIT_MS));
}

static void forget_answer(struct group *g)
{
    wr_groups_forget(groups_of(g), g);
    wr_sim_cancel(sim_of(g), &g->answer);
    wr_sim_cancel(sim_of(g), &g->repeat);
}

static void plan_repeat(struct group *g, int64_t after_ms)
{
    wr_sim_at(sim_of(g), &g->repeat, sim_of(g)->now + after_ms);
}

static void free_shares(struct group *g)
{
    for (size_t i = 0; i < g->share_count; i++) {
        wr_free(g->shares[i].tasks);
        wr_free((char *)(uintptr_t)g->shares[i].member);
    }
    wr_free(g->shares);
    g->shares = NULL;
    g->share_count = 0;
}

static void answer_comes(struct group *g)
{
    if (wr_sim_strikes(sim_of(g), WR_SIM_ANSWER_LOST)) {
        return; /* it will be repeated */
    }
    wr_sim_at(sim_of(g), &g->answer, sim_of(g)->now + wr_sim_way(sim_of(g)));
}

static void join_done(void *arg, const struct wr_join_answer *a)
{
    struct group *g = arg;
    g->error = a->error;
    g->new_generation = a->generation;
    snprintf(g->new_member, sizeof g->new_member, "%s", a->member != NULL ? a->member : "");
    g->leader = a->error == WR_KE_NONE && a->member_count != 0;
    free_shares(g);
    if (g->leader) {
        const struct wr_topic_entry *e = wr_topics_find(wr_sim_broker(g->k)->topics, g->topic);
        g->shares = wr_calloc(a->member_count, sizeof *g->shares);
        g->share_count = a->member_count;
        wr_sim_share_out(a->members, a->member_count, e->partition_count, g->shares);
        for (size_t i = 0; i < g->share_count; i++) {
            g->shares[i].member = wr_strdup(g->shares[i].member);
        }
    }
    answer_comes(g);
}

static void sync_done(void *arg, const struct wr_sync_answer *a)
{
    struct group *g = arg;
    int32_t unused;
    g->error = a->error;
    wr_free(g->given);
    g->given = wr_sim_tasks_decode(a->error == WR_KE_NONE ? a->assignment : weir_null(), &unused,
                                   &g->given_count);
    answer_comes(g);
}

static struct wr_group_waiter waiter_of(struct group *g)
{
    return (struct wr_group_waiter){
        .owner = g, .arg = g, .join_done = join_done, .sync_done = sync_done};
}

static void send_join(struct group *g)
{
    struct wr_buf metadata = {0};
    g->state = JOINING;
    forget_answer(g);
    plan_repeat(g, g->k->o.kafka.session_timeout_ms + wr_sim_draw(sim_of(g), REPEAT_MS));
    if (wr_sim_strikes(sim_of(g), WR_SIM_REQUEST_LOST)) {
        plan_repeat(g, REPEAT_MS);
        return;
    }
    wr_sim_tasks_encode(&metadata, g->generation, g->owned, g->owned_count);
    struct wr_group_protocol protocol = {"cooperative-sticky", wr_buf_view(&metadata)};
    struct wr_join_request r = {
        .who = client_of(g),
        .client_id = g->k->client_id,
        .host = "/127.0.0.1",
        .protocol_type = "consumer",
        .protocols = &protocol,
        .protocol_count = 1,
        .session_ms = g->k->o.kafka.session_timeout_ms,
        .rebalance_ms = g->k->o.kafka.max_poll_interval_ms,
        .needs_member_id = true,
        .now = wr_sim_now_wall(g->k),
    };
    r.who.generation = -1;
    struct wr_group_waiter waiter = waiter_of(g);
    wr_sim_note(sim_of(g), "join", g->generation, (int64_t)g->owned_count);
    wr_groups_join(groups_of(g), &r, &waiter);
    wr_buf_free(&metadata);
    wr_sim_net_touched(g->k->o.net);
}

static void send_sync(struct group *g)
{
    g->state = SYNCING;
    forget_answer(g);
    plan_repeat(g, g->k->o.kafka.session_timeout_ms);
    struct wr_buf *data = wr_calloc(g->share_count, sizeof *data);
    struct wr_sync_assignment *list = wr_calloc(g->share_count, sizeof *list);
    for (size_t i = 0; i < g->share_count; i++) {
        wr_sim_tasks_encode(&data[i], 0, g->shares[i].tasks, g->shares[i].count);
        list[i] = (struct wr_sync_assignment){g->shares[i].member, wr_buf_view(&data[i])};
    }
    struct wr_sync_request r = {
        .who = client_of(g),
        .protocol_type = "consumer",
        .protocol = "cooperative-sticky",
        .assignments = list,
        .assignment_count = g->share_count,
        .now = wr_sim_now_wall(g->k),
    };
    struct wr_group_waiter waiter = waiter_of(g);
    wr_sim_note(sim_of(g), "sync", g->generation, (int64_t)g->share_count);
    wr_groups_sync(groups_of(g), &r, &waiter);
    for (size_t i = 0; i < g->share_count; i++) {
        wr_buf_free(&data[i]);
    }
    wr_free(data);
    wr_free(list);
    wr_sim_net_touched(g->k->o.net);
}

static void fire_repeat(struct wr_sim_event *e)
{
    struct group *g = WR_CONTAINER_OF(e, struct group, repeat);
    if (g->state == JOINING) {
        send_join(g);
    } else if (g->state == SYNCING) {
        away(g);
    }
}

/* ---- losing the membership ------------------------------------------------------------------- */

/* The group went on without us. With an unanswered event librdkafka says nothing and joins again
 * when that is answered. */
static void expelled(struct group *g, bool keep_member)
{
    g->generation = -1;
    if (!keep_member) {
        g->member[0] = '\0';
    }
    wr_sim_note(sim_of(g), "expelled", (int64_t)g->event_count, 0);
    if (g->event_count != 0 || g->leaving) {
        g->state = AWAY; /* the timer is set when the event has been answered */
        wr_sim_cancel(sim_of(g), &g->timer);
        return;
    }
    g->state = AWAY;
    wr_sim_cancel(sim_of(g), &g->timer);
    if (g->owned_count != 0) {
        push_event(g, WR_GROUP_LOST, g->owned, g->owned_count);
    } else {
        away(g);
    }
}

/* What an error of the coordinator means for the membership; true if it was one. */
static bool refused(struct group *g, enum wr_kafka_error error)
{
    switch (error) {
    case WR_KE_NONE:
        return false;
    case WR_KE_FENCED_INSTANCE_ID:
        die(g, "another member has the same group.instance.id");
        return true;
    case WR_KE_UNKNOWN_MEMBER_ID:
        expelled(g, false);
        return true;
    case WR_KE_ILLEGAL_GENERATION:
        expelled(g, true);
        return true;
    default: /* REBALANCE_IN_PROGRESS, COORDINATOR_...: join again */
        away(g);
        return true;
    }
}

/* ---- answers --------------------------------------------------------------------------------- */

static void plan_heartbeat(struct group *g)
{
    struct wr_sim *s = sim_of(g);
    wr_sim_at(s, &g->timer, s->now + g->k->o.kafka.heartbeat_interval_ms + wr_sim_draw(s, 10));
}

/* What the new generation means for what we have. */
static void take_assignment(struct group *g)
{
    size_t gone_count;
    size_t new_count;
    int32_t *gone = without(g->owned, g->owned_count, g->given, g->given_count, &gone_count);
    int32_t *added = without(g->given, g->given_count, g->owned, g->owned_count, &new_count);
    g->state = MEMBER;
    g->beat_ok_ms = sim_of(g)->now;
    plan_heartbeat(g);
    if (gone_count != 0) {
        push_event(g, WR_GROUP_REVOKE, gone, gone_count);
        wr_free(g->next);
        g->next = added;
        g->next_count = new_count;
        g->has_next = true;
    } else {
        push_event(g, WR_GROUP_ASSIGN, added, new_count);
        wr_free(added);
    }
    wr_free(gone);
}

static void fire_answer(struct wr_sim_event *e)
{
    struct group *g = WR_CONTAINER_OF(e, struct group, answer);
    if (g->state != JOINING && g->state != SYNCING) {
        return;
    }
    wr_sim_cancel(sim_of(g), &g->repeat);
    wr_sim_note(sim_of(g), g->state == JOINING ? "joined" : "synced", g->error, g->new_generation);
    if (g->state == JOINING && g->error == WR_KE_MEMBER_ID_REQUIRED) {
        memcpy(g->member, g->new_member, sizeof g->member);
        send_join(g);
        return;
    }
    if (g->error != WR_KE_NONE) {
        if (g->state == JOINING && g->error == WR_KE_UNKNOWN_MEMBER_ID) {
            g->generation = -1;
            g->member[0] = '\0';
            away(g);
            return;
        }
        (void)refused(g, g->error);
        return;
    }
    if (g->state == JOINING) {
        memcpy(g->member, g->new_member, sizeof g->member);
        g->generation = g->new_generation;
        send_sync(g);
    } else if (g->state == SYNCING) {
        take_assignment(g);
    }
}

/* ---- heartbeats ------------------------------------------------------------------------------ */

struct beat {
    struct wr_sim_request request;
    struct group *group; /* NULL: gone */
    char *group_name;
    char member[MEMBER_MAX];
    char *instance;
    int32_t generation;
    bool leave;
};

static struct beat *beat_of(struct wr_sim_request *r)
{
    return WR_CONTAINER_OF(r, struct beat, request);
}

static void execute_beat(struct wr_sim_request *r, struct wr_sim_answer *a)
{
    struct beat *b = beat_of(r);
    struct wr_group_client who = {b->group_name, b->generation, b->member, b->instance};
    int64_t now = wr_sim_wall(r->net->sim);
    struct wr_groups *groups = r->net->broker->groups;
    a->error =
        b->leave ? wr_groups_leave(groups, &who, now) : wr_groups_heartbeat(groups, &who, now);
}

static void beat_answered(struct wr_sim_request *r, const struct wr_sim_answer *a)
{
    struct beat *b = beat_of(r);
    struct group *g = b->group;
    g->beating = NULL;
    if (g->state != MEMBER || g->generation != b->generation || strcmp(g->member, b->member) != 0) {
        return; /* of an earlier membership */
    }
    if (a->error == WR_KE_NONE || a->error == WR_KE_REBALANCE_IN_PROGRESS) {
        g->beat_ok_ms = sim_of(g)->now;
    }
    if (a->error == WR_KE_REBALANCE_IN_PROGRESS) {
        if (g->event_count == 0 && !g->leaving) {
            away(g);
        }
        return;
    }
    (void)refused(g, a->error);
}

static void free_beat(struct wr_sim_request *r)
{
    struct beat *b = beat_of(r);
    wr_free(b->group_name);
    wr_free(b->instance);
    wr_free(b);
}

static struct wr_sim_request *send_beat(struct group *g, bool leave)
{
    struct beat *b = WR_NEW(struct beat);
    wr_sim_request_init(&b->request, g->k, leave ? "leave" : "heartbeat");
    b->request.execute = execute_beat;
    b->request.answered = beat_answered;
    b->request.fini = free_beat;
    b->group = g;
    b->group_name = wr_strdup(g->k->application_id);
    memcpy(b->member, g->member, sizeof b->member);
    b->instance = wr_strdup(g->instance);
    b->generation = g->generation;
    b->leave = leave;
    wr_sim_send(&b->request);
    return &b->request;
}

static bool overslept(const struct group *g)
{
    int64_t now = sim_of(g)->now;
    return now - g->beat_ok_ms > g->k->o.kafka.session_timeout_ms ||
           now - g->polled_ms > g->k->o.kafka.max_poll_interval_ms;
}

static void fire_timer(struct wr_sim_event *e)
{
    struct group *g = WR_CONTAINER_OF(e, struct group, timer);
    if (g->state == AWAY) {
        send_join(g);
        return;
    }
    if (g->state != MEMBER) {
        return;
    }
    plan_heartbeat(g);
    if (overslept(g)) {
        expelled(g, false);
    } else if (g->beating == NULL) {
        g->beating = send_beat(g, false);
    }
}

/* ---- the port -------------------------------------------------------------------------------- */

enum weir_code wr_sim_group_open(struct wr_kafka *k, const struct wr_group_options *o,
                                 struct wr_group **out, struct weir_error *err)
{
    WR_UNUSED(err);
    struct group *g = WR_NEW(struct group);
    g->base.ops = &wr_sim_ops;
    g->k = (struct wr_sim_kafka *)k;
    g->topic = wr_strdup(o->topic);
    g->instance = wr_strdup(o->instance_id);
    g->wake = o->wake;
    g->gate = o->gate != NULL ? wr_group_gate_ref(o->gate) : NULL;
    g->generation = -1;
    g->owned = wr_calloc(1, sizeof *g->owned);
    struct wr_sim_process *process = g->k->o.process;
    g->timer = (struct wr_sim_event){.fire = fire_timer, .process = process};
    g->answer = (struct wr_sim_event){.fire = fire_answer, .process = process};
    g->repeat = (struct wr_sim_event){.fire = fire_repeat, .process = process};
    g->k->group = *out = &g->base;
    return WEIR_OK;
}

enum weir_code wr_sim_group_join(struct wr_group *base, struct weir_error *err)
{
    struct group *g = (struct group *)base;
    WR_UNUSED(err);
    g->polled_ms = sim_of(g)->now;
    if (!g->k->cut) {
        away(g);
    }
    return WEIR_OK;
}

/* rdk_group.c: a member that was expelled without a word. */
static bool was_expelled(struct group *g)
{
    if (g->events[0].kind == WR_GROUP_LOST) {
        return false;
    }
    bool same = is_member(g) ? g->known[0] == '\0' || strcmp(g->known, g->member) == 0 : g->leaving;
    if (!same) {
        die(g, "the group went on without this instance");
    } else if (is_member(g)) {
        memcpy(g->known, g->member, sizeof g->known);
    }
    return !same;
}

static void poll_closing(struct group *g)
{
    if (!g->all_revoked) {
        g->all_revoked = true;
        if (g->owned_count != 0 && is_member(g)) {
            push_event(g, WR_GROUP_REVOKE, g->owned, g->owned_count);
            return;
        }
    }
    if (is_member(g) && (g->instance == NULL || g->give_up)) {
        struct wr_sim_request *r = send_beat(g, true);
        beat_of(r)->group = NULL;
        wr_sim_give_up(r);
    }
    g->state = CLOSED;
    forget_answer(g);
    wr_sim_cancel(sim_of(g), &g->timer);
}

static void poll_dead(struct group *g, struct wr_group_event *event)
{
    event->kind = g->fatal_told ? WR_GROUP_NOTHING : WR_GROUP_FATAL;
    wr_fail(&event->error, WEIR_EFENCED, "the membership is lost: %s", g->why);
    g->fatal_told = true;
}

void wr_sim_group_poll(struct wr_group *base, struct wr_group_event *event)
{
    struct group *g = (struct group *)base;
    *event = (struct wr_group_event){.kind = WR_GROUP_NOTHING};
    g->polled_ms = sim_of(g)->now;
    if (g->k->cut) {
        event->kind = g->leaving ? WR_GROUP_CLOSED : WR_GROUP_NOTHING;
        return;
    }
    if (g->state == DEAD) {
        poll_dead(g, event);
        return;
    }
    if (g->leaving && g->event_count == 0 && g->state != CLOSED) {
        poll_closing(g);
    }
    if (g->state == CLOSED) {
        event->kind = WR_GROUP_CLOSED;
        return;
    }
    if (g->event_count == 0 || g->open) {
        return;
    }
    const struct pending *p = &g->events[0];
    g->open = true;
    if (p->kind == WR_GROUP_LOST) {
        g->known[0] = '\0';
    }
    if (was_expelled(g)) {
        poll_dead(g, event);
        return;
    }
    event->kind = p->kind;
    event->tasks = p->tasks;
    event->task_count = p->count;
    wr_sim_note(sim_of(g), "event", (int64_t)p->kind, (int64_t)p->count);
}

bool wr_sim_group_error(struct wr_group *g, struct wr_handle_error *e)
{
    return wr_sim_handle_error(((struct group *)g)->k, e);
}

bool wr_sim_group_die(struct wr_group *base)
{
    struct group *g = (struct group *)base;
    if (g->state == DEAD || g->state == CLOSED || g->leaving) {
        return false;
    }
    die(g, "another member has the same group.instance.id");
    return true;
}

/* After ASSIGN: it is ours. */
static void settle_assign(struct group *g)
{
    const struct pending *p = &g->events[0];
    int32_t *all = wr_calloc(g->owned_count + p->count, sizeof *all);
    memcpy(all, g->owned, g->owned_count * sizeof *all);
    memcpy(all + g->owned_count, p->tasks, p->count * sizeof *all);
    set_owned(g, all, g->owned_count + p->count);
    pop_event(g);
    if (g->rejoin || g->state == AWAY) {
        g->rejoin = false;
        away(g);
    }
}

static void settle_revoke(struct group *g)
{
    const struct pending *p = &g->events[0];
    size_t count;
    int32_t *left = without(g->owned, g->owned_count, p->tasks, p->count, &count);
    set_owned(g, left, count);
    pop_event(g);
    if (g->has_next && !g->leaving) {
        g->has_next = false;
        g->rejoin = true;
        push_event(g, WR_GROUP_ASSIGN, g->next, g->next_count);
    } else if (g->state == AWAY && !g->leaving) {
        away(g);
    }
}

enum weir_code wr_sim_group_answer(struct wr_group *base, struct weir_error *err)
{
    struct group *g = (struct group *)base;
    if (g->k->cut) {
        return WEIR_OK;
    }
    wr_assert(g->open);
    if (g->state == DEAD || was_expelled(g)) {
        return wr_fail(err, WEIR_EFENCED, "the membership is lost: %s", g->why);
    }
    switch (g->events[0].kind) {
    case WR_GROUP_ASSIGN:
        settle_assign(g);
        break;
    case WR_GROUP_REVOKE:
        settle_revoke(g);
        break;
    default:
        set_owned(g, wr_calloc(1, sizeof *g->owned), 0);
        pop_event(g);
        if (!g->leaving) {
            away(g);
        }
        break;
    }
    return WEIR_OK;
}

struct wr_group_meta *wr_sim_group_metadata(struct wr_group *base)
{
    const struct group *g = (const struct group *)base;
    if (g->k->cut || g->state == DEAD || g->state == CLOSED) {
        return NULL;
    }
    struct wr_group_stamp stamp = {g->k->application_id, g->generation, g->member, g->instance};
    return wr_group_meta_new(&stamp);
}

void wr_sim_group_leave(struct wr_group *base, bool give_up)
{
    struct group *g = (struct group *)base;
    if (g->state == IDLE) {
        g->state = CLOSED;
    }
    g->leaving = true;
    g->give_up = give_up;
}

void wr_sim_group_close(struct wr_group *base, bool abandon)
{
    struct group *g = (struct group *)base;
    wr_assert(abandon || g->k->cut || g->state == CLOSED || g->state == DEAD);
    forget_answer(g);
    g->k->group = NULL;
    wr_sim_cancel(sim_of(g), &g->timer);
    if (g->beating != NULL) {
        beat_of(g->beating)->group = NULL;
        wr_sim_give_up(g->beating);
    }
    g->open = false;
    while (g->event_count != 0) {
        pop_event(g);
    }
    free_shares(g);
    wr_group_gate_unref(g->gate);
    wr_free(g->given);
    wr_free(g->next);
    wr_free(g->owned);
    wr_free(g->topic);
    wr_free(g->instance);
    wr_free(g);
}
