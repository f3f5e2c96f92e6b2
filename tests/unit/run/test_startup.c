/* test_startup.c -- what an instance finds out and makes before it joins. The topology is rr_words:
 * input "in" with 2 partitions, four tasks. */
#include "src/base/base.h"

#include <stdio.h>

#include "src/base/mem.h"
#include "src/run/startup.h"
#include "tests/unit/run/fake_kafka.h"
#include "tests/unit/run/run_rig.h"

static struct run_rig r;
static struct fake *f;
static struct wr_consumer *admin;
static struct wr_startup startup;

static void setup(void)
{
    rr_init(&r, rr_words, 2);
    f = fake_new();
    fake_topic(f, "in", 2);
    fake_topic(f, "out", 1);
    admin = rr_admin(&f->base);
    wr_startup_init(&startup, admin, &r.clock.clock, &r.settings, r.graph, NULL);
}

static void teardown(void)
{
    wr_startup_free(&startup);
    wr_consumer_close(admin);
    fake_free(f);
    rr_free(&r);
}

static void make_internal(void)
{
    fake_config(fake_topic(f, "app-by-value-repartition", 2), "cleanup.policy", "delete");
    fake_config(fake_topic(f, "app-counts-changelog", 2), "cleanup.policy", "compact");
    fake_topic(f, "app-tasks", 4);
}

/* Step until the end or for so long that nothing more can come. */
static enum wr_startup_state run(void)
{
    for (int i = 0; i < 100; i++) {
        enum wr_startup_state s = wr_startup_state(&startup);
        if (s == WR_STARTUP_DONE || s == WR_STARTUP_FAILED) {
            return s;
        }
        int sleep = wr_startup_step(&startup, 0);
        ck_assert_int_ge(sleep, 0);
        ck_assert_int_le(sleep, 1000);
        wr_clock_manual_advance(&r.clock, sleep);
    }
    return wr_startup_state(&startup);
}

static void run_ok(void)
{
    ck_assert_msg(run() == WR_STARTUP_DONE, "%s", startup.error.text);
}

static void fails(enum weir_code code, const char *text)
{
    ck_assert_int_eq(run(), WR_STARTUP_FAILED);
    ck_assert_int_eq(startup.error.code, code);
    ck_assert_has(startup.error.text, text);
}

START_TEST(internal_topics_that_are_missing_are_made)
{
    run_ok();
    const char *log = fake_log(f);
    ck_assert_has(log, "create app-by-value-repartition 2 cleanup.policy=delete");
    ck_assert_has(log, "create app-counts-changelog 2 cleanup.policy=compact");
    ck_assert_has(log, "create app-tasks 4");
    ck_assert_int_eq(startup.map.count, 4);
    ck_assert_uint_eq(startup.plan->task_count, 4);
    ck_assert_int_eq(startup.delete_retention_ms, 86400000);
}
END_TEST

START_TEST(internal_topics_that_are_there_are_left_alone)
{
    make_internal();
    run_ok();
    ck_assert_str_eq(fake_log(f), "");
}
END_TEST

START_TEST(settings_of_the_operator_go_into_new_topics_but_not_over_those_weir_needs)
{
    static const struct weir_topic_setting asked[] = {{"min.insync.replicas", "2"},
                                                      {"cleanup.policy", "nonsense"}};
    r.settings.topic_settings = asked;
    r.settings.topic_setting_count = 2;
    run_ok();
    const char *log = fake_log(f);
    ck_assert_has(log, "min.insync.replicas=2");
    ck_assert_ptr_null(strstr(log, "create app-counts-changelog 2 cleanup.policy=nonsense"));
}
END_TEST

static const char *const missing[][2] = {{"in", "input topic \"in\" does not exist; create it"},
                                         {"out", "output topic \"out\" does not exist; create it"},
                                         {"dead", "dead letter topic \"dead\" does not exist"}};

START_TEST(a_missing_topic_of_the_users_is_named_and_not_made)
{
    r.settings.dead_letter_topic = _i == 2 ? "dead" : NULL;
    fake_topic(f, missing[_i][0], 0)->partitions = 0;
    fails(WEIR_ENOTOPIC, missing[_i][1]);
    ck_assert_str_eq(fake_log(f), "");
}
END_TEST

