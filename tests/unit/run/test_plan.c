/* test_plan.c -- tasks, internal topics and identities from a topology and partition counts. */
#include "src/base/base.h"

#include "src/run/plan.h"
#include "tests/unit/run/run_rig.h"

static struct run_rig r;

static void describe(const struct wr_plan *p, struct wr_buf *out)
{
    for (size_t i = 0; i < p->task_count; i++) {
        wr_buf_printf(out, "%s ", p->tasks[i].id);
    }
    for (size_t i = 0; i < p->topic_count; i++) {
        wr_buf_printf(out, "| %s %d", p->topics[i].name, (int)p->topics[i].partitions);
    }
}

static const struct {
    void (*build)(weir_topology *t);
    int32_t partitions;
    const char *plan;
} plans[] = {
    {rr_pass, 1, "0_0 | app-tasks 1"},
    {rr_pass, 3, "0_0 0_1 0_2 | app-tasks 3"},
    {rr_count, 2, "0_0 0_1 | app-counts-changelog 2| app-tasks 2"},
    {rr_words, 2,
     "0_0 0_1 1_0 1_1 | app-by-value-repartition 2| app-counts-changelog 2| app-tasks 4"},
    {rr_two, 2, "0_0 0_1 | app-tasks 2"},
};

START_TEST(tasks_and_internal_topics_follow_from_partition_counts)
{
    struct wr_buf text = {0};
    rr_init(&r, plans[_i].build, plans[_i].partitions);
    describe(r.plan, &text);
    ck_assert_str_eq(wr_buf_cstr(&text), plans[_i].plan);
    wr_buf_free(&text);
    rr_free(&r);
}
END_TEST

START_TEST(the_largest_input_gives_the_number_of_tasks)
{
    rr_init(&r, rr_two, 2);
    struct wr_plan *p;
    wr_strmap_put(&r.counts, "b", (void *)(intptr_t)5);
    ck_assert_ok(wr_plan_make(&p, r.graph, "app", &r.counts, &rr_err));
    ck_assert_uint_eq(p->task_count, 5);
    ck_assert_int_eq(p->subs[0].inputs[0].partitions, 2);
    ck_assert_int_eq(p->subs[0].inputs[1].partitions, 5);
    wr_plan_free(p);
    rr_free(&r);
}
END_TEST

START_TEST(another_partition_count_is_another_identity)
{
    rr_init(&r, rr_count, 2);
    struct wr_plan *same;
    struct wr_plan *other;
    ck_assert_ok(wr_plan_make(&same, r.graph, "app", &r.counts, &rr_err));
    wr_strmap_put(&r.counts, "in", (void *)(intptr_t)3);
    ck_assert_ok(wr_plan_make(&other, r.graph, "app", &r.counts, &rr_err));
    ck_assert_str_eq(r.plan->subs[0].identity, same->subs[0].identity);
    ck_assert_str_ne(r.plan->subs[0].identity, other->subs[0].identity);
    ck_assert_has(other->subs[0].identity_text, "partitions:in=3");
    wr_plan_free(same);
    wr_plan_free(other);
    rr_free(&r);
}
END_TEST

START_TEST(a_source_topic_serves_as_the_changelog_of_its_table)
{
    struct wr_topology_options o = {.application_id = "app", .reuse_source_topics = true};
    struct weir_topology *t = wr_topology_new(&o);
    struct wr_strmap counts = {0};
    struct wr_plan *p;
    rr_table(t);
    ck_assert_ok(wr_topology_finish(t, &rr_err));
    wr_strmap_put(&counts, "in", (void *)(intptr_t)2);
    ck_assert_ok(wr_plan_make(&p, &t->graph, "app", &counts, &rr_err));
    ck_assert_str_eq(p->subs[0].stores[0].changelog, "in");
    ck_assert_ptr_eq(p->subs[0].stores[0].source, &p->subs[0].inputs[0]);
    ck_assert_uint_eq(p->topic_count, 1); /* the task topic */
    wr_plan_free(p);
    wr_strmap_free(&counts);
    wr_topology_free(t);
}
END_TEST

START_TEST(a_task_is_found_by_its_id)
{
    rr_init(&r, rr_words, 2);
    ck_assert_ptr_eq(wr_plan_find(r.plan, "1_1"), &r.plan->tasks[3]);
    ck_assert_ptr_null(wr_plan_find(r.plan, "2_0"));
    ck_assert_ptr_null(wr_plan_find(r.plan, ""));
    rr_free(&r);
}
END_TEST

START_TEST(only_topics_of_users_that_are_read_are_asked_for)
{
    struct wr_ptrs names = {0};
    rr_init(&r, rr_words, 1);
    wr_plan_external_topics(r.graph, &names);
    ck_assert_uint_eq(names.count, 1);
    ck_assert_str_eq(names.items[0], "in");
    wr_ptrs_free(&names);
    rr_free(&r);
}
END_TEST

Suite *plan_suite(void)
{
    Suite *s = suite_create("plan");
    TCase *tc = tcase_create("plan");
    tcase_add_loop_test(tc, tasks_and_internal_topics_follow_from_partition_counts, 0,
                        WR_ARRAY_LEN(plans));
    tcase_add_test(tc, the_largest_input_gives_the_number_of_tasks);
    tcase_add_test(tc, another_partition_count_is_another_identity);
    tcase_add_test(tc, a_source_topic_serves_as_the_changelog_of_its_table);
    tcase_add_test(tc, a_task_is_found_by_its_id);
    tcase_add_test(tc, only_topics_of_users_that_are_read_are_asked_for);
    suite_add_tcase(s, tc);
    return s;
}
