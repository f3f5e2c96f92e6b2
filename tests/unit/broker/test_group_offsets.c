/* test_group_offsets.c -- committed and pending positions of consumer groups. */
#include "src/base/base.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/broker/group_kit.h"

static const struct wr_group_client nobody = {"g", -1, "", NULL};

static enum wr_kafka_error commit_as(struct wr_group_client who, const char *topic, int64_t offset)
{
    struct wr_offset_commit o = {topic, 0, offset, 7, "meta", WR_KE_UNKNOWN_SERVER_ERROR};
    enum wr_kafka_error error = wr_groups_commit(kit.groups, &who, &o, 1, kit.now);
    ck_assert_int_eq(o.error, error);
    wr_groups_check(kit.groups);
    return error;
}

static enum wr_kafka_error txn_commit_as(struct wr_group_client who, int64_t producer,
                                         int16_t epoch, int64_t offset)
{
    struct wr_offset_commit o = {"t", 0, offset, -1, NULL, WR_KE_UNKNOWN_SERVER_ERROR};
    struct wr_txn_commit r = {who, producer, epoch, kit.now};
    enum wr_kafka_error error = wr_groups_txn_commit(kit.groups, &r, &o, 1);
    ck_assert_int_eq(o.error, error);
    wr_groups_check(kit.groups);
    return error;
}

static void pend(int64_t producer, int64_t offset)
{
    ck_assert_int_eq(txn_commit_as(nobody, producer, 0, offset), WR_KE_NONE);
}

static void end(int64_t producer, bool commit)
{
    struct wr_marker m = {.producer_id = producer, .commit = commit};
    wr_groups_txn_end(kit.groups, "g", &m);
    wr_groups_check(kit.groups);
}

static int64_t stored(const char *topic)
{
    return wr_groups_fetch(kit.groups, "g", topic, 0, false).offset;
}

static bool is_unstable(void)
{
    struct wr_offset_commit o = wr_groups_fetch(kit.groups, "g", "t", 0, true);
    ck_assert(o.error == WR_KE_NONE || o.offset == -1);
    return o.error == WR_KE_UNSTABLE_OFFSET_COMMIT;
}

static bool exists(const char *group)
{
    struct wr_group_info info;
    return wr_groups_describe(kit.groups, group, &kit.arena, &info);
}

/* ---- who may commit -------------------------------------------------------------------------- */

/* What a commit says: its generation less the group's, a member, an instance. */
enum member { OWN, EMPTY, UNKNOWN };
enum generation { NO_GENERATION, ZERO, PREVIOUS, CURRENT, NEXT };

/* The table of a real broker; the group is alive, its member static in the last rows. */
static const struct {
    enum generation generation;
    enum member member;
    const char *instance;
    bool is_static;
    enum wr_kafka_error plain;
    enum wr_kafka_error in_transaction;
} rights[] = {
    {CURRENT, OWN, NULL, false, WR_KE_NONE, WR_KE_NONE},
    {NO_GENERATION, EMPTY, NULL, false, WR_KE_UNKNOWN_MEMBER_ID, WR_KE_NONE}, /* the hole */
    {NO_GENERATION, OWN, NULL, false, WR_KE_ILLEGAL_GENERATION, WR_KE_ILLEGAL_GENERATION},
    {CURRENT, EMPTY, NULL, false, WR_KE_UNKNOWN_MEMBER_ID, WR_KE_UNKNOWN_MEMBER_ID},
    {CURRENT, UNKNOWN, NULL, false, WR_KE_UNKNOWN_MEMBER_ID, WR_KE_UNKNOWN_MEMBER_ID},
    {ZERO, EMPTY, NULL, false, WR_KE_UNKNOWN_MEMBER_ID, WR_KE_UNKNOWN_MEMBER_ID},
    {NEXT, OWN, NULL, false, WR_KE_ILLEGAL_GENERATION, WR_KE_ILLEGAL_GENERATION},
    {PREVIOUS, OWN, NULL, false, WR_KE_ILLEGAL_GENERATION, WR_KE_ILLEGAL_GENERATION},
    {CURRENT, OWN, "other", false, WR_KE_UNKNOWN_MEMBER_ID, WR_KE_UNKNOWN_MEMBER_ID},
    {CURRENT, OWN, "i", true, WR_KE_NONE, WR_KE_NONE},
    {CURRENT, OWN, NULL, true, WR_KE_NONE, WR_KE_NONE},
    {NO_GENERATION, EMPTY, "i", true, WR_KE_FENCED_INSTANCE_ID, WR_KE_FENCED_INSTANCE_ID},
    {NO_GENERATION, EMPTY, NULL, true, WR_KE_UNKNOWN_MEMBER_ID, WR_KE_NONE},
    {CURRENT, UNKNOWN, "i", true, WR_KE_FENCED_INSTANCE_ID, WR_KE_FENCED_INSTANCE_ID},
};

