/* test_group_static.c -- static members of consumer groups (KIP-345, KIP-814). */
#include "src/base/base.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/broker/group_kit.h"

/* Another process with the same instance id, which knows nothing. */
static struct client restarted(const struct client *c)
{
    struct client n = kit_client(c->instance);
    memcpy(n.protocols, c->protocols, sizeof n.protocols);
    n.skips_assignment = c->skips_assignment;
    return n;
}

START_TEST(static_member_joins_without_being_given_an_id_first)
{
    struct client c = kit_client("i");
    kit_join_once(&c);
    ck_assert_int_eq(c.error, KIT_WAITS);
    kit_pass(KIT_DELAY);
    ck_assert_int_eq(c.error, WR_KE_NONE);
    ck_assert_int_eq(strncmp(c.member, "i-", 2), 0);
    ck_assert_str_eq(kit_info().members[0].instance, "i");
}
END_TEST

START_TEST(restarted_follower_takes_over_without_a_rebalance)
{
    struct client c[2] = {kit_client("a"), kit_client("b")};
    kit_stable(c, 2);
    struct client n = restarted(&c[1]);
    kit_join(&n);
    ck_assert_int_eq(n.error, WR_KE_NONE);
    ck_assert_str_ne(n.member, c[1].member);
    ck_assert_int_eq(n.generation, 1);
    ck_assert_str_eq(n.leader, c[0].member);
    ck_assert_uint_eq(n.member_count, 0);
    ck_assert(!n.skip);
    kit_sync(&n);
    ck_assert_str_eq(n.assignment, c[1].assignment);
    ck_assert_int_eq(kit_heartbeat(&c[0]), WR_KE_NONE);
    ck_assert_int_eq(kit_heartbeat(&n), WR_KE_NONE);
    ck_assert_uint_eq(kit_info().member_count, 2);
}
END_TEST

START_TEST(replaced_member_is_fenced_everywhere)
{
    struct client c[2] = {kit_client("a"), kit_client("b")};
    kit_stable(c, 2);
    struct client n = restarted(&c[1]);
    kit_join(&n);
    struct client old = c[1];
    ck_assert_int_eq(kit_heartbeat(&old), WR_KE_FENCED_INSTANCE_ID);
    ck_assert_int_eq(kit_leave(&old), WR_KE_FENCED_INSTANCE_ID);
    kit_sync(&old);
    ck_assert_int_eq(old.error, WR_KE_FENCED_INSTANCE_ID);
    kit_join(&old);
    ck_assert_int_eq(old.error, WR_KE_FENCED_INSTANCE_ID);
    old.instance = NULL;
    ck_assert_int_eq(kit_heartbeat(&old), WR_KE_UNKNOWN_MEMBER_ID);
    ck_assert_int_eq(kit_heartbeat(&n), WR_KE_NONE);
}
END_TEST

START_TEST(waiting_member_is_told_that_it_was_replaced)
{
    struct client c[2] = {kit_client("a"), kit_client("b")};
    kit_stable(c, 2);
    kit_join(&c[0]);
    struct client n = restarted(&c[0]);
    kit_join(&n);
    ck_assert_int_eq(c[0].error, WR_KE_FENCED_INSTANCE_ID);
    ck_assert_int_eq(n.error, KIT_WAITS);
    kit_join(&c[1]);
    ck_assert_int_eq(n.error, WR_KE_NONE);
    ck_assert_str_eq(n.leader, n.member);
    ck_assert_int_eq(n.generation, 2);
}
END_TEST

START_TEST(restarted_leader_is_told_to_leave_the_assignment_alone)
{
    struct client c[2] = {kit_client("a"), kit_client("b")};
    kit_stable(c, 2);
    struct client n = restarted(&c[0]);
    kit_join(&n);
    ck_assert(n.skip);
    ck_assert_str_eq(n.leader, n.member);
    ck_assert_uint_eq(n.member_count, 2);
    kit_sync(&n);
    ck_assert_str_eq(n.assignment, c[0].assignment);
    ck_assert_str_eq(kit_info().state, "Stable");
}
END_TEST

