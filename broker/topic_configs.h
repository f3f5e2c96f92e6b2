/* topic_configs.h -- the configuration of a topic: what can be set (topic_configs.def) and what is.
 *
 * A value is kept in the form in which DescribeConfigs shows it: without spaces around it, numbers
 * in their shortest form. Thread: one.
 */
#ifndef WR_TOPIC_CONFIGS_H
#define WR_TOPIC_CONFIGS_H

#include "broker/partition_log.h"

enum wr_topic_config_number {
#define WR_TOPIC_CONFIG(id, ...) WR_TOPIC_##id,
#include "broker/topic_configs.def"
#undef WR_TOPIC_CONFIG
    WR_TOPIC_CONFIG_COUNT
};

/* What is set on one topic; NULL: the default. Zero-initialise to start; the texts are owned. */
struct wr_topic_values {
    char *set[WR_TOPIC_CONFIG_COUNT];
};

void wr_topic_values_free(struct wr_topic_values *v);
void wr_topic_values_copy(struct wr_topic_values *out, const struct wr_topic_values *from);

enum wr_config_op { WR_CONFIG_SET, WR_CONFIG_DELETE, WR_CONFIG_APPEND, WR_CONFIG_SUBTRACT };

struct wr_config_change {
    const char *name;
    const char *value; /* not looked at by DELETE */
    enum wr_config_op op;
};

/* All of the changes or none: INVALID_CONFIG, and then *why is what is wrong. A setting that comes
 * twice counts as it comes last. */
enum wr_kafka_error wr_topic_values_change(struct wr_topic_values *v,
                                           const struct wr_config_change *changes, size_t count,
                                           struct wr_buf *why);

/* What concerns the topic's logs. */
void wr_topic_values_log_config(const struct wr_topic_values *v, struct wr_log_config *out);

struct wr_topic_config_entry {
    const char *name;
    const char *value;
    const char *default_value;
    const char *doc; /* a short sentence */
    int type;        /* as DescribeConfigs has it: 1 boolean, 2 string, 3 int, 4 short, 5 long,
                        6 double, 7 list, 8 class, 9 password */
    bool is_default;
};

/* All settings in order of names; the array is in arena, values live until the next change. */
size_t wr_topic_values_list(const struct wr_topic_values *v, struct wr_arena *arena,
                            const struct wr_topic_config_entry **out);

#endif
