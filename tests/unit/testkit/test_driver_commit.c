/* test_driver_commit.c -- what becomes visible with a commit, and what an abort takes back. */
#include "src/base/base.h"

#include <string.h>

#include "tests/unit/suite.h"
#include "tests/unit/testkit/kit.h"

static struct kit kit;

static void end(void)
{
    kit_free(&kit);
}

static const struct weir_test_options on_request = {.size = sizeof on_request,
                                                    .commit_on_request = true};

static void counts(weir_topology *t, void *arg)
{
    WR_UNUSED(arg);
    weir_grouped *g = weir_group_by_key(weir_from(t, "in", NULL), NULL);
    weir_to(weir_changes(weir_count(g, "counts", NULL)), "out", NULL);
}

/* ---- commit ---------------------------------------------------------------------------------- */

START_TEST(each_record_is_committed_by_itself)
{
    kit_start(&kit, counts, NULL, NULL);
    kit_pipe(&kit, "in", "a", "", 1);
    kit_pipe(&kit, "in", "a", "", 2);
    ck_assert_next(&kit, "test-counts-changelog", "a=1@1");
    ck_assert_next(&kit, "test-counts-changelog", "a=2@2");
    ck_assert_next(&kit, "test-counts-changelog", NULL);
}
END_TEST

START_TEST(commit_on_request_logs_each_key_once_with_its_last_value)
{
    kit_start(&kit, counts, NULL, &on_request);
    kit_pipe(&kit, "in", "a", "", 1);
    kit_pipe(&kit, "in", "b", "", 2);
    kit_pipe(&kit, "in", "a", "", 3);
    ck_assert_next(&kit, "test-counts-changelog", NULL);
    kit_commit(&kit);
    ck_assert_next(&kit, "test-counts-changelog", "a=2@3");
    ck_assert_next(&kit, "test-counts-changelog", "b=1@2");
    ck_assert_next(&kit, "test-counts-changelog", NULL);
}
END_TEST

START_TEST(commit_without_work_writes_nothing)
{
    kit_start(&kit, counts, NULL, &on_request);
    kit_commit(&kit);
    kit_pipe(&kit, "in", "a", "", 1);
    kit_commit(&kit);
    size_t before = weir_test_output_count(kit.t);
    kit_commit(&kit);
    ck_assert_uint_eq(weir_test_output_count(kit.t), before);
}
END_TEST

static const struct {
    struct weir_setting emit;
    const char *out;
} emits[] = {
    {{"weir.emit", "each"}, "a=1@1\na=2@2\n"},
    {{"weir.emit", "commit"}, "a=2@2\n"},
};

START_TEST(changes_go_on_one_by_one_or_once_per_key_and_commit)
{
    struct weir_test_options o = on_request;
    o.settings = &emits[_i].emit;
    o.setting_count = 1;
    kit_start(&kit, counts, NULL, &o);
    kit_pipe(&kit, "in", "a", "", 1);
    kit_pipe(&kit, "in", "a", "", 2);
    kit_commit(&kit);
    ck_assert_str_eq(weir_test_read_all(kit.t, "out"), emits[_i].out);
}
END_TEST

static void two_steps(weir_topology *t, void *arg)
{
    WR_UNUSED(arg);
    weir_to(weir_from(t, "in", NULL), "middle", NULL);
    weir_to(weir_from(t, "middle", NULL), "out", NULL);
}

START_TEST(what_was_not_committed_is_seen_by_nobody)
{
    kit_start(&kit, two_steps, NULL, &on_request);
    kit_pipe(&kit, "in", "k", "v", 1);
    ck_assert_next(&kit, "middle", NULL);
    ck_assert_uint_eq(weir_test_unread(kit.t, "middle"), 0);
    ck_assert_uint_eq(weir_test_output_count(kit.t), 0);
    kit_commit(&kit);
    ck_assert_next(&kit, "middle", "k=v@1");
    ck_assert_next(&kit, "out", NULL); /* of the transaction that the commit began */
    kit_commit(&kit);
    ck_assert_next(&kit, "out", "k=v@1");
}
END_TEST

