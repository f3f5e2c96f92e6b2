/* kafka.h -- the port to a Kafka cluster: consumers, producers, the group, topics.
 *
 * Everything above this file sees Kafka through it; librdkafka is behind it, and a simulated
 * cluster can be, because of three rules:
 *
 * 1. Nothing calls back. Whatever happens later comes out of a poll function of the handle it
 *    concerns.
 * 2. A call that needs a round trip is a struct wr_call: started by one function, finished by
 *    wr_call_step(), which does what can be done within a short slice of time and says whether it
 *    is over. A caller that has nothing else to do steps it in a loop; one that has, does that
 *    between.
 * 3. Foreign codes stop here. Outcomes are codes of Weir and, for transactional calls, what
 *    librdkafka's flags say (enum wr_outcome), never the number of an error.
 *
 * Ownership: handles belong to the thread that opened them; wr_kafka itself and group metadata may
 * be used by any thread. Views in messages live until the message is released. Strings given to a
 * function are copied unless it says otherwise.
 *
 * A handle of a broken cluster never fails for good: errors are reported (wr_handle_error) and the
 * client library goes on trying. What must stop the instance is decided above.
 */
#ifndef WR_KAFKA_H
#define WR_KAFKA_H

#include <weir/record.h>

#include "src/base/arena.h"
#include "src/base/base.h"
#include "src/base/buf.h"
#include "src/base/clock.h"
#include "src/base/wake.h"

struct wr_kafka;      /* how to reach one cluster: settings for every kind of handle */
struct wr_group;      /* membership in the consumer group of the application (its group handle) */
struct wr_consumer;   /* a handle that reads assigned partitions and belongs to no group */
struct wr_partition;  /* one assigned partition of a consumer: the queue of its messages */
struct wr_producer;   /* a producer, transactional or idempotent only */
struct wr_topic;      /* one topic of a producer */
struct wr_call;       /* one started round trip */
struct wr_group_gate; /* closed while the group's generation may change (group_gate.h) */
struct wr_group_meta; /* group metadata: an immutable proof of membership at one moment */
struct wr_kafka_ops;  /* what stands behind this file (kafka_ops.h) */

/* A position in a topic partition, with the text committed beside it. */
struct wr_position {
    const char *topic;
    int32_t partition;
    int64_t offset;       /* the next one to read; negative: see WR_OFFSET_NONE */
    const char *metadata; /* NULL: none */
};

enum { WR_OFFSET_NONE = -1 }; /* nothing is committed */

/* ---- the cluster ----------------------------------------------------------------------------- */

/* One setting of the client library, as wr_kafka_open gets them: scope is "" (every handle),
 * "consumer." (all that read and the group), "main.consumer." (inputs), "restore.consumer.",
 * "producer." or "admin."; name is librdkafka's. */
struct wr_kafka_setting {
    const char *scope;
    const char *name;
    const char *value;
};

struct wr_kafka_options {
    const char *application_id;
    const char *client_id; /* shown by tools and described members; at most 249 bytes */
    const struct wr_kafka_setting *settings;
    size_t setting_count;
    struct wr_clock *clock;
    int session_timeout_ms;
    int heartbeat_interval_ms;
    int max_poll_interval_ms;
    int transaction_timeout_ms;
};

/* What is wrong with the names and values of settings, "" if nothing: for showing it together with
 * other findings. wr_kafka_open checks more. */
void wr_kafka_settings_check(const struct wr_kafka_setting *settings, size_t count,
                             struct wr_buf *findings);

/* Check the settings and make a cluster; nothing is connected. WEIR_ECONFIG names each setting that
 * the client library does not know or does not take; settings that Weir owns are refused with the
 * reason. */
WR_MUST_CHECK enum weir_code wr_kafka_open(struct wr_kafka **out,
                                           const struct wr_kafka_options *options,
                                           struct weir_error *err);

/* All handles must be closed. */
void wr_kafka_close(struct wr_kafka *k);

/* "2.0.2": the version of the client library that is loaded; *warning, if not NULL, is what is
 * wrong with it (NULL if nothing). Both live for ever. */
const char *wr_kafka_library(const char **warning);

