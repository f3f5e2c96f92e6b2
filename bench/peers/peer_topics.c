/* peer_topics.c -- topics of a benchmark.
 *
 *   topics create NAME PARTITIONS [SETTING=VALUE ...]
 *   topics delete NAME ...
 *   topics list [PREFIX]
 *   topics count NAME        read it to its end, read_committed: records, bytes of keys and values
 */
#include "src/base/base.h"

#include <stdio.h>
#include <stdlib.h>

#include "bench/peers/peer_util.h"

enum { RESULT_TIMEOUT_MS = 30000, OPERATION_TIMEOUT_MS = 15000, METADATA_TIMEOUT_MS = 10000 };

/* Wait for the result of one request and complain about each topic that it failed for. */
static void wait_result(rd_kafka_queue_t *queue)
{
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, RESULT_TIMEOUT_MS);
    if (event == NULL || rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        peer_die("topics: %s", event != NULL ? rd_kafka_event_error_string(event) : "timed out");
    }
    size_t count = 0;
    const rd_kafka_topic_result_t **results;
    if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_CREATETOPICS_RESULT) {
        results =
            rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count);
    } else {
        results =
            rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event), &count);
    }
    for (size_t i = 0; i < count; i++) {
        rd_kafka_resp_err_t err = rd_kafka_topic_result_error(results[i]);
        if (err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            fprintf(stderr, "topics: %s: %s\n", rd_kafka_topic_result_name(results[i]),
                    rd_kafka_err2str(err));
        }
    }
    rd_kafka_event_destroy(event);
}

static rd_kafka_AdminOptions_t *admin_options(rd_kafka_t *client)
{
    char why[256];
    rd_kafka_AdminOptions_t *options = rd_kafka_AdminOptions_new(client, RD_KAFKA_ADMIN_OP_ANY);
    if (rd_kafka_AdminOptions_set_operation_timeout(options, OPERATION_TIMEOUT_MS, why,
                                                    sizeof why) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        peer_die("topics: %s", why);
    }
    return options;
}

static void create(rd_kafka_t *client, char **settings, const char *name, const char *partitions)
{
    char why[256];
    rd_kafka_NewTopic_t *topic =
        rd_kafka_NewTopic_new(name, (int)peer_number(partitions), 1, why, sizeof why);
    if (topic == NULL) {
        peer_die("topics: %s", why);
    }
    rd_kafka_NewTopic_set_config(topic, "retention.ms", "-1");
    for (; *settings != NULL; settings++) {
        char *value = strchr(*settings, '=');
        if (value == NULL) {
            peer_die("topics: \"%s\" is not SETTING=VALUE", *settings);
        }
        *value = '\0';
        rd_kafka_NewTopic_set_config(topic, *settings, value + 1);
    }
    rd_kafka_AdminOptions_t *options = admin_options(client);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client);
    rd_kafka_CreateTopics(client, &topic, 1, options, queue);
    wait_result(queue);
    rd_kafka_queue_destroy(queue);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_NewTopic_destroy(topic);
}

static void delete_all(rd_kafka_t *client, char **names, int count)
{
    rd_kafka_DeleteTopic_t **topics = calloc((size_t)count, sizeof(rd_kafka_DeleteTopic_t *));
    if (topics == NULL) {
        peer_die("topics: out of memory");
    }
    for (int i = 0; i < count; i++) {
        topics[i] = rd_kafka_DeleteTopic_new(names[i]);
    }
    rd_kafka_AdminOptions_t *options = admin_options(client);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client);
    rd_kafka_DeleteTopics(client, topics, (size_t)count, options, queue);
    wait_result(queue);
    rd_kafka_queue_destroy(queue);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_DeleteTopic_destroy_array(topics, (size_t)count);
    free(topics);
}

static void list(rd_kafka_t *client, const char *prefix)
{
    const struct rd_kafka_metadata *metadata;
    rd_kafka_resp_err_t err = rd_kafka_metadata(client, 1, NULL, &metadata, METADATA_TIMEOUT_MS);
    if (err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        peer_die("topics: %s", rd_kafka_err2str(err));
    }
    for (int i = 0; i < metadata->topic_cnt; i++) {
        if (strncmp(metadata->topics[i].topic, prefix, strlen(prefix)) == 0) {
            puts(metadata->topics[i].topic);
        }
    }
    rd_kafka_metadata_destroy(metadata);
}

static void count_records(const char *topic)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    peer_set(conf, "group.id", "topics-count");
    peer_set(conf, "isolation.level", "read_committed");
    peer_set(conf, "enable.partition.eof", "true");
    peer_set(conf, "enable.auto.commit", "false");
    rd_kafka_t *consumer = peer_client(RD_KAFKA_CONSUMER, conf);
    rd_kafka_poll_set_consumer(consumer);
    int left = peer_partitions(consumer, topic);
    peer_assign_all(consumer, topic, RD_KAFKA_OFFSET_BEGINNING);
    unsigned long long records = 0;
    unsigned long long bytes = 0;
    while (left > 0) {
        rd_kafka_message_t *m = rd_kafka_consumer_poll(consumer, 1000);
        if (m == NULL) {
            continue;
        }
        if (m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
            left--;
        } else if (m->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            records++;
            bytes += m->len + m->key_len;
        }
        rd_kafka_message_destroy(m);
    }
    printf("%llu %llu\n", records, bytes);
    rd_kafka_consumer_close(consumer);
    rd_kafka_destroy(consumer);
}

int main(int argc, char **argv)
{
    const char *command = argc > 1 ? argv[1] : "";
    if (strcmp(command, "count") == 0 && argc == 3) {
        count_records(argv[2]);
        return 0;
    }
    rd_kafka_t *client = peer_client(RD_KAFKA_PRODUCER, rd_kafka_conf_new());
    if (strcmp(command, "create") == 0 && argc >= 4) {
        create(client, argv + 4, argv[2], argv[3]);
    } else if (strcmp(command, "delete") == 0 && argc >= 3) {
        delete_all(client, argv + 2, argc - 2);
    } else if (strcmp(command, "list") == 0) {
        list(client, argc > 2 ? argv[2] : "");
    } else {
        peer_die("see the head of peer_topics.c");
    }
    rd_kafka_destroy(client);
    return 0;
}
