/* kafka_ops.h -- what stands behind kafka.h: a table of functions and the heads of all handles.
 *
 * Every function of kafka.h calls through the table of its handle (kafka.c), so that a simulated
 * cluster can stand where librdkafka does. A backend embeds these heads as the first member of its
 * own structures and fills `ops` in when it opens a handle; messages carry the table themselves,
 * because they outlive the partition they came from.
 *
 * The results of calls are plain data in struct wr_call, so that only making and stepping a call is
 * the backend's business. Group metadata is not the backend's at all: a membership is four values.
 */
#ifndef WR_KAFKA_OPS_H
#define WR_KAFKA_OPS_H

#include "src/kafka/kafka.h"

struct wr_kafka_ops {
    void (*close)(struct wr_kafka *k);
    enum weir_code (*consumer_open)(struct wr_kafka *k, const struct wr_consumer_options *options,
                                    struct wr_consumer **out, struct weir_error *err);
    enum weir_code (*group_open)(struct wr_kafka *k, const struct wr_group_options *options,
                                 struct wr_group **out, struct weir_error *err);
    enum weir_code (*producer_open)(struct wr_kafka *k, const char *transactional_id,
                                    const char *const *topics, size_t count,
                                    struct wr_producer **out, struct weir_error *err);

    enum wr_outcome (*call_step)(struct wr_call *c, int slice_ms, struct weir_error *err);
    void (*call_free)(struct wr_call *c);

    struct wr_call *(*topics_describe)(struct wr_consumer *c, const char *const *names,
                                       size_t count);
    struct wr_call *(*topics_list)(struct wr_consumer *c);
    struct wr_call *(*topic_create)(struct wr_consumer *c, const struct wr_new_topic *topic);
    struct wr_call *(*topic_delete)(struct wr_consumer *c, const char *name);
    struct wr_call *(*topic_grow)(struct wr_consumer *c, const char *name, int32_t count);
    struct wr_call *(*topics_config)(struct wr_consumer *c, const char *const *names, size_t count);
    struct wr_call *(*records_delete)(struct wr_consumer *c, const struct wr_position *below,
                                      size_t count);
    struct wr_call *(*offsets_fetch)(struct wr_consumer *c, const struct wr_position *positions,
                                     size_t count, bool stable);
    struct wr_call *(*offsets_alter)(struct wr_consumer *c, const struct wr_position *positions,
                                     size_t count);
    struct wr_call *(*watermarks_query)(struct wr_consumer *c, const char *topic,
                                        int32_t partition);
    struct wr_call *(*reset_query)(struct wr_consumer *c, const char *topic, int32_t partition,
                                   bool latest);
    struct wr_call *(*time_query)(struct wr_consumer *c, const char *topic, int32_t partition,
                                  int64_t time_ms);
    struct wr_call *(*group_describe)(struct wr_consumer *c);
    struct wr_call *(*group_delete)(struct wr_consumer *c);

    void (*consumer_close)(struct wr_consumer *c);
    bool (*consumer_error)(struct wr_consumer *c, struct wr_handle_error *e);
    enum weir_code (*assign)(struct wr_consumer *c, const char *topic, int32_t partition,
                             int64_t offset, struct wr_partition **out, struct weir_error *err);
    void (*unassign)(struct wr_partition *p);
    enum weir_code (*rewind)(struct wr_partition *p, int64_t offset, struct weir_error *err);
    size_t (*take)(struct wr_partition *p, struct wr_message *out, size_t max);
    void (*release)(struct wr_message *messages, size_t count);
    struct weir_headers (*headers)(const struct wr_message *m, struct wr_arena *arena);

    enum weir_code (*group_join)(struct wr_group *g, struct weir_error *err);
    void (*group_poll)(struct wr_group *g, struct wr_group_event *event);
    bool (*group_error)(struct wr_group *g, struct wr_handle_error *e);
    enum weir_code (*group_answer)(struct wr_group *g, struct weir_error *err);
    struct wr_group_meta *(*group_metadata)(struct wr_group *g);
    void (*group_leave)(struct wr_group *g, bool give_up);
    void (*group_close)(struct wr_group *g, bool abandon);

