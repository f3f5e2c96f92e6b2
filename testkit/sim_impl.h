/* sim_impl.h -- the port of a simulation from inside: what its files share. */
#ifndef WR_SIM_IMPL_H
#define WR_SIM_IMPL_H

#include "broker/broker.h"
#include "src/base/mem.h"
#include "testkit/sim_kafka.h"

struct wr_sim_kafka {
    struct wr_kafka base;
    struct wr_sim_kafka_options o;
    char *application_id;
    char *client_id;
    bool cut;
    enum weir_code trouble; /* WEIR_OK: none */
    struct wr_group *group; /* NULL: none is open */
};

extern const struct wr_kafka_ops wr_sim_ops;

static inline struct wr_sim *wr_sim_of(const struct wr_sim_kafka *k)
{
    return k->o.net->sim;
}

static inline struct wr_broker *wr_sim_broker(const struct wr_sim_kafka *k)
{
    return k->o.net->broker;
}

static inline int64_t wr_sim_now_wall(const struct wr_sim_kafka *k)
{
    return wr_sim_wall(k->o.net->sim);
}

/* The error that a handle has to report, if there is one. */
bool wr_sim_handle_error(struct wr_sim_kafka *k, struct wr_handle_error *e);

/* Prepare a request of a client; name is for the trace and lives for ever. */
void wr_sim_request_init(struct wr_sim_request *r, struct wr_sim_kafka *k, const char *name);

/* ---- calls (sim_calls.c) --------------------------------------------------------------------- */

struct wr_sim_call;

/* One request that a call waits for. */
struct wr_sim_ask {
    struct wr_sim_request request;
    struct wr_sim_call *call; /* NULL: it has been freed */
};

struct wr_sim_call {
    struct wr_call base;
    struct wr_sim_kafka *k;
    struct wr_wake *wake; /* of the handle; may be NULL */
    void *waiter;         /* who waits in a step */
    struct wr_sim_ask *ask;
    bool over;
    enum wr_outcome outcome;
    enum weir_code code; /* unless OK */
    enum wr_kafka_error error;
    struct wr_sim_producer *producer; /* of a transactional call */
    struct wr_sim_txn_ask *txn_ask;   /* init, offsets: what it waits for */

    /* what is asked for */
    enum wr_kafka_error (*look)(
        struct wr_sim_call *c); /* at the broker; puts the result into base */
    const char **names;
    size_t name_count;
    const char *topic;
    int32_t partition; /* or how many partitions */
    bool flag;         /* stable, latest */
    struct wr_topic_config *config;
    size_t config_count;
};

struct wr_sim_call *wr_sim_call_new(struct wr_sim_kafka *k, struct wr_wake *wake,
                                    enum wr_call_kind kind);
void wr_sim_call_end(struct wr_sim_call *c, enum wr_outcome outcome, enum weir_code code,
                     enum wr_kafka_error error);

enum wr_outcome wr_sim_call_step(struct wr_call *c, int slice_ms, struct weir_error *err);
void wr_sim_call_free(struct wr_call *c);

/* Weir's code for an error of the broker. */
enum weir_code wr_sim_code(enum wr_kafka_error e);

struct wr_call *wr_sim_topics_describe(struct wr_consumer *c, const char *const *names,
                                       size_t count);
struct wr_call *wr_sim_topic_create(struct wr_consumer *c, const struct wr_new_topic *topic);
struct wr_call *wr_sim_topic_grow(struct wr_consumer *c, const char *name, int32_t count);
struct wr_call *wr_sim_topics_config(struct wr_consumer *c, const char *const *names, size_t count);
struct wr_call *wr_sim_records_delete(struct wr_consumer *c, const struct wr_position *below,
                                      size_t count);
struct wr_call *wr_sim_offsets_fetch(struct wr_consumer *c, const struct wr_position *positions,
                                     size_t count, bool stable);
struct wr_call *wr_sim_watermarks_query(struct wr_consumer *c, const char *topic,
                                        int32_t partition);
struct wr_call *wr_sim_reset_query(struct wr_consumer *c, const char *topic, int32_t partition,
                                   bool latest);
struct wr_call *wr_sim_group_describe(struct wr_consumer *c);

/* ---- consumers (sim_consumer.c) -------------------------------------------------------------- */

struct wr_sim_consumer {
    struct wr_consumer base;
    struct wr_sim_kafka *k;
    struct wr_wake *wake; /* may be NULL */
    struct wr_ptrs partitions;
};

