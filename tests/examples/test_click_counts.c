/* test_click_counts.c -- what examples/click-counts makes of clicks. */
#include "src/base/base.h"

#include "src/base/buf.h"
#include "tests/unit/testkit/kit.h"

#define main click_counts_main
#include "examples/click-counts/click_counts.c"
#undef main

static struct kit kit;

static void end(void)
{
    kit_free(&kit);
}

/* The time of the record is that of the transport; the click has its own. */
static void click(const char *page, const char *timestamp)
{
    struct wr_buf json = {0};
    wr_buf_printf(&json, "{\"id\":7,\"user\":\"user-000042\",\"page\":\"%s\",\"timestamp\":%s}",
                  page, timestamp);
    kit_pipe(&kit, "clicks", "user-000042", wr_buf_cstr(&json), 1);
    wr_buf_free(&json);
}

START_TEST(pages_are_counted_at_the_time_of_the_click)
{
    kit_start(&kit, build, NULL, NULL);
    click("/page/3", "1700000000002");
    click("/page/1", "1700000000001");
    click("/page/3", "1700000000000");
    ck_assert_next(&kit, "page-views", "/page/3=1@1700000000002");
    ck_assert_next(&kit, "page-views", "/page/1=1@1700000000001");
    ck_assert_next(&kit, "page-views", "/page/3=2@1700000000002"); /* a row keeps its latest time */
    ck_assert_next(&kit, "page-views", NULL);
    ck_assert_pstr_eq(weir_test_row(kit.t, "page-views", "/page/3"), "2@1700000000002");
    ck_assert_int_eq(weir_test_dropped(kit.t), 0);
}
END_TEST

START_TEST(one_count_per_page_goes_out_with_a_commit)
{
    struct weir_test_options o = WEIR_TEST_INIT;
    o.commit_on_request = true;
    kit_start(&kit, build, NULL, &o);
    click("/page/3", "10");
    click("/page/3", "20");
    click("/page/1", "30");
    kit_commit(&kit); /* the clicks come back through the repartition topic */
    kit_commit(&kit);
    ck_assert_next(&kit, "page-views", "/page/3=2@20");
    ck_assert_next(&kit, "page-views", "/page/1=1@30");
    ck_assert_next(&kit, "page-views", NULL);
}
END_TEST

START_TEST(environment_names_other_topics)
{
    setenv("CLICKS_TOPIC", "a-clicks", 1);
    setenv("PAGE_VIEWS_TOPIC", "a-views", 1);
    kit_start(&kit, build, NULL, NULL);
    kit_pipe(&kit, "a-clicks", "u", "{\"page\":\"/\",\"timestamp\":1}", 1);
    ck_assert_next(&kit, "a-views", "/=1@1");
}
END_TEST

/* As in Kafka Streams it is not one of the dropped: weir_unkeyed_records_total counts it. */
START_TEST(click_without_a_page_counts_for_none)
{
    kit_start(&kit, build, NULL, NULL);
    kit_pipe(&kit, "clicks", "u", "{\"timestamp\":5}", 1);
    ck_assert_uint_eq(weir_test_output_count(kit.t), 0);
    ck_assert_int_eq(weir_test_dropped(kit.t), 0);
}
END_TEST

static const struct {
    const char *value;
    enum weir_code code;
} bad[] = {
    {"{\"page\":\"/page/1\",\"timestamp\":5", WEIR_EDECODE}, /* cut off */
    {"{\"page\":\"/page/1\"}", WEIR_ETIME},
    {"{\"page\":\"/page/1\",\"timestamp\":\"now\"}", WEIR_ETIME},
    {NULL, WEIR_ETIME},
};

START_TEST(click_that_cannot_be_read_stops_with_the_place)
{
    kit_start(&kit, build, NULL, NULL);
    ck_assert_int_eq(weir_test_pipe_text(kit.t, "clicks", "u", bad[_i].value, 1, &kit.err),
                     bad[_i].code);
    ck_assert_msg(strstr(kit.err.text, "input \"clicks\" partition 0 at offset 0") != NULL, "%s",
                  kit.err.text);
}
END_TEST

Suite *click_counts_suite(void)
{
    Suite *s = suite_create("click_counts");
    TCase *tc = tcase_create("click_counts");
    tcase_add_checked_fixture(tc, NULL, end);
    tcase_add_test(tc, pages_are_counted_at_the_time_of_the_click);
    tcase_add_test(tc, environment_names_other_topics);
    tcase_add_test(tc, one_count_per_page_goes_out_with_a_commit);
    tcase_add_test(tc, click_without_a_page_counts_for_none);
    tcase_add_loop_test(tc, click_that_cannot_be_read_stops_with_the_place, 0,
                        (int)WR_ARRAY_LEN(bad));
    suite_add_tcase(s, tc);
    return s;
}
