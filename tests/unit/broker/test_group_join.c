/* test_group_join.c -- joining, synchronising and leaving a consumer group. */
#include "src/base/base.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/broker/group_kit.h"

/* ---- the first generation -------------------------------------------------------------------- */

START_TEST(new_member_is_given_an_id_first)
{
    struct client c = kit_client(NULL);
    kit_join_once(&c);
    ck_assert_int_eq(c.error, WR_KE_MEMBER_ID_REQUIRED);
    ck_assert_int_eq(c.generation, -1);
    ck_assert_uint_eq(strlen(c.member), strlen("client-") + 36);
    ck_assert_str_eq(kit_info().state, "Empty");
    kit_join_once(&c);
    ck_assert_int_eq(c.error, KIT_WAITS);
    ck_assert_str_eq(kit_info().state, "PreparingRebalance");
}
END_TEST

START_TEST(old_client_joins_without_an_id)
{
    struct client c = kit_client(NULL);
    c.needs_member_id = false;
    kit_join_once(&c);
    ck_assert_int_eq(c.error, KIT_WAITS);
    kit_pass(KIT_DELAY);
    ck_assert_int_eq(c.error, WR_KE_NONE);
    ck_assert_str_ne(c.member, "");
}
END_TEST

START_TEST(first_member_leads_and_is_told_all_members)
{
    struct client c[2] = {kit_client(NULL), kit_client(NULL)};
    kit_join(&c[0]);
    kit_join(&c[1]);
    kit_pass(2 * KIT_DELAY);
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(c[i].error, WR_KE_NONE);
        ck_assert_int_eq(c[i].generation, 1);
        ck_assert_str_eq(c[i].protocol, "range");
        ck_assert_str_eq(c[i].leader, c[0].member);
    }
    ck_assert_uint_eq(c[0].member_count, 2);
    ck_assert_ptr_nonnull(strstr(c[0].members, c[1].member));
    ck_assert_uint_eq(c[1].member_count, 0);
    ck_assert(!c[0].skip);
    ck_assert_str_eq(kit_info().state, "CompletingRebalance");
}
END_TEST

START_TEST(first_rebalance_waits_for_its_delay)
{
    struct client c = kit_client(NULL);
    kit_join(&c);
    kit_pass(KIT_DELAY - 1);
    ck_assert_int_eq(c.error, KIT_WAITS);
    kit_pass(1);
    ck_assert_int_eq(c.error, WR_KE_NONE);
}
END_TEST

START_TEST(each_newcomer_extends_the_delay_up_to_the_rebalance_time_out)
{
    struct client c[3] = {kit_client(NULL), kit_client(NULL), kit_client(NULL)};
    for (int i = 0; i < 3; i++) {
        c[i].rebalance_ms = 2 * KIT_DELAY + 1000;
        kit_join(&c[i]);
        kit_pass(KIT_DELAY - 1);
    }
    kit_pass(1000 + 2); /* 3 * (delay - 1) + 1002 = the time-out - 1 */
    ck_assert_int_eq(c[0].error, WR_KE_NONE);
    ck_assert_int_eq(kit_info().generation, 1);
    ck_assert_uint_eq(kit_info().member_count, 3);
}
END_TEST

START_TEST(group_whose_members_all_left_during_the_delay_is_empty_again)
{
    struct client c = kit_client(NULL);
    kit_join(&c);
    struct client leaver = c;
    ck_assert_int_eq(kit_leave(&leaver), WR_KE_NONE);
    ck_assert_int_eq(c.error, WR_KE_UNKNOWN_MEMBER_ID);
    kit_pass(KIT_DELAY);
    ck_assert_str_eq(kit_info().state, "Empty");
    ck_assert_int_eq(kit_info().generation, 1);
}
END_TEST

/* ---- what is refused ------------------------------------------------------------------------- */

