/* test_group_sessions.c -- consumer groups and time: heartbeats, sessions, rebalances that take too
 * long, another coordinator; and a random walk through all requests. */
#include "src/base/base.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/broker/group_kit.h"

/* ---- heartbeats ------------------------------------------------------------------------------ */

START_TEST(heartbeats_keep_a_member_and_their_absence_ends_it)
{
    struct client c[2] = {kit_client(NULL), kit_client(NULL)};
    kit_stable(c, 2);
    for (int i = 0; i < 5; i++) {
        kit_pass(KIT_SESSION - 1);
        ck_assert_int_eq(kit_heartbeat(&c[0]), WR_KE_NONE);
        if (i == 0) {
            ck_assert_int_eq(kit_heartbeat(&c[1]), WR_KE_NONE);
        }
        if (i == 1) {
            ck_assert_uint_eq(kit_info().member_count, 2);
            kit_pass(1);
            ck_assert_int_eq(kit_heartbeat(&c[1]), WR_KE_UNKNOWN_MEMBER_ID);
            ck_assert_int_eq(kit_heartbeat(&c[0]), WR_KE_REBALANCE_IN_PROGRESS);
            break;
        }
    }
    kit_join(&c[0]);
    ck_assert_int_eq(c[0].generation, 2);
    ck_assert_uint_eq(c[0].member_count, 1);
}
END_TEST

static const struct {
    const char *group;
    const char *member;
    int32_t generation;
    enum wr_kafka_error error;
} bad_heartbeats[] = {
    {"", NULL, 1, WR_KE_INVALID_GROUP_ID},     {"unknown", NULL, 1, WR_KE_UNKNOWN_MEMBER_ID},
    {"g", "", 1, WR_KE_UNKNOWN_MEMBER_ID},     {"g", "nobody", 1, WR_KE_UNKNOWN_MEMBER_ID},
    {"g", NULL, 0, WR_KE_ILLEGAL_GENERATION},  {"g", NULL, 2, WR_KE_ILLEGAL_GENERATION},
    {"g", NULL, -1, WR_KE_ILLEGAL_GENERATION},
};

START_TEST(bad_heartbeat_is_refused_and_keeps_nobody)
{
    struct client c = kit_client(NULL);
    kit_stable(&c, 1);
    struct client bad = c;
    bad.group = bad_heartbeats[_i].group;
    bad.generation = bad_heartbeats[_i].generation;
    if (bad_heartbeats[_i].member != NULL) {
        snprintf(bad.member, sizeof bad.member, "%s", bad_heartbeats[_i].member);
    }
    kit_pass(KIT_SESSION - 1);
    ck_assert_int_eq(kit_heartbeat(&bad), bad_heartbeats[_i].error);
    kit_pass(1);
    ck_assert_str_eq(kit_info().state, "Empty");
}
END_TEST

START_TEST(heartbeat_before_the_sync_is_fine)
{
    struct client c = kit_client(NULL);
    kit_join(&c);
    kit_pass(KIT_DELAY);
    ck_assert_int_eq(kit_heartbeat(&c), WR_KE_NONE);
}
END_TEST

/* ---- sessions of members that wait ----------------------------------------------------------- */

START_TEST(id_that_is_not_used_is_forgotten_after_a_session)
{
    struct client c = kit_client(NULL);
    kit_join_once(&c);
    kit_pass(KIT_SESSION);
    kit_join_once(&c);
    ck_assert_int_eq(c.error, WR_KE_UNKNOWN_MEMBER_ID);
}
END_TEST

START_TEST(rebalance_waits_for_ids_that_were_given)
{
    struct client c[2] = {kit_client(NULL), kit_client(NULL)};
    kit_stable(c, 1);
    kit_join_once(&c[1]);
    kit_join(&c[0]);
    ck_assert_int_eq(c[0].error, KIT_WAITS);
    kit_pass(KIT_SESSION);
    ck_assert_int_eq(c[0].error, WR_KE_NONE);
    ck_assert_int_eq(c[0].generation, 2);
}
END_TEST

START_TEST(member_that_waits_for_a_rebalance_needs_no_heartbeat)
{
    struct client c[2] = {kit_client(NULL), kit_client(NULL)};
    c[1].session_ms = KIT_REBALANCE;
    kit_stable(c, 2);
    kit_join(&c[0]);
    kit_pass(3 * KIT_SESSION);
    ck_assert_uint_eq(kit_info().member_count, 2);
    kit_join(&c[1]);
    ck_assert_int_eq(c[0].error, WR_KE_NONE);
    kit_pass(KIT_SESSION); /* and it is watched again from then on */
    ck_assert_uint_eq(kit_info().member_count, 1);
}
END_TEST

