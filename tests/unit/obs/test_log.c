/* test_log.c -- lines of the log. */
#include "src/base/base.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "src/base/buf.h"
#include "src/obs/log.h"
#include "tests/unit/suite.h"

static struct wr_clock_manual clock_now;
static struct wr_buf seen;
static int lines;

static void capture(void *arg, enum wr_log_level level, const char *line, size_t len)
{
    ck_assert_ptr_eq(arg, &seen);
    ck_assert_int_le(level, WR_LOG_DEBUG);
    ck_assert_uint_le(len, WR_LOG_LINE_MAX);
    wr_buf_append(&seen, line, len);
    lines++;
}

static void setup(void)
{
    wr_clock_manual_init(&clock_now, INT64_C(1795342272345)); /* 2026-11-22T10:11:12.345Z */
    wr_log_start(&(struct wr_logger){WR_LOG_INFO, capture, &seen, &clock_now.clock});
    wr_buf_reset(&seen);
    lines = 0;
}

static void teardown(void)
{
    wr_buf_free(&seen);
    wr_log_start(&(struct wr_logger){.level = WR_LOG_INFO});
}

#define HEAD "ts=2026-11-22T10:11:12.345Z level=info event=test"

START_TEST(line_has_time_level_event_and_fields)
{
    wr_log(WR_LOG_INFO, "task.restored", WR_S("task", "0_1"), WR_I("records", -12),
           WR_U("bytes", UINT64_MAX), WR_FLAG("clean", true), WR_B("key", weir_str("k")), WR_END);
    ck_assert_str_eq(wr_buf_cstr(&seen),
                     "ts=2026-11-22T10:11:12.345Z level=info event=task.restored task=0_1 "
                     "records=-12 bytes=18446744073709551615 clean=true key=k\n");
    ck_assert_int_eq(lines, 1);
}
END_TEST

START_TEST(line_may_have_no_fields)
{
    wr_log(WR_LOG_INFO, "test", WR_END);
    ck_assert_str_eq(wr_buf_cstr(&seen), HEAD "\n");
}
END_TEST

static const struct {
    const char *value;
    const char *shown;
} values[] = {
    {"plain-0_1.x:9092/,+[]{}'", "plain-0_1.x:9092/,+[]{}'"},
    {"", "\"\""},
    {"two words", "\"two words\""},
    {"a=b", "\"a=b\""},
    {"say \"hi\"", "\"say \\\"hi\\\"\""},
    {"back\\slash", "\"back\\\\slash\""},
    {"line\nfeed\r\t", "\"line\\nfeed\\r\\t\""},
    {"\x1b[31mred\x7f", "\"\\x1b[31mred\\x7f\""},
    {"caf\xc3\xa9", "\"caf\xc3\xa9\""},
};

START_TEST(value_is_quoted_and_escaped_where_needed)
{
    struct wr_buf want = {0};
    wr_log(WR_LOG_INFO, "test", WR_S("x", values[_i].value), WR_END);
    wr_buf_printf(&want, HEAD " x=%s\n", values[_i].shown);
    ck_assert_str_eq(wr_buf_cstr(&seen), wr_buf_cstr(&want));
    wr_buf_free(&want);
}
END_TEST

START_TEST(null_value_is_left_out)
{
    wr_log(WR_LOG_INFO, "test", WR_S("a", NULL), WR_B("b", WEIR_NULL), WR_I("c", 1), WR_END);
    ck_assert_str_eq(wr_buf_cstr(&seen), HEAD " c=1\n");
}
END_TEST

static int evaluated;

static int64_t expensive(void)
{
    return ++evaluated;
}

START_TEST(level_decides_at_run_time_and_arguments_of_other_levels_are_not_evaluated)
{
    wr_log(WR_LOG_DEBUG, "test", WR_I("x", expensive()), WR_END);
    ck_assert_int_eq(lines, 0);
    ck_assert_int_eq(evaluated, 0);
    wr_log_set_level(WR_LOG_DEBUG);
    wr_log(WR_LOG_DEBUG, "test", WR_I("x", expensive()), WR_END);
    ck_assert_int_eq(lines, 1);
    wr_log_set_level(WR_LOG_ERROR);
    wr_log(WR_LOG_WARN, "test", WR_END);
    wr_log(WR_LOG_ERROR, "test", WR_END);
    ck_assert_int_eq(lines, 2);
}
END_TEST

START_TEST(long_value_is_cut)
{
    char text[5000];
    memset(text, 'x', sizeof text);
    wr_log(WR_LOG_INFO, "test", WR_B("long", weir_view(text, sizeof text)), WR_I("after", 1),
           WR_END);
    ck_assert_ptr_nonnull(strstr(wr_buf_cstr(&seen), "xxx...\" after=1\n"));
}
END_TEST

