/* test_driver_errors.c -- records that are dropped, and failures that stop the driver. */
#include "src/base/base.h"

#include <string.h>

#include "tests/unit/suite.h"
#include "tests/unit/testkit/kit.h"

static struct kit kit;

static void end(void)
{
    kit_free(&kit);
}

/* ---- a topology with every way of losing a record -------------------------------------------- */

static enum weir_code picky(weir_ctx *c, const struct weir_record *r, struct weir_record *out,
                            void *state)
{
    WR_UNUSED(out), WR_UNUSED(state);
    if (weir_equal(r->value, weir_str("13"))) {
        return weir_fail(c, WEIR_EPROCESS, "thirteen brings bad luck");
    }
    return weir_equal(r->value, weir_str("14")) ? WEIR_SKIP : WEIR_OK;
}

static enum weir_code nowhere(weir_ctx *c, const struct weir_record *r, int32_t *partitions,
                              int32_t count, int32_t *chosen, const void *arg)
{
    WR_UNUSED(c), WR_UNUSED(partitions), WR_UNUSED(count), WR_UNUSED(arg);
    if (weir_equal(r->value, weir_str("15"))) {
        *chosen = 0;
    }
    return WEIR_OK;
}

static enum weir_code own_time(weir_ctx *c, const struct weir_record *r, int64_t partition_time,
                               int64_t *time)
{
    WR_UNUSED(partition_time);
    *time = weir_equal(r->value, weir_str("16")) ? -1 : r->time;
    return weir_equal(r->value, weir_str("17")) ? weir_fail(c, WEIR_ETIME, "no clock") : WEIR_OK;
}

static void lossy(weir_topology *t, void *arg)
{
    WR_UNUSED(arg);
    struct weir_source src = WEIR_SOURCE_INIT;
    src.value = weir_json(t);
    src.timestamp = own_time;
    struct weir_node node = WEIR_NODE_INIT;
    node.name = "picky";
    struct weir_sink sink = WEIR_SINK_INIT;
    sink.partition = nowhere;
    weir_stream *in = weir_map_values(weir_from(t, "in", &src), picky, &node);
    weir_to(in, "out", &sink);
    weir_count(weir_group_by_key(in, NULL), "counts", NULL);
}

static const struct {
    const char *what;
    const char *key;
    const char *value;
    bool letter; /* goes to the dead-letter topic */
    bool error;  /* a failure without the policy "skip" */
} losses[] = {
    {"null key where one is needed", NULL, "1", false, false},
    {"null value in an aggregate", "k", NULL, false, false},
    {"no partition chosen", "k", "15", false, false},
    {"negative time of an extractor", "k", "16", false, false},
    {"value that is no JSON", "k", "{", true, true},
    {"failure of a function", "k", "13", true, true},
    {"record that a function skips", "k", "14", true, true},
    {"failure of an extractor", "k", "17", true, true},
};

static const struct weir_setting skip[] = {
    {"weir.errors.deserialization", "skip"},
    {"weir.errors.processing", "skip"},
    {"weir.errors.timestamp", "skip"},
    {"errors.dead.letter.queue.topic.name", "letters"},
    {"weir.log.level", "error"}, /* skipped records are warned about */
};
static const struct weir_test_options skip_all = {
    .size = sizeof skip_all, .settings = skip, .setting_count = WR_ARRAY_LEN(skip)};

START_TEST(dropped_record_is_counted_and_the_next_one_works)
{
    kit_start(&kit, lossy, NULL, &skip_all);
    kit_pipe(&kit, "in", "k", "1", 1);
    ck_assert_int_eq(weir_test_dropped(kit.t), 0);
    kit_pipe(&kit, "in", losses[_i].key, losses[_i].value, 2);
    ck_assert_msg(weir_test_dropped(kit.t) == 1, "%s", losses[_i].what);
    kit_pipe(&kit, "in", "k", "3", 3);
    ck_assert_int_eq(weir_test_dropped(kit.t), 1);
    ck_assert_int_eq(weir_test_read_text(kit.t, "letters") != NULL, losses[_i].letter);
    ck_assert_next(&kit, "letters", NULL);
    ck_assert_next(&kit, "out", "k=1@1");
}
END_TEST

