/* cmd_reset.c -- `weir reset`: lets an application begin anew, as Kafka Streams' reset tool does.
 *
 * Either the application says itself which topics it has and where its cluster is, or the command
 * line does. Everything is found out first and shown; only --execute changes anything, and only
 * while no instance runs. */
#include "src/base/base.h"

#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/base/clock.h"
#include "src/base/err.h"
#include "src/base/mem.h"
#include "src/base/timestamp.h"
#include "src/run/settings.h"
#include "state/state_dir.h"
#include "tools/application.h"
#include "tools/listing.h"
#include "tools/reset_plan.h"
#include "tools/tool_commands.h"

enum { TIMEOUT_S = 30, TIMEOUT_MAX_S = 3600, MEMBERS_STEP_MS = 500 };

struct reset {
    struct wr_conf *conf;
    struct wr_application app; /* without arguments: there is none to ask */
    struct wr_ptrs passed;     /* options that the application is given, too; owned */
    bool execute;
    bool targeted;
    enum wr_listing_form form;
    long timeout_s;
    const char *state_dir; /* NULL: state is left alone */

    struct wr_reset_request request;
    struct wr_ptrs secrets; /* settings that the application does not tell; owned */
    struct wr_ptrs texts;   /* names of topics; owned */
    struct wr_cluster cluster;
    struct wr_reset_plan plan;
};

static void say(const char *text)
{
    fprintf(stderr, "weir reset: %s\n", text);
}

/* ---- the command line ------------------------------------------------------------------------ */

static int bad_usage(const char *what)
{
    fprintf(stderr, "weir reset: %s; see weir --help\n", what);
    return WR_TOOL_USAGE;
}

static void pass_on(struct reset *r, const char *option, const char *value)
{
    wr_ptrs_push(&r->passed, wr_strdup(option));
    wr_ptrs_push(&r->passed, wr_strdup(value));
}

/* A setting, for us and for the application. */
static void set(struct reset *r, const char *name, const char *value)
{
    char *text = wr_asprintf("%s=%s", name, value);
    wr_conf_set(r->conf, WR_CONF_FLAG, "the command line", name, value);
    pass_on(r, "-s", text);
    wr_free(text);
}

static int set_one(struct reset *r, const char *text)
{
    const char *eq = strchr(text, '=');
    if (eq == NULL || eq == text) {
        return bad_usage("--set takes KEY=VALUE");
    }
    char *name = wr_strndup(text, (size_t)(eq - text));
    set(r, name, eq + 1);
    wr_free(name);
    return -1;
}

/* Names, separated by commas. */
static void take_names(struct reset *r, const char *text, struct wr_ptrs *out)
{
    while (*text != '\0') {
        size_t len = strcspn(text, ",");
        if (len != 0) {
            char *name = wr_strndup(text, len);
            wr_ptrs_push(&r->texts, name);
            wr_ptrs_push(out, name);
        }
        text += len + (text[len] == ',');
    }
}

static bool parse_number(const char *text, int64_t *out)
{
    char *end;
    errno = 0;
    *out = strtoll(text, &end, 10);
    return end != text && *end == '\0' && errno == 0;
}

enum long_option {
    EXECUTE = 1000,
    APPLICATION_ID,
    BOOTSTRAP,
    INPUTS,
    INTERNALS,
    STATE_DIR,
    EARLIEST,
    LATEST,
    OFFSET,
    SHIFT,
    DATETIME,
    DURATION,
};

static int take_target(struct reset *r, int option, const char *value)
{
    struct wr_reset_target *t = &r->request.target;
    if (r->targeted) {
        return bad_usage("only one of --to-earliest, --to-latest, --to-offset, --shift-by, "
                         "--to-datetime and --by-duration");
    }
    r->targeted = true;
    switch (option) {
    case EARLIEST:
        t->kind = WR_RESET_EARLIEST;
        return -1;
    case LATEST:
        t->kind = WR_RESET_LATEST;
        return -1;
    case OFFSET:
        t->kind = WR_RESET_OFFSET;
        return parse_number(value, &t->value) && t->value >= 0
                   ? -1
                   : bad_usage("--to-offset takes a number that is not negative");
    case SHIFT:
        t->kind = WR_RESET_SHIFT;
        return parse_number(value, &t->value) ? -1 : bad_usage("--shift-by takes a number");
    case DATETIME:
        t->kind = WR_RESET_TIME;
        return wr_timestamp_parse(value, &t->value)
                   ? -1
                   : bad_usage("--to-datetime takes a time such as 2023-11-14T22:13:20 (UTC, or "
                               "with +hh:mm behind it)");
    default:
        t->kind = WR_RESET_TIME;
        if (!wr_reset_duration(value, &t->value)) {
            return bad_usage("--by-duration takes a duration such as P7DT12H30M5S");
        }
        t->value = wr_max_i64(0, wr_wall_ms(wr_clock_system()) - t->value);
        return -1;
    }
}

