/* test_options.c -- options that an older or a newer program gives. */
#include "src/base/base.h"

#include <string.h>

#include "src/base/options.h"
#include "tests/unit/suite.h"

/* What the library knows, and what the program does. */
struct known {
    size_t size;
    int64_t a;
    int64_t b;
};

struct older {
    size_t size;
    int64_t a;
};

struct newer {
    size_t size;
    int64_t a;
    int64_t b;
    int64_t c;
};

static struct known out;
static struct weir_error err;

static void begin(void)
{
    out = (struct known){sizeof out, 10, 20};
}

static void check_out(int64_t a, int64_t b)
{
    ck_assert_uint_eq(out.size, sizeof out);
    ck_assert_int_eq(out.a, a);
    ck_assert_int_eq(out.b, b);
}

START_TEST(no_options_are_the_defaults)
{
    ck_assert_int_eq(wr_options_take(&out, sizeof out, NULL, &err), WEIR_OK);
    check_out(10, 20);
}
END_TEST

START_TEST(options_of_the_same_version_are_taken_whole)
{
    struct known given = {sizeof given, 1, 2};
    ck_assert_int_eq(wr_options_take(&out, sizeof out, &given, &err), WEIR_OK);
    check_out(1, 2);
}
END_TEST

START_TEST(members_that_an_older_program_does_not_know_keep_their_defaults)
{
    struct older given = {sizeof given, 1};
    ck_assert_int_eq(wr_options_take(&out, sizeof out, &given, &err), WEIR_OK);
    check_out(1, 20);
}
END_TEST

START_TEST(unknown_members_of_a_newer_program_may_be_there_but_not_set)
{
    struct newer given = {sizeof given, 1, 2, 0};
    ck_assert_int_eq(wr_options_take(&out, sizeof out, &given, &err), WEIR_OK);
    check_out(1, 2);
    given = (struct newer){sizeof given, 3, 4, 5};
    ck_assert_int_eq(wr_options_take(&out, sizeof out, &given, &err), WEIR_EINVAL);
    ck_assert_ptr_nonnull(strstr(err.text, "its options have members"));
    check_out(1, 2);
}
END_TEST

static const size_t impossible[] = {0, sizeof(size_t) - 1, 4097, SIZE_MAX};

START_TEST(size_that_cannot_be_is_refused)
{
    struct known given = {impossible[_i], 1, 2};
    ck_assert_int_eq(wr_options_take(&out, sizeof out, &given, &err), WEIR_EINVAL);
    ck_assert_ptr_nonnull(strstr(err.text, "start them from their _INIT value"));
    check_out(10, 20);
}
END_TEST

Suite *options_suite(void)
{
    Suite *s = suite_create("options");
    TCase *tc = tcase_create("options");
    tcase_add_checked_fixture(tc, begin, NULL);
    tcase_add_test(tc, no_options_are_the_defaults);
    tcase_add_test(tc, options_of_the_same_version_are_taken_whole);
    tcase_add_test(tc, members_that_an_older_program_does_not_know_keep_their_defaults);
    tcase_add_test(tc, unknown_members_of_a_newer_program_may_be_there_but_not_set);
    tcase_add_loop_test(tc, size_that_cannot_be_is_refused, 0, (int)WR_ARRAY_LEN(impossible));
    suite_add_tcase(s, tc);
    return s;
}
