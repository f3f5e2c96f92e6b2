/* task_registry.c -- slots and placement. */
#include "src/base/base.h"

#include "src/base/mem.h"
#include "src/run/task_registry.h"

void wr_registry_size(struct wr_registry *r, int32_t count)
{
    if (count <= r->count) {
        return;
    }
    r->slots = wr_realloc_array(r->slots, (size_t)count, sizeof *r->slots);
    for (int32_t i = r->count; i < count; i++) {
        r->slots[i] = (struct wr_slot){0};
    }
    r->count = count;
}

void wr_registry_free(struct wr_registry *r)
{
    for (int32_t i = 0; i < r->count; i++) {
        wr_assert(r->slots[i].task == NULL);
    }
    wr_free(r->slots);
    *r = (struct wr_registry){0};
}

int wr_registry_place(const struct wr_registry *r, int threads, const struct wr_task *task)
{
    int best = 0;
    int64_t best_load = INT64_MAX;
    for (int t = 0; t < threads; t++) {
        int64_t all = 0;
        int64_t same = 0;
        for (int32_t i = 0; i < r->count; i++) {
            const struct wr_slot *s = &r->slots[i];
            if (s->task != NULL && s->place == WR_PLACE_STREAM && s->thread == t) {
                all++;
                same += s->task->sub == task->sub;
            }
        }
        int64_t load = all * 65536 + same;
        if (load < best_load) {
            best_load = load;
            best = t;
        }
    }
    return best;
}

int wr_registry_leaving(const struct wr_registry *r)
{
    int n = 0;
    for (int32_t i = 0; i < r->count; i++) {
        n += r->slots[i].leaving && r->slots[i].task != NULL;
    }
    return n;
}

void wr_registry_totals(const struct wr_registry *r, int *assigned, int *running, int *restoring)
{
    *assigned = *running = *restoring = 0;
    for (int32_t i = 0; i < r->count; i++) {
        const struct wr_slot *s = &r->slots[i];
        *assigned += s->assigned;
        *running += s->task != NULL && s->place == WR_PLACE_STREAM;
        *restoring += s->task != NULL && s->place == WR_PLACE_RESTORE;
    }
}
