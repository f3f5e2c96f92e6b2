/* sim_assignor.c -- how the leader of a simulated group shares tasks out: sticky and cooperative.
 *
 * A member has what it says it has, unless a member of a later generation says so too. Members keep
 * up to an equal share of it. What nobody has goes to those with the least; what a member has
 * beyond its share goes to nobody this time, so that it is given up first. */
#include "src/base/base.h"

#include <string.h>

#include "src/base/endian.h"
#include "testkit/sim_impl.h"

void wr_sim_tasks_encode(struct wr_buf *out, int32_t generation, const int32_t *tasks, size_t count)
{
    wr_buf_u32(out, (uint32_t)generation);
    wr_buf_u32(out, (uint32_t)count);
    for (size_t i = 0; i < count; i++) {
        wr_buf_u32(out, (uint32_t)tasks[i]);
    }
}

int32_t *wr_sim_tasks_decode(struct weir_bytes data, int32_t *generation, size_t *count)
{
    const char *p = data.data;
    *generation = -1;
    *count = 0;
    if (data.len < 8) {
        return wr_calloc(1, sizeof(int32_t));
    }
    *generation = (int32_t)wr_get_be32(p);
    *count = wr_get_be32(p + 4);
    wr_assert(data.len == 8 + 4 * *count);
    int32_t *tasks = wr_calloc(*count, sizeof *tasks);
    for (size_t i = 0; i < *count; i++) {
        tasks[i] = (int32_t)wr_get_be32(p + 8 + 4 * i);
    }
    return tasks;
}

/* Who has a task: index of the member, -1 nobody. */
static void find_owners(const struct wr_join_member *members, size_t count, int32_t task_count,
                        int32_t *owner)
{
    int32_t *since = wr_calloc((size_t)task_count, sizeof *since);
    for (int32_t t = 0; t < task_count; t++) {
        owner[t] = since[t] = -1;
    }
    for (size_t i = 0; i < count; i++) {
        int32_t generation;
        size_t n;
        int32_t *tasks = wr_sim_tasks_decode(members[i].metadata, &generation, &n);
        for (size_t k = 0; k < n; k++) {
            int32_t t = tasks[k];
            if (t < task_count && (owner[t] < 0 || generation > since[t])) {
                owner[t] = (int32_t)i;
                since[t] = generation;
            }
        }
        wr_free(tasks);
    }
    wr_free(since);
}

static void give(struct wr_sim_share *to, int32_t task)
{
    to->tasks[to->count++] = task;
}

static struct wr_sim_share *poorest(struct wr_sim_share *out, const size_t *has, size_t count)
{
    size_t best = 0;
    for (size_t i = 1; i < count; i++) {
        best = has[i] < has[best] ? i : best;
    }
    return &out[best];
}

void wr_sim_share_out(const struct wr_join_member *members, size_t count, int32_t task_count,
                      struct wr_sim_share *out)
{
    size_t n = (size_t)task_count;
    size_t share = n / count;
    size_t larger = n % count; /* so many members may have one more */
    int32_t *owner = wr_calloc(n, sizeof *owner);
    size_t *has = wr_calloc(count, sizeof *has);
    find_owners(members, count, task_count, owner);
    for (size_t i = 0; i < count; i++) {
        out[i] = (struct wr_sim_share){members[i].member, wr_calloc(n, sizeof *owner), 0};
    }
    for (size_t i = 0; i < count; i++) {
        size_t owned = 0;
        for (size_t t = 0; t < n; t++) {
            owned += owner[t] == (int32_t)i;
        }
        bool more = owned > share && larger > 0;
        larger -= more;
        for (size_t t = 0; t < n; t++) {
            if (owner[t] == (int32_t)i && has[i] < share + more) {
                give(&out[i], (int32_t)t);
                has[i]++;
            }
        }
    }
    for (size_t t = 0; t < n; t++) {
        if (owner[t] < 0) {
            struct wr_sim_share *to = poorest(out, has, count);
            give(to, (int32_t)t);
            has[to - out]++;
        }
    }
    wr_free(owner);
    wr_free(has);
}
