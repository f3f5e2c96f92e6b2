/* test_kafka_settings.c -- what the settings of a cluster may say, and what handles make of them.
 */
#include "src/base/base.h"

#include <string.h>

#include "src/base/clock.h"
#include "src/kafka/rdk.h"
#include "tests/unit/kafka/kafka_util.h"

Suite *settings_suite(void);

static struct wr_kafka *k;
static struct weir_error err;

static int transaction_timeout_ms = 10000;

static enum weir_code open_with(const struct wr_kafka_setting *settings, size_t count)
{
    struct wr_kafka_options o = {.application_id = "app",
                                 .client_id = "client",
                                 .settings = settings,
                                 .setting_count = count,
                                 .clock = wr_clock_system(),
                                 .session_timeout_ms = 10000,
                                 .heartbeat_interval_ms = 3000,
                                 .max_poll_interval_ms = 300000,
                                 .transaction_timeout_ms = transaction_timeout_ms};
    return wr_kafka_open(&k, &o, &err);
}

/* The error text contains every one of these. */
static void refused(const struct wr_kafka_setting *settings, size_t count, const char *const *texts)
{
    ck_assert_int_eq(open_with(settings, count), WEIR_ECONFIG);
    ck_assert_ptr_null(k);
    for (; *texts != NULL; texts++) {
        ck_assert_msg(strstr(err.text, *texts) != NULL, "no \"%s\" in: %s", *texts, err.text);
    }
}

/* The value of a name in the configuration that a role gets. */
static const char *value(enum wr_rdk_role role, bool uncommitted, const char *name)
{
    static char text[256];
    struct wr_buf findings = {0};
    struct wr_rdk_conf_for f = {
        .role = role, .uncommitted = uncommitted, .instance = "instance", .transactional_id = "tx"};
    rd_kafka_conf_t *conf = wr_rdk_conf_new((struct wr_rdk_kafka *)k, &f, &findings);
    ck_assert_uint_eq(findings.len, 0);
    size_t size = sizeof text;
    text[0] = '\0';
    ck_assert_int_eq(rd_kafka_conf_get(conf, name, text, &size), RD_KAFKA_CONF_OK);
    rd_kafka_conf_destroy(conf);
    return text;
}

static const struct {
    const char *name;
    const char *value;
    const char *reason;
} owned[] = {
    {"enable.auto.commit", "true", "inside transactions"},
    {"auto.commit.interval.ms", "100", "inside transactions"},
    {"enable.auto.offset.store", "true", "inside transactions"},
    {"isolation.level", "read_uncommitted", "committed data only"},
    {"auto.offset.reset", "earliest", "reset policy"},
    {"allow.auto.create.topics", "true", "created by Weir"},
    {"enable.partition.eof", "false", "ends"},
    {"partition.assignment.strategy", "range", "cooperative-sticky"},
    {"group.protocol", "consumer", "classic protocol"},
    {"group.id", "mine", "application id"},
    {"group.instance.id", "one", "setting of Weir"},
    {"session.timeout.ms", "6000", "setting of Weir"},
    {"max.poll.interval.ms", "6000", "setting of Weir"},
    {"transaction.timeout.ms", "6000", "setting of Weir"},
    {"client.id", "me", "find each other"},
    {"transactional.id", "mine", "process and thread"},
    {"enable.idempotence", "false", "exactly-once"},
    {"acks", "1", "exactly-once"},
    {"request.required.acks", "1", "exactly-once"},
    {"max.in.flight", "6", "exactly-once"},
    {"max.in.flight.requests.per.connection", "100", "exactly-once"},
    {"delivery.report.only.error", "true", "changelog"},
    {"statistics.interval.ms", "1000", "nothing reads"},
    {"test.mock.num.brokers", "3", "pretended"},
};

START_TEST(owned_setting_is_refused_with_the_reason)
{
    static const char *const scopes[] = {"", "consumer.", "restore.consumer.", "producer.",
                                         "admin."};
    const struct wr_kafka_setting s[] = {{"", "bootstrap.servers", "localhost:1"},
                                         {scopes[_i % 5], owned[_i].name, owned[_i].value}};
    char name[128];
    snprintf(name, sizeof name, "\"%s%s\"", s[1].scope, s[1].name);
    refused(s, 2, (const char *const[]){name, owned[_i].reason, NULL});
}
END_TEST

