/* kafka_util.c -- helpers for tests of the port. */
#include "src/base/base.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "src/base/clock.h"
#include "tests/unit/kafka/kafka_util.h"

enum { LONG_MS = 30000, SLICE_MS = 20 };

const char *kt_bootstrap;

int64_t kt_ms(void)
{
    return wr_mono_ms(wr_clock_system());
}

void kt_sleep(int ms)
{
    struct timespec t = {ms / 1000, ms % 1000 * 1000000L};
    nanosleep(&t, NULL);
}

const char *kt_name(const char *base)
{
    static char names[32][80];
    static int next;
    char *name = names[next++ % 32];
    snprintf(name, sizeof names[0], "%s-%d-%" PRId64, base, (int)getpid(),
             wr_wall_ms(wr_clock_system()));
    return name;
}

enum { SETTINGS_MAX = 16 };

struct wr_kafka *kt_open(const struct kt_options *o)
{
    struct wr_kafka_setting settings[SETTINGS_MAX] = {
        {"", "bootstrap.servers", kt_bootstrap},
        {"", "broker.address.family", "v4"},
    };
    ck_assert_uint_le(o->setting_count, SETTINGS_MAX - 2);
    for (size_t i = 0; i < o->setting_count; i++) {
        settings[2 + i] = o->settings[i];
    }
    const char *app = o->application != NULL ? o->application : kt_name("app");
    struct wr_kafka_options options = {
        .application_id = app,
        .client_id = "weir-test",
        .settings = settings,
        .setting_count = 2 + o->setting_count,
        .clock = wr_clock_system(),
        .session_timeout_ms = o->session_timeout_ms != 0 ? o->session_timeout_ms : 6000,
        .heartbeat_interval_ms = 500,
        .max_poll_interval_ms = 60000,
        .transaction_timeout_ms =
            o->transaction_timeout_ms != 0 ? o->transaction_timeout_ms : 10000,
    };
    struct wr_kafka *k = NULL;
    struct weir_error err = {0};
    enum weir_code code = wr_kafka_open(&k, &options, &err);
    ck_assert_msg(code == WEIR_OK, "%s", err.text);
    return k;
}

enum wr_outcome kt_end(struct wr_call *c, struct weir_error *err)
{
    int64_t until = kt_ms() + LONG_MS;
    enum wr_outcome outcome;
    while ((outcome = wr_call_step(c, SLICE_MS, err)) == WR_CALL_PENDING) {
        ck_assert_msg(kt_ms() < until, "waits for ever for %s", wr_call_waiting_for(c));
    }
    return outcome;
}

void kt_ok(struct wr_call *c)
{
    struct weir_error err = {0};
    enum wr_outcome outcome = kt_end(c, &err);
    ck_assert_msg(outcome == WR_CALL_OK, "outcome %d: %s", (int)outcome, err.text);
    wr_call_free(c);
}

struct wr_consumer *kt_consumer(struct wr_kafka *k, enum wr_role role, const char *topic,
                                struct wr_wake *wake)
{
    struct wr_consumer *c = NULL;
    struct weir_error err = {0};
    struct wr_consumer_options o = {
        .role = role, .topics = &topic, .topic_count = topic != NULL ? 1 : 0, .wake = wake};
    enum weir_code code = wr_consumer_open(k, &o, &c, &err);
    ck_assert_msg(code == WEIR_OK, "%s", err.text);
    return c;
}

void kt_topic(struct wr_consumer *admin, const char *name, int partitions)
{
    struct wr_new_topic topic = {.name = name, .partitions = partitions, .replication = -1};
    kt_ok(wr_topic_create(admin, &topic));
    int64_t until = kt_ms() + LONG_MS;
    bool known = false;
    while (!known) {
        struct wr_call *c = wr_topics_describe(admin, &name, 1);
        size_t count;
        ck_assert_int_eq(kt_end(c, NULL), WR_CALL_OK);
        const struct wr_topic_info *info = wr_topics_result(c, &count);
        known = info->code == WEIR_OK && info->partitions == partitions;
        wr_call_free(c);
        ck_assert_int_lt(kt_ms(), until);
        kt_sleep(known ? 0 : 20);
    }
}

