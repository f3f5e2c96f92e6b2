/* weir_main.c -- the command line of every application. */
#include "src/base/base.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "src/app/commands.h"
#include "src/base/err.h"
#include "src/base/mem.h"
#include "src/conf/nearest.h"
#include "src/run/settings.h"

static void help(const char *program)
{
    printf("usage: %s [OPTIONS] [COMMAND [ARGUMENTS]]\n\ncommands:\n", program);
    for (size_t i = 0; i < wr_command_count; i++) {
        printf("  %s\n      %s\n", wr_commands[i].usage, wr_commands[i].summary);
    }
    printf("\noptions:\n"
           "  -c, --config FILE        read settings from FILE (key=value lines)\n"
           "  -s, --set KEY=VALUE      one setting; may be given more than once\n"
           "  -o, --output FORMAT      of commands that print something\n"
           "  -h, --help               this text\n"
           "\nsettings: --set, then WEIR_* environment variables, then the file, then defaults;\n"
           "config explain KEY says what one means, config dump shows all.\n"
           "exit codes: 0 done, 1 failed, 2 wrong usage, 3 cluster not reachable,\n"
           "75 a restart may help, 78 bad configuration, topology or identity.\n");
}

/* "KEY=VALUE" of --set. */
static bool set_one(struct wr_conf *conf, char *text)
{
    char *eq = strchr(text, '=');
    if (eq == NULL || eq == text) {
        return false;
    }
    char *name = wr_strndup(text, (size_t)(eq - text));
    wr_conf_set(conf, WR_CONF_FLAG, "--set", name, eq + 1);
    wr_free(name);
    return true;
}

/* getopt would say it by another name of the program. */
static int bad_option(const struct wr_invocation *in, const char *word)
{
    char letter[3] = {'-', (char)optopt, '\0'};
    fprintf(stderr, "%s: option \"%s\" is unknown, or its value is missing; see %s --help\n",
            in->program, optopt != 0 ? letter : word, in->program);
    return WR_EXIT_USAGE;
}

/* Read the command line; -1 to go on, else the exit code. */
static int parse(int argc, char **argv, struct wr_invocation *in)
{
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'},
        {"set", required_argument, NULL, 's'},
        {"output", required_argument, NULL, 'o'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    optind = 1;
    opterr = 0;
    for (;;) {
        int c = getopt_long(argc, argv, "c:s:o:h", options, NULL);
        switch (c) {
        case -1:
            in->args = argv + optind;
            in->arg_count = argc - optind;
            return -1;
        case 'c':
            wr_conf_load_file(in->conf, wr_fs_posix(), optarg, environ);
            break;
        case 's':
            if (!set_one(in->conf, optarg)) {
                fprintf(stderr, "%s: --set takes KEY=VALUE, not \"%s\"\n", in->program, optarg);
                return WR_EXIT_USAGE;
            }
            break;
        case 'o':
            in->output = optarg;
            break;
        case 'h':
            help(in->program);
            return WR_EXIT_OK;
        default:
            return bad_option(in, argv[optind - 1]);
        }
    }
}

static const struct wr_command *find_command(const char *name)
{
    for (size_t i = 0; i < wr_command_count; i++) {
        if (strcmp(wr_commands[i].name, name) == 0) {
            return &wr_commands[i];
        }
    }
    return NULL;
}

static int unknown_command(const char *program, const char *name)
{
    const char *near = NULL;
    size_t distance = SIZE_MAX;
    for (size_t i = 0; i < wr_command_count; i++) {
        if (wr_is_nearer(name, wr_commands[i].name, &distance)) {
            near = wr_commands[i].name;
        }
    }
    fprintf(stderr, "%s: there is no command \"%s\"; ", program, name);
    if (near != NULL) {
        fprintf(stderr, "did you mean \"%s\"? ", near);
    }
    fprintf(stderr, "see %s --help\n", program);
    return WR_EXIT_USAGE;
}

/* The last part of what the program was called by. */
static const char *program_name(int argc, char **argv)
{
    const char *slash = argc > 0 ? strrchr(argv[0], '/') : NULL;
    return argc <= 0 ? "weir" : slash != NULL ? slash + 1 : argv[0];
}

int weir_main(int argc, char **argv, const char *application_id, weir_build_fn *build, void *arg)
{
    struct wr_invocation in = {
        .program = program_name(argc, argv),
        .conf = wr_conf_new(wr_app_tables, wr_app_table_count),
        .build = build,
        .arg = arg,
    };
    if (application_id != NULL) {
        wr_conf_set(in.conf, WR_CONF_CODE, "weir_main", "application.id", application_id);
    }
    wr_conf_load_env(in.conf, wr_fs_posix(), environ);
    int code = parse(argc, argv, &in);
    if (code < 0) {
        const struct wr_command *command = &wr_commands[0];
        if (in.arg_count > 0) {
            command = find_command(in.args[0]);
            in.args++;
            in.arg_count--;
        }
        code = command != NULL ? command->run(&in) : unknown_command(in.program, in.args[-1]);
    }
    if (in.conf != NULL) {
        wr_conf_free(in.conf);
    }
    if (code == WR_EXIT_OK && (fflush(stdout) != 0 || ferror(stdout))) {
        fprintf(stderr, "%s: could not write to standard output: %s\n", in.program,
                wr_errno_text(errno));
        return WR_EXIT_FAILED;
    }
    return code;
}
