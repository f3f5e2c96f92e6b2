/* startup.c -- from a topology to a checked cluster. See startup.h for the states. */
#include "src/base/base.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"
#include "src/base/failpoint.h"
#include "src/base/mem.h"
#include "src/obs/log.h"
#include "src/run/startup.h"

enum { RETRY_MS = 250, SAY_MS = 5000, DELETE_RETENTION_DEFAULT_MS = 86400000 };

/* A broker may hear of a new topic this much later than the one that was told to create it. */
enum { MISSING_MS = 2000 };

static const char *const state_names[] = {"inputs", "internal", "create", "config", "map",
                                          "empty",  "grow",     "done",   "failed"};
#define FAILED_TOO WR_FSM_TO(WR_STARTUP_FAILED)
static const uint32_t edges[] = {
    [WR_STARTUP_INPUTS] = WR_FSM_TO(WR_STARTUP_INTERNAL) | FAILED_TOO,
    [WR_STARTUP_INTERNAL] =
        WR_FSM_TO(WR_STARTUP_CREATE) | WR_FSM_TO(WR_STARTUP_CONFIG) | FAILED_TOO,
    [WR_STARTUP_CREATE] = WR_FSM_TO(WR_STARTUP_INTERNAL) | FAILED_TOO,
    [WR_STARTUP_CONFIG] = WR_FSM_TO(WR_STARTUP_MAP) | FAILED_TOO,
    [WR_STARTUP_MAP] = WR_FSM_TO(WR_STARTUP_EMPTY) | WR_FSM_TO(WR_STARTUP_GROW) |
                       WR_FSM_TO(WR_STARTUP_DONE) | FAILED_TOO,
    [WR_STARTUP_EMPTY] = WR_FSM_TO(WR_STARTUP_GROW) | WR_FSM_TO(WR_STARTUP_DONE) | FAILED_TOO,
    [WR_STARTUP_GROW] = WR_FSM_TO(WR_STARTUP_MAP) | FAILED_TOO,
    [WR_STARTUP_DONE] = WR_FSM_TO(WR_STARTUP_MAP),
    [WR_STARTUP_FAILED] = 0,
};
static const struct wr_fsm_def states = {"the start of an instance", state_names, edges,
                                         WR_ARRAY_LEN(state_names)};

static void go(struct wr_startup *s, enum wr_startup_state to)
{
    wr_call_free(s->call);
    s->call = NULL;
    s->at = 0;
    wr_fsm_go(&s->fsm, (int)to);
}

static void fail(struct wr_startup *s)
{
    go(s, WR_STARTUP_FAILED);
}

void wr_startup_init(struct wr_startup *s, struct wr_consumer *admin, struct wr_clock *clock,
                     const struct wr_run_settings *settings, const struct wr_graph *graph,
                     struct wr_state_dir *dir)
{
    *s = (struct wr_startup){
        .admin = admin,
        .clock = clock,
        .settings = settings,
        .graph = graph,
        .dir = dir,
        .delete_retention_ms = DELETE_RETENTION_DEFAULT_MS,
    };
    s->since_ms = s->said_ms = wr_mono_ms(clock);
    s->missing_since_ms = -1;
    wr_fsm_init(&s->fsm, &states, WR_STARTUP_INPUTS);
}

void wr_startup_free(struct wr_startup *s)
{
    wr_call_free(s->call);
    if (s->map.tasks != NULL) {
        wr_task_map_free(&s->map);
    }
    for (size_t i = 0; i < s->topic_ids.count; i++) {
        wr_free(s->topic_ids.entries[i].value);
    }
    wr_strmap_free(&s->topic_ids);
    wr_free(s->missing);
    wr_plan_free(s->plan);
}

/* Try the present step again after a pause, saying now and then what is waited for. */
static int retry(struct wr_startup *s, const char *what)
{
    int64_t now_ms = wr_mono_ms(s->clock);
    wr_call_free(s->call);
    s->call = NULL;
    s->retry_at_ms = now_ms + RETRY_MS;
    if (now_ms - s->said_ms >= SAY_MS) {
        s->said_ms = now_ms;
        wr_log(WR_LOG_WARN, "start.waiting", WR_S("for", what), WR_S("step", wr_fsm_name(&s->fsm)),
               WR_I("since_ms", now_ms - s->since_ms), WR_END);
    }
    return RETRY_MS;
}

/* Step the call; WR_CALL_OK when its result is there. A refusal is final unless its reaction is
 * RETRY. */
