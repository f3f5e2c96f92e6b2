/* test_cluster.c -- topics, configuration, records and offsets on a real broker. */
#include "src/base/base.h"

#include <librdkafka/rdkafka.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/arena.h"
#include "tests/unit/kafka/kafka_util.h"

Suite *cluster_suite(void);

static struct wr_kafka *k;
static struct wr_consumer *admin;
static struct weir_error err;

static void setup(void)
{
    k = kt_open(&(struct kt_options){0});
    admin = kt_consumer(k, WR_ROLE_ADMIN, NULL, NULL);
}

static void teardown(void)
{
    wr_consumer_close(admin);
    wr_kafka_close(k);
}

START_TEST(created_topic_is_described_with_partitions_cluster_and_configuration)
{
    const char *name = kt_name("created");
    const struct wr_topic_config config[] = {{"cleanup.policy", "compact,delete"},
                                             {"retention.ms", "-1"}};
    struct wr_new_topic topic = {name, 3, 1, config, 2};
    struct wr_call *c = wr_topic_create(admin, &topic);
    ck_assert_int_eq(kt_end(c, &err), WR_CALL_OK);
    ck_assert(wr_topic_created(c));
    wr_call_free(c);
    kt_topic(admin, name, 3);

    const char *names[] = {name, "no-such-topic"};
    c = wr_topics_describe(admin, names, 2);
    ck_assert_int_eq(kt_end(c, &err), WR_CALL_OK);
    size_t count;
    const struct wr_topic_info *info = wr_topics_result(c, &count);
    ck_assert_uint_eq(count, 2);
    ck_assert_str_eq(info[0].name, name);
    ck_assert_int_eq(info[0].partitions, 3);
    ck_assert_int_eq(info[0].code, WEIR_OK);
    ck_assert_int_eq(info[1].partitions, 0);
    ck_assert_int_eq(info[1].code, WEIR_ENOTOPIC);
    ck_assert_uint_gt(strlen(wr_topics_cluster_id(c)), 10);
    wr_call_free(c);

    c = wr_topics_config(admin, names, 2);
    ck_assert_int_eq(kt_end(c, &err), WR_CALL_OK);
    ck_assert_str_eq(wr_topics_config_value(c, name, "cleanup.policy"), "compact,delete");
    ck_assert_str_eq(wr_topics_config_value(c, name, "retention.ms"), "-1");
    ck_assert_ptr_null(wr_topics_config_value(c, name, "no.such.name"));
    ck_assert_ptr_null(wr_topics_config_value(c, "no-such-topic", "retention.ms"));
    wr_call_free(c);
}
END_TEST

START_TEST(topic_that_exists_is_success_and_left_alone)
{
    const char *name = kt_name("exists");
    kt_topic(admin, name, 1);
    const struct wr_topic_config config[] = {{"cleanup.policy", "compact"}};
    struct wr_call *c = wr_topic_create(admin, &(struct wr_new_topic){name, 5, 1, config, 1});
    ck_assert_int_eq(kt_end(c, &err), WR_CALL_OK);
    ck_assert(!wr_topic_created(c));
    wr_call_free(c);
    c = wr_topics_config(admin, &name, 1);
    ck_assert_int_eq(kt_end(c, &err), WR_CALL_OK);
    ck_assert_str_eq(wr_topics_config_value(c, name, "cleanup.policy"), "delete");
    wr_call_free(c);
}
END_TEST

START_TEST(topic_with_an_unknown_configuration_is_refused_with_the_brokers_reason)
{
    const char *name = kt_name("refused");
    const struct wr_topic_config config[] = {{"no.such.config", "1"}};
    struct wr_call *c = wr_topic_create(admin, &(struct wr_new_topic){name, 1, 1, config, 1});
    ck_assert_int_eq(kt_end(c, &err), WR_CALL_FAILED);
    ck_assert_int_eq(err.code, WEIR_ECONFIG);
    ck_assert_ptr_nonnull(strstr(err.text, "no.such.config"));
    wr_call_free(c);
    c = wr_topics_describe(admin, &name, 1);
    ck_assert_int_eq(kt_end(c, &err), WR_CALL_OK);
    size_t count;
    ck_assert_int_eq(wr_topics_result(c, &count)->code, WEIR_ENOTOPIC);
    wr_call_free(c);
}
END_TEST

