/* log_checks.c -- what can be said of a client's batch without what the log holds.
 *
 * The checks stand in the order in which Apache Kafka makes them, so that a batch with two faults
 * is answered the same. Thread: any.
 */
#include "src/base/base.h"

#include "broker/log_internal.h"
#include "src/base/endian.h"

enum { LENGTH_AT = 8, MAGIC_AT = 16, MAGIC = 2 };

/* Whether the bytes begin with a whole batch, of any format. Apache Kafka takes one that is cut off
 * for the end of the data, but a length or a magic that cannot be for damage. */
static enum wr_kafka_error next_batch(struct weir_bytes data, bool *there)
{
    enum { BEFORE_LENGTH = 12, LEAST_LENGTH = 14 };
    const unsigned char *p = data.data;
    *there = false;
    if (data.len < BEFORE_LENGTH) {
        return WR_KE_NONE;
    }
    int32_t length = (int32_t)wr_get_be32(p + LENGTH_AT);
    if (length < LEAST_LENGTH || (data.len > MAGIC_AT && p[MAGIC_AT] > MAGIC)) {
        return WR_KE_CORRUPT_MESSAGE;
    }
    *there = data.len > MAGIC_AT && (size_t)length <= data.len - BEFORE_LENGTH;
    return WR_KE_NONE;
}

enum wr_kafka_error wr_log_sole_batch(struct weir_bytes data, struct wr_batch *b)
{
    bool there;
    enum wr_kafka_error error = next_batch(data, &there);
    if (error != WR_KE_NONE || !there) {
        return error != WR_KE_NONE ? error : WR_KE_INVALID_RECORD;
    }
    if (((const unsigned char *)data.data)[MAGIC_AT] != MAGIC) {
        return WR_KE_INVALID_RECORD;
    }
    if (!wr_batch_read(data, b)) {
        return WR_KE_CORRUPT_MESSAGE;
    }
    const char *behind = (const char *)data.data + b->bytes.len;
    error = next_batch(weir_view(behind, data.len - b->bytes.len), &there);
    return error == WR_KE_NONE && there ? WR_KE_INVALID_RECORD : error;
}

static enum wr_kafka_error check_header(const struct wr_log_config *config,
                                        const struct wr_batch *b)
{
    enum { ZSTD = 4 };
    if (b->base_offset != 0) {
        return WR_KE_INVALID_RECORD;
    }
    if (config->max_message_bytes >= 0 && b->bytes.len > (uint64_t)config->max_message_bytes) {
        return WR_KE_MESSAGE_TOO_LARGE;
    }
    if (!wr_batch_checksum_ok(b)) {
        return WR_KE_CORRUPT_MESSAGE;
    }
    if ((b->attributes & WR_BATCH_COMPRESSION) > ZSTD) {
        return WR_KE_UNKNOWN_SERVER_ERROR;
    }
    if (b->last_offset_delta < 0 || b->count <= 0 || b->last_offset_delta != b->count - 1 ||
        (b->attributes & WR_BATCH_CONTROL) != 0 || (b->producer_id >= 0 && b->base_sequence < 0)) {
        return WR_KE_INVALID_RECORD;
    }
    return WR_KE_NONE;
}

static bool time_allowed(const struct wr_log_config *config, int64_t time, int64_t now)
{
    if (config->log_append_time || time == -1) {
        return true;
    }
    return (config->timestamp_before_max_ms < 0 || time >= now ||
            (uint64_t)now - (uint64_t)time <= (uint64_t)config->timestamp_before_max_ms) &&
           (config->timestamp_after_max_ms < 0 || time <= now ||
            (uint64_t)time - (uint64_t)now <= (uint64_t)config->timestamp_after_max_ms);
}

/* The time of append is the broker's to give; where it is not wanted it is taken for the greatest
 * time. */
static bool stamped(const struct wr_log_config *config, const struct wr_batch *b)
{
    return (b->attributes & WR_BATCH_LOG_APPEND_TIME) != 0 &&
           (config->log_append_time || b->max_time == -1);
}

/* A wrong time outweighs a missing key, wherever the two are. */
static enum wr_kafka_error check_records(const struct wr_log_config *config,
                                         const struct wr_batch *b, int64_t now, int64_t *max_time)
{
    struct wr_batch_iter it;
    struct wr_batch_record r;
    bool no_key = false;
    bool bad_time = stamped(config, b);
    int more;
    *max_time = -1;
    wr_batch_iter_init(&it, b);
    while ((more = wr_batch_next(&it, &r)) == 1) {
        if (config->compact && weir_is_null(r.key)) {
            no_key = true;
        } else if (!time_allowed(config, r.time, now)) {
            bad_time = true;
        }
        *max_time = wr_max_i64(*max_time, r.time);
    }
    if (more < 0) {
        return WR_KE_INVALID_RECORD;
    }
    if (bad_time) {
        return WR_KE_INVALID_TIMESTAMP;
    }
    return no_key ? WR_KE_INVALID_RECORD : WR_KE_NONE;
}

enum wr_kafka_error wr_log_check_batch(const struct wr_log_config *config, struct wr_batch *b,
                                       int64_t now, bool *restamp)
{
    int64_t max_time = wr_max_i64(b->max_time, -1);
    enum wr_kafka_error error = check_header(config, b);
    if (error == WR_KE_NONE && (b->attributes & WR_BATCH_COMPRESSION) == 0) {
        error = check_records(config, b, now, &max_time);
    } else if (error == WR_KE_NONE &&
               (stamped(config, b) || !time_allowed(config, max_time, now))) {
        error = WR_KE_INVALID_TIMESTAMP;
    }
    if (error == WR_KE_NONE && config->segment_bytes >= 0 &&
        b->bytes.len > (uint64_t)config->segment_bytes) {
        error = WR_KE_RECORD_LIST_TOO_LARGE;
    }
    *restamp = config->log_append_time || b->max_time != max_time ||
               (b->attributes & WR_BATCH_LOG_APPEND_TIME) != 0;
    b->max_time = config->log_append_time ? now : max_time;
    return error;
}