static enum wr_outcome step_call(struct wr_startup *s, int slice_ms, int *sleep_ms)
{
    enum wr_outcome outcome = wr_call_step(s->call, slice_ms, &s->error);
    if (outcome == WR_CALL_PENDING) {
        int64_t now_ms = wr_mono_ms(s->clock);
        if (now_ms - s->said_ms >= SAY_MS) {
            s->said_ms = now_ms;
            wr_log(WR_LOG_WARN, "start.waiting", WR_S("for", "the cluster"),
                   WR_S("detail", wr_call_waiting_for(s->call)), WR_S("step", wr_fsm_name(&s->fsm)),
                   WR_I("since_ms", now_ms - s->since_ms), WR_END);
        }
    } else if (outcome != WR_CALL_OK) {
        if (weir_code_reaction(s->error.code) == WEIR_REACT_RETRY) {
            *sleep_ms = retry(s, s->error.text);
        } else {
            fail(s);
        }
    }
    return outcome;
}

/* ---- INPUTS ---------------------------------------------------------------------------------- */

/* What the i-th of the users' topics is to this application. */
static const char *kind_of(const struct wr_startup *s, size_t i, const char *name)
{
    const char *letters = s->settings->dead_letter_topic;
    if (i < s->input_count) {
        return "input topic";
    }
    return letters != NULL && strcmp(letters, name) == 0 ? "dead letter topic" : "output topic";
}

static enum weir_code check_inputs(struct wr_startup *s, struct wr_strmap *counts)
{
    size_t count = 0;
    const struct wr_topic_info *info = wr_topics_result(s->call, &count);
    struct wr_buf missing = {0};
    enum weir_code code = WEIR_OK;
    for (size_t i = 0; i < count; i++) {
        const char *kind = kind_of(s, i, info[i].name);
        if (info[i].code == WEIR_EAGAIN) {
            code = WEIR_EAGAIN;
        } else if (info[i].code == WEIR_EAUTH) {
            wr_buf_free(&missing);
            return wr_fail(&s->error, WEIR_EAUTH,
                           "not authorized to describe %s \"%s\"; grant DESCRIBE and %s on it to "
                           "this application",
                           kind, info[i].name, i < s->input_count ? "READ" : "WRITE");
        } else if (info[i].code != WEIR_OK) {
            wr_buf_printf(&missing, "%s%s \"%s\" does not exist", missing.len != 0 ? ", " : "",
                          kind, info[i].name);
        }
        if (i < s->input_count) {
            wr_strmap_put(counts, info[i].name, (void *)(intptr_t)info[i].partitions);
        }
    }
    if (missing.len != 0) {
        code = wr_fail(&s->error, WEIR_ENOTOPIC,
                       "%s; create it (Weir makes only its internal topics) and start again",
                       wr_buf_cstr(&missing));
    }
    wr_buf_free(&missing);
    return code;
}

static struct wr_call *describe_inputs(struct wr_startup *s)
{
    struct wr_ptrs names = {0};
    wr_plan_external_topics(s->graph, &names);
    s->input_count = names.count;
    wr_plan_output_topics(s->graph, &names);
    if (s->settings->dead_letter_topic != NULL) {
        wr_ptrs_push(&names, (void *)(uintptr_t)s->settings->dead_letter_topic);
    }
    struct wr_call *call =
        wr_topics_describe(s->admin, (const char *const *)names.items, names.count);
    wr_ptrs_free(&names);
    return call;
}

static bool may_be_new(struct wr_startup *s)
{
    int64_t now_ms = wr_mono_ms(s->clock);
    if (s->missing_since_ms < 0) {
        s->missing_since_ms = now_ms;
    }
    return now_ms - s->missing_since_ms < MISSING_MS;
}

static int step_inputs(struct wr_startup *s, int slice_ms)
{
    int sleep_ms = 0;
    if (s->call == NULL) {
        s->call = describe_inputs(s);
    }
    if (step_call(s, slice_ms, &sleep_ms) != WR_CALL_OK) {
        return sleep_ms;
    }
    if (wr_topics_cluster_id(s->call)[0] == '\0') {
        return retry(s, "the cluster's id"); /* it names the state directory's owner */
    }
    struct wr_strmap counts = {0};
    enum weir_code code = check_inputs(s, &counts);
    if (code == WEIR_OK && s->dir != NULL) {
        code = wr_state_dir_bind(s->dir, wr_topics_cluster_id(s->call), &s->error);
    }
    if (code == WEIR_OK) {
        code = wr_plan_make(&s->plan, s->graph, s->settings->application_id, &counts, &s->error);
    }
    wr_strmap_free(&counts);
    if (code == WEIR_EAGAIN) {
        return retry(s, "leaders of the input topics");
    }
    if (code == WEIR_ENOTOPIC && may_be_new(s)) {
        return retry(s, s->error.text);
    }
    if (code != WEIR_OK) {
        fail(s);
        return 0;
    }
    s->missing = wr_calloc(s->plan->topic_count, sizeof *s->missing);
    go(s, WR_STARTUP_INTERNAL);
    return 0;
}

