/* test_req_groups.c -- FindCoordinator, membership, DescribeGroups, ListGroups and DeleteGroups. */
#include "src/base/base.h"

#include "tests/unit/wire/wire_kit.h"

/* ---- FindCoordinator ------------------------------------------------------------------------- */

START_TEST(coordinator_is_this_broker)
{
    struct wr_writer *w = wk_begin(&wk_one, WK_FIND_COORDINATOR, _i);
    wr_write_cstr(w, "g");
    if (_i >= 1) {
        wr_write_i8(w, 1);
    }
    struct wr_reader *r = wk_ask(&wk_one);
    if (_i >= 1) {
        wk_i32(r, 0);
    }
    wk_i16(r, WR_KE_NONE);
    if (_i >= 1) {
        wk_text(r, "NONE");
    }
    wk_i32(r, WK_NODE);
    wk_text(r, "127.0.0.1");
    wk_i32(r, WK_PORT);
    wk_end(r);
}
END_TEST

START_TEST(coordinators_are_found_for_many_at_once)
{
    struct wr_writer *w = wk_begin(&wk_one, WK_FIND_COORDINATOR, _i);
    wr_write_i8(w, 0);
    wr_write_count(w, 2);
    wr_write_cstr(w, "g");
    wr_write_cstr(w, "h");
    struct wr_reader *r = wk_ask(&wk_one);
    wk_i32(r, 0);
    wk_count(r, 2);
    for (int i = 0; i < 2; i++) {
        wk_text(r, i == 0 ? "g" : "h");
        wk_i32(r, WK_NODE);
        wk_text(r, "127.0.0.1");
        wk_i32(r, WK_PORT);
        wk_i16(r, WR_KE_NONE);
        wk_text(r, "");
        wr_read_tags(r);
    }
    wk_end(r);
}
END_TEST

START_TEST(coordinator_of_something_else_is_not_known)
{
    struct wr_writer *w = wk_begin(&wk_one, WK_FIND_COORDINATOR, 2);
    wr_write_cstr(w, "g");
    wr_write_i8(w, 2);
    struct wr_reader *r = wk_ask(&wk_one);
    wk_i32(r, 0);
    wk_i16(r, WR_KE_INVALID_REQUEST);
    wk_text(r, "INVALID_REQUEST");
    wk_i32(r, -1);
    wk_text(r, "");
    wk_i32(r, -1);
    wk_end(r);
}
END_TEST

/* ---- membership ------------------------------------------------------------------------------ */

struct join {
    int16_t version;
    const char *member;
    const char *instance;
};

static void send_join(struct wk_client *c, const struct join *j)
{
    struct wr_writer *w = wk_begin(c, WK_JOIN_GROUP, j->version);
    wr_write_cstr(w, "g");
    wr_write_i32(w, 10000);
    if (j->version >= 1) {
        wr_write_i32(w, 60000);
    }
    wr_write_cstr(w, j->member);
    if (j->version >= 5) {
        wr_write_cstr(w, j->instance);
    }
    wr_write_cstr(w, "consumer");
    wr_write_count(w, 1);
    wr_write_cstr(w, "range");
    wr_write_bytes(w, weir_str("topics"));
    wr_write_tags(w);
    if (j->version >= 8) {
        wr_write_cstr(w, "because");
    }
    wk_send(c);
}

struct joined {
    enum wr_kafka_error error;
    int32_t generation;
    char leader[128];
    char member[128];
    int32_t members;
};

static void copy_text(struct wr_reader *r, char out[128])
{
    struct weir_bytes v = wr_read_string(r);
    ck_assert(!weir_is_null(v));
    ck_assert_uint_lt(v.len, 128);
    memcpy(out, v.data, v.len);
    out[v.len] = '\0';
}

static struct joined joined(struct wk_client *c, int16_t version)
{
    struct joined j;
    struct wr_reader *r = wk_answer(c);
    if (version >= 2) {
        wk_i32(r, 0);
    }
    j.error = (enum wr_kafka_error)wr_read_i16(r);
    bool ok = j.error == WR_KE_NONE;
    j.generation = wr_read_i32(r);
    if (version >= 7) {
        wk_text(r, ok ? "consumer" : NULL);
    }
    wk_text(r, ok ? "range" : version >= 7 ? NULL : "");
    copy_text(r, j.leader);
    if (version >= 9) {
        wk_i8(r, false);
    }
    copy_text(r, j.member);
    j.members = wr_read_count(r, 1);
    for (int32_t i = 0; i < j.members; i++) {
        ck_assert_uint_gt(wr_read_string(r).len, 0);
        if (version >= 5) {
            wr_read_string(r);
        }
        ck_assert(weir_equal(wr_read_bytes(r), weir_str("topics")));
        wr_read_tags(r);
    }
    wk_end(r);
    return j;
}

