/* cmd_topology.c -- `weir topology`: asks an application for its topology, draws what it says.
 *
 * The application is a program of its own and is run, never loaded. The form of Kafka Streams comes
 * from the application as it is: it has that text itself. */
#include "src/base/base.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/application.h"
#include "tools/drawing.h"
#include "tools/tool_commands.h"

enum { TIMEOUT_S = 10, TIMEOUT_MAX_S = 3600 };

struct options {
    bool kafka;
    long timeout_s;
    char **app; /* the program and what it is given, ended by NULL */
};

static int bad_usage(const char *what)
{
    fprintf(stderr, "weir topology: %s; see weir --help\n", what);
    return WR_TOOL_USAGE;
}

static bool parse_seconds(const char *text, long *out)
{
    char *end;
    *out = strtol(text, &end, 10);
    return end != text && *end == '\0' && *out >= 1 && *out <= TIMEOUT_MAX_S;
}

/* -1 to go on, else the exit code. */
static int parse(int argc, char **argv, struct options *o)
{
    static const struct option long_options[] = {
        {"output", required_argument, NULL, 'o'},
        {"timeout", required_argument, NULL, 't'},
        {NULL, 0, NULL, 0},
    };
    *o = (struct options){.timeout_s = TIMEOUT_S};
    opterr = 0;
    for (;;) {
        int c = getopt_long(argc, argv, "+o:t:", long_options, NULL); /* +: APP ends the options */
        switch (c) {
        case -1:
            o->app = argv + optind;
            return optind < argc ? -1 : bad_usage("the application to ask is needed");
        case 'o':
            o->kafka = strcmp(optarg, "kafka") == 0;
            if (!o->kafka && strcmp(optarg, "text") != 0) {
                return bad_usage("-o takes text or kafka");
            }
            break;
        case 't':
            if (!parse_seconds(optarg, &o->timeout_s)) {
                return bad_usage("-t takes a number of seconds, 1 to 3600");
            }
            break;
        default:
            return bad_usage("it takes -o FORMAT and -t SECONDS before the application");
        }
    }
}

static enum weir_code draw(const struct wr_application *app, struct wr_buf *text,
                           struct weir_error *err)
{
    struct wr_description *d = NULL;
    enum weir_code code = wr_application_describe(app, &d, err);
    if (code == WEIR_OK) {
        wr_draw_topology(d, text);
        wr_description_free(d);
    }
    return code;
}

int wr_cmd_topology(int argc, char **argv)
{
    static const char *const as_kafka[] = {"describe", "-o", "text", NULL};
    struct options o;
    struct weir_error err;
    struct wr_buf text = {0};
    int result = parse(argc, argv, &o);
    if (result >= 0) {
        return result;
    }
    struct wr_application app = {.timeout_ms = o.timeout_s * 1000};
    for (char **word = o.app; *word != NULL; word++) {
        wr_ptrs_push(&app.argv, *word);
    }
    enum weir_code code =
        o.kafka ? wr_application_ask(&app, as_kafka, &text, &err) : draw(&app, &text, &err);
    if (code == WEIR_OK) {
        fwrite(text.data, 1, text.len, stdout);
    } else {
        fprintf(stderr, "weir topology: %s\n", err.text);
    }
    wr_ptrs_free(&app.argv);
    wr_buf_free(&text);
    return code == WEIR_OK ? WR_TOOL_OK : WR_TOOL_FAILED;
}
