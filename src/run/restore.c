/* restore.c -- the restore thread: its jobs and its mail. */
#include "src/base/base.h"

#include "src/base/err.h"
#include "src/base/ptrs.h"
#include "src/obs/log.h"
#include "src/run/restore_job.h"

enum { JOB_SLICE_MS = 20, IDLE_MS = 200, BUSY_MS = 20, HOUSEKEEPING_MS = 1000 };

struct wr_restorer {
    struct wr_restorer_options o;
    struct wr_actor actor;
    struct wr_mailbox inbox;
    struct wr_consumer *reader;
    struct wr_consumer *admin;
    struct wr_ptrs jobs; /* struct wr_restore_job * */
    struct wr_spared spared;
    int64_t housekeeping_ms;
    bool stopping;
    bool ended;
};

static int step_actor(struct wr_actor *a, bool *ended)
{
    struct wr_restorer *r = WR_CONTAINER_OF(a, struct wr_restorer, actor);
    int sleep = wr_restorer_step(r, ended);
    if (*ended) {
        atomic_store(&r->o.stats->heartbeat_ms, 0);
    }
    return sleep;
}

enum weir_code wr_restorer_new(struct wr_restorer **out, const struct wr_restorer_options *o,
                               struct weir_error *err)
{
    struct wr_restorer *r = WR_NEW(struct wr_restorer);
    *out = NULL;
    r->o = *o;
    wr_actor_init(&r->actor, "weir-restore", step_actor);
    wr_mailbox_init(&r->inbox, &r->actor.wake);
    struct wr_consumer_options handle = {.role = WR_ROLE_RESTORE,
                                         .topics = o->topics,
                                         .topic_count = o->topic_count,
                                         .wake = &r->actor.wake};
    enum weir_code code = wr_consumer_open(o->kafka, &handle, &r->reader, err);
    if (code == WEIR_OK) {
        handle.role = WR_ROLE_ADMIN;
        code = wr_consumer_open(o->kafka, &handle, &r->admin, err);
    }
    if (code != WEIR_OK) {
        wr_restorer_free(r);
        return code;
    }
    *out = r;
    return WEIR_OK;
}

void wr_restorer_free(struct wr_restorer *r)
{
    if (r == NULL) {
        return;
    }
    wr_assert(r->jobs.count == 0);
    wr_spared_free(&r->spared);
    if (r->reader != NULL) {
        wr_consumer_close(r->reader);
    }
    if (r->admin != NULL) {
        wr_consumer_close(r->admin);
    }
    for (struct wr_letter *l = wr_letter_take(&r->inbox); l != NULL;
         l = wr_letter_take(&r->inbox)) {
        wr_letter_free(l);
    }
    wr_ptrs_free(&r->jobs);
    wr_mailbox_free(&r->inbox);
    wr_actor_free(&r->actor);
    wr_free(r);
}

struct wr_mailbox *wr_restorer_mailbox(struct wr_restorer *r)
{
    return &r->inbox;
}

/* End a job and post its task back. */
static void give_back(struct wr_restorer *r, struct wr_restore_job *j, enum wr_fate fate,
                      bool clean)
{
    struct wr_task *t = j->task;
    wr_ptrs_remove(&r->jobs, j);
    wr_restore_job_free(j);
    if (fate == WR_FATE_RELEASED && t->state != NULL) {
        wr_task_state_close(t->state, clean);
        t->state = NULL;
    }
    struct wr_letter *l = wr_letter_new(WR_MAIL_BACK);
    l->task = t;
    l->fate = fate;
    l->from = -1;
    wr_letter_post(r->o.control, l);
}

static void give_back_numbers(struct wr_restorer *r, const struct wr_letter *l)
{
    for (size_t i = r->jobs.count; i-- > 0;) {
        struct wr_restore_job *j = r->jobs.items[i];
        bool wanted = l->count == 0;
        for (size_t k = 0; k < l->count; k++) {
            wanted |= l->numbers[k] == j->task->number;
        }
        if (wanted) {
            give_back(r, j, WR_FATE_RELEASED, false);
        }
    }
}

