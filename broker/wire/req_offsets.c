/* req_offsets.c -- ListOffsets and OffsetForLeaderEpoch. */
#include "src/base/base.h"

#include "broker/wire/wire_call.h"

/* Times that stand for something else. */
enum {
    TIME_LATEST = -1,
    TIME_EARLIEST = -2,
    TIME_MAX = -3,             /* the record with the greatest time; version 7 */
    TIME_EARLIEST_LOCAL = -4,  /* 8 */
    TIME_LATEST_TIERED = -5,   /* 9; there is no tiered storage */
    TIME_EARLIEST_UNSENT = -6, /* to tiered storage; 11 */
};

struct part {
    int32_t index;
    int32_t leader_epoch;
    int64_t time;
};

struct topic {
    const char *name;
    struct part *parts;
    int32_t part_count;
};

struct list {
    bool committed;
    struct topic *topics;
    int32_t topic_count;
};

static bool read_list(struct wr_call *c, struct list *l)
{
    *l = (struct list){0};
    wr_read_i32(&c->in); /* replica */
    l->committed = c->version >= 2 && wr_read_i8(&c->in) == 1;
    l->topics = wr_call_array(c, 3, sizeof *l->topics, &l->topic_count);
    for (int32_t i = 0; i < l->topic_count; i++) {
        struct topic *t = &l->topics[i];
        t->name = wr_call_text(c);
        t->parts = wr_call_array(c, 12, sizeof *t->parts, &t->part_count);
        for (int32_t j = 0; j < t->part_count; j++) {
            struct part *p = &t->parts[j];
            p->index = wr_read_i32(&c->in);
            p->leader_epoch = c->version >= 4 ? wr_read_i32(&c->in) : -1;
            p->time = wr_read_i64(&c->in);
            wr_read_tags(&c->in);
        }
        wr_read_tags(&c->in);
    }
    if (c->version >= 10) {
        wr_read_i32(&c->in); /* a time-out for tiered storage */
    }
    wr_read_tags(&c->in);
    return wr_read_ok(&c->in);
}

/* The first version in which a time has its meaning. */
static int16_t first_version(int64_t time)
{
    switch (time) {
    case TIME_MAX:
        return 7;
    case TIME_EARLIEST_LOCAL:
        return 8;
    case TIME_LATEST_TIERED:
        return 9;
    case TIME_EARLIEST_UNSENT:
        return 11;
    default:
        return time < TIME_EARLIEST_UNSENT ? INT16_MAX : 0;
    }
}

static void look_up(const struct wr_partition_log *log, int64_t time, bool committed,
                    int64_t *offset, int64_t *found)
{
    *offset = -1;
    *found = -1;
    switch (time) {
    case TIME_LATEST:
        *offset = committed ? wr_partition_log_stable(log) : wr_partition_log_end(log);
        break;
    case TIME_EARLIEST:
    case TIME_EARLIEST_LOCAL:
        *offset = wr_partition_log_start(log);
        break;
    case TIME_MAX:
        wr_partition_log_max_time(log, offset, found);
        break;
    case TIME_LATEST_TIERED:
    case TIME_EARLIEST_UNSENT:
        break;
    default:
        wr_partition_log_find_time(log, time, committed, offset, found);
        break;
    }
}

static void list_part(struct wr_call *c, const struct list *l, const char *topic,
                      const struct part *p)
{
    const struct wr_partition_log *log =
        wr_topics_partition(c->wire->broker->topics, topic, p->index);
    enum wr_kafka_error error = WR_KE_UNKNOWN_TOPIC_OR_PARTITION;
    int64_t offset = -1;
    int64_t found = -1;
    if (c->version < first_version(p->time)) {
        error = WR_KE_UNSUPPORTED_VERSION;
    } else if (log != NULL) {
        error = wr_call_check_epoch(p->leader_epoch);
    }
    if (error == WR_KE_NONE) {
        look_up(log, p->time, l->committed, &offset, &found);
    }
    wr_write_i32(&c->out, p->index);
    wr_call_put_error(c, error);
    wr_write_i64(&c->out, found);
    wr_write_i64(&c->out, offset);
    if (c->version >= 4) {
        wr_write_i32(&c->out, offset >= 0 ? WR_LEADER_EPOCH : -1);
    }
    wr_write_tags(&c->out);
}

