/* test_sim.c -- virtual time, order and chance. */
#include "src/base/base.h"

#include "src/base/mem.h"
#include "testkit/sim.h"
#include "tests/unit/suite.h"

static struct wr_sim sim;
static int order[8];
static int fired;

struct numbered {
    struct wr_sim_event event;
    int number;
};

static void fire(struct wr_sim_event *e)
{
    order[fired++] = WR_CONTAINER_OF(e, struct numbered, event)->number;
}

static void setup(void)
{
    wr_sim_init(&sim, 1);
    fired = 0;
}

static void teardown(void)
{
    wr_sim_fini(&sim);
}

START_TEST(events_fire_in_the_order_of_their_times)
{
    struct numbered n[4];
    static const int64_t at[] = {1030, 1010, 1040, 1020};
    for (int i = 0; i < 4; i++) {
        n[i] = (struct numbered){.event.fire = fire, .number = i};
        wr_sim_at(&sim, &n[i].event, at[i]);
    }
    wr_sim_at(&sim, &n[2].event, 1000); /* moved */
    wr_sim_cancel(&sim, &n[0].event);
    ck_assert_int_eq(wr_sim_next_at(&sim), 1000);
    while (wr_sim_next(&sim)) {
    }
    ck_assert_int_eq(wr_sim_next_at(&sim), INT64_MAX);
    ck_assert_int_eq(fired, 3);
    ck_assert_int_eq(order[0], 2);
    ck_assert_int_eq(order[1], 1);
    ck_assert_int_eq(order[2], 3);
    ck_assert_int_eq(wr_mono_ms(&sim.clock), 1020);
}
END_TEST

START_TEST(events_of_a_paused_process_wait_for_it)
{
    struct wr_sim_process p = {.paused = true};
    struct numbered n = {.event = {.fire = fire, .process = &p}, .number = 7};
    wr_sim_at(&sim, &n.event, 1005);
    ck_assert(wr_sim_next(&sim));
    ck_assert_int_eq(fired, 0);
    ck_assert(wr_sim_waits(&n.event));
    wr_sim_resume(&sim, &p);
    ck_assert(wr_sim_next(&sim));
    ck_assert_int_eq(fired, 1);
    wr_ptrs_free(&p.kept);
}
END_TEST

START_TEST(strikes_come_by_their_odds_and_never_in_calm)
{
    int struck = 0;
    sim.odds[WR_SIM_CRASH] = 500;
    for (int i = 0; i < 1000; i++) {
        struck += wr_sim_strikes(&sim, WR_SIM_CRASH);
        ck_assert(!wr_sim_strikes(&sim, WR_SIM_PAUSE));
    }
    ck_assert_int_gt(struck, 400);
    ck_assert_int_lt(struck, 600);
    ck_assert_uint_eq(sim.done_count, struck);
    sim.calm = true;
    ck_assert(!wr_sim_strikes(&sim, WR_SIM_CRASH));
}
END_TEST

START_TEST(a_spared_strike_does_not_happen_and_has_a_number)
{
    static const uint32_t spared[] = {1};
    sim.odds[WR_SIM_CRASH] = 1000;
    sim.spared = spared;
    sim.spared_count = 1;
    ck_assert(wr_sim_strikes(&sim, WR_SIM_CRASH));
    ck_assert(!wr_sim_strikes(&sim, WR_SIM_CRASH));
    ck_assert(wr_sim_strikes(&sim, WR_SIM_CRASH));
    ck_assert_uint_eq(sim.done_count, 2);
    ck_assert_uint_eq(sim.done[1].number, 2);
}
END_TEST

START_TEST(the_trace_depends_on_what_and_when_and_how_much)
{
    static uint64_t seen[4];
    wr_sim_note(&sim, "a", 1, 2);
    seen[0] = sim.hash;
    sim.hash = 0;
    wr_sim_note(&sim, "b", 1, 2);
    seen[1] = sim.hash;
    sim.hash = 0;
    wr_sim_note(&sim, "a", 2, 1);
    seen[2] = sim.hash;
    sim.hash = 0;
    sim.now++;
    wr_sim_note(&sim, "a", 1, 2);
    seen[3] = sim.hash;
    for (int i = 0; i < 4; i++) {
        for (int k = 0; k < i; k++) {
            ck_assert(seen[i] != seen[k]);
        }
    }
}
END_TEST

Suite *sim_suite(void)
{
    Suite *s = suite_create("sim");
    TCase *t = tcase_create("sim");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, events_fire_in_the_order_of_their_times);
    tcase_add_test(t, events_of_a_paused_process_wait_for_it);
    tcase_add_test(t, strikes_come_by_their_odds_and_never_in_calm);
    tcase_add_test(t, a_spared_strike_does_not_happen_and_has_a_number);
    tcase_add_test(t, the_trace_depends_on_what_and_when_and_how_much);
    suite_add_tcase(s, t);
    return s;
}
