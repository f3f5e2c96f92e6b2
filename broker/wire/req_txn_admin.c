/* req_txn_admin.c -- transactions: what an administrator sees of them, and ends. */
#include "src/base/base.h"

#include "broker/wire/wire_call.h"

/* ---- DescribeTransactions -------------------------------------------------------------------- */

/* A group takes part as a partition of the topic in which Apache Kafka keeps its offsets. */
enum { OFFSETS_PARTITIONS = 50 };
static const char offsets_topic[] = "__consumer_offsets";

static bool is_group(const struct wr_txn_partition *p)
{
    return p->partition < 0;
}

/* That partition, by the hash of Java's strings. */
static int32_t offsets_partition(const char *group)
{
    uint32_t hash = 0;
    for (; *group != '\0'; group++) {
        hash = 31 * hash + (unsigned char)*group;
    }
    return (int32_t)((hash & INT32_MAX) % OFFSETS_PARTITIONS);
}

static bool of_one_topic(const struct wr_txn_partition *a, const struct wr_txn_partition *b)
{
    return is_group(a) == is_group(b) && (is_group(a) || strcmp(a->topic, b->topic) == 0);
}

/* How many partitions from the first are of one topic. */
static size_t same_topic(const struct wr_txn_partition *p, size_t count)
{
    size_t n = 1;
    while (n < count && of_one_topic(&p[n], &p[0])) {
        n++;
    }
    return n;
}

static void put_partitions(struct wr_call *c, const struct wr_txn_info *t)
{
    const struct wr_txn_partition *all = t->partitions;
    int32_t topics = 0;
    for (size_t i = 0; i < t->partition_count; i += same_topic(all + i, t->partition_count - i)) {
        topics++;
    }
    wr_write_count(&c->out, topics);
    for (size_t i = 0; i < t->partition_count;) {
        size_t parts = same_topic(all + i, t->partition_count - i);
        wr_write_cstr(&c->out, is_group(&all[i]) ? offsets_topic : all[i].topic);
        wr_write_count(&c->out, (int32_t)parts);
        for (; parts > 0; parts--, i++) {
            wr_write_i32(&c->out,
                         is_group(&all[i]) ? offsets_partition(all[i].topic) : all[i].partition);
        }
        wr_write_tags(&c->out);
    }
}

static void describe(struct wr_call *c, const char *id)
{
    struct wr_txn_info t;
    bool found = wr_txns_describe(c->wire->broker->txns, id, &c->arena, &t);
    if (!found) {
        t = (struct wr_txn_info){0};
    }
    wr_call_put_error(c, found ? WR_KE_NONE : WR_KE_TRANSACTIONAL_ID_NOT_FOUND);
    wr_write_cstr(&c->out, id);
    wr_write_cstr(&c->out, found ? wr_txn_state_name(t.state) : "");
    wr_write_i32(&c->out, (int32_t)t.timeout_ms);
    wr_write_i64(&c->out, t.start_time);
    wr_write_i64(&c->out, t.producer.id);
    wr_write_i16(&c->out, t.producer.epoch);
    put_partitions(c, &t);
    wr_write_tags(&c->out);
}

enum wr_outcome wr_req_describe_transactions(struct wr_call *c)
{
    struct wr_call_texts ids = wr_call_texts(c);
    wr_read_tags(&c->in);
    if (!wr_read_ok(&c->in)) {
        return WR_REFUSED;
    }
    wr_call_put_throttle(c);
    wr_write_count(&c->out, ids.count);
    for (int32_t i = 0; i < ids.count; i++) {
        describe(c, ids.at[i]);
    }
    wr_write_tags(&c->out);
    return WR_ANSWERED;
}

/* ---- ListTransactions ------------------------------------------------------------------------ */

struct list {
    struct wr_call_texts states;
    int64_t *producers;
    int32_t producer_count;
    int64_t older_than_ms; /* -1: all */
};