/* -1 to go on, else the exit code. */
static int take_option(struct reset *r, int option, const char *value)
{
    int64_t seconds;
    switch (option) {
    case 'c':
        wr_conf_load_file(r->conf, wr_fs_posix(), value, environ);
        pass_on(r, "-c", value);
        return -1;
    case 's':
        return set_one(r, value);
    case 'o':
        return wr_listing_form_of(value, &r->form) ? -1
                                                   : bad_usage("-o takes table, json or ndjson");
    case 't':
        if (!parse_number(value, &seconds) || seconds < 1 || seconds > TIMEOUT_MAX_S) {
            return bad_usage("-t takes a number of seconds, 1 to 3600");
        }
        r->timeout_s = (long)seconds;
        return -1;
    case EXECUTE:
        r->execute = true;
        return -1;
    case APPLICATION_ID:
        set(r, "application.id", value);
        return -1;
    case BOOTSTRAP:
        set(r, "bootstrap.servers", value);
        return -1;
    case INPUTS:
        take_names(r, value, &r->request.inputs);
        return -1;
    case INTERNALS:
        take_names(r, value, &r->request.internals);
        return -1;
    case STATE_DIR:
        r->state_dir = value;
        return -1;
    default:
        return take_target(r, option, value);
    }
}

static int parse(int argc, char **argv, struct reset *r)
{
    static const struct option options[] = {
        {"execute", no_argument, NULL, EXECUTE},
        {"application-id", required_argument, NULL, APPLICATION_ID},
        {"bootstrap-servers", required_argument, NULL, BOOTSTRAP},
        {"bootstrap-server", required_argument, NULL, BOOTSTRAP},
        {"config", required_argument, NULL, 'c'},
        {"set", required_argument, NULL, 's'},
        {"input-topics", required_argument, NULL, INPUTS},
        {"internal-topics", required_argument, NULL, INTERNALS},
        {"state-dir", required_argument, NULL, STATE_DIR},
        {"to-earliest", no_argument, NULL, EARLIEST},
        {"to-latest", no_argument, NULL, LATEST},
        {"to-offset", required_argument, NULL, OFFSET},
        {"shift-by", required_argument, NULL, SHIFT},
        {"to-datetime", required_argument, NULL, DATETIME},
        {"by-duration", required_argument, NULL, DURATION},
        {"output", required_argument, NULL, 'o'},
        {"timeout", required_argument, NULL, 't'},
        {NULL, 0, NULL, 0},
    };
    opterr = 0;
    for (int c; (c = getopt_long(argc, argv, "+c:s:o:t:", options, NULL)) != -1;) {
        if (c == '?') {
            fprintf(stderr, "weir reset: option \"%s\" is unknown, or its value is missing",
                    argv[optind - 1]);
            fprintf(stderr, "; see weir --help\n");
            return WR_TOOL_USAGE;
        }
        int result = take_option(r, c, optarg);
        if (result >= 0) {
            return result;
        }
    }
    for (int i = optind; i < argc; i++) { /* the application and its own options */
        wr_ptrs_push(&r->app.argv, argv[i]);
    }
    if (r->targeted && r->app.argv.count == 0 && r->request.inputs.count == 0) {
        return bad_usage("new positions need --input-topics, or the application to ask for them");
    }
    return -1;
}

/* ---- what is known before the cluster is asked ----------------------------------------------- */

static bool is_described_internal(const struct wr_description *d, const char *topic)
{
    for (size_t i = 0; i < d->topic_count; i++) {
        if (strcmp(d->topics[i].name, topic) == 0) {
            return true;
        }
    }
    return false;
}

static void take_name(struct reset *r, const char *name, struct wr_ptrs *out)
{
    for (size_t i = 0; i < out->count; i++) {
        if (strcmp(out->items[i], name) == 0) {
            return;
        }
    }
    char *copy = wr_strdup(name);
    wr_ptrs_push(&r->texts, copy);
    wr_ptrs_push(out, copy);
}

/* What sources read, but what the application writes for itself. */
static void take_inputs(struct reset *r, const struct wr_description *d)
{
    for (size_t i = 0; i < d->subtopology_count; i++) {
        for (size_t k = 0; k < d->subtopologies[i].node_count; k++) {
            const struct wr_described_node *n = &d->subtopologies[i].nodes[k];
            for (size_t t = 0; t < n->topics.count && !n->is_sink; t++) {
                if (!is_described_internal(d, n->topics.items[t])) {
                    take_name(r, n->topics.items[t], &r->request.inputs);
                }
            }
        }
    }
}