START_TEST(policy_fail_stops_only_at_what_is_an_error)
{
    kit_start(&kit, lossy, NULL, NULL);
    kit_pipe(&kit, "in", "k", "1", 1);
    enum weir_code code =
        weir_test_pipe_text(kit.t, "in", losses[_i].key, losses[_i].value, 2, &kit.err);
    ck_assert_msg((code != WEIR_OK) == losses[_i].error, "%s", losses[_i].what);
    ck_assert_int_eq(weir_test_dropped(kit.t), !losses[_i].error);
}
END_TEST

/* ---- dead letters ---------------------------------------------------------------------------- */

START_TEST(dead_letter_is_the_source_record_with_the_reason)
{
    kit_start(&kit, lossy, NULL, &skip_all);
    kit_pipe(&kit, "in", "k", "1", 1);
    kit_pipe(&kit, "in", "k", "13", 2);
    ck_assert_next(&kit, "letters",
                   "k=13@2 [__streams.errors.exception=WEIR_EPROCESS,"
                   "__streams.errors.message=thirteen brings bad luck,"
                   "__streams.errors.stacktrace=task 0_0, node picky,"
                   "__streams.errors.topic=in,__streams.errors.partition=0,"
                   "__streams.errors.offset=1]");
}
END_TEST

START_TEST(record_that_stops_the_driver_is_dead_lettered_alone)
{
    static const struct weir_setting letters = {"errors.dead.letter.queue.topic.name", "letters"};
    struct weir_test_options o = WEIR_TEST_INIT;
    o.settings = &letters;
    o.setting_count = 1;
    o.commit_on_request = true;
    kit_start(&kit, lossy, NULL, &o);
    kit_pipe(&kit, "in", "k", "1", 1);
    ck_assert_int_eq(weir_test_pipe_text(kit.t, "in", "k", "13", 2, &kit.err), WEIR_EPROCESS);
    ck_assert_uint_eq(weir_test_output_count(kit.t), 1); /* all else was aborted */
    ck_assert_str_eq(weir_test_output(kit.t, 0)->topic, "letters");
    ck_assert_int_eq(weir_test_dropped(kit.t), 0);
}
END_TEST

/* ---- failures -------------------------------------------------------------------------------- */

START_TEST(failure_says_task_node_and_record)
{
    kit_start(&kit, lossy, NULL, NULL);
    kit_pipe(&kit, "in", "k", "1", 1);
    ck_assert_int_eq(weir_test_pipe_text(kit.t, "in", "k", "13", 2, &kit.err), WEIR_EPROCESS);
    ck_assert_int_eq(kit.err.code, WEIR_EPROCESS);
    ck_assert_str_eq(kit.err.text,
                     "task 0_0, node \"picky\", record \"in\" partition 0 offset 1: thirteen "
                     "brings bad luck; repair what writes such records or reads "
                     "them, or pass them over with weir.errors.processing=skip (to keep copies of "
                     "them name a topic in errors.dead.letter.queue.topic.name)");
}
END_TEST

START_TEST(failure_of_an_input_says_where_and_why)
{
    kit_start(&kit, lossy, NULL, NULL);
    ck_assert_int_eq(weir_test_pipe_text(kit.t, "in", "k", "{", 2, &kit.err), WEIR_EDECODE);
    const char *where = "input \"in\" partition 0 at offset 0: value is not json";
    ck_assert_msg(strncmp(kit.err.text, where, strlen(where)) == 0, "%s", kit.err.text);
}
END_TEST

START_TEST(failed_record_leaves_nothing_behind)
{
    kit_start(&kit, lossy, NULL, NULL);
    kit_pipe(&kit, "in", "k", "1", 1);
    size_t before = weir_test_output_count(kit.t);
    ck_assert_int_eq(weir_test_pipe_text(kit.t, "in", "k", "13", 2, &kit.err), WEIR_EPROCESS);
    ck_assert_uint_eq(weir_test_output_count(kit.t), before);
    ck_assert_pstr_eq(weir_test_row(kit.t, "counts", "k"), "1@1");
}
END_TEST

