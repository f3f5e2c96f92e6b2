/* test_driver.c -- records go in, are worked through the whole topology and come out. */
#include "src/base/base.h"

#include <inttypes.h>
#include <string.h>

#include "testkit/driver.h"
#include "tests/unit/suite.h"
#include "tests/unit/testkit/kit.h"

static struct kit kit;

static void end(void)
{
    kit_free(&kit);
}

/* ---- piping ---------------------------------------------------------------------------------- */

static void copies(weir_topology *t, void *arg)
{
    WR_UNUSED(arg);
    weir_to(weir_from(t, "in", NULL), "out", NULL);
}

START_TEST(piped_record_comes_out_with_key_value_time_and_headers)
{
    static const struct weir_header headers[] = {{{"h", 1}, {"1", 1}}, {{"h", 1}, {NULL, 0}}};
    struct weir_record r = {
        .key = weir_str("k"), .value = weir_str("v"), .time = 7, .headers = {headers, 2}};
    kit_start(&kit, copies, NULL, NULL);
    ck_assert_int_eq(weir_test_pipe(kit.t, "in", &r, &kit.err), WEIR_OK);
    ck_assert_next(&kit, "out", "k=v@7 [h=1,h=null]");
    ck_assert_next(&kit, "out", NULL);
}
END_TEST

START_TEST(null_and_empty_are_kept_apart)
{
    kit_start(&kit, copies, NULL, NULL);
    kit_pipe(&kit, "in", NULL, "", 0);
    kit_pipe(&kit, "in", "", NULL, 1);
    const struct weir_record *first = weir_test_read(kit.t, "out");
    ck_assert(weir_is_null(first->key) && !weir_is_null(first->value));
    const struct weir_record *second = weir_test_read(kit.t, "out");
    ck_assert(!weir_is_null(second->key) && weir_is_null(second->value));
}
END_TEST

START_TEST(record_for_no_input_is_refused_and_nothing_comes_out)
{
    kit_start(&kit, copies, NULL, NULL);
    ck_assert_int_eq(weir_test_pipe_text(kit.t, "out", "k", "v", 1, &kit.err), WEIR_ENOTOPIC);
    ck_assert_str_eq(kit.err.text, "topic \"out\" is not an input of the topology");
    ck_assert_int_eq(weir_test_pipe_text(kit.t, "elsewhere", "k", "v", 1, &kit.err), WEIR_ENOTOPIC);
    ck_assert_uint_eq(weir_test_output_count(kit.t), 0);
    kit_pipe(&kit, "in", "k", "v", 1);
    ck_assert_next(&kit, "out", "k=v@1");
}
END_TEST

START_TEST(reading_goes_on_where_it_ended)
{
    kit_start(&kit, copies, NULL, NULL);
    kit_pipe(&kit, "in", "a", "1", 1);
    ck_assert_next(&kit, "out", "a=1@1");
    ck_assert_next(&kit, "out", NULL);
    kit_pipe(&kit, "in", "b", "2", 2);
    kit_pipe(&kit, "in", "c", "3", 3);
    ck_assert_next(&kit, "out", "b=2@2");
    ck_assert_next(&kit, "out", "c=3@3");
    ck_assert_next(&kit, "nowhere", NULL);
}
END_TEST

/* ---- topics in between ----------------------------------------------------------------------- */

static void counts_by_value(weir_topology *t, void *arg)
{
    WR_UNUSED(arg);
    struct weir_source src = WEIR_SOURCE_INIT;
    src.value = weir_string(t);
    weir_grouped *by_value =
        weir_group_by_field(weir_from(t, "in", &src), "by-value", "", weir_string(t));
    weir_to(weir_changes(weir_count(by_value, "counts", NULL)), "out", NULL);
}

START_TEST(records_come_back_through_repartition_topics)
{
    kit_start(&kit, counts_by_value, NULL, NULL);
    kit_pipe(&kit, "in", "x", "a", 1);
    kit_pipe(&kit, "in", "y", "a", 2);
    ck_assert_next(&kit, "test-by-value-repartition", "a=a@1");
    ck_assert_next(&kit, "test-by-value-repartition", "a=a@2");
    ck_assert_next(&kit, "out", "a=1@1");
    ck_assert_next(&kit, "out", "a=2@2");
    ck_assert_pstr_eq(weir_test_row(kit.t, "counts", "a"), "2@2");
    ck_assert_pstr_eq(weir_test_row(kit.t, "counts", "x"), NULL);
}
END_TEST

START_TEST(outputs_of_all_topics_are_in_the_order_of_writing)
{
    static const struct {
        const char *topic;
        bool internal;
    } expected[] = {
        {"test-by-value-repartition", true},
        {"out", false},
        {"test-counts-changelog", true},
    };
    kit_start(&kit, counts_by_value, NULL, NULL);
    kit_pipe(&kit, "in", "x", "a", 1);
    ck_assert_uint_eq(weir_test_output_count(kit.t), WR_ARRAY_LEN(expected));
    for (size_t i = 0; i < WR_ARRAY_LEN(expected); i++) {
        const struct weir_record *out = weir_test_output(kit.t, i);
        ck_assert_str_eq(out->topic, expected[i].topic);
        ck_assert_int_eq(out->partition, 0);
        ck_assert_int_eq(out->offset, 0);
        ck_assert_int_eq(out->time, 1);
        ck_assert_int_eq(wr_driver_is_internal(kit.t, out->topic), expected[i].internal);
    }
}
END_TEST

static void goes_on_from_its_own_output(weir_topology *t, void *arg)
{
    WR_UNUSED(arg);
    weir_to(weir_from(t, "in", NULL), "middle", NULL);
    weir_to(weir_from(t, "middle", NULL), "out", NULL);
}

