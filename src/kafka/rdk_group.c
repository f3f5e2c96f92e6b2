/* rdk_group.c -- the group handle: membership in the application's group, which fetches nothing.
 *
 * Rebalances are events of the client's queue, answered with an empty list: the tasks are ours by
 * the group protocol, what they read is assigned on other handles. Leaving forwards the queue to
 * one of our own, from which the last events come.
 *
 * Invariants: at most one event is unanswered; after DEAD nothing is asked of the client any more.
 * A client with a fatal error can neither be closed nor destroyed in the ordinary way (destroying
 * it does not return), and one below 2.3.0 that has joined but not been given its first assignment
 * ends the process when it is destroyed: that one is left to the process. Thread: the handle's.
 */
#include "src/base/base.h"

#include <string.h>

#include "src/base/err.h"
#include "src/base/fsm.h"
#include "src/base/mem.h"
#include "src/kafka/rdk.h"

enum state {
    IDLE,    /* opened */
    JOINED,  /* subscribed */
    GIVING,  /* unsubscribed: the last revoke is to come, then LeaveGroup */
    WAITING, /* to be closed as soon as that is safe */
    CLOSING, /* librdkafka is closing it */
    CLOSED,
    DEAD, /* fatal */
};

static const char *const state_names[] = {"idle",    "joined", "giving up", "waiting",
                                          "closing", "closed", "dead"};
static const uint32_t edges[] = {
    [IDLE] = WR_FSM_TO(JOINED) | WR_FSM_TO(CLOSED) | WR_FSM_TO(DEAD),
    [JOINED] = WR_FSM_TO(GIVING) | WR_FSM_TO(WAITING) | WR_FSM_TO(DEAD),
    [GIVING] = WR_FSM_TO(WAITING) | WR_FSM_TO(DEAD),
    [WAITING] = WR_FSM_TO(CLOSING) | WR_FSM_TO(CLOSED) | WR_FSM_TO(DEAD),
    [CLOSING] = WR_FSM_TO(CLOSED) | WR_FSM_TO(DEAD),
    [CLOSED] = 0,
    [DEAD] = 0,
};
static const struct wr_fsm_def machine = {"group handle", state_names, edges, WR_ARRAY_LEN(edges)};

/* How long each step of leaving waits: for the first event, for LeaveGroup to be sent, for the end.
 */
enum { LEAVE_WAIT_MS = 5000 };

struct wr_rdk_group {
    struct wr_group base;
    struct wr_rdk_handle handle;
    struct wr_fsm state;
    char *topic;
    char *instance;
    struct wr_wake *wake;
    struct wr_group_gate *gate; /* may be NULL */
    rd_kafka_queue_t *events;
    rd_kafka_queue_t *last_events; /* while closing */
    bool assigned_once;
    char *member;                  /* id of the membership that the last event belonged to */
    enum wr_group_event_kind open; /* unanswered: ASSIGN, REVOKE, LOST; else NOTHING */
    int32_t *tasks;                /* of the open event */
    int64_t leave_until;           /* end of the present step of leaving, monotonic ms */
    struct weir_error fatal;       /* DEAD: why */
    bool fatal_told;
};

static const struct wr_rdk_job_ops closing_ops;

enum weir_code wr_rdk_group_open(struct wr_kafka *base, const struct wr_group_options *options,
                                 struct wr_group **out, struct weir_error *err)
{
    struct wr_rdk_group *g = WR_NEW(struct wr_rdk_group);
    *out = NULL;
    g->base.ops = &wr_rdk_ops;
    enum weir_code code = wr_rdk_handle_open(&g->handle, (struct wr_rdk_kafka *)base, NULL, err);
    if (code != WEIR_OK) {
        wr_free(g);
        return code;
    }
    wr_fsm_init(&g->state, &machine, IDLE);
    g->handle.closing.ops = &closing_ops;
    g->topic = wr_strdup(options->topic);
    g->instance = wr_strdup(options->instance_id);
    g->wake = options->wake;
    g->gate = options->gate != NULL ? wr_group_gate_ref(options->gate) : NULL;

    struct wr_rdk_conf_for f = {.role = WR_RDK_GROUP, .instance = options->instance_id};
    rd_kafka_conf_t *conf = wr_rdk_conf_new(g->handle.kafka, &f, NULL);
    rd_kafka_conf_set_events(conf, RD_KAFKA_EVENT_REBALANCE);
    if (g->gate != NULL) {
        wr_rdk_close_gate(conf, g->gate);
    }
    code = wr_rdk_client_new(conf, false, &g->handle.box, &g->handle.rk, err);
    if (code != WEIR_OK) {
        wr_rdk_group_close(&g->base, true);
        return code;
    }
    rd_kafka_poll_set_consumer(g->handle.rk);
    g->events = rd_kafka_queue_get_consumer(g->handle.rk);
    wr_rdk_queue_wakes(g->events, g->wake);
    *out = &g->base;
    return WEIR_OK;
}

