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
START_TEST(one_rule_is_broken_at_a_time)
{
    ck_assert(wr_break("R1"));
    ck_assert(WR_BROKEN(R1));
    ck_assert(wr_break("R12"));
    ck_assert(!WR_BROKEN(R1));
    ck_assert(WR_BROKEN(R12));
    ck_assert(!wr_break("R8"));
    ck_assert(wr_break(NULL));
    ck_assert(!WR_BROKEN(R12));
}
END_TEST
#endif

Suite *broken_suite(void)
{
    Suite *s = suite_create("broken");
    TCase *t = tcase_create("broken");
    tcase_add_test(t, all_rules_are_kept_unless_one_is_named);
#ifdef WR_BREAKABLE
    tcase_add_test(t, one_rule_is_broken_at_a_time);
#endif
    suite_add_tcase(s, t);
    return s;
}
