/* peer_latency.c -- a paced producer and a read_committed consumer in one process.
 *
 *   latency -i IN -o OUT -r RECORDS_PER_SECOND -s SECONDS [-W WARMUP_SECONDS] [-k KEYS] [-v] [-x]
 *
 * The time of a record is when it was due, not when it was really sent, and its latency is when its
 * output was received less the time of that output: the program under test must keep the time of
 * its input. The longest silence at the output is reported too. -v prints each silence over 150 ms;
 * -x: produce only. Prints one line of JSON.
 *
 * Two threads: main sends, the other receives; they share `stop`, and the rest after the join.
 */
#include "src/base/base.h"

#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "bench/peers/peer_util.h"

enum {
    BUCKETS = 100000, /* 0.1 ms each, 10 s in all; what is slower goes into one more */
    FLUSH_TIMEOUT_MS = 10000,
    DRAIN_S = 3, /* how long outputs are awaited after the last input */
    SILENCE_MS = 150,
};

struct latency {
    const char *in;
    const char *out;
    double rate;
    double seconds;
    double warm_s;
    uint64_t keys;
    bool verbose;
    bool produce_only;

    double start;
    rd_kafka_t *consumer;
    atomic_bool stop;
    uint64_t histogram[BUCKETS + 1];
    uint64_t received; /* all */
    uint64_t measured; /* after the warm-up */
    double gap_s;      /* the longest silence */
    double gap_at;
};

static void parse(struct latency *l, int argc, char **argv)
{
    for (int c; (c = getopt(argc, argv, "i:o:r:s:W:k:vx")) != -1;) {
        switch (c) {
        case 'i':
            l->in = optarg;
            break;
        case 'o':
            l->out = optarg;
            break;
        case 'r':
            l->rate = peer_real(optarg);
            break;
        case 's':
            l->seconds = peer_real(optarg);
            break;
        case 'W':
            l->warm_s = peer_real(optarg);
            break;
        case 'k':
            l->keys = peer_number(optarg);
            break;
        case 'v':
            l->verbose = true;
            break;
        case 'x':
            l->produce_only = true;
            break;
        default:
            peer_die("see the head of peer_latency.c");
        }
    }
    if (l->in == NULL || (l->out == NULL && !l->produce_only) || l->rate <= 0 || l->keys == 0) {
        peer_die("latency: -i and, unless only producing, -o are needed");
    }
}

static void measure(struct latency *l, const rd_kafka_message_t *m, double *last)
{
    double now = peer_now_s();
    double due = (double)rd_kafka_message_timestamp(m, NULL) / 1e3;
    l->received++;
    if (due < l->start + l->warm_s) {
        return;
    }
    double tenths_ms = (now - due) * 1e4;
    l->histogram[tenths_ms < 0 ? 0 : tenths_ms >= BUCKETS ? BUCKETS : (int)tenths_ms]++;
    l->measured++;
    double silence = *last != 0 ? now - *last : 0;
    if (silence > l->gap_s) {
        l->gap_s = silence;
        l->gap_at = *last;
    }
    if (silence > SILENCE_MS / 1e3 && l->verbose) {
        fprintf(stderr, "latency: silence of %.3f s until %.3f\n", silence, now);
    }
    *last = now;
}

static void *receive(void *arg)
{
    struct latency *l = arg;
    double last = 0;
    while (!atomic_load(&l->stop)) {
        rd_kafka_message_t *m = rd_kafka_consumer_poll(l->consumer, 100);
        if (m == NULL) {
            continue;
        }
        if (m->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            measure(l, m, &last);
        }
        rd_kafka_message_destroy(m);
    }
    return NULL;
}

static rd_kafka_t *open_consumer(const char *topic)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    peer_set(conf, "group.id", "latency");
    peer_set(conf, "isolation.level", "read_committed");
    peer_set(conf, "enable.auto.commit", "false");
    rd_kafka_t *consumer = peer_client(RD_KAFKA_CONSUMER, conf);
    rd_kafka_poll_set_consumer(consumer);
    peer_assign_all(consumer, topic, RD_KAFKA_OFFSET_END);
    return consumer;
}

