/* test_timers.c -- many deadlines in one heap. */
#include "src/base/base.h"

#include "src/base/rng.h"
#include "src/base/timers.h"
#include "tests/unit/suite.h"

START_TEST(timers_come_in_order_of_their_times_and_not_too_early)
{
    struct wr_timers ts = {0};
    struct wr_timer t[3] = {0};
    ck_assert_int_eq(wr_timers_next(&ts), INT64_MAX);
    wr_timers_set(&ts, &t[0], 30);
    wr_timers_set(&ts, &t[1], 10);
    wr_timers_set(&ts, &t[2], 20);
    ck_assert_int_eq(wr_timers_next(&ts), 10);
    ck_assert_ptr_null(wr_timers_pop(&ts, 9));
    ck_assert_ptr_eq(wr_timers_pop(&ts, 20), &t[1]);
    ck_assert_ptr_eq(wr_timers_pop(&ts, 20), &t[2]);
    ck_assert_ptr_null(wr_timers_pop(&ts, 20));
    ck_assert(!wr_timer_is_set(&t[1]) && wr_timer_is_set(&t[0]));
    wr_timers_free(&ts);
    ck_assert(!wr_timer_is_set(&t[0]));
}
END_TEST

START_TEST(timers_of_one_time_come_in_the_order_in_which_they_were_set)
{
    struct wr_timers ts = {0};
    struct wr_timer t[20] = {0};
    for (int i = 0; i < 20; i++) {
        wr_timers_set(&ts, &t[i], 5);
    }
    wr_timers_set(&ts, &t[0], 5);
    for (int i = 1; i < 20; i++) {
        ck_assert_ptr_eq(wr_timers_pop(&ts, 5), &t[i]);
    }
    ck_assert_ptr_eq(wr_timers_pop(&ts, 5), &t[0]);
    wr_timers_free(&ts);
}
END_TEST

START_TEST(a_timer_without_end_comes_never)
{
    struct wr_timers ts = {0};
    ck_assert_ptr_null(wr_timers_pop(&ts, INT64_MAX));
    struct wr_timer t = {0};
    wr_timers_set(&ts, &t, 5);
    wr_timers_cancel(&ts, &t);
    wr_timers_cancel(&ts, &t);
    ck_assert_ptr_null(wr_timers_pop(&ts, INT64_MAX));
    wr_timers_free(&ts);
}
END_TEST

/* Set, set anew and cancel at random; a plain search says which timer is the earliest. */
START_TEST(heap_agrees_with_a_search)
{
    enum { COUNT = 50, STEPS = 20000 };
    struct wr_timers ts = {0};
    struct wr_timer t[COUNT] = {0};
    struct wr_rng rng;
    wr_rng_seed(&rng, 7);
    for (int step = 0; step < STEPS; step++) {
        struct wr_timer *one = &t[wr_rng_below(&rng, COUNT)];
        if (wr_rng_below(&rng, 3) == 0) {
            wr_timers_cancel(&ts, one);
        } else {
            wr_timers_set(&ts, one, (int64_t)wr_rng_below(&rng, 100));
        }
        struct wr_timer *first = NULL;
        size_t set = 0;
        for (int i = 0; i < COUNT; i++) {
            if (wr_timer_is_set(&t[i])) {
                set++;
                if (first == NULL || t[i].at < first->at ||
                    (t[i].at == first->at && t[i].order < first->order)) {
                    first = &t[i];
                }
            }
        }
        ck_assert_uint_eq(ts.count, set);
        ck_assert_int_eq(wr_timers_next(&ts), first != NULL ? first->at : INT64_MAX);
        if (wr_rng_below(&rng, 4) == 0) {
            ck_assert_ptr_eq(wr_timers_pop(&ts, 100), first);
        }
    }
    wr_timers_free(&ts);
}
END_TEST

Suite *timers_suite(void)
{
    Suite *s = suite_create("timers");
    TCase *t = tcase_create("timers");
    tcase_add_test(t, timers_come_in_order_of_their_times_and_not_too_early);
    tcase_add_test(t, timers_of_one_time_come_in_the_order_in_which_they_were_set);
    tcase_add_test(t, a_timer_without_end_comes_never);
    tcase_add_test(t, heap_agrees_with_a_search);
    suite_add_tcase(s, t);
    return s;
}
