/* crash_client.c -- clients that go on while their broker is killed and started again.
 *
 *   crash_client ADDRESS produce TOPIC         numbers, idempotent; prints the acknowledged ones
 *   crash_client ADDRESS transact TOPIC GROUP  numbers, each in a transaction with the position
 *                                              N + 1 of GROUP in TOPIC:0; prints the committed ones
 *   crash_client ADDRESS consume TOPIC GROUP   prints numbers, commits its positions
 *   crash_client ADDRESS read TOPIC            prints all committed numbers, and ends
 *   crash_client ADDRESS position TOPIC GROUP  prints the committed position of TOPIC:0
 *
 * The first three end at the end of standard input. Exit code 1: something that no restart of a
 * broker explains. crash.tap runs them.
 */
#include "src/base/base.h"

#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <librdkafka/rdkafka.h>

enum { PARTITIONS = 2, CALL_MS = 60000, IN_FLIGHT = 200, EACH_MS = 5 };

static const char *address;

static _Noreturn void __attribute__((format(printf, 1, 2))) give_up(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    _exit(1);
}

static bool stopped(void)
{
    struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
    return poll(&in, 1, 0) != 0;
}

static void say(int64_t number)
{
    printf("%" PRId64 "\n", number);
    fflush(stdout);
}

static rd_kafka_t *client(rd_kafka_type_t type, const char *const *settings,
                          void (*delivered)(rd_kafka_t *, const rd_kafka_message_t *, void *))
{
    char text[512] = "";
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", address, text, sizeof text);
    rd_kafka_conf_set(conf, "reconnect.backoff.ms", "10", text, sizeof text);
    rd_kafka_conf_set(conf, "reconnect.backoff.max.ms", "50", text, sizeof text);
    rd_kafka_conf_set(conf, "log_level", "0", text, sizeof text);
    for (; *settings != NULL; settings += 2) {
        if (rd_kafka_conf_set(conf, settings[0], settings[1], text, sizeof text) != 0) {
            give_up("%s", text);
        }
    }
    if (delivered != NULL) {
        rd_kafka_conf_set_dr_msg_cb(conf, delivered);
    }
    rd_kafka_t *rk = rd_kafka_new(type, conf, text, sizeof text);
    if (rk == NULL) {
        give_up("%s", text);
    }
    return rk;
}

static void send_number(rd_kafka_t *rk, const char *topic, int64_t number)
{
    char text[24];
    int len = snprintf(text, sizeof text, "%" PRId64, number);
    rd_kafka_resp_err_t error = rd_kafka_producev(
        rk, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION((int32_t)(number % PARTITIONS)),
        RD_KAFKA_V_VALUE(text, (size_t)len), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
        RD_KAFKA_V_END);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        give_up("could not produce: %s", rd_kafka_err2name(error));
    }
}

/* ---- a producer ------------------------------------------------------------------------------ */

static int64_t number_of(const rd_kafka_message_t *m)
{
    char text[24] = "";
    memcpy(text, m->payload, m->len < sizeof text ? m->len : sizeof text - 1);
    return strtoll(text, NULL, 10);
}

static void delivered(rd_kafka_t *rk, const rd_kafka_message_t *m, void *arg)
{
    WR_UNUSED(rk);
    WR_UNUSED(arg);
    if (m->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        give_up("a record was not delivered: %s", rd_kafka_err2name(m->err));
    }
    say(number_of(m));
}

static void produce(const char *topic)
{
    static const char *const settings[] = {"enable.idempotence", "true", "linger.ms", "1", NULL};
    rd_kafka_t *rk = client(RD_KAFKA_PRODUCER, settings, delivered);
    for (int64_t number = 0; !stopped(); number++) {
        while (rd_kafka_outq_len(rk) >= IN_FLIGHT) {
            rd_kafka_poll(rk, 10);
        }
        send_number(rk, topic, number);
        rd_kafka_poll(rk, number % EACH_MS == 0);
    }
    if (rd_kafka_flush(rk, CALL_MS) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        give_up("records were left");
    }
    rd_kafka_destroy(rk);
}

/* ---- transactions ---------------------------------------------------------------------------- */

static int64_t committed(rd_kafka_t *rk, const char *topic)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, topic, 0);
    rd_kafka_resp_err_t error = rd_kafka_committed(rk, list, CALL_MS);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        give_up("could not ask for the position: %s", rd_kafka_err2name(error));
    }
    int64_t offset = list->elems[0].offset;
    rd_kafka_topic_partition_list_destroy(list);
    return offset;
}

/* True if it is done, false if the transaction is to be aborted. */
static bool done(rd_kafka_error_t *error, const char *doing)
{
    if (error == NULL) {
        return true;
    }
    if (!rd_kafka_error_txn_requires_abort(error)) {
        give_up("could not %s: %s", doing, rd_kafka_error_string(error));
    }
    rd_kafka_error_destroy(error);
    return false;
}

