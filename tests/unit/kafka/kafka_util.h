/* kafka_util.h -- what tests of the port share: a cluster, handles that are ready, calls that are
 * stepped to their end. Everything fails the running test by itself when it takes too long. */
#ifndef WR_TEST_KAFKA_UTIL_H
#define WR_TEST_KAFKA_UTIL_H

#include <check.h>

#include "src/base/mem.h"
#include "src/kafka/kafka.h"

/* The cluster that the helpers below open: set by the program's main or by a fixture. */
extern const char *kt_bootstrap;

/* Fresh for each test: application id and client id contain it. */
const char *kt_name(const char *base);

struct kt_options {
    const char *application; /* NULL: kt_name("app") */
    const struct wr_kafka_setting *settings;
    size_t setting_count;
    int session_timeout_ms;
    int transaction_timeout_ms;
};

/* A cluster with the options, zeros meaning the usual. */
struct wr_kafka *kt_open(const struct kt_options *o);

/* Step a call to its end; *err is what the last step said. */
enum wr_outcome kt_end(struct wr_call *c, struct weir_error *err);

/* The call ends well; freed. */
void kt_ok(struct wr_call *c);

struct wr_consumer *kt_consumer(struct wr_kafka *k, enum wr_role role, const char *topic,
                                struct wr_wake *wake);

/* A topic whose leaders are known. */
void kt_topic(struct wr_consumer *admin, const char *name, int partitions);

/* A producer that has been initialised. */
struct wr_producer *kt_producer(struct wr_kafka *k, const char *id, const char *topic);

/* A producer without transactions. */
struct wr_producer *kt_outputs(struct wr_kafka *k, const char *topic);

/* One record; NULL key or value is null. */
enum weir_code kt_send(struct wr_producer *p, const char *topic, int partition, const char *key,
                       const char *value);

void kt_begin(struct wr_producer *p);

/* A whole committed transaction of n records "<prefix>0", ... with the same texts as keys. */
void kt_write(struct wr_producer *p, const char *topic, int partition, const char *prefix, int n);

/* Wait for the next message of a partition, at most ms; false if none came. The caller releases. */
bool kt_next(struct wr_partition *part, struct wr_message *m, int ms);

/* Read records until an end of partition at or above `end`; their count and the last EOF. */
int kt_read_to(struct wr_partition *part, int64_t end, int64_t *eof);

int64_t kt_high(struct wr_consumer *c, const char *topic, int partition);

/* A group handle that has joined. */
struct wr_group *kt_group(struct wr_kafka *k, const char *topic, const char *instance);

/* Poll until an event other than NOTHING comes, at most ms. */
bool kt_event(struct wr_group *g, struct wr_group_event *e, int ms);

int64_t kt_ms(void);
void kt_sleep(int ms);

#endif