struct wr_producer *kt_producer(struct wr_kafka *k, const char *id, const char *topic)
{
    struct wr_producer *p = NULL;
    struct weir_error err = {0};
    enum weir_code code = wr_producer_open(k, id, &topic, topic != NULL ? 1 : 0, &p, &err);
    ck_assert_msg(code == WEIR_OK, "%s", err.text);
    kt_ok(wr_producer_init(p));
    return p;
}

struct wr_producer *kt_outputs(struct wr_kafka *k, const char *topic)
{
    struct wr_producer *p = NULL;
    struct weir_error err = {0};
    enum weir_code code = wr_producer_open(k, NULL, &topic, 1, &p, &err);
    ck_assert_msg(code == WEIR_OK, "%s", err.text);
    return p;
}

enum weir_code kt_send(struct wr_producer *p, const char *topic, int partition, const char *key,
                       const char *value)
{
    struct wr_outgoing o = {
        .topic = wr_producer_topic(p, topic),
        .partition = partition,
        .key = weir_str(key),
        .value = weir_str(value),
        .time = 1000,
    };
    struct weir_error err = {0};
    return wr_producer_send(p, &o, &err);
}

void kt_begin(struct wr_producer *p)
{
    struct weir_error err = {0};
    enum wr_outcome outcome = wr_producer_begin(p, &err);
    ck_assert_msg(outcome == WR_CALL_OK, "%s", err.text);
}

void kt_write(struct wr_producer *p, const char *topic, int partition, const char *prefix, int n)
{
    kt_begin(p);
    for (int i = 0; i < n; i++) {
        char text[64];
        snprintf(text, sizeof text, "%s%d", prefix, i);
        ck_assert_int_eq(kt_send(p, topic, partition, text, text), WEIR_OK);
    }
    kt_ok(wr_producer_commit(p));
}

bool kt_next(struct wr_partition *part, struct wr_message *m, int ms)
{
    int64_t until = kt_ms() + ms;
    while (wr_partition_take(part, m, 1) == 0) {
        if (kt_ms() >= until) {
            return false;
        }
        kt_sleep(1);
    }
    return true;
}

int kt_read_to(struct wr_partition *part, int64_t end, int64_t *eof)
{
    int records = 0;
    for (;;) {
        struct wr_message m;
        ck_assert_msg(kt_next(part, &m, LONG_MS), "no end of partition at %" PRId64, end);
        ck_assert_int_ne(m.kind, WR_MESSAGE_ERROR);
        bool arrived = m.kind == WR_MESSAGE_EOF && m.offset >= end;
        if (m.kind == WR_MESSAGE_EOF) {
            *eof = m.offset;
        } else {
            records++;
        }
        wr_messages_release(&m, 1);
        if (arrived) {
            return records;
        }
    }
}

int64_t kt_high(struct wr_consumer *c, const char *topic, int partition)
{
    struct wr_call *call = wr_watermarks_query(c, topic, partition);
    ck_assert_int_eq(kt_end(call, NULL), WR_CALL_OK);
    int64_t low;
    int64_t high;
    wr_watermarks_result(call, &low, &high);
    wr_call_free(call);
    return high;
}

struct wr_group *kt_group(struct wr_kafka *k, const char *topic, const char *instance)
{
    struct wr_group *g = NULL;
    struct weir_error err = {0};
    struct wr_group_options o = {.topic = topic, .instance_id = instance};
    enum weir_code code = wr_group_open(k, &o, &g, &err);
    ck_assert_msg(code == WEIR_OK, "%s", err.text);
    ck_assert_int_eq(wr_group_join(g, &err), WEIR_OK);
    return g;
}

bool kt_event(struct wr_group *g, struct wr_group_event *e, int ms)
{
    int64_t until = kt_ms() + ms;
    for (;;) {
        wr_group_poll(g, e);
        if (e->kind != WR_GROUP_NOTHING || kt_ms() >= until) {
            return e->kind != WR_GROUP_NOTHING;
        }
        kt_sleep(2);
    }
}
