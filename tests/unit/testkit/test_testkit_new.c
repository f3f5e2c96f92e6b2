/* test_testkit_new.c -- what a test is made of: settings, options, the topology. */
#include "src/base/base.h"

#include <inttypes.h>
#include <string.h>

#include "tests/unit/suite.h"
#include "tests/unit/testkit/kit.h"

static struct kit kit;

static void end(void)
{
    kit_free(&kit);
}

static void copies(weir_topology *t, void *arg)
{
    weir_to(weir_from(t, "in", NULL), arg != NULL ? arg : "out", NULL);
}

static void counts(weir_topology *t, void *arg)
{
    WR_UNUSED(arg);
    weir_grouped *g = weir_group_by_key(weir_from(t, "in", NULL), NULL);
    weir_to(weir_changes(weir_count(g, "counts", NULL)), "out", NULL);
}

/* ---- what is started ------------------------------------------------------------------------- */

START_TEST(build_is_given_its_argument)
{
    char topic[] = "elsewhere";
    kit_start(&kit, copies, topic, NULL);
    kit_pipe(&kit, "in", "k", "v", 1);
    ck_assert_next(&kit, "elsewhere", "k=v@1");
}
END_TEST

START_TEST(description_is_that_of_the_topology)
{
    kit_start(&kit, copies, NULL, NULL);
    ck_assert_str_eq(weir_test_describe(kit.t),
                     "Topologies:\n"
                     "   Sub-topology: 0\n"
                     "    Source: KSTREAM-SOURCE-0000000000 (topics: [in])\n"
                     "      --> KSTREAM-SINK-0000000001\n"
                     "    Sink: KSTREAM-SINK-0000000001 (topic: out)\n"
                     "      <-- KSTREAM-SOURCE-0000000000\n\n");
}
END_TEST

START_TEST(application_is_called_test_unless_a_setting_names_it)
{
    static const struct weir_setting id = {"application.id", "shop"};
    struct weir_test_options o = WEIR_TEST_INIT;
    kit_start(&kit, counts, NULL, &o);
    kit_pipe(&kit, "in", "a", "", 1);
    ck_assert_next(&kit, "test-counts-changelog", "a=1@1");
    kit_free(&kit);
    o.settings = &id;
    o.setting_count = 1;
    kit_start(&kit, counts, NULL, &o);
    kit_pipe(&kit, "in", "a", "", 1);
    ck_assert_next(&kit, "shop-counts-changelog", "a=1@1");
}
END_TEST

START_TEST(default_codecs_of_the_settings_are_used)
{
    static const struct weir_setting i64 = {"weir.default.value.codec", "i64"};
    struct weir_test_options o = WEIR_TEST_INIT;
    o.settings = &i64;
    o.setting_count = 1;
    kit_start(&kit, copies, NULL, &o);
    kit_pipe(&kit, "in", "a", "-7", 1);
    ck_assert_next(&kit, "out", "a=-7@1");
}
END_TEST

static enum weir_code show_place(weir_ctx *c, const struct weir_record *r, void *state)
{
    WR_UNUSED(state);
    struct weir_record out = *r;
    out.value = weir_format(c, "%s %s at %" PRId64, weir_application_id(c), weir_task_id(c),
                            weir_wall_clock(c));
    return weir_forward(c, &out);
}

static void places(weir_topology *t, void *arg)
{
    WR_UNUSED(arg);
    weir_to(weir_process(weir_from(t, "in", NULL), show_place, NULL), "out", NULL);
}

START_TEST(functions_see_application_task_and_clock)
{
    struct weir_test_options o = WEIR_TEST_INIT;
    o.wall_ms = 1700000000000;
    kit_start(&kit, places, NULL, &o);
    kit_pipe(&kit, "in", "k", "", 1);
    ck_assert_next(&kit, "out", "k=test 0_0 at 1700000000000@1");
}
END_TEST

START_TEST(two_tests_do_not_know_of_each_other)
{
    struct kit other;
    kit_start(&kit, counts, NULL, NULL);
    kit_start(&other, counts, NULL, NULL);
    kit_pipe(&kit, "in", "a", "", 1);
    kit_pipe(&other, "in", "a", "", 5);
    ck_assert_next(&kit, "out", "a=1@1");
    ck_assert_next(&other, "out", "a=1@5");
    kit_free(&other);
    kit_pipe(&kit, "in", "a", "", 2);
    ck_assert_next(&kit, "out", "a=2@2");
}
END_TEST

/* ---- what is refused ------------------------------------------------------------------------- */

static void mistaken(weir_topology *t, void *arg)
{
    WR_UNUSED(arg);
    weir_to(weir_from(t, "in", NULL), "no topic has such a name", NULL);
}

START_TEST(mistake_of_the_topology_is_told)
{
    ck_assert_int_eq(weir_test_new(&kit.t, mistaken, NULL, NULL, &kit.err), WEIR_ETOPOLOGY);
    ck_assert_ptr_null(kit.t);
    ck_assert_ptr_nonnull(strstr(kit.err.text, "no topic has such a name"));
}
END_TEST

static const struct {
    struct weir_setting setting;
    const char *says;
} bad_settings[] = {
    {{"weir.emitt", "each"}, "weir.emit"},
    {{"weir.emit", "never"}, "never"},
    {{"application.id", ""}, "application.id"},
};

START_TEST(bad_setting_is_refused)
{
    struct weir_test_options o = WEIR_TEST_INIT;
    o.settings = &bad_settings[_i].setting;
    o.setting_count = 1;
    ck_assert_int_eq(weir_test_new(&kit.t, copies, NULL, &o, &kit.err), WEIR_ECONFIG);
    ck_assert_ptr_null(kit.t);
    ck_assert_msg(strstr(kit.err.text, bad_settings[_i].says) != NULL, "%s", kit.err.text);
}
END_TEST

static const struct {
    struct weir_test_options options;
    const char *says;
} bad_options[] = {
    {{.size = 3}, "weir_test_new: its options say that they have 3 bytes"},
    {{.size = sizeof(struct weir_test_options), .partitions = -1}, "cannot have -1 partitions"},
    {{.size = sizeof(struct weir_test_options), .partitions = 1001}, "choose 1 to 1000"},
};

START_TEST(options_that_cannot_be_are_refused)
{
    ck_assert_int_eq(weir_test_new(&kit.t, copies, NULL, &bad_options[_i].options, &kit.err),
                     WEIR_EINVAL);
    ck_assert_ptr_null(kit.t);
    ck_assert_msg(strstr(kit.err.text, bad_options[_i].says) != NULL, "%s", kit.err.text);
}
END_TEST

Suite *testkit_new_suite(void)
{
    Suite *s = suite_create("testkit_new");
    TCase *tc = tcase_create("making");
    tcase_add_checked_fixture(tc, NULL, end);
    tcase_add_test(tc, build_is_given_its_argument);
    tcase_add_test(tc, description_is_that_of_the_topology);
    tcase_add_test(tc, application_is_called_test_unless_a_setting_names_it);
    tcase_add_test(tc, default_codecs_of_the_settings_are_used);
    tcase_add_test(tc, functions_see_application_task_and_clock);
    tcase_add_test(tc, two_tests_do_not_know_of_each_other);
    tcase_add_test(tc, mistake_of_the_topology_is_told);
    tcase_add_loop_test(tc, bad_setting_is_refused, 0, (int)WR_ARRAY_LEN(bad_settings));
    tcase_add_loop_test(tc, options_that_cannot_be_are_refused, 0, (int)WR_ARRAY_LEN(bad_options));
    suite_add_tcase(s, tc);
    return s;
}
