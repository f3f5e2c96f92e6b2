/* rdk_admin.c -- what the cluster is told or asked through librdkafka's admin requests: creating,
 * growing and deleting topics, their configuration, deleting records, the group and its positions.
 *
 * A request is asked once and answered on a queue of the call; an attempt looks there for a moment,
 * so that other jobs get their turn. Freeing the call destroys the queue: librdkafka drops a later
 * answer. Thread: the worker, except for starting.
 */
#include "src/base/base.h"

#include <string.h>

#include "src/base/err.h"
#include "src/base/mem.h"
#include "src/kafka/rdk.h"

enum { LOOK_MS = 50 };

struct admin_call {
    struct wr_rdk_call call;
    struct wr_rdk_consumer *consumer;
    rd_kafka_queue_t *queue; /* NULL: not asked yet, or to be asked again */
    bool on_dirty;           /* the queue is on the second client */

    /* Send the request; false with turn->error if it cannot be made. */
    bool (*ask)(struct admin_call *a, struct wr_rdk_turn *turn);
    enum wr_outcome (*answer)(struct admin_call *a, rd_kafka_event_t *event,
                              struct wr_rdk_turn *turn);
    const char *doing;

    /* Arguments, in the call's arena. */
    struct wr_new_topic topic;
    const char **names;
    size_t name_count;
    struct wr_position *positions;
    size_t position_count;
};

static void drop_queue(struct wr_rdk_call *call)
{
    struct admin_call *a = (struct admin_call *)call;
    if (a->queue == NULL) {
        return;
    }
    rd_kafka_queue_destroy(a->queue);
    a->queue = NULL;
    if (a->on_dirty) {
        atomic_fetch_sub(&a->consumer->dirty_queues, 1);
    }
}

static enum wr_outcome attempt(struct wr_rdk_call *call, struct wr_rdk_turn *turn)
{
    struct admin_call *a = (struct admin_call *)call;
    if (a->queue == NULL && !a->ask(a, turn)) {
        drop_queue(call);
        return WR_CALL_FAILED;
    }
    rd_kafka_event_t *event = rd_kafka_queue_poll(a->queue, LOOK_MS);
    if (event == NULL) {
        turn->waiting_for = "the answer of a broker";
        return WR_CALL_PENDING;
    }
    rd_kafka_resp_err_t rc = rd_kafka_event_error(event);
    enum wr_outcome outcome = rc == RD_KAFKA_RESP_ERR_NO_ERROR
                                  ? a->answer(a, event, turn)
                                  : wr_rdk_attempt_failed(turn, rc, a->doing);
    rd_kafka_event_destroy(event);
    drop_queue(call); /* a retry asks anew */
    return outcome;
}

static struct admin_call *new_call(struct wr_consumer *base, enum wr_call_kind kind)
{
    struct wr_rdk_consumer *consumer = (struct wr_rdk_consumer *)base;
    struct wr_rdk_call *call =
        wr_rdk_call_new(&consumer->handle, kind, sizeof(struct admin_call), attempt);
    call->cleanup = drop_queue;
    struct admin_call *a = (struct admin_call *)call;
    a->consumer = consumer;
    return a;
}

static rd_kafka_t *ask_main(struct admin_call *a)
{
    rd_kafka_t *rk = a->consumer->handle.rk;
    a->queue = rd_kafka_queue_new(rk);
    return rk;
}

/* ---- creating ---- */

static rd_kafka_NewTopic_t *new_topic(const struct wr_new_topic *t, struct weir_error *err)
{
    char text[256];
    rd_kafka_NewTopic_t *n =
        rd_kafka_NewTopic_new(t->name, t->partitions, t->replication, text, sizeof text);
    if (n == NULL) {
        wr_fail(err, WEIR_EINVAL, "cannot create topic \"%s\": %s", t->name, text);
        return NULL;
    }
    for (size_t i = 0; i < t->config_count; i++) {
        rd_kafka_resp_err_t rc =
            rd_kafka_NewTopic_set_config(n, t->config[i].name, t->config[i].value);
        if (rc != RD_KAFKA_RESP_ERR_NO_ERROR) {
            wr_rdk_fail(err, rc, "set a topic's configuration");
            rd_kafka_NewTopic_destroy(n);
            return NULL;
        }
    }
    return n;
}

