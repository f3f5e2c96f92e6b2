/* test_broken.c -- rules that a test build breaks. */
#include "src/base/base.h"

#include "src/base/broken.h"
#include "tests/unit/suite.h"

START_TEST(all_rules_are_kept_unless_one_is_named)
{
    ck_assert(!WR_BROKEN(R1));
    ck_assert(!WR_BROKEN(R12));
}
END_TEST

#ifdef WR_BREAKABLE
START_TEST(those_that_are_named_are_broken)
{
    ck_assert(wr_break("R1"));
    ck_assert(WR_BROKEN(R1));
    ck_assert(wr_break("R12"));
    ck_assert(!WR_BROKEN(R1));
    ck_assert(WR_BROKEN(R12));
    ck_assert(wr_break("R2,R12"));
    ck_assert(WR_BROKEN(R2));
    ck_assert(WR_BROKEN(R12));
    ck_assert(!WR_BROKEN(R1));
    ck_assert(wr_break(NULL));
    ck_assert(!WR_BROKEN(R2));
    ck_assert(!WR_BROKEN(R12));
}
END_TEST

START_TEST(a_name_that_is_no_rules_changes_nothing)
{
    static const char *const wrong[] = {"R8", "", "R", "R123", "R1,", ",R1", "R1,R8", "R1 R2"};
    ck_assert(wr_break("R2"));
    for (size_t i = 0; i < WR_ARRAY_LEN(wrong); i++) {
        ck_assert_msg(!wr_break(wrong[i]), "%s", wrong[i]);
        ck_assert(WR_BROKEN(R2));
        ck_assert(!WR_BROKEN(R1));
    }
    ck_assert(wr_break(NULL));
}
END_TEST
#endif

Suite *broken_suite(void)
{
    Suite *s = suite_create("broken");
    TCase *t = tcase_create("broken");
    tcase_add_test(t, all_rules_are_kept_unless_one_is_named);
#ifdef WR_BREAKABLE
    tcase_add_test(t, those_that_are_named_are_broken);
    tcase_add_test(t, a_name_that_is_no_rules_changes_nothing);
#endif
    suite_add_tcase(s, t);
    return s;
}
