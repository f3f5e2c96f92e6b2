/* peer_util.h -- what the programs of bench/peers share: clients, clocks, keys.
 *
 * These programs measure librdkafka alone, so that Weir can be compared with it: they use nothing
 * of Weir's. A failure of any kind ends them with a message.
 */
#ifndef WR_PEER_UTIL_H
#define WR_PEER_UTIL_H

#include "src/base/base.h"

#include <librdkafka/rdkafka.h>

WR_NORETURN void peer_die(const char *format, ...) WR_PRINTF(1, 2);

double peer_now_s(void);       /* since 1970: record times are compared with it */
double peer_cpu_s(void);       /* user and system time of the process */
double peer_peak_rss_mb(void); /* the largest resident set so far */

uint64_t peer_number(const char *text); /* a whole number, 0 or more */
double peer_real(const char *text);     /* a number, 0 or more */

void peer_set(rd_kafka_conf_t *conf, const char *name, const char *value);

/* A client of the brokers named by PEERS_BROKERS (default 127.0.0.1:19092); takes conf over. */
rd_kafka_t *peer_client(rd_kafka_type_t type, rd_kafka_conf_t *conf);

/* A topic whose keys go to partitions as Java's clients send them. */
rd_kafka_topic_t *peer_keyed_topic(rd_kafka_t *producer, const char *name);

/* How many partitions a topic has. */
int peer_partitions(rd_kafka_t *client, const char *topic);

/* Read all partitions of a topic from `offset`, outside of any group. */
void peer_assign_all(rd_kafka_t *consumer, const char *topic, int64_t offset);

/* The next number of a fixed sequence for each seed (splitmix64). */
uint64_t peer_random(uint64_t *seed);

/* Keys 0..count-1: uniform if theta is 0, else after Zipf (Gray et al., as in YCSB), with the
 * frequent ones spread over the whole range. */
struct peer_keys {
    uint64_t count;
    double theta;
    double zeta;
    double alpha;
    double eta;
};
void peer_keys_init(struct peer_keys *keys, uint64_t count, double theta);
uint64_t peer_keys_next(const struct peer_keys *keys, uint64_t *seed);

#endif
