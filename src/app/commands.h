/* commands.h -- the commands that every application has (weir_main). */
#ifndef WR_COMMANDS_H
#define WR_COMMANDS_H

#include <weir/app.h>

#include "src/conf/conf.h"

enum wr_exit {
    WR_EXIT_OK = 0,
    WR_EXIT_FAILED = 1,
    WR_EXIT_USAGE = 2,
    WR_EXIT_UNREACHABLE = 3,
    WR_EXIT_RETRY = 75, /* EX_TEMPFAIL */
    WR_EXIT_CONFIG = 78 /* EX_CONFIG */
};

/* What the command line said. */
struct wr_invocation {
    const char *program;
    struct wr_conf *conf; /* read, not checked; NULL once it belongs to an application */
    const char *output;   /* -o; NULL: the command's own default */
    char **args;          /* after the command's name */
    int arg_count;
    weir_build_fn *build;
    void *arg;
};

struct wr_command {
    const char *name;
    const char *usage;
    const char *summary;
    int (*run)(struct wr_invocation *in);
};

extern const struct wr_command wr_commands[];
extern const size_t wr_command_count;

int wr_command_run(struct wr_invocation *in); /* run_command.c */

/* Say what is wrong with the command line; WR_EXIT_USAGE. */
int wr_bad_usage(const struct wr_invocation *in, const char *what);

/* Make the application of an invocation, and print warnings and what is wrong to standard error.
 * *code is the exit code after a failure. */
struct weir_app *wr_invocation_app(struct wr_invocation *in, int *code);

#endif