START_TEST(all_findings_are_told_together)
{
    const struct wr_kafka_setting s[] = {{"", "bootstrap.servers", "localhost:1"},
                                         {"producer.", "linger.msec", "5"},
                                         {"consumer.", "fetch.min.bytes", "many"},
                                         {"", "acks", "0"},
                                         {"streams.", "linger.ms", "5"}};
    refused(s, 5,
            (const char *const[]){"\"producer.linger.msec\"; did you mean \"producer.linger.ms\"?",
                                  "\"consumer.fetch.min.bytes\"", "\"acks\"",
                                  "\"streams.linger.ms\"", "no such prefix", NULL});
}
END_TEST

START_TEST(settings_can_be_judged_before_there_is_a_cluster)
{
    const struct wr_kafka_setting s[] = {{"producer.", "linger.ms", "5"},
                                         {"consumer.", "nothing.like.it", "5"}};
    struct wr_buf findings = {0};
    wr_kafka_settings_check(s, 1, &findings);
    ck_assert_uint_eq(findings.len, 0);
    wr_kafka_settings_check(s, 2, &findings);
    ck_assert_str_eq(wr_buf_cstr(&findings),
                     "unknown setting \"consumer.nothing.like.it\" of the client library");
    wr_buf_free(&findings);
}
END_TEST

START_TEST(settings_that_contradict_each_other_are_refused)
{
    const struct wr_kafka_setting s[] = {{"", "bootstrap.servers", "localhost:1"},
                                         {"producer.", "message.timeout.ms", "60000"}};
    refused(s, 2, (const char *const[]){"producer", "message.timeout.ms", NULL});
}
END_TEST

/* The library refuses requests that may take longer than their transaction. */
START_TEST(any_transaction_timeout_makes_a_producer)
{
    static const int timeouts[] = {1000, 9000, 10000, 900000};
    static const char *const sockets[] = {"1000", "9000", "10000", "10000"};
    const struct wr_kafka_setting s = {"", "bootstrap.servers", "localhost:1"};
    transaction_timeout_ms = timeouts[_i];
    ck_assert_msg(open_with(&s, 1) == WEIR_OK, "%s", err.text);
    ck_assert_str_eq(value(WR_RDK_PRODUCER, false, "socket.timeout.ms"), sockets[_i]);
    wr_kafka_close(k);
}
END_TEST

START_TEST(address_of_the_cluster_is_required_for_every_role)
{
    refused(NULL, 0, (const char *const[]){"bootstrap.servers", "missing", NULL});
    const struct wr_kafka_setting s[] = {{"consumer.", "bootstrap.servers", "localhost:1"}};
    refused(s, 1, (const char *const[]){"bootstrap.servers", NULL});
}
END_TEST

START_TEST(more_special_scope_wins_whatever_the_order)
{
    const struct wr_kafka_setting s[] = {{"restore.consumer.", "fetch.wait.max.ms", "3"},
                                         {"main.consumer.", "fetch.wait.max.ms", "4"},
                                         {"consumer.", "fetch.wait.max.ms", "2"},
                                         {"", "fetch.wait.max.ms", "1"},
                                         {"", "bootstrap.servers", "localhost:1"},
                                         {"producer.", "linger.ms", "7"}};
    ck_assert_int_eq(open_with(s, 6), WEIR_OK);
    ck_assert_str_eq(value(WR_RDK_RESTORE, false, "fetch.wait.max.ms"), "3");
    ck_assert_str_eq(value(WR_RDK_DATA, false, "fetch.wait.max.ms"), "4");
    ck_assert_str_eq(value(WR_RDK_GROUP, false, "fetch.wait.max.ms"), "2");
    ck_assert_str_eq(value(WR_RDK_ADMIN, false, "fetch.wait.max.ms"), "1");
    ck_assert_str_eq(value(WR_RDK_PRODUCER, false, "linger.ms"), "7");
    wr_kafka_close(k);
}
END_TEST

