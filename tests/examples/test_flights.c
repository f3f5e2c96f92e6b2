/* test_flights.c -- what examples/flights makes of flights, airlines and planes. */
#include "src/base/base.h"

#include "src/base/buf.h"
#include "tests/unit/testkit/kit.h"

#define main flights_main
#include "examples/flights/flights.c"
#undef main

static struct kit kit;
static struct fields kit_fields;

static void begin(void)
{
    kit_start(&kit, build, &kit_fields, NULL);
    kit_pipe(&kit, "airlines", "UA", "{\"name\":\"United Air Lines Inc.\",\"time\":1}", 1);
    kit_pipe(&kit, "airlines", "B6", "{\"name\":\"JetBlue Airways\",\"time\":1}", 1);
    kit_pipe(&kit, "planes", "N14228", "{\"manufacturer\":\"BOEING\",\"time\":1}", 1);
    kit_pipe(&kit, "planes", "N24211", "{\"manufacturer\":\"BOEING\",\"time\":1}", 1);
    kit_pipe(&kit, "planes", "N516JB", "{\"manufacturer\":\"AIRBUS\",\"time\":1}", 1);
}

static void end(void)
{
    kit_free(&kit);
}

/* As load.py writes it: what is not known is left out (NULL). */
static void flight(const char *carrier, const char *origin, const char *delay, const char *tailnum,
                   int64_t time)
{
    struct wr_buf json = {0};
    wr_buf_printf(&json, "{\"carrier\":\"%s\",\"origin\":\"%s\",", carrier, origin);
    if (delay != NULL) {
        wr_buf_printf(&json, "\"dep_delay\":%s,", delay);
    }
    if (tailnum != NULL) {
        wr_buf_printf(&json, "\"tailnum\":\"%s\",", tailnum);
    }
    wr_buf_printf(&json, "\"time\":%lld}", (long long)time);
    kit_pipe(&kit, "flights", carrier, wr_buf_cstr(&json), 1);
    wr_buf_free(&json);
}

START_TEST(flights_are_counted_by_carrier_and_origin)
{
    flight("UA", "EWR", "2", "N14228", 1357020900000);
    flight("UA", "LGA", "4", "N24211", 1357022940000);
    flight("UA", "EWR", "-4", "N14228", 1357023480000);
    ck_assert_next(&kit, "flights-per-route", "UA EWR=1@1357020900000");
    ck_assert_next(&kit, "flights-per-route", "UA LGA=1@1357022940000");
    ck_assert_next(&kit, "flights-per-route", "UA EWR=2@1357023480000");
    ck_assert_next(&kit, "flights-per-route", NULL);
    ck_assert_pstr_eq(weir_test_row(kit.t, "routes", "UA EWR"), "2@1357023480000");
}
END_TEST

START_TEST(mean_delay_of_a_carrier_comes_with_its_name)
{
    flight("UA", "EWR", "2", "N14228", 10);
    flight("B6", "JFK", "-1", "N516JB", 11);
    flight("UA", "LGA", "5", "N24211", 12);
    ck_assert_next(
        &kit, "delay-per-carrier",
        "UA={\"name\":\"United Air Lines Inc.\",\"flights\":1,\"mean_delay\":2.0000}@10");
    ck_assert_next(&kit, "delay-per-carrier",
                   "B6={\"name\":\"JetBlue Airways\",\"flights\":1,\"mean_delay\":-1.0000}@11");
    ck_assert_next(
        &kit, "delay-per-carrier",
        "UA={\"name\":\"United Air Lines Inc.\",\"flights\":2,\"mean_delay\":3.5000}@12");
}
END_TEST

START_TEST(cancelled_flight_counts_but_has_no_delay)
{
    flight("UA", "EWR", "8", "N14228", 10);
    flight("UA", "EWR", NULL, "N14228", 11);
    weir_test_read_text(kit.t, "delay-per-carrier");
    ck_assert_next(
        &kit, "delay-per-carrier",
        "UA={\"name\":\"United Air Lines Inc.\",\"flights\":2,\"mean_delay\":8.0000}@11");
}
END_TEST

START_TEST(carrier_that_no_table_knows_is_unknown)
{
    flight("XX", "EWR", NULL, "N14228", 10);
    ck_assert_next(&kit, "delay-per-carrier",
                   "XX={\"name\":\"unknown\",\"flights\":1,\"mean_delay\":0.0000}@10");
}
END_TEST

START_TEST(flights_are_counted_by_the_maker_of_the_plane)
{
    flight("UA", "EWR", "2", "N14228", 10);
    flight("B6", "JFK", "-1", "N516JB", 11);
    flight("UA", "LGA", "4", "N24211", 12);
    flight("MQ", "LGA", "0", "N542MQ", 13);
    ck_assert_next(&kit, "flights-per-maker", "BOEING=1@10");
    ck_assert_next(&kit, "flights-per-maker", "AIRBUS=1@11");
    ck_assert_next(&kit, "flights-per-maker", "BOEING=2@12");
    ck_assert_next(&kit, "flights-per-maker", "unknown=1@13");
    ck_assert_int_eq(weir_test_dropped(kit.t), 0);
}
END_TEST

START_TEST(flight_without_a_plane_has_no_maker)
{
    flight("UA", "EWR", NULL, NULL, 10);
    ck_assert_next(&kit, "flights-per-maker", NULL);
    ck_assert_next(&kit, "flights-per-route", "UA EWR=1@10");
}
END_TEST

START_TEST(table_that_changes_is_seen_by_later_flights)
{
    flight("UA", "EWR", "2", "N14228", 10);
    kit_pipe(&kit, "airlines", "UA", "{\"name\":\"United\",\"time\":11}", 1);
    flight("UA", "EWR", "2", "N14228", 12);
    weir_test_read_text(kit.t, "delay-per-carrier");
    ck_assert_next(&kit, "delay-per-carrier",
                   "UA={\"name\":\"United\",\"flights\":2,\"mean_delay\":2.0000}@12");
}
END_TEST

START_TEST(flight_without_a_carrier_stops_with_the_reason)
{
    ck_assert_int_eq(weir_test_pipe_text(kit.t, "flights", "UA", "{\"origin\":\"EWR\",\"time\":10}",
                                         1, &kit.err),
                     WEIR_EDECODE);
    ck_assert_str_eq(
        kit.err.text,
        "task 0_0, node \"by-route\", record \"flights\" partition 0 offset 0: a "
        "flight without carrier or origin; repair what writes such records or reads "
        "them, or pass them over with weir.errors.deserialization=skip (to keep copies of "
        "them name a topic in errors.dead.letter.queue.topic.name)");
    ck_assert_next(&kit, "flights-per-route", NULL);
}
END_TEST

Suite *flights_suite(void)
{
    Suite *s = suite_create("flights");
    TCase *tc = tcase_create("flights");
    tcase_add_checked_fixture(tc, begin, end);
    tcase_add_test(tc, flights_are_counted_by_carrier_and_origin);
    tcase_add_test(tc, mean_delay_of_a_carrier_comes_with_its_name);
    tcase_add_test(tc, cancelled_flight_counts_but_has_no_delay);
    tcase_add_test(tc, carrier_that_no_table_knows_is_unknown);
    tcase_add_test(tc, flights_are_counted_by_the_maker_of_the_plane);
    tcase_add_test(tc, flight_without_a_plane_has_no_maker);
    tcase_add_test(tc, table_that_changes_is_seen_by_later_flights);
    tcase_add_test(tc, flight_without_a_carrier_stops_with_the_reason);
    suite_add_tcase(s, tc);
    return s;
}
