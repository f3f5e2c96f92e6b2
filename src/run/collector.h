/* collector.h -- the last step inside Weir: a sink's record gets its partition and is handed to the
 * outlet.
 *
 * Place in the record's path: sink_node -> collector -> kafka_producer.
 *
 * The partition is the application's choice, or murmur2 of the key as Java's default partitioner
 * has it; records without a key go to one partition after the other, a batch to each.
 *
 * LIMIT: a producer is asked once how many partitions a topic has. New partitions of an output
 * topic get no records with keys before the producer is made anew, at the latest by a restart;
 * instances that did so at different times put a key into different partitions.
 *
 * Thread: the owner of the task.
 */
#ifndef WR_COLLECTOR_H
#define WR_COLLECTOR_H

#include "src/base/strmap.h"
#include "src/run/outlet.h"
#include "topology/op/node.h"

struct wr_collector {
    const char *application_id;
    struct wr_outlet *outlet;
    struct wr_arena names;
    struct wr_strmap routes; /* topic name -> struct route */
    int32_t *chosen;         /* for partition functions; grows */
    int32_t chosen_cap;
    uint64_t sent;
};

void wr_collector_init(struct wr_collector *c, const char *application_id,
                       struct wr_outlet *outlet);
void wr_collector_free(struct wr_collector *c);

/* The producer behind the outlet was replaced: forget its topics. */
void wr_collector_reset(struct wr_collector *c);

/* Send one record of a sink. topic: computed name, or NULL for the sink's own. */
WR_MUST_CHECK enum weir_code wr_collector_send(struct wr_collector *c, struct wr_node *sink,
                                               const char *topic, const struct weir_record *r);

/* Send to a topic that is no sink's (dead letters): partition by key. */
WR_MUST_CHECK enum weir_code wr_collector_send_to(struct wr_collector *c, const char *topic,
                                                  const struct weir_record *r,
                                                  struct weir_error *err);

#endif