START_TEST(topic_with_open_records_is_not_piped_to)
{
    kit_start(&kit, two_steps, NULL, &on_request);
    kit_pipe(&kit, "in", "k", "v", 1);
    size_t before = weir_test_output_count(kit.t);
    ck_assert_int_eq(weir_test_pipe_text(kit.t, "middle", "l", "w", 2, &kit.err), WEIR_ESTATE);
    ck_assert_str_eq(kit.err.text, "topic \"middle\" has records of the open transaction: commit "
                                   "before more is piped to it");
    ck_assert_uint_eq(weir_test_output_count(kit.t), before);
    kit_commit(&kit);
    kit_pipe(&kit, "middle", "l", "w", 2);
    kit_commit(&kit);
    ck_assert_str_eq(weir_test_read_all(kit.t, "out"), "k=v@1\nl=w@2\n");
}
END_TEST

static enum weir_code commit_at_last(weir_ctx *c, const struct weir_record *r, void *state)
{
    WR_UNUSED(state);
    if (weir_equal(r->value, weir_str("last"))) {
        weir_request_commit(c);
    }
    return weir_forward(c, r);
}

static void commits_itself(weir_topology *t, void *arg)
{
    WR_UNUSED(arg);
    weir_stream *in = weir_process(weir_from(t, "in", NULL), commit_at_last, NULL);
    weir_to(in, "middle", NULL);
    weir_to(weir_from(t, "middle", NULL), "out", NULL);
}

START_TEST(commit_that_the_application_asks_for_is_made)
{
    kit_start(&kit, commits_itself, NULL, &on_request);
    kit_pipe(&kit, "in", "k", "first", 1);
    ck_assert_next(&kit, "middle", NULL);
    kit_pipe(&kit, "in", "k", "last", 2);
    ck_assert_str_eq(weir_test_read_all(kit.t, "middle"), "k=first@1\nk=last@2\n");
}
END_TEST

/* ---- abort ----------------------------------------------------------------------------------- */

START_TEST(abort_takes_back_rows_and_outputs)
{
    kit_start(&kit, counts, NULL, &on_request);
    kit_pipe(&kit, "in", "a", "", 1);
    kit_commit(&kit);
    size_t committed = weir_test_output_count(kit.t);
    kit_pipe(&kit, "in", "a", "", 2);
    kit_pipe(&kit, "in", "b", "", 3);
    ck_assert_pstr_eq(weir_test_row(kit.t, "counts", "a"), "2@2");
    weir_test_abort(kit.t);
    ck_assert_pstr_eq(weir_test_row(kit.t, "counts", "a"), "1@1");
    ck_assert_pstr_eq(weir_test_row(kit.t, "counts", "b"), NULL);
    ck_assert_uint_eq(weir_test_output_count(kit.t), committed);
    ck_assert_next(&kit, "out", "a=1@1");
    ck_assert_next(&kit, "out", NULL);
}
END_TEST

START_TEST(piped_records_are_read_again_after_an_abort)
{
    kit_start(&kit, counts, NULL, &on_request);
    kit_pipe(&kit, "in", "a", "", 1);
    kit_commit(&kit);
    kit_pipe(&kit, "in", "a", "", 2);
    weir_test_abort(kit.t);
    kit_pipe(&kit, "in", "b", "", 3);
    kit_commit(&kit);
    ck_assert_str_eq(weir_test_read_all(kit.t, "out"), "a=1@1\na=2@2\nb=1@3\n");
    ck_assert_pstr_eq(weir_test_row(kit.t, "counts", "a"), "2@2");
}
END_TEST

START_TEST(replay_takes_the_oldest_of_what_was_piped_first)
{
    kit_start(&kit, two_steps, NULL, &on_request);
    kit_pipe(&kit, "middle", "a", "", 30);
    kit_pipe(&kit, "in", "b", "", 20);
    weir_test_abort(kit.t);
    kit_commit(&kit);
    ck_assert_str_eq(weir_test_output(kit.t, 0)->topic, "middle"); /* b, which is older */
    ck_assert_str_eq(weir_test_output(kit.t, 1)->topic, "out");
}
END_TEST

static enum weir_code show_stream_time(weir_ctx *c, const struct weir_record *r, void *state)
{
    WR_UNUSED(state);
    struct weir_record out = *r;
    out.value = weir_put_i64(c, weir_stream_time(c));
    return weir_forward(c, &out);
}

static void stream_times(weir_topology *t, void *arg)
{
    WR_UNUSED(arg);
    struct weir_node node = WEIR_NODE_INIT;
    node.value = weir_i64(t);
    weir_to(weir_process(weir_from(t, "in", NULL), show_stream_time, &node), "out", NULL);
}

