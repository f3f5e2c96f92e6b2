/* session_admin.c -- steps of an operator: topics, configurations, records, groups. */
#include "src/base/base.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tests/broker/session.h"

/* The answer to the request that was sent last; NULL if it failed as a whole, which is said. */
static rd_kafka_event_t *answer(struct session *s)
{
    rd_kafka_event_t *e = rd_kafka_queue_poll(s->answers, ANSWER_MS);
    if (e == NULL) {
        session_die("a request was not answered");
    }
    if (rd_kafka_event_error(e) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        session_say_error(s, rd_kafka_event_error(e));
        rd_kafka_event_destroy(e);
        return NULL;
    }
    return e;
}

/* ---- topics ---------------------------------------------------------------------------------- */

/* Wait until the broker shows so many partitions with a leader that answers; 0: no such topic. */
static void wait_partitions(struct session *s, const char *topic, int count)
{
    for (int tries = 0; tries < 300; tries++) {
        const struct rd_kafka_metadata *m;
        rd_kafka_topic_t *rkt = rd_kafka_topic_new(s->admin, topic, NULL);
        rd_kafka_resp_err_t code = rd_kafka_metadata(s->admin, 0, rkt, &m, ANSWER_MS);
        rd_kafka_topic_destroy(rkt);
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
            session_die("no metadata: %s", rd_kafka_err2name(code));
        }
        int led = 0;
        for (int i = 0; i < m->topics[0].partition_cnt; i++) {
            led += m->topics[0].partitions[i].leader >= 0;
        }
        bool there =
            count == 0 ? m->topics[0].err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART : led == count;
        rd_kafka_metadata_destroy(m);
        for (int32_t i = 0; there && i < count; i++) {
            int64_t low;
            int64_t high;
            there = rd_kafka_query_watermark_offsets(s->admin, topic, i, &low, &high, ANSWER_MS) ==
                    RD_KAFKA_RESP_ERR_NO_ERROR;
        }
        if (there) {
            return;
        }
        rd_kafka_poll(s->admin, 50);
    }
    session_die("topic \"%s\" did not get %d partitions", topic, count);
}

static void say_topics(struct session *s, const rd_kafka_topic_result_t **topics, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        session_say_error(s, rd_kafka_topic_result_error(topics[i]));
    }
}

static bool said_ok(const struct session *s)
{
    return s->out.len == 2 && memcmp(s->out.data, "ok", 2) == 0;
}

static void say_wrong(struct session *s)
{
    session_say(s, "refused by the client");
}

void session_create(struct session *s, const struct step *t)
{
    char why[512];
    int partitions = (int)step_number(t->words[2]);
    int replication = (int)step_number(step_option(t, "replication", "1"));
    rd_kafka_NewTopic_t *topic =
        rd_kafka_NewTopic_new(t->words[1], partitions, replication, why, sizeof why);
    if (topic == NULL) {
        say_wrong(s);
        return;
    }
    for (int i = 0; i < t->option_count; i++) {
        char *value = strchr(t->options[i], '=') + 1;
        if (strncmp(t->options[i], "replication=", 12) != 0) {
            char *name = strndup(t->options[i], (size_t)(value - 1 - t->options[i]));
            rd_kafka_NewTopic_set_config(topic, name, value);
            free(name);
        }
    }
    rd_kafka_CreateTopics(s->admin, &topic, 1, NULL, s->answers);
    rd_kafka_NewTopic_destroy(topic);
    rd_kafka_event_t *e = answer(s);
    if (e == NULL) {
        return;
    }
    size_t count;
    const rd_kafka_topic_result_t **topics =
        rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(e), &count);
    say_topics(s, topics, count);
    rd_kafka_event_destroy(e);
    if (said_ok(s)) {
        wait_partitions(s, t->words[1], partitions == -1 ? 1 : partitions);
    }
}