static struct wr_group_client claim(const struct client *c, size_t row)
{
    const int32_t generations[] = {-1, 0, c->generation - 1, c->generation, c->generation + 1};
    const char *members[] = {c->member, "", "nobody"};
    return (struct wr_group_client){"g", generations[rights[row].generation],
                                    members[rights[row].member], rights[row].instance};
}

START_TEST(commits_of_a_living_group_are_checked)
{
    struct client c = kit_client(rights[_i].is_static ? "i" : NULL);
    kit_stable(&c, 1);
    kit_join(&c); /* the leader: generation 2 */
    kit_sync(&c);
    ck_assert_int_eq(c.generation, 2);
    ck_assert_int_eq(commit_as(claim(&c, _i), "t", 5), rights[_i].plain);
    ck_assert_int_eq(stored("t"), rights[_i].plain == WR_KE_NONE ? 5 : -1);
    ck_assert_int_eq(txn_commit_as(claim(&c, _i), 1, 0, 6), rights[_i].in_transaction);
    ck_assert(is_unstable() == (rights[_i].in_transaction == WR_KE_NONE));
}
END_TEST

START_TEST(member_that_left_commits_nothing_but_a_commit_without_generation_passes)
{
    struct client c = kit_client(NULL);
    kit_stable(&c, 1);
    kit_leave(&c);
    struct wr_group_client who = kit_who(&c);
    ck_assert_int_eq(commit_as(who, "t", 5), WR_KE_UNKNOWN_MEMBER_ID);
    ck_assert_int_eq(txn_commit_as(who, 1, 0, 5), WR_KE_UNKNOWN_MEMBER_ID);
    who.generation = -1; /* of an empty group nothing else is looked at */
    ck_assert_int_eq(commit_as(who, "t", 5), WR_KE_NONE);
    ck_assert_int_eq(commit_as(nobody, "t", 6), WR_KE_NONE);
    ck_assert_int_eq(txn_commit_as(nobody, 1, 0, 5), WR_KE_NONE);
    ck_assert_int_eq(stored("t"), 6);
}
END_TEST

START_TEST(replaced_static_member_is_fenced)
{
    struct client c = kit_client("i");
    kit_stable(&c, 1);
    struct client n = kit_client("i");
    kit_join(&n);
    ck_assert_int_eq(commit_as(kit_who(&c), "t", 5), WR_KE_FENCED_INSTANCE_ID);
    ck_assert_int_eq(txn_commit_as(kit_who(&c), 1, 0, 5), WR_KE_FENCED_INSTANCE_ID);
    ck_assert_int_eq(commit_as(kit_who(&n), "t", 6), WR_KE_NONE);
    ck_assert_int_eq(stored("t"), 6);
}
END_TEST

START_TEST(group_is_made_by_a_commit_without_a_generation_only)
{
    struct wr_group_client who = {"new", 3, "m", NULL};
    ck_assert_int_eq(commit_as(who, "t", 5), WR_KE_GROUP_ID_NOT_FOUND);
    ck_assert_int_eq(txn_commit_as(who, 1, 0, 5), WR_KE_ILLEGAL_GENERATION);
    ck_assert(!exists("new"));
    who.generation = -1;
    who.member = "";
    ck_assert_int_eq(commit_as(who, "t", 5), WR_KE_NONE);
    ck_assert(exists("new"));
    who.group = "";
    ck_assert_int_eq(txn_commit_as(who, 1, 0, 5), WR_KE_INVALID_GROUP_ID);
    ck_assert_int_eq(commit_as(who, "t", 5), WR_KE_NONE); /* the empty name is an old habit */
}
END_TEST

