/* reset_plan.c -- what a reset of an application does to its cluster. */
#include "src/base/base.h"

#include <poll.h>
#include <string.h>

#include "src/base/err.h"
#include "src/base/mem.h"
#include "tools/reset_plan.h"

enum { ARENA_CHUNK = 4096, GONE_STEP_MS = 50 };

/* What the plan is made from. */
struct planner {
    struct wr_reset_plan *plan;
    struct wr_cluster *cluster;
    const struct wr_reset_request *request;
    struct wr_call *listed; /* all topics */
    const struct wr_topic_info *topics;
    size_t topic_count;
};

/* ---- topics ---------------------------------------------------------------------------------- */

static const struct wr_topic_info *find_topic(const struct planner *p, const char *name)
{
    for (size_t i = 0; i < p->topic_count; i++) {
        if (strcmp(p->topics[i].name, name) == 0) {
            return &p->topics[i];
        }
    }
    return NULL;
}

static bool has_name(const struct wr_ptrs *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++) {
        if (strcmp(names->items[i], name) == 0) {
            return true;
        }
    }
    return false;
}

/* An input is never deleted, whatever it is called. */
static void doom(struct planner *p, const char *name)
{
    if (!has_name(&p->request->inputs, name) && !has_name(&p->plan->topics, name)) {
        wr_ptrs_push(&p->plan->topics, wr_arena_strdup(&p->plan->arena, name));
    }
}

static void doom_by_name(struct planner *p)
{
    const char *id = p->request->application;
    struct wr_ptrs longer = {0};
    for (size_t i = 0; i < p->topic_count; i++) {
        size_t len = wr_reset_task_topic(p->topics[i].name);
        if (len > strlen(id)) {
            char *other = wr_arena_strdup(&p->plan->arena, p->topics[i].name);
            other[len] = '\0';
            if (strncmp(other, id, strlen(id)) == 0 && other[strlen(id)] == '-') {
                wr_ptrs_push(&longer, other);
            }
        }
    }
    wr_ptrs_push(&longer, NULL);
    for (size_t i = 0; i < p->topic_count; i++) {
        if (wr_reset_is_internal(p->topics[i].name, id, (const char *const *)longer.items)) {
            doom(p, p->topics[i].name);
        }
    }
    wr_ptrs_free(&longer);
}

static void doom_internals(struct planner *p)
{
    const struct wr_ptrs *names = &p->request->internals;
    if (p->request->by_name) {
        doom_by_name(p);
    }
    for (size_t i = 0; i < names->count; i++) {
        if (find_topic(p, names->items[i]) != NULL) {
            doom(p, names->items[i]);
        }
    }
}

/* ---- positions ------------------------------------------------------------------------------- */

static void list_partitions(struct planner *p)
{
    const struct wr_ptrs *inputs = &p->request->inputs;
    size_t count = 0;
    for (size_t i = 0; i < inputs->count; i++) {
        const struct wr_topic_info *t = find_topic(p, inputs->items[i]);
        count += t != NULL ? (size_t)t->partitions : 0;
    }
    p->plan->moves = wr_arena_zalloc(&p->plan->arena, count * sizeof *p->plan->moves);
    for (size_t i = 0; i < inputs->count; i++) {
        char *name = wr_arena_strdup(&p->plan->arena, inputs->items[i]);
        const struct wr_topic_info *t = find_topic(p, name);
        if (t == NULL) {
            wr_ptrs_push(&p->plan->missing, name);
        }
        for (int32_t k = 0; t != NULL && k < t->partitions; k++) {
            p->plan->moves[p->plan->move_count++] =
                (struct wr_reset_move){.topic = name, .partition = k};
        }
    }
}

static struct wr_position *positions_of(struct wr_arena *arena, const struct wr_reset_plan *plan)
{
    struct wr_position *at = wr_arena_zalloc(arena, plan->move_count * sizeof *at);
    for (size_t i = 0; i < plan->move_count; i++) {
        const struct wr_reset_move *m = &plan->moves[i];
        at[i] = (struct wr_position){m->topic, m->partition, m->to, NULL};
    }
    return at;
}

/* Stable ones, so that no transaction is open behind our back. */
static enum weir_code fetch_committed(struct planner *p, struct weir_error *err)
{
    size_t count;
    struct wr_reset_plan *plan = p->plan;
    struct wr_call *c = wr_offsets_fetch(p->cluster->admin, positions_of(&plan->arena, plan),
                                         plan->move_count, true);
    enum weir_code code = wr_cluster_wait(p->cluster, c, err);
    if (code == WEIR_OK) {
        const struct wr_position *at = wr_offsets_result(c, &count);
        for (size_t i = 0; i < count; i++) {
            plan->moves[i].from = at[i].offset;
        }
    }
    wr_call_free(c);
    return code;
}

static enum weir_code ask_offset(struct planner *p, struct wr_call *c,
                                 int64_t (*result)(const struct wr_call *), int64_t *out,
                                 struct weir_error *err)
{
    enum weir_code code = wr_cluster_wait(p->cluster, c, err);
    if (code == WEIR_OK) {
        *out = result(c);
    }
    wr_call_free(c);
    return code;
}

