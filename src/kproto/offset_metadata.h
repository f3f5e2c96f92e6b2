/* offset_metadata.h -- the text that Kafka Streams commits beside an input position.
 *
 * Base64 of: the byte 2, the partition time (int64: greatest record time read so far, -1 unknown)
 * and, only if there are any, the count of named numbers (int32) and each of them as length of the
 * name (int32), name, number (int64), all big-endian. An older form is the byte 1 and the time.
 * Kafka Streams keeps its operators' times in the named numbers, Weir's own state is there too
 * under names that begin with "weir.".
 */
#ifndef WR_OFFSET_METADATA_H
#define WR_OFFSET_METADATA_H

#include "src/base/arena.h"
#include "src/base/base.h"
#include "src/base/buf.h"

struct wr_offset_entry {
    struct weir_bytes name; /* UTF-8 */
    int64_t number;
};

struct wr_offset_metadata {
    int64_t partition_time; /* -1: unknown */
    const struct wr_offset_entry *entries;
    size_t count;
};

/* Append the text of m to out; the entries are written in their order. */
void wr_offset_metadata_encode(const struct wr_offset_metadata *m, struct wr_buf *out);

/* Read text, which may be NULL, as read from the cluster. What cannot be read is no error, because
 * others may have written it: *out then says "unknown" and has no entries, and the result is false,
 * for a warning. Bytes after the last entry are ignored, as Kafka Streams does. The entries live in
 * arena. */
bool wr_offset_metadata_decode(const char *text, struct wr_arena *arena,
                               struct wr_offset_metadata *out);

/* The number of that name, or `missing`. */
int64_t wr_offset_metadata_get(const struct wr_offset_metadata *m, const char *name,
                               int64_t missing);

#endif