static rd_kafka_t *open_producer(void)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    peer_set(conf, "acks", "all");
    peer_set(conf, "linger.ms", "0");
    peer_set(conf, "enable.idempotence", "true");
    return peer_client(RD_KAFKA_PRODUCER, conf);
}

/* Sleep until `due` in steps of 1 ms, so that records leave in small groups, as from many senders.
 * Returns how late it is. */
static double wait_until(double due)
{
    double now = peer_now_s();
    while (now < due) {
        usleep(due - now > 0.001 ? 1000 : (useconds_t)((due - now) * 1e6) + 1);
        now = peer_now_s();
    }
    return now - due;
}

/* Returns the number of records; *late is how late the latest was sent. */
static uint64_t send_all(const struct latency *l, rd_kafka_t *producer, double *late)
{
    rd_kafka_topic_t *topic = peer_keyed_topic(producer, l->in);
    uint64_t count = (uint64_t)(l->rate * (l->seconds + l->warm_s));
    uint64_t seed = 7;
    char key[32];
    char value[128];
    for (uint64_t i = 0; i < count; i++) {
        double due = l->start + (double)i / l->rate;
        *late = fmax(*late, wait_until(due));
        int key_len =
            snprintf(key, sizeof key, "user-%08u", (unsigned)(peer_random(&seed) % l->keys));
        int value_len = snprintf(value, sizeof value,
                                 "{\"user\":\"%s\",\"page\":\"/p/%05u\",\"action\":\"view\","
                                 "\"ms\":%u,\"ref\":\"abcdefghijklmnopqrst\"}",
                                 key, (unsigned)(i % 65536), 500 + (unsigned)(i % 500));
        rd_kafka_resp_err_t err = rd_kafka_producev(
            producer, RD_KAFKA_V_RKT(topic), RD_KAFKA_V_PARTITION(RD_KAFKA_PARTITION_UA),
            RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(key, (size_t)key_len),
            RD_KAFKA_V_VALUE(value, (size_t)value_len), RD_KAFKA_V_TIMESTAMP((int64_t)(due * 1e3)),
            RD_KAFKA_V_END);
        if (err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            peer_die("latency: could not send: %s", rd_kafka_err2str(err));
        }
        if (i % 64 == 0) {
            rd_kafka_poll(producer, 0);
        }
    }
    rd_kafka_flush(producer, FLUSH_TIMEOUT_MS);
    rd_kafka_topic_destroy(topic);
    return count;
}

/* Milliseconds below which `share` of the records were. */
static double percentile(const struct latency *l, double share)
{
    uint64_t want = (uint64_t)ceil(share * (double)l->measured);
    uint64_t n = 0;
    for (int i = 0; i <= BUCKETS; i++) {
        n += l->histogram[i];
        if (n >= want) {
            return i / 10.0;
        }
    }
    return -1;
}

int main(int argc, char **argv)
{
    static struct latency l; /* its histogram is too large for the stack */
    l.rate = 5000;
    l.seconds = 30;
    l.warm_s = 10;
    l.keys = 100000;
    parse(&l, argc, argv);
    rd_kafka_t *producer = open_producer();
    l.start = peer_now_s() + 2;
    const bool receives = !l.produce_only;
    pthread_t receiver;
    if (receives) {
        l.consumer = open_consumer(l.out);
        if (pthread_create(&receiver, NULL, receive, &l) != 0) {
            peer_die("latency: could not start a thread");
        }
    }
    double late = 0;
    uint64_t sent = send_all(&l, producer, &late);
    if (receives) {
        sleep(DRAIN_S);
        atomic_store(&l.stop, true);
        pthread_join(receiver, NULL);
    }
    printf("{\"sent\":%" PRIu64 ",\"out\":%" PRIu64 ",\"measured\":%" PRIu64 ",", sent, l.received,
           l.measured);
    printf("\"p50\":%.1f,\"p90\":%.1f,\"p99\":%.1f,\"p999\":%.1f,\"max\":%.1f,", percentile(&l, .5),
           percentile(&l, .9), percentile(&l, .99), percentile(&l, .999), percentile(&l, 1));
    printf("\"gap_ms\":%.0f,\"gap_at\":%.3f,\"send_late_ms\":%.1f}\n", l.gap_s * 1e3, l.gap_at,
           late * 1e3);
    return 0;
}