START_TEST(grown_topic_has_more_partitions_and_cannot_shrink)
{
    const char *name = kt_name("grown");
    kt_topic(admin, name, 2);
    kt_ok(wr_topic_grow(admin, name, 5));
    kt_topic(admin, name, 5);
    struct wr_call *c = wr_topic_grow(admin, name, 3);
    ck_assert_int_eq(kt_end(c, &err), WR_CALL_FAILED);
    ck_assert_int_eq(err.code, WEIR_EPARTITIONS);
    wr_call_free(c);
}
END_TEST

START_TEST(deleted_records_move_the_low_watermark_and_are_out_of_reach)
{
    const char *name = kt_name("purged");
    kt_topic(admin, name, 2);
    struct wr_producer *p = kt_producer(k, kt_name("tx"), name);
    kt_write(p, name, 0, "a", 10);
    kt_write(p, name, 1, "b", 10);
    while (kt_high(admin, name, 0) < 11) {
        kt_sleep(5); /* the marker comes after the commit */
    }
    const struct wr_position below[] = {{name, 0, 4, NULL}, {name, 1, 10, NULL}};
    kt_ok(wr_records_delete(admin, below, 2));
    struct wr_call *c = wr_watermarks_query(admin, name, 0);
    int64_t low;
    int64_t high;
    ck_assert_int_eq(kt_end(c, &err), WR_CALL_OK);
    wr_watermarks_result(c, &low, &high);
    ck_assert_int_eq(low, 4);
    ck_assert_int_eq(high, 11); /* ten records and a marker */
    wr_call_free(c);

    const struct wr_position beyond = {name, 0, 99, NULL};
    c = wr_records_delete(admin, &beyond, 1);
    ck_assert_int_eq(kt_end(c, &err), WR_CALL_FAILED);
    ck_assert_int_eq(err.code, WEIR_EOFFSET);
    wr_call_free(c);

    struct wr_consumer *reader = kt_consumer(k, WR_ROLE_DATA, name, NULL);
    struct wr_partition *part;
    struct wr_message m;
    ck_assert_int_eq(wr_partition_assign(reader, name, 0, 1, &part, &err), WEIR_OK);
    ck_assert(kt_next(part, &m, 10000));
    ck_assert_int_eq(m.kind, WR_MESSAGE_ERROR);
    ck_assert_int_eq(m.code, WEIR_EOFFSET);
    wr_messages_release(&m, 1);
    wr_consumer_close(reader);
    wr_producer_close(p);
}
END_TEST

START_TEST(record_comes_back_as_it_was_sent)
{
    const char *name = kt_name("round");
    kt_topic(admin, name, 1);
    struct wr_producer *p = kt_producer(k, kt_name("tx"), name);
    const struct weir_header headers[] = {{weir_str("one"), weir_str("1")},
                                          {weir_str("none"), WEIR_NULL},
                                          {weir_str("one"), weir_view("", 0)}};
    const struct wr_outgoing out[] = {
        {.key = weir_str("k"), .value = weir_str("v"), .time = 0},
        {.key = WEIR_NULL, .value = WEIR_NULL, .time = 7, .headers = {headers, 3}},
        {.key = weir_view("", 0), .value = weir_view("", 0), .time = 8},
        {.key = weir_str("tombstone"), .value = WEIR_NULL, .time = 9},
        {.key = weir_str("k"), .value = weir_str("v"), .time = 10, .headers = {headers, 1}},
    };
    static const int64_t times[] = {1, 7, 8, 9, 10};
    struct wr_delivery delivery = {0};
    kt_begin(p);
    for (size_t i = 0; i < WR_ARRAY_LEN(out); i++) {
        struct wr_outgoing o = out[i];
        o.topic = wr_producer_topic(p, name);
        o.delivery = &delivery;
        ck_assert_int_eq(wr_producer_send(p, &o, &err), WEIR_OK);
    }
    kt_ok(wr_producer_commit(p));
    ck_assert_int_eq(delivery.next, 5);

    struct wr_consumer *reader = kt_consumer(k, WR_ROLE_DATA, name, NULL);
    struct wr_partition *part;
    struct wr_arena arena;
    wr_arena_init(&arena, 1024);
    ck_assert_int_eq(wr_partition_assign(reader, name, 0, 0, &part, &err), WEIR_OK);
    for (size_t i = 0; i < WR_ARRAY_LEN(out); i++) {
        struct wr_message m;
        ck_assert(kt_next(part, &m, 10000));
        ck_assert_int_eq(m.kind, WR_MESSAGE_RECORD);
        ck_assert_int_eq(m.offset, (int64_t)i);
        ck_assert(weir_equal(m.key, out[i].key));
        ck_assert(weir_equal(m.value, out[i].value));
        ck_assert_int_eq(m.time, times[i]);
        ck_assert_int_eq(m.has_headers, out[i].headers.count != 0);
        struct weir_headers got = wr_message_headers(&m, &arena);
        ck_assert_uint_eq(got.count, out[i].headers.count);
        for (size_t h = 0; h < got.count; h++) {
            ck_assert(weir_equal(got.items[h].name, headers[h].name));
            ck_assert(weir_equal(got.items[h].value, headers[h].value));
        }
        wr_messages_release(&m, 1);
    }
    wr_arena_free(&arena);
    wr_consumer_close(reader);
    wr_producer_close(p);
}
END_TEST

