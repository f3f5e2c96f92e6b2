/* test_topics.c -- topics: creating, growing, configuring, deleting. */
#include "src/base/base.h"

#include <check.h>
#include <string.h>

#include "broker/topics.h"
#include "src/base/buf.h"

Suite *topics_suite(void);

enum { MAX_TOPICS = 4, MAX_PARTITIONS = 20 };

static struct wr_rng rng;
static struct wr_topics *topics;
static struct wr_arena arena;
static const char *why;

static void setup(void)
{
    wr_rng_seed(&rng, 1);
    wr_arena_init(&arena, 4096);
    topics = wr_topics_new(&(struct wr_topics_options){
        .rng = &rng,
        .default_partitions = 3,
        .max_topics = MAX_TOPICS,
        .max_partitions = MAX_PARTITIONS,
    });
}

static void teardown(void)
{
    wr_topics_check(topics);
    wr_topics_free(topics);
    wr_arena_free(&arena);
}

static enum wr_kafka_error create(const char *name, int32_t partitions)
{
    return wr_topics_create(
        topics, &(struct wr_topic_spec){.name = name, .partitions = partitions, .replication = -1},
        &why);
}

static struct wr_topic_entry *created(const char *name, int32_t partitions)
{
    ck_assert_int_eq(create(name, partitions), WR_KE_NONE);
    return wr_topics_find(topics, name);
}

static const char *shown(const struct wr_topic_entry *e, const char *name)
{
    const struct wr_topic_config_entry *list;
    size_t count = wr_topic_config_list(e, &arena, &list);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(list[i].name, name) == 0) {
            return list[i].value;
        }
    }
    ck_abort_msg("%s is not shown", name);
}

/* ---- creating -------------------------------------------------------------------------------- */

START_TEST(topics_are_in_order_of_their_names)
{
    created("pear", 1);
    created("apple", 2);
    created("plum", 1);
    ck_assert_uint_eq(wr_topics_count(topics), 3);
    ck_assert_str_eq(wr_topics_at(topics, 0)->name, "apple");
    ck_assert_str_eq(wr_topics_at(topics, 1)->name, "pear");
    ck_assert_str_eq(wr_topics_at(topics, 2)->name, "plum");
    ck_assert_ptr_null(wr_topics_find(topics, "quince"));
}
END_TEST

START_TEST(minus_one_takes_the_default)
{
    const struct wr_topic_entry *e = created("a", -1);
    ck_assert_int_eq(e->partition_count, 3);
    ck_assert_int_eq(e->replication, 1);
    ck_assert_ptr_null(why);
}
END_TEST

START_TEST(partitions_have_logs_and_no_others)
{
    created("a", 2);
    ck_assert_ptr_nonnull(wr_topics_partition(topics, "a", 1));
    ck_assert_ptr_null(wr_topics_partition(topics, "a", 2));
    ck_assert_ptr_null(wr_topics_partition(topics, "a", -1));
    ck_assert_ptr_null(wr_topics_partition(topics, "b", 0));
}
END_TEST

START_TEST(every_topic_has_an_id_of_its_own)
{
    struct wr_topic_entry *a = created("a", 1);
    unsigned char old[16];
    memcpy(old, a->id, sizeof old);
    ck_assert_ptr_eq(wr_topics_find_id(topics, old), a);
    ck_assert_int_eq(wr_topics_delete(topics, "a"), WR_KE_NONE);
    ck_assert_ptr_null(wr_topics_find_id(topics, old));
    ck_assert_mem_ne(created("a", 1)->id, old, sizeof old);
}
END_TEST

START_TEST(kafkas_own_topics_are_internal)
{
    ck_assert(created("__consumer_offsets", 1)->internal);
    ck_assert(created("__transaction_state", 1)->internal);
    ck_assert(!created("__mine", 1)->internal);
}
END_TEST

