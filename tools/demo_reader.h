/* demo_reader.h -- reads a whole topic from its beginning, as a consumer without a group that sees
 * committed records only. Thread: one. */
#ifndef WR_DEMO_READER_H
#define WR_DEMO_READER_H

#include "src/kafka/kafka.h"
#include "tools/demo_counts.h"

enum { WR_DEMO_PARTITIONS = 4 }; /* of every topic of the demo */

struct wr_demo_reader {
    const char *topic; /* lives as long */
    struct wr_consumer *consumer;
    struct wr_partition *partitions[WR_DEMO_PARTITIONS];
    bool at_end[WR_DEMO_PARTITIONS];
};

/* Counts a record. */
typedef enum weir_code wr_demo_record_fn(struct wr_demo_counts *counts, struct weir_bytes key,
                                         struct weir_bytes value, struct weir_error *err);

WR_MUST_CHECK enum weir_code wr_demo_reader_open(struct wr_demo_reader *r, struct wr_kafka *kafka,
                                                 const char *topic, struct weir_error *err);

/* Take what is there, in the order of each partition; never waits. */
WR_MUST_CHECK enum weir_code wr_demo_reader_take(struct wr_demo_reader *r, wr_demo_record_fn *fn,
                                                 struct wr_demo_counts *counts,
                                                 struct weir_error *err);

/* Whether every partition was read to its end at least once. */
bool wr_demo_reader_was_at_end(const struct wr_demo_reader *r);

void wr_demo_reader_close(struct wr_demo_reader *r); /* accepts a cleared one */

#endif