static void take_internals(struct reset *r, const struct wr_description *d)
{
    char *tasks = wr_asprintf("%s-tasks", d->application);
    for (size_t i = 0; i < d->topic_count; i++) {
        take_name(r, d->topics[i].name, &r->request.internals);
    }
    take_name(r, tasks, &r->request.internals);
    wr_free(tasks);
}

static enum weir_code ask_application(struct reset *r, struct weir_error *err)
{
    struct wr_description *d = NULL;
    for (size_t i = 0; i < r->passed.count; i++) {
        wr_ptrs_push(&r->app.argv, r->passed.items[i]);
    }
    r->app.timeout_ms = r->timeout_s * 1000;
    enum weir_code code = wr_application_describe(&r->app, &d, err);
    if (code == WEIR_OK) {
        code = wr_application_settings(&r->app, r->conf, &r->secrets, err);
    }
    if (code == WEIR_OK && r->request.inputs.count == 0) {
        take_inputs(r, d);
    }
    if (code == WEIR_OK && r->request.internals.count == 0) {
        take_internals(r, d);
    }
    wr_description_free(d);
    return code;
}

static bool is_passed(const struct wr_conf *conf, const char *name)
{
    size_t count;
    const struct wr_conf_passed *p = wr_conf_passed(conf, &count);
    for (size_t i = 0; i < count; i++) {
        size_t scope = strlen(p[i].scope);
        if (strncmp(name, p[i].scope, scope) == 0 && strcmp(name + scope, p[i].name) == 0) {
            return true;
        }
    }
    return false;
}

static enum weir_code check_settings(struct reset *r, struct weir_error *err)
{
    enum weir_code code = wr_conf_check(r->conf, err);
    for (size_t i = 0; i < r->secrets.count && code == WEIR_OK; i++) {
        const char *name = r->secrets.items[i];
        if (!is_passed(r->conf, name)) {
            code = wr_fail(err, WEIR_ECONFIG,
                           "the application does not tell its secret setting \"%s\": give it here "
                           "too, with -c, --set or its environment variable",
                           name);
        }
    }
    return code;
}

static enum weir_code prepare(struct reset *r, struct weir_error *err)
{
    enum weir_code code = r->app.argv.count != 0 ? ask_application(r, err) : WEIR_OK;
    if (code == WEIR_OK) {
        code = check_settings(r, err);
    }
    if (code == WEIR_OK) {
        r->request.application = wr_conf_text(r->conf, WR_CORE(APPLICATION_ID));
        r->request.by_name = r->request.internals.count == 0;
    }
    return code;
}

/* ---- members --------------------------------------------------------------------------------- */

static void name_members(const struct reset *r, const struct wr_member *m, size_t count)
{
    fprintf(stderr, "weir reset: group \"%s\" has members:\n", r->request.application);
    for (size_t i = 0; i < count; i++) {
        fprintf(stderr, "  %s at %s\n", m[i].client_id, m[i].host);
    }
}

static enum weir_code count_members(struct reset *r, bool name, size_t *count,
                                    struct weir_error *err)
{
    struct wr_call *c = wr_group_describe(r->cluster.admin);
    enum weir_code code = wr_cluster_wait(&r->cluster, c, err);
    if (code == WEIR_OK) {
        const struct wr_member *m = wr_group_members(c, count);
        if (name && *count != 0) {
            name_members(r, m, *count);
        }
    }
    wr_call_free(c);
    return code;
}

/* An instance that was stopped is a member until its session ends: that is waited for. */
static enum weir_code check_members(struct reset *r, struct weir_error *err)
{
    size_t count = 0;
    int64_t deadline = wr_mono_ms(wr_clock_system()) + r->timeout_s * 1000;
    enum weir_code code = count_members(r, true, &count, err);
    if (code == WEIR_OK && count != 0 && r->execute) {
        say("waiting for them to leave");
    }
    while (code == WEIR_OK && count != 0) {
        if (!r->execute || wr_mono_ms(wr_clock_system()) >= deadline) {
            return wr_fail(err, WEIR_ESTATE,
                           "nothing can be reset while instances run: stop all of them (one that "
                           "was stopped is a member until session.timeout.ms is over)");
        }
        poll(NULL, 0, MEMBERS_STEP_MS);
        code = count_members(r, false, &count, err);
    }
    return code;
}

/* ---- showing and doing ----------------------------------------------------------------------- */

static char *state_path(const struct reset *r)
{
    return wr_asprintf("%s/%s", r->state_dir, r->request.application);
}

static void put_action(struct wr_listing *l, const char *action, const char *name)
{
    wr_listing_text(l, action);
    wr_listing_text(l, name);
    wr_listing_none(l);
    wr_listing_none(l);
    wr_listing_none(l);
}

