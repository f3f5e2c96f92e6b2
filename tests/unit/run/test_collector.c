/* test_collector.c -- which partition a record goes to. */
#include "src/base/base.h"

#include <stdio.h>

#include "src/kproto/murmur2.h"
#include "tests/unit/run/run_rig.h"

static struct run_rig r;

/* What the partition function of these topologies answers: how many, then which. */
static int32_t chosen_count;
static int32_t chosen[4];
static enum weir_code chosen_code;

static enum weir_code choose(weir_ctx *c, const struct weir_record *record, int32_t *partitions,
                             int32_t count, int32_t *out, const void *arg)
{
    WR_UNUSED(c);
    WR_UNUSED(record);
    WR_UNUSED(arg);
    for (int32_t i = 0; i < chosen_count && i < count; i++) {
        partitions[i] = chosen[i];
    }
    *out = chosen_count;
    return chosen_code;
}

static void build_choosing(weir_topology *t)
{
    struct weir_source s = WEIR_SOURCE_INIT;
    struct weir_sink sink = WEIR_SINK_INIT;
    sink.partition = choose;
    weir_to(weir_from(t, "in", &s), "out", &sink);
}

static enum weir_code compute(weir_ctx *c, const struct weir_record *record, const char **topic,
                              void *task_state)
{
    WR_UNUSED(task_state);
    *topic =
        weir_format(c, "to-%.*s", (int)record->value.len, (const char *)record->value.data).data;
    return WEIR_OK;
}

static void build_computed(weir_topology *t)
{
    struct weir_source s = WEIR_SOURCE_INIT;
    weir_to_computed(weir_from(t, "in", &s), compute, NULL);
}

static void start(void (*build)(weir_topology *t), int32_t partitions)
{
    rr_init(&r, build, 1);
    r.out_partitions = partitions;
    rr_task(&r, 0);
    chosen_code = WEIR_OK;
}

START_TEST(a_key_goes_where_java_puts_it)
{
    char line[64];
    start(rr_pass, 7);
    rr_record(&r, 0, "some key", "v", 1);
    ck_assert_int_eq(rr_run(&r), WEIR_OK);
    snprintf(line, sizeof line, "out/%d some key=v@1\n",
             (int)wr_partition_of(weir_str("some key"), 7));
    ck_assert_str_eq(rr_log(&r), line);
    rr_free(&r);
}
END_TEST

START_TEST(records_without_a_key_go_to_all_partitions_in_batches)
{
    int seen[3] = {0};
    int changes = 0;
    int last = -1;
    start(rr_pass, 3);
    for (int i = 0; i < 900; i++) {
        r.feeds[0].count = r.feeds[0].taken = 0;
        rr_record(&r, 0, NULL, "v", 1);
        ck_assert_int_eq(rr_run(&r), WEIR_OK);
        int at = rr_log(&r)[4] - '0';
        seen[at]++;
        changes += at != last;
        last = at;
    }
    for (size_t i = 0; i < 3; i++) {
        ck_assert_int_ge(seen[i], 250);
    }
    ck_assert_int_eq(changes, 4);
    rr_free(&r);
}
END_TEST

static const struct {
    int32_t count;
    int32_t partitions[4];
    enum weir_code answer;
    enum weir_code code;
    const char *result; /* what was sent, or why not */
} choices[] = {
    {1, {2}, WEIR_OK, WEIR_OK, "out/2 k=v@1\n"},
    {2, {0, 2}, WEIR_OK, WEIR_OK, "out/0 k=v@1\nout/2 k=v@1\n"},
    {0, {0}, WEIR_OK, WEIR_OK, ""},
    {4, {0}, WEIR_OK, WEIR_EINVAL, "the partition function chose 4 partitions of 3"},
    {1, {3}, WEIR_OK, WEIR_EINVAL, "the partition function chose partition 3 of a topic with 3"},
    {1, {-1}, WEIR_OK, WEIR_EINVAL, "the partition function chose partition -1"},
    {1, {0}, WEIR_EPROCESS, WEIR_EPROCESS, "the partition function failed"},
};

