/* test_nearest.c -- which name was meant. */
#include "src/base/base.h"

#include <string.h>

#include "src/conf/nearest.h"
#include "tests/unit/suite.h"

static const struct {
    const char *a;
    const char *b;
    size_t distance;
} pairs[] = {
    {"", "", 0},      {"abc", "abc", 0},      {"", "abc", 3},
    {"abc", "", 3},   {"abc", "abd", 1},      {"abc", "ac", 1},
    {"ac", "abc", 1}, {"acb", "abc", 1},      {"kitten", "sitting", 3},
    {"ab", "ba", 1},  {"commit", "comit", 1}, {"abcd", "badc", 2},
};

START_TEST(distance_counts_changes)
{
    ck_assert_uint_eq(wr_edit_distance(pairs[_i].a, pairs[_i].b), pairs[_i].distance);
    ck_assert_uint_eq(wr_edit_distance(pairs[_i].b, pairs[_i].a), pairs[_i].distance);
}
END_TEST

START_TEST(long_name_is_like_no_other)
{
    char name[WR_NEAREST_MAX + 2];
    memset(name, 'a', sizeof name);
    name[sizeof name - 1] = '\0';
    ck_assert_uint_eq(wr_edit_distance(name, "a"), SIZE_MAX);
    ck_assert_uint_eq(wr_edit_distance("a", name), SIZE_MAX);
    name[sizeof name - 2] = '\0';
    ck_assert_uint_eq(wr_edit_distance("a", name), WR_NEAREST_MAX - 1);
}
END_TEST

START_TEST(nearest_of_several_wins_and_a_far_one_is_not_meant)
{
    size_t best = SIZE_MAX;
    ck_assert(wr_is_nearer("state.dri", "state.die", &best));
    ck_assert(wr_is_nearer("state.dri", "state.dir", &best));
    ck_assert(!wr_is_nearer("state.dri", "state.dix", &best));
    best = SIZE_MAX;
    ck_assert(!wr_is_nearer("abc", "xyz", &best));
    ck_assert_uint_eq(best, SIZE_MAX);
}
END_TEST

Suite *nearest_suite(void)
{
    Suite *s = suite_create("nearest");
    TCase *t = tcase_create("nearest");
    tcase_add_loop_test(t, distance_counts_changes, 0, WR_ARRAY_LEN(pairs));
    tcase_add_test(t, long_name_is_like_no_other);
    tcase_add_test(t, nearest_of_several_wins_and_a_far_one_is_not_meant);
    suite_add_tcase(s, t);
    return s;
}