START_TEST(newcomer_that_waits_longer_than_five_minutes_is_forgotten)
{
    struct client c[2] = {kit_client(NULL), kit_client(NULL)};
    c[0].session_ms = 1000000;
    c[0].rebalance_ms = 1000000;
    kit_stable(c, 1);
    kit_join(&c[1]);
    kit_pass(299999);
    ck_assert_int_eq(c[1].error, KIT_WAITS);
    kit_pass(1);
    ck_assert_int_eq(c[1].error, WR_KE_UNKNOWN_MEMBER_ID);
    ck_assert_str_eq(c[1].member, "");
    ck_assert_str_eq(kit_info().state, "PreparingRebalance");
}
END_TEST

/* ---- rebalances that take too long ----------------------------------------------------------- */

START_TEST(members_that_do_not_rejoin_in_time_are_removed)
{
    struct client c[2] = {kit_client(NULL), kit_client(NULL)};
    c[1].session_ms = 2 * KIT_REBALANCE;
    kit_stable(c, 2);
    kit_join(&c[0]);
    kit_pass(KIT_REBALANCE - 1);
    ck_assert_int_eq(c[0].error, KIT_WAITS);
    kit_pass(1);
    ck_assert_int_eq(c[0].error, WR_KE_NONE);
    ck_assert_int_eq(kit_heartbeat(&c[1]), WR_KE_UNKNOWN_MEMBER_ID);
}
END_TEST

START_TEST(members_that_do_not_synchronise_in_time_are_removed)
{
    struct client c[2] = {kit_client(NULL), kit_client(NULL)};
    for (int i = 0; i < 2; i++) {
        c[i].session_ms = 3 * KIT_REBALANCE;
        kit_join(&c[i]);
    }
    kit_pass(2 * KIT_DELAY);
    kit_sync(&c[_i]);
    ck_assert_int_eq(c[_i].error, _i == 0 ? WR_KE_NONE : KIT_WAITS);
    kit_pass(KIT_REBALANCE);
    ck_assert_uint_eq(kit_info().member_count, 1);
    ck_assert_str_eq(kit_info().members[0].member, c[_i].member);
    ck_assert_int_eq(c[_i].error, _i == 0 ? WR_KE_NONE : WR_KE_REBALANCE_IN_PROGRESS);
    ck_assert_int_eq(kit_heartbeat(&c[_i]), WR_KE_REBALANCE_IN_PROGRESS);
}
END_TEST

START_TEST(group_where_all_synchronised_has_no_time_out)
{
    struct client c = kit_client(NULL);
    c.session_ms = 3 * KIT_REBALANCE;
    kit_stable(&c, 1);
    kit_pass(2 * KIT_REBALANCE);
    ck_assert_str_eq(kit_info().state, "Stable");
    ck_assert_int_eq(kit_heartbeat(&c), WR_KE_NONE);
}
END_TEST

START_TEST(leader_that_dies_before_it_assigns_is_replaced)
{
    struct client c[2] = {kit_client(NULL), kit_client(NULL)};
    kit_join(&c[0]);
    kit_join(&c[1]);
    kit_pass(2 * KIT_DELAY);
    kit_sync(&c[1]);
    kit_pass(KIT_SESSION);
    ck_assert_int_eq(c[1].error, WR_KE_REBALANCE_IN_PROGRESS);
    kit_join(&c[1]);
    ck_assert_int_eq(c[1].error, WR_KE_NONE);
    ck_assert_str_eq(c[1].leader, c[1].member);
}
END_TEST

/* ---- another coordinator --------------------------------------------------------------------- */

START_TEST(stable_group_lives_on_under_another_coordinator)
{
    struct client c[2] = {kit_client("a"), kit_client(NULL)};
    kit_stable(c, 2);
    kit_pass(KIT_SESSION - 1);
    wr_groups_move(kit.groups, kit.now);
    wr_groups_check(kit.groups);
    kit_pass(KIT_SESSION - 1);
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(kit_heartbeat(&c[i]), WR_KE_NONE);
        char assignment[32];
        snprintf(assignment, sizeof assignment, "%s", c[i].assignment);
        kit_sync(&c[i]);
        ck_assert_str_eq(c[i].assignment, assignment);
    }
    struct wr_group_info info = kit_info();
    ck_assert_str_eq(info.protocol, "range");
    ck_assert_uint_eq(info.members[0].metadata.len, c[0].metadata_len);
    kit_join(&c[1]); /* an unchanged follower: who leads is known */
    ck_assert_str_eq(c[1].leader, c[0].member);
    wr_groups_move(kit.groups, kit.now); /* and what was read is written */
    ck_assert_int_eq(kit_heartbeat(&c[1]), WR_KE_NONE);
}
END_TEST

