/* group_watch.c -- does every task have an owner? See group_watch.h. */
#include "src/base/base.h"

#include <string.h>

#include "src/base/mem.h"
#include "src/obs/log.h"
#include "src/run/group_watch.h"

/* One look is one small request. Most hand-overs are over within SOON_MS. */
enum {
    LOOK_MS = 10000,
    SOON_MS = 1000, /* after a rebalance, and between the two looks */
};

void wr_group_watch_init(struct wr_group_watch *w, struct wr_consumer *admin,
                         const char *instance_id, int64_t now_ms)
{
    *w = (struct wr_group_watch){
        .admin = admin, .instance_id = instance_id, .look_at_ms = now_ms + LOOK_MS, .gap_at = -1};
}

void wr_group_watch_free(struct wr_group_watch *w)
{
    wr_call_free(w->call);
    w->call = NULL;
}

int32_t wr_group_watch_gap(const struct wr_member *members, size_t count, int32_t tasks,
                           const struct wr_member **fewest)
{
    bool *owned = wr_calloc((size_t)tasks, sizeof *owned);
    int32_t n = 0;
    *fewest = NULL;
    for (size_t i = 0; i < count; i++) {
        const struct wr_member *m = &members[i];
        for (size_t k = 0; k < m->task_count; k++) {
            if (m->tasks[k] < tasks && !owned[m->tasks[k]]) {
                owned[m->tasks[k]] = true;
                n++;
            }
        }
        if (*fewest == NULL || m->task_count < (*fewest)->task_count ||
            (m->task_count == (*fewest)->task_count &&
             strcmp(m->member_id, (*fewest)->member_id) < 0)) {
            *fewest = m;
        }
    }
    wr_free(owned);
    return n == 0 ? 0 : tasks - n;
}

static bool is_ours(const struct wr_group_watch *w, const struct wr_member *m)
{
    return m->instance_id != NULL && strcmp(m->instance_id, w->instance_id) == 0;
}

/* Look at the answer; true if it is for us to do something. */
static bool judge(struct wr_group_watch *w, int32_t tasks, int rebalances)
{
    const struct wr_member *fewest = NULL;
    size_t count = 0;
    const struct wr_member *members = wr_group_members(w->call, &count);
    int32_t gap = wr_group_watch_gap(members, count, tasks, &fewest);
    if (gap == 0 || w->gap_at != rebalances) {
        w->gap_at = gap == 0 ? -1 : rebalances;
        return false;
    }
    w->gap_at = -1;
    wr_log(WR_LOG_WARN, "group.incomplete", WR_I("tasks_without_owner", gap),
           WR_S("to_join_again", fewest->client_id), WR_END);
    return is_ours(w, fewest);
}

bool wr_group_watch_step(struct wr_group_watch *w, int32_t tasks, int rebalances, int64_t now_ms)
{
    struct weir_error err;
    if (w->rebalances != rebalances) {
        w->rebalances = rebalances;
        w->look_at_ms = now_ms + SOON_MS;
    }
    if (w->call == NULL) {
        if (now_ms < w->look_at_ms) {
            return false;
        }
        w->call = wr_group_describe(w->admin);
    }
    enum wr_outcome outcome = wr_call_step(w->call, 0, &err);
    if (outcome == WR_CALL_PENDING) {
        return false;
    }
    bool again = outcome == WR_CALL_OK && judge(w, tasks, rebalances);
    wr_group_watch_free(w);
    w->look_at_ms = now_ms + (w->gap_at >= 0 ? SOON_MS : LOOK_MS);
    return again;
}
