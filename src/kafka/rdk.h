/* rdk.h -- librdkafka behind kafka.h: what the files rdk_*.c share.
 *
 * Every rd_kafka_ name stops in these files. They compile against the interface of
 * librdkafka 2.0.2; what is newer is looked up at run time (rdk_newer.c), and what the loaded
 * version gets wrong is worked around where it hurts, with the version that mended it.
 *
 * A handle of kafka.h is a client of librdkafka (rd_kafka_t), a box for what it reports and a
 * worker for what can only be waited for. librdkafka calls back only from calls on the handle,
 * except for the interceptors of producers (rdk_producer.c) and of the group (rdk_group_gate.c).
 */
#ifndef WR_RDK_H
#define WR_RDK_H

#include <librdkafka/rdkafka.h>
#include <pthread.h>
#include <stdatomic.h>

#include "src/base/buf.h"
#include "src/base/ptrs.h"
#include "src/kafka/group_gate.h"
#include "src/kafka/kafka_ops.h"
#include "src/kafka/rdk_worker.h"

/* ---- settings (rdk_settings.c) ---- */

enum wr_rdk_role {
    WR_RDK_DATA,
    WR_RDK_RESTORE,
    WR_RDK_ADMIN,
    WR_RDK_GROUP,
    WR_RDK_PRODUCER, /* transactional */
    WR_RDK_OUTPUTS,  /* idempotent only */
    WR_RDK_ROLE_COUNT,
};

struct wr_rdk_kafka {
    struct wr_kafka base;
    atomic_int refs; /* its owner's and one per handle */
    char *application_id;
    char *client_id;
    struct wr_kafka_setting *settings; /* its texts are owned */
    size_t setting_count;
    struct wr_clock *clock;
    int session_timeout_ms;
    int heartbeat_interval_ms;
    int max_poll_interval_ms;
    int transaction_timeout_ms;
};

/* What a configuration is for. */
struct wr_rdk_conf_for {
    enum wr_rdk_role role;
    bool uncommitted;     /* a second client of the role, which also reads what is not committed */
    bool offline;         /* leave out where the cluster is: only to try the settings */
    const char *instance; /* WR_RDK_GROUP: group.instance.id or NULL */
    const char *transactional_id; /* WR_RDK_PRODUCER */
};

/* The configuration of a client, without callbacks. What the library refuses is appended to
 * findings, one finding per "; "; NULL where all has been checked before. */
rd_kafka_conf_t *wr_rdk_conf_new(const struct wr_rdk_kafka *k, const struct wr_rdk_conf_for *f,
                                 struct wr_buf *findings);

/* Look at all settings; WEIR_ECONFIG with every finding in one text. */
WR_MUST_CHECK enum weir_code wr_rdk_settings_check(const struct wr_rdk_kafka *k,
                                                   struct weir_error *err);

void wr_rdk_kafka_unref(struct wr_rdk_kafka *k);

/* ---- errors (rdk_errors.c) ---- */

/* The code of Weir for one of librdkafka. */
enum weir_code wr_rdk_code(rd_kafka_resp_err_t code);

/* The code of a failure that an abort follows: EABORT, or what beginning anew does not cure. */
enum weir_code wr_rdk_abort_code(rd_kafka_resp_err_t code);

/* True if the same request may work a moment later. */
bool wr_rdk_may_work_later(rd_kafka_resp_err_t code);

/* Fill err in for a failure of `doing` ("describe topics"). */
enum weir_code wr_rdk_fail(struct weir_error *err, rd_kafka_resp_err_t code, const char *doing);

/* What a transactional call's error object says, by its flags; takes the object, NULL is OK.
 * PENDING if it is retriable. */
enum wr_outcome wr_rdk_outcome(rd_kafka_error_t *error, const char *doing, struct weir_error *err);

enum { WR_RDK_BOX_SLOTS = 8 };

/* What a handle reported and nobody has asked for yet: the same error is counted, not queued. */
struct wr_rdk_box {
    pthread_mutex_t lock;
    struct {
        rd_kafka_resp_err_t code;
        struct wr_handle_error report;
    } slots[WR_RDK_BOX_SLOTS];
    size_t count;
};

void wr_rdk_box_init(struct wr_rdk_box *b);
void wr_rdk_box_free(struct wr_rdk_box *b);
void wr_rdk_box_note(struct wr_rdk_box *b, rd_kafka_resp_err_t code, const char *text);
bool wr_rdk_box_take(struct wr_rdk_box *b, struct wr_handle_error *e); /* the oldest */