static const struct {
    const char *group;
    int64_t session_ms;
    const char *type;
    const char *protocol;
    const char *member;
    enum wr_kafka_error error;
} bad_joins[] = {
    {"", KIT_SESSION, "consumer", "range", "", WR_KE_INVALID_GROUP_ID},
    {"g", 5999, "consumer", "range", "", WR_KE_INVALID_SESSION_TIMEOUT},
    {"g", 1800001, "consumer", "range", "", WR_KE_INVALID_SESSION_TIMEOUT},
    {"g", KIT_SESSION, "consumer", "range", "nobody", WR_KE_UNKNOWN_MEMBER_ID},
    {"new", KIT_SESSION, "consumer", "range", "nobody", WR_KE_UNKNOWN_MEMBER_ID},
    {"g", KIT_SESSION, "connect", "range", "", WR_KE_INCONSISTENT_GROUP_PROTOCOL},
    {"g", KIT_SESSION, "consumer", "other", "", WR_KE_INCONSISTENT_GROUP_PROTOCOL},
    {"g", KIT_SESSION, "consumer", NULL, "", WR_KE_INCONSISTENT_GROUP_PROTOCOL},
    {"new", KIT_SESSION, "consumer", NULL, "", WR_KE_INCONSISTENT_GROUP_PROTOCOL},
    {"new", KIT_SESSION, "", "range", "", WR_KE_INCONSISTENT_GROUP_PROTOCOL},
};

START_TEST(bad_join_is_refused_and_the_group_stays_stable)
{
    struct client c = kit_client(NULL);
    kit_stable(&c, 1);
    struct client bad = kit_client(NULL);
    bad.group = bad_joins[_i].group;
    bad.session_ms = bad_joins[_i].session_ms;
    bad.type = bad_joins[_i].type;
    bad.protocols[0] = bad_joins[_i].protocol;
    snprintf(bad.member, sizeof bad.member, "%s", bad_joins[_i].member);
    kit_join(&bad);
    ck_assert_int_eq(bad.error, bad_joins[_i].error);
    ck_assert_str_eq(bad.member, bad_joins[_i].member);
    ck_assert_int_eq(bad.generation, -1);
    ck_assert_str_eq(kit_info().state, "Stable");
    ck_assert_uint_eq(kit_info().member_count, 1);
}
END_TEST

START_TEST(more_protocols_than_the_limit_are_refused)
{
    struct wr_group_protocol protocols[101];
    struct client c = kit_client(NULL);
    for (int i = 0; i < 101; i++) {
        protocols[i] = (struct wr_group_protocol){"range", weir_str("x")};
    }
    struct wr_join_request r = {
        .who = kit_who(&c),
        .client_id = "c",
        .host = "/",
        .protocol_type = "consumer",
        .protocols = protocols,
        .protocol_count = 101,
        .session_ms = KIT_SESSION,
        .now = kit.now,
    };
    kit_join_to(&r, &c);
    ck_assert_int_eq(c.error, WR_KE_INCONSISTENT_GROUP_PROTOCOL);
    r.protocol_count = 100;
    kit_join_to(&r, &c);
    ck_assert_int_eq(c.error, KIT_WAITS);
}
END_TEST

START_TEST(full_group_takes_no_newcomer_but_its_members_come_back)
{
    struct client c[KIT_MAX_SIZE] = {kit_client(NULL), kit_client(NULL), kit_client(NULL)};
    kit_stable(c, KIT_MAX_SIZE);
    struct client more = kit_client(NULL);
    kit_join(&more);
    ck_assert_int_eq(more.error, WR_KE_GROUP_MAX_SIZE_REACHED);
    ck_assert_str_eq(more.member, "");
    kit_join(&c[1]);
    ck_assert_int_eq(c[1].error, WR_KE_NONE);
    kit_join(&c[0]); /* the leader: a rebalance */
    ck_assert_int_eq(c[0].error, KIT_WAITS);
    ck_assert_str_eq(kit_info().state, "PreparingRebalance");
}
END_TEST

START_TEST(last_to_come_back_is_left_out_when_others_took_the_room)
{
    struct client c[KIT_MAX_SIZE] = {kit_client(NULL), kit_client(NULL), kit_client(NULL)};
    kit_stable(c, KIT_MAX_SIZE);
    kit_join(&c[0]);
    struct client more = kit_client(NULL);
    kit_join(&more);
    ck_assert_int_eq(more.error, KIT_WAITS);
    kit_join(&c[1]);
    ck_assert_int_eq(c[1].error, KIT_WAITS);
    kit_join(&c[2]);
    ck_assert_int_eq(c[2].error, WR_KE_GROUP_MAX_SIZE_REACHED);
}
END_TEST

