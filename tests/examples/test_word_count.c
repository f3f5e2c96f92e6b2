/* test_word_count.c -- what examples/word-count makes of lines. */
#include "src/base/base.h"

#include "tests/unit/testkit/kit.h"

#define main word_count_main
#include "examples/word-count/word_count.c"
#undef main

static struct kit kit;

static void begin(void)
{
    kit_start(&kit, build, NULL, NULL);
}

static void end(void)
{
    kit_free(&kit);
}

START_TEST(each_word_of_a_line_is_counted)
{
    kit_pipe(&kit, "lines", NULL, "to be or not to be", 10);
    ck_assert_next(&kit, "word-counts", "to=1@10");
    ck_assert_next(&kit, "word-counts", "be=1@10");
    ck_assert_next(&kit, "word-counts", "or=1@10");
    ck_assert_next(&kit, "word-counts", "not=1@10");
    ck_assert_next(&kit, "word-counts", "to=2@10");
    ck_assert_next(&kit, "word-counts", "be=2@10");
    ck_assert_next(&kit, "word-counts", NULL);
    ck_assert_int_eq(weir_test_dropped(kit.t), 0);
}
END_TEST

START_TEST(counts_go_on_from_line_to_line)
{
    kit_pipe(&kit, "lines", "hamlet", "to be", 10);
    kit_pipe(&kit, "lines", "macbeth", "to bed to bed", 20);
    ck_assert_pstr_eq(weir_test_row(kit.t, "counts", "to"), "3@20");
    ck_assert_pstr_eq(weir_test_row(kit.t, "counts", "be"), "1@10");
    ck_assert_pstr_eq(weir_test_row(kit.t, "counts", "bed"), "2@20");
}
END_TEST

static const char *const wordless[] = {"", " ", "   ", NULL};

START_TEST(line_without_words_counts_nothing)
{
    kit_pipe(&kit, "lines", "k", wordless[_i], 1);
    ck_assert_uint_eq(weir_test_output_count(kit.t), 0);
    ck_assert_int_eq(weir_test_dropped(kit.t), 0);
}
END_TEST

START_TEST(blanks_around_words_do_not_matter)
{
    kit_pipe(&kit, "lines", "k", "  out  damned spot ", 1);
    ck_assert_next(&kit, "word-counts", "out=1@1");
    ck_assert_next(&kit, "word-counts", "damned=1@1");
    ck_assert_next(&kit, "word-counts", "spot=1@1");
    ck_assert_next(&kit, "word-counts", NULL);
}
END_TEST

Suite *word_count_suite(void)
{
    Suite *s = suite_create("word_count");
    TCase *tc = tcase_create("word_count");
    tcase_add_checked_fixture(tc, begin, end);
    tcase_add_test(tc, each_word_of_a_line_is_counted);
    tcase_add_test(tc, counts_go_on_from_line_to_line);
    tcase_add_loop_test(tc, line_without_words_counts_nothing, 0, (int)WR_ARRAY_LEN(wordless));
    tcase_add_test(tc, blanks_around_words_do_not_matter);
    suite_add_tcase(s, tc);
    return s;
}
