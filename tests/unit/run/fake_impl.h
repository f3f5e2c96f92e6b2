/* fake_impl.h -- the inside of the cluster in memory: fake_kafka.c has topics, consumers and the
 * group, fake_producer.c producers and their transactions. */
#ifndef WR_TEST_FAKE_IMPL_H
#define WR_TEST_FAKE_IMPL_H

#include "tests/unit/run/fake_kafka.h"

struct fake_producer;

struct fake_call {
    struct wr_call base;
    struct fake *f;
    struct fake_producer *producer;
    struct fake_script script;
    void (*finish)(struct fake_call *c);
    const char *topic;
    int32_t count;
    bool flag;
    struct wr_group_meta *meta;
};

extern const struct wr_kafka_ops fake_ops;

/* The lock around everything; gives f back. */
struct fake *fake_lock(struct fake *f);
void fake_unlock(struct fake *f);

/* A call that does `finish`, under the lock, when it ends well. */
struct fake_call *fake_call_new(struct fake *f, enum wr_call_kind kind,
                                void (*finish)(struct fake_call *c));

/* All under the lock. */
struct fake_topic *fake_find_or_make(struct fake *f, const char *name, int32_t partitions);
void fake_log_append(struct fake *f, struct fake_partition_log *log, struct fake_record *r);
void fake_record_free(struct fake_record *r);

/* ---- fake_producer.c ---- */

enum weir_code fake_producer_open(struct wr_kafka *k, const char *transactional_id,
                                  const char *const *topics, size_t count, struct wr_producer **out,
                                  struct weir_error *err);
void fake_producer_close(struct wr_producer *base);
bool fake_producer_error(struct wr_producer *p, struct wr_handle_error *e);
struct wr_call *fake_producer_init(struct wr_producer *p);
enum wr_outcome fake_producer_begin(struct wr_producer *base, struct weir_error *err);
struct wr_topic *fake_producer_topic(struct wr_producer *base, const char *name);
int32_t fake_topic_partitions(struct wr_topic *t);
enum weir_code fake_producer_send(struct wr_producer *base, const struct wr_outgoing *o,
                                  struct weir_error *err);
void fake_producer_serve(struct wr_producer *base, int timeout_ms);
struct wr_call *fake_producer_flush(struct wr_producer *base);
size_t fake_producer_max_record(const struct wr_producer *p);
struct wr_call *fake_producer_offsets(struct wr_producer *base, const struct wr_position *positions,
                                      size_t count, struct wr_group_meta *meta);
struct wr_call *fake_producer_commit(struct wr_producer *p);
struct wr_call *fake_producer_abort(struct wr_producer *p);
int fake_producer_endtxn_sent(const struct wr_producer *p);
int fake_producer_offsets_sent(const struct wr_producer *p);

#endif