static enum weir_code aim(struct planner *p, struct wr_reset_move *m, struct weir_error *err)
{
    struct wr_consumer *admin = p->cluster->admin;
    const struct wr_reset_target *target = &p->request->target;
    struct wr_reset_facts f = {.committed = m->from, .of_time = WR_OFFSET_NONE};
    enum weir_code code = ask_offset(p, wr_reset_query(admin, m->topic, m->partition, false),
                                     wr_reset_result, &f.first, err);
    if (code == WEIR_OK) {
        code = ask_offset(p, wr_reset_query(admin, m->topic, m->partition, true), wr_reset_result,
                          &f.end, err);
    }
    if (code == WEIR_OK && target->kind == WR_RESET_TIME) {
        code = ask_offset(p, wr_time_query(admin, m->topic, m->partition, target->value),
                          wr_time_result, &f.of_time, err);
    }
    m->to = wr_reset_position(target, &f);
    return code;
}

enum weir_code wr_reset_plan_make(struct wr_reset_plan *plan, struct wr_cluster *c,
                                  const struct wr_reset_request *r, struct weir_error *err)
{
    struct planner p = {.plan = plan, .cluster = c, .request = r};
    *plan = (struct wr_reset_plan){0};
    wr_arena_init(&plan->arena, ARENA_CHUNK);
    p.listed = wr_topics_list(c->admin);
    enum weir_code code = wr_cluster_wait(c, p.listed, err);
    if (code == WEIR_OK) {
        p.topics = wr_topics_result(p.listed, &p.topic_count);
        doom_internals(&p);
        list_partitions(&p);
        code = plan->move_count != 0 ? fetch_committed(&p, err) : WEIR_OK;
    }
    for (size_t i = 0; i < plan->move_count && code == WEIR_OK; i++) {
        code = aim(&p, &plan->moves[i], err);
    }
    wr_call_free(p.listed);
    if (code != WEIR_OK) {
        wr_reset_plan_free(plan);
    }
    return code;
}

/* ---- doing it -------------------------------------------------------------------------------- */

/* Whether brokers still tell of a topic that was deleted. */
static enum weir_code are_there(const struct wr_reset_plan *plan, struct wr_cluster *c, bool *there,
                                struct weir_error *err)
{
    size_t count;
    struct wr_call *call =
        wr_topics_describe(c->admin, (const char *const *)plan->topics.items, plan->topics.count);
    enum weir_code code = wr_cluster_wait(c, call, err);
    *there = false;
    if (code == WEIR_OK) {
        const struct wr_topic_info *info = wr_topics_result(call, &count);
        for (size_t i = 0; i < count; i++) {
            *there |= info[i].code != WEIR_ENOTOPIC;
        }
    }
    wr_call_free(call);
    return code;
}

/* An application that is started at once would otherwise find them. */
static enum weir_code wait_until_gone(const struct wr_reset_plan *plan, struct wr_cluster *c,
                                      struct weir_error *err)
{
    bool there = plan->topics.count != 0;
    int64_t deadline = wr_mono_ms(wr_clock_system()) + c->timeout_ms;
    while (there) {
        enum weir_code code = are_there(plan, c, &there, err);
        if (code != WEIR_OK) {
            return code;
        }
        if (there && wr_mono_ms(wr_clock_system()) >= deadline) {
            return wr_fail(err, WEIR_ETIMEOUT,
                           "brokers still tell of topics that were deleted; reset again");
        }
        poll(NULL, 0, there ? GONE_STEP_MS : 0);
    }
    return WEIR_OK;
}

static enum weir_code set_positions(const struct wr_reset_plan *plan, struct wr_cluster *c,
                                    struct weir_error *err)
{
    struct wr_arena arena;
    if (plan->move_count == 0) {
        return WEIR_OK;
    }
    wr_arena_init(&arena, ARENA_CHUNK);
    enum weir_code code = wr_cluster_do(
        c, wr_offsets_alter(c->admin, positions_of(&arena, plan), plan->move_count), err);
    wr_arena_free(&arena);
    return code;
}

enum weir_code wr_reset_plan_do(const struct wr_reset_plan *p, struct wr_cluster *c,
                                struct weir_error *err)
{
    enum weir_code code = wr_cluster_do(c, wr_group_delete(c->admin), err);
    for (size_t i = 0; i < p->topics.count && code == WEIR_OK; i++) {
        code = wr_cluster_do(c, wr_topic_delete(c->admin, p->topics.items[i]), err);
    }
    if (code == WEIR_OK) {
        code = wait_until_gone(p, c, err);
    }
    return code == WEIR_OK ? set_positions(p, c, err) : code;
}

void wr_reset_plan_free(struct wr_reset_plan *p)
{
    wr_ptrs_free(&p->topics);
    wr_ptrs_free(&p->missing);
    wr_arena_free(&p->arena);
    *p = (struct wr_reset_plan){0};
}
