/* rdk_topics.c -- which topics there are: partition counts, leaders, identities.
 *
 * The caller's own list decides the order of the answer; the library's answer may hold more, since
 * it tells about every topic its client has heard of. Thread: the worker, except for starting.
 */
#include "src/base/base.h"

#include <string.h>

#include "src/base/err.h"
#include "src/base/mem.h"
#include "src/kafka/rdk.h"

/* A broker that answers everything else but does not tell identities is taken as it is. */
enum { IDS_ATTEMPTS = 4 };

struct describe_call {
    struct wr_rdk_call call;
    int without_ids; /* attempts that got all but these */
};

static enum weir_code code_of(const rd_kafka_metadata_topic_t *t)
{
    enum weir_code code = wr_rdk_code(t->err);
    for (int i = 0; i < t->partition_cnt && code == WEIR_OK; i++) {
        if (t->partitions[i].leader < 0) {
            code = WEIR_EAGAIN;
        }
    }
    return code;
}

static void fill(struct wr_topic_info *info, const struct rd_kafka_metadata *md)
{
    info->partitions = 0;
    info->code = WEIR_ENOTOPIC;
    for (int i = 0; i < md->topic_cnt; i++) {
        if (strcmp(md->topics[i].topic, info->name) == 0) {
            info->partitions = md->topics[i].partition_cnt;
            info->code = code_of(&md->topics[i]);
            return;
        }
    }
}

/* A topic must be known to the client by a handle to be asked for together with others. */
static rd_kafka_topic_t **make_known(rd_kafka_t *rk, const struct wr_call *c)
{
    rd_kafka_topic_t **known = wr_calloc(c->topic_count, sizeof *known);
    for (size_t i = 0; i < c->topic_count; i++) {
        known[i] = rd_kafka_topic_new(rk, c->topics[i].name, NULL);
    }
    return known;
}

static void forget(rd_kafka_topic_t **known, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (known[i] != NULL) {
            rd_kafka_topic_destroy(known[i]);
        }
    }
    wr_free(known);
}

static void note_cluster(rd_kafka_t *rk, struct wr_call *c)
{
    char *id = rd_kafka_clusterid(rk, WR_RDK_ATTEMPT_MS);
    if (id != NULL) {
        c->cluster_id = wr_arena_strdup(&c->arena, id);
        rd_kafka_mem_free(rk, id);
    }
}

static enum wr_outcome list(struct wr_rdk_call *call, struct wr_rdk_turn *turn)
{
    struct wr_call *c = &call->base;
    const struct rd_kafka_metadata *md;
    rd_kafka_resp_err_t rc = rd_kafka_metadata(call->handle->rk, 1, NULL, &md, WR_RDK_ATTEMPT_MS);
    if (rc != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return wr_rdk_attempt_failed(turn, rc, "list topics");
    }
    c->topics = wr_arena_zalloc(&c->arena, (size_t)md->topic_cnt * sizeof *c->topics);
    c->topic_count = (size_t)md->topic_cnt;
    for (size_t i = 0; i < c->topic_count; i++) {
        c->topics[i] = (struct wr_topic_info){wr_arena_strdup(&c->arena, md->topics[i].topic),
                                              md->topics[i].partition_cnt, code_of(&md->topics[i])};
    }
    rd_kafka_metadata_destroy(md);
    return WR_CALL_OK;
}

struct wr_call *wr_rdk_topics_list(struct wr_consumer *base)
{
    struct wr_rdk_consumer *consumer = (struct wr_rdk_consumer *)base;
    return wr_rdk_call_start(wr_rdk_call_new(&consumer->handle, WR_CALL_TOPICS_DESCRIBE,
                                             sizeof(struct wr_rdk_call), list));
}

static enum wr_outcome describe(struct wr_rdk_call *call, struct wr_rdk_turn *turn)
{
    struct wr_call *c = &call->base;
    rd_kafka_t *rk = call->handle->rk;
    const struct rd_kafka_metadata *md;
    rd_kafka_topic_t **known = make_known(rk, c);
    rd_kafka_resp_err_t rc = rd_kafka_metadata(rk, 0, NULL, &md, WR_RDK_ATTEMPT_MS);
    forget(known, c->topic_count);
    if (rc != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return wr_rdk_attempt_failed(turn, rc, "describe topics");
    }
    for (size_t i = 0; i < c->topic_count; i++) {
        fill(&c->topics[i], md);
    }
    rd_kafka_metadata_destroy(md);
    note_cluster(rk, c);
    struct describe_call *d = (struct describe_call *)call;
    if (!wr_rdk_topic_ids(rk, c, WR_RDK_ATTEMPT_MS) && ++d->without_ids < IDS_ATTEMPTS) {
        turn->waiting_for = "the identities of topics";
        return WR_CALL_PENDING;
    }
    return WR_CALL_OK;
}

struct wr_call *wr_rdk_topics_describe(struct wr_consumer *base, const char *const *names,
                                       size_t count)
{
    struct wr_rdk_consumer *consumer = (struct wr_rdk_consumer *)base;
    struct wr_rdk_call *call = wr_rdk_call_new(&consumer->handle, WR_CALL_TOPICS_DESCRIBE,
                                               sizeof(struct describe_call), describe);
    struct wr_call *c = &call->base;
    c->topics = wr_arena_zalloc(&c->arena, count * sizeof *c->topics);
    c->topic_ids = wr_arena_zalloc(&c->arena, count * sizeof *c->topic_ids);
    c->topic_count = count;
    for (size_t i = 0; i < count; i++) {
        c->topics[i].name = wr_arena_strdup(&c->arena, names[i]);
        c->topic_ids[i] = "";
    }
    return wr_rdk_call_start(call);
}