START_TEST(commits_are_taken_while_members_join_and_kept_out_while_they_wait_for_assignments)
{
    struct client c[2] = {kit_client(NULL), kit_client(NULL)};
    kit_stable(c, 2);
    kit_join(&c[0]);
    ck_assert_int_eq(commit_as(kit_who(&c[1]), "t", 5), WR_KE_NONE);
    kit_join(&c[1]);
    ck_assert_int_eq(commit_as(kit_who(&c[1]), "t", 6), WR_KE_REBALANCE_IN_PROGRESS);
    ck_assert_int_eq(txn_commit_as(kit_who(&c[1]), 1, 0, 6), WR_KE_NONE);
    ck_assert_int_eq(stored("t"), 5);
}
END_TEST

START_TEST(commit_keeps_the_session_of_its_member)
{
    struct client c = kit_client(NULL);
    kit_stable(&c, 1);
    kit_pass(KIT_SESSION - 1);
    ck_assert_int_eq(commit_as(kit_who(&c), "t", 5), WR_KE_NONE);
    kit_pass(KIT_SESSION - 1);
    ck_assert_int_eq(txn_commit_as(kit_who(&c), 1, 0, 5), WR_KE_NONE); /* this one does not */
    kit_pass(1);
    ck_assert_int_eq(kit_heartbeat(&c), WR_KE_UNKNOWN_MEMBER_ID);
}
END_TEST

/* ---- positions ------------------------------------------------------------------------------- */

START_TEST(last_commit_is_fetched_with_all_that_it_said)
{
    ck_assert_int_eq(commit_as(nobody, "t", 5), WR_KE_NONE);
    ck_assert_int_eq(commit_as(nobody, "t", 3), WR_KE_NONE);
    struct wr_offset_commit o = wr_groups_fetch(kit.groups, "g", "t", 0, true);
    ck_assert_int_eq(o.offset, 3);
    ck_assert_int_eq(o.leader_epoch, 7);
    ck_assert_str_eq(o.metadata, "meta");
    ck_assert_int_eq(o.error, WR_KE_NONE);
}
END_TEST

START_TEST(position_that_is_not_there_is_minus_1)
{
    static const char *const where[][2] = {{"unknown", "t"}, {"g", "u"}, {"g", "t"}};
    ck_assert_int_eq(commit_as(nobody, "t", 5), WR_KE_NONE);
    struct wr_offset_commit o =
        wr_groups_fetch(kit.groups, where[_i][0], where[_i][1], 1, _i % 2 == 0);
    ck_assert_int_eq(o.offset, -1);
    ck_assert_int_eq(o.leader_epoch, -1);
    ck_assert_int_eq(o.error, WR_KE_NONE);
    ck_assert_str_eq(o.metadata, "");
    ck_assert_int_eq(o.partition, 1);
}
END_TEST

static const struct {
    const char *metadata;
    enum wr_kafka_error error;
} metadatas[] = {
    {NULL, WR_KE_NONE},
    {"1234567890123456", WR_KE_NONE},
    {"12345678901234567", WR_KE_OFFSET_METADATA_TOO_LARGE},
    {"\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9"
     "\u00e9",
     WR_KE_NONE}, /* 16 characters */
    {"\U0001f600\U0001f600\U0001f600\U0001f600\U0001f600\U0001f600\U0001f600\U0001f600",
     WR_KE_NONE},
    {"\U0001f600\U0001f600\U0001f600\U0001f600\U0001f600\U0001f600\U0001f600\U0001f600.",
     WR_KE_OFFSET_METADATA_TOO_LARGE}, /* two units of UTF-16 each */
};