START_TEST(rebalance_under_way_never_was_for_another_coordinator)
{
    struct client c[2] = {kit_client(NULL), kit_client(NULL)};
    struct client more = kit_client(NULL);
    kit_stable(c, 2);
    kit_join(&more);
    if (_i == 1) { /* generation 2 is known to the members, not written down */
        kit_join(&c[0]);
        kit_join(&c[1]);
        ck_assert_int_eq(c[1].generation, 2);
        kit_sync(&c[1]);
    }
    wr_groups_move(kit.groups, kit.now);
    wr_groups_check(kit.groups);
    ck_assert_str_eq(kit_info().state, "Stable");
    ck_assert_int_eq(kit_info().generation, 1);
    ck_assert_uint_eq(kit_info().member_count, 2);
    ck_assert_int_eq(_i == 0 ? more.error : c[1].error, KIT_WAITS);
    kit_sync(&c[1]);
    ck_assert_int_eq(c[1].error, _i == 0 ? WR_KE_NONE : WR_KE_ILLEGAL_GENERATION);
    if (more.member[0] != '\0') {
        kit_join_once(&more);
        ck_assert_int_eq(more.error, WR_KE_UNKNOWN_MEMBER_ID);
    }
}
END_TEST

START_TEST(group_that_was_never_stable_is_empty_under_another_coordinator)
{
    struct client c = kit_client(NULL);
    kit_join(&c);
    wr_groups_move(kit.groups, kit.now);
    ck_assert_str_eq(kit_info().state, "Empty");
    kit_pass(KIT_DELAY);
    ck_assert_int_eq(c.error, KIT_WAITS);
    kit_join(&c);
    ck_assert_int_eq(c.error, WR_KE_UNKNOWN_MEMBER_ID);
}
END_TEST

/* ---- a coordinator without groups ------------------------------------------------------------ */

START_TEST(empty_coordinator_has_nothing_to_do)
{
    ck_assert_int_eq(wr_groups_next(kit.groups), INT64_MAX);
    wr_groups_tick(kit.groups, INT64_MAX);
    wr_groups_move(kit.groups, kit.now);
    wr_groups_forget(kit.groups, &kit);
    const struct wr_group_info *all;
    ck_assert_uint_eq(wr_groups_list(kit.groups, &kit.arena, &all), 0);
}
END_TEST

START_TEST(offsets_are_checked_every_ten_minutes_unless_something_is_said)
{
    struct wr_groups_options options = {.offset_metadata_max = 1};
    struct wr_groups *groups = wr_groups_new(&options);
    struct wr_group_client nobody = {"g", -1, "", NULL};
    ck_assert_int_eq(wr_groups_commit(groups, &nobody, NULL, 0, KIT_T0), WR_KE_NONE);
    ck_assert_int_eq(wr_groups_next(groups), KIT_T0 + 600000);
    wr_groups_free(groups);
    wr_groups_free(NULL);
}
END_TEST

/* ---- a random walk --------------------------------------------------------------------------- */

enum { WALKERS = 6, WALK_STEPS = 20000 };

static void walk_offsets(struct wr_rng *rng, const struct client *c)
{
    static const char *const topics[] = {"t", "u", "v"};
    struct wr_offset_commit o = {topics[wr_rng_below(rng, 3)],
                                 (int32_t)wr_rng_below(rng, 4),
                                 (int64_t)wr_rng_below(rng, 100),
                                 -1,
                                 NULL,
                                 WR_KE_NONE};
    struct wr_txn_commit r = {.producer_id = (int64_t)wr_rng_below(rng, 3),
                              .producer_epoch = (int16_t)wr_rng_below(rng, 2),
                              .now = kit.now};
    r.who = kit_who(c);
    struct wr_marker m = {.producer_id = r.producer_id,
                          .producer_epoch = r.producer_epoch,
                          .commit = wr_rng_below(rng, 2) == 0};
    switch (wr_rng_below(rng, 8)) {
    case 0:
    case 1:
        wr_groups_commit(kit.groups, &r.who, &o, 1, kit.now);
        break;
    case 2:
    case 3:
        wr_groups_txn_commit(kit.groups, &r, &o, 1);
        break;
    case 4:
    case 5:
        wr_groups_txn_end(kit.groups, c->group, &m);
        break;
    case 6:
        wr_groups_delete_offset(kit.groups, c->group, o.topic, o.partition);
        break;
    default:
        wr_groups_drop_topic(kit.groups, o.topic);
        break;
    }
}