START_TEST(pair_that_does_not_fit_is_left_out_and_the_line_says_so)
{
    char text[1400];
    memset(text, '\x01', sizeof text); /* four bytes each when escaped */
    struct weir_bytes v = weir_view(text, sizeof text);
    wr_log(WR_LOG_INFO, "test", WR_I("a", 1), WR_B("b", v), WR_B("c", v), WR_END);
    ck_assert_str_eq(wr_buf_cstr(&seen), HEAD " a=1 cut=true\n");
}
END_TEST

START_TEST(repeated_line_is_limited_and_the_next_says_how_many_were_not_written)
{
    struct wr_log_limit limit = WR_LOG_LIMIT_INIT(2, 1000);
    for (int i = 0; i < 10; i++) {
        wr_log_limited(&limit, WR_LOG_INFO, "test", WR_I("i", i), WR_END);
    }
    ck_assert_str_eq(wr_buf_cstr(&seen), HEAD " i=0\n" HEAD " i=1\n");
    clock_now.mono += 999;
    wr_log_limited(&limit, WR_LOG_INFO, "test", WR_END);
    ck_assert_int_eq(lines, 2);
    clock_now.mono += 1;
    wr_buf_reset(&seen);
    wr_log_limited(&limit, WR_LOG_INFO, "test", WR_I("i", 10), WR_END);
    wr_log_limited(&limit, WR_LOG_INFO, "test", WR_I("i", 11), WR_END);
    ck_assert_str_eq(wr_buf_cstr(&seen), HEAD " i=10 suppressed=9\n" HEAD " i=11\n");
}
END_TEST

START_TEST(line_that_is_off_does_not_count_for_the_limit)
{
    struct wr_log_limit limit = WR_LOG_LIMIT_INIT(1, 1000);
    wr_log_limited(&limit, WR_LOG_DEBUG, "test", WR_END);
    ck_assert_int_eq(limit.written, 0);
}
END_TEST

START_TEST(line_goes_to_standard_error_in_one_piece)
{
    int ends[2];
    char got[256] = "";
    ck_assert_int_eq(pipe(ends), 0);
    int saved = dup(STDERR_FILENO);
    dup2(ends[1], STDERR_FILENO);
    wr_log_start(&(struct wr_logger){.level = WR_LOG_INFO, .clock = &clock_now.clock});
    wr_log(WR_LOG_INFO, "test", WR_I("x", 1), WR_END);
    dup2(saved, STDERR_FILENO);
    ck_assert_int_gt(read(ends[0], got, sizeof got - 1), 0);
    ck_assert_str_eq(got, HEAD " x=1\n");
    close(ends[0]);
    close(ends[1]);
    close(saved);
}
END_TEST

START_TEST(levels_have_names)
{
    enum wr_log_level level = WR_LOG_ERROR;
    for (int i = 0; i <= WR_LOG_DEBUG; i++) {
        ck_assert(wr_log_level_parse(wr_log_level_name((enum wr_log_level)i), &level));
        ck_assert_int_eq(level, i);
    }
    ck_assert(!wr_log_level_parse("loud", &level));
    ck_assert_int_eq(level, WR_LOG_DEBUG);
}
END_TEST

static const struct {
    const char *name;
    bool secret;
} settings[] = {
    {"sasl.password", true},           {"consumer.ssl.key.password", true},
    {"ssl.keystore.password", true},   {"ssl.key.pem", true},
    {"sasl.jaas.config", true},        {"sasl.oauthbearer.client.secret", true},
    {"sasl.oauthbearer.config", true}, {"weir.http.token", true},
    {"sasl.username", false},          {"ssl.key.location", false},
    {"application.id", false},
};

START_TEST(secret_is_masked)
{
    ck_assert_str_eq(wr_log_mask(settings[_i].name, "canary"),
                     settings[_i].secret ? "********" : "canary");
}
END_TEST

Suite *log_suite(void)
{
    Suite *s = suite_create("log");
    TCase *t = tcase_create("log");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, line_has_time_level_event_and_fields);
    tcase_add_test(t, line_may_have_no_fields);
    tcase_add_loop_test(t, value_is_quoted_and_escaped_where_needed, 0, WR_ARRAY_LEN(values));
    tcase_add_test(t, null_value_is_left_out);
    tcase_add_test(t, level_decides_at_run_time_and_arguments_of_other_levels_are_not_evaluated);
    tcase_add_test(t, long_value_is_cut);
    tcase_add_test(t, pair_that_does_not_fit_is_left_out_and_the_line_says_so);
    tcase_add_test(t, repeated_line_is_limited_and_the_next_says_how_many_were_not_written);
    tcase_add_test(t, line_that_is_off_does_not_count_for_the_limit);
    tcase_add_test(t, line_goes_to_standard_error_in_one_piece);
    tcase_add_test(t, levels_have_names);
    tcase_add_loop_test(t, secret_is_masked, 0, WR_ARRAY_LEN(settings));
    suite_add_tcase(s, t);
    return s;
}