START_TEST(metadata_has_a_limit_for_each_position_alone)
{
    struct wr_offset_commit o[] = {{"t", 0, 1, -1, metadatas[_i].metadata, WR_KE_NONE},
                                   {"t", 1, 1, -1, "x", WR_KE_NONE}};
    ck_assert_int_eq(wr_groups_commit(kit.groups, &nobody, o, 2, kit.now), WR_KE_NONE);
    ck_assert_int_eq(o[0].error, metadatas[_i].error);
    ck_assert_int_eq(o[1].error, WR_KE_NONE);
    ck_assert_int_eq(stored("t"), metadatas[_i].error == WR_KE_NONE ? 1 : -1);
    ck_assert_int_eq(wr_groups_fetch(kit.groups, "g", "t", 1, false).offset, 1);
    struct wr_txn_commit r = {nobody, 1, 0, kit.now};
    ck_assert_int_eq(wr_groups_txn_commit(kit.groups, &r, o, 2), WR_KE_NONE);
    ck_assert_int_eq(o[0].error, metadatas[_i].error);
    ck_assert_int_eq(o[1].error, WR_KE_NONE);
}
END_TEST

START_TEST(all_positions_come_in_order)
{
    struct wr_offset_commit o[] = {{"b", 2, 1, -1, NULL, WR_KE_NONE},
                                   {"b", 0, 2, -1, NULL, WR_KE_NONE},
                                   {"a", 5, 3, -1, NULL, WR_KE_NONE},
                                   {"b", 1, 4, -1, NULL, WR_KE_NONE}};
    const struct wr_offset_commit *all;
    ck_assert_uint_eq(wr_groups_fetch_all(kit.groups, "g", true, &kit.arena, &all), 0);
    ck_assert_int_eq(wr_groups_commit(kit.groups, &nobody, o, 4, kit.now), WR_KE_NONE);
    pend(1, 9); /* of topic "t", only pending: not there */
    ck_assert_uint_eq(wr_groups_fetch_all(kit.groups, "g", true, &kit.arena, &all), 4);
    const int64_t offsets[] = {3, 2, 4, 1};
    for (int i = 0; i < 4; i++) {
        ck_assert_int_eq(all[i].offset, offsets[i]);
    }
    ck_assert_str_eq(all[0].topic, "a");
    ck_assert_int_eq(all[3].partition, 2);
    ck_assert_int_eq(commit_as(nobody, "t", 5), WR_KE_NONE);
    ck_assert_uint_eq(wr_groups_fetch_all(kit.groups, "g", true, &kit.arena, &all), 5);
    ck_assert_int_eq(all[4].error, WR_KE_UNSTABLE_OFFSET_COMMIT);
    ck_assert_uint_eq(wr_groups_fetch_all(kit.groups, "g", false, &kit.arena, &all), 5);
    ck_assert_int_eq(all[4].offset, 5);
}
END_TEST

/* ---- transactions ---------------------------------------------------------------------------- */

START_TEST(pending_position_is_unstable_until_its_transaction_ends)
{
    ck_assert_int_eq(commit_as(nobody, "t", 5), WR_KE_NONE);
    pend(1, 8);
    pend(1, 9);
    ck_assert(is_unstable());
    ck_assert_int_eq(stored("t"), 5);
    end(2, true); /* another producer's */
    ck_assert(is_unstable());
    end(1, _i == 0);
    ck_assert(!is_unstable());
    ck_assert_int_eq(stored("t"), _i == 0 ? 9 : 5);
    end(1, true); /* again: nothing is left */
    ck_assert_int_eq(stored("t"), _i == 0 ? 9 : 5);
}
END_TEST

START_TEST(aborted_first_commit_leaves_nothing)
{
    pend(1, 8);
    ck_assert(is_unstable());
    end(1, false);
    ck_assert(!is_unstable());
    ck_assert_int_eq(stored("t"), -1);
}
END_TEST

START_TEST(position_of_two_transactions_is_unstable_until_both_end_and_the_later_commit_stays)
{
    pend(1, 8);
    pend(2, 9);
    end(2, true);
    ck_assert(is_unstable());
    ck_assert_int_eq(stored("t"), 9);
    end(1, true);
    ck_assert(!is_unstable());
    ck_assert_int_eq(stored("t"), 9);
}
END_TEST