static const struct {
    const char *topic;
    const char *text;
} denied[] = {
    {"in", "not authorized to describe input topic \"in\"; grant DESCRIBE and READ"},
    {"out", "not authorized to describe output topic \"out\"; grant DESCRIBE and WRITE"},
    {"app-counts-changelog", "not authorized for internal topic \"app-counts-changelog\"; grant "
                             "CREATE, DESCRIBE, READ and WRITE on topics that begin with \"app-\""},
};

START_TEST(missing_authorisation_says_what_to_grant)
{
    make_internal();
    fake_topic(f, denied[_i].topic, 0)->code = WEIR_EAUTH;
    fails(WEIR_EAUTH, denied[_i].text);
}
END_TEST

START_TEST(a_topic_that_may_not_be_made_is_named)
{
    fake_script(f, WR_CALL_TOPIC_CREATE, WR_CALL_FAILED, WEIR_EAUTH, "not authorized");
    fails(WEIR_EAUTH,
          "not authorized for internal topic \"app-by-value-repartition\"; grant CREATE");
}
END_TEST

START_TEST(another_partition_count_of_an_input_is_noticed_by_the_internal_topics)
{
    make_internal();
    fake_topic(f, "in", 3);
    fails(WEIR_EPARTITIONS,
          "internal topic \"app-by-value-repartition\" has 2 partitions and needs "
          "3: an input's partition count has changed");
}
END_TEST

START_TEST(a_changelog_that_would_delete_rows_is_refused)
{
    make_internal();
    fake_topic(f, "app-counts-changelog", 0)->config[0].value = "delete";
    fails(
        WEIR_ECONFIG,
        "internal topic \"app-counts-changelog\" has cleanup.policy=delete and must have compact");
}
END_TEST

START_TEST(other_settings_of_an_internal_topic_are_the_operators_business)
{
    make_internal();
    fake_config(fake_topic(f, "app-by-value-repartition", 0), "segment.bytes", "1");
    run_ok();
}
END_TEST

START_TEST(the_shortest_delete_retention_of_the_changelogs_counts)
{
    make_internal();
    fake_config(fake_topic(f, "app-counts-changelog", 0), "delete.retention.ms", "5000");
    fake_config(fake_topic(f, "app-by-value-repartition", 0), "delete.retention.ms", "1");
    run_ok();
    ck_assert_int_eq(startup.delete_retention_ms, 5000);
}
END_TEST

START_TEST(a_cluster_that_is_away_is_waited_for)
{
    static const enum wr_call_kind kinds[] = {WR_CALL_TOPICS_DESCRIBE, WR_CALL_TOPIC_CREATE,
                                              WR_CALL_TOPICS_CONFIG, WR_CALL_OFFSETS_FETCH};
    fake_script(f, kinds[_i], WR_CALL_FAILED, WEIR_ECLUSTER, "nobody there");
    run_ok();
}
END_TEST

START_TEST(leaders_that_are_not_known_yet_are_waited_for)
{
    struct fake_topic *t = fake_topic(f, "in", 2);
    t->code = WEIR_EAGAIN;
    ck_assert_int_eq(run(), WR_STARTUP_INPUTS);
    t->code = WEIR_OK;
    run_ok();
}
END_TEST

START_TEST(a_cluster_that_does_not_tell_its_id_is_waited_for)
{
    const char *id = f->cluster_id;
    f->cluster_id = "";
    ck_assert_int_eq(run(), WR_STARTUP_INPUTS);
    f->cluster_id = id;
    run_ok();
}
END_TEST

START_TEST(a_task_topic_with_too_few_partitions_grows)
{
    make_internal();
    fake_topic(f, "app-tasks", 3);
    run_ok();
    ck_assert_str_eq(fake_log(f), "grow app-tasks 4\n");
    ck_assert_int_eq(startup.map.count, 4);
}
END_TEST