/* ---- newer functions of the library, NULL where it lacks them (rdk_newer.c) ---- */

enum {
    WR_RDK_2_2_0 = 0x020200ff, /* fetch.queue.backoff.ms */
    WR_RDK_2_3_0 = 0x020300ff, /* a group member may be destroyed before its first assignment */
    WR_RDK_2_13_2 = 0x020d02ff /* reading in batches neither loses nor skips */
};

/* Identities of topics through DescribeTopics, "" where the library or the broker cannot tell;
 * false if there was no answer within timeout_ms. */
bool wr_rdk_topic_ids(rd_kafka_t *rk, struct wr_call *c, int timeout_ms);

/* ---- handles (rdk_handle.c) ---- */

struct wr_rdk_handle {
    struct wr_rdk_kafka *kafka;
    rd_kafka_t *rk;
    struct wr_rdk_box box;
    struct wr_rdk_worker *worker;
    struct wr_rdk_job closing;
};

extern const struct wr_kafka_ops wr_rdk_ops;

WR_MUST_CHECK enum weir_code wr_rdk_handle_open(struct wr_rdk_handle *h, struct wr_rdk_kafka *k,
                                                struct wr_wake *wake, struct weir_error *err);
/* Free what wr_rdk_handle_open made; rk must be destroyed. */
void wr_rdk_handle_fini(struct wr_rdk_handle *h);

/* A setting as a text to free, "" if it is not set; and as a number. */
char *wr_rdk_conf_text(const rd_kafka_conf_t *conf, const char *name);
size_t wr_rdk_conf_number(const rd_kafka_conf_t *conf, const char *name);

/* Make a client from a configuration that it takes over. `report` is where its errors and logs go.
 */
WR_MUST_CHECK enum weir_code wr_rdk_client_new(rd_kafka_conf_t *conf, bool producer,
                                               struct wr_rdk_box *report, rd_kafka_t **out,
                                               struct weir_error *err);

/* Destroy a client without telling the cluster; waits for its threads. */
void wr_rdk_client_destroy(rd_kafka_t *rk);

/* How long closing a handle waits for librdkafka before it leaves the rest to the worker. */
enum { WR_RDK_CLOSE_MS = 5000 };

/* Let queue signal the wake when it gets something after it was looked at; wake may be NULL. */
void wr_rdk_queue_wakes(rd_kafka_queue_t *queue, struct wr_wake *wake);

/* What interceptors are told about a request; they look at its kind only. */
#define WR_RDK_REQUEST                                                                             \
    rd_kafka_t *rk, int fd, const char *broker, int32_t broker_id, int16_t api_key,                \
        int16_t api_version, int32_t correlation, size_t size
#define WR_RDK_REQUEST_UNUSED                                                                      \
    WR_UNUSED(rk), WR_UNUSED(fd), WR_UNUSED(broker), WR_UNUSED(broker_id), WR_UNUSED(api_version), \
        WR_UNUSED(correlation), WR_UNUSED(size)

/* ---- calls (rdk_call.c) ---- */

enum { WR_RDK_ATTEMPT_MS = 500, WR_RDK_RETRY_MS = 50 };

struct wr_rdk_call {
    struct wr_call base;
    struct wr_rdk_job job;
    struct wr_rdk_handle *handle;
    enum wr_outcome (*attempt)(struct wr_rdk_call *c, struct wr_rdk_turn *turn);
    void (*over)(struct wr_rdk_call *c); /* may be NULL; at the last step, on the owner's thread */
    void (*cleanup)(struct wr_rdk_call *c); /* may be NULL; before it is freed, on any thread */
};

/* A started call; size is that of the structure whose first member is the wr_rdk_call. The caller
 * fills in its arguments and then starts it. */
struct wr_rdk_call *wr_rdk_call_new(struct wr_rdk_handle *h, enum wr_call_kind kind, size_t size,
                                    enum wr_outcome (*attempt)(struct wr_rdk_call *c,
                                                               struct wr_rdk_turn *turn));
struct wr_call *wr_rdk_call_start(struct wr_rdk_call *c);
enum wr_outcome wr_rdk_call_step(struct wr_call *base, int slice_ms, struct weir_error *err);
void wr_rdk_call_free(struct wr_call *base);