START_TEST(user_topics_that_are_written_and_read_are_worked_through)
{
    kit_start(&kit, goes_on_from_its_own_output, NULL, NULL);
    kit_pipe(&kit, "in", "k", "v", 1);
    kit_pipe(&kit, "middle", "l", "w", 2);
    ck_assert_next(&kit, "middle", "k=v@1");
    ck_assert_next(&kit, "middle", NULL); /* the other one was piped, not written */
    ck_assert_next(&kit, "out", "k=v@1");
    ck_assert_next(&kit, "out", "l=w@2");
}
END_TEST

/* ---- order ----------------------------------------------------------------------------------- */

/* Each record of "in" is written to "late" with its time and to "early" with a lower one. */
static enum weir_code earlier(weir_ctx *c, const struct weir_record *r, void *state)
{
    WR_UNUSED(state);
    struct weir_record out = *r;
    out.time -= 5;
    return weir_forward(c, &out);
}

static void two_ways(weir_topology *t, void *arg)
{
    WR_UNUSED(arg);
    weir_stream *in = weir_from(t, "in", NULL);
    weir_to(in, "late", NULL);
    weir_to(weir_process(in, earlier, NULL), "early", NULL);
    weir_to(weir_merge(weir_from(t, "late", NULL), weir_from(t, "early", NULL), NULL), "out", NULL);
}

START_TEST(oldest_record_of_all_topics_is_first)
{
    kit_start(&kit, two_ways, NULL, NULL);
    kit_pipe(&kit, "in", "k", "v", 10);
    ck_assert_next(&kit, "out", "k=v@5");
    ck_assert_next(&kit, "out", "k=v@10");
}
END_TEST

START_TEST(records_of_one_topic_keep_their_order_whatever_their_times)
{
    struct weir_test_options o = WEIR_TEST_INIT;
    o.commit_on_request = true;
    kit_start(&kit, two_ways, NULL, &o);
    kit_pipe(&kit, "in", "b", "", 30);
    kit_pipe(&kit, "in", "a", "", 8);
    ck_assert_next(&kit, "out", NULL);
    kit_commit(&kit); /* late: b@30 a@8; early: b@25 a@3 */
    kit_commit(&kit);
    ck_assert_next(&kit, "out", "b=@25");
    ck_assert_next(&kit, "out", "a=@3");
    ck_assert_next(&kit, "out", "b=@30");
    ck_assert_next(&kit, "out", "a=@8");
}
END_TEST

/* ---- time ------------------------------------------------------------------------------------ */

static enum weir_code show_clocks(weir_ctx *c, const struct weir_record *r, void *state)
{
    WR_UNUSED(state);
    struct weir_record out = *r;
    out.value =
        weir_format(c, "stream %" PRId64 " wall %" PRId64, weir_stream_time(c), weir_wall_clock(c));
    return weir_forward(c, &out);
}

static void clocks(weir_topology *t, void *arg)
{
    WR_UNUSED(arg);
    weir_to(weir_process(weir_from(t, "in", NULL), show_clocks, NULL), "out", NULL);
}

START_TEST(wall_clock_moves_only_when_it_is_advanced)
{
    struct weir_test_options o = WEIR_TEST_INIT;
    o.wall_ms = 1000;
    kit_start(&kit, clocks, NULL, &o);
    kit_pipe(&kit, "in", "k", "", 70);
    kit_pipe(&kit, "in", "k", "", 50);
    ck_assert_int_eq(weir_test_advance(kit.t, 250, &kit.err), WEIR_OK);
    kit_pipe(&kit, "in", "k", "", 80);
    ck_assert_next(&kit, "out", "k=stream 70 wall 1000@70");
    ck_assert_next(&kit, "out", "k=stream 70 wall 1000@50");
    ck_assert_next(&kit, "out", "k=stream 80 wall 1250@80");
}
END_TEST

/* ---- looking --------------------------------------------------------------------------------- */

START_TEST(committed_metadata_has_the_time_of_the_input)
{
    kit_start(&kit, copies, NULL, NULL);
    ck_assert_ptr_null(wr_driver_metadata(kit.t, "in"));
    kit_pipe(&kit, "in", "k", "v", 42);
    kit_pipe(&kit, "in", "k", "v", 41);
    ck_assert_pstr_eq(wr_driver_metadata(kit.t, "in"), "AgAAAAAAAAAq");
    ck_assert_ptr_null(wr_driver_metadata(kit.t, "out"));
}
END_TEST

START_TEST(nothing_is_freed_that_was_never_made)
{
    weir_test_free(NULL);
}
END_TEST

Suite *driver_suite(void)
{
    Suite *s = suite_create("driver");
    TCase *tc = tcase_create("records");
    tcase_add_checked_fixture(tc, NULL, end);
    tcase_add_test(tc, piped_record_comes_out_with_key_value_time_and_headers);
    tcase_add_test(tc, null_and_empty_are_kept_apart);
    tcase_add_test(tc, record_for_no_input_is_refused_and_nothing_comes_out);
    tcase_add_test(tc, reading_goes_on_where_it_ended);
    tcase_add_test(tc, records_come_back_through_repartition_topics);
    tcase_add_test(tc, outputs_of_all_topics_are_in_the_order_of_writing);
    tcase_add_test(tc, user_topics_that_are_written_and_read_are_worked_through);
    tcase_add_test(tc, oldest_record_of_all_topics_is_first);
    tcase_add_test(tc, records_of_one_topic_keep_their_order_whatever_their_times);
    tcase_add_test(tc, wall_clock_moves_only_when_it_is_advanced);
    tcase_add_test(tc, committed_metadata_has_the_time_of_the_input);
    tcase_add_test(tc, nothing_is_freed_that_was_never_made);
    suite_add_tcase(s, tc);
    return s;
}