START_TEST(restarted_leader_of_an_older_version_believes_that_it_follows)
{
    struct client c[2] = {kit_client("a"), kit_client("b")};
    kit_stable(c, 2);
    struct client n = restarted(&c[0]);
    n.skips_assignment = false;
    kit_join(&n);
    ck_assert(!n.skip);
    ck_assert_str_eq(n.leader, c[0].member);
    ck_assert_uint_eq(n.member_count, 0);
    kit_join(&n); /* it does lead: joining once more is a rebalance */
    ck_assert_str_eq(kit_info().state, "PreparingRebalance");
}
END_TEST

START_TEST(protocols_that_change_the_choice_are_a_rebalance)
{
    struct client c[2] = {kit_client("a"), kit_client("b")};
    for (int i = 0; i < 2; i++) {
        c[i].protocols[0] = "range";
        c[i].protocols[1] = "sticky";
    }
    kit_stable(c, 2);
    struct client n = restarted(&c[1]);
    n.protocols[0] = "sticky";
    n.protocols[1] = NULL;
    kit_join(&n);
    ck_assert_int_eq(n.error, KIT_WAITS);
    ck_assert_str_eq(kit_info().state, "PreparingRebalance");
    kit_join(&c[0]);
    ck_assert_str_eq(n.protocol, "sticky");
}
END_TEST

START_TEST(restart_while_the_leader_assigns_is_a_rebalance)
{
    struct client c[2] = {kit_client("a"), kit_client("b")};
    kit_join(&c[0]);
    kit_join(&c[1]);
    kit_pass(2 * KIT_DELAY);
    kit_sync(&c[1]);
    struct client n = restarted(&c[1]);
    kit_join(&n);
    ck_assert_int_eq(c[1].error, WR_KE_FENCED_INSTANCE_ID);
    ck_assert_int_eq(n.error, KIT_WAITS);
    kit_sync(&c[0]);
    ck_assert_int_eq(c[0].error, WR_KE_REBALANCE_IN_PROGRESS);
    kit_join(&c[0]);
    ck_assert_int_eq(n.generation, 2);
}
END_TEST

START_TEST(member_replaced_before_it_synchronised_is_missed_later)
{
    struct client c[2] = {kit_client("a"), kit_client("b")};
    kit_join(&c[0]);
    kit_join(&c[1]);
    kit_pass(2 * KIT_DELAY);
    kit_sync(&c[0]);
    struct client n = restarted(&c[1]);
    kit_join(&n);
    kit_sync(&n);
    ck_assert_int_eq(n.error, WR_KE_NONE);
    for (int i = 0; i < KIT_REBALANCE / 5000; i++) {
        ck_assert_int_eq(kit_heartbeat(&n), WR_KE_NONE);
        ck_assert_int_eq(kit_heartbeat(&c[0]), WR_KE_NONE);
        kit_pass(5000);
    }
    ck_assert_str_eq(kit_info().state, "PreparingRebalance");
    ck_assert_uint_eq(kit_info().member_count, 2);
}
END_TEST

START_TEST(static_member_leaves_by_its_instance_alone)
{
    struct client c[2] = {kit_client("a"), kit_client("b")};
    kit_stable(c, 2);
    struct client tool = kit_client("b");
    ck_assert_int_eq(kit_leave(&tool), WR_KE_NONE);
    ck_assert_int_eq(kit_leave(&tool), WR_KE_UNKNOWN_MEMBER_ID);
    ck_assert_uint_eq(kit_info().member_count, 1);
    ck_assert_int_eq(kit_heartbeat(&c[1]), WR_KE_UNKNOWN_MEMBER_ID);
}
END_TEST

START_TEST(dead_static_member_does_not_lose_its_place_in_a_rebalance)
{
    struct client c[2] = {kit_client("a"), kit_client("b")};
    for (int i = 0; i < 2; i++) {
        c[i].session_ms = 120000;
        c[i].rebalance_ms = 20000;
    }
    kit_stable(c, 2);
    kit_join(&c[0]);
    kit_pass(20000); /* the other one does not come */
    ck_assert_int_eq(c[0].error, WR_KE_NONE);
    ck_assert_int_eq(c[0].generation, 2);
    ck_assert_uint_eq(c[0].member_count, 2);
    kit_sync(&c[0]);
    ck_assert_int_eq(c[0].error, WR_KE_NONE);
    kit_pass(20000); /* nor does it ask for its assignment */
    ck_assert_uint_eq(kit_info().member_count, 1);
}
END_TEST

