/* cluster_admin.c -- what the tests do to a cluster as its operator would with Kafka's own tools,
 * which take seconds to start.
 *
 *   cluster_admin BROKERS create TOPIC PARTITIONS [SETTING=VALUE ...]
 *   cluster_admin BROKERS grow TOPIC PARTITIONS          to as many
 *   cluster_admin BROKERS config TOPIC SETTING=VALUE
 *   cluster_admin BROKERS trim TOPIC PARTITION OFFSET    delete the records below
 *   cluster_admin BROKERS forget GROUP TOPIC PARTITION   delete a committed offset
 *   cluster_admin BROKERS deny USER TYPE NAME OPERATION  this alone; TYPE is topic, group, cluster
 *
 * Ends with code 0 when the cluster has done it.
 */
#include "src/base/base.h"

#include <librdkafka/rdkafka.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ANSWER_MS = 30000, WORDS_MAX = 16 };

WR_PRINTF(1, 2)
static void die(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("cluster_admin: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(1);
}

static int number(const char *text)
{
    char *end = NULL;
    long n = strtol(text, &end, 10);
    if (end == text || *end != '\0' || n < 0 || n > INT32_MAX) {
        die("\"%s\" is not a number", text);
    }
    return (int)n;
}

static void check(rd_kafka_resp_err_t code, const char *text)
{
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        die("%s", text != NULL ? text : rd_kafka_err2str(code));
    }
}

/* "name=value" in two. */
static const char *split(char *setting)
{
    char *eq = strchr(setting, '=');
    if (eq == NULL) {
        die("\"%s\" is not SETTING=VALUE", setting);
    }
    *eq = '\0';
    return eq + 1;
}

/* ---- requests: each command sends one, whose answer comes on the queue ----------------------- */

struct command {
    rd_kafka_t *rk;
    rd_kafka_queue_t *queue;
    char why[512];
    char **words;
    int count;
};

static void create(struct command *c)
{
    rd_kafka_NewTopic_t *t =
        rd_kafka_NewTopic_new(c->words[0], number(c->words[1]), 1, c->why, sizeof c->why);
    if (t == NULL) {
        die("%s", c->why);
    }
    for (int i = 2; i < c->count; i++) {
        const char *value = split(c->words[i]);
        check(rd_kafka_NewTopic_set_config(t, c->words[i], value), NULL);
    }
    rd_kafka_CreateTopics(c->rk, &t, 1, NULL, c->queue);
    rd_kafka_NewTopic_destroy(t);
}

static void grow(struct command *c)
{
    rd_kafka_NewPartitions_t *n =
        rd_kafka_NewPartitions_new(c->words[0], (size_t)number(c->words[1]), c->why, sizeof c->why);
    if (n == NULL) {
        die("%s", c->why);
    }
    rd_kafka_CreatePartitions(c->rk, &n, 1, NULL, c->queue);
    rd_kafka_NewPartitions_destroy(n);
}

static void configure(struct command *c)
{
    const char *value = split(c->words[1]);
    rd_kafka_ConfigResource_t *r =
        rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, c->words[0]);
    check(rd_kafka_ConfigResource_set_config(r, c->words[1], value), NULL);
    rd_kafka_AlterConfigs(c->rk, &r, 1, NULL, c->queue);
    rd_kafka_ConfigResource_destroy(r);
}

static void trim(struct command *c)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, c->words[0], number(c->words[1]))->offset =
        number(c->words[2]);
    rd_kafka_DeleteRecords_t *d = rd_kafka_DeleteRecords_new(list);
    rd_kafka_DeleteRecords(c->rk, &d, 1, NULL, c->queue);
    rd_kafka_DeleteRecords_destroy(d);
    rd_kafka_topic_partition_list_destroy(list);
}

static void forget(struct command *c)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, c->words[1], number(c->words[2]));
    rd_kafka_DeleteConsumerGroupOffsets_t *d =
        rd_kafka_DeleteConsumerGroupOffsets_new(c->words[0], list);
    rd_kafka_DeleteConsumerGroupOffsets(c->rk, &d, 1, NULL, c->queue);
    rd_kafka_DeleteConsumerGroupOffsets_destroy(d);
    rd_kafka_topic_partition_list_destroy(list);
}

static rd_kafka_AclOperation_t operation(const char *name)
{
    for (int i = RD_KAFKA_ACL_OPERATION_ALL; i < RD_KAFKA_ACL_OPERATION__CNT; i++) {
        if (strcasecmp(rd_kafka_AclOperation_name((rd_kafka_AclOperation_t)i), name) == 0) {
            return (rd_kafka_AclOperation_t)i;
        }
    }
    die("there is no operation \"%s\"", name);
    return RD_KAFKA_ACL_OPERATION_UNKNOWN;
}

static rd_kafka_AclBinding_t *rule(struct command *c, rd_kafka_AclOperation_t op,
                                   rd_kafka_AclPermissionType_t permission)
{
    /* What the library calls a broker is the cluster in the protocol. */
    const char *name = c->words[1];
    rd_kafka_ResourceType_t type = strcmp(name, "topic") == 0   ? RD_KAFKA_RESOURCE_TOPIC
                                   : strcmp(name, "group") == 0 ? RD_KAFKA_RESOURCE_GROUP
                                                                : RD_KAFKA_RESOURCE_BROKER;
    bool deny = permission == RD_KAFKA_ACL_PERMISSION_TYPE_DENY;
    rd_kafka_AclBinding_t *r = rd_kafka_AclBinding_new(
        type, c->words[2], RD_KAFKA_RESOURCE_PATTERN_LITERAL, deny ? c->words[0] : "User:*", "*",
        op, permission, c->why, sizeof c->why);
    if (r == NULL) {
        die("%s", c->why);
    }
    return r;
}