static bool ask_create(struct admin_call *a, struct wr_rdk_turn *turn)
{
    rd_kafka_t *rk = ask_main(a);
    rd_kafka_NewTopic_t *n = new_topic(&a->topic, &turn->error);
    if (n == NULL) {
        return false;
    }
    rd_kafka_CreateTopics(rk, &n, 1, NULL, a->queue);
    rd_kafka_NewTopic_destroy(n);
    return true;
}

/* What the only topic of a request came to. */
static enum wr_outcome topic_outcome(struct admin_call *a, const rd_kafka_topic_result_t *r,
                                     struct wr_rdk_turn *turn)
{
    rd_kafka_resp_err_t rc = rd_kafka_topic_result_error(r);
    const char *text = rd_kafka_topic_result_error_string(r);
    if (rc == RD_KAFKA_RESP_ERR_NO_ERROR) {
        return WR_CALL_OK;
    }
    enum wr_outcome outcome = wr_rdk_attempt_failed(turn, rc, a->doing);
    wr_fail(&turn->error, wr_rdk_code(rc), "could not %s \"%s\": %s", a->doing, a->topic.name,
            text != NULL ? text : rd_kafka_err2str(rc));
    return outcome;
}

static enum wr_outcome answer_create(struct admin_call *a, rd_kafka_event_t *event,
                                     struct wr_rdk_turn *turn)
{
    size_t count;
    const rd_kafka_topic_result_t **r =
        rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count);
    wr_assert(count == 1);
    a->call.base.created = rd_kafka_topic_result_error(r[0]) == RD_KAFKA_RESP_ERR_NO_ERROR;
    if (rd_kafka_topic_result_error(r[0]) == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) {
        return WR_CALL_OK;
    }
    return topic_outcome(a, r[0], turn);
}

struct wr_call *wr_rdk_topic_create(struct wr_consumer *base, const struct wr_new_topic *topic)
{
    struct admin_call *a = new_call(base, WR_CALL_TOPIC_CREATE);
    struct wr_arena *arena = &a->call.base.arena;
    a->doing = "create topic";
    a->ask = ask_create;
    a->answer = answer_create;
    a->topic = *topic;
    a->topic.name = wr_arena_strdup(arena, topic->name);
    struct wr_topic_config *config = wr_arena_alloc(arena, topic->config_count * sizeof *config);
    for (size_t i = 0; i < topic->config_count; i++) {
        config[i].name = wr_arena_strdup(arena, topic->config[i].name);
        config[i].value = wr_arena_strdup(arena, topic->config[i].value);
    }
    a->topic.config = config;
    return wr_rdk_call_start(&a->call);
}

/* ---- deleting topics ---- */

static bool ask_delete_topic(struct admin_call *a, struct wr_rdk_turn *turn)
{
    WR_UNUSED(turn);
    rd_kafka_t *rk = ask_main(a);
    rd_kafka_DeleteTopic_t *d = rd_kafka_DeleteTopic_new(a->topic.name);
    rd_kafka_DeleteTopics(rk, &d, 1, NULL, a->queue);
    rd_kafka_DeleteTopic_destroy(d);
    return true;
}

static enum wr_outcome answer_delete_topic(struct admin_call *a, rd_kafka_event_t *event,
                                           struct wr_rdk_turn *turn)
{
    size_t count;
    const rd_kafka_topic_result_t **r =
        rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event), &count);
    wr_assert(count == 1);
    if (rd_kafka_topic_result_error(r[0]) == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) {
        return WR_CALL_OK;
    }
    return topic_outcome(a, r[0], turn);
}

