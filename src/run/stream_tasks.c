/* stream_tasks.c -- how tasks come to a stream thread and leave it. */
#include "src/base/base.h"

#include <string.h>

#include "src/base/err.h"
#include "src/obs/log.h"
#include "src/run/stream_impl.h"

/* A partition of the data handle as the feed of an input. */
struct partition_feed {
    struct wr_feed feed;
    struct wr_partition *partition;
};

static struct partition_feed *feed_of(struct wr_feed *f)
{
    return WR_CONTAINER_OF(f, struct partition_feed, feed);
}

static size_t feed_take(struct wr_feed *f, struct wr_message *out, size_t max)
{
    return wr_partition_take(feed_of(f)->partition, out, max);
}

static void feed_release(struct wr_feed *f, struct wr_message *messages, size_t count)
{
    WR_UNUSED(f);
    wr_messages_release(messages, count);
}

static struct weir_headers feed_headers(struct wr_feed *f, const struct wr_message *m,
                                        struct wr_arena *arena)
{
    WR_UNUSED(f);
    return wr_message_headers(m, arena);
}

static const struct wr_feed_ops feed_ops = {feed_take, feed_release, feed_headers};

static enum weir_code assign_input(struct wr_stream_thread *s, struct wr_input *in,
                                   struct weir_error *err)
{
    struct partition_feed *f = WR_NEW(struct partition_feed);
    f->feed.ops = &feed_ops;
    enum weir_code code = wr_partition_assign(s->consumer, in->plan->name, in->partition,
                                              in->committed, &f->partition, err);
    if (code != WEIR_OK) {
        wr_free(f);
        return code;
    }
    in->feed = &f->feed;
    return WEIR_OK;
}

static void unassign_inputs(struct wr_task *t)
{
    wr_task_input_release(&t->in);
    for (size_t i = 0; i < t->in.count; i++) {
        struct wr_input *in = &t->in.inputs[i];
        if (in->feed != NULL) {
            struct partition_feed *f = feed_of(in->feed);
            wr_partition_unassign(f->partition);
            wr_free(f);
            in->feed = NULL;
        }
    }
}

enum weir_code wr_stream_take(struct wr_stream_thread *s, struct wr_task *t, int64_t now_ms)
{
    t->stats = s->o.stats;
    t->last_commit_ms = now_ms;
    t->letter_due = false; /* its record is met again */
    /* At least once, outputs are seen whether they are committed or not: nothing is written on a
     * restored state before a commit has shown that nobody else has had the task since its
     * positions were read. */
    t->needs_claim =
        t->fresh || strcmp(t->writer, s->o.transactional_id) != 0 || s->o.settings->at_least_once;
    wr_task_input_aborted(&t->in); /* begin at the committed positions */
    enum weir_code code = wr_task_start(t, &s->txn.outlet);
    for (size_t i = 0; i < t->in.count && code == WEIR_OK; i++) {
        code = assign_input(s, &t->in.inputs[i], &t->error);
    }
    wr_ptrs_push(&s->tasks, t);
    if (code == WEIR_OK) {
        wr_log(WR_LOG_INFO, "task.running", WR_S("task", t->id), WR_I("thread", s->o.index),
               WR_END);
    } else {
        unassign_inputs(t);
        wr_task_stop(t);
    }
    return code;
}

void wr_stream_give_back(struct wr_stream_thread *s, struct wr_task *t, enum wr_fate fate,
                         bool clean)
{
    bool was_here = wr_ptrs_remove(&s->tasks, t) || wr_ptrs_remove(&s->waiting, t);
    wr_assert(was_here);
    wr_ptrs_remove(&s->in_commit, t);
    s->culprit = s->culprit == t ? NULL : s->culprit;
    unassign_inputs(t);
    wr_task_stop(t);
    if (fate != WR_FATE_RESTORE) {
        wr_task_state_close(t->state, clean);
        t->state = NULL;
    }
    struct wr_letter *l = wr_letter_new(WR_MAIL_BACK);
    l->task = t;
    l->fate = fate;
    l->from = s->o.index;
    /* A transaction that is open while a task leaves must not be committed with it. */
    atomic_fetch_add(&s->epoch, 1);
    wr_letter_post(s->o.control, l);
}

void wr_stream_give_all_back(struct wr_stream_thread *s, enum wr_fate fate, bool clean)
{
    while (s->tasks.count != 0) {
        wr_stream_give_back(s, s->tasks.items[s->tasks.count - 1], fate, clean);
    }
    while (s->waiting.count != 0) {
        wr_stream_give_back(s, s->waiting.items[s->waiting.count - 1], fate, clean);
    }
}

struct wr_task *wr_stream_find(struct wr_stream_thread *s, int32_t number)
{
    const struct wr_ptrs *lists[] = {&s->tasks, &s->waiting};
    for (size_t k = 0; k < WR_ARRAY_LEN(lists); k++) {
        for (size_t i = 0; i < lists[k]->count; i++) {
            struct wr_task *t = lists[k]->items[i];
            if (t->number == number) {
                return t;
            }
        }
    }
    return NULL;
}

enum weir_code wr_stream_rewind(struct wr_stream_thread *s, struct wr_task *t,
                                struct weir_error *err)
{
    WR_UNUSED(s);
    for (size_t i = 0; i < t->in.count; i++) {
        const struct wr_input *in = &t->in.inputs[i];
        if (in->feed == NULL) {
            continue; /* the task could not be started */
        }
        enum weir_code code = wr_partition_rewind(feed_of(in->feed)->partition, in->committed, err);
        if (code != WEIR_OK) {
            return wr_fail_prefix(err, "task %s", t->id);
        }
    }
    return WEIR_OK;
}
