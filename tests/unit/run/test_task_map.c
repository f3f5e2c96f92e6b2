/* test_task_map.c -- which number is which task. The plan has the tasks 0_0 0_1 1_0 1_1. */
#include "src/base/base.h"

#include "src/base/mem.h"
#include "src/run/task_map.h"
#include "tests/unit/run/run_rig.h"

static struct run_rig r;
static struct wr_task_map map;

static void setup(void)
{
    rr_init(&r, rr_words, 2);
}

static void teardown(void)
{
    rr_free(&r);
}

/* The metadata of a task with the identity it has in the plan, or with another. */
static const char *claim(const char *id, const char *identity, const char *is)
{
    const struct wr_plan_task *t = wr_plan_find(r.plan, id);
    return wr_arena_printf(&r.targets, "weir1;task=%s;id=%s;writer=w%s%s", id,
                           identity != NULL ? identity : t->sub->identity, is != NULL ? ";is=" : "",
                           is != NULL ? is : "");
}

static enum weir_code make(const char *const *metadata, size_t count, const char *from)
{
    return wr_task_map_make(&map, r.plan, metadata, count, from, &rr_err);
}

static const char *shown(void)
{
    struct wr_buf text = {0};
    for (int32_t i = 0; i < map.count; i++) {
        wr_buf_printf(&text, "%s%s", i != 0 ? " " : "",
                      map.tasks[i] != NULL ? map.tasks[i]->id : "-");
    }
    const char *copy = wr_arena_strdup(&r.targets, wr_buf_cstr(&text));
    wr_buf_free(&text);
    return copy;
}

START_TEST(a_new_application_numbers_its_tasks_in_the_order_of_the_plan)
{
    const char *none[4] = {0};
    ck_assert_ok(make(none, 4, NULL));
    ck_assert_str_eq(shown(), "0_0 0_1 1_0 1_1");
    ck_assert(map.adopted);
    ck_assert_int_eq(wr_task_map_number(&map, &r.plan->tasks[2]), 2);
    wr_task_map_free(&map);
}
END_TEST

START_TEST(a_named_task_keeps_its_number_and_the_others_fill_the_gaps)
{
    const char *md[] = {NULL, claim("1_1", NULL, NULL), NULL, claim("0_0", NULL, NULL)};
    ck_assert_ok(make(md, 4, NULL));
    ck_assert_str_eq(shown(), "0_1 1_1 1_0 0_0");
    ck_assert(!map.adopted);
    wr_task_map_free(&map);
}
END_TEST

START_TEST(a_task_that_is_not_in_the_plan_is_held_and_its_number_kept)
{
    const char *md[] = {"weir1;task=7_0;id=x;writer=w", NULL, NULL, NULL};
    ck_assert_ok(make(md, 4, NULL));
    ck_assert_str_eq(shown(), "- 0_0 0_1 1_0 1_1"); /* one partition more than the topic has */
    ck_assert_uint_eq(map.held.count, 1);
    ck_assert_str_eq(map.held.items[0], "7_0");
    wr_task_map_free(&map);
}
END_TEST

START_TEST(metadata_of_kafka_streams_names_nothing)
{
    const char *md[] = {"AgAAAAAAAAAB", "", NULL, NULL};
    ck_assert_ok(make(md, 4, NULL));
    ck_assert_str_eq(shown(), "0_0 0_1 1_0 1_1");
    ck_assert(map.adopted);
    wr_task_map_free(&map);
}
END_TEST

START_TEST(other_partition_counts_alone_are_no_other_build)
{
    const char *md[] = {claim("0_0", "0123", "input=in partitions:in=3"), NULL, NULL, NULL};
    ck_assert_int_eq(make(md, 4, NULL), WEIR_EPARTITIONS);
    ck_assert_has(rr_err.text, "\"partitions:in=3\", now \"partitions:in=2\"");
    ck_assert_has(rr_err.text, "upgrade.from=0123");
}
END_TEST

START_TEST(another_identity_is_refused_with_the_difference)
{
    const char *text = "input=in store=old,kv partitions:in=2";
    const char *md[] = {claim("0_0", "0123", text), NULL, NULL, NULL};
    ck_assert_int_eq(make(md, 4, NULL), WEIR_EIDENTITY);
    ck_assert_has(rr_err.text, "task 0_0");
    ck_assert_has(rr_err.text, "it had \"store=old,kv\", this one has \"\"");
    ck_assert_has(rr_err.text, "upgrade.from=0123");
}
END_TEST

START_TEST(another_identity_without_its_words_is_refused_by_its_hash)
{
    const char *md[] = {claim("0_0", "0123", NULL), NULL, NULL, NULL};
    ck_assert_int_eq(make(md, 4, NULL), WEIR_EIDENTITY);
    ck_assert_has(rr_err.text, "0123");
    ck_assert_has(rr_err.text, r.plan->subs[0].identity);
}
END_TEST

static const struct {
    const char *from;
    enum weir_code code;
} upgrades[] = {
    {"0123", WEIR_OK},       {"a,0123", WEIR_OK},     {"0123,b", WEIR_OK},
    {"", WEIR_EIDENTITY},    {"012", WEIR_EIDENTITY}, {"01234", WEIR_EIDENTITY},
    {"a,b", WEIR_EIDENTITY},
};

START_TEST(upgrade_from_lets_the_identity_pass_that_it_names)
{
    const char *md[] = {claim("0_0", "0123", NULL), NULL, NULL, NULL};
    ck_assert_int_eq(make(md, 4, upgrades[_i].from), upgrades[_i].code);
    if (upgrades[_i].code == WEIR_OK) {
        ck_assert_str_eq(shown(), "0_0 0_1 1_0 1_1");
        wr_task_map_free(&map);
    }
}
END_TEST

Suite *task_map_suite(void)
{
    Suite *s = suite_create("task_map");
    TCase *tc = tcase_create("task_map");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, a_new_application_numbers_its_tasks_in_the_order_of_the_plan);
    tcase_add_test(tc, a_named_task_keeps_its_number_and_the_others_fill_the_gaps);
    tcase_add_test(tc, a_task_that_is_not_in_the_plan_is_held_and_its_number_kept);
    tcase_add_test(tc, metadata_of_kafka_streams_names_nothing);
    tcase_add_test(tc, other_partition_counts_alone_are_no_other_build);
    tcase_add_test(tc, another_identity_is_refused_with_the_difference);
    tcase_add_test(tc, another_identity_without_its_words_is_refused_by_its_hash);
    tcase_add_loop_test(tc, upgrade_from_lets_the_identity_pass_that_it_names, 0,
                        WR_ARRAY_LEN(upgrades));
    suite_add_tcase(s, tc);
    return s;
}
