/* commands.c -- describe, config and version; how errors are reported. Data goes to standard
 * output, everything else to standard error. */
#include "src/base/base.h"

#include <stdio.h>
#include <string.h>

#include "src/app/app_impl.h"
#include "src/app/commands.h"
#include "src/base/mem.h"
#include "topology/graph/describe.h"

static void print(struct wr_buf *text)
{
    fputs(wr_buf_cstr(text), stdout);
}

struct weir_app *wr_invocation_app(struct wr_invocation *in, int *code)
{
    struct weir_error err;
    struct weir_app *app = NULL;
    struct wr_buf report = {0};
    struct wr_conf *conf = in->conf;
    in->conf = NULL;
    if (wr_app_make(&app, conf, in->build, in->arg, &report, &err) != WEIR_OK) {
        *code = WR_EXIT_CONFIG;
        fprintf(stderr, "%s: cannot start:\n", in->program);
    }
    fputs(wr_buf_cstr(&report), stderr);
    wr_buf_free(&report);
    return app;
}

int wr_bad_usage(const struct wr_invocation *in, const char *what)
{
    fprintf(stderr, "%s: %s; see %s --help\n", in->program, what, in->program);
    return WR_EXIT_USAGE;
}

/* ---- describe -------------------------------------------------------------------------------- */

static int describe(struct wr_invocation *in)
{
    const char *output = in->output != NULL ? in->output : "text";
    bool json = strcmp(output, "json") == 0;
    if (in->arg_count != 0 || (!json && strcmp(output, "text") != 0)) {
        return wr_bad_usage(in, "describe takes -o text or -o json, and no arguments");
    }
    int code = WR_EXIT_OK;
    /* No cluster is needed to look at a topology. */
    wr_conf_set(in->conf, WR_CONF_CODE, "describe", "bootstrap.servers", "none:9092");
    struct weir_app *app = wr_invocation_app(in, &code);
    if (app == NULL) {
        return code;
    }
    struct wr_buf text = {0};
    if (json) {
        wr_describe_json(&app->topology->graph, app->run.application_id, &text);
        wr_buf_char(&text, '\n');
    } else {
        wr_describe_text(&app->topology->graph, &text);
    }
    print(&text);
    wr_buf_free(&text);
    weir_app_free(app);
    return WR_EXIT_OK;
}

/* ---- config ---------------------------------------------------------------------------------- */

static int config_explain(struct wr_invocation *in)
{
    struct weir_error err;
    struct wr_buf text = {0};
    if (in->arg_count != 2) {
        return wr_bad_usage(in, "config explain takes the name of one setting");
    }
    enum weir_code code = wr_conf_explain(in->conf, in->args[1], &text, &err);
    print(&text);
    wr_buf_free(&text);
    if (code != WEIR_OK) {
        fprintf(stderr, "%s: %s\n", in->program, err.text);
        return WR_EXIT_FAILED;
    }
    return WR_EXIT_OK;
}

static int config_dump(struct wr_invocation *in)
{
    const char *output = in->output != NULL ? in->output : "text";
    struct wr_buf text = {0};
    if (in->arg_count != 1) {
        return wr_bad_usage(in, "config dump takes no arguments");
    }
    if (strcmp(output, "json") == 0) {
        wr_conf_dump_json(in->conf, &text);
    } else if (strcmp(output, "text") == 0) {
        wr_conf_dump_text(in->conf, &text);
    } else {
        return wr_bad_usage(in, "config dump takes -o text or -o json");
    }
    print(&text);
    wr_buf_free(&text);
    return WR_EXIT_OK;
}

/* All settings there are, whatever they are set to: the source of docs/settings.md. */
static int config_reference(struct wr_invocation *in)
{
    const char *output = in->output != NULL ? in->output : "markdown";
    bool man = strcmp(output, "man") == 0;
    struct wr_buf text = {0};
    if (in->arg_count != 1 || (!man && strcmp(output, "markdown") != 0)) {
        return wr_bad_usage(in, "config reference takes -o markdown or -o man, and no arguments");
    }
    for (size_t i = 0; i < wr_app_table_count; i++) {
        (man ? wr_conf_docs_man : wr_conf_docs_markdown)(wr_app_tables[i], &text);
    }
    print(&text);
    wr_buf_free(&text);
    return WR_EXIT_OK;
}

/* Settings are shown also when some of them are wrong: that is when people look at them. */
static int config(struct wr_invocation *in)
{
    if (in->arg_count == 0) {
        return wr_bad_usage(in, "config explain KEY, config dump, or config reference");
    }
    if (strcmp(in->args[0], "reference") == 0) {
        return config_reference(in);
    }
    bool explain = strcmp(in->args[0], "explain") == 0;
    if (!explain && strcmp(in->args[0], "dump") != 0) {
        return wr_bad_usage(in, "config has explain, dump and reference");
    }
    struct weir_error err;
    enum weir_code code = wr_conf_check(in->conf, &err);
    if (explain) {
        return config_explain(in);
    }
    size_t count = 0;
    const struct wr_conf_finding *f = wr_conf_findings(in->conf, &count);
    for (size_t i = 0; i < count; i++) {
        fprintf(stderr, "%s%s\n", f[i].warning ? "warning: " : "", f[i].text);
    }
    int result = config_dump(in);
    return result == WR_EXIT_OK && code != WEIR_OK ? WR_EXIT_CONFIG : result;
}

static int version(struct wr_invocation *in)
{
    if (in->arg_count != 0) {
        return wr_bad_usage(in, "version takes no arguments");
    }
    printf("weir %s\nlibrdkafka %s\n", weir_version(), wr_kafka_library(NULL));
    return WR_EXIT_OK;
}

const struct wr_command wr_commands[] = {
    {"run", "run", "run the application (the default)", wr_command_run},
    {"describe", "describe [-o text|json]", "print the topology; needs no cluster", describe},
    {"config",
     "config explain KEY | config dump [-o text|json] | config reference [-o markdown|man]",
     "say what a setting means, show all with where they come from, or list all there are", config},
    {"version", "version", "print versions", version},
};
const size_t wr_command_count = WR_ARRAY_LEN(wr_commands);
