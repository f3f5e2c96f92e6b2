/* fake_kafka.h -- a cluster in memory behind kafka.h, for tests of what stands above the port.
 *
 * It does at once what it is asked, unless a test says that calls of a kind are to wait or to fail.
 * Transactions are real: what a producer sends and which positions it hands over are there when it
 * commits, and only then. What a producer without transactions sends is there when it is served or
 * flushed; a flush that fails has lost what was not there by then. What producers do is written
 * down, one line each, in `log`:
 *
 *     init ID | begin | send TOPIC/PARTITION KEY=VALUE@TIME | offsets TOPIC/PARTITION=OFFSET ... |
 *     flush | commit | abort | close
 *     create TOPIC PARTITIONS NAME=VALUE ... | grow TOPIC PARTITIONS | purge TOPIC/PARTITION=OFFSET
 *
 * Thread: any; one lock is around everything. Tests change it between steps, or before threads
 * start. */
#ifndef WR_TEST_FAKE_KAFKA_H
#define WR_TEST_FAKE_KAFKA_H

#include <pthread.h>

#include "src/base/buf.h"
#include "src/base/ptrs.h"
#include "src/kafka/kafka_ops.h"

enum {
    FAKE_TOPICS = 16,
    FAKE_PARTITIONS = 8,
    FAKE_CONFIGS = 8,
    FAKE_CALL_KINDS = WR_CALL_ABORT + 1
};

struct fake;

struct fake_record {
    struct fake *cluster;
    char *key;   /* NULL: null */
    char *value; /* NULL: null */
    int64_t time;
    int64_t offset;
    const struct weir_header *headers; /* lives as long as the cluster */
    size_t header_count;
};

struct fake_partition_log {
    struct wr_ptrs records; /* struct fake_record *, offsets rising */
    int64_t low;
    int64_t high;
    int64_t stable;       /* readers see what is below; -1: the high watermark */
    enum weir_code error; /* what a reader gets instead */
    int64_t committed;    /* of the application's group; -1: none */
    char *metadata;
};

struct fake_topic {
    struct fake *cluster;
    char *name;
    int32_t partitions;  /* 0: does not exist */
    enum weir_code code; /* what describing it says */
    struct {
        const char *name;
        const char *value;
    } config[FAKE_CONFIGS];
    size_t config_count;
    struct fake_partition_log logs[FAKE_PARTITIONS];
};

/* What the next call of a kind comes to. */
struct fake_script {
    int pending; /* steps that say so first; negative: for ever */
    enum wr_outcome outcome;
    enum weir_code code;
    const char *text;
};

struct fake_event {
    enum wr_group_event_kind kind;
    int32_t tasks[FAKE_PARTITIONS];
    size_t count;
};

struct fake {
    struct wr_kafka base;
    pthread_mutex_t lock;
    struct wr_buf log;
    struct fake_topic topics[FAKE_TOPICS];
    size_t topic_count;
    const char *cluster_id;
    struct fake_script scripts[FAKE_CALL_KINDS]; /* by enum wr_call_kind */
    bool begin_fails;
    bool buffer_full;  /* sends find no room */
    bool outputs_wait; /* what is sent without transactions waits for a flush */
    int endtxn_sent;   /* what producers say of their last transaction */
    int offsets_sent;
    const char *blocker;        /* whose open transaction stable fetches wait for; NULL: nobody's */
    const char *opener_refused; /* transactional id whose producer cannot be opened */
    struct wr_member members[4];
    size_t member_count;
    struct fake_event events[16];
    size_t event_count;
    size_t event_next;
    int answers;
    bool answer_fails;
    bool no_membership;
    bool left;
    int open_handles;
    int unreleased;          /* messages */
    struct fake_record mark; /* what messages without a record belong to */
};

struct fake *fake_new(void);

/* All handles must be closed and all messages released. */
void fake_free(struct fake *f);

/* The topic with this name, made with so many partitions if there is none (0: it is missing). */
struct fake_topic *fake_topic(struct fake *f, const char *name, int32_t partitions);
void fake_config(struct fake_topic *t, const char *name, const char *value);
void fake_commit_offset(struct fake_topic *t, int32_t partition, int64_t offset,
                        const char *metadata);

/* Append a record; what it is at can be changed before it is read. */
struct fake_record *fake_append(struct fake_topic *t, int32_t partition, const char *key,
                                const char *value, int64_t time);

/* The next call of a kind ends so. */
void fake_script(struct fake *f, enum wr_call_kind kind, enum wr_outcome outcome,
                 enum weir_code code, const char *text);
/* The next call of a kind waits for so many steps; negative: for ever. */
void fake_delay(struct fake *f, enum wr_call_kind kind, int steps);

/* What the group says next. */
void fake_event(struct fake *f, enum wr_group_event_kind kind, const int32_t *tasks, size_t count);

/* What was written down since the last call; lives until then, or until a thread writes more. */
const char *fake_log(struct fake *f);

#endif