/* ---- INTERNAL and CREATE --------------------------------------------------------------------- */

static struct wr_call *describe_internal(struct wr_startup *s)
{
    struct wr_ptrs names = {0};
    for (size_t i = 0; i < s->plan->topic_count; i++) {
        wr_ptrs_push(&names, (void *)(uintptr_t)s->plan->topics[i].name);
    }
    struct wr_call *call =
        wr_topics_describe(s->admin, (const char *const *)names.items, names.count);
    wr_ptrs_free(&names);
    return call;
}

static enum weir_code fail_unauthorized(struct wr_startup *s, const struct wr_plan_topic *t)
{
    return wr_fail(
        &s->error, WEIR_EAUTH,
        "not authorized for internal topic \"%s\"; grant CREATE, DESCRIBE, READ and WRITE "
        "on topics that begin with \"%s-\" to this application",
        t->name, s->settings->application_id);
}

static enum weir_code check_internal(struct wr_startup *s, bool *any_missing)
{
    size_t count = 0;
    const struct wr_topic_info *info = wr_topics_result(s->call, &count);
    enum weir_code code = WEIR_OK;
    *any_missing = false;
    for (size_t i = 0; i < count; i++) {
        const struct wr_plan_topic *t = &s->plan->topics[i];
        s->missing[i] = info[i].code == WEIR_ENOTOPIC;
        *any_missing |= s->missing[i];
        if (info[i].code == WEIR_EAGAIN) {
            code = WEIR_EAGAIN;
        } else if (info[i].code == WEIR_EAUTH) {
            return fail_unauthorized(s, t);
        } else if (info[i].code == WEIR_OK && t->kind != WR_PLAN_TASKS &&
                   info[i].partitions != t->partitions) {
            return wr_fail(
                &s->error, WEIR_EPARTITIONS,
                "internal topic \"%s\" has %d partitions and needs %d: an input's partition "
                "count has changed since it was made, and keys would be in the wrong "
                "tasks; reset the application, or restore the former counts",
                t->name, (int)info[i].partitions, (int)t->partitions);
        } else if (t->kind == WR_PLAN_TASKS) {
            s->task_partitions = info[i].partitions;
        }
        const char *id = wr_topics_topic_id(s->call, t->name);
        if (info[i].code == WEIR_OK) {
            wr_free(wr_strmap_get(&s->topic_ids, t->name));
            wr_strmap_put(&s->topic_ids, t->name, wr_strdup(id));
        }
    }
    return code;
}

static int step_internal(struct wr_startup *s, int slice_ms)
{
    int sleep_ms = 0;
    if (s->call == NULL) {
        s->call = describe_internal(s);
    }
    if (step_call(s, slice_ms, &sleep_ms) != WR_CALL_OK) {
        return sleep_ms;
    }
    bool any_missing = false;
    enum weir_code code = check_internal(s, &any_missing);
    if (code == WEIR_EAGAIN) {
        return retry(s, "leaders of the internal topics");
    }
    if (code != WEIR_OK) {
        fail(s);
    } else {
        go(s, any_missing ? WR_STARTUP_CREATE : WR_STARTUP_CONFIG);
    }
    return 0;
}

/* Settings of a new topic: what the operator asks for with topic.*, and over it what Weir needs. */
static struct wr_topic_config *topic_config(const struct wr_startup *s,
                                            const struct wr_plan_topic *t, size_t *count)
{
    const struct wr_run_settings *rs = s->settings;
    struct wr_topic_config *config =
        wr_calloc(t->setting_count + rs->topic_setting_count, sizeof *config);
    size_t n = 0;
    for (; n < t->setting_count; n++) {
        config[n] = (struct wr_topic_config){t->settings[n].name, t->settings[n].value};
    }
    for (size_t i = 0; i < rs->topic_setting_count; i++) {
        bool ours = false;
        for (size_t k = 0; k < t->setting_count; k++) {
            ours |= strcmp(t->settings[k].name, rs->topic_settings[i].name) == 0;
        }
        if (!ours) {
            config[n++] =
                (struct wr_topic_config){rs->topic_settings[i].name, rs->topic_settings[i].value};
        }
    }
    *count = n;
    return config;
}