struct wr_call *wr_rdk_topic_delete(struct wr_consumer *base, const char *name)
{
    struct admin_call *a = new_call(base, WR_CALL_TOPIC_DELETE);
    a->doing = "delete topic";
    a->ask = ask_delete_topic;
    a->answer = answer_delete_topic;
    a->topic.name = wr_arena_strdup(&a->call.base.arena, name);
    return wr_rdk_call_start(&a->call);
}

/* ---- growing ---- */

static bool ask_grow(struct admin_call *a, struct wr_rdk_turn *turn)
{
    char text[256];
    rd_kafka_t *rk = ask_main(a);
    rd_kafka_NewPartitions_t *n =
        rd_kafka_NewPartitions_new(a->topic.name, (size_t)a->topic.partitions, text, sizeof text);
    if (n == NULL) {
        wr_fail(&turn->error, WEIR_EINVAL, "cannot grow topic \"%s\": %s", a->topic.name, text);
        return false;
    }
    rd_kafka_CreatePartitions(rk, &n, 1, NULL, a->queue);
    rd_kafka_NewPartitions_destroy(n);
    return true;
}

static enum wr_outcome answer_grow(struct admin_call *a, rd_kafka_event_t *event,
                                   struct wr_rdk_turn *turn)
{
    size_t count;
    const rd_kafka_topic_result_t **r = rd_kafka_CreatePartitions_result_topics(
        rd_kafka_event_CreatePartitions_result(event), &count);
    wr_assert(count == 1);
    return topic_outcome(a, r[0], turn);
}

struct wr_call *wr_rdk_topic_grow(struct wr_consumer *base, const char *name, int32_t count)
{
    struct admin_call *a = new_call(base, WR_CALL_TOPIC_GROW);
    a->doing = "add partitions to topic";
    a->ask = ask_grow;
    a->answer = answer_grow;
    a->topic.name = wr_arena_strdup(&a->call.base.arena, name);
    a->topic.partitions = count;
    return wr_rdk_call_start(&a->call);
}

/* ---- configuration ---- */

static bool ask_config(struct admin_call *a, struct wr_rdk_turn *turn)
{
    WR_UNUSED(turn);
    rd_kafka_t *rk = ask_main(a);
    rd_kafka_ConfigResource_t **r = wr_calloc(a->name_count, sizeof *r);
    for (size_t i = 0; i < a->name_count; i++) {
        r[i] = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, a->names[i]);
    }
    rd_kafka_DescribeConfigs(rk, r, a->name_count, NULL, a->queue);
    rd_kafka_ConfigResource_destroy_array(r, a->name_count);
    wr_free(r);
    return true;
}

static bool does_not_exist(rd_kafka_resp_err_t rc)
{
    return wr_rdk_code(rc) == WEIR_ENOTOPIC;
}

static enum wr_outcome answer_config(struct admin_call *a, rd_kafka_event_t *event,
                                     struct wr_rdk_turn *turn)
{
    struct wr_call *c = &a->call.base;
    size_t count;
    size_t total = 0;
    const rd_kafka_ConfigResource_t **r = rd_kafka_DescribeConfigs_result_resources(
        rd_kafka_event_DescribeConfigs_result(event), &count);
    for (size_t i = 0; i < count; i++) {
        rd_kafka_resp_err_t rc = rd_kafka_ConfigResource_error(r[i]);
        if (rc != RD_KAFKA_RESP_ERR_NO_ERROR && !does_not_exist(rc)) {
            enum wr_outcome outcome = wr_rdk_attempt_failed(turn, rc, a->doing);
            wr_fail(&turn->error, wr_rdk_code(rc), "could not %s \"%s\": %s%s", a->doing,
                    rd_kafka_ConfigResource_name(r[i]), rd_kafka_err2str(rc),
                    wr_rdk_code(rc) == WEIR_EAUTH ? "; grant DESCRIBE_CONFIGS on it" : "");
            return outcome;
        }
        size_t entries;
        rd_kafka_ConfigResource_configs(r[i], &entries);
        total += entries;
    }
    c->configs = wr_arena_zalloc(&c->arena, total * sizeof *c->configs);
    for (size_t i = 0; i < count; i++) {
        size_t entries;
        const rd_kafka_ConfigEntry_t **e = rd_kafka_ConfigResource_configs(r[i], &entries);
        const char *topic = wr_arena_strdup(&c->arena, rd_kafka_ConfigResource_name(r[i]));
        for (size_t k = 0; k < entries; k++) {
            c->configs[c->config_count++] = (struct wr_config_value){
                .topic = topic,
                .name = wr_arena_strdup(&c->arena, rd_kafka_ConfigEntry_name(e[k])),
                .value = wr_arena_strdup(&c->arena, rd_kafka_ConfigEntry_value(e[k]))};
        }
    }
    return WR_CALL_OK;
}