static void delete_topic(const char *name)
{
    kt_ok(wr_topic_delete(admin, name));
    for (int i = 0; i < 200; i++) {
        size_t count;
        struct wr_call *c = wr_topics_describe(admin, &name, 1);
        ck_assert_int_eq(kt_end(c, &err), WR_CALL_OK);
        bool gone = wr_topics_result(c, &count)->code == WEIR_ENOTOPIC;
        wr_call_free(c);
        if (gone) {
            return;
        }
        kt_sleep(50);
    }
    ck_abort_msg("%s was not deleted", name);
}

START_TEST(deleted_topic_is_gone_and_deleting_it_again_is_success)
{
    const char *name = kt_name("deleted");
    kt_topic(admin, name, 2);
    delete_topic(name);
    delete_topic(name);
}
END_TEST

START_TEST(all_topics_are_listed_with_their_partitions)
{
    const char *names[] = {kt_name("listed-a"), kt_name("listed-b"), kt_name("not-there")};
    int32_t partitions[] = {0, 0, 0};
    size_t count;
    kt_topic(admin, names[0], 2);
    kt_topic(admin, names[1], 3);
    struct wr_call *c = wr_topics_list(admin);
    ck_assert_int_eq(kt_end(c, &err), WR_CALL_OK);
    const struct wr_topic_info *info = wr_topics_result(c, &count);
    for (size_t i = 0; i < count; i++) {
        for (size_t n = 0; n < WR_ARRAY_LEN(names); n++) {
            partitions[n] += strcmp(info[i].name, names[n]) == 0 ? info[i].partitions : 0;
        }
    }
    ck_assert_int_eq(partitions[0], 2);
    ck_assert_int_eq(partitions[1], 3);
    ck_assert_int_eq(partitions[2], 0);
    ck_assert_str_eq(wr_topics_topic_id(c, names[0]), "");
    wr_call_free(c);
}
END_TEST

static int64_t offset_of_time(const char *name, int64_t time_ms)
{
    struct wr_call *c = wr_time_query(admin, name, 0, time_ms);
    ck_assert_int_eq(kt_end(c, &err), WR_CALL_OK);
    int64_t offset = wr_time_result(c);
    wr_call_free(c);
    return offset;
}

START_TEST(offset_of_a_time_is_that_of_the_first_record_as_late)
{
    const char *name = kt_name("times");
    kt_topic(admin, name, 1);
    ck_assert_int_eq(offset_of_time(name, 0), WR_OFFSET_NONE);
    struct wr_producer *p = kt_producer(k, kt_name("tx"), name);
    kt_begin(p);
    for (int64_t i = 1; i <= 5; i++) {
        struct wr_outgoing o = {.topic = wr_producer_topic(p, name),
                                .key = weir_str("k"),
                                .value = weir_str("v"),
                                .time = i * 1000};
        ck_assert_int_eq(wr_producer_send(p, &o, &err), WEIR_OK);
    }
    kt_ok(wr_producer_commit(p));
    while (kt_high(admin, name, 0) < 6) {
        kt_sleep(5); /* the marker comes after the commit; what is open is not seen */
    }
    ck_assert_int_eq(offset_of_time(name, 0), 0);
    ck_assert_int_eq(offset_of_time(name, 3000), 2);
    ck_assert_int_eq(offset_of_time(name, 3001), 3);
    ck_assert_int_eq(offset_of_time(name, 5001), 5); /* the marker has the time of the commit */
    ck_assert_int_eq(offset_of_time(name, INT64_MAX / 2), WR_OFFSET_NONE);
    wr_producer_close(p);
}
END_TEST