static bool read_list(struct wr_call *c, struct list *l)
{
    l->states = wr_call_texts(c);
    l->producers = wr_call_array(c, sizeof *l->producers, sizeof *l->producers, &l->producer_count);
    for (int32_t i = 0; i < l->producer_count; i++) {
        l->producers[i] = wr_read_i64(&c->in);
    }
    l->older_than_ms = c->version >= 1 ? wr_read_i64(&c->in) : -1;
    wr_read_tags(&c->in);
    return wr_read_ok(&c->in);
}

static bool is_state(const char *name)
{
    for (int s = WR_TXN_EMPTY; s <= WR_TXN_DEAD; s++) {
        if (strcmp(wr_txn_state_name((enum wr_transaction_state)s), name) == 0) {
            return true;
        }
    }
    return false;
}

static bool wanted(const struct wr_call *c, const struct list *l, const struct wr_txn_info *t)
{
    bool state = l->states.count == 0;
    for (int32_t i = 0; i < l->states.count && !state; i++) {
        state = strcmp(l->states.at[i], wr_txn_state_name(t->state)) == 0;
    }
    bool producer = l->producer_count == 0;
    for (int32_t i = 0; i < l->producer_count && !producer; i++) {
        producer = l->producers[i] == t->producer.id;
    }
    /* As in Apache Kafka, without a transaction an id is older than any. */
    bool old = l->older_than_ms < 0 || c->wire->now - t->start_time > l->older_than_ms;
    return state && producer && old && t->state != WR_TXN_DEAD;
}

static void put_unknown_states(struct wr_call *c, const struct list *l)
{
    int32_t unknown = 0;
    for (int32_t i = 0; i < l->states.count; i++) {
        unknown += !is_state(l->states.at[i]);
    }
    wr_write_count(&c->out, unknown);
    for (int32_t i = 0; i < l->states.count; i++) {
        if (!is_state(l->states.at[i])) {
            wr_write_cstr(&c->out, l->states.at[i]);
        }
    }
}

enum wr_outcome wr_req_list_transactions(struct wr_call *c)
{
    struct list l;
    const struct wr_txn_info *all;
    if (!read_list(c, &l)) {
        return WR_REFUSED;
    }
    size_t count = wr_txns_list(c->wire->broker->txns, &c->arena, &all);
    int32_t chosen = 0;
    for (size_t i = 0; i < count; i++) {
        chosen += wanted(c, &l, &all[i]);
    }
    wr_call_put_throttle(c);
    wr_call_put_error(c, WR_KE_NONE);
    put_unknown_states(c, &l);
    wr_write_count(&c->out, chosen);
    for (size_t i = 0; i < count; i++) {
        if (wanted(c, &l, &all[i])) {
            wr_write_cstr(&c->out, all[i].id);
            wr_write_i64(&c->out, all[i].producer.id);
            wr_write_cstr(&c->out, wr_txn_state_name(all[i].state));
            wr_write_tags(&c->out);
        }
    }
    wr_write_tags(&c->out);
    return WR_ANSWERED;
}

/* ---- WriteTxnMarkers ------------------------------------------------------------------------- */

/* A transaction that its coordinator has forgotten is ended by hand so (kafka-transactions abort);
 * the coordinator of the model needs no request for its own. */
struct marking {
    struct wr_marker what;
    struct wr_call_topics topics;
};

static struct marking *read_markings(struct wr_call *c, int32_t *count)
{
    enum { MIN_BYTES = 17 };
    struct marking *all = wr_call_array(c, MIN_BYTES, sizeof *all, count);
    for (int32_t i = 0; i < *count; i++) {
        struct marking *m = &all[i];
        m->what.producer_id = wr_read_i64(&c->in);
        m->what.producer_epoch = wr_read_i16(&c->in);
        m->what.commit = wr_read_bool(&c->in);
        m->topics = wr_call_topics(c, false);
        m->what.coordinator_epoch = wr_read_i32(&c->in);
        wr_read_tags(&c->in);
    }
    wr_read_tags(&c->in);
    return all;
}

