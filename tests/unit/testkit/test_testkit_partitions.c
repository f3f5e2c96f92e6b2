/* test_testkit_partitions.c -- several partitions: which one a record goes to, who reads it, and
 * inputs that wait for each other. */
#include "src/base/base.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/suite.h"
#include "tests/unit/testkit/kit.h"

static struct kit kit;

static const struct weir_test_options three = {.size = sizeof three, .partitions = 3};

static void end(void)
{
    kit_free(&kit);
}

/* ---- topologies ------------------------------------------------------------------------------ */

static enum weir_code show_task(weir_ctx *c, const struct weir_record *r, void *state)
{
    WR_UNUSED(state);
    struct weir_record out = *r;
    out.value = weir_format(c, "%s read %d", weir_task_id(c), (int)r->partition);
    return weir_forward(c, &out);
}

static void tasks(weir_topology *t, void *arg)
{
    WR_UNUSED(arg);
    weir_to(weir_process(weir_from(t, "in", NULL), show_task, NULL), "out", NULL);
}

static void counts_by_value(weir_topology *t, void *arg)
{
    WR_UNUSED(arg);
    struct weir_source src = WEIR_SOURCE_INIT;
    src.value = weir_string(t);
    weir_grouped *g = weir_group_by_field(weir_from(t, "in", &src), "by-value", "", weir_string(t));
    weir_to(weir_changes(weir_count(g, "counts", NULL)), "out", NULL);
}

/* To the partition that the value names; "all" is all of them, "none" none. */
static enum weir_code named(weir_ctx *c, const struct weir_record *r, int32_t *partitions,
                            int32_t count, int32_t *chosen, const void *arg)
{
    WR_UNUSED(c);
    WR_UNUSED(arg);
    *chosen = 0;
    for (int32_t p = 0; p < count; p++) {
        char digit = (char)('0' + p);
        if (weir_equal(r->value, weir_str("all")) || weir_equal(r->value, weir_view(&digit, 1))) {
            partitions[(*chosen)++] = p;
        }
    }
    return WEIR_OK;
}

static void chooses(weir_topology *t, void *arg)
{
    WR_UNUSED(arg);
    struct weir_sink sink = WEIR_SINK_INIT;
    sink.partition = named;
    weir_to(weir_from(t, "in", NULL), "out", &sink);
}

static enum weir_code pipe_at(int32_t partition, const char *key, const char *value)
{
    struct weir_record r = {
        .key = weir_str(key), .value = weir_str(value), .time = 1, .partition = partition};
    return weir_test_pipe(kit.t, "in", &r, &kit.err);
}

/* ---- which partition ------------------------------------------------------------------------- */

START_TEST(each_partition_has_its_own_task)
{
    kit_start(&kit, tasks, NULL, &three);
    for (int32_t p = 0; p < 3; p++) {
        ck_assert_int_eq(pipe_at(p, "k", ""), WEIR_OK);
    }
    ck_assert_str_eq(weir_test_read_all(kit.t, "out"), "k=0_0 read 0@1\n"
                                                       "k=0_1 read 1@1\n"
                                                       "k=0_2 read 2@1\n");
}
END_TEST

/* What org.apache.kafka.common.utils.Utils.murmur2 says of these keys, for 3 partitions. */
static const struct {
    const char *key;
    int32_t partition;
} keys[] = {{"21", 0}, {"a", 1}, {"b", 2}, {NULL, 0}};

START_TEST(record_goes_to_the_partition_of_its_key_unless_it_names_one)
{
    kit_start(&kit, tasks, NULL, &three);
    for (size_t i = 0; i < WR_ARRAY_LEN(keys); i++) {
        char expected[64];
        ck_assert_int_eq(pipe_at(-1, keys[i].key, ""), WEIR_OK);
        kit_pipe(&kit, "in", keys[i].key, "", 1);
        snprintf(expected, sizeof expected, "0_%d read %d", (int)keys[i].partition,
                 (int)keys[i].partition);
        ck_assert_pstr_eq(weir_test_read_value(kit.t, "out"), expected);
        ck_assert_pstr_eq(weir_test_read_value(kit.t, "out"), expected);
    }
}
END_TEST

static const int32_t not_there[] = {-2, 3, INT32_MAX, INT32_MIN};

START_TEST(partition_that_is_not_there_is_refused)
{
    kit_start(&kit, tasks, NULL, &three);
    ck_assert_int_eq(pipe_at(not_there[_i], "k", ""), WEIR_EPARTITIONS);
    ck_assert_ptr_nonnull(strstr(kit.err.text, "there are 3, counted from 0"));
    ck_assert_uint_eq(weir_test_output_count(kit.t), 0);
    ck_assert_int_eq(pipe_at(2, "k", ""), WEIR_OK);
    ck_assert_uint_eq(weir_test_output_count(kit.t), 1);
}
END_TEST

static const struct {
    const char *value;
    const char *partitions; /* of what comes out */
} choices[] = {{"0", "0"}, {"2", "2"}, {"all", "012"}, {"none", ""}};

START_TEST(partition_that_the_application_chooses_is_seen)
{
    kit_start(&kit, chooses, NULL, &three);
    ck_assert_int_eq(pipe_at(1, "k", choices[_i].value), WEIR_OK);
    for (const char *p = choices[_i].partitions; *p != '\0'; p++) {
        const struct weir_record *r = weir_test_read(kit.t, "out");
        ck_assert_int_eq(r->partition, *p - '0');
        ck_assert_int_eq(r->offset, 0);
    }
    ck_assert_ptr_null(weir_test_read(kit.t, "out"));
    ck_assert_int_eq(weir_test_dropped(kit.t), *choices[_i].partitions == '\0');
}
END_TEST

