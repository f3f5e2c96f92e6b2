/* test_sim_world.c -- schedules: the same seed is the same trace, and each broken rule is found. */
#include "src/base/base.h"

#include "src/base/broken.h"
#include "src/base/mem.h"
#include "testkit/sim_world.h"
#include "tests/unit/sim/sim_kit.h"
#include "tests/unit/suite.h"

enum { SCHEDULES = 200, TO_FIND = 1000 };

static struct wr_sim_outcome run_as(enum wr_sim_guarantee guarantee, uint64_t seed)
{
    struct wr_sim_outcome out;
    wr_sim_run(sk_scenario, &(struct wr_sim_schedule){.seed = seed, .guarantee = guarantee}, &out);
    wr_free(out.done);
    return out;
}

static struct wr_sim_outcome run(uint64_t seed)
{
    return run_as(WR_SIM_BY_SEED, seed);
}

static const enum wr_sim_guarantee guarantees[] = {WR_SIM_EXACTLY_ONCE, WR_SIM_AT_LEAST_ONCE};

START_TEST(schedules_with_faults_keep_all_promises)
{
    uint32_t strikes = 0;
    uint32_t repeated = 0;
    for (uint64_t seed = 1; seed <= SCHEDULES; seed++) {
        struct wr_sim_outcome out = run_as(guarantees[_i], seed);
        ck_assert_msg(out.violation[0] == '\0', "seed %d: %s", (int)seed, out.violation);
        strikes += out.strikes;
        repeated += out.effects[WR_SIM_REPEATED];
    }
    ck_assert_uint_gt(strikes, SCHEDULES);
    ck_assert_int_eq(repeated != 0, guarantees[_i] == WR_SIM_AT_LEAST_ONCE);
}
END_TEST

START_TEST(every_fourth_seed_runs_at_least_once)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        ck_assert_int_eq(run(seed).at_least_once, seed % 4 == 0);
        ck_assert(!run_as(WR_SIM_EXACTLY_ONCE, seed).at_least_once);
    }
}
END_TEST

START_TEST(the_same_seed_is_the_same_trace)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct wr_sim_outcome a = run(seed);
        struct wr_sim_outcome b = run(seed);
        ck_assert_uint_eq(a.hash, b.hash);
        ck_assert_uint_eq(a.steps, b.steps);
        ck_assert(a.hash != run(seed + 1).hash);
    }
}
END_TEST

START_TEST(without_faults_everything_is_counted_at_once)
{
    static uint32_t all[4096];
    for (uint32_t i = 0; i < 4096; i++) {
        all[i] = i;
    }
    struct wr_sim_schedule s = {
        .seed = 1, .guarantee = guarantees[_i], .spared = all, .spared_count = 4096};
    struct wr_sim_outcome out;
    wr_sim_run(sk_scenario, &s, &out);
    ck_assert_str_eq(out.violation, "");
    ck_assert_uint_eq(out.done_count, 0);
    ck_assert_uint_eq(out.effects[WR_SIM_REPEATED], 0);
    wr_free(out.done);
}
END_TEST

#ifdef WR_BREAKABLE
static const char *const rules[] = {"R1", "R2", "R3",  "R4",  "R5", "R6",
                                    "R7", "R9", "R11", "R12", "R13"};

START_TEST(a_broken_rule_is_found)
{
    bool found = false;
    ck_assert(wr_break(rules[_i]));
    for (uint64_t seed = 1; seed <= TO_FIND && !found; seed++) {
        found = run(seed).violation[0] != '\0';
    }
    ck_assert(wr_break(NULL));
    ck_assert_msg(found, "%s", rules[_i]);
}
END_TEST
#endif

Suite *sim_world_suite(void)
{
    Suite *s = suite_create("sim_world");
    TCase *t = tcase_create("sim_world");
    tcase_set_timeout(t, 120);
    tcase_add_checked_fixture(t, sk_setup, sk_teardown);
    tcase_add_loop_test(t, schedules_with_faults_keep_all_promises, 0, WR_ARRAY_LEN(guarantees));
    tcase_add_test(t, every_fourth_seed_runs_at_least_once);
    tcase_add_test(t, the_same_seed_is_the_same_trace);
    tcase_add_loop_test(t, without_faults_everything_is_counted_at_once, 0,
                        WR_ARRAY_LEN(guarantees));
#ifdef WR_BREAKABLE
    tcase_add_loop_test(t, a_broken_rule_is_found, 0, WR_ARRAY_LEN(rules));
#endif
    suite_add_tcase(s, t);
    return s;
}