enum weir_code wr_sim_consumer_open(struct wr_kafka *k, const struct wr_consumer_options *options,
                                    struct wr_consumer **out, struct weir_error *err);
void wr_sim_consumer_close(struct wr_consumer *c);
bool wr_sim_consumer_error(struct wr_consumer *c, struct wr_handle_error *e);
enum weir_code wr_sim_assign(struct wr_consumer *c, const char *topic, int32_t partition,
                             int64_t offset, struct wr_partition **out, struct weir_error *err);
void wr_sim_unassign(struct wr_partition *p);
enum weir_code wr_sim_rewind(struct wr_partition *p, int64_t offset, struct weir_error *err);
size_t wr_sim_take(struct wr_partition *p, struct wr_message *out, size_t max);
void wr_sim_release(struct wr_message *messages, size_t count);
struct weir_headers wr_sim_headers(const struct wr_message *m, struct wr_arena *arena);

/* ---- the group (sim_group.c) ----------------------------------------------------------------- */

/* What a member says of itself when it joins, and what it is given, are lists of tasks: i32
 * generation, i32 count, i32 each. */
void wr_sim_tasks_encode(struct wr_buf *out, int32_t generation, const int32_t *tasks,
                         size_t count);
int32_t *wr_sim_tasks_decode(struct weir_bytes data, int32_t *generation, size_t *count);

enum weir_code wr_sim_group_open(struct wr_kafka *k, const struct wr_group_options *options,
                                 struct wr_group **out, struct weir_error *err);
enum weir_code wr_sim_group_join(struct wr_group *g, struct weir_error *err);
void wr_sim_group_poll(struct wr_group *g, struct wr_group_event *event);
bool wr_sim_group_error(struct wr_group *g, struct wr_handle_error *e);
enum weir_code wr_sim_group_answer(struct wr_group *g, struct weir_error *err);
struct wr_group_meta *wr_sim_group_metadata(struct wr_group *g);
void wr_sim_group_leave(struct wr_group *g, bool give_up);
void wr_sim_group_close(struct wr_group *g, bool abandon);
bool wr_sim_group_die(struct wr_group *g); /* false if it is dead or closed */

/* ---- sim_assignor.c -------------------------------------------------------------------------- */

struct wr_sim_share {
    const char *member;
    int32_t *tasks; /* for wr_free() */
    size_t count;
};

/* Share tasks 0..task_count-1 out among the members: every member keeps what it has, up to an equal
 * share; what has to move is given to nobody until its owner has said that it gave it up. Fills
 * out[0..count-1] in the order of members. */
void wr_sim_share_out(const struct wr_join_member *members, size_t count, int32_t task_count,
                      struct wr_sim_share *out);

/* ---- producers (sim_producer.c, sim_txn.c) --------------------------------------------------- */

enum wr_sim_producer_state {
    WR_SIM_NEW,
    WR_SIM_READY,  /* no transaction */
    WR_SIM_OPEN,   /* always, without transactions */
    WR_SIM_FAILED, /* the transaction has to be aborted */
    WR_SIM_DEAD,
};

struct wr_sim_topic {
    struct wr_topic base;
    char *name;
    bool asked;
    int64_t known_at; /* ms */
};

/* A record's place in its batch, for its delivery report. */
struct wr_sim_report {
    struct wr_delivery *delivery;
    int64_t delta;
};

struct wr_sim_batch {
    struct wr_buf bytes;
    struct wr_batch_builder builder; /* until it is closed */
    int32_t base_sequence;
    int32_t count;
    bool closed;
    struct wr_sim_report *reports;
    size_t report_count;
    size_t report_cap;
};

/* What goes to one partition: one batch after the other, one at a time on its way. */
struct wr_sim_lane {
    struct wr_sim_producer *producer;
    const struct wr_sim_topic *topic;
    int32_t partition;
    int32_t next_sequence;
    bool added; /* to the open transaction; true if there is none */
    bool busy;  /* a request is on its way; of the first batch if `added` */
    struct wr_ptrs batches;
    struct wr_sim_event linger;
};