/* ---- selection ------------------------------------------------------------------------------- */

static const struct {
    const char *protocols[3][3];
    const char *selected;
} selections[] = {
    {{{"a", "b"}, {"b", "a"}, {"b", "a"}}, "b"},      /* most votes */
    {{{"a", "c"}, {"b", "c"}, {"a", "b", "c"}}, "c"}, /* all must have it */
    {{{"x", "a", "b"}, {"a", "b"}, {"b", "a"}}, "a"}, /* votes for what others lack go on */
    {{{"roundrobin", "range"}, {"range", "roundrobin"}, {NULL}}, "range"}, /* equal: as a hash map
                                                                              of Java has them */
    {{{"range", "roundrobin"}, {"roundrobin", "range"}, {NULL}}, "range"},
    {{{"range", "cooperative-sticky"}, {"cooperative-sticky", "range"}, {NULL}}, "range"},
    {{{"range", "sticky"}, {"sticky", "range"}, {NULL}}, "sticky"},
    {{{"y7", "x1"}, {"x1", "y7"}, {NULL}}, "x1"},
};

START_TEST(protocol_that_all_have_with_most_votes_is_selected)
{
    struct client c[3] = {kit_client(NULL), kit_client(NULL), kit_client(NULL)};
    for (int i = 0; i < 3; i++) {
        memcpy(c[i].protocols, selections[_i].protocols[i], sizeof c[i].protocols);
        if (c[i].protocols[0] != NULL) {
            kit_join(&c[i]);
        }
    }
    kit_pass(3 * KIT_DELAY);
    ck_assert_str_eq(c[0].protocol, selections[_i].selected);
}
END_TEST

/* ---- sync ------------------------------------------------------------------------------------ */

START_TEST(followers_wait_for_the_leader_and_get_its_assignments)
{
    struct client c[3] = {kit_client(NULL), kit_client(NULL), kit_client(NULL)};
    struct client *const two[] = {&c[0], &c[1], NULL};
    char expected[32];
    for (int i = 0; i < 3; i++) {
        kit_join(&c[i]);
    }
    kit_pass(3 * KIT_DELAY);
    kit_sync(&c[1]);
    ck_assert_int_eq(c[1].error, KIT_WAITS);
    kit_sync_all(&c[0], two);
    snprintf(expected, sizeof expected, "for %.20s", c[1].member);
    ck_assert_str_eq(c[1].assignment, expected);
    ck_assert_int_eq(c[0].syncs, 1);
    ck_assert_str_eq(kit_info().state, "Stable");
    kit_sync(&c[2]); /* late, and the leader forgot it */
    ck_assert_int_eq(c[2].error, WR_KE_NONE);
    ck_assert_str_eq(c[2].assignment, "");
    ck_assert_int_eq(c[1].syncs, 1);
}
END_TEST

static const struct {
    const char *group;
    const char *member;
    int32_t generation;
    const char *type;
    const char *protocol;
    enum wr_kafka_error error;
} bad_syncs[] = {
    {"", NULL, 1, "consumer", "range", WR_KE_INVALID_GROUP_ID},
    {"unknown", NULL, 1, "consumer", "range", WR_KE_UNKNOWN_MEMBER_ID},
    {"g", "nobody", 1, "consumer", "range", WR_KE_UNKNOWN_MEMBER_ID},
    {"g", NULL, 0, "consumer", "range", WR_KE_ILLEGAL_GENERATION},
    {"g", NULL, 2, "consumer", "range", WR_KE_ILLEGAL_GENERATION},
    {"g", NULL, 1, "connect", "range", WR_KE_INCONSISTENT_GROUP_PROTOCOL},
    {"g", NULL, 1, "consumer", "sticky", WR_KE_INCONSISTENT_GROUP_PROTOCOL},
    {"g", NULL, 1, NULL, NULL, WR_KE_NONE}, /* before version 5 */
};

START_TEST(sync_is_checked)
{
    struct client c = kit_client(NULL);
    kit_stable(&c, 1);
    struct client bad = c;
    bad.group = bad_syncs[_i].group;
    bad.generation = bad_syncs[_i].generation;
    bad.type = bad_syncs[_i].type;
    if (bad_syncs[_i].member != NULL) {
        snprintf(bad.member, sizeof bad.member, "%s", bad_syncs[_i].member);
    }
    kit_sync_as(&bad, bad_syncs[_i].protocol);
    ck_assert_int_eq(bad.error, bad_syncs[_i].error);
    ck_assert_str_eq(kit_info().state, "Stable");
}
END_TEST

