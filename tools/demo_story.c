/* demo_story.c -- what happens in the demo, in order.
 *
 * An instance has taken tasks over when its log says that they run, and every click that was
 * written before is counted: each one passes through all that has to work. */
#include "src/base/base.h"

#include <string.h>

#include "tools/demo_recount.h"
#include "tools/demo_story.h"

enum {
    PATIENCE_MS = 60000,  /* for what takes a second or a session */
    KILL_AFTER_MS = 2000, /* of counting by both, at least */
    PAUSE_MS = 1500,      /* so that one can read */
    ALL_COUNTED_MS = 120000,
    SILENCE_MS = 5000, /* several commits, also of a busy machine */
};

static int64_t now(void)
{
    return wr_mono_ms(wr_clock_system());
}

static enum weir_code time_is_over(struct wr_demo_stage *s, void *arg, bool *ready,
                                   struct weir_error *err)
{
    const int64_t *end = arg;
    WR_UNUSED(s);
    WR_UNUSED(err);
    *ready = now() >= *end;
    return WEIR_OK;
}

static enum weir_code wait_until(struct wr_demo_stage *s, int64_t end, struct weir_error *err)
{
    return wr_demo_wait(s, time_is_over, &end, INT32_MAX, "the time to go by", err);
}

/* ---- who does what --------------------------------------------------------------------------- */

static int tasks_of(const struct wr_demo_instance *i)
{
    return wr_demo_task_count(i->progress.tasks);
}

static bool all_tasks_are_given(const struct wr_demo_stage *s)
{
    int given = 0;
    for (int i = 0; i < WR_DEMO_INSTANCES; i++) {
        given += tasks_of(&s->instances[i]);
    }
    return given == s->tasks;
}

/* Tasks are numbered by sub-topology: the later half counts. */
static struct wr_demo_instance *with_most_state(struct wr_demo_stage *s)
{
    int states[WR_DEMO_INSTANCES];
    for (int i = 0; i < WR_DEMO_INSTANCES; i++) {
        states[i] = wr_demo_task_count(s->instances[i].progress.tasks >> s->tasks / 2);
    }
    return &s->instances[states[1] > states[0]];
}

static enum weir_code both_have_tasks(struct wr_demo_stage *s, void *arg, bool *ready,
                                      struct weir_error *err)
{
    WR_UNUSED(arg);
    WR_UNUSED(err);
    *ready = all_tasks_are_given(s);
    for (int i = 0; i < WR_DEMO_INSTANCES; i++) {
        const struct wr_demo_instance *in = &s->instances[i];
        *ready = *ready && tasks_of(in) > 0 && in->progress.running >= tasks_of(in);
    }
    return WEIR_OK;
}

static enum weir_code something_is_counted(struct wr_demo_stage *s, void *arg, bool *ready,
                                           struct weir_error *err)
{
    WR_UNUSED(arg);
    WR_UNUSED(err);
    *ready = s->counts.updates > 0;
    return WEIR_OK;
}

/* Tasks that one instance takes from another, or has back. */
struct hand_over {
    struct wr_demo_instance *to;
    int had; /* tasks before */
    int64_t began_ms;
    int64_t running_ms; /* until they run; 0: they do not */
    int64_t clicks;     /* that had to be counted then */
};

static enum weir_code is_handed_over(struct wr_demo_stage *s, void *arg, bool *ready,
                                     struct weir_error *err)
{
    struct hand_over *h = arg;
    int more = tasks_of(h->to) - h->had;
    WR_UNUSED(err);
    if (h->running_ms == 0 && all_tasks_are_given(s) && more > 0 &&
        h->to->progress.running >= more) {
        h->running_ms = now() - h->began_ms;
        h->clicks = s->clicks.written;
    }
    *ready = h->running_ms != 0 && s->counts.counted >= h->clicks;
    return WEIR_OK;
}

static double seconds_since(int64_t began_ms)
{
    return (double)(now() - began_ms) / 1000;
}

/* ---- the acts -------------------------------------------------------------------------------- */

static enum weir_code begin(struct wr_demo_stage *s, struct weir_error *err)
{
    enum weir_code code = wr_demo_stage_click(s, err);
    for (int i = 0; i < WR_DEMO_INSTANCES && code == WEIR_OK; i++) {
        code = wr_demo_instance_start(&s->instances[i], err);
    }
    if (code == WEIR_OK) {
        wr_demo_screen_say(&s->screen, "clicks arrive, two instances are started (pids %d and %d)",
                           (int)s->instances[0].child.pid, (int)s->instances[1].child.pid);
        code = wr_demo_wait(s, something_is_counted, NULL, PATIENCE_MS, "the first count", err);
    }
    if (code == WEIR_OK) {
        wr_demo_screen_say(&s->screen, "the first counts can be read");
        code = wr_demo_wait(s, both_have_tasks, NULL, PATIENCE_MS,
                            "both instances to share out the tasks", err);
    }
    if (code == WEIR_OK) {
        const struct wr_demo_instance *in = s->instances;
        wr_demo_screen_say(&s->screen,
                           "the instances have shared out the %d tasks: %d and %d; what they do: "
                           "http://%s/metrics and http://%s/metrics",
                           s->tasks, tasks_of(&in[0]), tasks_of(&in[1]), in[0].progress.address,
                           in[1].progress.address);
    }
    return code;
}

