/* sim_options.c -- the command line of the simulator: see usage(). */
#include "src/base/base.h"

#include <errno.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "src/base/broken.h"
#include "src/base/fs.h"
#include "src/base/mem.h"
#include "testkit/sim_workload.h"
#include "tests/sim/sim_options.h"

#define MEMORY "/dev/shm"

static void usage(void)
{
    fputs("usage: sim [--schedules N] [--seconds S] [--seed S] [OPTION...]\n"
          "       sim --rules [--seed S] [OPTION...]   break each rule until it is noticed\n"
          "       sim --replay SEED [--spare N,N,...] [--trace] [--shrink] [OPTION...]\n"
          "options: --break RULE      in a build with --enable-broken-rules\n"
          "         --scenario NAME   instead of what the seed chooses\n"
          "         --engine NAME     memory, or lmdb: files in " MEMORY "\n"
          "         --guarantee NAME  exactly_once_v2, or at_least_once as every fourth seed has\n"
          "scenarios:\n",
          stderr);
    for (size_t i = 0; wr_sim_workloads[i] != NULL; i++) {
        fprintf(stderr, "  %-8s %s\n", wr_sim_workloads[i]->name, wr_sim_workloads[i]->about);
    }
}

static bool parse_number(const char *text, uint64_t *out)
{
    char *end;
    errno = 0;
    *out = text != NULL ? strtoull(text, &end, 0) : 0;
    return text != NULL && errno == 0 && end != text && *end == '\0';
}

static bool parse_spared(const char *text, struct sim_options *o)
{
    while (text != NULL && *text != '\0') {
        char *end;
        if (o->spared_count == SIM_SPARED_MAX) {
            return false;
        }
        o->spared[o->spared_count++] = (uint32_t)strtoul(text, &end, 10);
        if (end == text || (*end != ',' && *end != '\0')) {
            return false;
        }
        text = *end == ',' ? end + 1 : end;
    }
    return text != NULL;
}

static bool parse_engine(const char *name, struct sim_options *o)
{
    struct statfs fs;
    if (name == NULL || (strcmp(name, "memory") != 0 && strcmp(name, "lmdb") != 0)) {
        return false;
    }
    if (strcmp(name, "lmdb") == 0 && o->lmdb == NULL) {
        if (statfs(MEMORY, &fs) != 0 || fs.f_type != TMPFS_MAGIC || access(MEMORY, W_OK) != 0) {
            fputs("sim: --engine lmdb needs a file system in memory at " MEMORY
                  ", and there is none that can be written\n",
                  stderr);
            return false;
        }
        o->lmdb = wr_asprintf(MEMORY "/weir-sim-%ld", (long)getpid());
    }
    return true;
}

const char *sim_guarantee_name(bool at_least_once)
{
    return at_least_once ? "at_least_once" : "exactly_once_v2";
}

static bool parse_guarantee(const char *name, struct sim_options *o)
{
    bool least = name != NULL && strcmp(name, sim_guarantee_name(true)) == 0;
    o->guarantee = least ? WR_SIM_AT_LEAST_ONCE : WR_SIM_EXACTLY_ONCE;
    return least || (name != NULL && strcmp(name, sim_guarantee_name(false)) == 0);
}

static bool choose_rule(const struct sim_options *o)
{
#ifdef WR_BREAKABLE
    return o->broken == NULL || wr_break(o->broken);
#else
    if (o->broken != NULL || o->rules) {
        fputs("sim: this build keeps all rules; configure one with --enable-broken-rules\n",
              stderr);
    }
    return o->broken == NULL && !o->rules;
#endif
}

/* An option with a value. */
static bool take_value(const char *option, const char *value, struct sim_options *o)
{
    uint64_t n = 0;
    bool good = false;
    if (strcmp(option, "--schedules") == 0) {
        good = parse_number(value, &o->schedules);
    } else if (strcmp(option, "--seconds") == 0) {
        good = parse_number(value, &n) && n <= INT32_MAX;
        o->seconds = (int64_t)n;
        o->schedules = UINT64_MAX;
    } else if (strcmp(option, "--seed") == 0) {
        good = parse_number(value, &o->seed);
    } else if (strcmp(option, "--break") == 0) {
        o->broken = value;
        good = value != NULL;
    } else if (strcmp(option, "--scenario") == 0) {
        o->workload = value;
        good = value != NULL && wr_sim_workload_find(value) != NULL;
    } else if (strcmp(option, "--engine") == 0) {
        good = parse_engine(value, o);
    } else if (strcmp(option, "--guarantee") == 0) {
        good = parse_guarantee(value, o);
    } else if (strcmp(option, "--replay") == 0) {
        o->replay = true;
        good = parse_number(value, &o->seed);
    } else if (strcmp(option, "--spare") == 0) {
        good = parse_spared(value, o);
    }
    return good;
}

bool sim_options_parse(int argc, char **argv, struct sim_options *o)
{
    bool good = true;
    *o = (struct sim_options){.seed = 1, .schedules = 1000};
    for (int i = 1; i < argc && good; i++) {
        if (strcmp(argv[i], "--trace") == 0) {
            o->trace = true;
        } else if (strcmp(argv[i], "--shrink") == 0) {
            o->shrink = true;
        } else if (strcmp(argv[i], "--rules") == 0) {
            o->rules = true;
        } else {
            good = take_value(argv[i], i + 1 < argc ? argv[i + 1] : NULL, o);
            i++;
        }
    }
    if (!good) {
        usage();
    }
    return good && choose_rule(o);
}

void sim_options_free(struct sim_options *o)
{
    if (o->lmdb != NULL) {
        (void)wr_fs_posix()->remove(wr_fs_posix(), o->lmdb, NULL);
    }
    wr_free(o->lmdb);
    wr_free(o);
}
