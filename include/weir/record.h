/* record.h -- a record as applications see it: views, a time and where it came from. */
#ifndef WEIR_RECORD_H
#define WEIR_RECORD_H

#include <stdint.h>

#include <weir/bytes.h>

WEIR_BEGIN_DECLS

/* One header. The name is a view too (UTF-8, no end); the value may be null. */
struct weir_header {
    struct weir_bytes name;
    struct weir_bytes value;
};

/* Headers in their order; names may repeat. count 0 means none. */
struct weir_headers {
    const struct weir_header *items;
    size_t count;
};

/* Time is in milliseconds since 1970, UTC. Topic, partition and offset say where the record that is
 * being processed was read; topic is NULL, partition -1 and offset -1 where there is no such
 * record. */
struct weir_record {
    struct weir_bytes key;
    struct weir_bytes value;
    int64_t time;
    struct weir_headers headers;
    const char *topic;
    int32_t partition;
    int64_t offset;
};

WEIR_END_DECLS

#endif
