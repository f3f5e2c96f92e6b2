/* rdk_offsets.c -- committed positions, watermarks and where a reset policy would start.
 *
 * Which client is asked is what decides: one that reads committed is told stable offsets and the
 * last stable offset as the end, one that reads uncommitted the last committed offsets at once and
 * the high watermark. Thread: the worker, except for starting.
 */
#include "src/base/base.h"

#include "src/base/err.h"
#include "src/kafka/rdk.h"

struct offsets_call {
    struct wr_rdk_call call;
    struct wr_rdk_consumer *consumer;
    bool uncommitted;      /* which client to ask */
    bool latest;           /* reset: the end, not the beginning */
    struct wr_position at; /* watermarks, reset, time; there `offset` is the time */
    int64_t missing_since; /* ms, monotonic, since when the partition is not known; 0: it is */
};

/* A partition that is elected a new leader is unknown to newer libraries (seen with 2.16) until
 * they have been told who it is; one that stays unknown for this long does not exist. */
enum { MISSING_MS = 30000 };

static rd_kafka_t *client(struct offsets_call *o, struct wr_rdk_turn *turn)
{
    return o->uncommitted ? wr_rdk_consumer_dirty(o->consumer, turn) : o->consumer->handle.rk;
}

static struct offsets_call *new_call(struct wr_consumer *base, enum wr_call_kind kind,
                                     enum wr_outcome (*fn)(struct wr_rdk_call *,
                                                           struct wr_rdk_turn *))
{
    struct wr_rdk_consumer *consumer = (struct wr_rdk_consumer *)base;
    struct wr_rdk_call *call =
        wr_rdk_call_new(&consumer->handle, kind, sizeof(struct offsets_call), fn);
    struct offsets_call *o = (struct offsets_call *)call;
    o->consumer = consumer;
    return o;
}

/* ---- committed positions ---- */

static void copy_position(struct wr_call *c, struct wr_position *to,
                          const rd_kafka_topic_partition_t *from)
{
    to->offset = from->offset >= 0 ? from->offset : WR_OFFSET_NONE;
    to->metadata = NULL;
    if (from->metadata_size != 0) {
        char *text = wr_arena_alloc(&c->arena, from->metadata_size + 1);
        memcpy(text, from->metadata, from->metadata_size);
        text[from->metadata_size] = '\0';
        to->metadata = text;
    }
}

