/* sim_main.c -- runs schedules of the simulator: many from one seed on, or one again.
 *
 *     sim [--schedules N] [--seconds S] [--seed S] [--break RULE] [--limit N]
 *     sim --replay SEED [--spare N,N,...] [--break RULE] [--trace] [--shrink]
 *
 * Exit code 0: no violation; 1: one was found, and the command that shows it again was printed; 2:
 * wrong use. The first line of a run of many says what is run, the last one what came of it. */
#include "src/base/base.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/broken.h"
#include "src/base/mem.h"
#include "src/obs/log.h"
#include "testkit/sim_workload.h"
#include "testkit/sim_world.h"

enum { SPARED_MAX = 4096, SHRINK_ROUNDS = 8, SAME_LEN = 12 };

struct options {
    uint64_t seed;
    uint64_t schedules;
    int64_t seconds; /* 0: no limit */
    const char *broken;
    const char *workload; /* NULL: the seeds choose */
    bool replay;
    bool trace;
    bool shrink;
    uint32_t spared[SPARED_MAX];
    size_t spared_count;
};

static int usage(void)
{
    fputs("usage: sim [--schedules N] [--seconds S] [--seed S] [--break RULE]\n"
          "       sim --replay SEED [--spare N,N,...] [--break RULE] [--trace] [--shrink]\n",
          stderr);
    return 2;
}

static bool parse_number(const char *text, uint64_t *out)
{
    char *end;
    errno = 0;
    *out = text != NULL ? strtoull(text, &end, 0) : 0;
    return text != NULL && errno == 0 && end != text && *end == '\0';
}

