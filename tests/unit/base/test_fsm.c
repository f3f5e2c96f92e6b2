/* test_fsm.c -- checked state changes. */
#include "src/base/base.h"

#include <signal.h>

#include "src/base/fsm.h"
#include "tests/unit/suite.h"

enum { OPEN, CLOSED, GONE };

static const char *const names[] = {"open", "closed", "gone"};
static const uint32_t edges[] = {WR_FSM_TO(CLOSED), WR_FSM_TO(OPEN) | WR_FSM_TO(GONE), 0};
static const struct wr_fsm_def door = {"door", names, edges, 3};

START_TEST(state_changes_along_its_edges)
{
    struct wr_fsm f;
    wr_fsm_init(&f, &door, OPEN);
    ck_assert_str_eq(wr_fsm_name(&f), "open");
    wr_fsm_go(&f, CLOSED);
    wr_fsm_go(&f, OPEN);
    wr_fsm_go(&f, CLOSED);
    wr_fsm_go(&f, GONE);
    ck_assert_str_eq(wr_fsm_name(&f), "gone");
}
END_TEST

static const int forbidden[] = {OPEN, GONE, -1, 3};

START_TEST(any_other_change_ends_the_process)
{
    struct wr_fsm f;
    wr_fsm_init(&f, &door, OPEN);
    wr_fsm_go(&f, forbidden[_i]);
}
END_TEST

Suite *fsm_suite(void)
{
    Suite *s = suite_create("fsm");
    TCase *t = tcase_create("fsm");
    tcase_add_test(t, state_changes_along_its_edges);
    tcase_add_loop_test_raise_signal(t, any_other_change_ends_the_process, SIGABRT, 0,
                                     WR_ARRAY_LEN(forbidden));
    suite_add_tcase(s, t);
    return s;
}