static void read_mail(struct wr_restorer *r)
{
    for (struct wr_letter *l = wr_letter_take(&r->inbox); l != NULL;
         l = wr_letter_take(&r->inbox)) {
        switch ((enum wr_mail_kind)l->mail.kind) {
        case WR_MAIL_TASK:
            wr_ptrs_push(&r->jobs,
                         wr_restore_job_new(&r->o, r->reader, r->admin, &r->spared, l->task));
            break;
        case WR_MAIL_REVOKE:
        case WR_MAIL_LOST:
            give_back_numbers(r, l);
            break;
        case WR_MAIL_STOP:
            r->stopping = true;
            break;
        default:
            wr_never("mail for somebody else");
        }
        wr_letter_free(l);
    }
}

static void post_end(struct wr_restorer *r, enum wr_mail_kind kind, const struct weir_error *error)
{
    struct wr_letter *l = wr_letter_new(kind);
    l->from = -1;
    l->stop = true;
    if (error != NULL) {
        l->error = *error;
    }
    /* The last one: what was sent here and did not come back before it was never read. */
    while (r->jobs.count != 0) {
        give_back(r, r->jobs.items[r->jobs.count - 1], WR_FATE_RELEASED, true);
    }
    wr_letter_post(r->o.control, l);
    r->ended = true;
}

static void housekeeping(struct wr_restorer *r, int64_t now_ms)
{
    if (now_ms - r->housekeeping_ms < HOUSEKEEPING_MS) {
        return;
    }
    r->housekeeping_ms = now_ms;
    struct wr_consumer *handles[] = {r->reader, r->admin};
    for (size_t i = 0; i < WR_ARRAY_LEN(handles); i++) {
        struct wr_handle_error e;
        while (wr_consumer_error(handles[i], &e)) {
            wr_log(WR_LOG_WARN, "kafka.error", WR_S("handle", i == 0 ? "restore" : "restore.admin"),
                   WR_I("times", e.count), WR_S("reason", e.error.text), WR_END);
        }
    }
}

int wr_restorer_step(struct wr_restorer *r, bool *ended)
{
    bool any = false;
    int64_t now_ms = wr_mono_ms(r->o.clock);
    atomic_store_explicit(&r->o.stats->heartbeat_ms, now_ms, memory_order_relaxed);
    read_mail(r);
    housekeeping(r, now_ms);
    wr_spared_step(&r->spared, r->o.kafka, r->admin, r->o.settings->application_id, now_ms);
    if (r->stopping) {
        post_end(r, WR_MAIL_ENDED, NULL);
    }
    /* A round takes one slice however many jobs wait: mail is read between rounds. */
    int slice_ms = JOB_SLICE_MS / (int)wr_min_size(r->jobs.count + 1, JOB_SLICE_MS);
    for (size_t i = 0; i < r->jobs.count && !r->ended;) {
        struct wr_restore_job *j = r->jobs.items[i];
        any |= wr_restore_job_step(j, slice_ms);
        enum wr_restore_state state = wr_restore_job_state(j);
        if (state == WR_RESTORE_FAILED) {
            struct weir_error error = j->error;
            post_end(r, WR_MAIL_FAILED, &error);
        } else if (state == WR_RESTORE_DONE) {
            give_back(r, j, WR_FATE_RESTORED, false);
        } else {
            i++;
        }
    }
    *ended = r->ended;
    return any ? 0 : r->jobs.count != 0 ? BUSY_MS : IDLE_MS;
}

enum weir_code wr_restorer_start(struct wr_restorer *r, struct weir_error *err)
{
    return wr_actor_start(&r->actor, r->o.host, err);
}

void wr_restorer_join(struct wr_restorer *r)
{
    wr_actor_join(&r->actor, r->o.host);
}
