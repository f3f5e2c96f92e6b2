/* log_kit.h -- a partition log for tests: batches in one line, what is read as text. */
#ifndef WR_TEST_LOG_KIT_H
#define WR_TEST_LOG_KIT_H

#include "broker/partition_log.h"

struct log_kit {
    struct wr_log_config config; /* may be changed at any time */
    struct wr_partition_log *log;
    int64_t now;
    struct wr_appended appended; /* by the last send */
    struct wr_arena arena;
    struct wr_buf bytes;
    struct wr_buf text;
};

/* Nothing in the configuration ends a segment or refuses a batch. now is 1,000,000. */
void log_kit_init(struct log_kit *k);
void log_kit_free(struct log_kit *k);

/* What a client sends, or the marker of its transaction. Zero means what is usual. */
struct kit_batch {
    int64_t producer; /* 0: none */
    int16_t epoch;
    int32_t sequence;
    bool transactional;
    bool unknown;    /* the coordinator was not told of the partition */
    int count;       /* of records; 0: one */
    const char *key; /* NULL: "k" */
    bool no_key;
    const char *value; /* NULL: "v"; "": a tombstone */
    int64_t time;      /* 0: now */
    char marker;       /* 'c' commit, 'a' abort: a marker instead */
    int32_t coordinator_epoch;
    uint16_t compression;
};

/* The bytes of a batch, in k->bytes. */
struct weir_bytes kit_build(struct log_kit *k, const struct kit_batch *b);

enum wr_kafka_error kit_append(struct log_kit *k, struct weir_bytes bytes);
enum wr_kafka_error kit_send(struct log_kit *k, const struct kit_batch *b);
#define KIT_SEND(k, ...) kit_send((k), &(struct kit_batch){__VA_ARGS__})

/* All that can be read, e.g. "0:k=v 1:k 2:commit 3-4:empty": a tombstone has no value. */
const char *kit_show(struct log_kit *k);

/* What a consumer of committed records is given. */
const char *kit_show_committed(struct log_kit *k);

#endif