START_TEST(sync_during_joining_is_told_to_rejoin)
{
    struct client c[2] = {kit_client(NULL), kit_client(NULL)};
    kit_stable(c, 2);
    kit_join(&c[0]);
    kit_sync(&c[1]);
    ck_assert_int_eq(c[1].error, WR_KE_REBALANCE_IN_PROGRESS);
}
END_TEST

START_TEST(newcomer_sends_waiting_followers_back_to_joining)
{
    struct client c[3] = {kit_client(NULL), kit_client(NULL), kit_client(NULL)};
    kit_join(&c[0]);
    kit_join(&c[1]);
    kit_pass(2 * KIT_DELAY);
    kit_sync(&c[1]);
    kit_join(&c[2]);
    ck_assert_int_eq(c[1].error, WR_KE_REBALANCE_IN_PROGRESS);
    ck_assert_str_eq(kit_info().state, "PreparingRebalance");
    kit_join(&c[0]);
    kit_join(&c[1]);
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(c[i].error, WR_KE_NONE);
        ck_assert_int_eq(c[i].generation, 2);
        ck_assert_str_eq(c[i].leader, c[0].member);
    }
}
END_TEST

/* ---- coming back ----------------------------------------------------------------------------- */

START_TEST(follower_of_a_stable_group_that_joins_unchanged_is_told_the_generation)
{
    struct client c[2] = {kit_client(NULL), kit_client(NULL)};
    kit_stable(c, 2);
    kit_join(&c[1]);
    ck_assert_int_eq(c[1].error, WR_KE_NONE);
    ck_assert_int_eq(c[1].generation, c[0].generation);
    ck_assert_uint_eq(c[1].member_count, 0);
    ck_assert_str_eq(kit_info().state, "Stable");
}
END_TEST

START_TEST(changed_metadata_or_the_leader_start_a_rebalance)
{
    struct client c[2] = {kit_client(NULL), kit_client(NULL)};
    kit_stable(c, 2);
    if (_i == 0) {
        c[1].metadata_len--;
    }
    kit_join(&c[_i == 0 ? 1 : 0]);
    ck_assert_str_eq(kit_info().state, "PreparingRebalance");
    ck_assert_int_eq(kit_heartbeat(&c[_i == 0 ? 0 : 1]), WR_KE_REBALANCE_IN_PROGRESS);
    kit_join(&c[_i == 0 ? 0 : 1]);
    ck_assert_int_eq(c[0].generation, 2);
    ck_assert_int_eq(c[1].generation, 2);
}
END_TEST

START_TEST(member_that_did_not_hear_its_answer_hears_it_again)
{
    struct client c[2] = {kit_client(NULL), kit_client(NULL)};
    kit_join(&c[0]);
    kit_join(&c[1]);
    kit_pass(2 * KIT_DELAY);
    for (int i = 0; i < 2; i++) {
        kit_join(&c[i]);
        ck_assert_int_eq(c[i].error, WR_KE_NONE);
        ck_assert_int_eq(c[i].generation, 1);
    }
    ck_assert_uint_eq(c[0].member_count, 2);
    ck_assert_str_eq(kit_info().state, "CompletingRebalance");
}
END_TEST

START_TEST(member_that_shares_no_protocol_any_more_is_refused)
{
    struct client c[2] = {kit_client(NULL), kit_client(NULL)};
    kit_stable(c, 2);
    c[1].protocols[0] = "other";
    kit_join(&c[1]);
    ck_assert_int_eq(c[1].error, WR_KE_INCONSISTENT_GROUP_PROTOCOL);
    ck_assert_str_eq(kit_info().state, "Stable");
    ck_assert_uint_eq(kit_info().member_count, 2);
}
END_TEST

START_TEST(changed_metadata_while_the_leader_assigns_starts_over)
{
    struct client c[2] = {kit_client(NULL), kit_client(NULL)};
    kit_join(&c[0]);
    kit_join(&c[1]);
    kit_pass(2 * KIT_DELAY);
    c[1].metadata_len--;
    kit_join(&c[1]);
    ck_assert_int_eq(c[1].error, KIT_WAITS);
    ck_assert_str_eq(kit_info().state, "PreparingRebalance");
}
END_TEST

