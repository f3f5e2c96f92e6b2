/* rdk_consumer.c -- consumer handles: opening, closing, and which partitions they read.
 *
 * A handle never subscribes: partitions come and go by incremental_assign and incremental_unassign
 * with explicit offsets, the only calls that are safe in quick succession on 2.0.2. Each partition
 * keeps its own queue (forwarded to nothing), so that not taking from it holds its fetcher back and
 * nothing else. Both calls are answered by the client's main thread, which raises the partition's
 * version before it answers: what an earlier assignment fetched is never delivered after them.
 */
#include "src/base/base.h"

#include "src/base/err.h"
#include "src/base/mem.h"
#include "src/kafka/rdk.h"

static const struct wr_rdk_job_ops closing_ops;

static enum wr_rdk_role role_of(enum wr_role role)
{
    static const enum wr_rdk_role roles[] = {[WR_ROLE_DATA] = WR_RDK_DATA,
                                             [WR_ROLE_RESTORE] = WR_RDK_RESTORE,
                                             [WR_ROLE_ADMIN] = WR_RDK_ADMIN};
    return roles[role];
}

static enum weir_code open_client(struct wr_rdk_consumer *c, bool uncommitted, rd_kafka_t **out,
                                  struct weir_error *err)
{
    struct wr_rdk_conf_for f = {.role = c->role, .uncommitted = uncommitted};
    rd_kafka_conf_t *conf = wr_rdk_conf_new(c->handle.kafka, &f, NULL);
    return wr_rdk_client_new(conf, false, &c->handle.box, out, err);
}

/* See rdk_messages.c. */
static void prepare_waking(struct wr_rdk_consumer *c)
{
    const rd_kafka_conf_t *conf = rd_kafka_conf(c->handle.rk);
    c->sasl_username = wr_rdk_conf_text(conf, "sasl.username");
    c->sasl_password = wr_rdk_conf_text(conf, "sasl.password");
    size_t by_bytes = wr_rdk_conf_number(conf, "queued.max.messages.kbytes") * 1024;
    size_t by_count = wr_rdk_conf_number(conf, "queued.min.messages") * WR_RDK_MESSAGE_COST;
    c->wake_every = wr_min_size(by_bytes, by_count) / 2;
}

enum weir_code wr_rdk_consumer_open(struct wr_kafka *base,
                                    const struct wr_consumer_options *options,
                                    struct wr_consumer **out, struct weir_error *err)
{
    struct wr_rdk_consumer *c = WR_NEW(struct wr_rdk_consumer);
    c->base.ops = &wr_rdk_ops;
    c->role = role_of(options->role);
    c->wake = options->wake;
    *out = NULL;
    enum weir_code code = wr_rdk_handle_open(&c->handle, (struct wr_rdk_kafka *)base, c->wake, err);
    if (code != WEIR_OK) {
        wr_free(c);
        return code;
    }
    c->handle.closing.ops = &closing_ops;
    code = open_client(c, false, &c->handle.rk, err);
    if (code != WEIR_OK) {
        wr_rdk_consumer_close(&c->base);
        return code;
    }
    rd_kafka_poll_set_consumer(c->handle.rk);
    c->events = rd_kafka_queue_get_consumer(c->handle.rk);
    for (size_t i = 0; i < options->topic_count; i++) {
        /* Asks for the topic's leaders in the background. */
        wr_ptrs_push(&c->topics, rd_kafka_topic_new(c->handle.rk, options->topics[i], NULL));
    }
    if (c->role != WR_RDK_ADMIN && rd_kafka_version() < WR_RDK_2_2_0) {
        prepare_waking(c);
    }
    *out = &c->base;
    return WEIR_OK;
}

rd_kafka_t *wr_rdk_consumer_dirty(struct wr_rdk_consumer *c, struct wr_rdk_turn *turn)
{
    if (c->dirty == NULL) {
        (void)open_client(c, true, &c->dirty, &turn->error);
    } else {
        rd_kafka_poll(c->dirty, 0); /* nobody else serves its reports */
    }
    return c->dirty;
}

bool wr_rdk_consumer_error(struct wr_consumer *base, struct wr_handle_error *e)
{
    struct wr_rdk_consumer *c = (struct wr_rdk_consumer *)base;
    rd_kafka_message_t *m;
    while ((m = rd_kafka_consume_queue(c->events, 0)) != NULL) { /* callbacks run in here */
        wr_assert(m->err != RD_KAFKA_RESP_ERR_NO_ERROR);         /* records have their own queues */
        wr_rdk_box_note(&c->handle.box, m->err, rd_kafka_message_errstr(m));
        rd_kafka_message_destroy(m);
    }
    return wr_rdk_box_take(&c->handle.box, e);
}

/* ---- partitions ---- */

typedef rd_kafka_error_t *change_fn(rd_kafka_t *rk, const rd_kafka_topic_partition_list_t *list);

static enum weir_code change(struct wr_rdk_partition *p, change_fn *fn, const char *doing,
                             struct weir_error *err)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, p->topic, p->partition)->offset = p->next;
    rd_kafka_error_t *error = fn(p->consumer->handle.rk, list);
    rd_kafka_topic_partition_list_destroy(list);
    if (error == NULL) {
        return WEIR_OK;
    }
    enum weir_code code =
        wr_fail(err, wr_rdk_code(rd_kafka_error_code(error)), "could not %s partition %s-%d: %s",
                doing, p->topic, (int)p->partition, rd_kafka_error_string(error));
    rd_kafka_error_destroy(error);
    return code;
}