/* An error a handle reported on its own account since the last call: connection refused,
 * authentication failed, ... false if there is none. Repeated errors are counted, not queued. */
struct wr_handle_error {
    struct weir_error error;
    int count;
};

/* ---- calls ----------------------------------------------------------------------------------- */

/* What librdkafka's flags say about a call: looked at in the order fatal, requires abort,
 * retriable. */
enum wr_outcome {
    WR_CALL_PENDING, /* not over: step again */
    WR_CALL_OK,
    WR_CALL_FAILED,    /* not transactional, or refused before anything was sent; err says why */
    WR_CALL_ABORTABLE, /* the transaction must be aborted; the producer is fine */
    WR_CALL_FATAL,     /* the producer is dead and the outcome unknown */
};

/* Work on a call for slice_ms at the most (0: only take what is there). After anything but PENDING
 * the results can be read. Retriable failures are retried inside, without end; a caller that has
 * had enough frees the call, which is allowed at any time, and before its consumer is closed. Of a
 * producer's calls only offsets may be given up so, for an abort, which then waits for the request
 * under way, and a flush; any other one must be finished or its producer closed. Thread: of the
 * handle the call was started on. */
enum wr_outcome wr_call_step(struct wr_call *c, int slice_ms, struct weir_error *err);
void wr_call_free(struct wr_call *c); /* accepts NULL */

/* Why the last step did not finish, for messages ("waiting for ...": coordinator, open
 * transaction);
 * "" if nothing special. Lives until the next step. */
const char *wr_call_waiting_for(const struct wr_call *c);

/* ---- topics and offsets (any consumer handle; role WR_ROLE_ADMIN is made for it) ------------- */

struct wr_topic_info {
    const char *name;
    int32_t partitions; /* 0: the topic does not exist */
    enum weir_code
        code; /* WEIR_OK, WEIR_ENOTOPIC, WEIR_EAUTH, WEIR_EAGAIN (leaders not known yet) */
};

/* Partition counts of topics, and the identity of the cluster. */
struct wr_call *wr_topics_describe(struct wr_consumer *c, const char *const *names, size_t count);
const struct wr_topic_info *wr_topics_result(const struct wr_call *call, size_t *count);
const char *wr_topics_cluster_id(const struct wr_call *call);

/* The same for every topic of the cluster that this application may see; without their identities.
 */
struct wr_call *wr_topics_list(struct wr_consumer *c);

/* The broker's identity of a topic where the loaded library can tell (2.3.0 and newer): 22
 * characters, or
 * "" where it cannot. Asked as part of wr_topics_describe. */
const char *wr_topics_topic_id(const struct wr_call *call, const char *name);

struct wr_topic_config {
    const char *name;
    const char *value;
};

struct wr_new_topic {
    const char *name;
    int32_t partitions;
    int replication; /* -1: the broker's default */
    const struct wr_topic_config *config;
    size_t config_count;
};

/* Create one topic. A topic that exists is success (*created is false): the broker does not
 * compare, so look at its configuration afterwards. */
struct wr_call *wr_topic_create(struct wr_consumer *c, const struct wr_new_topic *topic);
bool wr_topic_created(const struct wr_call *call);

/* Delete one topic. One that does not exist is success. Brokers may tell of it for a moment more.
 */
struct wr_call *wr_topic_delete(struct wr_consumer *c, const char *name);

/* Raise the number of partitions of a topic to count. */
struct wr_call *wr_topic_grow(struct wr_consumer *c, const char *name, int32_t count);

/* The configuration of topics. value is NULL for a topic or a name that the broker does not know.
 */
struct wr_call *wr_topics_config(struct wr_consumer *c, const char *const *names, size_t count);
const char *wr_topics_config_value(const struct wr_call *call, const char *topic, const char *name);

/* Delete the records below each offset. */
struct wr_call *wr_records_delete(struct wr_consumer *c, const struct wr_position *below,
                                  size_t count);

/* Committed positions of the application's group. `stable` waits while a transaction that contains
 * one of them is open; without it the answer is the last committed one at once. Result in the same
 * order; offset WR_OFFSET_NONE where there is none. */