enum weir_code wr_rdk_group_join(struct wr_group *base, struct weir_error *err)
{
    struct wr_rdk_group *g = (struct wr_rdk_group *)base;
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, g->topic, RD_KAFKA_PARTITION_UA);
    rd_kafka_resp_err_t rc = rd_kafka_subscribe(g->handle.rk, list);
    rd_kafka_topic_partition_list_destroy(list);
    if (rc != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return wr_rdk_fail(err, rc, "join the group");
    }
    wr_fsm_go(&g->state, JOINED);
    return WEIR_OK;
}

/* ---- events ---- */

static int64_t now_ms(const struct wr_rdk_group *g)
{
    return wr_mono_ms(g->handle.kafka->clock);
}

static void die(struct wr_rdk_group *g, const char *why)
{
    if (g->state.state != DEAD) {
        wr_fsm_go(&g->state, DEAD);
    }
    g->open = WR_GROUP_NOTHING;
    wr_fail(&g->fatal, WEIR_EFENCED, "the membership in group \"%s\" is lost: %s",
            g->handle.kafka->application_id, why);
}

/* A member that finds out that it was expelled while a rebalance is unanswered joins again without
 * a word about what it has lost (in 2.0.2 and newer ones revoke_all_rejoin_maybe skips the loss).
 * Its generation is invalid until then, and its id another one afterwards. One that is leaving may
 * well have none any more, but never another one. */
static bool was_expelled(struct wr_rdk_group *g)
{
    int state = g->state.state;
    bool leaving = state == GIVING || state == WAITING;
    if ((state != JOINED && !leaving) || g->open == WR_GROUP_LOST) {
        return false;
    }
    struct wr_group_meta *meta = wr_rdk_group_metadata(&g->base);
    bool same = meta == NULL
                    ? leaving
                    : g->member == NULL || strcmp(g->member, wr_group_meta_member(meta)) == 0;
    if (same && meta != NULL && g->member == NULL) {
        g->member = wr_strdup(wr_group_meta_member(meta));
    }
    wr_group_meta_unref(meta);
    if (!same) { /* the client lives: what is open has to be answered before it is destroyed */
        wr_fsm_go(&g->state, DEAD);
        wr_fail(&g->fatal, WEIR_EFENCED,
                "the membership in group \"%s\" is lost: the group went on without this instance",
                g->handle.kafka->application_id);
    }
    return !same;
}

static bool is_over(const struct wr_rdk_group *g)
{
    return g->state.state == CLOSED || g->state.state == DEAD;
}

static void note_fatal(struct wr_rdk_group *g)
{
    char text[512] = "";
    if (rd_kafka_fatal_error(g->handle.rk, text, sizeof text) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        die(g, text);
    }
}

static void take_rebalance(struct wr_rdk_group *g, rd_kafka_event_t *e,
                           struct wr_group_event *event)
{
    bool assign = rd_kafka_event_error(e) == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
    const rd_kafka_topic_partition_list_t *list = rd_kafka_event_topic_partition_list(e);
    wr_assert(g->open == WR_GROUP_NOTHING);
    if (assign) {
        g->open = WR_GROUP_ASSIGN;
        g->assigned_once = true;
    } else {
        g->open = rd_kafka_assignment_lost(g->handle.rk) ? WR_GROUP_LOST : WR_GROUP_REVOKE;
    }
    if (g->open == WR_GROUP_LOST) {
        wr_free(g->member);
        g->member = NULL;
    }
    (void)was_expelled(g); /* poll says so */
    wr_free(g->tasks);
    g->tasks = wr_calloc((size_t)list->cnt, sizeof *g->tasks);
    for (int i = 0; i < list->cnt; i++) {
        g->tasks[i] = list->elems[i].partition;
    }
    event->kind = g->open;
    event->tasks = g->tasks;
    event->task_count = (size_t)list->cnt;
}

/* Serve the client's queue up to the next rebalance; callbacks run in here. */
static void serve(struct wr_rdk_group *g, struct wr_group_event *event)
{
    rd_kafka_queue_t *queue = g->last_events != NULL ? g->last_events : g->events;
    while (event->kind == WR_GROUP_NOTHING) {
        rd_kafka_event_t *e = rd_kafka_queue_poll(queue, 0);
        if (e == NULL) {
            return;
        }
        if (rd_kafka_event_type(e) == RD_KAFKA_EVENT_REBALANCE) {
            take_rebalance(g, e, event);
        } else if (rd_kafka_event_error(e) != RD_KAFKA_RESP_ERR_NO_ERROR) {
            wr_rdk_box_note(&g->handle.box, rd_kafka_event_error(e),
                            rd_kafka_event_error_string(e));
        }
        rd_kafka_event_destroy(e);
    }
}