/* The outcome of an attempt that failed with a code: PENDING if it may work later. */
enum wr_outcome wr_rdk_attempt_failed(struct wr_rdk_turn *turn, rd_kafka_resp_err_t code,
                                      const char *doing);

/* The list of positions as librdkafka wants it. */
rd_kafka_topic_partition_list_t *wr_rdk_list_new(const struct wr_position *positions, size_t count);

/* ---- consumers (rdk_consumer.c, rdk_messages.c) ---- */

struct wr_rdk_consumer {
    struct wr_consumer base;
    struct wr_rdk_handle handle;
    enum wr_rdk_role role;
    struct wr_wake *wake; /* not owned; may be NULL */
    rd_kafka_queue_t *events;
    struct wr_ptrs topics;     /* of rd_kafka_topic_t: named early */
    struct wr_ptrs partitions; /* assigned ones */
    rd_kafka_t *dirty;         /* second client that reads uncommitted; the worker's */
    atomic_int dirty_queues;   /* of calls, on that client: it must outlive them */
    size_t wake_every;         /* wake fetchers after so many bytes; 0: they wake by themselves */
    char *sasl_username;       /* with wake_every: what the client was given, or "" */
    char *sasl_password;
};

/* What a message costs librdkafka beside its key and value, in bytes. */
enum { WR_RDK_MESSAGE_COST = 400 };

struct wr_rdk_partition {
    struct wr_partition base;
    struct wr_rdk_consumer *consumer;
    rd_kafka_queue_t *queue;
    char *topic;
    int32_t partition;
    int64_t next; /* what is below was delivered already */
    size_t since; /* bytes taken since the fetcher was last woken (rdk_messages.c) */
};

enum weir_code wr_rdk_consumer_open(struct wr_kafka *base,
                                    const struct wr_consumer_options *options,
                                    struct wr_consumer **out, struct weir_error *err);
void wr_rdk_consumer_close(struct wr_consumer *base);
bool wr_rdk_consumer_error(struct wr_consumer *base, struct wr_handle_error *e);
enum weir_code wr_rdk_assign(struct wr_consumer *base, const char *topic, int32_t partition,
                             int64_t offset, struct wr_partition **out, struct weir_error *err);
void wr_rdk_unassign(struct wr_partition *base);
enum weir_code wr_rdk_rewind(struct wr_partition *base, int64_t offset, struct weir_error *err);
size_t wr_rdk_take(struct wr_partition *base, struct wr_message *out, size_t max);
void wr_rdk_release(struct wr_message *messages, size_t count);
struct weir_headers wr_rdk_headers(const struct wr_message *m, struct wr_arena *arena);

/* The client that reads uncommitted, opened when it is first needed; NULL with turn->error if it
 * cannot be. Thread: the worker. */
rd_kafka_t *wr_rdk_consumer_dirty(struct wr_rdk_consumer *c, struct wr_rdk_turn *turn);

/* ---- topics and offsets (rdk_topics.c, rdk_admin.c, rdk_offsets.c) ---- */

struct wr_call *wr_rdk_topics_describe(struct wr_consumer *c, const char *const *names,
                                       size_t count);
struct wr_call *wr_rdk_topics_list(struct wr_consumer *c);
struct wr_call *wr_rdk_topic_create(struct wr_consumer *c, const struct wr_new_topic *topic);
struct wr_call *wr_rdk_topic_delete(struct wr_consumer *c, const char *name);
struct wr_call *wr_rdk_topic_grow(struct wr_consumer *c, const char *name, int32_t count);
struct wr_call *wr_rdk_topics_config(struct wr_consumer *c, const char *const *names, size_t count);
struct wr_call *wr_rdk_records_delete(struct wr_consumer *c, const struct wr_position *below,
                                      size_t count);
struct wr_call *wr_rdk_group_describe(struct wr_consumer *c);
struct wr_call *wr_rdk_group_delete(struct wr_consumer *c);
struct wr_call *wr_rdk_offsets_alter(struct wr_consumer *c, const struct wr_position *positions,
                                     size_t count);
struct wr_call *wr_rdk_offsets_fetch(struct wr_consumer *c, const struct wr_position *positions,
                                     size_t count, bool stable);
struct wr_call *wr_rdk_watermarks_query(struct wr_consumer *c, const char *topic,
                                        int32_t partition);
struct wr_call *wr_rdk_reset_query(struct wr_consumer *c, const char *topic, int32_t partition,
                                   bool latest);
