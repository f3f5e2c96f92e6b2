/* mock.h -- librdkafka's pretended cluster for the tests of the port.
 *
 * It answers like a broker and fails when it is told to, but it hides no aborted records, keeps no
 * transactional offsets and fences nobody: those are tested against Apache Kafka.
 */
#ifndef WR_TEST_KAFKA_MOCK_H
#define WR_TEST_KAFKA_MOCK_H

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include "tests/unit/kafka/kafka_util.h"

/* Numbers of requests, as errors are pushed. */
enum {
    MOCK_PRODUCE = 0,
    MOCK_METADATA = 3,
    MOCK_HEARTBEAT = 12,
    MOCK_INIT_PID = 22,
    MOCK_ADD_OFFSETS = 25,
    MOCK_END_TXN = 26,
    MOCK_TXN_OFFSETS = 28,
};

extern rd_kafka_mock_cluster_t *mock_cluster;
extern struct wr_kafka *mock_kafka; /* opened on it */
extern struct weir_error mock_err;

/* One broker, topic "t" with 2 and topic "tasks" with 3 partitions. Fixture functions. */
void mock_setup(void);
void mock_teardown(void);

/* Close mock_kafka and open it again with these settings. */
void mock_reopen(const struct wr_kafka_setting *settings, size_t count);

/* The next requests of a kind fail. */
void mock_fail(int request, size_t count, rd_kafka_resp_err_t code);

/* The next request of a kind is answered after so long. */
void mock_delay(int request, int ms);

#endif