static bool parse_spared(const char *text, struct options *o)
{
    while (text != NULL && *text != '\0') {
        char *end;
        if (o->spared_count == SPARED_MAX) {
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

static bool choose_rule(const char *rule)
{
#ifdef WR_BREAKABLE
    return rule == NULL || wr_break(rule);
#else
    if (rule != NULL) {
        fputs("sim: this build keeps all rules; configure one with --enable-broken-rules\n",
              stderr);
    }
    return rule == NULL;
#endif
}

static bool parse(int argc, char **argv, struct options *o)
{
    uint64_t n = 0;
    *o = (struct options){.seed = 1, .schedules = 1000};
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        bool good = true;
        bool taken = true;
        if (strcmp(argv[i], "--schedules") == 0) {
            good = parse_number(value, &o->schedules);
        } else if (strcmp(argv[i], "--seconds") == 0) {
            good = parse_number(value, &n);
            o->seconds = (int64_t)n;
            o->schedules = UINT64_MAX;
        } else if (strcmp(argv[i], "--seed") == 0) {
            good = parse_number(value, &o->seed);
        } else if (strcmp(argv[i], "--break") == 0) {
            o->broken = value;
            good = value != NULL;
        } else if (strcmp(argv[i], "--scenario") == 0) {
            o->workload = value;
            good = value != NULL && wr_sim_workload_find(value) != NULL;
        } else if (strcmp(argv[i], "--replay") == 0) {
            o->replay = true;
            good = parse_number(value, &o->seed);
        } else if (strcmp(argv[i], "--spare") == 0) {
            good = parse_spared(value, o);
        } else {
            taken = false;
            good = strcmp(argv[i], "--trace") == 0 || strcmp(argv[i], "--shrink") == 0;
            o->trace |= strcmp(argv[i], "--trace") == 0;
            o->shrink |= strcmp(argv[i], "--shrink") == 0;
        }
        if (!good) {
            return false;
        }
        i += taken;
    }
    return choose_rule(o->broken);
}

static void print_command(const struct options *o, uint64_t seed)
{
    printf("again: tests/sim/sim --replay %" PRIu64, seed);
    for (size_t i = 0; i < o->spared_count; i++) {
        printf("%s%u", i == 0 ? " --spare " : ",", o->spared[i]);
    }
    if (o->broken != NULL) {
        printf(" --break %s", o->broken);
    }
    putchar('\n');
}

static void print_strikes(const struct wr_sim_outcome *out)
{
    for (size_t i = 0; i < out->done_count; i++) {
        const struct wr_sim_done *d = &out->done[i];
        printf("%8" PRId64 " ms  #%-4u %s\n", d->at, d->number, wr_sim_strike_text(d->strike));
    }
}

static bool run_one(struct wr_sim_scenario *s, const struct options *o, uint64_t seed,
                    struct wr_sim_outcome *out)
{
    struct wr_sim_schedule schedule = {
        .seed = seed,
        .workload = o->workload,
        .spared = o->spared,
        .spared_count = o->spared_count,
        .trace = o->trace,
    };
    wr_sim_run(s, &schedule, out);
    return out->violation[0] == '\0';
}

/* Spare one strike after the other for as long as a violation of the same kind stays. */
static void shrink(struct wr_sim_scenario *s, struct options *o)
{
    bool less = true;
    for (int round = 0; less && round < SHRINK_ROUNDS; round++) {
        struct wr_sim_outcome now;
        less = false;
        if (run_one(s, o, o->seed, &now)) {
            break;
        }
        for (size_t i = now.done_count; i-- > 0 && o->spared_count < SPARED_MAX;) {
            struct wr_sim_outcome out;
            o->spared[o->spared_count++] = now.done[i].number;
            (void)run_one(s, o, o->seed, &out);
            bool same = strncmp(out.violation, now.violation, SAME_LEN) == 0;
            o->spared_count -= !same;
            less |= same;
            wr_free(out.done);
        }
        wr_free(now.done);
    }
}

static int replay(struct wr_sim_scenario *s, struct options *o)
{
    struct wr_sim_outcome out;
    if (o->shrink) {
        shrink(s, o);
    }
    bool clean = run_one(s, o, o->seed, &out);
    print_strikes(&out);
    printf("%s; %" PRIu64 " steps, %" PRIu64 " events, %" PRId64 " ms, trace %016" PRIx64 "\n",
           clean ? "clean" : out.violation, out.steps, out.events, out.virtual_ms, out.hash);
    if (!clean) {
        print_command(o, o->seed);
    }
    wr_free(out.done);
    return clean ? 0 : 1;
}

static int run_many(struct wr_sim_scenario *s, const struct options *o)
{
    uint64_t steps = 0;
    uint64_t strikes = 0;
    uint64_t hash = 0;
    uint64_t n = 0;
    bool clean = true;
    int64_t start_us = wr_cpu_us();
    while (clean && n < o->schedules) {
        struct wr_sim_outcome out;
        uint64_t seed = o->seed + n;
        clean = run_one(s, o, seed, &out);
        n++;
        steps += out.steps;
        strikes += out.done_count;
        hash = hash * 31 + out.hash;
        if (!clean) {
            printf("schedule %" PRIu64 ", seed %" PRIu64 ": %s\n", n, seed, out.violation);
            print_command(o, seed);
        }
        wr_free(out.done);
        if (o->seconds != 0 && wr_cpu_us() - start_us >= o->seconds * 1000000) {
            break;
        }
    }
    double seconds = (double)(wr_cpu_us() - start_us) / 1e6;
    printf("%" PRIu64 " schedules from seed %" PRIu64 "%s%s: %s; %" PRIu64 " steps, %" PRIu64
           " faults, %.1f s, %.0f schedules a minute, trace %016" PRIx64 "\n",
           n, o->seed, o->broken != NULL ? ", broken " : "", o->broken != NULL ? o->broken : "",
           clean ? "clean" : "violation", steps, strikes, seconds,
           seconds > 0 ? (double)n * 60 / seconds : 0, hash);
    return clean ? 0 : 1;
}

/* What instances complain about under faults. */
static void discard(void *arg, enum wr_log_level level, const char *line, size_t len)
{
    WR_UNUSED(arg);
    WR_UNUSED(level);
    WR_UNUSED(line);
    WR_UNUSED(len);
}

int main(int argc, char **argv)
{
    struct options *o = WR_NEW(struct options);
    if (!parse(argc, argv, o)) {
        wr_free(o);
        return usage();
    }
    struct wr_logger logger = {.level = o->trace ? WR_LOG_INFO : WR_LOG_ERROR,
                               .sink = o->trace ? NULL : discard};
    wr_log_start(&logger);
    struct wr_sim_scenario *s = wr_sim_scenario_new();
    int rc = o->replay ? replay(s, o) : run_many(s, o);
    wr_sim_scenario_free(s);
    wr_free(o);
    return rc;
}
