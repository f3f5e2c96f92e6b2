/* rdk_producer.c -- producers: opening, topics, the record path out.
 *
 * The client inside changes when the kick of init throws one away (rdk_txn.c), so topics are
 * indirections and are made again with it. While a transactional call is pending the client is the
 * worker's and delivery reports come there; at all other times it is the owner's, and nothing else
 * uses it but the background question for partition counts, which librdkafka takes from any thread.
 *
 * The interceptor that counts EndTxn and TxnOffsetCommit runs on a thread of librdkafka and touches
 * atomics only.
 */
#include "src/base/base.h"

#include <stdio.h>
#include <string.h>

#include "src/base/err.h"
#include "src/base/failpoint.h"
#include "src/base/mem.h"
#include "src/kafka/rdk.h"

static const struct wr_rdk_job_ops closing_ops;
static const struct wr_rdk_job_ops counting_ops;

enum { API_END_TXN = 26, API_TXN_OFFSET_COMMIT = 28 };

static rd_kafka_resp_err_t on_sent(WR_RDK_REQUEST, void *opaque)
{
    struct wr_rdk_producer *p = opaque;
    WR_RDK_REQUEST_UNUSED;
    if (api_key == API_END_TXN) {
        atomic_fetch_add(&p->endtxn_sent, 1);
        if (atomic_load(&p->committing)) {
            (void)WR_FAILPOINT(COMMIT_ENDTXN_SENT);
        }
    }
    if (api_key == API_TXN_OFFSET_COMMIT) {
        atomic_fetch_add(&p->offsets_sent, 1);
    }
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t on_new(rd_kafka_t *rk, const rd_kafka_conf_t *conf, void *opaque,
                                  char *text, size_t size)
{
    WR_UNUSED(conf), WR_UNUSED(text), WR_UNUSED(size);
    return rd_kafka_interceptor_add_on_request_sent(rk, "weir", on_sent, opaque);
}

static bool says_nothing(rd_kafka_resp_err_t code)
{
    return code == RD_KAFKA_RESP_ERR__PURGE_QUEUE || code == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT;
}

static void on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque)
{
    struct wr_rdk_producer *p = WR_CONTAINER_OF(opaque, struct wr_rdk_producer, handle.box);
    struct wr_delivery *d = m->_private;
    WR_UNUSED(rk);
    if (m->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        if (d != NULL && !atomic_load_explicit(&p->closed, memory_order_relaxed)) {
            d->next = wr_max_i64(d->next, m->offset + 1);
        }
    } else if (!says_nothing(m->err)) {
        char text[256];
        snprintf(text, sizeof text, "could not write a record to topic \"%s\" partition %d: %s",
                 rd_kafka_topic_name(m->rkt), (int)m->partition, rd_kafka_err2str(m->err));
        wr_rdk_box_note(&p->handle.box, m->err, text);
        pthread_mutex_lock(&p->lock);
        if (p->lost.code == WEIR_OK) {
            wr_fail(&p->lost, wr_rdk_abort_code(m->err), "%s", text);
        }
        pthread_mutex_unlock(&p->lock);
    }
}

enum weir_code wr_rdk_producer_client(struct wr_rdk_producer *p, struct weir_error *err)
{
    struct wr_rdk_conf_for f = {
        .role = p->transactional_id != NULL ? WR_RDK_PRODUCER : WR_RDK_OUTPUTS,
        .transactional_id = p->transactional_id,
    };
    rd_kafka_conf_t *conf = wr_rdk_conf_new(p->handle.kafka, &f, NULL);
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    rd_kafka_conf_interceptor_add_on_new(conf, "weir", on_new, p);
    pthread_mutex_lock(&p->lock);
    enum weir_code code = wr_rdk_client_new(conf, true, &p->handle.box, &p->handle.rk, err);
    for (size_t i = 0; i < p->topics.count && code == WEIR_OK; i++) {
        struct wr_rdk_topic *t = p->topics.items[i];
        t->rkt = rd_kafka_topic_new(p->handle.rk, t->name, NULL);
    }
    pthread_mutex_unlock(&p->lock);
    return code;
}