START_TEST(second_join_takes_the_place_of_the_first)
{
    struct client c = kit_client(NULL);
    kit_join(&c);
    kit_join(&c);
    kit_pass(2 * KIT_DELAY);
    ck_assert_int_eq(c.error, WR_KE_NONE);
    ck_assert_int_eq(c.joins, 2); /* the id, and the generation once */
}
END_TEST

START_TEST(forgotten_client_is_not_answered_and_stays_a_member)
{
    struct client c[2] = {kit_client(NULL), kit_client(NULL)};
    kit_join(&c[0]);
    kit_join(&c[1]);
    wr_groups_forget(kit.groups, &c[1]);
    kit_pass(2 * KIT_DELAY);
    ck_assert_int_eq(c[0].error, WR_KE_NONE);
    ck_assert_int_eq(c[1].error, KIT_WAITS);
    ck_assert_uint_eq(kit_info().member_count, 2);
    struct client leader = c[0];
    kit_sync(&c[1]);
    ck_assert_int_eq(c[1].error, WR_KE_ILLEGAL_GENERATION);
    c[1].generation = 1;
    kit_sync_as(&c[1], "range");
    wr_groups_forget(kit.groups, &c[1]);
    kit_sync(&leader);
    ck_assert_int_eq(c[1].error, KIT_WAITS);
}
END_TEST

/* ---- leaving --------------------------------------------------------------------------------- */

START_TEST(leaving_starts_a_rebalance_and_the_last_one_empties_the_group)
{
    struct client c[2] = {kit_client(NULL), kit_client(NULL)};
    kit_stable(c, 2);
    ck_assert_int_eq(kit_leave(&c[0]), WR_KE_NONE);
    ck_assert_int_eq(kit_leave(&c[0]), WR_KE_UNKNOWN_MEMBER_ID);
    ck_assert_int_eq(kit_heartbeat(&c[1]), WR_KE_REBALANCE_IN_PROGRESS);
    kit_join(&c[1]);
    ck_assert_int_eq(c[1].error, WR_KE_NONE);
    ck_assert_str_eq(c[1].leader, c[1].member);
    ck_assert_int_eq(kit_leave(&c[1]), WR_KE_NONE);
    ck_assert_str_eq(kit_info().state, "Empty");
    ck_assert_int_eq(kit_info().generation, 3);
    ck_assert_str_eq(kit_info().protocol_type, "consumer");
}
END_TEST

START_TEST(unknown_member_or_group_cannot_leave)
{
    struct client c = kit_client(NULL);
    kit_stable(&c, 1);
    struct client bad = c;
    bad.group = "unknown";
    ck_assert_int_eq(kit_leave(&bad), WR_KE_UNKNOWN_MEMBER_ID);
    bad.group = "";
    ck_assert_int_eq(kit_leave(&bad), WR_KE_INVALID_GROUP_ID);
    bad = c;
    bad.member[0] = '\0';
    ck_assert_int_eq(kit_leave(&bad), WR_KE_UNKNOWN_MEMBER_ID);
    ck_assert_str_eq(kit_info().state, "Stable");
}
END_TEST

START_TEST(id_that_was_only_given_can_be_given_back)
{
    struct client c = kit_client(NULL);
    kit_join_once(&c);
    ck_assert_int_eq(kit_leave(&c), WR_KE_NONE);
    kit_join_once(&c);
    ck_assert_int_eq(c.error, WR_KE_UNKNOWN_MEMBER_ID);
}
END_TEST

/* ---- deleting and describing ----------------------------------------------------------------- */

START_TEST(only_empty_groups_are_deleted)
{
    struct client c = kit_client(NULL);
    kit_stable(&c, 1);
    ck_assert_int_eq(wr_groups_delete(kit.groups, "g"), WR_KE_NON_EMPTY_GROUP);
    ck_assert_int_eq(wr_groups_delete(kit.groups, "unknown"), WR_KE_GROUP_ID_NOT_FOUND);
    kit_leave(&c);
    ck_assert_int_eq(wr_groups_delete(kit.groups, "g"), WR_KE_NONE);
    ck_assert_int_eq(wr_groups_delete(kit.groups, "g"), WR_KE_GROUP_ID_NOT_FOUND);
}
END_TEST