void session_delete(struct session *s, const struct step *t)
{
    rd_kafka_DeleteTopic_t *topic = rd_kafka_DeleteTopic_new(t->words[1]);
    rd_kafka_DeleteTopics(s->admin, &topic, 1, NULL, s->answers);
    rd_kafka_DeleteTopic_destroy(topic);
    rd_kafka_event_t *e = answer(s);
    if (e == NULL) {
        return;
    }
    size_t count;
    const rd_kafka_topic_result_t **topics =
        rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(e), &count);
    say_topics(s, topics, count);
    rd_kafka_event_destroy(e);
    if (said_ok(s)) {
        wait_partitions(s, t->words[1], 0);
    }
}

void session_grow(struct session *s, const struct step *t)
{
    char why[512];
    int count = (int)step_number(t->words[2]);
    rd_kafka_NewPartitions_t *more =
        rd_kafka_NewPartitions_new(t->words[1], (size_t)count, why, sizeof why);
    if (more == NULL) {
        say_wrong(s);
        return;
    }
    rd_kafka_CreatePartitions(s->admin, &more, 1, NULL, s->answers);
    rd_kafka_NewPartitions_destroy(more);
    rd_kafka_event_t *e = answer(s);
    if (e == NULL) {
        return;
    }
    size_t topics_count;
    const rd_kafka_topic_result_t **topics = rd_kafka_CreatePartitions_result_topics(
        rd_kafka_event_CreatePartitions_result(e), &topics_count);
    say_topics(s, topics, topics_count);
    rd_kafka_event_destroy(e);
    if (said_ok(s)) {
        wait_partitions(s, t->words[1], count);
    }
}

/* ---- configurations -------------------------------------------------------------------------- */

static const rd_kafka_ConfigResource_t *described(struct session *s, const char *topic,
                                                  rd_kafka_event_t **e)
{
    size_t count;
    rd_kafka_ConfigResource_t *r = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic);
    rd_kafka_DescribeConfigs(s->admin, &r, 1, NULL, s->answers);
    rd_kafka_ConfigResource_destroy(r);
    *e = answer(s);
    return *e == NULL ? NULL
                      : rd_kafka_DescribeConfigs_result_resources(
                            rd_kafka_event_DescribeConfigs_result(*e), &count)[0];
}

static bool is_own(const rd_kafka_ConfigEntry_t *entry)
{
    return rd_kafka_ConfigEntry_source(entry) == RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG;
}

/* Whether a topic has these settings and no others. */
static bool has_settings(const rd_kafka_ConfigResource_t *r, const struct step *t)
{
    size_t count;
    int own = 0;
    const rd_kafka_ConfigEntry_t **entries = rd_kafka_ConfigResource_configs(r, &count);
    for (size_t i = 0; i < count; i++) {
        if (is_own(entries[i])) {
            const char *given = step_option(t, rd_kafka_ConfigEntry_name(entries[i]), NULL);
            const char *value = rd_kafka_ConfigEntry_value(entries[i]);
            own += given == NULL || strcasecmp(given, value) != 0 ? -1 : 1;
        }
    }
    return own == t->option_count;
}

/* Until the broker that is asked has heard of an alteration. A value that is shown in another form
 * than it was given in makes that wait end by itself. */
static void wait_settings(struct session *s, const struct step *t)
{
    bool there = false;
    for (int tries = 0; tries < 20 && !there; tries++) {
        rd_kafka_event_t *e;
        const rd_kafka_ConfigResource_t *r = described(s, t->words[1], &e);
        if (r == NULL) {
            return;
        }
        there = has_settings(r, t);
        rd_kafka_event_destroy(e);
        rd_kafka_poll(s->admin, there ? 0 : 50);
    }
}

