/* fence.c -- ending the open transaction of a writer that is dead. */
#include "src/base/base.h"

#include <stdio.h>
#include <string.h>

#include "src/run/client_id.h"
#include "src/run/fence.h"
#include "src/run/task_metadata.h"

static void end_call(struct wr_fence *f)
{
    wr_call_free(f->call);
    f->call = NULL;
}

void wr_fence_cancel(struct wr_fence *f)
{
    end_call(f);
    if (f->producer != NULL) {
        wr_producer_close(f->producer);
        f->producer = NULL;
    }
    f->state = WR_FENCE_IDLE;
}

void wr_fence_start(struct wr_fence *f, struct wr_consumer *admin, const char *task_topic,
                    int32_t number)
{
    wr_assert(f->state == WR_FENCE_IDLE);
    struct wr_position own = {.topic = task_topic, .partition = number};
    f->call = wr_offsets_fetch(admin, &own, 1, false);
    f->state = WR_FENCE_CLAIM;
    f->writer[0] = '\0';
}

void wr_fence_start_writer(struct wr_fence *f, struct wr_consumer *admin, const char *writer)
{
    wr_assert(f->state == WR_FENCE_IDLE);
    snprintf(f->writer, sizeof f->writer, "%s", writer);
    f->call = wr_group_describe(admin);
    f->state = WR_FENCE_MEMBERS;
}

/* The claim is known: who wrote it? */
static bool read_claim(struct wr_fence *f, struct wr_consumer *admin)
{
    size_t count = 0;
    const struct wr_position *p = wr_offsets_result(f->call, &count);
    struct wr_arena arena;
    wr_arena_init(&arena, 4096);
    struct wr_task_metadata md;
    bool known = count == 1 && wr_task_metadata_decode(p[0].metadata, &arena, &md);
    if (known) {
        snprintf(f->writer, sizeof f->writer, "%s", md.writer);
    }
    wr_arena_free(&arena);
    end_call(f);
    if (known) {
        f->call = wr_group_describe(admin);
        f->state = WR_FENCE_MEMBERS;
    }
    return known;
}

/* Is the instance of the writer among the members? Their client ids do not tell: when a static
 * member comes back as another process, Kafka goes on describing the first one's. */
static bool writer_is_member(const struct wr_fence *f, const char *application_id)
{
    size_t count = 0;
    const struct wr_member *m = wr_group_members(f->call, &count);
    for (size_t i = 0; i < count; i++) {
        if (m[i].instance_id != NULL &&
            wr_transactional_id_is_of(f->writer, application_id, m[i].instance_id)) {
            return true;
        }
    }
    return false;
}

bool wr_fence_step(struct wr_fence *f, struct wr_kafka *kafka, struct wr_consumer *admin,
                   const char *application_id, int slice_ms, enum wr_fence_end *end)
{
    struct weir_error err;
    *end = WR_FENCE_UNKNOWN;
    enum wr_outcome outcome = wr_call_step(f->call, slice_ms, &err);
    if (outcome == WR_CALL_PENDING) {
        return false;
    }
    bool going_on = false;
    if (outcome == WR_CALL_OK && f->state == WR_FENCE_CLAIM) {
        going_on = read_claim(f, admin);
    } else if (outcome == WR_CALL_OK && f->state == WR_FENCE_MEMBERS) {
        bool alive = writer_is_member(f, application_id);
        end_call(f);
        if (alive) {
            *end = WR_FENCE_LEFT_ALONE;
        } else if (wr_producer_open(kafka, f->writer, NULL, 0, &f->producer, &err) == WEIR_OK) {
            f->call = wr_producer_init(f->producer);
            f->state = WR_FENCE_INIT;
            going_on = true;
        }
    } else if (f->state == WR_FENCE_INIT && outcome == WR_CALL_OK) {
        *end = WR_FENCE_FENCED;
    }
    if (!going_on) {
        wr_fence_cancel(f);
    }
    return !going_on;
}
