/* sim_check_group.c -- checkers C5 and C6: positions, transactions, and who commits. */
#include "src/base/base.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "broker/broker.h"
#include "src/run/client_id.h"
#include "testkit/sim_world_impl.h"

/* ---- C5: positions --------------------------------------------------------------------------- */

void wr_sim_check_offsets(struct wr_sim_world *w)
{
    const char *const *topics = w->workload->reads;
    for (size_t t = 0; t < WR_SIM_READS_MAX && topics[t] != NULL; t++) {
        for (int32_t p = 0; p < WR_SIM_PARTITIONS; p++) {
            struct wr_offset_commit o =
                wr_groups_fetch(w->broker->groups, WR_SIM_APP, topics[t], p, false);
            if (o.offset < w->offsets[t][p]) {
                wr_sim_violated(w,
                                "C5: the committed position of \"%s\" partition %d went from "
                                "%" PRId64 " back to %" PRId64,
                                topics[t], (int)p, w->offsets[t][p], o.offset);
            }
            w->offsets[t][p] = o.offset;
        }
    }
}

/* ---- C5: ends of logs ------------------------------------------------------------------------ */

static struct wr_sim_ends *ends_of(struct wr_sim_world *w, const struct wr_partition_log *log)
{
    size_t i = 0;
    while (i < w->ends_count && w->ends[i].log != log) {
        i++;
    }
    wr_assert(i < WR_SIM_LOGS_MAX);
    if (i == w->ends_count) {
        w->ends[w->ends_count++] = (struct wr_sim_ends){.log = log};
    }
    return &w->ends[i];
}

void wr_sim_check_ends(struct wr_sim_world *w)
{
    for (size_t i = 0; i < wr_topics_count(w->broker->topics); i++) {
        const struct wr_topic_entry *e = wr_topics_at(w->broker->topics, i);
        for (int32_t p = 0; p < e->partition_count; p++) {
            const struct wr_partition_log *log = e->partitions[p];
            int64_t stable = wr_partition_log_stable(log);
            int64_t end = wr_partition_log_end(log);
            struct wr_sim_ends *last = ends_of(w, log);
            if (stable > end || stable < last->stable || end < last->end) {
                wr_sim_violated(w,
                                "C5: the ends of \"%s\" partition %d were %" PRId64 " (stable) and "
                                "%" PRId64 " and are %" PRId64 " and %" PRId64,
                                e->name, (int)p, last->stable, last->end, stable, end);
            }
            last->stable = stable;
            last->end = end;
        }
    }
}

/* ---- C5: transactions ------------------------------------------------------------------------ */

/* Rule R11 speaks for an instance that is back, R12 for the last owner of a task. One that was
 * thrown out, went on for a moment without knowing it and then died is neither: its transaction
 * times out. */
static bool may_time_out(const struct wr_sim_world *w, const char *id)
{
    bool strange = false;
    for (int i = 0; i < w->machine_count; i++) {
        const struct wr_sim_machine *m = &w->machines[i];
        if (m->alive && wr_transactional_id_is_of(id, WR_SIM_APP, wr_sim_machine_name(m))) {
            return false;
        }
    }
    for (size_t i = 0; i < w->sim.done_count; i++) {
        enum wr_sim_strike s = w->sim.done[i].strike;
        strange |= s == WR_SIM_EXPEL || s == WR_SIM_PAUSE;
    }
    return strange;
}

/* Call each for every transaction that holds up the readers of a partition. */
static void each_open(struct wr_sim_world *w,
                      void (*each)(struct wr_sim_world *w, const struct wr_sim_open *o))
{
    struct wr_arena arena;
    wr_arena_init(&arena, 4096);
    for (size_t i = 0; i < wr_topics_count(w->broker->topics); i++) {
        const struct wr_topic_entry *e = wr_topics_at(w->broker->topics, i);
        for (int32_t p = 0; p < e->partition_count; p++) {
            const struct wr_log_producer *list;
            size_t count = wr_partition_log_producers(e->partitions[p], &arena, &list);
            for (size_t k = 0; k < count; k++) {
                if (list[k].txn_start >= 0) {
                    each(w, &(struct wr_sim_open){e->partitions[p], list[k].producer_id,
                                                  list[k].txn_start});
                }
            }
        }
    }
    wr_arena_free(&arena);
}

static void note(struct wr_sim_world *w, const struct wr_sim_open *o)
{
    if (w->open_count < WR_SIM_OPEN_MAX) {
        w->open[w->open_count++] = *o;
    }
}

void wr_sim_note_transactions(struct wr_sim_world *w)
{
    each_open(w, note);
}

static const char *id_of(struct wr_sim_world *w, int64_t producer_id, struct wr_arena *arena)
{
    const struct wr_txn_info *list;
    size_t count = wr_txns_list(w->broker->txns, arena, &list);
    for (size_t i = 0; i < count; i++) {
        if (list[i].producer.id == producer_id) {
            return list[i].id;
        }
    }
    return "?";
}

static void look_for(struct wr_sim_world *w, const struct wr_sim_open *o)
{
    struct wr_arena arena;
    wr_arena_init(&arena, 4096);
    const char *id = id_of(w, o->producer_id, &arena);
    for (size_t i = 0; i < w->open_count; i++) {
        const struct wr_sim_open *then = &w->open[i];
        if (then->log == o->log && then->producer_id == o->producer_id &&
            then->txn_start == o->txn_start && !may_time_out(w, id)) {
            wr_sim_violated(w,
                            "C5: a transaction of \"%s\" was open when the faults ended and holds "
                            "up readers %" PRId64 " ms later",
                            id, w->sim.now - w->calm_at);
        }
    }
    wr_arena_free(&arena);
}

void wr_sim_check_transactions(struct wr_sim_world *w)
{
    each_open(w, look_for);
}

/* ---- C6: who commits ------------------------------------------------------------------------- */

static void check_owner(struct wr_sim_world *w, int32_t task, const char *owner, int32_t generation)
{
    struct wr_sim_owner *last = &w->owners[task];
    bool other = strcmp(last->name, owner) != 0;
    if (generation < last->generation || (other && generation == last->generation)) {
        wr_sim_violated(w,
                        "C6: \"%s\" committed task %d in generation %d, and \"%s\" had in "
                        "generation %d",
                        owner, (int)task, (int)generation, last->name, (int)last->generation);
    }
    last->generation = generation;
    snprintf(last->name, sizeof last->name, "%s", owner);
}

void wr_sim_check_commit(struct wr_sim_world *w, const struct wr_group_client *who,
                         const struct wr_offset_commit *offsets, size_t count)
{
    const char *owner = who->instance != NULL ? who->instance : who->member;
    if (who->generation < 0) {
        wr_sim_violated(w, "C6: positions were committed by nobody, which nothing can fence");
        return;
    }
    for (size_t i = 0; i < count; i++) {
        if (strcmp(offsets[i].topic, WR_SIM_APP "-tasks") == 0) {
            wr_assert(offsets[i].partition < WR_SIM_TASKS_MAX);
            check_owner(w, offsets[i].partition, owner, who->generation);
        }
    }
}