static void drop_queue(struct wr_rdk_partition *p)
{
    if (p->queue == NULL) {
        return; /* a rewind has failed */
    }
    rd_kafka_queue_io_event_enable(p->queue, -1, NULL, 0);
    rd_kafka_queue_destroy(p->queue);
    p->queue = NULL;
}

/* The queue is asked for anew each time: a partition that was unassigned before its leader was
 * known is forgotten by the library, and its next assignment has another queue. */
static enum weir_code start(struct wr_rdk_partition *p, struct weir_error *err)
{
    rd_kafka_t *rk = p->consumer->handle.rk;
    p->queue = rd_kafka_queue_get_partition(rk, p->topic, p->partition);
    if (p->queue == NULL) {
        return wr_fail(err, WEIR_EPARTITIONS, "could not assign partition %s-%d: no such partition",
                       p->topic, (int)p->partition);
    }
    rd_kafka_queue_forward(p->queue, NULL);
    wr_rdk_queue_wakes(p->queue, p->consumer->wake);
    enum weir_code code = change(p, rd_kafka_incremental_assign, "assign", err);
    if (code != WEIR_OK) {
        drop_queue(p);
    }
    return code;
}

static enum weir_code stop(struct wr_rdk_partition *p, struct weir_error *err)
{
    enum weir_code code = change(p, rd_kafka_incremental_unassign, "unassign", err);
    drop_queue(p);
    return code;
}

static void free_partition(struct wr_rdk_partition *p)
{
    drop_queue(p);
    wr_ptrs_remove(&p->consumer->partitions, p);
    wr_free(p->topic);
    wr_free(p);
}

enum weir_code wr_rdk_assign(struct wr_consumer *base, const char *topic, int32_t partition,
                             int64_t offset, struct wr_partition **out, struct weir_error *err)
{
    struct wr_rdk_consumer *c = (struct wr_rdk_consumer *)base;
    struct wr_rdk_partition *p = WR_NEW(struct wr_rdk_partition);
    *p = (struct wr_rdk_partition){.base.ops = &wr_rdk_ops,
                                   .consumer = c,
                                   .topic = wr_strdup(topic),
                                   .partition = partition,
                                   .next = offset};
    *out = NULL;
    wr_ptrs_push(&c->partitions, p);
    enum weir_code code = start(p, err);
    if (code != WEIR_OK) {
        free_partition(p);
        return code;
    }
    *out = &p->base;
    return WEIR_OK;
}

void wr_rdk_unassign(struct wr_partition *base)
{
    struct wr_rdk_partition *p = (struct wr_rdk_partition *)base;
    struct weir_error error;
    if (p->queue != NULL && stop(p, &error) != WEIR_OK) {
        wr_rdk_box_note(&p->consumer->handle.box, RD_KAFKA_RESP_ERR__STATE, error.text);
    }
    free_partition(p);
}

/* After a failure the partition is not read any more; it can be rewound again or unassigned. */
enum weir_code wr_rdk_rewind(struct wr_partition *base, int64_t offset, struct weir_error *err)
{
    struct wr_rdk_partition *p = (struct wr_rdk_partition *)base;
    enum weir_code code = p->queue != NULL ? stop(p, err) : WEIR_OK;
    p->next = offset;
    return code == WEIR_OK ? start(p, err) : code;
}

/* ---- the end ---- */

static enum wr_outcome destroy(struct wr_rdk_job *job, struct wr_rdk_turn *turn)
{
    WR_UNUSED(turn);
    struct wr_rdk_consumer *c = WR_CONTAINER_OF(job, struct wr_rdk_consumer, handle.closing);
    if (c->dirty != NULL) {
        wr_rdk_client_destroy(c->dirty);
    }
    if (c->handle.rk != NULL) {
        wr_rdk_client_destroy(c->handle.rk);
    }
    return WR_CALL_OK;
}

static void free_consumer(struct wr_rdk_job *job)
{
    struct wr_rdk_consumer *c = WR_CONTAINER_OF(job, struct wr_rdk_consumer, handle.closing);
    wr_rdk_handle_fini(&c->handle);
    wr_ptrs_free(&c->topics);
    wr_ptrs_free(&c->partitions);
    wr_free(c->sasl_username);
    wr_free(c->sasl_password);
    wr_free(c);
}

static const struct wr_rdk_job_ops closing_ops = {destroy, free_consumer};

void wr_rdk_consumer_close(struct wr_consumer *base)
{
    struct wr_rdk_consumer *c = (struct wr_rdk_consumer *)base;
    wr_assert(!wr_rdk_worker_has_jobs(c->handle.worker)); /* its calls are freed first */
    while (c->partitions.count != 0) {
        free_partition(c->partitions.items[c->partitions.count - 1]);
    }
    for (size_t i = 0; i < c->topics.count; i++) {
        rd_kafka_topic_destroy(c->topics.items[i]);
    }
    if (c->events != NULL) {
        rd_kafka_queue_destroy(c->events);
    }
    (void)wr_rdk_worker_close(c->handle.worker, &c->handle.closing, WR_RDK_CLOSE_MS);
}