START_TEST(group_knows_whose_transaction_it_is_in)
{
    ck_assert(!wr_groups_in_txn(kit.groups, "g", 1, 0));
    pend(1, 8);
    ck_assert(wr_groups_in_txn(kit.groups, "g", 1, 0));
    ck_assert(!wr_groups_in_txn(kit.groups, "g", 2, 0));
    ck_assert(!wr_groups_in_txn(kit.groups, "g", 1, 1));
    ck_assert(!wr_groups_in_txn(kit.groups, "h", 1, 0));
    end(1, false);
    ck_assert(!wr_groups_in_txn(kit.groups, "g", 1, 0));
}
END_TEST

START_TEST(plain_commit_after_a_pending_one_stays)
{
    pend(1, 8);
    ck_assert_int_eq(commit_as(nobody, "t", 5), WR_KE_NONE);
    end(1, true);
    ck_assert_int_eq(stored("t"), 5);
}
END_TEST

START_TEST(old_epoch_of_a_producer_is_refused_after_a_commit_or_a_marker)
{
    ck_assert_int_eq(txn_commit_as(nobody, 1, 3, 8), WR_KE_NONE);
    ck_assert_int_eq(txn_commit_as(nobody, 1, 2, 9), WR_KE_INVALID_PRODUCER_EPOCH);
    struct wr_marker m = {.producer_id = 1, .producer_epoch = 4, .commit = true};
    wr_groups_txn_end(kit.groups, "g", &m);
    ck_assert_int_eq(stored("t"), 8);
    ck_assert_int_eq(txn_commit_as(nobody, 1, 3, 9), WR_KE_INVALID_PRODUCER_EPOCH);
    ck_assert_int_eq(txn_commit_as(nobody, 1, 4, 9), WR_KE_NONE);
    ck_assert_int_eq(txn_commit_as(nobody, 2, 0, 9), WR_KE_NONE);
    m.producer_epoch = 3; /* a late marker ends nothing */
    wr_groups_txn_end(kit.groups, "g", &m);
    ck_assert(is_unstable());
}
END_TEST

START_TEST(marker_for_an_unknown_group_is_ignored)
{
    end(1, true);
    ck_assert(!exists("g"));
}
END_TEST

START_TEST(positions_survive_another_coordinator)
{
    ck_assert_int_eq(commit_as(nobody, "t", 5), WR_KE_NONE);
    pend(1, 8);
    wr_groups_move(kit.groups, kit.now);
    ck_assert_int_eq(stored("t"), 5);
    ck_assert(is_unstable());
    end(1, true);
    ck_assert_int_eq(stored("t"), 8);
}
END_TEST

/* ---- deleting -------------------------------------------------------------------------------- */

START_TEST(position_is_deleted_with_its_pending_one)
{
    ck_assert_int_eq(commit_as(nobody, "t", 5), WR_KE_NONE);
    pend(1, 8);
    pend(2, 9);
    ck_assert_int_eq(wr_groups_delete_offset(kit.groups, "g", "t", 0), WR_KE_NONE);
    ck_assert(!is_unstable());
    end(1, true);
    ck_assert_int_eq(stored("t"), -1);
    ck_assert_int_eq(wr_groups_delete_offset(kit.groups, "g", "t", 0), WR_KE_NONE);
    ck_assert_int_eq(wr_groups_delete_offset(kit.groups, "new", "t", 0), WR_KE_GROUP_ID_NOT_FOUND);
    ck_assert_int_eq(wr_groups_delete_offset(kit.groups, "", "t", 0), WR_KE_INVALID_GROUP_ID);
}
END_TEST

START_TEST(subscribed_topic_keeps_its_positions_while_the_group_lives)
{
    struct client c = kit_client(NULL);
    kit_stable(&c, 1);
    commit_as(kit_who(&c), "t", 5);
    commit_as(kit_who(&c), "other", 6);
    ck_assert_int_eq(wr_groups_delete_offset(kit.groups, "g", "t", 0),
                     WR_KE_GROUP_SUBSCRIBED_TO_TOPIC);
    ck_assert_int_eq(wr_groups_delete_offset(kit.groups, "g", "other", 0), WR_KE_NONE);
    ck_assert_int_eq(stored("t"), 5);
    ck_assert_int_eq(stored("other"), -1);
    kit_leave(&c);
    ck_assert_int_eq(wr_groups_delete_offset(kit.groups, "g", "t", 0), WR_KE_NONE);
    ck_assert_int_eq(stored("t"), -1);
}
END_TEST