enum { ABORT_MS = 100 };

void wr_rdk_producer_drop_client(struct wr_rdk_producer *p)
{
    pthread_mutex_lock(&p->lock);
    rd_kafka_t *rk = p->handle.rk;
    p->handle.rk = NULL;
    for (size_t i = 0; i < p->topics.count; i++) {
        struct wr_rdk_topic *t = p->topics.items[i];
        if (t->rkt != NULL) {
            rd_kafka_topic_destroy(t->rkt);
            t->rkt = NULL;
        }
    }
    pthread_mutex_unlock(&p->lock);
    if (rk != NULL) {
        /* A client that is destroyed while it is about to register partitions with the coordinator
         * ends the process (an assertion, also in 2.16). Beginning to abort takes them back; where
         * there is no transaction or it may not be aborted any more, this does nothing. */
        rd_kafka_error_destroy(rd_kafka_abort_transaction(rk, ABORT_MS));
        wr_rdk_client_destroy(rk);
    }
}

/* What the format adds to a record at most, the lengths of headers aside; the library takes no less
 * than 1000 bytes. */
enum { RECORD_OVERHEAD = 64 };

enum weir_code wr_rdk_producer_open(struct wr_kafka *base, const char *transactional_id,
                                    const char *const *topics, size_t count,
                                    struct wr_producer **out, struct weir_error *err)
{
    struct wr_rdk_producer *p = WR_NEW(struct wr_rdk_producer);
    *out = NULL;
    p->base.ops = &wr_rdk_ops;
    enum weir_code code = wr_rdk_handle_open(&p->handle, (struct wr_rdk_kafka *)base, NULL, err);
    if (code != WEIR_OK) {
        wr_free(p);
        return code;
    }
    pthread_mutex_init(&p->lock, NULL);
    p->handle.closing.ops = &closing_ops;
    p->counting.ops = &counting_ops;
    p->counting.background = true;
    p->transactional_id = wr_strdup(transactional_id);
    code = wr_rdk_producer_client(p, err);
    if (code != WEIR_OK) {
        wr_rdk_producer_close(&p->base);
        return code;
    }
    p->max_record =
        wr_rdk_conf_number(rd_kafka_conf(p->handle.rk), "message.max.bytes") - RECORD_OVERHEAD;
    for (size_t i = 0; i < count; i++) {
        (void)wr_rdk_producer_topic(&p->base, topics[i]);
    }
    *out = &p->base;
    return WEIR_OK;
}

bool wr_rdk_producer_error(struct wr_producer *base, struct wr_handle_error *e)
{
    struct wr_rdk_producer *p = (struct wr_rdk_producer *)base;
    wr_rdk_producer_serve(base, 0);
    return wr_rdk_box_take(&p->handle.box, e);
}

/* ---- topics ---- */

static int32_t count_of(const struct rd_kafka_metadata *md, const char *topic)
{
    for (int i = 0; i < md->topic_cnt; i++) {
        const rd_kafka_metadata_topic_t *t = &md->topics[i];
        if (strcmp(t->topic, topic) == 0) {
            bool known = t->err == RD_KAFKA_RESP_ERR_NO_ERROR;
            return known ? t->partition_cnt : wr_rdk_code(t->err) == WEIR_ENOTOPIC ? -1 : 0;
        }
    }
    return 0;
}

bool wr_rdk_producer_count(struct wr_rdk_producer *p)
{
    const struct rd_kafka_metadata *md;
    if (p->handle.rk == NULL || rd_kafka_metadata(p->handle.rk, 0, NULL, &md, WR_RDK_ATTEMPT_MS) !=
                                    RD_KAFKA_RESP_ERR_NO_ERROR) {
        return false;
    }
    pthread_mutex_lock(&p->lock);
    for (size_t i = 0; i < p->topics.count; i++) {
        struct wr_rdk_topic *t = p->topics.items[i];
        atomic_store(&t->partitions, count_of(md, t->name));
    }
    pthread_mutex_unlock(&p->lock);
    rd_kafka_metadata_destroy(md);
    return true;
}