static enum wr_kafka_error mark(struct wr_call *c, const struct wr_marker *m, const char *topic,
                                int32_t partition)
{
    struct wr_partition_log *log = wr_topics_partition(c->wire->broker->topics, topic, partition);
    if (log == NULL) {
        return WR_KE_UNKNOWN_TOPIC_OR_PARTITION;
    }
    if (m->producer_id < 0 || m->producer_epoch < 0) {
        return WR_KE_UNKNOWN_SERVER_ERROR; /* Apache Kafka has no other word for it */
    }
    return wr_partition_log_mark(log, m, c->wire->now);
}

static void put_marked(struct wr_call *c, const struct wr_marker *m, const struct wr_topic_parts *t)
{
    wr_write_cstr(&c->out, t->ref.name);
    wr_write_count(&c->out, t->parts.count);
    for (int32_t i = 0; i < t->parts.count; i++) {
        wr_write_i32(&c->out, t->parts.at[i]);
        wr_call_put_error(c, mark(c, m, t->ref.name, t->parts.at[i]));
        wr_write_tags(&c->out);
    }
    wr_write_tags(&c->out);
}

enum wr_outcome wr_req_write_txn_markers(struct wr_call *c)
{
    int32_t count;
    const struct marking *all = read_markings(c, &count);
    if (!wr_read_ok(&c->in)) {
        return WR_REFUSED;
    }
    wr_write_count(&c->out, count);
    for (int32_t i = 0; i < count; i++) {
        const struct marking *m = &all[i];
        wr_write_i64(&c->out, m->what.producer_id);
        wr_write_count(&c->out, m->topics.count);
        for (int32_t k = 0; k < m->topics.count; k++) {
            put_marked(c, &m->what, &m->topics.at[k]);
        }
        wr_write_tags(&c->out);
    }
    wr_write_tags(&c->out);
    return WR_ANSWERED;
}

/* ---- DescribeProducers ----------------------------------------------------------------------- */

static void put_producers(struct wr_call *c, const struct wr_partition_log *log)
{
    const struct wr_log_producer *p;
    size_t count = wr_partition_log_producers(log, &c->arena, &p);
    wr_write_count(&c->out, (int32_t)count);
    for (size_t i = 0; i < count; i++) {
        wr_write_i64(&c->out, p[i].producer_id);
        wr_write_i32(&c->out, p[i].epoch);
        wr_write_i32(&c->out, p[i].last_sequence);
        wr_write_i64(&c->out, p[i].last_time);
        wr_write_i32(&c->out, p[i].coordinator_epoch);
        wr_write_i64(&c->out, p[i].txn_start);
        wr_write_tags(&c->out);
    }
}

static void describe_log(struct wr_call *c, const char *topic, int32_t partition)
{
    const struct wr_partition_log *log =
        wr_topics_partition(c->wire->broker->topics, topic, partition);
    wr_write_i32(&c->out, partition);
    wr_call_put_error(c, log != NULL ? WR_KE_NONE : WR_KE_UNKNOWN_TOPIC_OR_PARTITION);
    wr_write_cstr(&c->out, NULL);
    if (log != NULL) {
        put_producers(c, log);
    } else {
        wr_write_count(&c->out, 0);
    }
    wr_write_tags(&c->out);
}

enum wr_outcome wr_req_describe_producers(struct wr_call *c)
{
    struct wr_call_topics topics = wr_call_topics(c, false);
    wr_read_tags(&c->in);
    if (!wr_read_ok(&c->in)) {
        return WR_REFUSED;
    }
    wr_call_put_throttle(c);
    wr_write_count(&c->out, topics.count);
    for (int32_t i = 0; i < topics.count; i++) {
        const struct wr_topic_parts *t = &topics.at[i];
        wr_write_cstr(&c->out, t->ref.name);
        wr_write_count(&c->out, t->parts.count);
        for (int32_t j = 0; j < t->parts.count; j++) {
            describe_log(c, t->ref.name, t->parts.at[j]);
        }
        wr_write_tags(&c->out);
    }
    wr_write_tags(&c->out);
    return WR_ANSWERED;
}