/* The code of the first partition that could not be told. */
static rd_kafka_resp_err_t first_error(const rd_kafka_topic_partition_list_t *list)
{
    for (int i = 0; i < list->cnt; i++) {
        if (list->elems[i].err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            return list->elems[i].err;
        }
    }
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static enum wr_outcome fetch(struct wr_rdk_call *call, struct wr_rdk_turn *turn)
{
    struct offsets_call *o = (struct offsets_call *)call;
    struct wr_call *c = &call->base;
    rd_kafka_t *rk = client(o, turn);
    if (rk == NULL) {
        return WR_CALL_FAILED;
    }
    rd_kafka_topic_partition_list_t *list = wr_rdk_list_new(c->positions, c->position_count);
    rd_kafka_resp_err_t rc = rd_kafka_committed(rk, list, WR_RDK_ATTEMPT_MS);
    rc = rc != RD_KAFKA_RESP_ERR_NO_ERROR ? rc : first_error(list);
    enum wr_outcome outcome = WR_CALL_OK;
    if (rc != RD_KAFKA_RESP_ERR_NO_ERROR) {
        outcome = wr_rdk_attempt_failed(turn, rc, "fetch committed offsets");
        /* The library retries unstable offsets until the time-out and does not say that it did. */
        if (rc == RD_KAFKA_RESP_ERR__TIMED_OUT || rc == RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT) {
            turn->waiting_for = o->uncommitted ? "the group coordinator"
                                               : "an open transaction or the group coordinator";
        }
    }
    if (rc == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED) {
        wr_fail(
            &turn->error, WEIR_EAUTH,
            "not authorized to fetch the committed offsets of group \"%s\"; grant READ on it to "
            "this application",
            o->consumer->handle.kafka->application_id);
    }
    for (int i = 0; i < list->cnt && outcome == WR_CALL_OK; i++) {
        copy_position(c, &c->positions[i], &list->elems[i]);
    }
    rd_kafka_topic_partition_list_destroy(list);
    return outcome;
}

struct wr_call *wr_rdk_offsets_fetch(struct wr_consumer *base, const struct wr_position *positions,
                                     size_t count, bool stable)
{
    struct offsets_call *o = new_call(base, WR_CALL_OFFSETS_FETCH, fetch);
    struct wr_call *c = &o->call.base;
    o->uncommitted = !stable;
    c->positions = wr_arena_zalloc(&c->arena, count * sizeof *c->positions);
    c->position_count = count;
    for (size_t i = 0; i < count; i++) {
        c->positions[i].topic = wr_arena_strdup(&c->arena, positions[i].topic);
        c->positions[i].partition = positions[i].partition;
        c->positions[i].offset = WR_OFFSET_NONE;
    }
    return wr_rdk_call_start(&o->call);
}

/* ---- first and last offsets ---- */

static bool says_missing(rd_kafka_resp_err_t rc)
{
    return rc == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION || rc == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC ||
           rc == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
}

static enum wr_outcome not_told(struct offsets_call *o, struct wr_rdk_turn *turn,
                                rd_kafka_resp_err_t rc)
{
    enum wr_outcome outcome = wr_rdk_attempt_failed(turn, rc, "ask for offsets");
    if (!says_missing(rc)) {
        o->missing_since = 0;
        return outcome;
    }
    int64_t now = wr_mono_ms(o->consumer->handle.kafka->clock);
    o->missing_since = o->missing_since != 0 ? o->missing_since : now;
    turn->pause_ms = WR_RDK_RETRY_MS;
    turn->waiting_for = "the leader of a partition";
    return now - o->missing_since < MISSING_MS ? WR_CALL_PENDING : WR_CALL_FAILED;
}

static enum wr_outcome watermarks(struct wr_rdk_call *call, struct wr_rdk_turn *turn)
{
    struct offsets_call *o = (struct offsets_call *)call;
    rd_kafka_t *rk = client(o, turn);
    if (rk == NULL) {
        return WR_CALL_FAILED;
    }
    rd_kafka_resp_err_t rc = rd_kafka_query_watermark_offsets(
        rk, o->at.topic, o->at.partition, &call->base.low, &call->base.high, WR_RDK_ATTEMPT_MS);
    if (rc != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return not_told(o, turn, rc);
    }
    call->base.offset = o->latest ? call->base.high : call->base.low;
    return WR_CALL_OK;
}

static struct wr_call *start_at(struct offsets_call *o, const char *topic, int32_t partition)
{
    o->at.topic = wr_arena_strdup(&o->call.base.arena, topic);
    o->at.partition = partition;
    return wr_rdk_call_start(&o->call);
}

struct wr_call *wr_rdk_watermarks_query(struct wr_consumer *base, const char *topic,
                                        int32_t partition)
{
    struct offsets_call *o = new_call(base, WR_CALL_WATERMARKS, watermarks);
    o->uncommitted = true;
    return start_at(o, topic, partition);
}

struct wr_call *wr_rdk_reset_query(struct wr_consumer *base, const char *topic, int32_t partition,
                                   bool latest)
{
    struct offsets_call *o = new_call(base, WR_CALL_RESET, watermarks);
    o->latest = latest;
    return start_at(o, topic, partition);
}

/* ---- offsets of times ---- */

static enum wr_outcome offset_of_time(struct wr_rdk_call *call, struct wr_rdk_turn *turn)
{
    struct offsets_call *o = (struct offsets_call *)call;
    rd_kafka_topic_partition_list_t *list = wr_rdk_list_new(&o->at, 1);
    rd_kafka_resp_err_t rc = rd_kafka_offsets_for_times(client(o, turn), list, WR_RDK_ATTEMPT_MS);
    rc = rc != RD_KAFKA_RESP_ERR_NO_ERROR ? rc : first_error(list);
    int64_t offset = list->elems[0].offset;
    rd_kafka_topic_partition_list_destroy(list);
    if (rc != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return not_told(o, turn, rc);
    }
    call->base.offset = offset >= 0 ? offset : WR_OFFSET_NONE;
    return WR_CALL_OK;
}

struct wr_call *wr_rdk_time_query(struct wr_consumer *base, const char *topic, int32_t partition,
                                  int64_t time_ms)
{
    struct offsets_call *o = new_call(base, WR_CALL_TIME, offset_of_time);
    o->at.offset = time_ms;
    return start_at(o, topic, partition);
}