static bool transact_once(rd_kafka_t *rk, rd_kafka_t *reader, const char *topic, int64_t number)
{
    rd_kafka_topic_partition_list_t *positions = rd_kafka_topic_partition_list_new(1);
    rd_kafka_consumer_group_metadata_t *group = rd_kafka_consumer_group_metadata(reader);
    rd_kafka_topic_partition_list_add(positions, topic, 0)->offset = number + 1;
    bool good = done(rd_kafka_begin_transaction(rk), "begin");
    if (good) {
        send_number(rk, topic, number);
        good = done(rd_kafka_send_offsets_to_transaction(rk, positions, group, CALL_MS), "send") &&
               done(rd_kafka_commit_transaction(rk, CALL_MS), "commit");
    }
    if (!good && !done(rd_kafka_abort_transaction(rk, CALL_MS), "abort")) {
        give_up("an abort asks for an abort");
    }
    rd_kafka_consumer_group_metadata_destroy(group);
    rd_kafka_topic_partition_list_destroy(positions);
    return good;
}

static void transact(const char *topic, const char *group)
{
    const char *const producer[] = {"transactional.id", "crash", "linger.ms", "0", NULL};
    const char *const consumer[] = {"group.id", group, NULL};
    rd_kafka_t *rk = client(RD_KAFKA_PRODUCER, producer, NULL);
    rd_kafka_t *reader = client(RD_KAFKA_CONSUMER, consumer, NULL);
    done(rd_kafka_init_transactions(rk, CALL_MS), "begin as a producer");
    int64_t number = committed(reader, topic);
    for (number = number < 0 ? 0 : number; !stopped();) {
        if (transact_once(rk, reader, topic, number)) {
            say(number++);
        }
    }
    rd_kafka_destroy(reader);
    rd_kafka_destroy(rk);
}

/* ---- consumers ------------------------------------------------------------------------------- */

static void consume(const char *topic, const char *group)
{
    enum { COMMIT_EVERY = 100 };
    const char *const settings[] = {"group.id",
                                    group,
                                    "auto.offset.reset",
                                    "earliest",
                                    "enable.auto.commit",
                                    "false",
                                    "session.timeout.ms",
                                    "6000",
                                    "heartbeat.interval.ms",
                                    "500",
                                    NULL};
    rd_kafka_t *rk = client(RD_KAFKA_CONSUMER, settings, NULL);
    rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(topics, topic, RD_KAFKA_PARTITION_UA);
    rd_kafka_subscribe(rk, topics);
    rd_kafka_topic_partition_list_destroy(topics);
    rd_kafka_poll_set_consumer(rk);
    int since = 0;
    while (!stopped()) {
        rd_kafka_message_t *m = rd_kafka_consumer_poll(rk, 50);
        if (m != NULL && m->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            say(number_of(m));
            since++;
        }
        if (m != NULL) {
            rd_kafka_message_destroy(m);
        }
        if (since >= COMMIT_EVERY || (m == NULL && since > 0)) {
            rd_kafka_commit(rk, NULL, 0); /* one that fails is repeated by the next */
            since = 0;
        }
    }
    rd_kafka_consumer_close(rk);
    rd_kafka_destroy(rk);
}

static void read_all(const char *topic)
{
    static const char *const settings[] = {"group.id", "reader",          "enable.partition.eof",
                                           "true",     "isolation.level", "read_committed",
                                           NULL};
    rd_kafka_t *rk = client(RD_KAFKA_CONSUMER, settings, NULL);
    rd_kafka_topic_partition_list_t *all = rd_kafka_topic_partition_list_new(PARTITIONS);
    for (int32_t i = 0; i < PARTITIONS; i++) {
        rd_kafka_topic_partition_list_add(all, topic, i)->offset = RD_KAFKA_OFFSET_BEGINNING;
    }
    rd_kafka_assign(rk, all);
    rd_kafka_topic_partition_list_destroy(all);
    for (int ended = 0; ended < PARTITIONS;) {
        rd_kafka_message_t *m = rd_kafka_consumer_poll(rk, CALL_MS);
        if (m == NULL) {
            give_up("the end of \"%s\" does not come", topic);
        }
        if (m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
            ended++;
        } else if (m->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            say(number_of(m));
        }
        rd_kafka_message_destroy(m);
    }
    rd_kafka_destroy(rk);
}

static void show_position(const char *topic, const char *group)
{
    const char *const settings[] = {"group.id", group, NULL};
    rd_kafka_t *rk = client(RD_KAFKA_CONSUMER, settings, NULL);
    say(committed(rk, topic));
    rd_kafka_destroy(rk);
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        give_up("it takes an address, what to do, a topic and perhaps a group");
    }
    const char *what = argv[2];
    address = argv[1];
    if (strcmp(what, "produce") == 0) {
        produce(argv[3]);
    } else if (strcmp(what, "read") == 0) {
        read_all(argv[3]);
    } else if (argc == 5 && strcmp(what, "transact") == 0) {
        transact(argv[3], argv[4]);
    } else if (argc == 5 && strcmp(what, "consume") == 0) {
        consume(argv[3], argv[4]);
    } else if (argc == 5 && strcmp(what, "position") == 0) {
        show_position(argv[3], argv[4]);
    } else {
        give_up("it cannot %s", what);
    }
    return 0;
}