static const struct {
    const char *name;
    int32_t partitions;
    int32_t replication;
    const char *setting;
    const char *value;
    enum wr_kafka_error error;
} refused[] = {
    {"there", 1, 1, NULL, NULL, WR_KE_TOPIC_ALREADY_EXISTS},
    {"", 1, 1, NULL, NULL, WR_KE_INVALID_TOPIC_EXCEPTION},
    {"..", 1, 1, NULL, NULL, WR_KE_INVALID_TOPIC_EXCEPTION},
    {"a b", 1, 1, NULL, NULL, WR_KE_INVALID_TOPIC_EXCEPTION},
    {"__cluster_metadata", 1, 1, NULL, NULL, WR_KE_INVALID_REQUEST},
    {"dotted_name", 1, 1, NULL, NULL, WR_KE_INVALID_TOPIC_EXCEPTION},
    {"new", 0, 1, NULL, NULL, WR_KE_INVALID_PARTITIONS},
    {"new", -2, 1, NULL, NULL, WR_KE_INVALID_PARTITIONS},
    {"new", 1, 0, NULL, NULL, WR_KE_INVALID_REPLICATION_FACTOR},
    {"new", 1, 2, NULL, NULL, WR_KE_INVALID_REPLICATION_FACTOR},
    {"new", 1, -2, NULL, NULL, WR_KE_INVALID_REPLICATION_FACTOR},
    {"new", 1, 1, "no.such.config", "1", WR_KE_INVALID_CONFIG},
    {"new", 1, 1, "retention.ms", "x", WR_KE_INVALID_CONFIG},
    {"new", 1, 1, "retention.ms", NULL, WR_KE_INVALID_CONFIG},
    {"new", MAX_PARTITIONS, 1, NULL, NULL, WR_KE_POLICY_VIOLATION},
    {"new", INT32_MAX, 1, NULL, NULL, WR_KE_POLICY_VIOLATION},
    /* What is looked at first, as Kafka does. */
    {"there", 0, 2, "retention.ms", "x", WR_KE_TOPIC_ALREADY_EXISTS},
    {"a b", 0, 2, "retention.ms", "x", WR_KE_INVALID_TOPIC_EXCEPTION},
    {"new", 0, 2, "retention.ms", "x", WR_KE_INVALID_CONFIG},
    {"new", 0, 2, NULL, NULL, WR_KE_INVALID_REPLICATION_FACTOR},
};

START_TEST(a_topic_that_cannot_be_is_refused)
{
    created("there", 1);
    created("dotted.name", 1);
    struct wr_topic_setting setting = {refused[_i].setting, refused[_i].value};
    struct wr_topic_spec spec = {
        .name = refused[_i].name,
        .partitions = refused[_i].partitions,
        .replication = refused[_i].replication,
        .settings = &setting,
        .setting_count = setting.name != NULL,
    };
    ck_assert_int_eq(wr_topics_create(topics, &spec, &why), refused[_i].error);
    ck_assert_uint_gt(strlen(why), 0);
    ck_assert_uint_eq(wr_topics_count(topics), 2);
}
END_TEST

START_TEST(there_is_room_for_so_many_topics)
{
    created("a", 1);
    created("b", 1);
    created("c", 1);
    created("d", 1);
    ck_assert_int_eq(create("e", 1), WR_KE_POLICY_VIOLATION);
    ck_assert_int_eq(wr_topics_delete(topics, "a"), WR_KE_NONE);
    created("e", 1);
}
END_TEST

START_TEST(a_topic_may_only_be_tried)
{
    struct wr_topic_spec spec = {
        .name = "a", .partitions = 1, .replication = 1, .validate_only = true};
    ck_assert_int_eq(wr_topics_create(topics, &spec, &why), WR_KE_NONE);
    ck_assert_uint_eq(wr_topics_count(topics), 0);
    created("a", 1);
    ck_assert_int_eq(wr_topics_create(topics, &spec, &why), WR_KE_TOPIC_ALREADY_EXISTS);
}
END_TEST