static enum weir_code never_open(weir_ctx *c, const void *arg, void **task_state)
{
    WR_UNUSED(arg), WR_UNUSED(task_state);
    return weir_fail(c, WEIR_EINVAL, "not today");
}

static enum weir_code pass(weir_ctx *c, const struct weir_record *r, void *state)
{
    WR_UNUSED(state);
    return weir_forward(c, r);
}

static void will_not_open(weir_topology *t, void *arg)
{
    WR_UNUSED(arg);
    struct weir_node node = WEIR_NODE_INIT;
    node.name = "closed";
    node.open = never_open;
    weir_to(weir_process(weir_from(t, "in", NULL), pass, &node), "out", NULL);
}

START_TEST(nothing_is_processed_after_a_failure)
{
    static const char says[] = "nothing is processed any more after this failure: task 0_0";
    kit_start(&kit, lossy, NULL, NULL);
    ck_assert_int_eq(weir_test_pipe_text(kit.t, "in", "k", "13", 2, &kit.err), WEIR_EPROCESS);
    ck_assert_int_eq(weir_test_pipe_text(kit.t, "in", "k", "1", 3, &kit.err), WEIR_ESTATE);
    ck_assert_msg(strncmp(kit.err.text, says, strlen(says)) == 0, "%s", kit.err.text);
    ck_assert_int_eq(weir_test_commit(kit.t, &kit.err), WEIR_ESTATE);
    ck_assert_int_eq(weir_test_advance(kit.t, 1, &kit.err), WEIR_ESTATE);
    ck_assert_uint_eq(weir_test_output_count(kit.t), 0);
}
END_TEST

/* ---- a topology that never ends -------------------------------------------------------------- */

static void circle(weir_topology *t, void *arg)
{
    WR_UNUSED(arg);
    weir_to(weir_from(t, "there", NULL), "back", NULL);
    weir_to(weir_from(t, "back", NULL), "there", NULL);
}

START_TEST(topology_that_feeds_itself_for_ever_is_stopped)
{
    kit_start(&kit, circle, NULL, NULL);
    ck_assert_int_eq(weir_test_pipe_text(kit.t, "there", "k", "v", 1, &kit.err), WEIR_ESTATE);
    ck_assert_ptr_nonnull(strstr(kit.err.text, "writes to topics that it reads"));
}
END_TEST

START_TEST(failed_open_gives_no_test)
{
    ck_assert_int_eq(weir_test_new(&kit.t, will_not_open, NULL, NULL, &kit.err), WEIR_EINVAL);
    ck_assert_ptr_null(kit.t);
    ck_assert_str_eq(kit.err.text, "node \"closed\" could not be opened: not today");
}
END_TEST

Suite *driver_errors_suite(void)
{
    Suite *s = suite_create("driver_errors");
    TCase *tc = tcase_create("errors");
    tcase_add_checked_fixture(tc, NULL, end);
    tcase_add_loop_test(tc, dropped_record_is_counted_and_the_next_one_works, 0,
                        (int)WR_ARRAY_LEN(losses));
    tcase_add_loop_test(tc, policy_fail_stops_only_at_what_is_an_error, 0,
                        (int)WR_ARRAY_LEN(losses));
    tcase_add_test(tc, dead_letter_is_the_source_record_with_the_reason);
    tcase_add_test(tc, record_that_stops_the_driver_is_dead_lettered_alone);
    tcase_add_test(tc, failure_says_task_node_and_record);
    tcase_add_test(tc, failure_of_an_input_says_where_and_why);
    tcase_add_test(tc, failed_record_leaves_nothing_behind);
    tcase_add_test(tc, nothing_is_processed_after_a_failure);
    tcase_add_test(tc, topology_that_feeds_itself_for_ever_is_stopped);
    tcase_add_test(tc, failed_open_gives_no_test);
    suite_add_tcase(s, tc);
    return s;
}