static enum wr_outcome count_attempt(struct wr_rdk_job *job, struct wr_rdk_turn *turn)
{
    WR_UNUSED(turn);
    (void)wr_rdk_producer_count(WR_CONTAINER_OF(job, struct wr_rdk_producer, counting));
    return WR_CALL_OK;
}

static void keep(struct wr_rdk_job *job)
{
    WR_UNUSED(job); /* a part of the producer */
}

static const struct wr_rdk_job_ops counting_ops = {count_attempt, keep};

static void drop_counting(struct wr_rdk_producer *p)
{
    if (p->counting_started) {
        wr_rdk_job_drop(&p->counting);
        p->counting_started = false;
    }
}

/* Ask for partition counts in the background, one question at a time. */
static void start_counting(struct wr_rdk_producer *p)
{
    const char *ignored;
    if (p->counting_started &&
        wr_rdk_job_wait(&p->counting, 0, &ignored, NULL) == WR_CALL_PENDING) {
        return;
    }
    drop_counting(p);
    p->counting_started = true;
    wr_rdk_job_start(p->handle.worker, &p->counting);
}

int32_t wr_rdk_topic_partitions(struct wr_topic *base)
{
    int32_t count = atomic_load(&((struct wr_rdk_topic *)base)->partitions);
    if (count <= 0) {
        start_counting((struct wr_rdk_producer *)base->producer);
    }
    return count;
}

struct wr_topic *wr_rdk_producer_topic(struct wr_producer *base, const char *name)
{
    struct wr_rdk_producer *p = (struct wr_rdk_producer *)base;
    struct wr_rdk_topic *t = NULL;
    pthread_mutex_lock(&p->lock);
    for (size_t i = 0; i < p->topics.count && t == NULL; i++) {
        struct wr_rdk_topic *known = p->topics.items[i];
        t = strcmp(known->name, name) == 0 ? known : NULL;
    }
    if (t == NULL) {
        t = WR_NEW(struct wr_rdk_topic);
        t->base = (struct wr_topic){.ops = &wr_rdk_ops, .producer = base};
        t->name = wr_strdup(name);
        /* Asks for the topic's leaders in the background. */
        t->rkt = p->handle.rk != NULL ? rd_kafka_topic_new(p->handle.rk, name, NULL) : NULL;
        wr_ptrs_push(&p->topics, t);
    }
    pthread_mutex_unlock(&p->lock);
    return &t->base;
}

/* ---- the record path ---- */

static enum weir_code refused(struct wr_rdk_producer *p, const struct wr_outgoing *o,
                              rd_kafka_resp_err_t rc, struct weir_error *err)
{
    const char *topic = ((const struct wr_rdk_topic *)o->topic)->name;
    char why[512] = "";
    enum weir_code code = wr_rdk_code(rc);
    if (rd_kafka_fatal_error(p->handle.rk, why, sizeof why) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        code = WEIR_EPRODUCER;
    } else if (code == WEIR_PENDING) {
        return code;
    } else if (code == WEIR_ESTATE) {
        code = WEIR_EABORT; /* a failure earlier in this transaction */
    }
    if (code == WEIR_ETOOLARGE) {
        return wr_fail(err, code,
                       "a record of %zu bytes is too large for output topic \"%s\": "
                       "producer.message.max.bytes allows %zu; raise it, and max.message.bytes of "
                       "the topic",
                       o->key.len + o->value.len, topic, p->max_record);
    }
    return wr_fail(err, code, "could not write a record to topic \"%s\" partition %d: %s", topic,
                   (int)o->partition, why[0] != '\0' ? why : rd_kafka_err2str(rc));
}

static rd_kafka_headers_t *make_headers(struct weir_headers headers)
{
    rd_kafka_headers_t *h = rd_kafka_headers_new(headers.count);
    for (size_t i = 0; i < headers.count; i++) {
        const struct weir_header *item = &headers.items[i];
        rd_kafka_header_add(h, item->name.data, (ssize_t)item->name.len, item->value.data,
                            (ssize_t)item->value.len);
    }
    return h;
}

