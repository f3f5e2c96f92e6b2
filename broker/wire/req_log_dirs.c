/* req_log_dirs.c -- DescribeLogDirs: the one directory of this broker, and what each log takes. */
#include "src/base/base.h"

#include "broker/wire/wire_call.h"

enum { NOT_KNOWN = -1 }; /* of the whole disk */

/* What a null array asks for: every partition. */
static struct wr_call_topics everything(struct wr_call *c)
{
    struct wr_topics *topics = c->wire->broker->topics;
    struct wr_call_topics all = {.count = (int32_t)wr_topics_count(topics)};
    all.at = wr_arena_zalloc(&c->arena, (size_t)all.count * sizeof *all.at);
    for (int32_t i = 0; i < all.count; i++) {
        const struct wr_topic_entry *e = wr_topics_at(topics, (size_t)i);
        struct wr_call_numbers *parts = &all.at[i].parts;
        all.at[i].ref.name = e->name;
        parts->count = e->partition_count;
        parts->at = wr_arena_zalloc(&c->arena, (size_t)parts->count * sizeof *parts->at);
        for (int32_t p = 0; p < parts->count; p++) {
            parts->at[p] = p;
        }
    }
    return all;
}

/* Apache Kafka says nothing of what is not there either. */
static void drop_missing(const struct wr_call *c, struct wr_call_topics *asked)
{
    int32_t kept = 0;
    for (int32_t i = 0; i < asked->count; i++) {
        struct wr_topic_parts t = asked->at[i];
        const struct wr_topic_entry *e = wr_call_find(c, &t.ref);
        int32_t there = 0;
        for (int32_t k = 0; k < t.parts.count; k++) {
            if (wr_topic_has(e, t.parts.at[k])) {
                t.parts.at[there++] = t.parts.at[k];
            }
        }
        t.parts.count = there;
        if (there != 0) {
            asked->at[kept++] = t;
        }
    }
    asked->count = kept;
}

static void put_logs(struct wr_call *c, const struct wr_topic_parts *t)
{
    const struct wr_topic_entry *e = wr_call_find(c, &t->ref);
    wr_write_cstr(&c->out, t->ref.name);
    wr_write_count(&c->out, t->parts.count);
    for (int32_t i = 0; i < t->parts.count; i++) {
        int32_t partition = t->parts.at[i];
        wr_write_i32(&c->out, partition);
        wr_write_i64(&c->out, (int64_t)wr_partition_log_bytes(e->partitions[partition]));
        wr_write_i64(&c->out, 0);      /* how far it lags behind */
        wr_write_bool(&c->out, false); /* it is not being moved */
        wr_write_tags(&c->out);
    }
    wr_write_tags(&c->out);
}

enum wr_outcome wr_req_describe_log_dirs(struct wr_call *c)
{
    struct wr_call_topics asked = wr_call_topics(c, false);
    wr_read_tags(&c->in);
    if (!wr_read_ok(&c->in)) {
        return WR_REFUSED;
    }
    if (asked.at == NULL) {
        asked = everything(c);
    } else {
        drop_missing(c, &asked);
    }
    wr_call_put_throttle(c);
    if (c->version >= 3) {
        wr_call_put_error(c, WR_KE_NONE);
    }
    wr_write_count(&c->out, 1);
    wr_call_put_error(c, WR_KE_NONE);
    wr_write_cstr(&c->out, c->wire->log_dir);
    wr_write_count(&c->out, asked.count);
    for (int32_t i = 0; i < asked.count; i++) {
        put_logs(c, &asked.at[i]);
    }
    if (c->version >= 4) {
        wr_write_i64(&c->out, NOT_KNOWN);
        wr_write_i64(&c->out, NOT_KNOWN);
    }
    wr_write_tags(&c->out);
    wr_write_tags(&c->out);
    return WR_ANSWERED;
}