struct wr_call *wr_offsets_fetch(struct wr_consumer *c, const struct wr_position *positions,
                                 size_t count, bool stable);
const struct wr_position *wr_offsets_result(const struct wr_call *call, size_t *count);

/* Commit positions of the application's group from outside of it, without metadata. WEIR_ESTATE
 * while it has members. */
struct wr_call *wr_offsets_alter(struct wr_consumer *c, const struct wr_position *positions,
                                 size_t count);

/* The first and the next offset of a partition. The next one is the high watermark also while
 * transactions are open (READ_UNCOMMITTED, KAFKA-10167). */
struct wr_call *wr_watermarks_query(struct wr_consumer *c, const char *topic, int32_t partition);
void wr_watermarks_result(const struct wr_call *call, int64_t *low, int64_t *high);

/* The earliest and latest offset as a reset policy wants them: latest is the last stable offset. */
struct wr_call *wr_reset_query(struct wr_consumer *c, const char *topic, int32_t partition,
                               bool latest);
int64_t wr_reset_result(const struct wr_call *call);

/* The first offset whose record is of that time or later, WR_OFFSET_NONE if there is none below the
 * last stable offset. */
struct wr_call *wr_time_query(struct wr_consumer *c, const char *topic, int32_t partition,
                              int64_t time_ms);
int64_t wr_time_result(const struct wr_call *call);

/* The members of the application's group as the coordinator describes them. */
struct wr_member {
    const char *client_id;
    const char *member_id;
    const char *instance_id; /* NULL: dynamic */
    const char *host;        /* as the broker sees it; not an address to connect to */
    const int32_t *tasks;    /* partitions of the task topic */
    size_t task_count;
};
struct wr_call *wr_group_describe(struct wr_consumer *c);
const struct wr_member *wr_group_members(const struct wr_call *call, size_t *count);

/* Delete the application's group with all its committed positions. One that does not exist is
 * success; WEIR_ESTATE while it has members. */
struct wr_call *wr_group_delete(struct wr_consumer *c);

/* ---- consumers ------------------------------------------------------------------------------- */

enum wr_role {
    WR_ROLE_DATA,    /* a stream thread's inputs; read_committed */
    WR_ROLE_RESTORE, /* changelogs; read_committed */
    WR_ROLE_ADMIN,   /* no partitions: topics, offsets, group */
};

struct wr_consumer_options {
    enum wr_role role;
    const char *const *topics; /* the handle will touch: named, so that their leaders are known */
    size_t topic_count;
    /* Signalled when an assigned partition gets messages after it had none, and when a call on the
     * handle is over; may be NULL. */
    struct wr_wake *wake;
};

/* Open a handle. */
WR_MUST_CHECK enum weir_code wr_consumer_open(struct wr_kafka *k,
                                              const struct wr_consumer_options *options,
                                              struct wr_consumer **out, struct weir_error *err);

/* Unassigns what is left. All messages must be released. Bounded, like the end of every handle: if
 * librdkafka has not ended its threads after five seconds, the rest is left to the port's helper
 * thread, which frees everything whenever that happens. */
void wr_consumer_close(struct wr_consumer *c);

/* Serve the handle's own events, every few seconds or oftener; true and the error if one was
 * reported. */
bool wr_consumer_error(struct wr_consumer *c, struct wr_handle_error *e);

/* Read a partition from an explicit offset on. The partition must not be assigned on this handle.
 */
WR_MUST_CHECK enum weir_code wr_partition_assign(struct wr_consumer *c, const char *topic,
                                                 int32_t partition, int64_t offset,
                                                 struct wr_partition **out, struct weir_error *err);

/* Stop reading; messages taken but not released stay valid. */
void wr_partition_unassign(struct wr_partition *p);

/* Continue at another offset. Messages already taken are not affected; what comes next is at or
 * above offset. (On librdkafka: unassign and assign of this partition; never rd_kafka_assign, which
 * aborts the process on 2.0.2, never seek.) */
WR_MUST_CHECK enum weir_code wr_partition_rewind(struct wr_partition *p, int64_t offset,
                                                 struct weir_error *err);

