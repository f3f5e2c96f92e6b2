/* test_linkmap.c -- maps of objects that carry their links. */
#include "src/base/base.h"

#include <stdio.h>

#include "src/base/linkmap.h"
#include "tests/unit/suite.h"

enum { COUNT = 1000 };

struct thing {
    char name[16];
    int seen;
    struct wr_link link;
};

static struct thing things[COUNT];

static void fill(struct wr_linkmap *m)
{
    for (int i = 0; i < COUNT; i++) {
        things[i] = (struct thing){0};
        snprintf(things[i].name, sizeof things[i].name, "t%d", i);
        wr_linkmap_add(m, &things[i].link, weir_str(things[i].name));
    }
}

START_TEST(objects_are_found_by_their_keys)
{
    struct wr_linkmap m = {0};
    ck_assert_ptr_null(wr_linkmap_find(&m, weir_str("t1")));
    fill(&m);
    for (int i = 0; i < COUNT; i++) {
        ck_assert_ptr_eq(wr_linkmap_find(&m, weir_str(things[i].name)), &things[i].link);
    }
    ck_assert_ptr_null(wr_linkmap_find(&m, weir_str("t")));
    ck_assert_uint_eq(m.count, COUNT);
    wr_linkmap_free(&m);
}
END_TEST

START_TEST(what_is_removed_is_not_found_and_the_rest_stays)
{
    struct wr_linkmap m = {0};
    fill(&m);
    for (int i = 0; i < COUNT; i += 2) {
        wr_linkmap_remove(&m, &things[i].link);
    }
    for (int i = 0; i < COUNT; i++) {
        ck_assert_ptr_eq(wr_linkmap_find(&m, weir_str(things[i].name)),
                         i % 2 == 0 ? NULL : &things[i].link);
    }
    wr_linkmap_add(&m, &things[0].link, weir_str("t0"));
    ck_assert_ptr_eq(wr_linkmap_find(&m, weir_str("t0")), &things[0].link);
    ck_assert_uint_eq(m.count, COUNT / 2 + 1);
    wr_linkmap_free(&m);
}
END_TEST

START_TEST(all_are_gone_over_once_also_while_they_are_removed)
{
    struct wr_linkmap m = {0};
    ck_assert_ptr_null(wr_linkmap_next(&m, NULL));
    fill(&m);
    struct wr_link *next;
    for (struct wr_link *link = wr_linkmap_next(&m, NULL); link != NULL; link = next) {
        next = wr_linkmap_next(&m, link);
        WR_CONTAINER_OF(link, struct thing, link)->seen++;
        wr_linkmap_remove(&m, link);
    }
    for (int i = 0; i < COUNT; i++) {
        ck_assert_int_eq(things[i].seen, 1);
    }
    ck_assert_uint_eq(m.count, 0);
    wr_linkmap_free(&m);
}
END_TEST

START_TEST(empty_map_owns_nothing)
{
    struct wr_linkmap m = {0};
    wr_linkmap_find(&m, weir_str("x"));
    ck_assert_ptr_null(m.buckets);
    wr_linkmap_free(&m);
}
END_TEST

Suite *linkmap_suite(void)
{
    Suite *s = suite_create("linkmap");
    TCase *t = tcase_create("linkmap");
    tcase_add_test(t, objects_are_found_by_their_keys);
    tcase_add_test(t, what_is_removed_is_not_found_and_the_rest_stays);
    tcase_add_test(t, all_are_gone_over_once_also_while_they_are_removed);
    tcase_add_test(t, empty_map_owns_nothing);
    suite_add_tcase(s, t);
    return s;
}