struct wr_call *wr_rdk_topics_config(struct wr_consumer *base, const char *const *names,
                                     size_t count)
{
    struct admin_call *a = new_call(base, WR_CALL_TOPICS_CONFIG);
    struct wr_arena *arena = &a->call.base.arena;
    a->doing = "read the configuration of topic";
    a->ask = ask_config;
    a->answer = answer_config;
    a->names = wr_arena_alloc(arena, count * sizeof *a->names);
    a->name_count = count;
    for (size_t i = 0; i < count; i++) {
        a->names[i] = wr_arena_strdup(arena, names[i]);
    }
    return wr_rdk_call_start(&a->call);
}

/* ---- deleting records ---- */

/* Copy positions, but not their metadata. */
static void take_positions(struct admin_call *a, const struct wr_position *from, size_t count)
{
    struct wr_arena *arena = &a->call.base.arena;
    a->positions = wr_arena_zalloc(arena, count * sizeof *a->positions);
    a->position_count = count;
    for (size_t i = 0; i < count; i++) {
        a->positions[i].topic = wr_arena_strdup(arena, from[i].topic);
        a->positions[i].partition = from[i].partition;
        a->positions[i].offset = from[i].offset;
    }
}

static bool ask_delete(struct admin_call *a, struct wr_rdk_turn *turn)
{
    WR_UNUSED(turn);
    rd_kafka_t *rk = ask_main(a);
    rd_kafka_topic_partition_list_t *list = wr_rdk_list_new(a->positions, a->position_count);
    rd_kafka_DeleteRecords_t *d = rd_kafka_DeleteRecords_new(list);
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_DeleteRecords(rk, &d, 1, NULL, a->queue);
    rd_kafka_DeleteRecords_destroy(d);
    return true;
}

static enum wr_outcome answer_delete(struct admin_call *a, rd_kafka_event_t *event,
                                     struct wr_rdk_turn *turn)
{
    const rd_kafka_topic_partition_list_t *list =
        rd_kafka_DeleteRecords_result_offsets(rd_kafka_event_DeleteRecords_result(event));
    enum wr_outcome outcome = WR_CALL_OK;
    for (int i = 0; i < list->cnt && outcome != WR_CALL_FAILED; i++) {
        const rd_kafka_topic_partition_t *p = &list->elems[i];
        if (p->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            outcome = wr_rdk_attempt_failed(turn, p->err, a->doing);
            wr_fail(&turn->error, wr_rdk_code(p->err), "could not %s of %s-%d: %s", a->doing,
                    p->topic, (int)p->partition, rd_kafka_err2str(p->err));
        }
    }
    return outcome;
}

struct wr_call *wr_rdk_records_delete(struct wr_consumer *base, const struct wr_position *below,
                                      size_t count)
{
    struct admin_call *a = new_call(base, WR_CALL_RECORDS_DELETE);
    a->doing = "delete records";
    a->ask = ask_delete;
    a->answer = answer_delete;
    take_positions(a, below, count);
    return wr_rdk_call_start(&a->call);
}

/* ---- the group ---- */

static const char *group_of(const struct admin_call *a)
{
    return a->consumer->handle.kafka->application_id;
}

/* The coordinator is asked through the second client, because that can be thrown away: librdkafka
 * never forgets which broker it once took for the coordinator of an admin request. */
