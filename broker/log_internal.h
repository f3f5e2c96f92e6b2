/* log_internal.h -- what the files of a partition's log share; nobody else includes it. */
#ifndef WR_LOG_INTERNAL_H
#define WR_LOG_INTERNAL_H

#include "broker/partition_log.h"

/* ---- bytes: log_batches.c -------------------------------------------------------------------- */

struct wr_log_slot { /* one batch */
    int64_t last_offset;
    int64_t max_time; /* the greatest of this batch and those before it in the segment */
    size_t at;        /* where it is in the segment's bytes */
};

/* Retention and compaction work on whole segments; the last one is active: batches are appended to
 * it. A log that is empty has none. No segment is without a batch. */
struct wr_log_segment {
    int64_t base_offset;
    int64_t first_time; /* greatest time of its first batch: from it on it ages (segment.ms) */
    int64_t created;
    int64_t modified;
    struct wr_buf bytes;
    struct wr_log_slot *slots;
    size_t count;
    size_t cap;
};

struct wr_log_segments {
    struct wr_log_segment *items;
    size_t count;
    size_t cap;
};

/* Where a batch is. */
struct wr_log_place {
    size_t segment;
    size_t slot;
};

void wr_log_segments_free(struct wr_log_segments *s);
struct wr_log_segment *wr_log_segment_add(struct wr_log_segments *s, int64_t base_offset,
                                          int64_t now);
void wr_log_segments_drop(struct wr_log_segments *s, size_t count); /* the oldest */

/* The last `added` bytes of the segment are a batch from now on. */
void wr_log_segment_added(struct wr_log_segment *s, size_t added, const struct wr_batch *b,
                          int64_t now);

/* The greatest time of its records; when it was written last if they have none. */
int64_t wr_log_segment_time(const struct wr_log_segment *s);

/* The first batch that ends at or behind offset; false if there is none. */
bool wr_log_find(const struct wr_log_segments *s, int64_t offset, struct wr_log_place *at);

/* The number of segments that begin at or before offset. */
size_t wr_log_segments_to(const struct wr_log_segments *s, int64_t offset);

/* The batch at a place, which moves to the next one; false behind the last. */
bool wr_log_next(const struct wr_log_segments *s, struct wr_log_place *at, struct wr_batch *out);
void wr_log_segments_check(const struct wr_log_segments *s, int64_t end);

/* ---- a client's batch: log_checks.c ---------------------------------------------------------- */

/* The one batch that a client sent. What is behind it and is no batch is not looked at. */
enum wr_kafka_error wr_log_sole_batch(struct weir_bytes data, struct wr_batch *b);

/* b gets the greatest time that the log will give it; *restamp is whether its bytes say otherwise,
 * of the time or of its type. */
enum wr_kafka_error wr_log_check_batch(const struct wr_log_config *config, struct wr_batch *b,
                                       int64_t now, bool *restamp);

/* ---- producers: log_producers.c -------------------------------------------------------------- */

enum { WR_LOG_KEPT_BATCHES = 5 };

struct wr_log_kept { /* a batch that a producer wrote */
    int32_t last_sequence;
    int32_t offset_delta;
    int64_t last_offset;
    int64_t max_time;
};

struct wr_log_writer { /* a producer */
    int64_t id;
    int64_t txn_start; /* -1: no transaction is open */
    int64_t last_time;
    int32_t coordinator_epoch; /* -1: none */
    int32_t tried_sequence;    /* the least that was tried for a transaction; -1: none */
    int16_t tried_epoch;
    int16_t epoch; /* -1: nothing was written yet, something was tried */
    uint16_t kept_count;
    struct wr_log_kept kept[WR_LOG_KEPT_BATCHES]; /* of this epoch, the oldest first */
};

struct wr_log_producers {
    struct wr_log_writer *items; /* by id */
    size_t count;
    size_t cap;
    int64_t *open; /* the first offsets of open transactions, rising */
    size_t open_count;
    size_t open_cap;
};

void wr_log_producers_free(struct wr_log_producers *p);
const struct wr_log_writer *wr_log_writer_find(const struct wr_log_producers *p, int64_t id);

/* A transactional batch of a transaction that is not open here needs the coordinator's word. */
enum wr_kafka_error wr_log_verify(struct wr_log_producers *p, const struct wr_batch *b,
                                  enum wr_kafka_error coordinator, int64_t now);