/* Join with a member id that was given before, where that is needed. */
static struct joined join(struct wk_client *c, int16_t version)
{
    struct join j = {version, "", NULL};
    send_join(c, &j);
    wk_advance(0);
    struct joined got = joined(c, version);
    if (got.error == WR_KE_MEMBER_ID_REQUIRED) {
        ck_assert_int_ge(version, 4);
        j.member = got.member;
        send_join(c, &j);
        wk_advance(0);
        return joined(c, version);
    }
    return got;
}

static void send_sync(struct wk_client *c, int16_t version, const struct joined *j)
{
    bool leads = strcmp(j->leader, j->member) == 0;
    struct wr_writer *w = wk_begin(c, WK_SYNC_GROUP, version);
    wr_write_cstr(w, "g");
    wr_write_i32(w, j->generation);
    wr_write_cstr(w, j->member);
    if (version >= 3) {
        wr_write_cstr(w, NULL);
    }
    if (version >= 5) {
        wr_write_cstr(w, "consumer");
        wr_write_cstr(w, "range");
    }
    wr_write_count(w, leads ? 1 : 0);
    if (leads) {
        wr_write_cstr(w, j->member);
        wr_write_bytes(w, weir_str("all"));
        wr_write_tags(w);
    }
    wk_send(c);
}

static enum wr_kafka_error synced(struct wk_client *c, int16_t version, const char *assignment)
{
    struct wr_reader *r = wk_answer(c);
    if (version >= 1) {
        wk_i32(r, 0);
    }
    enum wr_kafka_error error = (enum wr_kafka_error)wr_read_i16(r);
    if (version >= 5) {
        wk_text(r, error == WR_KE_NONE ? "consumer" : NULL);
        wk_text(r, error == WR_KE_NONE ? "range" : NULL);
    }
    ck_assert(weir_equal(wr_read_bytes(r), weir_str(assignment)));
    wk_end(r);
    return error;
}

static enum wr_kafka_error beat(struct wk_client *c, int16_t version, const struct joined *j)
{
    struct wr_writer *w = wk_begin(c, WK_HEARTBEAT, version);
    wr_write_cstr(w, "g");
    wr_write_i32(w, j->generation);
    wr_write_cstr(w, j->member);
    if (version >= 3) {
        wr_write_cstr(w, NULL);
    }
    struct wr_reader *r = wk_ask(c);
    if (version >= 1) {
        wk_i32(r, 0);
    }
    enum wr_kafka_error error = (enum wr_kafka_error)wr_read_i16(r);
    wk_end(r);
    return error;
}

static enum wr_kafka_error leave(struct wk_client *c, int16_t version, const char *member)
{
    struct wr_writer *w = wk_begin(c, WK_LEAVE_GROUP, version);
    wr_write_cstr(w, "g");
    if (version >= 3) {
        wr_write_count(w, 1);
    }
    wr_write_cstr(w, member);
    if (version >= 3) {
        wr_write_cstr(w, NULL);
    }
    if (version >= 5) {
        wr_write_cstr(w, "done");
    }
    if (version >= 3) {
        wr_write_tags(w);
    }
    struct wr_reader *r = wk_ask(c);
    if (version >= 1) {
        wk_i32(r, 0);
    }
    enum wr_kafka_error error = (enum wr_kafka_error)wr_read_i16(r);
    if (version >= 3) {
        ck_assert_int_eq(error, WR_KE_NONE);
        wk_count(r, 1);
        wk_text(r, member);
        wk_text(r, NULL);
        error = (enum wr_kafka_error)wr_read_i16(r);
        wr_read_tags(r);
    }
    wk_end(r);
    return error;
}

/* Versions of the requests of a member that came together. */
static const struct {
    int16_t join;
    int16_t sync;
    int16_t beat;
    int16_t leave;
} versions[] = {
    {0, 0, 0, 0}, {1, 1, 1, 1}, {2, 1, 1, 1}, {3, 2, 2, 2}, {4, 2, 2, 2},
    {5, 3, 3, 3}, {6, 4, 4, 4}, {7, 5, 4, 4}, {8, 5, 4, 5}, {9, 5, 4, 5},
};