START_TEST(an_application_chooses_partitions)
{
    start(build_choosing, 3);
    chosen_count = choices[_i].count;
    chosen_code = choices[_i].answer;
    memcpy(chosen, choices[_i].partitions, sizeof chosen);
    rr_record(&r, 0, "k", "v", 1);
    ck_assert_int_eq(rr_run(&r), choices[_i].code);
    if (choices[_i].code == WEIR_OK) {
        ck_assert_str_eq(rr_log(&r), choices[_i].result);
        ck_assert_int_eq(rr_stat(&r, dropped), choices[_i].count == 0);
    } else {
        ck_assert_has(r.task->error.text, choices[_i].result);
        ck_assert_str_eq(rr_log(&r), "");
        wr_task_aborted(r.task);
    }
    rr_free(&r);
}
END_TEST

START_TEST(no_answer_of_a_partition_function_means_the_key)
{
    char line[64];
    start(build_choosing, 3);
    chosen_count = -1;
    rr_record(&r, 0, "k", "v", 1);
    ck_assert_int_eq(rr_run(&r), WEIR_OK);
    snprintf(line, sizeof line, "out/%d k=v@1\n", (int)wr_partition_of(weir_str("k"), 3));
    ck_assert_str_eq(rr_log(&r), line);
    rr_free(&r);
}
END_TEST

START_TEST(a_computed_topic_is_looked_up_by_name)
{
    start(build_computed, 1);
    rr_record(&r, 0, "k", "a", 1);
    rr_record(&r, 0, "k", "b", 2);
    rr_record(&r, 0, "k", "a", 3);
    ck_assert_int_eq(rr_run(&r), WEIR_OK);
    ck_assert_str_eq(rr_log(&r), "to-a/0 k=a@1\nto-b/0 k=b@2\nto-a/0 k=a@3\n");
    rr_free(&r);
}
END_TEST

START_TEST(a_missing_output_topic_is_looked_for_again_at_the_next_record)
{
    start(rr_pass, 0);
    rr_record(&r, 0, "k", "v", 1);
    ck_assert_int_eq(rr_run(&r), WEIR_ENOTOPIC);
    ck_assert_has(r.task->error.text, "does not exist");
    wr_task_aborted(r.task);
    r.feeds[0].taken = 0;
    r.out_partitions = 1;
    ck_assert_int_eq(rr_run(&r), WEIR_OK);
    ck_assert_str_eq(rr_log(&r), "out/0 k=v@1\n");
    rr_free(&r);
}
END_TEST

START_TEST(a_new_producer_is_asked_for_its_topics_again)
{
    start(rr_pass, 1);
    rr_record(&r, 0, "k", "v", 1);
    ck_assert_int_eq(rr_run(&r), WEIR_OK);
    rr_commit(&r);
    rr_log(&r);
    r.out_partitions = 0;
    wr_task_retarget(r.task);
    rr_record(&r, 0, "k", "v", 1);
    ck_assert_int_eq(rr_run(&r), WEIR_ENOTOPIC);
    wr_task_aborted(r.task);
    rr_free(&r);
}
END_TEST

Suite *collector_suite(void)
{
    Suite *s = suite_create("collector");
    TCase *tc = tcase_create("collector");
    tcase_add_test(tc, a_key_goes_where_java_puts_it);
    tcase_add_test(tc, records_without_a_key_go_to_all_partitions_in_batches);
    tcase_add_loop_test(tc, an_application_chooses_partitions, 0, WR_ARRAY_LEN(choices));
    tcase_add_test(tc, no_answer_of_a_partition_function_means_the_key);
    tcase_add_test(tc, a_computed_topic_is_looked_up_by_name);
    tcase_add_test(tc, a_missing_output_topic_is_looked_for_again_at_the_next_record);
    tcase_add_test(tc, a_new_producer_is_asked_for_its_topics_again);
    suite_add_tcase(s, tc);
    return s;
}
