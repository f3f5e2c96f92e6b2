/* test_clock.c -- the machine's clock and the manual one. */
#include "src/base/base.h"

#include "src/base/clock.h"
#include "tests/unit/suite.h"

START_TEST(manual_clock_moves_only_when_told)
{
    struct wr_clock_manual m;
    wr_clock_manual_init(&m, 1000);
    ck_assert_int_eq(wr_wall_ms(&m.clock), 1000);
    ck_assert_int_eq(wr_mono_ms(&m.clock), 0);
    wr_clock_manual_advance(&m, 5);
    ck_assert_int_eq(wr_wall_ms(&m.clock), 1005);
    ck_assert_int_eq(wr_mono_ms(&m.clock), 5);
}
END_TEST

START_TEST(machine_clocks_run_and_say_a_time_after_2020)
{
    struct wr_clock *c = wr_clock_system();
    int64_t mono = wr_mono_ms(c);
    int64_t us = wr_mono_us();
    ck_assert_int_gt(wr_wall_ms(c), INT64_C(1577836800000));
    ck_assert_int_ge(wr_mono_us(), us);
    ck_assert_int_ge(wr_mono_ms(c), mono);
    ck_assert_int_ge(wr_cpu_us(), 0);
}
END_TEST

Suite *clock_suite(void)
{
    Suite *s = suite_create("clock");
    TCase *t = tcase_create("clock");
    tcase_add_test(t, manual_clock_moves_only_when_told);
    tcase_add_test(t, machine_clocks_run_and_say_a_time_after_2020);
    suite_add_tcase(s, t);
    return s;
}
