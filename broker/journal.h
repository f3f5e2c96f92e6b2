/* journal.h -- what of a broker outlives its process, as records in one order.
 *
 * Each change of what Apache Kafka would find again after a restart is told here once, when it is
 * made: topics and their settings, batches, what was deleted, what __transaction_state and
 * __consumer_offsets hold. A record is whole alone, so that every prefix of a journal is a state in
 * which the broker has been: that of a broker that was killed there. Cleaning is told as the time
 * it was done at and done again, because it follows from the log, its configuration and that time.
 *
 * Records gather in `out`, whose bytes are those of a file; who keeps them (broker/disk) takes them
 * from there before what they say is answered. wr_broker_load is the way back.
 *
 * A record: length (of type and payload), CRC-32C of type and payload, CRC-32C of these 8 bytes,
 * all big-endian; type (a byte); payload. A length has a checksum of its own because a wrong one
 * would make the rest of a file look like a record that was cut off.
 * Thread: one.
 */
#ifndef WR_JOURNAL_H
#define WR_JOURNAL_H

#include "src/base/arena.h"
#include "src/base/buf.h"
#include "src/kproto/proto_read.h"
#include "src/kproto/proto_write.h"

/* Payloads in the form of proto_write.h, not flexible; texts are bytes there. "..." is repeated to
 * the end. */
enum wr_journal_type {
    WR_JOURNAL_CLUSTER = 1,     /* cluster id */
    WR_JOURNAL_TOPIC = 2,       /* name, id, partitions, (key, value)...: a new or changed topic */
    WR_JOURNAL_TOPIC_GONE = 3,  /* name; its committed positions are gone, too */
    WR_JOURNAL_BATCH = 4,       /* topic, partition, time of append, base offset of the segment that
                                    it begins or -1, creation of that, whether it was appended by a
                                    client or coordinator (else it is of a copy), batch */
    WR_JOURNAL_LOG = 5,         /* topic, partition, all of a log but its batches: of a copy */
    WR_JOURNAL_LOG_START = 6,   /* topic, partition, offset: what is before it was deleted */
    WR_JOURNAL_CLEANED = 7,     /* topic, partition, time, producer.id.expiration.ms */
    WR_JOURNAL_PRODUCERS = 8,   /* next producer id, epoch of the transaction coordinator */
    WR_JOURNAL_TXN = 9,         /* all of a transactional id */
    WR_JOURNAL_TXN_GONE = 10,   /* transactional id */
    WR_JOURNAL_GROUP = 11,      /* all of a group but its positions */
    WR_JOURNAL_GROUP_GONE = 12, /* group */
    WR_JOURNAL_OFFSETS = 13,    /* group, producer id or -1, epoch, position...: committed, or
                                    pending in the transaction of that producer */
    WR_JOURNAL_OFFSETS_END = 14, /* group, producer id, epoch, whether it was committed */
    WR_JOURNAL_OFFSET_GONE = 15, /* group, topic, partition */
};

struct wr_journal {
    bool on; /* else nothing is written */
    struct wr_buf out;
    size_t start;                       /* of the record being written */
    void (*full)(struct wr_journal *j); /* there is much in `out`; NULL: let it grow */
};

enum { WR_JOURNAL_MUCH = 4 * 1024 * 1024 };

void wr_journal_free(struct wr_journal *j);

/* Begin a record; false if nothing is to be written. j may be NULL, which is off. */
bool wr_journal_begin(struct wr_journal *j, enum wr_journal_type type, struct wr_writer *w);
void wr_journal_end(struct wr_journal *j);

/* A text of any length; NULL is kept. */
void wr_journal_put_text(struct wr_writer *w, const char *text);
const char *wr_journal_text(struct wr_reader *r, struct wr_arena *arena);
const char *wr_journal_name(struct wr_reader *r, struct wr_arena *arena); /* NULL fails */

/* A time that can be reckoned with: 0 or more, and far from overflow. */
int64_t wr_journal_time(struct wr_reader *r);

/* ---- reading --------------------------------------------------------------------------------- */

struct wr_journal_record {
    size_t size;  /* with everything before its payload */
    uint8_t type; /* enum wr_journal_type, or unknown */
    struct weir_bytes payload;
};

enum wr_journal_find {
    WR_JOURNAL_FOUND,
    WR_JOURNAL_CUT,     /* the beginning of a record, or nothing, or only zeros */
    WR_JOURNAL_DAMAGED, /* no record was ever written like this */
};

/* The record at the beginning of data. If it is cut off, size is how many bytes there must be to
 * tell more. */
enum wr_journal_find wr_journal_read(struct weir_bytes data, struct wr_journal_record *out);

#endif