static enum weir_code kill_one(struct wr_demo_stage *s, struct wr_demo_instance *dead,
                               struct weir_error *err)
{
    struct hand_over h = {.to = &s->instances[dead == &s->instances[0]], .began_ms = now()};
    int pid = (int)dead->child.pid;
    int tasks = tasks_of(dead);
    h.had = tasks_of(h.to);
    wr_demo_progress_mark(&h.to->progress);
    wr_demo_instance_kill(dead);
    wr_demo_screen_say(&s->screen,
                       "kill -9 %d: instance %d is dead in the middle of its work. Its %d tasks "
                       "wait until the group has missed it for %d s (session.timeout.ms)",
                       pid, dead->number, tasks, WR_DEMO_SESSION_MS / 1000);
    enum weir_code code = wr_demo_wait(s, is_handed_over, &h, PATIENCE_MS,
                                       "the other instance to take the tasks over", err);
    if (code == WEIR_OK) {
        wr_demo_screen_say(&s->screen,
                           "instance %d has taken them over: they ran %.1f s after the kill, state "
                           "restored in %lld ms (%lld records of changelog), and after %.1f s all "
                           "that had waited was counted",
                           h.to->number, (double)h.running_ms / 1000,
                           (long long)h.to->progress.restore_ms, (long long)h.to->progress.restored,
                           seconds_since(h.began_ms));
        code = wait_until(s, now() + PAUSE_MS, err);
    }
    return code;
}

static enum weir_code bring_back(struct wr_demo_stage *s, struct wr_demo_instance *dead,
                                 struct weir_error *err)
{
    struct hand_over h = {.to = dead, .began_ms = now()};
    enum weir_code code = wr_demo_instance_start(h.to, err);
    if (code == WEIR_OK) {
        wr_demo_screen_say(&s->screen, "instance %d is started again (pid %d), on what it left",
                           dead->number, (int)dead->child.pid);
        code = wr_demo_wait(s, is_handed_over, &h, PATIENCE_MS, "it to have tasks again", err);
    }
    if (code == WEIR_OK) {
        wr_demo_screen_say(&s->screen,
                           "instance %d is back: it has %d tasks again %.1f s after its start "
                           "(records of changelog replayed for them: %lld)",
                           dead->number, tasks_of(dead), (double)h.running_ms / 1000,
                           (long long)dead->progress.restored);
        code = wait_until(s, now() + PAUSE_MS, err);
    }
    return code;
}

/* How far the counts have come, and when they did last. */
struct progress {
    int64_t counted;
    int64_t at_ms;
};

/* What is missing after a while without a new count is the recount's to find. */
static enum weir_code counting_is_over(struct wr_demo_stage *s, void *arg, bool *ready,
                                       struct weir_error *err)
{
    struct progress *p = arg;
    WR_UNUSED(err);
    if (p->counted != s->counts.counted) {
        *p = (struct progress){s->counts.counted, now()};
    }
    *ready = wr_demo_clicks_finished(&s->clicks) &&
             (p->counted >= s->clicks.written || now() - p->at_ms >= SILENCE_MS);
    return WEIR_OK;
}

static enum weir_code both_have_stopped(struct wr_demo_stage *s, void *arg, bool *ready,
                                        struct weir_error *err)
{
    enum weir_code code = WEIR_OK;
    WR_UNUSED(arg);
    *ready = true;
    for (int i = 0; i < WR_DEMO_INSTANCES && code == WEIR_OK; i++) {
        struct wr_child *c = &s->instances[i].child;
        bool ended = wr_child_ended(c);
        *ready = *ready && ended;
        code = ended ? wr_child_judge(c, err) : WEIR_OK;
    }
    return code;
}

static enum weir_code finish(struct wr_demo_stage *s, struct weir_error *err)
{
    struct progress p = {s->counts.counted, now()};
    wr_demo_clicks_finish(&s->clicks);
    enum weir_code code =
        wr_demo_wait(s, counting_is_over, &p, ALL_COUNTED_MS, "the last counts", err);
    if (code != WEIR_OK) {
        return code;
    }
    for (int i = 0; i < WR_DEMO_INSTANCES; i++) {
        wr_demo_instance_stop(&s->instances[i]);
    }
    return wr_demo_wait(s, both_have_stopped, NULL, PATIENCE_MS, "the instances to stop", err);
}

enum weir_code wr_demo_story_tell(struct wr_demo_story *t, struct wr_demo_stage *s,
                                  struct weir_error *err)
{
    struct wr_demo_instance *dead = NULL;
    enum weir_code code = begin(s, err);
    int64_t began_ms = now();
    int64_t kill_ms = began_ms + wr_max_i64(KILL_AFTER_MS, t->seconds * 1000 / 4);
    if (code == WEIR_OK) {
        code = wait_until(s, kill_ms, err);
    }
    if (code == WEIR_OK) {
        dead = with_most_state(s);
        code = kill_one(s, dead, err);
    }
    if (code == WEIR_OK) {
        code = bring_back(s, dead, err);
    }
    if (code == WEIR_OK) {
        code = wait_until(s, began_ms + t->seconds * 1000, err);
    }
    if (code == WEIR_OK) {
        t->keeper = with_most_state(s);
        code = finish(s, err);
    }
    if (code == WEIR_OK) {
        wr_demo_screen_say(&s->screen, "no more clicks; both instances have committed and ended. "
                                       "All topics are read again and counted one by one");
        code = wr_demo_recount(s, &t->counts, err);
    }
    if (code == WEIR_OK) {
        t->verdict = wr_demo_judge(&t->counts, s->clicks.written);
    }
    return code;
}
