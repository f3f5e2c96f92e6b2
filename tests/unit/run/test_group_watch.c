/* test_group_watch.c -- does every task have an owner, and who does something about it. */
#include "src/base/base.h"

#include "src/run/group_watch.h"
#include "tests/unit/run/fake_kafka.h"
#include "tests/unit/run/run_rig.h"

Suite *group_watch_suite(void);

enum { TASKS = 6, SOON_MS = 1000, LONG_MS = 10000 };

static const int32_t some[] = {0, 1, 2, 3, 4, 5, 9};

/* Members "a", "b" and "c" have tasks from..from+count of `some`. */
static const struct {
    const char *what;
    struct {
        int from;
        size_t count;
    } has[3];
    size_t members;
    int32_t gap;
    const char *fewest;
} groups[] = {
    {"complete", {{0, 3}, {3, 3}}, 2, 0, "a"},
    {"a hole", {{0, 2}, {3, 3}}, 2, 1, "a"},
    {"the newcomer has none", {{0, 3}, {0, 0}}, 2, 3, "b"},
    {"the first of equals", {{0, 1}, {1, 1}, {2, 1}}, 3, 3, "a"},
    {"a task that this build does not know", {{0, 6}, {6, 1}}, 2, 0, "b"},
    {"one task twice", {{0, 3}, {0, 4}}, 2, 2, "a"},
    {"being rebalanced", {{0, 0}, {0, 0}}, 2, 0, "a"},
    {"nobody", {{0, 0}}, 0, 0, NULL},
};

static size_t fill(struct wr_member *m, size_t row)
{
    static const char *const names[] = {"a", "b", "c"};
    for (size_t i = 0; i < groups[row].members; i++) {
        m[i] = (struct wr_member){.client_id = names[i],
                                  .member_id = names[i],
                                  .instance_id = names[i],
                                  .host = "",
                                  .tasks = some + groups[row].has[i].from,
                                  .task_count = groups[row].has[i].count};
    }
    return groups[row].members;
}

START_TEST(tasks_without_an_owner_are_counted)
{
    struct wr_member m[3];
    const struct wr_member *fewest = NULL;
    size_t n = fill(m, (size_t)_i);
    ck_assert_msg(wr_group_watch_gap(m, n, TASKS, &fewest) == groups[_i].gap, "%s",
                  groups[_i].what);
    ck_assert_pstr_eq(fewest != NULL ? fewest->member_id : NULL, groups[_i].fewest);
}
END_TEST

static struct fake *f;
static struct wr_consumer *admin;
static struct wr_group_watch w;

static void setup(void)
{
    f = fake_new();
    admin = rr_admin(&f->base);
}

static void teardown(void)
{
    wr_group_watch_free(&w);
    wr_consumer_close(admin);
    fake_free(f);
}

START_TEST(the_member_with_the_fewest_joins_again_after_the_second_look)
{
    f->member_count = fill(f->members, 2);
    wr_group_watch_init(&w, admin, "b", 0);
    ck_assert(!wr_group_watch_step(&w, TASKS, 1, 100)); /* too early to look */
    ck_assert(!wr_group_watch_step(&w, TASKS, 1, LONG_MS));
    ck_assert(!wr_group_watch_step(&w, TASKS, 1, LONG_MS + 100));
    ck_assert(wr_group_watch_step(&w, TASKS, 1, 2 * LONG_MS));
    ck_assert(!wr_group_watch_step(&w, TASKS, 1, 3 * LONG_MS)); /* it begins anew */
}
END_TEST

START_TEST(another_member_leaves_it_to_that_one)
{
    f->member_count = fill(f->members, 2);
    wr_group_watch_init(&w, admin, "a", 0);
    for (int64_t now = LONG_MS; now < 10 * LONG_MS; now += LONG_MS) {
        ck_assert(!wr_group_watch_step(&w, TASKS, 1, now));
    }
}
END_TEST

START_TEST(a_rebalance_between_two_looks_begins_anew)
{
    f->member_count = fill(f->members, 2);
    wr_group_watch_init(&w, admin, "b", 0);
    for (int i = 1; i < 10; i++) {
        ck_assert(!wr_group_watch_step(&w, TASKS, i, i * LONG_MS));
        ck_assert(!wr_group_watch_step(&w, TASKS, i, i * LONG_MS + SOON_MS)); /* the first look */
    }
}
END_TEST

START_TEST(both_looks_come_soon_after_a_rebalance)
{
    f->member_count = fill(f->members, 2);
    wr_group_watch_init(&w, admin, "b", 0);
    ck_assert(!wr_group_watch_step(&w, TASKS, 1, 100));
    ck_assert(!wr_group_watch_step(&w, TASKS, 1, 100 + SOON_MS));
    ck_assert(!wr_group_watch_step(&w, TASKS, 1, 99 + 2 * SOON_MS));
    ck_assert(wr_group_watch_step(&w, TASKS, 1, 100 + 2 * SOON_MS));
}
END_TEST

START_TEST(a_group_without_a_gap_is_looked_at_seldom)
{
    f->member_count = fill(f->members, 0);
    wr_group_watch_init(&w, admin, "b", 0);
    ck_assert(!wr_group_watch_step(&w, TASKS, 1, 0));
    ck_assert(!wr_group_watch_step(&w, TASKS, 1, SOON_MS)); /* all is well */
    f->member_count = fill(f->members, 2);
    ck_assert(!wr_group_watch_step(&w, TASKS, 1, LONG_MS - 1));
    ck_assert(!wr_group_watch_step(&w, TASKS, 1, SOON_MS + LONG_MS)); /* a gap */
    ck_assert(wr_group_watch_step(&w, TASKS, 1, 2 * SOON_MS + LONG_MS));
}
END_TEST

START_TEST(an_answer_that_does_not_come_changes_nothing)
{
    f->member_count = fill(f->members, 2);
    wr_group_watch_init(&w, admin, "b", 0);
    ck_assert(!wr_group_watch_step(&w, TASKS, 1, 0));
    ck_assert(!wr_group_watch_step(&w, TASKS, 1, LONG_MS));
    fake_script(f, WR_CALL_GROUP_DESCRIBE, WR_CALL_FAILED, WEIR_ECLUSTER, "nobody there");
    ck_assert(!wr_group_watch_step(&w, TASKS, 1, 2 * LONG_MS));
    ck_assert(wr_group_watch_step(&w, TASKS, 1, 3 * LONG_MS));
}
END_TEST

Suite *group_watch_suite(void)
{
    Suite *s = suite_create("group_watch");
    TCase *tc = tcase_create("group_watch");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_loop_test(tc, tasks_without_an_owner_are_counted, 0, WR_ARRAY_LEN(groups));
    tcase_add_test(tc, the_member_with_the_fewest_joins_again_after_the_second_look);
    tcase_add_test(tc, another_member_leaves_it_to_that_one);
    tcase_add_test(tc, a_rebalance_between_two_looks_begins_anew);
    tcase_add_test(tc, both_looks_come_soon_after_a_rebalance);
    tcase_add_test(tc, a_group_without_a_gap_is_looked_at_seldom);
    tcase_add_test(tc, an_answer_that_does_not_come_changes_nothing);
    suite_add_tcase(s, tc);
    return s;
}