void session_alter(struct session *s, const struct step *t)
{
    rd_kafka_ConfigResource_t *r =
        rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, t->words[1]);
    for (int i = 0; i < t->option_count; i++) {
        char *value = strchr(t->options[i], '=') + 1;
        char *name = strndup(t->options[i], (size_t)(value - 1 - t->options[i]));
        rd_kafka_ConfigResource_set_config(r, name, value);
        free(name);
    }
    rd_kafka_AlterConfigs(s->admin, &r, 1, NULL, s->answers);
    rd_kafka_ConfigResource_destroy(r);
    rd_kafka_event_t *e = answer(s);
    if (e == NULL) {
        return;
    }
    size_t count;
    const rd_kafka_ConfigResource_t **resources =
        rd_kafka_AlterConfigs_result_resources(rd_kafka_event_AlterConfigs_result(e), &count);
    for (size_t i = 0; i < count; i++) {
        session_say_error(s, rd_kafka_ConfigResource_error(resources[i]));
    }
    rd_kafka_event_destroy(e);
    if (said_ok(s)) {
        wait_settings(s, t);
    }
}

static void say_entry(struct session *s, const rd_kafka_ConfigEntry_t *entry)
{
    const char *value = rd_kafka_ConfigEntry_value(entry);
    session_say(s, "%s=%s%s", rd_kafka_ConfigEntry_name(entry), value == NULL ? "(null)" : value,
                is_own(entry) ? "!" : "");
}

static int by_entry_name(const void *a, const void *b)
{
    return strcmp(rd_kafka_ConfigEntry_name(*(const rd_kafka_ConfigEntry_t *const *)a),
                  rd_kafka_ConfigEntry_name(*(const rd_kafka_ConfigEntry_t *const *)b));
}

static void say_configs(struct session *s, const struct step *t, const rd_kafka_ConfigResource_t *r)
{
    if (rd_kafka_ConfigResource_error(r) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        session_say_error(s, rd_kafka_ConfigResource_error(r));
        return;
    }
    size_t count;
    const rd_kafka_ConfigEntry_t **entries = rd_kafka_ConfigResource_configs(r, &count);
    qsort(entries, count, sizeof(rd_kafka_ConfigEntry_t *), by_entry_name);
    for (size_t i = 0; i < count; i++) {
        if (t->count == 2 || step_has(t, rd_kafka_ConfigEntry_name(entries[i]))) {
            say_entry(s, entries[i]);
        }
    }
}

/* All settings, or those that are named; an exclamation mark: set on the topic. */
void session_config(struct session *s, const struct step *t)
{
    rd_kafka_event_t *e;
    const rd_kafka_ConfigResource_t *r = described(s, t->words[1], &e);
    if (r != NULL) {
        say_configs(s, t, r);
        rd_kafka_event_destroy(e);
    }
}

/* ---- records --------------------------------------------------------------------------------- */

void session_delete_records(struct session *s, const struct step *t)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, t->words[1], (int32_t)step_number(t->words[2]))
        ->offset = step_number(t->words[3]);
    rd_kafka_DeleteRecords_t *before = rd_kafka_DeleteRecords_new(list);
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_DeleteRecords(s->admin, &before, 1, NULL, s->answers);
    rd_kafka_DeleteRecords_destroy(before);
    rd_kafka_event_t *e = answer(s);
    if (e != NULL) {
        session_say_positions(
            s, rd_kafka_DeleteRecords_result_offsets(rd_kafka_event_DeleteRecords_result(e)));
        rd_kafka_event_destroy(e);
    }
}

/* ---- groups ---------------------------------------------------------------------------------- */

static int by_client(const void *a, const void *b)
{
    return strcmp(
        rd_kafka_MemberDescription_client_id(*(const rd_kafka_MemberDescription_t *const *)a),
        rd_kafka_MemberDescription_client_id(*(const rd_kafka_MemberDescription_t *const *)b));
}

static void say_group(struct session *s, const rd_kafka_ConsumerGroupDescription_t *g)
{
    const rd_kafka_MemberDescription_t *members[CLIENTS_MAX];
    size_t count = rd_kafka_ConsumerGroupDescription_member_count(g);
    const rd_kafka_error_t *error = rd_kafka_ConsumerGroupDescription_error(g);
    if (error != NULL) {
        session_say_error(s, rd_kafka_error_code(error));
        return;
    }
    session_say(s, "%s \"%s\"",
                rd_kafka_consumer_group_state_name(rd_kafka_ConsumerGroupDescription_state(g)),
                rd_kafka_ConsumerGroupDescription_partition_assignor(g));
    for (size_t i = 0; i < count; i++) {
        members[i] = rd_kafka_ConsumerGroupDescription_member(g, i);
    }
    qsort(members, count, sizeof members[0], by_client);
    for (size_t i = 0; i < count; i++) {
        const char *instance = rd_kafka_MemberDescription_group_instance_id(members[i]);
        session_say(s, "| %s%s%s", rd_kafka_MemberDescription_client_id(members[i]),
                    instance == NULL ? "" : "/", instance == NULL ? "" : instance);
        session_say_positions(s, rd_kafka_MemberAssignment_partitions(
                                     rd_kafka_MemberDescription_assignment(members[i])));
    }
}