/* Whether epoch and sequence of a client's batch may follow what is there; *duplicate is the batch
 * that it repeats, or NULL. */
enum wr_kafka_error wr_log_judge(const struct wr_log_producers *p, const struct wr_batch *b,
                                 const struct wr_log_kept **duplicate);

/* The batch, with its final offset and time, was appended. */
void wr_log_note(struct wr_log_producers *p, const struct wr_batch *b);

enum wr_kafka_error wr_log_judge_marker(const struct wr_log_producers *p,
                                        const struct wr_marker *m);

/* The marker was appended. Returns the first offset of the transaction that it ends, -1 if none
 * was open. */
int64_t wr_log_note_marker(struct wr_log_producers *p, const struct wr_marker *m, int64_t now);

/* The first offset of the oldest open transaction; `otherwise` if none is open. */
int64_t wr_log_first_open(const struct wr_log_producers *p, int64_t otherwise);

/* Add a producer as it was, in order of ids; false if that is not how it could have been. */
bool wr_log_writer_load(struct wr_log_producers *p, const struct wr_log_writer *w);

bool wr_log_producers_expire(struct wr_log_producers *p, int64_t now, int64_t idle_ms);
void wr_log_producers_check(const struct wr_log_producers *p, int64_t end);

/* ---- the log: partition_log.c ---------------------------------------------------------------- */

struct wr_log_abort { /* a transaction that was aborted */
    int64_t producer_id;
    int64_t first_offset;
    int64_t last_offset; /* of its marker */
};

struct wr_partition_log {
    const struct wr_log_config *config;
    struct wr_log_segments segments;
    struct wr_log_producers producers;
    struct wr_log_abort *aborts; /* by last_offset */
    size_t abort_count;
    size_t abort_cap;
    int64_t start;
    int64_t end;
    int64_t clean_end; /* compaction has seen what is before it */
    int32_t leader_epoch;
    uint64_t version;
    struct wr_journal *journal; /* NULL: none */
    const char *topic;          /* where the log is, for the journal */
    int32_t partition;
};

/* The log starts at offset from now on; segments that lie before it go. */
void wr_log_start_at(struct wr_partition_log *log, int64_t offset);

/* The marker was appended as the last batch. */
void wr_log_note_end(struct wr_partition_log *log, const struct wr_marker *m, int64_t now);
void wr_log_note_abort(struct wr_partition_log *log, const struct wr_log_abort *a);

/* ---- the journal: log_journal.c -------------------------------------------------------------- */

void wr_log_record_batch(const struct wr_partition_log *log, const struct wr_log_segment *s);
void wr_log_record_start(const struct wr_partition_log *log);
void wr_log_record_cleaned(const struct wr_partition_log *log, int64_t now,
                           int64_t producer_idle_ms);

/* ---- compaction: log_keys.c, log_fates.c ----------------------------------------------------- */

struct wr_log_key;

/* The last offset of each key. Keys are views. Zero-initialise to start. */
struct wr_log_keys {
    struct wr_log_key *items;
    size_t size; /* 0 or a power of two */
    size_t count;
};

void wr_log_keys_free(struct wr_log_keys *k);
void wr_log_keys_put(struct wr_log_keys *k, struct weir_bytes key, int64_t offset);
int64_t wr_log_keys_get(const struct wr_log_keys *k, struct weir_bytes key); /* -1: none */

struct wr_log_fate;

/* What became of transactions, found while going over batches in their order. */
struct wr_log_fates {
    struct wr_log_abort *aborts; /* by first offset */
    size_t abort_count;
    size_t reached; /* how many of them began at or before the last batch */
    struct wr_log_fate *items;
    size_t count;
    size_t cap;
};

/* For batches from an offset on. */
void wr_log_fates_init(struct wr_log_fates *f, const struct wr_partition_log *log, int64_t from);
void wr_log_fates_free(struct wr_log_fates *f);

/* The next batch: true if it is not needed, because its transaction was aborted or, for a marker,
 * because no batch of the transaction was seen. *abort is what a needed marker ends, or NULL. */
bool wr_log_fates_see(struct wr_log_fates *f, const struct wr_batch *b,
                      const struct wr_log_abort **abort);

#endif