static struct wr_call *create_topic(struct wr_startup *s, const struct wr_plan_topic *t)
{
    size_t count = 0;
    struct wr_topic_config *config = topic_config(s, t, &count);
    struct wr_new_topic topic = {
        .name = t->name,
        .partitions = t->partitions,
        .replication = s->settings->replication,
        .config = config,
        .config_count = count,
    };
    struct wr_call *call = wr_topic_create(s->admin, &topic);
    wr_free(config);
    return call;
}

static int step_create(struct wr_startup *s, int slice_ms)
{
    int sleep_ms = 0;
    while (s->at < s->plan->topic_count && !s->missing[s->at]) {
        s->at++;
    }
    if (s->at == s->plan->topic_count) {
        go(s, WR_STARTUP_INTERNAL); /* until all of them are seen with leaders */
        return 0;
    }
    const struct wr_plan_topic *t = &s->plan->topics[s->at];
    if (s->call == NULL) {
        s->call = create_topic(s, t);
    }
    enum wr_outcome outcome = step_call(s, slice_ms, &sleep_ms);
    if (outcome == WR_CALL_OK) {
        if (wr_topic_created(s->call)) {
            wr_log(WR_LOG_INFO, "topic.created", WR_S("topic", t->name),
                   WR_I("partitions", t->partitions), WR_END);
            WR_FAILPOINT(START_TOPIC_CREATED);
        }
        wr_call_free(s->call);
        s->call = NULL;
        s->at++;
    } else if (s->error.code == WEIR_EAUTH && wr_startup_state(s) == WR_STARTUP_FAILED) {
        fail_unauthorized(s, t);
    } else if (wr_startup_state(s) == WR_STARTUP_FAILED) {
        wr_fail_prefix(&s->error, "internal topic \"%s\" could not be created", t->name);
    }
    return sleep_ms;
}

/* ---- CONFIG ---------------------------------------------------------------------------------- */

/* Settings without which data would be lost or never end; others are the operator's business. */
static bool is_vital(const char *name)
{
    return strcmp(name, "cleanup.policy") == 0 || strcmp(name, "message.timestamp.type") == 0;
}

static enum weir_code check_config(struct wr_startup *s, const struct wr_plan_topic *t)
{
    for (size_t i = 0; i < t->setting_count; i++) {
        const char *has = wr_topics_config_value(s->call, t->name, t->settings[i].name);
        if (has == NULL || strcmp(has, t->settings[i].value) == 0) {
            continue;
        }
        if (is_vital(t->settings[i].name)) {
            return wr_fail(&s->error, WEIR_ECONFIG,
                           "internal topic \"%s\" has %s=%s and must have %s; change it with "
                           "kafka-configs and start again",
                           t->name, t->settings[i].name, has, t->settings[i].value);
        }
        wr_log(WR_LOG_WARN, "topic.config_differs", WR_S("topic", t->name),
               WR_S("setting", t->settings[i].name), WR_S("has", has),
               WR_S("expected", t->settings[i].value), WR_END);
    }
    const char *retention = wr_topics_config_value(s->call, t->name, "delete.retention.ms");
    if (t->kind == WR_PLAN_CHANGELOG && retention != NULL) {
        s->delete_retention_ms = wr_min_i64(s->delete_retention_ms, strtoll(retention, NULL, 10));
    }
    return WEIR_OK;
}

static int step_config(struct wr_startup *s, int slice_ms)
{
    int sleep_ms = 0;
    if (s->call == NULL) {
        struct wr_ptrs names = {0};
        for (size_t i = 0; i < s->plan->topic_count; i++) {
            wr_ptrs_push(&names, (void *)(uintptr_t)s->plan->topics[i].name);
        }
        s->call = wr_topics_config(s->admin, (const char *const *)names.items, names.count);
        wr_ptrs_free(&names);
    }
    if (step_call(s, slice_ms, &sleep_ms) != WR_CALL_OK) {
        return sleep_ms;
    }
    for (size_t i = 0; i < s->plan->topic_count; i++) {
        if (check_config(s, &s->plan->topics[i]) != WEIR_OK) {
            fail(s);
            return 0;
        }
    }
    go(s, WR_STARTUP_MAP);
    return 0;
}

/* ---- MAP, EMPTY, GROW ------------------------------------------------------------------------ */

