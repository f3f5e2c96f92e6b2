/* rdk_newer.c -- functions of librdkafka that are newer than the interface we compile against,
 * looked up at run time: identities of topics (DescribeTopics, 2.3.0). */
#include "src/base/base.h"

#include <dlfcn.h>
#include <string.h>

#include "src/kafka/rdk.h"

/* Their types as rdkafka.h declares them from 2.3.0 on, with opaque pointers. */
struct newer {
    void *(*collection)(const char **names, size_t count);
    void (*collection_destroy)(void *collection);
    void (*describe)(rd_kafka_t *rk, const void *collection, const rd_kafka_AdminOptions_t *options,
                     rd_kafka_queue_t *queue);
    const void *(*result)(rd_kafka_event_t *event);
    const void **(*topics)(const void *result, size_t *count);
    const char *(*name)(const void *topic);
    const rd_kafka_error_t *(*error)(const void *topic);
    const void *(*id)(const void *topic);
    const char *(*base64)(const void *id);
};

static bool find(void *slot, const char *name)
{
    void *symbol = dlsym(RTLD_DEFAULT, name);
    memcpy(slot, &symbol, sizeof symbol); /* C has no cast from object to function */
    return symbol != NULL;
}

static bool find_all(struct newer *n)
{
    return find(&n->collection, "rd_kafka_TopicCollection_of_topic_names") &&
           find(&n->collection_destroy, "rd_kafka_TopicCollection_destroy") &&
           find(&n->describe, "rd_kafka_DescribeTopics") &&
           find(&n->result, "rd_kafka_event_DescribeTopics_result") &&
           find(&n->topics, "rd_kafka_DescribeTopics_result_topics") &&
           find(&n->name, "rd_kafka_TopicDescription_name") &&
           find(&n->error, "rd_kafka_TopicDescription_error") &&
           find(&n->id, "rd_kafka_TopicDescription_topic_id") &&
           find(&n->base64, "rd_kafka_Uuid_base64str");
}

static void note_id(const struct newer *n, struct wr_call *c, const void *topic)
{
    const rd_kafka_error_t *error = n->error(topic);
    for (size_t i = 0; i < c->topic_count; i++) {
        bool same = strcmp(c->topics[i].name, n->name(topic)) == 0;
        if (same && rd_kafka_error_code(error) == RD_KAFKA_RESP_ERR_NO_ERROR) {
            c->topic_ids[i] = wr_arena_strdup(&c->arena, n->base64(n->id(topic)));
        }
    }
}

bool wr_rdk_topic_ids(rd_kafka_t *rk, struct wr_call *c, int timeout_ms)
{
    struct newer n;
    if (!find_all(&n) || c->topic_count == 0) {
        return true;
    }
    const char **names = wr_arena_alloc(&c->arena, c->topic_count * sizeof *names);
    for (size_t i = 0; i < c->topic_count; i++) {
        names[i] = c->topics[i].name;
    }
    rd_kafka_queue_t *queue = rd_kafka_queue_new(rk);
    void *collection = n.collection(names, c->topic_count);
    n.describe(rk, collection, NULL, queue);
    n.collection_destroy(collection);
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, timeout_ms);
    bool answered = event != NULL && !wr_rdk_may_work_later(rd_kafka_event_error(event));
    if (answered && rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR_NO_ERROR) {
        size_t count = 0;
        const void **topics = n.topics(n.result(event), &count);
        for (size_t i = 0; i < count; i++) {
            note_id(&n, c, topics[i]);
        }
    }
    rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(queue);
    return answered;
}