/* Metadata that is no subscription: then all topics count as subscribed. */
static const struct {
    const char *bytes;
    size_t len;
} broken[] = {
    {"", 0},
    {"\0\1", 2},
    {"\0\1\0\0\0\1\0\5ab", 10},
    {"\0\1\377\377\377\177\0\0", 8},
    {"\0\1\0\0\0\2\0\1t", 9},
};

START_TEST(group_whose_subscription_cannot_be_read_keeps_all_positions)
{
    struct client c = kit_client(NULL);
    c.metadata = broken[_i].bytes;
    c.metadata_len = broken[_i].len;
    kit_stable(&c, 1);
    commit_as(kit_who(&c), "other", 6);
    ck_assert_int_eq(wr_groups_delete_offset(kit.groups, "g", "other", 0),
                     WR_KE_GROUP_SUBSCRIBED_TO_TOPIC);
}
END_TEST

START_TEST(living_group_of_another_type_keeps_all_positions)
{
    struct client c = kit_client(NULL);
    c.type = "connect";
    kit_stable(&c, 1);
    commit_as(kit_who(&c), "t", 5);
    ck_assert_int_eq(wr_groups_delete_offset(kit.groups, "g", "t", 0), WR_KE_NON_EMPTY_GROUP);
    kit_leave(&c);
    ck_assert_int_eq(wr_groups_delete_offset(kit.groups, "g", "t", 0), WR_KE_NONE);
}
END_TEST

START_TEST(deleted_topic_takes_its_positions_from_all_groups)
{
    struct wr_group_client other = nobody;
    other.group = "h";
    commit_as(nobody, "t", 5);
    commit_as(nobody, "u", 6);
    commit_as(other, "t", 7);
    pend(1, 8);
    wr_groups_drop_topic(kit.groups, "t");
    wr_groups_check(kit.groups);
    ck_assert_int_eq(stored("t"), -1);
    ck_assert_int_eq(stored("u"), 6);
    ck_assert_int_eq(wr_groups_fetch(kit.groups, "h", "t", 0, false).offset, -1);
    ck_assert(!is_unstable());
}
END_TEST

START_TEST(deleted_group_takes_its_positions_along)
{
    commit_as(nobody, "t", 5);
    pend(1, 8);
    ck_assert_int_eq(wr_groups_delete(kit.groups, "g"), WR_KE_NONE);
    end(1, true);
    ck_assert(!exists("g"));
    ck_assert_int_eq(stored("t"), -1);
}
END_TEST

/* ---- expiry ---------------------------------------------------------------------------------- */

START_TEST(positions_nobody_renews_expire_and_the_group_with_them)
{
    commit_as(nobody, "t", 5);
    kit_pass(KIT_RETENTION - KIT_CHECK);
    commit_as(nobody, "u", 6);
    kit_pass(KIT_CHECK);
    ck_assert_int_eq(stored("t"), -1);
    ck_assert_int_eq(stored("u"), 6);
    kit_pass(KIT_RETENTION);
    ck_assert(!exists("g"));
    ck_assert_int_eq(wr_groups_next(kit.groups), INT64_MAX);
}
END_TEST

START_TEST(pending_position_keeps_its_group)
{
    commit_as(nobody, "t", 5);
    pend(1, 8);
    kit_pass(2 * KIT_RETENTION);
    ck_assert_int_eq(stored("t"), 5);
    end(1, false);
    kit_pass(KIT_CHECK);
    ck_assert(!exists("g"));
}
END_TEST

START_TEST(living_group_keeps_what_it_subscribes_to_and_loses_the_rest)
{
    struct client c = kit_client(NULL);
    kit_stable(&c, 1);
    commit_as(kit_who(&c), "t", 5);
    commit_as(kit_who(&c), "idle", 6);
    commit_as(kit_who(&c), "renewed", 7);
    for (int i = 0; i < 2 * KIT_RETENTION / 5000; i++) {
        kit_pass(5000);
        ck_assert_int_eq(commit_as(kit_who(&c), "renewed", 7), WR_KE_NONE);
    }
    ck_assert_int_eq(stored("t"), 5);
    ck_assert_int_eq(stored("idle"), -1);
    ck_assert_int_eq(stored("renewed"), 7);
}
END_TEST