START_TEST(member_joins_stays_and_leaves)
{
    struct joined j = join(&wk_one, versions[_i].join);
    ck_assert_int_eq(j.error, WR_KE_NONE);
    ck_assert_int_eq(j.generation, 1);
    ck_assert_str_eq(j.leader, j.member);
    ck_assert_int_eq(j.members, 1);
    send_sync(&wk_one, versions[_i].sync, &j);
    ck_assert_int_eq(synced(&wk_one, versions[_i].sync, "all"), WR_KE_NONE);
    ck_assert_int_eq(beat(&wk_one, versions[_i].beat, &j), WR_KE_NONE);
    ck_assert_int_eq(leave(&wk_one, versions[_i].leave, j.member), WR_KE_NONE);
    ck_assert_int_eq(beat(&wk_one, versions[_i].beat, &j), WR_KE_UNKNOWN_MEMBER_ID);
    ck_assert_int_eq(leave(&wk_one, versions[_i].leave, j.member), WR_KE_UNKNOWN_MEMBER_ID);
}
END_TEST

START_TEST(join_waits_until_the_others_have_joined_again)
{
    struct joined first = join(&wk_one, 3);
    send_sync(&wk_one, 3, &first);
    ck_assert_int_eq(synced(&wk_one, 3, "all"), WR_KE_NONE);

    struct join second = {3, "", NULL};
    send_join(&wk_two, &second);
    ck_assert(wk_silent(&wk_two));
    ck_assert_int_eq(beat(&wk_one, 3, &first), WR_KE_REBALANCE_IN_PROGRESS);
    struct join again = {3, first.member, NULL};
    send_join(&wk_one, &again);
    wk_advance(0);
    struct joined one = joined(&wk_one, 3);
    struct joined two = joined(&wk_two, 3);
    ck_assert_int_eq(one.generation, 2);
    ck_assert_int_eq(two.generation, 2);
    ck_assert_int_eq(one.members, 2);
    ck_assert_int_eq(two.members, 0);

    send_sync(&wk_two, 3, &two); /* waits for the leader's */
    ck_assert(wk_silent(&wk_two));
    send_sync(&wk_one, 3, &one);
    ck_assert_int_eq(synced(&wk_one, 3, "all"), WR_KE_NONE);
    ck_assert(wr_wire_conn_step(&wk_two.conn));
    ck_assert_int_eq(synced(&wk_two, 3, ""), WR_KE_NONE);
}
END_TEST

START_TEST(waiting_member_whose_connection_ends_is_forgotten)
{
    struct joined first = join(&wk_one, 3);
    send_sync(&wk_one, 3, &first);
    synced(&wk_one, 3, "all");
    struct join second = {3, "", NULL};
    send_join(&wk_two, &second);
    ck_assert(wk_silent(&wk_two));
    wr_wire_conn_free(&wk_two.conn);
    wr_wire_conn_init(&wk_two.conn, &wk_wire, "/127.0.0.1");
    struct join again = {3, first.member, NULL};
    send_join(&wk_one, &again);
    wk_advance(0);
    ck_assert_int_eq(joined(&wk_one, 3).generation, 2);
    ck_assert(wk_silent(&wk_two));
}
END_TEST

START_TEST(group_without_a_name_is_refused)
{
    struct wr_writer *w = wk_begin(&wk_one, WK_LEAVE_GROUP, 3);
    wr_write_cstr(w, "");
    wr_write_count(w, 1);
    wr_write_cstr(w, "m");
    wr_write_cstr(w, NULL);
    struct wr_reader *r = wk_ask(&wk_one);
    wk_i32(r, 0);
    wk_i16(r, WR_KE_INVALID_GROUP_ID);
    wk_count(r, 0);
    wk_end(r);
}
END_TEST

/* ---- what an administrator sees -------------------------------------------------------------- */

static void make_group(void)
{
    struct joined j = join(&wk_two, 5);
    send_sync(&wk_two, 3, &j);
    ck_assert_int_eq(synced(&wk_two, 3, "all"), WR_KE_NONE);
}

START_TEST(group_is_described)
{
    make_group();
    struct wr_writer *w = wk_begin(&wk_one, WK_DESCRIBE_GROUPS, _i);
    wr_write_count(w, 1);
    wr_write_cstr(w, "g");
    if (_i >= 3) {
        wr_write_bool(w, true);
    }
    struct wr_reader *r = wk_ask(&wk_one);
    if (_i >= 1) {
        wk_i32(r, 0);
    }
    wk_count(r, 1);
    wk_i16(r, WR_KE_NONE);
    if (_i >= 6) {
        wk_text(r, NULL);
    }
    wk_text(r, "g");
    wk_text(r, "Stable");
    wk_text(r, "consumer");
    wk_text(r, "range");
    wk_count(r, 1);
    ck_assert_uint_gt(wr_read_string(r).len, 0);
    if (_i >= 4) {
        wk_text(r, NULL);
    }
    wk_text(r, "tester");
    wk_text(r, "/127.0.0.1");
    ck_assert(weir_equal(wr_read_bytes(r), weir_str("topics")));
    ck_assert(weir_equal(wr_read_bytes(r), weir_str("all")));
    wr_read_tags(r);
    if (_i >= 3) {
        wk_i32(r, WR_MAY_GROUP);
    }
    wr_read_tags(r);
    wk_end(r);
}
END_TEST

