/* test_sim_workload.c -- what schedules run, and that faults have an effect on it. */
#include "src/base/base.h"

#include "src/base/mem.h"
#include "testkit/sim_workload.h"
#include "testkit/sim_world.h"
#include "tests/unit/sim/sim_kit.h"
#include "tests/unit/suite.h"

enum { OF_EACH = 50, OF_ALL = 500 };

START_TEST(each_workload_gives_what_its_input_asks_for)
{
    const char *name = wr_sim_workloads[_i]->name;
    ck_assert_ptr_eq(wr_sim_workload_find(name), wr_sim_workloads[_i]);
    for (uint64_t seed = 1; seed <= OF_EACH; seed++) {
        struct wr_sim_schedule s = {.seed = seed, .workload = name};
        struct wr_sim_outcome out;
        wr_sim_run(sk_scenario, &s, &out);
        ck_assert_msg(out.violation[0] == '\0', "seed %d: %s", (int)seed, out.violation);
        wr_free(out.done);
    }
}
END_TEST

START_TEST(unknown_workload_is_not_found)
{
    ck_assert_ptr_null(wr_sim_workload_find("none"));
    ck_assert_ptr_null(wr_sim_workloads[wr_sim_workload_count()]);
}
END_TEST

START_TEST(every_kind_of_fault_has_an_effect_somewhere)
{
    uint32_t effects[WR_SIM_EFFECT_COUNT] = {0};
    for (uint64_t seed = 1; seed <= OF_ALL; seed++) {
        struct wr_sim_schedule s = {.seed = seed};
        struct wr_sim_outcome out;
        wr_sim_run(sk_scenario, &s, &out);
        for (int i = 0; i < WR_SIM_EFFECT_COUNT; i++) {
            effects[i] += out.effects[i];
        }
        wr_free(out.done);
    }
    for (int i = 0; i < WR_SIM_EFFECT_COUNT; i++) {
        ck_assert_msg(effects[i] != 0, "never: %s", wr_sim_effect_text((enum wr_sim_effect)i));
    }
}
END_TEST

Suite *sim_workload_suite(void)
{
    Suite *s = suite_create("sim_workload");
    TCase *t = tcase_create("sim_workload");
    tcase_set_timeout(t, 120);
    tcase_add_checked_fixture(t, sk_setup, sk_teardown);
    tcase_add_loop_test(t, each_workload_gives_what_its_input_asks_for, 0,
                        (int)wr_sim_workload_count());
    tcase_add_test(t, unknown_workload_is_not_found);
    tcase_add_test(t, every_kind_of_fault_has_an_effect_somewhere);
    suite_add_tcase(s, t);
    return s;
}
