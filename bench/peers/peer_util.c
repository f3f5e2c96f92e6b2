/* peer_util.c -- what the programs of bench/peers share. Thread: any; nothing here has state. */
#include "src/base/base.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "bench/peers/peer_util.h"

enum { METADATA_TIMEOUT_MS = 10000 };

void peer_die(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    exit(1);
}

double peer_now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double seconds(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

double peer_cpu_s(void)
{
    struct rusage r;
    getrusage(RUSAGE_SELF, &r);
    return seconds(r.ru_utime) + seconds(r.ru_stime);
}

double peer_peak_rss_mb(void)
{
    struct rusage r;
    getrusage(RUSAGE_SELF, &r);
    return (double)r.ru_maxrss / 1024.0;
}

uint64_t peer_number(const char *text)
{
    char *end = NULL;
    errno = 0;
    unsigned long long n = strtoull(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || *text == '-') {
        peer_die("\"%s\" is not a whole number", text);
    }
    return n;
}

double peer_real(const char *text)
{
    char *end = NULL;
    double n = strtod(text, &end);
    if (end == text || *end != '\0' || !(n >= 0)) {
        peer_die("\"%s\" is not a number", text);
    }
    return n;
}

void peer_set(rd_kafka_conf_t *conf, const char *name, const char *value)
{
    char why[256];
    if (rd_kafka_conf_set(conf, name, value, why, sizeof why) != RD_KAFKA_CONF_OK) {
        peer_die("could not set %s to \"%s\": %s", name, value, why);
    }
}

rd_kafka_t *peer_client(rd_kafka_type_t type, rd_kafka_conf_t *conf)
{
    char why[256];
    const char *brokers = getenv("PEERS_BROKERS");
    peer_set(conf, "bootstrap.servers", brokers != NULL ? brokers : "127.0.0.1:19092");
    rd_kafka_t *client = rd_kafka_new(type, conf, why, sizeof why);
    if (client == NULL) {
        peer_die("could not make a client: %s", why);
    }
    return client;
}

rd_kafka_topic_t *peer_keyed_topic(rd_kafka_t *producer, const char *name)
{
    char why[256];
    rd_kafka_topic_conf_t *conf = rd_kafka_topic_conf_new();
    if (rd_kafka_topic_conf_set(conf, "partitioner", "murmur2_random", why, sizeof why) !=
        RD_KAFKA_CONF_OK) {
        peer_die("could not set the partitioner: %s", why);
    }
    return rd_kafka_topic_new(producer, name, conf);
}

int peer_partitions(rd_kafka_t *client, const char *topic)
{
    const struct rd_kafka_metadata *metadata;
    rd_kafka_topic_t *handle = rd_kafka_topic_new(client, topic, NULL);
    rd_kafka_resp_err_t err = rd_kafka_metadata(client, 0, handle, &metadata, METADATA_TIMEOUT_MS);
    if (err != RD_KAFKA_RESP_ERR_NO_ERROR || metadata->topic_cnt != 1 ||
        metadata->topics[0].partition_cnt == 0) {
        peer_die("could not look up topic \"%s\": %s", topic, rd_kafka_err2str(err));
    }
    int count = metadata->topics[0].partition_cnt;
    rd_kafka_metadata_destroy(metadata);
    rd_kafka_topic_destroy(handle);
    return count;
}

void peer_assign_all(rd_kafka_t *consumer, const char *topic, int64_t offset)
{
    int count = peer_partitions(consumer, topic);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(count);
    for (int p = 0; p < count; p++) {
        rd_kafka_topic_partition_list_add(list, topic, p)->offset = offset;
    }
    rd_kafka_resp_err_t err = rd_kafka_assign(consumer, list);
    if (err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        peer_die("could not read topic \"%s\": %s", topic, rd_kafka_err2str(err));
    }
    rd_kafka_topic_partition_list_destroy(list);
}

uint64_t peer_random(uint64_t *seed)
{
    uint64_t z = (*seed += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static double random_fraction(uint64_t *seed)
{
    return (double)(peer_random(seed) >> 11) / 9007199254740992.0; /* 2^53 */
}

void peer_keys_init(struct peer_keys *keys, uint64_t count, double theta)
{
    *keys = (struct peer_keys){.count = count, .theta = theta};
    if (theta <= 0) {
        return;
    }
    for (uint64_t i = 1; i <= count; i++) {
        keys->zeta += 1.0 / pow((double)i, theta);
    }
    double zeta2 = 1.0 + pow(0.5, theta);
    keys->alpha = 1.0 / (1.0 - theta);
    keys->eta = (1.0 - pow(2.0 / (double)count, 1.0 - theta)) / (1.0 - zeta2 / keys->zeta);
}

uint64_t peer_keys_next(const struct peer_keys *keys, uint64_t *seed)
{
    if (keys->theta <= 0) {
        return peer_random(seed) % keys->count;
    }
    double u = random_fraction(seed);
    double uz = u * keys->zeta;
    uint64_t rank;
    if (uz < 1.0) {
        rank = 0;
    } else if (uz < 1.0 + pow(0.5, keys->theta)) {
        rank = 1;
    } else {
        double share = pow(keys->eta * u - keys->eta + 1.0, keys->alpha);
        rank = (uint64_t)((double)keys->count * share);
    }
    if (rank >= keys->count) {
        rank = keys->count - 1;
    }
    /* 2654435761 is prime and divides none of the counts in use, so ranks stay different. */
    return (rank * 2654435761u + 12345u) % keys->count;
}