START_TEST(absent_leader_loses_the_lead)
{
    struct client c[2] = {kit_client("a"), kit_client("b")};
    for (int i = 0; i < 2; i++) {
        c[i].session_ms = 120000;
    }
    kit_stable(c, 2);
    c[1].metadata_len--;
    kit_join(&c[1]);
    kit_pass(KIT_REBALANCE);
    ck_assert_str_eq(c[1].leader, c[1].member);
    ck_assert_uint_eq(c[1].member_count, 2);
}
END_TEST

START_TEST(rebalance_to_which_nobody_comes_waits_for_the_sessions)
{
    struct client c[2] = {kit_client("a"), kit_client("b")};
    for (int i = 0; i < 2; i++) {
        c[i].session_ms = 120000;
        c[i].rebalance_ms = 20000;
    }
    kit_stable(c, 2);
    struct client third = kit_client(NULL);
    if (_i == 1) {
        third.rebalance_ms = 0;
        for (int i = 0; i < 2; i++) {
            c[i].member[0] = '\0';
            c[i].rebalance_ms = 0;
            kit_join(&c[i]);
        }
    }
    kit_join(&third);
    kit_leave(&third);
    kit_pass(100);
    kit_pass(60000);
    ck_assert_str_eq(kit_info().state, "PreparingRebalance");
    ck_assert_int_eq(kit_info().generation, 1);
    kit_pass(60000);
    ck_assert_str_eq(kit_info().state, "Empty");
}
END_TEST

START_TEST(instance_nobody_has_is_unknown)
{
    struct client c = kit_client(NULL);
    kit_stable(&c, 1);
    struct client bad = c;
    bad.instance = "other";
    ck_assert_int_eq(kit_heartbeat(&bad), WR_KE_UNKNOWN_MEMBER_ID);
    ck_assert_int_eq(kit_leave(&bad), WR_KE_UNKNOWN_MEMBER_ID);
    struct client given = kit_client(NULL);
    kit_join_once(&given);
    given.instance = "i";
    kit_join_once(&given);
    ck_assert_int_eq(given.error, WR_KE_UNKNOWN_SERVER_ERROR);
    ck_assert_uint_eq(kit_info().member_count, 1);
}
END_TEST

Suite *group_static_suite(void)
{
    Suite *s = suite_create("group_static");
    TCase *t = tcase_create("group_static");
    tcase_add_checked_fixture(t, kit_setup, kit_teardown);
    tcase_add_test(t, static_member_joins_without_being_given_an_id_first);
    tcase_add_test(t, restarted_follower_takes_over_without_a_rebalance);
    tcase_add_test(t, replaced_member_is_fenced_everywhere);
    tcase_add_test(t, waiting_member_is_told_that_it_was_replaced);
    tcase_add_test(t, restarted_leader_is_told_to_leave_the_assignment_alone);
    tcase_add_test(t, restarted_leader_of_an_older_version_believes_that_it_follows);
    tcase_add_test(t, protocols_that_change_the_choice_are_a_rebalance);
    tcase_add_test(t, restart_while_the_leader_assigns_is_a_rebalance);
    tcase_add_test(t, member_replaced_before_it_synchronised_is_missed_later);
    tcase_add_test(t, static_member_leaves_by_its_instance_alone);
    tcase_add_test(t, dead_static_member_does_not_lose_its_place_in_a_rebalance);
    tcase_add_test(t, absent_leader_loses_the_lead);
    tcase_add_loop_test(t, rebalance_to_which_nobody_comes_waits_for_the_sessions, 0, 2);
    tcase_add_test(t, instance_nobody_has_is_unknown);
    suite_add_tcase(s, t);
    return s;
}