#define RECORD(t, o, time)                                                                         \
    RD_KAFKA_V_RKT((t)->rkt), RD_KAFKA_V_PARTITION((o)->partition),                                \
        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY((o)->key.data, (o)->key.len),     \
        RD_KAFKA_V_VALUE((void *)(o)->value.data, (o)->value.len), RD_KAFKA_V_TIMESTAMP(time),     \
        RD_KAFKA_V_OPAQUE((o)->delivery)

enum weir_code wr_rdk_producer_send(struct wr_producer *base, const struct wr_outgoing *o,
                                    struct weir_error *err)
{
    struct wr_rdk_producer *p = (struct wr_rdk_producer *)base;
    const struct wr_rdk_topic *t = (const struct wr_rdk_topic *)o->topic;
    wr_assert(t->base.producer == base);
    if (o->time < 0) {
        return wr_fail(
            err, WEIR_ETIME,
            "could not write a record to topic \"%s\" partition %d: its time is negative", t->name,
            (int)o->partition);
    }
    int64_t time = o->time == 0 ? 1 : o->time;
    rd_kafka_resp_err_t rc;
    if (WR_LIKELY(o->headers.count == 0)) {
        rc = rd_kafka_producev(p->handle.rk, RECORD(t, o, time), RD_KAFKA_V_END);
    } else {
        rd_kafka_headers_t *headers = make_headers(o->headers);
        rc = rd_kafka_producev(p->handle.rk, RECORD(t, o, time), RD_KAFKA_V_HEADERS(headers),
                               RD_KAFKA_V_END);
        if (rc != RD_KAFKA_RESP_ERR_NO_ERROR) {
            rd_kafka_headers_destroy(headers);
        }
    }
    return WR_LIKELY(rc == RD_KAFKA_RESP_ERR_NO_ERROR) ? WEIR_OK : refused(p, o, rc, err);
}

void wr_rdk_producer_serve(struct wr_producer *base, int timeout_ms)
{
    struct wr_rdk_producer *p = (struct wr_rdk_producer *)base;
    if (!wr_rdk_worker_has_jobs(p->handle.worker)) {
        rd_kafka_poll(p->handle.rk, timeout_ms);
    }
}

size_t wr_rdk_producer_max_record(const struct wr_producer *base)
{
    return ((const struct wr_rdk_producer *)base)->max_record;
}

int wr_rdk_producer_endtxn_sent(const struct wr_producer *base)
{
    return atomic_load(&((const struct wr_rdk_producer *)base)->endtxn_sent);
}

int wr_rdk_producer_offsets_sent(const struct wr_producer *base)
{
    return atomic_load(&((const struct wr_rdk_producer *)base)->offsets_sent);
}

/* ---- the end ---- */

static enum wr_outcome destroy(struct wr_rdk_job *job, struct wr_rdk_turn *turn)
{
    WR_UNUSED(turn);
    wr_rdk_producer_drop_client(WR_CONTAINER_OF(job, struct wr_rdk_producer, handle.closing));
    return WR_CALL_OK;
}

static void free_producer(struct wr_rdk_job *job)
{
    struct wr_rdk_producer *p = WR_CONTAINER_OF(job, struct wr_rdk_producer, handle.closing);
    for (size_t i = 0; i < p->topics.count; i++) {
        struct wr_rdk_topic *t = p->topics.items[i];
        wr_free(t->name);
        wr_free(t);
    }
    wr_ptrs_free(&p->topics);
    wr_free(p->transactional_id);
    pthread_mutex_destroy(&p->lock);
    wr_rdk_handle_fini(&p->handle);
    wr_free(p);
}

static const struct wr_rdk_job_ops closing_ops = {destroy, free_producer};

void wr_rdk_producer_close(struct wr_producer *base)
{
    struct wr_rdk_producer *p = (struct wr_rdk_producer *)base;
    drop_counting(p);
    atomic_store(&p->closed, true);
    (void)wr_rdk_worker_close(p->handle.worker, &p->handle.closing, WR_RDK_CLOSE_MS);
}
