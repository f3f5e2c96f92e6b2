/* changelog.h -- the bytes of changelog records, as Kafka Streams has them.
 *
 * kv and timestamped kv: record key = key, record value = plain value, record timestamp = time of
 * the row; a deletion is a null value. State never sees Kafka: these are plain bytes for somebody
 * else to send. Source: conformance cases "format" and "format-run"; Kafka Streams 4.3.1.
 */
#ifndef WR_CHANGELOG_H
#define WR_CHANGELOG_H

#include "state/kv_store.h"

struct wr_changelog_record {
    struct weir_bytes key;
    struct weir_bytes value; /* null: deleted */
    int64_t time;
};

/* The changelog records of the open transaction: one per touched key, its last value. *cursor
 * starts at 0. False at the end. Views live until the next call on the store. */
bool wr_changelog_next(struct weir_kv *kv, size_t *cursor, struct wr_changelog_record *out);

#endif
