/* sim_net.c -- requests on their way, and the broker's own time. See sim_net.h. */
#include "src/base/base.h"

#include "broker/broker.h"
#include "src/base/mem.h"
#include "testkit/sim_net.h"

enum {
    WAY_MS = 4,     /* most ways are shorter */
    SLOW_MS = 400,  /* and few as long as this */
    REPEAT_MS = 60, /* a broken connection is noticed after so long, or twice that */
    LATE_MS = 1500, /* what is late is so late at the most */
    MARKER_MS = 12, /* between a decision and its markers */
    MARKER_SLOW_MS = 300,
};

int64_t wr_sim_way(struct wr_sim *s)
{
    return wr_sim_strikes(s, WR_SIM_SLOW) ? 1 + wr_sim_draw_bad(s, SLOW_MS)
                                          : wr_sim_draw(s, WAY_MS);
}

/* ---- the broker ------------------------------------------------------------------------------ */

static void plan_markers(struct wr_sim_net *n)
{
    if (!wr_sim_waits(&n->marker)) {
        int64_t wait = wr_sim_strikes(n->sim, WR_SIM_SLOW)
                           ? 1 + wr_sim_draw_bad(n->sim, MARKER_SLOW_MS)
                           : wr_sim_draw(n->sim, MARKER_MS);
        wr_sim_at(n->sim, &n->marker, n->sim->now + wait);
    }
}

static void fire_tick(struct wr_sim_event *e)
{
    struct wr_sim_net *n = WR_CONTAINER_OF(e, struct wr_sim_net, tick);
    wr_broker_tick(n->broker, wr_sim_wall(n->sim));
    plan_markers(n);
    wr_sim_net_touched(n);
}

static void fire_marker(struct wr_sim_event *e)
{
    struct wr_sim_net *n = WR_CONTAINER_OF(e, struct wr_sim_net, marker);
    if (wr_txns_write_marker(n->broker->txns, wr_sim_wall(n->sim))) {
        wr_sim_note(n->sim, "marker", 0, 0);
        plan_markers(n);
        wr_sim_net_touched(n);
    }
}

void wr_sim_net_init(struct wr_sim_net *n, struct wr_sim *sim, struct wr_broker *broker)
{
    *n = (struct wr_sim_net){
        .sim = sim, .broker = broker, .tick.fire = fire_tick, .marker.fire = fire_marker};
    wr_sim_net_touched(n);
}

void wr_sim_net_touched(struct wr_sim_net *n)
{
    int64_t next = wr_broker_next(n->broker);
    if (next == INT64_MAX) {
        wr_sim_cancel(n->sim, &n->tick);
    } else {
        next = wr_max_i64(next - WR_SIM_WALL, n->sim->now);
        if (!wr_sim_waits(&n->tick) || n->tick.at != next) {
            wr_sim_at(n->sim, &n->tick, next);
        }
    }
    for (size_t i = 0; i < n->watches.count; i++) {
        struct wr_sim_watch *w = n->watches.items[i];
        uint64_t version = wr_partition_log_version(w->log);
        if (version != w->seen) {
            w->seen = version;
            w->changed(w);
        }
    }
}

void wr_sim_net_decided(struct wr_sim_net *n)
{
    plan_markers(n);
    wr_sim_net_touched(n);
}

void wr_sim_watch(struct wr_sim_net *n, struct wr_sim_watch *w)
{
    w->seen = wr_partition_log_version(w->log);
    wr_ptrs_push(&n->watches, w);
}

void wr_sim_unwatch(struct wr_sim_net *n, struct wr_sim_watch *w)
{
    wr_ptrs_remove(&n->watches, w);
}

/* ---- requests -------------------------------------------------------------------------------- */

/* One sending of a request. */
struct attempt {
    struct wr_sim_event event;
    struct wr_sim_request *request;
    struct wr_sim_answer answer;
};

static void unref(struct wr_sim_request *r)
{
    if (--r->refs == 0) {
        wr_sim_cancel(r->net->sim, &r->again);
        r->fini(r);
    }
}

static void end_attempt(struct attempt *a)
{
    struct wr_sim_request *r = a->request;
    wr_ptrs_remove(&r->net->attempts, a);
    wr_free(a);
    unref(r);
}