    void (*producer_close)(struct wr_producer *p);
    bool (*producer_error)(struct wr_producer *p, struct wr_handle_error *e);
    struct wr_call *(*producer_init)(struct wr_producer *p);
    enum wr_outcome (*producer_begin)(struct wr_producer *p, struct weir_error *err);
    struct wr_topic *(*producer_topic)(struct wr_producer *p, const char *name);
    int32_t (*topic_partitions)(struct wr_topic *t);
    enum weir_code (*producer_send)(struct wr_producer *p, const struct wr_outgoing *o,
                                    struct weir_error *err);
    void (*producer_serve)(struct wr_producer *p, int timeout_ms);
    struct wr_call *(*producer_flush)(struct wr_producer *p);
    size_t (*producer_max_record)(const struct wr_producer *p);
    struct wr_call *(*producer_offsets)(struct wr_producer *p, const struct wr_position *positions,
                                        size_t count, struct wr_group_meta *meta);
    struct wr_call *(*producer_commit)(struct wr_producer *p);
    struct wr_call *(*producer_abort)(struct wr_producer *p);
    int (*producer_endtxn_sent)(const struct wr_producer *p);
    int (*producer_offsets_sent)(const struct wr_producer *p);
};

struct wr_kafka {
    const struct wr_kafka_ops *ops;
};

struct wr_group {
    const struct wr_kafka_ops *ops;
};

struct wr_consumer {
    const struct wr_kafka_ops *ops;
};

struct wr_partition {
    const struct wr_kafka_ops *ops;
};

struct wr_producer {
    const struct wr_kafka_ops *ops;
};

struct wr_topic {
    const struct wr_kafka_ops *ops;
    struct wr_producer *producer;
};

enum wr_call_kind {
    WR_CALL_TOPICS_DESCRIBE,
    WR_CALL_TOPIC_CREATE,
    WR_CALL_TOPIC_DELETE,
    WR_CALL_TOPIC_GROW,
    WR_CALL_TOPICS_CONFIG,
    WR_CALL_RECORDS_DELETE,
    WR_CALL_OFFSETS_FETCH,
    WR_CALL_OFFSETS_ALTER,
    WR_CALL_WATERMARKS,
    WR_CALL_RESET,
    WR_CALL_TIME,
    WR_CALL_GROUP_DESCRIBE,
    WR_CALL_GROUP_DELETE,
    WR_CALL_INIT,
    WR_CALL_FLUSH,
    WR_CALL_OFFSETS_SEND,
    WR_CALL_COMMIT,
    WR_CALL_ABORT,
};

struct wr_config_value {
    const char *topic;
    const char *name;
    const char *value;
};

/* A call and, once it is over, its result. All memory of the result is in the arena. The backend
 * writes it before it reports anything but PENDING; nobody reads it before. */
struct wr_call {
    const struct wr_kafka_ops *ops;
    enum wr_call_kind kind;
    enum wr_outcome outcome; /* of the last step */
    const char *waiting_for; /* "" or a text that lives for ever */
    struct wr_arena arena;

    struct wr_topic_info *topics; /* topics_describe; in the order asked for; topics_list */
    const char **topic_ids;       /* beside them, "" where unknown */
    size_t topic_count;
    const char *cluster_id; /* "" until the cluster has told it */
    bool created;           /* topic_create */
    struct wr_config_value *configs;
    size_t config_count;
    struct wr_position *positions; /* offsets_fetch; in the order asked for */
    size_t position_count;
    int64_t low; /* watermarks */
    int64_t high;
    int64_t offset; /* reset, time */
    struct wr_member *members;
    size_t member_count;
};

/* Set the head of a call up, and free what it owns. */
void wr_call_init(struct wr_call *c, const struct wr_kafka_ops *ops, enum wr_call_kind kind);
void wr_call_fini(struct wr_call *c);

/* A membership at one moment: what the broker fences offsets with. */
struct wr_group_stamp {
    const char *group;
    int32_t generation;
    const char *member;
    const char *instance; /* NULL: dynamic */
};

/* An immutable copy with reference count 1; NULL if it would fence nothing, because the generation
 * is negative or the member has no id. */
struct wr_group_meta *wr_group_meta_new(const struct wr_group_stamp *m);
const struct wr_group_stamp *wr_group_meta_stamp(const struct wr_group_meta *m);

#endif