struct wr_call *wr_rdk_time_query(struct wr_consumer *c, const char *topic, int32_t partition,
                                  int64_t time_ms);

/* ---- the group (rdk_group.c) ---- */

enum weir_code wr_rdk_group_open(struct wr_kafka *base, const struct wr_group_options *options,
                                 struct wr_group **out, struct weir_error *err);
enum weir_code wr_rdk_group_join(struct wr_group *base, struct weir_error *err);
void wr_rdk_group_poll(struct wr_group *base, struct wr_group_event *event);
bool wr_rdk_group_error(struct wr_group *base, struct wr_handle_error *e);
enum weir_code wr_rdk_group_answer(struct wr_group *base, struct weir_error *err);
struct wr_group_meta *wr_rdk_group_metadata(struct wr_group *base);
void wr_rdk_group_leave(struct wr_group *base, bool give_up);
void wr_rdk_group_close(struct wr_group *base, bool abandon);

/* Let a client close the gate when it joins (rdk_group_gate.c). The gate must outlive it. */
void wr_rdk_close_gate(rd_kafka_conf_t *conf, struct wr_group_gate *gate);

/* Read a serialised group metadata of librdkafka ("CGMDv2:", i32 generation, group, member, flag,
 * instance). False if it has another form; the texts are views of data. */
bool wr_rdk_parse_metadata(const void *data, size_t len, struct wr_group_stamp *out);

/* ---- producers (rdk_producer.c, rdk_txn.c) ---- */

struct wr_rdk_topic {
    struct wr_topic base;
    char *name;
    rd_kafka_topic_t *rkt;
    atomic_int partitions; /* as wr_topic_partitions says */
};

struct wr_rdk_producer {
    struct wr_producer base;
    struct wr_rdk_handle handle;
    char *transactional_id; /* NULL: idempotent only */
    size_t max_record;
    atomic_int endtxn_sent;
    atomic_int offsets_sent;
    atomic_bool committing;     /* the EndTxn that is being sent is a commit */
    atomic_bool closed;         /* what is delivered now is noted nowhere */
    struct weir_error lost;     /* the first record since the last flush that was not delivered */
    pthread_mutex_t lock;       /* topics, lost, and handle.rk while a call is pending */
    struct wr_ptrs topics;      /* of struct wr_rdk_topic */
    struct wr_rdk_job counting; /* asks for partition counts in the background */
    bool counting_started;
};

/* Make the client inside, or throw it away. */
WR_MUST_CHECK enum weir_code wr_rdk_producer_client(struct wr_rdk_producer *p,
                                                    struct weir_error *err);
void wr_rdk_producer_drop_client(struct wr_rdk_producer *p);

/* Ask for the partition counts of all topics; false if no broker answered. Thread: the worker. */
bool wr_rdk_producer_count(struct wr_rdk_producer *p);

enum weir_code wr_rdk_producer_open(struct wr_kafka *base, const char *transactional_id,
                                    const char *const *topics, size_t count,
                                    struct wr_producer **out, struct weir_error *err);
void wr_rdk_producer_close(struct wr_producer *base);
bool wr_rdk_producer_error(struct wr_producer *base, struct wr_handle_error *e);
struct wr_topic *wr_rdk_producer_topic(struct wr_producer *base, const char *name);
int32_t wr_rdk_topic_partitions(struct wr_topic *base);
enum weir_code wr_rdk_producer_send(struct wr_producer *base, const struct wr_outgoing *o,
                                    struct weir_error *err);
void wr_rdk_producer_serve(struct wr_producer *base, int timeout_ms);
size_t wr_rdk_producer_max_record(const struct wr_producer *base);
int wr_rdk_producer_endtxn_sent(const struct wr_producer *base);
int wr_rdk_producer_offsets_sent(const struct wr_producer *base);

struct wr_call *wr_rdk_producer_flush(struct wr_producer *base);
struct wr_call *wr_rdk_producer_init(struct wr_producer *base);
enum wr_outcome wr_rdk_producer_begin(struct wr_producer *base, struct weir_error *err);
struct wr_call *wr_rdk_producer_offsets(struct wr_producer *base,
                                        const struct wr_position *positions, size_t count,
                                        struct wr_group_meta *meta);
struct wr_call *wr_rdk_producer_commit(struct wr_producer *base);
struct wr_call *wr_rdk_producer_abort(struct wr_producer *base);

#endif