START_TEST(a_task_topic_with_more_partitions_stays)
{
    make_internal();
    fake_topic(f, "app-tasks", 6);
    run_ok();
    ck_assert_str_eq(fake_log(f), "");
    ck_assert_int_eq(startup.map.count, 4);
}
END_TEST

static void claim_with(const char *identity)
{
    char text[128];
    snprintf(text, sizeof text, "weir1;task=0_0;id=%s;writer=w", identity);
    fake_commit_offset(fake_topic(f, "app-tasks", 0), 3, 0, text);
}

START_TEST(claims_in_the_task_topic_give_the_numbers)
{
    make_internal();
    claim_with(r.plan->subs[0].identity);
    run_ok();
    ck_assert_str_eq(startup.map.tasks[3]->id, "0_0");
    ck_assert_str_eq(startup.map.tasks[0]->id, "0_1");
}
END_TEST

START_TEST(another_identity_does_not_join)
{
    make_internal();
    claim_with("0123");
    fails(WEIR_EIDENTITY, "task 0_0 was run by a build with another identity");
}
END_TEST

START_TEST(an_upgrade_needs_a_full_stop)
{
    make_internal();
    claim_with("0123");
    r.settings.upgrade_from = "0123";
    f->members[0] = (struct wr_member){.client_id = "weir;p=1", .member_id = "m"};
    f->member_count = (size_t)_i;
    if (_i == 0) {
        run_ok();
    } else {
        fails(WEIR_EIDENTITY, "the application is running (1 members, one is weir;p=1)");
    }
}
END_TEST

/* Also after an upgrade: by then the application is running, with us. */
START_TEST(the_map_can_be_read_again)
{
    make_internal();
    r.settings.upgrade_from = _i == 0 ? NULL : "0123";
    run_ok();
    f->members[0] = (struct wr_member){.client_id = "weir;p=1", .member_id = "m"};
    f->member_count = 1;
    fake_commit_offset(fake_topic(f, "app-tasks", 0), 0, 0, "weir1;task=9_9;id=x;writer=w");
    wr_startup_map_again(&startup);
    run_ok();
    ck_assert_ptr_null(startup.map.tasks[0]);
    ck_assert_uint_eq(startup.map.held.count, 1);
    ck_assert_int_eq(startup.map.count, 5);
}
END_TEST

Suite *startup_suite(void)
{
    Suite *s = suite_create("startup");
    TCase *tc = tcase_create("startup");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, internal_topics_that_are_missing_are_made);
    tcase_add_test(tc, internal_topics_that_are_there_are_left_alone);
    tcase_add_test(tc, settings_of_the_operator_go_into_new_topics_but_not_over_those_weir_needs);
    tcase_add_loop_test(tc, a_missing_topic_of_the_users_is_named_and_not_made, 0,
                        WR_ARRAY_LEN(missing));
    tcase_add_loop_test(tc, missing_authorisation_says_what_to_grant, 0, WR_ARRAY_LEN(denied));
    tcase_add_test(tc, a_topic_that_may_not_be_made_is_named);
    tcase_add_test(tc, another_partition_count_of_an_input_is_noticed_by_the_internal_topics);
    tcase_add_test(tc, a_changelog_that_would_delete_rows_is_refused);
    tcase_add_test(tc, other_settings_of_an_internal_topic_are_the_operators_business);
    tcase_add_test(tc, the_shortest_delete_retention_of_the_changelogs_counts);
    tcase_add_loop_test(tc, a_cluster_that_is_away_is_waited_for, 0, 4);
    tcase_add_test(tc, leaders_that_are_not_known_yet_are_waited_for);
    tcase_add_test(tc, a_cluster_that_does_not_tell_its_id_is_waited_for);
    tcase_add_test(tc, a_task_topic_with_too_few_partitions_grows);
    tcase_add_test(tc, a_task_topic_with_more_partitions_stays);
    tcase_add_test(tc, claims_in_the_task_topic_give_the_numbers);
    tcase_add_test(tc, another_identity_does_not_join);
    tcase_add_loop_test(tc, an_upgrade_needs_a_full_stop, 0, 2);
    tcase_add_loop_test(tc, the_map_can_be_read_again, 0, 2);
    suite_add_tcase(s, tc);
    return s;
}