enum wr_message_kind {
    WR_MESSAGE_RECORD,
    WR_MESSAGE_EOF, /* everything below `offset` that a read_committed reader may see was delivered
                     */
    WR_MESSAGE_ERROR, /* `code`: EOFFSET position not in the log, ENOTOPIC, EAUTH, ... */
};

struct wr_message {
    enum wr_message_kind kind;
    enum weir_code code;
    struct weir_bytes key;
    struct weir_bytes value;
    int64_t time; /* -1: the broker has none */
    int64_t offset;
    bool has_headers;
    const struct wr_kafka_ops *ops; /* the port's */
    void *owner;                    /* the port's */
};

/* Take up to max messages of a partition, in offset order; returns how many. Never waits.
 * Duplicates below the last taken offset, which librdkafka may deliver, are dropped here. */
size_t wr_partition_take(struct wr_partition *p, struct wr_message *out, size_t max);

/* Give messages back; their views end. */
void wr_messages_release(struct wr_message *messages, size_t count);

/* The headers of a message; the array is in arena, names and values are views of the message. */
struct weir_headers wr_message_headers(const struct wr_message *m, struct wr_arena *arena);

/* ---- the group ------------------------------------------------------------------------------- */

struct wr_group_options {
    const char *topic;       /* the task topic, the only one subscribed to */
    const char *instance_id; /* static membership; NULL: dynamic */
    struct wr_wake *wake;
    struct wr_group_gate *gate; /* closed when a JoinGroup is near (group_gate.h); may be NULL */
};

enum wr_group_event_kind {
    WR_GROUP_NOTHING,
    WR_GROUP_ASSIGN, /* partitions of the task topic are ours from now on; may be an empty list */
    WR_GROUP_REVOKE, /* to be given up: finish, then answer */
    WR_GROUP_LOST,   /* already somebody else's: drop, then answer */
    WR_GROUP_FATAL,  /* the handle is dead: everything is lost, abandon it and open a new one */
    WR_GROUP_CLOSED, /* the end of wr_group_leave */
};

struct wr_group_event {
    enum wr_group_event_kind kind;
    const int32_t *tasks; /* valid until the event is answered */
    size_t task_count;
    struct weir_error error; /* FATAL: why */
};

/* Open the group handle; nothing is joined yet. */
WR_MUST_CHECK enum weir_code wr_group_open(struct wr_kafka *k,
                                           const struct wr_group_options *options,
                                           struct wr_group **out, struct weir_error *err);

/* Join. */
WR_MUST_CHECK enum weir_code wr_group_join(struct wr_group *g, struct weir_error *err);

/* The next event; never waits. Must be called at least every max.poll.interval.ms. ASSIGN, REVOKE
 * and LOST must be answered before the next one comes; no other call on the group is affected by
 * the wait. */
void wr_group_poll(struct wr_group *g, struct wr_group_event *event);
bool wr_group_error(struct wr_group *g, struct wr_handle_error *e);

/* Tell the group that the last event has been dealt with. */
WR_MUST_CHECK enum weir_code wr_group_answer(struct wr_group *g, struct weir_error *err);

/* The metadata of the membership as it is now: publish it on entry to every ASSIGN and every
 * REVOKE, before answering; never read it at commit time. NULL if there is no valid membership
 * (generation < 0 or no member id). Reference count 1. */
struct wr_group_meta *wr_group_metadata(struct wr_group *g);
struct wr_group_meta *wr_group_meta_ref(struct wr_group_meta *m);
void wr_group_meta_unref(struct wr_group_meta *m); /* accepts NULL */
int32_t wr_group_meta_generation(const struct wr_group_meta *m);
const char *wr_group_meta_member(const struct wr_group_meta *m);

/* Begin to leave: events go on (a REVOKE of everything comes) until CLOSED. A static member does
 * not tell the group unless `give_up`. */
void wr_group_leave(struct wr_group *g, bool give_up);

/* Free the handle. Only after CLOSED or FATAL, or with `abandon`, which tells nobody. Before 2.3.0
 * librdkafka ends the process when a member is freed that has joined and never got an assignment:
 * such a client is left to the process. */