void session_describe(struct session *s, const struct step *t)
{
    const char *group = t->words[1];
    rd_kafka_DescribeConsumerGroups(s->admin, &group, 1, NULL, s->answers);
    rd_kafka_event_t *e = answer(s);
    if (e == NULL) {
        return;
    }
    size_t count;
    const rd_kafka_ConsumerGroupDescription_t **groups =
        rd_kafka_DescribeConsumerGroups_result_groups(
            rd_kafka_event_DescribeConsumerGroups_result(e), &count);
    for (size_t i = 0; i < count; i++) {
        say_group(s, groups[i]);
    }
    rd_kafka_event_destroy(e);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Those whose names begin so. */
void session_groups(struct session *s, const struct step *t)
{
    enum { GROUPS_MAX = 200 };
    const char *lines[GROUPS_MAX];
    size_t kept = 0;
    rd_kafka_ListConsumerGroups(s->admin, NULL, s->answers);
    rd_kafka_event_t *e = answer(s);
    if (e == NULL) {
        return;
    }
    size_t count;
    const rd_kafka_ConsumerGroupListing_t **groups = rd_kafka_ListConsumerGroups_result_valid(
        rd_kafka_event_ListConsumerGroups_result(e), &count);
    for (size_t i = 0; i < count && kept < GROUPS_MAX; i++) {
        const char *id = rd_kafka_ConsumerGroupListing_group_id(groups[i]);
        if (strncmp(id, t->words[1], strlen(t->words[1])) == 0) {
            lines[kept++] = id;
        }
    }
    qsort(lines, kept, sizeof lines[0], by_text);
    session_say(s, "%zu", kept);
    for (size_t i = 0; i < kept; i++) {
        session_say(s, "%s", lines[i]);
    }
    rd_kafka_event_destroy(e);
}

void session_delete_group(struct session *s, const struct step *t)
{
    rd_kafka_DeleteGroup_t *group = rd_kafka_DeleteGroup_new(t->words[1]);
    rd_kafka_DeleteGroups(s->admin, &group, 1, NULL, s->answers);
    rd_kafka_DeleteGroup_destroy(group);
    rd_kafka_event_t *e = answer(s);
    if (e == NULL) {
        return;
    }
    size_t count;
    const rd_kafka_group_result_t **groups =
        rd_kafka_DeleteGroups_result_groups(rd_kafka_event_DeleteGroups_result(e), &count);
    for (size_t i = 0; i < count; i++) {
        const rd_kafka_error_t *error = rd_kafka_group_result_error(groups[i]);
        session_say_error(s,
                          error == NULL ? RD_KAFKA_RESP_ERR_NO_ERROR : rd_kafka_error_code(error));
    }
    rd_kafka_event_destroy(e);
}

/* ---- committed positions --------------------------------------------------------------------- */

static rd_kafka_topic_partition_list_t *positions_of(const struct step *t)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(4);
    for (int i = 2; i < t->count; i++) {
        if (strchr(t->words[i], ':') != NULL) {
            session_add_position(list, t->words[i]);
        }
    }
    return list;
}

static void say_group_positions(struct session *s, const rd_kafka_group_result_t **groups,
                                size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const rd_kafka_error_t *error = rd_kafka_group_result_error(groups[i]);
        if (error != NULL) {
            session_say_error(s, rd_kafka_error_code(error));
        } else {
            session_say(s, "ok");
            session_say_positions(s, rd_kafka_group_result_partitions(groups[i]));
        }
    }
}