static bool may_be_destroyed(const struct wr_rdk_group *g)
{
    return g->state.state == IDLE || g->assigned_once || rd_kafka_version() >= WR_RDK_2_3_0;
}

static void begin_closing(struct wr_rdk_group *g)
{
    g->last_events = rd_kafka_queue_new(g->handle.rk);
    wr_rdk_queue_wakes(g->last_events, g->wake);
    rd_kafka_error_t *error = rd_kafka_consumer_close_queue(g->handle.rk, g->last_events);
    if (error == NULL) {
        wr_fsm_go(&g->state, CLOSING);
        g->leave_until = now_ms(g) + LEAVE_WAIT_MS;
        return;
    }
    die(g, rd_kafka_error_string(error));
    rd_kafka_error_destroy(error);
}

/* A member that gives up closes only after it has told the group: once it closes, a static one
 * would no longer. */
static bool is_member(struct wr_rdk_group *g)
{
    struct wr_group_meta *meta = wr_rdk_group_metadata(&g->base);
    wr_group_meta_unref(meta);
    return meta != NULL;
}

/* Go on with leaving; nothing is unanswered. */
static void advance_leaving(struct wr_rdk_group *g)
{
    bool late = now_ms(g) >= g->leave_until;
    if (g->state.state == GIVING && (late || !is_member(g))) {
        wr_fsm_go(&g->state, WAITING);
        g->leave_until = now_ms(g) + LEAVE_WAIT_MS;
        late = false;
    }
    if (g->state.state == WAITING && may_be_destroyed(g)) {
        begin_closing(g);
    } else if (g->state.state == WAITING && late) {
        wr_fsm_go(&g->state, CLOSED);
    }
    if (g->state.state == CLOSING && (late || rd_kafka_consumer_closed(g->handle.rk))) {
        wr_fsm_go(&g->state, CLOSED);
    }
}

void wr_rdk_group_poll(struct wr_group *base, struct wr_group_event *event)
{
    struct wr_rdk_group *g = (struct wr_rdk_group *)base;
    *event = (struct wr_group_event){.kind = WR_GROUP_NOTHING};
    if (!is_over(g) && g->open == WR_GROUP_NOTHING) {
        serve(g, event);
        note_fatal(g);
    }
    if (!is_over(g) && g->open == WR_GROUP_NOTHING) {
        advance_leaving(g);
    }
    if (g->state.state == DEAD) {
        *event = (struct wr_group_event){.kind = g->fatal_told ? WR_GROUP_NOTHING : WR_GROUP_FATAL,
                                         .error = g->fatal};
        g->fatal_told = true;
    } else if (g->state.state == CLOSED) {
        event->kind = WR_GROUP_CLOSED;
    }
}

bool wr_rdk_group_error(struct wr_group *base, struct wr_handle_error *e)
{
    return wr_rdk_box_take(&((struct wr_rdk_group *)base)->handle.box, e);
}

enum weir_code wr_rdk_group_answer(struct wr_group *base, struct weir_error *err)
{
    struct wr_rdk_group *g = (struct wr_rdk_group *)base;
    wr_assert(g->open != WR_GROUP_NOTHING);
    if (g->gate != NULL) {
        wr_group_gate_before_join(g->gate); /* at once, if something was given up */
    }
    if (was_expelled(g)) {
        return wr_fail_copy(err, &g->fatal);
    }
    rd_kafka_topic_partition_list_t *none = rd_kafka_topic_partition_list_new(0);
    rd_kafka_error_t *error = g->open == WR_GROUP_ASSIGN
                                  ? rd_kafka_incremental_assign(g->handle.rk, none)
                                  : rd_kafka_incremental_unassign(g->handle.rk, none);
    rd_kafka_topic_partition_list_destroy(none);
    g->open = WR_GROUP_NOTHING;
    g->leave_until = now_ms(g) + LEAVE_WAIT_MS;
    if (error == NULL) {
        return WEIR_OK;
    }
    /* A member whose answer was refused is never given anything again. */
    die(g, rd_kafka_error_string(error));
    rd_kafka_error_destroy(error);
    return wr_fail_copy(err, &g->fatal);
}

/* ---- metadata ---- */

bool wr_rdk_parse_metadata(const void *data, size_t len, struct wr_group_stamp *out)
{
    static const char magic[] = "CGMDv2:";
    const char *p = data;
    const char *end = p + len;
    if (len < sizeof magic - 1 + sizeof out->generation ||
        memcmp(p, magic, sizeof magic - 1) != 0) {
        return false;
    }
    p += sizeof magic - 1;
    memcpy(&out->generation, p, sizeof out->generation);
    p += sizeof out->generation;
    const char *texts[3] = {NULL, NULL, NULL}; /* group, member, instance */
    for (int i = 0; i < 3; i++) {
        if (i == 2 && (p == end || *p++ != 0)) {
            break; /* the flag says: no instance */
        }
        const char *stop = memchr(p, '\0', (size_t)(end - p));
        if (stop == NULL) {
            return false;
        }
        texts[i] = p;
        p = stop + 1;
    }
    out->group = texts[0];
    out->member = texts[1];
    out->instance = texts[2];
    return true;
}

