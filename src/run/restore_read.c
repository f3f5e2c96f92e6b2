/* restore_read.c -- applying changelog records until the target is reached.
 *
 * Invariant: a store's stored position never passes what has been applied, and a restore that is
 * killed goes on from the stored position. Everything below the EOF of a read_committed reader is
 * decided, so the EOF is a position too; an EOF below the target means that an open transaction
 * lies before it. */
#include "src/base/base.h"

#include "src/base/err.h"
#include "src/base/mem.h"
#include "src/run/restore_read.h"

enum { TAKE = 256, TAKES_PER_STEP = 16 };

void wr_restore_assign(struct wr_restore_job *j)
{
    for (size_t i = 0; i < j->task->store_count; i++) {
        struct wr_restore_store *s = &j->stores[i];
        if (s->done) {
            continue;
        }
        s->position = wr_max_i64(wr_task_state_position(j->task->state, i), s->low);
        s->done = s->position >= s->target;
        if (!s->done) {
            const struct wr_task_store *ts = &j->task->stores[i];
            enum weir_code code = wr_partition_assign(j->reader, ts->plan->changelog, ts->partition,
                                                      s->position, &s->partition, &j->error);
            wr_assert(code == WEIR_OK && "a changelog is assigned twice");
        }
    }
}

static void unassign(struct wr_restore_store *s)
{
    if (s->partition != NULL) {
        wr_partition_unassign(s->partition);
        s->partition = NULL;
    }
}

void wr_restore_unassign(struct wr_restore_job *j)
{
    for (size_t i = 0; i < j->task->store_count; i++) {
        unassign(&j->stores[i]);
    }
}

/* Apply messages to store i until one of them ends it. */
static enum weir_code apply(struct wr_restore_job *j, size_t i, const struct wr_message *m,
                            size_t count)
{
    struct wr_restore_store *s = &j->stores[i];
    /* An input topic goes on behind what is committed: its task reads that as input. */
    int64_t last = j->task->stores[i].source != NULL ? s->target : INT64_MAX;
    for (size_t k = 0; k < count && !s->done; k++) {
        if (m[k].kind == WR_MESSAGE_ERROR) {
            return wr_fail(
                &j->error, m[k].code, "changelog \"%s\" partition %d at offset %lld: %s%s",
                j->task->stores[i].plan->changelog, (int)j->task->stores[i].partition,
                (long long)s->position, weir_code_text(m[k].code),
                m[k].code == WEIR_EAUTH ? "; grant READ on the topic to this application" : "");
        }
        if (m[k].kind == WR_MESSAGE_EOF) {
            s->position = wr_max_i64(s->position, wr_min_i64(m[k].offset, last));
        } else if (m[k].offset >= last) {
            s->position = last;
        } else if (m[k].key.data != NULL) {
            enum weir_code code =
                wr_restore_record(j->task->state, i, m[k].key, m[k].value, m[k].time, &j->error);
            if (code != WEIR_OK) {
                return code;
            }
            s->position = m[k].offset + 1;
            j->restored++;
        } else {
            s->position = m[k].offset + 1;
        }
        s->done = s->position >= s->target;
    }
    return WEIR_OK;
}

static enum weir_code flush(struct wr_restore_job *j)
{
    int64_t *positions = wr_calloc(j->task->store_count, sizeof *positions);
    for (size_t i = 0; i < j->task->store_count; i++) {
        positions[i] = j->stores[i].partition != NULL ? j->stores[i].position : -1;
    }
    enum weir_code code = wr_restore_flush(j->task->state, positions, &j->error);
    wr_free(positions);
    return code;
}

static enum weir_code read_store(struct wr_restore_job *j, size_t i, bool *any)
{
    struct wr_message messages[TAKE];
    struct wr_restore_store *s = &j->stores[i];
    for (int n = 0; n < TAKES_PER_STEP && !s->done; n++) {
        size_t count = wr_partition_take(s->partition, messages, TAKE);
        if (count == 0) {
            break;
        }
        *any = true;
        enum weir_code code = apply(j, i, messages, count);
        wr_messages_release(messages, count);
        if (code != WEIR_OK) {
            return code;
        }
        if (wr_restore_is_full(j->task->state)) {
            code = flush(j);
            if (code != WEIR_OK) {
                return code;
            }
        }
    }
    if (!s->done) {
        return WEIR_OK;
    }
    enum weir_code code = flush(j);
    unassign(s);
    return code;
}

static enum wr_restore_read_result result_of(enum weir_code code)
{
    switch (code) {
    case WEIR_EOFFSET:
        return WR_RESTORE_READ_AGAIN;
    case WEIR_EIO:
    case WEIR_EFULL:
    case WEIR_ECORRUPT:
        return WR_RESTORE_READ_REOPEN;
    default:
        return WR_RESTORE_READ_FAILED;
    }
}

enum wr_restore_read_result wr_restore_read(struct wr_restore_job *j, bool *any)
{
    bool done = true;
    int64_t before = j->restored;
    enum weir_code code = WEIR_OK;
    for (size_t i = 0; i < j->task->store_count && code == WEIR_OK; i++) {
        if (j->stores[i].partition != NULL) {
            code = read_store(j, i, any);
        }
        done &= j->stores[i].done;
    }
    WR_STATS_ADD(j->o->stats, restored, j->restored - before);
    if (code != WEIR_OK) {
        return result_of(code);
    }
    return done ? WR_RESTORE_READ_DONE : WR_RESTORE_READ_MORE;
}