/* The answer to ListConsumerGroupOffsets; NULL after an error, which is said. */
static rd_kafka_event_t *list_positions(struct session *s, const char *group,
                                        const rd_kafka_topic_partition_list_t *list, bool stable)
{
    rd_kafka_ListConsumerGroupOffsets_t *of = rd_kafka_ListConsumerGroupOffsets_new(group, list);
    rd_kafka_AdminOptions_t *options =
        rd_kafka_AdminOptions_new(s->admin, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS);
    rd_kafka_error_destroy(rd_kafka_AdminOptions_set_require_stable_offsets(options, stable));
    rd_kafka_ListConsumerGroupOffsets(s->admin, &of, 1, options, s->answers);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_ListConsumerGroupOffsets_destroy(of);
    return answer(s);
}

static const rd_kafka_group_result_t **listed(rd_kafka_event_t *e, size_t *count)
{
    return rd_kafka_ListConsumerGroupOffsets_result_groups(
        rd_kafka_event_ListConsumerGroupOffsets_result(e), count);
}

bool session_is_unstable(struct session *s, const char *group,
                         const rd_kafka_topic_partition_list_t *list)
{
    size_t count;
    bool unstable = false;
    rd_kafka_event_t *e = list_positions(s, group, list, true);
    if (e == NULL) {
        return false;
    }
    const rd_kafka_topic_partition_list_t *found =
        rd_kafka_group_result_partitions(listed(e, &count)[0]);
    for (int i = 0; found != NULL && i < found->cnt; i++) {
        unstable = unstable || found->elems[i].err == RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT;
    }
    rd_kafka_event_destroy(e);
    return unstable;
}

/* Of a group: those that are named, or all. */
void session_positions(struct session *s, const struct step *t)
{
    size_t count;
    rd_kafka_topic_partition_list_t *list = positions_of(t);
    rd_kafka_event_t *e =
        list_positions(s, t->words[1], list->cnt == 0 ? NULL : list, step_has(t, "stable"));
    rd_kafka_topic_partition_list_destroy(list);
    if (e != NULL) {
        const rd_kafka_group_result_t **groups = listed(e, &count);
        say_group_positions(s, groups, count);
        rd_kafka_event_destroy(e);
    }
}

void session_set_positions(struct session *s, const struct step *t)
{
    rd_kafka_topic_partition_list_t *list = positions_of(t);
    rd_kafka_AlterConsumerGroupOffsets_t *to =
        rd_kafka_AlterConsumerGroupOffsets_new(t->words[1], list);
    rd_kafka_AlterConsumerGroupOffsets(s->admin, &to, 1, NULL, s->answers);
    rd_kafka_AlterConsumerGroupOffsets_destroy(to);
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_event_t *e = answer(s);
    if (e != NULL) {
        size_t count;
        const rd_kafka_group_result_t **groups = rd_kafka_AlterConsumerGroupOffsets_result_groups(
            rd_kafka_event_AlterConsumerGroupOffsets_result(e), &count);
        say_group_positions(s, groups, count);
        rd_kafka_event_destroy(e);
    }
}

void session_forget_positions(struct session *s, const struct step *t)
{
    rd_kafka_topic_partition_list_t *list = positions_of(t);
    rd_kafka_DeleteConsumerGroupOffsets_t *of =
        rd_kafka_DeleteConsumerGroupOffsets_new(t->words[1], list);
    rd_kafka_DeleteConsumerGroupOffsets(s->admin, &of, 1, NULL, s->answers);
    rd_kafka_DeleteConsumerGroupOffsets_destroy(of);
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_event_t *e = answer(s);
    if (e != NULL) {
        size_t count;
        const rd_kafka_group_result_t **groups = rd_kafka_DeleteConsumerGroupOffsets_result_groups(
            rd_kafka_event_DeleteConsumerGroupOffsets_result(e), &count);
        say_group_positions(s, groups, count);
        rd_kafka_event_destroy(e);
    }
}