START_TEST(group_left_by_all_keeps_its_positions_from_then_on)
{
    struct client c = kit_client(NULL);
    kit_stable(&c, 1);
    commit_as(kit_who(&c), "t", 5);
    for (int i = 0; i < KIT_RETENTION / 5000; i++) {
        kit_pass(5000);
        kit_heartbeat(&c);
    }
    kit_leave(&c);
    kit_pass(KIT_RETENTION - KIT_CHECK);
    ck_assert_int_eq(stored("t"), 5);
    kit_pass(2 * KIT_CHECK);
    ck_assert(!exists("g"));
}
END_TEST

START_TEST(empty_group_without_positions_goes_at_the_next_check)
{
    struct client c = kit_client(NULL);
    kit_stable(&c, 1);
    kit_leave(&c);
    ck_assert(exists("g"));
    kit_pass(KIT_CHECK);
    ck_assert(!exists("g"));
}
END_TEST

static void add_commit_tests(TCase *t)
{
    tcase_add_loop_test(t, commits_of_a_living_group_are_checked, 0, WR_ARRAY_LEN(rights));
    tcase_add_test(t, member_that_left_commits_nothing_but_a_commit_without_generation_passes);
    tcase_add_test(t, replaced_static_member_is_fenced);
    tcase_add_test(t, group_is_made_by_a_commit_without_a_generation_only);
    tcase_add_test(
        t, commits_are_taken_while_members_join_and_kept_out_while_they_wait_for_assignments);
    tcase_add_test(t, commit_keeps_the_session_of_its_member);
    tcase_add_test(t, last_commit_is_fetched_with_all_that_it_said);
    tcase_add_loop_test(t, position_that_is_not_there_is_minus_1, 0, 3);
    tcase_add_loop_test(t, metadata_has_a_limit_for_each_position_alone, 0,
                        WR_ARRAY_LEN(metadatas));
    tcase_add_test(t, all_positions_come_in_order);
}

static void add_transaction_tests(TCase *t)
{
    tcase_add_loop_test(t, pending_position_is_unstable_until_its_transaction_ends, 0, 2);
    tcase_add_test(t, aborted_first_commit_leaves_nothing);
    tcase_add_test(
        t, position_of_two_transactions_is_unstable_until_both_end_and_the_later_commit_stays);
    tcase_add_test(t, group_knows_whose_transaction_it_is_in);
    tcase_add_test(t, plain_commit_after_a_pending_one_stays);
    tcase_add_test(t, old_epoch_of_a_producer_is_refused_after_a_commit_or_a_marker);
    tcase_add_test(t, marker_for_an_unknown_group_is_ignored);
    tcase_add_test(t, positions_survive_another_coordinator);
}

static void add_delete_tests(TCase *t)
{
    tcase_add_test(t, position_is_deleted_with_its_pending_one);
    tcase_add_test(t, subscribed_topic_keeps_its_positions_while_the_group_lives);
    tcase_add_loop_test(t, group_whose_subscription_cannot_be_read_keeps_all_positions, 0,
                        WR_ARRAY_LEN(broken));
    tcase_add_test(t, living_group_of_another_type_keeps_all_positions);
    tcase_add_test(t, deleted_topic_takes_its_positions_from_all_groups);
    tcase_add_test(t, deleted_group_takes_its_positions_along);
    tcase_add_test(t, positions_nobody_renews_expire_and_the_group_with_them);
    tcase_add_test(t, pending_position_keeps_its_group);
    tcase_add_test(t, living_group_keeps_what_it_subscribes_to_and_loses_the_rest);
    tcase_add_test(t, group_left_by_all_keeps_its_positions_from_then_on);
    tcase_add_test(t, empty_group_without_positions_goes_at_the_next_check);
}

Suite *group_offsets_suite(void)
{
    Suite *s = suite_create("group_offsets");
    TCase *t = tcase_create("group_offsets");
    tcase_add_checked_fixture(t, kit_setup, kit_teardown);
    add_commit_tests(t);
    add_transaction_tests(t);
    add_delete_tests(t);
    suite_add_tcase(s, t);
    return s;
}