/* ---- state in several partitions ------------------------------------------------------------- */

START_TEST(equal_keys_meet_behind_a_repartition_topic)
{
    kit_start(&kit, counts_by_value, NULL, &three);
    for (int32_t p = 0; p < 3; p++) {
        ck_assert_int_eq(pipe_at(p, "k", "a"), WEIR_OK);
        ck_assert_int_eq(pipe_at(p, "k", "21"), WEIR_OK);
    }
    ck_assert_str_eq(weir_test_read_map(kit.t, "out"), "21=3\na=3\n");
    ck_assert_pstr_eq(weir_test_row(kit.t, "counts", "a"), "3@1");
    ck_assert_pstr_eq(weir_test_row(kit.t, "counts", "21"), "3@1");
    ck_assert_str_eq(weir_test_rows(kit.t, "counts"), "21=3@1\na=3@1\n");
}
END_TEST

START_TEST(rows_lie_in_the_partition_of_their_key)
{
    weir_kv_iter *iter;
    struct weir_row row;
    kit_start(&kit, counts_by_value, NULL, &three);
    ck_assert_int_eq(pipe_at(0, "k", "a"), WEIR_OK);
    for (int32_t p = 0; p < 3; p++) {
        ck_assert_int_eq(weir_test_scan(kit.t, "counts", p, &iter, &kit.err), WEIR_OK);
        ck_assert_int_eq(weir_kv_next(iter, &row), p == 1 ? WEIR_OK : WEIR_END);
        weir_kv_close(iter);
    }
}
END_TEST

START_TEST(tasks_of_all_partitions_are_in_one_transaction)
{
    struct weir_test_options o = three;
    o.commit_on_request = true;
    kit_start(&kit, tasks, NULL, &o);
    ck_assert_int_eq(pipe_at(0, "a", ""), WEIR_OK);
    ck_assert_int_eq(pipe_at(2, "c", ""), WEIR_OK);
    ck_assert_uint_eq(weir_test_output_count(kit.t), 0);
    weir_test_abort(kit.t);
    ck_assert_uint_eq(weir_test_output_count(kit.t), 0);
    kit_commit(&kit); /* both are processed again */
    ck_assert_str_eq(weir_test_read_all(kit.t, "out"), "a=0_0 read 0@1\nc=0_2 read 2@1\n");
}
END_TEST

/* ---- inputs that wait ------------------------------------------------------------------------ */

static void merged(weir_topology *t, void *arg)
{
    WR_UNUSED(arg);
    weir_to(weir_merge(weir_from(t, "left", NULL), weir_from(t, "right", NULL), NULL), "out", NULL);
}

START_TEST(record_waits_for_the_other_input_as_long_as_max_task_idle)
{
    static const struct weir_setting idle = {"max.task.idle.ms", "1000"};
    struct weir_test_options o = WEIR_TEST_INIT;
    o.settings = &idle;
    o.setting_count = 1;
    kit_start(&kit, merged, NULL, &o);
    kit_pipe(&kit, "left", "l", "", 20);
    ck_assert_uint_eq(weir_test_unread(kit.t, "out"), 0);
    kit_pipe(&kit, "right", "r", "", 10);
    ck_assert_str_eq(weir_test_read_all(kit.t, "out"), "r=@10\n");
    ck_assert_int_eq(weir_test_advance(kit.t, 999, &kit.err), WEIR_OK);
    ck_assert_uint_eq(weir_test_unread(kit.t, "out"), 0);
    ck_assert_int_eq(weir_test_advance(kit.t, 1, &kit.err), WEIR_OK);
    ck_assert_str_eq(weir_test_read_all(kit.t, "out"), "l=@20\n");
}
END_TEST

START_TEST(record_does_not_wait_by_default)
{
    kit_start(&kit, merged, NULL, NULL);
    kit_pipe(&kit, "left", "l", "", 20);
    kit_pipe(&kit, "right", "r", "", 10);
    ck_assert_str_eq(weir_test_read_all(kit.t, "out"), "l=@20\nr=@10\n");
}
END_TEST

START_TEST(clock_does_not_go_back)
{
    kit_start(&kit, merged, NULL, NULL);
    ck_assert_int_eq(weir_test_advance(kit.t, -1, &kit.err), WEIR_EINVAL);
    ck_assert_str_eq(kit.err.text, "the clock cannot be moved by -1 ms: it never goes back");
    kit_pipe(&kit, "left", "l", "", WEIR_TEST_NEXT_TIME);
    ck_assert_next(&kit, "out", "l=@0");
}
END_TEST

Suite *testkit_partitions_suite(void)
{
    Suite *s = suite_create("testkit_partitions");
    TCase *tc = tcase_create("partitions");
    tcase_add_checked_fixture(tc, NULL, end);
    tcase_add_test(tc, each_partition_has_its_own_task);
    tcase_add_test(tc, record_goes_to_the_partition_of_its_key_unless_it_names_one);
    tcase_add_loop_test(tc, partition_that_is_not_there_is_refused, 0,
                        (int)WR_ARRAY_LEN(not_there));
    tcase_add_loop_test(tc, partition_that_the_application_chooses_is_seen, 0,
                        (int)WR_ARRAY_LEN(choices));
    tcase_add_test(tc, equal_keys_meet_behind_a_repartition_topic);
    tcase_add_test(tc, rows_lie_in_the_partition_of_their_key);
    tcase_add_test(tc, tasks_of_all_partitions_are_in_one_transaction);
    tcase_add_test(tc, record_waits_for_the_other_input_as_long_as_max_task_idle);
    tcase_add_test(tc, record_does_not_wait_by_default);
    tcase_add_test(tc, clock_does_not_go_back);
    suite_add_tcase(s, tc);
    return s;
}
