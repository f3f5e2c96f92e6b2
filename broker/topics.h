/* topics.h -- topics, their identities, partitions and configurations.
 *
 * Topics are kept in order of their names. An id is 16 random bytes (KIP-516), never all zero.
 * Thread: one.
 */
#ifndef WR_TOPICS_H
#define WR_TOPICS_H

#include "broker/topic_configs.h"
#include "src/base/rng.h"

struct wr_topics;

struct wr_topic_entry {
    char *name;
    unsigned char id[16];
    bool internal;                   /* __consumer_offsets, __transaction_state */
    struct wr_topic_values values;   /* what is configured */
    struct wr_log_config log_config; /* follows from `values` */
    struct wr_partition_log **partitions;
    int32_t partition_count;
    int32_t replication; /* always 1 */
};

struct wr_topics_options {
    struct wr_rng *rng;
    int32_t default_partitions; /* num.partitions */
    int32_t max_topics;
    int32_t max_partitions;     /* of all topics together */
    struct wr_journal *journal; /* NULL: none */
};

struct wr_topics *wr_topics_new(const struct wr_topics_options *options);
void wr_topics_free(struct wr_topics *t);
void wr_topics_check(const struct wr_topics *t); /* and all logs */

/* Write a copy of all topics with their logs. */
void wr_topics_save(struct wr_topics *t, struct wr_journal *to);

/* Take over the record of a new or changed topic; false if it does not fit. */
bool wr_topics_load(struct wr_topics *t, struct wr_reader *r, struct wr_arena *arena);

struct wr_topic_setting {
    const char *name;
    const char *value; /* NULL is refused, as Kafka does */
};

struct wr_topic_spec {
    const char *name;
    int32_t partitions;  /* -1: the default */
    int32_t replication; /* -1: the default, 1 */
    const struct wr_topic_setting *settings;
    size_t setting_count;
    bool validate_only;
};

/* CreateTopics of one: TOPIC_ALREADY_EXISTS, INVALID_TOPIC_EXCEPTION (also a name that differs from
 * another one only in '.' and '_'), INVALID_PARTITIONS, INVALID_REPLICATION_FACTOR, INVALID_CONFIG,
 * POLICY_VIOLATION (a limit); *why is a text of ours that lives until the next call, NULL after
 * success. */
enum wr_kafka_error wr_topics_create(struct wr_topics *t, const struct wr_topic_spec *spec,
                                     const char **why);

/* What a spec that was taken has made, or would make. */
struct wr_topic_preview {
    unsigned char id[16]; /* one that no topic has, if it was only looked at */
    int32_t partitions;
    int32_t replication;
    const struct wr_topic_config_entry *configs; /* in order of their names */
    size_t config_count;
};
void wr_topics_preview(struct wr_topics *t, const struct wr_topic_spec *spec,
                       struct wr_arena *arena, struct wr_topic_preview *out);

enum wr_kafka_error wr_topics_delete(struct wr_topics *t, const char *name);

/* CreatePartitions: count is how many there are to be. INVALID_PARTITIONS if that is no more than
 * there are, POLICY_VIOLATION, UNKNOWN_TOPIC_OR_PARTITION; *why as above. */
enum wr_kafka_error wr_topics_grow(struct wr_topics *t, const char *name, int32_t count,
                                   bool validate_only, const char **why);

struct wr_topic_entry *wr_topics_find(struct wr_topics *t, const char *name);
struct wr_topic_entry *wr_topics_find_id(struct wr_topics *t, const unsigned char id[16]);
size_t wr_topics_count(const struct wr_topics *t);
struct wr_topic_entry *wr_topics_at(struct wr_topics *t, size_t i); /* in order of names */

/* NULL if there is no such partition. */
struct wr_partition_log *wr_topics_partition(struct wr_topics *t, const char *name,
                                             int32_t partition);

/* ---- configuration --------------------------------------------------------------------------- */

/* All settings of a topic in order of their names; the array is in arena. */
size_t wr_topic_config_list(const struct wr_topic_entry *e, struct wr_arena *arena,
                            const struct wr_topic_config_entry **out);

/* IncrementalAlterConfigs of one topic, whole or not at all: INVALID_CONFIG, INVALID_REQUEST (a
 * name twice, a value that is NULL), with *why as above. e is NULL for a topic that is not there:
 * the changes are looked at before it is missed. */
enum wr_kafka_error wr_topic_config_change(struct wr_topics *t, struct wr_topic_entry *e,
                                           const struct wr_config_change *changes, size_t count,
                                           bool validate_only, const char **why);

/* AlterConfigs: these and no others, and as above. */
enum wr_kafka_error wr_topic_config_replace(struct wr_topics *t, struct wr_topic_entry *e,
                                            const struct wr_topic_setting *settings, size_t count,
                                            bool validate_only, const char **why);

#endif