static void check_positions(const struct wr_position *expected, size_t count)
{
    size_t got;
    struct wr_call *c = wr_offsets_fetch(admin, expected, count, true);
    ck_assert_int_eq(kt_end(c, &err), WR_CALL_OK);
    const struct wr_position *p = wr_offsets_result(c, &got);
    for (size_t i = 0; i < count; i++) {
        ck_assert_int_eq(p[i].offset, expected[i].offset);
        ck_assert_ptr_null(p[i].metadata);
    }
    wr_call_free(c);
}

START_TEST(positions_of_a_group_are_set_from_outside_and_deleted_with_it)
{
    const char *name = kt_name("moved");
    kt_topic(admin, name, 2);
    struct wr_position at[] = {{name, 0, 3, "not taken"}, {name, 1, 0, NULL}};
    kt_ok(wr_offsets_alter(admin, at, 2)); /* the group is made by it */
    check_positions(at, 2);
    at[0].offset = 1;
    kt_ok(wr_offsets_alter(admin, at, 1));
    check_positions(at, 2);
    kt_ok(wr_group_delete(admin));
    at[0].offset = at[1].offset = WR_OFFSET_NONE;
    check_positions(at, 2);
    kt_ok(wr_group_delete(admin)); /* there is none */
}
END_TEST

static void topic_id(const char *name, char out[64])
{
    struct wr_call *c = wr_topics_describe(admin, &name, 1);
    ck_assert_int_eq(kt_end(c, &err), WR_CALL_OK);
    strncpy(out, wr_topics_topic_id(c, name), 63);
    wr_call_free(c);
}

START_TEST(recreated_topic_has_another_identity_where_the_library_can_tell)
{
    const char *name = kt_name("recreated");
    char first[64] = "";
    char second[64] = "";
    kt_topic(admin, name, 1);
    topic_id(name, first);
    delete_topic(name);
    kt_topic(admin, name, 1);
    topic_id(name, second);
    if (rd_kafka_version() < 0x020300ff) {
        ck_assert_str_eq(first, "");
    } else {
        ck_assert_uint_eq(strlen(first), 22);
        ck_assert_str_ne(first, second);
    }
}
END_TEST

START_TEST(call_that_is_freed_at_once_leaves_nothing_behind)
{
    const char *name = kt_name("freed");
    kt_topic(admin, name, 1);
    for (int i = 0; i < 20; i++) {
        struct wr_position at = {.topic = name};
        wr_call_free(wr_topics_describe(admin, &name, 1));
        wr_call_free(wr_topics_config(admin, &name, 1));
        wr_call_free(wr_topics_list(admin));
        wr_call_free(wr_time_query(admin, name, 0, 1));
        wr_call_free(wr_group_delete(admin));
        wr_call_free(wr_offsets_fetch(admin, &at, 1, true));
        wr_call_free(wr_watermarks_query(admin, name, 0));
        struct wr_call *c = wr_group_describe(admin);
        ck_assert_int_le(wr_call_step(c, i % 3, &err), WR_CALL_OK);
        wr_call_free(c);
    }
}
END_TEST

START_TEST(step_takes_no_longer_than_its_slice)
{
    const char *name = "no-such-topic";
    int64_t worst = 0;
    struct wr_call *c = wr_watermarks_query(admin, name, 0); /* waits for the topic */
    for (int i = 0; i < 50; i++) {
        int64_t before = kt_ms();
        if (wr_call_step(c, i % 5, &err) != WR_CALL_PENDING) {
            break;
        }
        worst = wr_max_i64(worst, kt_ms() - before);
    }
    ck_assert_int_lt(worst, 100);
    wr_call_free(c);
}
END_TEST

