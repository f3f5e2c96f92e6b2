/* wire_kit.h -- clients of the protocol layer in one process: requests are built with the writer,
 * go through a connection as bytes, and answers are read with the reader. */
#ifndef WR_TEST_WIRE_KIT_H
#define WR_TEST_WIRE_KIT_H

#include "broker/wire/wire_conn.h"
#include "tests/unit/suite.h"

enum {
    WK_NOW = 1700000000, /* times 1,000: the time at the start */
    WK_NODE = 1,
    WK_PORT = 9092,
};

/* Keys of requests. */
enum {
    WK_PRODUCE = 0,
    WK_FETCH = 1,
    WK_LIST_OFFSETS = 2,
    WK_METADATA = 3,
    WK_OFFSET_COMMIT = 8,
    WK_OFFSET_FETCH = 9,
    WK_FIND_COORDINATOR = 10,
    WK_JOIN_GROUP = 11,
    WK_HEARTBEAT = 12,
    WK_LEAVE_GROUP = 13,
    WK_SYNC_GROUP = 14,
    WK_DESCRIBE_GROUPS = 15,
    WK_LIST_GROUPS = 16,
    WK_API_VERSIONS = 18,
    WK_CREATE_TOPICS = 19,
    WK_DELETE_TOPICS = 20,
    WK_DELETE_RECORDS = 21,
    WK_INIT_PRODUCER_ID = 22,
    WK_OFFSET_FOR_LEADER_EPOCH = 23,
    WK_ADD_PARTITIONS = 24,
    WK_ADD_OFFSETS = 25,
    WK_END_TXN = 26,
    WK_WRITE_TXN_MARKERS = 27,
    WK_TXN_OFFSET_COMMIT = 28,
    WK_DESCRIBE_CONFIGS = 32,
    WK_ALTER_CONFIGS = 33,
    WK_DESCRIBE_LOG_DIRS = 35,
    WK_CREATE_PARTITIONS = 37,
    WK_DELETE_GROUPS = 42,
    WK_INCREMENTAL_ALTER_CONFIGS = 44,
    WK_OFFSET_DELETE = 47,
    WK_DESCRIBE_CLUSTER = 60,
    WK_DESCRIBE_PRODUCERS = 61,
    WK_DESCRIBE_TRANSACTIONS = 65,
    WK_LIST_TRANSACTIONS = 66,
    WK_DESCRIBE_TOPIC_PARTITIONS = 75,
};

struct wk_client {
    struct wr_wire_conn conn;
    struct wr_buf frame;
    struct wr_writer w;
    struct wr_buf reply; /* the last answer */
    struct wr_reader r;
    int16_t key;
    bool flexible;
    int32_t correlation;
};

extern struct wr_wire wk_wire;

/* A broker with the topics "a" (2 partitions) and "b" (1), and two clients. */
extern struct wk_client wk_one;
extern struct wk_client wk_two;
void wk_setup(void);
void wk_teardown(void);
TCase *wk_case(Suite *s, const char *name); /* a new one of s, with both around each test */

/* Begin a request behind its header; end and send it. */
struct wr_writer *wk_begin(struct wk_client *c, int16_t key, int16_t version);
void wk_send(struct wk_client *c);

/* Raw bytes come from the client. */
void wk_bytes(struct wk_client *c, struct weir_bytes bytes);

/* The answer to the last request, which must be there, behind its header. */
struct wr_reader *wk_answer(struct wk_client *c);

/* wk_send and wk_answer. */
struct wr_reader *wk_ask(struct wk_client *c);

/* Whether nothing is there to be sent. */
bool wk_silent(const struct wk_client *c);

/* Time passes, and the broker and both clients notice. */
void wk_advance(int64_t ms);

/* Versions that are offered. */
int16_t wk_min(int16_t key);
int16_t wk_max(int16_t key);

/* A batch of `count` records "k" -> "v"; producer id -1: a plain one. */
struct wk_batch {
    int32_t count;
    int64_t producer_id;
    int16_t epoch;
    int32_t sequence;
    uint16_t attributes;
};
struct weir_bytes wk_batch(const struct wk_batch *b); /* lives until the next one */

/* Produce a batch to a partition; the answer's error. */
enum wr_kafka_error wk_produce(struct wk_client *c, const char *topic, int32_t partition,
                               const struct wk_batch *b);

/* What the answer must say next. */
#define wk_i8(r, v) ck_assert_int_eq(wr_read_i8(r), (v))
#define wk_i16(r, v) ck_assert_int_eq(wr_read_i16(r), (v))
#define wk_i32(r, v) ck_assert_int_eq(wr_read_i32(r), (v))
#define wk_i64(r, v) ck_assert_int_eq(wr_read_i64(r), (v))
#define wk_count(r, v) ck_assert_int_eq(wr_read_count((r), 1), (v))
#define wk_text(r, v) ck_assert(weir_equal(wr_read_string(r), weir_str(v)))
#define wk_end(r)                                                                                  \
    do {                                                                                           \
        wr_read_tags(r);                                                                           \
        ck_assert(wr_read_whole(r));                                                               \
    } while (0)

#endif