START_TEST(deleting_needs_a_topic)
{
    ck_assert_int_eq(wr_topics_delete(topics, "a"), WR_KE_UNKNOWN_TOPIC_OR_PARTITION);
    created("a", 1);
    created("b", 2);
    ck_assert_int_eq(wr_topics_delete(topics, "a"), WR_KE_NONE);
    ck_assert_int_eq(wr_topics_delete(topics, "a"), WR_KE_UNKNOWN_TOPIC_OR_PARTITION);
    ck_assert_uint_eq(wr_topics_count(topics), 1);
    ck_assert_str_eq(wr_topics_at(topics, 0)->name, "b");
}
END_TEST

/* ---- growing --------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    int32_t count;
    enum wr_kafka_error error;
} growth[] = {
    {"a", 3, WR_KE_NONE},
    {"a", 2, WR_KE_INVALID_PARTITIONS},
    {"a", 1, WR_KE_INVALID_PARTITIONS},
    {"a", 0, WR_KE_INVALID_PARTITIONS},
    {"a", -1, WR_KE_INVALID_PARTITIONS},
    {"a", MAX_PARTITIONS + 1, WR_KE_POLICY_VIOLATION},
    {"b", 3, WR_KE_UNKNOWN_TOPIC_OR_PARTITION},
};

START_TEST(a_topic_grows_and_never_shrinks)
{
    struct wr_topic_entry *e = created("a", 2);
    struct wr_partition_log *first = e->partitions[0];
    bool good = growth[_i].error == WR_KE_NONE;
    ck_assert_int_eq(wr_topics_grow(topics, growth[_i].name, growth[_i].count, true, &why),
                     growth[_i].error);
    ck_assert_int_eq(e->partition_count, 2);
    ck_assert_int_eq(wr_topics_grow(topics, growth[_i].name, growth[_i].count, false, &why),
                     growth[_i].error);
    ck_assert_int_eq(e->partition_count, good ? growth[_i].count : 2);
    ck_assert(good == (why == NULL));
    ck_assert_ptr_eq(e->partitions[0], first);
}
END_TEST

/* ---- configuration --------------------------------------------------------------------------- */

START_TEST(a_topic_is_created_with_settings)
{
    static const struct wr_topic_setting settings[] = {
        {"cleanup.policy", "compact"},
        {"retention.ms", "1"},
        {"retention.ms", "2"},
    };
    struct wr_topic_spec spec = {
        .name = "a", .partitions = 1, .replication = 1, .settings = settings, .setting_count = 3};
    ck_assert_int_eq(wr_topics_create(topics, &spec, &why), WR_KE_NONE);
    const struct wr_topic_entry *e = wr_topics_find(topics, "a");
    ck_assert_str_eq(shown(e, "cleanup.policy"), "compact");
    ck_assert_str_eq(shown(e, "retention.ms"), "2");
    ck_assert(e->log_config.compact);
}
END_TEST

START_TEST(a_change_leaves_other_settings_alone)
{
    struct wr_topic_entry *e = created("a", 1);
    struct wr_config_change one = {"retention.ms", "5", WR_CONFIG_SET};
    struct wr_config_change two = {"cleanup.policy", "compact", WR_CONFIG_APPEND};
    ck_assert_int_eq(wr_topic_config_change(topics, e, &one, 1, false, &why), WR_KE_NONE);
    ck_assert_int_eq(wr_topic_config_change(topics, e, &two, 1, false, &why), WR_KE_NONE);
    ck_assert_str_eq(shown(e, "retention.ms"), "5");
    ck_assert_str_eq(shown(e, "cleanup.policy"), "delete,compact");
    ck_assert_int_eq(e->log_config.retention_ms, 5);
    ck_assert(e->log_config.compact && e->log_config.remove);
}
END_TEST