static void walk_member(struct wr_rng *rng, struct client *c)
{
    switch (wr_rng_below(rng, 8)) {
    case 0:
    case 1:
    case 2:
        kit_join_once(c);
        break;
    case 3:
    case 4:
        kit_sync(c);
        break;
    case 5:
        kit_heartbeat(c);
        break;
    case 6:
        kit_leave(c);
        break;
    default: /* another process */
        c->member[0] = '\0';
        c->generation = -1;
        c->metadata_len = wr_rng_below(rng, 16);
        c->protocols[1] = wr_rng_below(rng, 2) == 0 ? "sticky" : NULL;
        break;
    }
    if (c->error == WR_KE_UNKNOWN_MEMBER_ID || c->error == WR_KE_FENCED_INSTANCE_ID) {
        c->member[0] = '\0';
    }
}

static void walk_step(struct wr_rng *rng, struct client *c)
{
    switch (wr_rng_below(rng, 10)) {
    case 0:
    case 1:
        walk_offsets(rng, c);
        break;
    case 2:
        kit_pass((int64_t)wr_rng_below(rng, wr_rng_below(rng, 40) == 0 ? KIT_RETENTION : 5000));
        break;
    case 3:
        if (wr_rng_below(rng, 20) == 0) {
            wr_groups_move(kit.groups, kit.now);
        }
        wr_groups_forget(kit.groups, c);
        if (wr_rng_below(rng, 10) == 0) {
            wr_groups_delete(kit.groups, c->group);
        }
        break;
    default:
        walk_member(rng, c);
        break;
    }
}

START_TEST(no_order_of_requests_breaks_an_invariant)
{
    static const char *const instances[WALKERS] = {NULL, NULL, NULL, "a", "b", "b"};
    struct client c[WALKERS];
    struct wr_rng rng;
    uint64_t seed = 1147 + (uint64_t)_i;
    wr_rng_seed(&rng, seed);
    fprintf(stderr, "# seed %llu\n", (unsigned long long)seed);
    for (size_t i = 0; i < WALKERS; i++) {
        c[i] = kit_client(instances[i]);
        c[i].group = i == 2 ? "h" : "g";
        c[i].needs_member_id = i != 1;
        c[i].skips_assignment = i % 2 == 0;
    }
    for (int step = 0; step < WALK_STEPS; step++) {
        walk_step(&rng, &c[wr_rng_below(&rng, WALKERS)]);
        wr_groups_check(kit.groups);
    }
    kit_pass(3 * KIT_RETENTION); /* all are silent, and everything expires but what is pending */
    for (int64_t producer = 0; producer < 3; producer++) {
        struct wr_marker m = {.producer_id = producer, .producer_epoch = 2};
        wr_groups_txn_end(kit.groups, "g", &m);
        wr_groups_txn_end(kit.groups, "h", &m);
    }
    kit_pass(2 * KIT_RETENTION);
    ck_assert_int_eq(wr_groups_next(kit.groups), INT64_MAX);
}
END_TEST

Suite *group_sessions_suite(void)
{
    Suite *s = suite_create("group_sessions");
    TCase *t = tcase_create("group_sessions");
    tcase_add_checked_fixture(t, kit_setup, kit_teardown);
    tcase_set_timeout(t, 30);
    tcase_add_test(t, heartbeats_keep_a_member_and_their_absence_ends_it);
    tcase_add_loop_test(t, bad_heartbeat_is_refused_and_keeps_nobody, 0,
                        WR_ARRAY_LEN(bad_heartbeats));
    tcase_add_test(t, heartbeat_before_the_sync_is_fine);
    tcase_add_test(t, id_that_is_not_used_is_forgotten_after_a_session);
    tcase_add_test(t, rebalance_waits_for_ids_that_were_given);
    tcase_add_test(t, member_that_waits_for_a_rebalance_needs_no_heartbeat);
    tcase_add_test(t, newcomer_that_waits_longer_than_five_minutes_is_forgotten);
    tcase_add_test(t, members_that_do_not_rejoin_in_time_are_removed);
    tcase_add_loop_test(t, members_that_do_not_synchronise_in_time_are_removed, 0, 2);
    tcase_add_test(t, group_where_all_synchronised_has_no_time_out);
    tcase_add_test(t, leader_that_dies_before_it_assigns_is_replaced);
    tcase_add_test(t, stable_group_lives_on_under_another_coordinator);
    tcase_add_loop_test(t, rebalance_under_way_never_was_for_another_coordinator, 0, 2);
    tcase_add_test(t, group_that_was_never_stable_is_empty_under_another_coordinator);
    tcase_add_test(t, empty_coordinator_has_nothing_to_do);
    tcase_add_test(t, offsets_are_checked_every_ten_minutes_unless_something_is_said);
    tcase_add_loop_test(t, no_order_of_requests_breaks_an_invariant, 0, 5);
    suite_add_tcase(s, t);
    return s;
}