START_TEST(missing_group_is_dead)
{
    struct wr_writer *w = wk_begin(&wk_one, WK_DESCRIBE_GROUPS, _i);
    wr_write_count(w, 1);
    wr_write_cstr(w, "x");
    wr_write_bool(w, true);
    struct wr_reader *r = wk_ask(&wk_one);
    wk_i32(r, 0);
    wk_count(r, 1);
    wk_i16(r, _i >= 6 ? WR_KE_GROUP_ID_NOT_FOUND : WR_KE_NONE);
    if (_i >= 6) {
        ck_assert(!weir_is_null(wr_read_string(r)));
    }
    wk_text(r, "x");
    wk_text(r, "Dead");
    wk_text(r, "");
    wk_text(r, "");
    wk_count(r, 0);
    wk_i32(r, WR_MAY_UNASKED);
    wr_read_tags(r);
    wk_end(r);
}
END_TEST

static const struct {
    int16_t version;
    const char *state; /* NULL: no filter */
    const char *type;
    bool found;
} lists[] = {
    {0, NULL, NULL, true},      {3, NULL, NULL, true},        {4, "Stable", NULL, true},
    {4, "stable", NULL, true},  {4, "Empty", NULL, false},    {5, NULL, NULL, true},
    {5, NULL, "classic", true}, {5, NULL, "consumer", false}, {5, "Stable", "Classic", true},
};

static void put_filter(struct wr_writer *w, const char *text)
{
    wr_write_count(w, text != NULL ? 1 : 0);
    if (text != NULL) {
        wr_write_cstr(w, text);
    }
}

START_TEST(groups_are_listed_by_state_and_type)
{
    int16_t version = lists[_i].version;
    make_group();
    struct wr_writer *w = wk_begin(&wk_one, WK_LIST_GROUPS, version);
    if (version >= 4) {
        put_filter(w, lists[_i].state);
    }
    if (version >= 5) {
        put_filter(w, lists[_i].type);
    }
    struct wr_reader *r = wk_ask(&wk_one);
    if (version >= 1) {
        wk_i32(r, 0);
    }
    wk_i16(r, WR_KE_NONE);
    wk_count(r, lists[_i].found);
    if (lists[_i].found) {
        wk_text(r, "g");
        wk_text(r, "consumer");
        if (version >= 4) {
            wk_text(r, "Stable");
        }
        if (version >= 5) {
            wk_text(r, "classic");
        }
        wr_read_tags(r);
    }
    wk_end(r);
}
END_TEST

START_TEST(only_empty_groups_are_deleted)
{
    make_group();
    struct wr_writer *w = wk_begin(&wk_one, WK_DELETE_GROUPS, _i);
    wr_write_count(w, 2);
    wr_write_cstr(w, "g");
    wr_write_cstr(w, "x");
    struct wr_reader *r = wk_ask(&wk_one);
    wk_i32(r, 0);
    wk_count(r, 2);
    wk_text(r, "g");
    wk_i16(r, WR_KE_NON_EMPTY_GROUP);
    wr_read_tags(r);
    wk_text(r, "x");
    wk_i16(r, WR_KE_GROUP_ID_NOT_FOUND);
    wr_read_tags(r);
    wk_end(r);
}
END_TEST

Suite *req_groups_suite(void)
{
    Suite *s = suite_create("req_groups");
    TCase *t = wk_case(s, "find_coordinator");
    tcase_add_loop_test(t, coordinator_is_this_broker, 0, 4);
    tcase_add_loop_test(t, coordinators_are_found_for_many_at_once, 4, 6);
    tcase_add_test(t, coordinator_of_something_else_is_not_known);
    t = wk_case(s, "members");
    tcase_add_loop_test(t, member_joins_stays_and_leaves, 0, WR_ARRAY_LEN(versions));
    tcase_add_test(t, join_waits_until_the_others_have_joined_again);
    tcase_add_test(t, waiting_member_whose_connection_ends_is_forgotten);
    tcase_add_test(t, group_without_a_name_is_refused);
    t = wk_case(s, "administration");
    tcase_add_loop_test(t, group_is_described, 0, 7);
    tcase_add_loop_test(t, missing_group_is_dead, 5, 7);
    tcase_add_loop_test(t, groups_are_listed_by_state_and_type, 0, WR_ARRAY_LEN(lists));
    tcase_add_loop_test(t, only_empty_groups_are_deleted, 0, 3);
    return s;
}