/* Once a resource has a rule, what no rule allows is denied: so two rules. */
static void deny(struct command *c)
{
    rd_kafka_AclBinding_t *rules[] = {
        rule(c, operation(c->words[3]), RD_KAFKA_ACL_PERMISSION_TYPE_DENY),
        rule(c, RD_KAFKA_ACL_OPERATION_ALL, RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW),
    };
    rd_kafka_CreateAcls(c->rk, rules, WR_ARRAY_LEN(rules), NULL, c->queue);
    rd_kafka_AclBinding_destroy_array(rules, WR_ARRAY_LEN(rules));
}

static const struct {
    const char *name;
    int least;
    void (*send)(struct command *c);
} commands[] = {
    {"create", 2, create}, {"grow", 2, grow},     {"config", 2, configure},
    {"trim", 3, trim},     {"forget", 3, forget}, {"deny", 4, deny},
};

/* ---- answers --------------------------------------------------------------------------------- */

static void check_topics(const rd_kafka_topic_result_t **r, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        check(rd_kafka_topic_result_error(r[i]), rd_kafka_topic_result_error_string(r[i]));
    }
}

static void check_partitions(const rd_kafka_topic_partition_list_t *list)
{
    for (int i = 0; i < list->cnt; i++) {
        check(list->elems[i].err, NULL);
    }
}

static void check_answer(rd_kafka_event_t *e)
{
    size_t n = 0;
    check(rd_kafka_event_error(e), rd_kafka_event_error_string(e));
    switch (rd_kafka_event_type(e)) {
    case RD_KAFKA_EVENT_CREATETOPICS_RESULT:
        check_topics(rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(e), &n),
                     n);
        break;
    case RD_KAFKA_EVENT_CREATEPARTITIONS_RESULT:
        check_topics(
            rd_kafka_CreatePartitions_result_topics(rd_kafka_event_CreatePartitions_result(e), &n),
            n);
        break;
    case RD_KAFKA_EVENT_ALTERCONFIGS_RESULT: {
        const rd_kafka_ConfigResource_t **r =
            rd_kafka_AlterConfigs_result_resources(rd_kafka_event_AlterConfigs_result(e), &n);
        check(rd_kafka_ConfigResource_error(r[0]), rd_kafka_ConfigResource_error_string(r[0]));
        break;
    }
    case RD_KAFKA_EVENT_DELETERECORDS_RESULT:
        check_partitions(
            rd_kafka_DeleteRecords_result_offsets(rd_kafka_event_DeleteRecords_result(e)));
        break;
    case RD_KAFKA_EVENT_DELETECONSUMERGROUPOFFSETS_RESULT: {
        const rd_kafka_group_result_t **r = rd_kafka_DeleteConsumerGroupOffsets_result_groups(
            rd_kafka_event_DeleteConsumerGroupOffsets_result(e), &n);
        check(rd_kafka_error_code(rd_kafka_group_result_error(r[0])), NULL);
        check_partitions(rd_kafka_group_result_partitions(r[0]));
        break;
    }
    case RD_KAFKA_EVENT_CREATEACLS_RESULT: {
        const rd_kafka_acl_result_t **r =
            rd_kafka_CreateAcls_result_acls(rd_kafka_event_CreateAcls_result(e), &n);
        for (size_t i = 0; i < n; i++) {
            const rd_kafka_error_t *error = rd_kafka_acl_result_error(r[i]);
            check(rd_kafka_error_code(error), rd_kafka_error_string(error));
        }
        break;
    }
    default:
        die("an answer of another kind");
    }
}

int main(int argc, char **argv)
{
    struct command c = {.words = argv + 3, .count = argc - 3};
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    if (argc < 3 || rd_kafka_conf_set(conf, "bootstrap.servers", argv[1], c.why, sizeof c.why) !=
                        RD_KAFKA_CONF_OK) {
        die("%s", argc < 3 ? "BROKERS COMMAND ..." : c.why);
    }
    size_t i = 0;
    while (i < WR_ARRAY_LEN(commands) && strcmp(commands[i].name, argv[2]) != 0) {
        i++;
    }
    if (i == WR_ARRAY_LEN(commands) || c.count < commands[i].least) {
        die("there is no such command, or it lacks arguments");
    }
    c.rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, c.why, sizeof c.why);
    if (c.rk == NULL) {
        die("%s", c.why);
    }
    c.queue = rd_kafka_queue_new(c.rk);
    commands[i].send(&c);
    rd_kafka_event_t *answer = rd_kafka_queue_poll(c.queue, ANSWER_MS);
    if (answer == NULL) {
        die("no answer within %d ms", ANSWER_MS);
    }
    check_answer(answer);
    rd_kafka_event_destroy(answer);
    rd_kafka_queue_destroy(c.queue);
    rd_kafka_destroy(c.rk);
    return 0;
}