static void show(const struct reset *r)
{
    static const char *const columns[] = {"action", "name", "partition", "from", "to"};
    struct wr_listing *l = wr_listing_new(r->form, columns, WR_ARRAY_LEN(columns));
    put_action(l, "delete-group", r->request.application);
    for (size_t i = 0; i < r->plan.topics.count; i++) {
        put_action(l, "delete-topic", r->plan.topics.items[i]);
    }
    for (size_t i = 0; i < r->plan.move_count; i++) {
        const struct wr_reset_move *m = &r->plan.moves[i];
        wr_listing_text(l, "set-offset");
        wr_listing_text(l, m->topic);
        wr_listing_i64(l, m->partition);
        if (m->from >= 0) {
            wr_listing_i64(l, m->from);
        } else {
            wr_listing_none(l);
        }
        wr_listing_i64(l, m->to);
    }
    if (r->state_dir != NULL) {
        char *path = state_path(r);
        put_action(l, "delete-state", path);
        wr_free(path);
    }
    wr_listing_end(l);
}

/* Lock the state directory; *out is NULL if there is none. */
static enum weir_code open_state(const struct reset *r, struct wr_state_dir **out,
                                 struct weir_error *err)
{
    const struct wr_state_dir_options o = {.path = r->state_dir,
                                           .application_id = r->request.application,
                                           .fs = wr_fs_posix(),
                                           .clock = wr_clock_system(),
                                           .allow_temporary = true};
    *out = NULL;
    if (r->state_dir == NULL) {
        return WEIR_OK;
    }
    char *path = state_path(r);
    enum weir_code code = o.fs->stat(o.fs, path, NULL, NULL, err);
    wr_free(path);
    if (code != WEIR_OK) {
        return code == WEIR_ENOTFOUND ? WEIR_OK : code;
    }
    return wr_state_dir_open(out, &o, err);
}

static enum weir_code execute(struct reset *r, struct weir_error *err)
{
    struct wr_state_dir *dir;
    enum weir_code code = open_state(r, &dir, err);
    if (code == WEIR_OK) {
        code = wr_reset_plan_do(&r->plan, &r->cluster, err);
    }
    if (code == WEIR_OK && dir != NULL) {
        wr_state_dir_clean(dir, NULL, 0, 0, err);
        code = err->code;
    }
    wr_state_dir_close(dir);
    return code;
}

static enum weir_code reset(struct reset *r, struct weir_error *err)
{
    enum weir_code code = wr_cluster_open(&r->cluster, r->conf, r->timeout_s * 1000, err);
    if (code == WEIR_OK) {
        code = check_members(r, err);
    }
    if (code == WEIR_OK) {
        code = wr_reset_plan_make(&r->plan, &r->cluster, &r->request, err);
    }
    if (code != WEIR_OK) {
        return code;
    }
    show(r);
    if (!r->execute) {
        say("nothing was changed; --execute does what is listed");
        return WEIR_OK;
    }
    fflush(stdout);
    code = execute(r, err);
    if (code == WEIR_OK) {
        say(r->state_dir != NULL
                ? "done; state.dir of every other machine has to be emptied, too"
                : "done; now remove the application's folder in state.dir on every machine, before "
                  "an instance is started there");
    }
    return code;
}

/* What did not exist is reported, and does not keep the rest from being done. */
static int report(const struct reset *r, enum weir_code code, const struct weir_error *err)
{
    if (code != WEIR_OK) {
        say(err->text);
        bool later = code == WEIR_ECLUSTER || code == WEIR_ETIMEOUT || code == WEIR_ESTATE ||
                     code == WEIR_ELOCKED;
        return later ? WR_TOOL_NOT_READY : WR_TOOL_FAILED;
    }
    for (size_t i = 0; i < r->plan.missing.count; i++) {
        fprintf(stderr, "weir reset: input topic \"%s\" does not exist\n",
                (char *)r->plan.missing.items[i]);
    }
    return r->plan.missing.count != 0 ? WR_TOOL_FAILED : WR_TOOL_OK;
}

int wr_cmd_reset(int argc, char **argv)
{
    struct weir_error err;
    struct reset r = {.timeout_s = TIMEOUT_S,
                      .conf = wr_conf_new(wr_app_tables, wr_app_table_count)};
    wr_conf_load_env(r.conf, wr_fs_posix(), environ);
    int result = parse(argc, argv, &r);
    if (result < 0) {
        enum weir_code code = prepare(&r, &err);
        if (code == WEIR_OK) {
            code = reset(&r, &err);
        }
        result = report(&r, code, &err);
    }
    wr_reset_plan_free(&r.plan);
    wr_cluster_close(&r.cluster);
    wr_ptrs_free(&r.app.argv);
    wr_ptrs_free(&r.request.inputs);
    wr_ptrs_free(&r.request.internals);
    wr_ptrs_free_all(&r.passed);
    wr_ptrs_free_all(&r.secrets);
    wr_ptrs_free_all(&r.texts);
    wr_conf_free(r.conf);
    return result;
}