START_TEST(groups_are_listed_in_order_and_described)
{
    struct client c = kit_client(NULL);
    struct client other = kit_client(NULL);
    other.group = "a";
    kit_join_once(&other);
    kit_stable(&c, 1);
    const struct wr_group_info *all;
    ck_assert_uint_eq(wr_groups_list(kit.groups, &kit.arena, &all), 2);
    ck_assert_str_eq(all[0].group, "a");
    ck_assert_str_eq(all[0].protocol_type, "");
    ck_assert_str_eq(all[1].group, "g");
    ck_assert_str_eq(all[1].protocol, "range");
    ck_assert_str_eq(all[1].members[0].client_id, "client");
    ck_assert_str_eq(all[1].members[0].host, "/127.0.0.1");
    ck_assert_uint_eq(all[1].members[0].metadata.len, c.metadata_len);
    ck_assert_uint_ne(all[1].members[0].assignment.len, 0);
    kit_join(&c);
    struct wr_group_info info = kit_info();
    ck_assert_str_eq(info.state, "CompletingRebalance");
    ck_assert_str_eq(info.protocol, "");
    ck_assert_uint_eq(info.members[0].metadata.len, 0);
    struct wr_group_info none;
    ck_assert(!wr_groups_describe(kit.groups, "unknown", &kit.arena, &none));
}
END_TEST

Suite *group_join_suite(void)
{
    Suite *s = suite_create("group_join");
    TCase *t = tcase_create("group_join");
    tcase_add_checked_fixture(t, kit_setup, kit_teardown);
    tcase_add_test(t, new_member_is_given_an_id_first);
    tcase_add_test(t, old_client_joins_without_an_id);
    tcase_add_test(t, first_member_leads_and_is_told_all_members);
    tcase_add_test(t, first_rebalance_waits_for_its_delay);
    tcase_add_test(t, each_newcomer_extends_the_delay_up_to_the_rebalance_time_out);
    tcase_add_test(t, group_whose_members_all_left_during_the_delay_is_empty_again);
    tcase_add_loop_test(t, bad_join_is_refused_and_the_group_stays_stable, 0,
                        WR_ARRAY_LEN(bad_joins));
    tcase_add_test(t, more_protocols_than_the_limit_are_refused);
    tcase_add_test(t, full_group_takes_no_newcomer_but_its_members_come_back);
    tcase_add_test(t, last_to_come_back_is_left_out_when_others_took_the_room);
    tcase_add_loop_test(t, protocol_that_all_have_with_most_votes_is_selected, 0,
                        WR_ARRAY_LEN(selections));
    tcase_add_test(t, followers_wait_for_the_leader_and_get_its_assignments);
    tcase_add_loop_test(t, sync_is_checked, 0, WR_ARRAY_LEN(bad_syncs));
    tcase_add_test(t, sync_during_joining_is_told_to_rejoin);
    tcase_add_test(t, newcomer_sends_waiting_followers_back_to_joining);
    tcase_add_test(t, follower_of_a_stable_group_that_joins_unchanged_is_told_the_generation);
    tcase_add_loop_test(t, changed_metadata_or_the_leader_start_a_rebalance, 0, 2);
    tcase_add_test(t, member_that_did_not_hear_its_answer_hears_it_again);
    tcase_add_test(t, member_that_shares_no_protocol_any_more_is_refused);
    tcase_add_test(t, changed_metadata_while_the_leader_assigns_starts_over);
    tcase_add_test(t, second_join_takes_the_place_of_the_first);
    tcase_add_test(t, forgotten_client_is_not_answered_and_stays_a_member);
    tcase_add_test(t, leaving_starts_a_rebalance_and_the_last_one_empties_the_group);
    tcase_add_test(t, unknown_member_or_group_cannot_leave);
    tcase_add_test(t, id_that_was_only_given_can_be_given_back);
    tcase_add_test(t, only_empty_groups_are_deleted);
    tcase_add_test(t, groups_are_listed_in_order_and_described);
    suite_add_tcase(s, t);
    return s;
}
