/* rdk_call.c -- calls: a job on the handle's worker and, when it is over, a result. */
#include "src/base/base.h"

#include <string.h>

#include "src/base/mem.h"
#include "src/kafka/rdk.h"

static struct wr_rdk_call *of_job(struct wr_rdk_job *job)
{
    return WR_CONTAINER_OF(job, struct wr_rdk_call, job);
}

static enum wr_outcome attempt(struct wr_rdk_job *job, struct wr_rdk_turn *turn)
{
    struct wr_rdk_call *c = of_job(job);
    return c->attempt(c, turn);
}

static void free_job(struct wr_rdk_job *job)
{
    struct wr_rdk_call *c = of_job(job);
    if (c->cleanup != NULL) {
        c->cleanup(c);
    }
    wr_call_fini(&c->base);
    wr_free(c);
}

static const struct wr_rdk_job_ops job_ops = {attempt, free_job};

struct wr_rdk_call *wr_rdk_call_new(struct wr_rdk_handle *h, enum wr_call_kind kind, size_t size,
                                    enum wr_outcome (*fn)(struct wr_rdk_call *c,
                                                          struct wr_rdk_turn *turn))
{
    struct wr_rdk_call *c = wr_calloc(1, size);
    wr_call_init(&c->base, &wr_rdk_ops, kind);
    c->job.ops = &job_ops;
    c->handle = h;
    c->attempt = fn;
    return c;
}

struct wr_call *wr_rdk_call_start(struct wr_rdk_call *c)
{
    wr_rdk_job_start(c->handle->worker, &c->job);
    return &c->base;
}

enum wr_outcome wr_rdk_call_step(struct wr_call *base, int slice_ms, struct weir_error *err)
{
    struct wr_rdk_call *c = (struct wr_rdk_call *)base;
    return wr_rdk_job_wait(&c->job, slice_ms, &base->waiting_for, err);
}

void wr_rdk_call_free(struct wr_call *base)
{
    wr_rdk_job_drop(&((struct wr_rdk_call *)base)->job);
}

enum wr_outcome wr_rdk_attempt_failed(struct wr_rdk_turn *turn, rd_kafka_resp_err_t code,
                                      const char *doing)
{
    wr_rdk_fail(&turn->error, code, doing);
    if (!wr_rdk_may_work_later(code)) {
        return WR_CALL_FAILED;
    }
    turn->pause_ms = WR_RDK_RETRY_MS;
    turn->waiting_for = weir_code_text(wr_rdk_code(code));
    return WR_CALL_PENDING;
}

rd_kafka_topic_partition_list_t *wr_rdk_list_new(const struct wr_position *positions, size_t count)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)count);
    for (size_t i = 0; i < count; i++) {
        rd_kafka_topic_partition_t *p =
            rd_kafka_topic_partition_list_add(list, positions[i].topic, positions[i].partition);
        p->offset = positions[i].offset;
        if (positions[i].metadata != NULL) {
            p->metadata_size = strlen(positions[i].metadata);
            p->metadata = wr_memdup(positions[i].metadata, p->metadata_size + 1);
        }
    }
    return list;
}
