/* peer_gen.c -- fill a topic with a fixed sequence of records.
 *
 *   gen -t TOPIC -n N [-k KEYS] [-z THETA] [-s VALUE_BYTES] [-r EVENTS_PER_SECOND] [-d DISORDER_MS]
 *       [-T BASE_MS] [-S SEED] [-m clicks|words|table]
 *
 * clicks: key user-NNNNNNNN, JSON value of about VALUE_BYTES. words: no key, 8 words of KEYS
 * different ones. table: every key once, in order, JSON value. The time of record i is
 * BASE + i/RATE less a random part of DISORDER_MS. acks=all, no compression.
 */
#include "src/base/base.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "bench/peers/peer_util.h"

enum { WORDS_PER_LINE = 8, VALUE_MAX = 2048, FLUSH_TIMEOUT_MS = 60000 };

enum mode { CLICKS, WORDS, TABLE };

struct options {
    const char *topic;
    enum mode mode;
    uint64_t records;
    uint64_t keys;
    uint64_t seed;
    double theta;
    double rate;
    int64_t base_ms;
    size_t value_bytes;
    uint64_t disorder_ms;
};

struct record {
    char key[32];
    char value[VALUE_MAX];
    size_t key_len; /* 0: no key */
    size_t value_len;
    int64_t time;
};

static enum mode mode_of(const char *name)
{
    if (strcmp(name, "words") == 0) {
        return WORDS;
    }
    return strcmp(name, "table") == 0 ? TABLE : CLICKS;
}

static struct options parse(int argc, char **argv)
{
    struct options o = {.keys = 1000000, .seed = 1, .rate = 10000};
    o.value_bytes = 100;
    o.disorder_ms = 1000;
    for (int c; (c = getopt(argc, argv, "t:n:k:z:s:r:d:T:S:m:")) != -1;) {
        switch (c) {
        case 't':
            o.topic = optarg;
            break;
        case 'n':
            o.records = peer_number(optarg);
            break;
        case 'k':
            o.keys = peer_number(optarg);
            break;
        case 'z':
            o.theta = peer_real(optarg);
            break;
        case 's':
            o.value_bytes = peer_number(optarg);
            break;
        case 'r':
            o.rate = peer_real(optarg);
            break;
        case 'd':
            o.disorder_ms = peer_number(optarg);
            break;
        case 'T':
            o.base_ms = (int64_t)peer_number(optarg);
            break;
        case 'S':
            o.seed = peer_number(optarg);
            break;
        case 'm':
            o.mode = mode_of(optarg);
            break;
        default:
            peer_die("see the head of peer_gen.c");
        }
    }
    if (o.topic == NULL || o.records == 0 || o.keys == 0 || o.value_bytes >= VALUE_MAX - 2) {
        peer_die("gen: -t and -n are needed, and values are shorter than %d bytes", VALUE_MAX - 2);
    }
    if (o.base_ms == 0) { /* two hours ago, on the hour: inside every default retention */
        o.base_ms = ((int64_t)time(NULL) / 3600 - 2) * 3600000;
    }
    return o;
}

static void make_line(struct record *r, const struct peer_keys *keys, uint64_t *seed)
{
    r->key_len = 0;
    r->value_len = 0;
    for (int w = 0; w < WORDS_PER_LINE; w++) {
        r->value_len +=
            (size_t)snprintf(r->value + r->value_len, VALUE_MAX - r->value_len, "%sword%05u",
                             w != 0 ? " " : "", (unsigned)peer_keys_next(keys, seed));
    }
}

static void make_click(struct record *r, uint64_t id, size_t bytes, uint64_t *seed)
{
    static const char *const actions[] = {"view", "click", "cart", "buy"};
    r->key_len = (size_t)snprintf(r->key, sizeof r->key, "user-%08u", (unsigned)id);
    uint64_t x = peer_random(seed);
    size_t len = (size_t)snprintf(
        r->value, VALUE_MAX,
        "{\"user\":\"%s\",\"page\":\"/p/%05u\",\"action\":\"%s\",\"ms\":%u,\"ref\":\"", r->key,
        (unsigned)(x % 65536), actions[(x >> 16) & 3], (unsigned)((x >> 20) % 1000));
    while (len + 2 < bytes) {
        x = x * 6364136223846793005u + 1442695040888963407u;
        r->value[len++] = (char)('a' + (x >> 60));
    }
    r->value[len++] = '"';
    r->value[len++] = '}';
    r->value_len = len;
}

/* A record that did not arrive would make every later count wrong. */
static void delivered(rd_kafka_t *producer, const rd_kafka_message_t *m, void *opaque)
{
    WR_UNUSED(producer);
    WR_UNUSED(opaque);
    if (m->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        peer_die("gen: a record was not delivered: %s", rd_kafka_err2str(m->err));
    }
}

static void send_record(rd_kafka_t *producer, rd_kafka_topic_t *topic, const struct record *r)
{
    for (;;) {
        rd_kafka_resp_err_t err = rd_kafka_producev(
            producer, RD_KAFKA_V_RKT(topic), RD_KAFKA_V_PARTITION(RD_KAFKA_PARTITION_UA),
            RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
            RD_KAFKA_V_KEY(r->key_len != 0 ? r->key : NULL, r->key_len),
            RD_KAFKA_V_VALUE((void *)r->value, r->value_len), RD_KAFKA_V_TIMESTAMP(r->time),
            RD_KAFKA_V_END);
        if (err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            return;
        }
        if (err != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
            peer_die("gen: could not send: %s", rd_kafka_err2str(err));
        }
        rd_kafka_poll(producer, 10);
    }
}

int main(int argc, char **argv)
{
    struct options o = parse(argc, argv);
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set_dr_msg_cb(conf, delivered);
    peer_set(conf, "message.timeout.ms", "60000");
    peer_set(conf, "acks", "all");
    peer_set(conf, "enable.idempotence", "true");
    peer_set(conf, "linger.ms", "20");
    peer_set(conf, "batch.num.messages", "20000");
    peer_set(conf, "queue.buffering.max.messages", "500000");
    rd_kafka_t *producer = peer_client(RD_KAFKA_PRODUCER, conf);
    rd_kafka_topic_t *topic = peer_keyed_topic(producer, o.topic);
    struct peer_keys keys;
    peer_keys_init(&keys, o.keys, o.theta);
    uint64_t seed = o.seed;
    struct record r;
    double start = peer_now_s();
    for (uint64_t i = 0; i < o.records; i++) {
        uint64_t late = o.disorder_ms != 0 ? peer_random(&seed) % o.disorder_ms : 0;
        r.time = o.base_ms + (int64_t)((double)i * 1000.0 / o.rate) - (int64_t)late;
        if (o.mode == WORDS) {
            make_line(&r, &keys, &seed);
        } else {
            uint64_t id = o.mode == TABLE ? i % o.keys : peer_keys_next(&keys, &seed);
            make_click(&r, id, o.value_bytes, &seed);
        }
        send_record(producer, topic, &r);
        if (i % 1024 == 0) {
            rd_kafka_poll(producer, 0);
        }
    }
    if (rd_kafka_flush(producer, FLUSH_TIMEOUT_MS) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        peer_die("gen: some records were not delivered");
    }
    fprintf(stderr, "gen: %s: %llu records in %.2f s\n", o.topic, (unsigned long long)o.records,
            peer_now_s() - start);
    rd_kafka_topic_destroy(topic);
    rd_kafka_destroy(producer);
    return 0;
}