void wr_group_close(struct wr_group *g, bool abandon);

/* ---- producers ------------------------------------------------------------------------------- */

/* Open a handle and name its topics. The transactional id ends the transactions of its former
 * holder. Without one (NULL) the producer is idempotent only: what is sent leaves at once, for all
 * readers to see, and of the calls below flush is the only one it takes. */
WR_MUST_CHECK enum weir_code wr_producer_open(struct wr_kafka *k, const char *transactional_id,
                                              const char *const *topics, size_t count,
                                              struct wr_producer **out, struct weir_error *err);

/* Close without waiting: an open transaction is aborted if that takes no longer than a moment, else
 * left to its time-out or its successor. */
void wr_producer_close(struct wr_producer *p);
bool wr_producer_error(struct wr_producer *p, struct wr_handle_error *e);

/* init_transactions: fences former holders. Must be OK before anything else. A holder that died
 * with an open transaction costs one more handle instead of librdkafka's fixed wait. */
struct wr_call *wr_producer_init(struct wr_producer *p);

/* Begin a transaction; local. ABORTABLE never; FATAL if the producer is dead. */
enum wr_outcome wr_producer_begin(struct wr_producer *p, struct weir_error *err);

/* A topic to write to. Its handle lives as long as the producer. */
struct wr_topic *wr_producer_topic(struct wr_producer *p, const char *name);

/* How many partitions it has; 0: not known yet (asked for in the background); -1: does not exist.
 */
int32_t wr_topic_partitions(struct wr_topic *t);

/* Where the delivery of changelog records is noted. Written only inside calls on the producer, also
 * by the port's helper thread while a call is pending: read it when none is. */
struct wr_delivery {
    int64_t
        next; /* 1 + the offset of the last record of this partition that was delivered; 0: none */
};

struct wr_outgoing {
    struct wr_topic *topic;
    int32_t partition; /* set by the caller; murmur2 of the key is in kproto */
    struct weir_bytes key;
    struct weir_bytes value;
    int64_t time; /* 0 is sent as 1: librdkafka cannot send 0, which it takes for "now" */
    struct weir_headers headers;
    struct wr_delivery *delivery; /* NULL: nobody asks */
};

/* Buffer one record, of the open transaction if the producer is transactional. WEIR_PENDING if the
 * buffer is full: call wr_producer_serve and try again. WEIR_EABORT if the transaction has failed
 * already, WEIR_EPRODUCER if the producer is dead, WEIR_ETOOLARGE, WEIR_ENOTOPIC, WEIR_EPARTITIONS,
 * WEIR_ETIME (negative) if this record cannot be sent: the transaction goes on without it. */
WR_MUST_CHECK enum weir_code wr_producer_send(struct wr_producer *p, const struct wr_outgoing *o,
                                              struct weir_error *err);

/* Serve delivery reports, waiting up to timeout_ms for one. Every few hundred records. */
void wr_producer_serve(struct wr_producer *p, int timeout_ms);

/* Without transactions: send what is buffered, and see that all records since the last flush were
 * delivered. ABORTABLE if one of them was not, with the reason of the first; the next flush judges
 * those that come after. */
struct wr_call *wr_producer_flush(struct wr_producer *p);

/* The largest key + value + headers that can be sent, in bytes. */
size_t wr_producer_max_record(const struct wr_producer *p);

/* Put positions into the transaction, fenced by meta. meta is referenced until the call is freed.
 */
struct wr_call *wr_producer_offsets(struct wr_producer *p, const struct wr_position *positions,
                                    size_t count, struct wr_group_meta *meta);
struct wr_call *wr_producer_commit(struct wr_producer *p);
struct wr_call *wr_producer_abort(struct wr_producer *p);

/* How many EndTxn requests were sent since the last begin. More than one: a late one may end the
 * *next* transaction (KAFKA-17754, KIP-890), so the producer must not be used again. */
int wr_producer_endtxn_sent(const struct wr_producer *p);

/* The same of TxnOffsetCommit: a late one may set the positions of the next transaction back. */
int wr_producer_offsets_sent(const struct wr_producer *p);

#endif