struct wr_group_meta *wr_rdk_group_metadata(struct wr_group *base)
{
    struct wr_rdk_group *g = (struct wr_rdk_group *)base;
    rd_kafka_consumer_group_metadata_t *md =
        is_over(g) ? NULL : rd_kafka_consumer_group_metadata(g->handle.rk);
    if (md == NULL) {
        return NULL;
    }
    void *bytes = NULL;
    size_t size = 0;
    struct wr_group_meta *meta = NULL;
    struct wr_group_stamp m;
    rd_kafka_error_t *error = rd_kafka_consumer_group_metadata_write(md, &bytes, &size);
    if (error == NULL && wr_rdk_parse_metadata(bytes, size, &m)) {
        meta = wr_group_meta_new(&m);
    }
    rd_kafka_error_destroy(error);
    rd_kafka_mem_free(g->handle.rk, bytes);
    rd_kafka_consumer_group_metadata_destroy(md);
    return meta;
}

/* ---- the end ---- */

void wr_rdk_group_leave(struct wr_group *base, bool give_up)
{
    struct wr_rdk_group *g = (struct wr_rdk_group *)base;
    if (g->state.state == IDLE) {
        wr_fsm_go(&g->state, CLOSED);
        return;
    }
    if (g->state.state != JOINED) {
        return; /* leaving already, or dead */
    }
    g->leave_until = now_ms(g) + LEAVE_WAIT_MS;
    wr_fsm_go(&g->state, give_up ? GIVING : WAITING);
    if (give_up) {
        rd_kafka_unsubscribe(g->handle.rk);
    }
}

static enum wr_outcome destroy(struct wr_rdk_job *job, struct wr_rdk_turn *turn)
{
    WR_UNUSED(turn);
    struct wr_rdk_group *g = WR_CONTAINER_OF(job, struct wr_rdk_group, handle.closing);
    if (g->handle.rk != NULL) {
        wr_rdk_client_destroy(g->handle.rk);
    }
    return WR_CALL_OK;
}

static void free_group(struct wr_rdk_job *job)
{
    struct wr_rdk_group *g = WR_CONTAINER_OF(job, struct wr_rdk_group, handle.closing);
    wr_rdk_handle_fini(&g->handle);
    wr_group_gate_unref(g->gate);
    wr_free(g->topic);
    wr_free(g->instance);
    wr_free(g->member);
    wr_free(g->tasks);
    wr_free(g);
}

static const struct wr_rdk_job_ops closing_ops = {destroy, free_group};

static void drop_queue(rd_kafka_queue_t *queue)
{
    if (queue != NULL) {
        rd_kafka_queue_io_event_enable(queue, -1, NULL, 0);
        rd_kafka_queue_destroy(queue);
    }
}

/* More than can be under way at once. */
enum { REBALANCES_MAX = 8 };

/* Newer libraries (seen with 2.16) do not come back from destroying a client whose rebalance is
 * unanswered. */
static void answer_what_is_left(struct wr_rdk_group *g)
{
    if (rd_kafka_fatal_error(g->handle.rk, NULL, 0) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return;
    }
    for (int i = 0; i < REBALANCES_MAX; i++) {
        struct wr_group_event event;
        if (g->open != WR_GROUP_NOTHING) {
            (void)wr_rdk_group_answer(&g->base, NULL);
        }
        event.kind = WR_GROUP_NOTHING;
        serve(g, &event);
        if (g->open == WR_GROUP_NOTHING) {
            return;
        }
    }
}

void wr_rdk_group_close(struct wr_group *base, bool abandon)
{
    struct wr_rdk_group *g = (struct wr_rdk_group *)base;
    wr_assert(abandon || g->state.state == CLOSED || g->state.state == DEAD);
    if (g->handle.rk != NULL) {
        answer_what_is_left(g);
    }
    bool leave_it = g->handle.rk != NULL && !may_be_destroyed(g);
    drop_queue(g->events);
    drop_queue(g->last_events);
    if (leave_it) {
        if (g->instance == NULL) {
            rd_kafka_unsubscribe(g->handle.rk); /* or it would go on as a member */
        }
        g->handle.rk = NULL;
        g->gate = NULL; /* the client's for ever */
    }
    (void)wr_rdk_worker_close(g->handle.worker, &g->handle.closing, WR_RDK_CLOSE_MS);
}
