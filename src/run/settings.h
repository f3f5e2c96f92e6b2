/* settings.h -- from the configuration of an application to what the layers are told, for whoever
 * runs one: src/app, and the driver of tests. Thread: one. */
#ifndef WR_SETTINGS_H
#define WR_SETTINGS_H

#include "src/conf/conf.h"
#include "src/conf/core_settings.h"
#include "src/kafka/kafka.h"
#include "src/run/run_settings.h"
#include "topology/dsl/blueprint.h"

/* All tables an application has. */
extern const struct wr_conf_table *const wr_app_tables[];
extern const size_t wr_app_table_count;

/* Views into conf, which must live as long. */
void wr_app_run_settings(const struct wr_conf *c, struct wr_run_settings *out);
void wr_app_topology_options(const struct wr_conf *c, struct wr_topology_options *out);

/* Settings of the client library, those of WEIR's own names translated; the array is for wr_free().
 */
struct wr_kafka_setting *wr_app_kafka_settings(const struct wr_conf *c, size_t *count);

/* Settings "topic.NAME" for the internal topics; the array is for wr_free(). */
struct weir_topic_setting *wr_app_topic_settings(const struct wr_conf *c, size_t *count);

#endif