enum wr_outcome wr_req_list_offsets(struct wr_call *c)
{
    struct list l;
    if (!read_list(c, &l)) {
        return WR_REFUSED;
    }
    if (c->version >= 2) {
        wr_call_put_throttle(c);
    }
    wr_write_count(&c->out, l.topic_count);
    for (int32_t i = 0; i < l.topic_count; i++) {
        const struct topic *t = &l.topics[i];
        wr_write_cstr(&c->out, t->name);
        wr_write_count(&c->out, t->part_count);
        for (int32_t j = 0; j < t->part_count; j++) {
            list_part(c, &l, t->name, &t->parts[j]);
        }
        wr_write_tags(&c->out);
    }
    wr_write_tags(&c->out);
    return WR_ANSWERED;
}

/* ---- OffsetForLeaderEpoch -------------------------------------------------------------------- */

struct epoch_part {
    int32_t index;
    int32_t current;
    int32_t asked;
};

struct epoch_topic {
    const char *name;
    struct epoch_part *parts;
    int32_t part_count;
};

static struct epoch_topic *read_epochs(struct wr_call *c, int32_t *count)
{
    if (c->version >= 3) {
        wr_read_i32(&c->in); /* replica */
    }
    struct epoch_topic *topics = wr_call_array(c, 3, sizeof *topics, count);
    for (int32_t i = 0; i < *count; i++) {
        struct epoch_topic *t = &topics[i];
        t->name = wr_call_text(c);
        t->parts = wr_call_array(c, 12, sizeof *t->parts, &t->part_count);
        for (int32_t j = 0; j < t->part_count; j++) {
            t->parts[j].index = wr_read_i32(&c->in);
            t->parts[j].current = wr_read_i32(&c->in);
            t->parts[j].asked = wr_read_i32(&c->in);
            wr_read_tags(&c->in);
        }
        wr_read_tags(&c->in);
    }
    wr_read_tags(&c->in);
    return topics;
}

/* Where an epoch has ended: the only one there is has not, those before it ended where it began, of
 * others nothing is known. */
static void put_epoch_end(struct wr_call *c, const char *topic, const struct epoch_part *p)
{
    enum { UNDEFINED = -1 };
    const struct wr_partition_log *log =
        wr_topics_partition(c->wire->broker->topics, topic, p->index);
    enum wr_kafka_error error =
        log != NULL ? wr_call_check_epoch(p->current) : WR_KE_UNKNOWN_TOPIC_OR_PARTITION;
    int32_t epoch = UNDEFINED;
    int64_t end = UNDEFINED;
    if (error == WR_KE_NONE && p->asked <= WR_LEADER_EPOCH && p->asked != UNDEFINED) {
        epoch = p->asked;
        end = epoch == WR_LEADER_EPOCH ? wr_partition_log_end(log) : wr_partition_log_start(log);
    }
    wr_call_put_error(c, error);
    wr_write_i32(&c->out, p->index);
    wr_write_i32(&c->out, epoch);
    wr_write_i64(&c->out, end);
    wr_write_tags(&c->out);
}

enum wr_outcome wr_req_offset_for_leader_epoch(struct wr_call *c)
{
    int32_t count;
    const struct epoch_topic *topics = read_epochs(c, &count);
    if (!wr_read_ok(&c->in)) {
        return WR_REFUSED;
    }
    wr_call_put_throttle(c);
    wr_write_count(&c->out, count);
    for (int32_t i = 0; i < count; i++) {
        const struct epoch_topic *t = &topics[i];
        wr_write_cstr(&c->out, t->name);
        wr_write_count(&c->out, t->part_count);
        for (int32_t j = 0; j < t->part_count; j++) {
            put_epoch_end(c, t->name, &t->parts[j]);
        }
        wr_write_tags(&c->out);
    }
    wr_write_tags(&c->out);
    return WR_ANSWERED;
}
