/* tool_commands.h -- the commands of `weir`, one cmd_NAME.c each. */
#ifndef WR_TOOL_COMMANDS_H
#define WR_TOOL_COMMANDS_H

#include "src/base/base.h"

enum wr_tool_exit {
    WR_TOOL_OK = 0,
    WR_TOOL_FAILED = 1,
    WR_TOOL_USAGE = 2,
    WR_TOOL_NOT_READY = 3, /* the cluster cannot be reached, an instance is running: later */
    WR_TOOL_DAMAGED = 4,   /* stored data is damaged */
};

struct wr_tool_command {
    const char *name;
    const char *usage;
    const char *summary;
    /* argv[0] is the command's name. The result is the exit code of the process. */
    int (*run)(int argc, char **argv);
};

int wr_cmd_demo(int argc, char **argv);
int wr_cmd_dev(int argc, char **argv);
int wr_cmd_reset(int argc, char **argv);
int wr_cmd_state(int argc, char **argv);
int wr_cmd_topology(int argc, char **argv);

#endif