START_TEST(fast_reader_of_one_partition_never_stalls)
{
    const char *name = kt_name("stall");
    enum { COUNT = 200000 };
    kt_topic(admin, name, 1);
    struct wr_producer *p = kt_producer(k, kt_name("tx"), name);
    char value[100] = "";
    kt_begin(p);
    for (int i = 0; i < COUNT; i++) {
        struct wr_outgoing o = {.topic = wr_producer_topic(p, name),
                                .key = weir_view(&i, sizeof i),
                                .value = weir_view(value, sizeof value),
                                .time = 1};
        while (wr_producer_send(p, &o, &err) == WEIR_PENDING) {
            wr_producer_serve(p, 10);
        }
    }
    kt_ok(wr_producer_commit(p));
    wr_producer_close(p);

    struct wr_wake wake;
    wr_wake_init(&wake);
    struct wr_consumer *reader = kt_consumer(k, WR_ROLE_DATA, name, &wake);
    struct wr_partition *part;
    struct wr_message m[64];
    int64_t longest = 0;
    int64_t last = kt_ms();
    int seen = 0;
    ck_assert_int_eq(wr_partition_assign(reader, name, 0, 0, &part, &err), WEIR_OK);
    while (seen < COUNT) {
        size_t n = wr_partition_take(part, m, WR_ARRAY_LEN(m));
        for (size_t i = 0; i < n; i++) {
            ck_assert_int_eq(m[i].offset, seen++);
        }
        wr_messages_release(m, n);
        if (n == 0) {
            ck_assert(wr_wake_wait(&wake, 5000));
            continue;
        }
        int64_t now = kt_ms();
        longest = seen > (int)n ? wr_max_i64(longest, now - last) : longest;
        last = now;
    }
    ck_assert_int_lt(longest, 500);
    wr_consumer_close(reader);
    wr_wake_free(&wake);
}
END_TEST

/* With BROKER_PID, the only broker, as run-port sets it. */
START_TEST(handles_close_although_the_broker_hangs)
{
    const char *pid = getenv("BROKER_PID");
    if (pid == NULL) {
        return;
    }
    const char *name = kt_name("hangs");
    kt_topic(admin, name, 1);
    struct wr_producer *idle = kt_producer(k, kt_name("idle"), name);
    struct wr_producer *open = kt_producer(k, kt_name("open"), name);
    struct wr_producer *committing = kt_producer(k, kt_name("commit"), name);
    struct wr_consumer *reader = kt_consumer(k, WR_ROLE_DATA, name, NULL);
    struct wr_partition *part;
    ck_assert_int_eq(wr_partition_assign(reader, name, 0, 0, &part, &err), WEIR_OK);
    kt_begin(open);
    kt_begin(committing);
    ck_assert_int_eq(kill(atoi(pid), SIGSTOP), 0);
    ck_assert_int_eq(kt_send(open, name, 0, "k", "v"), WEIR_OK);
    ck_assert_int_eq(kt_send(committing, name, 0, "k", "v"), WEIR_OK);
    struct wr_call *c = wr_producer_commit(committing);
    (void)wr_call_step(c, 100, &err);
    wr_call_free(wr_watermarks_query(reader, name, 0));
    int64_t took[4];
    int64_t at = kt_ms();
    wr_producer_close(idle);
    took[0] = kt_ms() - at;
    at = kt_ms();
    wr_producer_close(open);
    took[1] = kt_ms() - at;
    at = kt_ms();
    wr_producer_close(committing);
    wr_call_free(c);
    took[2] = kt_ms() - at;
    at = kt_ms();
    wr_consumer_close(reader);
    took[3] = kt_ms() - at;
    kill(atoi(pid), SIGCONT);
    for (int i = 0; i < 4; i++) {
        ck_assert_msg(took[i] < 2500, "handle %d took %d ms", i, (int)took[i]);
    }
}
END_TEST

Suite *cluster_suite(void)
{
    Suite *s = suite_create("cluster");
    TCase *t = tcase_create("cluster");
    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, created_topic_is_described_with_partitions_cluster_and_configuration);
    tcase_add_test(t, topic_that_exists_is_success_and_left_alone);
    tcase_add_test(t, topic_with_an_unknown_configuration_is_refused_with_the_brokers_reason);
    tcase_add_test(t, grown_topic_has_more_partitions_and_cannot_shrink);
    tcase_add_test(t, deleted_topic_is_gone_and_deleting_it_again_is_success);
    tcase_add_test(t, all_topics_are_listed_with_their_partitions);
    tcase_add_test(t, offset_of_a_time_is_that_of_the_first_record_as_late);
    tcase_add_test(t, positions_of_a_group_are_set_from_outside_and_deleted_with_it);
    tcase_add_test(t, deleted_records_move_the_low_watermark_and_are_out_of_reach);
    tcase_add_test(t, record_comes_back_as_it_was_sent);
    tcase_add_test(t, recreated_topic_has_another_identity_where_the_library_can_tell);
    tcase_add_test(t, call_that_is_freed_at_once_leaves_nothing_behind);
    tcase_add_test(t, step_takes_no_longer_than_its_slice);
    tcase_add_test(t, fast_reader_of_one_partition_never_stalls);
    tcase_add_test(t, handles_close_although_the_broker_hangs);
    suite_add_tcase(s, t);
    return s;
}