START_TEST(abort_takes_back_the_time)
{
    kit_start(&kit, stream_times, NULL, &on_request);
    kit_pipe(&kit, "in", "a", "", 5);
    kit_commit(&kit);
    kit_pipe(&kit, "in", "b", "", 3);
    kit_pipe(&kit, "in", "c", "", 90);
    weir_test_abort(kit.t);
    kit_commit(&kit);
    ck_assert_next(&kit, "out", "a=5@5");
    ck_assert_next(&kit, "out", "b=5@3");
    ck_assert_next(&kit, "out", "c=90@90");
}
END_TEST

/* ---- at least once --------------------------------------------------------------------------- */

static const struct weir_setting least[] = {{"processing.guarantee", "at_least_once"},
                                            {"weir.emit", "each"}};
static const struct weir_test_options least_on_request = {.size = sizeof least_on_request,
                                                          .settings = least,
                                                          .setting_count = WR_ARRAY_LEN(least),
                                                          .commit_on_request = true};

START_TEST(outputs_at_least_once_do_not_wait_for_the_commit)
{
    kit_start(&kit, two_steps, NULL, &least_on_request);
    kit_pipe(&kit, "in", "k", "v", 1);
    ck_assert_next(&kit, "middle", "k=v@1");
    ck_assert_next(&kit, "out", "k=v@1");
    kit_pipe(&kit, "middle", "l", "w", 2);
    ck_assert_next(&kit, "out", "l=w@2");
}
END_TEST

START_TEST(changelogs_at_least_once_come_with_the_commit)
{
    kit_start(&kit, counts, NULL, &least_on_request);
    kit_pipe(&kit, "in", "a", "", 1);
    ck_assert_uint_eq(weir_test_output_count(kit.t), 1);
    ck_assert_next(&kit, "test-counts-changelog", NULL);
    kit_commit(&kit);
    ck_assert_next(&kit, "test-counts-changelog", "a=1@1");
    ck_assert_uint_eq(weir_test_output_count(kit.t), 2);
}
END_TEST

START_TEST(outputs_at_least_once_come_again_after_an_abort_and_rows_do_not)
{
    kit_start(&kit, counts, NULL, &least_on_request);
    kit_pipe(&kit, "in", "a", "", 1);
    kit_commit(&kit);
    kit_pipe(&kit, "in", "a", "", 2);
    weir_test_abort(kit.t);
    ck_assert_pstr_eq(weir_test_row(kit.t, "counts", "a"), "1@1");
    kit_commit(&kit);
    ck_assert_str_eq(weir_test_read_all(kit.t, "out"), "a=1@1\na=2@2\na=2@2\n");
    ck_assert_str_eq(weir_test_read_all(kit.t, "test-counts-changelog"), "a=1@1\na=2@2\n");
    ck_assert_pstr_eq(weir_test_row(kit.t, "counts", "a"), "2@2");
    ck_assert_str_eq(weir_test_output(kit.t, 1)->topic, "test-counts-changelog");
}
END_TEST

Suite *driver_commit_suite(void)
{
    Suite *s = suite_create("driver_commit");
    TCase *tc = tcase_create("transactions");
    tcase_add_checked_fixture(tc, NULL, end);
    tcase_add_test(tc, each_record_is_committed_by_itself);
    tcase_add_test(tc, commit_on_request_logs_each_key_once_with_its_last_value);
    tcase_add_test(tc, commit_without_work_writes_nothing);
    tcase_add_loop_test(tc, changes_go_on_one_by_one_or_once_per_key_and_commit, 0,
                        (int)WR_ARRAY_LEN(emits));
    tcase_add_test(tc, what_was_not_committed_is_seen_by_nobody);
    tcase_add_test(tc, topic_with_open_records_is_not_piped_to);
    tcase_add_test(tc, commit_that_the_application_asks_for_is_made);
    tcase_add_test(tc, abort_takes_back_rows_and_outputs);
    tcase_add_test(tc, piped_records_are_read_again_after_an_abort);
    tcase_add_test(tc, replay_takes_the_oldest_of_what_was_piped_first);
    tcase_add_test(tc, abort_takes_back_the_time);
    tcase_add_test(tc, outputs_at_least_once_do_not_wait_for_the_commit);
    tcase_add_test(tc, changelogs_at_least_once_come_with_the_commit);
    tcase_add_test(tc, outputs_at_least_once_come_again_after_an_abort_and_rows_do_not);
    suite_add_tcase(s, tc);
    return s;
}
