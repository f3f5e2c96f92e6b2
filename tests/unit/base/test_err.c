/* test_err.c -- codes and the text of failures. */
#include "src/base/base.h"

#include <errno.h>
#include <string.h>

#include "src/base/err.h"
#include "tests/unit/suite.h"

static struct weir_error err;

START_TEST(failure_carries_code_and_text)
{
    ck_assert_int_eq(wr_fail(&err, WEIR_EIO, "could not open \"%s\"", "x"), WEIR_EIO);
    ck_assert_int_eq(err.code, WEIR_EIO);
    ck_assert_str_eq(err.text, "could not open \"x\"");
    wr_error_clear(&err);
    ck_assert_int_eq(err.code, WEIR_OK);
    ck_assert_str_eq(err.text, "");
}
END_TEST

START_TEST(prefix_says_what_the_outer_layer_was_doing)
{
    ck_assert_int_eq(wr_fail(&err, WEIR_EFULL, "disk is full"), WEIR_EFULL);
    ck_assert_int_eq(wr_fail_prefix(&err, "could not save %s", "it"), WEIR_EFULL);
    ck_assert_str_eq(err.text, "could not save it: disk is full");
}
END_TEST

START_TEST(long_text_is_cut_and_terminated)
{
    char text[3 * WEIR_ERROR_TEXT_MAX];
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    ck_assert_int_eq(wr_fail(&err, WEIR_EIO, "%s", text), WEIR_EIO);
    ck_assert_uint_eq(strlen(err.text), WEIR_ERROR_TEXT_MAX - 1);
    ck_assert_int_eq(wr_fail_prefix(&err, "%s", text), WEIR_EIO);
    ck_assert_int_eq(wr_fail_prefix(&err, "outer"), WEIR_EIO);
    ck_assert_uint_eq(strlen(err.text), WEIR_ERROR_TEXT_MAX - 1);
    ck_assert_mem_eq(err.text, "outer: xxx", 10);
}
END_TEST

START_TEST(failure_is_copied)
{
    struct weir_error copy;
    ck_assert_int_eq(wr_fail(&err, WEIR_EIO, "why"), WEIR_EIO);
    ck_assert_int_eq(wr_fail_copy(&copy, &err), WEIR_EIO);
    ck_assert_str_eq(copy.text, "why");
    ck_assert_int_eq(wr_fail_copy(&err, &err), WEIR_EIO);
    ck_assert_str_eq(err.text, "why");
}
END_TEST

START_TEST(caller_that_wants_only_the_code_may_pass_null)
{
    ck_assert_int_eq(wr_fail(NULL, WEIR_EIO, "why"), WEIR_EIO);
    ck_assert_int_eq(wr_fail_copy(NULL, &(struct weir_error){.code = WEIR_EFULL}), WEIR_EFULL);
    ck_assert_int_ne(wr_fail_prefix(NULL, "outer"), WEIR_OK);
    wr_error_clear(NULL);
}
END_TEST

START_TEST(every_code_has_name_text_and_reaction)
{
    ck_assert_str_eq(weir_code_name(WEIR_OK), "WEIR_OK");
    ck_assert_str_eq(weir_code_name(WEIR_EINTERNAL), "WEIR_EINTERNAL");
    ck_assert_str_eq(weir_code_text(WEIR_EIO), "input/output error");
    ck_assert_int_eq(weir_code_reaction(WEIR_EFENCED), WEIR_REACT_LEAVE);
    for (int c = 0; c < WEIR_CODE_COUNT; c++) {
        ck_assert_int_ne(weir_code_text((enum weir_code)c)[0], '\0');
    }
}
END_TEST

START_TEST(number_that_is_no_code_is_told_apart)
{
    ck_assert_str_eq(weir_code_name((enum weir_code)WEIR_CODE_COUNT), "WEIR_?");
    ck_assert_str_eq(weir_code_text((enum weir_code)1000), "unknown code");
    ck_assert_int_eq(weir_code_reaction((enum weir_code)1000), WEIR_REACT_STOP);
}
END_TEST

START_TEST(errno_has_words)
{
    ck_assert_str_eq(wr_errno_text(ENOENT), "No such file or directory");
}
END_TEST

START_TEST(broken_invariant_ends_the_process)
{
    wr_assert(1 + 1 == 3);
}
END_TEST

Suite *err_suite(void)
{
    Suite *s = suite_create("err");
    TCase *t = tcase_create("err");
    tcase_add_test(t, failure_carries_code_and_text);
    tcase_add_test(t, prefix_says_what_the_outer_layer_was_doing);
    tcase_add_test(t, long_text_is_cut_and_terminated);
    tcase_add_test(t, failure_is_copied);
    tcase_add_test(t, caller_that_wants_only_the_code_may_pass_null);
    tcase_add_test(t, every_code_has_name_text_and_reaction);
    tcase_add_test(t, number_that_is_no_code_is_told_apart);
    tcase_add_test(t, errno_has_words);
    tcase_add_test_raise_signal(t, broken_invariant_ends_the_process, 6);
    suite_add_tcase(s, t);
    return s;
}