static enum weir_code make_map(struct wr_startup *s)
{
    size_t count = 0;
    const struct wr_position *p = wr_offsets_result(s->call, &count);
    const char **metadata = wr_calloc(count, sizeof(*metadata));
    for (size_t i = 0; i < count; i++) {
        metadata[i] = p[i].offset >= 0 ? p[i].metadata : NULL;
    }
    if (s->map.tasks != NULL) {
        wr_task_map_free(&s->map);
    }
    enum weir_code code =
        wr_task_map_make(&s->map, s->plan, metadata, count, s->settings->upgrade_from, &s->error);
    wr_free(metadata);
    return code;
}

static int step_map(struct wr_startup *s, int slice_ms)
{
    int sleep_ms = 0;
    if (s->call == NULL) {
        struct wr_position *list = wr_calloc((size_t)s->task_partitions, sizeof *list);
        for (int32_t i = 0; i < s->task_partitions; i++) {
            list[i] = (struct wr_position){.topic = s->plan->task_topic, .partition = i};
        }
        s->call = wr_offsets_fetch(s->admin, list, (size_t)s->task_partitions, false);
        wr_free(list);
    }
    if (step_call(s, slice_ms, &sleep_ms) != WR_CALL_OK) {
        return sleep_ms;
    }
    if (make_map(s) != WEIR_OK) {
        fail(s);
        return 0;
    }
    for (size_t i = 0; i < s->map.held.count; i++) {
        wr_log(WR_LOG_WARN, "task.held", WR_S("task", s->map.held.items[i]),
               WR_S("reason", "this build does not have it; its state and positions are kept"),
               WR_END);
    }
    bool grow = s->map.count > s->task_partitions;
    bool first = s->settings->upgrade_from != NULL && !s->joined;
    go(s, first ? WR_STARTUP_EMPTY : grow ? WR_STARTUP_GROW : WR_STARTUP_DONE);
    return 0;
}

static int step_empty(struct wr_startup *s, int slice_ms)
{
    int sleep_ms = 0;
    if (s->call == NULL) {
        s->call = wr_group_describe(s->admin);
    }
    if (step_call(s, slice_ms, &sleep_ms) != WR_CALL_OK) {
        return sleep_ms;
    }
    size_t count = 0;
    const struct wr_member *m = wr_group_members(s->call, &count);
    if (count != 0) {
        wr_fail(&s->error, WEIR_EIDENTITY,
                "upgrade.from is set but the application is running (%zu members, one is %s); stop "
                "all instances first, and start the new build with upgrade.from only once",
                count, m[0].client_id);
        fail(s);
        return 0;
    }
    go(s, s->map.count > s->task_partitions ? WR_STARTUP_GROW : WR_STARTUP_DONE);
    return 0;
}

static int step_grow(struct wr_startup *s, int slice_ms)
{
    int sleep_ms = 0;
    if (s->call == NULL) {
        s->call = wr_topic_grow(s->admin, s->plan->task_topic, s->map.count);
    }
    if (step_call(s, slice_ms, &sleep_ms) != WR_CALL_OK) {
        return sleep_ms;
    }
    s->task_partitions = s->map.count;
    go(s, WR_STARTUP_MAP); /* somebody may have claimed meanwhile */
    return 0;
}

void wr_startup_map_again(struct wr_startup *s)
{
    s->joined = true;
    s->task_partitions = s->task_partitions > s->map.count ? s->task_partitions : s->map.count;
    go(s, WR_STARTUP_MAP);
}

int wr_startup_step(struct wr_startup *s, int slice_ms)
{
    int64_t now_ms = wr_mono_ms(s->clock);
    if (now_ms < s->retry_at_ms) {
        return (int)(s->retry_at_ms - now_ms);
    }
    switch (wr_startup_state(s)) {
    case WR_STARTUP_INPUTS:
        return step_inputs(s, slice_ms);
    case WR_STARTUP_INTERNAL:
        return step_internal(s, slice_ms);
    case WR_STARTUP_CREATE:
        return step_create(s, slice_ms);
    case WR_STARTUP_CONFIG:
        return step_config(s, slice_ms);
    case WR_STARTUP_MAP:
        return step_map(s, slice_ms);
    case WR_STARTUP_EMPTY:
        return step_empty(s, slice_ms);
    case WR_STARTUP_GROW:
        return step_grow(s, slice_ms);
    case WR_STARTUP_DONE:
    case WR_STARTUP_FAILED:
        break;
    }
    return 0;
}
