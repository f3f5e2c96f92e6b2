/* wire_call.h -- one request and its answer, as the handlers in req_*.c see them.
 *
 * A handler reads the whole request first and looks once whether it was well formed
 * (wr_read_ok), so that a malformed one changes nothing. It then writes the body of the answer.
 * What it keeps while it waits lies in the arena, or is a view of the request: both live until the
 * call is answered. One decoder and one encoder serve all versions.
 * Thread: the server's.
 */
#ifndef WR_WIRE_CALL_H
#define WR_WIRE_CALL_H

#include "broker/broker.h"
#include "src/kproto/proto_read.h"
#include "src/kproto/proto_write.h"

/* What all connections share. */
struct wr_wire {
    struct wr_broker *broker;
    const char *host; /* where clients reach it */
    int32_t port;
    const char *log_dir;     /* where the logs are, for administrators */
    size_t max_frame;        /* socket.request.max.bytes */
    int64_t now;             /* ms since 1970; never goes back */
    struct wr_buf records;   /* of the partition that a fetch reads */
    struct wr_arena scratch; /* whoever uses it resets it first */
};

enum {
    WR_WIRE_MAX_FRAME = 100 * 1024 * 1024,
    WR_WIRE_KEEP = 2 * 1024 * 1024, /* bytes that a buffer may keep while it is not used */
};

/* Host, port and now are left to the caller; the logs are in memory. */
void wr_wire_init(struct wr_wire *wire, struct wr_broker *broker);
void wr_wire_free(struct wr_wire *wire);

struct wr_call;

enum wr_outcome {
    WR_ANSWERED, /* the body is written */
    WR_SILENT,   /* no answer is wanted */
    WR_WAITS,    /* `again` or somebody who sets `answered` will finish it */
    WR_REFUSED,  /* malformed: no answer, the connection ends */
};

typedef enum wr_outcome wr_call_handler(struct wr_call *c);

#define WR_WIRE_API(name, key, min, max, flexible) wr_call_handler wr_req_##name;
#include "broker/wire/wire_apis.def"
#undef WR_WIRE_API

struct wr_wire_api {
    int16_t key;
    int16_t min;
    int16_t max;
    int16_t flexible; /* first version; -1: none */
    wr_call_handler *handle;
};

const struct wr_wire_api *wr_wire_api_find(int16_t key); /* NULL: unknown */
const struct wr_wire_api *wr_wire_api_all(size_t *count);

struct wr_call {
    struct wr_wire *wire;
    const struct wr_wire_api *api;
    int16_t version;
    int32_t correlation;
    const char *client_id;   /* "" if it has none */
    const char *client_host; /* "/127.0.0.1" */
    struct wr_arena arena;
    struct wr_reader in;
    struct wr_writer out;

    /* Of a call that waits. */
    wr_call_handler *again; /* tried whenever something may have changed; NULL: none */
    int64_t deadline;       /* of `again` */
    void *state;            /* of `again`; in the arena */
    bool answered;
};

/* One broker leads everything, always: there is no older epoch. */
enum { WR_LEADER_EPOCH = 0 };

/* What an administrator without restrictions may do, as bits (AclOperation), and "was not asked".
 */
enum {
    WR_MAY_TOPIC = 0x0df8,
    WR_MAY_GROUP = 0x0d48,
    WR_MAY_CLUSTER = 0x1fa0,
    WR_MAY_UNASKED = INT32_MIN,
};

/* What a client believes the leader's epoch to be; -1: it does not say. */
enum wr_kafka_error wr_call_check_epoch(int32_t epoch);

/* ---- reading --------------------------------------------------------------------------------- */

/* A string that must not be null. Never returns NULL. */
const char *wr_call_text(struct wr_call *c);

/* The head of an array. Returns cleared room for its elements of `size` bytes, each of which takes
 * at least min_bytes in the request; NULL for a null array, which counts 0. */
void *wr_call_array(struct wr_call *c, size_t min_bytes, size_t size, int32_t *count);

/* Strings that must not be null. */
struct wr_call_texts {
    const char **at;
    int32_t count;
};
struct wr_call_texts wr_call_texts(struct wr_call *c);

struct wr_call_numbers {
    int32_t *at;
    int32_t count;
};
struct wr_call_numbers wr_call_numbers(struct wr_call *c);

/* A topic by name or, in newer versions of some requests, by id. */
struct wr_topic_ref {
    const char *name; /* NULL: by id */
    unsigned char id[16];
};
struct wr_topic_ref wr_call_topic(struct wr_call *c, bool by_id);

/* Topics and numbers of partitions, in the form that most requests have. */
struct wr_topic_parts {
    struct wr_topic_ref ref;
    struct wr_call_numbers parts;
};
struct wr_call_topics {
    struct wr_topic_parts *at; /* NULL: a null array */
    int32_t count;
};
struct wr_call_topics wr_call_topics(struct wr_call *c, bool by_id);

/* The topic and its partition; why not, if there is none. */
struct wr_topic_entry *wr_call_find(const struct wr_call *c, const struct wr_topic_ref *ref);
enum wr_kafka_error wr_call_missing(const struct wr_topic_ref *ref);
bool wr_topic_has(const struct wr_topic_entry *e, int32_t partition);

/* ---- writing --------------------------------------------------------------------------------- */

void wr_call_put_error(struct wr_call *c, enum wr_kafka_error error);
void wr_call_put_throttle(struct wr_call *c); /* none */
void wr_call_put_topic(struct wr_call *c, const struct wr_topic_ref *ref);
void wr_call_put_numbers(struct wr_call *c, const int32_t *numbers, int32_t count);

/* Where a setting of a topic comes from, as DescribeConfigs and CreateTopics say it. */
enum { WR_SOURCE_TOPIC = 1, WR_SOURCE_STATIC = 4, WR_SOURCE_DEFAULT = 5 };
int8_t wr_config_source(const struct wr_topic_config_entry *e);

/* This broker: id, host and port. */
void wr_call_put_node(struct wr_call *c);

#endif