static void execute(struct attempt *a)
{
    struct wr_sim_request *r = a->request;
    struct wr_sim_net *n = r->net;
    r->execute(r, &a->answer);
    wr_sim_note(n->sim, r->name, a->answer.error, a->answer.offset);
    if (r->decides) {
        plan_markers(n);
    }
    wr_sim_net_touched(n);
}

static void fire_back(struct wr_sim_event *e)
{
    struct attempt *a = WR_CONTAINER_OF(e, struct attempt, event);
    struct wr_sim_request *r = a->request;
    if (!r->given_up) {
        r->answered(r, &a->answer);
    }
    end_attempt(a);
}

static void fire_late(struct wr_sim_event *e)
{
    struct attempt *a = WR_CONTAINER_OF(e, struct attempt, event);
    if (a->request->ends) {
        wr_sim_effect(a->request->net->sim, WR_SIM_LATE_END);
    }
    execute(a);
    end_attempt(a);
}

static void fire_repeat(struct wr_sim_event *e)
{
    struct attempt *a = WR_CONTAINER_OF(e, struct attempt, event);
    struct wr_sim_request *r = a->request;
    if (!r->given_up) {
        r->refs++;
        wr_sim_send(r);
    }
    end_attempt(a);
}

static struct attempt *new_attempt(struct wr_sim_request *r)
{
    struct attempt *a = WR_NEW(struct attempt);
    a->request = r;
    r->refs++;
    wr_ptrs_push(&r->net->attempts, a);
    return a;
}

/* The client waits in vain, and sends it again. */
static void plan_repeat(struct attempt *a)
{
    struct wr_sim *s = a->request->net->sim;
    a->event.fire = fire_repeat;
    a->event.process = a->request->process;
    wr_sim_at(s, &a->event, s->now + REPEAT_MS + wr_sim_draw(s, REPEAT_MS));
}

static void fire_arrive(struct wr_sim_event *e)
{
    struct attempt *a = WR_CONTAINER_OF(e, struct attempt, event);
    struct wr_sim *s = a->request->net->sim;
    execute(a);
    if (wr_sim_strikes(s, WR_SIM_ANSWER_LOST)) {
        plan_repeat(a);
        return;
    }
    a->event.fire = fire_back;
    a->event.process = a->request->process;
    wr_sim_at(s, &a->event, s->now + wr_sim_way(s));
}

void wr_sim_send(struct wr_sim_request *r)
{
    struct wr_sim *s = r->net->sim;
    struct attempt *a = new_attempt(r);
    if (r->sent != NULL) {
        r->sent(r);
    }
    if (r->harmful && wr_sim_strikes(s, WR_SIM_LATE_COPY)) {
        struct attempt *late = new_attempt(r);
        late->event.fire = fire_late;
        wr_sim_at(s, &late->event, s->now + REPEAT_MS + wr_sim_draw_bad(s, LATE_MS));
        plan_repeat(a);
    } else if (wr_sim_strikes(s, WR_SIM_REQUEST_LOST)) {
        plan_repeat(a);
    } else {
        a->event.fire = fire_arrive;
        wr_sim_at(s, &a->event, s->now + wr_sim_way(s));
    }
    unref(r); /* what the caller had */
}

static void fire_again(struct wr_sim_event *e)
{
    struct wr_sim_request *r = WR_CONTAINER_OF(e, struct wr_sim_request, again);
    if (r->given_up) {
        unref(r);
    } else {
        wr_sim_send(r);
    }
}

void wr_sim_send_again(struct wr_sim_request *r, int64_t after_ms)
{
    struct wr_sim *s = r->net->sim;
    r->refs++;
    r->again.fire = fire_again;
    r->again.process = r->process;
    wr_sim_at(s, &r->again, s->now + after_ms);
}

void wr_sim_give_up(struct wr_sim_request *r)
{
    r->given_up = true;
    r->process = NULL;
    if (wr_sim_waits(&r->again)) {
        wr_sim_cancel(r->net->sim, &r->again);
        unref(r);
    }
}

void wr_sim_net_fini(struct wr_sim_net *n)
{
    while (n->attempts.count != 0) {
        struct attempt *a = n->attempts.items[n->attempts.count - 1];
        wr_sim_cancel(n->sim, &a->event);
        end_attempt(a);
    }
    wr_sim_cancel(n->sim, &n->tick);
    wr_sim_cancel(n->sim, &n->marker);
    wr_assert(n->watches.count == 0);
    wr_ptrs_free(&n->watches);
    wr_ptrs_free(&n->attempts);
}