static rd_kafka_t *ask_dirty(struct admin_call *a, struct wr_rdk_turn *turn)
{
    rd_kafka_t *rk = wr_rdk_consumer_dirty(a->consumer, turn);
    if (rk != NULL) {
        a->queue = rd_kafka_queue_new(rk);
        a->on_dirty = true;
        atomic_fetch_add(&a->consumer->dirty_queues, 1);
    }
    return rk;
}

static bool ask_group(struct admin_call *a, struct wr_rdk_turn *turn)
{
    const char *group = group_of(a);
    rd_kafka_t *rk = ask_dirty(a, turn);
    if (rk == NULL) {
        return false;
    }
    rd_kafka_DescribeConsumerGroups(rk, &group, 1, NULL, a->queue);
    return true;
}

static void copy_member(struct wr_arena *arena, struct wr_member *to,
                        const rd_kafka_MemberDescription_t *m)
{
    to->client_id = wr_arena_strdup(arena, rd_kafka_MemberDescription_client_id(m));
    to->member_id = wr_arena_strdup(arena, rd_kafka_MemberDescription_consumer_id(m));
    to->instance_id = wr_arena_strdup(arena, rd_kafka_MemberDescription_group_instance_id(m));
    to->host = wr_arena_strdup(arena, rd_kafka_MemberDescription_host(m));
    const rd_kafka_MemberAssignment_t *assignment = rd_kafka_MemberDescription_assignment(m);
    if (assignment == NULL) {
        return; /* no tasks */
    }
    const rd_kafka_topic_partition_list_t *list = rd_kafka_MemberAssignment_partitions(assignment);
    int32_t *tasks = wr_arena_alloc(arena, (size_t)list->cnt * sizeof *tasks);
    for (int i = 0; i < list->cnt; i++) {
        tasks[i] = list->elems[i].partition;
    }
    to->task_count = (size_t)list->cnt;
    to->tasks = tasks;
}

static enum wr_outcome answer_group(struct admin_call *a, rd_kafka_event_t *event,
                                    struct wr_rdk_turn *turn)
{
    struct wr_call *c = &a->call.base;
    size_t count;
    const rd_kafka_ConsumerGroupDescription_t **g = rd_kafka_DescribeConsumerGroups_result_groups(
        rd_kafka_event_DescribeConsumerGroups_result(event), &count);
    wr_assert(count == 1);
    rd_kafka_resp_err_t rc = rd_kafka_error_code(rd_kafka_ConsumerGroupDescription_error(g[0]));
    if (rc == RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND) {
        return WR_CALL_OK; /* nobody has joined yet */
    }
    if (rc != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return wr_rdk_attempt_failed(turn, rc, a->doing);
    }
    size_t members = rd_kafka_ConsumerGroupDescription_member_count(g[0]);
    c->members = wr_arena_zalloc(&c->arena, members * sizeof *c->members);
    c->member_count = members;
    for (size_t i = 0; i < members; i++) {
        copy_member(&c->arena, &c->members[i], rd_kafka_ConsumerGroupDescription_member(g[0], i));
    }
    return WR_CALL_OK;
}

static enum wr_outcome attempt_group(struct wr_rdk_call *call, struct wr_rdk_turn *turn)
{
    struct admin_call *a = (struct admin_call *)call;
    enum wr_outcome outcome = attempt(call, turn);
    bool again = outcome == WR_CALL_PENDING && a->queue == NULL;
    if (again && atomic_load(&a->consumer->dirty_queues) == 0) {
        wr_rdk_client_destroy(a->consumer->dirty);
        a->consumer->dirty = NULL;
    }
    return outcome;
}

static struct admin_call *new_group_call(struct wr_consumer *base, enum wr_call_kind kind)
{
    struct admin_call *a = new_call(base, kind);
    a->call.attempt = attempt_group;
    return a;
}

struct wr_call *wr_rdk_group_describe(struct wr_consumer *base)
{
    struct admin_call *a = new_group_call(base, WR_CALL_GROUP_DESCRIBE);
    a->doing = "describe the group";
    a->ask = ask_group;
    a->answer = answer_group;
    return wr_rdk_call_start(&a->call);
}

