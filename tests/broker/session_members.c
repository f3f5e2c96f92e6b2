/* session_members.c -- steps of consumers that are members of groups. Their rebalances go on only
 * while `settle` polls them, all together. */
#include "src/base/base.h"

#include <string.h>

#include "src/base/mem.h"
#include "tests/broker/session.h"

enum { SETTLE_POLLS = 600, POLL_MS = 20, CHECK_EVERY = 10, STEADY_CHECKS = 4 };

/* join NAME GROUP TOPIC[,TOPIC...] [instance=ID] [protocol=STRATEGY] [session=MS] */
void session_join(struct session *s, const struct step *t)
{
    const char *instance = step_option(t, "instance", "");
    const char *const settings[] = {"client.id",
                                    t->words[1],
                                    "group.id",
                                    t->words[2],
                                    "enable.auto.commit",
                                    "false",
                                    "auto.offset.reset",
                                    "latest",
                                    "fetch.wait.max.ms",
                                    "10",
                                    "partition.assignment.strategy",
                                    step_option(t, "protocol", "range"),
                                    "session.timeout.ms",
                                    step_option(t, "session", "6000"),
                                    "heartbeat.interval.ms",
                                    "200",
                                    "group.instance.id",
                                    instance,
                                    NULL};
    /* An empty instance id is not one: the list ends before it. */
    const char *dynamic[WR_ARRAY_LEN(settings)];
    memcpy(dynamic, settings, sizeof settings);
    if (*instance == '\0') {
        dynamic[WR_ARRAY_LEN(settings) - 3] = NULL;
    }
    rd_kafka_t *rk = session_handle(s, RD_KAFKA_CONSUMER, dynamic);
    rd_kafka_poll_set_consumer(rk);
    rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(4);
    char *rest = NULL;
    for (char *w = strtok_r(t->words[3], ",", &rest); w != NULL; w = strtok_r(NULL, ",", &rest)) {
        rd_kafka_topic_partition_list_add(topics, w, RD_KAFKA_PARTITION_UA);
    }
    session_say_error(s, rd_kafka_subscribe(rk, topics));
    rd_kafka_topic_partition_list_destroy(topics);
    session_add(s, t->words[1], rk, t->words[2]);
}

/* What each member has, for comparison from one look to the next. */
static void say_assignments(struct session *s, const char *group)
{
    for (int i = 0; i < s->client_count; i++) {
        const struct session_client *c = &s->clients[i];
        if (c->group == NULL || strcmp(c->group, group) != 0) {
            continue;
        }
        rd_kafka_topic_partition_list_t *list;
        rd_kafka_assignment(c->rk, &list);
        session_say(s, "| %s", c->name);
        for (int k = 0; k < list->cnt; k++) {
            list->elems[k].offset = RD_KAFKA_OFFSET_INVALID;
        }
        session_say_positions(s, list);
        rd_kafka_topic_partition_list_destroy(list);
    }
}

static void poll_members(struct session *s, const char *group)
{
    for (int i = 0; i < s->client_count; i++) {
        const struct session_client *c = &s->clients[i];
        if (c->group != NULL && strcmp(c->group, group) == 0) {
            rd_kafka_message_t *m = rd_kafka_consumer_poll(c->rk, POLL_MS);
            if (m != NULL) {
                rd_kafka_message_destroy(m);
            }
        }
    }
}

/* How many members the group has, -1 while it is not stable. */
static int stable_members(struct session *s, const char *group)
{
    rd_kafka_DescribeConsumerGroups(s->admin, &group, 1, NULL, s->answers);
    rd_kafka_event_t *e = rd_kafka_queue_poll(s->answers, ANSWER_MS);
    if (e == NULL) {
        session_die("a group was not described");
    }
    int members = -1;
    const rd_kafka_DescribeConsumerGroups_result_t *r =
        rd_kafka_event_DescribeConsumerGroups_result(e);
    size_t count = 0;
    const rd_kafka_ConsumerGroupDescription_t **groups =
        rd_kafka_DescribeConsumerGroups_result_groups(r, &count);
    if (count == 1 && rd_kafka_ConsumerGroupDescription_state(groups[0]) ==
                          RD_KAFKA_CONSUMER_GROUP_STATE_STABLE) {
        members = (int)rd_kafka_ConsumerGroupDescription_member_count(groups[0]);
    }
    rd_kafka_event_destroy(e);
    return members;
}

/* settle GROUP COUNT: poll all members here until the group is stable with so many, and what they
 * have does not change. */
void session_settle(struct session *s, const struct step *t)
{
    const char *group = t->words[1];
    int wanted = (int)step_number(t->words[2]);
    char *last = NULL;
    int steady = 0;
    for (int polls = 0; polls < SETTLE_POLLS && steady < STEADY_CHECKS; polls++) {
        poll_members(s, group);
        if (polls % CHECK_EVERY != 0) {
            continue;
        }
        wr_buf_reset(&s->out);
        say_assignments(s, group);
        const char *seen = wr_buf_cstr(&s->out);
        bool same = last != NULL && strcmp(last, seen) == 0;
        steady = same && stable_members(s, group) == wanted ? steady + 1 : 0;
        wr_free(last);
        last = wr_strdup(seen);
    }
    wr_free(last);
    if (steady < STEADY_CHECKS) {
        session_say(s, "not stable with %d members", wanted);
    }
}

/* leave NAME; a static member stays in its group until its session ends */
void session_leave(struct session *s, const struct step *t)
{
    struct session_client *c = session_find(s, t->words[1]);
    session_say_error(s, rd_kafka_consumer_close(c->rk));
    session_remove(s, c);
}

/* commit-member NAME POSITION... */
void session_commit_member(struct session *s, const struct step *t)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(4);
    for (int i = 2; i < t->count; i++) {
        session_add_position(list, t->words[i]);
    }
    session_say_error(s, rd_kafka_commit(session_find(s, t->words[1])->rk, list, 0));
    rd_kafka_topic_partition_list_destroy(list);
}