START_TEST(security_settings_reach_every_role)
{
    const struct wr_kafka_setting s[] = {
        {"", "bootstrap.servers", "localhost:1"}, {"", "security.protocol", "sasl_plaintext"},
        {"", "sasl.mechanisms", "PLAIN"},         {"", "sasl.username", "user"},
        {"", "sasl.password", "secret"},          {"", "max.in.flight", "5"}};
    ck_assert_int_eq(open_with(s, 6), WEIR_OK);
    for (int role = 0; role < WR_RDK_ROLE_COUNT; role++) {
        ck_assert_str_eq(value((enum wr_rdk_role)role, false, "sasl.username"), "user");
        ck_assert_str_eq(value((enum wr_rdk_role)role, false, "security.protocol"),
                         "sasl_plaintext");
    }
    wr_kafka_close(k);
}
END_TEST

static const struct {
    enum wr_rdk_role role;
    bool uncommitted;
    const char *name;
    const char *value;
} given[] = {
    {WR_RDK_DATA, false, "isolation.level", "read_committed"},
    {WR_RDK_DATA, true, "isolation.level", "read_uncommitted"},
    {WR_RDK_DATA, false, "enable.auto.commit", "false"},
    {WR_RDK_DATA, false, "enable.auto.offset.store", "false"},
    {WR_RDK_DATA, false, "enable.partition.eof", "true"},
    {WR_RDK_DATA, false, "group.id", "app"},
    {WR_RDK_RESTORE, false, "enable.partition.eof", "true"},
    {WR_RDK_GROUP, false, "isolation.level", "read_committed"},
    {WR_RDK_GROUP, false, "partition.assignment.strategy", "cooperative-sticky"},
    {WR_RDK_GROUP, false, "group.instance.id", "instance"},
    {WR_RDK_GROUP, false, "session.timeout.ms", "10000"},
    {WR_RDK_GROUP, false, "heartbeat.interval.ms", "3000"},
    {WR_RDK_GROUP, false, "max.poll.interval.ms", "300000"},
    {WR_RDK_GROUP, false, "topic.metadata.refresh.interval.ms", "2000"},
    {WR_RDK_PRODUCER, false, "transactional.id", "tx"},
    {WR_RDK_PRODUCER, false, "transaction.timeout.ms", "10000"},
    {WR_RDK_PRODUCER, false, "enable.idempotence", "true"},
    {WR_RDK_PRODUCER, false, "linger.ms", "20"},
    {WR_RDK_OUTPUTS, false, "enable.idempotence", "true"},
    {WR_RDK_OUTPUTS, false, "acks", "-1"},
    {WR_RDK_OUTPUTS, false, "linger.ms", "2"},
    {WR_RDK_OUTPUTS, false, "socket.timeout.ms", "10000"},
    {WR_RDK_ADMIN, false, "client.id", "client"},
};

START_TEST(role_gets_what_weir_owns)
{
    const struct wr_kafka_setting s[] = {{"", "bootstrap.servers", "localhost:1"}};
    ck_assert_int_eq(open_with(s, 1), WEIR_OK);
    ck_assert_str_eq(value(given[_i].role, given[_i].uncommitted, given[_i].name), given[_i].value);
    wr_kafka_close(k);
}
END_TEST

START_TEST(library_names_its_version)
{
    const char *warning;
    ck_assert_str_eq(wr_kafka_library(&warning), rd_kafka_version_str());
    ck_assert_int_eq(warning != NULL, rd_kafka_version() < WR_RDK_2_13_2);
}
END_TEST

Suite *settings_suite(void)
{
    Suite *s = suite_create("settings");
    TCase *t = tcase_create("settings");
    tcase_set_timeout(t, 30);
    tcase_add_loop_test(t, owned_setting_is_refused_with_the_reason, 0, WR_ARRAY_LEN(owned));
    tcase_add_test(t, all_findings_are_told_together);
    tcase_add_test(t, settings_can_be_judged_before_there_is_a_cluster);
    tcase_add_test(t, settings_that_contradict_each_other_are_refused);
    tcase_add_loop_test(t, any_transaction_timeout_makes_a_producer, 0, 4);
    tcase_add_test(t, address_of_the_cluster_is_required_for_every_role);
    tcase_add_test(t, more_special_scope_wins_whatever_the_order);
    tcase_add_test(t, security_settings_reach_every_role);
    tcase_add_loop_test(t, role_gets_what_weir_owns, 0, WR_ARRAY_LEN(given));
    tcase_add_test(t, library_names_its_version);
    suite_add_tcase(s, t);
    return s;
}