/* What a change of the group came to, by the code for the group or for a partition. */
static enum wr_outcome change_outcome(struct admin_call *a, rd_kafka_resp_err_t rc,
                                      struct wr_rdk_turn *turn)
{
    if (rc == RD_KAFKA_RESP_ERR_NO_ERROR) {
        return WR_CALL_OK;
    }
    enum wr_outcome outcome = wr_rdk_attempt_failed(turn, rc, a->doing);
    if (rc == RD_KAFKA_RESP_ERR_NON_EMPTY_GROUP || rc == RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID) {
        wr_fail(&turn->error, WEIR_ESTATE, "could not %s: group \"%s\" has members", a->doing,
                group_of(a));
    }
    return outcome;
}

static bool ask_delete_group(struct admin_call *a, struct wr_rdk_turn *turn)
{
    rd_kafka_t *rk = ask_dirty(a, turn);
    if (rk == NULL) {
        return false;
    }
    rd_kafka_DeleteGroup_t *d = rd_kafka_DeleteGroup_new(group_of(a));
    rd_kafka_DeleteGroups(rk, &d, 1, NULL, a->queue);
    rd_kafka_DeleteGroup_destroy(d);
    return true;
}

static enum wr_outcome answer_delete_group(struct admin_call *a, rd_kafka_event_t *event,
                                           struct wr_rdk_turn *turn)
{
    size_t count;
    const rd_kafka_group_result_t **r =
        rd_kafka_DeleteGroups_result_groups(rd_kafka_event_DeleteGroups_result(event), &count);
    wr_assert(count == 1);
    rd_kafka_resp_err_t rc = rd_kafka_error_code(rd_kafka_group_result_error(r[0]));
    return rc == RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND ? WR_CALL_OK : change_outcome(a, rc, turn);
}

struct wr_call *wr_rdk_group_delete(struct wr_consumer *base)
{
    struct admin_call *a = new_group_call(base, WR_CALL_GROUP_DELETE);
    a->doing = "delete the group";
    a->ask = ask_delete_group;
    a->answer = answer_delete_group;
    return wr_rdk_call_start(&a->call);
}

static bool ask_alter(struct admin_call *a, struct wr_rdk_turn *turn)
{
    rd_kafka_t *rk = ask_dirty(a, turn);
    if (rk == NULL) {
        return false;
    }
    rd_kafka_topic_partition_list_t *list = wr_rdk_list_new(a->positions, a->position_count);
    rd_kafka_AlterConsumerGroupOffsets_t *o =
        rd_kafka_AlterConsumerGroupOffsets_new(group_of(a), list);
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_AlterConsumerGroupOffsets(rk, &o, 1, NULL, a->queue);
    rd_kafka_AlterConsumerGroupOffsets_destroy(o);
    return true;
}

static enum wr_outcome answer_alter(struct admin_call *a, rd_kafka_event_t *event,
                                    struct wr_rdk_turn *turn)
{
    size_t count;
    const rd_kafka_group_result_t **r = rd_kafka_AlterConsumerGroupOffsets_result_groups(
        rd_kafka_event_AlterConsumerGroupOffsets_result(event), &count);
    wr_assert(count == 1);
    enum wr_outcome outcome =
        change_outcome(a, rd_kafka_error_code(rd_kafka_group_result_error(r[0])), turn);
    const rd_kafka_topic_partition_list_t *list = rd_kafka_group_result_partitions(r[0]);
    for (int i = 0; list != NULL && i < list->cnt && outcome == WR_CALL_OK; i++) {
        outcome = change_outcome(a, list->elems[i].err, turn);
    }
    return outcome;
}

struct wr_call *wr_rdk_offsets_alter(struct wr_consumer *base, const struct wr_position *positions,
                                     size_t count)
{
    struct admin_call *a = new_group_call(base, WR_CALL_OFFSETS_ALTER);
    a->doing = "set committed offsets";
    a->ask = ask_alter;
    a->answer = answer_alter;
    take_positions(a, positions, count);
    return wr_rdk_call_start(&a->call);
}
