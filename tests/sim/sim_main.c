/* sim_main.c -- runs schedules of the simulator: many from one seed on, one again, or every rule
 * broken once. What can be said on the command line is in sim_options.c.
 *
 * Exit code 0: clean; 1: a violation was found, and the command that shows it again was printed, or
 * a kind of fault never happened; 2: wrong use. */
#include "src/base/base.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/base/broken.h"
#include "src/base/fs.h"
#include "src/base/mem.h"
#include "src/obs/log.h"
#include "tests/sim/sim_options.h"

enum {
    SHRINK_ROUNDS = 8,
    SAME_LEN = 12,
    ENOUGH = 1000,      /* schedules in which each kind of fault happens */
    RULE_LIMIT = 10000, /* schedules in which a broken rule is found */
    CONTROLS = 20,      /* schedules around the one that found it, with all rules kept */
};

static void print_command(const struct sim_options *o, uint64_t seed)
{
    printf("again: scripts/dev sim --replay %" PRIu64, seed);
    for (size_t i = 0; i < o->spared_count; i++) {
        printf("%s%u", i == 0 ? " --spare " : ",", o->spared[i]);
    }
    if (o->broken != NULL) {
        printf(" --break %s", o->broken);
    }
    if (o->workload != NULL) {
        printf(" --scenario %s", o->workload);
    }
    if (o->lmdb != NULL) {
        printf(" --engine lmdb");
    }
    if (o->guarantee != WR_SIM_BY_SEED) {
        printf(" --guarantee %s", sim_guarantee_name(o->guarantee == WR_SIM_AT_LEAST_ONCE));
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

static bool run_one(struct wr_sim_scenario *s, const struct sim_options *o, uint64_t seed,
                    struct wr_sim_outcome *out)
{
    struct wr_sim_schedule schedule = {
        .seed = seed,
        .guarantee = o->guarantee,
        .workload = o->workload,
        .lmdb = o->lmdb,
        .spared = o->spared,
        .spared_count = o->spared_count,
        .trace = o->trace,
    };
    wr_sim_run(s, &schedule, out);
    return out->violation[0] == '\0';
}

/* ---- one ------------------------------------------------------------------------------------- */

/* Spare one strike after the other for as long as a violation of the same kind stays. */
static void shrink(struct wr_sim_scenario *s, struct sim_options *o)
{
    bool less = true;
    for (int round = 0; less && round < SHRINK_ROUNDS; round++) {
        struct wr_sim_outcome now;
        less = false;
        if (run_one(s, o, o->seed, &now)) {
            wr_free(now.done);
            break;
        }
        for (size_t i = now.done_count; i-- > 0 && o->spared_count < SIM_SPARED_MAX;) {
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

static int replay(struct wr_sim_scenario *s, struct sim_options *o)
{
    struct wr_sim_outcome out;
    if (o->shrink) {
        bool trace = o->trace;
        o->trace = false;
        shrink(s, o);
        o->trace = trace;
    }
    bool clean = run_one(s, o, o->seed, &out);
    print_strikes(&out);
    printf("%s; %s, %" PRIu64 " steps, %" PRIu64 " events, %" PRId64 " ms, trace %016" PRIx64 "\n",
           clean ? "clean" : out.violation, sim_guarantee_name(out.at_least_once), out.steps,
           out.events, out.virtual_ms, out.hash);
    if (!clean) {
        print_command(o, o->seed);
    }
    wr_free(out.done);
    return clean ? 0 : 1;
}

/* ---- many ------------------------------------------------------------------------------------ */

struct totals {
    uint64_t schedules;
    uint64_t steps;
    uint64_t faults;
    uint64_t hash;
    double seconds; /* of the processor */
    uint64_t strikes[WR_SIM_STRIKE_COUNT];
    uint64_t effects[WR_SIM_EFFECT_COUNT];
    bool violated;
    char violation[sizeof((struct wr_sim_outcome *)0)->violation];
};

static void add(struct totals *t, const struct wr_sim_outcome *out)
{
    t->schedules++;
    t->steps += out->steps;
    t->faults += out->done_count;
    t->hash = t->hash * 31 + out->hash;
    for (size_t i = 0; i < out->done_count; i++) {
        t->strikes[out->done[i].strike]++;
    }
    for (int i = 0; i < WR_SIM_EFFECT_COUNT; i++) {
        t->effects[i] += out->effects[i];
    }
}

static void run_until_violated(struct wr_sim_scenario *s, const struct sim_options *o,
                               struct totals *t)
{
    int64_t start_us = wr_cpu_us();
    int64_t limit_us = o->seconds != 0 ? o->seconds * 1000000 : INT64_MAX;
    while (!t->violated && t->schedules < o->schedules && wr_cpu_us() - start_us < limit_us) {
        struct wr_sim_outcome out;
        t->violated = !run_one(s, o, o->seed + t->schedules, &out);
        memcpy(t->violation, out.violation, sizeof t->violation);
        add(t, &out);
        t->seconds = (double)(wr_cpu_us() - start_us) / 1e6;
        wr_free(out.done);
    }
}

/* Run from a seed on until something is violated, which the last schedule did then. A child runs
 * them, because an assertion that fails in what is simulated is a violation too. */
static void run_from(struct wr_sim_scenario *s, const struct sim_options *o, struct totals *t)
{
    struct totals *shared =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int status = 0;
    wr_assert(shared != MAP_FAILED);
    fflush(stdout);
    pid_t child = fork();
    wr_assert(child >= 0);
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        run_until_violated(s, o, shared);
        exit(0);
    }
    pid_t ended = waitpid(child, &status, 0);
    wr_assert(ended == child);
    *t = *shared;
    munmap(shared, sizeof *shared);
    if (status != 0) {
        t->violated = true;
        t->schedules++;
        snprintf(t->violation, sizeof t->violation, "the process ended with %s %d",
                 WIFSIGNALED(status) ? "signal" : "code",
                 WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    }
}

/* What happened how often; false if something never did. */
static bool print_faults(const struct totals *t)
{
    bool all = true;
    for (int i = 0; i < WR_SIM_STRIKE_COUNT; i++) {
        printf("%10" PRIu64 " x %s\n", t->strikes[i], wr_sim_strike_text((enum wr_sim_strike)i));
        all = all && t->strikes[i] != 0;
    }
    for (int i = 0; i < WR_SIM_EFFECT_COUNT; i++) {
        printf("%10" PRIu64 " %s\n", t->effects[i], wr_sim_effect_text((enum wr_sim_effect)i));
        all = all && t->effects[i] != 0;
    }
    return all;
}

static int run_many(struct wr_sim_scenario *s, const struct sim_options *o)
{
    struct totals t;
    run_from(s, o, &t);
    if (t.violated) {
        uint64_t seed = o->seed + t.schedules - 1;
        printf("schedule %" PRIu64 ", seed %" PRIu64 ": %s\n", t.schedules, seed, t.violation);
        print_command(o, seed);
    }
    bool all = print_faults(&t);
    bool chosen = o->workload != NULL || o->guarantee != WR_SIM_BY_SEED;
    bool clean = !t.violated;
    if (clean && !all && t.schedules >= ENOUGH && !chosen) {
        printf("a kind of fault never happened\n");
        clean = false;
    }
    printf("%" PRIu64 " schedules from seed %" PRIu64 "%s%s: %s; %" PRIu64 " steps, %" PRIu64
           " faults, %.1f s, %.0f schedules a minute, trace %016" PRIx64 "\n",
           t.schedules, o->seed, o->broken != NULL ? ", broken " : "",
           o->broken != NULL ? o->broken : "", clean ? "clean" : "violation", t.steps, t.faults,
           t.seconds, t.seconds > 0 ? (double)t.schedules * 60 / t.seconds : 0, t.hash);
    return clean ? 0 : 1;
}

/* ---- rules ----------------------------------------------------------------------------------- */

#ifdef WR_BREAKABLE
/* The schedule that found it, and those before, with all rules kept. */
static bool control_is_clean(struct wr_sim_scenario *s, struct sim_options o, uint64_t seed)
{
    struct totals t;
    o.seed = seed - o.seed < CONTROLS ? o.seed : seed + 1 - CONTROLS;
    o.schedules = seed + 1 - o.seed;
    bool kept = wr_break(NULL);
    run_from(s, &o, &t);
    return kept && !t.violated;
}

static bool rule_is_found(struct wr_sim_scenario *s, struct sim_options o, const char *rule)
{
    struct totals t;
    o.broken = rule;
    o.schedules = RULE_LIMIT;
    o.seconds = 0;
    bool broken = wr_break(rule);
    run_from(s, &o, &t);
    if (!broken || !t.violated) {
        printf("%-4s broken, and nothing was seen in %d schedules\n", rule, RULE_LIMIT);
        return false;
    }
    uint64_t seed = o.seed + t.schedules - 1;
    bool clean = control_is_clean(s, o, seed);
    printf("%-4s broken: schedule %" PRIu64 ": %.100s; kept: %s\n", rule, t.schedules, t.violation,
           clean ? "clean" : "a violation too");
    print_command(&o, seed);
    return clean;
}

static int run_rules(struct wr_sim_scenario *s, const struct sim_options *o)
{
    static const char *const rules[] = {
#define RULE_NAME(name) #name,
        WR_RULES(RULE_NAME)
#undef RULE_NAME
    };
    size_t found = 0;
    for (size_t i = 0; i < WR_ARRAY_LEN(rules); i++) {
        found += rule_is_found(s, *o, rules[i]);
    }
    printf("%zu of %zu broken rules found\n", found, WR_ARRAY_LEN(rules));
    return found == WR_ARRAY_LEN(rules) ? 0 : 1;
}
#else
static int run_rules(struct wr_sim_scenario *s, const struct sim_options *o)
{
    WR_UNUSED(s);
    WR_UNUSED(o);
    wr_never("options are refused in builds that keep all rules");
}
#endif

/* ---- main ------------------------------------------------------------------------------------ */

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
    struct sim_options *o = WR_NEW(struct sim_options);
    if (!sim_options_parse(argc, argv, o)) {
        sim_options_free(o);
        return 2;
    }
    struct wr_logger logger = {.level = o->trace ? WR_LOG_INFO : WR_LOG_ERROR,
                               .sink = o->trace ? NULL : discard};
    wr_log_start(&logger);
    struct wr_sim_scenario *s = wr_sim_scenario_new();
    int rc = o->replay ? replay(s, o) : o->rules ? run_rules(s, o) : run_many(s, o);
    wr_sim_scenario_free(s);
    sim_options_free(o);
    return rc;
}
