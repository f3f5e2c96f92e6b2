/* weir.c -- the command line of `weir`: finds the command and hands the rest over to it. Data goes
 * to standard output, everything else to standard error. */
#include "src/base/base.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "src/base/err.h"
#include "tools/tool_commands.h"

static int version(int argc, char **argv);
static int help(int argc, char **argv);

static const struct wr_tool_command commands[] = {
    {"demo", "demo [--seconds N] [--check] [--brokers HOST:PORT] [--keep]",
     "see an example count exactly once while one of its instances is killed", wr_cmd_demo},
    {"dev",
     "dev [--listen HOST:PORT] [--dir DIR] [--no-auto-create] [--clean-interval MS] "
     "[--topic NAME[:PARTITIONS[:KEY=VALUE,...]]]...",
     "run a broker on loopback, for development and tests", wr_cmd_dev},
    {"reset", "reset [OPTION...] [--execute] [APP [ARGUMENT...]]",
     "let an application begin anew: show what that deletes and moves, or do it", wr_cmd_reset},
    {"state", "state list|get|scan|count [OPTION...] DIR [STORE [KEY]]",
     "look into the stores of a stopped instance", wr_cmd_state},
    {"topology", "topology [-o text|kafka] [-t SECONDS] APP [ARGUMENT...]",
     "draw the topology of an application, or print it as Kafka Streams does", wr_cmd_topology},
    {"version", "version", "print the version", version},
    {"help", "help", "this text", help},
};

static int refuse_arguments(const char *name)
{
    fprintf(stderr, "weir: %s takes no arguments; see weir --help\n", name);
    return WR_TOOL_USAGE;
}

static int version(int argc, char **argv)
{
    if (argc > 1) {
        return refuse_arguments(argv[0]);
    }
    printf("weir %s\n", PACKAGE_VERSION);
    return WR_TOOL_OK;
}

static int help(int argc, char **argv)
{
    if (argc > 1) {
        return refuse_arguments(argv[0]);
    }
    printf("usage: weir COMMAND [ARGUMENT...]\n\ncommands:\n");
    for (size_t i = 0; i < WR_ARRAY_LEN(commands); i++) {
        printf("  %s\n      %s\n", commands[i].usage, commands[i].summary);
    }
    printf("\nexit codes: 0 done, 1 failed, 2 wrong usage, 3 not now, 4 damaged data. weir(1) says "
           "more.\n");
    return WR_TOOL_OK;
}

static const struct wr_tool_command *find_command(const char *name)
{
    if (strcmp(name, "-h") == 0 || strcmp(name, "--help") == 0) {
        name = "help";
    } else if (strcmp(name, "--version") == 0) {
        name = "version";
    }
    for (size_t i = 0; i < WR_ARRAY_LEN(commands); i++) {
        if (strcmp(commands[i].name, name) == 0) {
            return &commands[i];
        }
    }
    return NULL;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "weir: a command is needed; see weir --help\n");
        return WR_TOOL_USAGE;
    }
    const struct wr_tool_command *command = find_command(argv[1]);
    if (command == NULL) {
        fprintf(stderr, "weir: there is no command \"%s\"; see weir --help\n", argv[1]);
        return WR_TOOL_USAGE;
    }
    int result = command->run(argc - 1, argv + 1);
    if (result == WR_TOOL_OK && (fflush(stdout) != 0 || ferror(stdout))) {
        fprintf(stderr, "weir: could not write to standard output: %s\n", wr_errno_text(errno));
        return WR_TOOL_FAILED;
    }
    return result;
}
