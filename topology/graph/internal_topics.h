/* internal_topics.h -- the topics that Weir makes for a topology: names and settings.
 *
 * Both are Kafka Streams' own, so that an application can be moved over in place. Partition counts
 * are found out at run time, where the application asked for none.
 */
#ifndef WR_INTERNAL_TOPICS_H
#define WR_INTERNAL_TOPICS_H

#include "topology/graph/graph.h"

/* The settings a topic is made with, sorted by name: defaults, changed by the application's. */
const struct weir_topic_setting *
wr_repartition_settings(struct wr_arena *arena, const struct wr_gtopic *topic, size_t *count);
const struct weir_topic_setting *
wr_changelog_settings(struct wr_arena *arena, const struct wr_gstore *store, size_t *count);

struct wr_internal_topic {
    const char *name;              /* in the cluster */
    const struct wr_gtopic *topic; /* a repartition topic; NULL: a changelog */
    const struct wr_gstore *store; /* a changelog of this store; NULL: a repartition topic */
    const struct weir_topic_setting *settings;
    size_t setting_count;
};

/* All topics that Weir makes for a finished graph, sorted by name; *out is in arena. Returns how
 * many there are. */
size_t wr_internal_topics(const struct wr_graph *g, const char *application_id,
                          struct wr_arena *arena, struct wr_internal_topic **out);

#endif