START_TEST(a_replacement_takes_other_settings_back)
{
    struct wr_topic_entry *e = created("a", 1);
    struct wr_topic_setting one = {"retention.ms", "5"};
    struct wr_topic_setting two = {"segment.ms", "6"};
    ck_assert_int_eq(wr_topic_config_replace(topics, e, &one, 1, false, &why), WR_KE_NONE);
    ck_assert_int_eq(wr_topic_config_replace(topics, e, &two, 1, false, &why), WR_KE_NONE);
    ck_assert_str_eq(shown(e, "retention.ms"), "604800000");
    ck_assert_int_eq(e->log_config.retention_ms, 604800000);
    ck_assert_int_eq(e->log_config.segment_ms, 6);
}
END_TEST

static const struct {
    struct wr_config_change changes[2];
    enum wr_kafka_error error;
} alterations[] = {
    {{{"retention.ms", "6", WR_CONFIG_SET}, {"segment.ms", "6", WR_CONFIG_SET}}, WR_KE_NONE},
    {{{"retention.ms", "6", WR_CONFIG_SET}, {"segment.ms", "0", WR_CONFIG_SET}},
     WR_KE_INVALID_CONFIG},
    {{{"retention.ms", "6", WR_CONFIG_SET}, {"segment.ms", NULL, WR_CONFIG_SET}},
     WR_KE_INVALID_REQUEST},
    {{{"retention.ms", "6", WR_CONFIG_SET}, {"retention.ms", "6", WR_CONFIG_SET}},
     WR_KE_INVALID_REQUEST},
};

START_TEST(an_alteration_is_whole_or_not_at_all_and_may_only_be_tried)
{
    struct wr_topic_entry *e = created("a", 1);
    struct wr_topic_setting settings[2] = {
        {alterations[_i].changes[0].name, alterations[_i].changes[0].value},
        {alterations[_i].changes[1].name, alterations[_i].changes[1].value},
    };
    struct wr_config_change before = {"retention.ms", "5", WR_CONFIG_SET};
    ck_assert_int_eq(wr_topic_config_change(topics, e, &before, 1, false, &why), WR_KE_NONE);
    ck_assert_int_eq(wr_topic_config_change(topics, e, alterations[_i].changes, 2, true, &why),
                     alterations[_i].error);
    ck_assert_int_eq(wr_topic_config_replace(topics, e, settings, 2, true, &why),
                     alterations[_i].error);
    ck_assert_int_eq(e->log_config.retention_ms, 5);

    bool good = alterations[_i].error == WR_KE_NONE;
    ck_assert_int_eq(wr_topic_config_change(topics, e, alterations[_i].changes, 2, false, &why),
                     alterations[_i].error);
    ck_assert_int_eq(wr_topic_config_replace(topics, e, settings, 2, false, &why),
                     alterations[_i].error);
    ck_assert_int_eq(e->log_config.retention_ms, good ? 6 : 5);
    ck_assert(good == (why == NULL));
}
END_TEST

Suite *topics_suite(void)
{
    Suite *s = suite_create("topics");
    TCase *t = tcase_create("topics");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, topics_are_in_order_of_their_names);
    tcase_add_test(t, minus_one_takes_the_default);
    tcase_add_test(t, partitions_have_logs_and_no_others);
    tcase_add_test(t, every_topic_has_an_id_of_its_own);
    tcase_add_test(t, kafkas_own_topics_are_internal);
    tcase_add_loop_test(t, a_topic_that_cannot_be_is_refused, 0, WR_ARRAY_LEN(refused));
    tcase_add_test(t, there_is_room_for_so_many_topics);
    tcase_add_test(t, a_topic_may_only_be_tried);
    tcase_add_test(t, deleting_needs_a_topic);
    tcase_add_loop_test(t, a_topic_grows_and_never_shrinks, 0, WR_ARRAY_LEN(growth));
    tcase_add_test(t, a_topic_is_created_with_settings);
    tcase_add_test(t, a_change_leaves_other_settings_alone);
    tcase_add_test(t, a_replacement_takes_other_settings_back);
    tcase_add_loop_test(t, an_alteration_is_whole_or_not_at_all_and_may_only_be_tried, 0,
                        WR_ARRAY_LEN(alterations));
    suite_add_tcase(s, t);
    return s;
}