struct wr_sim_producer {
    struct wr_producer base;
    struct wr_sim_kafka *k;
    char *id; /* NULL: idempotent only */
    enum wr_sim_producer_state state;
    enum wr_kafka_error error; /* FAILED, DEAD: why */
    struct wr_producer_identity who;
    struct wr_ptrs topics; /* struct wr_sim_topic * */
    struct wr_ptrs lanes;  /* struct wr_sim_lane * */
    struct wr_ptrs asks;   /* struct wr_sim_txn_ask *: on their way */
    size_t queued;         /* records that have no report, or whose report was not taken */
    size_t reported;       /* of these, those that have one */
    size_t room;           /* for so many records; 0: no limit */
    bool registered;       /* the coordinator may know of the open transaction */
    bool group_added;
    int endtxn_sent;
    int offsets_sent;
    struct wr_sim_call *ending; /* commit, abort, flush: waits until nothing is on its way */
    bool end_sent;
    bool lost; /* without transactions: something was not delivered since the last flush */
};

/* A request of a producer, with all that it needs at the broker: it may outlive the client. */
struct wr_sim_txn_ask {
    struct wr_sim_request request;
    struct wr_sim_producer *producer; /* NULL: closed */
    struct wr_sim_call *call;         /* NULL: none, or freed */
    struct wr_sim_lane *lane;
    void (*done)(struct wr_sim_txn_ask *a, const struct wr_sim_answer *answer);
    struct wr_arena arena; /* of the rest */
    const char *id;
    struct wr_producer_identity who;
    const char *topic;
    int32_t partition;
    struct weir_bytes bytes;
    struct wr_offset_commit *offsets;
    size_t offset_count;
    struct wr_group_client member;
    int timeout_ms; /* of transactions */
    bool commit;
};

/* A request of a producer; it goes with the first wr_sim_txn_send. */
struct wr_sim_txn_ask *
wr_sim_txn_ask_new(struct wr_sim_producer *p, const char *name,
                   void (*execute)(struct wr_sim_request *r, struct wr_sim_answer *a),
                   void (*done)(struct wr_sim_txn_ask *a, const struct wr_sim_answer *answer));
void wr_sim_txn_send(struct wr_sim_txn_ask *a);

/* The producer is closed: leave its requests to the network. */
void wr_sim_txn_orphan(struct wr_sim_producer *p);

/* The open transaction failed: it has to be aborted, or the producer is dead. */
void wr_sim_producer_fail(struct wr_sim_producer *p, enum wr_kafka_error error);

/* Whether an error kills a producer. */
bool wr_sim_is_fatal(enum wr_kafka_error e);

/* Go on with what can be sent; whether nothing is left. */
bool wr_sim_producer_drain(struct wr_sim_producer *p);

/* Drop what has not been sent. */
void wr_sim_producer_purge(struct wr_sim_producer *p);

/* Something of this producer came back: go on with the end of its transaction, or its flush. */
void wr_sim_txn_go_on(struct wr_sim_producer *p);

/* Tell the coordinator to abort what a closed producer left open. */
void wr_sim_txn_leave(struct wr_sim_producer *p);

enum weir_code wr_sim_producer_open(struct wr_kafka *k, const char *transactional_id,
                                    const char *const *topics, size_t count,
                                    struct wr_producer **out, struct weir_error *err);
void wr_sim_producer_close(struct wr_producer *p);
bool wr_sim_producer_error(struct wr_producer *p, struct wr_handle_error *e);
struct wr_call *wr_sim_producer_init(struct wr_producer *p);
enum wr_outcome wr_sim_producer_begin(struct wr_producer *p, struct weir_error *err);
struct wr_topic *wr_sim_producer_topic(struct wr_producer *p, const char *name);
int32_t wr_sim_topic_partitions(struct wr_topic *t);
enum weir_code wr_sim_producer_send(struct wr_producer *p, const struct wr_outgoing *o,
                                    struct weir_error *err);
void wr_sim_producer_serve(struct wr_producer *p, int timeout_ms);
struct wr_call *wr_sim_producer_flush(struct wr_producer *p);
size_t wr_sim_producer_max_record(const struct wr_producer *p);
struct wr_call *wr_sim_producer_offsets(struct wr_producer *p, const struct wr_position *positions,
                                        size_t count, struct wr_group_meta *meta);
struct wr_call *wr_sim_producer_commit(struct wr_producer *p);
struct wr_call *wr_sim_producer_abort(struct wr_producer *p);
int wr_sim_producer_endtxn_sent(const struct wr_producer *p);
int wr_sim_producer_offsets_sent(const struct wr_producer *p);

#endif
